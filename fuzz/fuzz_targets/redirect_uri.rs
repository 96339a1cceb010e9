//! Whatever a redirect_uri is, checking it never panics, and what is allowed leads to an agreed host.

#![no_main]

use aid_types::{
    Leniency,
    redirect::{RedirectBackToMsp, RedirectPolicy, RedirectToCmpContent},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let policy = RedirectPolicy::to_msp()
        .allow_domain("*.msp.de")
        .and_then(|policy| policy.allow_scheme("mymsp"))
        .expect("both can be agreed on");

    // The text as the whole query, and as the redirect_uri itself.
    let arrived = RedirectToCmpContent::parse_query(text, Leniency::Field);
    let from_query = arrived.ok().and_then(|arrived| arrived.value.allowed_by(&policy).ok());
    for allowed in [from_query, policy.check(text).ok()].into_iter().flatten() {
        let success = RedirectBackToMsp::Success {
            account_id: "a.b.c".parse().expect("an account_id"),
        };
        let url = success.to_url(&allowed);
        let scheme_end = url.find(':').expect("a scheme");
        if url[..scheme_end].eq_ignore_ascii_case("https") {
            let rest = url[scheme_end..].strip_prefix("://").expect("an authority");
            let authority = rest
                .split(['/', '?', '#'])
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            let host = authority.strip_suffix(":443").unwrap_or(&authority);
            assert!(
                host.ends_with(".msp.de") && !host.contains(['@', '%', ':', '[', '\\']),
                "{url}"
            );
        } else {
            assert!(url[..scheme_end].eq_ignore_ascii_case("mymsp"), "{url}");
        }
        let read = RedirectBackToMsp::parse_url(&url, Leniency::Strict).expect("what was built can be read");
        assert_eq!(read.value, success);
    }
});
