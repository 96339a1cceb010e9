//! AiD1 between the backends: real requests and replies, on a network that loses, delays and repeats them.

use std::time::Duration;

use aid_backend::engine::UnitError;
use aid_types::{
    AccountId, Condition, Iccid, MspToken, NotifyMspTokenInvalid, OperationId, ProfileInformationStatus, Refusal, Role,
    SendActivationCode, SendMspToken, SendProfileInformation, UpdateSubscriptionInfo,
    http::{
        Credentials, Endpoint, Route,
        http::{Request, Response},
    },
};
use aid1_client::{BoxError, HttpClient};
use aid1_server_traits::{Call, CmpApi, Partner, Partners, ServerOptions};
use bytes::Bytes;
use futures_channel::oneshot::Sender;
use serde_json::Value;

use crate::{
    Fault, cmp,
    host::{Desk, Want},
    item::Item,
    names::{self, HOUR, MINUTE},
    party::Party,
    trouble::Trouble,
    world::World,
};

/// What a caller shows: it says who it is.
fn key(caller: &str) -> Credentials {
    Credentials::ApiKey(format!("the-key-of-{caller}-which-is-long-enough").parse().unwrap())
}

/// Of a server that knows these partners.
pub(crate) fn accepts(partners: &[String]) -> ServerOptions {
    let partner = |id: &String| Partner::new(id.parse().unwrap(), key(id));
    ServerOptions::new(Partners::new(partners.iter().map(partner)))
}

pub(crate) fn endpoint(from: &str, to: &str) -> Endpoint {
    let base = format!("https://{to}.example").parse().unwrap();
    Endpoint::new(base, from.parse().unwrap(), to.parse().unwrap(), key(from))
}

pub(crate) fn timer(desk: &Desk) -> impl Fn(Duration) -> aid1_client::Sleep + Send + Sync + 'static {
    let desk = desk.clone();
    move |duration| Box::pin(desk.clone().sleep(duration))
}

/// What a unit came to that was not committed. A store in memory does not fail.
pub(crate) fn refused(error: UnitError<Refusal>) -> Refusal {
    match error {
        UnitError::Refused(refusal) => refusal,
        other => Refusal::new(Condition::Internal).internal(other.to_string()),
    }
}

/// What a process calls its peers by.
pub(crate) struct Way(pub(crate) Desk);

impl HttpClient for Way {
    type Error = BoxError;

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let response = self.0.ask(|answer| Want::Call(request, answer)).await;
        response.ok_or_else(|| "nobody there".into())
    }
}

// ---- what the CMP hears -------------------------------------------------------------------------------------------------

/// The CMP's side of AiD1, listened to: what it takes, it has to act upon.
pub(crate) struct HeardByCmp {
    pub(crate) backend: cmp::Backend,
    pub(crate) desk: Desk,
    pub(crate) fault: Option<Fault>,
}

impl HeardByCmp {
    fn doomed(&self, outcome: &Result<(), Refusal>, msp_token: MspToken, doomed: Vec<Iccid>) {
        if outcome.is_ok() && !doomed.is_empty() {
            self.desk.want(Want::Doomed(msp_token, doomed));
        }
    }
}

impl CmpApi for HeardByCmp {
    async fn send_msp_token(&self, call: Call, account_id: AccountId, body: SendMspToken) -> Result<(), Refusal> {
        self.backend.send_msp_token(call, account_id, body).await
    }

    async fn notify_msp_token_invalid(
        &self,
        call: Call,
        msp_token: MspToken,
        body: NotifyMspTokenInvalid,
    ) -> Result<(), Refusal> {
        self.backend.notify_msp_token_invalid(call, msp_token, body).await
    }

