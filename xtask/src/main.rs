//! Every developer command of Ganvas, the same on Linux, macOS and Windows: `cargo xtask serve | build | data | format | test | bench`.

mod bench;
mod build;
mod compact;
mod drawing;
mod excerpts;
mod hook;
mod npm;
mod pack_data;
mod process;
mod programs;
mod relaxed;
mod rivals;
mod scripts;
mod serve;
mod similar;
mod size;
mod test;
mod threads;
mod tools;
mod wasm;

// The reader of the data is included rather than depended on: packing must not have to build the whole engine, and
// what is packed here is checked by the very code that will read it. The commands use only a part of it.
#[allow(dead_code, unused_imports)]
#[path = "../../src/data/mod.rs"]
mod data;
#[allow(dead_code, unused_imports)]
#[path = "../../src/error.rs"]
mod error;
#[allow(dead_code, unused_imports)]
#[path = "../../src/rng.rs"]
mod rng;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, serves and tests Ganvas.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Installs what is missing, then builds and serves the page and rebuilds it whenever a file changes.
    Serve(serve::Arguments),
    /// Builds the static site into dist/ and prints how large it is.
    Build,
    /// Packs the training images into target/data/mnist.ganvas.
    Data,
    /// Formats the Rust sources, the scripts and the style sheets.
    Format,
    /// Runs every check: format, lints, native tests, the page and its size, browser tests.
    Test(test::Arguments),
    /// Measures the engine beside others in headless Chromium; prints a table in Markdown.
    Bench(bench::Arguments),
    /// What trunk calls around a build; not for typing.
    #[command(hide = true)]
    Hook { stage: HookStage },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum HookStage {
    PreBuild,
    PostBuild,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Build => build::build(),
        Command::Data => hook::pre_build(),
        Command::Format => scripts::format(),
        Command::Test(arguments) => test::test(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Hook { stage: HookStage::PreBuild } => hook::pre_build(),
        Command::Hook { stage: HookStage::PostBuild } => hook::post_build(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository")
}

/// The built site.
fn dist() -> PathBuf {
    root().join("dist")
}

/// Says what is being done and why; progress goes to standard error, results to standard output.
fn say(line: impl std::fmt::Display) {
    eprintln!("==> {line}");
}
