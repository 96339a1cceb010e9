//! What a vehicle is opened with.

use aid_types::Imei;
use aid2_mqtt::LinkOptions;

use super::Observer;

/// What a vehicle is opened with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The way to the broker, and the limits of the outbox.
    pub link: LinkOptions,
    /// Time-outs of the procedures and of the LPA.
    pub procedures: aid_procedures::vehicle::Options,
    /// The IMEI of the modem, if it is to be told.
    pub imei: Option<Imei>,
    /// Whether the user who was logged in when the software ended still is. Default: no.
    pub user_stayed: bool,
    /// Is told what happens.
    pub observer: Observer,
}

impl Options {
    /// Over this link, with defaults.
    #[must_use]
    pub fn new(link: LinkOptions) -> Self {
        Self {
            link,
            procedures: aid_procedures::vehicle::Options::default(),
            imei: None,
            user_stayed: false,
            observer: Observer::default(),
        }
    }
}
