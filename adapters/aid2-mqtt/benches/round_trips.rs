//! What the links cost: request/response pairs against the bare client library doing the same, and vehicles by the
//! thousand. Without arguments everything is measured; `pairs`, `fleet` choose.
//!
//! Needs Mosquitto, so that the broker is the same and in a process of its own.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a program that measures"
)]

use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use aid2_mqtt::{Answer, BackendLink, MemoryInbox, MemoryStore, Options, Orders, VehicleLink, orders};
use aid2_proto::{
    CmpBackend, NotHandled, RequestActivationCode, RequestActivationCodeError, RequestActivationCodeResult, RequestId,
    SendCsimStatus, Timestamp,
    binding::{Binding, CONTENT_TYPE, CmpReplies},
};
use rumqttc::{
    AsyncClient, Broker, Event, MqttOptions, NetworkOptions, Packet, PublishOptions, PublishProperties, QoS,
};
use tokio::{runtime::Runtime, sync::mpsc};

const PORT: u16 = 18_842;

struct Mosquitto(Child);

impl Mosquitto {
    fn start() -> Self {
        let config = std::env::temp_dir().join("aid2-bench-mosquitto.conf");
        std::fs::write(
            &config,
            format!(
                "listener {PORT} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_inflight_messages 1000\n"
            ),
        )
        .unwrap();
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let child = Command::new("mosquitto")
            .env("PATH", path)
            .arg("-c")
            .arg(config)
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|_| panic!("mosquitto is not installed"));
        while std::net::TcpStream::connect(("127.0.0.1", PORT)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        Self(child)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn vin(n: usize) -> aid_types::Vin {
    format!("WBA{n:014}").parse().unwrap()
}

fn request(n: usize, sequence: u64) -> RequestActivationCode {
    let id = RequestId::new(vin(n), Timestamp::from_secs(1_700_000_000 + sequence));
    RequestActivationCode::new(
        id,
        "9876543210".parse().unwrap(),
        "89034011560010000000000000000121".parse().unwrap(),
    )
}

/// One core each for us and for the broker, as far as the machine has them.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

struct Cmp {
    statuses: AtomicU64,
}

impl CmpBackend for Cmp {
    async fn request_activation_code(
        &self,
        _: RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeError>, NotHandled> {
        Ok(Some(RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE.into()))
    }

    async fn send_csim_status(&self, _: SendCsimStatus) -> Result<(), NotHandled> {
        self.statuses.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl CmpReplies for Cmp {}

/// Latencies of `pairs` exchanges, one at a time, over our links.
async fn ours(pairs: u64) -> Vec<Duration> {
    let url: aid2_mqtt::BrokerUrl = format!("mqtt://127.0.0.1:{PORT}").parse().unwrap();
    let book = Orders::open(MemoryStore::new()).await.unwrap();
    let (backend, driver) = BackendLink::open(&Options::backend(url.clone(), None), "bench", "ours", &book).unwrap();
    let cmp = Arc::new(Cmp {
        statuses: AtomicU64::new(0),
    });
    let serving = tokio::spawn(driver.run(cmp, MemoryInbox::default()));
    let (link, driver) = VehicleLink::open(Options::vehicle(url, None), vin(1), MemoryStore::new())
        .await
        .unwrap();
    let (role, mut queue) = orders(16);
    let driving = tokio::spawn(driver.run(role));
    tokio::spawn(async move { while queue.recv().await.is_some() {} });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut latencies = Vec::new();
    for n in 0..pairs {
        let began = Instant::now();
        let answer = link
            .request_activation_code(&request(1, n), Duration::from_secs(10))
            .await
            .unwrap();
        latencies.push(began.elapsed());
        assert!(matches!(answer, Answer::Refused(_)));
    }
    link.close().await;
    backend.leave().await;
    let _ = (driving.await, serving.await);
    latencies
}

fn bare_client(id: &str) -> (AsyncClient, rumqttc::EventLoop) {
    let mut options = MqttOptions::new(id, Broker::tcp("127.0.0.1", PORT));
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    AsyncClient::builder(options).capacity(100).build()
}

/// The same exchange with the client library alone: nothing decoded, checked, kept or counted.
async fn bare(pairs: u64) -> Vec<Duration> {
    let (backend, mut events) = bare_client("bare-backend");
    backend
        .subscribe("$share/bare/aid2/v1/+/cmp/+", QoS::AtLeastOnce)
        .await
        .unwrap();
    let serving = tokio::spawn(async move {
        while let Ok(event) = events.poll().await {
            if let Event::Incoming(Packet::Publish(publish)) = event {
                let properties = publish.properties.unwrap();
                let reply = PublishProperties {
                    correlation_data: properties.correlation_data,
                    content_type: Some(CONTENT_TYPE.to_owned()),
                    message_expiry_interval: Some(86_400),
                    ..PublishProperties::default()
                };
                let options = PublishOptions::new(QoS::AtLeastOnce).properties(reply);
                backend
                    .publish(properties.response_topic.unwrap(), vec![8, 5], options)
                    .await
                    .unwrap();
            }
        }
    });
    let (vehicle, mut events) = bare_client("bare-vehicle");
    vehicle
        .subscribe(format!("aid2/v1/{}/vehicle/+", vin(1).as_str()), QoS::AtLeastOnce)
        .await
        .unwrap();
    let (answered, mut answers) = mpsc::channel(1);
    let driving = tokio::spawn(async move {
        while let Ok(event) = events.poll().await {
            if let Event::Incoming(Packet::Publish(publish)) = event {
                let _ = answered.send(publish).await;
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let binding = Binding::default();
    let mut latencies = Vec::new();
    for n in 0..pairs {
        let began = Instant::now();
        let out = binding.request(&request(1, n));
        let properties = PublishProperties {
            response_topic: out.response_topic,
            correlation_data: out.correlation.map(Into::into),
            content_type: Some(CONTENT_TYPE.to_owned()),
            message_expiry_interval: out.expiry,
            ..PublishProperties::default()
        };
        let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
        vehicle.publish(out.topic, out.payload, options).await.unwrap();
        answers.recv().await.unwrap();
        latencies.push(began.elapsed());
    }
    driving.abort();
    serving.abort();
    latencies
}

struct Figures {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

#[allow(clippy::cast_precision_loss, reason = "a rate")]
fn figures(mut latencies: Vec<Duration>) -> Figures {
    let total: Duration = latencies.iter().sum();
    latencies.sort_unstable();
    Figures {
        per_second: latencies.len() as f64 / total.as_secs_f64(),
        p50: latencies[latencies.len() / 2],
        p99: latencies[latencies.len() * 99 / 100],
    }
}

fn pairs() {
    const PAIRS: u64 = 4000;
    let _broker = Mosquitto::start();
    let mut ratios = Vec::new();
    println!("{:>8} {:>10} {:>10} {:>10}", "", "pairs/s", "p50", "p99");
    for _ in 0..5 {
        let bare = figures(runtime().block_on(bare(PAIRS)));
        let ours = figures(runtime().block_on(ours(PAIRS)));
        for (name, figures) in [("bare", &bare), ("aid2", &ours)] {
            println!(
                "{name:>8} {:>10.0} {:>10.1?} {:>10.1?}",
                figures.per_second, figures.p50, figures.p99
            );
        }
        ratios.push(ours.per_second / bare.per_second);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median of aid2 / bare: {:.2}", ratios[ratios.len() / 2]);
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[allow(clippy::cast_precision_loss, reason = "a mean")]
async fn fleet(vehicles: usize) {
    const MESSAGES: u64 = 20_000;
    let url: aid2_mqtt::BrokerUrl = format!("mqtt://127.0.0.1:{PORT}").parse().unwrap();
    let book = Orders::open(MemoryStore::new()).await.unwrap();
    let (backend, driver) = BackendLink::open(&Options::backend(url.clone(), None), "bench", "fleet", &book).unwrap();
    let cmp = Arc::new(Cmp {
        statuses: AtomicU64::new(0),
    });
    let serving = tokio::spawn(driver.run(Arc::clone(&cmp), MemoryInbox::default()));
    let before = resident();
    let (mut links, mut driving) = (Vec::new(), Vec::new());
    for n in 0..vehicles {
        let mut options = Options::vehicle(url.clone(), None);
        options.session_expiry = Duration::ZERO;
        let (link, driver) = VehicleLink::open(options, vin(n), MemoryStore::new()).await.unwrap();
        driving.push(tokio::spawn(driver.run(orders(1).0)));
        links.push(link);
        if n % 200 == 199 {
            while links.iter().rev().take(200).any(|link| link.counts().connected == 0) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    while links.iter().any(|link| link.counts().connected == 0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let memory = (resident() - before) / vehicles as u64;
    let began = Instant::now();
    let eid: aid_types::Eid = "89034011560010000000000000000121".parse().unwrap();
    let mut told = 0;
    while told < MESSAGES {
        // 64 under way, from vehicle to vehicle.
        for _ in 0..64 {
            let n = usize::try_from(told).unwrap() % vehicles;
            let id = RequestId::new(vin(n), Timestamp::from_secs(1_700_000_000 + told));
            links[n].send(&SendCsimStatus::new(id, eid, Vec::new())).await.unwrap();
            told += 1;
        }
        while cmp.statuses.load(Ordering::Relaxed) + 64 < told {
            tokio::task::yield_now().await;
        }
    }
    while cmp.statuses.load(Ordering::Relaxed) < told {
        tokio::task::yield_now().await;
    }
    let cost = began.elapsed() / u32::try_from(told).unwrap();
    println!("{vehicles:>8} vehicles: {memory:>8} bytes each, {cost:>8.1?} a message, vehicle to backend");
    for link in links {
        link.close().await;
    }
    backend.leave().await;
    for driving in driving {
        let _ = driving.await;
    }
    let _ = serving.await;
}

fn main() {
    let args: Vec<_> = std::env::args().collect();
    // `cargo test --benches` only asks whether it runs.
    if args.iter().any(|arg| arg == "--test") {
        return;
    }
    let all = !args.iter().any(|arg| arg == "pairs" || arg == "fleet");
    if all || args.iter().any(|arg| arg == "pairs") {
        pairs();
    }
    if all || args.iter().any(|arg| arg == "fleet") {
        let _broker = Mosquitto::start();
        for vehicles in [100, 1000, 10_000] {
            runtime().block_on(fleet(vehicles));
        }
    }
}
