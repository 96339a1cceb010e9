//! What is taken, and what is said of what is not.

use std::sync::Arc;

use aid_tls::{ClientTls, Fault, Part, ServerTls, TlsError};
use aid_types::{Ambiguity, Tolerated};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::vectors;

/// Each text, for both sides: they say the same.
//
#[test]
fn pem_texts_are_taken_or_named() {
    let vectors = vectors::read();
    for case in vectors["pem"].as_array().unwrap() {
        let [roots, chain, key] = ["roots", "chain", "key"].map(|member| vectors::text(&vectors, case, member));
        let [roots, chain, key] = [&roots, &chain, &key].map(String::as_bytes);
        let client = ClientTls::from_pem(roots, chain, key).map(|tls| tls.tolerated().to_vec());
        let server = ServerTls::from_pem(roots, chain, key).map(|tls| tls.tolerated().to_vec());
        for (side, outcome) in [("client", client), ("server", server)] {
            let elsewhere = case["only"].as_str().is_some_and(|only| only != side);
            let expected = case["error"].as_str().filter(|_| !elsewhere);
            let name = format!("{} ({side})", case["name"]);
            match outcome {
                Ok(tolerated) => {
                    assert_eq!(expected, None, "{name}");
                    assert_eq!(
                        tolerated.len() as u64,
                        case["tolerated"].as_u64().unwrap_or(0),
                        "{name}"
                    );
                    assert!(tolerated.iter().all(|it| it.item == Ambiguity::new(171)), "{name}");
                }
                Err(error) => assert_eq!(Some(error.to_string().as_str()), expected, "{name}"),
            }
        }
    }
}

#[test]
fn what_is_no_text_is_named() {
    let vectors = vectors::read();
    for case in vectors["binary"].as_array().unwrap() {
        let hex = case["hex"].as_str().unwrap();
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        let error = ClientTls::without_certificate(&bytes).unwrap_err();
        assert_eq!(error.to_string(), case["error"].as_str().unwrap(), "{}", case["name"]);
    }
}

#[test]
fn the_mark_is_reported_where_it_stood() {
    let vectors = vectors::read();
    let marked = format!("\u{feff}{}", vectors["texts"]["ca"].as_str().unwrap());
    let tls = ClientTls::without_certificate(marked.as_bytes()).unwrap();
    assert_eq!(tls.tolerated(), [Tolerated::new(Ambiguity::new(171), "roots")]);
}

/// However a text is cut, both certificates are used, or it is an error: none is lost.
#[test]
fn a_bundle_is_never_read_in_part() {
    let vectors = vectors::read();
    let [first, second] = ["ca", "ca2"].map(|name| vectors["texts"][name].as_str().unwrap());
    let bundle = format!("{first}{second}");
    let end = bundle.trim_end().len();
    for length in 0..=bundle.len() {
        let outcome = ClientTls::without_certificate(&bundle.as_bytes()[..length]);
        // Where the cut falls between the two, nobody can tell that something is missing; within five dashes of the end,
        // nothing that counts is.
        let whole = (first.len() - 6..=first.len() + "-----BEGIN".len()).contains(&length) || length + 6 > end;
        assert!(outcome.is_ok() <= whole, "{length} of {}", bundle.len());
        if length > first.len() + "-----BEGIN ".len() && length + 6 < end {
            let cut = Fault::Cut {
                part: Part::Roots,
                number: 2,
            };
            assert_eq!(outcome.unwrap_err().fault, cut, "{length} of {}", bundle.len());
        }
    }
}

#[test]
fn the_cryptography_is_what_was_handed_in() {
    let vectors = vectors::read();
    let [roots, chain, key] = ["ca", "own", "key"].map(|name| vectors["texts"][name].as_str().unwrap().as_bytes());
    let mut few = aid_tls::rustls::crypto::ring::default_provider();
    few.cipher_suites.truncate(1);
    let tls = ClientTls::from_pem_with(few.into(), roots, chain, key).unwrap();
    assert_eq!(tls.config().crypto_provider().cipher_suites.len(), 1);
    let mut none = aid_tls::rustls::crypto::ring::default_provider();
    none.cipher_suites.clear();
    let none = Arc::new(none);
    assert!(ClientTls::from_pem_with(Arc::clone(&none), roots, chain, key).is_err());
    assert!(ClientTls::without_certificate_with(Arc::clone(&none), roots).is_err());
    assert!(ServerTls::from_pem_with(none, roots, None, chain, key).is_err());
}

#[test]
fn nothing_shows_a_key() {
    let vectors = vectors::read();
    let key = vectors["texts"]["key"].as_str().unwrap();
    let secret = key.lines().nth(1).unwrap();
    let shown = |error: TlsError| format!("{error} {error:?}");
    let [roots, chain] = ["ca", "own"].map(|name| vectors["texts"][name].as_str().unwrap().as_bytes());
    for text in [
        key.replace("PRIVATE", "SECRET"),
        key.replace("-----END", "----END"),
        key.replacen(secret, "!", 1),
    ] {
        assert!(!shown(ClientTls::from_pem(roots, chain, text.as_bytes()).unwrap_err()).contains(secret));
        assert!(!shown(ClientTls::from_pem(text.as_bytes(), chain, key.as_bytes()).unwrap_err()).contains(secret));
    }
    let tls = ClientTls::from_pem(roots, chain, key.as_bytes()).unwrap();
    assert_eq!(format!("{tls:?}"), "ClientTls { certificate: true, .. }");
}

#[test]
fn revocation_lists_are_read_likewise() {
    let vectors = vectors::read();
    let [roots, chain, key] = ["ca", "own", "key"].map(|name| vectors["texts"][name].as_str().unwrap().as_bytes());
    let with = |crls: &[u8]| ServerTls::from_pem_with_crls(roots, crls, chain, key).map(drop);
    let said = |crls: &[u8]| with(crls).unwrap_err().to_string();
    assert_eq!(said(b""), "TLS: revocation lists: empty");
    assert_eq!(
        said(roots),
        "TLS: revocation lists: no revocation list in it, but CERTIFICATE; are the arguments swapped?"
    );
    assert_eq!(
        said(b"-----BEGIN X509 CRL-----\nAAAA\n"),
        "TLS: revocation lists: revocation list 1 is cut off: its END line is missing"
    );
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign];
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let list = rcgen::CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2024, 1, 1),
        next_update: rcgen::date_time_ymd(2124, 1, 1),
        crl_number: rcgen::SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    with(list.signed_by(&issuer).unwrap().pem().unwrap().as_bytes()).unwrap();
}
