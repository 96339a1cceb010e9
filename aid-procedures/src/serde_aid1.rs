//! Serde for what AiD1 has no JSON object for.

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

pub(crate) mod error_code {
    use aid_types::ErrorCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(code: &Option<ErrorCode>, serializer: S) -> Result<S::Ok, S::Error> {
        code.map(ErrorCode::number).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ErrorCode>, D::Error> {
        Ok(Option::deserialize(deserializer)?.map(ErrorCode::new))
    }
}

pub(crate) mod error_text {
    use aid_types::ErrorText;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(error: &ErrorText, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(error)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ErrorText, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

pub(crate) mod issued_msp_token {
    use aid_types::{IssuedMspToken, SendMspToken};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(issued: &IssuedMspToken, serializer: S) -> Result<S::Ok, S::Error> {
        SendMspToken::Issued(issued.clone()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IssuedMspToken, D::Error> {
        match SendMspToken::deserialize(deserializer)? {
            SendMspToken::Issued(issued) => Ok(issued),
            SendMspToken::Failed(_) => Err(D::Error::custom("expected an msp_token")),
        }
    }
}

/// A [`CallFailure`](aid_types::CallFailure) by itself.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Failure(#[serde(with = "CallFailure")] pub(crate) aid_types::CallFailure);

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(remote = "aid_types::CallFailure")]
enum CallFailure {
    Refused {
        status: u16,
        #[serde(with = "error_code")]
        code: Option<aid_types::ErrorCode>,
    },
    NoReply,
    Unreadable,
}

/// A failure beside other members.
pub(crate) mod call_failure {
    use aid_types::CallFailure;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Failure;

    pub(crate) fn serialize<S: Serializer>(failure: &CallFailure, serializer: S) -> Result<S::Ok, S::Error> {
        Failure(*failure).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CallFailure, D::Error> {
        Ok(Failure::deserialize(deserializer)?.0)
    }
}

/// The reply to a call without content.
pub(crate) mod reply {
    use aid_types::CallFailure;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Failure;

    pub(crate) fn serialize<S: Serializer>(reply: &Result<(), CallFailure>, serializer: S) -> Result<S::Ok, S::Error> {
        reply.map_err(Failure).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Result<(), CallFailure>, D::Error> {
        let reply = Result::<(), Failure>::deserialize(deserializer)?;
        Ok(reply.map_err(|Failure(failure)| failure))
    }
}

/// The reply to "Request activation code"; null where the code follows.
pub(crate) mod activation_code_reply {
    use aid_types::{ActivationCodeReply, CallFailure, ReadyActivationCode};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Failure;

    type Reply = Result<ActivationCodeReply, CallFailure>;

    pub(crate) fn serialize<S: Serializer>(reply: &Reply, serializer: S) -> Result<S::Ok, S::Error> {
        let ready = reply.as_ref().map(|reply| match reply {
            ActivationCodeReply::Ready(ready) => Some(ready),
            ActivationCodeReply::Accepted => None,
        });
        ready.map_err(|failure| Failure(*failure)).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reply, D::Error> {
        let reply = Result::<Option<ReadyActivationCode>, Failure>::deserialize(deserializer)?;
        let reply = reply.map(|ready| ready.map_or(ActivationCodeReply::Accepted, ActivationCodeReply::Ready));
        Ok(reply.map_err(|Failure(failure)| failure))
    }
}

/// The reply to "Request profile status".
pub(crate) mod profile_statuses {
    use aid_types::{CallFailure, ProfileStatuses};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Failure;

    type Reply = Result<ProfileStatuses, CallFailure>;

    pub(crate) fn serialize<S: Serializer>(reply: &Reply, serializer: S) -> Result<S::Ok, S::Error> {
        reply
            .as_ref()
            .map_err(|failure| Failure(*failure))
            .serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reply, D::Error> {
        let reply = Result::<ProfileStatuses, Failure>::deserialize(deserializer)?;
        Ok(reply.map_err(|Failure(failure)| failure))
    }
}
