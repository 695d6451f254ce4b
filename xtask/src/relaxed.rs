//! The engine a second time, for browsers that have relaxed SIMD: products then use the processor's fused multiply-add.
//!
//! A module with one such instruction is refused whole where a browser does not know it, so there are two modules and the
//! page loads one of them (`www/session/engine.js`). Both have the same imports and exports, and share their script.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, command, find_program, run};
use crate::{root, tools, wasm};

/// What the page's engine is compiled with, and relaxed SIMD besides.
const FLAGS: &str = "-C target-feature=+simd128,+relaxed-simd";
/// The module's name beside the plain one, `ganvas-page_bg.wasm`.
pub const NAME: &str = "ganvas-page-relaxed_bg.wasm";

/// Compiles it, and puts it beside the plain module.
pub fn add_to(engine: &Path) -> Result<()> {
    // A folder of its own: cargo would else replace the file that trunk copies.
    let target = root().join("target/relaxed");
    run(cargo()
        .args([
            "build",
            "--quiet",
            "--profile",
            "web",
            "--package",
            "ganvas-page",
            "--target",
            tools::TARGET,
            "--target-dir",
        ])
        .arg(&target)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", FLAGS)
        .env_remove("RUSTFLAGS"))?;
    let bindgen = find_program("wasm-bindgen").context("wasm-bindgen is not in PATH, though trunk has just used it")?;
    run(command(bindgen)
        .args(["--target", "web", "--no-typescript", "--out-name", "ganvas-page", "--out-dir"])
        .arg(target.join("bound"))
        .arg(target.join(tools::TARGET).join("web/ganvas.wasm")))?;
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("could not read {}", path.display()));
    let script = |folder: &Path| read(&folder.join("ganvas-page.js"));
    if script(&target.join("bound"))? != script(engine)? {
        bail!("the two engines have different scripts, so one script cannot serve both modules");
    }
    let module = wasm::stripped(&read(&target.join("bound/ganvas-page_bg.wasm"))?)?;
    let path = engine.join(NAME);
    std::fs::write(&path, module).with_context(|| format!("could not write {}", path.display()))
}
