//! A software eUICC: what the vehicle's LPA commands, with the status words of a real one.

use std::collections::BTreeMap;

use aid_types::{Eid, Iccid};
use aid2_proto::CsimErrorCode;

/// The chip and its operational profiles; at most one is enabled.
pub(crate) struct Euicc {
    pub(crate) eid: Eid,
    capacity: usize,
    profiles: BTreeMap<Iccid, bool>,
    /// The next enable command fails with this status word.
    pub(crate) fault: Option<CsimErrorCode>,
}

/// 6A84: not enough memory.
const NOT_ENOUGH_MEMORY: CsimErrorCode = CsimErrorCode::from_status_word(0x6A84);
/// 6A88: referenced data not found.
const NOT_FOUND: CsimErrorCode = CsimErrorCode::from_status_word(0x6A88);

impl Euicc {
    pub(crate) fn new(eid: Eid, capacity: usize) -> Self {
        Self {
            eid,
            capacity,
            profiles: BTreeMap::new(),
            fault: None,
        }
    }

    pub(crate) fn install(&mut self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        if self.profiles.len() >= self.capacity {
            return Err(NOT_ENOUGH_MEMORY);
        }
        self.profiles.insert(iccid, false);
        Ok(())
    }

    /// Enables one profile, which disables the one that was enabled.
    pub(crate) fn enable(&mut self, iccid: &Iccid) -> Result<(), CsimErrorCode> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        if !self.profiles.contains_key(iccid) {
            return Err(NOT_FOUND);
        }
        for (installed, enabled) in &mut self.profiles {
            *enabled = installed == iccid;
        }
        Ok(())
    }

    pub(crate) fn disable(&mut self, iccid: &Iccid) -> Result<(), CsimErrorCode> {
        self.profiles
            .get_mut(iccid)
            .map(|enabled| *enabled = false)
            .ok_or(NOT_FOUND)
    }

    pub(crate) fn delete(&mut self, iccid: &Iccid) -> Result<(), CsimErrorCode> {
        self.profiles.remove(iccid).map(drop).ok_or(NOT_FOUND)
    }

    pub(crate) fn holds(&self, iccid: &Iccid) -> bool {
        self.profiles.contains_key(iccid)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.profiles.is_empty()
    }

    /// All profiles, and whether each is enabled.
    pub(crate) fn list(&self) -> impl Iterator<Item = (Iccid, bool)> {
        self.profiles.iter().map(|(iccid, enabled)| (*iccid, *enabled))
    }

    pub(crate) fn enabled(&self) -> Option<Iccid> {
        self.profiles
            .iter()
            .find(|(_, enabled)| **enabled)
            .map(|(iccid, _)| *iccid)
    }
}
