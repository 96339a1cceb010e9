//! What a process of the CMP is asked, in the words of the test.

use aid_types::{
    AccountId, CmpUserId, Condition, CustomerGroupChange, Eid, IssuedMspToken, Leniency, MspToken,
    NotifyMspTokenInvalid, PhoneCipher as _, Refusal, SendMspToken, SubscriptionType, UpdateSubscriptionInfo,
    http::CallIds, phone::EncryptedPhoneNumber, redirect::RedirectToMspContent,
};
use aid1_server_traits::{Call, Caller, CmpApi as _, Means};
use aid2_proto::{
    Profile, ProfileStatus, RequestActivationCode, RequestDeleteProfileResponse, RequestDeleteProfileResult, RequestId,
    SendCsimStatus, SendProfileDownloadInstallInfo, Timestamp, session::ToCmp,
};
use uuid::Uuid;

use super::party::{Backend, cipher, vin};

fn call(id: &str) -> Call {
    let caller = Caller::new("msp1".parse().unwrap(), Means::ApiKey);
    let ids = CallIds::new(id.parse::<Uuid>().unwrap().into(), Uuid::new_v4().into());
    Call::new(ids, caller, "cmp1".parse().unwrap())
}

fn number() -> EncryptedPhoneNumber {
    let mut random = |bytes: &mut [u8]| {
        bytes.fill(1);
        Ok::<(), std::convert::Infallible>(())
    };
    cipher()
        .encrypt(&"4915112345678".parse().unwrap(), &mut random)
        .unwrap()
}

fn eid(car: u64) -> Eid {
    format!("89049032000001000000000{car:09}").parse().unwrap()
}

pub(super) async fn answer(backend: Backend, question: String) -> String {
    let words: Vec<&str> = question.split(' ').collect();
    let at = |place: usize| words[place];
    let token = |place: usize| words[place].parse::<MspToken>().unwrap();
    match words[0] {
        "onboard" => {
            let back = "https://www.cmp.example/done";
            let user = at(1).parse().unwrap();
            let Ok(began) = backend.onboard(user, &"msp1".parse().unwrap(), None, back).await else {
                return "again".to_owned();
            };
            let redirect = RedirectToMspContent::parse_url(&began.url, Leniency::Field).unwrap();
            format!("ok {} {}", began.federation, redirect.value.account_id().as_str())
        }
        "token" => {
            let account_id: AccountId = at(1).parse().unwrap();
            let body = IssuedMspToken::new(token(2), number(), SubscriptionType::Private);
            called(
                backend
                    .send_msp_token(call(at(3)), account_id, SendMspToken::Issued(body))
                    .await,
            )
        }
        "update" => {
            let mut body = UpdateSubscriptionInfo::new(number(), SubscriptionType::Private);
            body.customer_group = CustomerGroupChange::Set(at(2).parse().unwrap());
            called(backend.update_subscription_info(call(at(3)), token(1), body).await)
        }
        "invalid" => {
            let body = NotifyMspTokenInvalid::new(None);
            called(backend.notify_msp_token_invalid(call(at(2)), token(1), body).await)
        }
        "hear" => match backend.hear(message(&words)).await {
            Ok(None) => "ok".to_owned(),
            Ok(Some(error)) => format!("refused {error:?}"),
            Err(_) => "again".to_owned(),
        },
        // The state, and the MSP's latest word.
        "view" => match backend.federation(at(1).parse().unwrap()).await {
            Ok(Some(view)) => {
                let group = view.federation.subscription().map(|info| info.customer_group.clone());
                let group = match group {
                    Some(CustomerGroupChange::Set(group)) => group.as_str().to_owned(),
                    _ => "none".to_owned(),
                };
                format!("ok {:?} {group}", view.federation.state())
            }
            Ok(None) => "gone".to_owned(),
            Err(_) => "again".to_owned(),
        },
        other => panic!("{other}"),
    }
}

/// `hear WHAT CAR SECOND USER [ICCID]`.
fn message(words: &[&str]) -> ToCmp {
    let car: u64 = words[2].parse().unwrap();
    let id = RequestId::new(vin(car), Timestamp::from_secs(words[3].parse().unwrap()));
    let user: CmpUserId = words[4].parse().unwrap();
    let iccid = words.get(5).map(|iccid| iccid.parse().unwrap());
    let status = |status| {
        let profile = Profile::new(iccid.unwrap(), user.clone(), status);
        ToCmp::SendCsimStatus(SendCsimStatus::new(id, eid(car), vec![profile]))
    };
    match words[1] {
        "ask" => ToCmp::RequestActivationCode(RequestActivationCode::new(id, user, eid(car))),
        "installed" => {
            let code = format!("1$SMDP.EXAMPLE${}", words[5]).parse().unwrap();
            let info = SendProfileDownloadInstallInfo::installed(id, user, iccid.unwrap(), eid(car), code);
            ToCmp::SendProfileDownloadInstallInfo(info)
        }
        "enabled" => status(ProfileStatus::ENABLED),
        "disabled" => status(ProfileStatus::DISABLED),
        "gone" => status(ProfileStatus::DELETED),
        "deleted" => {
            let response = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
            ToCmp::RequestDeleteProfileResponse(id, response)
        }
        other => panic!("{other}"),
    }
}

fn called(outcome: Result<(), Refusal>) -> String {
    match outcome {
        Ok(()) => "ok".to_owned(),
        Err(refusal) => match refusal.condition() {
            Some(Condition::Internal) | None => "again".to_owned(),
            Some(condition) => format!("refused {condition:?}"),
        },
    }
}
