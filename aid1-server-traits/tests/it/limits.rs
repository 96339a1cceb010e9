//! How much one partner may ask for, and what it is told when it is too much.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use aid1_server_traits::{
    Caller, InFlight, Limit, Means, MspServer, Partner, Partners, Permit, ServerOptions,
    aid_types::{Condition, OperationId, Refusal, http::Credentials},
    bytes::Bytes,
    http::{HeaderValue, Request, header::RETRY_AFTER},
};

use http_body::{Body, Frame};

use crate::support::{API_KEY, Backend, CLIENT, ac_http, key, options, ready, verdict};

/// Never comes.
struct Hanging;

impl Body for Hanging {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

fn other() -> Credentials {
    key("other0123456789")
}

fn request_of(client: &'static str, api_key: &'static str) -> Request<Bytes> {
    let mut request = ac_http();
    request
        .headers_mut()
        .insert("client-id", HeaderValue::from_static(client));
    request
        .headers_mut()
        .insert("api-key", HeaderValue::from_static(api_key));
    request
}

/// One partner's calls that hang take nothing from another's, and what ends makes room.
#[test]
fn calls_in_flight_are_counted_for_each_partner() {
    let partners = Partners::new([
        Partner::new(CLIENT.parse().unwrap(), key(API_KEY)),
        Partner::new("other".parse().unwrap(), other()),
    ]);
    let options = ServerOptions::new(partners).limit(InFlight::per_partner(1));
    let server = MspServer::<Backend>::new(Backend::default(), options);
    {
        let (head, _) = ac_http().into_parts();
        let mut hanging = pin!(server.handle(Request::from_parts(head, Hanging)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(hanging.as_mut().poll(&mut context), Poll::Pending));

        let refused = ready(server.handle_bytes(ac_http()));
        assert_eq!(verdict(&refused), (503, 90));
        assert_eq!(refused.headers()[RETRY_AFTER], "1");
        let let_in = ready(server.handle_bytes(request_of("other", "other0123456789")));
        assert_eq!(verdict(&let_in), (200, 0));
    }
    assert_eq!(verdict(&ready(server.handle_bytes(ac_http()))), (200, 0));
}

/// Refuses everything but one operation, and says when to come back.
struct Closed(Arc<()>);

impl Limit for Closed {
    fn admit(&self, caller: &Caller, operation: Option<OperationId>) -> Result<Permit, Refusal> {
        assert_eq!(caller.client_id().as_str(), CLIENT);
        match operation {
            Some(OperationId::RequestActivationCode) => Ok(Permit::with(Arc::clone(&self.0))),
            _ => Err(Refusal::new(Condition::Unavailable).retry_after(Duration::from_millis(1_001))),
        }
    }
}

#[test]
fn a_limit_sees_caller_and_operation() {
    let held = Arc::new(());
    let server = MspServer::<Backend>::new(Backend::default(), options().limit(Closed(Arc::clone(&held))));
    assert_eq!(verdict(&ready(server.handle_bytes(ac_http()))), (200, 0));
    assert_eq!(Arc::strong_count(&held), 2, "a permit was kept beyond the reply");
    let mut question = ac_http();
    *question.method_mut() = aid1_server_traits::http::Method::DELETE;
    *question.uri_mut() = format!("/v1/users/{}", crate::support::TOKEN).parse().unwrap();
    let refused = ready(server.handle_bytes(question));
    // Rounded up: never too early.
    assert_eq!(
        (verdict(&refused), &refused.headers()[RETRY_AFTER]),
        ((503, 90), &HeaderValue::from_static("2"))
    );
}

/// A partner without a call in flight has no row: the table does not grow.
#[test]
fn nothing_is_kept_of_a_call_that_ended() {
    let limit = InFlight::per_partner(2);
    let caller = Caller::new(CLIENT.parse().unwrap(), Means::ApiKey);
    let (first, second) = (limit.admit(&caller, None).unwrap(), limit.admit(&caller, None).unwrap());
    let _ = limit.admit(&caller, None).unwrap_err();
    assert!(format!("{limit:?}").contains(CLIENT));
    drop(first);
    assert!(format!("{limit:?}").contains(CLIENT), "one is left");
    drop(second);
    assert!(!format!("{limit:?}").contains(CLIENT), "{limit:?}");
    let none = InFlight::per_partner(0);
    let _ = none.admit(&caller, None).unwrap_err();
    assert!(!format!("{none:?}").contains(CLIENT));
}
