//! A user is onboarded, drives, deletes a profile, gets another, and withdraws.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use account_id::{Ver, Verifier};
use aid_backend::{
    cmp::{FederationId, FederationView},
    engine::UnitError,
    msp::Onboarding,
    store::Store,
};
use aid_procedures::{
    cmp::{Event, TokenState},
    msp,
};
use aid_types::{
    AccountId, IssuedMspToken, Leniency, MspToken, Refusal, SubscriptionType,
    phone::{EncryptedPhoneNumber, PhoneCipher as _},
    redirect::RedirectToMspContent,
};
use tokio::time::sleep;

use super::{World, car, client_id, cmp, token, until, user};

/// The subscriber's number, encrypted.
pub(crate) fn phone() -> EncryptedPhoneNumber {
    let number = "4915112345678".parse().unwrap();
    let phone = cmp::cipher().encrypt(&number, &mut |bytes: &mut [u8]| {
        bytes.fill(9);
        Ok::<(), std::convert::Infallible>(())
    });
    phone.unwrap()
}

/// A customer of the MSP who wants to be onboarded.
pub(crate) fn customer(cmp: &str, token: MspToken, account_id: AccountId) -> Onboarding {
    let body = IssuedMspToken::new(token, phone(), SubscriptionType::Private);
    let options = msp::Options::new(NonZeroUsize::new(2).unwrap());
    Onboarding::new(client_id(cmp), "customer 1".to_owned(), account_id, body, options)
}

const VER: &str = "4711";

impl<S: Store> World<S> {
    /// The user clicks, and clicks again until it works.
    async fn insist<F: Future<Output = Result<(), UnitError<Refusal>>>>(&self, click: impl Fn() -> F) {
        loop {
            match click().await {
                Ok(()) | Err(UnitError::Refused(_)) => return,
                Err(_) => sleep(Duration::from_millis(40)).await,
            }
        }
    }

    pub(crate) async fn federation(&self) -> Option<FederationView> {
        let federations = loop {
            match self.cmp().federations_of(&user()).await {
                Ok(federations) => break federations,
                Err(_) => sleep(Duration::from_millis(40)).await,
            }
        };
        let of_token = |view: &FederationView| view.federation.keys().any(|key| key.value() == token().to_string());
        federations
            .iter()
            .find(|view| of_token(view))
            .or(federations.first())
            .cloned()
    }

    async fn is(&self, state: TokenState) -> bool {
        self.federation()
            .await
            .is_some_and(|view| view.federation.state() == state)
    }

    /// What the MSP believes of the profiles that are alive, as text.
    pub(crate) async fn msp_states(&self) -> Vec<String> {
        let Ok(Some(view)) = self.msp().subscription(&token()).await else {
            return Vec::new();
        };
        let profiles = view.subscription.profiles().iter();
        profiles.map(|profile| format!("{:?}", profile.state())).collect()
    }

    /// "Onboarding via CMP Touchpoint", both touchpoints.
    pub(crate) async fn onboards(&self) -> FederationId {
        let began = loop {
            let (cmp, msp, back) = (self.cmp(), client_id("msp1"), "https://www.cmp.example/done");
            match cmp.onboard(user(), &msp, Some(VER), back).await {
                Ok(began) => break began,
                Err(_) => sleep(Duration::from_millis(40)).await,
            }
        };
        let arrived = RedirectToMspContent::parse_url(&began.url, Leniency::Field)
            .unwrap()
            .value;
        let verifier = Verifier::new(cmp::secret());
        let verified = verifier
            .verify_at(arrived.account_id().as_str(), self.now().as_secs())
            .unwrap();
        assert_eq!(verified.check_ver(Ver::Agreed(VER)).unwrap().sid, began.sid);
        let onboarding = customer("cmp1", token(), arrived.account_id().clone());
        self.insist(|| {
            let (msp, onboarding) = (self.msp(), onboarding.clone());
            async move { msp.onboard(onboarding).await }
        })
        .await;
        until("active", || self.is(TokenState::Active)).await;
        self.federation().await.unwrap().id
    }

    pub(crate) async fn wishes(&self, id: FederationId, event: Event) {
        self.insist(|| {
            let (cmp, event) = (self.cmp(), event.clone());
            async move { cmp.decide(id, event).await }
        })
        .await;
    }

    /// A profile comes into the car.
    pub(crate) async fn gets_a_profile(&self) -> aid_types::Iccid {
        car::ask(self).await;
        until("installed", || async { self.car.profiles().len() == 1 }).await;
        until("the MSP knows", || async {
            self.msp_states()
                .await
                .iter()
                .any(|state| state == "Installed" || state == "Enabled")
        })
        .await;
        self.car.profiles()[0]
    }

    pub(crate) async fn loses_it(&self) {
        until("deleted", || async { self.car.profiles().is_empty() }).await;
        until("the MSP knows", || async {
            self.msp_states().await.iter().all(|state| state == "Deleted")
        })
        .await;
    }

    pub(crate) async fn whole_story(self: &Arc<Self>) {
        let id = self.onboards().await;
        let first = self.gets_a_profile().await;
        self.wishes(id, Event::DeleteProfile { iccid: first }).await;
        self.loses_it().await;
        self.gets_a_profile().await;
        self.wishes(id, Event::Withdraw).await;
        until("removed", || self.is(TokenState::Removed)).await;
        self.loses_it().await;
        until("over at the MSP", || async {
            let view = self.msp().subscription(&token()).await;
            view.is_ok_and(|view| view.is_some_and(|view| view.subscription.state() == msp::TokenState::Purgeable))
        })
        .await;
        until("nothing waits", || async {
            let (cmp, msp) = (self.cmp_store.backlog().await, self.msp_store.backlog().await);
            cmp.unwrap().is_empty() && msp.unwrap().is_empty()
        })
        .await;
        assert_eq!(self.prepared.lock().unwrap().len(), 2, "{:#?}", self.told());
        assert_eq!(self.car.refused(), 0, "{:#?}", self.told());
    }
}
