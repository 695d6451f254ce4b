//! The table of the settings that all runs have.

use super::setting::{Kind, Place, Setting};
use super::texts::{choices, data_sets, find, points, switch};
use super::{BackendChoice, Start};
use crate::data::groups::MAX_CLASSES;
use crate::decimal::Decimal;
use crate::gan::layers::LayerList;
use crate::gan::{Architecture, Initialization, Labels, Norm, OptimizerKind, Penalty, Preset, Upsampling, choice_key};
use crate::nn::AdversarialLoss;

/// A choice; `$field` is its place.
macro_rules! choice {
    ($key:ident, $($field:ident).+, $type:ty, $name:literal, $group:literal, $help:literal) => {
        Setting {
            key: stringify!($key),
            name: $name,
            kind: Kind::Choice(choices::<$type>),
            unit: "",
            help: $help,
            live: false,
            group: $group,
            place: Place::Field {
                get: |settings| choice_key(settings.$($field).+).into(),
                set: |settings, text| find(text).map(|choice| settings.$($field).+ = choice),
            },
        }
    };
}

/// A choice among a recipe's ingredients.
macro_rules! ingredient {
    ($key:ident, $($rest:tt)+) => {
        choice!($key, recipe.$key, $($rest)+)
    };
}

/// A number; `$field` is its place.
macro_rules! number {
    ($key:literal, $($field:ident).+, $kind:expr, $unit:literal, $name:literal, $group:literal, $live:literal, $help:literal) => {
        Setting {
            key: $key,
            name: $name,
            kind: $kind,
            unit: $unit,
            help: $help,
            live: $live,
            group: $group,
            place: Place::Field { get: |settings| settings.$($field).+.to_string(), set: |settings, text| Decimal::read(text).map(|number| settings.$($field).+ = number) },
        }
    };
}

/// A list of layers; `$key` is its place in the recipe.
macro_rules! layers {
    ($key:ident, $name:literal, $help:literal) => {
        Setting {
            key: stringify!($key),
            name: $name,
            kind: Kind::Layers,
            unit: "",
            help: $help,
            live: false,
            group: "layers",
            place: Place::Field {
                get: |settings| settings.recipe.$key.to_string(),
                set: |settings, text| LayerList::parse(text).ok().map(|list| settings.recipe.$key = list),
            },
        }
    };
}

