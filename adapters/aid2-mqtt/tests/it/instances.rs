//! Backend instances in processes of their own, which share a database and are killed at any step.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aid_types::Vin;
use aid2_mqtt::{BackendLink, Inbox, MemoryStore, Options, Orders};
use aid2_proto::{
    CmpBackend, DecodeOptions, NotHandled, Payload as _, SendCsimStatus,
    binding::{CmpReplies, Marks},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::{
    broker::{Broker, kinds},
    child::{self, Part, value},
    faults::{assert_told, news},
    fleet::{Cmp, vehicle},
    sample::{GENEROUS, hurried, until, vin},
};

/// What the instances share, reached over TCP: a transaction is a line with the vehicle, its marks back, a line with new
/// marks and what the handler did, a line back. A connection that ends before has changed nothing.
#[derive(Default)]
struct Database {
    cmp: Cmp,
    marks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Vec<u8>>>>>,
    /// Transactions of each instance.
    committed: Mutex<BTreeMap<String, u64>>,
    /// Who is to be killed, after how many more steps.
    victim: Mutex<Option<(String, u64)>>,
    reached: Notify,
}

impl Database {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let database = Arc::clone(&self);
            tokio::spawn(async move { database.transaction(stream).await });
        }
    }

    /// `None` when the instance is gone.
    async fn transaction(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let begin = line(&mut stream).await?;
        let (instance, vin) = begin.split_once(' ')?;
        self.step(instance, &mut stream).await?;
        let marks = Arc::clone(self.marks.lock().unwrap().entry(vin.to_owned()).or_default());
        let mut marks = marks.lock().await;
        say(&mut stream, &hex(&marks)).await?;
        let end = line(&mut stream).await?;
        let (new, done) = end.split_once(' ')?;
        self.step(instance, &mut stream).await?;
        *marks = unhex(new);
        if !done.is_empty() {
            let status = SendCsimStatus::decode(&unhex(done), DecodeOptions::default()).unwrap();
            self.cmp.send_csim_status(status.value).await.unwrap();
        }
        *self.committed.lock().unwrap().entry(instance.to_owned()).or_default() += 1;
        self.step(instance, &mut stream).await?;
        say(&mut stream, "kept").await
    }

    /// A place at which an instance may be killed: it waits here until it is.
    async fn step(&self, instance: &str, stream: &mut BufReader<TcpStream>) -> Option<()> {
        {
            let mut victim = self.victim.lock().unwrap();
            match &mut *victim {
                Some((name, steps)) if name == instance && *steps > 0 => {
                    *steps -= 1;
                    return Some(());
                }
                Some((name, _)) if name == instance => {}
                _ => return Some(()),
            }
        }
        self.reached.notify_one();
        // Nothing comes but the end of the connection.
        line(stream).await.and(None)
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
    Some(line.strip_suffix('\n')?.to_owned())
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) -> Option<()> {
    stream.get_mut().write_all(format!("{text}\n").as_bytes()).await.ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect()
}

/// An instance: handlers and memory over the database. What a handler does is written with the marks.
#[derive(Clone)]
struct Instance {
    name: String,
    database: String,
    done: Arc<Mutex<HashMap<Vin, Vec<u8>>>>,
}

impl CmpBackend for Instance {
    async fn send_csim_status(&self, status: SendCsimStatus) -> Result<(), NotHandled> {
        let vin = status.request_id.vehicle_id;
        self.done.lock().unwrap().insert(vin, status.encode());
        Ok(())
    }
}

impl CmpReplies for Instance {}

impl Inbox for Instance {
    type Guard = (Vin, BufReader<TcpStream>);

    async fn lock(&self, vin: Vin) -> Result<(Self::Guard, Marks), NotHandled> {
        self.done.lock().unwrap().remove(&vin);
        let stream = TcpStream::connect(&self.database)
            .await
            .map_err(|_| NotHandled::new())?;
        let mut stream = BufReader::new(stream);
        let begin = format!("{} {}", self.name, vin.as_str());
        say(&mut stream, &begin).await.ok_or_else(NotHandled::new)?;
        let marks = line(&mut stream).await.ok_or_else(NotHandled::new)?;
        let marks = match &unhex(&marks)[..] {
            [] => Marks::default(),
            bytes => Marks::from_bytes(bytes).unwrap(),
        };
        Ok(((vin, stream), marks))
    }

