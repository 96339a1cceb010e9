//! Who may call.

use aid1_server_traits::{
    Authenticate as _, CertificateFingerprint, Means, Partner, Partners,
    aid_types::{
        Condition,
        http::{BasicCredentials, Credentials, PresentedCredentials},
    },
};

use crate::support::key;

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

fn who(key: &[u8], certificate: Option<u8>) -> Result<String, Option<String>> {
    let certificate = certificate.map(|byte| CertificateFingerprint::new([byte; 32]));
    table()
        .authenticate(&PresentedCredentials::ApiKey(key), certificate.as_ref())
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
    assert_eq!(who(b"cert3", None), wrong_certificate);
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
    let caller = table().authenticate(&presented, None).unwrap();
    assert_eq!((caller.client_id().as_str(), caller.means()), ("basic", Means::Basic));
}

#[test]
fn a_caller_knows_whom_it_may_address() {
    let certificate = CertificateFingerprint::new([1; 32]);
    let caller = table()
        .authenticate(&PresentedCredentials::ApiKey(b"cert3"), Some(&certificate))
        .unwrap();
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
