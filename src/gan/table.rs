//! The table of presets, which a run starts from, with what is said about them wherever they are listed.

use super::algorithms::{Algorithm, CGAN, DCGAN, GAN, WGAN, WGAN_GP};
use super::layers::LayerList;
use super::recipe::{Architecture, Initialization, Labels, Norm, OptimizerKind, Penalty, Recipe, Upsampling};
use super::records::RECORDS;
use super::{wgan, wgan_gp};
use crate::nn::AdversarialLoss;

/// A start for a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Name in links, attributes and on the command line.
    pub key: &'static str,
    /// Name on the page.
    pub name: &'static str,
    pub algorithm: &'static Algorithm,
    /// What this preset shows, where that is more than its algorithm on its data.
    pub note: &'static str,
    /// Key of its data set: `mnist`, or a world of points.
    pub data: &'static str,
    /// Training examples that are used; 0 for all.
    pub examples: u32,
    pub recipe: Recipe,
    pub generator_learning_rate: f32,
    pub discriminator_learning_rate: f32,
    /// For an exhibit: the defect that it provokes, as the doctor calls it.
    pub provokes: Option<&'static str>,
    /// Real examples, repetitions counted, after which it is judged.
    pub budget: u64,
    /// What it shall have reached by then.
    pub goals: &'static [Goal],
}

/// A figure that a preset is held to, by its name in an evaluation's report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    pub value: &'static str,
    pub bound: Bound,
    /// Real examples after which it holds; 0 for the preset's budget.
    pub images: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// What a run of a preset reached; `ganvas measure --record` writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// The preset's key.
    pub preset: &'static str,
    pub seed: u32,
    pub steps: u32,
    /// Real examples, repetitions counted.
    pub images: u64,
    /// Of training, on that backend and adapter.
    pub seconds: f64,
    pub backend: &'static str,
    pub adapter: &'static str,
    pub nfd: Option<f64>,
    /// The preset's goals in words, and what was reached.
    pub figures: &'static [(&'static str, Option<f64>)],
    /// Keys of the landmarks that it came past, with the step at which each was first seen.
    pub landmarks: &'static [(&'static str, u32)],
}

impl Bound {
    /// Whether a value keeps to it.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Bound::AtMost(most) => value <= most,
            Bound::AtLeast(least) => value >= least,
        }
    }
}

const fn at_most(value: &'static str, most: f64) -> Goal {
    Goal { value, bound: Bound::AtMost(most), images: 0 }
}

const fn at_least(value: &'static str, least: f64) -> Goal {
    Goal { value, bound: Bound::AtLeast(least), images: 0 }
}

/// What most recipes share, with DCGAN's Adam: a lower first decay than usual, for a game without momentum.
const MLP: Recipe = Recipe {
    architecture: Architecture::Mlp,
    latent_dim: 64,
    batch_size: 64,
    n_critic: 1,
    critic_warmup: false,
    loss: AdversarialLoss::NonSaturating,
    penalty: Penalty::None,
    penalty_weight: 0.0,
    weight_clip: 0.0,
    average: 0.0,
    labels: Labels::None,
    classes: 0,
    within_labels: false,
    generator_norm: Norm::Batch,
    discriminator_norm: Norm::None,
    upsampling: Upsampling::Transposed,
    generator_channels: 32,
    discriminator_channels: 32,
    generator_layers: LayerList::EMPTY,
    discriminator_layers: LayerList::EMPTY,
    initialization: Initialization::Normal,
    optimizer: OptimizerKind::Adam,
    beta1: 0.5,
    beta2: 0.999,
    decay_until: 0,
    decay_from: 0.0,
    decay_to: 0.0,
};

const CONVOLUTIONAL: Recipe = Recipe { architecture: Architecture::Dcgan, discriminator_norm: Norm::Batch, ..MLP };

const POINTS: Recipe = Recipe {
    architecture: Architecture::Plane,
    latent_dim: 2,
    batch_size: 256,
    generator_norm: Norm::None,
    initialization: Initialization::FanIn,
    ..MLP
};

const DIRAC: Recipe = Recipe {
    architecture: Architecture::Dirac,
    // With this loss the distance from the equilibrium stays the same; the non-saturating one creeps inwards.
    loss: AdversarialLoss::Minimax,
    latent_dim: 1,
    batch_size: 2,
    generator_norm: Norm::None,
    optimizer: OptimizerKind::Sgd,
    beta1: 0.0,
    ..MLP
};

