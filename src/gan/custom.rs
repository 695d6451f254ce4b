//! Networks out of lists of layers, and the lists that the architectures there are come down to.

use super::cgan;
use super::dcgan;
use super::layers::{Layer, LayerKind, LayerList, has_bias};
use super::plane;
use super::recipe::{Architecture, Norm, Recipe, Upsampling};
use crate::error::Result;
use crate::graph::{Conv, Tensor, Unary};
use crate::nn::{Scope, Weights, functional};

/// Builds the layers of a list, in their order. x is `[B, N]` or `[B, C, H, W]`, `groups` batches one after another.
///
/// Variables are named after their kind, and numbered where a network has several of it: `conv1`, `conv2`, `bn`, `linear`.
/// Labels `[B, classes]` stand beside an image as planes that are constant, or beside its pixels in a network that begins
/// by flattening it.
pub(super) fn build(
    scope: &mut Scope,
    list: &[Layer],
    [plain, spectral]: [Weights; 2],
    mut x: Tensor,
    label: Option<Tensor>,
    groups: usize,
) -> Result<Tensor> {
    use LayerKind::*;
    let batch = scope.graph.shape(x)[0];
    let is_flat = list.first().is_some_and(|layer| layer.kind == Flatten);
    if let (Some(label), false) = (label, is_flat) {
        x = cgan::with_label_planes(scope.graph, x, label)?;
    }
    scope.weights = plain;
    for (layer, index) in list.iter().zip(0..) {
        let (name, bias) = (name(list, index), has_bias(list, index));
        let argument = |at: usize| layer.argument(at);
        let conv = || Conv::square(argument(1), argument(2), argument(3));
        x = match layer.kind {
            Linear => scope.linear(&name, x, argument(0), bias)?,
            Conv2d => scope.conv2d(&name, x, argument(0), conv(), bias)?,
            ConvTranspose2d => scope.conv_transpose2d(&name, x, argument(0), conv(), bias)?,
            Upsample => functional::interpolate_nearest(scope.graph, x, argument(0))?,
            ZeroPad2d => functional::pad2d(scope.graph, x, [0, 1, 2, 3].map(argument), 0.0)?,
            Reshape => scope.graph.reshape(x, [batch, argument(0), argument(1), argument(2)])?,
            Flatten => {
                let flat = functional::flatten(scope.graph, x, 1)?;
                match label {
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
    let plan = match (recipe.architecture, is_generator) {
        (Architecture::Mlp, true) => {
            "linear-256 norm relu linear-512 norm relu linear-784 tanh reshape-1-28-28".to_string()
        }
        (Architecture::Mlp, false) => {
            "flatten linear-512 leaky_relu-0.2 linear-256 norm leaky_relu-0.2 linear-1".to_string()
        }
        (Architecture::Dcgan, true) => {
            let (wide, narrow) = (2 * dcgan::CHANNELS, dcgan::CHANNELS);
            format!("linear-{} reshape-{wide}-7-7 norm relu doubled-{narrow} norm relu doubled-1 tanh", wide * 49)
        }
        (Architecture::Dcgan, false) => {
            let (wide, narrow) = (2 * dcgan::CHANNELS, dcgan::CHANNELS);
            format!("conv2d-{narrow}-4-2-1 leaky_relu-0.2 conv2d-{wide}-4-2-1 norm leaky_relu-0.2 flatten linear-1")
        }
        (Architecture::Plane, true) => {
            format!("{}linear-2", format!("linear-{} norm relu ", plane::WIDTH).repeat(3))
        }
        (Architecture::Plane, false) => {
            let hidden = format!("linear-{} norm leaky_relu-0.2 ", plane::WIDTH);
            format!("linear-{} leaky_relu-0.2 {}linear-1", plane::WIDTH, hidden.repeat(2))
        }
        (Architecture::Dirac, _) => String::new(),
    };
    let words: Vec<String> = plan.split(' ').map(|word| expanded(word, norm, recipe.upsampling)).collect();
    LayerList::parse(&words.join(" ")).unwrap_or(LayerList::EMPTY)
}

/// A word of a plan with the recipe's norm and upsampling put in.
fn expanded(word: &str, norm: Norm, upsampling: Upsampling) -> String {
    let weight = match (word.strip_prefix("doubled-"), upsampling) {
        (Some(channels), Upsampling::Transposed) => format!("conv_transpose2d-{channels}-4-2-1"),
        (Some(channels), Upsampling::Uneven) => format!("conv_transpose2d-{channels}-3-2-1 zero_pad2d-0-1-0-1"),
        (Some(channels), Upsampling::Nearest) => format!("conv2d-{channels}-3-1-1"),
        (None, _) => word.into(),
    };
    let before = if word.starts_with("doubled") && upsampling == Upsampling::Nearest { "upsample-2 " } else { "" };
    match norm {
        Norm::Batch if word == "norm" => "batch_norm".into(),
        Norm::Layer if word == "norm" => "layer_norm".into(),
        _ if word == "norm" => String::new(),
        Norm::Spectral if weight.starts_with("linear") || weight.starts_with("conv") => {
            format!("{before}spectral_norm {weight}")
        }
        _ => format!("{before}{weight}"),
    }
}
