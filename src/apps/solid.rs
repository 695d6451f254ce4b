//! Shapes from pictures: Wu, Zhang, Xue, Freeman and Tenenbaum, "Learning a probabilistic latent space of object shapes via
//! 3D generative-adversarial modeling", NIPS 2016 (3D-GAN, and with an encoder 3D-VAE-GAN).
//!
//! A generator of transposed convolutions over volumes makes a shape of a latent, and a discriminator, its mirror, compares
//! shapes with true ones. An encoder looks at a picture and says where in the latent space the shape lies that is seen there:
//! a mean, and how sure it is. What the generator makes of that shall be the true shape, cell by cell. So one picture from
//! some side is enough to see the thing from all others, and a latent out of noise is a new shape.
//!
//! As in the paper the discriminator learns only while it is right about less than four fifths of a batch, because it has the
//! easier task. Unlike there its weights are under spectral norm, and cells count by their mean entropy, the discriminator's
//! word and the divergence of latents from noise beside it by two settings.

mod networks;

use super::corner;
use super::pix2pix::ADVERSARIAL_WEIGHT;
use crate::error::Result;
use crate::game::{
    Builder, Curve, Entry, G_LOSS, Knob, Layout, Measure, ONE_STAGE, Reading, Role, Side, Slider, Step, playable,
};
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::{Tensor, Unary};
use crate::nn::{self, AdversarialLoss, functional};
use ganvas_sets::shapes::FAMILIES;
use networks::{encode, generate, judge, mean_shapes};

