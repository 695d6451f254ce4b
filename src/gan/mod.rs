//! The algorithms: one file each, readable beside the paper, and the table that lists them.

mod dcgan;
#[allow(clippy::module_inception)]
mod gan;
mod table;

pub use table::{Architecture, PRESETS, Preset};

use crate::error::Result;
use crate::graph::{Adam, Program, Tensor};
use crate::nn::{GeneratorLoss, Scope};

/// What a recipe needs to know of the data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataShape {
    /// Examples.
    pub count: usize,
    pub height: usize,
    pub width: usize,
}

/// The knobs of an adversarial pair that shape its plans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    pub architecture: Architecture,
    pub latent_dim: usize,
    pub batch_size: usize,
    pub generator_loss: GeneratorLoss,
    pub adam: Adam,
}

/// A pair of networks. Images are `[B, 784]` rows of pixels in [-1, 1] on both sides.
struct Networks {
    /// Latent `[B, latent_dim]` to images.
    generator: fn(&mut Scope, Tensor) -> Result<Tensor>,
    /// Images, `groups` batches one after another, to logits `[B, 1]`.
    discriminator: fn(&mut Scope, Tensor, usize) -> Result<Tensor>,
}

/// Plans of a program, by their positions.
pub mod plans {
    /// One discriminator update.
    pub const DISCRIMINATOR: usize = 0;
    /// One generator update.
    pub const GENERATOR: usize = 1;
    /// Images of the latents that `Clocks::sample_seed` and `sample_page` name.
    pub const SAMPLE: usize = 2;
    /// Real images, the same for the same `sample_seed` and `sample_page`.
    pub const REAL: usize = 3;
}

/// Images in one run of the sample and the real plan: a grid of 8 by 8.
pub const GRID_SIDE: usize = 8;

impl Recipe {
    /// Builds the program: the networks' variables and the four plans of [`plans`].
    pub fn program(&self, data: DataShape) -> Result<Program> {
        let networks = match self.architecture {
            Architecture::Mlp => gan::NETWORKS,
            Architecture::Dcgan => dcgan::NETWORKS,
        };
        gan::program(self, &networks, data)
    }
}