    async fn keep(&self, (vin, mut stream): Self::Guard, marks: Marks) -> Result<(), NotHandled> {
        let done = self.done.lock().unwrap().remove(&vin).unwrap_or_default();
        let end = format!("{} {}", hex(&marks.to_bytes()), hex(&done));
        say(&mut stream, &end).await.ok_or_else(NotHandled::new)?;
        line(&mut stream).await.map(drop).ok_or_else(NotHandled::new)
    }
}

/// An instance, as the part of a process.
pub(crate) async fn run_instance() {
    let instance = Instance {
        name: value("NAME"),
        database: value("DATABASE"),
        done: Arc::default(),
    };
    let book = Orders::open(MemoryStore::new()).await.unwrap();
    let options = hurried(Options::backend(value("URL").parse().unwrap(), None));
    let (_link, driver) = BackendLink::open(&options, &instance.name, "cmp", &book).unwrap();
    driver.run(Arc::new(instance.clone()), instance).await;
}

// [test->R-347~1]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_is_killed_is_not_missed() {
    const VEHICLES: usize = 4;
    const KILLS: u64 = 8;
    for kind in kinds() {
        let broker = Broker::open(kind);
        let database = Arc::new(Database::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(Arc::clone(&database).serve(listener));
        let url = broker.url().to_string();
        let start =
            |name: &str| -> Part { child::start("instance", &[("NAME", name), ("DATABASE", &address), ("URL", &url)]) };
        let committed = |name: &str| {
            database
                .committed
                .lock()
                .unwrap()
                .get(name)
                .copied()
                .unwrap_or_default()
        };
        let names = ["backend-1", "backend-2", "backend-3"];
        let mut running: Vec<_> = names.iter().map(|name| start(name)).collect();

        // The embedded broker throws away what nobody subscribed to: one vehicle tells until everybody takes part.
        let first = vehicle(broker.url(), VEHICLES).await;
        let mut warm = 0;
        while names.iter().any(|name| committed(name) == 0) {
            first.send(&news(VEHICLES, warm)).await.unwrap();
            warm += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }

        let told = |cmp: &Cmp, v| {
            let knows = cmp.knows();
            knows.statuses.keys().filter(|id| id.vehicle_id == vin(v)).count() as u64
        };
        // The vehicles tell until the last kill, no faster than a busy machine follows.
        let enough = Arc::new(AtomicBool::new(false));
        let mut telling = Vec::new();
        for v in 0..VEHICLES {
            let (link, enough) = (vehicle(broker.url(), v).await, Arc::clone(&enough));
            let cmp = database.cmp.clone();
            telling.push(tokio::spawn(async move {
                let mut count = 0;
                while !enough.load(Ordering::SeqCst) {
                    link.send(&news(v, count)).await.unwrap();
                    count += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    until("followed", || {
                        told(&cmp, v) + 8 > count || enough.load(Ordering::SeqCst)
                    })
                    .await;
                }
                link.flushed().await;
                count
            }));
        }
        let mut random = 1_u64;
        for _ in 0..KILLS {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // At any of the three steps of any transaction. The others go on.
            *database.victim.lock().unwrap() = Some((names[1].to_owned(), (random >> 33) % 20));
            let reached = tokio::time::timeout(GENEROUS, database.reached.notified());
            reached.await.expect("the victim takes its share");
            child::kill(&mut running[1].0);
            *database.victim.lock().unwrap() = None;
            running[1] = start(names[1]);
        }
        enough.store(true, Ordering::SeqCst);
        let mut all = 0;
        for (v, telling) in telling.into_iter().enumerate() {
            let count = telling.await.unwrap();
            until("all told", || told(&database.cmp, v) == count).await;
            assert_told(&database.cmp, v, count);
            all += count;
        }
        let by: Vec<_> = names.iter().map(|name| committed(name)).collect();
        eprintln!("{kind:?}: {KILLS} kills of one instance; {all} of {all} told once, transactions by instance {by:?}");
    }
}
