//! Any bytes as certificates, keys and roots: no panic, and an error never shows any of them. Three parts, divided by zero
//! bytes, which no PEM has.
#![no_main]

use aid_tls::{ClientTls, ServerTls, fingerprint_from_pem, peer_certificate, peer_certificate_from_pem};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |byte| *byte == 0);
    let (roots, chain, key) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let shown = [
        ClientTls::from_pem(roots, chain, key).map(drop),
        ClientTls::without_certificate(roots).map(drop),
        ServerTls::from_pem(roots, chain, key).map(drop),
        ServerTls::from_pem_with_crls(roots, chain, chain, key).map(drop),
        fingerprint_from_pem(chain).map(drop),
        peer_certificate_from_pem(chain).map(drop),
    ];
    for error in shown.into_iter().filter_map(Result::err) {
        let shown = format!("{error} {error:?}");
        // Longer than any word of a message, and none of its sentences.
        let words = std::str::from_utf8(key).unwrap_or_default().split_whitespace();
        for secret in words.filter(|word| word.len() >= 64) {
            assert!(!shown.contains(secret));
        }
    }
    let _ = format!("{:?}", peer_certificate(data));
});
