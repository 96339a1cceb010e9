//! The schema, step by step.

use aid_backend::store::{StoreError, StoreErrorKind};
use tokio_postgres::Client;

use crate::{
    OptionsError,
    error::store_error,
    options::{self, Options},
};

/// One step from one schema to the next.
///
/// Steps expand first and contract a release later: [`oldest`](Self::oldest) says who can still work while it is in force.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Migration {
    /// Its place, from 1.
    pub number: u32,
    /// The oldest programs that can use the tables after it: those whose newest migration has this number.
    pub oldest: u32,
    /// What it does.
    pub sql: &'static str,
}

/// All steps, in their order. A step that was published never changes.
pub const MIGRATIONS: &[Migration] = &[Migration {
    number: 1,
    oldest: 1,
    sql: include_str!("../migrations/0001_tables.sql"),
}];

/// The lock that whoever migrates holds, in any schema: "AiDb".
const LOCK: i64 = 0x4169_4462;

/// What brings a schema from migration `from` (0: nothing is there) to the newest one, in one transaction: for `psql`, where
/// the program itself may not change tables.
///
/// # Errors
///
/// [`OptionsError`] of the schema's name.
pub fn script(schema: &str, from: u32) -> Result<String, OptionsError> {
    Ok(format!(
        "BEGIN;\n{}{}COMMIT;\n",
        begin(options::checked(schema)?),
        steps(from)
    ))
}

fn begin(schema: &str) -> String {
    format!(
        "SELECT pg_advisory_xact_lock({LOCK});\n\
         CREATE SCHEMA IF NOT EXISTS {schema};\n\
         SET LOCAL search_path = {schema}, pg_catalog;\n\
         CREATE TABLE IF NOT EXISTS migrations (\n    \
             number integer PRIMARY KEY,\n    \
             oldest integer NOT NULL,\n    \
             applied timestamptz NOT NULL DEFAULT clock_timestamp()\n);\n"
    )
}

fn steps(from: u32) -> String {
    let steps = MIGRATIONS.iter().filter(|migration| migration.number > from);
    let step = |Migration { number, oldest, sql }: &Migration| {
        format!("\n-- Migration {number}\n{sql}INSERT INTO migrations (number, oldest) VALUES ({number}, {oldest});\n")
    };
    steps.map(step).collect()
}

/// Brings the schema to the newest migration, if that is wanted, and says whether it can be used. After an error, a transaction
/// can be open.
pub(crate) async fn prepare(client: &Client, options: &Options) -> Result<(), StoreError> {
    let schema = options::checked(&options.schema).map_err(wrong)?;
    if options.migrate && !is_newest(&present(client, schema).await?) {
        // Who waits for the lock waits for the migration of another process, however long that takes.
        let begin = format!("BEGIN; SET LOCAL statement_timeout = 0;\n{}", begin(schema));
        client.batch_execute(&begin).await.map_err(store_error)?;
        let sql = "SELECT coalesce(max(number), 0) FROM migrations";
        let row = client.query_one(sql, &[]).await.map_err(store_error)?;
        let from = u32::try_from(row.get::<_, i32>(0)).unwrap_or_default();
        let steps = format!("{}\nCOMMIT;", steps(from));
        client.batch_execute(&steps).await.map_err(store_error)?;
    }
    usable(&present(client, schema).await?)
}

/// The migrations in force: number and `oldest`.
type Present = Vec<(u32, u32)>;

async fn present(client: &Client, schema: &str) -> Result<Present, StoreError> {
    let table = format!("{schema}.migrations");
    let sql = "SELECT to_regclass($1) IS NOT NULL";
    let row = client.query_one(sql, &[&table]).await.map_err(store_error)?;
    if !row.get::<_, bool>(0) {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT number, oldest FROM {table} ORDER BY number");
    let rows = client.query(&sql, &[]).await.map_err(store_error)?;
    let number = |number: i32| u32::try_from(number).unwrap_or_default();
    Ok(rows
        .iter()
        .map(|row| (number(row.get(0)), number(row.get(1))))
        .collect())
}

fn newest() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

fn is_newest(present: &Present) -> bool {
    present.last().is_some_and(|(number, _)| *number >= newest())
}

/// A newer schema can be used as long as it has only grown.
fn usable(present: &Present) -> Result<(), StoreError> {
    match present.last() {
        None => Err(wrong("the tables are not there")),
        Some((number, _)) if *number < newest() => Err(wrong("the tables are of an older version")),
        Some(_) if present.iter().any(|(_, oldest)| *oldest > newest()) => {
            Err(wrong("the tables are of a newer version, which this one cannot use"))
        }
        Some(_) => Ok(()),
    }
}

fn wrong(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::new(StoreErrorKind::WrongFormat, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_used_until_it_is_contracted() {
        let newest = newest();
        assert!(usable(&vec![(newest, 1)]).is_ok());
        assert!(usable(&vec![(newest, 1), (newest + 1, newest)]).is_ok());
        // A later step that expands again does not make up for the contraction.
        let contracted = vec![(newest + 1, newest + 1), (newest + 2, newest)];
        assert_eq!(
            usable(&contracted).map_err(|error| error.kind()),
            Err(StoreErrorKind::WrongFormat)
        );
        assert!(usable(&Vec::new()).is_err());
    }
}
