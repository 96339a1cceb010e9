//! What is found out about a call before its body is read, and in which order.

use std::{borrow::Cow, slice};

use aid_http::Presented;
use aid_types::{
    BodyRule, ClientId, Condition, Leniency, OperationId, Refusal, Role, TargetId, Tolerated, TraceParent,
    http::{
        CLIENT_ID, CallHeaders, CallIds, HeaderError, Route, RouteError, TARGET_ID, is_request_json, tolerated_charset,
    },
};
use bytes::Bytes;
use http::{
    header::{CONTENT_ENCODING, CONTENT_TYPE},
    request::Parts,
};

use crate::{Caller, Permit, ServerOptions};

/// One of the checks that a call's head has to pass.
///
/// Their order decides what a stranger learns, and which of several faults is answered. Whichever order is chosen with
/// [`ServerOptions::order`], every check is made, and the body is not read before the last of them has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The path belongs to an operation: 404/91.
    Path,
    /// The operation has this method: 405/91. Looks at the path first.
    Method,
    /// The caller has proven who it is: 401/104.
    Credentials,
    /// `client-id` is the one of the credentials (401/104), and `target-id` one that is served (404/93). Looks at the
    /// credentials first.
    Parties,
    /// The caller has not too many calls: what [`Limit`](crate::Limit) refuses with, usually 503/90. Looks at the
    /// credentials first.
    Limit,
    /// `CMP-request-id` and `correlation-id`: 422/91 (400/91 on Notify MSP token invalid).
    Ids,
    /// `content-type` and `content-encoding`: 415/91.
    ContentType,
}

impl Check {
    /// The usual order.
    pub const ORDER: [Self; 7] = [
        Self::Path,
        Self::Method,
        Self::Credentials,
        Self::Parties,
        Self::Limit,
        Self::Ids,
        Self::ContentType,
    ];
}

/// What is known of a call so far: for the checks, and for the observer.
pub(crate) struct Known<'h> {
    pub(crate) headers: CallHeaders<'h>,
    pub(crate) route: Option<Route<'h>>,
    /// The operation that the path belongs to, also where the method does not.
    pub(crate) operation: Option<OperationId>,
    pub(crate) caller: Option<Caller>,
    pub(crate) target_id: Option<TargetId>,
    pub(crate) ids: Option<CallIds>,
    pub(crate) content_type: Option<ContentType>,
    pub(crate) tolerated: Vec<Tolerated>,
    /// Kept for a tap, if there is one.
    pub(crate) body: Bytes,
    /// What the tap calls it.
    pub(crate) tapped: Option<u64>,
    pub(crate) trace_parent: Option<TraceParent>,
    /// Given back when the reply has been made.
    pub(crate) permit: Option<Permit>,
}

/// Which bodies there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentType {
    /// A JSON text.
    Json,
    /// None, because there is no content type.
    Missing,
    /// None, because it is another one.
    Other,
}

impl<'h> Known<'h> {
    pub(crate) fn new(head: &'h Parts) -> Self {
        let (headers, mut tolerated) = (CallHeaders::find(&head.headers), Vec::new());
        Self {
            trace_parent: headers.trace_parent(&mut tolerated),
            headers,
            route: None,
            operation: None,
            caller: None,
            target_id: None,
            ids: None,
            content_type: None,
            tolerated,
            body: Bytes::new(),
            tapped: None,
            permit: None,
        }
    }

    /// Makes one check. What it relies on is checked first; what has passed is not checked again.
    pub(crate) fn check(
        &mut self,
        check: Check,
        role: Role,
        options: &ServerOptions,
        head: &'h Parts,
    ) -> Result<(), Refusal> {
        match check {
            Check::Path => self.path(role, options, head),
            Check::Method => self.route(role, options, head),
            Check::Credentials => self.credentials(options, head),
            Check::Parties => self.parties(options, head),
            Check::Limit => self.limit(options, head),
            Check::Ids => self.call_ids(),
            Check::ContentType => self.content_type(options, head),
        }
    }

    fn path(&mut self, role: Role, options: &ServerOptions, head: &'h Parts) -> Result<(), Refusal> {
        if self.operation.is_some() {
            return Ok(());
        }
        match Route::find(role, &options.prefix, &head.method, head.uri.path()) {
            Ok(route) => {
                self.operation = Some(route.operation);
                self.route = Some(route);
            }
            Err(RouteError::WrongMethod(operation)) => self.operation = Some(operation),
            Err(_) => {
                let detail = stray_path(role, &options.prefix, head.uri.path());
                return Err(Refusal::new(Condition::UnknownPath).internal(detail));
            }
        }
        Ok(())
    }

    fn route(&mut self, role: Role, options: &ServerOptions, head: &'h Parts) -> Result<(), Refusal> {
        self.path(role, options, head)?;
        match (&self.route, self.operation) {
            (None, Some(operation)) => Err(Refusal::new(Condition::WrongMethod)
                .internal(format!("method: {operation} has {}", operation.declaration().method))),
            _ => Ok(()),
        }
    }

    fn credentials(&mut self, options: &ServerOptions, head: &'h Parts) -> Result<(), Refusal> {
        if self.caller.is_none() {
            let presented = Presented::new(
                self.headers.credentials().map_err(header)?,
                &head.headers,
                &head.extensions,
            );
            self.caller = Some(options.authenticate.authenticate(&presented)?);
        }
        Ok(())
    }

