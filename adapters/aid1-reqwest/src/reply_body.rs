//! Reads a reply's body up to the limit.

use aid1_client::aid_types::http::bytes::{Bytes, BytesMut};

/// The body, or as much of it as shows that it exceeds `limit`; the rest is not read, and its connection is closed.
pub(crate) async fn read(response: &mut reqwest::Response, limit: usize) -> reqwest::Result<Bytes> {
    let mut body = Bytes::new();
    while body.len() <= limit {
        let Some(chunk) = response.chunk().await? else { break };
        // Nearly every reply comes in one piece, which is then not copied.
        body = if body.is_empty() { chunk } else { append(body, &chunk) };
    }
    Ok(body)
}

fn append(body: Bytes, chunk: &[u8]) -> Bytes {
    let mut body = BytesMut::from(body);
    body.extend_from_slice(chunk);
    body.freeze()
}
