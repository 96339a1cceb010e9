//! The main job: a CMP backend, an MSP backend and two vehicles live through the whole specification.
//!
//! ```text
//! cargo run --release --example federation
//! ```
//!
//! Everything runs in this process and on loopback: a certificate authority of its own, AiD1 over mutual TLS, touchpoints
//! with real redirects over HTTPS, vehicles with a software eUICC each, and a stand-in SM-DP+. AiD2 goes over MQTT 5 with
//! TLS, through a broker in this process, or through any other: `--broker mqtts://…`. The backends keep what they know in memory,
//! or in a database each: `--database sqlite:…` (see `--help`). A vehicle that is out of reach is really disconnected. Every
//! message is a numbered line that can be followed beside the document's figures; every end condition is checked; the exit code
//! is 1 if one fails, 2 if the command line is wrong.
//!
//! The parties hold no rule of the specification themselves: the backends run on `aid-backend`, the vehicles on `aid-vehicle`.
//!
//! `scenes/` is what happens, a file for each scene. The parties are those of `aid-sandbox`: what the backends bring, what a
//! vehicle does, and the broker between them. `touchpoints` has the pages that users visit. The rest is the stage: `world` builds
//! it, `rest` says when a scene is over, `web` is HTTPS.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the listing is what this program is for"
)]

mod arguments;
mod database;
mod intruder;
mod rest;
mod scenes;
mod stage;
mod story;
mod touchpoints;
mod web;
mod world;

use std::{path::Path, process::ExitCode, sync::Arc};

use aid_backend::store::BoxStore;
use aid_sandbox::{Broker, Folder};

use crate::{arguments::Arguments, story::Story, world::World};

pub(crate) use aid_sandbox::Failed;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| matches!(argument.as_str(), "--help" | "-h"))
    {
        print!("{}", arguments::HELP);
        return ExitCode::SUCCESS;
    }
    // Gone when the run is.
    let (folder, broker, databases) = match begin(arguments).await {
        Ok(begun) => begun,
        Err(error) => {
            eprintln!("federation: {error}\nTry `federation --help`.");
            return ExitCode::from(2);
        }
    };
    let story = Arc::new(Story::default());
    let outcome = run(&story, broker, databases).await;
    drop(folder);
    if let Err(error) = outcome {
        story.check(false, format_args!("the run came to its end: {error}"));
    }
    match story.summary() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// The CMP's, and the MSP's.
type Databases = [BoxStore; 2];

async fn begin(arguments: Vec<String>) -> Result<(Folder, Broker, Databases), Failed> {
    let (arguments, folder) = (Arguments::parse(arguments)?, Folder::temporary()?);
    let url = arguments.database.as_deref();
    let databases = [database::open(url, "cmp").await?, database::open(url, "msp").await?];
    let broker = broker(arguments, folder.path()).await?;
    Ok((folder, broker, databases))
}

/// Our own, or that of the command line.
async fn broker(arguments: Arguments, folder: &Path) -> Result<Broker, Failed> {
    let Arguments {
        url,
        ca,
        certificate,
        key,
        ..
    } = arguments;
    match url {
        Some(url) => Broker::at(url, ca, certificate, key, folder),
        None if ca.is_some() || certificate.is_some() || key.is_some() => {
            Err("--broker-ca, --broker-cert and --broker-key need --broker".into())
        }
        None => Broker::start(folder).await,
    }
}

async fn run(story: &Arc<Story>, broker: Broker, databases: Databases) -> Result<(), Failed> {
    println!("A CMP backend, an MSP backend and two vehicles. AiD1 is over TLS on loopback,");
    println!("AiD2 over MQTT 5 through {}.", broker.url());
    let world = World::build(story, broker, databases, scenes::cmp_options()).await?;
    let outcome = scenes::play(&world).await;
    world.stop().await;
    outcome
}
