//! SRGAN: Ledig et al., "Photo-realistic single image super-resolution using a generative adversarial network", CVPR 2017.
//!
//! The generator sees a digit of 7x7 or 14x14 pixels, each the mean of a square of the true one, and answers with 28x28. It
//! works at the small size and only at the end makes channels into pixels (Shi et al. 2016). It minimises the squared
//! distance to the truth, what a critic says of the answer, and how far the answer is from the truth in the critic's eyes:
//! the distance of its maps, which stand for those of a network that was trained on photographs.

use super::critic::{CRITIC_WEIGHT, SETTINGS, critic, features};
use crate::error::Result;
use crate::game::{
    Builder, Curve, Drawn, Entry, G_LOSS, Knob, Layout, Listed, Measure, Network, ONE_STAGE, Reading, Role, playable,
};
use crate::game::{Side, Step};
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::{Conv, Tensor};
use crate::nn::{AdversarialLoss::NonSaturating, Scope, functional, losses};

pub const SRGAN: Algorithm = Algorithm {
    key: "srgan",
    name: "SRGAN",
    year: 2017,
    paper: "Ledig et al.: Photo-realistic single image super-resolution using a generative adversarial network",
    summary: "A generator makes a small picture large; a critic asks that it look like a real one.",
    adds: "Pixels out of channels, and a distance in the critic\u{2019}s eyes beside that of the pixels.",
    watch: "Bicubic interpolation is smooth and knows nothing of digits. The generator soon knows that strokes have edges, \
            and where the small picture leaves a choice it must guess.",
    entry: Some(&Entry {
        data: &["mnist"],
        settings: SETTINGS,
        knobs: &[&DOUBLINGS, &CRITIC_WEIGHT, &CONTENT_WEIGHT],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const DOUBLINGS: Knob = Knob::new(
    "doublings",
    "Doublings of the side",
    [1.0, 2.0, 1.0],
    2.0,
    "How often the side of the picture is doubled: once from 14 by 14 pixels, twice from 7 by 7.",
);
const CONTENT_WEIGHT: Knob = Knob::new(
    "content_weight",
    "Weight of the content",
    [0.0, 10.0, 0.01],
    0.1,
    "How much it counts that the critic notes in the answer what it notes in the truth.",
);

const MEASURES: [Measure; 7] = [
    measure("psnr", "Nearness, dB", Reading::Psnr { part: "output", of: "truth" }),
    measure("psnr_bicubic", "Bicubic: nearness, dB", Reading::Psnr { part: "bicubic", of: "truth" }),
    measure("recognised", "Digit recognised", Reading::Labels { part: "output", undo: false }),
    measure("recognised_bicubic", "Bicubic: recognised", Reading::Labels { part: "bicubic", undo: false }),
    measure("frechet", "Distance of features", Reading::Frechet { part: "output", of: "truth" }),
    measure("sharpness", "Distance of sharpness", Reading::Sharpness { part: "output", of: "truth" }),
    measure("sharpness_bicubic", "Bicubic: sharpness", Reading::Sharpness { part: "bicubic", of: "truth" }),
];

const fn measure(key: &'static str, name: &'static str, reading: Reading) -> Measure {
    Measure::new(key, name, "held_out", reading)
}

const STEPS: u32 = 2_000;
const RECIPE: Recipe = Recipe { batch_size: 32, average: 0.99, decay_until: STEPS, decay_from: 0.5, ..Recipe::BASE };
const TO_28: Preset = Preset {
    generator_learning_rate: 1e-3,
    goals: &[Goal::at_least("psnr", 18.5), Goal::at_least("recognised", 0.95), Goal::at_most("frechet", 0.25)],
    ..Preset::of_game("srgan-x4", "SRGAN, 7\u{d7}7 to 28\u{d7}28", &SRGAN, RECIPE, STEPS as u64)
};

pub(crate) const PRESETS: &[Preset] = &[
    TO_28,
    Preset {
        key: "srgan-x2",
        name: "SRGAN, 14\u{d7}14 to 28\u{d7}28",
        // Twice the side to work at, and less to guess: a step costs more, and half as many do.
        recipe: Recipe { decay_until: STEPS / 2, ..RECIPE },
        budget: (STEPS / 2) as u64 * RECIPE.batch_size as u64,
        own: &[("doublings", 1.0)],
        goals: &[Goal::at_least("psnr", 24.0), Goal::at_least("recognised", 0.97), Goal::at_most("frechet", 0.1)],
        ..TO_28
    },
    Preset {
        key: "distance-x4",
        name: "SRGAN, distance alone",
        note: "The same generator without the critic\u{2019}s word: as near to the truth, 20.7 dB and 20.6, and blurred where \
               the small picture leaves a choice. Features are 0.32 away in place of 0.16.",
        own: &[("content_weight", 0.0), ("critic_weight", 0.0)],
        goals: &[],
        ..TO_28
    },
];

const SIDE: usize = 28;
const CHANNELS: usize = 32;
const BLOCKS: [[&str; 4]; 3] = [
    ["block1.conv1", "block1.bn1", "block1.conv2", "block1.bn2"],
    ["block2.conv1", "block2.bn1", "block2.conv2", "block2.bn2"],
    ["block3.conv1", "block3.bn1", "block3.conv2", "block3.bn2"],
];

/// Small pictures `[B, 1, side, side]`, side 7 or 14, to `[B, 1, 28, 28]`.
fn enlarging(scope: &mut Scope, small: Tensor) -> Result<Tensor> {
    let conv = Conv::square(3, 1, 1);
    let x = scope.conv2d("conv_in", small, CHANNELS, conv, true)?;
    let first = scope.leaky_relu(x, 0.2)?;
    let mut x = first;
    for [conv1, bn1, conv2, bn2] in BLOCKS {
        let mut y = scope.conv2d(conv1, x, CHANNELS, conv, false)?;
        y = scope.batch_norm(bn1, y, 1)?;
        y = scope.leaky_relu(y, 0.2)?;
        y = scope.conv2d(conv2, y, CHANNELS, conv, false)?;
        y = scope.batch_norm(bn2, y, 1)?;
        x = scope.graph.add(x, y)?;
    }
    x = scope.graph.add(x, first)?;
    for name in ["up1", "up2"] {
        if scope.graph.shape(x)[2] == SIDE {
            break;
        }
        x = scope.conv2d(name, x, 4 * CHANNELS, conv, true)?;
        x = functional::pixel_shuffle(scope.graph, x, 2)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    x = scope.conv2d("conv_out", x, 1, conv, true)?;
    scope.tanh(x)
}

/// How many pixels of the digit, along a side, are one of the small picture.
fn factor(s: &Step) -> usize {
    1 << s.knob(&DOUBLINGS).round() as usize
}

/// Digits `[B, 1, 28, 28]` as the generator sees them: the mean of each square.
fn shrunken(s: &mut Step, digits: Tensor) -> Result<Tensor> {
    let factor = factor(s);
    functional::avg_pool2d(&mut s.graph, digits, factor, factor, 0)
}

/// What is shown of digits: the small picture in large pixels, bicubic interpolation, the generator's answer.
fn shown(s: &mut Step, generator: Network, digits: Tensor) -> Result<Vec<Listed>> {
    let (factor, small) = (factor(s), shrunken(s, digits)?);
    let input = functional::interpolate_nearest(&mut s.graph, small, factor)?;
    let bicubic = functional::interpolate_bicubic(&mut s.graph, small, factor)?;
    let bicubic = s.graph.clamp(bicubic, -1.0, 1.0)?; // it overshoots at edges
    let output = s.run(generator, small)?;
    Ok(vec![
        ("input", "Small", Role::Input, input),
        ("bicubic", "Bicubic", Role::Input, bicubic),
        ("output", "Enlarged", Role::Output, output),
    ])
}

const DISTANCE: Curve = Curve { key: "distance", name: "Squared distance" };
const CONTENT: Curve = Curve { key: "content", name: "Content" };

/// Section 2 of the paper.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let generator = game.network("generator", enlarging);
    let judge = game.network("critic", critic);

    // [explain: D
    game.turn("critic", Side::Detective, &[judge], |s| {
        let real = s.row("data", "example")?;
        let small = shrunken(s, real)?;
        let fake = s.run(generator, small)?;
        let verdict = s.tells(judge, [real, fake], NonSaturating)?;
        Ok(s.record_verdict(verdict))
    })?;
    // ]

    // [explain: G
    game.turn("generator", Side::Forger, &[generator], |s| {
        let truth = s.row("data", "example")?;
        let small = shrunken(s, truth)?;
        let fake = s.run(generator, small)?;
        let adversarial = s.fools(judge, fake, NonSaturating)?;
        let [of_fake, of_truth] = [fake, truth].map(|x| s.within(judge, |scope| features(scope, x)));
        let content = losses::mse_loss(&mut s.graph, of_fake?, of_truth?)?;
        let distance = losses::mse_loss(&mut s.graph, fake, truth)?;
        s.record(&G_LOSS, adversarial);
        s.record(&DISTANCE, distance);
        s.record(&CONTENT, content);
        let weights = [s.knob(&CRITIC_WEIGHT), s.knob(&CONTENT_WEIGHT)];
        s.sum(&[(1.0, distance), (weights[0], adversarial), (weights[1], content)])
    })?;
    // ]

    game.gallery("held_out", "Held-out digits, made small", Layout::Rows(8), |s| {
        let (truth, class) = (s.row("data", "example")?, s.row("data", "class")?);
        let mut listed = shown(s, generator, truth)?;
        listed.extend([("truth", "Truth", Role::Truth, truth), ("class", "", Role::Class, class)]);
        Ok(listed)
    })?;

    game.probe("drawing", "Your digit, made small", |s| {
        let digit = s.input("digit", "Digit", Drawn::Ink, [SIDE, SIDE])?;
        shown(s, generator, digit)
    })
}
