//! Tests of the packed file: what is written is read back, and no damage goes unnoticed or panics.

use super::*;
use crate::data::sha256;

/// A small set with enough structure that its compressed form is a few kilobytes.
fn small_files() -> [Vec<u8>; 4] {
    let pixels = |count: usize, salt: usize| -> Vec<u8> {
        (0..count * 6 * 5).map(|i| ((i * i + salt * i) % 251) as u8).collect()
    };
    let labels = |count: usize| -> Vec<u8> { (0..count).map(|i| (i % 10) as u8).collect() };
    [
        idx::write(&[40, 6, 5], &pixels(40, 3)),
        idx::write(&[40], &labels(40)),
        idx::write(&[20, 6, 5], &pixels(20, 7)),
        idx::write(&[20], &labels(20)),
    ]
}

fn pack_as(name: &str, files: &[Vec<u8>; 4]) -> Result<Vec<u8>> {
    let [a, b, c, d] = files;
    let files: [(&str, &[u8]); 4] = [("train", a), ("train-labels", b), ("test", c), ("test-labels", d)];
    pack(&Contents { name, source: "made up", licence: "none", classes: 10, files })
}

fn small() -> Vec<u8> {
    pack_as("small", &small_files()).unwrap()
}

fn unpack_quietly(bytes: &[u8]) -> Result<Dataset> {
    unpack("small.ganvas", bytes, &mut |_, _| {})
}

fn field_and_message(result: Result<Dataset>) -> (&'static str, String) {
    match result {
        Err(Error::Data { field, message, .. }) => (field, message),
        other => panic!("a data error was expected, got {other:?}"),
    }
}

/// Replaces the header by an edited one and corrects its length.
fn with_header(packed: &[u8], edit: impl Fn(&str) -> String) -> Vec<u8> {
    let length = u32::from_le_bytes(packed[8..12].try_into().unwrap()) as usize;
    let header = edit(std::str::from_utf8(&packed[12..12 + length]).unwrap());
    let mut bytes = packed[..8].to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(&packed[12 + length..]);
    bytes
}

#[test]
fn reads_what_was_packed() {
    let files = small_files();
    let packed = small();
    let mut reports = Vec::new();
    let set = unpack("small.ganvas", &packed, &mut |done, total| reports.push((done, total))).unwrap();
    assert_eq!((set.count, set.test_count, set.height, set.width, set.classes), (40, 20, 6, 5, 10));
    assert_eq!(set.images, files[0][16..]);
    assert_eq!(set.labels, files[1][8..]);
    assert_eq!(set.test_images, files[2][16..]);
    assert_eq!(set.test_labels, files[3][8..]);
    assert_eq!(set.checksum, sha256(&files[0]));
    assert_eq!((set.name.as_str(), set.size_bytes, set.generated), ("small", packed.len(), false));
    let total: usize = files.iter().map(Vec::len).sum();
    assert_eq!((reports[0], *reports.last().unwrap()), ((0, total), (total, total)));
    assert!(reports.is_sorted());
}

#[test]
fn a_truncated_file_is_always_an_error() {
    let packed = small();
    for part in 0..97 {
        let end = packed.len() * part / 97;
        assert!(unpack_quietly(&packed[..end]).is_err(), "{end} of {} bytes were accepted", packed.len());
    }
    for end in [8, 11, 12, 13, packed.len() - 8, packed.len() - 1] {
        let (_, message) = field_and_message(unpack_quietly(&packed[..end]));
        assert!(!message.is_empty());
    }
}

#[test]
fn a_flipped_bit_never_panics_and_never_changes_the_images() {
    let packed = small();
    let good = unpack_quietly(&packed).unwrap();
    for at in 0..packed.len() {
        let mut bytes = packed.clone();
        bytes[at] ^= 1 << (at % 8);
        // Text such as the licence, and gzip's time stamp, carry no checksum: the pixels still must be right.
        if let Ok(set) = unpack_quietly(&bytes) {
            assert_eq!((&set.images, &set.test_images), (&good.images, &good.test_images), "byte {at}");
        }
    }
}