/// What most image presets share.
const DIGITS: Preset = Preset {
    key: "",
    name: "",
    algorithm: &DCGAN,
    note: "",
    data: "mnist",
    examples: 0,
    recipe: CONVOLUTIONAL,
    generator_learning_rate: 2e-4,
    discriminator_learning_rate: 2e-4,
    provokes: None,
    budget: 1_000_000,
    goals: &[],
};

/// Steps after which worlds of points are judged.
const STEPS_OF_POINTS: u64 = 4_000;

/// What most presets of points share.
const PLANE: Preset = Preset {
    algorithm: &GAN,
    data: "ring8",
    recipe: POINTS,
    generator_learning_rate: 1e-3,
    discriminator_learning_rate: 1e-3,
    budget: STEPS_OF_POINTS * 256,
    ..DIGITS
};

/// What the presets share that come to legible digits with the least arithmetic: the class by projection, many small steps
/// at high rates, a discriminator that is smaller and slower than the generator, and an average for samples.
const QUICK: Preset = Preset {
    algorithm: &CGAN,
    recipe: Recipe {
        latent_dim: 16,
        batch_size: 16,
        labels: Labels::Projection,
        generator_channels: 16,
        discriminator_channels: 8,
        initialization: Initialization::FanIn,
        beta2: 0.99,
        average: 0.99,
        ..CONVOLUTIONAL
    },
    generator_learning_rate: 8e-3,
    discriminator_learning_rate: 2e-3,
    budget: 60_000,
    ..DIGITS
};

const fn nfd_within(most: f64, images: u64) -> Goal {
    Goal { value: "nfd", bound: Bound::AtMost(most), images }
}

