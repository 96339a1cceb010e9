//! Effects, as their lanes keep them.

use aid_procedures::Format;
use aid_types::{CmpRequestId, CorrelationId, Refusal, TraceParent, http::CallIds};
use aid1_client::Transaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    party::{internal, written},
    store::{Effect, Key, Lane, Unit},
};

/// An effect. One that is a call has the ids that each of its attempts carries, also after a crash.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept<E> {
    #[serde(default)]
    pub(crate) format: Format<1>,
    pub(crate) effect: E,
    /// What an earlier release has kept has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call: Option<Ids>,
    /// The trace of what the effect follows from, if that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<TraceParent>,
}

/// What the effects of a unit have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// A random number of this unit alone: the ids of its calls come of it, so that a unit that is decided anew needs no other.
    pub(crate) fresh: Uuid,
    /// The trace of what they follow from: of a call, of a vehicle's message, of another effect.
    pub(crate) trace: Option<TraceParent>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Ids {
    cmp_request_id: CmpRequestId,
    correlation_id: CorrelationId,
}

/// An effect that is a call: the transaction that it belongs to. `None` starts one.
pub(crate) type IsCall = Option<Option<CorrelationId>>;

impl<E> Kept<E> {
    /// As what the call is made: the first attempt as well as any other.
    pub(crate) fn transaction(&self, of: Option<CorrelationId>) -> Transaction {
        match self.call {
            Some(ids) => Transaction::Repeat(CallIds::new(ids.cmp_request_id, ids.correlation_id)),
            None => of.map_or(Transaction::New, Transaction::Of),
        }
    }
}

/// Puts an effect of `owner` into its lane.
pub(crate) fn keep(
    unit: &mut Unit,
    to: &str,
    owner: &Key,
    effect: &impl Serialize,
    is_call: IsCall,
    origin: Origin,
) -> Result<(), Refusal> {
    let lane = Lane::new(to, owner).map_err(internal)?;
    let number = unit.effects.len();
    let call = is_call.map(|of| Ids {
        cmp_request_id: nth(origin.fresh, number, 0).into(),
        correlation_id: of.unwrap_or_else(|| nth(origin.fresh, number, 1).into()),
    });
    let kept = Kept {
        format: Format,
        effect,
        call,
        trace: origin.trace,
    };
    unit.effects.push(Effect::new(lane, written(&kept)?));
    Ok(())
}

/// Two ids for each effect of a unit, none of them `fresh` itself: its lowest bits are random in every version of UUID.
fn nth(fresh: Uuid, effect: usize, which: u128) -> Uuid {
    let number = u128::try_from(effect).unwrap_or_default() % (1 << 32);
    Uuid::from_u128(fresh.as_u128() ^ (number * 2 + which + 1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Two releases run side by side (ADR 0014): those before ours have no ids, or no trace.
    #[test]
    fn the_release_before_reads_what_we_keep_and_we_read_what_it_kept() -> Result<(), Box<dyn std::error::Error>> {
        #[derive(Serialize, Deserialize)]
        struct Before {
            format: Format<1>,
            effect: String,
        }
        let (owner, mut unit) = (Key::try_from("subscription/1")?, Unit::default());
        let trace = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?);
        let fresh = Uuid::from_u128(1);
        keep(&mut unit, "peer", &owner, &"call", Some(None), Origin { fresh, trace })?;
        let body = unit.effects.pop().map(|effect| effect.body).unwrap_or_default();
        let ours: Kept<String> = serde_json::from_slice(&body)?;
        assert!(matches!(ours.transaction(None), Transaction::Repeat(_)));
        assert_eq!(ours.trace, trace);
        let before: Before = serde_json::from_slice(&body)?;
        let ours: Kept<String> = serde_json::from_slice(&serde_json::to_vec(&before)?)?;
        assert_eq!((&*ours.effect, ours.transaction(None)), ("call", Transaction::New));
        assert_eq!(ours.trace, None);
        Ok(())
    }

    #[test]
    fn no_id_is_given_twice_and_each_is_a_uuid_of_the_same_version() {
        let fresh = Uuid::from_u128(0x14ab_c1e2_338f_41e6_8c61_9e71_128c_ae77);
        let ids: BTreeSet<_> = (0..1000).flat_map(|n| [nth(fresh, n, 0), nth(fresh, n, 1)]).collect();
        assert_eq!(ids.len(), 2000);
        assert!(!ids.contains(&fresh));
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
    }
}
