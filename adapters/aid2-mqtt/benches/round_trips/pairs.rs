//! Request and response, one at a time.

use std::time::{Duration, Instant};

use aid2_mqtt::{FileStore, MemoryStore, Store};

use crate::{bare::Bare, mosquitto::Mosquitto, ours::Ours};

/// Exchanges of a round, and rounds of each side.
const ROUND: u64 = 100;
const ROUNDS: u64 = 101;

pub(crate) fn in_memory() {
    compare("outbox in memory", MemoryStore::new());
}

pub(crate) fn durable() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join("round-trips-outbox");
    let _ = std::fs::remove_file(&path);
    compare("outbox on disk, synced", FileStore::open(&path).unwrap());
    let _ = std::fs::remove_file(path);
}

/// Both sides take turns in short rounds; what counts is the median of the ratios of neighbouring rounds, which meet the
/// same load of the machine.
fn compare(what: &str, store: impl Store) {
    let _broker = Mosquitto::start();
    // One thread for all four clients. The broker has another, as far as the machine has them.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // A task like any other: the runtime looks at what it blocks on less often.
    let [ours, bare, ratios] = runtime.block_on(runtime.spawn(rounds(store))).unwrap();
    println!("\n{what:>24} {:>10} {:>10} {:>10}", "pairs/s", "p50", "p99");
    for (name, latencies) in [("aid2", ours), ("bare client library", bare)] {
        let latencies = sorted(latencies);
        let at = |percent: usize| Duration::from_secs_f64(latencies[latencies.len() * percent / 100]);
        let rate = latencies.len() as f64 / latencies.iter().sum::<f64>();
        println!("{name:>24} {rate:>10.0} {:>10.1?} {:>10.1?}", at(50), at(99));
    }
    let ratios = sorted(ratios);
    println!("{:>24} {:>10.2}", "aid2 / bare, median", ratios[ratios.len() / 2]);
}

/// Seconds of every exchange, ours and bare; and by round, how often our time goes into theirs.
async fn rounds(store: impl Store) -> [Vec<f64>; 3] {
    let (ours, mut bare) = (Ours::connect(store).await, Bare::connect().await);
    let [mut our_times, mut bare_times, mut ratios] = [const { Vec::new() }; 3];
    let mut n = 0;
    for round in 0..ROUNDS {
        let (mut our_sum, mut bare_sum) = (0.0, 0.0);
        for side in 0..2 {
            for _ in 0..ROUND {
                n += 1;
                let began = Instant::now();
                let (times, sum) = if (side + round) % 2 == 0 {
                    ours.exchange(n).await;
                    (&mut our_times, &mut our_sum)
                } else {
                    bare.exchange(n).await;
                    (&mut bare_times, &mut bare_sum)
                };
                let took = began.elapsed().as_secs_f64();
                times.push(took);
                *sum += took;
            }
            // The last acknowledgements of a round are not the next one's.
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        ratios.push(bare_sum / our_sum);
    }
    ours.close().await;
    bare.close();
    [our_times, bare_times, ratios]
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}
