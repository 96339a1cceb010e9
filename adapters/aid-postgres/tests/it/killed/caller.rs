//! Somebody who asks until there is an answer.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{Parties, chance::Chance, line::ask};

#[derive(Default)]
pub(crate) struct Asking {
    chance: Chance,
    pub(crate) answered: u32,
    pub(crate) hung_up: u32,
    pub(crate) again: u32,
}

impl Asking {
    pub(crate) fn new(seed: u64) -> Self {
        let asking = Self::default();
        (0..=seed).for_each(|_| _ = asking.chance.below(1));
        asking
    }

    /// Asks one process or another until there is an answer. Who may hang up does, now and then; the call is the same again.
    pub(crate) async fn until_answered(&mut self, parties: &Parties, hangs_up: bool, question: &str) -> String {
        loop {
            let port = parties.port(self.chance.below(3));
            let patience = match hangs_up && self.chance.one_in(3) {
                true => Duration::from_millis(self.chance.below(12)),
                false => Duration::from_secs(60),
            };
            match timeout(patience, ask(port, question)).await {
                Ok(Ok(answer)) if answer != "again" => {
                    self.answered += 1;
                    return answer;
                }
                Ok(_) => self.again += 1,
                Err(_) => self.hung_up += 1,
            }
            sleep(Duration::from_millis(5 + self.chance.below(20))).await;
        }
    }
}
