//! Calls as `tracing` events.

use tracing::{Level, event};

use crate::{Handled, LateOutcome, LateResult, Observe};

/// One event for every call, with the target `aid1`: `INFO` for a success, `WARN` for a refusal, `ERROR` for a failure of
/// the server (feature `tracing`).
///
/// Paths stand there by their templates; there are no secrets in it.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct TracingEvents;

impl TracingEvents {
    /// The observer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Observe for TracingEvents {
    fn handled(&self, handled: &Handled<'_>) {
        macro_rules! handled_at {
            ($level:expr) => {
                event!(
                    target: "aid1",
                    $level,
                    method = handled.method.as_str(),
                    path = handled.path_template(),
                    operation = handled.operation.map(|operation| operation.declaration().operation_id),
                    status = handled.status.as_u16(),
                    code = handled.code.map(aid_types::ErrorCode::number),
                    cmp_request_id = handled.ids.map(|ids| tracing::field::display(ids.cmp_request_id)),
                    correlation_id = handled.ids.map(|ids| tracing::field::display(ids.correlation_id)),
                    client_id = handled.caller.map(|caller| caller.client_id().as_str()),
                    tolerated = (!handled.tolerated.is_empty())
                        .then(|| tracing::field::display(join(handled.tolerated))),
                    detail = handled.internal_detail(),
                    "handled"
                )
            };
        }
        match handled.status.as_u16() {
            ..400 => handled_at!(Level::INFO),
            400..500 => handled_at!(Level::WARN),
            500.. => handled_at!(Level::ERROR),
        }
    }

    fn late(&self, late: &LateOutcome<'_>) {
        let (result, detail) = match late.result {
            LateResult::Issued => ("issued", None),
            LateResult::LeftToHandler => ("left to the handler", None),
            LateResult::Failed(refusal) => ("failed", refusal.internal_detail()),
        };
        event!(
            target: "aid1",
            Level::INFO,
            result,
            cmp_request_id = %late.ids.cmp_request_id,
            correlation_id = %late.ids.correlation_id,
            client_id = late.caller.client_id().as_str(),
            detail,
            "late activation code"
        );
    }
}

fn join(tolerated: &[aid_types::Tolerated]) -> String {
    let items: Vec<String> = tolerated.iter().map(ToString::to_string).collect();
    items.join(", ")
}
