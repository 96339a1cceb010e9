//! Every party, built and connected.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aid_backend::{cmp::CmpOptions, store::BoxStore};
use aid_sandbox::{Authority, Backends, Broker, Car, Cmp, Identity, Msp, Plan, Secrets, Smdp, Telematics};
use aid_types::redirect::RedirectPolicy;
use aid_vehicle::SoftwareEuicc;
use aid2_mqtt::MemoryStore;

use crate::{
    Failed,
    rest::Rest,
    stage::Stage,
    story::Story,
    touchpoints::{CMP_HOST, MSP_HOST, Site},
    web::{self, Browser},
};

/// After this time "Request activation code" is answered with 201: the 3 seconds of the document, shortened so that nobody
/// has to wait for the asynchronous mode.
const WAIT: Duration = Duration::from_millis(400);

/// Every party, and the two vehicles.
pub(crate) struct World {
    pub(crate) story: Arc<Story>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) backends: Backends,
    broker: Arc<Broker>,
    pub(crate) cmp: Cmp,
    pub(crate) msp: Msp,
    pub(crate) browser: Browser,
    pub(crate) first: Car,
    pub(crate) second: Car,
    pub(crate) stranger: Identity,
}

impl World {
    /// Starts every party.
    pub(crate) async fn build(
        story: &Arc<Story>,
        broker: Broker,
        stores: [BoxStore; 2],
        options: CmpOptions,
    ) -> Result<Self, Failed> {
        let (broker, smdp) = (Arc::new(broker), Arc::new(Smdp::open(MemoryStore::new()).await?));
        let stage = Arc::new(Stage {
            story: Arc::clone(story),
            rest: Rest::default(),
        });
        let touchpoint = format!("https://{MSP_HOST}/portal/login").parse()?;
        let redirects = RedirectPolicy::to_msp().allow_domain("*.msp.example")?;
        let (own, secrets) = (Arc::clone(&smdp), Secrets::new()?);
        let mut plan = Plan::new(Arc::clone(&broker), stores, own, secrets, touchpoint, redirects);
        plan.audience = stage.clone();
        plan.name = "federation";
        plan.hosts = [CMP_HOST, MSP_HOST];
        (plan.cmp, plan.msp.wait) = (options, WAIT);
        let backends = Backends::start(plan).await?;
        let (cmp, msp) = (backends.cmp.clone(), backends.msp.clone());

        let site = Site::new(Arc::clone(story), cmp.clone(), msp.clone())?;
        let hosts = HashMap::from([
            (CMP_HOST, web::serve(&backends.cmp_identity, site.cmp_pages()).await?),
            (MSP_HOST, web::serve(&backends.msp_identity, site.msp_pages()).await?),
        ]);
        let browser = Browser::new(&backends.authority, &hosts, Arc::clone(story))?;

        let mut cars = Vec::new();
        for (vin, eid) in [
            ("WBAUX11030A334483", "89049032000001000000000831934057"),
            ("WBA71DC010CH14720", "89034011560010000000000000000121"),
        ] {
            let (file, vin, eid) = (broker.file(vin), vin.parse()?, eid.parse()?);
            cmp.add_vehicle(vin, eid);
            // It outlives the vehicle's software, if not this run.
            let euicc = SoftwareEuicc::open(MemoryStore::new()).await?;
            let (telematics, own) = (Telematics::new(eid, euicc, file), Arc::clone(&broker));
            let car = Car::new(vin, telematics, stage.clone(), own, Arc::clone(&smdp));
            car.connect().await?;
            cars.push(car);
        }
        let [first, second] = <[Car; 2]>::try_from(cars).map_err(|_| "two vehicles")?;
        Ok(Self {
            story: Arc::clone(story),
            stage,
            stranger: Authority::new("somebody else")?.issue("CMP", &["127.0.0.1"])?,
            backends,
            broker,
            cmp,
            msp,
            browser,
            first,
            second,
        })
    }

    /// Disconnects everybody from the broker, and lets the backends finish.
    pub(crate) async fn stop(self) {
        for car in [&self.first, &self.second] {
            car.stop().await;
        }
        self.backends.stop().await;
        self.broker.stop();
    }
}
