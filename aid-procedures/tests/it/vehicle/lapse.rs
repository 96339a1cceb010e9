//! An LPA that never answers, and an eUICC that does not tell.

use aid_procedures::{Key, Lane, vehicle::Event};

use super::car::{Car, EID, VIN};

#[test]
fn an_lpa_that_never_answers_is_given_up_and_told() {
    let mut car = Car::with_profiles("A");
    let enable = car.effects(Event::Login {
        cmp_user_id: super::car::user('A'),
    });
    assert!(car.vehicle.still_wanted(&enable[0]));
    assert_eq!(car.wake_at(), Some(130));
    assert!(car.tick(119).is_empty());
    assert_eq!(
        car.tick(1),
        [
            "log LpaTimedOut",
            "log EnableFailed",
            "enable-error @130 1A=DISABLED 0000",
            "list"
        ]
    );
    assert!(!car.vehicle.still_wanted(&enable[0]));
    // Late: nobody knows which came first.
    let (command, _) = car.late[0].clone();
    let late = Event::Completed {
        command,
        result: Ok(()),
    };
    assert_eq!(car.handle(late.clone()), ["log LateOutcome"]);
    assert_eq!(car.listed(&[(1, true)]), ["log StateChanged", "status @131 1A=ENABLED"]);
    assert_eq!(car.handle(late), ["log Ignored"]);
}

#[test]
fn a_download_that_never_ends_has_failed() {
    let mut car = Car::new();
    car.login('A');
    car.code(0, 'A', 1);
    car.tick(1799);
    assert_eq!(car.tick(1), ["log LpaTimedOut", "log InstallationFailed", "list"]);
    let failed = "info @0 -A PROFILE_INSTALLATION_UNKNOWN_ERROR 0000";
    assert_eq!(car.listed(&[]), [failed]);
    // what it brings later is not lost.
    car.commands = std::mem::take(&mut car.late);
    assert_eq!(car.installed(1), ["log LateOutcome", "list"]);
    assert_eq!(
        car.listed(&[(1, false)]),
        ["log ProfileAdopted", "status @1800 1=DISABLED"]
    );
}

//
#[test]
fn what_was_given_up_is_looked_for_once_more_though_nobody_says_that_it_is_done() {
    let mut car = Car::new();
    car.login('A');
    car.code(0, 'A', 1);
    car.tick(1800);
    car.listed(&[]);
    assert_eq!(car.wake_at(), Some(3600));
    assert!(car.tick(1799).is_empty());
    assert_eq!(car.tick(1), ["list"]);
    assert_eq!(
        car.listed(&[(1, false)]),
        ["log ProfileAdopted", "status @3600 1=DISABLED"]
    );
    assert_eq!(car.wake_at(), None);

    // Enabled after its user has left.
    let mut car = Car::with_profiles("A");
    car.login('A');
    car.tick(120);
    car.listed(&[(1, false)]);
    car.logout();
    car.tick(119);
    assert_eq!(car.tick(1), ["list"]);
    let told = car.listed(&[(1, true)]);
    assert!(told.contains(&"disable 1".to_owned()), "{told:?}");
}

#[test]
fn an_euicc_that_does_not_tell_is_asked_again() {
    let mut car = Car::fresh();
    car.handle(super::car::started(false));
    assert_eq!(car.mute(0x6F00), ["log ListFailed"]);
    assert_eq!(car.wake_at(), Some(600));
    // Meanwhile nobody waits for it.
    car.login('A');
    assert_eq!(car.code(0, 'A', 1), ["download 1"]);
    assert!(car.tick(599).is_empty());
    assert_eq!(car.tick(1), ["list"]);
    assert_eq!(car.tick(120), ["log LpaTimedOut", "log ListFailed"]);
    assert_eq!(car.tick(600), ["list"]);
    assert_eq!(car.listed(&[]), ["status @1320"]);
}

#[test]
fn an_order_is_answered_though_the_lpa_is_stuck() {
    let mut car = Car::with_profiles("A");
    car.delete(500, 'A', 1);
    let told = car.tick(120);
    assert_eq!(
        told,
        [
            "log LpaTimedOut",
            "log DeleteFailed",
            "answer @500 DELETE_PROFILE_FAILED 0000",
            "status @500 1A=DISABLED",
            "list",
        ]
    );
    // It was deleted after all.
    assert_eq!(car.listed(&[]), ["log ProfileVanished", "status @130 1A=DELETED"]);
}

#[test]
fn messages_and_answers_keep_their_order_and_wait_for_no_command() {
    let mut car = Car::in_use();
    car.login('C');
    let mut effects = car.effects(Event::SendActivationCode(super::car::activation_code(20, 'C', 3)));
    car.delete(500, 'B', 2);
    car.done();
    let command = car.take(false);
    effects.extend(car.effects(Event::Completed {
        command,
        result: Ok(()),
    }));
    let lanes: Vec<_> = effects.iter().map(|effect| (effect.name(), effect.lane())).collect();
    assert_eq!(
        lanes,
        [
            ("download", Lane::Download),
            ("RequestDeleteProfile.Response", Lane::Peer),
            ("SendCSIMStatus", Lane::Peer),
        ]
    );
    let keys: Vec<Key> = car.vehicle.keys().collect();
    assert_eq!(keys, [Key::Vin(VIN.parse().unwrap()), Key::Eid(EID.parse().unwrap())]);
}

#[test]
fn a_long_life_grows_nothing() {
    let mut car = Car::new();
    let mut most = 0;
    for n in 0..10_000_u64 {
        car.now += 10;
        let letter = char::from(b'A' + (n % 26) as u8);
        car.login(letter);
        let id = car.now;
        match n % 4 {
            0 => drop(car.code(id, letter, 1 + n as u32)),
            1 => drop(car.delete(1_000_000 + n, letter, 5)),
            2 => drop(car.csim_info(1_000_000 + n)),
            _ => drop(car.logout()),
        }
        car.commands.clear();
        if n % 100 == 0 {
            most = most.max(serde_json::to_string(&car.vehicle).unwrap().len());
        }
    }
    assert!(most < 60_000, "{most} bytes");
}
