//! DCGAN: Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional generative
//! adversarial networks", ICLR 2016.
//!
//! The game of the first GAN, played by convolutional networks that train stably: strided convolutions in place of
//! pooling, transposed ones in the generator, batch norm in both (but not at the generator's output or the
//! discriminator's input), ReLU in the generator, LeakyReLU in the discriminator, no hidden fully connected layer.
//! What it adds to the GAN before is the architecture; the training step is the same.

use super::Networks;
use crate::error::Result;
use crate::graph::{Conv, Tensor};
use crate::nn::Scope;

/// Channels next to the image; the layer inside has twice as many.
const CHANNELS: usize = 32;

pub(super) const NETWORKS: Networks = Networks { generator, discriminator };

/// Every convolution halves or doubles the extents.
fn halving() -> Conv {
    Conv::square(4, 2, 1)
}

/// `[B, latent]` to 7x7, 14x14, 28x28.
fn generator(scope: &mut Scope, z: Tensor) -> Result<Tensor> {
    let batch = scope.graph.shape(z)[0];
    let mut x = scope.linear("linear", z, 2 * CHANNELS * 7 * 7, false)?;
    x = scope.graph.reshape(x, [batch, 2 * CHANNELS, 7, 7])?;
    x = scope.batch_norm("bn1", x, 1)?;
    x = scope.relu(x)?;
    x = scope.conv_transpose2d("conv1", x, CHANNELS, halving(), false)?;
    x = scope.batch_norm("bn2", x, 1)?;
    x = scope.relu(x)?;
    x = scope.conv_transpose2d("conv2", x, 1, halving(), true)?;
    x = scope.tanh(x)?;
    scope.graph.reshape(x, [batch, 28 * 28])
}

/// 28x28, 14x14, 7x7 to one logit.
fn discriminator(scope: &mut Scope, images: Tensor, groups: usize) -> Result<Tensor> {
    let batch = scope.graph.shape(images)[0];
    let mut x = scope.graph.reshape(images, [batch, 1, 28, 28])?;
    x = scope.conv2d("conv1", x, CHANNELS, halving(), true)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.conv2d("conv2", x, 2 * CHANNELS, halving(), false)?;
    x = scope.batch_norm("bn", x, groups)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.graph.reshape(x, [batch, 2 * CHANNELS * 7 * 7])?;
    scope.linear("linear", x, 1, true)
}
