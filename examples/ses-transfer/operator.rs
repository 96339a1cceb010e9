//! The operator's backend.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aid_types::{Eid, Iccid};
use ses_transfer::{
    Imsi, Kept, Reason, TransferPrimaryDeviceEsimSub,
    server::{BackendApi, Call, Handled, Observe, Refusal},
};

/// Knows one phone and its subscriptions.
#[derive(Clone)]
pub(crate) struct Operator {
    old: Eid,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Where each subscription is: on the old phone, or on this one.
    subscriptions: BTreeMap<Imsi, (Iccid, Option<Eid>)>,
    orders: usize,
}

impl Operator {
    pub(crate) fn new(old: Eid, subscriptions: [(&str, &str); 2]) -> Result<Self, Box<dyn std::error::Error>> {
        let mut state = State::default();
        for (imsi, iccid) in subscriptions {
            state.subscriptions.insert(imsi.parse()?, (iccid.parse()?, None));
        }
        Ok(Self {
            old,
            state: Arc::new(Mutex::new(state)),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many subscriptions are on another phone.
    pub(crate) fn moved(&self) -> usize {
        self.state()
            .subscriptions
            .values()
            .filter(|(_, eid)| eid.is_some())
            .count()
    }

    /// How many transfers were ordered.
    pub(crate) fn orders(&self) -> usize {
        self.state().orders
    }

    /// Takes everything back to the old phone.
    pub(crate) fn give_back(&self) {
        self.state().subscriptions.values_mut().for_each(|(_, eid)| *eid = None);
    }
}

impl BackendApi for Operator {
    async fn transfer_primary_device_esim_sub(
        &self,
        _: Call,
        body: TransferPrimaryDeviceEsimSub,
    ) -> Result<(), Refusal> {
        let (old, new) = (body.old_primary_device_info, body.new_primary_device_info);
        if old.eid.as_ref().and_then(typed) != Some(self.old) {
            return Err(Refusal::new(Reason::PrimaryDeviceNotFound).internal("no such EID"));
        }
        let target = new.eid.as_ref().and_then(typed);
        let target = target.ok_or_else(|| Refusal::invalid("newPrimaryDeviceInfo.eid: needed here"))?;

        let mut state = self.state();
        // All of them, or none.
        let imsis: Option<Vec<Imsi>> = old
            .subscription_list
            .iter()
            .map(|subscription| {
                let imsi = subscription.primary_imsi.as_ref().and_then(typed)?;
                let (iccid, now_on) = state.subscriptions.get(&imsi)?;
                let [profile] = subscription.iccid_profile.as_slice() else {
                    return None;
                };
                (profile.iccid.as_ref().and_then(typed) == Some(*iccid) && now_on.is_none()).then_some(imsi)
            })
            .collect();
        let imsis = imsis.ok_or(Reason::PrimaryDeviceNotFound)?;
        for imsi in imsis {
            if let Some((_, now_on)) = state.subscriptions.get_mut(&imsi) {
                *now_on = Some(target);
            }
        }
        state.orders += 1;
        Ok(())
    }
}

/// This operator goes by identifiers that are some.
fn typed<T: ses_transfer::Meant>(kept: &Kept<T>) -> Option<T> {
    kept.typed().ok()
}

/// One line for each call.
pub(crate) struct Audit;

impl Observe for Audit {
    fn handled(&self, handled: &Handled<'_>) {
        println!(
            "  operator: {} {}, caller {}, transaction {}{}{}",
            handled.method,
            handled.status.as_u16(),
            handled.caller.map_or("-", |caller| caller.name()),
            handled.transaction_id.map_or("-", |id| id.as_str()),
            if handled.repeated { ", repeated" } else { "" },
            handled
                .refusal
                .and_then(Refusal::internal_detail)
                .map_or_else(String::new, |detail| format!(" ({detail})")),
        );
    }
}
