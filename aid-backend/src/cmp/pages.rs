//! What the CMP's own pages call.

use account_id::NewAccountId;
use aid_procedures::{
    Format, Key as Found, Timestamp,
    cmp::{Event, Federation, TokenState},
};
use aid_types::{
    AccountId, ClientId, CmpUserId, Leniency, Msisdn, Refusal,
    redirect::{
        RedirectBackToCmp, RedirectBackToMsp, RedirectDenied, RedirectError, RedirectFailure, RedirectToCmpContent,
        RedirectToMspContent,
    },
};
use uuid::Uuid;

use super::{CmpBackend, CmpPorts, FederationId, MspPartner, draft::Draft, key, record::Record};
use crate::{
    engine::UnitError,
    party::{self, internal, name_of},
    store::{Load, Save, Snapshot, Store},
};

/// A federation, to look at.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FederationView {
    /// Which.
    pub id: FederationId,
    /// The MSP's client-id at our server.
    pub msp: ClientId,
    /// What is known of it.
    pub federation: Federation,
}

impl From<Record> for FederationView {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            msp: record.msp,
            federation: record.federation,
        }
    }
}

/// An onboarding that has begun.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Onboarding {
    /// The federation that the onboarding is for.
    pub federation: FederationId,
    /// The session: the `sid` of the account_id.
    pub sid: Uuid,
    /// Where to send the user. It has the account_id in it: not for logs, `no-store`.
    pub url: String,
}

/// How the user came back from the MSP.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CameBack {
    /// The user is done. Whether there is a federation now shows its state.
    Done,
    /// The onboarding failed; the session is closed.
    Failed(RedirectFailure),
}

/// Why a page cannot go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum PageError {
    /// The other party sent the user with something that is not agreed: show an error, send nobody anywhere.
    Denied(RedirectDenied),
    /// The redirect cannot be read.
    Unreadable(RedirectError),
    /// It is refused, or the store failed.
    Unit(UnitError<Refusal>),
}

