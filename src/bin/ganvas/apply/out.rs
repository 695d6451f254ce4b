//! Where pictures go: a file each, the sheet, and at the end what did not work.

use super::Made;
use crate::run::{file_error, write_png};
use crate::terminal::{self, exit, note, say};
use ganvas::data::Form;
use ganvas::game::{Part, Role};
use ganvas::train::picture;
use ganvas::{Error, Result};
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// Pixels between two pictures of the sheet.
const GAP: usize = 2;
/// A folder that is being filled.
pub struct Out<'a> {
    folder: &'a Path,
    sheet: Option<&'a Path>,
    /// Names that are taken.
    names: HashSet<String>,
    written: usize,
    /// What stands on the sheet: as many pictures of each input, one after another, and how large they are.
    shown: Vec<f32>,
    each: usize,
    form: Option<Form>,
    failed: Vec<String>,
}

impl<'a> Out<'a> {
    /// # Errors
    /// [`Error::File`] for a folder that holds something, and for a sheet that cannot be written.
    pub fn new(folder: &'a Path, sheet: Option<&'a Path>) -> Result<Out<'a>> {
        let refused =
            |path: &Path, message: &str| Err(Error::File { path: path.display().to_string(), message: message.into() });
        if folder.exists() && !folder.is_dir() {
            return refused(folder, "is a file, and pictures are written into a folder");
        }
        if folder.exists() && fs::read_dir(folder).map_err(|error| file_error(folder, error))?.next().is_some() {
            return refused(folder, "holds files already, and nothing is overwritten: give a new or an empty folder");
        }
        let mut names = HashSet::new();
        if let Some(sheet) = sheet {
            if sheet.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("png")) {
                return refused(sheet, "is written as PNG: let its name end in .png");
            }
            let parent = sheet.parent().filter(|parent| !parent.as_os_str().is_empty());
            if parent.is_some_and(|parent| parent != folder && !parent.is_dir()) {
                return refused(sheet, "stands in a folder that there is not: make it first");
            }
            if parent == Some(folder) {
                names.extend(sheet.file_stem().map(|name| name.to_string_lossy().to_lowercase()));
            }
        }
        Ok(Out { folder, sheet, names, written: 0, shown: Vec::new(), each: 0, form: None, failed: Vec::new() })
    }

    /// What the picture that is made of this one is called: the same, and no two alike, whatever their case.
    pub fn name(&mut self, path: &Path) -> String {
        let stem = path.file_stem().map_or("picture".into(), |stem| stem.to_string_lossy().into_owned());
        let names = std::iter::once(stem.clone()).chain((2..).map(|number| format!("{stem}-{number}")));
        for name in names {
            if self.names.insert(name.to_lowercase()) {
                if name != stem {
                    say!("{}: called {name}.png, because {stem}.png is another", path.display());
                }
                return name;
            }
        }
        stem
    }

    /// Notes why nothing came of a file.
    pub fn failed(&mut self, path: &Path, why: String) {
        self.failed.push(format!("{}: {why}", path.display()));
    }

    /// Writes what came of an input, and puts it on the sheet.
    pub fn write(&mut self, name: &str, parts: &[Part], made: Made) -> Result<()> {
        let drawn: Vec<&Part> = parts.iter().filter(|part| part.is_drawn()).collect();
        let is_result = |part: &&Part| part.role == Role::Output && part.key == "output";
        let at = drawn.iter().position(is_result).or(drawn.iter().position(|part| part.role == Role::Output));
        let Some((at, form @ Form::Image { channels, height, width })) = at.and_then(|at| Some((at, drawn[at].form?)))
        else {
            return Err(Error::File { path: name.into(), message: "has no result that is a picture".into() });
        };
        if self.written == 0 {
            fs::create_dir_all(self.folder).map_err(|error| file_error(self.folder, error))?;
        }
        let output = picture::grid(&made.parts[at], 1, [channels, height, width], 0);
        write_png(&self.folder.join(format!("{name}.png")), &output)?;
        self.written += 1;
        if self.sheet.is_some() {
            let own = made.own.into_iter().filter(|own| own.len() == form.numbers());
            let shown: Vec<Vec<f32>> = own.chain(made.parts).collect();
            self.each = shown.len();
            self.form = Some(form);
            self.shown.extend(shown.into_iter().flatten());
        }
        Ok(())
    }

    /// Writes the sheet, and says what was written.
    pub fn finish(self) -> Result<ExitCode> {
        if let (Some(path), Some(Form::Image { channels, height, width })) = (self.sheet, self.form) {
            // Examples stand beside each other too, so that the sheet is about square.
            let across = (self.written as f64 / self.each as f64).sqrt().ceil().max(1.0) as usize;
            let sheet = picture::grid(&self.shown, self.each * across, [channels, height, width], GAP);
            write_png(path, &sheet)?;
            say!("wrote {}", path.display());
        }
        say!("wrote {} to {}", counted(self.written), self.folder.display());
        Ok(self.exit_code())
    }

    /// Names what could not be taken, and answers with how all went.
    pub fn exit_code(&self) -> ExitCode {
        if self.failed.is_empty() {
            return terminal::done();
        }
        note!("{} of these inputs could not be taken:", self.failed.len());
        self.failed.iter().for_each(|failed| note!("  {failed}"));
        ExitCode::from(if self.written > 0 { exit::SOME } else { exit::FAILED })
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 picture".into() } else { format!("{count} pictures") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_are_alike() {
        let folder = std::path::PathBuf::from("there-is-no-such-folder");
        let sheet = folder.join("Sheet.png");
        let mut out = Out::new(&folder, Some(&sheet)).unwrap();
        let names = ["a/b.jpg", "c/b.png", "B.png", "sheet.png", "x.y.png"].map(|path| out.name(Path::new(path)));
        assert_eq!(names, ["b", "b-2", "B-3", "sheet-2", "x.y"]);
    }
}
