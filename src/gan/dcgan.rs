//! DCGAN: Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional generative
//! adversarial networks", ICLR 2016.
//!
//! The game of the first GAN, played by convolutional networks that train stably: strided convolutions in place of
//! pooling, transposed ones in the generator, batch norm in both (but not at the generator's output or the
//! discriminator's input), ReLU in the generator, LeakyReLU in the discriminator, no hidden fully connected layer; weights
//! from N(0, 0.02), Adam with 2e-4 and 0.5.
//! What it adds to the GAN before is the architecture; the training step is the same.

use super::cgan;
use super::game::{self, normalize};
use super::recipe::{Networks, Recipe, Upsampling};
use crate::data::DataShape;
use crate::error::{Error, Result};
use crate::graph::{Conv, Program, Tensor};
use crate::nn::{Scope, functional};

pub(super) const NETWORKS: Networks = networks::<32, 28>();

/// The networks with that many channels next to the image, of which a side has that many pixels; the layer inside has twice
/// as many channels, and half the pixels.
const fn networks<const CHANNELS: usize, const SIDE: usize>() -> Networks {
    Networks { generator: generator::<CHANNELS, SIDE>, discriminator: discriminator::<CHANNELS, SIDE> }
}

/// The program of a recipe with networks of 64 and 128 channels, the size that engines are compared at.
///
/// # Errors
/// As [`Recipe::program`], whose checks of the ingredients it leaves to its caller.
pub fn wide_dcgan(recipe: &Recipe, data: DataShape) -> Result<Program> {
    game::program(recipe, &networks::<64, 28>(), data)
}

/// The same with so many channels next to the image, for the sizes of image and network that are measured.
///
/// # Errors
/// As [`wide_dcgan`], and for other sizes.
pub fn sized_dcgan(recipe: &Recipe, data: DataShape, channels: usize) -> Result<Program> {
    let side = data.form.numbers().isqrt();
    let networks = match (channels, side) {
        (16, 28) => networks::<16, 28>(),
        (32, 28) => networks::<32, 28>(),
        (64, 28) => networks::<64, 28>(),
        (128, 28) => networks::<128, 28>(),
        (64, 32) => networks::<64, 32>(),
        (64, 48) => networks::<64, 48>(),
        (64, 64) => networks::<64, 64>(),
        _ => {
            let message = format!("has no networks of {channels} channels for images of {side} by {side}");
            return Err(Error::Setting { key: "size".into(), message });
        }
    };
    game::program(recipe, &networks, data)
}

/// Every convolution halves or doubles the extents.
fn halving() -> Conv {
    Conv::square(4, 2, 1)
}

/// `[B, latent]` to a quarter of the side, a half, the side: 7x7, 14x14, 28x28.
fn generator<const CHANNELS: usize, const SIDE: usize>(
    scope: &mut Scope,
    recipe: &Recipe,
    z: Tensor,
) -> Result<Tensor> {
    let (batch, norm) = (scope.graph.shape(z)[0], recipe.generator_norm);
    let quarter = SIDE / 4;
    let mut x = scope.linear("linear", z, 2 * CHANNELS * quarter * quarter, norm.needs_bias())?;
    x = scope.graph.reshape(x, [batch, 2 * CHANNELS, quarter, quarter])?;
    x = normalize(scope, norm, "bn1", x, 1)?;
    x = scope.relu(x)?;
    x = doubled(scope, recipe, "conv1", x, CHANNELS, norm.needs_bias())?;
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
fn discriminator<const CHANNELS: usize, const SIDE: usize>(
    scope: &mut Scope,
    recipe: &Recipe,
    images: Tensor,
    label: Option<Tensor>,
    groups: usize,
) -> Result<Tensor> {
    let (batch, norm) = (scope.graph.shape(images)[0], recipe.discriminator_norm);
    let mut x = scope.graph.reshape(images, [batch, 1, SIDE, SIDE])?;
    if let Some(label) = label {
        x = cgan::with_label_planes(scope.graph, x, label)?;
    }
    x = scope.conv2d("conv1", x, CHANNELS, halving(), true)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.conv2d("conv2", x, 2 * CHANNELS, halving(), norm.needs_bias())?;
    x = normalize(scope, norm, "bn", x, groups)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.graph.reshape(x, [batch, 2 * CHANNELS * (SIDE / 4) * (SIDE / 4)])?;
    scope.linear("linear", x, 1, true)
}
