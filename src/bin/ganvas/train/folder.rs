//! The folder of a run: what it holds, and whether it may be written to.

use crate::keep::read_state;
use crate::run::file_error;
use ganvas::train::{Saved, Settings};
use ganvas::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The whole run.
pub const STATE: &str = "parameters.safetensors";
pub const LOSSES: &str = "losses.csv";
/// The last state before a number was no longer finite.
pub const LAST_GOOD: &str = "last_good.safetensors";
/// What makes the pictures alone.
pub const WEIGHTS: &str = "weights.safetensors";

/// What a folder holds of a run.
pub struct Held {
    files: Vec<PathBuf>,
    pictures: Vec<PathBuf>,
}

impl Held {
    /// What is there; nothing where there is no folder.
    pub fn look(folder: &Path) -> Result<Held> {
        let mut held = Held { files: Vec::new(), pictures: Vec::new() };
        if !folder.exists() {
            return Ok(held);
        }
        for entry in fs::read_dir(folder).map_err(|error| file_error(folder, error))? {
            let path = entry.map_err(|error| file_error(folder, error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if [STATE, LOSSES, LAST_GOOD, WEIGHTS].contains(&&name[..]) {
                held.files.push(path);
            } else if is_picture(&name) {
                held.pictures.push(path);
            }
        }
        held.files.sort();
        Ok(held)
    }

    /// Whether a run may be written there: into a folder that holds none, or where it is this very run that goes on.
    ///
    /// # Errors
    /// [`Error::Checkpoint`], which says what is there, what it has otherwise, and what `--force` would replace.
    pub fn admit(&self, folder: &Path, settings: &Settings, resumed: Option<&Path>) -> Result<()> {
        if self.files.is_empty() && self.pictures.is_empty() {
            return Ok(());
        }
        let state = folder.join(STATE);
        if resumed.is_some_and(|resumed| is_same(resumed, &state)) {
            return Ok(());
        }
        let refused = |what: String| {
            let message = format!("{what}. --force replaces {}", self.named());
            Err(Error::Checkpoint { tensor: folder.display().to_string(), message })
        };
        if !state.exists() {
            return refused("holds files of a run, but not the run".into());
        }
        let saved = match read_state(&state).and_then(|bytes| Saved::read(&bytes)) {
            Ok(saved) => saved,
            Err(error) => return refused(format!("holds a run that cannot be read ({error})")),
        };
        let own = settings.preset.key;
        let others: Vec<String> = match saved.preset == own {
            false => vec![format!("preset {}, not {own}", saved.preset)],
            true => {
                let all = saved.differences(settings).into_iter();
                // What can change on the way may have.
                let all = all.filter(|other| resumed.is_none() || !other.live);
                all.map(|other| format!("{} {}, not {}", other.key, other.saved, other.own)).collect()
            }
        };
        match (&others[..], resumed) {
            ([], Some(_)) => Ok(()),
            ([], None) => refused(format!(
                "holds this run already, at step {}: go on with --resume {}",
                saved.step,
                super::quoted(&folder.display().to_string())
            )),
            _ => refused(format!("holds another run, at step {}: {}", saved.step, others.join("; "))),
        }
    }

    /// Takes it away.
    pub fn remove(&self) -> Result<()> {
        // The run itself last: what is broken off can then be seen.
        let all = self.pictures.iter().chain(self.files.iter());
        for path in all {
            fs::remove_file(path).map_err(|error| file_error(path, error))?;
        }
        Ok(())
    }

    fn named(&self) -> String {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut names: Vec<String> = self.files.iter().map(name).collect();
        match self.pictures.len() {
            0 => {}
            1 => names.push("1 picture".into()),
            count => names.push(format!("{count} pictures")),
        }
        match names.pop() {
            Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
            last => last.unwrap_or_default(),
        }
    }
}

/// Whether two paths lead to one file.
pub fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether a name is as a run names its pictures: `samples-000100.png`.
fn is_picture(name: &str) -> bool {
    let step = name.strip_suffix(".png").and_then(|stem| stem.rsplit_once('-'));
    step.is_some_and(|(key, step)| !key.is_empty() && step.len() >= 6 && step.bytes().all(|sign| sign.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_names() {
        let names =
            ["samples-000100.png", "a_to_b-1000000.png", "me-1.png", "000100.png", "samples-00010x.png", "-000100.png"];
        assert_eq!(names.map(is_picture), [true, true, false, false, false, false]);
    }
}
