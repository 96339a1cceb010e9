//! Reading.

use aid_backend::store::{Backlog, CallKey, Key, Load, Loaded, Name, Snapshot, StoreError, Version};
use bytes::Bytes;

use crate::{connection::Connection, error::damaged, time::duration};

/// All of it in one statement: as it was at one moment.
const LOAD: &str = r"
    SELECT key, version, state FROM aggregates WHERE key = ANY ($1)
    UNION ALL SELECT key, version, state FROM aggregates WHERE names && $2 AND NOT key = ANY ($1)
    UNION ALL SELECT NULL, NULL, reply FROM replies WHERE call = $3";

const BACKLOG: &str = r"
    SELECT split_part(destination, ':', 1) AS kind, count(*), (extract(epoch FROM now() - min(oldest)) * 1000)::bigint
    FROM lanes GROUP BY kind ORDER BY kind";

pub(crate) async fn load(connection: &Connection, load: &Load) -> Result<Snapshot, StoreError> {
    let keys: Vec<&str> = load.keys.iter().map(Key::as_str).collect();
    let names: Vec<&str> = load.names.iter().map(Name::as_str).collect();
    let call = load.call.as_ref().map(CallKey::as_str);
    let mut found = Vec::new();
    let mut reply = None;
    for row in connection.rows(LOAD, &[&keys, &names, &call]).await? {
        let state = Bytes::from(row.get::<_, Vec<u8>>(2));
        let (Some(key), Some(version)) = (row.get::<_, Option<&str>>(0), row.get::<_, Option<i64>>(1)) else {
            reply = Some(state);
            continue;
        };
        let version = Version(u64::try_from(version).unwrap_or_default());
        found.push(Loaded::new(Key::try_from(key).map_err(damaged)?, version, state));
    }
    found.sort_by(|one, other| one.key.cmp(&other.key));
    let mut aggregates: Vec<Loaded> = load.keys.iter().map(|key| take(&found, key)).collect();
    aggregates.extend(found.into_iter().filter(|loaded| !load.keys.contains(&loaded.key)));
    Ok(Snapshot::new(aggregates, reply))
}

/// The one with this key, of those that were found.
fn take(found: &[Loaded], key: &Key) -> Loaded {
    let place = found.binary_search_by(|loaded| loaded.key.cmp(key));
    let found = place.ok().and_then(|place| found.get(place));
    found.cloned().unwrap_or_else(|| Loaded::none(key.clone()))
}

pub(crate) async fn backlog(connection: &Connection) -> Result<Vec<Backlog>, StoreError> {
    let rows = connection.rows(BACKLOG, &[]).await?;
    let backlog = rows.iter().map(|row| {
        let lanes = u64::try_from(row.get::<_, i64>(1)).unwrap_or_default();
        Backlog::new(row.get(0), lanes, duration(row.get(2)))
    });
    Ok(backlog.collect())
}
