//! The projection discriminator: Miyato and Koyama, "cGANs with projection discriminator", ICLR 2018.
//!
//! The discriminator's logit for an image x and a class y is `linear(f(x)) + f(x) . E[y]`, where f are its last features and
//! E has a row for each class. The second term says how well the image fits the class; the features stay free of it.
//! Against label planes beside the image it comes to the same samples with a fraction of the arithmetic.
//!
//! The class may be a label, or a group of look-alikes that was made of unlabelled images ([`crate::data::groups`]).

use super::cgan::Label;
use crate::error::Result;
use crate::graph::Tensor;
use crate::nn::Scope;

/// How a discriminator is told the classes.
#[derive(Clone, Copy)]
pub(super) enum Told {
    Nothing,
    /// One-hot `[B, classes]`, beside the image or its pixels, see `cgan.rs`.
    Beside(Tensor),
    Projected(Label),
}

impl Told {
    /// What stands beside the image.
    pub fn beside(self) -> Option<Tensor> {
        match self {
            Told::Beside(label) => Some(label),
            Told::Nothing | Told::Projected(_) => None,
        }
    }
}

/// The last layer of a discriminator: features `[B, N]` to logits `[B, 1]`, with the projection where the class is told so.
/// E is `projection.weight` `[classes, N]`.
pub(super) fn logit(scope: &mut Scope, name: &str, features: Tensor, told: Told) -> Result<Tensor> {
    let logit = scope.linear(name, features, 1, true)?;
    let Told::Projected(label) = told else { return Ok(logit) };
    let classes = scope.graph.shape(label.one_hot)[1];
    let number = label.number(scope.graph)?;
    let fit = scope.projection("projection", features, number, classes)?;
    scope.graph.add(logit, fit)
}
