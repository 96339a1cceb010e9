//! Aggregates, and when they want to be woken.

use aid_backend::store::{Key, Name, Save, StoreError, Version};
use tokio_postgres::{Client, Error, Statement};

use super::count;
use crate::{connection::Connection, time::millis};

/// In the order of the keys.
const LOCK: &str = "SELECT key FROM aggregates WHERE key = ANY ($1) ORDER BY key FOR UPDATE";

const CHANGE: &str = r"
    WITH new AS (
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::text[], $5::bigint[])
            AS new (key, expected, state, names, wake_in)
    ), changed AS (
        UPDATE aggregates SET version = nextval('numbers'), state = new.state, names = string_to_array(new.names, E'\x1f')
        FROM new WHERE aggregates.key = new.key AND aggregates.version = new.expected
        RETURNING aggregates.key
    ), awake AS (
        INSERT INTO timers (key, due, ready, since)
        SELECT key, now() + wake_in * interval '1 millisecond', now() + wake_in * interval '1 millisecond', now()
        FROM new WHERE wake_in IS NOT NULL
        ON CONFLICT (key) DO UPDATE SET due = excluded.due, ready = excluded.ready, since = excluded.since, fence = NULL
    ), asleep AS (
        DELETE FROM timers USING new WHERE timers.key = new.key AND wake_in IS NULL
    )
    SELECT count(*) FROM changed";

/// [`CHANGE`] for one, as most units have it: without columns to be joined.
const CHANGE_ONE: &str = r"
    WITH changed AS (
        UPDATE aggregates SET version = nextval('numbers'), state = $3, names = string_to_array($4, E'\x1f')
        WHERE key = $1 AND version = $2 RETURNING 1
    ), awake AS (
        INSERT INTO timers (key, due, ready, since)
        SELECT $1, now() + $5::bigint * interval '1 millisecond', now() + $5::bigint * interval '1 millisecond', now()
        WHERE $5::bigint IS NOT NULL
        ON CONFLICT (key) DO UPDATE SET due = excluded.due, ready = excluded.ready, since = excluded.since, fence = NULL
    ), asleep AS (
        DELETE FROM timers WHERE key = $1 AND $5::bigint IS NULL
    )
    SELECT count(*) FROM changed";

const MAKE: &str = r"
    WITH new AS (
        SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::bigint[]) AS new (key, state, names, wake_in)
    ), made AS (
        INSERT INTO aggregates (key, version, state, names)
        SELECT key, nextval('numbers'), state, string_to_array(names, E'\x1f') FROM new
        ON CONFLICT (key) DO NOTHING RETURNING key
    ), awake AS (
        INSERT INTO timers (key, due, ready, since)
        SELECT key, now() + wake_in * interval '1 millisecond', now() + wake_in * interval '1 millisecond', now()
        FROM new WHERE wake_in IS NOT NULL
        ON CONFLICT (key) DO NOTHING
    )
    SELECT count(*) FROM made";

const DELETE: &str = r"
    WITH old AS (
        SELECT * FROM unnest($1::text[], $2::bigint[]) AS old (key, expected)
    ), deleted AS (
        DELETE FROM aggregates USING old WHERE aggregates.key = old.key AND aggregates.version = old.expected
        RETURNING aggregates.key
    ), asleep AS (
        DELETE FROM timers USING old WHERE timers.key = old.key
    )
    SELECT count(*) FROM deleted";

const HOLD_LANES: &str = "SELECT FROM lanes WHERE owner = ANY ($1) ORDER BY owner, destination FOR UPDATE";
const ERASE_LANES: &str = "DELETE FROM lanes WHERE owner = ANY ($1)";
const ERASE_EFFECTS: &str = "DELETE FROM effects WHERE owner = ANY ($1)";
const ERASE_REPLIES: &str = "DELETE FROM replies WHERE of = ANY ($1)";

/// What stands between two names of one aggregate: no name has a control character.
const BETWEEN: &str = "\u{1f}";

/// Some of the saves, in columns.
#[derive(Default)]
struct Columns<'a> {
    keys: Vec<&'a str>,
    expected: Vec<i64>,
    states: Vec<&'a [u8]>,
    names: Vec<String>,
    wake_in: Vec<Option<i64>>,
}

/// All saves of a unit.
#[derive(Default)]
pub(super) struct Saves<'a> {
    /// What is locked before anything else.
    locked: Vec<&'a str>,
    changed: Columns<'a>,
    made: Columns<'a>,
    deleted: Columns<'a>,
    /// Deleted, although they must not be there.
    absent: Vec<&'a str>,
    erased: Vec<&'a str>,
    statements: Statements,
}

