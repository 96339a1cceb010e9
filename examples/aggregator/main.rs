//! Between many CMPs and many MSPs, in the two ways that there are: passing calls on, and being the MSP of many CMPs.
//!
//! ```text
//! cargo run --release --example aggregator
//! ```
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program: it prints, and reads the clock"
)]

mod relay;
mod store;

use std::{convert::Infallible, error::Error, future::Future};

use aid_types::http::{
    bytes::Bytes,
    http::{Request, Response},
};
use aid1_client::BoxHttpClient;

/// A server in this process, as a client sees it. In earnest: `ReqwestTransport`.
fn in_process<F>(server: impl Fn(Request<Bytes>) -> F + Send + Sync + 'static) -> BoxHttpClient
where
    F: Future<Output = Response<Bytes>> + Send + 'static,
{
    BoxHttpClient::new(move |request: Request<Bytes>| {
        let response = server(request);
        async move { Ok::<_, Infallible>(response.await) }
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    relay::run().await?;
    store::run().await
}
