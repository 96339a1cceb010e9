//! Everything around the CMP: the MSP and the vehicles. It outlives the processes, and notes what they do.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Instant,
};

use tokio::net::TcpListener;

use crate::killed::{chance::Chance, line::serve, world::Deed};

#[derive(Default)]
pub(super) struct World {
    deeds: Mutex<Vec<Deed>>,
    /// With these msp_tokens the MSP takes no call.
    pub(super) refuses: Mutex<BTreeSet<String>>,
    chance: Chance,
}

impl World {
    pub(super) async fn start() -> (Arc<Self>, u16) {
        let world = Arc::new(Self::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = Arc::clone(&world);
        tokio::spawn(serve(listener, move |question| {
            let answer = serving.answer(&question);
            async move { answer }
        }));
        (world, port)
    }

    /// A twelfth is not taken.
    fn answer(&self, question: &str) -> String {
        let words: Vec<&str> = question.split(' ').collect();
        let token = words[2].rsplit('/').next().unwrap_or_default();
        let refused = words[0] == "msp" && self.refuses.lock().unwrap().contains(token);
        let taken = !refused && !self.chance.one_in(12);
        let (at, what) = (Instant::now(), question.to_owned());
        self.deeds.lock().unwrap().push(Deed { at, what, taken });
        match (words[0], taken) {
            ("msp", true) if words[2].contains("/activation-code-requests/") => format!("code {}", iccid(token)),
            ("msp", true) => "204".to_owned(),
            ("msp", false) => "503".to_owned(),
            (_, true) => "done".to_owned(),
            (_, false) => "not now".to_owned(),
        }
    }

    /// What was done that begins so, in the order in which it was done.
    pub(super) fn deeds(&self, begins: &str) -> Vec<Deed> {
        let deeds = self.deeds.lock().unwrap();
        deeds
            .iter()
            .filter(|deed| deed.what.starts_with(begins))
            .cloned()
            .collect()
    }

    pub(super) fn count(&self) -> usize {
        self.deeds.lock().unwrap().len()
    }
}

/// The profile of a customer, whose number is in the msp_token.
pub(super) fn iccid(token: &str) -> String {
    format!("8944500805{}", token.get(token.len() - 9..).unwrap())
}

pub(super) fn token(car: u64) -> String {
    format!("25bca1e2-338f-41d6-8c61-{car:012}")
}
