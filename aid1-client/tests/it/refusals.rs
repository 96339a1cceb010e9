//! What an aggregator answers its own caller.

use aid_types::{OperationId, Refusal};
use aid1_client::{Options, RetryPolicy, Transaction, aid_types, test_util::Step};

use crate::fixtures::{deleted, msp, refusal, token};

#[tokio::test(start_paused = true)]
async fn passes_on_what_concerns_the_caller() {
    let table = [
        // As it came: listed, with another status than usual, proprietary, unlisted.
        (refusal(404, 20), 404, 20, "some text"),
        (refusal(422, 20), 422, 20, "some text"),
        (refusal(422, 230), 422, 230, "some text"),
        (refusal(423, 1000), 423, 1000, "some text"),
        (
            Step::json(404, r#"{"code":"20"}"#),
            404,
            20,
            "The msp_token was not found",
        ),
        (Step::json(422, r#"{"code":"1000"}"#), 422, 1000, "Error 1000"),
        (refusal(500, 90), 500, 90, "some text"),
        // Between us and the peer. A-37
        (refusal(401, 104), 500, 90, "Internal Server Error"),
        (refusal(403, 104), 500, 90, "Internal Server Error"),
        (Step::status(404), 500, 90, "Internal Server Error"),
        (refusal(501, 90), 501, 90, "Internal Server Error"),
        // Later, perhaps.
        (refusal(429, 230), 503, 90, "Internal Server Error"),
        (Step::status(502), 503, 90, "Internal Server Error"),
        (Step::Hang, 503, 90, "Internal Server Error"),
        (Step::Fail, 503, 90, "Internal Server Error"),
    ];
    for (step, status, code, text) in table {
        let (_, msp) = msp([step]);
        let msp = msp.with_options(Options::default().with_retry(RetryPolicy::never()));
        let error = msp
            .send_csim_status(&token(), &deleted(), Transaction::New)
            .await
            .unwrap_err();
        let shown = error.to_string();
        let refusal = Refusal::from(error);
        assert_eq!(refusal.internal_detail(), Some(&*shown));
        let reply = refusal.reply(Some(OperationId::SendCsimStatus));
        assert_eq!(
            (reply.status, reply.code.number(), &*reply.error),
            (status, code, text),
            "{shown}"
        );
    }
}
