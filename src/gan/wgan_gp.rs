//! WGAN-GP: Gulrajani et al., "Improved training of Wasserstein GANs", NeurIPS 2017.
//!
//! The best critic of the WGAN has a gradient of length 1 nearly everywhere between the real examples and the fakes. So
//! ask for just that: a penalty on its gradient at random points in between takes the place of the clip.
//! What it adds to the WGAN before is that penalty, whose own gradient is a second derivative.
//!
//! The training step, Algorithm 1 (in `pair.rs`):
//!
//! 1. `n_critic` times: sample x, z and a number e in [0, 1] for each pair; x' = e x + (1 - e) G(z); the critic
//!    descends D(G(z)) - D(x) + lambda (|grad D(x')| - 1)^2 by Adam
//! 2. sample z; G ascends D(G(z))
//!
//! The penalty (`nn/penalties.rs`) is on the gradient at each single example, so the critic has no batch norm.

use super::choices::{Norm, OptimizerKind, Penalty};
use super::recipe::Recipe;
use crate::nn::AdversarialLoss;

/// Turns a recipe into one with the paper's game. `penalty_weight` is its lambda: 10, and 0.1 for points.
pub(crate) const fn with_penalty(recipe: Recipe, penalty_weight: f32) -> Recipe {
    Recipe {
        loss: AdversarialLoss::Wasserstein,
        penalty: Penalty::Gradient,
        penalty_weight,
        discriminator_norm: Norm::None,
        weight_clip: 0.0,
        n_critic: 5,
        critic_warmup: false,
        optimizer: OptimizerKind::Adam,
        beta1: 0.5,
        beta2: 0.9,
        ..recipe
    }
}
