//! Several users in one vehicle: whose sequence it is.

use aid_procedures::cmp::{Effect, Event, Sequences, ToVehicle};
use aid_types::Vin;
use aid2_proto::{RequestCsimInfo, RequestDeleteProfileResponse, RequestDeleteProfileResult, RequestId};

use super::backend::*;
use crate::common::{at, iccid, round_trip, vin};

fn ids(effects: &[Effect]) -> Vec<RequestId> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::SendToVehicle(message) => Some(message.request_id()),
        _ => None,
    });
    sent.collect()
}

/// One transaction of the federation with this number: its effects are as they were claimed.
fn claimed(sequences: &mut Sequences<u8>, number: u8, cmp: &mut Cmp, event: Event) -> Vec<RequestId> {
    cmp.on(event);
    sequences.claim(&number, &mut cmp.federation, &mut cmp.last);
    *sequences = round_trip(sequences.clone());
    ids(&cmp.last)
}

//
#[test]
fn no_two_federations_share_an_id() {
    let car: Vin = vin(1);
    let mut sequences = Sequences::new(car);
    let mut cmps = [1, 2].map(|n| (n, Cmp::federated().with_profile(1)));
    let mut seen = Vec::new();
    for (number, cmp) in &mut cmps {
        let delete = Event::DeleteProfile { iccid: iccid(1) };
        seen.extend(claimed(&mut sequences, *number, cmp, delete));
        seen.extend(claimed(&mut sequences, *number, cmp, Event::SyncVehicle { vin: car }));
        seen.extend(claimed(
            &mut sequences,
            *number,
            cmp,
            Event::DeleteAllProfiles { vin: car },
        ));
    }
    let mut unique = seen.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 6);
    for (at, id) in seen.iter().enumerate() {
        assert_eq!(sequences.owner(*id), Some(&if at < 3 { 1 } else { 2 }));
    }
    // What the federation waits for is the id that went out.
    for ((number, cmp), id) in cmps.iter_mut().zip([seen[0], seen[3]]) {
        let response = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND);
        let answered = cmp.on(Event::DeleteProfileResponse {
            request_id: id,
            response,
        });
        assert_eq!(answered, ["MSP: 1 is deleted"], "federation {number}");
    }
}

#[test]
fn what_is_sent_again_keeps_its_id() {
    let mut sequences = Sequences::new(vin(1));
    let mut cmp = Cmp::federated().with_profile(1);
    let first = claimed(&mut sequences, 1, &mut cmp, Event::DeleteProfile { iccid: iccid(1) });
    let again = claimed(&mut sequences, 1, &mut cmp, Event::VehicleConnected { vin: vin(1) });
    assert_eq!(first, again);
    assert_eq!(sequences.owner(first[0]), Some(&1));
    sequences.forget_owner(&2);
    assert_eq!(sequences.owner(first[0]), Some(&1));
    sequences.forget_owner(&1);
    assert_eq!(sequences.owner(first[0]), None);
    // Of another vehicle nothing is known here.
    assert_eq!(sequences.owner(RequestId::new(vin(2), first[0].timestamp)), None);
}

#[test]
fn the_sequences_that_were_begun_first_are_forgotten_whatever_the_clock_says() {
    // each later one is begun a second earlier, says the clock.
    let mut sequences = Sequences::new(vin(1));
    let mut cmp = Cmp::federated();
    let id = |number: u64| RequestId::new(vin(1), at(10_000 - number));
    for number in 0..=1024 {
        let ask = ToVehicle::RequestCsimInfo(RequestCsimInfo::new(id(number)));
        sequences.claim(&1, &mut cmp.federation, &mut [Effect::SendToVehicle(ask)]);
        assert_eq!(sequences.owner(id(0)).is_some(), number < 1024, "{number}");
    }
    assert!((1..=1024).all(|number| sequences.owner(id(number)).is_some()));
}
