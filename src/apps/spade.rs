//! SPADE: Park, Liu, Wang and Zhu, "Semantic image synthesis with spatially-adaptive normalization", CVPR 2019.
//!
//! A map says what is where, the generator paints it. Where a norm would wash the map out, a large field of one class most of
//! all, the map itself gives the norm's gain and bias, pixel by pixel, in every layer. The critic sees map and picture
//! together, at two sizes, and judges patches; and the generator's pictures shall look to it like the true ones inside too
//! (feature matching, Wang et al. 2018), which stands here for the paper's distance in a network that was trained on
//! photographs.
//!
//! The season and the time of day are told beside the map, so that the visitor can choose them.

use crate::error::Result;
use crate::game::{
    Builder, Curve, Drawn, Entry, G_LOSS, Knob, Layout, Measure, ONE_STAGE, Palette, Reading, Role, Side, playable,
};
use crate::game::{Slider, Step};
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::{Conv, Init, Tensor};
use crate::nn::{self, AdversarialLoss, Scope, Weights, functional};
use ganvas_sets::scenes;

pub const SPADE: Algorithm = Algorithm {
    key: "spade",
    name: "SPADE",
    year: 2019,
    paper: "Park et al.: Semantic image synthesis with spatially-adaptive normalization",
    summary: "A map says what is where, and the generator paints a picture of it.",
    adds: "Norms whose gain and bias come from the map, pixel by pixel, in every layer.",
    watch: "First each class gets its colour, then its texture: grass, tiles, the light in the windows.",
    entry: Some(&Entry {
        data: &["scenes"],
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
        knobs: &[&FEATURE_WEIGHT],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const FEATURE_WEIGHT: Knob = Knob::new(
    "feature_weight",
    "Weight of the features",
    [0.0, 100.0, 0.1],
    10.0,
    "How much it counts that the critic sees in a painted picture what it sees in the true one, layer by layer.",
);
const SEASON: Slider = Slider {
    key: "season",
    name: "Season and hour",
    range: [0.0, 5.0, 1.0],
    default: 1.0,
    names: &scenes::STYLES,
    help: "The same place at another time.",
};

/// The classes of a map, in the order of their numbers.
const PALETTE: Palette = Palette {
    names: &scenes::CLASSES,
    colours: &[
        [150, 200, 240],
        [120, 130, 160],
        [120, 190, 80],
        [170, 150, 130],
        [50, 110, 200],
        [30, 110, 50],
        [240, 225, 195],
        [200, 70, 50],
        [70, 60, 90],
        [250, 210, 60],
    ],
    // Sky, hills, grass.
    bands: &[(0, 0.4), (1, 0.5), (2, 1.0)],
};
/// Keys and names of the rows that show each style.
const SEASONS: [(&str, &str); STYLES] = [
    ("spring", "Spring morning"),
    ("noon", "Summer noon"),
    ("evening", "Summer evening"),
    ("autumn", "Autumn day"),
    ("winter", "Winter day"),
    ("night", "Winter night"),
];
const CLASSES: usize = PALETTE.colours.len();
const STYLES: usize = scenes::STYLES.len();

/// The last three are of the truth itself: more the judge does not see in any picture.
const MEASURES: [Measure; 8] = [
    of("pixel_accuracy", "Pixels of the right class", Reading::PixelAccuracy { part: "output", of: "map" }),
    of("mean_iou", "Overlap with the map", Reading::MeanIou { part: "output", of: "map" }),
    of("style_seen", "Right season", Reading::ClassOf { head: "style", part: "output", class: "style" }),
    of("l1", "Distance to the truth", Reading::Distance { part: "output", of: "truth" }),
    of("sharpness", "Distance of sharpness", Reading::Sharpness { part: "output", of: "truth" }),
    of("true_pixel_accuracy", "The truth\u{2019}s pixels", Reading::PixelAccuracy { part: "truth", of: "map" }),
    of("true_mean_iou", "The truth\u{2019}s overlap", Reading::MeanIou { part: "truth", of: "map" }),
    of(
        "true_style_seen",
        "The truth\u{2019}s season",
        Reading::ClassOf { head: "style", part: "truth", class: "style" },
    ),
];

const fn of(key: &'static str, name: &'static str, reading: Reading) -> Measure {
    Measure::new(key, name, "held_out", reading)
}

const STEPS: u32 = 2_000; // 32,000 pictures
const RECIPE: Recipe = Recipe {
    batch_size: 16,
    latent_dim: 16,
    loss: AdversarialLoss::Hinge,
    average: 0.99,
    beta1: 0.0,
    beta2: 0.99,
    decay_until: STEPS,
    decay_from: 0.5,
    ..Recipe::BASE
};

pub(crate) const PRESETS: &[Preset] = &[Preset {
    data: "scenes",
    generator_learning_rate: 1e-3,
    discriminator_learning_rate: 1e-3,
    goals: &[
        Goal::at_least("pixel_accuracy", 0.95),
        Goal::at_least("mean_iou", 0.8),
        Goal::at_least("style_seen", 0.95),
        Goal::at_most("l1", 0.08),
    ],
    ..Preset::of_game("spade-scenes", "SPADE, maps to landscapes", &SPADE, RECIPE, STEPS as u64)
}];

const SIDE: usize = 32;
/// Channels of what the map is turned into before it gives gains and biases.
const HIDDEN: usize = 24;
/// Of the blocks at 4x4, 8x8, 16x16 and 32x32.
const BLOCKS: [(&str, usize); 4] = [("block4", 48), ("block8", 48), ("block16", 32), ("block32", 16)];
const KEEPING: Conv = Conv { kernel_size: [3; 2], stride: [1; 2], padding: [1; 2] };
const HALVING: Conv = Conv { kernel_size: [4; 2], stride: [2; 2], padding: [1; 2] };

/// What a picture is made of: planes `[B, CLASSES + STYLES, 32, 32]`, those of the map and one for each style.
fn told(s: &mut Step, map: Tensor, style: Tensor) -> Result<Tensor> {
    let count = s.graph.shape(map)[0];
    let style = s.graph.reshape(style, [count])?;
    let style = functional::one_hot(&mut s.graph, style, STYLES)?;
    let style = s.graph.reshape(style, [count, STYLES, 1, 1])?;
    let style = s.graph.broadcast(style, &[count, STYLES, SIDE, SIDE].into())?;
    s.graph.concat(&[map, style], 1)
}

/// Pictures `[B, 3, 32, 32]` of latents `[B, N]` and what was told.
fn paint(scope: &mut Scope, z: Tensor, told: Tensor) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let batch = scope.graph.shape(z)[0];
    let style = scope.graph.slice(told, 1, CLASSES, STYLES)?;
    let style = functional::global_avg_pool2d(scope.graph, style)?;
    let first = scope.graph.concat(&[z, style], 1)?;
    let x = scope.linear("linear", first, BLOCKS[0].1 * 16, true)?;
    let mut x = scope.graph.reshape(x, [batch, BLOCKS[0].1, 4, 4])?;
    for (level, (name, channels)) in BLOCKS.into_iter().enumerate() {
        if level > 0 {
            x = functional::interpolate_nearest(scope.graph, x, 2)?;
        }
        x = block(scope, name, x, told, channels)?;
    }
    x = scope.leaky_relu(x, 0.2)?;
    x = scope.conv2d("picture", x, 3, KEEPING, true)?;
    scope.tanh(x)
}

/// Two convolutions behind SPADE norms, beside what they correct.
fn block(scope: &mut Scope, name: &str, x: Tensor, told: Tensor, channels: usize) -> Result<Tensor> {
    let (incoming, side) = (scope.graph.shape(x)[1], scope.graph.shape(x)[2]);
    // The nearest pixels, as `F.interpolate` takes them.
    let step = SIDE / side;
    let told = scope.graph.slice_step(told, 2, 0, side, step)?;
    let told = scope.graph.slice_step(told, 3, 0, side, step)?;
    let mut y = x;
    for (at, channels) in [("1", incoming.min(channels)), ("2", channels)] {
        y = scope.spade(&format!("{name}.norm{at}"), y, told, HIDDEN, 1)?;
        y = scope.leaky_relu(y, 0.2)?;
        y = scope.conv2d(&format!("{name}.conv{at}"), y, channels, KEEPING, true)?;
    }
    let short = if incoming == channels {
        x
    } else {
        scope.conv2d(&format!("{name}.short"), x, channels, Conv::square(1, 1, 0), false)?
    };
    scope.graph.add(short, y)
}

/// Logits of patches `[B, 80]` of a picture with what was told, at its own size and at half of it, and what lies before them.
fn judge(scope: &mut Scope, told: Tensor, picture: Tensor) -> Result<(Tensor, Vec<Tensor>)> {
    scope.weights = Weights::Spectral { init: Init::Orthogonal { gain: 1.0 } };
    let whole = scope.graph.concat(&[told, picture], 1)?;
    let half = functional::avg_pool2d(scope.graph, whole, 2, 2, 0)?;
    let (mut logits, mut seen) = (Vec::new(), Vec::new());
    for (name, mut x) in [("whole", whole), ("half", half)] {
        for (at, channels) in [("1", 32), ("2", 64)] {
            x = scope.conv2d(&format!("{name}.conv{at}"), x, channels, HALVING, true)?;
            x = scope.leaky_relu(x, 0.2)?;
            seen.push(x);
        }
        x = scope.conv2d(&format!("{name}.conv3"), x, 1, KEEPING, true)?;
        logits.push(functional::flatten(scope.graph, x, 1)?);
    }
    Ok((scope.graph.concat(&logits, 1)?, seen))
}

/// Whose features are compared: two at each size.
const LAYERS: f32 = 4.0;
const FEATURES: Curve = Curve { key: "features", name: "Distance of features" };

/// Section 3 of the paper.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let [generator, critic] = ["generator", "critic"].map(|name| game.bare_network(name));
    let loss = game.loss();
    // Both at once: it looks at each example alone. With what it sees in its layers, of each.
    let judged = |s: &mut Step, told: Tensor, pictures: [Tensor; 2]| {
        let (told, both) = (s.graph.concat(&[told, told], 0)?, s.graph.concat(&pictures, 0)?);
        let mut seen = Vec::new();
        let logits = s.within(critic, |scope| {
            let (logits, features) = judge(scope, told, both)?;
            seen = features;
            Ok(logits)
        })?;
        let count = s.count();
        let mut split = |x: Tensor| Ok([s.graph.slice(x, 0, 0, count)?, s.graph.slice(x, 0, count, count)?]);
        let seen = seen.into_iter().map(&mut split).collect::<Result<Vec<_>>>()?;
        Ok((split(logits)?, seen))
    };
    let rows = |s: &mut Step| {
        let (map, style, truth) = (s.row("data", "map")?, s.row("data", "style")?, s.row("data", "picture")?);
        let told = told(s, map, style)?;
        Ok((map, style, told, truth))
    };

    // [explain: D
    game.turn("critic", Side::Detective, &[critic], |s| {
        let (_, _, told, real) = rows(s)?;
        let z = s.latent();
        let fake = s.within(generator, |scope| paint(scope, z, told))?;
        let fake = s.graph.stop_gradient(fake);
        let (logits, _) = judged(s, told, [real, fake])?;
        let verdict = s.verdict(logits, loss)?;
        Ok(s.record_verdict(verdict))
    })?;
    // ]

    game.turn("generator", Side::Forger, &[generator], |s| {
        let (_, _, told, real) = rows(s)?;
        let z = s.latent();
        // [explain: G
        let fake = s.within(generator, |scope| paint(scope, z, told))?;
        let ([_, logits], seen) = judged(s, told, [real, fake])?;
        let adversarial = nn::generator_loss(&mut s.graph, logits, loss)?;
        let mut distances = Vec::new();
        for [wanted, seen] in seen {
            distances.push((1.0 / LAYERS, s.l1(seen, wanted)?));
        }
        let features = s.sum(&distances)?;
        s.record(&G_LOSS, adversarial);
        s.record(&FEATURES, features);
        s.sum(&[(1.0, adversarial), (s.knob(&FEATURE_WEIGHT), features)])
        // ]
    })?;

    game.gallery("held_out", "Held-out maps", Layout::Rows(8), |s| {
        let (map, style, told, truth) = rows(s)?;
        let z = s.latent();
        let output = s.within(generator, |scope| paint(scope, z, told))?;
        let shown = s.coloured(map, &PALETTE)?;
        Ok(vec![
            ("input", "Map", Role::Input, shown),
            ("output", "Painted", Role::Output, output),
            ("truth", "Truth", Role::Truth, truth),
            ("map", "", Role::Map, map),
            ("style", "", Role::Class, style),
        ])
    })?;

    game.gallery("seasons", "The same places through the year", Layout::Rows(8), |s| {
        let (map, ..) = rows(s)?;
        let (z, count) = (s.latent(), s.count());
        // All at once: one pass of the network in place of six.
        let mut each = Vec::new();
        for style in 0..STYLES {
            let style = s.graph.constant(style as f32, [count]);
            each.push(told(s, map, style)?);
        }
        let (all, z) = (s.graph.concat(&each, 0)?, s.graph.concat(&[z; STYLES], 0)?);
        let painted = s.within(generator, |scope| paint(scope, z, all))?;
        let mut parts = vec![("input", "Map", Role::Input, s.coloured(map, &PALETTE)?)];
        for (style, (key, name)) in SEASONS.into_iter().enumerate() {
            parts.push((key, name, Role::Output, s.graph.slice(painted, 0, style * count, count)?));
        }
        Ok(parts)
    })?;

    game.probe("painting", "Your place", |s| {
        let map = s.input("map", "What is where", Drawn::Map(PALETTE), [SIDE, SIDE])?;
        let (z, season) = (s.latent(), s.number(&SEASON)?);
        let told = told(s, map, season)?;
        let output = s.within(generator, |scope| paint(scope, z, told))?;
        Ok(vec![("output", "Painted", Role::Output, output)])
    })
}
