//! How large the site is, and the budget that keeps it quick to open.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

/// What a first visit to the playground loads as code before its first learned step: scripts and WebAssembly, gzipped.
/// What scripts import when they first need it comes later and does not count, nor do the scripts of other pages.
pub const CODE_BUDGET_BYTES: usize = 480 << 10;

/// The engines, of which a visitor loads one: the largest counts.
const ENGINES: [&[&str]; 3] = [
    &["engine/ganvas-page.js", "engine/ganvas-page_bg.wasm"],
    &["engine/ganvas-page.js", "engine/ganvas-page-relaxed_bg.wasm"],
    &["engine/ganvas-page-threads.js", "engine/ganvas-page-threads_bg.wasm", "helper.js"],
];
/// What the playground begins with: the page names the first two, and the first starts the third.
const ROOTS: [&str; 3] = ["start.js", "gan-playground.js", "worker.js"];
/// Comes by a script element, once there is something to draw, or by a script that comes later; a browser test holds that.
const BY_ELEMENT: [&str; 2] = ["vendor/uPlot.iife.min.js", "engine/ganvas-sets.wasm"];
/// Scripts that only other pages load, and the engines that come when a game first needs one.
const OF_OTHER_PAGES: [&str; 6] =
    ["bench/", "vendor/bench/", "engine/ganvas-whole", "embed.js", "example.js", "threads.js"];

/// One file of the site.
pub struct Entry {
    /// Path within the site, with forward slashes.
    pub path: String,
    /// Size in bytes.
    pub raw: usize,
    /// Size in bytes after gzip at its best level, as a web server would send it.
    pub gzipped: usize,
    /// The scripts that it cannot start without.
    imports: Vec<String>,
    /// The scripts that it loads when it first needs them.
    later: Vec<String>,
}

impl Entry {
    fn is_code(&self) -> bool {
        [".wasm", ".js", ".mjs"].iter().any(|ending| self.path.ends_with(ending))
    }

    fn is_one_of(&self, paths: &[&str]) -> bool {
        paths.contains(&self.path.as_str())
    }
}

/// The files of a site by when a visitor of the playground loads them.
pub struct Site<'a> {
    /// Code that comes before the first learned step; this is what the budget counts.
    pub first: Vec<&'a Entry>,
    /// Code that comes when it is first needed.
    pub later: Vec<&'a Entry>,
    /// Everything else: data, pictures, style sheets, other pages, the engines that another visitor loads.
    pub others: Vec<&'a Entry>,
}

impl<'a> Site<'a> {
    /// Code of which nothing shows that it comes later counts as coming first.
    pub fn sorted(entries: &'a [Entry]) -> Self {
        let at_once = reached(entries, ROOTS.map(String::from).to_vec(), false);
        let imported = entries.iter().filter(|entry| at_once.contains(&entry.path)).flat_map(|entry| &entry.later);
        let on_demand = reached(entries, imported.cloned().collect(), true);
        let size = |engine: &[&str]| -> usize {
            entries.iter().filter(|entry| entry.is_one_of(engine)).map(|entry| entry.gzipped).sum()
        };
        let engine = ENGINES.into_iter().max_by_key(|engine| size(engine)).unwrap_or_default();
        let mut site = Self { first: Vec::new(), later: Vec::new(), others: Vec::new() };
        for entry in entries {
            let of_another_visitor = OF_OTHER_PAGES.iter().any(|start| entry.path.starts_with(start))
                || (ENGINES.concat().contains(&entry.path.as_str()) && !entry.is_one_of(engine));
            let is_later =
                entry.is_one_of(&BY_ELEMENT) || (on_demand.contains(&entry.path) && !at_once.contains(&entry.path));
            match (entry.is_code() && !of_another_visitor, is_later) {
                (true, false) => site.first.push(entry),
                (true, true) => site.later.push(entry),
                (false, _) => site.others.push(entry),
            }
        }
        site
    }
}

/// The scripts that some paths lead to, these included, over imports and, if `later`, over those on demand too.
fn reached(entries: &[Entry], mut open: Vec<String>, later: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    while let Some(path) = open.pop() {
        let entry = entries.iter().find(|entry| entry.path == path);
        if let Some(entry) = entry.filter(|_| found.insert(path)) {
            open.extend(entry.imports.iter().chain(entry.later.iter().filter(|_| later)).cloned());
        }
    }
    found
}

/// What a bundled script imports from its own folder: at once, and when it needs it.
fn imports_of(script: &str) -> (Vec<String>, Vec<String>) {
    let names = |start: &str| {
        let rests = script.split(start).skip(1);
        rests.filter_map(|rest| Some(rest.split_once('"')?.0.to_string())).collect::<Vec<_>>()
    };
    ([names("from\"./"), names("import\"./")].concat(), names("import(\"./"))
}

/// Measures every file of a folder.
pub fn measure(folder: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    walk(folder, "", &mut entries)?;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

fn walk(folder: &Path, prefix: &str, entries: &mut Vec<Entry>) -> Result<()> {
    let read = std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    for item in read {
        let item = item?;
        let path = format!("{prefix}{}", item.file_name().to_string_lossy());
        if item.file_type()?.is_dir() {
            walk(&item.path(), &format!("{path}/"), entries)?;
            continue;
        }
        let bytes = std::fs::read(item.path()).with_context(|| format!("could not read {}", item.path().display()))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes)?;
        let is_bundled = !path.contains('/') && path.ends_with(".js");
        let (imports, later) =
            if is_bundled { imports_of(&String::from_utf8_lossy(&bytes)) } else { Default::default() };
        entries.push(Entry { path, raw: bytes.len(), gzipped: encoder.finish()?.len(), imports, later });
    }
    Ok(())
}

