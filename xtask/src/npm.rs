//! The npm packages: the data, the chart library, and the driver of the browser tests.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process::{command, find_program, output, run};
use crate::{root, say};

/// The oldest Node.js that runs the browser tests.
const NODE_MAJOR: u32 = 20;

/// Installs the packages of package-lock.json if node_modules holds anything else.
pub fn prepare() -> Result<()> {
    let wanted =
        std::fs::read_to_string(root().join("package-lock.json")).context("could not read package-lock.json")?;
    // npm leaves a list of what it installed; reading it is a thousand times faster than asking npm.
    let installed = std::fs::read_to_string(root().join("node_modules/.package-lock.json"));
    if installed.is_ok_and(|installed| packages(&installed) == packages(&wanted)) {
        return Ok(());
    }
    node()?;
    let npm = find_program("npm").context("npm is missing: install Node.js 20 or newer, which brings it")?;
    say("installing the npm packages: they hold the data, the charts and the browser tests' driver");
    run(command(npm).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
        .context("the npm packages need the network once; connect and run this again")
}

/// Node.js, new enough.
pub fn node() -> Result<PathBuf> {
    let node = find_program("node")
        .with_context(|| format!("node is missing: install Node.js {NODE_MAJOR} or newer (https://nodejs.org)"))?;
    let version = output(command(&node).arg("--version")).context("`node --version` failed")?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR) {
        bail!("{} is {version}; Node.js {NODE_MAJOR} or newer is needed (https://nodejs.org)", node.display());
    }
    Ok(node)
}

/// The lines of a lock file that say which packages it holds; where they were fetched from differs between machines.
fn packages(lock: &str) -> Vec<&str> {
    let lines = lock.lines().map(str::trim).skip_while(|line| !line.starts_with("\"node_modules/"));
    let telling = ["\"node_modules/", "\"version\"", "\"integrity\""];
    lines.filter(|line| telling.iter().any(|start| line.starts_with(start))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_versions_and_sums_count() {
        let wanted = r#"{ "packages": {
            "": {
                "version": "9"
            },
            "node_modules/a": {
                "version": "1",
                "integrity": "x"
            } } }"#;
        let same = r#"{ "packages": {
            "node_modules/a": {
                "version": "1",
                "resolved": "y",
                "integrity": "x"
            } } }"#;
        assert_eq!(packages(wanted), packages(same));
        assert_ne!(packages(wanted), packages(&same.replace("\"1\"", "\"2\"")));
        assert_eq!(packages(wanted).len(), 3);
    }
}
