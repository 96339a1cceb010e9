//! How long calls take over loopback, with connections that stay open: beside an axum route written by hand with `String`
//! fields and no checks, served by `axum::serve`, and by ours.
#![allow(clippy::unwrap_used, reason = "a bench may fail")]

#[path = "../../../aid1-server-traits/benches/both/mod.rs"]
#[allow(dead_code, reason = "the other bench uses all of it")]
mod both;

use std::{
    future::pending,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::mpsc,
    thread,
};

use aid1_axum::{
    ServeOptions,
    axum::serve::{ListenerExt as _, serve},
    serve_plain,
};
use aid1_server_traits::{CmpServer, MspServer, bytes::Bytes, http::Request};
use bench_table::{Goal::TimesAsFast, Side, Table, side};
use both::{Backend, ac_delivery, ac_request, options, router};
use tokio::net::TcpListener;

const CONNECTIONS: usize = 16;

/// A server in a thread of its own, which nobody ends but the end of the process.
fn serving<F: Future>(run: impl FnOnce(TcpListener) -> F + Send + 'static) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            run(listener).await;
        });
    });
    told.recv().unwrap()
}

/// The request as it goes over the network.
fn written(request: &Request<Bytes>) -> Vec<u8> {
    let path = request.uri().path();
    let mut bytes = format!("{} {path} HTTP/1.1\r\nhost: peer.example\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", request.body().len()).into_bytes());
    bytes.extend_from_slice(request.body());
    bytes
}

/// One request on each connection, and all the replies.
fn calls<'a>(name: &'static str, server: SocketAddr, request: &'a [u8]) -> Side<'a> {
    let mut connections: Vec<_> = (0..CONNECTIONS).map(|_| TcpStream::connect(server).unwrap()).collect();
    for connection in &connections {
        connection.set_nodelay(true).unwrap();
    }
    // All replies are as long as the first, of which nothing follows within a moment.
    let mut reply = vec![0; 4096];
    let first = connections.first_mut().unwrap();
    first.write_all(request).unwrap();
    let mut length = first.read(&mut reply).unwrap();
    first
        .set_read_timeout(Some(std::time::Duration::from_millis(100)))
        .unwrap();
    while let Ok(more) = first.read(reply.get_mut(length..).unwrap()) {
        assert!(more > 0, "the connection was closed");
        length += more;
    }
    first.set_read_timeout(None).unwrap();
    assert!(
        reply.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&reply)
    );
    reply.truncate(length);
    side(name, move || {
        for connection in &mut connections {
            connection.write_all(request).unwrap();
        }
        for connection in &mut connections {
            connection.read_exact(&mut reply).unwrap();
            assert!(
                reply.starts_with(b"HTTP/1.1 200"),
                "{}",
                String::from_utf8_lossy(&reply)
            );
        }
    })
}

fn main() {
    let msp = MspServer::<Backend>::new(Backend, options());
    let cmp = CmpServer::<Backend>::new(Backend, options());
    let msp = serving(|listener| serve_plain(listener, msp, ServeOptions::new(), pending()));
    let cmp = serving(|listener| serve_plain(listener, cmp, ServeOptions::new(), pending()));
    // As ours does.
    let at_once = |stream: &mut tokio::net::TcpStream| drop(stream.set_nodelay(true));
    let axum = serving(move |listener| async move { serve(listener.tap_io(at_once), router()).await });
    let inside = serving(|listener| serve_plain(listener, router(), ServeOptions::new(), pending()));

    let mut table = Table::named("aid1-axum, 16 connections");
    for (what, server, request) in [
        ("request-activation-code", msp, written(&ac_request())),
        ("send-activation-code", cmp, written(&ac_delivery())),
    ] {
        for (partner, address) in [("axum::serve, no checks", axum), ("axum in ours, no checks", inside)] {
            let sides = [calls("ours", server, &request), calls(partner, address, &request)];
            let [ours, partner] = sides;
            table.row(what, TimesAsFast(1.0), ours, partner, "the operating system");
        }
    }
}
