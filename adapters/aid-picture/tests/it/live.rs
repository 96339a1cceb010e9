//! The live page.

use aid_picture::{LISTENERS, Picture, router};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header::CONTENT_SECURITY_POLICY},
    response::Response,
};
use http_body_util::BodyExt as _;
use tower_service::Service as _;

use crate::support::picture;

async fn get(pages: &mut Router, path: &str) -> Response {
    pages
        .call(Request::get(path).body(Body::empty()).unwrap())
        .await
        .unwrap()
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn some(picture: &Picture) {
    picture.redirect(
        "CMP",
        "MSP",
        "https://msp.example/?id=eyJ.a.b&redirect_uri=https%3A%2F%2Fx.example",
        None,
    );
    picture.redirect(
        "CMP",
        "MSP",
        "https://msp.example/?id=eyJ.c.d&redirect_uri=https%3A%2F%2Fx.example",
        None,
    );
}

/// The next frame of a stream of events.
async fn next(stream: &mut Response) -> String {
    let frame = stream.body_mut().frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn the_page_allows_its_own_script_and_nothing_else() {
    let (picture, hostile) = (picture(), "\"><script>1</script>");
    some(&picture);
    let mut pages = router(&picture, "/picture");
    let path = "/picture?user=1&id=%22%3E%3Cscript%3E1%3C/script%3E";
    let page = get(&mut pages, path).await;
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none'") && policy.contains("script-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"));
    let page = text(page).await;
    assert!(
        !page.contains(hostile) && !page.contains("style=") && !page.contains("<style"),
        "{page}"
    );
    for file in ["picture.js", "picture.css"] {
        assert!(page.contains(&format!("\"/picture/{file}\"")), "{page}");
        let file = get(&mut pages, &format!("/picture/{file}")).await;
        assert_eq!(file.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_page_shows_whom_it_is_asked_for() {
    let picture = picture();
    some(&picture);
    let mut pages = router(&picture, "/");
    let all = text(get(&mut pages, "/").await).await;
    assert_eq!(all.matches("<details").count(), 2);
    let one = text(get(&mut pages, "/?user=2").await).await;
    assert_eq!(one.matches("<details").count(), 1);
    assert!(one.contains(" · user 2"));
    let none = text(get(&mut pages, "/?user=nobody&vehicle=x").await).await;
    assert_eq!(none.matches("<details").count(), 0);
}

#[tokio::test]
async fn what_happens_is_told_to_who_listens() {
    let picture = picture();
    some(&picture);
    let mut pages = router(&picture, "/picture");
    let mut stream = get(&mut pages, "/picture/events?after=1&user=2").await;
    let first = next(&mut stream).await;
    // The lane of nobody was there when the page was loaded.
    assert!(first.contains("event: lanes") && first.contains("id: 2"), "{first}");
    let mut stream = get(&mut pages, "/picture/events?after=2").await;
    picture.message("MSP", "CMP", "<b>hello");
    let told = next(&mut stream).await;
    assert!(
        told.contains("id: 3") && told.contains("&lt;b&gt;hello") && !told.contains("event:"),
        "{told}"
    );
}

#[tokio::test]
async fn who_is_too_slow_is_told_so_and_left() {
    let picture = picture();
    some(&picture);
    let mut pages = router(&picture, "/picture");
    let mut stream = get(&mut pages, "/picture/events?after=2").await;
    for _ in 0..1000 {
        picture.message("MSP", "CMP", "hello");
    }
    let mut told = String::new();
    while let Some(frame) = stream.body_mut().frame().await {
        told = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
    }
    assert!(told.contains("event: behind"), "{told}");
}

#[tokio::test]
async fn so_many_listen_and_who_has_gone_makes_room() {
    let picture = picture();
    let mut pages = router(&picture, "/picture");
    let mut streams = Vec::new();
    for _ in 0..LISTENERS {
        streams.push(get(&mut pages, "/picture/events").await);
    }
    assert!(streams.iter().all(|stream| stream.status() == StatusCode::OK));
    assert_eq!(
        get(&mut pages, "/picture/events").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    streams.pop();
    assert_eq!(get(&mut pages, "/picture/events").await.status(), StatusCode::OK);
}
