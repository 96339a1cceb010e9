//! Everything around the MSP: its SM-DP+, its network, and the CMP. It outlives the processes, and notes what they do.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Instant,
};

use tokio::net::TcpListener;

use super::{chance::Chance, line::serve};

/// Something that a process did.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub(crate) at: Instant,
    pub(crate) what: String,
    /// Whether it was taken; otherwise it is to be done again.
    pub(crate) taken: bool,
}

#[derive(Default)]
pub(crate) struct World {
    pub(crate) deeds: Mutex<Vec<Deed>>,
    /// Of these msp_tokens the CMP takes no update.
    pub(crate) refuses: Mutex<BTreeSet<String>>,
    /// Of the requests.
    iccids: Mutex<BTreeMap<String, String>>,
    chance: Chance,
}

impl World {
    pub(crate) async fn start() -> (Arc<Self>, u16) {
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

    fn answer(&self, question: &str) -> String {
        let words: Vec<&str> = question.split(' ').collect();
        let refused = words[1]
            .rsplit('/')
            .next()
            .is_some_and(|token| self.refuses.lock().unwrap().contains(token));
        let taken = !refused && !self.chance.one_in(12);
        let (at, what) = (Instant::now(), question.to_owned());
        self.deeds.lock().unwrap().push(Deed { at, what, taken });
        match (words[0], taken) {
            ("cmp", true) => "201".to_owned(),
            ("cmp", false) => "503".to_owned(),
            ("prepare", true) => self.iccid(words[2]),
            (_, true) => "done".to_owned(),
            (_, false) => String::new(),
        }
    }

    /// The profile of a request: one, however often it is prepared.
    pub(crate) fn iccid(&self, request: &str) -> String {
        let mut iccids = self.iccids.lock().unwrap();
        let next = format!("8944500805{:09}", iccids.len());
        iccids.entry(request.to_owned()).or_insert(next).clone()
    }

    /// What was done with this text in it, in the order in which it was done.
    pub(crate) fn deeds(&self, text: &str) -> Vec<Deed> {
        let deeds = self.deeds.lock().unwrap();
        deeds.iter().filter(|deed| deed.what.contains(text)).cloned().collect()
    }

    pub(crate) fn was_taken(&self, text: &str) -> bool {
        self.deeds
            .lock()
            .unwrap()
            .iter()
            .any(|deed| deed.taken && deed.what.contains(text))
    }
}
