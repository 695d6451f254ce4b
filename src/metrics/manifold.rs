//! Precision, recall, density and coverage: how two sets of features lie in each other's neighbourhoods.
//!
//! Around each sample is a ball that reaches to its k-th nearest neighbour in its own set. Precision and recall are
//! Kynkaanniemi et al., "Improved precision and recall metric for assessing generative models" (2019); density and
//! coverage are Naeem et al., "Reliable fidelity and diversity metrics for generative models" (2020). As in the
//! authors' code (`prdc`), a point on a ball's surface is outside, and one k holds for all four.

use super::{enough, rows};
use crate::{Error, Result};
use ganvas_loops::distances::{CHUNK, nearer};

const METRIC: &str = "precision and recall";

/// The k of Naeem et al. and of `prdc`. (Kynkaanniemi et al. take 3.)
pub const NEAREST_K: usize = 5;

/// The four numbers. All but density are shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prdc {
    /// Share of samples that lie in some real image's ball: are they realistic?
    pub precision: f64,
    /// Share of real images that lie in some sample's ball: can the generator reach them?
    pub recall: f64,
    /// Mean number of real balls around a sample, over k: like precision, but one outlier with a huge ball counts
    /// little. It can be above 1.
    pub density: f64,
    /// Share of real images with a sample in their ball: like recall, but judged by the real images' balls.
    pub coverage: f64,
}

/// The measurement of a [`Prdc`], a few rows at a time.
///
/// With 2,000 real images, 2,000 samples and 64 features there are 6,000 rows of about 0.08 ms each in WebAssembly.
///
/// Samples and real images should be equally many. A row with a NaN has no neighbour and is nobody's: it lowers the
/// shares. Copies of one sample have balls of radius 0, in which nothing lies, so a generator that always draws the
/// same real image has precision 1 and recall 0.
#[derive(Debug, Clone)]
pub struct Measurement {
    real: Set,
    fake: Set,
    k: usize,
    /// Rows done: the real set's, then the samples' balls, then the samples against all real images.
    done: usize,
    precise: usize,
    balls: usize,
    recalled: Vec<bool>,
    covered: Vec<bool>,
}

/// One set of features and its balls.
#[derive(Debug, Clone)]
struct Set {
    /// Shape `[n, width]` padded to whole chunks.
    features: Vec<f64>,
    width: usize,
    /// Squared radius of each row's ball; NaN if it has fewer than k neighbours.
    squares: Vec<f64>,
}

impl Set {
    fn new(features: &[f32], width: usize, k: usize) -> Result<Self> {
        let count = rows(METRIC, features, width)?;
        if k == 0 {
            return Err(Error::metric(METRIC, "k is 0; at least 1 is needed"));
        }
        enough(METRIC, count, k.saturating_add(1))?;
        let padded = width.next_multiple_of(CHUNK);
        let mut wide = vec![0.0; count * padded];
        for (to, from) in wide.chunks_exact_mut(padded).zip(features.chunks_exact(width)) {
            to.iter_mut().zip(from).for_each(|(to, &from)| *to = f64::from(from));
        }
        Ok(Set { features: wide, width: padded, squares: vec![f64::NAN; count] })
    }

    fn len(&self) -> usize {
        self.squares.len()
    }

    fn row(&self, index: usize) -> &[f64] {
        &self.features[index * self.width..][..self.width]
    }

    /// The squared distance of row `index` to its k-th nearest neighbour.
    fn square(&self, index: usize, k: usize) -> f64 {
        let row = self.row(index);
        // In order, nearest first; the row itself is not its neighbour.
        let mut nearest = vec![f64::INFINITY; k];
        for (_, other) in self.features.chunks_exact(self.width).enumerate().filter(|&(other, _)| other != index) {
            if let Some(square) = nearer(row, other, nearest[k - 1]) {
                let place = nearest.partition_point(|&known| known <= square);
                nearest[place..].rotate_right(1);
                nearest[place] = square;
            }
        }
        if nearest[k - 1] == f64::INFINITY { f64::NAN } else { nearest[k - 1] }
    }
}

impl Measurement {
    /// Of features of shapes `[n, width]` and `[m, width]`, with balls that reach to the `k`-th neighbour (at least 1,
    /// see [`NEAREST_K`]). Each set needs more than k rows.
    pub fn new(real: &[f32], fake: &[f32], width: usize, k: usize) -> Result<Self> {
        let (real, fake) = (Set::new(real, width, k)?, Set::new(fake, width, k)?);
        let unseen = vec![false; real.len()];
        let (recalled, covered) = (unseen.clone(), unseen);
        Ok(Measurement { real, fake, k, done: 0, precise: 0, balls: 0, recalled, covered })
    }

    /// Compares the next `budget` rows with a whole set; true when all is done. There are n + 2 m rows.
    pub fn advance(&mut self, budget: usize) -> bool {
        let (real, fake) = (self.real.len(), self.fake.len());
        let end = (real + 2 * fake).min(self.done.saturating_add(budget));
        for row in self.done..end {
            if row < real {
                self.real.squares[row] = self.real.square(row, self.k);
            } else if row < real + fake {
                self.fake.squares[row - real] = self.fake.square(row - real, self.k);
            } else {
                self.meet(row - real - fake);
            }
        }
        self.done = end;
        end == real + 2 * fake
    }

    /// One sample against all real images.
    fn meet(&mut self, sample: usize) {
        let (row, reach) = (self.fake.row(sample), self.fake.squares[sample]);
        let mut around = 0;
        for (index, real) in self.real.features.chunks_exact(self.real.width).enumerate() {
            let ball = self.real.squares[index];
            // `max` takes the other of a NaN, and what is compared with a NaN below is not smaller.
            let Some(square) = nearer(row, real, ball.max(reach)) else { continue };
            if square < ball {
                around += 1;
                self.covered[index] = true;
            }
            if square < reach {
                self.recalled[index] = true;
            }
        }
        self.precise += usize::from(around > 0);
        self.balls += around;
    }

    /// Share of the rows done, in [0, 1].
    pub fn progress(&self) -> f64 {
        self.done as f64 / (self.real.len() + 2 * self.fake.len()) as f64
    }

    /// The four numbers, once all is done.
    pub fn finish(&self) -> Option<Prdc> {
        let (real, fake) = (self.real.len() as f64, self.fake.len() as f64);
        let share = |hit: &[bool]| hit.iter().filter(|&&hit| hit).count() as f64 / real;
        (self.done == self.real.len() + 2 * self.fake.len()).then(|| Prdc {
            precision: self.precise as f64 / fake,
            recall: share(&self.recalled),
            density: self.balls as f64 / (self.k as f64 * fake),
            coverage: share(&self.covered),
        })
    }
}

/// The whole measurement at once; for arguments and meaning see [`Measurement::new`].
pub fn prdc(real: &[f32], fake: &[f32], width: usize, k: usize) -> Result<Prdc> {
    let mut measurement = Measurement::new(real, fake, width, k)?;
    measurement.advance(usize::MAX);
    Ok(measurement.finish().expect("all rows are done"))
}
