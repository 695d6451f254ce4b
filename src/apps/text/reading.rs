//! How captions are read: words as vectors, and what a stage is told of them.

use crate::error::Result;
use crate::graph::{Draw, Init, Tensor, Unary};
use crate::nn::{Scope, Weights, losses};
use ganvas_sets::captions::WORDS;

/// Numbers of a word's vector, of what is made of a caption, and of what a stage is told.
const WORD: usize = 32;
pub(super) const TEXT: usize = 64;
pub(super) const TOLD: usize = 32;

/// Numbers `[B, 64]` of captions `[B, length]`, numbers of words from 1, and 0 for none. A word has a vector, its place in the
/// caption another one; what comes of both is added up, whatever the order.
///
/// # Errors
/// Those of the layers.
pub fn read(scope: &mut Scope, caption: Tensor) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let [batch, length] = [0, 1].map(|axis| scope.graph.shape(caption)[axis]);
    let number = scope.graph.reshape(caption, [batch * length])?;
    let words = scope.embedding("words", number, WORDS.len() + 1, WORD)?;
    let words = scope.graph.reshape(words, [batch, length, WORD])?;
    let place = scope.parameter("places.weight", [1, length, WORD], Init::Normal { mean: 0.0, std: 0.1 })?;
    let x = scope.graph.add(words, place)?;
    let x = scope.leaky_relu(x, 0.2)?;
    let nothing = scope.graph.constant(0.0, [1, 1]);
    let is_word = scope.graph.less(nothing, caption)?;
    let is_word = scope.graph.reshape(is_word, [batch, length, 1])?;
    let x = scope.graph.mul(x, is_word)?;
    let x = scope.graph.sum(x, &[1])?;
    let x = scope.graph.reshape(x, [batch, WORD])?;
    let x = scope.linear("text", x, TEXT, true)?;
    scope.leaky_relu(x, 0.2)
}

/// What a stage is told of a caption, and how far its distribution is from noise.
pub struct Condition {
    /// `[B, 32]`.
    pub value: Tensor,
    /// A scalar: the Kullback-Leibler divergence, mean over the batch.
    pub divergence: Tensor,
}

/// Conditioning augmentation: c = mu + sigma e of text `[B, 64]`, with e drawn from N(0, 1); without a draw, c = mu.
///
/// # Errors
/// Those of the layers.
pub fn condition(scope: &mut Scope, name: &str, text: Tensor, draw: Option<Draw>) -> Result<Condition> {
    scope.weights = Weights::FanIn;
    let both = scope.linear(name, text, 2 * TOLD, true)?;
    let (mean, log_variance) = (scope.graph.slice(both, 1, 0, TOLD)?, scope.graph.slice(both, 1, TOLD, TOLD)?);
    let divergence = losses::gaussian_kl(scope.graph, mean, log_variance)?;
    let Some(draw) = draw else { return Ok(Condition { value: mean, divergence }) };
    let shape = scope.graph.shape(mean).clone();
    let half = scope.graph.mul_scalar(log_variance, 0.5)?;
    let deviation = scope.graph.unary(Unary::Exp, half)?;
    let noise = scope.graph.normal(draw, shape);
    let noise = scope.graph.mul(deviation, noise)?;
    Ok(Condition { value: scope.graph.add(mean, noise)?, divergence })
}
