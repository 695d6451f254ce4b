//! The networks of photo to emoji: what sees a face, what says its attributes, what draws an emoji, and the critic.

use super::super::looking::looked;
use crate::error::Result;
use crate::graph::{Conv, Init, Tensor};
use crate::nn::{Scope, Weights};

/// Numbers of a code.
const CODE: usize = 128;
const KEEPING: Conv = Conv { kernel_size: [3; 2], stride: [1; 2], padding: [1; 2] };
const HALVING: Conv = Conv { kernel_size: [4; 2], stride: [2; 2], padding: [1; 2] };
/// Channels at 16x16, 8x8 and 4x4 of the network that sees, and of the critic.
const SEEING: [usize; 3] = [32, 64, 96];
const JUDGING: [usize; 3] = [24, 48, 64];
/// Channels at 4x4, and at 8x8, 16x16 and 32x32 of the one that draws.
const FIRST: usize = 96;
const DRAWING: [(&str, usize); 3] = [("draw8", 64), ("draw16", 48), ("draw32", 24)];

/// f of the paper: codes `[B, 128]`, each number from -1 to 1, of pictures `[B, 3, 32, 32]`. No norm, so that a picture is
/// seen alike whatever stands beside it, and whoever trains.
pub(super) fn see(scope: &mut Scope, pictures: Tensor) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let x = looked(scope, pictures, SEEING)?;
    let x = scope.linear("code", x, CODE, true)?;
    scope.tanh(x)
}

/// g of the paper: emoji `[B, 3, 32, 32]` of codes.
pub(super) fn draw(scope: &mut Scope, code: Tensor) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let batch = scope.graph.shape(code)[0];
    let x = scope.linear("linear", code, FIRST * 16, true)?;
    let mut x = scope.graph.reshape(x, [batch, FIRST, 4, 4])?;
    x = scope.batch_norm("draw4.norm", x, 1)?;
    x = scope.leaky_relu(x, 0.2)?;
    for (name, channels) in DRAWING {
        x = scope.conv_transpose2d(name, x, channels, HALVING, false)?;
        x = scope.batch_norm(&format!("{name}.norm"), x, 1)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    x = scope.conv2d("picture", x, 3, KEEPING, true)?;
    scope.tanh(x)
}

/// D of the paper: logits `[B, 3]` of pictures, its weights under spectral norm (Miyato et al. 2018).
pub(super) fn judge(scope: &mut Scope, pictures: Tensor) -> Result<Tensor> {
    scope.weights = Weights::Spectral { init: Init::Normal { mean: 0.0, std: 0.02 } };
    let x = looked(scope, pictures, JUDGING)?;
    scope.linear("linear", x, 3, true)
}
