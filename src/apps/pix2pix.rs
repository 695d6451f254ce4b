//! pix2pix: Isola, Zhu, Zhou and Efros, "Image-to-image translation with conditional adversarial networks", CVPR 2017.
//!
//! Pairs are known: outlines and the digits that they are of. The generator is a U-Net, whose layers on the way up see what
//! the layers of the same size saw on the way down; the critic sees input and output together and judges patches. The
//! generator minimises the distance to the truth, times 100, and what the critic says: the distance alone is content with
//! grey where it does not know.

use crate::error::Result;
use crate::game::{
    Builder, Curve, Drawn, Entry, G_LOSS, Knob, Layout, Measure, ONE_STAGE, Reading, Role, Side, Step, playable,
};
use crate::gan::patches::patches;
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::{Conv, Tensor};
use crate::nn::{AdversarialLoss::NonSaturating, Scope, functional};

pub const PIX2PIX: Algorithm = Algorithm {
    key: "pix2pix",
    name: "pix2pix",
    year: 2017,
    paper: "Isola et al.: Image-to-image translation with conditional adversarial networks",
    summary: "A generator fills in what a drawing stands for; a critic sees drawing and result together.",
    adds: "Pairs to learn from, skips from each layer to its mirror image, and a critic of patches.",
    watch: "At first everything is grey: only the distance is learned. Then the critic asks for ink that is ink.",
    entry: Some(&Entry {
        data: &["outline-pairs"],
        settings: SETTINGS,
        knobs: &[&DISTANCE_WEIGHT, &ADVERSARIAL_WEIGHT],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

pub const PIX2PIX_BACK: Algorithm = Algorithm {
    key: "pix2pix-back",
    name: "pix2pix, the other way",
    summary: "The same pairs turned round: a generator draws the outline of a digit.",
    adds: "Nothing: the same networks and losses, and input and target have changed places.",
    watch: "This way the drawing leaves no choice, so the distance alone can be content with nothing but the right lines.",
    entry: Some(&Entry {
        data: &["outline-pairs"],
        settings: SETTINGS,
        knobs: &[&DISTANCE_WEIGHT, &ADVERSARIAL_WEIGHT],
        stages: ONE_STAGE,
        measures: &MEASURES_BACK,
        build: playable(build_back),
    }),
    ..PIX2PIX
};

const SETTINGS: &[&str] =
    &["batch_size", "generator_learning_rate", "discriminator_learning_rate", "decay_until", "decay_from"];

pub(super) const DISTANCE_WEIGHT: Knob = Knob::new(
    "distance_weight",
    "Weight of the distance",
    [0.0, 1000.0, 1.0],
    100.0,
    "How much it counts that the result is near the truth, pixel by pixel.",
);
pub(super) const ADVERSARIAL_WEIGHT: Knob = Knob::new(
    "adversarial_weight",
    "Weight of the critic",
    [0.0, 100.0, 0.01],
    1.0,
    "How much it counts what the critic says. At 0 the generator only minimises the distance.",
);

const MEASURES: [Measure; 3] = [
    Measure::new("recognised", "Digit recognised", "held_out", Reading::Labels { part: "output", undo: false }),
    Measure::new("l1", "Distance to the truth", "held_out", Reading::Distance { part: "output", of: "truth" }),
    Measure::new("sharpness", "Distance of sharpness", "held_out", Reading::Sharpness { part: "output", of: "truth" }),
];

/// Overlap is that of the lines alone: most of an outline is paper, which says nothing.
const MEASURES_BACK: [Measure; 4] = [
    Measure::new("overlap", "Overlap of lines", "held_out", lines(false)),
    Measure::new("overlap_by_chance", "Lines by chance", "held_out", lines(true)),
    Measure::new("l1", "Distance to the truth", "held_out", Reading::Distance { part: "output", of: "truth" }),
    Measure::new("sharpness", "Distance of sharpness", "held_out", Reading::Sharpness { part: "output", of: "truth" }),
];

/// What the domain of the data makes of the digit is its true outline.
const fn lines(by_chance: bool) -> Reading {
    Reading::InkOverlap { part: "input", of: "output", by_chance }
}

const STEPS: u32 = 2_000;
const RECIPE: Recipe = Recipe { batch_size: 16, decay_until: STEPS, decay_from: 0.5, ..Recipe::BASE };
const DIGITS: Preset = Preset {
    data: "outline-pairs",
    ..Preset::of_game("pix2pix-outlines", "pix2pix, outlines to digits", &PIX2PIX, RECIPE, STEPS as u64)
};

pub(crate) const PRESETS: &[Preset] = &[
    Preset { goals: &[Goal::at_least("recognised", 0.97), Goal::at_most("l1", 0.03)], ..DIGITS },
    Preset {
        key: "distance-outlines",
        name: "Distance alone",
        note: "The same generator without the critic\u{2019}s word: as near to the truth, and blurred where it cannot know.",
        own: &[("adversarial_weight", 0.0)],
        ..DIGITS
    },
];

pub(crate) const PRESETS_BACK: &[Preset] = &[Preset {
    data: "outline-pairs",
    goals: &[Goal::at_least("overlap", 0.9), Goal::at_most("l1", 0.03)],
    ..Preset::of_game("pix2pix-outlines-back", "pix2pix, digits to outlines", &PIX2PIX_BACK, RECIPE, STEPS as u64)
}];

const HALVING: Conv = Conv { kernel_size: [4, 4], stride: [2, 2], padding: [1, 1] };

/// x `[B, 1, 28, 28]` to another such image, by 32x32, 16x16, 8x8, 4x4 and back.
fn u_net(scope: &mut Scope, x: Tensor) -> Result<Tensor> {
    // So that the sides can be halved three times.
    let mut x = functional::pad2d(scope.graph, x, [2; 4], -1.0)?;
    let mut seen = Vec::new();
    for (name, norm, channels) in [("down1", "", 32), ("down2", "norm2", 64), ("down3", "norm3", 128)] {
        x = scope.conv2d(name, x, channels, HALVING, false)?;
        // The first layer has no norm, as in the paper.
        x = if norm.is_empty() { x } else { scope.instance_norm(norm, x, true)? };
        x = scope.leaky_relu(x, 0.2)?;
        seen.push(x);
    }
    seen.pop();
    for (name, norm, channels) in [("up1", "norm4", 64), ("up2", "norm5", 32)] {
        x = scope.conv_transpose2d(name, x, channels, HALVING, false)?;
        x = scope.instance_norm(norm, x, true)?;
        x = scope.relu(x)?;
        let mirrored = seen.pop().map_or(vec![x], |skip| vec![x, skip]);
        x = scope.graph.concat(&mirrored, 1)?;
    }
    x = scope.conv_transpose2d("up3", x, 1, HALVING, true)?;
    x = scope.tanh(x)?;
    x = scope.graph.slice(x, 2, 2, 28)?;
    scope.graph.slice(x, 3, 2, 28)
}

pub(super) const DISTANCE: Curve = Curve { key: "distance", name: "Distance" };

/// Which column becomes which, and what they are called.
struct Way {
    /// Columns of the pairs.
    columns: [&'static str; 2],
    gallery: &'static str,
    /// Of input and output.
    names: [&'static str; 2],
    /// Of what a visitor draws: a word on it, its key, and with which pens.
    probe: &'static str,
    drawn: (&'static str, Drawn),
}

const FORTH: Way = Way {
    columns: ["input", "target"],
    gallery: "Held-out outlines",
    names: ["Outline", "Filled in"],
    probe: "Your outline",
    drawn: ("outline", Drawn::Outline),
};
const BACK: Way = Way {
    columns: ["target", "input"],
    gallery: "Held-out digits",
    names: ["Digit", "Its outline"],
    probe: "Your digit",
    drawn: ("digit", Drawn::Ink),
};

fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    translate(game, &FORTH)
}

fn build_back(game: &mut Builder, _stage: usize) -> Result<()> {
    translate(game, &BACK)
}

/// Section 3 of the paper.
fn translate(game: &mut Builder, way: &Way) -> Result<()> {
    let generator = game.network("generator", u_net);
    let critic = game.network("critic", |scope, x| patches(scope, x, true));
    let beside = |s: &mut Step, input: Tensor, output: Tensor| s.graph.concat(&[input, output], 1);

    // [explain: D
    game.turn("critic", Side::Detective, &[critic], |s| {
        let (input, target) = (s.row("pairs", way.columns[0])?, s.row("pairs", way.columns[1])?);
        let fake = s.run(generator, input)?;
        let (real, fake) = (beside(s, input, target)?, beside(s, input, fake)?);
        let verdict = s.tells(critic, [real, fake], NonSaturating)?;
        let loss = s.record_verdict(verdict);
        // Halved, so that the critic learns more slowly than the generator.
        s.sum(&[(0.5, loss)])
    })?;
    // ]

    // [explain: G
    game.turn("generator", Side::Forger, &[generator], |s| {
        let (input, target) = (s.row("pairs", way.columns[0])?, s.row("pairs", way.columns[1])?);
        let fake = s.run(generator, input)?;
        let shown = beside(s, input, fake)?;
        let adversarial = s.fools(critic, shown, NonSaturating)?;
        let distance = s.l1(fake, target)?;
        s.record(&G_LOSS, adversarial);
        s.record(&DISTANCE, distance);
        s.sum(&[(s.knob(&ADVERSARIAL_WEIGHT), adversarial), (s.knob(&DISTANCE_WEIGHT), distance)])
    })?;
    // ]

    game.gallery("held_out", way.gallery, Layout::Rows(8), |s| {
        let (input, truth) = (s.row("pairs", way.columns[0])?, s.row("pairs", way.columns[1])?);
        let class = s.row("pairs", "class")?;
        let output = s.run(generator, input)?;
        Ok(vec![
            ("input", way.names[0], Role::Input, input),
            ("output", way.names[1], Role::Output, output),
            ("truth", "Truth", Role::Truth, truth),
            ("class", "", Role::Class, class),
        ])
    })?;

    game.probe("drawing", way.probe, |s| {
        let (key, drawn) = way.drawn;
        let input = s.input(key, way.names[0], drawn, [28, 28])?;
        let output = s.run(generator, input)?;
        Ok(vec![("output", way.names[1], Role::Output, output)])
    })
}
