//! The module that draws data sets, beside the engine: a visitor loads it when he first asks for such a set.

use std::path::Path;

use anyhow::{Context, Result};

use crate::process::{cargo, run};
use crate::{root, tools, wasm};

/// The module's name in the site.
const NAME: &str = "ganvas-sets.wasm";

/// Compiles it and puts it there. It has no glue, so nothing else belongs to it.
pub fn add_to(engine: &Path) -> Result<()> {
    // A folder of its own: trunk holds the lock of the other while it waits for this.
    let target = root().join("target/sets");
    run(cargo()
        .args(["build", "--quiet", "--profile", "web", "--package", "ganvas-sets-page", "--target", tools::TARGET])
        .arg("--target-dir")
        .arg(&target)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-C target-feature=+simd128")
        .env_remove("RUSTFLAGS"))?;
    let path = target.join(tools::TARGET).join("web/ganvas_sets_page.wasm");
    let module = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    std::fs::write(engine.join(NAME), wasm::stripped(&module)?).with_context(|| format!("could not write {NAME}"))
}