    async fn send_profile_information(
        &self,
        call: Call,
        msp_token: MspToken,
        body: SendProfileInformation,
    ) -> Result<(), Refusal> {
        let invalid = body
            .profiles()
            .iter()
            .filter(|entry| entry.status == ProfileInformationStatus::Invalid);
        let doomed: Vec<Iccid> = invalid.map(|entry| entry.iccid).collect();
        let outcome = match self.fault {
            Some(Fault::InvalidProfileKept) if !doomed.is_empty() => Ok(()),
            _ => self.backend.send_profile_information(call, msp_token, body).await,
        };
        self.doomed(&outcome, msp_token, doomed);
        outcome
    }

    async fn update_subscription_info(
        &self,
        call: Call,
        msp_token: MspToken,
        body: UpdateSubscriptionInfo,
    ) -> Result<(), Refusal> {
        match self.fault {
            Some(Fault::SubscriptionInfoIgnored) => Ok(()),
            _ => self.backend.update_subscription_info(call, msp_token, body).await,
        }
    }

    async fn send_activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        mut body: SendActivationCode,
    ) -> Result<(), Refusal> {
        let mut doomed = Vec::new();
        if let SendActivationCode::Issued(issued) = &mut body {
            doomed.extend(issued.swapped_iccid);
            issued
                .swapped_iccid
                .take_if(|_| self.fault == Some(Fault::SwappedProfileKept));
        }
        let outcome = self.backend.send_activation_code(call, msp_token, body).await;
        self.doomed(&outcome, msp_token, doomed);
        outcome
    }
}

// ---- the network --------------------------------------------------------------------------------------------------------

/// Which operation a request is of, and its msp_token or account_id.
fn operation(request: &Request<Bytes>) -> (OperationId, &str) {
    let find = |role| Route::find(role, "", request.method(), request.uri().path()).ok();
    let route = find(Role::Cmp).or_else(|| find(Role::Msp)).unwrap();
    (route.operation, route.parameter)
}

/// A body with something changed, as if its sender had put it like that.
fn edited(body: &Bytes, edit: impl FnOnce(&mut Value)) -> Bytes {
    let mut json: Value = serde_json::from_slice(body).unwrap();
    edit(&mut json);
    json.to_string().into()
}

impl World {
    /// Between the CMP and one MSP.
    fn between_backends(from: Party) -> usize {
        match from {
            Party::Msp(msp) => 200 + msp,
            _ => 100,
        }
    }

    /// A call goes out: it may get lost, come late, or come twice.
    pub(crate) fn send_call(&mut self, from: Party, mut request: Request<Bytes>, answer: Sender<Response<Bytes>>) {
        let place = Self::between_backends(from);
        let host = request.uri().host().unwrap_or_default().to_owned();
        let to = match host.strip_prefix("msp-").and_then(|rest| rest.strip_suffix(".example")) {
            Some(msp) => Party::Msp(msp.parse().unwrap()),
            None => Party::Cmp,
        };
        let (operation, parameter) = operation(&request);
        self.watch_call(operation, parameter);
        self.note(|| format!("{from} -> {to}: {operation}"));
        if let (Party::Msp(msp), OperationId::SendActivationCode) = (from, operation)
            && names::is_terse(msp)
        {
            *request.body_mut() = without_iccid(request.body());
        }
        let exchange = self.fresh();
        if self.has(Fault::StatusNotRepeated) && operation == OperationId::SendCsimStatus {
            // Whatever comes of it.
            let mut done = Response::new(Bytes::new());
            *done.status_mut() = operation.declaration().success[0].try_into().unwrap();
            let _ = answer.send(done);
        } else if let Some(host) = self.host(from) {
            host.calls.insert(exchange, answer);
        }
        let item = Item::Call {
            from,
            to,
            exchange,
            request,
        };
        if let Some(how_bad) = self.troubles.draw(Trouble::Twice, place) {
            self.note(|| "    (it comes twice)".to_owned());
            self.queue_in(how_bad % (2 * HOUR), item.clone());
        }
        if self.troubles.draw(Trouble::Lost, place).is_some() {
            return self.note(|| "    (lost)".to_owned());
        }
        let millis = self.travels(place, MINUTE);
        self.queue_in(millis, item);
    }

