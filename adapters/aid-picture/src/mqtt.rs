//! A link of AiD2.

use std::sync::Arc;

use aid2_mqtt::Tap;
use aid2_proto::binding::{Binding, Incoming, Outgoing, Side};

use crate::{Picture, aid2};

/// Draws what crosses a link of AiD2: for [`LinkOptions::tap`](aid2_mqtt::LinkOptions::tap).
///
/// Tap one end of a link only, the backend's, where it can be had: every message crosses there once.
#[derive(Debug, Clone)]
pub struct LinkTap {
    picture: Picture,
    cmp: Arc<str>,
    binding: Binding,
    own: Side,
}

impl LinkTap {
    /// Draws the link of a CMP's backend.
    #[must_use]
    pub fn of_backend(picture: &Picture, cmp: &str, binding: Binding) -> Self {
        Self::new(picture, cmp, binding, Side::Cmp)
    }

    /// Draws the link of a vehicle.
    #[must_use]
    pub fn of_vehicle(picture: &Picture, cmp: &str, binding: Binding) -> Self {
        Self::new(picture, cmp, binding, Side::Vehicle)
    }

    fn new(picture: &Picture, cmp: &str, binding: Binding, own: Side) -> Self {
        Self {
            picture: picture.clone(),
            cmp: cmp.into(),
            binding,
            own,
        }
    }
}

impl Tap for LinkTap {
    fn sent(&self, outgoing: &Outgoing) {
        let mut incoming = Incoming::new(&outgoing.topic, &outgoing.payload)
            .with_response_topic(outgoing.response_topic.as_deref())
            .with_correlation(outgoing.correlation.as_deref());
        let trace = outgoing.trace_parent.map(|trace| trace.to_string());
        incoming.trace_parent = trace.as_deref();
        aid2::draw(&self.picture, &self.cmp, &self.binding, self.own.other(), &incoming);
    }

    fn received(&self, incoming: &Incoming<'_>) {
        aid2::draw(&self.picture, &self.cmp, &self.binding, self.own, incoming);
    }
}
