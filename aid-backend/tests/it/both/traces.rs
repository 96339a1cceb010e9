//! The trace of what began it goes through both parties and the car, whoever dies meanwhile.

use aid_backend::test_util::Fault;

use super::world::{Trouble, Weather, World, car, until};
use crate::memory;

/// A user in the car wants a profile: who called whom for it, and how many operations the stores have done before and after.
async fn calls(cmp: Trouble, msp: Trouble) -> (Vec<String>, [(u64, u64); 2]) {
    let world = World::new(memory(), memory(), Weather::default());
    world.run(cmp, msp);
    world.onboards().await;
    let before = world.operations();
    world.traces.lock().unwrap().clear();
    car::ask(&world).await;
    until("installed", || async { world.car.profiles().len() == 1 }).await;
    until("the MSP knows", || async {
        let states = world.msp_states().await;
        states.iter().any(|state| state == "Installed" || state == "Enabled")
    })
    .await;
    let operations = [before, world.operations()];
    let (calls, cause) = (world.traces.lock().unwrap().clone(), car::cause());
    for (call, trace) in &calls {
        let trace_id = trace.map(|trace| trace.trace_id());
        assert_eq!(trace_id, Some(cause.trace_id()), "{call}: {cmp:?} {msp:?} {calls:#?}");
        assert_ne!(trace.map(|trace| trace.parent_id()), Some(cause.parent_id()), "{call}");
    }
    (calls.into_iter().map(|(call, _)| call).collect(), operations)
}

//
#[tokio::test(start_paused = true)]
async fn all_calls_that_follow_from_a_message_of_a_car_belong_to_its_trace_also_past_a_crash() {
    let no = Trouble::default();
    let (fair, [before, after]) = calls(no, no).await;
    assert!(fair[0].starts_with("MSP activation-code-requests"), "{fair:?}");
    assert!(fair.iter().any(|call| call.contains("\"installed\"")), "{fair:?}");
    let dies = |at| Trouble {
        dies: Some((at, if at % 2 == 0 { Fault::Before } else { Fault::After })),
    };
    let mut behind = 0;
    for at in before.0..after.0 {
        calls(dies(at), no).await;
    }
    for at in before.1..after.1 {
        let (calls, _) = calls(no, dies(at)).await;
        behind += calls
            .iter()
            .filter(|call| call.starts_with("CMP activation-codes"))
            .count();
    }
    assert!(behind > 0, "a code comes behind its 201 once");
}
