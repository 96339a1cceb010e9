//! After a restart, and what is saved.

use aid_procedures::vehicle::{Event, Vehicle};

use super::car::{Car, user};

fn restarted(letter: Option<char>) -> Event {
    Event::Restarted {
        logged_in: letter.map(user),
    }
}

#[test]
fn commands_come_again_with_their_ids_and_the_euicc_is_read() {
    let mut car = Car::with_profiles("A");
    car.login('B');
    car.code(10, 'B', 2);
    car.login('A');
    let out = car.commands.clone();
    let mut again = car.handle(restarted(Some('A')));
    again.sort();
    assert_eq!(again, ["download 2", "enable 1"]);
    let mut after = car.commands.clone();
    after.sort_by_key(|(id, _)| *id);
    assert_eq!(after, out);
    assert_eq!(car.done(), ["status @11 1A=ENABLED", "list"]);
    assert!(car.listed(&[(1, true)]).is_empty(), "nothing new, nobody asked");
}

#[test]
fn what_changed_meanwhile_is_reported() {
    let mut car = Car::in_use();
    car.delete_all(500);
    car.commands.clear();
    assert_eq!(car.handle(restarted(None)), ["disable 1"]);
    assert_eq!(car.done(), ["list"]);
    assert_eq!(
        car.listed(&[(2, false)]),
        ["log ProfileVanished", "status @20 1A=DELETED 2B=DISABLED", "delete 2"]
    );
    assert_eq!(
        car.done(),
        ["answer @500 DELETE_ALL_PROFILES_SUCCESS 0000", "status @500 2B=DELETED"]
    );
}

#[test]
fn nobody_is_logged_in_after_parking() {
    let mut car = Car::in_use();
    assert_eq!(car.handle(restarted(None)), ["disable 1"]);
    assert_eq!(car.vehicle.logged_in(), None);
}

#[test]
fn a_restart_after_parking_is_a_login_too() {
    let mut car = Car::with_profiles("A");
    assert_eq!(car.handle(restarted(Some('B'))), ["ask @10 B", "list"]);
}

#[test]
fn another_format_is_refused() {
    let mut saved = serde_json::to_value(&Car::in_use().vehicle).unwrap();
    assert_eq!(saved["format"], 1);
    serde_json::from_value::<Vehicle>(saved.clone()).unwrap();
    saved["format"] = 2.into();
    let error = serde_json::from_value::<Vehicle>(saved).unwrap_err();
    assert!(error.to_string().contains("saved in format 2"), "{error}");
}

#[test]
fn debug_shows_no_secrets() {
    let mut car = Car::in_use();
    car.login('C');
    car.code(20, 'C', 3);
    let text = format!("{:?} {:?}", car.vehicle, car.commands);
    assert!(!text.contains("CODE-") && !text.contains("customer-"), "{text}");
}
