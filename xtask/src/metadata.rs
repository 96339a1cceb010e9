//! What cargo knows of the workspace.

use std::process::Command;

use serde_json::Value;

use crate::Result;

/// A member of the workspace that is published.
pub(crate) struct Member {
    pub(crate) name: String,
    /// Whether it does IO: those under `adapters/`, programs, the sandbox and the service of a vehicle may depend on an HTTP, TLS or MQTT stack.
    pub(crate) does_io: bool,
    pub(crate) features: Vec<String>,
}

/// `cargo metadata`; with `--locked`, so that a stale `Cargo.lock` fails here.
pub(crate) fn read() -> Result<Value> {
    Ok(serde_json::from_str(&cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--locked",
    ])?)?)
}

/// Every package: those of the workspace have no source.
pub(crate) fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

pub(crate) fn is_ours(package: &Value) -> bool {
    package["source"].is_null()
}

pub(crate) fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

fn is_adapter(package: &Value) -> bool {
    let manifest = package["manifest_path"].as_str();
    manifest.is_some_and(|path| path.contains("/adapters/"))
}

fn has_library(package: &Value) -> bool {
    let targets = package["targets"].as_array().into_iter().flatten();
    let mut kinds = targets.flat_map(|target| target["kind"].as_array().into_iter().flatten());
    kinds.any(|kind| kind == "lib")
}

/// The members that are published, in the order of their names.
pub(crate) fn published(metadata: &Value) -> Vec<Member> {
    let mut members: Vec<Member> = packages(metadata)
        // `publish = false` reads as an empty list of registries.
        .filter(|package| is_ours(package) && package["publish"].is_null())
        .map(|package| Member {
            name: name(package).to_owned(),
            does_io: is_adapter(package)
                || !has_library(package)
                || ["aid-sandbox", "aid-vehicle"].contains(&name(package)),
            features: package["features"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .collect(),
        })
        .collect();
    members.sort_by(|one, other| one.name.cmp(&other.name));
    members
}

/// Runs cargo and returns what it prints.
pub(crate) fn cargo(arguments: &[&str]) -> Result<String> {
    let output = Command::new(env!("CARGO")).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!(
            "cargo {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
