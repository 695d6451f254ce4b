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
    for world in WORLDS {
        run(tool("typescript/bin/tsc")?.arg("--project").arg(format!("types/{world}.json"))).with_context(|| {
            format!("the scripts of types/{world}.json contradict their types; www/protocol.js and types/ declare the shared ones")
        })?;
    }
    Ok(())
}

/// An npm package's program. By node and not by its own name, which is a batch file on Windows.
fn tool(path: &str) -> Result<std::process::Command> {
    npm::prepare()?;
    let mut tool = command(npm::node()?);
    tool.current_dir(root()).arg(root().join("node_modules").join(path));
    Ok(tool)
}
