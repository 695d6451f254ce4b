//! The lines of the engine that the page shows beside a loss, taken from the sources at every build.
//!
//! A comment `// [explain: D loss` begins a piece and `// ]` ends it: whose turn it is of (D or G), then words by which the
//! page picks it: the part of slow motion that runs it, the stage whose it is (`stage1`), or the key of a loss or a penalty.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::root;

/// The file's name in the site.
pub const NAME: &str = "explain.json";
const BEGIN: &str = "// [explain: ";
const END: &str = "// ]";
/// Lines of a file that may be shown of one side; one more is no longer a look.
const MOST_LINES: usize = 16;

/// Some lines of a file.
#[derive(Debug, PartialEq)]
struct Piece<'t> {
    /// `D` or `G`.
    side: &'t str,
    words: Vec<&'t str>,
    /// Number of its first line, from 1.
    line: usize,
    /// Without the indentation that all of them have.
    lines: Vec<&'t str>,
}

/// Writes the pieces of all sources into a folder.
pub fn add_to(site: &Path) -> Result<()> {
    let mut files = Vec::new();
    walk(&root().join("src"), "src", &mut files)?;
    files.sort();
    let path = site.join(NAME);
    std::fs::write(&path, json(&files)?).with_context(|| format!("could not write {}", path.display()))
}

/// Paths from the root and texts of the sources in a folder.
fn walk(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<()> {
    let read = std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    for item in read {
        let path = item?.path();
        let name = format!("{prefix}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            walk(&path, &name, files)?;
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
            files.push((name, text));
        }
    }
    Ok(())
}

/// An object with a list of pieces for each file that has any.
fn json(files: &[(String, String)]) -> Result<String> {
    let mut members = Vec::new();
    for (path, text) in files {
        let pieces = pieces(text).with_context(|| format!("{path} has a mark that cannot be used"))?;
        if pieces.is_empty() {
            continue;
        }
        let lines = most_lines(path, &pieces);
        if lines > MOST_LINES {
            bail!("{path}: {lines} lines are shown of one side, and {MOST_LINES} are the most");
        }
        let list = |texts: &[&str]| texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(",");
        let objects = pieces.iter().map(|Piece { side, words, line, lines }| {
            let (words, lines) = (list(words), list(lines));
            format!("{{\"side\":{},\"words\":[{words}],\"line\":{line},\"lines\":[{lines}]}}", quoted(side))
        });
        members.push(format!("{}:[{}]", quoted(path), objects.collect::<Vec<_>>().join(",")));
    }
    Ok(format!("{{{}}}\n", members.join(",\n")))
}

fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            control if control.is_control() => write!(json, "\\u{:04x}", control as u32).expect("a string takes it"),
            other => json.push(other),
        }
    }
    json.push('"');
    json
}

/// The pieces of a source, in its order.
///
/// # Errors
/// For a mark of nobody's, one within another, one that is not ended, and one without lines.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open: Option<Piece> = None;
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let trimmed = line.trim();
        if let Some(mark) = trimmed.strip_prefix(BEGIN) {
            if open.is_some() {
                bail!("line {number}: a piece begins within another");
            }
            let mut words = mark.split_whitespace();
            let side = words.next().filter(|side| ["D", "G"].contains(side));
            let side = side.with_context(|| format!("line {number}: a piece is D's or G's, and this is “{mark}”"))?;
            open = Some(Piece { side, words: words.collect(), line: number + 1, lines: Vec::new() });
        } else if trimmed == END {
            let mut piece = open.take().with_context(|| format!("line {number}: no piece is open"))?;
            if piece.lines.iter().all(|line| line.trim().is_empty()) {
                bail!("line {number}: the piece is empty");
            }
            let filled = piece.lines.iter().filter(|line| !line.trim().is_empty());
            let indent = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
            for line in &mut piece.lines {
                *line = line.get(indent..).unwrap_or("");
            }
            pieces.push(piece);
        } else if let Some(piece) = &mut open {
            piece.lines.push(line);
        }
    }
    if let Some(Piece { line, .. }) = open {
        bail!("the piece that begins at line {line} does not end");
    }
    Ok(pieces)
}

