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

/// Each fault, and words of what it violates.
const SYMPTOMS: &[(Fault, &str)] = &[
    (Fault::SwapIgnoresPoolSize, "live profiles"),
    (Fault::TokenRemovedEarly, "msp_token"),
    (Fault::CandidateIsNewest, "least recently used"),
    (Fault::DuplicateCodeAccepted, "which it has"),
    (Fault::DeleteOrderLostOnCrash, "forgot an order"),
    (Fault::DeleteOrderNotResent, "at rest"),
    (Fault::CodeForInvalidatedToken, "invalidated"),
    (Fault::RequestWithInvalidatedToken, "deals with an activation code"),
    (Fault::CodeToOtherVehicle, "did not ask for"),
    (Fault::LogoutIgnored, "is not there"),
    (Fault::DisablePretended, "enable"),
    (Fault::DeletePretended, "still at"),
    (Fault::SwappedProfileKept, "is invalid, as the CMP knows"),
    (Fault::InvalidProfileKept, "is invalid, as the CMP knows"),
    (Fault::StatusNotRepeated, "at the CMP and"),
    (Fault::SubscriptionInfoIgnored, "phone number"),
    (Fault::SequencesShared, "which asked, has not heard it"),
    (Fault::OutboxLostOnCrash, "at rest"),
];

#[test]
fn every_fault_is_noticed_for_what_it_is() {
    let listed: Vec<Fault> = SYMPTOMS.iter().map(|(fault, _)| *fault).collect();
    assert_eq!(listed, Fault::ALL);
    let mut surprises = Vec::new();
    for (fault, words) in SYMPTOMS {
        match noticed(*fault) {
            Some((_, violation)) if violation.contains(words) => {}
            other => surprises.push((fault, other)),
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}

#[test]
fn a_failure_tells_a_short_story_that_can_be_told_again() {
    let options = with(Fault::SwapIgnoresPoolSize);
    let (seed, _) = noticed(Fault::SwapIgnoresPoolSize).expect("some seed notices");
    let failure = shrink(seed, options).expect("it fails");
    // One subscription, and more cars than it allows.
    let happenings = failure.selection.happenings.clone().expect("chosen");
    assert!(happenings.len() <= 6, "{failure}");
    let again = run(seed, options, &failure.selection, true);
    assert_eq!(again.violation.as_ref(), Some(&failure.violation));
    assert_eq!(again.trace, failure.trace);
    let text = failure.to_string();
    assert!(text.contains("-> CMP: Send MSP token"), "{text}");
    assert!(text.contains("--fault SwapIgnoresPoolSize"), "{text}");
}
