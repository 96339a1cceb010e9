//! Watches everything: for the listing, and to know when a scene is over.

use std::{fmt::Display, ops::Deref, sync::Arc};

use aid_sandbox::Audience;
use aid_types::Vin;
use aid2_proto::session::Notice;

use crate::{rest::Rest, story::Story};

/// Tells what the parties do.
pub(crate) struct Stage {
    pub(crate) story: Arc<Story>,
    pub(crate) rest: Rest,
}

impl Deref for Stage {
    type Target = Story;

    fn deref(&self) -> &Story {
        &self.story
    }
}

impl Audience for Stage {
    fn message(&self, from: &str, to: &str, message: &dyn Display) {
        let unreached = to.parse().is_ok_and(|vin| !self.rest.is_online(vin));
        match from == "CMP" && unreached {
            true => self
                .story
                .message(from, to, format_args!("{message} [out of reach, stays ordered]")),
            false => self.story.message(from, to, message),
        }
    }

    fn act(&self, who: &str, act: &dyn Display) {
        self.story.act(who, act);
    }

    fn stir(&self) {
        self.rest.stir();
    }

    fn in_reach(&self, vin: Vin, reached: bool) {
        self.rest.set_online(vin, reached);
    }

    fn told_by_vehicle(&self, notice: &Notice) {
        self.rest.told_by_vehicle(notice);
    }

    fn told_by_cmp(&self, notice: &Notice) {
        self.rest.told_by_cmp(notice);
    }
}
