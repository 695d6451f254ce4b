//! `cargo xtask build`: the static site in dist/, checked and measured.

use anyhow::{Context, Result, bail};

use crate::process::run;
use crate::tools::Tools;
use crate::{dist, excerpts, npm, pack_data, rivals, say, size};

/// What a site that works has to contain.
const EXPECTED: [&str; 16] = [
    "bench.html",
    "vendor/bench/jax/index.js",
    "vendor/bench/tfjs-webgpu.js",
    "index.html",
    "embed.html",
    "style.css",
    "worker.js",
    excerpts::NAME,
    "engine/ganvas-page.js",
    "engine/ganvas-page_bg.wasm",
    "engine/ganvas-page-relaxed_bg.wasm",
    "engine/ganvas-sets.wasm",
    "engine/ganvas-whole.js",
    "engine/ganvas-whole_bg.wasm",
    "data/mnist.ganvas",
    "recorded/quick-mnist.jpg",
];

/// Prepares, builds, checks, prints the sizes and holds them against the budget.
pub fn build() -> Result<()> {
    npm::prepare()?;
    rivals::prepare()?;
    pack_data::prepare()?;
    let tools = Tools::prepare()?;
    say("building the page into dist/");
    run(tools.trunk()?.args(["build", "--release"]))?;
    check_files()?;
    let entries = size::measure(&dist())?;
    println!("{}", size::table(&entries));
    size::check_budget(&entries)
}

/// Every expected file is there, and no address would break where the site lies in a folder of a server.
fn check_files() -> Result<()> {
    for name in EXPECTED {
        let path = dist().join(name);
        let size = std::fs::metadata(&path).map(|metadata| metadata.len()).unwrap_or(0);
        if size == 0 {
            bail!("dist/{name} is missing or empty: is it in www/, and named in the links of www/index.html?");
        }
    }
    for name in ["index.html", "embed.html", "bench.html", "style.css"] {
        let text = std::fs::read_to_string(dist().join(name)).with_context(|| format!("could not read dist/{name}"))?;
        if let Some(address) = absolute_address(&text) {
            bail!("dist/{name} has the address {address}, which breaks in a folder; write it as ./...");
        }
    }
    Ok(())
}

/// The first address that starts at the server's root.
fn absolute_address(text: &str) -> Option<&str> {
    let starts = ["href=\"/", "src=\"/", "url(/", "url(\"/", "from \"/", "import(\"/"];
    starts.iter().find_map(|start| {
        let at = text.find(start)? + start.len() - 1;
        let address = &text[at..];
        Some(&address[..address.find(['"', ')']).unwrap_or(address.len())])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_from_the_root_are_found() {
        assert_eq!(absolute_address("<a href=\"./x\"><script src=\"/page.js\">"), Some("/page.js"));
        assert_eq!(absolute_address("body { background: url(/a.png) }"), Some("/a.png"));
        assert_eq!(absolute_address("<a href=\"https://example.org/\"><a href=\"#x\">"), None);
    }
}
