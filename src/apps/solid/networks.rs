//! The networks of shapes from pictures, and the mean shapes that they are held against.

use crate::error::Result;
use crate::graph::{Conv, Conv3d, Init, Tensor};
use crate::nn::{Scope, Weights, functional};
use ganvas_sets::shapes::{CELLS, FAMILIES};

const HALVING: Conv = Conv { kernel_size: [4; 2], stride: [2; 2], padding: [1; 2] };
/// Channels at 4x4x4 and 8x8x8 cells.
const CHANNELS: [usize; 2] = [48, 24];
/// Cells along a side of the coarsest.
const COARSE: usize = CELLS / 4;

/// Mean and log variance of the latent, `[B, 2 N]`, of pictures `[B, 3, 32, 32]`.
pub(super) fn encode(scope: &mut Scope, picture: Tensor, latent_dim: usize) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let mut x = picture;
    for (name, channels) in [("conv1", 32), ("conv2", 64), ("conv3", 128)] {
        x = scope.conv2d(name, x, channels, HALVING, false)?;
        x = scope.batch_norm(&format!("{name}.norm"), x, 1)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    let x = functional::flatten(scope.graph, x, 1)?;
    scope.linear("latent", x, 2 * latent_dim, true)
}

/// Logits of cells `[B, 1, 16, 16, 16]` of latents `[B, N]`.
pub(super) fn generate(scope: &mut Scope, z: Tensor) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let batch = scope.graph.shape(z)[0];
    let x = scope.linear("linear", z, CHANNELS[0] * COARSE.pow(3), false)?;
    let x = scope.graph.reshape(x, [batch, CHANNELS[0], COARSE, COARSE, COARSE])?;
    let x = scope.batch_norm("norm1", x, 1)?;
    let x = scope.leaky_relu(x, 0.2)?;
    let x = scope.conv_transpose3d("conv1", x, CHANNELS[1], Conv3d::cube(4, 2, 1), false)?;
    let x = scope.batch_norm("norm2", x, 1)?;
    let x = scope.leaky_relu(x, 0.2)?;
    scope.conv_transpose3d("conv2", x, 1, Conv3d::cube(4, 2, 1), true)
}

/// Logits `[B, 1]` of volumes `[B, 1, 16, 16, 16]` of cells from 0 to 1: how real they are.
pub(super) fn judge(scope: &mut Scope, volumes: Tensor) -> Result<Tensor> {
    scope.weights = Weights::Spectral { init: Init::Orthogonal { gain: 1.0 } };
    let x = scope.graph.mul_scalar(volumes, 2.0)?;
    let mut x = scope.graph.add_scalar(x, -1.0)?;
    for (name, channels) in [("conv1", CHANNELS[1]), ("conv2", CHANNELS[0])] {
        x = scope.conv3d(name, x, channels, Conv3d::cube(4, 2, 1), true)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    let x = functional::flatten(scope.graph, x, 1)?;
    scope.linear("linear", x, 1, true)
}

/// The mean shape of each family, `[B, 1, 16, 16, 16]`, of all rows that were trained on so far, which `seen` adds to: rows and
/// their families as planes `[B, 6]`. It belongs to no network; what is learned does not depend on it.
pub(super) fn mean_shapes(scope: &mut Scope, families: Tensor, seen: Option<Tensor>) -> Result<Tensor> {
    let cells = CELLS.pow(3);
    let (counts, old_counts) = scope.buffer("counts", [FAMILIES.len(), 1], Init::Constant(0.0))?;
    let (means, old_means) = scope.buffer("means", [FAMILIES.len(), cells], Init::Constant(0.0))?;
    let graph = &mut *scope.graph;
    let batch = graph.shape(families)[0];
    if let Some(volumes) = seen {
        let rows = graph.reshape(volumes, [batch, cells])?;
        let sums = graph.matmul(families, rows, true, false)?;
        let more = graph.sum(families, &[0])?;
        let more = graph.reshape(more, [FAMILIES.len(), 1])?;
        // What the mean moves by: the new ones' distances to it, over the new count.
        let old = graph.mul(old_means, more)?;
        let moved = graph.sub(sums, old)?;
        let counted = graph.add(old_counts, more)?;
        let one = graph.constant(1.0, [1, 1]);
        let all = graph.maximum(counted, one)?;
        let moved = graph.div(moved, all)?;
        let mean = graph.add(old_means, moved)?;
        scope.assign(counts, counted);
        scope.assign(means, mean);
    }
    let own = scope.graph.matmul(families, old_means, false, false)?;
    scope.graph.reshape(own, [batch, 1, CELLS, CELLS, CELLS])
}
