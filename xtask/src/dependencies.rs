//! What the published crates depend on: how much, on what not, and since which Rust.

use std::collections::BTreeSet;

use crate::{
    Result,
    metadata::{self, Member},
};

/// The crates that a service needs to speak AiD1 in both roles, without an adapter.
const CORE: [&str; 3] = ["aid-types", "aid1-client", "aid1-server-traits"];
/// How many crates their default features may bring, themselves included.
const BUDGET: usize = 40;
/// What belongs to adapters, or to nobody: a protocol crate brings no runtime, no HTTP, TLS or MQTT stack.
const BANNED: [&str; 10] = [
    "axum",
    "hyper",
    "jsonwebtoken",
    "native-tls",
    "openssl",
    "protox",
    "reqwest",
    "rumqttc",
    "rustls",
    "tokio",
];

/// What the way of a vehicle to its broker links nothing of, whatever its features: certificate stores of operating systems,
/// and the TLS libraries that need more than a C compiler.
const NOT_IN_A_VEHICLE: [&str; 6] = [
    "aws-lc-rs",
    "native-tls",
    "openssl",
    "openssl-probe",
    "rustls-native-certs",
    "rustls-platform-verifier",
];

/// Checks all of it, and prints the size of the default tree.
pub(crate) fn check() -> Result<()> {
    let metadata = metadata::read()?;
    rust_versions(&metadata)?;

    let core: Vec<&str> = CORE.iter().flat_map(|name| ["--package", name]).collect();
    let tree = tree(&core)?;
    println!(
        "default tree of {}: {} crates, of {BUDGET} allowed",
        CORE.join(", "),
        tree.len()
    );
    if tree.len() > BUDGET {
        return Err(format!("too many crates: {}", tree.into_iter().collect::<Vec<_>>().join(", ")).into());
    }

    metadata::published(&metadata)
        .iter()
        .filter(|member| !member.does_io)
        .try_for_each(|member| no_banned(member, &BANNED))?;
    // A vehicle itself has no cryptography: whoever opens the link brings it.
    let without_ring = [&NOT_IN_A_VEHICLE[..], &["ring"]].concat();
    for (name, banned) in [("aid2-mqtt", &NOT_IN_A_VEHICLE[..]), ("aid-vehicle", &without_ring)] {
        let members = metadata::published(&metadata);
        let member = members.iter().find(|member| member.name == name);
        no_banned(member.ok_or(name)?, banned)?;
    }
    Ok(())
}

/// The names and versions of all crates that a build of the selected packages links.
fn tree(selection: &[&str]) -> Result<BTreeSet<String>> {
    let arguments = [
        "tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}",
    ];
    let text = metadata::cargo(&[&arguments, selection].concat())?;
    Ok(text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?))
        })
        .collect())
}

/// A crate brings none of these, whatever its features.
fn no_banned(member: &Member, banned: &[&str]) -> Result<()> {
    let tree = tree(&["--package", &member.name, "--all-features"])?;
    let names: BTreeSet<&str> = tree.iter().filter_map(|package| package.split(' ').next()).collect();
    match banned.iter().find(|banned| names.contains(**banned)) {
        Some(banned) => Err(format!("{} depends on {banned}", member.name).into()),
        None => Ok(()),
    }
}

/// One `rust-version` everywhere here, and no dependency that needs a newer one.
fn rust_versions(metadata: &serde_json::Value) -> Result<()> {
    let version = |package: &serde_json::Value| package["rust_version"].as_str().map(str::to_owned);
    let ours: BTreeSet<_> = metadata::packages(metadata)
        .filter(|package| metadata::is_ours(package))
        .map(version)
        .collect();
    let [Some(ours)] = ours.iter().collect::<Vec<_>>()[..] else {
        return Err(format!("members differ in rust-version: {ours:?}").into());
    };
    let newer: Vec<String> = metadata::packages(metadata)
        .filter_map(|package| Some((metadata::name(package), version(package)?)))
        .filter(|(_, version)| numbers(version) > numbers(ours))
        .map(|(name, version)| format!("{name} needs {version}"))
        .collect();
    if !newer.is_empty() {
        return Err(format!("rust-version {ours}, but {}", newer.join(", ")).into());
    }
    println!("rust-version {ours}: no dependency needs a newer one");
    Ok(())
}

/// `1.89` and `1.89.0` are the same.
fn numbers(version: &str) -> [u32; 3] {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}