#[test]
fn every_fault_is_named() {
    let packed = small();
    let train_sum = sha256(&small_files()[0]);
    let cases: Vec<(Vec<u8>, &str, String)> = vec![
        (vec![], "magic number", "GANVAS1".into()),
        (b"<!doctype html>".to_vec(), "magic number", "<!doctyp".into()),
        (packed[..10].to_vec(), "header", "truncated".into()),
        (packed[..40].to_vec(), "header", "truncated".into()),
        (packed[..packed.len() / 2].to_vec(), "data", "truncated".into()),
        (packed[..packed.len() - 4].to_vec(), "data", "damaged or missing".into()),
        ([&packed[..], b"more"].concat(), "length", "4 bytes too long".into()),
        (with_header(&packed, |h| h.replace(&train_sum, &"0".repeat(64))), "checksum", train_sum.clone()),
        (with_header(&packed, |h| h.replace("name=small\n", "")), "header", "name is missing".into()),
        (with_header(&packed, |h| h.replace("source=", "sauce=")), "header", "sauce".into()),
        (with_header(&packed, |h| h.replace("classes=10", "classes=0")), "header", "classes".into()),
        (with_header(&packed, |h| h.replace("classes=10", "classes=5")), "labels", "label 5 is 5".into()),
        (with_header(&packed, |h| h.replace("test 616", "test many")), "header", "many".into()),
        (with_header(&packed, |h| h.replace("test 616", "test")), "header", "a name, a size".into()),
        (with_header(&packed, |h| h.replace("test 616", "test 999999999999")), "header", "999999999999".into()),
        (with_header(&packed, |h| h.replace("test 616", "test 100000000")), "length", "cannot be in".into()),
        (with_header(&packed, |h| h.replace("test-labels 28", "test-labels 27")), "checksum", "test-labels".into()),
        (with_header(&packed, |h| h.replace("test-labels 28", "test-labels 29")), "length", "promises".into()),
        (with_header(&packed, |h| h.replace("name=small", "name=MNIST")), "checksum", "calls itself MNIST".into()),
    ];
    for (bytes, field, part) in cases {
        let (found_field, message) = field_and_message(unpack_quietly(&bytes));
        assert_eq!(found_field, field, "{message}");
        assert!(message.contains(&part), "{message} should contain {part}");
    }
    let mut long_header = packed.clone();
    long_header[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(field_and_message(unpack_quietly(&long_header)).1.contains("4294967295"));
}

#[test]
fn pieces_may_end_anywhere_and_too_many_bytes_are_refused_at_once() {
    let packed = small();
    let whole = small_files().concat();
    for length in [1, 7, 616, 5_000] {
        let mut unpacking = Unpacking::new("small.ganvas", &packed, packed.len()).unwrap();
        for piece in whole.chunks(length) {
            unpacking.push(piece).unwrap();
        }
        assert_eq!(unpacking.progress(), (whole.len(), whole.len()));
        assert_eq!(field_and_message(unpacking.push(&[0]).map(|()| panic!("a byte too many was taken"))).0, "length");
    }
    let mut unpacking = Unpacking::new("small.ganvas", &packed, packed.len()).unwrap();
    unpacking.push(&whole[..whole.len() - 1]).unwrap();
    assert_eq!(field_and_message(unpacking.finish()).0, "length");
}

#[test]
fn files_must_fit_each_other() {
    let mut files = small_files();
    files[1] = idx::write(&[39], &[0; 39]);
    assert_eq!(field_and_message(unpack_quietly(&pack_as("x", &files).unwrap())).0, "count");
    let mut files = small_files();
    files[2] = idx::write(&[20, 5, 6], &[0; 600]);
    assert_eq!(field_and_message(unpack_quietly(&pack_as("x", &files).unwrap())).0, "dimensions");
}

#[test]
fn text_that_would_break_the_header_is_not_packed() {
    assert!(pack_as("two\nlines", &small_files()).is_err());
}
