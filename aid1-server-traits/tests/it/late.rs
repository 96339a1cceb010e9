//! The three-second rule, with a runtime that moves by hand.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use aid1_server_traits::{
    BoxFuture, Call, Caller, DeliverActivationCode, Handled, Late, LateOutcome, LateResult, Means, MspApi, MspServer,
    Observe, ReplyWritten, Runtime,
    aid_types::{
        ActivationCodeReply, Ambiguity, Condition, MspToken, Refusal, RequestActivationCode, SendActivationCode,
        Tolerated, http::CMP_REQUEST_ID,
    },
    bytes::Bytes,
    http::Response,
};

use crate::support::{ac_http, ac_request, ids, options, ready, ready_code, verdict};

#[derive(Default, Clone)]
struct ByHand(Arc<Hand>);

#[derive(Default)]
struct Hand {
    timers: Mutex<Vec<Duration>>,
    over: AtomicBool,
    finished: AtomicBool,
    tasks: Mutex<Vec<BoxFuture<'static, ()>>>,
    delivered: Mutex<Vec<Late>>,
    told: Mutex<Vec<String>>,
}

/// Ends once the flag is up; whoever waits is polled by hand.
async fn flag(hand: Arc<Hand>, flag: impl Fn(&Hand) -> &AtomicBool) {
    poll_fn(|_| match flag(&hand).load(Ordering::Relaxed) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

impl Runtime for ByHand {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.timers.lock().unwrap().push(duration);
        Box::pin(flag(Arc::clone(&self.0), |hand| &hand.over))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.tasks.lock().unwrap().push(task);
    }
}

impl DeliverActivationCode for ByHand {
    fn deliver(&self, late: Late) -> BoxFuture<'static, ()> {
        self.0.delivered.lock().unwrap().push(late);
        Box::pin(std::future::ready(()))
    }
}

impl Observe for ByHand {
    fn handled(&self, _: &Handled<'_>) {}

    fn late(&self, late: &LateOutcome<'_>) {
        let told = match late.result {
            LateResult::Failed(refusal) => refusal.internal_detail().unwrap_or("failed"),
            LateResult::Issued => "issued",
            _ => "left to the handler",
        };
        self.0.told.lock().unwrap().push(told.to_owned());
    }
}

impl Hand {
    /// Polls every task once, and keeps those that wait.
    fn turn(&self) {
        let mut context = Context::from_waker(Waker::noop());
        self.tasks
            .lock()
            .unwrap()
            .retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
    }

