//! How different images of one batch are from each other. Images are `[n, height, width]` with values in [-1, 1];
//! distances are L2 over all pixels, with pixels in [0, 1].

use super::pixels::{Images, distance};
use super::{classes, enough, rows};
use crate::{Error, Result};

/// Distance below which two images of 28 x 28 count as the same. Of 60 batches of 1,000 different MNIST digits 8 have
/// such a pair, and none has one below 1.0.
pub const NEAR_DUPLICATE: f64 = 1.2;

/// Mean distance of two images of a batch, with `pixels` numbers an image. NaN if a pixel is.
///
/// Of 64 MNIST digits it is 10.1 on average; a batch of a collapsed generator has far less. It is dominated by strokes
/// that lie in different places, so it is no measure of how many classes there are.
pub fn mean_pairwise_distance(images: &[f32], pixels: usize) -> Result<f64> {
    let count = rows("pairwise distance", images, pixels)?;
    enough("pairwise distance", count, 2)?;
    let (sum, pairs) = pairwise(images, pixels, |_, _| true);
    Ok(sum / pairs as f64)
}

/// The same over pairs of one class only: does the generator know more than one image of it? `labels` has shape `[n]`.
/// None if no class has two images.
pub fn mean_distance_within_classes(
    images: &[f32],
    pixels: usize,
    labels: &[u8],
    class_count: usize,
) -> Result<Option<f64>> {
    const METRIC: &str = "pairwise distance within classes";
    let count = rows(METRIC, images, pixels)?;
    if labels.len() != count {
        return Err(Error::metric(METRIC, format!("{} labels do not belong to {count} images", labels.len())));
    }
    classes::known(METRIC, labels, class_count)?;
    let (sum, pairs) = pairwise(images, pixels, |a, b| labels[a] == labels[b]);
    Ok((pairs > 0).then(|| sum / pairs as f64))
}

/// Sum of the distances of the wanted pairs, and their number.
fn pairwise(images: &[f32], pixels: usize, wanted: impl Fn(usize, usize) -> bool) -> (f64, usize) {
    let (mut sum, mut pairs) = (0.0, 0);
    for (second, b) in images.chunks_exact(pixels).enumerate() {
        for (first, a) in images.chunks_exact(pixels).enumerate().take(second) {
            if wanted(first, second) {
                let square: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
                // Values in [-1, 1] are twice as far apart as pixels in [0, 1].
                sum += square.sqrt() / 2.0;
                pairs += 1;
            }
        }
    }
    (sum, pairs)
}

/// Two images of a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Their rows, `first < second`.
    pub first: usize,
    pub second: usize,
    /// L2 over pixels in [0, 1].
    pub distance: f64,
}

/// What [`birthday`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Birthday {
    /// Images looked at, those with a NaN left out.
    pub samples: usize,
    /// The closest pairs, closest first, whether duplicates or not.
    pub closest: Vec<Pair>,
    /// Pairs nearer than the threshold.
    pub duplicates: usize,
}

impl Birthday {
    /// A guess at the number of different images that the generator draws: all pairs over the pairs that are
    /// duplicates. None without duplicates.
    ///
    /// If N images are equally likely, one pair in N is a duplicate. Arora and Zhang's rule of thumb is the same
    /// thought: if a batch of s has a duplicate every other time, N is about s^2 (here s^2 / 2 for one duplicate).
    /// Take it as an order of magnitude only. Images are seldom equally likely, and a few favourites make duplicates
    /// long before the rest is exhausted, so it says how many images make up most of what is drawn, not how many there
    /// are. What counts as a duplicate depends on the threshold, so look at the pairs. One duplicate may be chance:
    /// repeat with other batches.
    /// And no duplicate proves nothing beyond "probably more than about s^2 / 2".
    pub fn support(&self) -> Option<f64> {
        let pairs = self.samples as f64 * (self.samples as f64 - 1.0) / 2.0;
        (self.duplicates > 0).then(|| pairs / self.duplicates as f64)
    }
}

/// The birthday test of Arora and Zhang, "Do GANs actually learn the distribution? An empirical study" (2018): near
/// duplicates among s samples, nearer than `threshold` ([`NEAR_DUPLICATE`]), and the `keep` closest pairs.
///
/// The authors let a person judge the closest pairs; a threshold alone calls two thin strokes of the digit 1
/// duplicates sooner than two very similar 8s.
pub fn birthday(images: &[f32], size: [usize; 2], threshold: f64, keep: usize) -> Result<Birthday> {
    const METRIC: &str = "birthday test";
    let images = Images::new(METRIC, images, size)?;
    let whole: Vec<usize> = (0..images.len()).filter(|&index| !images.is_broken(index)).collect();
    enough(METRIC, whole.len(), 2)?;
    let within = (threshold.max(0.0) * 255.0).powi(2).ceil() as u32;
    let mut closest: Vec<(u32, usize, usize)> = Vec::new();
    let mut duplicates = 0;
    for (place, &second) in whole.iter().enumerate() {
        for &first in &whole[..place] {
            // A pair matters if it is a duplicate, or nearer than the last one kept.
            let last = if closest.len() < keep { u32::MAX } else { closest.last().map_or(0, |pair| pair.0) };
            let (bytes, cells) = (images.bytes(second), images.cells(second));
            let Some(square) = images.nearer(first, bytes, cells, last.max(within)) else { continue };
            duplicates += usize::from(distance(square) < threshold);
            if square < last {
                closest.insert(closest.partition_point(|pair| pair.0 <= square), (square, first, second));
                closest.truncate(keep);
            }
        }
    }
    let pair = |(square, first, second)| Pair { first, second, distance: distance(square) };
    Ok(Birthday { samples: whole.len(), closest: closest.into_iter().map(pair).collect(), duplicates })
}
