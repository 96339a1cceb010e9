//! Two sides that take turns.

use std::time::Duration;

use crate::Side;

/// Short enough that most rounds end before the operating system lets somebody else run.
const ROUND: Duration = Duration::from_micros(250);
/// Rounds of each side.
const ROUNDS: usize = 1001;

/// The medians of all rounds: nanoseconds a run of either side, and the time of the first by that of the second.
pub(crate) struct Measured {
    pub(crate) ours: f64,
    pub(crate) partner: f64,
    pub(crate) ratio: f64,
}

pub(crate) fn compare(ours: &mut Side<'_>, partner: &mut Side<'_>) -> Measured {
    let times = [fitting(ours), fitting(partner)];
    let mut rounds = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        // In turns, who begins: else one side would always run after the other's traces in the caches.
        let (first, second);
        if round % 2 == 0 {
            first = nanoseconds(ours, times[0]);
            second = nanoseconds(partner, times[1]);
        } else {
            second = nanoseconds(partner, times[1]);
            first = nanoseconds(ours, times[0]);
        }
        for (all, one) in rounds.iter_mut().zip([first, second, first / second]) {
            all.push(one);
        }
    }
    let [ours, partner, ratio] = rounds.map(median);
    Measured { ours, partner, ratio }
}

/// How often a side runs in one round. Finding it out warms it up.
fn fitting(side: &mut Side<'_>) -> u32 {
    let mut times = 1;
    while side.run(times) < ROUND && times < 1 << 20 {
        times *= 2;
    }
    times
}

fn nanoseconds(side: &mut Side<'_>, times: u32) -> f64 {
    side.run(times).as_nanos() as f64 / f64::from(times)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
