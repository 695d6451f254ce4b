//! SAGAN: Zhang, Goodfellow, Metaxas and Odena, "Self-attention generative adversarial networks", ICML 2019.
//!
//! A convolution sees its neighbours. Self-attention lets each place look at all others: what it adds to a place's features
//! is a mean over all places, weighted by how well these fit. Its weight gamma starts at 0, so that the networks first
//! learn from neighbours.
//!
//! The ingredients: attention in both networks, spectral norm in both (the paper's first), the hinge loss, a learning rate
//! for each network (its second), conditional batch norm, projection of the class, and an average of the generator.
//!
//! With the paper's rates, four to one, digits come out about a third worse than with equal ones. And the class reaches the
//! first linear too, one-hot beside the noise: where it only steers the norms, whose gains start at 0, the networks are slow
//! to take any notice of it.

use super::conditional::{ATTENTION, CLASSES, CONDITIONAL, Differences, SETTINGS, Steering, play};
use super::preset::{Algorithm, Goal, Preset};
use super::recipe::Recipe;
use crate::error::Result;
use crate::game::{Builder, Entry, Knob, ONE_STAGE, playable};
use crate::nn::{Weights, functional, init};

pub const SAGAN: Algorithm = Algorithm {
    key: "sagan",
    name: "SAGAN",
    year: 2019,
    paper: "Zhang et al.: Self-attention generative adversarial networks",
    summary: "Each place of an image looks at all others, in both networks.",
    adds: "Self-attention; and the class in the norms of the generator.",
    watch: "Each column settles on its digit within some hundred steps. The weight of attention begins at 0 and grows, up or \
            down, once there is something to look at.",
    entry: Some(&Entry {
        data: &["mnist"],
        settings: SETTINGS,
        knobs: &[&ATTENTION, &CLASS_FIRST],
        stages: ONE_STAGE,
        measures: &[],
        build: playable(build),
    }),
};

const CLASS_FIRST: Knob = Knob::new(
    "class_first",
    "Class beside the noise",
    [0.0, 1.0, 1.0],
    1.0,
    "1: the generator\u{2019}s first layer is told the class too. 0: only its norms are, as in the paper.",
);

const STEPS: u32 = 4_000; // 64,000 images
const RECIPE: Recipe = Recipe { latent_dim: 64, decay_until: STEPS, ..CONDITIONAL };

const fn preset(key: &'static str, name: &'static str) -> Preset {
    Preset {
        generator_learning_rate: 2e-3,
        discriminator_learning_rate: 2e-3,
        ..Preset::of_game(key, name, &SAGAN, RECIPE, STEPS as u64)
    }
}

pub(crate) const PRESETS: &[Preset] = &[
    Preset {
        goals: &[Goal::at_most("nfd", 0.25), Goal::at_least("conditional_accuracy", 0.975)],
        ..preset("sagan-mnist", "SAGAN, digits")
    },
    Preset {
        note: "The same without attention, for 16 % less arithmetic: nFD 0.21 in place of 0.17 after as many images.",
        own: &[("attention", 0.0)],
        ..preset("sagan-no-attention-mnist", "SAGAN without attention")
    },
    Preset {
        note: "The class only in the norms, as in the paper. It needs many more images.",
        own: &[("class_first", 0.0)],
        ..preset("sagan-paper-mnist", "SAGAN as in the paper")
    },
];

/// Sections 3 and 4 of the paper.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let class_first = game.knob(&CLASS_FIRST) > 0.0;
    play(
        game,
        &Differences {
            embed: &|scope, class| functional::one_hot(scope.graph, class, CLASSES),
            steer: &|scope, z, class| {
                let first = if class_first { scope.graph.concat(&[z, class], 1)? } else { z };
                Ok(Steering { first, norms: [class; 2], weights: Weights::Plain { init: init::ZEROS } })
            },
            regulariser: &|_| Ok(None),
            bounded: &|_, z| Ok(z),
            truncates: false,
        },
    )
}
