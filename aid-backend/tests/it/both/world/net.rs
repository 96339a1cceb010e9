//! Calls between the two.

use std::sync::{Arc, Weak, atomic::Ordering};

use aid_backend::store::Store;
use aid_types::http::{
    CallHeaders, Credentials, Endpoint,
    http::{Request, Response},
};
use aid1_client::{BoxError, HttpClient};
use aid1_server_traits::{Partner, Partners, ServerOptions};
use bytes::Bytes;

use super::World;

fn key() -> Credentials {
    Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap())
}

pub(super) fn accepts(partner: &str) -> ServerOptions {
    ServerOptions::new(Partners::new([Partner::new(partner.parse().unwrap(), key())]))
}

pub(super) fn endpoint(from: &str, to: &str) -> Endpoint {
    let base = format!("https://{to}.example").parse().unwrap();
    Endpoint::new(base, from.parse().unwrap(), to.parse().unwrap(), key())
}

/// The way to the CMP, or to the MSP.
pub(super) struct Way<S> {
    pub(super) world: Weak<World<S>>,
    pub(super) to_cmp: bool,
}

impl<S: Store> Way<S> {
    pub(super) fn new(world: &Arc<World<S>>, to_cmp: bool) -> Self {
        Self {
            world: Arc::downgrade(world),
            to_cmp,
        }
    }

    /// The operation, and of a status the profile.
    fn what(&self, request: &Request<Bytes>) -> String {
        let to = if self.to_cmp { "CMP" } else { "MSP" };
        let operation = request.uri().path().rsplit('/').nth(1).unwrap_or_default();
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap_or_default();
        format!("{to} {operation} {} {}", body["iccid"], body["status"])
    }

    async fn once(&self, world: &World<S>, request: Request<Bytes>) -> Response<Bytes> {
        if self.to_cmp {
            world.cmp_server().handle_bytes(request).await
        } else {
            world.msp_server().handle_bytes(request).await
        }
    }
}

fn note_ids<S>(world: &World<S>, request: &Request<Bytes>) {
    let call = format!("{} {:?}", request.uri().path(), request.body());
    let id = |header| request.headers()[header].to_str().unwrap();
    let ids = format!("{} of {}", id("CMP-request-id"), id("correlation-id"));
    world.ids.lock().unwrap().entry(call).or_default().insert(ids);
}

fn is_the(number: u64, every: Option<u64>) -> bool {
    every.is_some_and(|every| number % every == every - 1)
}

impl<S: Store> HttpClient for Way<S> {
    type Error = BoxError;

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let world = self.world.upgrade().ok_or("over")?;
        let number = world.calls.fetch_add(1, Ordering::SeqCst);
        note_ids(&world, &request);
        if !self.to_cmp && world.msp_away.load(Ordering::SeqCst) {
            return Err("nobody there".into());
        }
        let what = self.what(&request);
        let trace = CallHeaders::find(request.headers()).trace_parent(&mut Vec::new());
        world.traces.lock().unwrap().push((what.clone(), trace));
        if is_the(number, world.weather.hangs_up) {
            // Begins, and is dropped at once.
            let call = std::pin::pin!(self.once(&world, request));
            tokio::select! {
                biased;
                _ = call => {}
                () = std::future::ready(()) => {}
            }
            return Err("the caller hangs up".into());
        }
        if is_the(number, world.weather.twice) {
            let _ = self.once(&world, request.clone()).await;
        }
        let response = self.once(&world, request).await;
        if response.status().is_success() {
            world.tell(what);
        }
        Ok(response)
    }
}
