//! What a pair of networks is, and the norm that their hidden layers share.

use super::choices::Norm;
use super::projection::Told;
use super::recipe::Recipe;
use crate::error::Result;
use crate::graph::Tensor;
use crate::nn::Scope;

/// A pair of networks. Examples are rows: `[B, pixels]` in [-1, 1], or `[B, coordinates]`.
pub(super) struct Networks {
    /// Latent `[B, latent_dim]`, with the class behind it where there is one, to examples.
    pub generator: fn(&mut Scope, &Recipe, Tensor) -> Result<Tensor>,
    /// Examples, `groups` batches one after another, and what is told of their classes, to logits `[B, 1]`.
    pub discriminator: fn(&mut Scope, &Recipe, Tensor, Told, usize) -> Result<Tensor>,
}

/// The norm of a hidden layer, where it is one of activations.
pub(super) fn normalize(scope: &mut Scope, norm: Norm, name: &str, x: Tensor, groups: usize) -> Result<Tensor> {
    match norm {
        Norm::Batch => scope.batch_norm(name, x, groups),
        Norm::Layer => {
            let dims = scope.graph.shape(x).rank() - 1;
            scope.layer_norm(name, x, dims)
        }
        Norm::None | Norm::Spectral => Ok(x),
    }
}

impl Norm {
    /// Whether a layer before it needs a bias: batch and layer norm have one of their own.
    pub(super) fn needs_bias(self) -> bool {
        matches!(self, Norm::None | Norm::Spectral)
    }
}
