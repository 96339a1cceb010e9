//! AiD1 over mutual TLS, and a line for every call and reply.

use std::sync::Arc;

use aid_types::{
    OperationId, Role,
    http::{
        bytes::Bytes,
        http::{Request, Response},
    },
};
use aid1_client::HttpClient;
use aid1_reqwest::{ReqwestTransport, TransportError};
use serde_json::Value;

use crate::Audience;

/// What may be told of a body: no token, code or phone number.
const SHOWN: [&str; 6] = ["eid", "replaceIccid", "iccid", "status", "profiles", "error"];

/// The way of `from` to `to`.
pub(crate) struct Told {
    pub(crate) transport: ReqwestTransport,
    pub(crate) from: &'static str,
    /// And what that is.
    pub(crate) to: (&'static str, Role),
    pub(crate) audience: Arc<dyn Audience>,
}

impl HttpClient for Told {
    type Error = TransportError;

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (to, role) = self.to;
        let title = title(&request, role).unwrap_or("an unknown call");
        let said = format!("{title}{}", shown(request.body()));
        self.audience.message(self.from, to, &said);
        let reply = self.transport.send(request).await;
        match &reply {
            Ok(reply) => {
                let said = format!("{}{}", reply.status().as_u16(), shown(reply.body()));
                self.audience.message(to, self.from, &said);
            }
            Err(error) => self.audience.act(self.from, &format_args!("{title}: {error}")),
        }
        reply
    }
}

fn title(request: &Request<Bytes>, role: Role) -> Option<&'static str> {
    let declarations = OperationId::offered_by(role).map(OperationId::declaration);
    let mut called = declarations.filter(|declaration| {
        declaration.method == request.method().as_str() && declaration.match_path(request.uri().path()).is_some()
    });
    called.next().map(|declaration| declaration.title)
}

fn shown(body: &[u8]) -> String {
    let members = serde_json::from_slice::<Value>(body).map(|body| members(&body));
    match members.unwrap_or_default() {
        members if members.is_empty() => members,
        members => format!(" ({members})"),
    }
}

fn members(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let there = SHOWN.iter().filter_map(|name| Some((*name, object.get(*name)?)));
            let shown = there.filter_map(|(name, value)| match (name, value) {
                ("eid" | "replaceIccid", value) => Some(format!("{name} {}", members(value))),
                (_, Value::Null) => None,
                (_, value) => Some(members(value)),
            });
            shown.collect::<Vec<_>>().join(" ")
        }
        Value::Array(array) => array.iter().map(members).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
