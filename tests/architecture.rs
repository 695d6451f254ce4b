//! The architecture as a test: one direction of flow, between modules and between files; foreign names in one place
//! each; files a person can read.
//! It reads the sources as text, so it also sees what is compiled only for the web.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules every other may use.
const SHARED: [&str; 7] = ["decimal", "error", "near", "shape", "rng", "order", "tensor_file"];
/// The flow, from left to right: a module uses itself, the shared ones and what stands to its left.
const FLOW: [&str; 15] = [
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
    "export",
    "web",
];
/// Programs stand where the page does.
const PROGRAMS: &str = "bin";
/// What `lib.rs` re-exports.
const REEXPORTS: [&str; 2] = ["Error", "Result"];

const MAX_LINES: usize = 400;

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

/// A module's path from the crate's root, or that of something in it.
type Names = Vec<String>;

/// The module that a file of `src/` is.
fn place(path: &str) -> Names {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    inside.split('/').filter(|name| *name != "lib").map(str::to_string).collect()
}

/// The paths of a tree as `use` has it: `a::{b, c::d}` has two.
fn leaves(tree: &str) -> Vec<Names> {
    let names = |path: &str| -> Names {
        let path = path.split(" as ").next().unwrap_or("");
        path.split("::").map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect()
    };
    let Some((before, group)) = tree.split_once('{') else { return vec![names(tree)] };
    let group = &group[..group.rfind('}').unwrap_or(group.len())];
    let mut depth = 0;
    let outside = |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    };
    let members = group.split(outside).filter(|member| !member.trim().is_empty());
    members.flat_map(leaves).map(|leaf| [names(before), leaf].concat()).collect()
}

/// A path as `module` says it, from the crate's root.
fn absolute(module: &[String], path: &[String]) -> Names {
    let up = path.iter().take_while(|name| *name == "super").count();
    let (base, rest) = (&module[..module.len().saturating_sub(up)], &path[up..]);
    match rest.first().map(String::as_str) {
        Some("crate") => rest[1..].to_vec(),
        Some("self") => [base, &rest[1..]].concat(),
        _ => [base, rest].concat(),
    }
}

/// A source without its tests and its `pub use`, and the trees of the latter.
fn without_reexports(text: &str) -> (String, Vec<&str>) {
    let text = text.split("\nmod tests {").next().unwrap_or("");
    let (mut rest, mut trees) = (String::new(), Vec::new());
    for statement in text.split_inclusive(';') {
        let start = statement.rfind("\npub").unwrap_or(statement.len());
        match statement[start..].split_once(" use ") {
            Some((visibility, tree)) if visibility == "\npub" || visibility.ends_with(')') => {
                rest += &statement[..start];
                trees.push(tree.trim_end_matches(';'));
            }
            _ => rest += statement,
        }
    }
    (rest, trees)
}

/// The paths that begin with `crate`, `super` or `self`, in a `use` or elsewhere.
fn named(text: &str) -> Vec<Names> {
    let starts = ["crate::", "super::", "self::"].into_iter().flat_map(|start| text.match_indices(start));
    let tree = |(start, _): (usize, &str)| {
        let before = &text[..start];
        let inside = before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        if inside || before.ends_with("(in ") {
            return Vec::new();
        }
        let end = |c: char| !c.is_alphanumeric() && c != '_' && c != ':';
        let path = &text[start..][..text[start..].find(end).unwrap_or(text.len() - start)];
        let group = &text[start + path.len()..];
        if !path.ends_with("::") || !group.starts_with('{') {
            return leaves(path);
        }
        let mut depth = 0;
        let closes = |c: char| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        };
        let length = group.find(closes).map_or(group.len(), |at| at + 1);
        leaves(&text[start..][..path.len() + length])
    };
    starts.flat_map(tree).collect()
}

