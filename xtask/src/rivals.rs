//! The engines that `www/bench.html` measures beside ours, as scripts that a browser can load: target/rivals/.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process::{command, run};
use crate::{npm, root, say};

/// TensorFlow.js as one script for each backend: core, gradients, backend.
const BUNDLES: [&str; 2] = ["tfjs-webgpu", "tfjs-wasm"];
/// What is published as it came: folder in node_modules, the endings of its files, folder in target/rivals.
const COPIES: [(&str, &str, &str); 2] =
    [("@jax-js/jax/dist", ".js", "jax"), ("@tensorflow/tfjs-backend-wasm/wasm-out", ".wasm", "")];

/// Makes them anew where the packages have changed.
pub fn prepare() -> Result<()> {
    let folder = root().join("target/rivals");
    let lock = fs::read_to_string(root().join("package-lock.json")).context("could not read package-lock.json")?;
    // Written last, so that what was broken off is made anew. Not published: its name has no ending that is copied.
    let made_of = root().join("target/rivals.lock");
    if fs::read_to_string(&made_of).is_ok_and(|known| known == lock) && folder.is_dir() {
        return Ok(());
    }
    say("bundling the engines that bench.html measures beside ours");
    for (from, ending, to) in COPIES {
        copy(&root().join("node_modules").join(from), ending, &folder.join(to))?;
    }
    for name in BUNDLES {
        let outfile = format!("--outfile={}", folder.join(format!("{name}.js")).display());
        run(command(npm::node()?)
            .arg(root().join("node_modules/esbuild-wasm/bin/esbuild"))
            .arg(root().join("benches/rivals").join(format!("{name}.js")))
            .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
            // What its WebAssembly loader asks Node.js for, in a branch that browsers do not enter.
            .args(["fs", "path", "os", "perf_hooks", "worker_threads"].map(|name| format!("--external:{name}")))
            .arg(outfile))
        .with_context(|| format!("{name} could not be bundled"))?;
    }
    fs::write(&made_of, lock).with_context(|| format!("could not write {}", made_of.display()))
}

fn copy(from: &Path, ending: &str, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))?;
    for item in fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let path = item?.path();
        let Some(name) = path.file_name().filter(|name| name.to_string_lossy().ends_with(ending)) else { continue };
        fs::copy(&path, to.join(name)).with_context(|| format!("could not copy {}", path.display()))?;
    }
    Ok(())
}
