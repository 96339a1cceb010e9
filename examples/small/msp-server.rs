//! An MSP in axum: the MSP API beside a page of one's own.
//!
//! ```text
//! cargo run --release --example msp-server [address]
//! ```
//!
//! It listens on plain HTTP, which is for loopback only; `serve` in the place of `serve_plain` takes the same router, and
//! demands client certificates (see the `federation` example). `cmp-client` calls it.
#![allow(clippy::print_stdout, reason = "a program: it prints")]

use std::error::Error;

use aid_types::{
    ActivationCodeReply, Condition, MspToken, ReadyActivationCode, Refusal, RequestActivationCode, SendCsimStatus,
    http::Credentials,
};
use aid1_axum::{ServeOptions, router, serve_plain};
use aid1_server_traits::{Call, MspApi, MspServer, Partner, Partners, ServerOptions};
use axum::routing::get;
use tokio::net::TcpListener;

/// Knows one user.
struct Msp {
    msp_token: MspToken,
}

impl Msp {
    fn known(&self, msp_token: MspToken) -> Result<(), Refusal> {
        if msp_token == self.msp_token {
            Ok(())
        } else {
            Err(Condition::UnknownMspToken.into())
        }
    }
}

impl MspApi for Msp {
    async fn request_activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        body: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        self.known(msp_token)?;
        println!("{} asks for a profile for eUICC {}", call.caller.client_id(), body.eid);
        // Here the SM-DP+ binds a profile to the eUICC.
        let bound = |error: aid_types::IdError| Refusal::new(Condition::Internal).internal(error.to_string());
        let iccid = "8949000000000000001".parse().map_err(bound)?;
        let activation_code = "1$SMDP.MSP.EXAMPLE$DEF30A27E3CEFD34FA24B4A38D9681A5"
            .parse()
            .map_err(bound)?;
        Ok(ActivationCodeReply::Ready(ReadyActivationCode::new(
            iccid,
            activation_code,
        )))
    }

    async fn send_csim_status(&self, _: Call, msp_token: MspToken, body: SendCsimStatus) -> Result<(), Refusal> {
        self.known(msp_token)?;
        println!("profile {} is {}", body.iccid, body.status);
        Ok(())
    }
    // The other two operations answer 501 until they are written.
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8443".to_owned());
    let cmp = Partner::new(
        "dk3kdwkef1".parse()?,
        Credentials::ApiKey("1234abcdefghij0123456789".parse()?),
    );
    let options = ServerOptions::new(Partners::new([cmp])).targets(["gKl32ko4".parse()?]);
    let msp = Msp {
        msp_token: "25bca1e2-338f-11d6-ac61-9e71138fd521".parse()?,
    };

    let app = router(MspServer::new(msp, options)).route("/health", get(|| async { "ok" }));
    let listener = TcpListener::bind(address).await?;
    println!("READY http://{}", listener.local_addr()?);
    serve_plain(listener, app, ServeOptions::default(), async {
        let _ = tokio::signal::ctrl_c().await;
    })
    .await?;
    Ok(())
}
