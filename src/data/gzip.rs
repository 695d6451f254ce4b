//! Packing, and unpacking where no browser inflates.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::{MAGIC, Unpacking};
use crate::data::{Dataset, sha256};
use crate::error::{Error, Result};

/// Bytes unpacked between two reports of progress.
const CHUNK_BYTES: usize = 1 << 20;

/// What goes into a packed file.
pub struct Contents<'a> {
    /// See [`Dataset::name`].
    pub name: &'a str,
    /// See [`Dataset::source`].
    pub source: &'a str,
    /// See [`Dataset::licence`].
    pub licence: &'a str,
    /// See [`Dataset::classes`].
    pub classes: usize,
    /// Name and bytes of the IDX files: training images, training labels, test images, test labels.
    pub files: [(&'a str, &'a [u8]); 4],
}

/// Packs a data set. The result is read back by [`unpack`].
pub fn pack(contents: &Contents) -> Result<Vec<u8>> {
    let mut header = String::new();
    let entries = [("name", contents.name), ("source", contents.source), ("licence", contents.licence)];
    for (key, value) in entries {
        if value.contains('\n') {
            let message = format!("{key} must be one line, it is {value:?}");
            return Err(Error::Data { file: contents.name.into(), field: "header", message });
        }
        header.push_str(&format!("{key}={value}\n"));
    }
    header.push_str(&format!("classes={}\n", contents.classes));
    for (name, bytes) in contents.files {
        if name.is_empty() || name.contains(char::is_whitespace) {
            let message = format!("a file name must be one word, this one is {name:?}");
            return Err(Error::Data { file: contents.name.into(), field: "header", message });
        }
        header.push_str(&format!("file={name} {} {}\n", bytes.len(), sha256(bytes)));
    }

    let mut packed = MAGIC.to_vec();
    packed.extend((header.len() as u32).to_le_bytes());
    packed.extend(header.as_bytes());
    let mut encoder = GzEncoder::new(packed, Compression::best());
    let written: std::io::Result<()> = contents.files.iter().try_for_each(|(_, bytes)| encoder.write_all(bytes));
    written.and_then(|()| encoder.finish()).map_err(|error| Error::Data {
        file: contents.name.into(),
        field: "data",
        message: format!("could not be compressed: {error}"),
    })
}

/// Reads a packed data set and checks it against its own header, and against the published checksums if it calls
/// itself MNIST. `file_name` appears in the messages; `progress` is told the bytes done and the bytes in all.
pub fn unpack(file_name: &str, bytes: &[u8], progress: &mut dyn FnMut(usize, usize)) -> Result<Dataset> {
    let mut unpacking = Unpacking::new(file_name, bytes, bytes.len())?;
    let mut report = |unpacking: &Unpacking| {
        let (done, total) = unpacking.progress();
        progress(done, total);
    };
    report(&unpacking);
    let mut decoder = GzDecoder::new(&bytes[unpacking.start()..]);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        // The end is only told once gzip's own checksum and length are right.
        match decoder.read(&mut chunk) {
            Ok(0) => break,
            Ok(got) => unpacking.push(&chunk[..got])?,
            Err(error) => return Err(unpacking.broken(&error.to_string())),
        }
        report(&unpacking);
    }
    let extra = decoder.into_inner().len();
    if extra > 0 {
        let message = format!("{extra} bytes too long: something follows the gzip data");
        return Err(Error::Data { file: file_name.into(), field: "length", message });
    }
    unpacking.finish()
}
