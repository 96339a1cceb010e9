//! "Enable and Disable Profile".

use super::car::Car;

//
#[test]
fn a_profile_that_cannot_be_enabled_is_reported_and_tried_at_the_next_login() {
    let mut car = Car::with_profiles("A");
    car.login('A');
    assert_eq!(
        car.fail(0x6985),
        ["log EnableFailed", "enable-error @10 1A=DISABLED 6985", "list"]
    );
    assert!(car.listed(&[(1, false)]).is_empty());
    assert!(car.tick(1000).is_empty());
    assert!(car.logout().is_empty());
    assert_eq!(car.login('A'), ["enable 1"]);
}

//
#[test]
fn a_profile_that_was_enabled_though_the_lpa_denies_it_is_disabled_when_its_user_leaves() {
    let mut car = Car::with_profiles("A");
    car.login('A');
    car.fail(0x6985);
    assert_eq!(car.listed(&[(1, true)]), ["log StateChanged", "status @11 1A=ENABLED"]);
    assert_eq!(car.logout(), ["disable 1"]);
}

//
#[test]
fn a_profile_that_cannot_be_disabled_is_reported_once_and_tried_again() {
    let mut car = Car::in_use();
    assert_eq!(car.logout(), ["disable 1"]);
    assert_eq!(
        car.fail(0x6985),
        ["log DisableFailed", "disable-error @20 1A=ENABLED 6985"]
    );
    assert_eq!(car.wake_at(), Some(80));
    assert!(car.tick(59).is_empty());
    assert_eq!(car.tick(1), ["disable 1"]);
    assert_eq!(car.wake_at(), Some(200), "the LPA may be stuck");
    assert_eq!(car.fail(0x6985), ["log DisableFailed"]);
    assert_eq!(car.tick(60), ["disable 1"]);
    assert_eq!(car.done(), ["status @140 1A=DISABLED 2B=DISABLED"]);
    // The next trouble is news again.
    car.login('A');
    car.done();
    car.logout();
    assert_eq!(car.fail(0), ["log DisableFailed", "disable-error @142 1A=ENABLED 0000"]);
}

#[test]
fn the_former_users_profile_is_disabled_first() {
    let mut car = Car::in_use();
    assert_eq!(car.login('B'), ["disable 1"]);
    assert_eq!(car.done(), ["status @20 1A=DISABLED 2B=DISABLED", "enable 2"]);
    assert_eq!(car.done(), ["status @21 1A=DISABLED 2B=ENABLED"]);
}

#[test]
fn no_second_profile_while_the_first_cannot_be_disabled() {
    let mut car = Car::in_use();
    car.login('B');
    assert_eq!(
        car.fail(0x6985),
        ["log DisableFailed", "disable-error @20 1A=ENABLED 6985"]
    );
    assert!(car.commands.is_empty());
    assert_eq!(car.tick(60), ["disable 1"]);
    assert_eq!(car.done(), ["status @80 1A=DISABLED 2B=DISABLED", "enable 2"]);
}

#[test]
fn who_comes_back_finds_the_profile_still_enabled() {
    let mut car = Car::in_use();
    car.logout();
    car.fail(0x6985);
    assert!(car.login('A').is_empty());
    assert_eq!(car.wake_at(), None);
    assert!(car.tick(1000).is_empty());
}

//
#[test]
fn a_logout_while_enabling_disables_at_once() {
    let mut car = Car::with_profiles("A");
    car.login('A');
    assert!(car.logout().is_empty());
    assert_eq!(car.done(), ["status @10 1A=ENABLED", "disable 1"]);
    assert_eq!(car.done(), ["status @11 1A=DISABLED"]);
}

#[test]
fn a_login_while_disabling_enables_again() {
    let mut car = Car::in_use();
    car.logout();
    assert!(car.login('A').is_empty());
    assert_eq!(car.done(), ["status @20 1A=DISABLED 2B=DISABLED", "enable 1"]);
}

// a download may take minutes.
#[test]
fn a_download_holds_up_nobody() {
    let mut car = Car::in_use();
    car.login('C');
    car.done();
    assert_eq!(car.code(20, 'C', 3), ["download 3"]);
    assert_eq!(car.login('A'), ["enable 1"]);
    car.done();
    assert_eq!(car.logout(), ["disable 1"]);
}

#[test]
fn an_outcome_that_nobody_waits_for_changes_nothing() {
    let mut car = Car::with_profiles("A");
    car.login('A');
    let (command, _) = car.commands[0].clone();
    car.done();
    let before = car.vehicle.clone();
    let again = aid_procedures::vehicle::Event::Completed {
        command,
        result: Ok(()),
    };
    assert_eq!(car.handle(again), ["log Ignored"]);
    let wrong_kind = aid_procedures::vehicle::Event::Listed {
        command,
        result: Ok(Vec::new()),
    };
    assert_eq!(car.handle(wrong_kind), ["log Ignored"]);
    assert_eq!(car.vehicle, before);
}

//
#[test]
fn a_logout_does_not_wait_for_the_retry_of_the_last_one() {
    let mut car = Car::in_use();
    car.logout();
    car.fail(0x6985);
    car.now = 30;
    assert!(car.login('A').is_empty());
    assert_eq!(car.logout(), ["disable 1"], "immediately");
}
