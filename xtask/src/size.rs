//! How large the site is, and the budget that keeps it quick to open.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{relaxed, threads};

/// What a visitor of the playground downloads before the first learned step: the WebAssembly and the scripts, gzipped. What
/// only bench.html or example.html loads does not count, nor what comes when its panel is first seen.
pub const CODE_BUDGET_BYTES: usize = 500 << 10;

/// The engine without threads.
const PLAIN: &str = "ganvas-page";

/// One file of the site.
pub struct Entry {
    /// Path within the site, with forward slashes.
    pub path: String,
    /// Size in bytes.
    pub raw: usize,
    /// Size in bytes after gzip at its best level, as a web server would send it.
    pub gzipped: usize,
}

impl Entry {
    fn is_code(&self) -> bool {
        let of_another_page = ["bench/", "vendor/bench/"].iter().any(|folder| self.path.starts_with(folder))
            || ["example.js", "threads.js"].contains(&self.path.as_str());
        // A visitor loads one of the modules.
        let other_module = self.path.ends_with(relaxed::NAME) || self.is_of(threads::NAME);
        !of_another_page
            && !other_module
            && !self.comes_later()
            && [".wasm", ".js", ".mjs"].iter().any(|ending| self.path.ends_with(ending))
    }

    /// Whether it is a script that another one imports when it needs it: bundling names those after their module, with a
    /// hash, and what several share `chunk`.
    fn comes_later(&self) -> bool {
        let name = self.path.strip_suffix(".js").and_then(|name| name.rsplit_once('-'));
        let is_hash =
            |hash: &str| hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        name.is_some_and(|(module, hash)| module != "chunk" && !module.contains('/') && is_hash(hash))
    }

    /// Whether it is the script or the module of an engine.
    fn is_of(&self, engine: &str) -> bool {
        [".js", "_bg.wasm"].iter().any(|ending| self.path == format!("engine/{engine}{ending}"))
    }
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
        entries.push(Entry { path, raw: bytes.len(), gzipped: encoder.finish()?.len() });
    }
    Ok(())
}

/// A table of the files and their sums, for printing.
pub fn table(entries: &[Entry]) -> String {
    let line =
        |name: &str, raw: usize, gzipped: usize| format!("{name:<34} {:>12} {:>12}\n", human(raw), human(gzipped));
    let mut table = format!("{:<34} {:>12} {:>12}\n", "file", "size", "gzipped");
    entries.iter().for_each(|entry| table += &line(&entry.path, entry.raw, entry.gzipped));
    let total = |keep: fn(&Entry) -> bool| {
        entries
            .iter()
            .filter(|entry| keep(entry))
            .fold((0, 0), |(raw, gz), entry| (raw + entry.raw, gz + entry.gzipped))
    };
    let (code, all) = (total(Entry::is_code), total(|_| true));
    table += &line("WebAssembly and scripts", code.0, code.1);
    table += &line("everything", all.0, all.1);
    table
}

/// Fails with the numbers if the code is over its budget.
pub fn check_budget(entries: &[Entry]) -> Result<()> {
    let code: Vec<&Entry> = entries.iter().filter(|entry| entry.is_code()).collect();
    let sum = |keep: &dyn Fn(&Entry) -> bool| -> usize {
        entries.iter().filter(|entry| keep(entry)).map(|entry| entry.gzipped).sum()
    };
    // Where threads are possible, the engine with them is loaded in place of the plain one.
    let threaded = sum(&|entry| entry.is_of(threads::NAME));
    let total = sum(&Entry::is_code) + threaded.saturating_sub(sum(&|entry| entry.is_of(PLAIN)));
    if total > CODE_BUDGET_BYTES {
        let parts: Vec<String> = code.iter().map(|entry| format!("{} {}", entry.path, human(entry.gzipped))).collect();
        bail!(
            "the page's code is {} gzipped, {} over its budget of {}: {}",
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
        Entry { path: path.into(), raw: 2 * gzipped, gzipped }
    }

    #[test]
    fn the_budget_counts_code_and_nothing_else() {
        let fits =
            [entry("engine/a.wasm", CODE_BUDGET_BYTES - 10), entry("a.js", 10), entry("data/mnist.ganvas", 1 << 24)];
        assert!(check_budget(&fits).is_ok());
        let second = [entry("engine/a.wasm", CODE_BUDGET_BYTES), entry(&format!("engine/{}", relaxed::NAME), 10)];
        assert!(check_budget(&second).is_ok());
        let later = [entry("engine/a.wasm", CODE_BUDGET_BYTES), entry("race-K4ZJ2MCL.js", 10)];
        assert!(check_budget(&later).is_ok());
        let shared = [entry("engine/a.wasm", CODE_BUDGET_BYTES), entry("chunk-K4ZJ2MCL.js", 10)];
        assert!(check_budget(&shared).is_err());
        let threaded = |size| [entry("engine/ganvas-page_bg.wasm", 10), entry("engine/ganvas-page-threads.js", size)];
        assert!(check_budget(&threaded(CODE_BUDGET_BYTES)).is_ok());
        assert!(check_budget(&threaded(CODE_BUDGET_BYTES + 1)).is_err());
        let message =
            check_budget(&[entry("engine/a.wasm", CODE_BUDGET_BYTES), entry("a.js", 1)]).unwrap_err().to_string();
        assert!(message.contains("1 B over its budget of 500.0 KiB"), "{message}");
        assert!(table(&fits).contains("16.0 MiB"));
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
