//! What a server knows when it starts.

use account_id::SecretKey;
use aid_types::{
    ActivationCodeRequestId, ClientId, Eid, Iccid, MspToken, PhoneKey, TargetId,
    http::{BasicCredentials, Credentials},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use uuid::Uuid;

use crate::json::{self, Object};

/// The seed file, checked. Errors name the member and never show its value.
pub(crate) struct Seed {
    pub(crate) client_id: ClientId,
    pub(crate) target_id: TargetId,
    /// At least one.
    pub(crate) credentials: Vec<Credentials>,
    pub(crate) account_id_secret: Option<SecretKey>,
    pub(crate) ver: Option<String>,
    pub(crate) sids: Vec<String>,
    pub(crate) msp_tokens: Vec<MspToken>,
    pub(crate) activation_request_ids: Vec<ActivationCodeRequestId>,
    pub(crate) iccids: Vec<Iccid>,
    pub(crate) phone_key: Option<PhoneKey>,
    pub(crate) pool: usize,
    /// Where the profiles are.
    pub(crate) eid: Option<Eid>,
    /// What can be meant otherwise: members that mean nothing here, sessions that no account_id can have.
    pub(crate) odd: Vec<String>,
}

const MEMBERS: &[&str] = &[
    "auth",
    "client_id",
    "target_id",
    "account_id_secret",
    "ver",
    "sids",
    "msp_tokens",
    "activation_request_ids",
    "iccids",
    "eid",
    "phone",
    "pool",
];

impl Seed {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        let behind_mark = json::behind_mark(json);
        let seed = Object::parse(behind_mark.unwrap_or(json))?;
        let eid = parsed::<Eid>("eid", seed.optional_text("eid")?)?.pop();
        let secret = seed
            .optional_text("account_id_secret")?
            .map(SecretKey::from_text)
            .transpose();
        let pool = seed.number("pool")?.unwrap_or(u64::from(u32::MAX));
        let sids = seed.texts("sids")?;
        let foreign = seed.members().keys().filter(|name| !MEMBERS.contains(&name.as_str()));
        let mut odd: Vec<String> = foreign
            .map(|name| format!("{} means nothing and is ignored", name.escape_debug()))
            .collect();
        if behind_mark.is_some() {
            odd.push("a byte order mark is read over (A-171)".to_owned());
        }
        // The sid of an account_id that is verified is a UUID.
        if seed.get("account_id_secret").is_some()
            && sids.iter().any(|sid| sid.len() != 36 || Uuid::try_parse(sid).is_err())
        {
            odd.push("sids: one is no hyphenated UUID, and no account_id can have it".to_owned());
        }
        Ok(Self {
            client_id: seed
                .text("client_id")?
                .parse()
                .map_err(|error| format!("client_id: {error}"))?,
            target_id: seed
                .text("target_id")?
                .parse()
                .map_err(|error| format!("target_id: {error}"))?,
            credentials: credentials(&seed)?,
            account_id_secret: secret.map_err(|error| format!("account_id_secret: {error}"))?,
            ver: seed.optional_text("ver")?.map(str::to_owned),
            sids: sids.into_iter().map(str::to_owned).collect(),
            msp_tokens: parsed("msp_tokens", seed.texts("msp_tokens")?)?,
            activation_request_ids: parsed("activation_request_ids", seed.texts("activation_request_ids")?)?,
            iccids: parsed("iccids", seed.texts("iccids")?)?,
            phone_key: phone_key(&seed)?,
            pool: usize::try_from(pool).unwrap_or(usize::MAX),
            eid,
            odd,
        })
    }
}

fn parsed<'a, T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<T>, String> {
    texts
        .into_iter()
        .map(|text| text.parse().map_err(|error| format!("{name}: {error}")))
        .collect()
}

fn credentials(seed: &Object) -> Result<Vec<Credentials>, String> {
    let auth = seed.object("auth")?.ok_or("auth: missing")?;
    let mut credentials = Vec::new();
    if let Some(key) = auth.optional_text("api_key")? {
        credentials.push(Credentials::ApiKey(
            key.parse().map_err(|error| format!("auth.api_key: {error}"))?,
        ));
    }
    match *auth.texts("basic")?.as_slice() {
        [] => {}
        [user, password] => {
            let basic = BasicCredentials::new(user, password).map_err(|error| format!("auth.basic: {error}"))?;
            credentials.push(Credentials::Basic(basic));
        }
        _ => return Err("auth.basic: expected user and password".to_owned()),
    }
    if credentials.is_empty() {
        return Err("auth: expected api_key, basic or both".to_owned());
    }
    Ok(credentials)
}

/// The key with which phone numbers are decrypted. Whatever else stands in `phone` is data of the caller's.
fn phone_key(seed: &Object) -> Result<Option<PhoneKey>, String> {
    if !seed.get("phone").is_some_and(serde_json::Value::is_object) {
        return Ok(None);
    }
    let Some(phone) = seed.object("phone")? else {
        return Ok(None);
    };
    let Some(text) = phone.optional_text("key")? else {
        return Ok(None);
    };
    // 16 or 32 bytes in hexadecimal digits would be 24 or 48 in base64, which is no key: no text can mean two keys.
    let bytes = aid2_proto::codec::from_hex(text)
        .ok()
        .or_else(|| STANDARD.decode(text).ok());
    let bytes = bytes.ok_or("phone.key: expected base64 or hexadecimal digits")?;
    PhoneKey::try_from(&*bytes)
        .map(Some)
        .map_err(|error| format!("phone.key: {error}"))
}
