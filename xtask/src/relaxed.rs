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
/// The module's name beside the plain one, `ganvas-page_bg.wasm`.
pub const NAME: &str = "ganvas-page-relaxed_bg.wasm";

/// The name of the engine that the page which measures loads, without its ending.
pub const BENCH: &str = "ganvas-bench";

/// The page's engine compiled another way than trunk does.
pub struct Variant<'a> {
    /// A folder of its own: cargo would else replace the file that trunk copies.
    pub target: &'a Path,
    /// Of the script, without its ending.
    pub name: &'a str,
    pub flags: &'a str,
    /// Whether it has the work that engines are compared by.
    pub has_bench: bool,
    /// Whether the standard library is compiled with it.
    pub has_own_std: bool,
}

/// Compiles the engine and writes script and module; answers with their folder.
pub fn bind(variant: &Variant) -> Result<PathBuf> {
    let &Variant { target, name, flags, has_bench, has_own_std } = variant;
    let mut build = cargo();
    let mut flags = flags.to_string();
    if has_own_std {
        // File and line of each place that may panic are 13 KiB, and paths of the machine that compiled it.
        flags += " -Zlocation-detail=none";
        build.env("RUSTC_BOOTSTRAP", "1"); // allows the arguments
        build.args(["-Zbuild-std=panic_abort,std", "-Zbuild-std-features=optimize_for_size"]);
    }
    build.arg("build");
    if has_bench {
        build.args(["--features", "bench"]);
    }
    run(build
        .args(["--quiet", "--profile", "web", "--package", "ganvas-page", "--target", tools::TARGET])
        .arg("--target-dir")
        .arg(target)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
        .env_remove("RUSTFLAGS"))?;
    let bound = target.join(if has_bench { "bench" } else { "bound" });
    bindgen(target, name, &bound, &["--no-typescript"])?;
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

/// Compiles both in place of what trunk has compiled.
pub fn add_to(engine: &Path, has_own_std: bool) -> Result<()> {
    let name = "ganvas-page";
    let target = |kind: &str| root().join("target").join(kind);
    let bind_with = |kind, flags| bind(&Variant { target: &target(kind), name, flags, has_bench: false, has_own_std });
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("could not read {}", path.display()));
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).with_context(|| format!("could not write {}", path.display()))
    };
    let (script, module) = ("ganvas-page.js", "ganvas-page_bg.wasm");
    let (plain, relaxed) = (bind_with("plain", PLAIN_FLAGS)?, bind_with("relaxed", FLAGS)?);
    if read(&plain.join(script))? != read(&relaxed.join(script))? {
        bail!("the two engines have different scripts, so one script cannot serve both modules");
    }
    write(&engine.join(script), &read(&plain.join(script))?)?;
    write(&engine.join(module), &wasm::stripped(&read(&plain.join(module))?)?)?;
    write(&engine.join(NAME), &wasm::stripped(&read(&relaxed.join(module))?)?)?;
    Ok(())
}

/// Compiles the engine for the page that measures, and puts it beside the others.
pub fn add_bench_to(engine: &Path, has_own_std: bool) -> Result<()> {
    let target = root().join("target/relaxed");
    let bound = bind(&Variant { target: &target, name: BENCH, flags: FLAGS, has_bench: true, has_own_std })?;
    place(&bound, BENCH, engine)?;
    // Once more with declarations, for types/built.ts: they also change the script, by a comment. It has all functions.
    bindgen(&target, "ganvas-page", &target.join("declared"), &[])
}

/// Puts script and module of a folder beside others.
pub fn place(bound: &Path, name: &str, engine: &Path) -> Result<()> {
    for file in [format!("{name}.js"), format!("{name}_bg.wasm")] {
        let path = bound.join(&file);
        let bytes = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        let bytes = if file.ends_with(".wasm") { wasm::stripped(&bytes)? } else { bytes };
        std::fs::write(engine.join(&file), bytes).with_context(|| format!("could not write {file}"))?;
    }
    Ok(())
}
