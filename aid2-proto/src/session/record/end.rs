//! How orders end.

use aid_types::Iccid;

use super::{Order, Record};
use crate::{
    Payload as _, ProfileStatus, SendActivationCode,
    binding::Exchange,
    session::{Now, ToCmp},
};

/// How an order has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// By its answer: the response, the report of the download, or, of an answer of our own, that the broker has it.
    Answered,
    /// By something that makes it void: the report of another copy's download, or a deletion of the profile it would
    /// install.
    Superseded,
    /// Its owner took it back.
    Cancelled,
    /// Its time was over.
    Expired,
}

impl Record {
    /// Takes the orders out that have ended so.
    pub(super) fn end(&mut self, how: End, ends: impl Fn(&Order) -> bool) -> Vec<(Order, End)> {
        let ended = self.orders.extract_if(.., |order| ends(order));
        ended.map(|order| (order, how)).collect()
    }

    /// Takes back the orders that `unwanted` names: a copy may be under way.
    pub fn cancel(&mut self, unwanted: impl Fn(&Order) -> bool) -> Vec<(Order, End)> {
        self.end(End::Cancelled, unwanted)
    }

    /// How this message ends an order, if it does.
    #[must_use]
    pub fn ends(message: &ToCmp, order: &Order) -> Option<End> {
        if order.key.vin != message.request_id().vehicle_id {
            return None;
        }
        let same_id = order.key.timestamp == message.request_id().timestamp;
        match message {
            // The vehicle asked again, or a copy of the code was told under another id: the code is used up all the same.
            ToCmp::SendProfileDownloadInstallInfo(report) if order.key.name == SendActivationCode::NAME => {
                if same_id {
                    return Some(End::Answered);
                }
                let code = SendActivationCode::decode(&order.payload, crate::DecodeOptions::default());
                let same_code = code.is_ok_and(|code| Some(code.value.activation_code) == report.activation_code);
                same_code.then_some(End::Superseded)
            }
            ToCmp::SendCsimStatus(status) => {
                let deleted = |iccid: Iccid| {
                    let mut profiles = status.profiles.iter();
                    profiles.any(|profile| profile.iccid == iccid && profile.status == ProfileStatus::DELETED)
                };
                order.installs.is_some_and(deleted).then_some(End::Superseded)
            }
            other => {
                let answered = Exchange::answered_by(other.name())?;
                (same_id && answered.name == order.key.name).then_some(End::Answered)
            }
        }
    }

    /// The first order whose time is over. An order whose age nobody knows, because a clock was wrong, begins anew.
    pub fn expired(&mut self, now: Now) -> Option<&Order> {
        for order in &mut self.orders {
            if order.expires_after.is_some() && now.age(order.ordered_at).is_none() {
                order.ordered_at = now.unix;
            }
        }
        self.orders.iter().find(|order| order.is_expired(now))
    }

    /// Ends the orders whose time is over.
    pub fn expire(&mut self, now: Now) -> Vec<(Order, End)> {
        self.end(End::Expired, |order| order.is_expired(now))
    }
}
