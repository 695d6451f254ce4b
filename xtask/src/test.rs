//! `cargo xtask test`: every check of the project, in stages, from the quickest to the slowest.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::process::{cargo, command, run};
use crate::{build, dist, npm, programs, root, say, scripts, tools};

#[derive(clap::Args)]
pub struct Arguments {
    /// Run only the native and browser tests whose names contain one of these.
    filter: Vec<String>,
    /// Run only these stages, separated by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Stage>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// rustfmt and prettier, checking
    Format,
    /// clippy, for this machine and for WebAssembly, and the types of the scripts
    Lint,
    /// unit, kernel, gradient and shader tests on this machine
    Native,
    /// the kernels in headless Chromium
    Kernels,
    /// the page in release, its files and its size
    Page,
    /// the built page in headless Chromium
    Browser,
}

impl Stage {
    fn heading(self) -> &'static str {
        match self {
            Stage::Format => "format",
            Stage::Lint => "lints, native and WebAssembly, and types of scripts",
            Stage::Native => "native tests",
            Stage::Kernels => "kernels in Chromium",
            Stage::Page => "page in release, and its size",
            Stage::Browser => "browser tests",
        }
    }

    fn run(self, filter: &[String]) -> Result<()> {
        match self {
            Stage::Format => scripts::check_format(),
            Stage::Lint => lint(),
            Stage::Native => {
                programs::prepare_vulkan()?;
                run(cargo().args(["test", "--workspace", "--"]).args(filter))
            }
            Stage::Kernels => kernels(filter),
            Stage::Page => build::build(),
            Stage::Browser => browser(filter),
        }
    }
}

/// Runs the stages in order and stops at the first that fails.
pub fn test(arguments: &Arguments) -> Result<()> {
    let chosen = |stage: &&Stage| arguments.only.is_empty() || arguments.only.contains(stage);
    let stages: Vec<Stage> = Stage::value_variants().iter().filter(chosen).copied().collect();
    let mut lines = Vec::new();
    for (passed, stage) in stages.iter().enumerate() {
        let heading = stage.heading();
        println!("\n=== {} of {}: {heading} ===", passed + 1, stages.len());
        let start = Instant::now();
        let result = stage.run(&arguments.filter);
        let seconds = start.elapsed().as_secs_f64();
        lines.push(format!("{} {seconds:>8.1} s  {heading}", if result.is_ok() { "passed" } else { "FAILED" }));
        println!("{}", lines[passed]);
        if let Err(error) = result {
            let left = stages.len() - passed - 1;
            println!("\n{}\n{passed} passed, 1 failed, {left} not run", lines.join("\n"));
            return Err(error.context(format!("the stage \"{heading}\" failed")));
        }
    }
    println!("\n{}\n{} passed, 0 failed", lines.join("\n"), stages.len());
    Ok(())
}

fn lint() -> Result<()> {
    scripts::check_types()?; // first: it takes seconds
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    tools::prepare_target()?;
    let wasm = [
        "clippy",
        "--package",
        "ganvas",
        "--target",
        tools::TARGET,
        "--no-default-features",
        "--features",
        "check",
        "--lib",
        "--test",
        "web_kernels",
    ];
    run(cargo().args(wasm).args(["--", "-D", "warnings"]))?;
    // The page as it is built, and what only WebAssembly compiles of the loops.
    let packages = ["ganvas-page", "ganvas-sets-page", "ganvas-loops"].map(|name| ["--package", name]);
    let page = ["clippy", "--features", "ganvas-page/whole", "--target", tools::TARGET];
    run(cargo().args(page).args(packages.as_flattened()).args(["--", "-D", "warnings"]))
}

/// The kernel tests as WebAssembly, by wasm-bindgen's test runner: it serves them and lets chromedriver open them.
fn kernels(filter: &[String]) -> Result<()> {
    let tools = tools::Tools::prepare()?;
    let driver = programs::prepare_chromedriver()?;
    let test = [
        "test",
        "--target",
        tools::TARGET,
        "--no-default-features",
        "--features",
        "check",
        "--test",
        "web_kernels",
        "--",
    ];
    let runner = tools.wasm_bindgen_test_runner();
    run(cargo()
        .args(test)
        .args(filter)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("CHROMEDRIVER", driver)
        // The runner's own limit is 20 s, and a software GPU compiles its shaders slowly.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "1200"))
}

fn browser(filter: &[String]) -> Result<()> {
    if !dist().join("index.html").is_file() {
        bail!("there is no built page in dist/: run `cargo xtask build` first, or the stage \"page\" too");
    }
    npm::prepare()?;
    let node = npm::node()?;
    let files = test_files(&root().join("tests").join("browser"))?;
    let chromium = programs::prepare_chromium()?;
    say(format!("testing with {}", chromium.display()));
    // One page at a time: several software GPUs on a few cores run into each other's time limits.
    let mut tests = command(node);
    tests.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    tests.args(filter.iter().map(|name| format!("--test-name-pattern={name}")));
    run(tests.args(files).env("GANVAS_DIST", dist()).env("CHROMIUM", chromium))
}

/// The files that hold tests, by name, because versions of Node.js differ in what they make of a folder.
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let items = std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    let mut files: Vec<PathBuf> =
        items.filter_map(|item| Some(item.ok()?.path())).filter(|path| is_test(path)).collect();
    files.sort();
    if files.is_empty() {
        bail!("{} has no file named like name.test.js", folder.display());
    }
    Ok(files)
}

fn is_test(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [".test.js", ".test.mjs"].iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_the_files_that_support_them() {
        assert!(is_test(Path::new("a/visitor.test.js")) && is_test(Path::new("a/embed.test.mjs")));
        assert!(!is_test(Path::new("a/server.js")) && !is_test(Path::new("a/test.js.txt")));
    }
}
