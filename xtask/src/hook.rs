//! What trunk calls around every build, so that a plain `trunk serve` is as complete as `cargo xtask serve`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::{command, run};
use crate::{npm, pack_data, rivals, root, say, wasm};

/// Before a build: the npm packages, the engines to compare with, and the packed data.
pub fn pre_build() -> Result<()> {
    npm::prepare()?;
    rivals::prepare()?;
    pack_data::prepare()
}

/// When everything is built but not yet in dist/; trunk says by variables where it is and of which kind.
pub fn post_build() -> Result<()> {
    let staging =
        std::env::var_os("TRUNK_STAGING_DIR").context("TRUNK_STAGING_DIR is not set; trunk sets it for hooks")?;
    let staging = PathBuf::from(staging);
    if std::env::var("TRUNK_PROFILE").as_deref() == Ok("release") {
        strip_engine(&staging.join("engine").join("ganvas_bg.wasm"))?;
        minify_scripts(&staging)?;
    }
    let page = staging.join("index.html");
    let html = std::fs::read_to_string(&page).with_context(|| format!("could not read {}", page.display()))?;
    if let Some(html) = with_reloading_allowed(&html) {
        std::fs::write(&page, html).with_context(|| format!("could not write {}", page.display()))?;
    }
    Ok(())
}

fn strip_engine(path: &Path) -> Result<()> {
    let module = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    let stripped = wasm::stripped(&module).with_context(|| format!("could not strip {}", path.display()))?;
    if stripped.len() != module.len() {
        std::fs::write(path, &stripped).with_context(|| format!("could not write {}", path.display()))?;
        say(format!("removed {} bytes of debugging sections from the engine", module.len() - stripped.len()));
    }
    Ok(())
}

/// Takes comments and spaces out of the published scripts. Names stay, so that a stack trace can still be read, and
/// every module stays a file of its own.
fn minify_scripts(site: &Path) -> Result<()> {
    let mut scripts = Vec::new();
    scripts_below(site, &mut scripts)?;
    let mut folder = std::ffi::OsString::from("--outdir=");
    folder.push(site);
    let mut base = std::ffi::OsString::from("--outbase=");
    base.push(site);
    // By node and not by its own name, which is a batch file on Windows.
    run(command(npm::node()?)
        .arg(root().join("node_modules/esbuild-wasm/bin/esbuild"))
        .args(["--minify-whitespace", "--minify-syntax", "--legal-comments=none", "--charset=utf8"])
        .args(["--format=esm", "--target=esnext", "--allow-overwrite", "--log-level=warning"])
        .args([folder, base])
        .args(&scripts))
    .context("the scripts could not be minified")
}

/// Every script of the site but those of others, which are published as they came.
fn scripts_below(folder: &Path, scripts: &mut Vec<PathBuf>) -> Result<()> {
    let read = std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    for item in read {
        let path = item?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "vendor") {
                scripts_below(&path, scripts)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "js") {
            scripts.push(path);
        }
    }
    Ok(())
}

/// `trunk serve` writes a script into the page that reloads it, and fills in the server's address with every request.
/// The page's own content security policy would block that script, so it is allowed in served pages, and in those only.
fn with_reloading_allowed(html: &str) -> Option<String> {
    let policy = "script-src 'self'";
    (html.contains("__TRUNK_ADDRESS__") && html.contains(policy))
        .then(|| html.replacen(policy, &format!("{policy} 'unsafe-inline'"), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_served_page_may_reload_itself() {
        let page = "<meta content=\"script-src 'self' 'wasm-unsafe-eval'\">";
        assert_eq!(with_reloading_allowed(page), None);
        let served = with_reloading_allowed(&format!("{page}<script>'{{{{__TRUNK_ADDRESS__}}}}'</script>")).unwrap();
        assert!(served.starts_with("<meta content=\"script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'\">"));
    }
}
