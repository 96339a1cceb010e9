//! Whole stories in fair and foul weather.

use super::world::{Trouble, Weather, World};
use crate::runtime::memory;

#[tokio::test(start_paused = true)]
async fn a_user_is_onboarded_drives_and_withdraws() {
    let world = World::new(memory(), memory(), Weather::default());
    world.run(Trouble::default(), Trouble::default());
    world.whole_story().await;
    println!("{:#?}", world.told());
}

#[tokio::test(start_paused = true)]
async fn callers_that_hang_up_and_calls_that_come_twice_change_nothing() {
    for every in 2..6 {
        let weather = Weather {
            hangs_up: Some(every),
            twice: Some(3),
        };
        let world = World::new(memory(), memory(), weather);
        world.run(Trouble::default(), Trouble::default());
        world.whole_story().await;
    }
}
