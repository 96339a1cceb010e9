//! The simulator is worth nothing if it does not notice what goes wrong.

use fleet_sim::{Fault, Options, Selection, run, shrink};

use crate::first_of;

fn with(fault: Fault) -> Options {
    let mut options = Options::default();
    options.fault = Some(fault);
    options
}

/// The first seed that notices.
fn noticed(fault: Fault) -> Option<(u64, String)> {
    first_of(30, |seed| {
        run(seed, with(fault), &Selection::default(), false).violation
    })
}

#[test]
fn every_fault_is_noticed() {
    let unnoticed: Vec<&Fault> = Fault::ALL.iter().filter(|fault| noticed(**fault).is_none()).collect();
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
    assert!(Fault::ALL.len() >= 10);
}

#[test]
fn each_fault_violates_what_it_should() {
    let expected = [
        (Fault::SwapIgnoresPoolSize, "live profiles"),
        (Fault::TokenRemovedEarly, "msp_token"),
        (Fault::CandidateIsNewest, "least recently used"),
        (Fault::DuplicateCodeAccepted, "which it has"),
        (Fault::DeleteOrderLostOnCrash, "forgot an order"),
        (Fault::CodeForInvalidatedToken, "issues a code"),
        (Fault::RequestWithInvalidatedToken, "deals with an activation code"),
        (Fault::CodeToOtherVehicle, "did not ask for"),
        (Fault::DisablePretended, "second profile"),
    ];
    for (fault, words) in expected {
        let (seed, violation) = noticed(fault).expect("some seed notices");
        assert!(violation.contains(words), "{fault:?}, seed {seed}: {violation}");
    }
}

#[test]
fn a_failure_tells_a_short_story_that_can_be_told_again() {
    let options = with(Fault::SwappedProfileKept);
    let (seed, _) = noticed(Fault::SwappedProfileKept).expect("some seed notices");
    let failure = shrink(seed, options).expect("it fails");
    // Two cars, one subscription, one swap.
    let happenings = failure.selection.happenings.clone().expect("chosen");
    assert!(happenings.len() <= 6, "{failure}");
    let again = run(seed, options, &failure.selection, true);
    assert_eq!(again.violation.as_ref(), Some(&failure.violation));
    assert_eq!(again.trace, failure.trace);
    let text = failure.to_string();
    assert!(
        text.contains("MSP 0 -> CMP: Send MSP token") || text.contains("-> CMP: Send MSP token"),
        "{text}"
    );
    assert!(text.contains("--fault SwappedProfileKept"), "{text}");
}
