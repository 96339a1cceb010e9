//! A server of AiD1.

use std::sync::Arc;

use aid1_server_traits::{Tap, Tapped};
use bytes::Bytes;
use http::Response;

use crate::{Picture, aid1::Call};

/// Draws what a server of AiD1 gets and sends: for [`ServerOptions::tap`](aid1_server_traits::ServerOptions::tap).
#[derive(Debug, Clone)]
pub struct ServerTap {
    picture: Picture,
    caller: Arc<str>,
    own: Arc<str>,
}

impl ServerTap {
    /// Draws what `caller` and `own` say to each other. Who is no partner is drawn as `somebody`.
    #[must_use]
    pub fn new(picture: &Picture, caller: &str, own: &str) -> Self {
        Self {
            picture: picture.clone(),
            caller: caller.into(),
            own: own.into(),
        }
    }

    fn call<'a>(&'a self, tapped: &Tapped<'a>) -> Call<'a> {
        Call {
            from: tapped.caller.map_or("somebody", |_| &self.caller),
            to: &self.own,
            operation: tapped.operation,
            parameter: tapped.parameter,
            query: tapped.query,
            body: tapped.body,
            ids: tapped.ids,
            trace_parent: tapped.trace_parent,
            tolerated: tapped.tolerated,
        }
    }
}

impl Tap for ServerTap {
    fn request(&self, request: &Tapped<'_>) -> u64 {
        self.call(request).draw(&self.picture)
    }

    fn reply(&self, number: u64, request: &Tapped<'_>, reply: &Response<Bytes>) {
        let status = reply.status().as_u16();
        self.call(request)
            .draw_reply(&self.picture, number, status, reply.body());
    }
}
