//! Running other programs: always from the repository's root, without a shell, and with a message when one fails.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::root;

/// A command that runs in the repository's root.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    // `cargo run` describes this package to its child in these variables; a nested cargo must not see them.
    for (name, _) in std::env::vars_os() {
        let own =
            name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if own {
            command.env_remove(name);
        }
    }
    command
}

/// The cargo that runs this program.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command with its output shown; fails unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    let status = command.status().with_context(|| format!("could not start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status}); its own message is above");
    }
    Ok(())
}

/// Runs a command and returns what it printed, or `None` if it could not be run or failed.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// A command as one would type it.
pub fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// The folders of PATH.
pub fn path_folders() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// PATH with one folder in front.
pub fn path_with(first: &Path) -> Result<OsString> {
    let folders = std::iter::once(first.to_path_buf()).chain(path_folders());
    std::env::join_paths(folders).with_context(|| format!("{} cannot be put on PATH", first.display()))
}

/// A program in one folder, whatever executables are called here.
pub fn program_in(folder: &Path, name: &str) -> Option<PathBuf> {
    // On Windows npm is a batch file, and a file without an ending is a Unix script that cannot be run.
    let names = if cfg!(windows) { vec![format!("{name}.exe"), format!("{name}.cmd")] } else { vec![name.to_string()] };
    names.into_iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

/// The first program of that name on PATH.
pub fn find_program(name: &str) -> Option<PathBuf> {
    path_folders().iter().find_map(|folder| program_in(folder, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_on_the_path_and_nothing_else() {
        assert!(find_program("cargo").is_some());
        assert!(find_program("a-program-that-nobody-has").is_none());
    }

    #[test]
    fn a_failing_command_is_named() {
        let message = run(cargo().arg("a-command-that-cargo-has-not").stderr(Stdio::null())).unwrap_err().to_string();
        assert!(message.contains("`cargo a-command-that-cargo-has-not` failed"), "{message}");
    }
}