/// In the order of the page.
pub(super) const ROWS: &[Setting] = &[
    Setting {
        key: "preset",
        name: "Preset",
        kind: Kind::Preset,
        unit: "",
        help: "The algorithm, its ingredients and the data set.",
        live: false,
        group: "run",
        place: Place::Field {
            get: |settings| settings.preset.key.into(),
            set: |settings, text| Preset::find(text).map(|preset| settings.preset = preset),
        },
    },
    choice!(
        start,
        start,
        Start,
        "Start",
        "run",
        "From zero, the networks know nothing yet. Trained, they come as a run of this preset left them, and go on learning from there, at the rates of its beginning."
    ),
    number!(
        "seed",
        seed,
        Kind::Integer { min: 0, max: u32::MAX },
        "",
        "Seed",
        "run",
        false,
        "The same seed gives the same start, the same batches and the same noise."
    ),
    choice!(
        backend,
        backend,
        BackendChoice,
        "Backend",
        "run",
        "Where the networks are trained. Automatic takes the GPU unless it is only simulated by the CPU."
    ),
    #[cfg(target_arch = "wasm32")]
    choice!(
        tune,
        tune,
        super::TunerChoice,
        "Find the fastest kernels",
        "run",
        "Measures on this GPU, between the first steps, which of its programs are fastest here, and keeps it for the next visit. Briefly is about a second; thoroughly takes as long as it takes, also where shaders are slow to make. What is learned stays the same but for rounding."
    ),
    Setting {
        key: "data",
        name: "Data",
        kind: Kind::Choice(data_sets),
        unit: "",
        help: "What is real: the digits of MNIST, or points of a small world where everything can be seen.",
        live: false,
        group: "data",
        place: Place::Field {
            get: |settings| settings.data.into(),
            set: |settings, text| {
                data_sets().into_iter().find(|(key, _)| *key == text).map(|(key, _)| settings.data = key)
            },
        },
    },
    number!(
        "examples",
        examples,
        Kind::Integer { min: 0, max: 60_000 },
        "images",
        "Training images",
        "data",
        false,
        "How many of the training images are used; 0 for all. With a few hundred the discriminator learns them by heart."
    ),
    Setting {
        key: "points",
        name: "Points",
        kind: Kind::Points,
        unit: "",
        help: "Where the world “drawn by hand” is dense.",
        live: false,
        group: "data",
        place: Place::Field {
            get: |settings| {
                let point = |[x, y]: &[f32; 2]| format!("{x},{y}");
                settings.points.iter().map(point).collect::<Vec<_>>().join(" ")
            },
            set: |settings, text| points(text).map(|points| settings.points = points),
        },
    },
    ingredient!(architecture, Architecture, "Networks", "networks", "Which two networks play."),
    number!(
        "latent_dim",
        recipe.latent_dim,
        Kind::Integer { min: 1, max: 512 },
        "numbers",
        "Latent",
        "networks",
        false,
        "How many random numbers the generator starts from."
    ),
    ingredient!(
        labels,
        Labels,
        "Labels",
        "networks",
        "Whether both networks are told the class, so that a digit can be ordered. Projected, it becomes a part of the discriminator\u{2019}s last layer (Miyato and Koyama 2018), and far less arithmetic is needed."
    ),
    number!(
        "classes",
        recipe.classes,
        Kind::Integer { min: 0, max: MAX_CLASSES as u32 },
        "groups",
        "Classes",
        "networks",
        false,
        "What the networks are told where they are told the class: 0 for the data\u{2019}s labels, or so many groups of look-alikes that are made of the images when the run begins; no label is needed for them. 50 works well."
    ),
    Setting {
        key: "within_labels",
        name: "Groups within labels",
        kind: Kind::Switch,
        unit: "",
        help: "Makes the groups within each label, as many in each, so that digits can be ordered and their kinds are told too.",
        live: false,
        group: "networks",
        place: Place::Field {
            get: |settings| u32::from(settings.recipe.within_labels).to_string(),
            set: |settings, text| switch(text).map(|on| settings.recipe.within_labels = on),
        },
    },
    ingredient!(
        generator_norm,
        Norm,
        "Generator norm",
        "networks",
        "What keeps the generator\u{2019}s hidden layers in bounds."
    ),
    ingredient!(
        discriminator_norm,
        Norm,
        "Discriminator norm",
        "networks",
        "What keeps the discriminator in bounds. Batch norm does not go with a penalty."
    ),
    ingredient!(
        upsampling,
        Upsampling,
        "Upsampling",
        "networks",
        "How the convolutional generator doubles its extents. Kernel 3 leaves a checkerboard."
    ),
    number!(
        "generator_channels",
        recipe.generator_channels,
        Kind::Integer { min: 1, max: 128 },
        "",
        "Generator channels",
        "networks",
        false,
        "Of the convolutional generator next to the image; the layer inside has twice as many."
    ),
    number!(
        "discriminator_channels",
        recipe.discriminator_channels,
        Kind::Integer { min: 1, max: 128 },
        "",
        "Discriminator channels",
        "networks",
        false,
        "Of the convolutional discriminator next to the image; the layer inside has twice as many. A small one learns slowly enough for a quick generator."
    ),
    layers!(
        generator_layers,
        "Generator layers",
        "The generator as a list of layers, in place of networks, norm and upsampling; empty for these."
    ),
    layers!(
        discriminator_layers,
        "Discriminator layers",
        "The discriminator as a list of layers, in place of networks and norm; empty for these."
    ),
    ingredient!(initialization, Initialization, "Initialisation", "networks", "How weights start."),
    ingredient!(
        loss,
        AdversarialLoss,
        "Loss",
        "training",
        "The game. Minimax is its first value; non-saturating keeps a strong gradient when the discriminator is sure."
    ),
    ingredient!(penalty, Penalty, "Penalty", "training", "What the discriminator\u{2019}s gradient is held to."),
    number!(
        "penalty_weight",
        recipe.penalty_weight,
        Kind::Number { min: 0.0, max: 1000.0, step: 0.1 },
        "",
        "Penalty weight",
        "training",
        false,
        "What the penalty is multiplied by: lambda of WGAN-GP, gamma of R1 and R2."
    ),
    number!(
        "weight_clip",
        recipe.weight_clip,
        Kind::Number { min: 0.0, max: 10.0, step: 0.01 },
        "",
        "Weight clip",
        "training",
        false,
        "Each of the discriminator\u{2019}s weights is brought to within this of 0; 0 for no clip."
    ),
    number!(
        "n_critic",
        recipe.n_critic,
        Kind::Integer { min: 1, max: 100 },
        "updates",
        "Discriminator updates",
        "training",
        true,
        "How often the discriminator learns in each step of the generator."
    ),
    number!(
        "average",
        recipe.average,
        Kind::Number { min: 0.0, max: 0.9999, step: 0.001 },
        "",
        "Average for samples",
        "training",
        false,
        "Samples are drawn with a moving average of the generator\u{2019}s weights and running statistics. The decay rises to this: of the last ten steps at first, of the last hundred at 0.99. 0 for the weights themselves."
    ),
    Setting {
        key: "critic_warmup",
        name: "Critic warm-up",
        kind: Kind::Switch,
        unit: "",
        help: "100 discriminator updates in each of the first 25 steps and in every 500th, as in the WGAN authors\u{2019} code.",
        live: true,
        group: "training",
        place: Place::Field {
            get: |settings| u32::from(settings.recipe.critic_warmup).to_string(),
            set: |settings, text| switch(text).map(|on| settings.recipe.critic_warmup = on),
        },
    },
    number!(
        "batch_size",
        recipe.batch_size,
        Kind::Integer { min: 2, max: 512 },
        "examples",
        "Batch size",
        "training",
        false,
        "Real examples, and as many fakes, in one update."
    ),
    ingredient!(optimizer, OptimizerKind, "Optimiser", "training", "How a step follows from a gradient."),
    number!(
        "beta1",
        recipe.beta1,
        Kind::Number { min: 0.0, max: 0.999, step: 0.05 },
        "",
        "Momentum",
        "training",
        false,
        "Adam\u{2019}s beta1: how long a gradient goes on counting; the other optimisers\u{2019} momentum."
    ),
    number!(
        "beta2",
        recipe.beta2,
        Kind::Number { min: 0.0, max: 0.9999, step: 0.001 },
        "",
        "Decay of squares",
        "training",
        false,
        "Adam\u{2019}s beta2, RMSprop\u{2019}s alpha: how long the size of a gradient goes on counting."
    ),
    number!(
        "generator_learning_rate",
        generator_learning_rate,
        Kind::Number { min: 0.0, max: 0.1, step: 1e-4 },
        "per step",
        "Generator learning rate",
        "training",
        true,
        "How far the generator moves in one step; 0 freezes it."
    ),
    number!(
        "discriminator_learning_rate",
        discriminator_learning_rate,
        Kind::Number { min: 0.0, max: 0.1, step: 1e-4 },
        "per step",
        "Discriminator learning rate",
        "training",
        true,
        "How far the discriminator moves in one update; 0 freezes it."
    ),
    number!(
        "decay_until",
        recipe.decay_until,
        Kind::Integer { min: 0, max: 10_000_000 },
        "steps",
        "Learning rates fall until",
        "training",
        false,
        "The step at which both learning rates have fallen; later they stay. 0 for rates that never fall."
    ),
    number!(
        "decay_from",
        recipe.decay_from,
        Kind::Number { min: 0.0, max: 1.0, step: 0.1 },
        "of these steps",
        "Learning rates fall from",
        "training",
        false,
        "The share of these steps after which the learning rates begin to fall, on a line."
    ),
    number!(
        "decay_to",
        recipe.decay_to,
        Kind::Number { min: 0.0, max: 1.0, step: 0.01 },
        "times",
        "Learning rates fall to",
        "training",
        false,
        "What the learning rates are multiplied by in the end; 0 for a standstill."
    ),
];
