//! One subscription, from its onboarding to its end, as the CMP and the customer see it.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{
    Parties,
    caller::Asking,
    world::{Deed, World},
};

/// What one execution may take, and what a busy machine adds.
const UNDER_WAY: Duration = Duration::from_secs(2);
/// Updates while the msp_token lives, and more that wait when it dies.
const UPDATES: u32 = 8;

pub(crate) struct Life {
    token: String,
    iccid: String,
    /// Whether the code was to follow.
    promised: bool,
    died: Instant,
    pub(crate) asking: Asking,
}

impl Life {
    pub(crate) async fn live(world: &World, parties: &Parties, seed: u64) -> Self {
        let (token, request) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
        let mut life = Self {
            iccid: world.iccid(&request),
            token: token.clone(),
            promised: false,
            died: Instant::now(),
            asking: Asking::new(seed),
        };
        let onboarded = life
            .asking
            .until_answered(parties, false, &format!("onboard {token}"))
            .await;
        assert!(["ok", "refused MspTokenAssigned"].contains(&&*onboarded), "{onboarded}");
        for number in 1..=UPDATES / 2 {
            life.update(parties, number).await;
        }
        let call = format!("code {token} {request} {}", Uuid::new_v4());
        let code = life.asking.until_answered(parties, true, &call).await;
        life.promised = code == "ok accepted";
        assert!(code.starts_with("ok"), "{code}");
        for number in UPDATES / 2 + 1..=UPDATES {
            life.update(parties, number).await;
        }
        // What is lost never comes: then it is told in the end.
        let came = async {
            let last = |deed: &Deed| deed.taken && number(&deed.what) == UPDATES;
            while !world.deeds(&life.sent_updates()).iter().any(last)
                || life.promised && !world.was_taken(&life.sent_code())
            {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = timeout(Duration::from_secs(60), came).await;
        let call = format!("csim {token} {} {}", life.iccid, Uuid::new_v4());
        let reported = life.asking.until_answered(parties, true, &call).await;
        assert_eq!(reported, "ok");
        let view = format!("view {token} {}", life.iccid);
        let view = life.asking.until_answered(parties, false, &view).await;
        assert_eq!(view, "ok Some(Installed)");
        life.die(world, parties).await;
        life
    }

    async fn update(&mut self, parties: &Parties, number: u32) {
        let call = format!("update {} {number}", self.token);
        assert_eq!(self.asking.until_answered(parties, false, &call).await, "ok");
    }

    /// Updates wait, because the CMP does not take them, when it ends the federation.
    async fn die(&mut self, world: &World, parties: &Parties) {
        world.refuses.lock().unwrap().insert(self.token.clone());
        for number in UPDATES + 1..=UPDATES + 2 {
            self.update(parties, number).await;
        }
        let call = format!("end {} {}", self.token, Uuid::new_v4());
        assert_eq!(self.asking.until_answered(parties, true, &call).await, "ok");
        self.died = Instant::now();
        sleep(UNDER_WAY + Duration::from_secs(1)).await;
        world.refuses.lock().unwrap().remove(&self.token);
    }

    fn sent_code(&self) -> String {
        format!("cmp /cesim/msp/v1/activation-codes/{} ", self.token)
    }

    fn sent_updates(&self) -> String {
        format!("cmp /cesim/msp/v1/subscriptions/{} ", self.token)
    }

    /// What was lost, out of order, or done for a token that is dead.
    pub(crate) fn judge(&self, world: &World, wrong: &mut Vec<String>) {
        let token = &self.token;
        let mut expect = |what: String, taken: bool| {
            if !taken {
                wrong.push(what);
            }
        };
        let onboarded = world.was_taken(&format!("/users/header.{token}.signature "));
        expect(format!("{token}: the CMP never got it"), onboarded);
        if self.promised {
            expect(format!("{token}: no code followed"), world.was_taken(&self.sent_code()));
        }
        expect(
            format!("{token}: {} is still in service", self.iccid),
            world.was_taken(&format!("deactivate {}", self.iccid)),
        );
        let updates = world.deeds(&self.sent_updates());
        let numbers: Vec<u32> = updates.iter().map(|deed| number(&deed.what)).collect();
        expect(format!("{token}: out of order: {numbers:?}"), numbers.is_sorted());
        let taken = |number: &u32| {
            updates
                .iter()
                .zip(&numbers)
                .any(|(deed, of)| deed.taken && of == number)
        };
        let lost: Vec<u32> = (1..=UPDATES).filter(|number| !taken(number)).collect();
        expect(format!("{token}: lost: {lost:?}"), lost.is_empty());
        let late = updates.iter().filter(|deed| deed.at > self.died + UNDER_WAY).count();
        expect(format!("{token}: {late} updates after its death"), late == 0);
    }
}

/// Of an update, which the text of its customer group has.
fn number(what: &str) -> u32 {
    let (_, rest) = what.split_once("group-").unwrap();
    rest.split('-').next().unwrap().parse().unwrap()
}
