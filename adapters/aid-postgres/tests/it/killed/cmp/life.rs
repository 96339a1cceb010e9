//! One federation, from its onboarding to its end, as the MSP, the user and the vehicle see it.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{
    party::{now, vin},
    world::{World, iccid, token},
};
use crate::killed::{Parties, caller::Asking, world::Deed};

/// What one execution may take, and what a busy machine adds.
const UNDER_WAY: Duration = Duration::from_secs(2);
/// How often the vehicle tells another status.
const STATUSES: u64 = 6;

pub(super) struct Life {
    car: u64,
    user: String,
    token: String,
    iccid: String,
    died: Instant,
    /// What went wrong on the way.
    wrong: Vec<String>,
    pub(super) asking: Asking,
}

impl Life {
    pub(super) async fn live(world: &World, parties: &Parties, car: u64) -> Self {
        let token = token(car);
        let mut life = Self {
            user: format!("customer-{car}"),
            iccid: iccid(&token),
            token,
            car,
            died: Instant::now(),
            wrong: Vec::new(),
            asking: Asking::new(car),
        };
        life.run(world, parties).await;
        life
    }

    async fn ask(&mut self, parties: &Parties, question: &str) -> String {
        self.asking.until_answered(parties, true, question).await
    }

    async fn expect(&mut self, parties: &Parties, question: &str, expected: &str) {
        let answer = self.ask(parties, question).await;
        if answer != expected {
            self.wrong.push(format!("{question}: {answer}, not {expected}"));
        }
    }

    /// What is lost never comes: then it is told in the end.
    async fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let came = async {
            while !is_so(self) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        if timeout(Duration::from_secs(60), came).await.is_err() {
            self.wrong.push(format!("never: {what}"));
        }
    }

    async fn run(&mut self, world: &World, parties: &Parties) {
        let (user, car, token, iccid) = (self.user.clone(), self.car, self.token.clone(), self.iccid.clone());
        // A page whose answer is lost opens another session, of the same federation.
        let begun = self
            .asking
            .until_answered(parties, false, &format!("onboard {user}"))
            .await;
        let words: Vec<&str> = begun.split(' ').collect();
        let (federation, account_id) = (words[1], words[2]);
        let send = format!("token {account_id} {token} {}", Uuid::new_v4());
        self.expect(parties, &send, "ok").await;

        // Its clock is behind, so that it and the CMP never begin sequences in the same second.
        let mut second = now() - 100_000;
        let hear = |what: &str, second: u64| format!("hear {what} {car} {second} {user} {iccid}");
        let ask = hear("ask", second);
        self.expect(parties, &ask, "ok").await;
        self.latest_word(parties, federation).await;
        let order = format!("order {} SendActivationCode {second} {iccid}", vin(car));
        self.until("the code", |_| taken(&world.deeds(&order))).await;
        self.expect(parties, &hear("installed", second), "ok").await;
        for number in 0..STATUSES {
            second += 1;
            let status = ["enabled", "disabled"][usize::try_from(number % 2).unwrap()];
            self.expect(parties, &hear(status, second), "ok").await;
        }
        let statuses = self.statuses();
        self.until("the last status", |_| {
            world
                .deeds(&statuses)
                .iter()
                .any(|deed| deed.taken && deed.what.contains("disabled"))
        })
        .await;
        self.die(world, parties, &hear, second + 1, federation).await;
    }

    /// Of the MSP's updates the last one counts, though an older one comes again after it.
    async fn latest_word(&mut self, parties: &Parties, federation: &str) {
        let update = |number: u32| format!("update {} group-{number} {}", self.token, Uuid::new_v4());
        let updates: Vec<String> = (1..=4).map(update).collect();
        for number in [0, 1, 0, 2, 3, 1, 2] {
            self.expect(parties, &updates[number], "ok").await;
        }
        self.expect(parties, &format!("view {federation}"), "ok Active group-4")
            .await;
    }

    /// A request for a code and a status wait, because the MSP does not take them, when it ends the federation. The request is
    /// never made again; the status still is, and so is that of the deletion.
    async fn die(
        &mut self,
        world: &World,
        parties: &Parties,
        hear: &impl Fn(&str, u64) -> String,
        second: u64,
        federation: &str,
    ) {
        world.refuses.lock().unwrap().insert(self.token.clone());
        self.expect(parties, &hear("enabled", second), "ok").await;
        self.expect(parties, &hear("ask", second + 1), "ok").await;
        let invalid = format!("invalid {} {}", self.token, Uuid::new_v4());
        self.expect(parties, &invalid, "ok").await;
        self.died = Instant::now();
        let order = format!("order {} RequestDeleteProfile ", vin(self.car));
        self.until("the deletion", |_| taken(&world.deeds(&order))).await;
        let ordered = world.deeds(&order);
        let ordered = ordered
            .first()
            .and_then(|deed| deed.what.split(' ').nth(3)?.parse().ok());
        for what in ["deleted", "gone"] {
            self.expect(parties, &hear(what, ordered.unwrap_or_default()), "ok")
                .await;
        }
        sleep(UNDER_WAY + Duration::from_secs(1)).await;
        world.refuses.lock().unwrap().remove(&self.token);
        let view = self.ask(parties, &format!("view {federation}")).await;
        if !view.starts_with("ok Removed") {
            self.wrong.push(format!("not removed: {view}"));
        }
    }

    fn statuses(&self) -> String {
        format!("msp POST /v1/statuses/{} ", self.token)
    }

    /// What was lost, out of order, called with several ids, or done for a token that is dead.
    pub(super) fn judge(&self, world: &World, wrong: &mut Vec<String>) {
        let mut expect = |what: String, is_so: bool| {
            if !is_so {
                wrong.push(format!("{}: {what}", self.user));
            }
        };
        self.wrong.iter().for_each(|what| expect(what.clone(), false));
        let told = world.deeds(&self.statuses());
        let mut order: Vec<bool> = told
            .iter()
            .filter(|deed| deed.taken)
            .map(|deed| deed.what.contains("enabled"))
            .collect();
        order.dedup();
        // It was installed, enabled, disabled, enabled ... and deleted.
        let alternates = order.len() == usize::try_from(STATUSES + 3).unwrap();
        expect(format!("statuses lost or out of order: {told:#?}"), alternates);
        let codes = world.deeds(&format!("msp POST /v1/activation-code-requests/{} ", self.token));
        let late = codes.iter().filter(|deed| deed.at > self.died + UNDER_WAY).count();
        expect(format!("{late} codes asked for after its death"), late == 0);
        // the calls of one request, which the body names, have one id, however often it was made.
        let requests = codes.iter().filter_map(|deed| {
            let mut words = deed.what.splitn(5, ' ').skip(3);
            Some((words.next()?, words.next()?))
        });
        let calls: BTreeSet<_> = requests.collect();
        let bodies: BTreeSet<_> = calls.iter().map(|(_, body)| body).collect();
        expect(
            format!("several ids of one request: {calls:?}"),
            calls.len() == bodies.len(),
        );
    }
}

fn taken(deeds: &[Deed]) -> bool {
    deeds.iter().any(|deed| deed.taken)
}
