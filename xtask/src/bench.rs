//! `cargo xtask bench`: our engine beside others in headless Chromium, by bench.html.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::process::{command, run};
use crate::{build, dist, npm, programs, root, say};

#[derive(clap::Args)]
pub struct Arguments {
    /// Only engines on the GPU (WebGPU), or only those on the CPU (WebAssembly).
    #[arg(long)]
    backend: Option<Backend>,
    /// Only this work: W0 to W5 and GP, or a part of one as W1-256, separated by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only these engines: ganvas, jax, tfjs, or one with its backend as jax-wasm, separated by commas.
    #[arg(long, value_delimiter = ',')]
    engines: Vec<String>,
    /// How many samples of each engine are taken in turn.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// A folder for the results (bench.json) and a chart (bench.svg).
    #[arg(long)]
    out: Option<PathBuf>,
    /// Serve the page cross-origin isolated: engines may then have threads, ours is also measured with them.
    #[arg(long)]
    isolated: bool,
    /// Measure the page in dist/ as it is.
    #[arg(long)]
    no_build: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Backend {
    Gpu,
    Cpu,
}

/// Builds the page and drives it; prints a table in Markdown.
pub fn bench(arguments: &Arguments) -> Result<()> {
    npm::prepare()?;
    let node = npm::node()?;
    let mut words = vec![format!("--rounds={}", arguments.rounds)];
    if let Some(backend) = arguments.backend.and_then(|backend| backend.to_possible_value()) {
        words.push(format!("--backend={}", backend.get_name()));
    }
    for (name, values) in [("only", &arguments.only), ("engines", &arguments.engines)] {
        if !values.is_empty() {
            words.push(format!("--{name}={}", values.join(",")));
        }
    }
    if arguments.isolated {
        words.push("--isolated".into());
    }
    let driver = || {
        let mut driver = command(&node);
        driver.arg("benches/browser.js").args(&words);
        driver
    };
    // A name that does not exist is found out before minutes of building.
    run(driver().arg("--check")).context("nothing was measured")?;
    if !arguments.no_build || !dist().join("bench.html").is_file() {
        build::build()?;
    }
    let chromium = programs::prepare_chromium()?;
    say(format!("measuring with {}; WebGPU runs on the CPU there", chromium.display()));
    let mut measuring = driver();
    if let Some(folder) = &arguments.out {
        let folder = std::path::absolute(folder).with_context(|| format!("{} is no folder", folder.display()))?;
        measuring.arg("--out").arg(folder);
    }
    run(measuring.current_dir(root()).env("GANVAS_DIST", dist()).env("CHROMIUM", chromium))
}
