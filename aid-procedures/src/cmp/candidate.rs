//! Which profile the MSP may replace ("Profile Swap").

use aid_types::{Eid, Iccid};

use super::{CandidateChoice, Profile, ProfileState};

/// The profile to offer when the eUICC `eid` gets another one; `None` if there is no other vehicle yet.
//
pub(super) fn candidate(profiles: &[Profile], eid: Eid, choice: CandidateChoice) -> Option<Iccid> {
    profiles
        .iter()
        .filter(|profile| match profile.state {
            // whether or not it was downloaded, and a failed one in the same vehicle, too.
            ProfileState::Failed => true,
            ProfileState::CodeSent | ProfileState::Installed | ProfileState::Enabled | ProfileState::Disabled => {
                profile.eid != eid
            }
            // what is deleted, or about to be, is no candidate.
            _ => false,
        })
        .filter(|profile| profile.iccid.is_some())
        .min_by_key(|profile| match choice {
            CandidateChoice::LeastRecentlyUsed => (
                // What nobody can use is missed by nobody.
                profile.state != ProfileState::Failed,
                profile.last_used.unwrap_or(profile.requested_at),
            ),
            CandidateChoice::Oldest => (true, profile.requested_at),
        })?
        .iccid
}
