//! "Delete Operational Profile" and "Delete all profiles".

use aid_procedures::vehicle::{DownloadFailure, Event};
use aid2_proto::{DownloadInstallResult, RequestDeleteAllProfiles, RequestDeleteProfile};

use super::car::{Car, iccid, request_id, user};

//
#[test]
fn a_profile_is_deleted_answered_and_reported() {
    let mut car = Car::with_profiles("AB");
    assert_eq!(car.delete(500, 'A', 1), ["delete 1"]);
    //
    assert_eq!(
        car.done(),
        [
            "answer @500 DELETE_PROFILE_SUCCESS 0000",
            "status @500 1A=DELETED 2B=DISABLED"
        ]
    );
    // Once: the next status has it no more.
    car.login('B');
    assert_eq!(car.done(), ["status @10 2B=ENABLED"]);
}

//
#[test]
fn an_enabled_profile_is_disabled_first() {
    let mut car = Car::in_use();
    assert_eq!(car.delete(500, 'A', 1), ["disable 1"]);
    assert_eq!(car.done(), ["delete 1"]);
    assert_eq!(
        car.done(),
        [
            "answer @500 DELETE_PROFILE_SUCCESS 0000",
            "status @500 1A=DELETED 2B=DISABLED"
        ]
    );
    // No new profile at once: the user may have wanted it gone. The next login asks.
    assert!(car.tick(1).is_empty());
    assert_eq!(car.login('A'), ["ask @21 A"]);
}

//
#[test]
fn what_is_gone_is_not_found_and_reported_again() {
    let mut car = Car::with_profiles("AB");
    car.delete(500, 'A', 1);
    car.done();
    let told = [
        "answer @500 DELETE_PROFILE_NOT_FOUND 0000",
        "status @500 2B=DISABLED 1A=DELETED",
    ];
    // Only the eUICC knows what it holds.
    for _ in 0..2 {
        assert_eq!(car.delete(500, 'A', 1), ["list"]);
        assert_eq!(car.listed(&[(2, false)]), told);
    }
}

#[test]
fn repeated_orders_are_all_answered_by_one_deletion() {
    let mut car = Car::with_profiles("A");
    car.delete(500, 'A', 1);
    assert_eq!(car.delete(500, 'A', 1), ["log RepeatedOrder"], "delivered twice");
    assert!(car.delete(501, 'A', 1).is_empty(), "sent again");
    assert!(car.delete_all(500).is_empty(), "the same id in another family (A-126)");
    assert_eq!(
        car.done(),
        [
            "answer @500 DELETE_PROFILE_SUCCESS 0000",
            "status @500 1A=DELETED",
            "answer @501 DELETE_PROFILE_SUCCESS 0000",
            "status @501 1A=DELETED",
            "list",
        ]
    );
    assert_eq!(
        car.listed(&[]),
        ["answer @500 DELETE_ALL_PROFILES_SUCCESS 0000", "status @500"]
    );
}

#[test]
fn an_id_that_names_two_orders_hides_neither() {
    let mut car = Car::with_profiles("AB");
    car.delete(500, 'A', 1);
    assert!(car.delete(500, 'B', 2).is_empty());
    assert_eq!(car.done().last().unwrap(), "delete 2");
}

#[test]
fn nobody_deletes_the_profile_of_another_user() {
    let mut car = Car::with_profiles("AB");
    assert_eq!(
        car.delete(500, 'A', 2),
        [
            "log NotTheirProfile",
            "answer @500 DELETE_PROFILE_USER_NOT_FOUND 0000",
            "status @500 1A=DISABLED 2B=DISABLED",
        ]
    );
    assert!(car.commands.is_empty());
}

#[test]
fn nor_one_that_comes_while_the_order_waits() {
    // B's download is out when the order comes: only then is it known whose the profile is.
    let mut car = Car::new();
    car.login('B');
    car.code(0, 'B', 1);
    assert_eq!(car.delete(500, 'A', 1), ["list"]);
    car.installed(1);
    assert_eq!(
        car.listed(&[(1, false)]),
        [
            "log NotTheirProfile",
            "answer @500 DELETE_PROFILE_USER_NOT_FOUND 0000",
            "status @500 1B=DISABLED",
            "enable 1",
        ]
    );
}

#[test]
fn a_deletion_that_fails_is_answered_and_leaves_the_profile() {
    let mut car = Car::in_use();
    car.delete(500, 'A', 1);
    car.done();
    assert_eq!(
        car.fail(0x6985),
        [
            "log DeleteFailed",
            "answer @500 DELETE_PROFILE_FAILED 6985",
            "status @500 1A=DISABLED 2B=DISABLED",
        ]
    );
    // It gives no service until the next login.
    assert!(car.tick(1000).is_empty());
    assert_eq!(car.login('A'), ["enable 1"]);
}

