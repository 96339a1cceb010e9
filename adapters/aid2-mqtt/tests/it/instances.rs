//! Backend instances in processes of their own, which share a database and are killed at any step.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use aid_types::Vin;
use aid2_mqtt::{BackendDeliveries, BackendLink, Commit, LinkOptions, Records};
use aid2_proto::{
    CmpBackend as _, DecodeOptions, Payload as _, SendCsimStatus,
    session::{BackendCompletion, Cause, CommitError, ToCmp},
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

/// What the instances share, reached over TCP, a line for each question and each answer. A connection that ends before its
/// answer has changed nothing, or all of it.
#[derive(Default)]
struct Database {
    cmp: Cmp,
    rows: Mutex<HashMap<String, Row>>,
    /// Transactions of each instance, and those in which another was faster.
    committed: Mutex<BTreeMap<String, u64>>,
    conflicts: AtomicU64,
    /// Who is to be killed, after how many more steps.
    victim: Mutex<Option<(String, u64)>>,
    reached: Notify,
}

/// Version, record, time when it is due.
type Row = (u64, String, Option<u64>);

impl Database {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let database = Arc::clone(&self);
            tokio::spawn(async move { database.answer(stream).await });
        }
    }

    /// `None` when the instance is gone.
    async fn answer(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let question = line(&mut stream).await?;
        let words: Vec<_> = question.split(' ').collect();
        match words[..] {
            [instance, "load", vin] => {
                self.step(instance, &mut stream).await?;
                let row = self.rows.lock().unwrap().get(vin).cloned();
                let answer = row.map_or_else(|| "none".to_owned(), |(version, row, _)| format!("{version} {row}"));
                say(&mut stream, &answer).await
            }
            [instance, "commit", vin, expected, due, record, done] => {
                self.step(instance, &mut stream).await?;
                let Some(version) = self.commit(vin, expected, due, record) else {
                    self.conflicts.fetch_add(1, Ordering::SeqCst);
                    return say(&mut stream, "conflict").await;
                };
                if done != "-" {
                    let status = SendCsimStatus::decode(&unhex(done), DecodeOptions::default()).unwrap();
                    self.cmp.send_csim_status(status.value).await.unwrap();
                    *self.committed.lock().unwrap().entry(instance.to_owned()).or_default() += 1;
                }
                self.step(instance, &mut stream).await?;
                say(&mut stream, &version.to_string()).await
            }
            [_, "due", until, beyond] => {
                let (until, beyond): (u64, u64) = (until.parse().unwrap(), beyond.parse().unwrap());
                let due = |due: Option<u64>| due.is_some_and(|due| due <= until || due > beyond);
                let rows = self.rows.lock().unwrap().clone();
                let found = rows.iter().filter(|(_, row)| due(row.2)).map(|(vin, _)| vin.clone());
                let found: Vec<_> = found.collect();
                say(&mut stream, &found.join(" ")).await
            }
            _ => panic!("{question}"),
        }
    }

    /// The new version, unless the row has another than was expected.
    fn commit(&self, vin: &str, expected: &str, due: &str, record: &str) -> Option<u64> {
        let mut rows = self.rows.lock().unwrap();
        let version = rows.get(vin).map_or(0, |(version, ..)| *version);
        if version.to_string() != expected {
            return None;
        }
        let row = (version + 1, record.to_owned(), due.parse().ok());
        rows.insert(vin.to_owned(), row);
        Some(version + 1)
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

/// An instance's way to the database.
struct Remote {
    name: String,
    database: String,
}

impl Remote {
    async fn ask(&self, question: String) -> io::Result<String> {
        let mut stream = BufReader::new(TcpStream::connect(&self.database).await?);
        let question = format!("{} {question}", self.name);
        let gone = || io::Error::from(io::ErrorKind::UnexpectedEof);
        say(&mut stream, &question).await.ok_or_else(gone)?;
        line(&mut stream).await.ok_or_else(gone)
    }
}

impl Records for Remote {
    /// The status that was handled, encoded: what a handler changes is written with the record.
    type Changes = Vec<u8>;

    async fn load(&self, vin: Vin) -> io::Result<Option<(u64, Vec<u8>)>> {
        let row = self.ask(format!("load {}", vin.as_str())).await?;
        Ok(row
            .split_once(' ')
            .map(|(version, record)| (version.parse().unwrap(), unhex(record))))
    }

    async fn commit(&self, commit: Commit, changes: Vec<u8>) -> Result<u64, CommitError> {
        let done = if changes.is_empty() {
            "-".to_owned()
        } else {
            hex(&changes)
        };
        let (vin, expected) = (commit.vin.as_str(), commit.expected.unwrap_or_default());
        let due = commit.due.map_or_else(|| "-".to_owned(), |due| due.to_string());
        let question = format!("commit {vin} {expected} {due} {} {done}", hex(&commit.record));
        let answer = self
            .ask(question)
            .await
            .map_err(|error| CommitError::Failed(error.to_string()))?;
        answer.parse().map_err(|_| CommitError::Conflict)
    }

    async fn due(&self, until: u64, beyond: u64, limit: usize) -> io::Result<Vec<Vin>> {
        let found = self.ask(format!("due {until} {beyond}")).await?;
        Ok(found
            .split(' ')
            .filter_map(|vin| vin.parse().ok())
            .take(limit)
            .collect())
    }
}

/// Handles one after the other: what a status says is stored in one transaction with the record.
async fn handle(mut deliveries: BackendDeliveries<Vec<u8>>) {
    while let Some(delivery) = deliveries.recv().await {
        tokio::spawn(async move {
            let changes = match &delivery.cause {
                Cause::Message(ToCmp::SendCsimStatus(status)) => status.encode(),
                _ => Vec::new(),
            };
            // What is not stored comes again.
            let _ = delivery.complete(BackendCompletion::new(), changes).await;
        });
    }
}

/// An instance, as the part of a process.
pub(crate) async fn run_instance() {
    let name = value("NAME");
    let records = Remote {
        name: name.clone(),
        database: value("DATABASE"),
    };
    let options = hurried(LinkOptions::backend(value("URL").parse().unwrap(), None));
    let (_link, driver) = BackendLink::open(&options, &name, "cmp", Arc::new(records)).unwrap();
    let (deliveries, driving) = driver.into_deliveries();
    tokio::join!(driving, handle(deliveries));
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
            // At any step of any transaction. The others go on.
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
        let conflicts = database.conflicts.load(Ordering::SeqCst);
        eprintln!(
            "{kind:?}: {KILLS} kills of one instance; {all} of {all} told once, transactions by instance {by:?}, \
             {conflicts} conflicts"
        );
    }
}
