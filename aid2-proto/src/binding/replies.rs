use std::future::Future;

use crate::{
    NotHandled, RequestActivationCodeError, RequestCsimInfoResponse, RequestDeleteAllProfilesResponse,
    RequestDeleteProfileResponse, RequestId, session::Order,
};

/// The CMP backend: what vehicles answer to its orders.
///
/// Answers arrive at least once, at any instance, maybe weeks after the order. Every method does nothing by default.
pub trait CmpReplies: Send + Sync {
    /// The answer to a [`RequestDeleteProfile`](crate::RequestDeleteProfile). The CSIM status that follows is
    /// authoritative.
    fn request_delete_profile_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteProfileResponse,
    ) -> impl Future<Output = Result<(), NotHandled>> + Send {
        let _ = (request_id, response);
        async { Ok(()) }
    }

    /// The answer to a [`RequestCsimInfo`](crate::RequestCsimInfo).
    fn request_csim_info_response(
        &self,
        request_id: RequestId,
        response: RequestCsimInfoResponse,
    ) -> impl Future<Output = Result<(), NotHandled>> + Send {
        let _ = (request_id, response);
        async { Ok(()) }
    }

    /// The answer to a [`RequestDeleteAllProfiles`](crate::RequestDeleteAllProfiles).
    fn request_delete_all_profiles_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteAllProfilesResponse,
    ) -> impl Future<Output = Result<(), NotHandled>> + Send {
        let _ = (request_id, response);
        async { Ok(()) }
    }

    /// The time of an order is over, and it ends with this: its owner is to be told. Does nothing by default.
    fn order_expired(&self, order: Order) -> impl Future<Output = Result<(), NotHandled>> + Send {
        drop(order);
        async { Ok(()) }
    }
}

/// The vehicle: what the CMP backend answers to its requests.
pub trait VehicleReplies: Send + Sync {
    /// There is no activation code, and this is why; maybe long after the request. Does nothing by default.
    fn request_activation_code_response(
        &self,
        request_id: RequestId,
        response: RequestActivationCodeError,
    ) -> impl Future<Output = Result<(), NotHandled>> + Send {
        let _ = (request_id, response);
        async { Ok(()) }
    }
}