/// All presets; the first is where the page starts.
pub const PRESETS: &[Preset] = &[
    Preset {
        key: "quick-mnist",
        name: "Digits in seconds",
        note: "Small networks, many small steps, and both are told the digit and which of three kinds of it: each column becomes its digit within seconds.",
        recipe: Recipe { classes: 30, within_labels: true, ..QUICK.recipe },
        // Within 15, 35 and 80 GFLOP.
        goals: &[nfd_within(4.0, 1_920), nfd_within(2.0, 4_800), nfd_within(1.0, 13_000)],
        ..QUICK
    },
    Preset {
        key: "quick-unlabelled-mnist",
        name: "Digits in seconds, without labels",
        algorithm: &DCGAN,
        note: "The computer sorts the images into fifty groups of look-alikes and tells both networks the group; no label is used. That is a self-conditioned GAN (Liu et al. 2020).",
        recipe: Recipe { classes: 50, ..QUICK.recipe },
        // Within 15, 35 and 100 GFLOP.
        goals: &[nfd_within(4.0, 1_920), nfd_within(2.0, 4_800), nfd_within(1.0, 14_400)],
        ..QUICK
    },
    Preset {
        key: "best-mnist",
        name: "The best digits",
        note: "Five groups of look-alikes in each label, rates that fall over the run, and a long average: the best samples here for their arithmetic.",
        recipe: Recipe {
            latent_dim: 64,
            batch_size: 32,
            classes: 50,
            within_labels: true,
            generator_channels: 32,
            discriminator_channels: 16,
            average: 0.999,
            decay_until: 5_000,
            decay_to: 0.01,
            ..QUICK.recipe
        },
        generator_learning_rate: 4e-3,
        discriminator_learning_rate: 1e-3,
        budget: 160_000,
        goals: &[at_most("nfd", 0.28), at_least("recall", 0.65)],
        ..QUICK
    },
    Preset {
        key: "dcgan-mnist",
        name: "DCGAN on MNIST",
        goals: &[at_most("nfd", 1.0), at_least("entropy", 0.98), at_least("recall", 0.7), at_most("checkerboard", 1.5)],
        ..DIGITS
    },
    Preset {
        key: "gan-mnist",
        name: "GAN on MNIST",
        algorithm: &GAN,
        recipe: MLP,
        budget: 500_000,
        goals: &[at_most("nfd", 4.0), at_least("smallest_share", 0.02)],
        ..DIGITS
    },
    Preset {
        key: "cgan-mnist",
        name: "CGAN on MNIST",
        algorithm: &CGAN,
        recipe: Recipe { labels: Labels::Both, ..CONVOLUTIONAL },
        goals: &[
            Goal { value: "conditional_accuracy", bound: Bound::AtLeast(0.95), images: 500_000 },
            at_least("conditional_accuracy", 0.97),
            at_most("nfd", 0.5),
        ],
        ..DIGITS
    },
    Preset {
        key: "wgan-mnist",
        name: "WGAN on MNIST",
        algorithm: &WGAN,
        recipe: wgan::with_clip(Recipe { discriminator_norm: Norm::None, ..CONVOLUTIONAL }),
        goals: &[at_least("spearman", 0.8), at_least("clipped", 0.6)],
        ..DIGITS
    },
    Preset {
        key: "wgan-gp-mnist",
        name: "WGAN-GP on MNIST",
        algorithm: &WGAN_GP,
        // The paper's rate of 1e-4 is meant for 200,000 steps; five times that is stable here and much faster.
        recipe: wgan_gp::with_penalty(CONVOLUTIONAL, 10.0),
        generator_learning_rate: 5e-4,
        discriminator_learning_rate: 5e-4,
        goals: &[at_most("nfd", 1.0), at_least("gradient_norm", 0.85), at_most("gradient_norm", 1.15)],
        ..DIGITS
    },
    Preset {
        key: "gan-ring8",
        name: "GAN on the ring",
        // Without the average the samples follow each swing of the game, and without batch norm some seeds miss a mode.
        recipe: Recipe { generator_norm: Norm::Batch, average: 0.99, ..POINTS },
        goals: &[at_least("modes", 8.0), at_least("high_quality", 0.9)],
        ..PLANE
    },
    Preset {
        key: "gan-r1-ring8",
        name: "GAN with R1 on the ring",
        note: "R1 keeps the discriminator flat at real examples, and the game settles.",
        recipe: Recipe { penalty: Penalty::R1, penalty_weight: 1.0, ..POINTS },
        goals: &[at_least("modes", 8.0)],
        ..PLANE
    },
    Preset {
        key: "wgan-ring8",
        name: "WGAN on the ring",
        algorithm: &WGAN,
        recipe: Recipe { weight_clip: 0.1, ..wgan::with_clip(POINTS) },
        budget: 5 * STEPS_OF_POINTS * 256,
        generator_learning_rate: 5e-4,
        discriminator_learning_rate: 5e-4,
        ..PLANE
    },
    Preset {
        key: "wgan-gp-ring8",
        name: "WGAN-GP on the ring",
        algorithm: &WGAN_GP,
        recipe: wgan_gp::with_penalty(POINTS, 0.1),
        budget: 5 * STEPS_OF_POINTS * 256,
        goals: &[at_least("modes", 8.0), at_least("high_quality", 0.85)],
        ..PLANE
    },
    Preset {
        key: "wgan-gp-grid25",
        name: "WGAN-GP on the grid",
        algorithm: &WGAN_GP,
        data: "grid25",
        recipe: wgan_gp::with_penalty(POINTS, 0.1),
        budget: 5 * STEPS_OF_POINTS * 256,
        goals: &[at_least("modes", 24.0), at_least("high_quality", 0.85)],
        ..PLANE
    },
    Preset {
        key: "dirac-r1",
        name: "The smallest GAN, with R1",
        note: "Two numbers that meet at (0, 0), because R1 takes the swing out of the game.",
        data: "origin",
        recipe: Recipe { penalty: Penalty::R1, penalty_weight: 1.0, ..DIRAC },
        generator_learning_rate: 0.1,
        discriminator_learning_rate: 0.1,
        budget: 500 * 2,
        goals: &[at_most("mean_radius", 0.01)],
        ..PLANE
    },
    Preset {
        key: "cgan-shuffled-mnist",
        name: "CGAN with shuffled labels",
        algorithm: &CGAN,
        note: "The control: both networks are told a class that has nothing to do with the image, so no digit can be ordered.",
        recipe: Recipe { labels: Labels::Shuffled, ..CONVOLUTIONAL },
        budget: 500_000,
        goals: &[at_most("conditional_accuracy", 0.15)],
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
        ..PLANE
    },
    Preset {
        key: "checkerboard-mnist",
        name: "Checkerboard",
        note: "Transposed convolutions with kernel 3 and stride 2 reach some pixels four times and others once.",
        recipe: Recipe { upsampling: Upsampling::Uneven, ..CONVOLUTIONAL },
        provokes: Some("checkerboard"),
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
        ..DIGITS
    },
];

impl Preset {
    /// What it reached when it was last measured, if it was.
    pub fn record(&self) -> Option<&'static Record> {
        RECORDS.iter().find(|record| record.preset == self.key)
    }

    /// The preset of that key.
    pub fn find(key: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.key == key)
    }
}