#[derive(Default)]
struct Statements {
    lock: Option<Statement>,
    change: Option<Statement>,
    make: Option<Statement>,
    delete: Option<Statement>,
    erase: Option<[Statement; 4]>,
}

impl<'a> Saves<'a> {
    /// `due`: the aggregate whose timer is leased. Who has the aggregate may change the timer, so it is locked first.
    pub(super) async fn new(
        connection: &Connection,
        saves: &'a [Save],
        due: Option<&'a Key>,
    ) -> Result<Self, StoreError> {
        let mut sorted: Vec<&Save> = saves.iter().collect();
        sorted.sort_by(|one, other| one.key.cmp(&other.key));
        let mut all = Self::default();
        sorted.into_iter().for_each(|save| all.add(save));
        all.locked.extend(due.map(Key::as_str));
        let lock = all.locked.len() > 1 || due.is_some() || !all.absent.is_empty();
        all.statements = Statements {
            lock: connection.statement_if(lock, LOCK).await?,
            change: match all.changed.keys.len() {
                0 => None,
                1 => Some(connection.statement(CHANGE_ONE).await?),
                _ => Some(connection.statement(CHANGE).await?),
            },
            make: connection.statement_if(!all.made.keys.is_empty(), MAKE).await?,
            delete: connection.statement_if(!all.deleted.keys.is_empty(), DELETE).await?,
            erase: match all.erased.is_empty() {
                true => None,
                false => Some([
                    connection.statement(HOLD_LANES).await?,
                    connection.statement(ERASE_LANES).await?,
                    connection.statement(ERASE_EFFECTS).await?,
                    connection.statement(ERASE_REPLIES).await?,
                ]),
            },
        };
        Ok(all)
    }

    fn add(&mut self, save: &'a Save) {
        let key = save.key.as_str();
        self.locked.push(key);
        let is_new = save.expected == Version::NONE;
        let columns = match (&save.state, is_new) {
            (Some(_), true) => &mut self.made,
            (Some(_), false) => &mut self.changed,
            (None, false) => &mut self.deleted,
            (None, true) => {
                self.absent.push(key);
                &mut Columns::default()
            }
        };
        columns.keys.push(key);
        columns.expected.push(i64::try_from(save.expected.0).unwrap_or(-1));
        columns.states.extend(save.state.as_deref());
        let names: Vec<&str> = save.names.iter().map(Name::as_str).collect();
        columns.names.push(names.join(BETWEEN));
        columns.wake_in.push(save.wake_in.map(millis));
        if save.erase {
            self.erased.push(key);
        }
    }

    /// Locks, where that matters. Whether those are absent that must be.
    pub(super) async fn lock(&self, client: &Client) -> Result<bool, Error> {
        let Some(lock) = &self.statements.lock else {
            return Ok(true);
        };
        let present = client.query(lock, &[&self.locked]).await?;
        Ok(!present.iter().any(|row| self.absent.contains(&row.get(0))))
    }

    /// Whether all had the version that was expected.
    pub(super) async fn states(&self, client: &Client) -> Result<bool, Error> {
        let Self {
            changed: c,
            made: m,
            deleted: d,
            statements,
            ..
        } = self;
        let (change, make, delete) = tokio::join!(
            biased;
            async {
                match (&c.keys[..], &c.expected[..], &c.states[..], &c.names[..], &c.wake_in[..]) {
                    ([key], [expected], [state], [names], [wake_in]) => {
                        count(client, &statements.change, &[key, expected, state, names, wake_in]).await
                    }
                    _ => count(client, &statements.change, &[&c.keys, &c.expected, &c.states, &c.names, &c.wake_in]).await,
                }
            },
            async { count(client, &statements.make, &[&m.keys, &m.states, &m.names, &m.wake_in]).await },
            async { count(client, &statements.delete, &[&d.keys, &d.expected]).await },
        );
        let whole = [(change?, c), (make?, m), (delete?, d)];
        Ok(whole
            .iter()
            .all(|(count, columns)| usize::try_from(*count) == Ok(columns.keys.len())))
    }

    /// Effects and replies of those that are to be forgotten. What is put into their lanes meanwhile comes after.
    pub(super) async fn erase(&self, client: &Client) -> Result<(), Error> {
        let Some([hold, lanes, effects, replies]) = &self.statements.erase else {
            return Ok(());
        };
        let erased: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&self.erased];
        let (hold, lanes, effects, replies) = tokio::join!(
            biased;
            client.execute(hold, &erased),
            client.execute(lanes, &erased),
            client.execute(effects, &erased),
            client.execute(replies, &erased),
        );
        hold.and(lanes).and(effects).and(replies).map(drop)
    }
}
