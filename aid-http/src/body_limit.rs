//! What becomes of a body that is longer than the limit.

use bytes::Bytes;
use http::Response;

/// The body of a success exceeds the limit.
pub(crate) struct TooLarge;

/// Refuses a success whose body exceeds `limit` and cuts off that of an error: a status always tells something, whatever
/// a gateway sends along with it.
pub(crate) fn enforce(response: &mut Response<Bytes>, limit: usize) -> Result<(), TooLarge> {
    if response.body().len() <= limit {
        return Ok(());
    }
    if response.status().is_success() {
        return Err(TooLarge);
    }
    // A copy, so that the rest is given back.
    let kept = response
        .body()
        .get(..limit)
        .map(Bytes::copy_from_slice)
        .unwrap_or_default();
    *response.body_mut() = kept;
    Ok(())
}
