//! The users of the seed: one with each open session, and one with each msp_token. What they have came about as any other's.

use std::error::Error;

use aid_procedures::{
    Timestamp,
    cmp::{Event, Federation, Options},
};
use aid_types::{
    ActivationCodeReply, ActivationCodeRequestId, Eid, IssuedMspToken, MspToken, ReadyActivationCode, SendMspToken,
    SubscriptionType,
    phone::{EncryptedPhoneNumber, PhoneCiphertext, PhoneIv},
};
use aid2_proto::{RequestActivationCode, RequestId, SendProfileDownloadInstallInfo};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::serve::seed::Seed;

type Failed = Box<dyn Error>;

/// Ten years: what the seed says stays open.
const LONG: u64 = 10 * 365 * 24 * 60 * 60;

pub(crate) fn options() -> Options {
    let mut options = Options::default();
    options.request_lifetime = LONG;
    options
}

/// The session of this name, where an account_id is a text: the same in every release.
pub(crate) fn named(text: &str) -> Uuid {
    let digest = Sha256::digest(text);
    let start = digest.iter().take(16);
    Uuid::from_u128(start.fold(0, |start, byte| start << 8 | u128::from(*byte)))
}

pub(crate) fn of_seed(seed: &Seed, now: u64) -> Result<Vec<Federation>, Failed> {
    let sessions = seed.sids.iter().filter_map(|sid| match seed.account_id_secret {
        // What is no UUID was told, and no account_id can have it.
        Some(_) => Uuid::try_parse(sid).ok(),
        None => Some(named(sid)),
    });
    let sessions = sessions.map(|sid| onboarding(sid, now));
    sessions
        .chain(seed.msp_tokens.iter().map(|token| federated(*token, seed, now)))
        .collect()
}

fn onboarding(sid: Uuid, now: u64) -> Result<Federation, Failed> {
    let mut federation = Federation::new(sid.to_string().parse()?, options());
    let expires = Timestamp::from_secs(now.saturating_add(LONG));
    federation
        .handle(Event::SessionOpened { sid, expires }, Timestamp::from_secs(now))
        .map_err(|refusal| refusal.to_string())?;
    Ok(federation)
}

fn federated(token: MspToken, seed: &Seed, now: u64) -> Result<Federation, Failed> {
    // The same when it is started again; nobody has an account_id for it.
    let sid = named(&token.to_string());
    let mut federation = onboarding(sid, now)?;
    let now = Timestamp::from_secs(now);
    let mut handle = |event: Event| {
        federation
            .handle(event, now)
            .map(drop)
            .map_err(|refusal| refusal.to_string())
    };
    let number = EncryptedPhoneNumber::new(PhoneCiphertext::from_bytes(&[0; 16])?, PhoneIv::from_bytes(&[0; 12])?);
    handle(Event::SendMspToken {
        sid,
        assigned_elsewhere: false,
        body: SendMspToken::Issued(IssuedMspToken::new(token, number, SubscriptionType::Private)),
    })?;
    // Each in a vehicle of its own: an eUICC has one request at a time.
    let user = || sid.to_string().parse();
    let mut vehicles = (0_u32..).map(|number| -> Result<(RequestId, Eid), Failed> {
        let vin = format!("WBAUX1103{number:08}").parse()?;
        Ok((
            RequestId::new(vin, now),
            Eid::with_check_digits(&format!("8904903200000100{number:014}"))?,
        ))
    });
    let mut ask = |fresh_id: ActivationCodeRequestId| -> Result<(Event, RequestId, Eid), Failed> {
        let (request_id, eid) = vehicles.next().ok_or("too many")??;
        let message = RequestActivationCode::new(request_id, user()?, eid);
        Ok((Event::RequestActivationCode { message, fresh_id }, request_id, eid))
    };
    for iccid in &seed.iccids {
        let activation_code_request_id = Uuid::new_v4().into();
        let (asked, request_id, eid) = ask(activation_code_request_id)?;
        let code: aid_types::ActivationCode = format!("1$smdp.example${:X}", Uuid::new_v4().simple()).parse()?;
        handle(asked)?;
        handle(Event::ActivationCodeReply {
            activation_code_request_id,
            reply: Ok(ActivationCodeReply::Ready(ReadyActivationCode::new(
                *iccid,
                code.clone(),
            ))),
        })?;
        let info = SendProfileDownloadInstallInfo::installed(request_id, user()?, *iccid, eid, code);
        handle(Event::DownloadInstallInfo(info))?;
    }
    for id in &seed.activation_request_ids {
        handle(ask(*id)?.0)?;
    }
    Ok(federation)
}
