//! The messages of the vehicles: whom they concern, and what each is told.

use aid_procedures::cmp::{Event, TokenState};
use aid_types::{ActivationCodeRequestId, Iccid, Vin};
use aid2_proto::{SendCsimStatus, session::ToCmp};

use crate::{names, world::World};

impl World {
    /// The federations that a message concerns.
    pub(crate) fn whom(&self, car: usize, message: &ToCmp) -> Vec<usize> {
        let rows = || self.cmp.federations.iter().enumerate();
        let of_user = |user: usize| rows().filter(move |(_, row)| row.user == user).map(|(f, _)| f);
        match message {
            ToCmp::RequestActivationCode(asks) => {
                let federations: Vec<usize> = of_user(names::user_number(&asks.cmp_user_id)).collect();
                let active = |f: &&usize| self.cmp.federations[**f].federation.state() == TokenState::Active;
                let f = federations.iter().rfind(active).or(federations.last());
                f.copied().into_iter().collect()
            }
            ToCmp::SendProfileDownloadInstallInfo(info) => match &info.cmp_user_id {
                Some(owner) => of_user(names::user_number(owner)).collect(),
                None => rows().map(|(f, _)| f).collect(),
            },
            ToCmp::SendEnableProfileErrorReport(report) => self.of_profile(&report.profile),
            ToCmp::SendDisableProfileErrorReport(report) => self.of_profile(&report.profile),
            ToCmp::SendCsimStatus(_) => rows().map(|(f, _)| f).collect(),
            response => self.cmp.sequences[car]
                .owner(response.request_id())
                .copied()
                .into_iter()
                .collect(),
        }
    }

    /// Whose profile it is: by its owner, or by its name where the vehicle does not know the owner.
    fn of_profile(&self, profile: &aid2_proto::Profile) -> Vec<usize> {
        let concerns = |row: &super::Row| {
            profile.cmp_user_id.as_ref() == Some(&names::user(row.user))
                || row.federation.profile(&profile.iccid).is_some()
        };
        let rows = self.cmp.federations.iter().enumerate();
        rows.filter(|(_, row)| concerns(row)).map(|(f, _)| f).collect()
    }

    /// What a federation is told.
    pub(crate) fn told(&self, f: usize, car: usize, message: &ToCmp, fresh_id: ActivationCodeRequestId) -> Event {
        use Event as E;
        match message.clone() {
            ToCmp::RequestActivationCode(message) => E::RequestActivationCode { message, fresh_id },
            ToCmp::SendProfileDownloadInstallInfo(message) => E::DownloadInstallInfo(message),
            ToCmp::SendCsimStatus(message) => E::CsimStatus {
                begun_by_cmp: self.cmp.sequences[car].owner(message.request_id).is_some(),
                elsewhere: self.elsewhere(f, &message),
                message,
            },
            ToCmp::SendEnableProfileErrorReport(message) => E::EnableProfileError(message),
            ToCmp::SendDisableProfileErrorReport(message) => E::DisableProfileError(message),
            ToCmp::RequestDeleteProfileResponse(request_id, response) => {
                E::DeleteProfileResponse { request_id, response }
            }
            ToCmp::RequestDeleteAllProfilesResponse(request_id, response) => {
                E::DeleteAllProfilesResponse { request_id, response }
            }
            ToCmp::RequestCsimInfoResponse(request_id, response) => E::CsimInfoResponse { request_id, response },
            other => unreachable!("{other:?} is new"),
        }
    }

    /// The profiles in a status that other federations know.
    fn elsewhere(&self, f: usize, status: &SendCsimStatus) -> Vec<Iccid> {
        let known = |iccid: &Iccid| {
            let mut others = self.cmp.federations.iter().enumerate().filter(|(other, _)| *other != f);
            others.any(|(_, row)| row.federation.profile(iccid).is_some())
        };
        status
            .profiles
            .iter()
            .map(|profile| profile.iccid)
            .filter(known)
            .collect()
    }

    /// A number that is no car's if the VIN is none of ours.
    pub(crate) fn car_number(&self, vin: &Vin) -> usize {
        let number = vin
            .as_str()
            .get(names::VIN_NUMBER..)
            .and_then(|digits| digits.parse().ok());
        number.unwrap_or(usize::MAX)
    }
}
