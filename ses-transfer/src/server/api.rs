//! What an operator's backend implements.

use std::future::ready;

use crate::{
    Context, DeviceHeaders, Odd, Reason, TransactionId, TransferPrimaryDeviceEsimSub,
    server::{BodyDigest, Caller, Refusal},
};

/// What an operator's backend offers to an entitlement server.
///
/// The method has a default that refuses with 501, so that a further operation will break nobody.
pub trait BackendApi: Send + Sync + 'static {
    /// Moves subscriptions from the old device to the new one: `Ok` is 202 and means that the transfer will be made.
    ///
    /// What has to be made sure before: that the operator knows the device and the subscriptions
    /// ([`Reason::PrimaryDeviceNotFound`]) and will carry it out. Nobody is called back later; the devices learn of the
    /// new profiles in the ways that they have anyway.
    ///
    /// **It must be safe to be called twice with the same transaction id.** The dispatcher answers repetitions of what it
    /// remembers by itself, but after a restart, on another instance, or after the caller hung up, one may get here: record
    /// caller, transaction id and [`Call::digest`] together with the transfer, and answer a repetition as before.
    fn transfer_primary_device_esim_sub(
        &self,
        call: Call,
        body: TransferPrimaryDeviceEsimSub,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (call, body);
        ready(Err(Reason::NotImplemented.into()))
    }
}

/// What a handler learns of a call beside its body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// `x-transaction-id`.
    pub transaction_id: TransactionId,
    /// Who calls, proven.
    pub caller: Caller,
    /// The headers about the device.
    pub device: DeviceHeaders,
    /// The first segment of the path.
    pub context: Context,
    /// The same for two bodies that say the same.
    pub digest: BodyDigest,
    /// What is odd about the request, in headers and body.
    pub odd: Vec<Odd>,
}

impl Call {
    /// A call with nothing odd about it, for handlers that are called directly, as in tests.
    #[must_use]
    pub fn new(transaction_id: TransactionId, caller: Caller, body: &TransferPrimaryDeviceEsimSub) -> Self {
        Self {
            transaction_id,
            caller,
            device: DeviceHeaders::default(),
            context: Context::default(),
            digest: BodyDigest::of(body),
            odd: Vec::new(),
        }
    }
}
