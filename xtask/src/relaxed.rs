//! The engine a second time, for browsers that have relaxed SIMD: products then use the processor's fused multiply-add.
//!
//! A module with one such instruction is refused whole where a browser does not know it, so there are two modules and the
//! page loads one of them (`www/session/engine.js`). Both have the same imports and exports, and share their script.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, command, find_program, run};
use crate::{root, tools, wasm};

/// What the page's engine is compiled with, and relaxed SIMD besides.
pub const FLAGS: &str = "-C target-feature=+simd128,+relaxed-simd";
/// The module's name beside the plain one, `ganvas-page_bg.wasm`.
pub const NAME: &str = "ganvas-page-relaxed_bg.wasm";

/// The page's engine compiled another way than trunk does.
pub struct Variant<'a> {
    /// A folder of its own: cargo would else replace the file that trunk copies.
    pub target: &'a Path,
    /// Of the script, without its ending.
    pub name: &'a str,
    pub flags: &'a str,
    pub arguments: &'a [&'a str],
    pub environment: &'a [(&'a str, &'a str)],
}

/// Compiles the engine and writes script and module; answers with their folder.
pub fn bind(variant: &Variant) -> Result<PathBuf> {
    let &Variant { target, name, flags, arguments, environment } = variant;
    run(cargo()
        .args(["build", "--quiet", "--profile", "web", "--package", "ganvas-page", "--target", tools::TARGET])
        .arg("--target-dir")
        .arg(target)
        .args(arguments)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
        .env_remove("RUSTFLAGS")
        .envs(environment.iter().copied()))?;
    let bound = target.join("bound");
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

/// Compiles it, and puts it beside the plain module.
pub fn add_to(engine: &Path) -> Result<()> {
    let target = root().join("target/relaxed");
    let name = "ganvas-page";
    let bound = bind(&Variant { target: &target, name, flags: FLAGS, arguments: &[], environment: &[] })?;
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("could not read {}", path.display()));
    let script = |folder: &Path| read(&folder.join("ganvas-page.js"));
    if script(&bound)? != script(engine)? {
        bail!("the two engines have different scripts, so one script cannot serve both modules");
    }
    let module = wasm::stripped(&read(&bound.join("ganvas-page_bg.wasm"))?)?;
    let path = engine.join(NAME);
    std::fs::write(&path, module).with_context(|| format!("could not write {}", path.display()))?;
    // Once more with declarations, for types/built.ts: they also change the script, by a comment.
    bindgen(&target, name, &target.join("declared"), &[])
}
