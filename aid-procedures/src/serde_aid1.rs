//! Serde for an AiD1 request without a body.

pub(crate) mod request_profile_status {
    use aid_types::{Iccid, RequestProfileStatus};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(request: &RequestProfileStatus, serializer: S) -> Result<S::Ok, S::Error> {
        request.iccid.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RequestProfileStatus, D::Error> {
        let iccid = Option::<Iccid>::deserialize(deserializer)?;
        Ok(iccid.map_or_else(RequestProfileStatus::all, RequestProfileStatus::one))
    }
}

pub(crate) mod request_invalidate_msp_token {
    use aid_types::RequestInvalidateMspToken;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(_: &RequestInvalidateMspToken, serializer: S) -> Result<S::Ok, S::Error> {
        ().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<RequestInvalidateMspToken, D::Error> {
        <()>::deserialize(deserializer).map(|()| RequestInvalidateMspToken::new())
    }
}
