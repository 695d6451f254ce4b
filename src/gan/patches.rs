//! The critic of patches (Isola et al. 2017), which games that translate share.

use crate::error::Result;
use crate::graph::{Conv, Tensor};
use crate::nn::Scope;

/// x `[B, C, 28, 28]` to a map `[B, 1, 7, 7]` of logits: how real each patch is. `affine`: whether the instance norm has gain
/// and bias.
pub(crate) fn patches(scope: &mut Scope, x: Tensor, affine: bool) -> Result<Tensor> {
    let halving = Conv::square(4, 2, 1);
    let mut x = scope.conv2d("conv1", x, 32, halving, true)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.conv2d("conv2", x, 64, halving, false)?;
    x = scope.instance_norm("norm2", x, affine)?;
    x = scope.leaky_relu(x, 0.2)?;
    scope.conv2d("conv3", x, 1, Conv::square(3, 1, 1), true)
}