#[test]
fn a_deletion_fails_if_the_profile_cannot_be_disabled() {
    let mut car = Car::in_use();
    car.delete(500, 'A', 1);
    assert_eq!(
        car.fail(0x6985),
        [
            "log DisableFailed",
            "disable-error @20 1A=ENABLED 6985",
            "answer @500 DELETE_PROFILE_FAILED 6985",
            "status @500 1A=ENABLED 2B=DISABLED",
        ]
    );
    assert_eq!(car.delete(501, 'A', 1), ["disable 1"], "an order is tried at once");
}

#[test]
fn a_login_does_not_enable_what_is_about_to_be_deleted() {
    let mut car = Car::with_profiles("A");
    car.delete(500, 'A', 1);
    assert_eq!(car.login('A'), ["ask @10 A"]);
    assert_eq!(
        car.done(),
        ["answer @500 DELETE_PROFILE_SUCCESS 0000", "status @500 1A=DELETED"]
    );
    assert_eq!(car.code(10, 'A', 7), ["download 7"]);
}

//
#[test]
fn all_profiles_are_deleted_and_reported_together() {
    let mut car = Car::in_use();
    assert_eq!(car.delete_all(500), ["disable 1"]);
    assert_eq!(car.done(), ["list"]);
    assert_eq!(car.listed(&[(1, false), (2, false)]), ["delete 2"]);
    assert_eq!(car.done(), ["delete 1"]);
    assert_eq!(
        car.done(),
        [
            "answer @500 DELETE_ALL_PROFILES_SUCCESS 0000",
            "status @500 1A=DELETED 2B=DELETED"
        ]
    );
    car.delete_all(501);
    assert_eq!(
        car.listed(&[]),
        ["answer @501 DELETE_ALL_PROFILES_NO_PROFILES_FOUND 0000", "status @501"]
    );
}

//
#[test]
fn when_one_of_all_cannot_be_deleted_the_code_is_told() {
    let mut car = Car::with_profiles("AB");
    car.delete_all(500);
    car.listed(&[(1, false), (2, false)]);
    assert_eq!(car.fail(0x6985), ["log DeleteFailed", "delete 1"]);
    assert_eq!(
        car.done(),
        [
            "answer @500 DELETE_ALL_PROFILES_FAILED 6985",
            "status @500 1A=DELETED 2B=DISABLED"
        ]
    );
}

#[test]
fn orders_for_another_vehicle_are_refused() {
    let mut car = Car::with_profiles("A");
    let mut one = RequestDeleteProfile::new(request_id(500), user('A'), iccid(1));
    one.request_id.vehicle_id = "WBAUX11030A000000".parse().unwrap();
    let mut all = RequestDeleteAllProfiles::new(one.request_id);
    all.request_id = one.request_id;
    assert_eq!(car.effects(Event::RequestDeleteProfile(one)).len(), 2, "log and answer");
    assert_eq!(
        car.effects(Event::RequestDeleteAllProfiles(all)).len(),
        2,
        "log and answer"
    );
    assert!(car.commands.is_empty());
}

#[test]
fn orders_without_end_are_refused() {
    let mut car = Car::with_profiles("A");
    for at in 0..64 {
        car.delete(500 + at, 'A', 1);
    }
    assert_eq!(
        car.delete(600, 'A', 1),
        ["log TooManyOrders", "answer @600 DELETE_PROFILE_FAILED 0000"]
    );
    assert_eq!(
        car.done().len(),
        128,
        "every other is answered, and followed by its status"
    );
}

// an order is not lost because the profile is not there yet.
#[test]
fn an_order_that_overtakes_the_download_waits_for_it() {
    let mut car = Car::new();
    car.login('A');
    assert_eq!(car.code(10, 'A', 1).last().unwrap(), "download 1");
    assert_eq!(car.delete(500, 'A', 1), ["list"]);
    assert_eq!(car.delete(500, 'A', 1), ["log RepeatedOrder"], "delivered twice");
    assert!(car.listed(&[]).is_empty());
    // It is never enabled.
    assert_eq!(
        car.installed(1),
        ["info @10 1A PROFILE_INSTALLATION_SUCCESS 0000", "delete 1"]
    );
    assert_eq!(
        car.done(),
        ["answer @500 DELETE_PROFILE_SUCCESS 0000", "status @500 1A=DELETED"]
    );
}

