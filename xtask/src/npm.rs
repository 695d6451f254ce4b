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
    if installed.is_ok_and(|installed| holds(&installed, &wanted)) {
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

/// A package as a lock file names it.
#[derive(Debug)]
struct Package<'a> {
    /// Its folder, version and checksum; where it was fetched from differs between machines.
    telling: Vec<&'a str>,
    /// May be missing: it is for another kind of machine.
    optional: bool,
}

/// Whether what is installed is what is wanted, but for optional packages.
fn holds(installed: &str, wanted: &str) -> bool {
    let (installed, wanted) = (packages(installed), packages(wanted));
    let has = |list: &[Package], package: &Package| list.iter().any(|other| other.telling == package.telling);
    installed.iter().all(|package| has(&wanted, package))
        && wanted.iter().all(|package| package.optional || has(&installed, package))
}

fn packages(lock: &str) -> Vec<Package<'_>> {
    let mut packages: Vec<Package> = Vec::new();
    let mut depth = 0; // within a package
    for line in lock.lines().map(str::trim) {
        if line.starts_with("\"node_modules/") {
            packages.push(Package { telling: vec![line], optional: false });
            depth = 0;
        }
        let Some(package) = packages.last_mut() else { continue };
        if depth == 1 && ["\"version\"", "\"integrity\""].iter().any(|start| line.starts_with(start)) {
            package.telling.push(line.trim_end_matches(','));
        }
        package.optional |= depth == 1 && line.starts_with("\"optional\": true");
        depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &str = r#"{ "packages": {
        "": {
            "version": "9"
        },
        "node_modules/a": {
            "version": "1",
            "integrity": "x"
        },
        "node_modules/b": {
            "version": "1",
            "peerDependenciesMeta": {
                "c": {
                    "optional": true
                }
            }
        },
        "node_modules/other-machine": {
            "version": "1",
            "optional": true,
            "os": ["other"]
        }
    } }"#;

    #[test]
    fn only_names_versions_and_sums_count() {
        let same = r#"{ "packages": {
            "node_modules/a": {
                "version": "1",
                "resolved": "y",
                "integrity": "x",
                "dev": true
            },
            "node_modules/b": {
                "version": "1"
            } } }"#;
        assert!(holds(same, WANTED) && holds(WANTED, WANTED));
        assert!(!holds(&same.replacen("\"1\"", "\"2\"", 1), WANTED), "another version");
        assert!(!holds(&same.replace("\"x\"", "\"y\""), WANTED), "another checksum");
    }

    #[test]
    fn only_what_is_for_other_machines_may_be_missing() {
        let renamed = |name: &str| WANTED.replace(&format!("node_modules/{name}\""), "node_modules/unknown\"");
        let without = |name: &str| {
            let start = WANTED.find(&format!("\"node_modules/{name}\"")).unwrap();
            let end = WANTED[start + 1..].find("\"node_modules/").map_or(WANTED.len(), |at| start + 1 + at);
            format!("{}{}", &WANTED[..start], &WANTED[end..])
        };
        assert!(holds(&without("other-machine"), WANTED));
        assert!(!holds(&without("a"), WANTED) && !holds(&without("b"), WANTED));
        assert!(!holds(&renamed("other-machine"), WANTED), "a package that nobody asked for");
    }
}
