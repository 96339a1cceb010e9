//! What a server knows, as JSON for its operator: no token, no code, no secret, no account_id.

use aid_backend::{cmp::FederationView, msp::SubscriptionView};
use serde::Serialize;
use serde_json::{Value, json};

use super::seed::Seed;

/// Of what may be told; of the rest how much there is.
pub(crate) fn of_seed(seed: &Seed) -> Value {
    json!({
        "client_id": seed.client_id.as_str(),
        "target_id": seed.target_id.as_str(),
        "account_id_secret": seed.account_id_secret.is_some(),
        "ver": seed.ver.is_some(),
        "phone": seed.phone_key.is_some(),
        "sids": seed.sids.len(),
        "msp_tokens": seed.msp_tokens.len(),
        "activation_request_ids": seed.activation_request_ids.len(),
        "iccids": seed.iccids.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "pool": seed.pool,
    })
}

pub(crate) fn of_subscription(view: &SubscriptionView) -> Value {
    let profiles = view.subscription.profiles().iter().map(|profile| {
        json!({
            "iccid": profile.iccid().as_str(),
            "eid": profile.eid().as_str(),
            "state": name(&profile.state()),
            "service": name(&profile.service()),
        })
    });
    json!({
        "state": name(&view.subscription.state()),
        "profiles": profiles.collect::<Vec<_>>(),
        "open_requests": view.subscription.open_requests().len(),
    })
}

pub(crate) fn of_federation(view: &FederationView) -> Value {
    let sessions = view.federation.sessions().iter();
    let profiles = view.federation.profiles().iter().map(|profile| {
        json!({
            "iccid": profile.iccid().map(|iccid| iccid.as_str().to_owned()),
            "eid": profile.eid().as_str(),
            "state": name(&profile.state()),
            "service": name(&profile.service()),
        })
    });
    json!({
        "state": name(&view.federation.state()),
        "sessions": sessions.map(|session| name(&session.state())).collect::<Vec<_>>(),
        "profiles": profiles.collect::<Vec<_>>(),
    })
}

/// As it is saved, too.
fn name(state: &impl Serialize) -> Value {
    serde_json::to_value(state).unwrap_or_default()
}
