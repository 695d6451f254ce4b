//! DCGAN: Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional generative
//! adversarial networks", ICLR 2016.
//!
//! The game of the first GAN, played by convolutional networks that train stably: strided convolutions in place of
//! pooling, transposed ones in the generator, batch norm in both (but not at the generator's output or the
//! discriminator's input), ReLU in the generator, LeakyReLU in the discriminator, no hidden fully connected layer; weights
//! from N(0, 0.02), Adam with 2e-4 and 0.5.
//! What it adds to the GAN before is the architecture; the training step is the same.

use super::cgan;
use super::choices::Upsampling;
use super::networks::{Networks, normalize};
use super::projection::{Told, logit};
use super::recipe::Recipe;
use crate::error::Result;
use crate::graph::{Conv, Tensor};
use crate::nn::{Scope, functional};

pub(super) const NETWORKS: Networks = networks::<28>();

/// The networks for images of which a side has that many pixels; the layer inside has half the pixels and twice the
/// channels.
pub(super) const fn networks<const SIDE: usize>() -> Networks {
    Networks { generator: generator::<SIDE>, discriminator: discriminator::<SIDE> }
}

/// Every convolution halves or doubles the extents.
fn halving() -> Conv {
    Conv::square(4, 2, 1)
}

/// `[B, latent]` to a quarter of the side, a half, the side: 7x7, 14x14, 28x28.
fn generator<const SIDE: usize>(scope: &mut Scope, recipe: &Recipe, z: Tensor) -> Result<Tensor> {
    let (batch, norm, channels) = (scope.graph.shape(z)[0], recipe.generator_norm, recipe.generator_channels);
    let quarter = SIDE / 4;
    let mut x = scope.linear("linear", z, 2 * channels * quarter * quarter, norm.needs_bias())?;
    x = scope.graph.reshape(x, [batch, 2 * channels, quarter, quarter])?;
    x = normalize(scope, norm, "bn1", x, 1)?;
    x = scope.relu(x)?;
    x = doubled(scope, recipe, "conv1", x, channels, norm.needs_bias())?;
    x = normalize(scope, norm, "bn2", x, 1)?;
    x = scope.relu(x)?;
    x = doubled(scope, recipe, "conv2", x, 1, true)?;
    x = scope.tanh(x)?;
    scope.graph.reshape(x, [batch, SIDE * SIDE])
}

fn doubled(scope: &mut Scope, recipe: &Recipe, name: &str, x: Tensor, channels: usize, bias: bool) -> Result<Tensor> {
    match recipe.upsampling {
        Upsampling::Transposed => scope.conv_transpose2d(name, x, channels, halving(), bias),
        Upsampling::Uneven => {
            // Kernel 3 and stride 2 reach one pixel less than twice as many: the last row and column stay zero.
            let (height, width) = (scope.graph.shape(x)[2], scope.graph.shape(x)[3]);
            let x = scope.conv_transpose2d(name, x, channels, Conv::square(3, 2, 1), bias)?;
            let [missing_rows, missing_columns] =
                [2 * height - scope.graph.shape(x)[2], 2 * width - scope.graph.shape(x)[3]];
            functional::pad2d(scope.graph, x, [0, missing_columns, 0, missing_rows], 0.0)
        }
        Upsampling::Nearest => {
            let x = functional::interpolate_nearest(scope.graph, x, 2)?;
            scope.conv2d(name, x, channels, Conv::square(3, 1, 1), bias)
        }
    }
}

/// The side, a half, a quarter of it to one logit: 28x28, 14x14, 7x7.
fn discriminator<const SIDE: usize>(
    scope: &mut Scope,
    recipe: &Recipe,
    images: Tensor,
    told: Told,
    groups: usize,
) -> Result<Tensor> {
    let (batch, norm) = (scope.graph.shape(images)[0], recipe.discriminator_norm);
    let channels = recipe.discriminator_channels;
    let mut x = scope.graph.reshape(images, [batch, 1, SIDE, SIDE])?;
    if let Some(label) = told.beside() {
        x = cgan::with_label_planes(scope.graph, x, label)?;
    }
    x = scope.conv2d("conv1", x, channels, halving(), true)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.conv2d("conv2", x, 2 * channels, halving(), norm.needs_bias())?;
    x = normalize(scope, norm, "bn", x, groups)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.graph.reshape(x, [batch, 2 * channels * (SIDE / 4) * (SIDE / 4)])?;
    logit(scope, "linear", x, told)
}
