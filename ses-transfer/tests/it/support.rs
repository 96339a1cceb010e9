//! A backend, an endpoint and the vectors.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use ses_transfer::{
    BasicCredentials, BearerToken, Credentials, DeviceHeaders, Endpoint, Odd, TransactionId,
    TransferPrimaryDeviceEsimSub,
    bytes::Bytes,
    http::Request,
    server::{BackendApi, BackendServer, Call, Caller, Callers, Refusal, ServerOptions},
};

pub(crate) fn vectors() -> Value {
    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/ses-transfer.json");
    serde_json::from_str(&std::fs::read_to_string(PATH).expect("the repository's vectors")).unwrap()
}

pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} in {value}"))
}

/// Place and kind of each, as the vectors write them.
pub(crate) fn listed(odd: &[Odd]) -> Vec<(String, String)> {
    odd.iter()
        .map(|odd| (odd.at.to_string(), format!("{:?}", odd.what)))
        .collect()
}

pub(crate) fn expected(odd: &Value) -> Vec<(String, String)> {
    serde_json::from_value(odd.clone()).unwrap_or_default()
}

pub(crate) const PASSWORD: &str = "not-a-real-password";

pub(crate) fn basic() -> Credentials {
    Credentials::Basic(BasicCredentials::new("ses", PASSWORD).unwrap())
}

pub(crate) fn callers() -> Callers {
    let caller = Caller::new("ses");
    Callers::default()
        .admit(&caller, basic(), [])
        .admit(
            &caller,
            Credentials::Bearer(BearerToken::new("not-a-real-token").unwrap()),
            [],
        )
        .admit(
            &Caller::new("another"),
            Credentials::Bearer(BearerToken::new("another-token").unwrap()),
            [],
        )
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new("https://backend.example/ses-ux".parse().unwrap(), &basic())
}

pub(crate) fn id(text: &str) -> TransactionId {
    text.parse().unwrap()
}

/// The smallest body, with this IMSI.
pub(crate) fn body(imsi: &str) -> TransferPrimaryDeviceEsimSub {
    let json = format!(
        r#"{{"oldPrimaryDeviceInfo":{{"subscriptionList":[{{"primaryImsi":"{imsi}","iccidProfile":{{}}}}]}},"newPrimaryDeviceInfo":{{}}}}"#
    );
    TransferPrimaryDeviceEsimSub::from_json(json.as_bytes()).unwrap().value
}

pub(crate) fn request(imsi: &str, transaction: &str) -> Request<Bytes> {
    endpoint().request(&body(imsi), &DeviceHeaders::default(), &id(transaction))
}

type Answer = Box<dyn Fn(&Call) -> Result<(), Refusal> + Send + Sync>;

/// Keeps what it was called with, and answers as it is told.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) seen: Arc<Mutex<Vec<(Call, TransferPrimaryDeviceEsimSub)>>>,
    answer: Arc<Answer>,
}

impl Backend {
    pub(crate) fn answering(answer: impl Fn(&Call) -> Result<(), Refusal> + Send + Sync + 'static) -> Self {
        Self {
            seen: Arc::default(),
            answer: Arc::new(Box::new(answer)),
        }
    }

    pub(crate) fn accepting() -> Self {
        Self::answering(|_| Ok(()))
    }

    pub(crate) fn calls(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub(crate) fn server(&self) -> BackendServer<Self> {
        BackendServer::new(self.clone(), ServerOptions::new(callers()).prefix("ses-ux"))
    }
}

impl BackendApi for Backend {
    async fn transfer_primary_device_esim_sub(
        &self,
        call: Call,
        body: TransferPrimaryDeviceEsimSub,
    ) -> Result<(), Refusal> {
        self.seen.lock().unwrap().push((call.clone(), body));
        (self.answer)(&call)
    }
}
