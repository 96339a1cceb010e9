//! What is due, and who has it.

use std::time::Duration;

use aid_backend::store::{Claim, Claimed, ClaimedEffect, ClaimedTimer, Fence, Key, Lane, Lease, StoreError};
use tokio_postgres::Row;

use crate::{
    connection::Connection,
    error::damaged,
    time::{duration, millis},
};

/// Leases what is ready, and what was written later than now: then the clock was set back since, and nobody knows how long it
/// has waited (A-176). Between the beginning of a statement and what it sees, others write, so "later" is ten seconds.
///
/// What others have locked is passed over: they lease it, or end it.
const LEASE: &str = r"
    WITH ready_lanes AS (
        SELECT owner, destination, ready FROM lanes WHERE ready <= now()
        ORDER BY ready LIMIT $1 FOR UPDATE SKIP LOCKED
    ), ahead_lanes AS (
        SELECT owner, destination, ready FROM lanes WHERE since > now() + interval '10 seconds'
        ORDER BY since LIMIT $1 FOR UPDATE SKIP LOCKED
    ), ready_timers AS (
        SELECT key, ready FROM timers WHERE ready <= now()
        ORDER BY ready LIMIT $1 FOR UPDATE SKIP LOCKED
    ), ahead_timers AS (
        SELECT key, ready FROM timers WHERE since > now() + interval '10 seconds'
        ORDER BY since LIMIT $1 FOR UPDATE SKIP LOCKED
    ), due AS (
        SELECT owner, destination, ready FROM ready_lanes
        UNION ALL SELECT owner, destination, ready FROM ahead_lanes
        UNION ALL SELECT key, NULL, ready FROM ready_timers
        UNION ALL SELECT key, NULL, ready FROM ahead_timers
        ORDER BY ready LIMIT $1
    ), leased_lanes AS (
        UPDATE lanes SET fence = nextval('numbers'), ready = now() + $2::bigint * interval '1 millisecond', since = now(),
            attempts = attempts + 1
        FROM due WHERE lanes.owner = due.owner AND lanes.destination = due.destination
        RETURNING lanes.owner, lanes.destination, lanes.fence, lanes.attempts - 1, 0::bigint, due.ready
    ), leased_timers AS (
        UPDATE timers SET fence = nextval('numbers'), ready = now() + $2::bigint * interval '1 millisecond', since = now()
        FROM due WHERE due.destination IS NULL AND timers.key = due.owner
        RETURNING timers.key, NULL, timers.fence, 0, (extract(epoch FROM now() - timers.due) * 1000)::bigint, due.ready
    )
    SELECT * FROM leased_lanes UNION ALL SELECT * FROM leased_timers ORDER BY 6";

/// The heads of lanes that are leased: a statement of its own, because the one that waited for a lock sees what was there
/// before it waited.
const HEADS: &str = r"
    SELECT head.body, (extract(epoch FROM now() - head.committed) * 1000)::bigint
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS lane (owner, destination, place)
    LEFT JOIN LATERAL (
        SELECT body, committed FROM effects
        WHERE effects.owner = lane.owner AND effects.destination = lane.destination ORDER BY number LIMIT 1
    ) AS head ON true
    ORDER BY place";

const PUT_OFF_LANE: &str = r"
    UPDATE lanes SET fence = NULL, ready = now() + $4::bigint * interval '1 millisecond', since = now()
    WHERE owner = $1 AND destination = $2 AND fence = $3";

const PUT_OFF_TIMER: &str = r"
    UPDATE timers SET fence = NULL, ready = now() + $3::bigint * interval '1 millisecond', since = now()
    WHERE key = $1 AND fence = $2";

const FORGET: &str = r"
    DELETE FROM replies WHERE call = ANY (ARRAY (
        SELECT call FROM replies WHERE forget <= now() ORDER BY forget LIMIT $1 FOR UPDATE SKIP LOCKED))";

pub(crate) async fn claim(connection: &Connection, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
    let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
    let leased = connection.rows(LEASE, &[&limit, &millis(claim.lease)]).await?;
    let lanes = leased
        .iter()
        .filter_map(|row| Some((row.get::<_, &str>(0), row.get::<_, Option<&str>>(1)?)));
    let (owners, destinations): (Vec<&str>, Vec<&str>) = lanes.unzip();
    let heads = match owners.is_empty() {
        true => Vec::new(),
        false => connection.rows(HEADS, &[&owners, &destinations]).await?,
    };
    let mut heads = heads.iter();
    let mut claimed = Vec::with_capacity(leased.len());
    for row in &leased {
        let owner = Key::try_from(row.get::<_, &str>(0)).map_err(damaged)?;
        let fence = fence(row.get(2));
        let Some(destination) = row.get::<_, Option<&str>>(1) else {
            claimed.push(Claimed::Timer(ClaimedTimer::new(owner, fence, duration(row.get(4)))));
            continue;
        };
        let lane = Lane::new(destination, &owner).map_err(damaged)?;
        let attempts = u32::try_from(row.get::<_, i32>(3)).unwrap_or_default();
        // Without a head, it was erased meanwhile.
        let head = heads.next().and_then(|head| effect(head, lane, fence, attempts));
        claimed.extend(head.map(Claimed::Effect));
    }
    Ok(claimed)
}

fn effect(head: &Row, lane: Lane, fence: Fence, attempts: u32) -> Option<ClaimedEffect> {
    let body: Vec<u8> = head.get::<_, Option<_>>(0)?;
    Some(ClaimedEffect::new(
        lane,
        fence,
        body.into(),
        attempts,
        duration(head.get(1)),
    ))
}

pub(crate) async fn put_off(connection: &Connection, lease: &Lease, delay: Duration) -> Result<bool, StoreError> {
    let delay = millis(delay);
    let changed = match lease {
        Lease::Lane(lane, fence) => {
            let params: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                [&lane.owner(), &lane.to(), &number(*fence), &delay];
            connection.changed(PUT_OFF_LANE, &params).await?
        }
        Lease::Timer(key, fence) => {
            connection
                .changed(PUT_OFF_TIMER, &[&key.as_str(), &number(*fence), &delay])
                .await?
        }
    };
    Ok(changed == 1)
}

pub(crate) async fn forget_replies(connection: &Connection, limit: usize) -> Result<usize, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let forgotten = connection.changed(FORGET, &[&limit]).await?;
    Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
}

pub(crate) fn fence(number: i64) -> Fence {
    Fence(u64::try_from(number).unwrap_or_default())
}

/// A number that was given out; none is negative.
pub(crate) fn number(fence: Fence) -> i64 {
    i64::try_from(fence.0).unwrap_or(-1)
}
