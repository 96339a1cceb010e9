//! The CMP: [`CmpBackend`] with the federations of the seed. Its vehicles are away.

mod ports;
mod users;

use account_id::{NewAccountId, SecretKey, Verifier};
use aid_backend::{
    cmp::{CmpBackend, CmpOptions, MspPartner},
    engine::{self, Engine, UnitError},
    store::BoxStore,
};
use aid_types::{
    AccountId, AesGcmPhoneCipher, CmpUserId, Condition, Leniency, MspToken, NotifyMspTokenInvalid, Refusal,
    SendActivationCode, SendMspToken, SendProfileInformation, UpdateSubscriptionInfo, http::Endpoint,
    redirect::RedirectPolicy,
};
use aid1_axum::TokioRuntime;
use aid1_client::MspClient;
use aid1_server_traits::{Call, CmpApi};
use serde_json::Value;
use uuid::Uuid;

use self::ports::{Base64, Nowhere, Ports};
use super::{observer, peer::Peer, seed::Seed, state};
use crate::{account_id::now, args::Usage};

/// The CMP of the seed. Clones share everything.
#[derive(Clone)]
pub(crate) struct Cmp {
    backend: CmpBackend<BoxStore, Ports>,
    /// Without a secret of the seed's, an account_id is a text: it is taken for the token of the session with its name.
    opaque: Option<SecretKey>,
    /// Those of the seed.
    users: Vec<CmpUserId>,
}

/// On the runtime that calls this. What the database knows of a session or an msp_token counts more than the seed.
pub(crate) async fn open(
    mut seed: Seed,
    leniency: Leniency,
    peer: Option<Peer>,
    database: BoxStore,
) -> Result<Cmp, Usage> {
    let failed = |error: &dyn std::fmt::Display| Usage(format!("serve: {error}"));
    let opaque = match seed.account_id_secret {
        Some(_) => None,
        None => {
            let random = format!("{}{}", Uuid::new_v4(), Uuid::new_v4());
            Some(SecretKey::from_text(&random).map_err(|error| failed(&error))?)
        }
    };
    let partner = partner(&mut seed, opaque.as_ref(), leniency, peer).map_err(|error| failed(&error))?;
    let runtime = TokioRuntime::current().map_err(|error| failed(&error))?;
    let number = Uuid::new_v4().as_u64_pair().0;
    let engine = Engine::new(database, runtime, observer(), engine::Options::default(), number);
    let mut options = CmpOptions::default();
    options.federation = users::options();
    let backend = CmpBackend::new(engine, Ports(partner), options);
    let mut users = Vec::new();
    for federation in users::of_seed(&seed, now()).map_err(|error| failed(&error))? {
        users.push(federation.cmp_user_id().clone());
        let ver = seed.ver.as_deref();
        match backend.adopt(seed.client_id.clone(), federation, ver).await {
            Err(UnitError::Refused(refusal)) if refusal.condition() == Some(Condition::MspTokenAssigned) => {}
            other => drop(other.map_err(|error| failed(&error))?),
        }
    }
    Ok(Cmp { backend, opaque, users })
}

fn partner(
    seed: &mut Seed,
    opaque: Option<&SecretKey>,
    leniency: Leniency,
    peer: Option<Peer>,
) -> Result<MspPartner, Box<dyn std::error::Error>> {
    let client = match peer {
        Some(peer) => peer.msp_client(),
        None => {
            let endpoint = Endpoint::new(
                "https://msp.invalid".parse()?,
                seed.client_id.clone(),
                seed.target_id.clone(),
                seed.credentials.first().cloned(),
            );
            MspClient::new(Nowhere, endpoint, tokio::time::sleep, Uuid::new_v4)
        }
    };
    let secret = seed.account_id_secret.as_ref().or(opaque).cloned();
    let verifier = Verifier::new(secret.ok_or("no secret")?);
    let verifier = match leniency {
        Leniency::Strict => verifier.strict(),
        _ => verifier,
    };
    let (touchpoint, redirects) = ("https://msp.invalid/".parse()?, RedirectPolicy::to_msp());
    Ok(match seed.phone_key.take() {
        Some(key) => MspPartner::new(client, verifier, touchpoint, redirects, AesGcmPhoneCipher::new(key)),
        None => MspPartner::new(client, verifier, touchpoint, redirects, Base64),
    })
}

impl Cmp {
    /// What runs it.
    pub(crate) const fn backend(&self) -> &CmpBackend<BoxStore, Ports> {
        &self.backend
    }

    /// What is known of each federation.
    pub(crate) async fn state(&self) -> Result<Value, Refusal> {
        let mut all = Vec::with_capacity(self.users.len());
        for user in &self.users {
            all.extend(
                self.backend
                    .federations_of(user)
                    .await?
                    .iter()
                    .map(state::of_federation),
            );
        }
        Ok(all.into())
    }
}

impl CmpApi for Cmp {
    async fn send_msp_token(&self, call: Call, account_id: AccountId, body: SendMspToken) -> Result<(), Refusal> {
        let account_id = match &self.opaque {
            None => account_id,
            Some(key) => {
                let minted = NewAccountId::new(users::named(account_id.as_str()), now()).mint(key);
                let minted = minted.map_err(|_| Condition::Internal)?;
                minted.as_str().parse().map_err(|_| Condition::Internal)?
            }
        };
        self.backend.send_msp_token(call, account_id, body).await
    }

    async fn notify_msp_token_invalid(
        &self,
        call: Call,
        token: MspToken,
        body: NotifyMspTokenInvalid,
    ) -> Result<(), Refusal> {
        self.backend.notify_msp_token_invalid(call, token, body).await
    }

    async fn send_profile_information(
        &self,
        call: Call,
        token: MspToken,
        body: SendProfileInformation,
    ) -> Result<(), Refusal> {
        self.backend.send_profile_information(call, token, body).await
    }

    async fn update_subscription_info(
        &self,
        call: Call,
        token: MspToken,
        body: UpdateSubscriptionInfo,
    ) -> Result<(), Refusal> {
        self.backend.update_subscription_info(call, token, body).await
    }

    async fn send_activation_code(&self, call: Call, token: MspToken, body: SendActivationCode) -> Result<(), Refusal> {
        self.backend.send_activation_code(call, token, body).await
    }
}
