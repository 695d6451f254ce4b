//! StyleGAN: Karras, Laine and Aila, "A style-based generator architecture for generative adversarial networks", CVPR 2019,
//! with the modulated convolutions of Karras et al., "Analyzing and improving the image quality of StyleGAN", CVPR 2020.
//!
//! The noise z is no longer what the generator begins with. A mapping makes w of it, and w steers each layer by a style:
//! early layers by what is drawn, late ones by how. All images begin with one learned constant.
//!
//! The ingredients: the mapping, styles by modulation and demodulation, noise in each pixel with a learned strength, mixing of
//! two w in training, R1 in every eighth update, equalised weights, the spread of a batch as a map in the discriminator,
//! samples from a moving average, and truncation towards the mean w.

mod mixing;
mod networks;

use super::preset::{Algorithm, Goal, Preset};
use super::recipe::Recipe;
use crate::error::Result;
use crate::game::{
    Builder, Entry, G_LOSS, Knob, Layout, Listed, Measure, ONE_STAGE, Reading, Role, Side, Slider, WALK_STEPS, playable,
};
use crate::nn::penalties;
use mixing::{SIDE, fakes, mixtures, two_w};
use networks::{STYLES, image, judge, mapping, truncated};

pub const STYLEGAN: Algorithm = Algorithm {
    key: "stylegan",
    name: "StyleGAN",
    year: 2019,
    paper: "Karras et al.: A style-based generator architecture for generative adversarial networks",
    summary: "The noise becomes a style, and the style steers each layer of the generator.",
    adds: "A mapping from noise to styles, one style for each layer, and noise for each pixel.",
    watch: "In the mixtures the digit comes from the column and the stroke from the row: early layers say what, late ones how.",
    entry: Some(&Entry {
        data: &["mnist"],
        settings: &[
            "latent_dim",
            "batch_size",
            "average",
            "generator_learning_rate",
            "discriminator_learning_rate",
            "beta1",
            "beta2",
        ],
        knobs: &[&MAPPING, &MIXING, &PENALTY],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const MAPPING: Knob = Knob::new(
    "mapping",
    "Mapping",
    [0.0, 1.0, 1.0],
    1.0,
    "1: two layers make styles of the noise. 0: the noise itself is the style.",
);
const MIXING: Knob = Knob::new(
    "mixing",
    "Style mixing",
    [0.0, 1.0, 0.05],
    0.9,
    "The share of fakes whose later layers take the style of other noise while it trains.",
);
const PENALTY: Knob = Knob::new(
    "r1_weight",
    "Weight of R1",
    [0.0, 100.0, 0.1],
    0.1,
    "How much the discriminator\u{2019}s slope at real images counts: gamma in the paper.",
);
/// Of the samples; what is measured is 1.
const PSI: Slider = Slider {
    names: &[],
    key: "psi",
    name: "Truncation \u{3c8}",
    range: [0.0, 1.0, 0.05],
    default: 1.0,
    help: "How far styles are from their mean. Below 1 the odd digits go first, and at 0 all are the mean. What is measured are \
           samples at 1.",
};
const FROM: Slider = Slider::latent("from_noise", "From noise", 0.0, "Number of the noise at the left.");
const TO: Slider = Slider::latent("to_noise", "To noise", 1.0, "Number of the noise at the right.");

const MEASURES: [Measure; 2] = [
    Measure::new(
        "mixing_kept",
        "Digit of the coarse styles kept",
        "pairs",
        Reading::OneClass { parts: &["coarse", "mixed"] },
    ),
    Measure::new("noise_kept", "Digit kept over noise", "noises", Reading::OneClass { parts: &NOISES }),
];
const NOISES: [&str; 8] = ["noise1", "noise2", "noise3", "noise4", "noise5", "noise6", "noise7", "noise8"];

const RECIPE: Recipe =
    Recipe { latent_dim: 64, batch_size: 32, average: 0.995, beta1: 0.5, beta2: 0.99, ..Recipe::BASE };
const STEPS: u64 = 4_000;

const PRESET: Preset = Preset {
    generator_learning_rate: 4e-3,
    discriminator_learning_rate: 1.6e-2,
    ..Preset::of_game("stylegan-mnist", "StyleGAN, digits", &STYLEGAN, RECIPE, STEPS)
};

pub(crate) const PRESETS: &[Preset] = &[
    Preset {
        goals: &[
            Goal::at_most("nfd", 1.0),
            Goal::at_least("recall", 0.75),
            Goal::at_least("mixing_kept", 0.88),
            Goal::at_least("noise_kept", 0.98),
        ],
        ..PRESET
    },
    Preset {
        key: "stylegan-unmapped-mnist",
        name: "StyleGAN without the mapping",
        note: "The noise itself is the style: compare how far the digit follows the column of the mixtures.",
        own: &[("mapping", 0.0)],
        ..PRESET
    },
];

/// Updates from one with R1 to the next.
const EVERY: u32 = 8;

fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let (loss, weight, is_mapped) = (game.loss(), game.knob(&PENALTY), game.knob(&MAPPING) > 0.5);
    // Its body answers with w; images are made of that by the synthesis, which takes several.
    let generator = game.network("generator", move |scope, z| mapping(scope, z, is_mapped));
    let discriminator = game.network("discriminator", |scope, x| judge(scope, x, false));

    // [explain: D
    game.lazy_turn(["discriminator", "discriminator_lazy"], Side::Detective, &[discriminator], EVERY, |s| {
        let real = s.row("data", "example")?;
        let fake = fakes(s, generator, &MIXING)?;
        let fake = s.graph.stop_gradient(fake);
        let (on_real, on_fake) = (s.run(discriminator, real)?, s.run(discriminator, fake)?);
        let verdict = s.verdict([on_real, on_fake], loss)?;
        let value = s.record_verdict(verdict);
        if !s.is_due() || weight == 0.0 {
            return Ok(value);
        }
        let logits = s.within(discriminator, |scope| judge(scope, real, true))?;
        let half_square = penalties::r1(&mut s.graph, logits, real)?;
        s.sum(&[(1.0, value), (weight * EVERY as f32, half_square)])
    })?;
    // ]

    // [explain: G
    game.turn("generator", Side::Forger, &[generator], |s| {
        let fake = fakes(s, generator, &MIXING)?;
        let value = s.fools(discriminator, fake, loss)?;
        s.record(&G_LOSS, value);
        Ok(value)
    })?;
    // ]

    game.gallery("samples", "Samples", Layout::Grid([8, 8]), |s| {
        let (z, psi) = (s.latent(), s.number(&PSI)?);
        let w = s.run(generator, z)?;
        let w = s.within(generator, |scope| truncated(scope, w, psi))?;
        Ok(vec![("example", "", Role::Output, image(s, generator, [w; STYLES])?)])
    })?;
    game.gallery("mixing", "Mixed: the digit of the column, the stroke of the row", Layout::Grid([SIDE; 2]), |s| {
        Ok(vec![("example", "", Role::Output, mixtures(s, generator)?)])
    })?;
    game.gallery("pairs", "Two styles, and their mixture", Layout::Rows(10), |s| {
        let [coarse, fine] = two_w(s, generator)?;
        let mut listed: Vec<Listed> = Vec::new();
        let rows = [("coarse", "What", [coarse; 2]), ("fine", "How", [fine; 2]), ("mixed", "Mixed", [coarse, fine])];
        for (key, name, [coarse, fine]) in rows {
            let image = image(s, generator, [coarse, coarse, fine, fine])?;
            listed.push((key, name, Role::Output, image));
        }
        Ok(listed)
    })?;
    game.gallery("noises", "One style, eight noises", Layout::Rows(10), |s| {
        let z = s.latent();
        let w = s.run(generator, z)?;
        let mut listed: Vec<Listed> = Vec::new();
        for key in NOISES {
            listed.push((key, "", Role::Output, image(s, generator, [w; STYLES])?));
        }
        Ok(listed)
    })?;

    let words = [
        "From one noise to another",
        "Both rows have the same ends. Between them the first goes straight from style to style, the second from noise to noise: \
         look where the digit changes, and how often.",
    ];
    game.view("ways", words, Layout::Rows(WALK_STEPS), &|s| {
        let (numbers, way) = ([s.number(&FROM)?, s.number(&TO)?], s.way()?);
        let z = s.latents_at(&numbers)?;
        let walked = s.walked(z, way)?;
        let [ends, by_noise] = s.run_both(generator, [z, walked])?;
        let by_style = s.blended(ends, way)?;
        let w = s.graph.concat(&[by_style, by_noise], 0)?;
        let images = image(s, generator, [w; STYLES])?;
        let (style, noise) =
            (s.graph.slice(images, 0, 0, WALK_STEPS)?, s.graph.slice(images, 0, WALK_STEPS, WALK_STEPS)?);
        Ok(vec![("style", "By style", Role::Output, style), ("noise", "By noise", Role::Output, noise)])
    })
}
