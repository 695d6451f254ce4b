//! The networks of face ageing beside generator and discriminator: what knows people, what reads its codes, and what says
//! which latent a picture shows.

use crate::apps::looking::looked;
use crate::error::Result;
use crate::graph::Tensor;
use crate::nn::{Scope, Weights};

/// Numbers of a code: a few more than what it has to tell.
const CODE: usize = 48;
/// Channels at 16x16, 8x8 and 4x4.
const KNOWING: [usize; 3] = [32, 64, 96];
const ENCODING: [usize; 3] = [24, 48, 96];

/// FR of the paper: codes `[B, 48]` of who is seen in pictures, each number from -1 to 1. No norm, here as in E, so that a picture
/// is seen alike whatever stands beside it, and whoever trains.
pub(super) fn know(scope: &mut Scope, pictures: Tensor) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let x = looked(scope, pictures, KNOWING)?;
    let x = scope.linear("code", x, CODE, true)?;
    scope.tanh(x)
}

/// E of the paper: the latents `[B, latent_dim]` that a generator would make these pictures of.
pub(super) fn encode(scope: &mut Scope, pictures: Tensor, latent_dim: usize) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let x = looked(scope, pictures, ENCODING)?;
    scope.linear("latent", x, latent_dim, true)
}
