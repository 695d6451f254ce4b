//! The networks of face ageing beside generator and discriminator: what knows people, what reads its codes, and what says
//! which latent a picture shows.

use crate::error::Result;
use crate::graph::{Conv, Tensor};
use crate::nn::{Scope, Weights, functional};

/// Numbers of a code: a few more than what it has to tell.
const CODE: usize = 48;
const HALVING: Conv = Conv { kernel_size: [4; 2], stride: [2; 2], padding: [1; 2] };
/// Channels at 16x16, 8x8 and 4x4.
const KNOWING: [usize; 3] = [32, 64, 96];
const ENCODING: [usize; 3] = [24, 48, 96];

/// What lies before the last layer, `[B, 16 channels[2]]`, of pictures `[B, 3, 32, 32]`. No norm, so that a picture is seen
/// alike whatever stands beside it, and whoever trains.
fn looked(scope: &mut Scope, pictures: Tensor, channels: [usize; 3]) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let mut x = pictures;
    for (name, channels) in ["conv1", "conv2", "conv3"].into_iter().zip(channels) {
        x = scope.conv2d(name, x, channels, HALVING, true)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    functional::flatten(scope.graph, x, 1)
}

/// FR of the paper: codes `[B, 48]` of who is seen in pictures, each number from -1 to 1.
pub(super) fn know(scope: &mut Scope, pictures: Tensor) -> Result<Tensor> {
    let x = looked(scope, pictures, KNOWING)?;
    let x = scope.linear("code", x, CODE, true)?;
    scope.tanh(x)
}

/// E of the paper: the latents `[B, latent_dim]` that a generator would make these pictures of.
pub(super) fn encode(scope: &mut Scope, pictures: Tensor, latent_dim: usize) -> Result<Tensor> {
    let x = looked(scope, pictures, ENCODING)?;
    scope.linear("latent", x, latent_dim, true)
}
