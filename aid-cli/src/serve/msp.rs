//! What the MSP knows, and what each of its four operations does to that. Pure: no clock, no randomness, no IO.

use std::collections::{BTreeMap, BTreeSet};

use aid_types::{
    ActivationCode, ActivationCodeReply, ActivationCodeRequestId, Condition, CsimStatus, Eid, Iccid, MspToken,
    ProfileState, ProfileStatus, ProfileStatuses, ReadyActivationCode, Refusal, RequestActivationCode,
    RequestProfileStatus, SendCsimStatus,
};
use uuid::Uuid;

use super::seed::Seed;

pub(crate) struct Msp {
    users: BTreeMap<MspToken, User>,
    /// The profiles of all users, those that are gone included: nobody has to be asked one by one.
    known: BTreeSet<Iccid>,
    /// How many profiles an msp_token may have at a time.
    pool: usize,
    /// How many profiles were made.
    made: u64,
}

#[derive(Default, Clone)]
struct User {
    invalidated: bool,
    profiles: BTreeMap<Iccid, Profile>,
    /// What was answered, and for which eUICC.
    requests: BTreeMap<ActivationCodeRequestId, (Eid, ReadyActivationCode)>,
}

#[derive(Clone)]
struct Profile {
    /// `None`: deleted, swapped or deactivated, which is final.
    state: Option<ProfileState>,
    /// Orders profiles by their age.
    number: u64,
}

impl Msp {
    pub(crate) fn new(seed: Seed) -> Self {
        let profiles = (0..).zip(seed.iccids).map(|(number, iccid)| {
            let state = Some(ProfileState::Installed);
            (iccid, Profile { state, number })
        });
        let user = User {
            profiles: profiles.collect(),
            ..User::default()
        };
        Self {
            made: user.profiles.len() as u64,
            known: user.profiles.keys().copied().collect(),
            users: seed.msp_tokens.into_iter().map(|token| (token, user.clone())).collect(),
            pool: seed.pool,
        }
    }

    /// `random` makes the activation code one that nobody can guess.
    pub(crate) fn request_activation_code(
        &mut self,
        msp_token: &MspToken,
        body: &RequestActivationCode,
        random: Uuid,
    ) -> Result<ActivationCodeReply, Refusal> {
        let fresh = self.fresh_iccid()?;
        let (pool, number) = (self.pool, self.made);
        let user = self.active(msp_token)?;
        if let Some((eid, ready)) = user.requests.get(&body.activation_code_request_id) {
            // The same again for the same request, but a profile is bound to its eUICC.
            return if *eid == body.eid {
                Ok(ActivationCodeReply::Ready(ready.clone()))
            } else {
                Err(Refusal::new(Condition::InvalidEid).internal("the request was for another EID"))
            };
        }
        let swapped = user.make_room(pool, body.replace_iccid)?;
        // What `aid serve vehicle --service` downloads with it has that ICCID.
        let code: ActivationCode = format!("1$smdp.example${fresh}-{:X}", random.simple())
            .parse()
            .map_err(|_| Condition::Internal)?;
        user.profiles.insert(
            fresh,
            Profile {
                state: Some(ProfileState::Prepared),
                number,
            },
        );
        let mut ready = ReadyActivationCode::new(fresh, code);
        ready.swapped_iccid = swapped;
        user.requests
            .insert(body.activation_code_request_id, (body.eid, ready.clone()));
        self.known.insert(fresh);
        self.made += 1;
        Ok(ActivationCodeReply::Ready(ready))
    }

    /// Also for a token that was invalidated: that is how deletions are reported.
    pub(crate) fn send_csim_status(&mut self, msp_token: &MspToken, body: &SendCsimStatus) -> Result<(), Refusal> {
        let owned = self.known.contains(&body.iccid);
        let user = self.users.get_mut(msp_token).ok_or(Condition::UnknownMspToken)?;
        let Some(profile) = user.profiles.get_mut(&body.iccid) else {
            return Err(if owned {
                Refusal::foreign_profile(&body.iccid, msp_token)
            } else {
                Refusal::unknown_profile(&body.iccid)
            });
        };
        // The last to arrive wins; what is gone stays gone.
        if profile.state.is_some() {
            match body.status {
                CsimStatus::Deleted => profile.state = None,
                CsimStatus::Enabled => profile.state = Some(ProfileState::Enabled),
                CsimStatus::Disabled => profile.state = Some(ProfileState::Disabled),
                CsimStatus::Installed => profile.state = Some(ProfileState::Installed),
                // It still waits for download.
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn request_invalidate_msp_token(&mut self, msp_token: &MspToken) -> Result<(), Refusal> {
        let user = self.users.get_mut(msp_token).ok_or(Condition::UnknownMspToken)?;
        user.invalidated = true;
        for profile in user.profiles.values_mut() {
            profile.state = None;
        }
        Ok(())
    }

    pub(crate) fn request_profile_status(
        &mut self,
        msp_token: &MspToken,
        body: &RequestProfileStatus,
    ) -> Result<ProfileStatuses, Refusal> {
        let user = self.active(msp_token)?;
        let there = |(iccid, profile): (&Iccid, &Profile)| Some(ProfileStatus::new(*iccid, profile.state.clone()?));
        let profiles = match &body.iccid {
            None => user.profiles.iter().filter_map(there).collect(),
            Some(iccid) => {
                let one = user.profiles.get_key_value(iccid).and_then(there);
                vec![one.ok_or_else(|| Refusal::unknown_profile(iccid))?]
            }
        };
        Ok(ProfileStatuses::new(profiles))
    }

    fn active(&mut self, msp_token: &MspToken) -> Result<&mut User, Refusal> {
        let user = self.users.get_mut(msp_token).ok_or(Condition::UnknownMspToken)?;
        if user.invalidated {
            return Err(Condition::InvalidatedMspToken.into());
        }
        Ok(user)
    }

    /// 18 digits that nobody has, and the check digit that fits.
    fn fresh_iccid(&self) -> Result<Iccid, Refusal> {
        (self.made..u64::MAX)
            .map(|number| format!("898800{:012}", number % 1_000_000_000_000))
            .filter_map(|digits| {
                let all = (0..10).filter_map(|check| format!("{digits}{check}").parse().ok());
                all.into_iter().find(Iccid::luhn_is_valid)
            })
            .find(|iccid| !self.known.contains(iccid))
            .ok_or_else(|| Condition::Internal.into())
    }
}

impl User {
    /// Where no slot is left, a profile has to go; but only if the CMP has named one. Which one is the MSP's
    /// choice: the named one, or the oldest where that is none of this user's.
    fn make_room(&mut self, pool: usize, candidate: Option<Iccid>) -> Result<Option<Iccid>, Refusal> {
        let there = || self.profiles.iter().filter(|(_, profile)| profile.state.is_some());
        if there().count() < pool {
            return Ok(None);
        }
        let candidate = candidate.ok_or(Condition::NoActivationCode)?;
        let named = there().find(|(iccid, _)| **iccid == candidate);
        let leaving = named.or_else(|| there().min_by_key(|(_, profile)| profile.number));
        let leaving = leaving.map(|(iccid, _)| *iccid).ok_or(Condition::NoActivationCode)?;
        if let Some(profile) = self.profiles.get_mut(&leaving) {
            profile.state = None;
        }
        Ok(Some(leaving))
    }
}
