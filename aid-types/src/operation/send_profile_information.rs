//! Send profile information: POST /cesim/msp/v1/users/{msp_token}/profiles

use std::collections::BTreeSet;

use super::{
    BodyError, BodyProblem, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId, Role,
    decoding::{Absence, Place},
    empty_reply, json_request,
    sealed::Sealed,
    serde_through_wire,
    wire::{Field, List},
    wire_object::wire_object,
};
use crate::{Ambiguity, FreeText, Iccid, MspToken, ProfileInformationStatus};

pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::SendProfileInformation,
    operation_id: "sendProfileInformation",
    title: "Send profile information",
    provider: Role::Cmp,
    method: "POST",
    path: "/cesim/msp/v1/users/{msp_token}/profiles",
    body: BodyRule::Required,
    success: &[200],
    success_with_body: &[],
    errors: &[401, 403, 404, 422, 500],
    conditions: &[
        C::UnknownMspToken,
        C::InvalidatedMspToken,
        C::UnknownProfile,
        C::UnknownProfiles,
        C::ForeignProfile,
        C::ProfileStaysInvalid,
        C::NoProfileProcessed,
    ],
    request: Wire::MEMBERS,
    reply: &[],
    requirements: "R-120, R-241 to R-243, R-246, R-259",
};

impl Sealed for SendProfileInformation {}
impl Operation for SendProfileInformation {
    const DECLARATION: &'static Declaration = &DECLARATION;
    type Subject = MspToken;
    json_request!();
    empty_reply!();
}

/// What "Send Profile Information" carries: what became of profiles of one msp_token.
///
/// Entries nest as in Annex B: one at least, and one for each profile. Annex B:
/// `SendProfileInformationBody`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendProfileInformation {
    profiles: Vec<ProfileInformation>,
}

/// What became of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileInformation {
    /// `iccid`.
    pub iccid: Iccid,
    /// `status`.
    pub status: ProfileInformationStatus,
    /// `reason`: logged for customer care.
    pub reason: Option<FreeText>,
}

impl ProfileInformation {
    /// Without a reason.
    #[must_use]
    pub fn new(iccid: Iccid, status: ProfileInformationStatus) -> Self {
        Self {
            iccid,
            status,
            reason: None,
        }
    }
}

impl SendProfileInformation {
    /// The entries, where there are any and no two speak of the same profile.
    ///
    /// Equal entries collapse into one.
    ///
    /// # Errors
    ///
    /// [`BodyProblem::Empty`] or [`BodyProblem::Contradiction`], in a [`BodyError`] that names the entry.
    pub fn new(profiles: Vec<ProfileInformation>) -> Result<Self, BodyError> {
        if profiles.is_empty() {
            return Err(BodyError::new(PROFILES, BodyProblem::Empty));
        }
        // Sorted by profile, so that a body of thousands of entries costs no more than n log n.
        let mut order: Vec<_> = profiles.iter().zip(0..).collect();
        order.sort_unstable_by(|(one, index), (other, second)| one.iccid.cmp(&other.iccid).then(index.cmp(second)));
        let mut repeated = BTreeSet::new();
        for pair in order.windows(2) {
            let &[(one, _), (other, second)] = pair else { continue };
            if one.iccid == other.iccid {
                if one.status != other.status {
                    return Err(BodyError::new(
                        Place::Entry(PROFILES, second).member("iccid"),
                        BodyProblem::Contradiction,
                    ));
                }
                repeated.insert(second);
            }
        }
        if repeated.is_empty() {
            return Ok(Self { profiles });
        }
        let once = |&(_, index): &(ProfileInformation, _)| !repeated.contains(&index);
        let profiles = profiles
            .into_iter()
            .zip(0..)
            .filter(once)
            .map(|(profile, _)| profile)
            .collect();
        Ok(Self { profiles })
    }

    /// The entries: one at least, each of another profile.
    #[must_use]
    pub fn profiles(&self) -> &[ProfileInformation] {
        &self.profiles
    }
}

const PROFILES: &str = "profiles";

wire_object! {
    Wire {
        profiles: Profile = "profiles",
    }
}

wire_object! {
    Profile {
        iccid: Field<Iccid> = "iccid",
        status: Field<ProfileInformationStatus> = "status",
        reason: Field<FreeText> = "reason",
    }
}

serde_through_wire!(SendProfileInformation);

impl SendProfileInformation {
    fn to_wire(&self) -> Wire<'_> {
        fn entry(profile: &ProfileInformation) -> Profile<'_> {
            Profile {
                iccid: Field::from(profile.iccid.as_str()),
                status: Field::from(profile.status.as_str()),
                reason: Field::or_null(profile.reason.as_ref().map(FreeText::as_str)),
                ..Profile::default()
            }
        }
        Wire {
            profiles: List::Items(self.profiles.iter().map(entry).collect()),
            ..Wire::default()
        }
    }

    fn from_wire(wire: &Wire<'_>, decoding: &mut Decoding) -> Result<Self, BodyError> {
        Place::Top.sound(wire.flaw)?;
        let entries = decoding.entries(PROFILES, &wire.profiles)?;
        let mut profiles = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let place = Place::Entry(PROFILES, index);
            place.sound(entry.flaw)?;
            profiles.push(ProfileInformation {
                iccid: decoding.required(place, "iccid", &entry.iccid)?,
                status: decoding.required(place, "status", &entry.status)?,
                reason: decoding.optional_or_empty(
                    place,
                    "reason",
                    &entry.reason,
                    Absence::Null(Ambiguity::new(13)),
                )?,
            });
        }
        let received = profiles.len();
        let body = Self::new(profiles)?;
        if body.profiles.len() < received {
            decoding.tolerate(Ambiguity::new(18), PROFILES, BodyProblem::Contradiction)?;
        }
        Ok(body)
    }
}
