//! GAN: Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014.
//!
//! A generator learns to forge examples by playing against a discriminator that learns to tell them from real ones.
//! First of its line: no likelihood, no Markov chain, only two networks and back-propagation.
//!
//! The training step, Algorithm 1 (in `pair.rs`):
//!
//! 1. sample noise z and as many real examples x
//! 2. D ascends log D(x) + log(1 - D(G(z))), `n_critic` times
//! 3. sample noise z
//! 4. G descends log(1 - D(G(z))) (minimax), or ascends log D(G(z)), which has a gradient where D is sure
//!    (non-saturating; section 3 of the paper)
//!
//! The networks here are fully connected, with batch norm in the generator.

use super::networks::{Networks, normalize};
use super::projection::{Told, logit};
use super::recipe::Recipe;
use crate::error::Result;
use crate::graph::Tensor;
use crate::nn::Scope;

pub(super) const NETWORKS: Networks = Networks { generator, discriminator };

fn generator(scope: &mut Scope, recipe: &Recipe, z: Tensor) -> Result<Tensor> {
    let (norm, mut x) = (recipe.generator_norm, z);
    for (layer, features) in [("1", 256), ("2", 512)] {
        x = scope.linear(&format!("linear{layer}"), x, features, norm.needs_bias())?;
        x = normalize(scope, norm, &format!("bn{layer}"), x, 1)?;
        x = scope.relu(x)?;
    }
    x = scope.linear("linear3", x, 784, true)?;
    scope.tanh(x)
}

fn discriminator(scope: &mut Scope, recipe: &Recipe, images: Tensor, told: Told, groups: usize) -> Result<Tensor> {
    let norm = recipe.discriminator_norm;
    let mut x = match told.beside() {
        Some(label) => scope.graph.concat(&[images, label], 1)?,
        None => images,
    };
    x = scope.linear("linear1", x, 512, true)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.linear("linear2", x, 256, norm.needs_bias())?;
    x = normalize(scope, norm, "bn", x, groups)?;
    x = scope.leaky_relu(x, 0.2)?;
    logit(scope, "linear3", x, told)
}
