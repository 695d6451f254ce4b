//! What tables say of algorithms and of the presets that a run starts from.

use super::recipe::Recipe;
use crate::game::{Entry, Measure};

/// An algorithm, or an application of one.
#[derive(Clone, Copy, Debug)]
pub struct Algorithm {
    pub key: &'static str,
    pub name: &'static str,
    pub year: u32,
    pub paper: &'static str,
    /// The idea in one sentence.
    pub summary: &'static str,
    /// What it adds to the ones before.
    pub adds: &'static str,
    /// What to look for while it trains.
    pub watch: &'static str,
    /// How its game is built; None for those that are a pair of networks mixed from a recipe.
    pub entry: Option<&'static Entry>,
}

impl Algorithm {
    /// The measures that only its game has.
    pub fn measures(&self) -> &'static [Measure] {
        self.entry.map_or(&[], |entry| entry.measures)
    }
}

impl PartialEq for Algorithm {
    fn eq(&self, other: &Algorithm) -> bool {
        self.key == other.key
    }
}

/// A start for a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Name in links, attributes and on the command line.
    pub key: &'static str,
    /// Name on the page.
    pub name: &'static str,
    pub algorithm: &'static Algorithm,
    /// What this preset shows, where that is more than its algorithm on its data.
    pub note: &'static str,
    /// Key of its data set: `mnist`, or a world of points.
    pub data: &'static str,
    /// Training examples that are used; 0 for all.
    pub examples: u32,
    pub recipe: Recipe,
    /// Values of the game's own settings, where they are not the defaults.
    pub own: &'static [(&'static str, f32)],
    pub generator_learning_rate: f32,
    pub discriminator_learning_rate: f32,
    /// For an exhibit: the defect that it provokes, as the doctor calls it.
    pub provokes: Option<&'static str>,
    /// For an exhibit: what shows the defect, in a sentence; else empty.
    pub look_for: &'static str,
    /// For an exhibit: steps a second at which the defect can be watched; `None` for full speed.
    pub pace: Option<u32>,
    /// Real examples, repetitions counted, after which it is judged.
    pub budget: u64,
    /// What it shall have reached by then.
    pub goals: &'static [Goal],
}

/// A figure that a preset is held to, by its name in an evaluation's report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    pub value: &'static str,
    pub bound: Bound,
    /// Real examples after which it holds; 0 for the preset's budget.
    pub images: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// What a run of a preset reached; `ganvas measure --record` writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// The preset's key.
    pub preset: &'static str,
    pub seed: u32,
    pub steps: u32,
    /// Real examples, repetitions counted.
    pub images: u64,
    /// Of training, on that backend and adapter.
    pub seconds: f64,
    pub backend: &'static str,
    pub adapter: &'static str,
    pub nfd: Option<f64>,
    /// The preset's goals in words, and what was reached.
    pub figures: &'static [(&'static str, Option<f64>)],
    /// Keys of the landmarks that it came past, with the step at which each was first seen.
    pub landmarks: &'static [(&'static str, u32)],
}

/// A run of a preset that comes with the page, as weights that a visitor can start from; `ganvas weights` writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trained {
    /// The preset's key. The file is `www/trained/PRESET.safetensors`.
    pub preset: &'static str,
    pub steps: u32,
    /// Of the file.
    pub size_bytes: u32,
    /// The preset's goals in words, and what these very weights reach.
    pub figures: &'static [(&'static str, Option<f64>)],
}

impl Preset {
    /// Whether it is a generator and a discriminator, mixed from a recipe.
    pub const fn is_pair(&self) -> bool {
        self.algorithm.entry.is_none()
    }

    /// What presets of games that are no pair have in common: digits, Adam, and a budget of so many steps.
    pub const fn of_game(
        key: &'static str,
        name: &'static str,
        algorithm: &'static Algorithm,
        recipe: Recipe,
        steps: u64,
    ) -> Preset {
        Preset {
            key,
            name,
            algorithm,
            note: "",
            data: "mnist",
            examples: 0,
            budget: steps * recipe.batch_size as u64,
            recipe,
            own: &[],
            generator_learning_rate: 2e-4,
            discriminator_learning_rate: 2e-4,
            provokes: None,
            look_for: "",
            pace: None,
            goals: &[],
        }
    }
}

impl Goal {
    /// At the end of the preset's budget.
    pub const fn at_most(value: &'static str, most: f64) -> Goal {
        Goal { value, bound: Bound::AtMost(most), images: 0 }
    }

    /// At the end of the preset's budget.
    pub const fn at_least(value: &'static str, least: f64) -> Goal {
        Goal { value, bound: Bound::AtLeast(least), images: 0 }
    }
}

impl Bound {
    /// Whether a value keeps to it.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Bound::AtMost(most) => value <= most,
            Bound::AtLeast(least) => value >= least,
        }
    }
}
