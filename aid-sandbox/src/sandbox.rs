//! All of it in one process.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use aid_backend::{engine, store::BoxStore};
use aid_sqlite::SqliteStore;
use aid_types::Vin;
use aid1_axum::{ServeOptions, axum::Router, serve_plain};
use aid2_mqtt::FileStore;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    Addresses, Audience, Backends, Broker, Car, Failed, Folder, Options, PATIENCE, Plan, Smdp, USERS,
    coverage::Coverage,
    keep::Keep,
    lately::Lately,
    pages,
    touchpoints::{Agreed, Site},
};

const VINS: [&str; 3] = ["WBAUX11030A334483", "WBA71DC010CH14720", "WBA8E9C50GK646263"];

/// How long an eUICC that hangs is waited for, in seconds.
const LPA_TIMEOUT: u64 = 10;
/// How long pages that are under way may take when it ends.
const SHUTDOWN: Duration = Duration::from_secs(1);

/// One of the cars, with its network.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) car: Car,
    pub(crate) coverage: Coverage,
    number: u32,
    /// What its eUICC has been told to do wrong.
    pub(crate) fault: std::sync::Mutex<pages::Fault>,
}

/// What the pages show, and change.
pub(crate) struct Stage {
    pub(crate) backends: Backends,
    pub(crate) places: Vec<Place>,
    pub(crate) smdp: Arc<Smdp>,
    pub(crate) lately: Arc<Lately>,
    /// Of the pages of CMP and MSP.
    pub(crate) origins: [String; 2],
    keep: Keep,
}

