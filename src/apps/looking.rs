//! What games share whose networks look at faces: the layers, what is missed of attributes, and the face that a visitor
//! chooses.

use crate::error::Result;
use crate::game::{Slider, Step};
use crate::graph::{Conv, Tensor};
use crate::nn::{Scope, functional, losses};

const HALVING: Conv = Conv { kernel_size: [4; 2], stride: [2; 2], padding: [1; 2] };
/// One of the faces that a visitor can choose from.
pub(super) const FACE: Slider = Slider::row("face", "Which face", 64, "One of 64 that the run has not seen.");

/// What lies before the last layer, `[B, 16 channels[2]]`, of pictures `[B, 3, 32, 32]`.
pub(super) fn looked(scope: &mut Scope, pictures: Tensor, channels: [usize; 3]) -> Result<Tensor> {
    let mut x = pictures;
    for (name, channels) in ["conv1", "conv2", "conv3"].into_iter().zip(channels) {
        x = scope.conv2d(name, x, channels, HALVING, true)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    functional::flatten(scope.graph, x, 1)
}

/// The cross-entropies of the logits that stand first in `said` `[B, n]`, attribute by attribute (the column of the set, and
/// how many classes it has), as terms of a sum; and how many logits these are.
pub(super) fn missed(
    s: &mut Step,
    said: Tensor,
    set: &str,
    attributes: &[(&str, usize)],
) -> Result<(Vec<(f32, Tensor)>, usize)> {
    let mut terms = Vec::new();
    let mut at = 0;
    for &(column, classes) in attributes {
        let class = s.row(set, column)?;
        let class = s.graph.reshape(class, [s.count()])?;
        let wanted = functional::one_hot(&mut s.graph, class, classes)?;
        let logits = s.graph.slice(said, 1, at, classes)?;
        terms.push((1.0, losses::cross_entropy(&mut s.graph, logits, wanted)?));
        at += classes;
    }
    Ok((terms, at))
}
