//! The Frechet distance between two sets of features, each taken as a Gaussian.
//!
//! Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium" (2017), with the
//! features of this project's own classifier. Numbers of different classifiers cannot be compared, so this is never
//! called by the name that belongs to Inception's features, and it is reported in units of a distance measured with
//! the same classifier ([`nfd`]).

use super::{eigen, enough, rows};
use crate::{Error, Result};
use ganvas_loops::distances::add_scaled;

/// Number, mean and covariance of a set of feature rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Number of rows.
    pub count: usize,
    /// Mean of each feature, shape `[d]`.
    pub mean: Vec<f64>,
    /// Covariance over n - 1, shape `[d, d]`, as `numpy.cov` gives it.
    pub covariance: Vec<f64>,
}

/// Gathers [`Moments`] row by row. How the rows are cut into calls makes no difference, not even of rounding.
#[derive(Debug, Clone)]
pub struct Accumulator {
    count: usize,
    mean: Vec<f64>,
    /// Sums of products of deviations, upper triangle.
    scatter: Vec<f64>,
    deviation: Vec<f64>,
}

impl Accumulator {
    /// For rows of `width` features.
    pub fn new(width: usize) -> Self {
        Accumulator { count: 0, mean: vec![0.0; width], scatter: vec![0.0; width * width], deviation: vec![0.0; width] }
    }

    /// Adds rows of shape `[n, d]` by Welford's update (1962), which does not lose digits when the mean is large beside
    /// the spread.
    pub fn add(&mut self, features: &[f32]) -> Result<()> {
        let d = self.mean.len();
        rows("Frechet distance", features, d)?;
        for row in features.chunks_exact(d) {
            self.count += 1;
            let share = 1.0 / self.count as f64;
            for ((deviation, mean), &value) in self.deviation.iter_mut().zip(&mut self.mean).zip(row) {
                *deviation = f64::from(value) - *mean;
                *mean += *deviation * share;
            }
            for i in 0..d {
                let factor = self.deviation[i] * (1.0 - share);
                add_scaled(&mut self.scatter[i * d + i..(i + 1) * d], factor, &self.deviation[i..]);
            }
        }
        Ok(())
    }

    /// How many rows were added.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The moments of all rows so far; a covariance needs two.
    pub fn moments(&self) -> Result<Moments> {
        enough("covariance", self.count, 2)?;
        let d = self.mean.len();
        let over = 1.0 / (self.count - 1) as f64;
        let covariance = (0..d * d).map(|i| self.scatter[(i / d).min(i % d) * d + (i / d).max(i % d)] * over).collect();
        Ok(Moments { count: self.count, mean: self.mean.clone(), covariance })
    }
}

/// `|m1 - m2|^2 + tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2)`, at least 0.
///
/// The root is taken by eigenvalues; those below 0 are rounding and count as 0, so features that are constant or
/// copies of each other do no harm. For the same reason a distance of 0 comes out as up to about 1e-7 of the trace.
/// Both sets need more rows than features: with fewer the covariance is singular because of the number of samples, and
/// the distance would mostly measure that number. Even above it the distance falls with more samples, so compare equal
/// numbers. NaN or infinite features give NaN.
pub fn frechet_distance(a: &Moments, b: &Moments) -> Result<f64> {
    let d = a.mean.len();
    if b.mean.len() != d {
        let message = format!("the sets have {d} and {} features; they must have the same", b.mean.len());
        return Err(Error::metric("Frechet distance", message));
    }
    for moments in [a, b] {
        enough("Frechet distance", moments.count, d + 1)?;
    }
    let apart: f64 = a.mean.iter().zip(&b.mean).map(|(a, b)| (a - b).powi(2)).sum();
    let traces: f64 = (0..d).map(|i| a.covariance[i * d + i] + b.covariance[i * d + i]).sum();
    let root = square_root(&a.covariance, d)?;
    let inner = product(&product(&root, &b.covariance, d), &root, d);
    let common: f64 = eigen::symmetric(&inner, d)?.values.into_iter().map(|value| not_below_zero(value).sqrt()).sum();
    Ok(not_below_zero(apart + traces - 2.0 * common))
}

/// A distance in units of the distance, by the same classifier, between all real training images and those without one
/// class: 1 is as bad as one digit never drawn.
pub fn nfd(distance: f64, one_class_missing: f64) -> Result<f64> {
    if one_class_missing.is_finite() && one_class_missing > 0.0 {
        return Ok(distance / one_class_missing);
    }
    let message = format!("the unit is {one_class_missing}; it must be a distance above 0");
    Err(Error::metric("normalised Frechet distance", message))
}

/// Unlike `max`, lets a NaN through.
fn not_below_zero(value: f64) -> f64 {
    if value < 0.0 { 0.0 } else { value }
}

/// The symmetric root of a covariance, shape `[d, d]`.
fn square_root(matrix: &[f64], d: usize) -> Result<Vec<f64>> {
    let eigen = eigen::symmetric(matrix, d)?;
    let mut root = vec![0.0; d * d];
    for (value, vector) in eigen.values.iter().zip(eigen.vectors.chunks_exact(d)) {
        let value = not_below_zero(*value).sqrt();
        for (row, left) in root.chunks_exact_mut(d).zip(vector) {
            add_scaled(row, value * left, vector);
        }
    }
    Ok(root)
}

/// The product of two `[d, d]` matrices.
fn product(a: &[f64], b: &[f64], d: usize) -> Vec<f64> {
    let mut c = vec![0.0; d * d];
    for (row, out) in a.chunks_exact(d).zip(c.chunks_exact_mut(d)) {
        for (factor, other) in row.iter().zip(b.chunks_exact(d)) {
            add_scaled(out, *factor, other);
        }
    }
    c
}
