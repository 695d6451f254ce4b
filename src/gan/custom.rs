//! Networks out of lists of layers, and the lists that the architectures there are come down to.

use super::cgan;
use super::choices::{Architecture, Norm, Upsampling};
use super::layers::{Layer, LayerKind, LayerList, has_bias};
use super::projection::{Told, logit};
use super::recipe::Recipe;
use crate::error::Result;
use crate::graph::{Conv, Tensor, Unary};
use crate::nn::{Scope, Weights, functional};

/// Builds the layers of a list, in their order. x is `[B, N]` or `[B, C, H, W]`, `groups` batches one after another.
///
/// Variables are named after their kind, and numbered where a network has several of it: `conv1`, `conv2`, `bn`, `linear`.
/// Labels `[B, classes]` stand beside an image as planes that are constant, or beside its pixels in a network that begins
/// by flattening it; or they are projected, in place of the last layer.
pub(super) fn build(
    scope: &mut Scope,
    list: &[Layer],
    [plain, spectral]: [Weights; 2],
    mut x: Tensor,
    told: Told,
    groups: usize,
) -> Result<Tensor> {
    use LayerKind::*;
    let batch = scope.graph.shape(x)[0];
    let is_flat = list.first().is_some_and(|layer| layer.kind == Flatten);
    if let (Some(label), false) = (told.beside(), is_flat) {
        x = cgan::with_label_planes(scope.graph, x, label)?;
    }
    scope.weights = plain;
    for (layer, index) in list.iter().zip(0..) {
        let (name, bias) = (name(list, index), has_bias(list, index));
        let argument = |at: usize| layer.argument(at);
        let conv = || Conv::square(argument(1), argument(2), argument(3));
        x = match layer.kind {
            Linear if index + 1 == list.len() && matches!(told, Told::Projected(_)) => logit(scope, &name, x, told)?,
            Linear => scope.linear(&name, x, argument(0), bias)?,
            Conv2d => scope.conv2d(&name, x, argument(0), conv(), bias)?,
            ConvTranspose2d => scope.conv_transpose2d(&name, x, argument(0), conv(), bias)?,
            Upsample => functional::interpolate_nearest(scope.graph, x, argument(0))?,
            ZeroPad2d => functional::pad2d(scope.graph, x, [0, 1, 2, 3].map(argument), 0.0)?,
            Reshape => scope.graph.reshape(x, [batch, argument(0), argument(1), argument(2)])?,
            Flatten => {
                let numbers = scope.graph.shape(x)[1..].iter().product();
                let flat = scope.graph.reshape(x, [batch, numbers])?;
                match told.beside() {
                    Some(label) if index == 0 => scope.graph.concat(&[flat, label], 1)?,
                    _ => flat,
                }
            }
            BatchNorm => scope.batch_norm(&name, x, groups)?,
            InstanceNorm => scope.instance_norm(&name, x, true)?,
            LayerNorm => {
                let dims = scope.graph.shape(x).rank() - 1;
                scope.layer_norm(&name, x, dims)?
            }
            SpectralNorm => x,
            Relu => scope.relu(x)?,
            LeakyRelu => scope.leaky_relu(x, layer.number(0) as f32)?,
            Tanh => scope.tanh(x)?,
            Sigmoid => scope.graph.unary(Unary::Sigmoid, x)?,
            SelfAttention => scope.self_attention(&name, x)?,
        };
        scope.weights = if layer.kind == SpectralNorm { spectral } else { plain };
    }
    Ok(x)
}

/// What the variables of a kind are called after.
fn stem(kind: LayerKind) -> &'static str {
    use LayerKind::*;
    match kind {
        Linear => "linear",
        Conv2d | ConvTranspose2d => "conv",
        SelfAttention => "attention",
        _ if kind.is_norm() => "bn",
        _ => "",
    }
}

fn name(list: &[Layer], index: usize) -> String {
    let own = stem(list[index].kind);
    let same = |layers: &[Layer]| layers.iter().filter(|layer| stem(layer.kind) == own).count();
    if same(list) == 1 { own.into() } else { format!("{own}{}", same(&list[..=index])) }
}

/// The layers of a recipe's architecture: for G, or for D. The Dirac-GAN has none.
pub fn default_layers(recipe: &Recipe, is_generator: bool) -> LayerList {
    let norm = if is_generator { recipe.generator_norm } else { recipe.discriminator_norm };
    // `norm` is the recipe's, `doubled-C` its upsampling to C channels; a test compares them with the architectures.
    let convolutional;
    let plan = match (recipe.architecture, is_generator) {
        (Architecture::Mlp, true) => "linear-256 norm relu linear-512 norm relu linear-784 tanh reshape-1-28-28",
        (Architecture::Mlp, false) => "flatten linear-512 leaky_relu linear-256 norm leaky_relu linear-1",
        (Architecture::Dcgan, true) => {
            let channels = recipe.generator_channels;
            let (inside, features) = (2 * channels, 2 * channels * 49);
            convolutional =
                format!("linear-{features} reshape-{inside}-7-7 norm relu doubled-{channels} norm relu doubled-1 tanh");
            &convolutional
        }
        (Architecture::Dcgan, false) => {
            let channels = recipe.discriminator_channels;
            let inside = 2 * channels;
            convolutional =
                format!("conv2d-{channels}-4-2-1 leaky_relu conv2d-{inside}-4-2-1 norm leaky_relu flatten linear-1");
            &convolutional
        }
        (Architecture::Plane, true) => "linear-128 norm relu linear-128 norm relu linear-128 norm relu linear-2",
        (Architecture::Plane, false) => {
            "linear-128 leaky_relu linear-128 norm leaky_relu linear-128 norm leaky_relu linear-1"
        }
        (Architecture::Dirac, _) => "",
    };
    let mut text = String::new();
    for word in plan.split(' ') {
        let channels = word.strip_prefix("doubled-");
        if channels.is_some() && recipe.upsampling == Upsampling::Nearest {
            text.push_str("upsample ");
        }
        if norm == Norm::Spectral && (channels.is_some() || word.starts_with("linear") || word.starts_with("conv")) {
            text.push_str("spectral_norm ");
        }
        let words = match (channels, recipe.upsampling) {
            (Some(channels), Upsampling::Transposed) => ["conv_transpose2d-", channels, "-4-2-1 "],
            (Some(channels), Upsampling::Uneven) => ["conv_transpose2d-", channels, "-3-2-1 zero_pad2d-0-1-0-1 "],
            (Some(channels), Upsampling::Nearest) => ["conv2d-", channels, "-3-1-1 "],
            (None, _) if word != "norm" => [word, " ", ""],
            _ => [
                if norm == Norm::Batch { "batch_norm " } else { "" },
                if norm == Norm::Layer { "layer_norm " } else { "" },
                "",
            ],
        };
        words.iter().for_each(|part| text.push_str(part));
    }
    LayerList::parse(&text).unwrap_or(LayerList::EMPTY)
}
