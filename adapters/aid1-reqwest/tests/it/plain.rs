//! Plain HTTP, which stays on this machine.

use aid1_reqwest::{
    ReqwestTransport, TransportOptions,
    aid1_client::{
        HttpClient as _,
        aid_types::http::{bytes::Bytes, http::Request},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

fn request(url: &str) -> Request<Bytes> {
    crate::limit::limit();
    Request::get(url).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn loopback_is_served() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        assert!(stream.read(&mut head).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    });
    let http = ReqwestTransport::plain_loopback(&TransportOptions::default()).unwrap();
    assert_eq!(http.send(request(&url)).await.unwrap().status(), 204);
    server.await.unwrap();
}

#[tokio::test]
async fn other_machines_are_not() {
    let http = ReqwestTransport::plain_loopback(&TransportOptions::default()).unwrap();
    for url in [
        "http://192.0.2.1/",
        "http://msp.example/",
        "http://127.0.0.1.msp.example/",
        "http://[2001:db8::1]/",
    ] {
        let error = http.send(request(url)).await.unwrap_err();
        assert_eq!(error.to_string(), "plain HTTP is for loopback only", "{url}");
    }
}
