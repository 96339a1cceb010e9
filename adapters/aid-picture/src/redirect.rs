//! What a browser carries from one touchpoint to another.

use aid_types::{
    AccountId, Identifier, Leniency,
    redirect::{RedirectToCmpContent, RedirectToMspContent},
};

use crate::{
    Kind, Picture,
    picture::{Body, Draft},
};

impl Picture {
    /// Draws the redirect of a user to `url`, from one touchpoint to the other: what it is, and whom it names, not where it
    /// leads.
    ///
    /// `user` is what the party that redirects calls the user: `(CmpUserId::WHAT, …)`. From then on the user has one number,
    /// by whatever name.
    pub fn redirect(&self, from: &str, to: &str, url: &str, user: Option<(&'static str, &str)>) {
        let mut named: Vec<_> = user.map(|(what, name)| (what, name.to_owned())).into_iter().collect();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let (name, tolerated) = if let Ok(to_msp) = RedirectToMspContent::parse_query(query, Leniency::Field) {
            named.push((AccountId::WHAT, to_msp.value.account_id().to_string()));
            ("Redirect to MSP content", to_msp.tolerated)
        } else if let Ok(to_cmp) = RedirectToCmpContent::parse_query(query, Leniency::Field) {
            ("Redirect to CMP content", to_cmp.tolerated)
        } else {
            ("Redirect back", Vec::new())
        };
        self.draw(Draft {
            tolerated: &tolerated,
            body: Body {
                named,
                ..Body::default()
            },
            ..Draft::new(from, to, Kind::Redirect, name)
        });
    }
}