#[test]
fn a_download_that_brings_nothing_ends_the_wait() {
    let mut car = Car::with_profiles("B");
    car.login('A');
    car.code(11, 'A', 2);
    assert_eq!(car.delete(500, 'A', 2), ["list"]);
    // Nobody waits for the download of another user.
    assert!(car.delete(501, 'B', 7).is_empty());
    assert_eq!(
        car.listed(&[(1, false)]),
        [
            "answer @501 DELETE_PROFILE_NOT_FOUND 0000",
            "status @501 1B=DISABLED 7B=DELETED",
        ]
    );
    let failure = DownloadFailure::new(DownloadInstallResult::PROFILE_INSTALLATION_FAILED);
    assert_eq!(car.not_installed(failure), ["log InstallationFailed", "list"]);
    assert_eq!(
        car.listed(&[(1, false)]),
        [
            "info @11 -A PROFILE_INSTALLATION_FAILED 0000",
            "answer @500 DELETE_PROFILE_NOT_FOUND 0000",
            "status @500 1B=DISABLED 2A=DELETED",
        ]
    );
}

//
#[test]
fn deleting_everything_includes_what_is_being_downloaded() {
    let mut car = Car::with_profiles("B");
    car.login('A');
    car.code(11, 'A', 2);
    assert_eq!(car.delete_all(500), ["list"]);
    assert_eq!(car.listed(&[(1, false)]), ["delete 1"]);
    assert!(car.done().is_empty());
    car.installed(2);
    assert_eq!(
        car.done(),
        [
            "answer @500 DELETE_ALL_PROFILES_SUCCESS 0000",
            "status @500 1B=DELETED 2A=DELETED",
        ]
    );
}

//
#[test]
fn what_nobody_knows_is_deleted_and_told() {
    let mut car = Car::new();
    assert_eq!(car.delete(500, 'A', 7), ["list"]);
    assert_eq!(
        car.listed(&[(7, true), (8, false)]),
        [
            "log ProfileAdopted",
            "log ProfileAdopted",
            "status @0 7=ENABLED 8=DISABLED",
            "disable 7"
        ]
    );
    assert_eq!(car.done(), ["delete 7"]);
    assert_eq!(
        car.done(),
        [
            "answer @500 DELETE_PROFILE_SUCCESS 0000",
            "status @500 7=DELETED 8=DISABLED"
        ]
    );
    assert_eq!(car.delete_all(501), ["list"]);
    assert_eq!(
        car.listed(&[(8, false), (9, false)]),
        ["log ProfileAdopted", "status @1 8=DISABLED 9=DISABLED", "delete 9"]
    );
    assert_eq!(car.done(), ["delete 8"]);
    assert_eq!(
        car.done(),
        [
            "answer @501 DELETE_ALL_PROFILES_SUCCESS 0000",
            "status @501 8=DELETED 9=DELETED"
        ]
    );
}

#[test]
fn an_euicc_that_does_not_tell_answers_no_order() {
    let mut car = Car::with_profiles("A");
    car.delete(500, 'A', 7);
    car.delete_all(501);
    assert_eq!(
        car.mute(0x6F00),
        [
            "log ListFailed",
            "answer @500 DELETE_PROFILE_FAILED 6F00",
            "status @500 1A=DISABLED 7A=DELETED",
            "delete 1",
        ]
    );
    assert_eq!(
        car.done(),
        ["answer @501 DELETE_ALL_PROFILES_FAILED 6F00", "status @501 1A=DELETED"]
    );
}

//
#[test]
fn nothing_new_is_downloaded_while_everything_is_deleted() {
    let mut car = Car::with_profiles("A");
    car.login('B');
    car.delete_all(500);
    assert!(car.code(10, 'B', 2).is_empty());
    assert_eq!(car.listed(&[(1, false)]), ["delete 1"]);
    assert_eq!(
        car.done(),
        [
            "answer @500 DELETE_ALL_PROFILES_SUCCESS 0000",
            "status @500 1A=DELETED",
            "download 2",
        ]
    );
}

//
#[test]
fn an_order_that_names_no_user_counts_by_its_iccid() {
    let mut car = Car::with_profiles("AB");
    assert_eq!(car.delete_of_nobody(500, 1), ["delete 1"]);
    assert_eq!(
        car.done(),
        [
            "answer @500 DELETE_PROFILE_SUCCESS 0000",
            "status @500 1A=DELETED 2B=DISABLED"
        ]
    );
    assert_eq!(car.delete_of_nobody(501, 1), ["list"]);
    assert_eq!(
        car.listed(&[(2, false)]),
        [
            "answer @501 DELETE_PROFILE_NOT_FOUND 0000",
            "status @501 2B=DISABLED 1=DELETED"
        ]
    );
}
