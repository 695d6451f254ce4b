//! What a classifier says about samples. Probabilities have shape `[n, classes]`, each row a softmax.
//!
//! A row's class is its largest probability, the first of equal ones. A row with a NaN has no class: it is counted as
//! unclassified, is never right, and makes the score and the mean confidence NaN.

use super::{enough, rows, statistics};
use crate::{Error, Result};

/// `exp(mean over x of KL(p(y|x) || p(y)))`, from 1 to the number of classes.
///
/// The form of the Inception score (Salimans et al., "Improved techniques for training GANs", 2016) with a classifier
/// of the data itself, over all samples at once. High if each sample is surely of one class and all classes are equally
/// frequent; it sees neither copies nor what differs within a class.
pub fn classifier_score(probabilities: &[f32], classes: usize) -> Result<f64> {
    let count = rows("classifier score", probabilities, classes)?;
    enough("classifier score", count, 2)?;
    let mut marginal = vec![0.0f64; classes];
    for row in probabilities.chunks_exact(classes) {
        marginal.iter_mut().zip(row).for_each(|(sum, &p)| *sum += f64::from(p));
    }
    marginal.iter_mut().for_each(|sum| *sum /= count as f64);
    let divergence: f64 = probabilities.chunks_exact(classes).map(|row| kl(row, &marginal)).sum();
    Ok((divergence / count as f64).exp())
}

/// KL divergence of a row from the marginal distribution, in nats. `0 ln 0` is 0.
fn kl(row: &[f32], marginal: &[f64]) -> f64 {
    let term = |(&p, q): (&f32, &f64)| if p == 0.0 { 0.0 } else { f64::from(p) * (f64::from(p) / q).ln() };
    row.iter().zip(marginal).map(term).sum()
}

/// The class of one row, if no probability in it is NaN.
pub(super) fn class(row: &[f32]) -> Option<usize> {
    if row.iter().any(|p| p.is_nan()) {
        return None;
    }
    row.iter().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(class, _)| class)
}

/// How many samples fall into each class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// Samples of each class, shape `[classes]`.
    pub counts: Vec<usize>,
    /// Samples without a class.
    pub unclassified: usize,
}

impl Histogram {
    /// Of the classes that the classifier gives.
    pub fn of_probabilities(probabilities: &[f32], classes: usize) -> Result<Self> {
        rows("class histogram", probabilities, classes)?;
        let mut histogram = Histogram { counts: vec![0; classes], unclassified: 0 };
        for row in probabilities.chunks_exact(classes) {
            match class(row) {
                Some(class) => histogram.counts[class] += 1,
                None => histogram.unclassified += 1,
            }
        }
        Ok(histogram)
    }

    /// Of a data set's labels, shape `[n]`.
    pub fn of_labels(labels: &[u8], classes: usize) -> Result<Self> {
        known("class histogram", labels, classes)?;
        let mut counts = vec![0; classes];
        labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
        Ok(Histogram { counts, unclassified: 0 })
    }

    /// Share of each class among the classified samples, shape `[classes]`; an error if there are none.
    pub fn shares(&self) -> Result<Vec<f64>> {
        let total = self.counts.iter().sum();
        enough("class histogram", total, 1)?;
        Ok(self.counts.iter().map(|&count| count as f64 / total as f64).collect())
    }

    /// Entropy over that of a uniform histogram: 1 if all classes are equally frequent, 0 if there is only one.
    pub fn entropy(&self) -> Result<f64> {
        let shares = self.shares()?;
        enough("entropy of classes", shares.len(), 2)?;
        let entropy: f64 = shares.iter().filter(|&&share| share > 0.0).map(|share| -share * share.ln()).sum();
        // A sum over one class is -0.
        Ok(entropy.abs() / (shares.len() as f64).ln())
    }

    /// Share of the rarest class.
    pub fn smallest_share(&self) -> Result<f64> {
        Ok(self.shares()?.into_iter().fold(1.0, f64::min))
    }

    /// Total variation to another histogram, in [0, 1]: the share of samples that would have to change class.
    pub fn total_variation(&self, reference: &Histogram) -> Result<f64> {
        let (ours, theirs) = (self.shares()?, reference.shares()?);
        if ours.len() != theirs.len() {
            let message = format!("histograms of {} and {} classes cannot be compared", ours.len(), theirs.len());
            return Err(Error::metric("total variation", message));
        }
        Ok(ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0)
    }
}

/// The mean of each sample's largest probability.
pub fn mean_confidence(probabilities: &[f32], classes: usize) -> Result<f64> {
    rows("mean confidence", probabilities, classes)?;
    let confidence = |row: &[f32]| class(row).map_or(f64::NAN, |class| f64::from(row[class]));
    statistics::mean(&probabilities.chunks_exact(classes).map(confidence).collect::<Vec<_>>())
}

/// Share of samples that the classifier puts into the class they were asked to be of; `labels` has shape `[n]`.
pub fn conditional_accuracy(probabilities: &[f32], labels: &[u8], classes: usize) -> Result<f64> {
    let count = rows("conditional accuracy", probabilities, classes)?;
    enough("conditional accuracy", count, 1)?;
    if labels.len() != count {
        let message = format!("{} labels do not belong to {count} samples", labels.len());
        return Err(Error::metric("conditional accuracy", message));
    }
    known("conditional accuracy", labels, classes)?;
    let right = |&(row, &label): &(&[f32], &u8)| class(row) == Some(usize::from(label));
    Ok(probabilities.chunks_exact(classes).zip(labels).filter(right).count() as f64 / count as f64)
}

/// An error if a label is not below `classes`.
pub(crate) fn known(metric: &'static str, labels: &[u8], classes: usize) -> Result<()> {
    let Some(index) = labels.iter().position(|&label| usize::from(label) >= classes) else { return Ok(()) };
    let message = format!("label {} of sample {index} is not below the {classes} classes", labels[index]);
    Err(Error::metric(metric, message))
}
