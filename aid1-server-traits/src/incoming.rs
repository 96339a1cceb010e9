//! A call whose head has been admitted and whose body has been read, on its way to a handler.

use std::{fmt, sync::Arc};

use aid_types::{
    Condition, Decoding, Operation, OperationId, Refusal, Role, TargetId, Tolerated, TraceParent,
    http::{CallIds, percent_decode, write_reply},
};
use bytes::Bytes;
use http::Response;

use crate::{Call, Caller, ServerOptions, gate::Gate};

mod sealed {
    pub trait Sealed {}
    impl<A> Sealed for crate::Cmp<A> {}
    impl<A> Sealed for crate::Msp<A> {}
}

/// One side of AiD1 as the dispatcher sees it: [`Cmp`](crate::Cmp) or [`Msp`](crate::Msp).
pub trait Offer: sealed::Sealed + Clone + Send + Sync + 'static {
    /// Which side.
    const ROLE: Role;

    /// Reads the rest of the call, calls the handler and writes its reply.
    fn dispatch(
        &self,
        operation: OperationId,
        incoming: Incoming<'_>,
    ) -> impl Future<Output = Result<Response<Bytes>, Refusal>> + Send;
}

/// What is known of the call, and what is left to be read.
pub struct Incoming<'a> {
    pub(crate) options: &'a ServerOptions,
    pub(crate) ids: CallIds,
    pub(crate) caller: Caller,
    pub(crate) target_id: TargetId,
    /// As it came.
    pub(crate) parameter: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) body: Bytes,
    /// For the observer, who looks at it afterwards.
    pub(crate) tolerated: &'a mut Vec<Tolerated>,
    pub(crate) trace_parent: Option<TraceParent>,
    /// Is opened when the reply has been written.
    pub(crate) written: Arc<Gate>,
}

/// Without path, query and body: they hold secrets.
impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("ids", &self.ids)
            .field("caller", &self.caller)
            .field("target_id", &self.target_id)
            .finish_non_exhaustive()
    }
}

impl Incoming<'_> {
    /// Reads path parameter, query and body.
    pub(crate) fn read<O: Operation>(self) -> Result<(Call, O::Subject, O), Refusal> {
        let subject = percent_decode(self.parameter)
            .map_err(|at| {
                Refusal::new(Condition::Syntax).internal(format!("path parameter: bad percent-encoding at byte {at}"))
            })?
            .parse::<O::Subject>()
            .map_err(|error| Refusal::new(Condition::Syntax).internal(format!("path parameter: {error}")))?;
        let mut decoding = Decoding::new(self.options.leniency).on_unlisted(self.options.on_unlisted);
        let operation = O::read(self.query, &self.body, &mut decoding);
        self.tolerated.extend(decoding.into_tolerated());
        let operation = operation.map_err(|error| Refusal::new(error.condition()).internal(error.to_string()))?;
        let mut call = Call::waiting(self.ids, self.caller, self.target_id, self.written);
        call.tolerated.clone_from(self.tolerated);
        call.trace_parent = self.trace_parent;
        Ok((call, subject, operation))
    }

    /// Reads the rest, calls `handler` and writes its reply.
    pub(crate) async fn answer<O: Operation, F>(
        self,
        handler: impl FnOnce(Call, O::Subject, O) -> F,
    ) -> Result<Response<Bytes>, Refusal>
    where
        F: Future<Output = Result<O::Reply, Refusal>>,
    {
        let written = Arc::clone(&self.written);
        let (call, subject, operation) = self.read::<O>()?;
        let reply = handler(call, subject, operation).await?;
        Ok(awaited(write_reply::<O>(&reply), written))
    }
}

/// The reply, marked where the handler kept something that waits until it has been written.
pub(crate) fn awaited(mut response: Response<Bytes>, written: Arc<Gate>) -> Response<Bytes> {
    if Arc::strong_count(&written) > 1 {
        response.extensions_mut().insert(written.opener());
    }
    response
}
