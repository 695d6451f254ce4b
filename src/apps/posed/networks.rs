//! The networks of posed figures: what paints the draft, what corrects it, and the critic.

use crate::error::Result;
use crate::graph::{Conv, Graph, Init, Tensor, Unary};
use crate::nn::{Scope, Weights, functional};
use ganvas_sets::figures::{JOINTS, SIDE};

const KEEPING: Conv = Conv { kernel_size: [3; 2], stride: [1; 2], padding: [1; 2] };
const HALVING: Conv = Conv { kernel_size: [4; 2], stride: [2; 2], padding: [1; 2] };
/// Channels at 16x16, 8x8 and 4x4 of the network that paints.
const CHANNELS: [usize; 3] = [32, 48, 64];
/// Numbers that all of the source is told in.
const WHOLE: usize = 128;

fn halved(scope: &mut Scope, name: &str, x: Tensor, channels: usize) -> Result<Tensor> {
    let x = scope.conv2d(name, x, channels, HALVING, true)?;
    scope.leaky_relu(x, 0.2)
}

fn doubled(scope: &mut Scope, name: &str, x: Tensor, channels: usize) -> Result<Tensor> {
    let x = scope.conv_transpose2d(name, x, channels, HALVING, true)?;
    scope.leaky_relu(x, 0.2)
}

/// The colours that are seen at the joints of one pose, where the joints of the other are: `[B, 3, 32, 32]`.
fn carried(scope: &mut Scope, picture: Tensor, [pose, wanted]: [Tensor; 2]) -> Result<Tensor> {
    let graph = &mut *scope.graph;
    let (batch, pixels) = (graph.shape(picture)[0], SIDE * SIDE);
    let flat = [batch, JOINTS.len(), pixels];
    // Half as wide, so that nothing beside a limb counts.
    let square = graph.unary(Unary::Square, pose)?;
    let sharp = graph.unary(Unary::Square, square)?;
    let (sharp, wanted) = (graph.reshape(sharp, flat)?, graph.reshape(wanted, flat)?);
    let colours = graph.reshape(picture, [batch, 3, pixels])?;
    let seen = graph.matmul(sharp, colours, false, true)?;
    let seen = share(graph, seen, sharp, 2)?;
    let spread = graph.matmul(seen, wanted, true, false)?;
    let spread = share(graph, spread, wanted, 1)?;
    graph.reshape(spread, [batch, 3, SIDE, SIDE])
}

/// What was added up with weights over an axis, over these weights: their mean where they are not small.
fn share(graph: &mut Graph, sum: Tensor, weights: Tensor, axis: usize) -> Result<Tensor> {
    let total = graph.sum(weights, &[axis])?;
    let total = graph.add_scalar(total, 0.05)?;
    graph.div(sum, total)
}

/// A draft `[B, 3, 32, 32]` of the source `[B, 3, 32, 32]` in another pose: a U-Net whose middle sees the whole picture, so
/// that it knows who stands there. Poses are heat maps `[B, 13, 32, 32]`.
pub(super) fn paint(scope: &mut Scope, source: Tensor, [pose, wanted]: [Tensor; 2]) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let batch = scope.graph.shape(source)[0];
    let carried = carried(scope, source, [pose, wanted])?;
    let seen = scope.graph.concat(&[source, pose, wanted, carried], 1)?;
    let half = halved(scope, "down1", seen, CHANNELS[0])?;
    let quarter = halved(scope, "down2", half, CHANNELS[1])?;
    let eighth = halved(scope, "down3", quarter, CHANNELS[2])?;
    let x = functional::flatten(scope.graph, eighth, 1)?;
    let x = scope.linear("whole", x, WHOLE, true)?;
    let x = scope.leaky_relu(x, 0.2)?;
    let x = scope.linear("spread", x, CHANNELS[2] * 16, true)?;
    let x = scope.leaky_relu(x, 0.2)?;
    let x = scope.graph.reshape(x, [batch, CHANNELS[2], 4, 4])?;
    let x = scope.graph.concat(&[x, eighth], 1)?;
    let x = doubled(scope, "up1", x, CHANNELS[1])?;
    let x = scope.graph.concat(&[x, quarter], 1)?;
    let x = doubled(scope, "up2", x, CHANNELS[0])?;
    let x = scope.graph.concat(&[x, half], 1)?;
    let x = doubled(scope, "up3", x, 16)?;
    let x = scope.graph.concat(&[x, source, wanted, carried], 1)?;
    let x = scope.conv2d("last", x, 16, KEEPING, true)?;
    let x = scope.leaky_relu(x, 0.2)?;
    let x = scope.conv2d("picture", x, 3, KEEPING, true)?;
    scope.tanh(x)
}

/// The draft with what a second U-Net adds to it, in [-1, 1]. It has no such middle: it sees source and draft.
pub(super) fn refine(scope: &mut Scope, source: Tensor, draft: Tensor) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let seen = scope.graph.concat(&[source, draft], 1)?;
    let whole = scope.conv2d("first", seen, 16, KEEPING, true)?;
    let whole = scope.leaky_relu(whole, 0.2)?;
    let half = halved(scope, "down1", whole, 32)?;
    let quarter = halved(scope, "down2", half, 48)?;
    let x = doubled(scope, "up1", quarter, 32)?;
    let x = scope.graph.concat(&[x, half], 1)?;
    let x = doubled(scope, "up2", x, 16)?;
    let x = scope.graph.concat(&[x, whole], 1)?;
    let difference = scope.conv2d("difference", x, 3, KEEPING, true)?;
    let x = scope.graph.add(draft, difference)?;
    scope.graph.clamp(x, -1.0, 1.0)
}

/// Logits `[B, 1, 8, 8]` of patches of source, picture and pose together, `[B, 19, 32, 32]`.
pub(super) fn judge(scope: &mut Scope, x: Tensor) -> Result<Tensor> {
    scope.weights = Weights::Spectral { init: Init::Normal { mean: 0.0, std: 0.02 } };
    let x = halved(scope, "conv1", x, 32)?;
    let x = halved(scope, "conv2", x, 64)?;
    scope.conv2d("conv3", x, 1, KEEPING, true)
}
