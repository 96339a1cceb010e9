//! Request profile status: GET /v1/profiles/status/{msp_token}

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use super::{
    BodyError, BodyProblem, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId, Role,
    decoding::Place,
    sealed::Sealed,
    to_json,
    wire::{Field, Fill, Flaw, List, without_mark},
    wire_object::wire_object,
};
use crate::{
    Ambiguity, ErrorCode, Holds, Iccid, Member, MspToken, ProfileState, TextType, Unreadable, json::Kept,
    percent::percent_decode,
};

pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::RequestProfileStatus,
    operation_id: "requestProfileStatus",
    title: "Request profile status",
    provider: Role::Msp,
    method: "GET",
    path: "/v1/profiles/status/{msp_token}",
    body: BodyRule::None,
    success: &[200],
    success_with_body: &[200],
    errors: &[401, 404, 422, 500],
    conditions: &[C::UnknownMspToken, C::InvalidatedMspToken, C::UnknownProfile],
    request: QUERY,
    reply: Wire::MEMBERS,
    requirements: "R-117, R-118, R-309, R-311, R-312, R-315",
};

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
        // A name that cannot be decoded is none of ours.
        let pairs = query.into_iter().flat_map(|query| query.split('&'));
        let mut values = pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name).ok()? == "iccid").then_some(value)
        });
        let value = values.next();
        if values.next().is_some() {
            return Err(BodyError::new("iccid", BodyProblem::Duplicate));
        }
        let decoded = value.map(|value| {
            let malformed = |_| BodyError::new("iccid", BodyProblem::PercentEncoding);
            percent_decode(value).map_err(malformed)
        });
        match decoded.transpose()?.as_deref() {
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
        ProfileStatuses::from_wire(&wire, decoding, || serde_json::from_slice(without_mark(body)).ok())
    }
}

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

    /// Whether a refusal with this status and code says that the user has no profiles (A-54): 404 with code 61, where all
    /// were asked for. From any other refusal nothing follows about profiles.
    ///
    /// ```
    /// use aid_types::{ErrorCode, RequestProfileStatus};
    ///
    /// let all = RequestProfileStatus::all();
    /// assert!(all.has_none(404, Some(ErrorCode::PROFILE_NOT_FOUND)));
    /// assert!(!all.has_none(404, Some(ErrorCode::MSP_TOKEN_NOT_FOUND)));
    /// assert!(!all.has_none(404, None));
    /// assert!(!RequestProfileStatus::one("8944500805172032953".parse()?).has_none(404, Some(ErrorCode::PROFILE_NOT_FOUND)));
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    #[must_use]
    pub fn has_none(&self, status: u16, code: Option<ErrorCode>) -> bool {
        self.iccid.is_none() && status == 404 && code == Some(ErrorCode::PROFILE_NOT_FOUND)
    }
}

/// The success of "Request Profile Status". Annex B: `RequestProfileStatusResponseBody`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProfileStatuses {
    /// `profiles`: may be empty (A-54).
    pub profiles: Vec<ProfileStatus>,
    /// Elements of `profiles` that could not be read (A-170). Where there is one, the list is not complete: nothing follows
    /// from a profile that is not in it.
    pub unreadable: Vec<Unreadable>,
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
        Self {
            profiles,
            unreadable: Vec::new(),
        }
    }
}

const PROFILES: &str = "profiles";

wire_object! {
    Wire {
        profiles: Element = "profiles",
    }
}

wire_object! {
    Profile {
        iccid: Field<Iccid> = "iccid",
        status: Field<ProfileState> = "status",
    }
}

/// An element of the list, or what a peer sent in the place of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Element<'a> {
    profile: Profile<'a>,
    unreadable: Option<&'a Unreadable>,
}

impl<'de> Fill<'de> for Element<'de> {
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        self.profile.fill(deserializer)
    }
}

impl Serialize for Element<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(unreadable) = self.unreadable else {
            return self.profile.serialize(serializer);
        };
        match serde_json::from_str::<Value>(unreadable.text()) {
            Ok(value) => value.serialize(serializer),
            Err(_) => unreadable.text().serialize(serializer),
        }
    }
}

/// What may stand in the query.
const QUERY: &[Member] = &[Member::new("iccid", Holds::Text(TextType::of::<Iccid>()))];

impl Element<'_> {
    const MEMBERS: &'static [Member] = Profile::MEMBERS;
}

impl ProfileStatuses {
    fn to_wire(&self) -> Wire<'_> {
        let read = self.profiles.iter().map(|profile| Element {
            profile: Profile {
                iccid: Field::from(profile.iccid.as_str()),
                status: Field::from(profile.status.as_str()),
                ..Profile::default()
            },
            unreadable: None,
        });
        // Passed on as received: left out, they would look as if there were no such profiles.
        let unreadable = self.unreadable.iter().map(|unreadable| Element {
            unreadable: Some(unreadable),
            ..Element::default()
        });
        Wire {
            profiles: List::Items(read.chain(unreadable).collect()),
            ..Wire::default()
        }
    }

    /// `whole` is the body once more, to keep of it what cannot be read.
    fn from_wire(
        wire: &Wire<'_>,
        decoding: &mut Decoding,
        whole: impl FnOnce() -> Option<Kept>,
    ) -> Result<Self, BodyError> {
        Place::Top.sound(wire.flaw)?;
        let elements = decoding.entries(PROFILES, &wire.profiles)?;
        let mut statuses = Self::new(Vec::with_capacity(elements.len()));
        let mut faults = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let place = Place::Entry(PROFILES, index);
            match ProfileStatus::from_wire(place, &element.profile, decoding) {
                Ok(profile) => statuses.profiles.push(profile),
                Err(error) => faults.push((index, place, error)),
            }
        }
        if !faults.is_empty() {
            let whole = whole();
            let texts = whole.as_ref().map(|whole| whole.elements(PROFILES)).unwrap_or_default();
            for (index, place, error) in faults {
                let text = texts.get(index).map_or("", |text| text);
                statuses.unreadable.push(decoding.keep(place.whole(), text, error)?);
            }
        }
        Ok(statuses)
    }
}

impl ProfileStatus {
    fn from_wire(place: Place, wire: &Profile<'_>, decoding: &mut Decoding) -> Result<Self, BodyError> {
        place.sound(wire.flaw)?;
        Ok(Self {
            iccid: decoding.required(place, "iccid", &wire.iccid)?,
            status: decoding.required(place, "status", &wire.status)?,
        })
    }
}

impl Serialize for ProfileStatuses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_wire().serialize(serializer)
    }
}

/// As any body in serde, with what the `Field` level accepts.
impl<'de> Deserialize<'de> for ProfileStatuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = Kept::deserialize(deserializer)?;
        let mut wire = Wire::default();
        wire.fill(&whole.value).map_err(D::Error::custom)?;
        if whole.duplicate {
            wire.flaw.note(Flaw::DuplicateUnlisted);
        }
        Self::from_wire(&wire, &mut Decoding::default(), || Some(whole.clone())).map_err(D::Error::custom)
    }
}
