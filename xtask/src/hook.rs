//! What trunk calls around every build, so that a plain `trunk serve` is as complete as `cargo xtask serve`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{command, run};
use crate::relaxed::KINDS;
use crate::{compact, drawing, excerpts, npm, pack_data, relaxed, rivals, root, say, scripts, threads, tools};

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
    drawing::add_to(&staging.join("engine"))?;
    excerpts::add_to(&staging)?;
    if std::env::var("TRUNK_PROFILE").as_deref() == Ok("release") {
        let std_source = tools::prepare_std_source();
        let has_threads = std_source.is_ok();
        if let Err(problem) = std_source {
            say(format!("the page is built larger, and without threads: {problem:#}"));
        }
        let engine = staging.join("engine");
        std::thread::scope(|scope| {
            let threaded = scope.spawn(|| if has_threads { threads::add_to(&engine) } else { Ok(()) });
            relaxed::add_to(&engine, has_threads)?;
            threaded.join().unwrap_or_else(|_| bail!("the engine with threads was not compiled"))
        })?;
        scripts::check_engine()?;
        bundle_scripts(&staging, has_threads)?;
        bundle_styles(&staging)?;
        for kind in &KINDS {
            let name = kind.name;
            compact(&engine, name, &[format!("{name}_bg.wasm"), format!("{name}{}_bg.wasm", relaxed::ENDING)])?;
            minify_glue(&staging, name)?;
            if has_threads {
                let name = format!("{name}{}", threads::ENDING);
                compact(&engine, &name, &[format!("{name}_bg.wasm")])?;
                minify_glue(&staging, &name)?;
            }
        }
        squeeze(&staging.join("engine"))?;
    } else {
        copy_whole(&staging.join("engine"))?;
    }
    let page = staging.join("index.html");
    let html = read(&page)?;
    with_reloading_allowed(&html).map_or(Ok(()), |html| write(&page, &html))
}

/// A build for development has one engine, which has everything.
fn copy_whole(engine: &Path) -> Result<()> {
    for ending in [".js", "_bg.wasm"] {
        let [from, to] = KINDS.map(|kind| engine.join(format!("{}{ending}", kind.name)));
        std::fs::copy(&from, &to).with_context(|| format!("could not copy {}", from.display()))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("could not write {}", path.display()))
}

/// Rewrites modules that share a script, and the script with them, so that gzip makes less of both.
fn compact(engine: &Path, name: &str, modules: &[String]) -> Result<()> {
    let path = engine.join(name).with_extension("js");
    let script = read(&path)?;
    for (at, module) in modules.iter().enumerate() {
        let file = engine.join(module);
        let bytes = std::fs::read(&file).with_context(|| format!("could not read {module}"))?;
        let (names, renamed) = compact::short_names(&bytes, &script)?;
        if at == 0 {
            write(&path, &renamed)?;
        } else if renamed != read(&path)? {
            bail!("{module} and the module beside it call the functions of their script by different names");
        }
        std::fs::write(&file, compact::compacted(&bytes, &names)?)
            .with_context(|| format!("could not write {module}"))?;
    }
    Ok(())
}

/// What pages and workers load by name; all other modules of the playground are bundled into these.
const ENTRIES: [&str; 2] = [PLAYGROUND, "embed.js"];
const PLAYGROUND: &str = "gan-playground.js";
/// These share no file with the playground's scripts: they would wait for one more.
const ALONE: [&str; 3] = ["start.js", "worker.js", "example.js"];
/// What a thread beside the worker runs.
const HELPER: &str = "helper.js";
/// Part of the worker, and a file for the page that measures.
const THREADS: &str = "threads.js";
/// Folders of modules that nobody loads by name.
const BUNDLED: [&str; 3] = ["page", "recorded", "session"];

/// Bundles the published scripts and minifies them: text that is compressed together comes to a quarter less than file by
/// file, and a visitor waits for fewer files.
fn bundle_scripts(site: &Path, has_threads: bool) -> Result<()> {
    // A build for development has neither.
    let mut options = vec!["--define:HAS_RELAXED=true".to_string()];
    if has_threads {
        options.push("--define:HAS_THREADS=true".into());
    }
    let alone = ALONE.iter().map(std::slice::from_ref);
    alone.chain([&[THREADS, HELPER][..]]).try_for_each(|entries| bundle(site, entries, &options))?;
    // As if what comes later imported all of the playground: by then it is there, and so the bundler leaves it in one piece
    // and does not cut it by who shares what.
    options.push(format!("--inject:{}", site.join(PLAYGROUND).display()));
    bundle(site, &ENTRIES, &options)?;
    let entry = read(&site.join(PLAYGROUND))?;
    let page = site.join("index.html");
    write(&page, &with_preloads(&read(&page)?, &entry))?;
    let unused = BUNDLED.iter().map(|folder| scripts_in(&site.join(folder))).collect::<Result<Vec<_>>>()?;
    let shared = ["protocol.js", "site.js"].map(|name| site.join(name));
    unused.iter().flatten().chain(&shared).try_for_each(|path| {
        std::fs::remove_file(path).with_context(|| format!("could not remove {}", path.display()))
    })?;
    squeeze(site)
}

