//! `aid call`: one AiD1 call, one line about it.

mod connection;
mod input;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use aid_types::{
    ErrorBody, OperationId as Op, RequestInvalidateMspToken, Subject, Tolerated,
    http::{
        Endpoint,
        bytes::Bytes,
        http::{Request, Response, StatusCode},
    },
};
use aid1_client::{
    BoxHttpClient, CmpClient, Error, HttpClient as _, MspClient, Options, Reply, RetryPolicy, Transaction,
};
use aid1_reqwest::{ReqwestTransport, TransportError};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::{Value, json};
use uuid::Uuid;

use self::{connection::Connection, input::Input};
use crate::{
    args::{Usage, parsed},
    hint, lines,
};

/// `aid call`.
#[derive(clap::Args)]
#[command(after_help = CALL)]
pub(crate) struct Call {
    /// CMP: sendMspToken, notifyMspTokenInvalid …; MSP: requestActivationCode …
    #[arg(value_parser = operations(), hide_possible_values = true)]
    operation: Op,
    /// The msp_token; for sendMspToken the account_id
    #[arg(long, value_name = "TOKEN")]
    id: String,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    input: Input,
}

const CALL: &str = "\
Operations:
  CMP   sendMspToken notifyMspTokenInvalid sendProfileInformation updateSubscriptionInfo
        submitActivationCode
  MSP   requestActivationCode sendCsimStatus requestInvalidateFederatedID requestProfileStatus

Prints one line, also where the command line is wrong:
  {\"ok\":false,\"status\":404,\"code\":\"20\",\"error\":\"The msp_token was not found\",\"body\":{…}}

  `status` is null where there is no reply, `code` where the peer gave none, `body` where the reply
  has no JSON; `error` says what is wrong, null where nothing is. Exit: 0 success; 1 the peer
  refused (any status but 2xx); 2 no reply that can be used (no connection, a timeout, a reply that
  is no HTTP, not what belongs to the status, or longer than 256 KiB), or the command line is wrong.

  The body is read as leniently as a server would: `null` where there is no value, unknown members
  left out. Texts are sent as they stand, also those that the document does not list.

  Nothing is repeated, redirects are not followed, and proxies are not used. What was tolerated in
  a reply is told on standard error, by its number in docs/ambiguities.md.";

fn operations() -> impl TypedValueParser<Value = Op> {
    let names = Op::ALL.iter().map(|operation| operation.declaration().operation_id);
    PossibleValuesParser::new(names.collect::<Vec<_>>()).try_map(|name| {
        // The parser knows no other names.
        Op::from_operation_id(&name).ok_or("no such operation")
    })
}

impl Call {
    pub(crate) fn run(self) -> ExitCode {
        let (exit, line) = self
            .attempt()
            .unwrap_or_else(|Usage(error)| (2, line(false, None, None, Some(&error), Value::Null)));
        lines::print(&format!("{line}\n"));
        ExitCode::from(exit)
    }

    fn attempt(self) -> Result<(u8, Value), Usage> {
        let options = Options::default()
            .with_timeout(self.connection.timeout())
            .with_retry(RetryPolicy::default().with_attempts(1));
        let max_reply = options.max_reply;
        let endpoint = self.connection.endpoint()?;
        let transport = self.connection.transport(endpoint.base_url())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Usage(format!("no runtime: {error}")))?;

        let last = Arc::new(Mutex::new(None));
        let outcome = runtime.block_on(self.exchange(endpoint, options, recording(transport, &last)))?;
        let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(report(outcome, last, max_reply))
    }

    /// The path parameter.
    fn id<S: Subject>(&self) -> Result<S, Usage> {
        parsed("--id", &self.id)
    }

    async fn exchange(
        &self,
        endpoint: Endpoint,
        options: Options,
        http: BoxHttpClient,
    ) -> Result<Result<Vec<Tolerated>, Error>, Usage> {
        let new = Transaction::New;
        let cmp = CmpClient::new(http.clone(), endpoint.clone(), tokio::time::sleep, Uuid::new_v4)
            .with_options(options.clone());
        let msp = MspClient::new(http, endpoint, tokio::time::sleep, Uuid::new_v4).with_options(options);
        let input = &self.input;
        Ok(match self.operation {
            Op::SendMspToken => cmp
                .send_msp_token(&self.id()?, &input.body()?, new)
                .await
                .map(tolerated),
            Op::NotifyMspTokenInvalid => cmp
                .notify_msp_token_invalid(&self.id()?, &input.body()?, new)
                .await
                .map(tolerated),
            Op::SendProfileInformation => cmp
                .send_profile_information(&self.id()?, &input.body()?, new)
                .await
                .map(tolerated),
            Op::UpdateSubscriptionInfo => cmp
                .update_subscription_info(&self.id()?, &input.body()?, new)
                .await
                .map(tolerated),
            Op::SendActivationCode => cmp
                .send_activation_code(&self.id()?, &input.body()?, new)
                .await
                .map(tolerated),
            Op::RequestActivationCode => msp
                .request_activation_code(&self.id()?, &input.body()?, new)
                .await
                .map(tolerated),
            Op::SendCsimStatus => msp
                .send_csim_status(&self.id()?, &input.body()?, new)
                .await
                .map(tolerated),
            Op::RequestInvalidateMspToken => {
                input.body::<RequestInvalidateMspToken>()?;
                msp.request_invalidate_msp_token(&self.id()?, new).await.map(tolerated)
            }
            Op::RequestProfileStatus => msp
                .request_profile_status(&self.id()?, &input.body()?, new)
                .await
                .map(tolerated),
            _ => return Err(Usage::new("an operation of the future")),
        })
    }
}

