//! The architecture as a test: one direction of flow, foreign names in one place each, files a person can read.
//! It reads the sources as text, so it also sees what is compiled only for the web.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules every other may use.
const SHARED: [&str; 5] = ["error", "shape", "rng", "order", "tensor_file"];
/// The flow, from left to right: a module uses itself, the shared ones and what stands to its left.
const FLOW: [&str; 14] = [
    "data",
    "graph",
    "nn",
    "game",
    "gan",
    "apps",
    "catalogue",
    "kernel",
    "backend",
    "bench",
    "metrics",
    "check",
    "train",
    "web",
];
/// Programs stand where the page does.
const PROGRAMS: &str = "bin";
/// What `lib.rs` re-exports.
const REEXPORTS: [&str; 2] = ["Error", "Result"];

const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder, with their paths relative to the project, `/` between.
fn files(folder: &str, extensions: &[&str]) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.sort();
    let wanted =
        |path: &PathBuf| path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted));
    let named = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, text)
    };
    found.into_iter().filter(wanted).map(named).collect()
}

/// Source without its comments (no string of ours has `//` in it that matters here).
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The module of `src/<module>/...` or `src/<module>.rs`; `lib.rs` belongs to none.
fn module(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let module = inside.split('/').next()?.trim_end_matches(".rs");
    (module != "lib").then_some(module)
}

/// The names that follow `prefix` in `text`: one, or those of a group `{a::b, c}`.
fn names_after(text: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (position, _) in text.match_indices(prefix) {
        let before = text[..position].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &text[position + prefix.len()..];
        let name = |text: &str| {
            let text = text.trim_start();
            text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())].to_string()
        };
        let Some(group) = rest.strip_prefix('{') else {
            names.push(name(rest));
            continue;
        };
        let (mut depth, mut start) = (1, 0);
        for (index, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if (depth == 1 && c == ',') || depth == 0 {
                names.push(name(&group[start..index]));
                start = index + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn groups_and_paths_are_both_found() {
    let text =
        "use crate::{graph::{Op, Tensor}, nn, };\nuse crate::error::Error; let x = crate::rng::bits(1); mycrate::no";
    assert_eq!(names_after(text, "crate::"), ["graph", "nn", "error", "rng"]);
}

#[test]
fn modules_use_only_what_stands_to_their_left() {
    let sources = files("src", &["rs"]);
    let found: BTreeSet<&str> = sources.iter().filter_map(|(path, _)| module(path)).collect();
    let known: BTreeSet<&str> = SHARED.iter().chain(&FLOW).copied().chain([PROGRAMS]).collect();
    assert_eq!(found, known, "modules of src (left) and modules with a place in the flow (right)");
    let mut uses = 0;
    for (path, text) in &sources {
        let Some(user) = module(path) else { continue };
        let text = code(text);
        // A program's own root is `crate`; the library is `ganvas` there.
        let mut used = names_after(&text, if user == PROGRAMS { "ganvas::" } else { "crate::" });
        // At a module's top, `super` is the crate.
        if *path == format!("src/{user}.rs") || *path == format!("src/{user}/mod.rs") {
            used.extend(names_after(&text, "super::").into_iter().filter(|name| known.contains(&name[..])));
        }
        for used in used {
            uses += 1;
            if REEXPORTS.contains(&&used[..]) {
                continue;
            }
            let place = |name: &str| FLOW.iter().position(|known| *known == name);
            let allowed = match (place(user), place(&used)) {
                _ if SHARED.contains(&&used[..]) || used == user => true,
                _ if SHARED.contains(&user) => false,
                (Some(user), Some(used)) => used < user,
                (None, Some(_)) => user == PROGRAMS && used != "web",
                _ => false,
            };
            assert!(allowed, "{path} uses `{used}`, which does not stand to the left of `{user}`");
        }
    }
    assert!(uses > 100, "only {uses} uses were found: this test reads the sources wrongly");
}

#[test]
fn each_foreign_world_is_named_in_one_place() {
    for (path, text) in files("src", &["rs"]) {
        let text = code(&text);
        let says = |word: &str| text.match_indices(word).count();
        if !path.starts_with("src/backend/gpu/") {
            assert_eq!(says("wgpu"), 0, "{path} says `wgpu`; only src/backend/gpu does");
        }
        if !path.starts_with("src/web/") {
            for word in ["wasm_bindgen", "web_sys", "js_sys", "console_error_panic_hook"] {
                assert_eq!(says(word), 0, "{path} says `{word}`; only src/web does");
            }
        }
        if !path.starts_with("src/bin/") {
            for word in ["clap", "indicatif", "jpeg_encoder", "png::"] {
                assert_eq!(says(word), 0, "{path} says `{word}`; only src/bin does");
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_one_sitting() {
    let folders = [
        ("src", &["rs"][..]),
        ("loops/src", &["rs"]),
        ("page/src", &["rs"]),
        ("shaders", &["wgsl"]),
        ("www", &["js", "html", "css"]),
    ];
    for (path, text) in folders.iter().flat_map(|(folder, extensions)| files(folder, extensions)) {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{path} has {lines} lines; more than {MAX_LINES} are two files");
    }
}

#[test]
fn every_shader_is_used_and_says_what_it_is() {
    let kernels: String = files("src/kernel", &["rs"]).into_iter().map(|(_, text)| text).collect();
    let shaders = files("shaders", &["wgsl"]);
    assert!(!shaders.is_empty());
    for (path, text) in shaders {
        let name = path.trim_start_matches("shaders/");
        assert!(kernels.contains(&format!("wgsl!(\"{name}\")")), "{path} is not included by src/kernel");
        assert!(text.starts_with("// "), "{path} begins with a comment on what it is");
    }
}

#[test]
fn every_module_says_what_it_is() {
    for (path, text) in ["src", "loops/src", "page/src"].iter().flat_map(|folder| files(folder, &["rs"])) {
        assert!(text.starts_with("//!"), "{path} begins with a comment on what it is");
    }
}
