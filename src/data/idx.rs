//! The IDX format: two zero bytes, the element type, the number of dimensions, the extents as big-endian `u32`, data.

use crate::error::{Error, Result};

/// The largest number of dimensions that is accepted.
pub const MAX_DIMENSIONS: usize = 4;

/// The element type code of unsigned bytes, the only one that is accepted.
pub const UNSIGNED_BYTE: u8 = 0x08;

/// An IDX file of unsigned bytes: its extents, and its data without a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idx<'a> {
    /// Extents, outermost first.
    pub dims: Vec<usize>,
    /// `dims.product()` bytes, row major.
    pub data: &'a [u8],
}

/// Images read from an IDX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// Number of images.
    pub count: usize,
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
    /// Shape `[count, height, width]`, row major.
    pub pixels: Vec<u8>,
}

impl<'a> Idx<'a> {
    /// Reads a whole IDX file. `file_name` appears in the messages.
    pub fn parse(file_name: &str, bytes: &'a [u8]) -> Result<Idx<'a>> {
        let wrong = |field: &'static str, message: String| Err(Error::Data { file: file_name.into(), field, message });
        let Some((&[zero_0, zero_1, element_type, dimensions], rest)) = bytes.split_first_chunk::<4>() else {
            return wrong("magic number", format!("the file has {} bytes, an IDX file has at least 8", bytes.len()));
        };
        if zero_0 != 0 || zero_1 != 0 {
            let gzip = if (zero_0, zero_1) == (0x1f, 0x8b) { "; this is a gzip file, unpack it first" } else { "" };
            let message = format!("an IDX file starts with 00 00, this one with {zero_0:02x} {zero_1:02x}{gzip}");
            return wrong("magic number", message);
        }
        if element_type != UNSIGNED_BYTE {
            let name = match element_type {
                0x09 => "signed bytes",
                0x0B => "16-bit integers",
                0x0C => "32-bit integers",
                0x0D => "32-bit floats",
                0x0E => "64-bit floats",
                _ => "a type that the format does not have",
            };
            let message = format!("0x{element_type:02x} ({name}); only unsigned bytes (0x08) are read");
            return wrong("element type", message);
        }
        let dimensions = usize::from(dimensions);
        if !(1..=MAX_DIMENSIONS).contains(&dimensions) {
            return wrong("dimensions", format!("the file says {dimensions}, from 1 to {MAX_DIMENSIONS} are read"));
        }
        let Some((extents, data)) = rest.split_at_checked(4 * dimensions) else {
            let (needed, found) = (4 + 4 * dimensions, bytes.len());
            let message = format!("{dimensions} dimensions need a header of {needed} bytes, the file has {found}");
            return wrong("dimensions", message);
        };
        let dims: Vec<usize> =
            extents.as_chunks::<4>().0.iter().map(|&extent| u32::from_be_bytes(extent) as usize).collect();
        let Some(expected) = dims.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent)) else {
            return wrong("dimensions", format!("{dims:?} is more than this machine can address"));
        };
        let found = data.len();
        if found < expected {
            return wrong(
                "length",
                format!("truncated: {dims:?} needs {expected} bytes of data, the file has {found}"),
            );
        }
        if found > expected {
            return wrong("length", format!("too long: {dims:?} needs {expected} bytes of data, the file has {found}"));
        }
        Ok(Idx { dims, data })
    }
}

/// Writes an IDX file of unsigned bytes; the inverse of [`Idx::parse`].
pub fn write(dims: &[usize], data: &[u8]) -> Vec<u8> {
    debug_assert_eq!(dims.iter().product::<usize>(), data.len());
    let mut bytes = vec![0, 0, UNSIGNED_BYTE, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|&extent| (extent as u32).to_be_bytes()));
    bytes.extend_from_slice(data);
    bytes
}

/// Reads a file of images: three dimensions, count, height and width, none of them zero.
///
/// Takes the file by value, so that the pixels need no second copy.
pub fn read_images(file_name: &str, mut bytes: Vec<u8>) -> Result<Images> {
    let dims = Idx::parse(file_name, &bytes)?.dims;
    let wrong = |message: String| Err(Error::Data { file: file_name.into(), field: "dimensions", message });
    let [count, height, width] = dims[..] else {
        return wrong(format!("images have 3 dimensions (count, height, width), this file has {dims:?}"));
    };
    if count == 0 || height == 0 || width == 0 {
        return wrong(format!("{dims:?} has no pixels"));
    }
    bytes.drain(..4 + 4 * dims.len());
    Ok(Images { count, height, width, pixels: bytes })
}