/// For each source the others that it uses. A name that is re-exported counts for the file that defines it, and a
/// re-export by itself for none.
fn uses(sources: &[(String, String)]) -> BTreeMap<&str, BTreeSet<&str>> {
    let files: BTreeMap<Names, &str> = sources.iter().map(|(path, _)| (place(path), &path[..])).collect();
    let texts: Vec<(Names, String)> = sources.iter().map(|(path, text)| (place(path), code(text))).collect();
    let mut reexports: BTreeMap<Names, Names> = BTreeMap::new();
    for (module, text) in &texts {
        for leaf in without_reexports(text).1.into_iter().flat_map(leaves) {
            let name = leaf.last().cloned().into_iter().collect();
            reexports.insert([module.clone(), name].concat(), absolute(module, &leaf));
        }
    }
    let defined_in = |mut path: Names| {
        for _ in 0..8 {
            let length = (0..=path.len()).rev().find(|&length| files.contains_key(&path[..length]))?;
            let next = path.get(..length + 1).and_then(|name| reexports.get(name));
            match next.map(|next| [next, &path[length + 1..]].concat()).filter(|next| *next != path) {
                Some(next) => path = next,
                None => return Some(files[&path[..length]]),
            }
        }
        None
    };
    let of = |(module, text): &(Names, String)| {
        let used = named(&without_reexports(text).0).into_iter();
        let used = used.filter_map(|path| defined_in(absolute(module, &path)));
        (files[module], used.filter(|used| *used != files[module]).collect())
    };
    texts.iter().map(of).collect()
}

/// Files that use each other, directly or by way of others; each circle once.
fn circles<'s>(uses: &BTreeMap<&'s str, BTreeSet<&'s str>>) -> BTreeSet<BTreeSet<&'s str>> {
    let reached = |from: &'s str| {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(next) = open.pop() {
            open.extend(uses[next].iter().filter(|used| reached.insert(**used)));
        }
        reached
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|file| (*file, reached(file))).collect();
    let circle = |file: &&'s str| reached[file].iter().copied().filter(|other| reached[other].contains(file)).collect();
    uses.keys().map(circle).filter(|circle: &BTreeSet<&str>| !circle.is_empty()).collect()
}

#[test]
fn circles_are_found_through_groups_bodies_and_reexports() {
    let sources = [
        ("src/lib.rs", "mod a;\nmod e;\npub use a::b::B;"),
        ("src/a/mod.rs", "//! a\nmod b;\nmod c;\nmod d;\n\npub use b::B;\npub(super) use c::{C, D};"),
        ("src/a/b.rs", "use super::{B, c::{self, C as X}};\n// use crate::e::E;"),
        ("src/a/c.rs", "fn c() { super::d::d() }\n\n#[cfg(test)]\nmod tests {\n    use crate::e::E;\n}"),
        ("src/a/d.rs", "pub(in crate::e) fn d() -> crate::B {}"),
        ("src/e.rs", "use crate::a::D;\nuse super::f;"),
        ("src/f.rs", "use std::fmt;"),
    ]
    .map(|(path, text)| (path.to_string(), text.to_string()));
    let uses = uses(&sources);
    assert_eq!(uses["src/e.rs"], BTreeSet::from(["src/a/c.rs", "src/f.rs"]));
    let circle = BTreeSet::from(["src/a/b.rs", "src/a/c.rs", "src/a/d.rs"]);
    assert_eq!(circles(&uses), BTreeSet::from([circle]));
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let mut sources = files("src", &["rs"]);
    sources.retain(|(path, _)| !path.starts_with("src/bin/")); // crates of their own
    sources.retain(|(path, _)| !path.starts_with("src/web/")); // not yet without circles
    let uses = uses(&sources);
    let count: usize = uses.values().map(BTreeSet::len).sum();
    assert!(count > 500, "only {count} uses were found: this test reads the sources wrongly");
    let circles = circles(&uses);
    assert!(circles.is_empty(), "files that use each other in a circle: {circles:#?}");
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