/// The playground's style sheet, in whose place a build for development imports the sheets of its parts.
const STYLES: &str = "playground.css";

/// Puts the playground's style sheet together, so that the first picture waits for one file, which the page's head names.
fn bundle_styles(site: &Path) -> Result<()> {
    let path = site.join(STYLES);
    let css = read(&path)?;
    bundle(site, &[STYLES], &[])?;
    imports(&css).into_iter().try_for_each(|name| {
        let part = site.join(name);
        std::fs::remove_file(&part).with_context(|| format!("could not remove {}", part.display()))
    })
}

/// What a style sheet imports.
fn imports(css: &str) -> Vec<&str> {
    css.lines().filter_map(|line| line.strip_prefix("@import './")?.strip_suffix("';")).collect()
}

/// All scripts of a folder once more, by terser, which looks through expressions too: bundles come to some 2 % less. Maps stay
/// true.
fn squeeze(site: &Path) -> Result<()> {
    scripts_in(site)?.iter().try_for_each(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        run(command(npm::node()?)
            .current_dir(site)
            .arg(root().join("node_modules/terser/bin/terser"))
            .arg(&*name)
            .args(["--module", "--ecma", "2020", "--compress", "passes=3", "--mangle", "--output", &*name])
            .arg("--source-map")
            .arg(format!("content='{name}.map',includeSources,url='{name}.map'")))
        .with_context(|| format!("{name} could not be minified"))
    })
}

fn bundle(site: &Path, entries: &[&str], options: &[String]) -> Result<()> {
    let mut folder = std::ffi::OsString::from("--outdir=");
    folder.push(site);
    run(esbuild()?
        .args(["--bundle", "--splitting"])
        .args(options)
        .arg(folder)
        .args(entries.iter().map(|entry| site.join(entry))))
    .with_context(|| format!("{} could not be bundled", entries.join(", ")))
}

/// Minifies what wasm-bindgen wrote between the page and a module.
fn minify_glue(site: &Path, name: &str) -> Result<()> {
    let path = site.join("engine").join(name).with_extension("js");
    let mut outfile = std::ffi::OsString::from("--outfile=");
    outfile.push(&path);
    run(esbuild()?.arg(&path).arg(outfile)).context("the engine's script could not be minified")
}

/// Without comments, spaces and long names; a debugger finds them in the map beside the file.
fn esbuild() -> Result<std::process::Command> {
    // By node and not by its own name, which is a batch file on Windows.
    let mut esbuild = command(npm::node()?);
    esbuild
        .arg(root().join("node_modules/esbuild-wasm/bin/esbuild"))
        .args(["--minify", "--sourcemap=linked", "--legal-comments=none", "--charset=utf8"])
        .args(["--format=esm", "--target=esnext", "--allow-overwrite", "--log-level=warning"]);
    Ok(esbuild)
}

/// Names the files that the playground's script imports in the page, so that they come with it and not after it.
fn with_preloads(html: &str, entry: &str) -> String {
    let links: String = entry
        .split(['"', '\''])
        .filter(|word| word.starts_with("./chunk-"))
        .map(|file| format!("<link rel=\"modulepreload\" href=\"{file}\">\n  "))
        .collect();
    let script = "<script type=\"module\" src=\"./gan-playground.js\">";
    html.replacen(script, &format!("{links}{script}"), 1)
}

fn scripts_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    let paths = read.map(|item| Ok(item?.path())).collect::<Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "js")).collect())
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
    fn what_the_playground_imports_comes_with_it() {
        let page = "<head>\n  <script type=\"module\" src=\"./gan-playground.js\"></script>";
        let entry = "import{a}from\"./chunk-A.js\";import\"./chunk-B.js\";export{a};";
        let links =
            "<link rel=\"modulepreload\" href=\"./chunk-A.js\">\n  <link rel=\"modulepreload\" href=\"./chunk-B.js\">";
        assert!(with_preloads(page, entry).starts_with(&format!("<head>\n  {links}\n  <script")));
    }

    #[test]
    fn the_parts_of_a_style_sheet_are_those_it_imports() {
        let css = std::fs::read_to_string(root().join("www").join(STYLES)).unwrap();
        let parts = imports(&css);
        assert_eq!(parts.len(), css.matches("@import").count(), "an import is written in another way");
        assert!(!parts.is_empty() && parts.iter().all(|part| root().join("www").join(part).is_file()), "{parts:?}");
    }

    #[test]
    fn only_a_served_page_may_reload_itself() {
        let page = "<meta content=\"script-src 'self' 'wasm-unsafe-eval'\">";
        assert_eq!(with_reloading_allowed(page), None);
        let served = with_reloading_allowed(&format!("{page}<script>'{{{{__TRUNK_ADDRESS__}}}}'</script>")).unwrap();
        assert!(served.starts_with("<meta content=\"script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'\">"));
    }
}
