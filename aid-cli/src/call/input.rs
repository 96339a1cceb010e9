//! What is called about, and what the call carries.

use aid_types::{BodyRule, Decoding, Iccid, OnUnlisted, Operation, OperationId as Op, Tolerated};

use crate::{args::Usage, json::Object};

/// An update without its values, a code of nobody, what could not be read.
const RECEIVED_ONLY: &[u16] = &[20, 40, 170];

#[derive(clap::Args)]
pub(crate) struct Input {
    /// The body
    #[arg(long, value_name = "JSON")]
    body: Option<String>,
    /// For requestProfileStatus: this profile only. The same as --body '{"iccid":…}'
    #[arg(long)]
    iccid: Option<String>,
}

impl Input {
    /// What the operation carries, typed.
    pub(crate) fn body<O: Operation>(&self) -> Result<O, Usage> {
        let declaration = O::DECLARATION;
        let text = self.body.as_deref();
        let (query, json) = match declaration.body {
            BodyRule::None => (self.query(declaration.id)?, ""),
            _ if self.iccid.as_deref().is_some() => return Err(Usage::new("--iccid is for requestProfileStatus")),
            BodyRule::Optional => (None, text.unwrap_or("{}")),
            _ => (None, text.ok_or_else(|| Usage::new("--body is missing"))?),
        };
        let mut decoding = Decoding::default().on_unlisted(OnUnlisted::Refuse);
        let operation = O::read(query.as_deref(), json.as_bytes(), &mut decoding)
            .map_err(|error| Usage(format!("--body: {error}")))?;
        // Sending is strict: what is only read from a peer is not sent.
        let received_only = |tolerated: &&Tolerated| RECEIVED_ONLY.contains(&tolerated.item.number());
        match decoding.tolerated().iter().find(received_only) {
            Some(tolerated) => Err(Usage(format!(
                "--body: {tolerated} is accepted from a peer, and not sent"
            ))),
            None => Ok(operation),
        }
    }

    /// The query of an operation without a body: the profile that is asked for, if any.
    fn query(&self, operation: Op) -> Result<Option<String>, Usage> {
        let object = self.body.as_deref().map(|body| Object::parse(body.as_bytes()));
        let object = object.transpose().map_err(|error| Usage(format!("--body: {error}")))?;
        let members = object.as_ref().map(Object::members);
        let takes_iccid = operation == Op::RequestProfileStatus;
        if members.is_some_and(|members| members.keys().any(|name| !(takes_iccid && name == "iccid"))) {
            return Err(Usage::new("--body: the operation has no body"));
        }
        let in_body = object.as_ref().map(|object| object.optional_text("iccid")).transpose();
        let in_body = in_body.map_err(|error| Usage(format!("--body: {error}")))?.flatten();
        let iccid = match (self.iccid.as_deref(), in_body) {
            (Some(_), _) if !takes_iccid => return Err(Usage::new("--iccid is for requestProfileStatus")),
            (Some(_), Some(_)) => return Err(Usage::new("the ICCID stands in --iccid and in --body")),
            (one, other) => one.or(other),
        };
        let iccid = iccid
            .map(str::parse::<Iccid>)
            .transpose()
            .map_err(|error| Usage(error.to_string()))?;
        Ok(iccid.map(|iccid| format!("iccid={iccid}")))
    }
}
