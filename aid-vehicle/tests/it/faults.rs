//! The eUICC fails, hangs, or does not say what it did: the vehicle finds out, and comes to its end.

use std::time::Duration;

use aid_vehicle::{EuiccFault, Log, Lpa as _, LpaCommand, Options, SoftwareEuicc};
use aid2_mqtt::MemoryStore;
use aid2_proto::{DownloadInstallResult, ProfileStatus, RequestDeleteProfileResult, session::ToCmp};

use crate::{
    backend::{Backend, id, user, vin},
    broker,
    car::{self, Car},
    euicc::{self, code, iccid},
};

/// The first command of this name meets the fault.
async fn euicc_with(name: &'static str, fault: EuiccFault) -> SoftwareEuicc {
    let euicc = euicc::empty().await;
    let mut fault = Some(fault);
    euicc.set_faults(move |command| fault.take_if(|_| command.name() == name));
    euicc
}

/// An LPA that says nothing is given up after a second.
fn impatient(broker: &str) -> Options {
    let mut options = car::options(broker);
    let procedures = &mut options.procedures;
    (procedures.download_timeout, procedures.lpa_timeout) = (1, 1);
    (procedures.disable_retry, procedures.list_retry) = (1, 1);
    options
}

#[tokio::test]
async fn an_euicc_in_software_fails_as_it_is_told_to() {
    let mut list = euicc::empty().await;
    for (fault, says_so, does_it) in [
        (EuiccFault::Fails, Some(false), false),
        (EuiccFault::Hangs, None, false),
        (EuiccFault::DoneButFails, Some(false), true),
        (EuiccFault::DoneButHangs, None, true),
        (EuiccFault::Late(Duration::from_millis(1)), Some(true), true),
    ] {
        list = euicc_with("download", fault).await;
        let said = tokio::time::timeout(Duration::from_millis(100), list.download(code(1), None)).await;
        assert_eq!(said.ok().map(|said| said.is_ok()), says_so, "{fault:?}");
        assert_eq!(euicc::profiles(&list).await.len(), usize::from(does_it), "{fault:?}");
    }
    list.set_faults(|command| matches!(command, LpaCommand::List).then_some(EuiccFault::Fails));
    assert!(list.list().await.is_err());

    // Given up, and done all the same.
    let euicc = euicc_with("download", EuiccFault::Late(Duration::from_millis(20))).await;
    let given_up = tokio::time::timeout(Duration::ZERO, euicc.download(code(1), None)).await;
    assert!(given_up.is_err());
    while euicc::profiles(&euicc).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// From the login to the enabled profile and its deletion, with one fault.
async fn drive(name: &'static str, fault: EuiccFault) {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let euicc = euicc_with(name, fault).await;
    let car = Car::start(impatient(&broker), MemoryStore::new(), euicc.clone()).await;
    // Told as soon as the eUICC can be read.
    assert_eq!(backend.status().await.1, []);
    car.service.login(user()).await.unwrap();
    backend.issue(1).await;
    while !euicc::profiles(&euicc).await.contains(&(iccid(1), true)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    car.service.logout().await.unwrap();
    while euicc::profiles(&euicc).await != [(iccid(1), false)] {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Whatever comes between: an order that fails is given again, as a backend does.
    let mut number = 0;
    backend.delete(id(vin(), number), 1).await;
    loop {
        if let ToCmp::RequestDeleteProfileResponse(_, response) = backend.receive().await {
            if response.result != RequestDeleteProfileResult::DELETE_PROFILE_FAILED {
                break;
            }
            number += 1;
            backend.delete(id(vin(), number), 1).await;
        }
    }
    assert!(euicc::profiles(&euicc).await.is_empty());
}

#[tokio::test]
async fn whatever_the_euicc_says_what_it_holds_counts() {
    let late = EuiccFault::Late(Duration::from_millis(50));
    let mut lives = tokio::task::JoinSet::new();
    for name in ["download", "disable", "delete", "list"] {
        for fault in [EuiccFault::DoneButFails, EuiccFault::DoneButHangs, late] {
            lives.spawn(drive(name, fault));
        }
    }
    for name in ["disable", "delete", "list"] {
        for fault in [EuiccFault::Fails, EuiccFault::Hangs] {
            lives.spawn(drive(name, fault));
        }
    }
    for fault in [EuiccFault::DoneButFails, EuiccFault::DoneButHangs, late] {
        lives.spawn(drive("enable", fault));
    }
    lives.join_all().await;
}

#[tokio::test]
async fn a_download_that_never_ends_is_told_and_the_next_login_asks_again() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let euicc = euicc_with("download", EuiccFault::Hangs).await;
    let mut car = Car::start(impatient(&broker), MemoryStore::new(), euicc).await;
    backend.status().await;
    car.service.login(user()).await.unwrap();
    let asked = backend.asked().await;
    backend.send(&asked, 1).await;
    car.logs(Log::LpaTimedOut { iccid: None }).await;
    let ToCmp::SendProfileDownloadInstallInfo(info) = backend.receive().await else {
        panic!()
    };
    let unknown = DownloadInstallResult::PROFILE_INSTALLATION_UNKNOWN_ERROR;
    assert_eq!((info.request_id, info.result), (asked.request_id, unknown));
    car.service.login(user()).await.unwrap();
    backend.issue(2).await;
    assert_eq!(backend.status().await.1, [(iccid(2), ProfileStatus::ENABLED)]);
}

#[tokio::test]
async fn a_profile_that_comes_after_its_download_was_given_up_is_found() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let euicc = euicc_with("download", EuiccFault::Late(Duration::from_millis(1500))).await;
    let mut car = Car::start(impatient(&broker), MemoryStore::new(), euicc.clone()).await;
    backend.status().await;
    car.service.login(user()).await.unwrap();
    let asked = backend.asked().await;
    backend.send(&asked, 1).await;
    car.logs(Log::LpaTimedOut { iccid: None }).await;
    backend.receive().await;
    // Nobody restarts it, and nobody asks.
    car.logs(Log::ProfileAdopted { iccid: iccid(1) }).await;
    assert_eq!(backend.status().await.1, [(iccid(1), ProfileStatus::DISABLED)]);
}
