//! Processes that die between any two operations of their stores, and are started once more.

use aid_backend::test_util::Fault;

use super::world::{Trouble, Weather, World};
use crate::memory;

/// The story, with what was done in each lane; what was done twice in a row counts once.
async fn told(cmp: Trouble, msp: Trouble) -> ([Vec<String>; 2], (u64, u64)) {
    let weather = Weather {
        hangs_up: Some(7),
        twice: Some(5),
    };
    let world = World::new(memory(), memory(), weather);
    world.run(cmp, msp);
    world.whole_story().await;
    let told = world.told();
    let lane = |begins: &str| {
        let mut lane: Vec<_> = told.iter().filter(|told| told.starts_with(begins)).cloned().collect();
        lane.dedup();
        lane
    };
    let end = told.iter().position(|told| told.starts_with("MSP users"));
    let after = told.get(end.unwrap()..).unwrap();
    let dead = after.iter().find(|told| told.starts_with("MSP activation-code"));
    assert_eq!(dead, None, "for a dead token: {told:#?}");
    //
    for (call, ids) in world.ids.lock().unwrap().iter() {
        assert_eq!(ids.len(), 1, "one call, several ids: {call}: {ids:?}");
    }
    // Whether a code comes as the reply or behind a 201 or an error is no matter.
    let mut calls = lane("MSP ");
    calls.retain(|told| !told.starts_with("MSP activation-code"));
    ([calls, lane("car ")], world.operations())
}

/// Every so many operations; all of them with `EVERY_OPERATION=1` in the environment.
fn steps(operations: u64) -> impl Iterator<Item = (u64, Fault)> {
    let step = if std::env::var_os("EVERY_OPERATION").is_some() {
        1
    } else {
        3
    };
    let fault = |at| if at % 2 == 0 { Fault::Before } else { Fault::After };
    (0..operations).step_by(step).map(move |at| (at, fault(at)))
}

#[tokio::test(start_paused = true)]
async fn whenever_the_cmp_dies_the_story_is_the_same() {
    let no = Trouble::default();
    let (fair, (operations, _)) = told(no, no).await;
    for dies in steps(operations) {
        let trouble = Trouble { dies: Some(dies) };
        assert_eq!(told(trouble, no).await.0, fair, "the CMP dies at {dies:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whenever_the_msp_dies_the_story_is_the_same() {
    let no = Trouble::default();
    let (fair, (_, operations)) = told(no, no).await;
    for dies in steps(operations) {
        let trouble = Trouble { dies: Some(dies) };
        assert_eq!(told(no, trouble).await.0, fair, "the MSP dies at {dies:?}");
    }
}
