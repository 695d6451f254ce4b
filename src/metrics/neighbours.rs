//! The nearest training image of each sample: does the generator draw, or does it copy?
//!
//! Distances are L2 over all pixels, with pixels in [0, 1]. Samples are compared as the bytes that a screen shows, in
//! integers, so the answer is the exact nearest image, the same everywhere.

use super::pixels::{Grid, Images, distance};
use super::{enough, rows, statistics};
use crate::{Error, Result};

const METRIC: &str = "nearest training image";

/// A training image and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Row in the data set; the first of several that are equally near.
    pub index: usize,
    /// L2 over pixels in [0, 1].
    pub distance: f64,
}

/// The search for the nearest training image of each sample, a few training images at a time.
///
/// Beside 2,000 samples of 28 x 28 one training image takes about 0.2 ms in WebAssembly, and twice that while the
/// nearest so far are still far: 12 s for all 60,000.
///
/// ```
/// # use ganvas::metrics::neighbours::NearestSearch;
/// # let (samples, data) = (vec![0.0; 4], vec![0, 0, 0, 255, 128, 128, 128, 127]);
/// let mut search = NearestSearch::new(&samples, [2, 2], 2)?;
/// while !search.advance(&data, 100)? { /* let the page live */ }
/// assert_eq!(search.nearest()[0].unwrap().index, 1);
/// # Ok::<(), ganvas::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct NearestSearch {
    samples: Images,
    /// Squared distance in byte units of the nearest images so far, and their rows: `few` for each sample, in order.
    best: Vec<(u32, usize)>,
    few: usize,
    count: usize,
    done: usize,
}

impl NearestSearch {
    /// For `samples` of shape `[n, height, width]` with values in [-1, 1], among `count` training images.
    pub fn new(samples: &[f32], size: [usize; 2], count: usize) -> Result<Self> {
        NearestSearch::few(samples, size, count, 1)
    }

    /// The same for the `few` nearest of each sample, or all where there are not so many.
    pub fn few(samples: &[f32], size: [usize; 2], count: usize, few: usize) -> Result<Self> {
        let few = few.min(count).max(1);
        let samples = Images::new(METRIC, samples, size)?;
        enough(METRIC, samples.len(), 1)?;
        enough(METRIC, count, 1)?;
        let best = vec![(u32::MAX, 0); few * samples.len()];
        Ok(NearestSearch { samples, best, few, count, done: 0 })
    }

    /// For samples that are bytes already, such as test images, shape `[n, height, width]`.
    pub fn of_bytes(samples: &[u8], size: [usize; 2], count: usize) -> Result<Self> {
        let values: Vec<f32> = samples.iter().map(|&byte| f32::from(byte) / 127.5 - 1.0).collect();
        NearestSearch::new(&values, size, count)
    }

    /// Looks at the next `budget` of the training images, shape `[count, height, width]`; true when all are seen.
    /// Every call takes the same, whole `data`.
    pub fn advance(&mut self, data: &[u8], budget: usize) -> Result<bool> {
        let grid: Grid = self.samples.grid;
        let count = rows(METRIC, data, grid.pixels())?;
        if count != self.count {
            let message = format!("{count} training images were given to a search among {}", self.count);
            return Err(Error::metric(METRIC, message));
        }
        let end = count.min(self.done.saturating_add(budget));
        let mut cells = vec![0; grid.cells()];
        for index in self.done..end {
            let bytes = &data[index * grid.pixels()..][..grid.pixels()];
            grid.sum_cells(bytes, &mut cells);
            for (sample, best) in self.best.chunks_exact_mut(self.few).enumerate() {
                let last = self.few - 1;
                if let Some(square) = self.samples.nearer(sample, bytes, &cells, best[last].0) {
                    // Behind those that are as near, which came before.
                    let place = best.iter().position(|nearer| nearer.0 > square).unwrap_or(last);
                    best[place..].rotate_right(1);
                    best[place] = (square, index);
                }
            }
        }
        self.done = end;
        Ok(end == count)
    }

    /// Share of the training images seen, in [0, 1].
    pub fn progress(&self) -> f64 {
        self.done as f64 / self.count as f64
    }

    /// For each sample the nearest of the images seen so far, few of them where few were asked for, the nearest first; none
    /// where not so many have been seen, and none for a sample with a NaN.
    pub fn nearest(&self) -> Vec<Option<Nearest>> {
        let found = |(sample, &(square, index)): (usize, &(u32, usize))| {
            let known = self.done > sample % self.few && !self.samples.is_broken(sample / self.few);
            known.then(|| Nearest { index, distance: distance(square) })
        };
        self.best.iter().enumerate().map(found).collect()
    }
}

/// Distances to the nearest training image, in short; L2 over pixels in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Memorisation {
    pub median: f64,
    pub mean: f64,
    pub fifth_percentile: f64,
    pub minimum: f64,
}

impl Memorisation {
    /// Of the distances of all samples. Copies show as a median, or a 5th percentile, far below that of images that the
    /// generator cannot have seen, such as [`MNIST_TEST`]. Larger distances are no fault: they only say that samples
    /// are unlike any one training image, for better or worse.
    pub fn of(distances: &[f64]) -> Result<Self> {
        Ok(Memorisation {
            median: statistics::median(distances)?,
            mean: statistics::mean(distances)?,
            fifth_percentile: statistics::percentile(distances, 5.0)?,
            minimum: statistics::percentile(distances, 0.0)?,
        })
    }
}

/// The same from MNIST's 10,000 test digits to its 60,000 training digits: what honest distances look like. They grow
/// if there are fewer training digits. (Measured with this search; `tests/metrics/images.rs` measures it again.)
pub const MNIST_TEST: Memorisation =
    Memorisation { median: 4.335, mean: 4.218, fifth_percentile: 1.664, minimum: 0.827 };
