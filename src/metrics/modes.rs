//! Modes of a two-dimensional world: how many the samples reach, how evenly, and how many samples lie in one.
//!
//! The measures of VEEGAN (Srivastava et al., 2017) and PacGAN (Lin et al., 2018). A world is a mixture of Gaussians of
//! one `sigma`; a mode may have several centres (a spiral's arm, say).

use super::{enough, rows};
use crate::{Error, Result};

const METRIC: &str = "modes";

/// A sample is of high quality within so many sigma of its nearest centre.
pub const REACH_SIGMAS: f64 = 3.0;

/// Samples a mode needs to count as covered: 0.8 % of all, so 20 of 2,500, and at least one. (PacGAN counts a mode with
/// a single sample; that calls a stray sample a mode.)
pub fn least_samples(samples: usize) -> usize {
    (samples * 8).div_ceil(1000).max(1)
}

/// What the samples reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Modes {
    /// High-quality samples of each mode, shape `[modes]`.
    pub counts: Vec<usize>,
    /// Modes with at least `least` of them.
    pub covered: usize,
    /// Share of all samples that are of high quality.
    pub high_quality: f64,
    /// KL divergence of the histogram `counts` from the uniform one, in nats: 0 if all modes are equally frequent,
    /// ln of their number if only one is. None without a high-quality sample.
    pub divergence: Option<f64>,
}

/// Counts the `samples`, shape `[n, 2]`. `centers` are the world's centres and `modes` the mode of each, from 0; there
/// are as many modes as the largest of these numbers says.
///
/// A sample belongs to its nearest centre (the first of equally near ones) and counts if it is within
/// [`REACH_SIGMAS`] of it. One with a NaN is near nothing.
pub fn modes(samples: &[f32], centers: &[[f32; 2]], modes: &[usize], sigma: f64, least: usize) -> Result<Modes> {
    let count = rows(METRIC, samples, 2)?;
    enough(METRIC, count, 1)?;
    let Some(last) = modes.iter().max().filter(|_| modes.len() == centers.len()) else {
        let message =
            format!("{} centres with the modes of {}; every centre needs its own", centers.len(), modes.len());
        return Err(Error::metric(METRIC, message));
    };
    // More modes than centres cannot all be reached; a wild number would also ask for wild memory.
    if *last >= centers.len() {
        return Err(Error::metric(METRIC, format!("mode {last} among {} centres; some have none", centers.len())));
    }
    if sigma.is_nan() || sigma <= 0.0 {
        return Err(Error::metric(METRIC, format!("sigma is {sigma}; it must be above 0")));
    }
    let reach = (REACH_SIGMAS * sigma).powi(2);
    let mut counts = vec![0; last + 1];
    for sample in samples.chunks_exact(2) {
        let square = |center: &[f32; 2]| {
            (f64::from(sample[0]) - f64::from(center[0])).powi(2)
                + (f64::from(sample[1]) - f64::from(center[1])).powi(2)
        };
        let near = centers.iter().map(square).zip(modes).reduce(|best, next| if next.0 < best.0 { next } else { best });
        if let Some((_, &mode)) = near.filter(|(square, _)| *square <= reach) {
            counts[mode] += 1;
        }
    }
    let good: usize = counts.iter().sum();
    Ok(Modes {
        covered: counts.iter().filter(|&&count| count >= least.max(1)).count(),
        high_quality: good as f64 / count as f64,
        divergence: (good > 0).then(|| divergence(&counts, good)),
        counts,
    })
}

/// `sum of p ln(p M)` of M modes.
fn divergence(counts: &[usize], total: usize) -> f64 {
    let share = |&count: &usize| count as f64 / total as f64;
    let term = |share: f64| share * (share * counts.len() as f64).ln();
    counts.iter().map(share).filter(|&share| share > 0.0).map(term).sum()
}
