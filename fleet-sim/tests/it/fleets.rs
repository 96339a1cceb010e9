//! Whatever happens to a fleet, what must never happen does not, and what must come right does.

use fleet_sim::{Options, Selection, run, shrink};

use crate::first_of;

/// Fails with the story of the first seed that goes wrong.
fn live(seeds: u64, options: Options) {
    let wrong = first_of(seeds, |seed| run(seed, options, &Selection::default(), false).violation);
    if let Some((seed, violation)) = wrong {
        match shrink(seed, options) {
            Some(failure) => panic!("{failure}"),
            None => panic!("seed {seed}: {violation}; but not twice"),
        }
    }
}

#[test]
fn two_hundred_fleets_live() {
    live(200, Options::default());
}

#[test]
fn crowds_live() {
    let mut options = Options::default();
    (options.users, options.vehicles, options.steps) = (12, 3, 3000);
    live(20, options);
    (options.users, options.vehicles) = (2, 12);
    live(20, options);
}

#[test]
fn a_fleet_to_which_nothing_happens_comes_to_rest() {
    let nothing = Selection::new(Some(Vec::new()), None);
    let outcome = run(1, Options::default(), &nothing, false);
    assert_eq!(outcome.violation, None);
}

#[test]
fn a_seed_says_it_all() {
    let options = Options::default();
    let once = run(7, options, &Selection::default(), true);
    let again = run(7, options, &Selection::default(), true);
    assert_eq!(once.trace, again.trace);
    // Looking on changes nothing.
    let unseen = run(7, options, &Selection::default(), false);
    assert_eq!((unseen.steps, unseen.troubles), (once.steps, once.troubles));
    assert!(once.steps >= options.steps);
}
