//! The networks of both stages: what paints the small picture, what makes a larger one of it, and the critics.

use super::reading::{TOLD, read};
use crate::error::Result;
use crate::graph::{Conv, Init, Tensor};
use crate::nn::{Scope, Weights, functional};

const KEEPING: Conv = Conv { kernel_size: [3; 2], stride: [1; 2], padding: [1; 2] };
const HALVING: Conv = Conv { kernel_size: [4; 2], stride: [2; 2], padding: [1; 2] };
/// Channels at 4x4, 8x8 and 16x16 of the first stage; in the middle of the second.
const CHANNELS: [usize; 3] = [64, 48, 32];
const MIDDLE: usize = 64;
/// Numbers that a critic sees a picture in.
const SEEN: usize = 128;

/// Twice the sides, then a norm that is steered by `told` `[B, 32]`.
fn doubled(scope: &mut Scope, name: &str, x: Tensor, channels: usize, told: Tensor) -> Result<Tensor> {
    let x = scope.conv_transpose2d(name, x, channels, HALVING, false)?;
    steered(scope, name, x, told)
}

fn steered(scope: &mut Scope, name: &str, x: Tensor, told: Tensor) -> Result<Tensor> {
    let x = scope.conditional_batch_norm(&format!("{name}.norm"), x, told, 1)?;
    scope.relu(x)
}

/// The first stage: pictures `[B, 3, 16, 16]` in [-1, 1] of latents `[B, N]` and what was told, `[B, 32]`.
pub(super) fn paint(scope: &mut Scope, z: Tensor, told: Tensor) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let batch = scope.graph.shape(z)[0];
    let x = scope.graph.concat(&[told, z], 1)?;
    let x = scope.linear("linear", x, CHANNELS[0] * 16, true)?;
    let x = scope.graph.reshape(x, [batch, CHANNELS[0], 4, 4])?;
    let x = steered(scope, "linear", x, told)?;
    let x = doubled(scope, "up8", x, CHANNELS[1], told)?;
    let x = doubled(scope, "up16", x, CHANNELS[2], told)?;
    let x = scope.conv2d("picture", x, 3, KEEPING, true)?;
    scope.tanh(x)
}

/// The second stage: pictures `[B, 3, 32, 32]` in [-1, 1] of those of the first and what was told. It adds to the enlarged
/// picture what is wrong with it.
pub(super) fn refine(scope: &mut Scope, draft: Tensor, told: Tensor) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let batch = scope.graph.shape(draft)[0];
    let whole = scope.conv2d("first", draft, CHANNELS[2], KEEPING, true)?;
    let whole = scope.relu(whole)?;
    let x = scope.conv2d("down", whole, MIDDLE, HALVING, false)?;
    let x = steered(scope, "down", x, told)?;
    // The caption once more, at each place.
    let words = scope.graph.reshape(told, [batch, TOLD, 1, 1])?;
    let words = scope.graph.broadcast(words, &[batch, TOLD, 8, 8].into())?;
    let x = scope.graph.concat(&[x, words], 1)?;
    let x = scope.conv2d("join", x, MIDDLE, KEEPING, false)?;
    let x = steered(scope, "join", x, told)?;
    let y = scope.conv2d("residual1", x, MIDDLE, KEEPING, false)?;
    let y = steered(scope, "residual1", y, told)?;
    let y = scope.conv2d("residual2", y, MIDDLE, KEEPING, true)?;
    let x = scope.graph.add(x, y)?;
    let x = doubled(scope, "up16", x, CHANNELS[2], told)?;
    let x = scope.graph.concat(&[x, whole], 1)?;
    let x = doubled(scope, "up32", x, CHANNELS[2] / 2, told)?;
    let difference = scope.conv2d("difference", x, 3, KEEPING, true)?;
    let large = functional::interpolate_bilinear(scope.graph, draft, 2)?;
    let x = scope.graph.add(large, difference)?;
    scope.graph.clamp(x, -1.0, 1.0)
}

/// Logits `[C, 1]` of pictures `[B, 3, side, side]` with captions `[C, length]`. Where there are more captions than pictures,
/// the last ones are held against the first pictures.
pub(super) fn judge(scope: &mut Scope, pictures: Tensor, captions: Tensor) -> Result<Tensor> {
    let text = read(scope, captions)?;
    let wanted = scope.linear("wanted", text, SEEN, false)?;
    scope.weights = Weights::Spectral { init: Init::Orthogonal { gain: 1.0 } };
    let (mut x, mut channels) = (pictures, 32);
    let mut side = scope.graph.shape(pictures)[2];
    while side > 4 {
        side /= 2;
        x = scope.conv2d(&format!("conv{side}"), x, channels, HALVING, true)?;
        x = scope.leaky_relu(x, 0.2)?;
        channels *= 2;
    }
    let x = functional::flatten(scope.graph, x, 1)?;
    let x = scope.linear("seen", x, SEEN, true)?;
    let mut seen = scope.leaky_relu(x, 0.2)?;
    let mut good = scope.linear("good", seen, 1, true)?;
    let more = scope.graph.shape(captions)[0] - scope.graph.shape(pictures)[0];
    if more > 0 {
        for x in [&mut seen, &mut good] {
            let first = scope.graph.slice(*x, 0, 0, more)?;
            *x = scope.graph.concat(&[*x, first], 0)?;
        }
    }
    let fit = scope.graph.mul(seen, wanted)?;
    let fit = scope.graph.sum(fit, &[1])?;
    scope.graph.add(good, fit)
}
