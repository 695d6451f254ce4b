//! Descriptive statistics of a list of numbers. A NaN among them makes every answer NaN.

use super::enough;
use crate::{Error, Result, order};

/// The arithmetic mean.
pub fn mean(values: &[f64]) -> Result<f64> {
    enough("mean", values.len(), 1)?;
    Ok(values.iter().sum::<f64>() / values.len() as f64)
}

/// The standard deviation of a sample: squares over n - 1.
pub fn standard_deviation(values: &[f64]) -> Result<f64> {
    enough("standard deviation", values.len(), 2)?;
    let centre = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    Ok((squares / (values.len() - 1) as f64).sqrt())
}

/// The value below which `percent` of 100 of the values lie, with linear interpolation between neighbours (as
/// `numpy.percentile` does by default).
pub fn percentile(values: &[f64], percent: f64) -> Result<f64> {
    enough("percentile", values.len(), 1)?;
    if !(0.0..=100.0).contains(&percent) {
        return Err(Error::metric("percentile", format!("{percent} is not between 0 and 100")));
    }
    if values.iter().any(|value| value.is_nan()) {
        return Ok(f64::NAN);
    }
    let places = order::by(values.len(), |a, b| values[a].total_cmp(&values[b]));
    let position = percent / 100.0 * (places.len() - 1) as f64;
    let (below, above) = (values[places[position.floor() as usize]], values[places[position.ceil() as usize]]);
    // Equal neighbours need no interpolation, and infinite ones would make it NaN.
    Ok(if below == above { below } else { below + (above - below) * position.fract() })
}

/// The middle value, or the mean of the two middle ones.
pub fn median(values: &[f64]) -> Result<f64> {
    percentile(values, 50.0)
}

/// Ranks from 1; equal values share the mean of their ranks.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let places = order::by(values.len(), |a, b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    // By `==` and not by bits, so that 0 and -0 are equal.
    for tied in places.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = start as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|&index| ranks[index] = shared);
        start += tied.len();
    }
    ranks
}

/// Spearman's rank correlation, in [-1, 1]: Pearson's correlation of the ranks, which also holds with ties.
///
/// NaN if one list is constant (there is no order to agree with) or has a NaN.
pub fn spearman(a: &[f64], b: &[f64]) -> Result<f64> {
    if a.len() != b.len() {
        let message = format!("the lists have {} and {} values; they must be as long as each other", a.len(), b.len());
        return Err(Error::metric("rank correlation", message));
    }
    enough("rank correlation", a.len(), 2)?;
    if a.iter().chain(b).any(|value| value.is_nan()) {
        return Ok(f64::NAN);
    }
    let centre = (a.len() + 1) as f64 / 2.0;
    let (mut product, mut a_square, mut b_square) = (0.0, 0.0, 0.0);
    for (a, b) in ranks(a).into_iter().zip(ranks(b)) {
        product += (a - centre) * (b - centre);
        a_square += (a - centre).powi(2);
        b_square += (b - centre).powi(2);
    }
    Ok(product / (a_square * b_square).sqrt())
}
