//! Federations that another system led.

use aid_procedures::{
    Format,
    cmp::{Federation, Session},
};
use aid_types::{ClientId, Condition, Refusal};

use super::{CmpBackend, CmpPorts, FederationId, api::token_key, key, record::Record};
use crate::{
    engine::{Decision, UnitError},
    party::{self, internal},
    store::{Load, Save, Snapshot, Store, Unit},
};

impl<S: Store, P: CmpPorts> CmpBackend<S, P> {
    /// Takes over a federation that was led elsewhere until now: in another system, or in a test. It is named after its first
    /// session; `ver` was agreed for all that are open. Nothing is done about what it did before.
    ///
    /// # Errors
    ///
    /// [`UnitError`]; refused with [`MspTokenAssigned`](Condition::MspTokenAssigned) if there is a federation of this session
    /// or with its msp_token, which stays as it is.
    pub async fn adopt(
        &self,
        msp: ClientId,
        federation: Federation,
        ver: Option<&str>,
    ) -> Result<FederationId, UnitError<Refusal>> {
        let session = federation.sessions().first();
        let session = session.ok_or_else(|| UnitError::Refused(internal("a federation without a session")))?;
        let id = FederationId::of_session(session.sid());
        let (moment, of_id) = (self.moment(None), key(id).map_err(UnitError::Refused)?);
        let of_token = federation.msp_token().map(|token| token_key(&msp, token));
        let of_token = of_token.transpose().map_err(UnitError::Refused)?;
        let sessions = federation.sessions().iter().map(Session::sid);
        let agreed = sessions.filter_map(|sid| Some((sid, ver?.to_owned()))).collect();
        let mut record = Record {
            format: Format,
            id,
            msp,
            federation,
            active_since: None,
            agreed,
        };
        record.tidy(moment.now);
        let load = Load::keys([of_id].into_iter().chain(of_token));
        let decide = move |snapshot: &Snapshot| {
            let mut unit = Unit::default();
            for loaded in &snapshot.aggregates {
                unit = match loaded.key.kind() {
                    _ if loaded.state.is_some() => return Err(Condition::MspTokenAssigned.into()),
                    "federation" => unit.save(record.save(loaded, moment)?),
                    _ => unit.save(Save::new(loaded.key.clone(), loaded.version, party::written(&id)?)),
                };
            }
            Ok(Decision::Commit(unit, id))
        };
        self.engine.unit(load, decide).await
    }
}
