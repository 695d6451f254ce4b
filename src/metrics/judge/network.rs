//! The judge's layers: two convolutions of stride 2, then two linear ones; 106 thousand parameters.

use crate::error::Result;
use crate::graph::{Conv, Tensor};
use crate::nn::init::{FanMode, kaiming_normal};
use crate::nn::{Scope, Weights};

/// The name of the network in programs.
pub(super) const NAME: &str = "judge";
/// Height and width of an image in pixels.
pub const SIDE: usize = 28;
/// Pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;
/// Width of the feature layer.
pub const FEATURES: usize = 64;
/// The ten digits.
pub const CLASSES: usize = 10;

/// What the network puts out for a batch.
pub(super) struct Outputs {
    /// `[B, FEATURES]`
    pub features: Tensor,
    /// `[B, CLASSES]`
    pub logits: Tensor,
}

/// Images `[B, PIXELS]` in [-1, 1] to features and logits.
///
/// The batch norm of the feature layer gives all features one scale; without it a distance between features is ruled by
/// the few largest.
pub(super) fn network(scope: &mut Scope, images: Tensor) -> Result<Outputs> {
    let batch = scope.graph.shape(images)[0];
    let mut x = scope.graph.reshape(images, [batch, 1, SIDE, SIDE])?;
    let mut in_channels = 1;
    for (layer, channels, kernel_size) in [("1", 16, 5), ("2", 32, 3)] {
        start(scope, &[channels, in_channels, kernel_size, kernel_size])?;
        let conv = Conv::square(kernel_size, 2, kernel_size / 2);
        x = scope.conv2d(&format!("conv{layer}"), x, channels, conv, false)?;
        x = scope.batch_norm(&format!("bn{layer}"), x, 1)?;
        x = scope.relu(x)?;
        in_channels = channels;
    }
    let inner = scope.graph.shape(x).elements() / batch;
    let x = scope.graph.reshape(x, [batch, inner])?;
    start(scope, &[FEATURES, inner])?;
    let x = scope.linear("linear1", x, FEATURES, false)?;
    let x = scope.batch_norm("bn3", x, 1)?;
    let features = scope.relu(x)?;
    start(scope, &[CLASSES, FEATURES])?;
    let logits = scope.linear("linear2", features, CLASSES, true)?;
    Ok(Outputs { features, logits })
}

/// The next layer's weight starts as He et al. (2015) have it: a step with ReLU keeps the variance.
fn start(scope: &mut Scope, shape: &[usize]) -> Result<()> {
    scope.weights = Weights::Plain { init: kaiming_normal(shape, 0.0, FanMode::In)? };
    Ok(())
}
