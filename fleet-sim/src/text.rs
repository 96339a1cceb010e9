//! What messages look like in a trace.

use aid_procedures::{
    cmp::{MspCall, ToVehicle},
    msp::CmpCall,
    vehicle::LpaCommand,
};
use aid_types::{Iccid, MspToken, SendActivationCode, SendMspToken};
use aid2_proto::{binding::Outgoing, session::ToCmp};

use crate::names::{code_number, profile_number, request_number, token, user_number};

fn optional(iccid: Option<&Iccid>) -> String {
    iccid.map_or_else(|| "none".to_owned(), |iccid| profile_number(iccid).to_string())
}

pub(crate) fn msp_call(of: &MspToken, call: &MspCall) -> String {
    let s = of.as_uuid().as_u128() - token(0).as_uuid().as_u128();
    let what = match call {
        MspCall::RequestActivationCode(body) => format!(
            "Request activation code {} (eid …{}, replace {})",
            request_number(&body.activation_code_request_id),
            &body.eid.as_str()[18..],
            optional(body.replace_iccid.as_ref())
        ),
        MspCall::SendCsimStatus(body) => format!("Send CSIM status: {} {}", profile_number(&body.iccid), body.status),
        MspCall::RequestInvalidateMspToken(_) => "Request invalidate MSP token".to_owned(),
        MspCall::RequestProfileStatus(_) => "Request profile status".to_owned(),
        other => format!("{other:?}"),
    };
    format!("{what} [subscription {s}]")
}

fn code(body: &SendActivationCode) -> String {
    match body {
        SendActivationCode::Issued(issued) => format!(
            "profile {} for request {}, swapped {}",
            optional(issued.iccid.as_ref()),
            request_number(&issued.activation_code_request_id),
            optional(issued.swapped_iccid.as_ref())
        ),
        SendActivationCode::Failed { error, .. } => error.to_string(),
    }
}

pub(crate) fn cmp_call(s: usize, call: &CmpCall) -> String {
    let what = match call {
        CmpCall::SendMspToken {
            body: SendMspToken::Issued(_),
            ..
        } => "Send MSP token".to_owned(),
        CmpCall::SendMspToken { .. } => "Send MSP token: failed".to_owned(),
        CmpCall::NotifyMspTokenInvalid(_) => "Notify MSP token invalid".to_owned(),
        CmpCall::SendProfileInformation(body) => {
            let entry =
                |entry: &aid_types::ProfileInformation| format!("{} {}", profile_number(&entry.iccid), entry.status);
            format!("Send profile information: {}", join(body.profiles().iter().map(entry)))
        }
        CmpCall::UpdateSubscriptionInfo(_) => "Update subscription info".to_owned(),
        CmpCall::SendActivationCode(body) => format!("Send activation code: {}", code(body)),
        other => format!("{other:?}"),
    };
    format!("{what} [subscription {s}]")
}

pub(crate) fn to_vehicle(f: usize, message: &ToVehicle) -> String {
    let what = match message {
        ToVehicle::SendActivationCode(message) => format!(
            "Send activation code: profile {} for user {}",
            code_number(&message.activation_code),
            user_number(&message.cmp_user_id)
        ),
        ToVehicle::RefuseActivationCode { response, .. } => response.result.to_string(),
        ToVehicle::RequestDeleteProfile(message) => {
            format!("Request delete profile {}", profile_number(&message.iccid))
        }
        ToVehicle::RequestDeleteAllProfiles(_) => "Request delete all profiles".to_owned(),
        ToVehicle::RequestCsimInfo(_) => "Request CSIM info".to_owned(),
        other => format!("{other:?}"),
    };
    format!(
        "{what} [federation {f}, sequence {}]",
        message.request_id().timestamp.as_secs()
    )
}

/// What a backend deals with.
pub(crate) fn from_vehicle(message: &ToCmp) -> String {
    let (what, id) = match message {
        ToCmp::RequestActivationCode(message) => (
            format!("Request activation code for user {}", user_number(&message.cmp_user_id)),
            message.request_id,
        ),
        ToCmp::SendProfileDownloadInstallInfo(message) => {
            let code = message.activation_code.as_ref().map(code_number);
            let code = code.map_or_else(|| "no code".to_owned(), |code| code.to_string());
            (
                format!("Send profile download install info: {code} {}", message.result),
                message.request_id,
            )
        }
        ToCmp::SendCsimStatus(message) => {
            let entry = |entry: &aid2_proto::Profile| format!("{} {}", profile_number(&entry.iccid), entry.status);
            (
                format!("Send CSIM status: {}", join(message.profiles.iter().map(entry))),
                message.request_id,
            )
        }
        ToCmp::SendEnableProfileErrorReport(report) => (
            format!("Send enable profile error: {}", profile_number(&report.profile.iccid)),
            report.request_id,
        ),
        ToCmp::SendDisableProfileErrorReport(report) => (
            format!("Send disable profile error: {}", profile_number(&report.profile.iccid)),
            report.request_id,
        ),
        response => (response.name().to_owned(), response.request_id()),
    };
    format!("{what} [sequence {}]", id.timestamp.as_secs())
}

/// What a client publishes, for the first time or again.
pub(crate) fn published(outgoing: &Outgoing) -> String {
    let name = outgoing.topic.rsplit('/').next().unwrap_or_default();
    match &outgoing.sequence {
        Some(sequence) => format!("{name}, number {sequence}"),
        None => name.to_owned(),
    }
}

/// What comes to a vehicle.
pub(crate) fn delivered(message: &aid2_proto::session::ToVehicle) -> String {
    use aid2_proto::session::ToVehicle as T;
    let (name, second) = (message.name(), message.request_id().timestamp.as_secs());
    match message {
        T::SendActivationCode(code) => format!(
            "{name} of profile {} [sequence {second}]",
            code_number(&code.activation_code)
        ),
        T::RequestDeleteProfile(order) => format!("{name} {} [sequence {second}]", profile_number(&order.iccid)),
        _ => format!("{name} [sequence {second}]"),
    }
}

pub(crate) fn command(command: &LpaCommand) -> String {
    match command {
        LpaCommand::Download { activation_code, .. } => format!("download {}", code_number(activation_code)),
        LpaCommand::Enable { iccid } => format!("enable {}", profile_number(iccid)),
        LpaCommand::Disable { iccid } => format!("disable {}", profile_number(iccid)),
        LpaCommand::Delete { iccid } => format!("delete {}", profile_number(iccid)),
        _ => "list".to_owned(),
    }
}

fn join(entries: impl Iterator<Item = String>) -> String {
    let entries: Vec<String> = entries.collect();
    if entries.is_empty() {
        "none".to_owned()
    } else {
        entries.join(", ")
    }
}
