//! Everything in a request that is odd and yet no reason to refuse it.

use std::{collections::BTreeSet, fmt::Display};

use aid_types::{Eid, Iccid, Imei};

use crate::{
    Kept, NewPrimaryDeviceInfo, Odd, Oddity, OldIccidProfile, Subscription, TransferFlowType,
    TransferPrimaryDeviceEsimSub, UiccSignatureStatus, Version, kept::Meant,
};

impl TransferPrimaryDeviceEsimSub {
    /// Lists what is odd: identifiers that are none, wrong check digits, unlisted values, the same profile twice.
    ///
    /// Nothing of it keeps the request from being received or sent; whether it keeps a transfer from being made is up to
    /// the operator.
    #[must_use]
    pub fn lint(&self) -> Vec<Odd> {
        let mut lint = Lint::default();
        let old = &self.old_primary_device_info;
        lint.eid("oldPrimaryDeviceInfo", old.eid.as_ref());
        for (index, subscription) in old.subscription_list.iter().enumerate() {
            let at = format!("oldPrimaryDeviceInfo.subscriptionList[{index}]");
            lint.subscription(&at, subscription);
        }
        lint.new_device(&self.new_primary_device_info);
        if let (Some(old), Some(new)) = (&old.eid, &self.new_primary_device_info.eid)
            && old == new
        {
            lint.note("newPrimaryDeviceInfo.eid", Oddity::OnBothDevices);
        }
        if self
            .transfer_flow_type
            .is_some_and(|flow| !TransferFlowType::is_listed(flow))
        {
            lint.note("transferFlowType", Oddity::Unlisted);
        }
        lint.odd
    }
}

#[derive(Default)]
struct Lint<'a> {
    odd: Vec<Odd>,
    imsis: BTreeSet<&'a str>,
    old_iccids: BTreeSet<&'a str>,
    new_iccids: BTreeSet<&'a str>,
}

impl<'a> Lint<'a> {
    fn note(&mut self, at: impl Display, what: Oddity) {
        self.odd.push(Odd::new(at.to_string(), what));
    }

    /// The typed value, where the text is one.
    fn typed<T: Meant>(&mut self, at: impl Display, kept: Option<&Kept<T>>) -> Option<T> {
        let kept = kept?;
        let typed = kept.typed().ok();
        if typed.is_none() {
            let what = if kept.as_str().is_empty() {
                Oddity::Empty
            } else {
                Oddity::Malformed
            };
            self.note(at, what);
        }
        typed
    }

    fn eid(&mut self, at: &str, eid: Option<&Kept<Eid>>) {
        let at = format!("{at}.eid");
        if self.typed(&at, eid).is_some_and(|eid| !eid.check_digits_are_valid()) {
            self.note(at, Oddity::CheckDigits);
        }
    }

    fn imei(&mut self, at: &str, imei: Option<&Kept<Imei>>) {
        let at = format!("{at}.imei");
        if self
            .typed(&at, imei)
            .is_some_and(|imei| imei.check_digit_is_valid() == Some(false))
        {
            self.note(at, Oddity::CheckDigits);
        }
    }

    fn iccid(&mut self, at: &str, iccid: Option<&Kept<Iccid>>) {
        let at = format!("{at}.iccid");
        if self.typed(&at, iccid).is_some_and(|iccid| !iccid.luhn_is_valid()) {
            self.note(at, Oddity::CheckDigits);
        }
    }

    fn subscription(&mut self, at: &str, subscription: &'a Subscription) {
        let imsi_at = format!("{at}.primaryImsi");
        self.typed(&imsi_at, subscription.primary_imsi.as_ref());
        if let Some(imsi) = &subscription.primary_imsi
            && !self.imsis.insert(imsi.as_str())
        {
            self.note(imsi_at, Oddity::Repeated);
        }
        self.typed(format_args!("{at}.primaryMsisdn"), subscription.primary_msisdn.as_ref());
        let at = format!("{at}.iccidProfile");
        let profiles = &subscription.iccid_profile;
        if !profiles.is_array() {
            return profiles.iter().for_each(|profile| self.old_profile(&at, profile));
        }
        self.note(&at, Oddity::Array);
        if profiles.as_slice().is_empty() {
            self.note(&at, Oddity::Empty);
        }
        for (index, profile) in profiles.iter().enumerate() {
            self.old_profile(&format!("{at}[{index}]"), profile);
        }
    }

    fn old_profile(&mut self, at: &str, profile: &'a OldIccidProfile) {
        self.imei(at, profile.imei.as_ref());
        self.iccid(at, profile.iccid.as_ref());
        if let Some(iccid) = &profile.iccid
            && !self.old_iccids.insert(iccid.as_str())
        {
            self.note(format_args!("{at}.iccid"), Oddity::Repeated);
        }
        if profile.sim_type.is_some_and(|kind| !kind.is_listed()) {
            self.note(format_args!("{at}.simType"), Oddity::Unlisted);
        }
        let at = format_args!("{at}.uiccSignatureStatus");
        match profile.uicc_signature_status {
            Some(UiccSignatureStatus::Failed) => self.note(at, Oddity::Unproven),
            Some(UiccSignatureStatus::Unlisted(_)) => self.note(at, Oddity::Unlisted),
            _ => {}
        }
    }

    fn new_device(&mut self, device: &'a NewPrimaryDeviceInfo) {
        const AT: &str = "newPrimaryDeviceInfo";
        self.eid(AT, device.eid.as_ref());
        let at = format!("{AT}.simAllianceProfileVersion");
        let version = self.typed(&at, device.sim_alliance_profile_version.as_ref());
        if version.is_some_and(|version| version < Version::LOWEST_PROFILE) {
            self.note(at, Oddity::TooLow);
        }
        self.typed(
            format_args!("{AT}.gsmaSgp22Version"),
            device.gsma_sgp22_version.as_ref(),
        );
        for (index, profile) in device.iccid_profile_list.iter().flatten().enumerate() {
            let at = format!("{AT}.iccidProfileList[{index}]");
            self.imei(&at, profile.imei.as_ref());
            self.iccid(&at, profile.iccid.as_ref());
            let Some(iccid) = &profile.iccid else { continue };
            if !self.new_iccids.insert(iccid.as_str()) {
                self.note(format_args!("{at}.iccid"), Oddity::Repeated);
            }
            if self.old_iccids.contains(iccid.as_str()) {
                self.note(format_args!("{at}.iccid"), Oddity::OnBothDevices);
            }
        }
    }
}