    /// A call arrives, if anybody is there.
    pub(crate) fn called(&mut self, from: Party, to: Party, exchange: u64, request: Request<Bytes>) {
        if self.down_until(to).is_some() {
            return;
        }
        match to {
            Party::Msp(msp) => {
                let Some(server) = self.msp_server(msp) else { return };
                let terse = names::is_terse(msp) && operation(&request).0 == OperationId::RequestActivationCode;
                self.serve_call(from, to, exchange, async move {
                    let mut response = server.handle_bytes(request).await;
                    if terse && response.status() == 200 {
                        *response.body_mut() = without_iccid(response.body());
                    }
                    response
                });
            }
            _ => {
                let Some(server) = self.cmp_server() else { return };
                self.serve_call(from, to, exchange, async move { server.handle_bytes(request).await });
            }
        }
    }

    fn serve_call(
        &mut self,
        from: Party,
        to: Party,
        exchange: u64,
        answer: impl Future<Output = Response<Bytes>> + Send + 'static,
    ) {
        let Some(host) = self.host(to) else { return };
        let desk = host.desk.clone();
        aid_backend::engine::Runtime::spawn(
            &host.desk,
            Box::pin(async move { desk.want(Want::Reply(from, exchange, answer.await)) }),
        );
    }

    /// A reply goes out, and may get lost as well.
    pub(crate) fn send_reply(&mut self, from: Party, to: Party, exchange: u64, response: Response<Bytes>) {
        let place = 1000 + Self::between_backends(to);
        let (status, body) = (response.status().as_u16(), response.body().clone());
        self.note(|| format!("    {from} replies {status} {}", String::from_utf8_lossy(&body)));
        if self.troubles.draw(Trouble::Lost, place).is_some() {
            return self.note(|| "    (lost: the reply)".to_owned());
        }
        let millis = self.travels(place, MINUTE);
        self.queue_in(millis, Item::Reply { to, exchange, response });
    }

    /// A reply arrives, if anybody waits for it still.
    pub(crate) fn replied(&mut self, to: Party, exchange: u64, mut response: Response<Bytes>) {
        let Some(waits) = self.host(to).and_then(|host| host.calls.remove(&exchange)) else {
            return;
        };
        if waits.is_canceled() {
            return;
        }
        let json: Option<Value> = serde_json::from_slice(response.body()).ok();
        if let (Party::Cmp, 200, Some(json)) = (to, response.status().as_u16(), &json)
            && let Some(swapped) = json["swappedIccid"]
                .as_str()
                .and_then(|text| text.parse::<Iccid>().ok())
        {
            self.replied_with_swap(&swapped);
            if self.has(Fault::SwappedProfileKept) {
                *response.body_mut() = edited(response.body(), |json| json["swappedIccid"] = Value::Null);
            }
        }
        let _ = waits.send(response);
    }

    /// The CMP hears in a reply that a profile was swapped: it acts upon it, unless it dies before it has stored that.
    fn replied_with_swap(&mut self, swapped: &Iccid) {
        let number = names::profile_number(swapped);
        let token = names::token(self.bound[number].subscription);
        if let Some(f) = self.cmp.tokens.get(&token).copied() {
            self.cmp.federations[f].watch.doomed.push(*swapped);
        }
    }

    /// How long something is on its way.
    pub(crate) fn travels(&mut self, place: usize, late: u64) -> u64 {
        match self.troubles.draw(Trouble::Late, place) {
            Some(how_bad) => how_bad % late,
            None => self.troubles.time(place, 200),
        }
    }
}

/// What an MSP makes of an activation code that does not say whose it is.
fn without_iccid(body: &Bytes) -> Bytes {
    edited(body, |json| json["iccid"] = Value::Null)
}
