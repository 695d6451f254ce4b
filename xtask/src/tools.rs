//! The Rust tools that the page needs: the WebAssembly target, trunk, and the wasm-bindgen of exactly our version.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, command, find_program, output, path_folders, path_with, program_in, run};
use crate::{root, say};

/// Installed where no fitting trunk is found.
const TRUNK_VERSION: &str = "0.21.14";

/// Any trunk of this series will do; 0.22 needs a newer compiler than ours.
const TRUNK_SERIES: &str = "0.21.";

/// What the page is compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// What `prepare` found or installed.
pub struct Tools {
    trunk: PathBuf,
    wasm_bindgen: PathBuf,
}

impl Tools {
    /// Installs what is missing; takes well under a second if nothing is.
    pub fn prepare() -> Result<Tools> {
        prepare_target()?;
        let wasm_bindgen_version = locked_version("wasm-bindgen")?;
        let trunk = Tool {
            program: "trunk",
            package: "trunk",
            version: TRUNK_VERSION,
            fits: |found, _| found.starts_with(TRUNK_SERIES),
            // Nothing is left to download by trunk itself, so it needs no TLS and no update check.
            arguments: &["--locked", "--no-default-features"],
            why: "it builds and serves the page",
        };
        let wasm_bindgen = Tool {
            program: "wasm-bindgen",
            package: "wasm-bindgen-cli",
            version: &wasm_bindgen_version,
            fits: |found, wanted| found == wanted,
            arguments: &[],
            why: "it must be exactly the version in Cargo.lock",
        };
        Ok(Tools { trunk: trunk.prepare()?, wasm_bindgen: wasm_bindgen.prepare()? })
    }

    /// The runner of tests as WebAssembly, which is installed with wasm-bindgen's command.
    pub fn wasm_bindgen_test_runner(&self) -> PathBuf {
        self.wasm_bindgen.with_file_name(format!("wasm-bindgen-test-runner{}", std::env::consts::EXE_SUFFIX))
    }

    /// trunk, with our wasm-bindgen as the first that it finds.
    pub fn trunk(&self) -> Result<std::process::Command> {
        let mut trunk = command(&self.trunk);
        trunk.env("PATH", path_with(self.wasm_bindgen.parent().context("wasm-bindgen lies in no folder")?)?);
        // Anything but a truth value in NO_COLOR, even the usual "1", makes trunk refuse to start.
        if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            trunk.env("NO_COLOR", "true");
        } else {
            trunk.env_remove("NO_COLOR");
        }
        Ok(trunk)
    }
}

/// Adds the WebAssembly target to the toolchain if it is missing.
pub fn prepare_target() -> Result<()> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))
        .context("rustc could not be run: install Rust as https://rustup.rs says")?;
    let installed = || Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib").is_dir();
    if installed() {
        return Ok(());
    }
    let Some(rustup) = find_program("rustup") else {
        bail!(
            "the Rust standard library for {TARGET} is missing from {sysroot}, and there is no rustup to add it: \
             install the package of your distribution that holds it, or install Rust as https://rustup.rs says"
        );
    };
    say(format!("adding the Rust target {TARGET}: the page is compiled for it"));
    run(command(rustup).args(["target", "add", TARGET]))
        .with_context(|| format!("the target {TARGET} needs the network once; connect and run this again"))?;
    if !installed() {
        bail!("rustup added {TARGET} to another toolchain than the one in {sysroot}; run `rustup show` in this folder");
    }
    Ok(())
}

/// Makes sure that the source of the standard library, and of the crates that it is made of, are here: it is compiled
/// with the page.
pub fn prepare_std_source() -> Result<()> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))
        .context("rustc could not be run: install Rust as https://rustup.rs says")?;
    let library = Path::new(&sysroot).join("lib/rustlib/src/rust/library");
    let installed = || library.join("std/Cargo.toml").is_file();
    if !installed() {
        let rustup = find_program("rustup").with_context(|| {
            format!("the source of the standard library is not in {sysroot}, nor a rustup to add it")
        })?;
        say("adding the Rust component rust-src: the standard library is compiled with the page");
        run(command(rustup).args(["component", "add", "rust-src"]))
            .context("the component rust-src could not be added")?;
        if !installed() {
            bail!("rustup added rust-src to another toolchain than the one in {sysroot}");
        }
    }
    run(cargo()
        .args(["fetch", "--quiet", "--locked", "--target", TARGET, "--manifest-path"])
        .arg(library.join("sysroot/Cargo.toml"))
        .env("RUSTC_BOOTSTRAP", "1"))
    .context("the crates that the standard library is made of could not be fetched")
}

/// A program that cargo can install.
struct Tool<'a> {
    program: &'a str,
    package: &'a str,
    version: &'a str,
    /// Whether a version that was found (first) will do in place of the wanted one (second).
    fits: fn(&str, &str) -> bool,
    arguments: &'a [&'a str],
    why: &'a str,
}

impl Tool<'_> {
    fn prepare(&self) -> Result<PathBuf> {
        let own_root = root().join("target").join("tools");
        let own = own_root.join("bin");
        let cargo_bin = cargo_home()?.join("bin");
        let mut other = None;
        for folder in [own.clone()].into_iter().chain(path_folders()).chain([cargo_bin.clone()]) {
            let Some(program) = program_in(&folder, self.program) else { continue };
            let version = version_of(&program);
            if version.as_deref().is_some_and(|version| (self.fits)(version, self.version)) {
                return Ok(program);
            }
            if folder != own {
                other = other.or(Some((program, version)));
            }
        }

        let Tool { program, package, version, why, .. } = self;
        let mut install = cargo();
        install.args(["install", package, "--version", version]).args(self.arguments);
        // These tools run for a second at a time: it pays to compile them sooner rather than faster.
        install.env("CARGO_PROFILE_RELEASE_LTO", "off");
        install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        let folder = if let Some((found, found_version)) = other {
            let found_version = found_version.unwrap_or_else(|| "of an unknown version".into());
            say(format!(
                "installing {program} {version} into target/tools: {why}; yours ({found_version}, {}) stays as it is",
                found.display()
            ));
            install.arg("--force").arg("--root").arg(&own_root);
            own
        } else {
            say(format!("installing {program} {version} with cargo, a few minutes, once: {why}"));
            cargo_bin
        };
        run(&mut install).with_context(|| {
            format!(
                "{program} {version} could not be installed; cargo needs the network for it. Connect and run this \
                 again, or put {program} {version} on PATH yourself"
            )
        })?;
        program_in(&folder, program)
            .with_context(|| format!("cargo installed {package}, but there is no {program} in {}", folder.display()))
    }
}

/// `trunk 0.21.14` -> `0.21.14`; wasm-bindgen may add a commit in brackets.
fn version_of(program: &Path) -> Option<String> {
    let text = output(command(program).arg("--version"))?;
    text.split_whitespace().nth(1).map(str::to_string)
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = std::env::home_dir().context("there is no home folder; set CARGO_HOME")?;
    Ok(home.join(".cargo"))
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String> {
    let path = root().join("Cargo.lock");
    let text = std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    version_in_lock(&text, package).with_context(|| format!("Cargo.lock has no package {package}"))
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    Some(lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_comes_from_the_entry_of_that_very_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(lock, "wasm"), None);
    }
}
