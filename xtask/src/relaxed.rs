//! The engine twice: plain, and for browsers that have relaxed SIMD, where products use the processor's fused multiply-add.
//!
//! A module with one such instruction is refused whole where a browser does not know it, so there are two modules and the
//! page loads one of them (`www/session/engine.js`). Both have the same imports and exports, and share their script.
//!
//! Where its source can be had, the standard library is compiled with them, for size as they are: the one that comes with the
//! compiler is for speed, and makes the module 11 KiB larger, gzipped. Cargo has no stable switch for that yet; the compiler is the
//! same stable one. trunk has no way to say so, hence what it has compiled is replaced.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, command, find_program, run};
use crate::{root, tools, wasm};

/// What the page's engine is compiled with.
const PLAIN_FLAGS: &str = "-C target-feature=+simd128";
/// And relaxed SIMD besides.
pub const FLAGS: &str = "-C target-feature=+simd128,+relaxed-simd";
/// What comes of it stands beside the plain module, with this before `_bg.wasm`.
pub const ENDING: &str = "-relaxed";

/// An engine, by what is in it.
pub struct Kind {
    /// Of its files, without their endings.
    pub name: &'static str,
    /// What it is compiled with besides.
    features: &'static [&'static str],
}

/// What a first visit loads, and the engine that has everything: all games, and the work that engines are compared by. All
/// that scripts see of the first is in the other.
pub const KINDS: [Kind; 2] =
    [Kind { name: "ganvas-page", features: &[] }, Kind { name: "ganvas-whole", features: &["--features", "whole"] }];

/// The page's engine compiled another way than trunk does.
pub struct Variant<'a> {
    /// A folder of its own: cargo would else replace the file that trunk copies.
    pub target: &'a Path,
    pub kind: &'a Kind,
    /// Of the script's name, after that of the kind.
    pub ending: &'a str,
    pub flags: &'a str,
    /// Whether the standard library is compiled with it.
    pub has_own_std: bool,
}

/// Compiles the engine and writes script and module; answers with their folder.
pub fn bind(variant: &Variant) -> Result<PathBuf> {
    let &Variant { target, kind, ending, flags, has_own_std } = variant;
    let mut build = cargo();
    let mut flags = flags.to_string();
    if has_own_std {
        // File and line of each place that may panic are 13 KiB, and paths of the machine that compiled it.
        flags += " -Zlocation-detail=none";
        build.env("RUSTC_BOOTSTRAP", "1"); // allows the arguments
        build.args(["-Zbuild-std=panic_abort,std", "-Zbuild-std-features=optimize_for_size"]);
    }
    build.arg("build").args(kind.features);
    run(build
        .args(["--quiet", "--profile", "web", "--package", "ganvas-page", "--target", tools::TARGET])
        .arg("--target-dir")
        .arg(target)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
        .env_remove("RUSTFLAGS"))?;
    let bound = target.join("bound").join(kind.name);
    bindgen(target, &format!("{}{ending}", kind.name), &bound, &["--no-typescript"])?;
    Ok(bound)
}

/// Writes script and module of the engine that was compiled in a folder.
fn bindgen(target: &Path, name: &str, to: &Path, arguments: &[&str]) -> Result<()> {
    let bindgen = find_program("wasm-bindgen").context("wasm-bindgen is not in PATH, though trunk has just used it")?;
    run(command(bindgen)
        .args(["--target", "web", "--out-name", name, "--out-dir"])
        .arg(to)
        .args(arguments)
        .arg(target.join(tools::TARGET).join("web/ganvas.wasm")))
}

/// Compiles both kinds, plain and relaxed, in place of what trunk has compiled.
pub fn add_to(engine: &Path, has_own_std: bool) -> Result<()> {
    let target = |way: &str| root().join("target").join(way);
    let bound = |way: &str, flags: &str| -> Result<Vec<PathBuf>> {
        let target = &target(way);
        KINDS.iter().map(|kind| bind(&Variant { target, kind, ending: "", flags, has_own_std })).collect()
    };
    // Linking takes most of the time, on one core each.
    let (plain, relaxed) = std::thread::scope(|scope| {
        let plain = scope.spawn(|| bound("plain", PLAIN_FLAGS));
        let relaxed = bound("relaxed", FLAGS);
        (plain.join().unwrap_or_else(|_| bail!("the plain engine was not compiled")), relaxed)
    });
    for ((kind, plain), relaxed) in KINDS.iter().zip(plain?).zip(relaxed?) {
        let (script, module) = (format!("{}.js", kind.name), format!("{}_bg.wasm", kind.name));
        if read(&plain.join(&script))? != read(&relaxed.join(&script))? {
            bail!("the two engines have different scripts, so one script cannot serve both modules");
        }
        place(&plain, &script, engine, &script)?;
        place(&plain, &module, engine, &module)?;
        place(&relaxed, &module, engine, &format!("{}{ENDING}_bg.wasm", kind.name))?;
    }
    // Once more with declarations, for types/built.ts: they also change the script, by a comment. The whole engine is the
    // last that was compiled.
    let target = target("relaxed");
    bindgen(&target, "ganvas-whole", &target.join("declared"), &[])
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

/// Puts a file of one folder into another, modules without what only a debugger reads.
pub fn place(from: &Path, file: &str, to: &Path, name: &str) -> Result<()> {
    let bytes = read(&from.join(file))?;
    let bytes = if file.ends_with(".wasm") { wasm::stripped(&bytes)? } else { bytes };
    std::fs::write(to.join(name), bytes).with_context(|| format!("could not write {name}"))
}
