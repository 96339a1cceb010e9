//! Aggregates, and when they want to be woken.

use aid_backend::store::{Name, Save, StoreError, Version};
use tokio_postgres::{Client, Error, Statement};

use super::{count, run};
use crate::{connection::Connection, time::millis};

/// More than one is locked in the order of the keys first.
const LOCK: &str = "SELECT key FROM aggregates WHERE key = ANY ($1) ORDER BY key FOR UPDATE";

const CHANGE: &str = r"
    UPDATE aggregates SET version = nextval('numbers'), state = new.state, names = string_to_array(new.names, E'\x1f')
    FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::text[]) AS new (key, expected, state, names)
    WHERE aggregates.key = new.key AND aggregates.version = new.expected";

const MAKE: &str = r"
    INSERT INTO aggregates (key, version, state, names)
    SELECT key, nextval('numbers'), state, string_to_array(names, E'\x1f')
    FROM unnest($1::text[], $2::bytea[], $3::text[]) AS new (key, state, names)
    ON CONFLICT (key) DO NOTHING";

const DELETE: &str = r"
    DELETE FROM aggregates USING unnest($1::text[], $2::bigint[]) AS old (key, expected)
    WHERE aggregates.key = old.key AND aggregates.version = old.expected";

const WAKE: &str = r"
    INSERT INTO timers (key, due, ready, since)
    SELECT key, now() + wake_in * interval '1 millisecond', now() + wake_in * interval '1 millisecond', now()
    FROM unnest($1::text[], $2::bigint[]) AS new (key, wake_in)
    ON CONFLICT (key) DO UPDATE SET due = excluded.due, ready = excluded.ready, since = excluded.since, fence = NULL";

const SLEEP: &str = "DELETE FROM timers WHERE key = ANY ($1)";

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
}

/// All saves of a unit.
#[derive(Default)]
pub(super) struct Saves<'a> {
    all: Vec<&'a str>,
    changed: Columns<'a>,
    made: Columns<'a>,
    deleted: Columns<'a>,
    /// Deleted, although they must not be there.
    absent: Vec<&'a str>,
    awake: Vec<&'a str>,
    wake_in: Vec<i64>,
    asleep: Vec<&'a str>,
    erased: Vec<&'a str>,
    statements: Statements,
}

#[derive(Default)]
struct Statements {
    lock: Option<Statement>,
    change: Option<Statement>,
    make: Option<Statement>,
    delete: Option<Statement>,
    wake: Option<Statement>,
    sleep: Option<Statement>,
    erase: Option<[Statement; 4]>,
}

impl<'a> Saves<'a> {
    pub(super) async fn new(connection: &Connection, saves: &'a [Save]) -> Result<Self, StoreError> {
        let mut sorted: Vec<&Save> = saves.iter().collect();
        sorted.sort_by(|one, other| one.key.cmp(&other.key));
        let mut all = Self::default();
        sorted.into_iter().for_each(|save| all.add(save));
        let several = all.all.len() > 1 || !all.absent.is_empty();
        all.statements = Statements {
            lock: connection.statement_if(several, LOCK).await?,
            change: connection.statement_if(!all.changed.keys.is_empty(), CHANGE).await?,
            make: connection.statement_if(!all.made.keys.is_empty(), MAKE).await?,
            delete: connection.statement_if(!all.deleted.keys.is_empty(), DELETE).await?,
            wake: connection.statement_if(!all.awake.is_empty(), WAKE).await?,
            sleep: connection.statement_if(!all.asleep.is_empty(), SLEEP).await?,
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
        self.all.push(key);
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
        match (save.wake_in, &save.state) {
            (Some(wake_in), Some(_)) => {
                self.awake.push(key);
                self.wake_in.push(millis(wake_in));
            }
            _ if !is_new => self.asleep.push(key),
            _ => {}
        }
        if save.erase {
            self.erased.push(key);
        }
    }

    /// Whether all had the version that was expected.
    pub(super) async fn states(&self, client: &Client) -> Result<bool, Error> {
        let Self {
            changed,
            made,
            deleted,
            statements,
            ..
        } = self;
        let (locked, change, make, delete) = tokio::join!(
            biased;
            async {
                match &statements.lock {
                    Some(lock) => client.query(lock, &[&self.all]).await,
                    None => Ok(Vec::new()),
                }
            },
            async { run(client, &statements.change, &[&changed.keys, &changed.expected, &changed.states, &changed.names]).await },
            async { run(client, &statements.make, &[&made.keys, &made.states, &made.names]).await },
            async { run(client, &statements.delete, &[&deleted.keys, &deleted.expected]).await },
        );
        let present = locked?.iter().any(|row| self.absent.contains(&row.get(0)));
        let whole = [
            change? == count(&changed.keys),
            make? == count(&made.keys),
            delete? == count(&deleted.keys),
            !present,
        ];
        Ok(whole.iter().all(|whole| *whole))
    }

    pub(super) async fn timers(&self, client: &Client) -> Result<(), Error> {
        let (awake, asleep) = tokio::join!(
            biased;
            async { run(client, &self.statements.wake, &[&self.awake, &self.wake_in]).await },
            async { run(client, &self.statements.sleep, &[&self.asleep]).await },
        );
        awake.and(asleep).map(drop)
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