/// The most lines that the page shows of one side at a time.
fn most_lines(path: &str, pieces: &[Piece]) -> usize {
    let sum = |wanted: &dyn Fn(&Piece) -> bool| {
        pieces.iter().filter(|piece| wanted(piece)).map(|piece| piece.lines.len()).sum::<usize>()
    };
    let stages = |piece: &Piece| piece.words.iter().any(|word| word.starts_with("stage"));
    let of = |shown: &Piece| {
        // Of losses and penalties it picks those in force; all others of a stage are shown together.
        if path.starts_with("src/nn/") {
            return shown.lines.len();
        }
        sum(&|piece| piece.side == shown.side && (!stages(piece) || piece.words == shown.words))
    };
    pieces.iter().map(of).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        format!("{:#}", pieces(text).expect_err("it cannot be used"))
    }

    #[test]
    fn a_piece_is_what_stands_between_its_marks() {
        let text =
            "fn f() {\n    // [explain: D loss update\n    let a = \"1\";\n        b();\n    // ]\n    c();\n}\n";
        let found = pieces(text).unwrap();
        let lines = vec!["let a = \"1\";", "    b();"];
        assert_eq!(found, [Piece { side: "D", words: vec!["loss", "update"], line: 3, lines }]);
        let files = [("src/a.rs".to_string(), text.to_string()), ("src/b.rs".to_string(), "c();\n".into())];
        let object = r#""side":"D","words":["loss","update"],"line":3,"lines":["let a = \"1\";","    b();"]"#;
        assert_eq!(json(&files).unwrap(), format!("{{\"src/a.rs\":[{{{object}}}]}}\n"));
    }

    #[test]
    fn a_piece_that_is_empty_open_or_nobodys_is_an_error() {
        assert!(problem("// [explain: G\n\n// ]\n").contains("empty"));
        assert!(problem("// [explain: G\nf();\n").contains("does not end"));
        assert!(problem("// [explain: G\nf();\n// [explain: D\n").contains("within another"));
        assert!(problem("f();\n// ]\n").contains("no piece is open"));
        assert!(problem("// [explain: critic\nf();\n// ]\n").contains("D's or G's"));
    }

    #[test]
    fn a_side_has_no_more_lines_than_a_look_takes_in() {
        let problem = |path: &str, text: String| json(&[(path.to_string(), text)]).err().map(|error| error.to_string());
        let lines = |count: usize, words: &str| format!("// [explain: G{words}\n{}// ]\n", "f();\n".repeat(count));
        assert_eq!(problem("src/a.rs", lines(16, "")), None);
        assert!(problem("src/a.rs", lines(17, "")).unwrap().contains("17 lines"));
        assert!(problem("src/a.rs", lines(9, "").repeat(2)).unwrap().contains("18 lines"));
        assert!(
            problem("src/a.rs", lines(9, " noise") + &lines(9, " loss")).is_some(),
            "parts of a step are shown together"
        );
        assert_eq!(problem("src/a.rs", lines(9, " stage1") + &lines(9, " stage2")), None);
        assert!(problem("src/a.rs", lines(9, " stage1") + &lines(9, "")).is_some());
        assert_eq!(problem("src/nn/losses.rs", lines(9, " hinge") + &lines(9, " minimax")), None);
    }

    #[test]
    fn the_marks_of_the_sources_can_be_used_and_each_game_has_some_of_both_sides() {
        let mut files = Vec::new();
        walk(&root().join("src"), "src", &mut files).unwrap();
        json(&files).unwrap();
        let rows = std::fs::read_to_string(root().join("www/page/explain-games.js")).unwrap();
        let named: Vec<&str> = rows.split('\'').filter(|word| word.starts_with("src/")).collect();
        assert!(named.len() > 10, "{named:?}");
        for name in named {
            let text = files.iter().find(|(path, _)| path == name).map(|(_, text)| text.as_str());
            let found = pieces(text.unwrap_or_else(|| panic!("there is no {name}"))).unwrap();
            assert!(!found.is_empty(), "{name} has no marks");
        }
        // Every game's turns are marked, whichever file they stand in.
        for (path, text) in
            files.iter().filter(|(path, _)| path.starts_with("src/gan/") || path.starts_with("src/apps/"))
        {
            let has = |side: &str| pieces(text).unwrap().iter().any(|piece| piece.side == side);
            if text.contains("game.turn(") {
                assert!(has("D") && has("G"), "{path} has turns, and its marks leave out a side");
            }
        }
    }
}
