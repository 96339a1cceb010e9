//! Who may call.

use std::sync::Arc;

use aid1_server_traits::{
    AgreedCertificate, AlternativeName, Authenticate, Caller, CertificateFingerprint, Means, MspServer, Partner,
    Partners, PeerCertificate, Presented, ServerOptions,
    aid_types::{
        Condition, Refusal,
        http::{BasicCredentials, Credentials, PresentedCredentials},
    },
    http::{Extensions, HeaderMap, HeaderValue, header::AUTHORIZATION},
};

use crate::support::{Backend, CLIENT, Nothing, ac_http, key, ready, verdict};

fn table() -> Partners {
    Partners::new([
        Partner::new("rotating".parse().unwrap(), key("old1")).or_credentials(key("new2")),
        Partner::new("certified".parse().unwrap(), key("cert3"))
            .certificate(CertificateFingerprint::new([1; 32]))
            .certificate(CertificateFingerprint::new([2; 32]))
            .targets(["ours".parse().unwrap()]),
        Partner::new(
            "basic".parse().unwrap(),
            Credentials::Basic(BasicCredentials::new("user", "password").unwrap()),
        ),
        Partner::new("twin1".parse().unwrap(), key("shared4")),
        Partner::new("twin2".parse().unwrap(), key("shared4")),
    ])
}

/// Asks over a connection with this certificate.
fn ask(
    partners: &Partners,
    credentials: PresentedCredentials<'_>,
    certificate: Option<PeerCertificate>,
) -> Result<Caller, Refusal> {
    let (headers, mut extensions) = (HeaderMap::new(), Extensions::new());
    if let Some(certificate) = certificate {
        extensions.insert(certificate);
    }
    partners.authenticate(&Presented::new(credentials, &headers, &extensions))
}

fn certificate(byte: u8) -> PeerCertificate {
    PeerCertificate::new(CertificateFingerprint::new([byte; 32]))
}

fn who(key: &[u8], byte: Option<u8>) -> Result<String, Option<String>> {
    ask(&table(), PresentedCredentials::ApiKey(key), byte.map(certificate))
        .map(|caller| caller.client_id().to_string())
        .map_err(|refusal| {
            assert_eq!(refusal.condition(), Some(Condition::Unauthorized));
            refusal.internal_detail().map(str::to_owned)
        })
}

#[test]
fn credentials_and_certificate_have_to_fit() {
    assert_eq!(who(b"old1", None).unwrap(), "rotating");
    assert_eq!(who(b"new2", Some(9)).unwrap(), "rotating");
    assert_eq!(who(b"cert3", Some(1)).unwrap(), "certified");
    assert_eq!(who(b"cert3", Some(2)).unwrap(), "certified");
    let wrong_certificate = Err(Some("right credentials, wrong client certificate".to_owned()));
    assert_eq!(who(b"cert3", Some(3)), wrong_certificate);
    let no_certificate = Err(Some("right credentials, no client certificate".to_owned()));
    assert_eq!(who(b"cert3", None), no_certificate);
    assert_eq!(who(b"nobody", Some(1)), Err(Some("unknown credentials".to_owned())));
    assert_eq!(who(b"user:password", None), Err(Some("unknown credentials".to_owned())));
}

#[test]
fn a_key_of_two_partners_proves_neither() {
    assert_eq!(
        who(b"shared4", None),
        Err(Some("credentials of several partners".to_owned()))
    );
}

#[test]
fn basic_credentials_are_compared_decoded() {
    let presented = PresentedCredentials::Basic(b"user:password".to_vec().into());
    let caller = ask(&table(), presented, None).unwrap();
    assert_eq!((caller.client_id().as_str(), caller.means()), ("basic", Means::Basic));
}

#[test]
fn a_caller_knows_whom_it_may_address() {
    let caller = ask(&table(), PresentedCredentials::ApiKey(b"cert3"), Some(certificate(1))).unwrap();
    assert!(caller.may_address(&"ours".parse().unwrap()));
    assert!(!caller.may_address(&"theirs".parse().unwrap()));
}

#[test]
fn nothing_printed_holds_a_key() {
    let printed = format!(
        "{:?} {:?}",
        table(),
        Partner::new("a".parse().unwrap(), key("verysecret1"))
    );
    assert!(!printed.contains("secret") && !printed.contains("cert3"), "{printed}");
    assert_eq!(table().challenge(), "ApiKey, Basic realm=\"aid1\", charset=\"UTF-8\"");
    assert_eq!(Partners::new([]).challenge(), "ApiKey");
}

