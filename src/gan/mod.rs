//! The algorithms: one file each, readable beside the paper.
//!
//! - `recipe.rs`: the ingredients that can be mixed; `choices.rs`: those that are one of a few; `conflicts.rs`: which of
//!   them do not go together
//! - `networks.rs`: what a pair of networks is
//! - `pair.rs`: the training step of two networks that play against each other, made of a recipe's ingredients;
//!   `pair/inspection.rs`: a look inside the two; `pair/pages.rs`: pages of samples and of examples
//! - `inspect.rs`: programs that look at the networks with inputs of the host's
//! - `programs.rs`: from a recipe to its programs
//! - `gan.rs`, `dcgan.rs`, `cgan.rs`, `wgan.rs`, `wgan_gp.rs`, `r3gan.rs`: what each algorithm brings
//! - `cyclegan.rs`, `progan.rs`, `sagan.rs`, `biggan.rs`, `stylegan.rs`: games of their own; `conditional.rs`: what SAGAN and BigGAN share
//! - `projection.rs`: the class in the discriminator's last layer, for any pair
//! - `plane.rs`: the networks for worlds of points, down to the smallest GAN of all
//! - `layers.rs`, `custom.rs`: networks as lists of layers, checked, mended and built
//! - `algorithms.rs`: what is said of the algorithms that are pairs; `preset.rs`: what tables say of algorithms and presets

mod algorithms;
pub(crate) mod biggan;
mod cgan;
mod choices;
pub(crate) mod cogan;
pub(crate) mod conditional;
mod conflicts;
mod custom;
pub(crate) mod cyclegan;
mod dcgan;
#[allow(clippy::module_inception)]
mod gan;
mod inspect;
pub mod layers;
mod networks;
mod pair;
pub(crate) mod patches;
mod plane;
mod preset;
pub(crate) mod progan;
mod programs;
mod projection;
pub(crate) mod r3gan;
mod recipe;
pub(crate) mod sagan;
pub(crate) mod stylegan;
mod trace;
pub(crate) mod wgan;
pub(crate) mod wgan_gp;

pub use crate::game::INPUTS;
pub use algorithms::{CGAN, DCGAN, GAN, R3GAN, WGAN, WGAN_GP};
pub use biggan::BIGGAN;
pub use cgan::CLASSES;
pub use choices::{Architecture, Choice, Initialization, Labels, Norm, OptimizerKind, Penalty, Upsampling, choice_key};
pub use cogan::COGAN;
pub use custom::default_layers;
pub use cyclegan::CYCLEGAN;
pub use inspect::inspector_plans;
pub use pair::{DISCRIMINATOR, GENERATOR, InspectionProgram, METRICS, Part, inspection_plans, one_hot, streams};
pub use preset::{Algorithm, Bound, Goal, Preset, Record, Trained};
pub use progan::PROGAN;
pub use programs::{sized_dcgan, wide_dcgan};
pub use recipe::Recipe;
pub use sagan::SAGAN;
pub use stylegan::STYLEGAN;

/// Plans of a program, by their positions.
pub mod plans {
    /// One discriminator update.
    pub const DISCRIMINATOR: usize = 0;
    /// One generator update.
    pub const GENERATOR: usize = 1;
    /// Samples of the latents that `Clocks::sample_seed` and `sample_page` name, then D's logits for them.
    pub const SAMPLE: usize = 2;
    /// Real examples, the same for the same `sample_seed` and `sample_page`, then D's logits for them.
    pub const REAL: usize = 3;
    /// Held-out examples likewise, where the data set has any.
    pub const HELD_OUT: usize = 4;
}
