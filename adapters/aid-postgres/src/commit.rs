//! Committing a unit: all its statements are sent at once, and COMMIT when it is known that nothing stands against it.

mod lanes;
mod saves;

use aid_backend::store::{ClaimedEffect, Committed, Lease, Seen, StoreError, Unit};
use tokio_postgres::{Client, Error, Statement};

use self::{lanes::Lanes, saves::Saves};
use crate::{
    connection::{Connection, Params},
    error::{is_conflict, store_error},
    time::millis,
};

const SEEN: &str = r"
    INSERT INTO replies (call, of, reply, forget) VALUES ($1, $2, $3, now() + $4::bigint * interval '1 millisecond')
    ON CONFLICT (call) DO NOTHING";

const REPLY: &str = "SELECT reply FROM replies WHERE call = $1";

/// What the statements of a unit came to.
enum Outcome {
    /// Nothing stands against it; with the next effect of the lane.
    Whole(Option<ClaimedEffect>),
    /// The call was answered before.
    Replied,
    Not(Committed),
}

pub(crate) async fn commit(connection: &Connection, unit: &Unit) -> Result<Committed, StoreError> {
    let outcome = connection.in_time(write(connection, unit)).await?;
    match outcome {
        Outcome::Whole(next) => {
            let end = async {
                connection
                    .client()
                    .batch_execute("COMMIT")
                    .await
                    .map_err(StoreError::outcome_unknown)
            };
            let late = connection.in_time(end).await;
            // Whoever did not hear the end does not know it.
            late.map_err(|error| match error.is_outcome_unknown() {
                true => error,
                false => StoreError::outcome_unknown(error),
            })?;
            Ok(Committed::Yes(next))
        }
        Outcome::Replied => connection.in_time(replied(connection, unit)).await,
        Outcome::Not(committed) => {
            connection.in_time(roll_back(connection)).await?;
            Ok(committed)
        }
    }
}

async fn roll_back(connection: &Connection) -> Result<(), StoreError> {
    connection.client().batch_execute("ROLLBACK").await.map_err(store_error)
}

/// The reply that was given before. If it was forgotten this moment, the unit is to be decided again.
async fn replied(connection: &Connection, unit: &Unit) -> Result<Committed, StoreError> {
    roll_back(connection).await?;
    let Some(seen) = &unit.seen else {
        return Ok(Committed::Conflict);
    };
    let rows = connection.rows(REPLY, &[&seen.call.as_str()]).await?;
    let reply = rows.first().map(|row| row.get::<_, Vec<u8>>(0));
    Ok(reply.map_or(Committed::Conflict, |reply| Committed::Replied(reply.into())))
}

/// Every statement of the unit, in one flight. Rows are locked in one order, so that two units wait for one another and not
/// in a circle: replies, aggregates by key, lanes, timers. What is a circle all the same, the database breaks.
async fn write(connection: &Connection, unit: &Unit) -> Result<Outcome, StoreError> {
    let seen = match &unit.seen {
        Some(seen) => Some((seen, connection.statement(SEEN).await?)),
        None => None,
    };
    let due = unit.done.as_ref().and_then(|done| match &done.lease {
        Lease::Timer(key, _) => Some(key),
        Lease::Lane(..) => None,
    });
    let saves = Saves::new(connection, &unit.saves, due).await?;
    let lanes = Lanes::new(connection, unit).await?;
    let client = connection.client();
    let seen = async {
        let Some((
            Seen {
                call, of, reply, keep, ..
            },
            statement,
        )) = &seen
        else {
            return Ok(true);
        };
        let (call, of, reply, keep) = (call.as_str(), of.as_str(), &reply[..], millis(*keep));
        Ok(client.execute(statement, &[&call, &of, &reply, &keep]).await? == 1)
    };
    // In the order in which they are sent: the first poll of each sends.
    let (begun, seen, absent, due, saved, pushed, held, next, erased) = tokio::join!(
        biased;
        client.batch_execute("BEGIN"),
        seen,
        saves.lock(client),
        lanes.end_timer(client),
        saves.states(client),
        lanes.push(client),
        lanes.hold(client),
        lanes.finish(client),
        saves.erase(client),
    );
    let outcome = begun.and_then(|()| {
        // In their order again: after an error, whatever follows fails for that reason alone.
        let (seen, absent, due, saved) = (seen?, absent?, due?, saved?);
        pushed?;
        let (held, next) = (held?, next?);
        erased?;
        Ok(match (seen, due && held, saved && absent) {
            (false, _, _) => Outcome::Replied,
            (_, false, _) => Outcome::Not(Committed::LeaseLost),
            (_, _, false) => Outcome::Not(Committed::Conflict),
            _ => Outcome::Whole(lanes.next(next)),
        })
    });
    outcome.or_else(|error| match is_conflict(&error) {
        true => Ok(Outcome::Not(Committed::Conflict)),
        false => Err(store_error(error)),
    })
}

/// The number that a statement counts, if there is something to be counted.
async fn count(client: &Client, statement: &Option<Statement>, params: Params<'_>) -> Result<i64, Error> {
    match statement {
        Some(statement) => Ok(client.query_one(statement, params).await?.get(0)),
        None => Ok(0),
    }
}
