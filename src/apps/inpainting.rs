//! Inpainting by a context encoder: Pathak, Krähenbühl, Donahue, Darrell and Efros, "Context encoders: feature learning by
//! inpainting", CVPR 2016.
//!
//! A part of a digit is missing. The generator sees the rest and where the hole is, all of it by way of a few numbers, and
//! fills the hole; what is known stays as it is. It minimises the squared distance to the truth within the hole, and what a
//! critic says of the whole. The hole that is measured is the middle half of each side, where most of the ink is; for the
//! visitor's rubber the generator learns other places and sizes too.

use super::critic::{CRITIC_WEIGHT, SETTINGS, critic};
use super::holes::{CENTRED, SIDE, enlarged, holes, middle};
use crate::error::Result;
use crate::game::{
    Builder, Curve, Drawn, Entry, G_LOSS, Layout, Measure, Network, ONE_STAGE, Reading, Role, Side, Step, playable,
};
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::{Conv, Tensor, Unary};
use crate::nn::{AdversarialLoss::NonSaturating, Scope};

pub const INPAINTING: Algorithm = Algorithm {
    key: "inpainting",
    name: "Context encoder",
    year: 2016,
    paper: "Pathak et al.: Context encoders: feature learning by inpainting",
    summary: "A generator fills a hole by what is around it; a critic asks that the whole look like a real digit.",
    adds: "A mask: the generator is told what is missing, and only that is taken of its answer.",
    watch: "The strokes that lead into the hole are continued first. Where the rest does not tell the digit, the distance \
            alone mixes those that it could be; the critic asks for one.",
    entry: Some(&Entry {
        data: &["mnist"],
        settings: SETTINGS,
        knobs: &[&CRITIC_WEIGHT, &CENTRED],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const MEASURES: [Measure; 6] = [
    Measure::new("hole_psnr", "Nearness, dB", "holes", Reading::Psnr { part: "output", of: "truth" }),
    Measure::new("blank_psnr", "Left blank: nearness", "holes", Reading::Psnr { part: "blank", of: "truth" }),
    Measure::new("hole_l1", "Distance to the truth", "holes", Reading::Distance { part: "output", of: "truth" }),
    Measure::new("recognised", "Digit recognised", "held_out", Reading::Labels { part: "output", undo: false }),
    Measure::new("frechet", "Distance of features", "held_out", Reading::Frechet { part: "output", of: "truth" }),
    Measure::new("sharpness", "Distance of sharpness", "holes", Reading::Sharpness { part: "output", of: "truth" }),
];

const STEPS: u32 = 5_000;
const RECIPE: Recipe = Recipe { batch_size: 32, average: 0.99, decay_until: STEPS, decay_from: 0.5, ..Recipe::BASE };
const MIDDLE: Preset = Preset {
    own: &[("critic_weight", 0.08)],
    generator_learning_rate: 1e-3,
    goals: &[
        Goal::at_least("hole_psnr", 10.7),
        Goal::at_most("hole_l1", 0.17),
        Goal::at_least("recognised", 0.88),
        Goal::at_most("frechet", 0.5),
    ],
    ..Preset::of_game("inpainting-mnist", "Context encoder, holes in digits", &INPAINTING, RECIPE, STEPS as u64)
};

pub(crate) const PRESETS: &[Preset] = &[
    MIDDLE,
    Preset {
        key: "distance-inpainting",
        name: "Context encoder, distance alone",
        note: "The same generator without the critic\u{2019}s word: nearer to the truth, 12.1 dB in place of 11.2, and grey \
               where it cannot know. Features are 2.4 away in place of 0.2, and 84.7 % of digits are read in place of 88.5 %.",
        own: &[("critic_weight", 0.0)],
        goals: &[],
        ..MIDDLE
    },
];

/// Numbers that all the generator knows of a picture goes through.
const BOTTLENECK: usize = 128;
const HALVING: Conv = Conv { kernel_size: [4, 4], stride: [2, 2], padding: [1, 1] };

/// Pictures with their masks `[B, 2, 28, 28]` to pictures `[B, 1, 28, 28]`.
fn filling(scope: &mut Scope, x: Tensor) -> Result<Tensor> {
    let batch = scope.graph.shape(x)[0];
    let mut x = scope.conv2d("down1", x, 32, HALVING, true)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.conv2d("down2", x, 64, HALVING, false)?;
    x = scope.batch_norm("bn2", x, 1)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.graph.reshape(x, [batch, 64 * 7 * 7])?;
    x = scope.linear("narrow", x, BOTTLENECK, false)?;
    x = scope.batch_norm("bn3", x, 1)?;
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.linear("wide", x, 64 * 7 * 7, false)?;
    x = scope.graph.reshape(x, [batch, 64, 7, 7])?;
    x = scope.batch_norm("bn4", x, 1)?;
    x = scope.relu(x)?;
    x = scope.conv_transpose2d("up1", x, 32, HALVING, false)?;
    x = scope.batch_norm("bn5", x, 1)?;
    x = scope.relu(x)?;
    x = scope.conv_transpose2d("up2", x, 1, HALVING, true)?;
    scope.tanh(x)
}

/// Pictures with nothing, mid-grey, in their holes, and what becomes of them when these are filled.
fn filled(s: &mut Step, generator: Network, pictures: Tensor, mask: Tensor) -> Result<[Tensor; 2]> {
    let nothing = s.graph.constant(0.0, []);
    let holed = s.graph.select(mask, nothing, pictures)?;
    let seen = s.graph.concat(&[holed, mask], 1)?;
    let answer = s.run(generator, seen)?;
    Ok([holed, s.graph.select(mask, answer, pictures)?])
}

const DISTANCE: Curve = Curve { key: "distance", name: "Squared distance" };

/// Section 3 of the paper.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let generator = game.network("generator", filling);
    let judge = game.network("critic", critic);

    // [explain: D
    game.turn("critic", Side::Detective, &[judge], |s| {
        let (real, mask) = (s.row("data", "example")?, holes(s)?);
        let [_, fake] = filled(s, generator, real, mask)?;
        let verdict = s.tells(judge, [real, fake], NonSaturating)?;
        Ok(s.record_verdict(verdict))
    })?;
    // ]

    // [explain: G
    game.turn("generator", Side::Forger, &[generator], |s| {
        let (truth, mask) = (s.row("data", "example")?, holes(s)?);
        let [_, fake] = filled(s, generator, truth, mask)?;
        let adversarial = s.fools(judge, fake, NonSaturating)?;
        // What is known is alike, so this is a sum over the holes; over as many pixels as they have.
        let difference = s.graph.sub(fake, truth)?;
        let square = s.graph.unary(Unary::Square, difference)?;
        let (apart, pixels) = (s.graph.sum_all(square)?, s.graph.sum_all(mask)?);
        let distance = s.graph.div(apart, pixels)?;
        s.record(&G_LOSS, adversarial);
        s.record(&DISTANCE, distance);
        s.sum(&[(1.0, distance), (s.knob(&CRITIC_WEIGHT), adversarial)])
    })?;
    // ]

    game.gallery("held_out", "Held-out digits with a hole", Layout::Rows(8), |s| {
        let (truth, class, mask) = (s.row("data", "example")?, s.row("data", "class")?, middle(s)?);
        let [input, output] = filled(s, generator, truth, mask)?;
        Ok(vec![
            ("input", "With a hole", Role::Input, input),
            ("output", "Filled", Role::Output, output),
            ("truth", "Truth", Role::Truth, truth),
            ("class", "", Role::Class, class),
        ])
    })?;

    game.gallery("holes", "The holes alone, twice as large", Layout::Rows(8), |s| {
        let (truth, mask) = (s.row("data", "example")?, middle(s)?);
        let [_, output] = filled(s, generator, truth, mask)?;
        let paper = s.graph.constant(-1.0, [s.count(), 1, SIDE, SIDE]);
        Ok(vec![
            ("output", "Filled", Role::Output, enlarged(s, output)?),
            ("truth", "Truth", Role::Truth, enlarged(s, truth)?),
            ("blank", "Left blank", Role::Input, paper),
        ])
    })?;

    game.probe("drawing", "Your digit, rubbed out in part", |s| {
        let picture = s.input("picture", "Digit", Drawn::Ink, [SIDE, SIDE])?;
        let rubbed = s.input("hole", "Hole", Drawn::Hole, [SIDE, SIDE])?;
        let nothing = s.graph.constant(0.0, []);
        let mask = s.graph.less(nothing, rubbed)?;
        let [holed, output] = filled(s, generator, picture, mask)?;
        Ok(vec![("input", "What is left", Role::Input, holed), ("output", "Filled", Role::Output, output)])
    })
}