    fn delivered(&self) -> usize {
        self.delivered.lock().unwrap().len()
    }
}

type Outcome = fn() -> Result<ActivationCodeReply, Refusal>;

/// Waits for the flag, then answers.
struct Slow(Arc<Hand>, Outcome);

impl MspApi for Slow {
    async fn request_activation_code(
        &self,
        _: Call,
        _: MspToken,
        _: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        flag(Arc::clone(&self.0), |hand| &hand.finished).await;
        (self.1)()
    }
}

fn issued() -> Result<ActivationCodeReply, Refusal> {
    Ok(ActivationCodeReply::Ready(ready_code()))
}

fn server(hand: &ByHand, outcome: Outcome) -> MspServer<Slow> {
    MspServer::<Slow>::new(Slow(Arc::clone(&hand.0), outcome), options().observe(hand.clone()))
        .with_async(hand.clone(), hand.clone())
}

/// The reply when the budget is spent before the handler is finished.
fn spent(hand: &ByHand, outcome: Outcome) -> Response<Bytes> {
    hand.0.over.store(true, Ordering::Relaxed);
    let response = ready(server(hand, outcome).handle_bytes(ac_http()));
    assert_eq!(verdict(&response), (201, 0));
    assert!(response.body().is_empty());
    assert_eq!(response.headers()[CMP_REQUEST_ID], ids().cmp_request_id.to_string());
    response
}

#[test]
fn in_time_is_200_and_needs_no_timer() {
    let hand = ByHand::default();
    hand.0.finished.store(true, Ordering::Relaxed);
    let response = ready(server(&hand, issued).handle_bytes(ac_http()));
    assert_eq!(response.status(), 200);
    assert!(hand.0.timers.lock().unwrap().is_empty());
    assert!(hand.0.tasks.lock().unwrap().is_empty());
}

//
#[test]
fn within_the_budget_the_handler_is_waited_for() {
    let hand = ByHand::default();
    let server = server(&hand, || Err(Condition::UnknownMspToken.into()));
    let mut reply = Box::pin(server.handle_bytes(ac_http()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(reply.as_mut().poll(&mut context).is_pending());
    assert_eq!(*hand.0.timers.lock().unwrap(), [Duration::from_secs(3)]);
    // Both at once: in time is in time.
    hand.0.finished.store(true, Ordering::Relaxed);
    hand.0.over.store(true, Ordering::Relaxed);
    let Poll::Ready(response) = reply.as_mut().poll(&mut context) else {
        panic!("still waiting");
    };
    assert_eq!(verdict(&response), (404, 20));
}

// what comes late is announced by a 201, and never follows a time-out.
#[test]
fn delivery_waits_for_the_reply_to_be_written() {
    let hand = ByHand::default();
    let mut response = spent(&hand, issued);
    hand.0.finished.store(true, Ordering::Relaxed);
    hand.0.turn();
    hand.0.turn();
    assert_eq!(hand.0.delivered(), 0);
    let written = response.extensions_mut().remove::<ReplyWritten>().unwrap();
    let clone = written.clone();
    drop((response, written));
    hand.0.turn();
    assert_eq!(hand.0.delivered(), 0, "a clone is left");
    drop(clone);
    hand.0.turn();

    let late = hand.0.delivered.lock().unwrap().pop().unwrap();
    assert_eq!(late.ids, ids());
    assert_eq!(late.msp_token, crate::support::msp_token());
    assert_eq!(late.caller.client_id().as_str(), crate::support::CLIENT);
    assert_eq!(late.target_id.as_str(), crate::support::TARGET);
    let SendActivationCode::Issued(code) = late.body else {
        panic!("no code")
    };
    assert_eq!(code.activation_code_request_id, ac_request().activation_code_request_id);
    assert_eq!(code.activation_code, ready_code().activation_code);
    assert_eq!(*hand.0.told.lock().unwrap(), ["issued"]);
    hand.0.turn();
    assert_eq!(hand.0.delivered(), 0, "once");
}

#[test]
fn a_written_reply_waits_for_the_handler() {
    let hand = ByHand::default();
    drop(spent(&hand, issued));
    hand.0.turn();
    assert_eq!(hand.0.delivered(), 0);
    hand.0.finished.store(true, Ordering::Relaxed);
    hand.0.turn();
    assert_eq!(hand.0.delivered(), 1);
}

#[test]
fn the_drop_of_the_reply_wakes_the_delivery() {
    struct Woken(AtomicBool);
    impl std::task::Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let hand = ByHand::default();
    let response = spent(&hand, issued);
    hand.0.finished.store(true, Ordering::Relaxed);
    let mut task = hand.0.tasks.lock().unwrap().pop().unwrap();
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    assert!(task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(!woken.0.load(Ordering::Relaxed));
    drop(response);
    assert!(woken.0.load(Ordering::Relaxed));
}

/// What is delivered when the handler ends like this.
fn failure(outcome: Outcome) -> (Option<String>, String) {
    let hand = ByHand::default();
    drop(spent(&hand, outcome));
    hand.0.finished.store(true, Ordering::Relaxed);
    hand.0.turn();
    let told = hand.0.told.lock().unwrap().pop().unwrap();
    let late = hand.0.delivered.lock().unwrap().pop();
    let text = late.map(|late| match late.body {
        SendActivationCode::Failed {
            activation_code_request_id,
            error,
            ..
        } => {
            assert_eq!(
                activation_code_request_id,
                Some(ac_request().activation_code_request_id),
                "A-06"
            );
            error.to_string()
        }
        SendActivationCode::Issued(_) => panic!("a code"),
    });
    (text, told)
}

#[test]
fn a_late_refusal_is_delivered_as_such() {
    let (text, told) = failure(|| Err(Refusal::new(Condition::NoActivationCode).internal("SM-DP+ is down")));
    assert_eq!(text.as_deref(), Some("49: Other activation code error"));
    assert_eq!(told, "SM-DP+ is down");
    let (text, told) = failure(|| panic!("the handler broke"));
    assert_eq!(text.as_deref(), Some("90: Internal Server Error"));
    assert_eq!(told, "panic: the handler broke");
    let (text, _) = failure(|| Err(Refusal::new(Condition::NoActivationCode).text("x".repeat(600))));
    assert_eq!(
        text.as_deref(),
        Some("49: Other activation code error"),
        "too long to be sent"
    );
}

#[test]
fn who_accepts_late_delivers() {
    let (text, told) = failure(|| Ok(ActivationCodeReply::Accepted));
    assert_eq!((text, told.as_str()), (None, "left to the handler"));
}

#[test]
fn without_async_the_handler_is_waited_for() {
    let hand = ByHand::default();
    let server = MspServer::<Slow>::new(Slow(Arc::clone(&hand.0), issued), options());
    let mut reply = Box::pin(server.handle_bytes(ac_http()));
    hand.0.over.store(true, Ordering::Relaxed);
    let mut context = Context::from_waker(Waker::noop());
    assert!(reply.as_mut().poll(&mut context).is_pending());
    hand.0.finished.store(true, Ordering::Relaxed);
    assert!(reply.as_mut().poll(&mut context).is_ready());
}

/// Answers 201 at once and delivers by itself, in a task of its own.
struct DeliversItself(ByHand);

impl MspApi for DeliversItself {
    async fn request_activation_code(
        &self,
        call: Call,
        _: MspToken,
        _: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        let (hand, written) = (Arc::clone(&self.0.0), call.reply_written());
        self.0.spawn(Box::pin(async move {
            written.await;
            hand.told.lock().unwrap().push("after the 201".to_owned());
        }));
        Ok(ActivationCodeReply::Accepted)
    }
}

/// A-95 holds for a handler that answers `Accepted`, with and without the budget.
#[test]
fn a_handler_learns_when_its_201_was_written() {
    for with_async in [false, true] {
        let hand = ByHand::default();
        let mut server = MspServer::<DeliversItself>::new(DeliversItself(hand.clone()), options());
        if with_async {
            server = server.with_async(hand.clone(), hand.clone());
        }
        let mut response = ready(server.handle_bytes(ac_http()));
        assert_eq!(verdict(&response), (201, 0));
        hand.0.turn();
        assert!(hand.0.told.lock().unwrap().is_empty());
        let written = response.extensions_mut().remove::<ReplyWritten>().unwrap();
        drop(response);
        hand.0.turn();
        assert!(hand.0.told.lock().unwrap().is_empty());
        drop(written);
        hand.0.turn();
        assert_eq!(*hand.0.told.lock().unwrap(), ["after the 201"]);
    }
}

/// A call that was made without a dispatcher waits for nothing; a reply that nobody waits for is not marked.
#[test]
fn where_nobody_waits_nothing_is_marked() {
    let hand = ByHand::default();
    hand.0.finished.store(true, Ordering::Relaxed);
    let response = ready(server(&hand, issued).handle_bytes(ac_http()));
    assert!(response.extensions().get::<ReplyWritten>().is_none());
    let caller = Caller::new(crate::support::CLIENT.parse().unwrap(), Means::ApiKey);
    ready(Call::new(ids(), caller, crate::support::TARGET.parse().unwrap()).reply_written());
}

/// Calls are the same by what they say.
#[test]
fn calls_are_compared_by_what_they_say() {
    let caller = |client: &str| Caller::new(client.parse().unwrap(), Means::ApiKey);
    let call = |client: &str, target: &str| Call::new(ids(), caller(client), target.parse().unwrap());
    assert_eq!(call("a", "b"), call("a", "b"));
    assert_ne!(call("a", "b"), call("c", "b"));
    assert_ne!(call("a", "b"), call("a", "c"));
    let mut other = call("a", "b");
    other.ids.correlation_id = "14abc1e2-338f-11e6-ac61-9e71128cae77".parse().unwrap();
    assert_ne!(call("a", "b"), other);
    let mut tolerating = call("a", "b");
    tolerating
        .tolerated
        .push(Tolerated::new(Ambiguity::new(4), "replaceIccid"));
    assert_ne!(call("a", "b"), tolerating);
}
