//! Request profile status: GET /v1/profiles/status/{msp_token}

use super::{
    BodyError, BodyProblem, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId, Role,
    decoding::Place,
    sealed::Sealed,
    serde_through_wire, to_json,
    wire::{Field, List},
    wire_object::wire_object,
};
use crate::{Ambiguity, Iccid, MspToken, ProfileState};

//
pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::RequestProfileStatus,
    operation_id: "requestProfileStatus",
    title: "Request profile status",
    provider: Role::Msp,
    method: "GET",
    path: "/v1/profiles/status/{msp_token}",
    body: BodyRule::None,
    success: &[200],
    errors: &[401, 404, 422, 500],
    conditions: &[C::UnknownMspToken, C::InvalidatedMspToken, C::UnknownProfile],
};

/// What "Request Profile Status" carries: which profile is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RequestProfileStatus {
    /// `iccid`: this profile only; `None` asks for all that are not deleted.
    pub iccid: Option<Iccid>,
}

impl RequestProfileStatus {
    /// Asks for all profiles of the msp_token that are not deleted.
    #[must_use]
    pub const fn all() -> Self {
        Self { iccid: None }
    }

    /// Asks for one profile.
    #[must_use]
    pub const fn one(iccid: Iccid) -> Self {
        Self { iccid: Some(iccid) }
    }
}

/// The success of "Request Profile Status". Annex B: `RequestProfileStatusResponseBody`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProfileStatuses {
    /// `profiles`: may be empty.
    pub profiles: Vec<ProfileStatus>,
}

/// What the MSP believes of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileStatus {
    /// `iccid`.
    pub iccid: Iccid,
    /// `status`.
    pub status: ProfileState,
}

impl ProfileStatus {
    /// The state of one profile.
    #[must_use]
    pub fn new(iccid: Iccid, status: ProfileState) -> Self {
        Self { iccid, status }
    }
}

impl ProfileStatuses {
    /// The states of these profiles.
    #[must_use]
    pub fn new(profiles: Vec<ProfileStatus>) -> Self {
        Self { profiles }
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
        iccid: Field = "iccid",
        status: Field = "status",
    }
}

serde_through_wire!(ProfileStatuses);

impl ProfileStatuses {
    fn to_wire(&self) -> Wire<'_> {
        fn entry(profile: &ProfileStatus) -> Profile<'_> {
            Profile {
                iccid: Field::from(profile.iccid.as_str()),
                status: Field::from(profile.status.as_str()),
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
            profiles.push(ProfileStatus {
                iccid: decoding.required(place, "iccid", &entry.iccid)?,
                status: decoding.required(place, "status", &entry.status)?,
            });
        }
        Ok(Self { profiles })
    }
}

impl Sealed for RequestProfileStatus {}
impl Operation for RequestProfileStatus {
    const DECLARATION: &'static Declaration = &DECLARATION;
    type Subject = MspToken;
    type Reply = ProfileStatuses;

    fn query(&self) -> Option<String> {
        self.iccid.map(|iccid| format!("iccid={iccid}"))
    }

    fn body(&self) -> Option<Vec<u8>> {
        None
    }

    fn read(query: Option<&str>, _: &[u8], decoding: &mut Decoding) -> Result<Self, BodyError> {
        let mut values = query.into_iter().flat_map(|query| query.split('&')).filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name == "iccid").then_some(value)
        });
        let value = values.next();
        if values.next().is_some() {
            return Err(BodyError::new("iccid", BodyProblem::Duplicate));
        }
        match value {
            None => Ok(Self::all()),
            Some("") => {
                decoding.tolerate(Ambiguity::new(66), "iccid", BodyProblem::Missing)?;
                Ok(Self::all())
            }
            Some(iccid) => decoding.value(Place::Top, "iccid", iccid).map(Self::one),
        }
    }

    fn write_reply(reply: &ProfileStatuses) -> (u16, Option<Vec<u8>>) {
        (200, Some(to_json(&reply.to_wire())))
    }

    fn read_reply(_: u16, body: &[u8], decoding: &mut Decoding) -> Result<ProfileStatuses, BodyError> {
        let mut wire = Wire::default();
        decoding.parse(body, &mut wire)?;
        ProfileStatuses::from_wire(&wire, decoding)
    }
}
