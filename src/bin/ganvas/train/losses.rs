//! `losses.csv`: a row for each step, and no step twice.

use crate::run::file_error;
use ganvas::train::Row;
use ganvas::{Error, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The file, open for more rows.
pub struct Losses {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Losses {
    /// Opens the file of a run that stands at this step. Rows of later steps were measured after the run was saved: they are
    /// cut off, and come again.
    ///
    /// # Errors
    /// [`Error::File`] where the file has other columns, and where another program has it.
    pub fn open(path: &Path, curves: &[&str], step: u32) -> Result<Losses> {
        let failed = |error| file_error(path, error);
        let refused = |message: &str| Error::File { path: path.display().to_string(), message: message.into() };
        if path.exists() && !path.is_file() {
            return Err(refused("is no file, and rows are cut off and added there"));
        }
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(refused("is being written: another run goes on in this folder"));
            }
            // Some file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let header = format!("step,{}\n", curves.join(","));
        let mut before = Vec::new();
        file.read_to_end(&mut before).map_err(failed)?;
        let end = match before.strip_prefix(header.as_bytes()) {
            Some(rows) => header.len() + kept(rows, step),
            // It was cut off within its first line.
            None if header.as_bytes().starts_with(&before) => 0,
            None => return Err(refused("has other columns than this run: take another folder")),
        };
        file.set_len(end as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(failed)?;
        let mut losses = Losses { path: path.into(), file: BufWriter::new(file) };
        if end == 0 {
            losses.file.write_all(header.as_bytes()).map_err(failed)?;
        }
        Ok(losses)
    }

    pub fn add(&mut self, row: &Row) -> Result<()> {
        let values: Vec<String> = row.iter().map(f64::to_string).collect();
        writeln!(self.file, "{}", values.join(",")).map_err(|error| file_error(&self.path, error))
    }

    /// All rows are on the disk after this: before the run that they led to is.
    pub fn keep(&mut self) -> Result<()> {
        let kept = self.file.flush().and_then(|()| match self.file.get_ref().sync_data() {
            // A device or a pipe has nothing to keep.
            Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
            other => other,
        });
        kept.map_err(|error| file_error(&self.path, error))
    }
}

/// Bytes of whole rows up to this step.
fn kept(rows: &[u8], step: u32) -> usize {
    let mut end = 0;
    for row in rows.split_inclusive(|&sign| sign == b'\n') {
        let first = row.split(|&sign| sign == b',').next().unwrap_or_default();
        let own = std::str::from_utf8(first).ok().and_then(|text| text.parse::<u32>().ok());
        if !row.ends_with(b"\n") || own.is_none_or(|own| own > step) {
            break;
        }
        end += row.len();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn later_rows_and_half_ones_are_cut_off() {
        let rows = b"1,0.5\n2,0.4\n3,NaN\n4,0.";
        assert_eq!([0, 1, 2, 3, 9].map(|step| kept(rows, step)), [0, 6, 12, 18, 18]);
        assert_eq!(kept(b"1,2\n\0\0\0\0\n2,3\n", 9), 4, "a hole that a crash left");
        assert_eq!(kept(b"", 9), 0);
    }
}
