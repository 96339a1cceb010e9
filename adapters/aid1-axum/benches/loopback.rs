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

/// Where the servers are.
struct Servers {
    msp: SocketAddr,
    cmp: SocketAddr,
    axum: SocketAddr,
    axum_in_ours: SocketAddr,
}

/// All servers in one thread, which nobody ends but the end of the process: so the operating system cannot give one of
/// them a better place than another. Only one has something to do at a time.
fn servers() -> Servers {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listen = || async { TcpListener::bind("127.0.0.1:0").await.unwrap() };
            let (msp, cmp) = (listen().await, listen().await);
            let (axum, axum_in_ours) = (listen().await, listen().await);
            let address = |listener: &TcpListener| listener.local_addr().unwrap();
            let servers = Servers {
                msp: address(&msp),
                cmp: address(&cmp),
                axum: address(&axum),
                axum_in_ours: address(&axum_in_ours),
            };
            tell.send(servers).unwrap();
            // As ours does.
            let axum = axum.tap_io(|stream| drop(stream.set_nodelay(true)));
            let ended = tokio::join!(
                serve_plain(msp, MspServer::new(Backend, options()), ServeOptions::new(), pending()),
                serve_plain(cmp, CmpServer::new(Backend, options()), ServeOptions::new(), pending()),
                serve_plain(axum_in_ours, router(), ServeOptions::new(), pending()),
                async move { serve(axum, router()).await },
            );
            unreachable!("{ended:?}");
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
    let servers = servers();
    let mut table = Table::named("aid1-axum, 16 connections");
    for (what, server, request) in [
        ("request-activation-code", servers.msp, written(&ac_request())),
        ("send-activation-code", servers.cmp, written(&ac_delivery())),
    ] {
        for (partner, address) in [
            ("axum::serve, no checks", servers.axum),
            ("axum in ours, no checks", servers.axum_in_ours),
        ] {
            let sides = [calls("ours", server, &request), calls(partner, address, &request)];
            let [ours, partner] = sides;
            table.row(what, TimesAsFast(1.0), ours, partner, "the operating system");
        }
    }
}