pub const SOLID: Algorithm = Algorithm {
    key: "solid",
    name: "3D-GAN",
    year: 2016,
    paper: "Wu et al.: Learning a probabilistic latent space of object shapes via 3D generative-adversarial modeling",
    summary: "One picture of a thing becomes the whole thing, of sixteen cells a side; noise becomes a new one.",
    adds: "Convolutions over volumes, and an encoder that says which latent a picture shows.",
    watch: "First all are one lump. Then the families part, and at last legs, handles and wings grow.",
    entry: Some(&Entry {
        data: &["shapes"],
        settings: &[
            "latent_dim",
            "batch_size",
            "average",
            "generator_learning_rate",
            "discriminator_learning_rate",
            "beta1",
            "beta2",
            "decay_until",
            "decay_from",
        ],
        knobs: &[&ADVERSARIAL_WEIGHT, &KL_WEIGHT],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const KL_WEIGHT: Knob = Knob::new(
    "kl_weight",
    "Weight of the latents",
    [0.0, 1.0, 0.0001],
    0.001,
    "How much it counts that latents of pictures are spread like noise (their Kullback-Leibler divergence).",
);
const TURN: Slider = Slider {
    key: "turn",
    name: "Seen from",
    range: [0.0, 3.0, 1.0],
    default: 2.0,
    names: &["The side of the picture", "Its left", "Behind", "Its right"],
    help: "From which side the lower rows show the shapes.",
};

/// One of the pictures among which the visitor chooses.
const WHICH: Slider = Slider::row("which", "Which picture", 24, "Pictures of shapes that the run has not trained on.");

/// The mean shape is told the true family; the output is not.
const MEASURES: [Measure; 6] = [
    of("shape_iou", "Overlap with the truth", Reading::VolumeOverlap { part: "volume", of: "true_volume" }),
    of("mean_shape_iou", "That of the mean shape", Reading::VolumeOverlap { part: "mean_volume", of: "true_volume" }),
    of("family_seen", "Right family", Reading::ClassOf { head: "family", part: "volume", class: "family" }),
    of(
        "true_family_seen",
        "The truth\u{2019}s family",
        Reading::ClassOf { head: "family", part: "true_volume", class: "family" },
    ),
    Measure::new("one_piece", "In one piece, of noise", "noise", Reading::OnePiece { part: "volume" }),
    of("shown_one_piece", "In one piece, of pictures", Reading::OnePiece { part: "volume" }),
];

const fn of(key: &'static str, name: &'static str, reading: Reading) -> Measure {
    Measure::new(key, name, "held_out", reading)
}

const STEPS: u32 = 2_400; // 38,400 shapes
const RECIPE: Recipe = Recipe {
    batch_size: 16,
    latent_dim: 24,
    loss: AdversarialLoss::NonSaturating,
    average: 0.99,
    beta1: 0.5,
    beta2: 0.99,
    decay_until: STEPS,
    decay_from: 0.5,
    ..Recipe::BASE
};

pub(crate) const PRESETS: &[Preset] = &[Preset {
    data: "shapes",
    generator_learning_rate: 2e-3,
    discriminator_learning_rate: 1e-3,
    own: &[("adversarial_weight", 0.3)],
    goals: &[Goal::at_least("shape_iou", 0.75), Goal::at_least("family_seen", 0.95), Goal::at_least("one_piece", 0.9)],
    ..Preset::of_game("shapes-from-pictures", "3D-GAN, shapes from pictures", &SOLID, RECIPE, STEPS as u64)
}];

/// Between these the log variance of a latent is kept.
const LOG_VARIANCE: [f32; 2] = [-8.0, 1.0];
/// The discriminator learns while it is right about less than this share.
const TOO_GOOD: f32 = 0.8;

const ACCURACY: Curve = Curve { key: "accuracy", name: "D is right" };
const CELL_LOSS: Curve = Curve { key: "cells", name: "Entropy of cells" };
const KL: Curve = Curve { key: "kl", name: "Divergence of latents" };

/// 1 where a cell is filled, from one half on.
fn filled(s: &mut Step, volumes: Tensor) -> Result<Tensor> {
    let half = s.graph.constant(0.5, [1; 5]);
    s.graph.less_equal(half, volumes)
}

/// Zeros and ones from -1 to 1, as parts of galleries are.
fn put_out(s: &mut Step, volumes: Tensor) -> Result<Tensor> {
    let doubled = s.graph.mul_scalar(volumes, 2.0)?;
    s.graph.add_scalar(doubled, -1.0)
}

/// How many quarters it takes until the corner of a shape is in front that its picture has in front, `[B, 1, 1, 1, 1]`, from
/// the sine and cosine of where that is seen from, each moved to 0 to 1.
fn quarters(s: &mut Step, numbers: Tensor) -> Result<Tensor> {
    let half = s.graph.constant(0.5, [1, 1]);
    let mut sides = Vec::new();
    for at in 0..2 {
        let number = s.graph.slice(numbers, 1, at, 1)?;
        sides.push(s.graph.less(half, number)?);
    }
    let [sine, cosine] = sides[..] else { unreachable!("two were taken") };
    // Both are positive in the first quarter; then the cosine is not, then neither, then the sine is not.
    let one = s.graph.constant(1.0, [1, 1]);
    let first = s.graph.sub(one, cosine)?;
    let second = s.graph.add_scalar(cosine, 2.0)?;
    let quarters = s.graph.select(sine, first, second)?;
    let count = s.count();
    s.graph.reshape(quarters, [count, 1, 1, 1, 1])
}

/// The mean and the log variance that the encoder says, each `[B, N]`. The variance is kept from running away: at first it
/// costs more than it tells.
fn halves(s: &mut Step, latent: Tensor) -> Result<[Tensor; 2]> {
    let dim = s.graph.shape(latent)[1] / 2;
    let log_variance = s.graph.slice(latent, 1, dim, dim)?;
    Ok([s.graph.slice(latent, 1, 0, dim)?, s.graph.clamp(log_variance, LOG_VARIANCE[0], LOG_VARIANCE[1])?])
}

fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let [encoder, control] = ["encoder", "mean_shapes"].map(|name| game.bare_network(name));
    let generator = game.network("generator", generate);
    let discriminator = game.network("discriminator", judge);
    let loss = game.loss();
    let families = |s: &mut Step| {
        let (family, count) = (s.row("data", "family")?, s.count());
        let family = s.graph.reshape(family, [count])?;
        functional::one_hot(&mut s.graph, family, FAMILIES.len())
    };
    // A latent that a picture shows, drawn about the mean, with mean and log variance.
    let shown = |s: &mut Step| {
        let (picture, noise) = (s.row("data", "picture")?, s.latent());
        let dim = s.graph.shape(noise)[1];
        let latent = s.within(encoder, |scope| encode(scope, picture, dim))?;
        let [mean, log_variance] = halves(s, latent)?;
        let half = s.graph.mul_scalar(log_variance, 0.5)?;
        let deviation = s.graph.unary(Unary::Exp, half)?;
        let off = s.graph.mul(noise, deviation)?;
        Ok::<_, crate::Error>((s.graph.add(mean, off)?, [mean, log_variance]))
    };
    game.turn("discriminator", Side::Detective, &[discriminator, control], |s| {
        let real = s.row("data", "volume")?;
        let families = families(s)?;
        s.within(control, |scope| mean_shapes(scope, families, Some(real)))?;
        // [explain: D
        let z = s.latent();
        let cells = s.run(generator, z)?;
        let fake = s.graph.unary(Unary::Sigmoid, cells)?;
        let fake = s.graph.stop_gradient(fake);
        let logits = s.run_both(discriminator, [real, fake])?;
        let (value, means) = s.verdict(logits, loss)?;
        s.record_verdict((value, means));
        let right = right(s, logits)?;
        s.record(&ACCURACY, right);
        let bound = s.graph.constant(TOO_GOOD, []);
        let learns = s.graph.less(right, bound)?;
        s.graph.mul(value, learns)
        // ]
    })?;

    // [explain: G
    game.turn("generator", Side::Forger, &[generator, encoder], |s| {
        let truth = s.row("data", "volume")?;
        let (latent, [mean, log_variance]) = shown(s)?;
        let z = s.latent();
        let [of_picture, of_noise] = s.run_both(generator, [latent, z])?;
        let fake = s.graph.unary(Unary::Sigmoid, of_noise)?;
        let adversarial = s.fools(discriminator, fake, loss)?;
        let distance = nn::losses::bce_with_logits(&mut s.graph, of_picture, truth)?;
        let divergence = nn::losses::gaussian_kl(&mut s.graph, mean, log_variance)?;
        s.record(&G_LOSS, adversarial);
        s.record(&CELL_LOSS, distance);
        s.record(&KL, divergence);
        s.sum(&[(1.0, distance), (s.knob(&ADVERSARIAL_WEIGHT), adversarial), (s.knob(&KL_WEIGHT), divergence)])
    })?;
    // ]

    // The shape of latents, and of pictures: that of the likeliest latent.
    let made = |s: &mut Step, z: Tensor| {
        let cells = s.run(generator, z)?;
        let cells = s.graph.unary(Unary::Sigmoid, cells)?;
        filled(s, cells)
    };
    let shape_of = |s: &mut Step, picture: Tensor| {
        let dim = s.latent_dim();
        let latent = s.within(encoder, |scope| encode(scope, picture, dim))?;
        let [mean, _] = halves(s, latent)?;
        made(s, mean)
    };

    game.gallery("held_out", "Held-out pictures", Layout::Rows(8), |s| {
        let (picture, truth, family) = (s.row("data", "picture")?, s.row("data", "volume")?, s.row("data", "family")?);
        let (numbers, families) = (s.row("data", "numbers")?, families(s)?);
        let average = s.within(control, |scope| mean_shapes(scope, families, None))?;
        let (output, average) = (shape_of(s, picture)?, filled(s, average)?);
        let quarters = quarters(s, numbers)?;
        let more = s.number(&TURN)?;
        let others = s.graph.add(quarters, more)?;
        let mut views = Vec::new();
        for (volumes, quarters) in
            [(output, quarters), (truth, quarters), (output, others), (truth, others), (average, others)]
        {
            views.push(corner::turned(&mut s.graph, volumes, quarters)?);
        }
        let count = s.count();
        let all = s.graph.concat(&views, 0)?;
        let seen = corner::seen(&mut s.graph, all)?;
        let row = |s: &mut Step, at: usize| s.graph.slice(seen, 0, at * count, count);
        // As large as the others.
        let input = functional::interpolate_nearest(&mut s.graph, picture, 2)?;
        Ok(vec![
            ("input", "Picture", Role::Input, input),
            ("output", "Its shape", Role::Output, row(s, 0)?),
            ("truth", "Truth", Role::Truth, row(s, 1)?),
            ("turned", "Its shape, turned", Role::Output, row(s, 2)?),
            ("turned_truth", "Truth, turned", Role::Truth, row(s, 3)?),
            ("average", "Mean of its family", Role::Truth, row(s, 4)?),
            ("volume", "", Role::Volume, put_out(s, output)?),
            ("true_volume", "", Role::Volume, put_out(s, truth)?),
            ("mean_volume", "", Role::Volume, put_out(s, average)?),
            ("family", "", Role::Class, family),
        ])
    })?;

    game.gallery("noise", "Shapes out of noise", Layout::Grid([8, 4]), |s| {
        let z = s.latent();
        let output = made(s, z)?;
        Ok(vec![
            ("output", "Out of noise", Role::Output, corner::seen(&mut s.graph, output)?),
            ("volume", "", Role::Volume, put_out(s, output)?),
        ])
    })?;

    game.probe("turntable", "Turn a shape", |s| {
        let (picture, truth) = (s.chosen("data", "picture", &WHICH)?, s.chosen("data", "volume", &WHICH)?);
        let output = shape_of(s, picture)?;
        Ok(vec![
            ("input", "Picture", Role::Input, picture),
            ("volume", "Its shape", Role::Volume, put_out(s, output)?),
            ("true_volume", "Truth", Role::Volume, put_out(s, truth)?),
        ])
    })
}

/// The share of logits, of real examples and of fakes, by which the discriminator is right.
fn right(s: &mut Step, [real, fake]: [Tensor; 2]) -> Result<Tensor> {
    let zero = s.graph.constant(0.0, [1, 1]);
    let (real, fake) = (s.graph.less(zero, real)?, s.graph.less(fake, zero)?);
    let (real, fake) = (s.graph.mean_all(real)?, s.graph.mean_all(fake)?);
    s.sum(&[(0.5, real), (0.5, fake)])
}
