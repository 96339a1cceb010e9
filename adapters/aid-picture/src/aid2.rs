//! Messages of AiD2.

use aid_types::{Identifier, Vin};
use aid2_proto::{
    DecodeOptions, RequestId,
    binding::{Binding, Incoming, Received, Refused, Side},
    session::{ToCmp, ToVehicle},
};

use crate::{
    Kind, Picture,
    aid1::trace,
    picture::{Body, Draft, vehicle},
};

/// Draws what is published to `to`.
pub(crate) fn draw(picture: &Picture, cmp: &str, binding: &Binding, to: Side, incoming: &Incoming<'_>) {
    let Ok(topic) = binding.topics.parse(incoming.topic) else {
        return stray(picture, cmp, to, &Refused::WrongSide);
    };
    let car = vehicle(topic.vin);
    let (from, to_name) = match to {
        Side::Cmp => (car.as_str(), cmp),
        Side::Vehicle => (cmp, car.as_str()),
    };
    let draft = |kind, name| Draft {
        one_user: false,
        ..Draft::new(from, to_name, kind, name)
    };
    let (kind, name, request_id) = match binding.receive(to, incoming) {
        Ok(Received::Message { name, request_id, .. }) => (Kind::Message, name, request_id),
        Ok(Received::Response { name, request_id, .. }) => (Kind::Reply, name, request_id),
        Err(refused) => {
            let mut body = Body::default();
            body.named.push((Vin::WHAT, topic.vin.to_string()));
            picture.draw(Draft {
                problem: Some(refused.to_string()),
                body,
                ..draft(Kind::Message, refused.reason())
            });
            return;
        }
    };
    let mut tolerated = Vec::new();
    let mut problem = None;
    let mut body = Body::write(picture.body_limit(), |shown| {
        let options = DecodeOptions::default();
        let read = match to {
            Side::Cmp => ToCmp::decode(name, request_id, incoming.payload, options).map(|read| {
                read.map(|(message, deviations)| {
                    message.show(shown);
                    deviations
                })
            }),
            Side::Vehicle => ToVehicle::decode(name, request_id, incoming.payload, options).map(|read| {
                read.map(|(message, deviations)| {
                    message.show(shown);
                    deviations
                })
            }),
        };
        match read {
            Ok(deviations) => tolerated = deviations.unwrap_or_default(),
            Err(error) => problem = Some(error.to_string()),
        }
    });
    body.named.push((Vin::WHAT, topic.vin.to_string()));
    picture.draw(Draft {
        ids: std::iter::once(id(request_id)).chain(trace(incoming.trace())).collect(),
        tolerated: &tolerated,
        problem,
        body,
        ..draft(kind, name)
    });
}

/// A topic of nobody.
fn stray(picture: &Picture, cmp: &str, to: Side, refused: &Refused) {
    let (from, to) = match to {
        Side::Cmp => ("somebody", cmp),
        Side::Vehicle => (cmp, "somebody"),
    };
    picture.draw(Draft {
        problem: Some(refused.to_string()),
        ..Draft::new(from, to, Kind::Message, "unknown topic")
    });
}

fn id(request_id: RequestId) -> (&'static str, String) {
    let RequestId {
        vehicle_id, timestamp, ..
    } = request_id;
    let last = vehicle_id.as_str().get(12..).unwrap_or_default();
    ("requestId", format!("…{last} {}", timestamp.number()))
}
