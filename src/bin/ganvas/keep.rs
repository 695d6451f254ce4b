//! Files that are whole or not there, and signals that wait until a run is saved.

use crate::run::file_error;
use crate::terminal::{note, say};
use ganvas::{Error, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A saved run of more bytes is not read: the largest of a preset has some 70 MB.
pub const MOST_STATE_BYTES: u64 = 1_000_000_000;

/// Writes a file whole or not at all: what was there before stays until the disk has all of it, whatever happens to the
/// program or the machine.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes, true)
}

/// The same, and says so.
pub fn write_and_say(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes)?;
    say!("wrote {}, {} bytes", path.display(), bytes.len());
    Ok(())
}

/// The same as `write` for what can be made again: whole or not at all if the program is ended, but not if the machine is.
pub fn write_soon(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes, false)
}

fn replace(path: &Path, bytes: &[u8], durable: bool) -> Result<()> {
    // What a link leads to is what is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let is_file = fs::metadata(&target).map_or(true, |data| data.is_file());
    if !is_file {
        // A device or a pipe cannot be replaced.
        return fs::write(&target, bytes).map_err(|error| file_error(path, error));
    }
    let unfinished = unfinished(&target);
    let all = (|| {
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        if durable {
            file.sync_all()?;
        }
        fs::rename(&unfinished, &target)
    })();
    if let Err(error) = all {
        let _ = fs::remove_file(&unfinished);
        return Err(file_error(path, error));
    }
    // That the name has changed is written too; some systems cannot be asked to, and the file is whole without.
    let folder = target.parent().filter(|_| durable && cfg!(unix));
    if let Some(Ok(folder)) = folder.map(File::open) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Where a file is written before it takes its name.
fn unfinished(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().into();
    name.push(".unfinished");
    name.into()
}

/// The bytes of a saved run or of weights. What is far too large to be one is refused before it is read.
pub fn read_state(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: io::Error| file_error(path, error);
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let too_large = |length: u64| {
        let message = format!(
            "has {:.1} GB, and a saved run has at most {:.0}: it is something else",
            length as f64 / 1e9,
            MOST_STATE_BYTES as f64 / 1e9
        );
        Error::Checkpoint { tensor: path.display().to_string(), message }
    };
    if length > MOST_STATE_BYTES {
        return Err(too_large(length));
    }
    let mut bytes = Vec::new();
    // What has no length of its own, as a pipe or a device, may have no end either.
    let read = file.take(MOST_STATE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)? as u64;
    if read > MOST_STATE_BYTES { Err(too_large(read)) } else { Ok(bytes) }
}

/// Says what a file lacked that was opened.
pub fn say_lacked(path: &Path, lacked: &[String]) {
    lacked.iter().for_each(|sentence| note!("{}: {sentence}", path.display()));
}

/// What asks the program to end, once it is watched for.
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// From now on Ctrl-C and its kin end nothing: they are noted.
    pub fn watch() -> Result<Stop> {
        let asked = Arc::new(AtomicUsize::new(0));
        for &signal in SIGNALS {
            let watched = flag::register_usize(signal, Arc::clone(&asked), signal as usize);
            watched.map_err(|error| Error::File { path: "signals".into(), message: error.to_string() })?;
        }
        Ok(Stop(asked))
    }

    /// How the program ends, if it was asked to: as a shell says it of a program that a signal ended.
    pub fn code(&self) -> Option<u8> {
        let signal = self.0.load(Ordering::Relaxed);
        (signal != 0).then_some(128 + signal as u8)
    }
}

#[cfg(unix)]
const SIGNALS: &[i32] = &[SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const SIGNALS: &[i32] = &[SIGINT, SIGTERM];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let folder = std::env::temp_dir().join(format!("ganvas-keep-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("state.safetensors");
        write(&path, b"first").unwrap();
        write_soon(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        // What is being written cannot be: a folder stands in its place.
        fs::create_dir(unfinished(&path)).unwrap();
        let error = write(&path, b"third").unwrap_err().to_string();
        assert!(error.contains("state.safetensors"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"second");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_written_and_not_replaced() {
        let full = Path::new("/dev/full");
        if full.exists() {
            assert!(write(full, b"much").is_err());
            assert!(!fs::metadata(full).unwrap().is_file());
        }
    }
}
