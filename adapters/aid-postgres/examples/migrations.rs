//! Prints the SQL that brings a schema from a migration to the newest one: `migrations SCHEMA FROM`, as in
//! `cargo run --example migrations -- aid 0 | psql`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let schema = arguments.next().unwrap_or_else(|| "aid".to_owned());
    let from = arguments.next().unwrap_or_else(|| "0".to_owned()).parse()?;
    print!("{}", aid_postgres::script(&schema, from)?);
    Ok(())
}
