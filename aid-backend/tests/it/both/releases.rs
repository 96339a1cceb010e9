//! A party whose processes are replaced, one after the other.

use super::world::releases::side_by_side;
use crate::memory;

#[tokio::test(start_paused = true)]
async fn two_releases_side_by_side_lose_nothing() {
    side_by_side(memory(), memory()).await;
}
