//! What an application must be able to do with clients, checked by the compiler.

use aid_types::http::{
    bytes::Bytes,
    http::{Request, Response},
};
use aid1_client::{
    BoxHttpClient, CmpClient, Error, HttpClient, MspClient, Options, Reply, Transaction, aid_types,
    test_util::{ScriptedHttpClient, Step},
};

use crate::fixtures::{cmp, counting, deleted, endpoint, msp, token};

fn is_send<T: Send>(value: T) -> T {
    value
}

/// Calls can be spawned and errors can be passed between threads.
#[tokio::test]
async fn everything_is_send() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Error>();
    check::<Reply<()>>();
    check::<CmpClient<BoxHttpClient>>();
    check::<MspClient<ScriptedHttpClient>>();

    let (_, msp) = msp([Step::status(201)]);
    let spawned = tokio::spawn(async move { msp.send_csim_status(&token(), &deleted(), Transaction::New).await });
    let _ = spawned.await.unwrap().unwrap();
    let (_, cmp) = cmp([]);
    let body = aid_types::NotifyMspTokenInvalid::default();
    let token = token();
    drop(is_send(cmp.notify_msp_token_invalid(&token, &body, Transaction::New)));
}

/// Clients over different transports have one type once they are boxed; clones share the transport.
#[tokio::test]
async fn transports_can_be_boxed() {
    let script = ScriptedHttpClient::new([Step::status(201), Step::status(201)]);
    let boxed = BoxHttpClient::new(script.clone());
    let closure = |_: Request<Bytes>| async { Ok::<_, std::io::Error>(Response::new(Bytes::new())) };
    for http in [
        boxed.clone(),
        boxed,
        BoxHttpClient::from_arc(std::sync::Arc::new(closure)),
    ] {
        let msp: MspClient<BoxHttpClient> = MspClient::new(http, endpoint(), tokio::time::sleep, counting());
        let _ = msp
            .send_csim_status(&token(), &deleted(), Transaction::New)
            .await
            .unwrap();
    }
    assert_eq!(script.requests().len(), 2);
}

/// A closure can borrow a transport, which then need not be cloned.
#[tokio::test]
async fn transports_can_be_borrowed() {
    let script = ScriptedHttpClient::new([Step::status(201)]);
    let borrowed = |request: Request<Bytes>| script.send(request);
    let msp = MspClient::new(borrowed, endpoint(), tokio::time::sleep, counting()).with_options(Options::default());
    let _ = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    assert_eq!(script.requests().len(), 1);
}
