//! The mobile network of one car: a way to the broker that can be cut.

use std::{io, net::SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Passes a car's connections on to the broker, as long as there is coverage.
#[derive(Debug)]
pub(crate) struct Coverage {
    address: SocketAddr,
    on: watch::Sender<bool>,
    passing: JoinHandle<()>,
}

impl Coverage {
    pub(crate) async fn start(broker: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (on, watching) = watch::channel(true);
        let passing = tokio::spawn(async move {
            // A connection that breaks at once is an attempt that failed.
            loop {
                let Ok((car, _)) = listener.accept().await else {
                    continue;
                };
                if *watching.borrow() {
                    tokio::spawn(pass(car, broker, watching.clone()));
                }
            }
        });
        Ok(Self { address, on, passing })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set(&self, on: bool) {
        self.on.send_replace(on);
    }

    pub(crate) fn is_on(&self) -> bool {
        *self.on.borrow()
    }
}

impl Drop for Coverage {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

async fn pass(mut car: TcpStream, broker: SocketAddr, mut watching: watch::Receiver<bool>) {
    let passing = async {
        let mut broker = TcpStream::connect(broker).await?;
        car.set_nodelay(true)?;
        broker.set_nodelay(true)?;
        copy_bidirectional(&mut car, &mut broker).await
    };
    tokio::select! {
        _ = passing => {}
        // The sender is gone with the sandbox.
        _ = watching.wait_for(|on| !on) => {}
    }
}
