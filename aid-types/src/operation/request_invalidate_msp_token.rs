//! Request invalidate MSP token: DELETE /v1/users/{msp_token}

use super::{
    BodyError, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId, Role, empty_reply,
    sealed::Sealed,
};
use crate::MspToken;

pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::RequestInvalidateMspToken,
    operation_id: "requestInvalidateFederatedID",
    title: "Request invalidate MSP token",
    provider: Role::Msp,
    method: "DELETE",
    path: "/v1/users/{msp_token}",
    body: BodyRule::None,
    success: &[204],
    success_with_body: &[],
    errors: &[401, 404, 422, 500],
    conditions: &[C::UnknownMspToken, C::InvalidatedMspToken],
    request: &[],
    reply: &[],
    requirements: "R-090, R-305, R-308",
};

impl Sealed for RequestInvalidateMspToken {}
impl Operation for RequestInvalidateMspToken {
    const DECLARATION: &'static Declaration = &DECLARATION;
    type Subject = MspToken;
    empty_reply!();

    fn body(&self) -> Option<Vec<u8>> {
        None
    }

    fn read(_: Option<&str>, _: &[u8], _: &mut Decoding) -> Result<Self, BodyError> {
        Ok(Self)
    }
}

/// What "Request Invalidate MSP Token" carries: nothing but the msp_token in its path.
///
/// The MSP deactivates every profile of the token at once, issues no activation code for it any more, and answers a
/// repetition with the same success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RequestInvalidateMspToken;

impl RequestInvalidateMspToken {
    /// The request.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}
