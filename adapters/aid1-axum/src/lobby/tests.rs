//! Who has to make room for whom.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong shall panic")]

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use super::*;

fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

fn address(last: u8) -> IpAddr {
    [192, 0, 2, last].into()
}

/// Which of them were asked to leave since it was asked last.
fn asked(tickets: &[Ticket]) -> Vec<usize> {
    let asked = tickets.iter().map(|ticket| now(ticket.must_leave()).is_some());
    asked
        .enumerate()
        .filter_map(|(index, asked)| asked.then_some(index))
        .collect()
}

#[tokio::test]
async fn the_oldest_that_has_shown_the_least_makes_room() {
    let lobby = Lobby::new(&ServeOptions::new().handshakes(4));
    let mut tickets: Vec<Ticket> = [Shown::Hello, Shown::Something, Shown::Nothing, Shown::Nothing]
        .into_iter()
        .map(|shown| lobby.enter(address(1), shown))
        .collect();
    assert!(asked(&tickets).is_empty());
    for leaves in [2, 3] {
        tickets.push(lobby.enter(address(2), Shown::Hello));
        assert_eq!(asked(&tickets), [leaves]);
    }
    tickets[0].shows(Shown::Identity);
    for leaves in [1, 4, 5] {
        tickets.push(lobby.enter(address(3), Shown::Hello));
        assert_eq!(asked(&tickets), [leaves]);
    }
    // Who is gone takes no place.
    tickets.truncate(6);
    let _more = [(); 3].map(|()| lobby.enter(address(3), Shown::Nothing));
    assert!(asked(&tickets).is_empty());
}

/// What one address has too many of takes nothing from others.
#[tokio::test]
async fn an_address_makes_room_for_itself() {
    let lobby = Lobby::new(&ServeOptions::new().handshakes(10).handshakes_per_address(2));
    let mut tickets = vec![lobby.enter(address(1), Shown::Nothing)];
    for index in 0..10 {
        tickets.push(lobby.enter(address(2), Shown::Hello));
        let expected = if index < 2 { vec![] } else { vec![index - 1] };
        assert_eq!(asked(&tickets), expected);
    }
    // Of IPv6, a whole network counts.
    let ours = |last| IpAddr::from([0x2001, 0xdb8, 0, 0, 1, 2, 3, last]);
    tickets = vec![lobby.enter("2001:db8:0:1::1".parse().unwrap(), Shown::Nothing)];
    tickets.extend([1, 2, 3].map(|last| lobby.enter(ours(last), Shown::Nothing)));
    assert_eq!(asked(&tickets), [1]);
}

#[tokio::test(start_paused = true)]
async fn who_never_had_a_request_gives_up_the_seat_first() {
    let lobby = Lobby::new(&ServeOptions::new().connections(3));
    let seat = || now(lobby.enter(address(1), Shown::Identity).seat());
    let leaves = |seat: &Seat| now(seat.must_leave()).is_some();
    let tick = || tokio::time::advance(std::time::Duration::from_secs(1));
    let [used, busy] = [(); 2].map(|()| seat().unwrap());
    busy.begins();
    used.begins();
    tick().await;
    used.ends();
    tick().await;
    let fresh = seat().unwrap();
    tick().await;

    let second = seat().unwrap();
    assert_eq!([&used, &fresh, &busy].map(leaves), [false, true, false]);
    second.begins();
    tick().await;
    second.ends();
    // Both had a request: now the one that is idle for longer.
    let third = seat().unwrap();
    assert_eq!([&used, &second, &busy].map(leaves), [true, false, false]);
    second.begins();
    third.begins();
    assert!(seat().is_none(), "everybody is busy");

    // Whoever waits gets the first that can be had.
    let ticket = lobby.enter(address(1), Shown::Identity);
    let mut waiting = pin!(ticket.seat());
    let mut context = Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    assert!(matches!(ticket.too_late(), Reason::NoPlace));
    third.ends();
    let fourth = waiting.as_mut().poll(&mut context);
    assert!(fourth.is_ready() && leaves(&third));
}