/// A CMP, an MSP, their broker and SM-DP+, three cars, and pages for all of that.
pub struct Sandbox {
    stage: Arc<Stage>,
    addresses: Addresses,
    broker: Arc<Broker>,
    closing: watch::Sender<bool>,
    served: JoinSet<()>,
    // Dropped last.
    _folder: Folder,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts everything; needs a runtime of several threads with time and IO. When it returns, every car is connected and
    /// every page is there.
    ///
    /// # Errors
    ///
    /// For people: what did not start. Another process has the folder, or a port is taken.
    pub async fn start(options: Options) -> Result<Self, Failed> {
        let folder = match &options.folder {
            Some(path) => Folder::at(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => Folder::temporary()?,
        };
        // First: it is locked as long as it is open, and so the folder is.
        let smdp = FileStore::open(folder.path().join("smdp"))
            .map_err(|error| format!("{}: {error}", folder.path().display()))?;
        let smdp = Arc::new(Smdp::open(smdp).await?);
        let keep = Keep::open(folder.path())?;
        let listener = listen(options.port).await?;
        let port = listener.local_addr()?.port();
        let (cmp_pages, msp_pages) = (listen(options.cmp_port).await?, listen(options.msp_port).await?);
        let agreed = Agreed::on([cmp_pages.local_addr()?.port(), msp_pages.local_addr()?.port()])?;

        let broker = Arc::new(Broker::start(folder.path()).await?);
        let lately = Arc::new(Lately::default());
        let backends = Backends::start(plan(&keep, &broker, &smdp, &agreed, Arc::clone(&lately))?).await?;
        for user in USERS {
            backends.cmp.add_user(user.name.parse()?);
            let number = user.number.parse()?;
            backends.msp.add_customer(user.name, number, user.pool, Duration::ZERO);
        }
        let mut places = Vec::new();
        for (number, vin) in (1..).zip(VINS) {
            let audience: Arc<dyn Audience> = lately.clone();
            let (broker, smdp) = (Arc::clone(&broker), Arc::clone(&smdp));
            let place = Place::new(number, vin.parse()?, &keep, audience, broker, smdp).await?;
            backends.cmp.add_vehicle(place.car.vin(), place.car.eid());
            place.car.connect().await?;
            places.push(place);
        }
        let stage = Arc::new(Stage {
            backends,
            places,
            smdp,
            lately,
            origins: agreed.origins(),
            keep,
        });
        let index = format!("http://localhost:{port}/");
        let [cmp, msp] = &stage.origins;
        let addresses = Addresses {
            cars: format!("{index}cars"),
            cmp: format!("{cmp}/"),
            msp: format!("{msp}/"),
            index: index.clone(),
        };
        let (cmp, msp) = (stage.backends.cmp.clone(), stage.backends.msp.clone());
        let [of_cmp, of_msp] = Arc::new(Site::new(cmp, msp, agreed, index)).routers();
        let mut sandbox = Self {
            stage: Arc::clone(&stage),
            addresses,
            broker,
            closing: watch::Sender::new(false),
            served: JoinSet::new(),
            _folder: folder,
        };
        sandbox.serve(cmp_pages, of_cmp);
        sandbox.serve(msp_pages, of_msp);
        sandbox.serve(listener, pages::router(stage, port));
        Ok(sandbox)
    }

    fn serve(&mut self, listener: TcpListener, pages: Router) {
        let mut closing = self.closing.subscribe();
        self.served.spawn(async move {
            let options = ServeOptions::new().shutdown_timeout(SHUTDOWN);
            let closed = async move { drop(closing.wait_for(|closing| *closing).await) };
            // It is on loopback.
            let _ = serve_plain(listener, pages, options, closed).await;
        });
    }

    /// Where its pages are.
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The two backends.
    #[must_use]
    pub fn backends(&self) -> &Backends {
        &self.stage.backends
    }

    /// The cars.
    pub fn cars(&self) -> impl Iterator<Item = &Car> {
        self.stage.places.iter().map(|place| &place.car)
    }

    /// Ends everything, the pages first. What was under way is finished, or goes on when the folder is used again.
    pub async fn stop(self) {
        let Self {
            stage,
            broker,
            closing,
            mut served,
            _folder,
            ..
        } = self;
        closing.send_replace(true);
        while served.join_next().await.is_some() {}
        for place in &stage.places {
            place.car.stop().await;
        }
        stage.backends.stop().await;
        broker.stop();
        // Connections that were cut off hold the files for a moment longer, which nobody could open then.
        let held = Arc::downgrade(&stage.smdp);
        drop(stage);
        let let_go = async {
            while held.strong_count() > 0 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let _ = timeout(PATIENCE, let_go).await;
    }
}

/// Two backends on SQLite.
fn plan(
    keep: &Keep,
    broker: &Arc<Broker>,
    smdp: &Arc<Smdp>,
    agreed: &Agreed,
    lately: Arc<Lately>,
) -> Result<Plan, Failed> {
    let store = |name: &str| {
        let store = SqliteStore::open(keep.file(name), aid_sqlite::Options::new());
        store.map(BoxStore::new)
    };
    let stores = [store("cmp.sqlite")?, store("msp.sqlite")?];
    let (touchpoint, to_msp) = agreed.to_msp.clone();
    let (broker, smdp) = (Arc::clone(broker), Arc::clone(smdp));
    let mut plan = Plan::new(broker, stores, smdp, keep.secrets(), touchpoint, to_msp);
    plan.audience = lately;
    plan.engine = engine_options();
    Ok(plan)
}

/// Nobody who watches wants to wait for minutes until a peer that is back is called again.
fn engine_options() -> engine::Options {
    let mut options = engine::Options::default();
    options.max_retry = Duration::from_secs(4);
    options
}

impl Place {
    async fn new(
        number: u32,
        vin: Vin,
        keep: &Keep,
        audience: Arc<dyn Audience>,
        broker: Arc<Broker>,
        smdp: Arc<Smdp>,
    ) -> Result<Self, Failed> {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, broker.url().port()));
        let coverage = Coverage::start(at).await?;
        let way = format!("mqtts://{}", coverage.address()).parse()?;
        let telematics = keep.telematics(number, vin).await?;
        let car = Car::new(vin, telematics, audience, broker, smdp);
        Ok(Self {
            car: car.by_way_of(way).lpa_timeout(LPA_TIMEOUT),
            coverage,
            number,
            fault: std::sync::Mutex::default(),
        })
    }
}

impl Stage {
    /// A workshop: the CMP learns that the eUICC is gone, and which one the car has now.
    pub(crate) async fn exchange(&self, place: &Place) -> Result<(), Failed> {
        let (cmp, vin, gone) = (&self.backends.cmp, place.car.vin(), place.car.eid());
        let telematics = self.keep.exchange(place.number, vin).await?;
        cmp.add_vehicle(vin, telematics.eid);
        place.coverage.set(true);
        place.set_fault(pages::Fault::None);
        let exchanged = place.car.exchange(telematics).await;
        cmp.backend().euicc_gone(gone).await?;
        exchanged
    }
}

async fn listen(port: u16) -> Result<TcpListener, Failed> {
    let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listening.map_err(|error: io::Error| format!("port {port}: {error}").into())
}