/// Reads a file of labels: one dimension, every label below `classes`.
pub fn read_labels(file_name: &str, bytes: &[u8], classes: usize) -> Result<Vec<u8>> {
    let idx = Idx::parse(file_name, bytes)?;
    let wrong = |field: &'static str, message: String| Err(Error::Data { file: file_name.into(), field, message });
    if idx.dims.len() != 1 {
        return wrong("dimensions", format!("labels have 1 dimension, this file has {:?}", idx.dims));
    }
    if let Some(i) = idx.data.iter().position(|&label| usize::from(label) >= classes) {
        let message = format!("label {i} is {}, the set has {classes} classes (0 to {})", idx.data[i], classes - 1);
        return wrong("labels", message);
    }
    Ok(idx.data.to_vec())
}

/// Checks that a file of labels goes with a file of images.
pub fn check_counts(images_file: &str, images: usize, labels_file: &str, labels: usize) -> Result<()> {
    if images == labels {
        return Ok(());
    }
    let message =
        format!("{labels} labels for the {images} images in {images_file}; use the pair that belongs together");
    Err(Error::Data { file: labels_file.into(), field: "count", message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field_and_message<T: std::fmt::Debug>(result: Result<T>) -> (&'static str, String) {
        match result {
            Err(Error::Data { file, field, message }) => {
                assert_eq!(file, "f.idx");
                (field, message)
            }
            other => panic!("a data error was expected, got {other:?}"),
        }
    }

    #[test]
    fn reads_what_was_written() {
        let bytes = write(&[2, 3], &[1, 2, 3, 4, 5, 6]);
        let idx = Idx::parse("f.idx", &bytes).unwrap();
        assert_eq!((idx.dims.as_slice(), idx.data), (&[2, 3][..], &[1, 2, 3, 4, 5, 6][..]));
    }

    #[test]
    fn reads_images_and_labels() {
        let images = read_images("f.idx", write(&[2, 1, 3], &[1, 2, 3, 4, 5, 6])).unwrap();
        assert_eq!(images, Images { count: 2, height: 1, width: 3, pixels: vec![1, 2, 3, 4, 5, 6] });
        assert_eq!(read_labels("f.idx", &write(&[2], &[0, 9]), 10).unwrap(), [0, 9]);
    }

    #[test]
    fn every_fault_is_named() {
        let good = write(&[2, 3], &[0; 6]);
        let with = |at: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[at] = value;
            bytes
        };
        let cases: [(Vec<u8>, &str, &str); 10] = [
            (vec![], "magic number", "0 bytes"),
            (with(0, 0x1f), "magic number", "1f 00"),
            (vec![0x1f, 0x8b, 8, 0], "magic number", "gzip"),
            (with(2, 0x0D), "element type", "32-bit floats"),
            (with(2, 0x42), "element type", "does not have"),
            (with(3, 0), "dimensions", "says 0"),
            (with(3, 5), "dimensions", "says 5"),
            (good[..9].to_vec(), "dimensions", "12 bytes"),
            (good[..good.len() - 1].to_vec(), "length", "truncated: [2, 3] needs 6 bytes of data, the file has 5"),
            ([&good[..], &[0, 0]].concat(), "length", "too long: [2, 3] needs 6 bytes of data, the file has 8"),
        ];
        for (bytes, field, part) in cases {
            let (found_field, message) = field_and_message(Idx::parse("f.idx", &bytes));
            assert_eq!(found_field, field, "{message}");
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_product_that_overflows_is_refused() {
        let mut bytes = vec![0, 0, 8, 4];
        bytes.extend([0xff; 16]);
        let (field, message) = field_and_message(Idx::parse("f.idx", &bytes));
        assert_eq!(field, "dimensions");
        assert!(message.contains("4294967295"), "{message}");
    }

    #[test]
    fn images_and_labels_have_their_own_rules() {
        assert_eq!(field_and_message(read_images("f.idx", write(&[6], &[0; 6]))).0, "dimensions");
        assert_eq!(field_and_message(read_images("f.idx", write(&[0, 28, 28], &[]))).0, "dimensions");
        assert_eq!(field_and_message(read_labels("f.idx", &write(&[1, 1], &[0]), 10)).0, "dimensions");
        let (field, message) = field_and_message(read_labels("f.idx", &write(&[3], &[1, 2, 10]), 10));
        assert_eq!((field, message.as_str()), ("labels", "label 2 is 10, the set has 10 classes (0 to 9)"));
        assert!(check_counts("a", 3, "f.idx", 3).is_ok());
        let (field, message) = field_and_message(check_counts("a", 3, "f.idx", 2));
        assert_eq!(field, "count");
        assert!(message.contains("2 labels for the 3 images"), "{message}");
    }
}
