//! A server that can stop answering, and begin again where it was.

use std::{fmt, io, net::SocketAddr, time::Duration};

use aid1_axum::{HttpService, ServeOptions, ServerTls, serve};
use tokio::{
    net::TcpListener,
    sync::{Mutex, oneshot},
    task::JoinHandle,
};

/// How long requests under way may take when it closes.
const SHUTDOWN: Duration = Duration::from_secs(1);

type Open = dyn Fn(TcpListener, oneshot::Receiver<()>) -> JoinHandle<()> + Send + Sync;

/// Where a party is called. While it is closed nobody listens there, as if the party were down.
pub struct Door {
    address: SocketAddr,
    open: Box<Open>,
    serving: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Door {
    /// Over mutual TLS; open from now on.
    pub(crate) fn new<S>(listener: TcpListener, tls: ServerTls, service: S) -> io::Result<Self>
    where
        S: HttpService + Sync,
    {
        let address = listener.local_addr()?;
        let open: Box<Open> = Box::new(move |listener, closing| {
            let (tls, service) = (tls.clone(), service.clone());
            let options = ServeOptions::new().shutdown_timeout(SHUTDOWN);
            tokio::spawn(serve(listener, tls, service, options, async {
                let _ = closing.await;
            }))
        });
        let (close, closing) = oneshot::channel();
        let serving = Mutex::new(Some((close, open(listener, closing))));
        Ok(Self { address, open, serving })
    }

    /// Where it is, open or not.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether somebody answers there.
    pub async fn is_open(&self) -> bool {
        self.serving.lock().await.is_some()
    }

    /// Answers again.
    ///
    /// # Errors
    ///
    /// If somebody else has taken the address meanwhile.
    pub async fn open(&self) -> io::Result<()> {
        let mut serving = self.serving.lock().await;
        if serving.is_none() {
            let listener = TcpListener::bind(self.address).await?;
            let (close, closing) = oneshot::channel();
            *serving = Some((close, (self.open)(listener, closing)));
        }
        Ok(())
    }

    /// Answers no longer: what is under way is finished, and every connection ends.
    pub async fn close(&self) {
        if let Some((close, served)) = self.serving.lock().await.take() {
            let _ = close.send(());
            let _ = served.await;
        }
    }
}
