//! WGAN: Arjovsky, Chintala and Bottou, "Wasserstein generative adversarial networks", ICML 2017.
//!
//! The discriminator becomes a critic that measures how far fakes are from real examples: its score has no sigmoid, and
//! the difference of the mean scores estimates the Wasserstein distance, up to the factor by which the critic is steeper
//! than 1. So there is a curve to watch that falls as samples get better, and a gradient even where the two do not overlap.
//! What it adds to the GAN before is the loss, and the clip that keeps the critic from being steep.
//!
//! The training step, Algorithm 1 (in `pair.rs`):
//!
//! 1. `n_critic` times (100 times at the start): sample x and z; the critic ascends D(x) - D(G(z)) by RMSprop, whose
//!    gradients have no momentum; each weight is clipped to [-c, c]
//! 2. sample z; G ascends D(G(z))
//!
//! There is a price: with a clip most weights end at -c or c, and the critic is a simpler function than it might be.

use super::choices::{OptimizerKind, Penalty};
use super::recipe::Recipe;
use crate::nn::AdversarialLoss;

/// Turns a recipe into one with the paper's game.
pub(crate) const fn with_clip(recipe: Recipe) -> Recipe {
    Recipe {
        loss: AdversarialLoss::Wasserstein,
        penalty: Penalty::None,
        penalty_weight: 0.0,
        weight_clip: 0.01,
        n_critic: 5,
        critic_warmup: true,
        optimizer: OptimizerKind::RmsProp,
        beta1: 0.0,
        beta2: 0.99,
        ..recipe
    }
}
