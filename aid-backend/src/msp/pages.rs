//! What the MSP's own pages and systems call.

use aid_procedures::msp::{Event, Options, Subscription};
use aid_types::{AccountId, ClientId, Condition, IssuedMspToken, MspToken, Refusal};

use super::{MspBackend, MspPorts, key, record::Record};
use crate::{
    engine::{Decision, UnitError},
    party::{internal, name},
    store::{Load, Save, Snapshot, Store},
};

/// A customer who agreed to the option, at the MSP's touchpoint.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Onboarding {
    /// Which CMP the account_id came from: its client-id at our server.
    pub cmp: ClientId,
    /// The operator's own word for the customer, 1 to 500 bytes: what subscriptions are found by.
    pub customer: String,
    /// For whom: verified, with `ver` where that is agreed.
    pub account_id: AccountId,
    /// What the CMP gets. The msp_token is fresh.
    pub body: IssuedMspToken,
    /// What the contract says.
    pub options: Options,
}

impl Onboarding {
    /// An onboarding.
    #[must_use]
    pub const fn new(
        cmp: ClientId,
        customer: String,
        account_id: AccountId,
        body: IssuedMspToken,
        options: Options,
    ) -> Self {
        Self {
            cmp,
            customer,
            account_id,
            body,
            options,
        }
    }
}

/// A subscription, to look at.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SubscriptionView {
    /// Which CMP has the msp_token.
    pub cmp: ClientId,
    /// The operator's own word for the customer.
    pub customer: String,
    /// What is known of it.
    pub subscription: Subscription,
}

impl From<Record> for SubscriptionView {
    fn from(record: Record) -> Self {
        Self {
            cmp: record.cmp,
            customer: record.customer,
            subscription: record.subscription,
        }
    }
}

impl<S: Store, P: MspPorts> MspBackend<S, P> {
    /// The customer is onboarded: the CMP gets the msp_token as soon as it can be reached. What became of that shows the
    /// [subscription](Self::subscription): it is pending until the CMP took the token.
    ///
    /// # Errors
    ///
    /// [`UnitError`]; refused with [`MspTokenAssigned`](Condition::MspTokenAssigned) if there is a subscription with this
    /// msp_token.
    pub async fn onboard(&self, onboarding: Onboarding) -> Result<(), UnitError<Refusal>> {
        let msp_token = onboarding.body.msp_token;
        let moment = self.moment(None);
        let load = Load::keys([key(&msp_token).map_err(UnitError::Refused)?]);
        let decide = move |snapshot: &Snapshot| {
            let Some(loaded) = snapshot.aggregates.first().filter(|loaded| loaded.state.is_none()) else {
                return Err(Condition::MspTokenAssigned.into());
            };
            let subscription = Subscription::new(msp_token, onboarding.options.clone());
            let record = Record::new(onboarding.cmp.clone(), onboarding.customer.clone(), subscription);
            let event = Event::Onboard {
                account_id: onboarding.account_id.clone(),
                body: onboarding.body.clone(),
            };
            let (unit, _) = record.after(loaded, [event], moment)?;
            Ok(Decision::Commit(unit, ()))
        };
        self.engine.unit(load, decide).await
    }

    /// Takes over a subscription that was led elsewhere until now: in another system, or in a test. The CMP has its msp_token,
    /// and is told nothing.
    ///
    /// # Errors
    ///
    /// [`UnitError`]; refused with [`MspTokenAssigned`](Condition::MspTokenAssigned) if there is a subscription with this
    /// msp_token, which stays as it is.
    pub async fn adopt(
        &self,
        cmp: ClientId,
        customer: String,
        subscription: Subscription,
    ) -> Result<(), UnitError<Refusal>> {
        let moment = self.moment(None);
        let load = Load::keys([key(subscription.msp_token()).map_err(UnitError::Refused)?]);
        let record = Record::new(cmp, customer, subscription);
        let decide = move |snapshot: &Snapshot| {
            let Some(loaded) = snapshot.aggregates.first().filter(|loaded| loaded.state.is_none()) else {
                return Err(Condition::MspTokenAssigned.into());
            };
            Ok(Decision::Commit(record.clone().after(loaded, [], moment)?.0, ()))
        };
        self.engine.unit(load, decide).await
    }

    /// What customer care, the network or the customer decides about a subscription: one of the events "decisions of the
    /// MSP".
    ///
    /// # Errors
    ///
    /// [`UnitError`]; refused as the event is, or with [`UnknownMspToken`](Condition::UnknownMspToken).
    pub async fn decide(&self, msp_token: &MspToken, event: Event) -> Result<(), UnitError<Refusal>> {
        let load = Load::keys([key(msp_token).map_err(UnitError::Refused)?]);
        let moment = self.moment(None);
        let decide = move |snapshot: &Snapshot| {
            let (Some(record), Some(loaded)) = (Record::read(snapshot)?, snapshot.aggregates.first()) else {
                return Err(Condition::UnknownMspToken.into());
            };
            let (unit, _) = record.after(loaded, [event.clone()], moment)?;
            Ok(Decision::Commit(unit, ()))
        };
        self.engine.unit(load, decide).await
    }

    /// One subscription.
    ///
    /// # Errors
    ///
    /// [`Refusal`] with [`Internal`](Condition::Internal) if the store fails.
    pub async fn subscription(&self, msp_token: &MspToken) -> Result<Option<SubscriptionView>, Refusal> {
        let load = Load::keys([key(msp_token)?]);
        let snapshot = self.engine.store().load(load).await.map_err(internal)?;
        Ok(Record::read(&snapshot)?.map(SubscriptionView::from))
    }

    /// All subscriptions of a customer, those that are over included while they are remembered.
    ///
    /// # Errors
    ///
    /// As [`subscription`](Self::subscription).
    pub async fn subscriptions_of(&self, customer: &str) -> Result<Vec<SubscriptionView>, Refusal> {
        let load = Load::default().named(name("customer", customer)?);
        let snapshot = self.engine.store().load(load).await.map_err(internal)?;
        let one = |loaded| Record::read(&Snapshot::new(vec![loaded], None));
        let records: Result<Vec<_>, _> = snapshot.aggregates.into_iter().map(one).collect();
        Ok(records?.into_iter().flatten().map(SubscriptionView::from).collect())
    }

    /// Forgets everything about a customer at once: subscriptions, what waits to be done for them, and the replies about
    /// them. End the service first, or the CMP never learns of it.
    ///
    /// # Errors
    ///
    /// [`UnitError`].
    pub async fn erase(&self, customer: &str) -> Result<(), UnitError<Refusal>> {
        let load = Load::default().named(name("customer", customer).map_err(UnitError::Refused)?);
        let decide = |snapshot: &Snapshot| {
            let erase = |unit: crate::store::Unit, loaded: &crate::store::Loaded| {
                unit.save(Save::erase(loaded.key.clone(), loaded.version))
            };
            let unit = snapshot.aggregates.iter().fold(crate::store::Unit::default(), erase);
            Ok::<_, Refusal>(Decision::Commit(unit, ()))
        };
        self.engine.unit(load, decide).await
    }
}
