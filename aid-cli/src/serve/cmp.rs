//! What the CMP knows, and what each of its five operations does to that. Pure: no clock, no IO.

use std::collections::{BTreeMap, BTreeSet};

use account_id::{Ver, Verifier};
use aid_types::{
    AccountId, ActivationCode, ActivationCodeRequestId, AesGcmPhoneCipher, Condition, EncryptedPhoneNumber, ErrorCode,
    Iccid, Leniency, MspToken, PhoneCipher as _, ProfileInformationStatus, Refusal, SendActivationCode, SendMspToken,
    SendProfileInformation, UpdateSubscriptionInfo,
};

use super::seed::Seed;

pub(crate) struct Cmp {
    /// Without a secret, an account_id is an opaque text that is known or not.
    verifier: Option<Verifier>,
    ver: Option<String>,
    cipher: Option<AesGcmPhoneCipher>,
    /// By sid: the onboarding sessions, and the msp_token that each ended with.
    sessions: BTreeMap<String, Option<MspToken>>,
    users: BTreeMap<MspToken, User>,
    /// The profiles of all users: nobody has to be asked one by one.
    known: BTreeSet<Iccid>,
    /// The requests for activation codes, and what each was answered with.
    requests: BTreeMap<ActivationCodeRequestId, Option<(MspToken, ActivationCode)>>,
}

#[derive(Default, Clone)]
struct User {
    invalidated: bool,
    profiles: BTreeMap<Iccid, ProfileInformationStatus>,
}

impl Cmp {
    pub(crate) fn new(seed: Seed, leniency: Leniency) -> Self {
        let verifier = seed
            .account_id_secret
            .map(Verifier::new)
            .map(|verifier| match leniency {
                Leniency::Strict => verifier.strict(),
                _ => verifier,
            });
        let profiles = seed
            .iccids
            .into_iter()
            .map(|iccid| (iccid, ProfileInformationStatus::Valid));
        let user = User {
            invalidated: false,
            profiles: profiles.collect(),
        };
        Self {
            cipher: seed.phone_key.map(AesGcmPhoneCipher::new),
            // A sid is a UUID, which has no case; an opaque account_id has.
            sessions: seed
                .sids
                .into_iter()
                .map(|sid| {
                    (
                        if verifier.is_some() {
                            sid.to_ascii_lowercase()
                        } else {
                            sid
                        },
                        None,
                    )
                })
                .collect(),
            verifier,
            ver: seed.ver,
            known: user.profiles.keys().copied().collect(),
            users: seed.msp_tokens.into_iter().map(|token| (token, user.clone())).collect(),
            requests: seed.activation_request_ids.into_iter().map(|id| (id, None)).collect(),
        }
    }

    pub(crate) fn send_msp_token(
        &mut self,
        account_id: &AccountId,
        body: &SendMspToken,
        now: u64,
    ) -> Result<(), Refusal> {
        let sid = self.sid(account_id, now)?;
        let known = self.sessions.get(&sid).ok_or(Condition::UnknownAccountId)?;
        let SendMspToken::Issued(issued) = body else {
            // Taken note of: nothing is created, and the session stays open.
            return Ok(());
        };
        self.decrypt(&issued.phone_number)?;
        match known {
            // What was lost on its way back is said again.
            Some(token) if *token == issued.msp_token => Ok(()),
            Some(_) => Err(Condition::UserHasMspToken.into()),
            // Also one that was invalidated: no msp_token is used twice.
            None if self.users.contains_key(&issued.msp_token) => Err(Condition::MspTokenAssigned.into()),
            None => {
                self.sessions.insert(sid, Some(issued.msp_token));
                self.users.insert(issued.msp_token, User::default());
                Ok(())
            }
        }
    }

    pub(crate) fn notify_msp_token_invalid(&mut self, msp_token: &MspToken) -> Result<(), Refusal> {
        let user = self.users.get_mut(msp_token).ok_or(Condition::UnknownMspToken)?;
        user.invalidated = true;
        Ok(())
    }

