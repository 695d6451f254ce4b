//! Networks for worlds of points, where everything can be seen: fully connected ones for the plane, and the Dirac-GAN.
//!
//! The Dirac-GAN (Mescheder, Geiger and Nowozin, "Which training methods for GANs do actually converge?", ICML 2018) is
//! the smallest GAN there is: all real examples are 0, all fakes are theta, and D(x) = psi x. Its only equilibrium is
//! (0, 0), and gradient descent circles around it, unless D's gradient is penalised (R1).

use super::choices::Norm;
use super::networks::{Networks, normalize};
use super::projection::Told;
use super::recipe::Recipe;
use crate::error::Result;
use crate::graph::{Init, Tensor};
use crate::nn::Scope;

/// Neurons in each hidden layer (three of them).
const WIDTH: usize = 128;

pub(super) const NETWORKS: Networks = Networks { generator, discriminator };
pub(super) const DIRAC: Networks = Networks { generator: dirac_generator, discriminator: dirac_discriminator };

fn generator(scope: &mut Scope, recipe: &Recipe, z: Tensor) -> Result<Tensor> {
    let (norm, mut x) = (recipe.generator_norm, z);
    for layer in 1..=3 {
        x = scope.linear(&format!("linear{layer}"), x, WIDTH, norm.needs_bias())?;
        x = normalize(scope, norm, &format!("bn{layer}"), x, 1)?;
        x = scope.relu(x)?;
    }
    scope.linear("linear4", x, 2, true)
}

fn discriminator(scope: &mut Scope, recipe: &Recipe, points: Tensor, _told: Told, groups: usize) -> Result<Tensor> {
    let (norm, mut x) = (recipe.discriminator_norm, points);
    for layer in 1..=3 {
        // Not at the input, as DCGAN has it.
        let norm = if layer == 1 { Norm::None } else { norm };
        x = scope.linear(&format!("linear{layer}"), x, WIDTH, norm.needs_bias())?;
        x = normalize(scope, norm, &format!("bn{layer}"), x, groups)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    scope.linear("linear4", x, 1, true)
}

/// theta, whatever the latent. It starts at 1.
fn dirac_generator(scope: &mut Scope, _recipe: &Recipe, z: Tensor) -> Result<Tensor> {
    let batch = scope.graph.shape(z)[0];
    let theta = scope.parameter("theta", [1, 1], Init::Constant(1.0))?;
    scope.graph.broadcast(theta, &[batch, 1].into())
}

/// psi x. psi starts at 0.
fn dirac_discriminator(
    scope: &mut Scope,
    _recipe: &Recipe,
    points: Tensor,
    _told: Told,
    _groups: usize,
) -> Result<Tensor> {
    let psi = scope.parameter("psi", [1, 1], Init::Constant(0.0))?;
    scope.graph.mul(points, psi)
}
