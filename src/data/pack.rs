//! The compact file `mnist.ganvas`: the four IDX files of a data set in one gzip member behind a readable header.
//!
//! ```text
//! GANVAS1\n                                8 bytes
//! length of the header                     u32, little endian
//! name=..., source=..., licence=...        one `key=value` a line, UTF-8
//! classes=10
//! file=train-images-idx3-ubyte 47040016 ba89...   name, size in bytes, SHA-256; four of these, in order:
//!                                          training images, training labels, test images, test labels
//! one gzip member                          the four files, one after another
//! ```
//!
//! Reading checks everything that the header says and never panics, whatever the bytes are.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::{Dataset, hex, idx, mnist, sha256};
use crate::error::{Error, Result};

/// The first bytes of a packed file.
pub const MAGIC: &[u8; 8] = b"GANVAS1\n";

/// No data set that a page can hold needs more; a header that asks for more is refused before anything is allocated.
const MAX_UNPACKED_BYTES: usize = 512 << 20;

/// A header is a few lines of text; a longer one means that the length was damaged.
const MAX_HEADER_BYTES: usize = 64 << 10;

/// DEFLATE cannot shrink anything by more than 1032 to 1, so a header that promises more lies.
const MAX_DEFLATE_RATIO: usize = 1032;

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
    let (header, compressed) = Header::read(file_name, bytes)?;
    let wrong = |field: &'static str, message: String| Error::Data { file: file_name.into(), field, message };

    let total: usize = header.files.iter().map(|file| file.size).sum();
    if total > compressed.len().saturating_mul(MAX_DEFLATE_RATIO) {
        let message = format!(
            "truncated: the header promises {total} bytes, which cannot be in {} compressed bytes",
            compressed.len()
        );
        return Err(wrong("length", message));
    }

    let mut decoder = GzDecoder::new(compressed);
    let mut done = 0;
    progress(done, total);
    let mut files: [Vec<u8>; 4] = Default::default();
    for (file, data) in header.files.iter().zip(&mut files) {
        data.try_reserve_exact(file.size).map_err(|_| {
            wrong("length", format!("{} needs {} bytes of memory, which are not free", file.name, file.size))
        })?;
        let mut digest = Sha256::new();
        while data.len() < file.size {
            let start = data.len();
            let want = CHUNK_BYTES.min(file.size - start);
            decoder.by_ref().take(want as u64).read_to_end(data).map_err(|error| {
                let remaining = decoder.get_ref().len();
                let what = if remaining == 0 { "truncated" } else { "damaged" };
                let at = done + data.len() - start;
                wrong("data", format!("{what}: unpacking stopped after {at} of {total} bytes ({error})"))
            })?;
            let got = data.len() - start;
            digest.update(&data[start..]);
            done += got;
            progress(done, total);
            if got < want {
                let message = format!("the compressed data ends after {done} bytes, the header promises {total}");
                return Err(wrong("length", message));
            }
        }
        let found = hex(digest.finalize());
        if found != file.sha256 {
            let message = format!("{}: the SHA-256 is {found}, the header says {}", file.name, file.sha256);
            return Err(wrong("checksum", message));
        }
    }
    // Reading past the end makes the decoder check gzip's own checksum and length.
    match decoder.read(&mut [0]) {
        Ok(0) => {}
        Ok(_) => {
            return Err(wrong("length", format!("there is more data than the {total} bytes that the header says")));
        }
        Err(error) => return Err(wrong("data", format!("the end of the gzip data is damaged or missing ({error})"))),
    }
    let extra = decoder.into_inner().len();
    if extra > 0 {
        return Err(wrong("length", format!("{extra} bytes too long: something follows the gzip data")));
    }
    header.into_dataset(file_name, files, bytes.len())
}

/// The readable part of a packed file.
struct Header {
    name: String,
    source: String,
    licence: String,
    classes: usize,
    files: [FileEntry; 4],
}

struct FileEntry {
    name: String,
    size: usize,
    sha256: String,
}

