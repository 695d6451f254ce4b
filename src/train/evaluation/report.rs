//! How much an evaluation looks at, and what it found.

use crate::train::pulse::Pulse;

/// How many samples are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Samples for the Frechet distance, class shares and scores. The distance falls with more samples, so numbers are only
    /// compared at the same effort.
    pub samples: usize,
    /// Of these, compared one by one with as many real images: precision, recall, density, coverage.
    pub compared: usize,
    /// Of these, compared with every training image that is searched.
    pub searched: usize,
    /// Rows whose translations are looked at.
    pub translated: usize,
}

impl Effort {
    /// In the terminal.
    pub const FULL: Effort = Effort { samples: 5_000, compared: 2_000, searched: 200, translated: 1_000 };
    /// In the page, on one thread beside the training.
    pub const PAGE: Effort = Effort { samples: 2_000, compared: 1_000, searched: 64, translated: 128 };
    /// The fewest samples that the Frechet distance of [`FEATURES`] features can be taken of, and be worth it.
    pub(in crate::train) const FEWEST: usize = 500;
}

/// What was measured. None stands for what was not, or cannot be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Steps and real examples that the discriminator had seen.
    pub step: u32,
    pub images: u64,
    pub samples: usize,
    /// Named numbers, in the order in which they are shown.
    pub values: Vec<(&'static str, Option<f64>)>,
    /// The share of each class among the samples; empty for points.
    pub class_shares: Vec<f64>,
    pub pulse: Pulse,
    /// Whether measures were left out because the set that was drawn has no judge here.
    pub lacks_judge: bool,
}

impl Report {
    /// The number of that name.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value)
    }
}
