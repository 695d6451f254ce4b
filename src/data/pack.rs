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
//! Reading checks everything that the header says and never panics, whatever the bytes are. Here is what follows once the
//! member is inflated; `gzip.rs` inflates it natively, and in a page the browser does, which has the code for it anyway.

use sha2::{Digest, Sha256};

use super::{Dataset, hex, idx, mnist};
use crate::error::{Error, Result};

#[cfg(not(target_arch = "wasm32"))]
#[path = "gzip.rs"]
mod gzip;
#[cfg(not(target_arch = "wasm32"))]
pub use gzip::{Contents, pack, unpack};

/// The first bytes of a packed file.
pub const MAGIC: &[u8; 8] = b"GANVAS1\n";

/// No data set that a page can hold needs more; a header that asks for more is refused before anything is allocated.
const MAX_UNPACKED_BYTES: usize = 512 << 20;

/// A header is a few lines of text; a longer one means that the length was damaged.
const MAX_HEADER_BYTES: usize = 64 << 10;

/// DEFLATE cannot shrink anything by more than 1032 to 1, so a header that promises more lies.
const MAX_DEFLATE_RATIO: usize = 1032;

/// So many bytes hold magic and header whatever the header says.
pub const HEAD_BYTES: usize = MAGIC.len() + 4 + MAX_HEADER_BYTES;

/// A packed file that is being read: its header is known, the inflated bytes come piece by piece.
pub struct Unpacking {
    file_name: String,
    header: Header,
    /// Bytes of the packed file, and those before the gzip member.
    size: usize,
    start: usize,
    files: [Vec<u8>; 4],
    /// The file under way, and the checksum of what there is of it; none where the caller computes checksums.
    current: usize,
    digest: Option<Sha256>,
    /// So many files, from the first on, have the checksum that the header says.
    checked: usize,
    done: usize,
    total: usize,
}

impl Unpacking {
    /// `head` is the first [`HEAD_BYTES`] of a file of `size` bytes, or all of it; `file_name` appears in the messages. A
    /// file that calls itself MNIST must have the published checksums.
    pub fn new(file_name: &str, head: &[u8], size: usize) -> Result<Unpacking> {
        let (header, start) = Header::read(file_name, head)?;
        let total: usize = header.files.iter().map(|file| file.size).sum();
        let (compressed, digest) = (size.saturating_sub(start), Some(Sha256::new()));
        let (file_name, files) = (file_name.to_string(), Default::default());
        let mut unpacking =
            Unpacking { file_name, header, size, start, files, current: 0, digest, checked: 0, done: 0, total };
        if total > compressed.saturating_mul(MAX_DEFLATE_RATIO) {
            let message = format!(
                "truncated: the header promises {total} bytes, which cannot be in {compressed} compressed bytes"
            );
            return Err(unpacking.wrong("length", message));
        }
        for (file, data) in unpacking.header.files.iter().zip(&mut unpacking.files) {
            data.try_reserve_exact(file.size).map_err(|_| {
                let message = format!("{} needs {} bytes of memory, which are not free", file.name, file.size);
                Error::Data { file: unpacking.file_name.clone(), field: "length", message }
            })?;
        }
        unpacking.close_files()?;
        Ok(unpacking)
    }

    /// Where the gzip member begins in the packed file.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Inflated bytes so far, and in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.total)
    }

    /// Takes the next inflated bytes; more than the header says are refused at once.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let Some(file) = self.header.files.get(self.current) else {
                let message = format!("there is more data than the {} bytes that the header says", self.total);
                return Err(self.wrong("length", message));
            };
            let data = &mut self.files[self.current];
            let (now, rest) = bytes.split_at(bytes.len().min(file.size - data.len()));
            data.extend_from_slice(now);
            if let Some(digest) = &mut self.digest {
                digest.update(now);
            }
            self.done += now.len();
            bytes = rest;
            self.close_files()?;
        }
        Ok(())
    }

    /// Leaves the checksums to the caller: each of the [`Unpacking::complete`] files has to pass [`Unpacking::check`].
    pub fn checked_by_caller(mut self) -> Unpacking {
        self.digest = None;
        self
    }

    /// The files that are whole so far.
    pub fn complete(&self) -> &[Vec<u8>] {
        &self.files[..self.current]
    }

    /// Compares the SHA-256 of the next file that has not been checked with what the header says.
    pub fn check(&mut self, found: &[u8]) -> Result<()> {
        let Some(file) = self.header.files.get(self.checked).filter(|_| self.checked < self.current) else {
            return Err(self.wrong("checksum", "there is no further file to check".into()));
        };
        let found = hex(found);
        if found != file.sha256 {
            let message = format!("{}: the SHA-256 is {found}, the header says {}", file.name, file.sha256);
            return Err(self.wrong("checksum", message));
        }
        self.checked += 1;
        Ok(())
    }

    /// Goes past the files that are complete (one may be empty), and checks them.
    fn close_files(&mut self) -> Result<()> {
        while let Some(file) = self.header.files.get(self.current)
            && self.files[self.current].len() == file.size
        {
            self.current += 1;
            if let Some(digest) = &mut self.digest {
                let found = std::mem::take(digest).finalize();
                self.check(&found)?;
            }
        }
        Ok(())
    }

    /// What to say where inflating failed, for this reason.
    pub fn broken(&self, reason: &str) -> Error {
        let Unpacking { done, total, .. } = self;
        let message = match done < total {
            true => format!("truncated or damaged: unpacking stopped after {done} of {total} bytes ({reason})"),
            false => format!("the end of the gzip data is damaged or missing, or something follows it ({reason})"),
        };
        self.wrong("data", message)
    }

    /// The data set, once the gzip member has come to its end.
    pub fn finish(self) -> Result<Dataset> {
        if self.done < self.total {
            let message =
                format!("the compressed data ends after {} bytes, the header promises {}", self.done, self.total);
            return Err(self.wrong("length", message));
        }
        if self.checked < self.files.len() {
            return Err(self.wrong("checksum", "not all files have been checked".into()));
        }
        self.header.into_dataset(&self.file_name, self.files, self.size)
    }

    fn wrong(&self, field: &'static str, message: String) -> Error {
        Error::Data { file: self.file_name.clone(), field, message }
    }
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
    /// Reads magic and header; returns where they end.
    fn read(file_name: &str, bytes: &[u8]) -> Result<(Header, usize)> {
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
        let Some(text) = rest.get(..length) else {
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
        Ok((header, MAGIC.len() + 4 + length))
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
