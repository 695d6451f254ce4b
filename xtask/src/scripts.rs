//! The scripts and style sheets: their format by prettier, their types by TypeScript's compiler, which reads JSDoc.

use anyhow::{Context, Result};

use crate::process::{cargo, command, run};
use crate::{npm, root};

/// What prettier formats.
const FORMATTED: [&str; 5] =
    ["www/**/*.{js,css}", "tests/browser/**/*.js", "benches/**/*.js", "types/**/*.{json,ts}", "tsconfig.json"];

/// The worlds that scripts live in, each with its own globals.
const WORLDS: [&str; 3] = ["worker", "page", "tests"];

/// Formats the Rust sources, the scripts and the style sheets.
pub fn format() -> Result<()> {
    run(cargo().args(["fmt", "--all"]))?;
    prettier("--write")
}

/// Says which files are not as `format` would have them.
pub fn check_format() -> Result<()> {
    let check = || {
        run(cargo().args(["fmt", "--all", "--check"]))?;
        prettier("--check")
    };
    check().context("`cargo xtask format` corrects it")
}

fn prettier(mode: &str) -> Result<()> {
    run(tool("prettier/bin/prettier.cjs")?.args([mode, "--log-level=warn"]).args(FORMATTED))
}

/// Holds the scripts against the types in their comments.
pub fn check_types() -> Result<()> {
    WORLDS.iter().try_for_each(|world| {
        compile(world).with_context(|| {
            format!(
                "what types/{world}.json names contradicts its types; www/protocol.js and types/ have the shared ones"
            )
        })
    })
}

/// Holds what types/engine.d.ts says of the engine against what wasm-bindgen says of the one that was just built.
pub fn check_engine() -> Result<()> {
    compile("built").context("types/engine.d.ts says of the engine what src/web does not have: change it with src/web")
}

fn compile(project: &str) -> Result<()> {
    run(tool("typescript/bin/tsc")?.arg("--project").arg(format!("types/{project}.json")))
}

/// An npm package's program. By node and not by its own name, which is a batch file on Windows.
fn tool(path: &str) -> Result<std::process::Command> {
    npm::prepare()?;
    let mut tool = command(npm::node()?);
    tool.current_dir(root()).arg(root().join("node_modules").join(path));
    Ok(tool)
}
