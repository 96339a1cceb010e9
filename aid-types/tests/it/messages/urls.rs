//! Base URLs, and paths of no operation.

use aid_types::{
    Role,
    http::{BaseUrl, InvalidBaseUrl, Route, RouteError, http::Method},
};

#[test]
fn base_urls() {
    for (text, shown) in [
        ("https://msp.example", "https://msp.example"),
        ("https://msp.example/", "https://msp.example"),
        ("https://msp.example:8443/a/b//", "https://msp.example:8443/a/b"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80"),
    ] {
        assert_eq!(text.parse::<BaseUrl>().unwrap().to_string(), shown);
    }
    for (text, error) in [
        ("msp.example", InvalidBaseUrl::NotAbsolute),
        ("/v1", InvalidBaseUrl::NotAbsolute),
        ("", InvalidBaseUrl::NotAbsolute),
        ("ftp://msp.example", InvalidBaseUrl::Scheme),
        ("https://user:word@msp.example", InvalidBaseUrl::UserInformation),
        ("https://msp.example/?a=b", InvalidBaseUrl::QueryOrFragment),
        ("https://msp.example/#a", InvalidBaseUrl::QueryOrFragment),
    ] {
        assert_eq!(text.parse::<BaseUrl>().unwrap_err(), error, "{text}");
    }
}

#[test]
fn parts_of_a_base_url() {
    for (text, is_encrypted, authority) in [
        ("https://msp.example/aid", true, "msp.example"),
        ("http://127.0.0.1:80", false, "127.0.0.1:80"),
    ] {
        let url: BaseUrl = text.parse().unwrap();
        assert_eq!((url.is_encrypted(), url.authority()), (is_encrypted, authority));
    }
}

#[test]
fn below_a_prefix() {
    let find = |prefix, path| Route::find(Role::Msp, prefix, &Method::POST, path).map(|route| route.parameter);
    assert_eq!(find("/aid", "/aid/v1/activation-code-requests/a"), Ok("a"));
    assert_eq!(find("", "/v1/activation-code-requests/a"), Ok("a"));
    for (prefix, path) in [
        ("/aid", "/v1/activation-code-requests/a"),
        ("/aid", "/aids/v1/activation-code-requests/a"),
        ("", "/aid/v1/activation-code-requests/a"),
    ] {
        assert_eq!(find(prefix, path), Err(RouteError::UnknownPath), "{prefix} {path}");
    }
}

#[test]
fn paths_of_no_operation() {
    for path in [
        "",
        "/",
        "/v1/users",
        "/v1/users/",
        "/v1/users/a/b",
        "/cesim/msp/v1/users/a/invalidate/",
        "/cesim/msp/v1/users//invalidate",
        "/cesim/msp/v2/users/a",
        "//v1/users/a",
    ] {
        for role in [Role::Cmp, Role::Msp] {
            assert_eq!(
                Route::find(role, "", &Method::POST, path),
                Err(RouteError::UnknownPath),
                "{path}"
            );
        }
    }
}