impl std::fmt::Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Denied(denied) => denied.fmt(f),
            Self::Unreadable(error) => error.fmt(f),
            Self::Unit(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PageError {}

impl From<UnitError<Refusal>> for PageError {
    fn from(error: UnitError<Refusal>) -> Self {
        Self::Unit(error)
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        Self::Unit(UnitError::Refused(refusal))
    }
}

impl<S: Store, P: CmpPorts> CmpBackend<S, P> {
    /// "Onboarding via CMP Touchpoint": the user chose an MSP. Send them to the [URL](Onboarding::url); they come back to
    /// `back`, a URL of ours, where the page calls [`came_back`](Self::came_back). `ver` is the secret knowledge that user and
    /// MSP share, where that is agreed.
    ///
    /// # Errors
    ///
    /// [`PageError`].
    pub async fn onboard(
        &self,
        user: CmpUserId,
        msp: &ClientId,
        ver: Option<&str>,
        back: &str,
    ) -> Result<Onboarding, PageError> {
        let partner = self.msp(msp)?;
        let (federation, sid, account_id) = self.open_session(user, msp, ver).await?;
        let redirect = RedirectToMspContent::new(account_id, back).map_err(PageError::Denied)?;
        let url = redirect.to_url(&partner.touchpoint);
        Ok(Onboarding { federation, sid, url })
    }

    /// "Onboarding via MSP Touchpoint": the MSP sent the user, who has logged in here. Send them back to the
    /// [URL](Onboarding::url).
    ///
    /// # Errors
    ///
    /// [`PageError`]; `Denied` if the MSP wants them sent where nothing is agreed.
    pub async fn onboard_for_msp(
        &self,
        user: CmpUserId,
        msp: &ClientId,
        ver: Option<&str>,
        arrived: &RedirectToCmpContent,
    ) -> Result<Onboarding, PageError> {
        let back = arrived
            .allowed_by(&self.msp(msp)?.redirects)
            .map_err(PageError::Denied)?;
        let (federation, sid, account_id) = self.open_session(user, msp, ver).await?;
        let url = RedirectBackToMsp::Success { account_id }.to_url(&back);
        Ok(Onboarding { federation, sid, url })
    }

    /// The user came back from the MSP, with this query behind the URL.
    ///
    /// # Errors
    ///
    /// [`PageError`].
    pub async fn came_back(&self, federation: FederationId, sid: Uuid, query: &str) -> Result<CameBack, PageError> {
        let received = RedirectBackToCmp::parse_query(query, Leniency::Field).map_err(PageError::Unreadable)?;
        match received.value {
            RedirectBackToCmp::Done => Ok(CameBack::Done),
            RedirectBackToCmp::Failure(failure) => {
                self.decide(federation, Event::SessionAborted { sid }).await?;
                Ok(CameBack::Failed(failure))
            }
        }
    }

    fn msp(&self, msp: &ClientId) -> Result<&MspPartner, Refusal> {
        self.ports.msp(msp).ok_or_else(|| internal("no such MSP"))
    }

    /// In the user's federation with the MSP; after a withdrawal in a new one.
    async fn open_session(
        &self,
        user: CmpUserId,
        msp: &ClientId,
        ver: Option<&str>,
    ) -> Result<(FederationId, Uuid, AccountId), PageError> {
        let partner = self.msp(msp)?;
        let (moment, options) = (self.moment(None), self.options.clone());
        let (sid, now) = (self.ports.fresh_id(), moment.now.as_secs());
        let mut new = NewAccountId::new(sid, now).lifetime(partner.lifetime);
        if let Some(ver) = ver {
            new = new.ver(ver);
        }
        let minted = new.mint(partner.account_ids.newest()).map_err(internal)?;
        let account_id: AccountId = minted.as_str().parse().map_err(internal)?;
        let ver = ver.map(str::to_owned);
        // Until the verifier refuses it.
        let expires = Timestamp::from_secs(now.saturating_add(partner.lifetime).saturating_add(GRACE));
        let msp = msp.clone();
        let (of_user, of_new) = (party::key("user", &user)?, key(FederationId::of_session(sid))?);
        let load = Load::keys([of_user.clone(), of_new.clone()]).named(name_of(&Found::CmpUserId(user.clone()))?);
        let decide = move |snapshot: &Snapshot| {
            let mut draft = Draft::new(snapshot, moment)?;
            let goes_on = |record: &&Record| {
                let over = matches!(record.federation.state(), TokenState::Invalidated | TokenState::Removed);
                record.msp == msp && !over
            };
            let present = draft.records().find(goes_on).map(|record| record.id);
            let id = present.unwrap_or(FederationId::of_session(sid));
            if present.is_none()
                && let Some(loaded) = draft.loaded(&of_new)
            {
                let federation = Federation::new(user.clone(), options.federation.clone());
                let record = Record {
                    format: Format,
                    id,
                    msp: msp.clone(),
                    federation,
                    active_since: None,
                    agreed: std::collections::BTreeMap::new(),
                };
                draft.insert(loaded, record);
            }
            draft.handle(id, Event::SessionOpened { sid, expires })?;
            if let (Some(ver), Some(record)) = (&ver, draft.record_mut(id)) {
                record.agreed.insert(sid, ver.clone());
            }
            // Two sessions of one user at once are decided one after the other.
            if let Some(loaded) = draft.loaded(&of_user) {
                draft.save(Save::new(of_user.clone(), loaded.version, "{}"));
            }
            draft.decision(id)
        };
        let federation = self.engine.unit(load, decide).await?;
        Ok((federation, sid, account_id))
    }

    /// One federation.
    ///
    /// # Errors
    ///
    /// [`Refusal`] with [`Internal`](aid_types::Condition::Internal) if the store fails.
    pub async fn federation(&self, id: FederationId) -> Result<Option<FederationView>, Refusal> {
        let views = self.views(Load::keys([key(id)?])).await?;
        Ok(views.into_iter().next())
    }

    /// All federations of a user, at whatever MSP; those that are over included while they are remembered.
    ///
    /// # Errors
    ///
    /// As [`federation`](Self::federation).
    pub async fn federations_of(&self, user: &CmpUserId) -> Result<Vec<FederationView>, Refusal> {
        self.views(Load::default().named(name_of(&Found::CmpUserId(user.clone()))?))
            .await
    }

    async fn views(&self, load: Load) -> Result<Vec<FederationView>, Refusal> {
        let snapshot = self.engine.store().load(load).await.map_err(internal)?;
        let records: Result<Vec<Option<Record>>, _> = snapshot.aggregates.iter().map(party::read).collect();
        Ok(records?.into_iter().flatten().map(FederationView::from).collect())
    }

    /// The phone number of a subscription, to be shown to its user; `None` if there is none, or none that can be read.
    #[must_use]
    pub fn phone_number(&self, view: &FederationView) -> Option<Msisdn> {
        let encrypted = view.federation.subscription()?.phone_number()?;
        let decrypted = self.ports.msp(&view.msp)?.phone.decrypt(encrypted).ok()?;
        Some(decrypted.number)
    }
}

/// For how long after its account_id a session waits: what the verifier still accepts shall find it.
const GRACE: u64 = 60 * 60;