/// A renewed certificate of the same holder stays the partner's, and nobody else's is.
#[test]
fn a_certificate_can_be_agreed_by_its_holder() {
    let spiffe = AlternativeName::Uri("spiffe://cmp.example/aid".into());
    let partners = Partners::new([
        Partner::new("subject".parse().unwrap(), key("key1"))
            .certificate(AgreedCertificate::subject("CN=cmp,O=A").issued_by("CN=CA")),
        Partner::new("uri".parse().unwrap(), key("key2"))
            .certificate(AgreedCertificate::alternative_name(spiffe.clone())),
        Partner::new("empty".parse().unwrap(), key("key3")).certificate(AgreedCertificate::subject("")),
    ]);
    let with = |subject: &str, issuer: &str, names: &[AlternativeName]| {
        let mut certificate = certificate(9);
        certificate.subject = subject.into();
        certificate.issuer = issuer.into();
        certificate.alternative_names = names.into();
        Some(certificate)
    };
    for (key, certificate, let_in) in [
        (b"key1", with("CN=cmp,O=A", "CN=CA", &[]), true),
        (b"key1", with("CN=cmp,O=A", "CN=other CA", &[]), false),
        (b"key1", with("CN=cmp,O=B", "CN=CA", &[]), false),
        (b"key1", with("", "CN=CA", &[]), false),
        (b"key2", with("CN=x", "CN=CA", std::slice::from_ref(&spiffe)), true),
        (
            b"key2",
            with(
                "CN=x",
                "CN=CA",
                &[AlternativeName::Dns("spiffe://cmp.example/aid".into())],
            ),
            false,
        ),
        (b"key2", with("CN=x", "CN=CA", &[]), false),
        (b"key3", with("", "CN=CA", &[]), false),
    ] {
        let outcome = ask(&partners, PresentedCredentials::ApiKey(key), certificate.clone());
        assert_eq!(outcome.is_ok(), let_in, "{certificate:?}");
    }
}

/// The server keeps what it got; the table behind it changes.
#[test]
fn partners_change_while_the_server_runs() {
    let partners = Arc::new(Partners::new([]));
    let server = MspServer::<Backend>::new(Backend::default(), ServerOptions::new(Arc::clone(&partners)));
    assert_eq!(verdict(&ready(server.handle_bytes(ac_http()))), (401, 104));
    partners.replace([Partner::new(CLIENT.parse().unwrap(), key(crate::support::API_KEY))]);
    assert_eq!(verdict(&ready(server.handle_bytes(ac_http()))), (200, 0));
    partners.replace([]);
    assert_eq!(verdict(&ready(server.handle_bytes(ac_http()))), (401, 104));
}

/// An integrator's own way of proving: a token, or what a proxy in front has verified.
struct Own;

impl Authenticate for Own {
    fn authenticate(&self, presented: &Presented<'_>) -> Result<Caller, Refusal> {
        let forwarded = presented
            .headers
            .get("x-verified-subject")
            .is_some_and(|it| it == "CN=cmp");
        let from_proxy = presented.extensions.get::<&str>() == Some(&"loopback");
        if presented.bearer() == Some(b"a.good.token") || (forwarded && from_proxy) {
            return Ok(Caller::new(CLIENT.parse().unwrap(), Means::Other));
        }
        Err(Condition::Unauthorized.into())
    }
}

#[test]
fn other_ways_of_proving_are_within_reach() {
    let server = MspServer::<Nothing>::new(Nothing, ServerOptions::new(Own));
    let ask = |name: &'static str, value: &'static str, proxy: bool| {
        let mut request = ac_http();
        request.headers_mut().remove("api-key");
        request.headers_mut().insert(name, HeaderValue::from_static(value));
        if proxy {
            request.extensions_mut().insert("loopback");
        }
        ready(server.handle_bytes(request)).status().as_u16()
    };
    // 501: through all checks, to a handler that offers nothing.
    assert_eq!(ask(AUTHORIZATION.as_str(), "bearer a.good.token", false), 501);
    assert_eq!(ask(AUTHORIZATION.as_str(), "Bearer a.bad.token", false), 401);
    assert_eq!(ask(AUTHORIZATION.as_str(), "Basic a.good.token", false), 401);
    assert_eq!(ask("x-verified-subject", "CN=cmp", true), 501);
    assert_eq!(ask("x-verified-subject", "CN=cmp", false), 401);
    assert_eq!(ask("x-verified-subject", "CN=other", true), 401);
}

/// Our own log tells what was wrong with the credentials, and none of them.
#[test]
fn unusable_credentials_are_told_apart() {
    let said = |headers: &[(&'static str, &'static str)]| {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        let extensions = Extensions::new();
        let presented = Presented::new(PresentedCredentials::Unusable, &map, &extensions);
        let refusal = table().authenticate(&presented).unwrap_err();
        refusal.internal_detail().unwrap().to_owned()
    };
    assert_eq!(
        said(&[]),
        "no credentials: neither header api-key nor header authorization"
    );
    for authorization in ["Basic bXNwOnNlY3JldA==", "Bearer x"] {
        let both = [("api-key", "x"), ("authorization", authorization)];
        assert_eq!(said(&both), "two credentials: header api-key and header authorization");
    }
    assert_eq!(
        said(&[("authorization", "bASIC !")]),
        "header authorization: Basic, but no Base64 of user:password"
    );
    for other in ["Bearer x", "Basicx", ""] {
        let said = said(&[("authorization", other)]);
        assert_eq!(said, "header authorization: another scheme than Basic", "{other}");
    }
}
