//! What the presets of pairs have in common.

use crate::gan::{
    Architecture, Bound, CGAN, DCGAN, GAN, Goal, Initialization, Labels, Norm, OptimizerKind, Preset, Recipe,
};
use crate::nn::AdversarialLoss;

/// Fully connected networks.
pub(super) const MLP: Recipe = Recipe::BASE;

pub(super) const CONVOLUTIONAL: Recipe =
    Recipe { architecture: Architecture::Dcgan, discriminator_norm: Norm::Batch, ..MLP };

pub(super) const POINTS: Recipe = Recipe {
    architecture: Architecture::Plane,
    latent_dim: 2,
    batch_size: 256,
    generator_norm: Norm::None,
    initialization: Initialization::FanIn,
    ..MLP
};

/// Points that come to rest: no momentum, which loses modes; rates that fall to 0 over the last fifth of the run; and samples
/// from an average, because the networks' own follow each swing of the game.
pub(super) const SETTLING: Recipe =
    Recipe { beta1: 0.0, beta2: 0.9, average: 0.99, decay_until: STEPS_OF_POINTS as u32, decay_from: 0.8, ..POINTS };

pub(super) const DIRAC: Recipe = Recipe {
    architecture: Architecture::Dirac,
    // With this loss the distance from the equilibrium stays the same; the non-saturating one creeps inwards.
    loss: AdversarialLoss::Minimax,
    latent_dim: 1,
    batch_size: 2,
    generator_norm: Norm::None,
    optimizer: OptimizerKind::Sgd,
    beta1: 0.0,
    ..MLP
};

/// What most image presets share.
pub(super) const DIGITS: Preset = Preset {
    key: "",
    name: "",
    algorithm: &DCGAN,
    note: "",
    data: "mnist",
    examples: 0,
    recipe: CONVOLUTIONAL,
    own: &[],
    generator_learning_rate: 2e-4,
    discriminator_learning_rate: 2e-4,
    provokes: None,
    look_for: "",
    pace: None,
    budget: 1_000_000,
    goals: &[],
};

/// Steps after which worlds of points are judged.
pub(super) const STEPS_OF_POINTS: u64 = 4_000;

/// What most presets of points share.
pub(super) const PLANE: Preset = Preset {
    algorithm: &GAN,
    data: "ring8",
    recipe: POINTS,
    generator_learning_rate: 1e-3,
    discriminator_learning_rate: 1e-3,
    budget: STEPS_OF_POINTS * 256,
    ..DIGITS
};

/// What the presets share that come to legible digits with the least arithmetic: the class by projection, many small steps
/// at high rates, a discriminator that is smaller and slower than the generator, and an average for samples.
pub(super) const QUICK: Preset = Preset {
    algorithm: &CGAN,
    recipe: Recipe {
        latent_dim: 16,
        batch_size: 16,
        labels: Labels::Projection,
        generator_channels: 16,
        discriminator_channels: 8,
        initialization: Initialization::FanIn,
        beta2: 0.99,
        average: 0.99,
        ..CONVOLUTIONAL
    },
    generator_learning_rate: 8e-3,
    discriminator_learning_rate: 2e-3,
    budget: 60_000,
    ..DIGITS
};

pub(super) const fn nfd_within(most: f64, images: u64) -> Goal {
    Goal { value: "nfd", bound: Bound::AtMost(most), images }
}
