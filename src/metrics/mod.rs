//! Metrics of what a generator draws: functions over slices, with no backend, no graph and no page; and the classifier that
//! no GAN ever sees, whose features and classes most of them look at.
//!
//! Images, features and probabilities are row-major, one row a sample. All sums run in f64 (or in integers, which are
//! exact) and in one order, so a number is the same on every machine up to the last digits of `ln` and `exp`.
//! Slow ones are objects with `advance(budget) -> done`, so that a page can spread them over many short calls.
//!
//! NaN is not hidden: a mean over it is NaN, and a sample with a NaN belongs to no class and has no neighbour. Nothing
//! panics. Too few samples, or slices that do not fit, are [`Error::Metric`] with the number that is needed.

/// Classifier score, class histogram, confidence and conditional accuracy, from a classifier's probabilities.
pub mod classes;
/// How different the images of a batch are from each other, and the birthday test for the size of the support.
pub mod diversity;
/// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations.
pub mod eigen;
/// The Frechet distance between Gaussians fitted to the features of two sets, and its unit: one class missing.
pub mod frechet;
/// The classifier of digits that judges generated images.
pub mod judge;
/// Precision, recall, density and coverage: how two sets of features lie in each other's neighbourhoods.
pub mod manifold;
/// How many modes of a two-dimensional world the samples reach, how evenly, and how many samples lie in one.
pub mod modes;
/// The nearest training image of each sample, and whether the distances speak of copying.
pub mod neighbours;
mod pixels;
/// Judges of sets that are drawn: what they see in a picture, column by column.
pub mod set_judge;
/// Mean power spectrum of images, and the checkerboard energy in it.
pub mod spectrum;
/// The structural similarity of images.
pub mod ssim;
/// Mean, standard deviation, median, percentiles, and Spearman's rank correlation.
pub mod statistics;

use crate::{Error, Result};

/// How many rows of `width` numbers `values` holds; an error if the last row is not whole.
pub(crate) fn rows<T>(metric: &'static str, values: &[T], width: usize) -> Result<usize> {
    if width == 0 || !values.len().is_multiple_of(width) {
        let message = format!("{} numbers do not make whole rows of {width}", values.len());
        return Err(Error::metric(metric, message));
    }
    Ok(values.len() / width)
}

/// An error that says how many samples are needed, if there are fewer.
pub(crate) fn enough(metric: &'static str, have: usize, need: usize) -> Result<()> {
    if have >= need {
        return Ok(());
    }
    Err(Error::metric(metric, format!("{have} samples are too few; at least {need} are needed")))
}
