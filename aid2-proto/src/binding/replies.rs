use std::future::Future;

use aid_types::Tolerated;

use crate::{
    DecodeOptions, Decoded, DispatchError, NotHandled, Payload, RequestActivationCodeError, RequestCsimInfoResponse,
    RequestDeleteAllProfilesResponse, RequestDeleteProfileResponse, RequestId, session::Order,
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

macro_rules! dispatch_reply {
    (
        $role:ident, $name:ident, $request_id:ident, $payload:ident, $options:ident:
        $($Response:ident => $method:ident,)+
    ) => {
        match $name {
            $(
                <$Response as Payload>::NAME => {
                    let name = <$Response as Payload>::NAME;
                    let Decoded { value, tolerated } = $Response::decode($payload, $options)
                        .map_err(|error| DispatchError::Undecodable { name, error })?;
                    match $role.$method($request_id, value).await {
                        Ok(()) => Ok(tolerated),
                        Err(NotHandled) => Err(DispatchError::NotHandled { name }),
                    }
                }
            )+
            _ => Err(DispatchError::unknown($name)),
        }
    };
}

/// Hands an answer of a vehicle to the backend; gives the deviations that were accepted in it.
///
/// # Errors
///
/// If no answer to the backend has this name, if the payload cannot be decoded, or if the handler could not handle it.
pub async fn dispatch_reply_to_cmp_backend(
    backend: &impl CmpReplies,
    name: &str,
    request_id: RequestId,
    payload: &[u8],
    options: impl Into<DecodeOptions> + Send,
) -> Result<Vec<Tolerated>, DispatchError> {
    let options = options.into();
    dispatch_reply! {
        backend, name, request_id, payload, options:
        RequestDeleteProfileResponse => request_delete_profile_response,
        RequestCsimInfoResponse => request_csim_info_response,
        RequestDeleteAllProfilesResponse => request_delete_all_profiles_response,
    }
}

/// Hands an answer of the backend to the vehicle; gives the deviations that were accepted in it.
///
/// # Errors
///
/// If no answer to the vehicle has this name, if the payload cannot be decoded, or if the handler could not handle it.
pub async fn dispatch_reply_to_vehicle(
    vehicle: &impl VehicleReplies,
    name: &str,
    request_id: RequestId,
    payload: &[u8],
    options: impl Into<DecodeOptions> + Send,
) -> Result<Vec<Tolerated>, DispatchError> {
    let options = options.into();
    dispatch_reply! {
        vehicle, name, request_id, payload, options:
        RequestActivationCodeError => request_activation_code_response,
    }
}