    /// The caller, proven if it has not been yet.
    fn proven(&mut self, options: &ServerOptions, head: &'h Parts) -> Result<Caller, Refusal> {
        self.credentials(options, head)?;
        // Just set.
        self.caller.clone().ok_or_else(|| Condition::Unauthorized.into())
    }

    fn parties(&mut self, options: &ServerOptions, head: &'h Parts) -> Result<(), Refusal> {
        if self.target_id.is_some() {
            return Ok(());
        }
        let caller = self.proven(options, head)?;
        let ours = options.targets.as_deref();
        let own: &[ClientId] = slice::from_ref(caller.client_id());
        let parties = self.headers.parties(own, ours.unwrap_or_default()).map_err(header)?;
        if parties.client_id != *caller.client_id() {
            return Err(
                Refusal::new(Condition::Unauthorized).internal("header client-id: not the one of these credentials")
            );
        }
        let target_id = parties.target_id;
        let refuse = |detail: &str| Err(Refusal::unknown_target(&target_id).internal(detail));
        if ours.is_some_and(|ours| !ours.contains(&target_id)) {
            return refuse("header target-id: none of ours");
        }
        if !caller.may_address(&target_id) {
            return refuse("header target-id: not one that this partner may address");
        }
        for (item, name) in [
            (parties.client_id.tolerated(), &CLIENT_ID),
            (target_id.tolerated(), &TARGET_ID),
        ] {
            self.tolerated
                .extend(item.map(|item| Tolerated::new(item, name.as_str().to_owned())));
        }
        self.target_id = Some(target_id);
        Ok(())
    }

    fn limit(&mut self, options: &ServerOptions, head: &'h Parts) -> Result<(), Refusal> {
        let Some(limit) = &options.limit else { return Ok(()) };
        if self.permit.is_none() {
            let caller = self.proven(options, head)?;
            self.permit = Some(limit.admit(&caller, self.operation)?);
        }
        Ok(())
    }

    fn call_ids(&mut self) -> Result<(), Refusal> {
        if self.ids.is_none() {
            self.ids = Some(self.headers.ids().map_err(header)?);
        }
        Ok(())
    }

    fn content_type(&mut self, options: &ServerOptions, head: &Parts) -> Result<(), Refusal> {
        if self.content_type.is_some() {
            return Ok(());
        }
        let content_type = self.headers.content_type().map_err(header)?;
        //
        let coded = |value: &http::HeaderValue| {
            let mut codings = value.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
            !codings.all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
        };
        if head.headers.get_all(CONTENT_ENCODING).iter().any(coded) {
            return Err(Refusal::new(Condition::MediaType).internal("header content-encoding: other than identity"));
        }
        let has_body = |operation: OperationId| operation.declaration().body != BodyRule::None;
        let matters = content_type.filter(|_| self.operation.is_some_and(has_body));
        if let Some(item) = matters.and_then(|value| tolerated_charset(value.as_bytes())) {
            if options.leniency == Leniency::Strict {
                let detail = "header content-type: charset is not called utf-8";
                return Err(Refusal::new(Condition::MediaType).internal(detail));
            }
            self.tolerated
                .push(Tolerated::new(item, CONTENT_TYPE.as_str().to_owned()));
        }
        self.content_type = Some(match content_type {
            None => ContentType::Missing,
            Some(value) if is_request_json(value.as_bytes()) => ContentType::Json,
            Some(_) => ContentType::Other,
        });
        Ok(())
    }
}

pub(crate) fn header(error: HeaderError) -> Refusal {
    Refusal::new(Condition::Header).internal(error.to_string())
}

/// Why a path belongs to no operation. It names what is ours, never what came: paths hold secrets.
#[cold]
fn stray_path(role: Role, prefix: &str, path: &str) -> Cow<'static, str> {
    let side = |role| match role {
        Role::Cmp => "CMP API",
        Role::Msp => "MSP API",
    };
    let Some(below) = path.strip_prefix(prefix) else {
        return format!("path: not below {prefix}").into();
    };
    let operation = |role, path: &str| {
        OperationId::offered_by(role).find(|operation| operation.declaration().match_path(path).is_some())
    };
    let other = match role {
        Role::Cmp => Role::Msp,
        Role::Msp => Role::Cmp,
    };
    if let Some(operation) = operation(other, below) {
        return format!("path: {operation} of the {}, this is the {}", side(other), side(role)).into();
    }
    if let Some(operation) = operation(role, below.trim_end_matches('/')) {
        return format!("path: {operation} with a slash at the end").into();
    }
    let nearest = OperationId::offered_by(role)
        .map(|operation| (common(operation, below), operation))
        .max_by_key(|(length, _)| *length);
    match nearest {
        Some((at, operation)) if at > 1 => format!(
            "path: no operation of the {}; departs from {operation} at byte {}",
            side(role),
            prefix.len() + at
        )
        .into(),
        _ => format!("path: no operation of the {}", side(role)).into(),
    }
}

/// How many bytes of `path` are as the operation's path has them, its parameter taken for right.
fn common(operation: OperationId, path: &str) -> usize {
    let (before, after) = operation.declaration().path_pieces();
    let same = |ours: &str, theirs: &str| ours.bytes().zip(theirs.bytes()).take_while(|(a, b)| a == b).count();
    let Some(rest) = path.strip_prefix(before) else {
        return same(before, path);
    };
    let parameter = rest.find('/').unwrap_or(rest.len());
    before.len() + parameter + rest.get(parameter..).map_or(0, |rest| same(after, rest))
}
