//! R3GAN: Huang, Gokaslan, Kuleshov and Tompkin, "The GAN is dead; long live the GAN! A modern baseline GAN", NeurIPS 2024.
//!
//! A loss with good properties makes the tricks superfluous that GANs were kept alive with. The discriminator looks at a real
//! example and a fake side by side and says which is which, so the generator cannot win by one good fake: each real example
//! that it neglects stands against it (relativistic pairing, Jolicoeur-Martineau 2019). Alone such a game need not settle;
//! with a penalty on the slope at real examples (R1) and at fakes (R2) the paper proves that it does, near the equilibrium.
//! What it adds to the GAN before is that loss and that penalty. What it leaves out: norms in both networks, and momentum.
//!
//! The training step (in `pair.rs`):
//!
//! 1. sample x and z; D descends log(1 + exp(D(G(z)) - D(x))) + gamma / 2 (|grad D(x)|^2 + |grad D(G(z))|^2)
//! 2. sample x and z; G descends log(1 + exp(D(x) - D(G(z))))
//!
//! Both gradients of the penalty come by one way back through D, because real examples and fakes lie in one batch.

use super::choices::{Norm, Penalty};
use super::recipe::Recipe;
use crate::nn::AdversarialLoss;

/// Turns a recipe into one with the paper's game. `gamma` is the weight of its penalty: how flat D is asked to be.
pub(crate) const fn with_pairing(recipe: Recipe, gamma: f32) -> Recipe {
    Recipe {
        loss: AdversarialLoss::Relativistic,
        penalty: Penalty::R1R2,
        penalty_weight: gamma,
        generator_norm: Norm::None,
        discriminator_norm: Norm::None,
        beta1: 0.0,
        ..recipe
    }
}