    /// All or nothing.
    pub(crate) fn send_profile_information(
        &mut self,
        msp_token: &MspToken,
        body: &SendProfileInformation,
    ) -> Result<(), Refusal> {
        let user = self.user(msp_token)?;
        for entry in body.profiles() {
            let Some(status) = user.profiles.get(&entry.iccid) else {
                return Err(match body.profiles() {
                    _ if self.known.contains(&entry.iccid) => Refusal::foreign_profile(&entry.iccid, msp_token),
                    [_] => Refusal::unknown_profile(&entry.iccid),
                    _ => Condition::UnknownProfiles.into(),
                });
            };
            // Invalid is final; to hear it twice changes nothing.
            if *status == ProfileInformationStatus::Invalid && entry.status != ProfileInformationStatus::Invalid {
                return Err(Refusal::profile_stays_invalid(&entry.iccid));
            }
        }
        if let Some(user) = self.users.get_mut(msp_token) {
            user.profiles
                .extend(body.profiles().iter().map(|entry| (entry.iccid, entry.status.clone())));
        }
        Ok(())
    }

    pub(crate) fn update_subscription_info(
        &self,
        msp_token: &MspToken,
        body: &UpdateSubscriptionInfo,
    ) -> Result<(), Refusal> {
        self.user(msp_token)?;
        body.phone_number()
            .map_or(Ok(()), |phone_number| self.decrypt(phone_number))
    }

    pub(crate) fn send_activation_code(
        &mut self,
        msp_token: &MspToken,
        body: &SendActivationCode,
    ) -> Result<(), Refusal> {
        self.user(msp_token)?;
        let id = body.activation_code_request_id().or_else(|| self.only_open_request());
        let id = id.ok_or(Condition::UnknownRequestId)?;
        let answer = self.requests.get_mut(&id).ok_or(Condition::UnknownRequestId)?;
        let SendActivationCode::Issued(issued) = body else {
            // Taken note of: there is no code, and a later one is welcome.
            return Ok(());
        };
        match answer {
            // The first counts.
            Some((token, code)) if token == msp_token && *code == issued.activation_code => Ok(()),
            Some((token, _)) if token == msp_token => Err(Condition::ActivationCodeAssigned.into()),
            Some(_) => Err(Condition::UnknownRequestId.into()),
            None => {
                *answer = Some((*msp_token, issued.activation_code.clone()));
                if let (Some(user), Some(iccid)) = (self.users.get_mut(msp_token), issued.iccid) {
                    user.profiles.entry(iccid).or_insert(ProfileInformationStatus::Valid);
                    self.known.insert(iccid);
                }
                Ok(())
            }
        }
    }

    fn sid(&self, account_id: &AccountId, now: u64) -> Result<String, Refusal> {
        let Some(verifier) = &self.verifier else {
            return Ok(account_id.as_str().to_owned());
        };
        let verified = verifier
            .verify_at(account_id.as_str(), now)
            .and_then(|token| token.check_ver(Ver::from(self.ver.as_deref())));
        let claims = verified.map_err(|error| {
            let condition = Condition::with_code(ErrorCode::new(error.code().into()));
            Refusal::new(condition.unwrap_or(Condition::AccountIdOther)).internal(error.to_string())
        })?;
        Ok(claims.sid.to_string())
    }

    /// The user of a msp_token that is still good.
    fn user(&self, msp_token: &MspToken) -> Result<&User, Refusal> {
        let user = self.users.get(msp_token).ok_or(Condition::UnknownMspToken)?;
        if user.invalidated {
            return Err(Condition::InvalidatedMspToken.into());
        }
        Ok(user)
    }

    /// The number itself is of no use here, only that it can be read; without a key only that somebody could.
    fn decrypt(&self, phone_number: &EncryptedPhoneNumber) -> Result<(), Refusal> {
        let Some(cipher) = &self.cipher else {
            let decoded = phone_number.ciphertext().bytes().zip(phone_number.iv().bytes());
            let refusal = || Refusal::new(Condition::PhoneNumber).internal("phoneNumber or iv is not Base64");
            return decoded.map(drop).ok_or_else(refusal);
        };
        cipher
            .decrypt(phone_number)
            .map(drop)
            .map_err(|error| Refusal::new(Condition::PhoneNumber).internal(error.to_string()))
    }

    /// What a failure without a request id must mean.
    fn only_open_request(&self) -> Option<ActivationCodeRequestId> {
        let mut open = self
            .requests
            .iter()
            .filter(|(_, answer)| answer.is_none())
            .map(|(id, _)| *id);
        let only = open.next();
        if open.next().is_none() { only } else { None }
    }
}
