use std::collections::VecDeque;

use aid_types::TraceParent;

use crate::Timestamp;

/// Of how many orders a vehicle remembers the trace.
const REMEMBERED: usize = 16;

/// The traces of the orders that came last, by the second of their request ids: what the vehicle sends with the same request
/// id carries the same trace. The oldest are forgotten; nothing depends on them.
#[derive(Debug, Clone, Default)]
pub(super) struct Traces(VecDeque<(Timestamp, TraceParent)>);

impl Traces {
    /// The trace of the order with this second.
    pub(super) fn of(&self, timestamp: Timestamp) -> Option<TraceParent> {
        let (_, trace) = self.0.iter().rev().find(|(other, _)| *other == timestamp)?;
        Some(*trace)
    }

    pub(super) fn insert(&mut self, timestamp: Timestamp, trace: TraceParent) {
        self.0.retain(|(other, _)| *other != timestamp);
        self.0.push_back((timestamp, trace));
        if self.0.len() > REMEMBERED {
            self.0.pop_front();
        }
    }

    /// A line each: the second, a blank, the trace.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let lines = self.0.iter();
        let lines = lines.map(|(timestamp, trace)| format!("{} {trace}\n", timestamp.number()));
        lines.collect::<String>().into_bytes()
    }

    /// What can be read of them: nothing depends on the rest.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let lines = std::str::from_utf8(bytes).unwrap_or_default().lines();
        let read = |line: &str| {
            let (timestamp, trace) = line.split_once(' ')?;
            Some((Timestamp::from_number(timestamp.parse().ok()?), trace.parse().ok()?))
        };
        Self(lines.filter_map(read).take(REMEMBERED).collect())
    }
}
