//! `aid call`: one AiD1 call, one line about it.

mod connection;
mod input;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use aid_types::{
    ErrorBody, OperationId as Op, RequestInvalidateMspToken, Tolerated,
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
use serde_json::{Value, json};
use uuid::Uuid;

use self::input::{body, id};
use crate::{
    args::{Args, Known, Usage},
    hint, lines,
};

pub(crate) const CALL: &str = "\
aid call <operation> --base-url URL --client-id ID --target-id ID --id TOKEN
         (--api-key KEY | --basic USER:PASSWORD) [--ca PEM] [--cert PEM --key PEM]
         [--body JSON] [--iccid ICCID] [--timeout SECONDS]

  Calls the operation once and prints one line, also where the command line is wrong:
  {\"ok\":false,\"status\":404,\"code\":\"20\",\"error\":\"The msp_token was not found\",\"body\":{…}}

  `status` is null where there is no reply, `code` where the peer gave none, `body` where the reply
  has no JSON; `error` says what is wrong, null where nothing is. Exit: 0 success; 1 the peer
  refused (any status but 2xx); 2 no reply that can be used (no connection, a timeout, a reply that
  is no HTTP, not what belongs to the status, or longer than 256 KiB), or the command line is wrong.

  operation    CMP: sendMspToken notifyMspTokenInvalid sendProfileInformation
                    updateSubscriptionInfo submitActivationCode
               MSP: requestActivationCode sendCsimStatus requestInvalidateFederatedID
                    requestProfileStatus
  --base-url   where the peer offers its operations; a path in it is kept. Plain http for this
               machine only
  --id         the msp_token; for sendMspToken the account_id
  --ca         whom to trust: certificates, which https needs
  --cert       as whom to appear: our certificate, and those that lead to the authority. With --key
  --body       read as leniently as a server would: `null` where there is no value, unknown members
               left out. Texts are sent as they stand, also those that the document does not list
  --iccid      for requestProfileStatus: this profile only. The same as --body '{\"iccid\":…}'
  --timeout    from connecting to the last byte of the reply; 10 unless told otherwise, fractions allowed

  Nothing is repeated, redirects are not followed, and proxies are not used. What was tolerated in
  a reply is told on standard error, by its number in docs/ambiguities.md.
";

const KNOWN: Known = Known {
    words: &["operation"],
    options: &[
        "base-url",
        "ca",
        "cert",
        "key",
        "api-key",
        "basic",
        "client-id",
        "target-id",
        "id",
        "timeout",
        "body",
        "iccid",
    ],
    switches: &[],
};

pub(crate) fn call(arguments: Vec<String>) -> Result<ExitCode, Usage> {
    let (exit, line) =
        attempt(arguments).unwrap_or_else(|Usage(error)| (2, line(false, None, None, Some(&error), Value::Null)));
    lines::print(&format!("{line}\n"));
    Ok(ExitCode::from(exit))
}

fn line(ok: bool, status: Option<StatusCode>, code: Option<String>, error: Option<&str>, body: Value) -> Value {
    json!({"ok": ok, "status": status.map(|status| status.as_u16()), "code": code, "error": error, "body": body})
}

fn attempt(arguments: Vec<String>) -> Result<(u8, Value), Usage> {
    let args = Args::parse(arguments, &KNOWN)?;
    let name = args
        .optional("operation")
        .ok_or_else(|| Usage::new("call: which operation?"))?;
    let operation =
        Op::from_operation_id(name).ok_or_else(|| Usage(format!("no such operation: {}", name.escape_debug())))?;
    let timeout = connection::timeout(&args)?;
    let options = Options::default()
        .with_timeout(timeout)
        .with_retry(RetryPolicy::default().with_attempts(1));
    let max_reply = options.max_reply;
    let endpoint = connection::endpoint(&args)?;
    let transport = connection::transport(&args, endpoint.base_url(), timeout)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Usage(format!("no runtime: {error}")))?;

    let last = Arc::new(Mutex::new(None));
    let outcome = runtime.block_on(exchange(
        operation,
        &args,
        endpoint,
        options,
        recording(transport, &last),
    ))?;
    let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok(report(outcome, last, max_reply))
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

async fn exchange(
    operation: Op,
    args: &Args,
    endpoint: Endpoint,
    options: Options,
    http: BoxHttpClient,
) -> Result<Result<Vec<Tolerated>, Error>, Usage> {
    let new = Transaction::New;
    let cmp =
        CmpClient::new(http.clone(), endpoint.clone(), tokio::time::sleep, Uuid::new_v4).with_options(options.clone());
    let msp = MspClient::new(http, endpoint, tokio::time::sleep, Uuid::new_v4).with_options(options);
    Ok(match operation {
        Op::SendMspToken => cmp.send_msp_token(&id(args)?, &body(args)?, new).await.map(tolerated),
        Op::NotifyMspTokenInvalid => cmp
            .notify_msp_token_invalid(&id(args)?, &body(args)?, new)
            .await
            .map(tolerated),
        Op::SendProfileInformation => cmp
            .send_profile_information(&id(args)?, &body(args)?, new)
            .await
            .map(tolerated),
        Op::UpdateSubscriptionInfo => cmp
            .update_subscription_info(&id(args)?, &body(args)?, new)
            .await
            .map(tolerated),
        Op::SendActivationCode => cmp
            .send_activation_code(&id(args)?, &body(args)?, new)
            .await
            .map(tolerated),
        Op::RequestActivationCode => msp
            .request_activation_code(&id(args)?, &body(args)?, new)
            .await
            .map(tolerated),
        Op::SendCsimStatus => msp.send_csim_status(&id(args)?, &body(args)?, new).await.map(tolerated),
        Op::RequestInvalidateMspToken => {
            body::<RequestInvalidateMspToken>(args)?;
            msp.request_invalidate_msp_token(&id(args)?, new).await.map(tolerated)
        }
        Op::RequestProfileStatus => msp
            .request_profile_status(&id(args)?, &body(args)?, new)
            .await
            .map(tolerated),
        _ => return Err(Usage::new("an operation of the future")),
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