impl Header {
    /// Reads magic and header; returns the compressed rest.
    fn read<'a>(file_name: &str, bytes: &'a [u8]) -> Result<(Header, &'a [u8])> {
        let wrong = |field: &'static str, message: String| Error::Data { file: file_name.into(), field, message };
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(MAGIC.len())]);
            let message = format!("a packed data set starts with \"GANVAS1\", this file with {start:?}");
            return Err(wrong("magic number", message));
        };
        let Some((length, rest)) = rest.split_first_chunk::<4>() else {
            return Err(wrong("header", format!("truncated: the file ends after {} bytes", bytes.len())));
        };
        let length = u32::from_le_bytes(*length) as usize;
        if length > MAX_HEADER_BYTES {
            return Err(wrong("header", format!("it claims {length} bytes, at most {MAX_HEADER_BYTES} are read")));
        }
        let Some((text, compressed)) = rest.split_at_checked(length) else {
            return Err(wrong("header", format!("truncated: it has {length} bytes, {} are there", rest.len())));
        };
        let text = std::str::from_utf8(text).map_err(|error| wrong("header", format!("it is not UTF-8 ({error})")))?;
        let header = Header::parse(text).map_err(|message| wrong("header", message))?;
        let published = mnist::FILES.iter().zip(&header.files);
        // Whatever calls itself MNIST has to be MNIST: the page shows the name to the reader.
        if header.name == mnist::NAME {
            for (published, found) in published {
                if found.name != published.name || found.size != published.size || found.sha256 != published.sha256 {
                    let message = format!(
                        "the file calls itself MNIST, but its {} ({} bytes, SHA-256 {}) is not the published {} \
                         ({} bytes, SHA-256 {})",
                        found.name, found.size, found.sha256, published.name, published.size, published.sha256
                    );
                    return Err(wrong("checksum", message));
                }
            }
        }
        Ok((header, compressed))
    }

    fn parse(text: &str) -> std::result::Result<Header, String> {
        let (mut name, mut source, mut licence, mut classes) = (None, None, None, None);
        let mut files = Vec::new();
        for line in text.lines() {
            let Some((key, value)) = line.split_once('=') else {
                return Err(format!("the line {line:?} has no \"=\""));
            };
            match key {
                "name" => name = Some(value.to_string()),
                "source" => source = Some(value.to_string()),
                "licence" => licence = Some(value.to_string()),
                "classes" => {
                    let number = value.parse().ok().filter(|number| (1..=256).contains(number));
                    classes = Some(number.ok_or_else(|| format!("classes is {value:?}, from 1 to 256 are possible"))?);
                }
                "file" => files.push(FileEntry::parse(value)?),
                _ => return Err(format!("the key {key:?} is unknown; the file may be from a newer version")),
            }
        }
        let missing = |key: &str| format!("{key} is missing");
        let found = files.len();
        let files: [FileEntry; 4] =
            files.try_into().map_err(|_| format!("it lists {found} files, a data set has 4"))?;
        let total = files.iter().try_fold(0usize, |sum, file| sum.checked_add(file.size));
        if total.is_none_or(|total| total > MAX_UNPACKED_BYTES) {
            let sizes: Vec<usize> = files.iter().map(|file| file.size).collect();
            return Err(format!("files of {sizes:?} bytes are more than the {MAX_UNPACKED_BYTES} bytes that are read"));
        }
        Ok(Header {
            name: name.ok_or_else(|| missing("name"))?,
            source: source.ok_or_else(|| missing("source"))?,
            licence: licence.ok_or_else(|| missing("licence"))?,
            classes: classes.ok_or_else(|| missing("classes"))?,
            files,
        })
    }

    fn into_dataset(self, file_name: &str, files: [Vec<u8>; 4], size_bytes: usize) -> Result<Dataset> {
        let [train, train_labels, test, test_labels] =
            self.files.each_ref().map(|file| format!("{file_name}, {}", file.name));
        let [train_bytes, train_label_bytes, test_bytes, test_label_bytes] = files;
        let images = idx::read_images(&train, train_bytes)?;
        let labels = idx::read_labels(&train_labels, &train_label_bytes, self.classes)?;
        idx::check_counts(&train, images.count, &train_labels, labels.len())?;
        let test_images = idx::read_images(&test, test_bytes)?;
        let test_label_values = idx::read_labels(&test_labels, &test_label_bytes, self.classes)?;
        idx::check_counts(&test, test_images.count, &test_labels, test_label_values.len())?;
        let size = (images.height, images.width);
        if (test_images.height, test_images.width) != size {
            let message = format!(
                "test images are {} x {}, training images {} x {}",
                test_images.height, test_images.width, size.0, size.1
            );
            return Err(Error::Data { file: test, field: "dimensions", message });
        }
        let [training_images, ..] = self.files;
        Ok(Dataset {
            name: self.name,
            count: images.count,
            height: images.height,
            width: images.width,
            images: images.pixels,
            labels,
            test_count: test_images.count,
            test_images: test_images.pixels,
            test_labels: test_label_values,
            classes: self.classes,
            checksum: training_images.sha256,
            source: self.source,
            licence: self.licence,
            size_bytes,
            generated: false,
            note: String::new(),
        })
    }
}

impl FileEntry {
    fn parse(value: &str) -> std::result::Result<FileEntry, String> {
        let mut words = value.split(' ');
        let (Some(name), Some(size), Some(sha256), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(format!("the entry {value:?} is not a name, a size and a checksum"));
        };
        let size = size.parse().map_err(|_| format!("{name} has the size {size:?}, which is no number of bytes"))?;
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("{name} has the checksum {sha256:?}, which is not 64 hexadecimal digits"));
        }
        Ok(FileEntry { name: name.into(), size, sha256: sha256.to_ascii_lowercase() })
    }
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