/// The line for a command line that cannot be used.
pub(crate) fn unusable(error: &str) -> ExitCode {
    lines::print(&format!("{}\n", line(false, None, None, Some(error), Value::Null)));
    ExitCode::from(2)
}

fn line(ok: bool, status: Option<StatusCode>, code: Option<String>, error: Option<&str>, body: Value) -> Value {
    json!({"ok": ok, "status": status.map(|status| status.as_u16()), "code": code, "error": error, "body": body})
}

/// What the peer answered.
type Last = Arc<Mutex<Option<(StatusCode, Bytes)>>>;

/// The transport, and a look at the reply, which the typed result does not keep.
fn recording(transport: ReqwestTransport, last: &Last) -> BoxHttpClient {
    let last = Arc::clone(last);
    BoxHttpClient::new(move |request: Request<Bytes>| {
        let (transport, last) = (transport.clone(), Arc::clone(&last));
        async move {
            let response: Response<Bytes> = transport.send(request).await?;
            let seen = (response.status(), response.body().clone());
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
            Ok::<_, TransportError>(response)
        }
    })
}

fn tolerated<T>(reply: Reply<T>) -> Vec<Tolerated> {
    reply.tolerated
}

fn report(outcome: Result<Vec<Tolerated>, Error>, last: Option<(StatusCode, Bytes)>, max_reply: usize) -> (u8, Value) {
    let json = |body: &Bytes| {
        let whole = body.get(..).filter(|body| body.len() <= max_reply);
        whole
            .and_then(|body| serde_json::from_slice(body).ok())
            .unwrap_or(Value::Null)
    };
    let tolerated = match &outcome {
        Ok(tolerated) => tolerated,
        Err(error) => error.tolerated(),
    };
    for tolerated in tolerated {
        lines::complain(&format!("tolerated: {tolerated}"));
    }
    match (outcome, last) {
        // By what is on the wire: the client takes some refusals for successes, such as the end of what is over.
        (outcome, Some((status, body))) if !status.is_success() => {
            let ErrorBody { code, error, .. } = ErrorBody::read(&body);
            let error = error.or_else(|| outcome.err().map(|error| error.to_string()));
            let error = error.unwrap_or_else(|| status.to_string());
            (
                1,
                line(
                    false,
                    Some(status),
                    code.map(|code| code.to_string()),
                    Some(&error),
                    json(&body),
                ),
            )
        }
        (Ok(_), last) => {
            let (status, body) = last.map_or((None, Value::Null), |(status, body)| (Some(status), json(&body)));
            (0, line(true, status, None, None, body))
        }
        (Err(error), last) => {
            let (status, body) = last.map_or((None, Value::Null), |(status, body)| (Some(status), json(&body)));
            (2, line(false, status, None, Some(&hint::explained(&error)), body))
        }
    }
}
