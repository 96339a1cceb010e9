//! A CMP that calls the MSP of the example `msp-server`.
//!
//! ```text
//! cargo run --release --example msp-server &
//! cargo run --release --example cmp-client [http://address]
//! ```
#![allow(clippy::print_stdout, reason = "a program: it prints")]

use std::error::Error;

use aid_types::{
    ActivationCodeReply, CsimStatus, MspToken, RequestActivationCode, SendCsimStatus,
    http::{Credentials, Endpoint},
};
use aid1_client::Transaction;
use aid1_reqwest::{ReqwestTransport, TransportOptions};
use uuid::Uuid;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "http://127.0.0.1:8443".to_owned());
    let endpoint = Endpoint::new(
        base_url.parse()?,
        "dk3kdwkef1".parse()?,
        "gKl32ko4".parse()?,
        Credentials::ApiKey("1234abcdefghij0123456789".parse()?),
    );
    // In earnest: ReqwestTransport::new(ClientTls::from_pem(roots, chain, key)?)
    let msp = ReqwestTransport::plain_loopback(&TransportOptions::default())?.msp_client(endpoint);

    let msp_token: MspToken = "25bca1e2-338f-11d6-ac61-9e71138fd521".parse()?;
    let eid = "89049032000001000000000831934057".parse()?;
    let request = RequestActivationCode::new(eid, Uuid::new_v4().into());
    let reply = msp
        .request_activation_code(&msp_token, &request, Transaction::New)
        .await?;
    // The same transaction for what follows from the request.
    let transaction = Transaction::Of(reply.ids.correlation_id);
    match reply.value {
        ActivationCodeReply::Ready(ready) => {
            println!(
                "activation code for a profile at {}",
                ready.activation_code.smdp_address()
            );
            if let Some(iccid) = ready.iccid {
                let installed = SendCsimStatus::new(iccid, eid, CsimStatus::Installed);
                let reply = msp.send_csim_status(&msp_token, &installed, transaction).await?;
                println!("reported {iccid} as installed ({} attempt)", reply.attempts);
            }
        }
        ActivationCodeReply::Accepted => println!("the activation code follows"),
    }

    let stranger = MspToken::from_uuid(Uuid::new_v4());
    match msp.request_activation_code(&stranger, &request, Transaction::New).await {
        Ok(_) => Err("an unknown msp_token should have been refused".into()),
        Err(error) => {
            println!("unknown user: {error} (retryable: {})", error.is_retryable());
            Ok(())
        }
    }
}