/// A table of the files and their sums, for printing: what the budget counts comes last.
pub fn table(entries: &[Entry]) -> String {
    let line =
        |name: &str, raw: usize, gzipped: usize| format!("{name:<38} {:>12} {:>12}\n", human(raw), human(gzipped));
    let part = |name: &str, sum: &str, entries: &[&Entry]| {
        let lines: String = entries.iter().map(|entry| line(&entry.path, entry.raw, entry.gzipped)).collect();
        let raw = entries.iter().map(|entry| entry.raw).sum();
        format!("{name:<38} {:>12} {:>12}\n{lines}{}\n", "size", "gzipped", line(sum, raw, gzipped(entries)))
    };
    let site = Site::sorted(entries);
    let all: Vec<&Entry> = entries.iter().collect();
    let sum = line("everything", all.iter().map(|entry| entry.raw).sum(), gzipped(&all));
    let others = part("OTHER FILES", "all of these", &site.others);
    let later = part("CODE THAT COMES WHEN IT IS NEEDED", "all of these", &site.later);
    let first = part("CODE BEFORE THE FIRST LEARNED STEP", "the budget counts", &site.first);
    format!("{others}{sum}\n{later}{first}")
}

fn gzipped(entries: &[&Entry]) -> usize {
    entries.iter().map(|entry| entry.gzipped).sum()
}

/// Fails with the numbers if the code is over its budget.
pub fn check_budget(entries: &[Entry]) -> Result<()> {
    let code = Site::sorted(entries).first;
    let total = gzipped(&code);
    if total > CODE_BUDGET_BYTES {
        let parts: Vec<String> = code.iter().map(|entry| format!("{} {}", entry.path, human(entry.gzipped))).collect();
        bail!(
            "a first visit loads {} of code, gzipped, before its first learned step, {} over the budget of {}: {}",
            human(total),
            human(total - CODE_BUDGET_BYTES),
            human(CODE_BUDGET_BYTES),
            parts.join(", ")
        );
    }
    Ok(())
}

/// A size in bytes for people.
pub fn human(bytes: usize) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_240_000 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, gzipped: usize) -> Entry {
        Entry { path: path.into(), raw: 2 * gzipped, gzipped, imports: Vec::new(), later: Vec::new() }
    }

    fn script(path: &str, gzipped: usize, text: &str) -> Entry {
        let (imports, later) = imports_of(text);
        Entry { imports, later, ..entry(path, gzipped) }
    }

    fn paths(entries: &[&Entry]) -> Vec<String> {
        entries.iter().map(|entry| entry.path.clone()).collect()
    }

    #[test]
    fn the_budget_counts_what_a_first_visit_needs() {
        let all = [
            script("gan-playground.js", 1, "import{a}from\"./chunk-A.js\";import\"./chunk-B.js\";export{a};"),
            script("chunk-A.js", 1, "const b=()=>import(\"./race-A.js\");export{b as a};"),
            entry("chunk-B.js", 1),
            script(
                "race-A.js",
                1,
                "import{b}from\"./chunk-B.js\";import{c}from\"./chunk-C.js\";import(\"./help-A.js\");",
            ),
            entry("chunk-C.js", 1),
            entry("help-A.js", 1),
            entry("unknown.js", 1),
            entry("bench/bench.js", 1),
            entry("vendor/uPlot.iife.min.js", 1),
            entry("data/mnist.ganvas", 1 << 24),
        ];
        let site = Site::sorted(&all);
        assert_eq!(paths(&site.first), ["gan-playground.js", "chunk-A.js", "chunk-B.js", "unknown.js"]);
        assert_eq!(paths(&site.later), ["race-A.js", "chunk-C.js", "help-A.js", "vendor/uPlot.iife.min.js"]);
        assert_eq!(paths(&site.others), ["bench/bench.js", "data/mnist.ganvas"]);
        assert!(table(&all).contains("16.0 MiB"));
    }

    #[test]
    fn the_largest_engine_counts() {
        let engines = [entry("engine/ganvas-page.js", 5), entry("engine/ganvas-page_bg.wasm", 10)];
        let more = [entry("engine/ganvas-page-relaxed_bg.wasm", 20), entry("engine/ganvas-page-threads_bg.wasm", 24)];
        let all: Vec<Entry> = engines.into_iter().chain(more).collect();
        let relaxed = ["engine/ganvas-page.js", "engine/ganvas-page-relaxed_bg.wasm"];
        assert_eq!(paths(&Site::sorted(&all).first), relaxed);
    }

    #[test]
    fn a_byte_too_many_fails() {
        let code = |size| [entry("engine/ganvas-page_bg.wasm", size), entry("worker.js", 10)];
        assert!(check_budget(&code(CODE_BUDGET_BYTES - 10)).is_ok());
        let message = check_budget(&code(CODE_BUDGET_BYTES - 9)).unwrap_err().to_string();
        assert!(message.contains("1 B over the budget of 480.0 KiB"), "{message}");
    }

    #[test]
    fn sizes_are_measured() {
        let folder = std::env::temp_dir().join(format!("ganvas-size-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("engine")).unwrap();
        std::fs::write(folder.join("engine/zeros.wasm"), [0; 100_000]).unwrap();
        let entries = measure(&folder).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((entries[0].path.as_str(), entries[0].raw), ("engine/zeros.wasm", 100_000));
        assert!(entries[0].gzipped < 1000);
    }
}
