//! Data sets: where the real images come from, how they are read, and what is known about them.
//!
//! This is the leftmost module of the flow, so it uses only the error type and the random numbers, and holds no graph,
//! no device and no page. A data set is either read from a packed file ([`pack`]) or generated ([`procedural`]); which
//! of the two is written in the set itself, so that a run can never train on one thing and name another.

pub mod domains;
mod examples;
pub mod groups;
pub mod idx;
pub mod mnist;
pub mod pack;
pub mod points;
pub mod procedural;
mod sets;
mod table;

pub use examples::{DRAWN, DataShape, Examples, Form, HELD_OUT, POINT_STEPS, POINT_ZERO, encode};
pub use groups::Groups;
pub use sets::{Column, SetShape};
pub use table::{Arrangement, MNIST, SETS, SetRow};

use sha2::{Digest, Sha256};

/// Labelled grey images, split into a training and a test part, with a statement of where they came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// What the set is called on the page, for instance `MNIST`.
    pub name: String,
    /// Training pixels, shape `[count, height, width]`, row major, one byte each: 0 is background, 255 is full ink.
    pub images: Vec<u8>,
    /// Training labels, shape `[count]`, each below `classes`.
    pub labels: Vec<u8>,
    /// Number of training images.
    pub count: usize,
    /// Test pixels, shape `[test_count, height, width]`, in the same form as `images`.
    pub test_images: Vec<u8>,
    /// Test labels, shape `[test_count]`.
    pub test_labels: Vec<u8>,
    /// Number of test images.
    pub test_count: usize,
    /// Height of every image in pixels.
    pub height: usize,
    /// Width of every image in pixels.
    pub width: usize,
    /// Number of classes; labels run from 0 to `classes - 1`.
    pub classes: usize,
    /// SHA-256 in hexadecimal of the training images as an uncompressed IDX file (its 16 header bytes included), so
    /// that a published file can be compared with `sha256sum`.
    pub checksum: String,
    /// Who made the images and where this copy comes from.
    pub source: String,
    /// Under which terms the images are passed on.
    pub licence: String,
    /// Size in bytes of the packed file that was read; 0 for a generated set.
    pub size_bytes: usize,
    /// True if the images were drawn by this program.
    pub generated: bool,
    /// Something the reader of the page should know about the set; may be empty.
    pub note: String,
}

/// `wanted` rows evenly out of `count`, or all if there are fewer. Neighbours in a data set may be alike: the two halves of
/// MNIST's test set are by different writers.
pub fn spread(count: usize, wanted: usize) -> impl Iterator<Item = usize> + Clone {
    (0..count).step_by((count / wanted).max(1)).take(wanted)
}

/// SHA-256 as 64 hexadecimal digits.
pub(crate) fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of some bytes as 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_is_the_published_function() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
