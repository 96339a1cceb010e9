//! The messages of the vehicles.

use aid_procedures::cmp::TokenState;
use aid_types::Iccid;
use aid2_proto::{
    Profile, SendDisableProfileErrorReport, SendEnableProfileErrorReport, SendProfileDownloadInstallInfo,
};

use crate::{Fault, item::Item, messages::FromCar, names, party::Party, world::World};

impl World {
    /// A vehicle's message has come through the broker.
    pub(crate) fn cmp_told(&mut self, car: usize, message: FromCar) {
        if let Some(back) = self.down_until(Party::Cmp) {
            // The broker keeps it.
            return self.queue_at(back + 1, Item::ToCmp { car, message });
        }
        if matches!(message, FromCar::Connected) && self.has(Fault::DeleteOrderNotResent) {
            return;
        }
        let all = 0..self.cmp.federations.len();
        let of_user = |user: usize| {
            let rows = self.cmp.federations.iter().enumerate();
            rows.filter(move |(_, row)| row.user == user)
                .map(|(f, _)| f)
                .collect::<Vec<_>>()
        };
        let whom = match &message {
            FromCar::Asks(asks) => {
                let user = names::user_number(&asks.cmp_user_id);
                let mut federations = of_user(user);
                let active = |f: &usize| self.cmp.federations[*f].federation.state() == TokenState::Active;
                let position = federations
                    .iter()
                    .rposition(active)
                    .or(federations.len().checked_sub(1));
                match position {
                    Some(position) => vec![federations.swap_remove(position)],
                    None => return self.refuse_car(car, asks.request_id),
                }
            }
            FromCar::Installed(SendProfileDownloadInstallInfo { cmp_user_id: owner, .. })
            | FromCar::EnableError(SendEnableProfileErrorReport {
                profile: Profile { cmp_user_id: owner, .. },
                ..
            })
            | FromCar::DisableError(SendDisableProfileErrorReport {
                profile: Profile { cmp_user_id: owner, .. },
                ..
            }) => match owner {
                Some(owner) => of_user(names::user_number(owner)),
                None => all.clone().collect(),
            },
            FromCar::Responds { request_id, .. } => self.cmp.sequences[car]
                .owner(*request_id)
                .copied()
                .into_iter()
                .collect(),
            FromCar::Status(_) | FromCar::Connected => all.collect(),
        };
        for f in whom {
            let vin = self.cars[car].vin;
            let fresh = self.fresh();
            let (begun_by_cmp, elsewhere) = self.whole_database(f, car, &message);
            let event = message.event(vin, names::request(fresh), begun_by_cmp, elsewhere);
            if self.federation(f, event, false).is_none() {
                // Not acknowledged: it comes again, to all of them.
                let back = self.cmp.process.up_at;
                return self.queue_at(back + 1, Item::ToCmp { car, message });
            }
        }
    }

    /// Whether the CMP began the sequence of a status, and which profiles in it are those of other federations.
    fn whole_database(&self, f: usize, car: usize, message: &FromCar) -> (bool, Vec<Iccid>) {
        let FromCar::Status(status) = message else {
            return (false, Vec::new());
        };
        let begun_by_cmp = self.cmp.sequences[car].owner(status.request_id).is_some();
        let known = |iccid: &Iccid| {
            let mut others = self.cmp.federations.iter().enumerate().filter(|(other, _)| *other != f);
            others.any(|(_, row)| row.federation.profile(iccid).is_some())
        };
        let elsewhere = status.profiles.iter().map(|profile| profile.iccid).filter(known);
        (begun_by_cmp, elsewhere.collect())
    }
}
