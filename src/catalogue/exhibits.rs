//! Presets that show a defect, or that something is needed.

use super::shared::*;
use crate::gan::{CGAN, GAN, Goal, Initialization, Labels, Norm, Preset, Recipe, Upsampling, WGAN, wgan};
use crate::nn::AdversarialLoss;

pub(super) const EXHIBITS: &[Preset] = &[
    Preset {
        key: "cgan-shuffled-mnist",
        name: "CGAN with shuffled labels",
        algorithm: &CGAN,
        note: "The control: both networks are told a class that has nothing to do with the image, so no digit can be ordered.",
        recipe: Recipe { labels: Labels::Shuffled, ..CONVOLUTIONAL },
        budget: 500_000,
        goals: &[Goal::at_most("conditional_accuracy", 0.15)],
        ..DIGITS
    },
    Preset {
        key: "collapse-ring8",
        name: "Mode collapse on the ring",
        note: "The discriminator learns ten times faster and five times as often, with momentum; the generator hops from one part to another.",
        recipe: Recipe { n_critic: 5, beta1: 0.9, ..POINTS },
        generator_learning_rate: 2e-4,
        discriminator_learning_rate: 2e-3,
        provokes: Some("mode_collapse"),
        look_for: "All forged points run to one place and then hop together to the next: most of the eight modes stay uncovered.",
        pace: Some(60),
        ..PLANE
    },
    Preset {
        key: "collapse-mnist",
        name: "Mode collapse on MNIST",
        algorithm: &GAN,
        note: "Without batch norm, and with five discriminator updates a step, all samples become one.",
        recipe: Recipe {
            generator_norm: Norm::None,
            initialization: Initialization::FanIn,
            n_critic: 5,
            beta1: 0.9,
            ..MLP
        },
        generator_learning_rate: 3e-4,
        discriminator_learning_rate: 3e-4,
        provokes: Some("mode_collapse"),
        look_for: "Within some hundred steps every forgery becomes the same picture, whatever its noise.",
        pace: Some(25),
        ..DIGITS
    },
    Preset {
        key: "d-wins-mnist",
        name: "D wins on MNIST",
        algorithm: &GAN,
        note: "The discriminator learns five times as fast and five times as often, and the generator has no norm: D is sure of every example.",
        recipe: Recipe { generator_norm: Norm::None, initialization: Initialization::FanIn, n_critic: 5, ..MLP },
        discriminator_learning_rate: 1e-3,
        provokes: Some("discriminator_too_strong"),
        look_for: "D rates originals near 100 % real and forgeries near 0 %, and the forgeries stop getting better.",
        pace: Some(25),
        ..DIGITS
    },
    Preset {
        key: "vanishing-mnist",
        name: "Vanishing gradient",
        algorithm: &GAN,
        note: "The minimax loss against a discriminator that is sure: the generator\u{2019}s gradient all but disappears.",
        recipe: Recipe {
            generator_norm: Norm::None,
            initialization: Initialization::FanIn,
            n_critic: 5,
            loss: AdversarialLoss::Minimax,
            ..MLP
        },
        discriminator_learning_rate: 1e-3,
        provokes: Some("vanishing_gradient"),
        look_for: "The generator\u{2019}s loss stays near zero, so its gradient does too: steps go by and the forgeries hardly change.",
        pace: Some(25),
        ..DIGITS
    },
    Preset {
        key: "oscillation-dirac",
        name: "Going round in circles",
        note: "Two numbers that chase each other for ever: gradient descent does not find the only equilibrium.",
        data: "origin",
        recipe: DIRAC,
        generator_learning_rate: 0.1,
        discriminator_learning_rate: 0.1,
        provokes: Some("oscillation"),
        look_for: "The forged point swings past the original and back, round after round, and never comes to rest; the losses swing with it.",
        pace: Some(25),
        ..PLANE
    },
    Preset {
        key: "checkerboard-mnist",
        name: "Checkerboard",
        note: "Transposed convolutions with kernel 3 and stride 2 reach some pixels four times and others once.",
        recipe: Recipe { upsampling: Upsampling::Uneven, ..CONVOLUTIONAL },
        provokes: Some("checkerboard"),
        look_for: "A regular grid of lighter and darker pixels lies over the strokes of every forgery.",
        ..DIGITS
    },
    Preset {
        key: "exploding-mnist",
        name: "Exploding scores",
        algorithm: &WGAN,
        note: "A clip of 1 lets the critic be as steep as it likes: scores and gradients explode.",
        recipe: Recipe {
            weight_clip: 1.0,
            critic_warmup: false,
            ..wgan::with_clip(Recipe { discriminator_norm: Norm::None, ..CONVOLUTIONAL })
        },
        generator_learning_rate: 5e-4,
        discriminator_learning_rate: 5e-4,
        provokes: Some("exploding"),
        look_for: "The critic\u{2019}s scores and both losses grow step by step and settle nowhere.",
        pace: Some(25),
        ..DIGITS
    },
    Preset {
        key: "dead-critic-mnist",
        name: "A dead critic",
        algorithm: &WGAN,
        note: "A clip of 0.001 leaves the critic almost flat: it says nothing that the generator could follow.",
        recipe: Recipe {
            weight_clip: 0.001,
            ..wgan::with_clip(Recipe { discriminator_norm: Norm::None, ..CONVOLUTIONAL })
        },
        provokes: Some("dead_critic"),
        look_for: "The critic scores originals and forgeries alike, and the forgeries stay noise.",
        pace: Some(25),
        ..DIGITS
    },
    Preset {
        key: "memorising-mnist",
        name: "Learning by heart",
        algorithm: &GAN,
        note: "A hundred digits: the discriminator comes to know each of them, and believes in no other.",
        examples: 100,
        recipe: Recipe { n_critic: 3, ..MLP },
        discriminator_learning_rate: 1e-3,
        provokes: Some("memorising"),
        look_for: "D is sure of its hundred digits, while digits that it never saw look fake to it.",
        pace: Some(60),
        ..DIGITS
    },
];
