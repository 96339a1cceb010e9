//! "Request CSIM Info".

use aid_procedures::vehicle::Event;
use aid2_proto::CsimErrorCode;

use super::car::Car;

//
#[test]
fn the_euicc_is_asked_answered_for_and_reported() {
    let mut car = Car::in_use();
    assert_eq!(car.csim_info(500), ["list"]);
    assert_eq!(
        car.listed(&[(1, true), (2, false)]),
        [
            "answer @500 CSIM_INFO_SUCCESS 0000",
            "status @500 1A=ENABLED 2B=DISABLED"
        ]
    );
}

#[test]
fn questions_share_an_answer() {
    let mut car = Car::with_profiles("A");
    car.csim_info(500);
    assert_eq!(car.csim_info(500), ["log RepeatedOrder"], "delivered twice");
    assert!(car.csim_info(501).is_empty());
    assert_eq!(
        car.listed(&[(1, false)]),
        [
            "answer @500 CSIM_INFO_SUCCESS 0000",
            "status @500 1A=DISABLED",
            "answer @501 CSIM_INFO_SUCCESS 0000",
            "status @501 1A=DISABLED",
        ]
    );
}

#[test]
fn an_error_of_the_euicc_is_passed_on() {
    let mut car = Car::with_profiles("A");
    car.csim_info(500);
    let command = car.take(false);
    let result = Err(CsimErrorCode::from_status_word(0x6F00));
    assert_eq!(
        car.handle(Event::Listed { command, result }),
        ["log ListFailed", "answer @500 CSIM_INFO_GENERAL_ERROR 6F00"]
    );
}

#[test]
fn the_euicc_is_believed() {
    let mut car = Car::in_use();
    car.csim_info(500);
    assert_eq!(
        car.listed(&[(2, true), (9, false)]),
        [
            "log ProfileVanished",
            "log StateChanged",
            "log ProfileAdopted",
            "answer @500 CSIM_INFO_SUCCESS 0000",
            "status @500 1A=DELETED 2B=ENABLED 9=DISABLED",
            "disable 2",
        ]
    );
}

#[test]
fn what_was_installed_meanwhile_has_not_vanished() {
    let mut car = Car::in_use();
    car.login('C');
    car.done();
    car.code(20, 'C', 3);
    car.csim_info(500);
    car.installed(3);
    assert_eq!(
        car.listed(&[(1, false), (2, false)]),
        [
            "answer @500 CSIM_INFO_SUCCESS 0000",
            "status @500 1A=DISABLED 2B=DISABLED 3C=DISABLED",
            "enable 3",
        ]
    );
}

//
#[test]
fn a_logout_comes_before_a_question() {
    let mut car = Car::in_use();
    car.csim_info(500);
    car.logout();
    assert_eq!(
        car.listed(&[(1, true), (2, false)]),
        [
            "answer @500 CSIM_INFO_SUCCESS 0000",
            "status @500 1A=ENABLED 2B=DISABLED",
            "disable 1",
        ]
    );
    car.csim_info(501);
    assert_eq!(car.done(), ["status @20 1A=DISABLED 2B=DISABLED", "list"]);
}

#[test]
fn questions_without_end_are_refused() {
    let mut car = Car::with_profiles("A");
    for at in 0..64 {
        car.csim_info(500 + at);
    }
    assert_eq!(
        car.csim_info(600),
        ["log TooManyOrders", "answer @600 CSIM_INFO_GENERAL_ERROR 0000"]
    );
}
