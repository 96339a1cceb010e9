//! One MSP API in front of many MSPs, by target-id. It keeps nothing: each of them has its own store.

use std::{collections::HashMap, error::Error};

use aid_types::{
    ActivationCodeReply, ClientId, Condition, MspToken, ProfileStatus, ProfileStatuses, Refusal, RequestActivationCode,
    RequestInvalidateMspToken, RequestProfileStatus, SendCsimStatus, TargetId,
    http::{Credentials, Endpoint},
};
use aid1_client::{BoxHttpClient, MspClient, Transaction};
use aid1_server_traits::{Call, MspApi, MspServer, Partner, Partners, ServerOptions};
use uuid::Uuid;

use crate::in_process;

/// The aggregation layer: everything it needs to know is who stands behind which target-id.
struct Aggregator {
    behind: HashMap<TargetId, MspClient>,
}

impl Aggregator {
    fn route(&self, call: &Call) -> Result<(&MspClient, Transaction), Refusal> {
        let client = self
            .behind
            .get(&call.target_id)
            .ok_or_else(|| Refusal::unknown_target(&call.target_id))?;
        Ok((client, Transaction::Of(call.ids.correlation_id)))
    }
}

impl MspApi for Aggregator {
    async fn request_activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        body: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        let (msp, transaction) = self.route(&call)?;
        Ok(msp.request_activation_code(&msp_token, &body, transaction).await?.value)
    }

    async fn send_csim_status(&self, call: Call, msp_token: MspToken, body: SendCsimStatus) -> Result<(), Refusal> {
        let (msp, transaction) = self.route(&call)?;
        let _done = msp.send_csim_status(&msp_token, &body, transaction).await?;
        Ok(())
    }

    async fn request_invalidate_msp_token(
        &self,
        call: Call,
        msp_token: MspToken,
        _: RequestInvalidateMspToken,
    ) -> Result<(), Refusal> {
        let (msp, transaction) = self.route(&call)?;
        let _done = msp.request_invalidate_msp_token(&msp_token, transaction).await?;
        Ok(())
    }

    async fn request_profile_status(
        &self,
        call: Call,
        msp_token: MspToken,
        body: RequestProfileStatus,
    ) -> Result<ProfileStatuses, Refusal> {
        let (msp, transaction) = self.route(&call)?;
        Ok(msp.request_profile_status(&msp_token, &body, transaction).await?.value)
    }
}

/// An MSP behind the aggregator: has one profile, and knows every user.
struct Msp(&'static str);

impl MspApi for Msp {
    async fn request_profile_status(
        &self,
        _: Call,
        _: MspToken,
        _: RequestProfileStatus,
    ) -> Result<ProfileStatuses, Refusal> {
        let iccid = self.0.parse().map_err(|_| Condition::Internal)?;
        Ok(ProfileStatuses::new(vec![ProfileStatus::new(
            iccid,
            aid_types::ProfileState::Installed,
        )]))
    }
}

fn client(http: BoxHttpClient, target: &str, key: &str) -> Result<MspClient, Box<dyn Error>> {
    let client_id: ClientId = "aggregator".parse()?;
    let credentials = Credentials::ApiKey(key.parse()?);
    let endpoint = Endpoint::new("https://msp.example".parse()?, client_id, target.parse()?, credentials);
    Ok(MspClient::new(http, endpoint, tokio::time::sleep, Uuid::new_v4))
}

pub(crate) async fn run() -> Result<(), Box<dyn Error>> {
    let options = |key: &str| {
        let partner = Partner::new("aggregator".parse()?, Credentials::ApiKey(key.parse()?));
        Ok::<_, Box<dyn Error>>(ServerOptions::new(Partners::new([partner])))
    };
    let mut behind = HashMap::new();
    for (target, iccid, key) in [
        ("mspNorth", "8949000000000000001", "northnorthnorthnorth"),
        ("mspSouth", "8949000000000000002", "southsouthsouthsouth"),
    ] {
        let msp = MspServer::new(Msp(iccid), options(key)?.targets([target.parse()?]));
        let http = in_process(move |request| {
            let msp = msp.clone();
            async move { msp.handle_bytes(request).await }
        });
        behind.insert(target.parse()?, client(http, target, key)?);
    }
    // Without `targets` every target-id reaches the handler.
    let aggregator = MspServer::new(Aggregator { behind }, options("cmpcmpcmpcmpcmpcmp")?);
    let aggregator = in_process(move |request| {
        let aggregator = aggregator.clone();
        async move { aggregator.handle_bytes(request).await }
    });

    let msp_token: MspToken = "25bca1e2-338f-11d6-ac61-9e71138fd521".parse()?;
    for target in ["mspNorth", "mspSouth", "mspWest"] {
        let msp = client(aggregator.clone(), target, "cmpcmpcmpcmpcmpcmp")?;
        match msp
            .request_profile_status(&msp_token, &RequestProfileStatus::all(), Transaction::New)
            .await
        {
            Ok(reply) => println!("{target}: {:?}", reply.value.profiles),
            Err(error) => println!("{target}: {error}"),
        }
    }
    Ok(())
}
