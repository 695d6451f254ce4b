//! The critic that super-resolution and inpainting share: it looks at each image alone, its weights under spectral norm
//! (Miyato et al. 2018), and what it notes on the way can be compared too.

use crate::error::Result;
use crate::game::Knob;
use crate::graph::{Conv, Init, Tensor};
use crate::nn::{Scope, Weights};

/// Of the settings that all runs have, those of games with this critic.
pub(super) const SETTINGS: &[&str] =
    &["batch_size", "generator_learning_rate", "discriminator_learning_rate", "average", "decay_until", "decay_from"];

pub(super) const CRITIC_WEIGHT: Knob = Knob::new(
    "critic_weight",
    "Weight of the critic, beside the distance",
    [0.0, 1.0, 0.001],
    0.005,
    "How much it counts what the critic says; the squared distance to the truth counts 1. At 0 there is only the distance, \
     and what it cannot know is grey.",
);

const WEIGHTS: Weights = Weights::Spectral { init: Init::Normal { mean: 0.0, std: 0.02 } };

/// Images `[B, C, 28, 28]` to maps `[B, 64, 7, 7]` of what there is.
pub(super) fn features(scope: &mut Scope, images: Tensor) -> Result<Tensor> {
    scope.weights = WEIGHTS;
    let mut x = images;
    for (name, channels) in [("conv1", 32), ("conv2", 64)] {
        x = scope.conv2d(name, x, channels, Conv::square(4, 2, 1), true)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    Ok(x)
}

/// Images `[B, C, 28, 28]` to logits `[B, 1]`: how real they are.
pub(super) fn critic(scope: &mut Scope, images: Tensor) -> Result<Tensor> {
    let x = features(scope, images)?;
    let batch = scope.graph.shape(x)[0];
    let x = scope.graph.reshape(x, [batch, 64 * 7 * 7])?;
    scope.linear("linear", x, 1, true)
}
