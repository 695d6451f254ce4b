//! CoGAN: Liu and Tuzel, "Coupled generative adversarial networks", NeurIPS 2016.
//!
//! Two domains, a and b, and no pairs: real images of each come from sets of their own. Two generators make an image of a
//! domain each from the same z, and two discriminators judge one domain each. Both share layers: the generators the first,
//! which decide what there is, the discriminators the last. So one z becomes one thing in both domains.
//!
//! The ingredients: shared layers are networks of their own that learn once, from the sum of both losses; layers of its own
//! for each domain, next to the pixels; samples from an average. Unlike in the paper what the generators share ends in two
//! maps only: wider ones have room for two digits.

use super::preset::{Algorithm, Goal, Preset};
use super::recipe::Recipe;
use crate::error::Result;
use crate::game::{
    Builder, Entry, G_LOSS, LATENTS, Layout, Measure, Network, ONE_STAGE, Reading, Role, Side, Slider, Step, playable,
};
use crate::graph::{Conv, Tensor, Unary};
use crate::nn::Scope;

pub const COGAN: Algorithm = Algorithm {
    key: "cogan",
    name: "CoGAN",
    year: 2016,
    paper: "Liu and Tuzel: Coupled generative adversarial networks",
    summary: "Two generators make two kinds of images of one noise, and learn from two sets without a single pair.",
    adds: "Shared layers: what there is, is decided once for both kinds of images, and how it looks for each.",
    watch: "First each kind gets its look, then the two of a column become one digit.",
    entry: Some(&Entry {
        data: &["mnist-inverse", "mnist-edges", "mnist-texture"],
        settings: &[
            "latent_dim",
            "batch_size",
            "loss",
            "average",
            "generator_learning_rate",
            "discriminator_learning_rate",
            "decay_until",
            "decay_from",
        ],
        knobs: &[],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const MEASURES: [Measure; 6] = [
    measure("agreement", "Pixels alike", Reading::PixelAgreement { part: "a", of: "b", by_chance: false }),
    measure("ink", "Strokes alike", Reading::InkOverlap { part: "a", of: "b", by_chance: false }),
    measure("same_class", "Digits alike", Reading::SameClass { part: "a", of: "b", by_chance: false }),
    measure("agreement_by_chance", "Pixels by chance", Reading::PixelAgreement { part: "a", of: "b", by_chance: true }),
    measure("ink_by_chance", "Strokes by chance", Reading::InkOverlap { part: "a", of: "b", by_chance: true }),
    measure("same_class_by_chance", "Digits by chance", Reading::SameClass { part: "a", of: "b", by_chance: true }),
];

const fn measure(key: &'static str, name: &'static str, reading: Reading) -> Measure {
    Measure::new(key, name, "pairs", reading)
}

const PLACE: Slider = Slider {
    key: "place",
    name: "Place on the walk",
    range: [0.0, (LATENTS - 1) as f32, 0.05],
    default: 0.0,
    names: &[],
    help: "At whole numbers it is one of the noises, between them it is on the way to the next.",
};

const STEPS: u32 = 8_000; // 128,000 images of each domain
const RECIPE: Recipe =
    Recipe { batch_size: 16, beta2: 0.99, average: 0.99, decay_until: STEPS, decay_from: 0.5, ..Recipe::BASE };

const fn goals(agreement: f64) -> [Goal; 3] {
    let images = STEPS as u64 * RECIPE.batch_size as u64; // at the end, not at the best moment before
    let (agrees, ink) = (Goal::at_least("agreement", agreement), Goal::at_least("ink", 0.6));
    [Goal { images, ..agrees }, Goal { images, ..ink }, Goal { images, ..Goal::at_least("same_class", 0.95) }]
}

const INVERSE: Preset = Preset {
    data: "mnist-inverse",
    generator_learning_rate: 2e-3,
    discriminator_learning_rate: 4e-3,
    goals: &goals(0.98),
    ..Preset::of_game("cogan-inverse", "CoGAN, inverse digits", &COGAN, RECIPE, STEPS as u64)
};
const OUTLINES: Preset = Preset { key: "cogan-edges", name: "CoGAN, outlines", data: "mnist-edges", ..INVERSE };

/// Outlines agree better where the rates stay as they are.
const CONSTANT: Recipe = Recipe { decay_until: 0, decay_from: 0.0, ..RECIPE };

pub(crate) const PRESETS: &[Preset] =
    &[INVERSE, Preset { discriminator_learning_rate: 1e-3, goals: &goals(0.95), recipe: CONSTANT, ..OUTLINES }];

const HALVING: Conv = Conv { kernel_size: [4, 4], stride: [2, 2], padding: [1, 1] };

/// What the generators share: z `[B, latent]` to two maps `[B, 2, 28, 28]` of what there is.
fn idea(scope: &mut Scope, z: Tensor) -> Result<Tensor> {
    let batch = scope.graph.shape(z)[0];
    let mut x = scope.linear("linear", z, 64 * 7 * 7, false)?;
    x = scope.graph.reshape(x, [batch, 64, 7, 7])?;
    x = norm_relu(scope, "bn1", x)?;
    x = scope.conv_transpose2d("conv1", x, 32, HALVING, false)?;
    x = norm_relu(scope, "bn2", x)?;
    x = scope.conv_transpose2d("conv2", x, 2, HALVING, false)?;
    x = scope.batch_norm("bn3", x, 1)?;
    scope.leaky_relu(x, 0.2)
}

/// A generator's own layers: the maps `[B, 2, 28, 28]` to images `[B, 1, 28, 28]`.
fn drawing(scope: &mut Scope, maps: Tensor) -> Result<Tensor> {
    let wide = Conv::square(5, 1, 2);
    let mut x = scope.conv2d("conv1", maps, 16, wide, false)?;
    x = norm_relu(scope, "bn", x)?;
    x = scope.conv2d("conv2", x, 1, wide, true)?;
    scope.tanh(x)
}

fn norm_relu(scope: &mut Scope, name: &str, x: Tensor) -> Result<Tensor> {
    let x = scope.batch_norm(name, x, 1)?;
    scope.relu(x)
}

/// A discriminator's own layer: images `[B, 1, 28, 28]` to features `[B, 16, 14, 14]`.
fn look(scope: &mut Scope, images: Tensor) -> Result<Tensor> {
    let x = scope.conv2d("conv", images, 16, HALVING, true)?;
    scope.leaky_relu(x, 0.2)
}

/// What the discriminators share: features `[B, 16, 14, 14]` to logits `[B, 1]`. It looks at each example alone.
fn verdict(scope: &mut Scope, features: Tensor) -> Result<Tensor> {
    let batch = scope.graph.shape(features)[0];
    let mut x = scope.conv2d("conv", features, 32, HALVING, true)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.graph.reshape(x, [batch, 32 * 7 * 7])?;
    scope.linear("linear", x, 1, true)
}

/// The networks: those that are shared, and those of a and of b.
#[derive(Clone, Copy)]
struct Coupled {
    generator: Network,
    generators: [Network; 2],
    discriminators: [Network; 2],
    discriminator: Network,
}

impl Coupled {
    /// An image of each domain, of the same z.
    fn pair(self, s: &mut Step) -> Result<[Tensor; 2]> {
        let z = s.latent();
        self.pair_of(s, z)
    }

    fn pair_of(self, s: &mut Step, z: Tensor) -> Result<[Tensor; 2]> {
        let maps = s.run(self.generator, z)?;
        Ok([s.run(self.generators[0], maps)?, s.run(self.generators[1], maps)?])
    }

    /// Logits for images of a and for as many of b: each through its own layer, then at once through the shared ones.
    fn judge(self, s: &mut Step, [a, b]: [Tensor; 2]) -> Result<[Tensor; 2]> {
        let features = [s.run(self.discriminators[0], a)?, s.run(self.discriminators[1], b)?];
        s.run_both(self.discriminator, features)
    }
}

/// Section 3 of the paper.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let loss = game.loss();
    let nets = Coupled {
        generator: game.network("generator", idea),
        generators: ["generator_a", "generator_b"].map(|name| game.network(name, drawing)),
        discriminators: ["discriminator_a", "discriminator_b"].map(|name| game.network(name, look)),
        discriminator: game.network("discriminator", verdict),
    };

    let [on_a, on_b] = nets.discriminators;
    // [explain: D
    game.turn("discriminators", Side::Detective, &[nets.discriminator, on_a, on_b], |s| {
        let real = [s.row("a", "example")?, s.row("b", "example")?];
        let fake = nets.pair(s)?.map(|image| s.graph.stop_gradient(image));
        let both = [s.graph.concat(&[real[0], fake[0]], 0)?, s.graph.concat(&[real[1], fake[1]], 0)?];
        let count = s.count();
        let [on_a, on_b] = nets.judge(s, both)?.map(|logits| {
            let halves = [s.graph.slice(logits, 0, 0, count)?, s.graph.slice(logits, 0, count, count)?];
            s.verdict(halves, loss)
        });
        s.record_verdicts([on_a?, on_b?])
    })?;
    // ]

    let [to_a, to_b] = nets.generators;
    // [explain: G
    game.turn("generators", Side::Forger, &[nets.generator, to_a, to_b], |s| {
        let fake = nets.pair(s)?;
        let on_fake = nets.judge(s, fake)?;
        let mut fooled = |domain: usize, set: &'static str| {
            s.fooled(on_fake[domain], loss, &|s| {
                let real = s.row(set, "example")?;
                let features = s.run(nets.discriminators[domain], real)?;
                s.run(nets.discriminator, features)
            })
        };
        let [a, b] = [fooled(0, "a")?, fooled(1, "b")?];
        let value = s.sum(&[(1.0, a), (1.0, b)])?;
        s.record(&G_LOSS, value);
        Ok(value)
    })?;
    // ]

    game.gallery("pairs", "Pairs, each from one noise", Layout::Rows(8), |s| {
        let [a, b] = nets.pair(s)?;
        Ok(vec![("a", "A digit", Role::Output, a), ("b", "Its partner", Role::Output, b)])
    })?;
    game.gallery("real", "Real, from separate sets", Layout::Rows(8), |s| {
        let (a, b) = (s.row("a", "example")?, s.row("b", "example")?);
        Ok(vec![("a", "Digits", Role::Truth, a), ("b", "The other kind", Role::Truth, b)])
    })?;

    let words = [
        "A walk through the noise",
        "One noise makes both. Move the slider: where one becomes another digit, its partner should become it too.",
    ];
    game.view("walk", words, Layout::Grid([1, 1]), &|s| {
        let place = s.number(&PLACE)?;
        let last = s.graph.constant((LATENTS - 2) as f32, []);
        let from = s.graph.unary(Unary::Floor, place)?;
        let from = s.graph.minimum(from, last)?; // the last place is the end of a way
        let (to, way) = (s.graph.add_scalar(from, 1.0)?, s.graph.sub(place, from)?);
        let (z, way) = (s.latents_at(&[from, to])?, s.graph.reshape(way, [1, 1])?);
        let z = s.walked(z, way)?;
        let [a, b] = nets.pair_of(s, z)?;
        Ok(vec![("a", "A digit", Role::Output, a), ("b", "Its partner", Role::Output, b)])
    })
}
