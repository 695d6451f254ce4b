//! The table of presets: what a run starts from, and what is said about it wherever it is listed.

use super::Recipe;
use crate::graph::Adam;
use crate::nn::GeneratorLoss;

/// The networks of a preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Fully connected, 64-256-512-784 and 784-512-256-1.
    Mlp,
    /// Convolutional, 32 and 64 channels.
    Dcgan,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Name in links, attributes and on the command line.
    pub key: &'static str,
    /// Name on the page.
    pub name: &'static str,
    pub algorithm: &'static str,
    pub paper: &'static str,
    pub year: u32,
    /// The idea in one sentence.
    pub summary: &'static str,
    /// What to look for while it trains.
    pub watch: &'static str,
    /// Key of its data set.
    pub data: &'static str,
    pub recipe: Recipe,
    pub generator_learning_rate: f32,
    pub discriminator_learning_rate: f32,
}

/// DCGAN's optimiser, used by most GANs since: a lower first decay than Adam's default, for a game without momentum.
const ADAM: Adam = Adam { beta1: 0.5, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };

/// All presets; the first is where the page starts.
pub const PRESETS: &[Preset] = &[
    Preset {
        key: "dcgan-mnist",
        name: "DCGAN on MNIST",
        algorithm: "DCGAN",
        paper: "Radford, Metz, Chintala: Unsupervised representation learning with deep convolutional generative adversarial networks",
        year: 2016,
        summary: "Convolutional networks with batch norm make the game train stably on images.",
        watch: "Strokes come first, then closed loops, then whole digits.",
        data: "mnist",
        recipe: Recipe {
            architecture: Architecture::Dcgan,
            latent_dim: 64,
            batch_size: 64,
            generator_loss: GeneratorLoss::NonSaturating,
            adam: ADAM,
        },
        generator_learning_rate: 2e-4,
        discriminator_learning_rate: 2e-4,
    },
    Preset {
        key: "gan-mnist",
        name: "GAN on MNIST",
        algorithm: "GAN",
        paper: "Goodfellow et al.: Generative adversarial nets",
        year: 2014,
        summary: "Two fully connected networks play against each other: one forges digits, one detects forgeries.",
        watch: "The digits stay grainy: no layer knows that neighbouring pixels belong together.",
        data: "mnist",
        recipe: Recipe {
            architecture: Architecture::Mlp,
            latent_dim: 64,
            batch_size: 64,
            generator_loss: GeneratorLoss::NonSaturating,
            adam: ADAM,
        },
        generator_learning_rate: 2e-4,
        discriminator_learning_rate: 2e-4,
    },
];

impl Preset {
    /// The preset of that key.
    pub fn find(key: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.key == key)
    }
}
