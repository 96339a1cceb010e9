//! Who is admitted, and what a configuration must be made of.

use std::error::Error as _;

use aid1_client::Transaction;
use aid1_reqwest::{TlsConfig, UnusableTls};

use crate::{
    calls::{client, deleted, msp_token},
    peer::{Peer, status},
    pki::{Authority, Identity},
};

/// Each side refuses a certificate of an authority that it does not know, and a client without one is not admitted.
//
#[tokio::test]
async fn refuses_strangers() {
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let stranger = Authority::new("stranger");
    let peer = Peer::start(&servers, &clients, vec![status(201)]).await;
    let nobody = TlsConfig::without_client_certificate(servers.pem().as_bytes()).unwrap();
    for (tls, reason) in [
        // The peer closes; whether its alert arrives before that is chance.
        (stranger.client(&servers), ""),
        (nobody, ""),
        (clients.client(&stranger), "certificate"),
    ] {
        let msp = client(tls, &peer.url());
        let error = msp
            .send_csim_status(&msp_token(), &deleted(), Transaction::New)
            .await
            .unwrap_err();
        assert!(error.is_transport());
        assert!(causes(&error).contains(reason), "{}", causes(&error));
    }
    assert!(peer.requests().is_empty());

    // The certificate is for "localhost".
    let other_name = peer.url().replace("localhost", "127.0.0.1");
    let msp = client(clients.client(&servers), &other_name);
    let error = msp
        .send_csim_status(&msp_token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert!(causes(&error).contains("not valid for name"), "{}", causes(&error));
}

fn causes(error: &aid1_client::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" < {cause}"));
        source = cause.source();
    }
    text
}

#[test]
fn says_which_part_is_unusable() {
    let authority = Authority::new("some");
    let roots = authority.pem();
    let Identity { chain, key } = authority.issue("a.example");
    let other = authority.issue("b.example");
    let build = |roots: &str, chain: &str, key: &str| {
        TlsConfig::mutual(roots.as_bytes(), chain.as_bytes(), key.as_bytes()).map(drop)
    };
    let broken = chain.replacen("M", "!", 1);

    assert_eq!(build(&roots, &chain, &key), Ok(()));
    assert_eq!(build("", &chain, &key), Err(UnusableTls::Roots));
    assert_eq!(build(&broken, &chain, &key), Err(UnusableTls::Roots));
    assert_eq!(build(&roots, "", &key), Err(UnusableTls::Certificate));
    assert_eq!(build(&roots, &key, &key), Err(UnusableTls::Certificate));
    assert_eq!(build(&roots, &chain, ""), Err(UnusableTls::Key));
    assert_eq!(build(&roots, &chain, &chain), Err(UnusableTls::Key));
    assert_eq!(build(&roots, &chain, &other.key), Err(UnusableTls::Pair));
    assert!(!format!("{:?}", authority.client(&authority)).contains("PRIVATE"));
}
