//! What a certificate says.

use std::time::{Duration, SystemTime};

use aid_http::AlternativeName;
use aid_tls::{fingerprint_from_pem, peer_certificate, peer_certificate_from_pem};
use rcgen::{CertificateParams, DnType, DnValue, KeyPair};

use crate::vectors;

#[test]
fn names_fingerprint_and_end() {
    let vectors = vectors::read();
    for case in vectors["peers"].as_array().unwrap() {
        let pem = vectors::text(&vectors, case, "pem");
        let peer = peer_certificate_from_pem(pem.as_bytes()).unwrap();
        assert_eq!(peer.fingerprint, fingerprint_from_pem(pem.as_bytes()).unwrap());
        assert_eq!(peer.fingerprint.to_string(), case["fingerprint"].as_str().unwrap());
        assert_eq!(&*peer.subject, case["subject"].as_str().unwrap());
        assert_eq!(&*peer.issuer, case["issuer"].as_str().unwrap());
        let names: Vec<String> = peer.alternative_names.iter().map(named).collect();
        assert_eq!(serde_json::json!(names), case["alternative_names"]);
        let not_after = Duration::from_secs(case["not_after"].as_u64().unwrap());
        assert_eq!(peer.not_after, Some(SystemTime::UNIX_EPOCH + not_after));
    }
}

fn named(name: &AlternativeName) -> String {
    match name {
        AlternativeName::Dns(name) => format!("DNS:{name}"),
        AlternativeName::Uri(uri) => format!("URI:{uri}"),
        AlternativeName::Ip(ip) => format!("IP:{ip}"),
        AlternativeName::Email(mail) => format!("email:{mail}"),
        _ => "another".to_owned(),
    }
}

/// Who can choose one value of a name cannot look like somebody with two.
#[test]
fn different_subjects_have_different_texts() {
    let subject = |values: &[(DnType, &str)]| {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in values {
            params
                .distinguished_name
                .push(kind.clone(), DnValue::Utf8String((*value).to_owned()));
        }
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        peer_certificate(certificate.der()).subject.to_string()
    };
    use DnType::{CommonName, OrganizationName};
    assert_eq!(subject(&[(OrganizationName, "a"), (CommonName, "b")]), "CN=b,O=a");
    assert_eq!(subject(&[(CommonName, "b,O=a")]), r"CN=b\,O\=a");
    assert_eq!(subject(&[(CommonName, " # \n")]), r"CN=\ # \0A");
    assert_eq!(subject(&[(CommonName, "#")]), r"CN=\#");
    assert_eq!(subject(&[(CommonName, "Bär")]), "CN=Bär");
    assert_eq!(subject(&[]), "");
    assert_eq!(subject(&[(DnType::CustomDnType(vec![1, 2, 3, 4]), "a")]), "1.2.3.4=#61");
}

#[test]
fn what_is_no_certificate_has_a_fingerprint_only() {
    let peer = peer_certificate(b"none");
    assert_eq!((&*peer.subject, &*peer.issuer, peer.not_after), ("", "", None));
    assert_eq!(
        peer.fingerprint.to_string(),
        "140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe"
    );
}
