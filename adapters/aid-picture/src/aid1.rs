//! Calls and replies of AiD1.

use aid_types::{
    AccountId, ErrorBody, ErrorCode, Identifier, MspToken, OperationId, Shown, Tolerated, TraceParent,
    http::{CallIds, percent_decode},
};
#[cfg(feature = "client")]
use {
    aid_types::{Role, http::CallHeaders},
    bytes::Bytes,
    http::Request,
};

use crate::{
    Kind, Picture,
    picture::{Body, Draft},
};

/// A call, as far as it is known.
pub(crate) struct Call<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) operation: Option<OperationId>,
    /// As it came.
    pub(crate) parameter: Option<&'a str>,
    pub(crate) query: Option<&'a str>,
    pub(crate) body: &'a [u8],
    pub(crate) ids: Option<CallIds>,
    pub(crate) trace_parent: Option<TraceParent>,
    pub(crate) tolerated: &'a [Tolerated],
}

impl<'a> Call<'a> {
    /// What a client sends to a `role`.
    #[cfg(feature = "client")]
    pub(crate) fn sent(from: &'a str, to: &'a str, role: Role, request: &'a Request<Bytes>) -> Self {
        let path = request.uri().path();
        let declarations = OperationId::offered_by(role).map(OperationId::declaration);
        let mut found = declarations.filter_map(|declaration| {
            // What stands before the path is the peer's business.
            let begin = path.find(declaration.path_pieces().0)?;
            let parameter = declaration.match_path(path.get(begin..)?)?;
            (declaration.method == request.method().as_str()).then_some((declaration.id, parameter))
        });
        let (operation, parameter) = found.next().unzip();
        let headers = CallHeaders::find(request.headers());
        Self {
            from,
            to,
            operation,
            parameter,
            query: request.uri().query(),
            body: request.body(),
            ids: headers.ids().ok(),
            trace_parent: headers.trace_parent(&mut Vec::new()),
            tolerated: &[],
        }
    }

    fn name(&self) -> &'static str {
        self.operation
            .map_or("unknown call", |operation| operation.declaration().title)
    }

    fn ids(&self) -> Vec<(&'static str, String)> {
        let ids = self.ids.map(|ids| {
            [
                ("CMP-request-id", ids.cmp_request_id.to_string()),
                ("correlation-id", ids.correlation_id.to_string()),
            ]
        });
        ids.into_iter().flatten().chain(trace(self.trace_parent)).collect()
    }

    /// Draws it; the number is for its reply.
    pub(crate) fn draw(&self, picture: &Picture) -> u64 {
        let declaration = self.operation.map(OperationId::declaration);
        let mut body = self.write(picture, |shown| match (declaration, self.query) {
            (Some(declaration), _) if !self.body.is_empty() => shown.body(declaration.request, self.body),
            (Some(declaration), Some(query)) => shown.query(declaration.request, query),
            _ => {}
        });
        body.named.extend(self.subject());
        picture.draw(Draft {
            ids: self.ids(),
            tolerated: self.tolerated,
            requirements: declaration.map_or("", |declaration| declaration.requirements),
            body,
            ..Draft::new(self.from, self.to, Kind::Request, self.name())
        })
    }

    /// Draws the reply to what is drawn as `number`.
    pub(crate) fn draw_reply(&self, picture: &Picture, number: u64, status: u16, reply: &[u8]) {
        let success = (200..300).contains(&status);
        let members = match self.operation {
            Some(operation) if success => operation.declaration().reply,
            _ => ErrorBody::MEMBERS,
        };
        let body = self.write(picture, |shown| {
            if !reply.is_empty() {
                shown.body(members, reply);
            }
        });
        let code = if success { None } else { ErrorBody::read(reply).code };
        picture.draw(Draft {
            answers: Some(number),
            status: Some(status),
            code: code.map(ErrorCode::number),
            ids: self.ids(),
            tolerated: self.tolerated,
            body,
            ..Draft::new(self.to, self.from, Kind::Reply, self.name())
        });
    }

    /// Draws that there is none.
    #[cfg(feature = "client")]
    pub(crate) fn draw_no_reply(&self, picture: &Picture, number: u64, why: String) {
        picture.draw(Draft {
            answers: Some(number),
            ids: self.ids(),
            problem: Some(why),
            ..Draft::new(self.to, self.from, Kind::Reply, self.name())
        });
    }

    /// The path parameter is nowhere shown, also where a peer repeats it in another place.
    fn write(&self, picture: &Picture, write: impl FnOnce(&mut Shown<'_>)) -> Body {
        let mut body = Body::write(picture.body_limit(), write);
        if let (Some(json), Some(secret)) = (&mut body.json, self.parameter.filter(|secret| secret.len() >= 8))
            && json.contains(secret)
        {
            *json = json.replace(secret, "(redacted)");
        }
        body
    }

    /// Whom the path names.
    fn subject(&self) -> Option<(&'static str, String)> {
        let text = percent_decode(self.parameter?).ok()?;
        let what = match self.operation?.declaration().path_parameter() {
            AccountId::WHAT => AccountId::WHAT,
            _ => MspToken::WHAT,
        };
        Some((what, text.into_owned()))
    }
}

/// The id by which other tools know what belongs together.
pub(crate) fn trace(trace_parent: Option<TraceParent>) -> Option<(&'static str, String)> {
    trace_parent.map(|trace| ("trace-id", format!("{:032x}", trace.trace_id())))
}
