//! Mean and covariance of the judge's features.

use super::FEATURES;
use crate::error::{Error, Result};

/// The first two moments of a set of features. In f64: the distance between two sets takes roots of the covariances, whose
/// smallest directions f32 would lose.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// `[FEATURES]`
    pub mean: Vec<f64>,
    /// `[FEATURES, FEATURES]`, the unbiased estimate (divided by n - 1).
    pub covariance: Vec<f64>,
}

impl Moments {
    /// Of rows of features, at least two.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a [f32]> + Clone) -> Result<Moments> {
        let count = rows.clone().count();
        if count < 2 {
            let message = "moments need at least two images";
            return Err(Error::shape("moments", &[&[count, FEATURES]], message));
        }
        let mut mean = vec![0.0; FEATURES];
        for row in rows.clone() {
            mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        mean.iter_mut().for_each(|sum| *sum /= count as f64);
        // The mean goes first, so that nothing large cancels. One half is summed; the other is its mirror.
        let mut covariance = vec![0.0; FEATURES * FEATURES];
        let mut centered = [0.0; FEATURES];
        for row in rows {
            for (value, (&feature, mean)) in centered.iter_mut().zip(row.iter().zip(&mean)) {
                *value = f64::from(feature) - mean;
            }
            for (i, sums) in covariance.chunks_exact_mut(FEATURES).enumerate() {
                sums[i..].iter_mut().zip(&centered[i..]).for_each(|(sum, value)| *sum += centered[i] * value);
            }
        }
        for i in 0..FEATURES {
            for j in i..FEATURES {
                let value = covariance[i * FEATURES + j] / (count - 1) as f64;
                (covariance[i * FEATURES + j], covariance[j * FEATURES + i]) = (value, value);
            }
        }
        Ok(Moments { mean, covariance })
    }
}
