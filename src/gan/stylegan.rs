//! StyleGAN: Karras, Laine and Aila, "A style-based generator architecture for generative adversarial networks", CVPR 2019,
//! with the modulated convolutions of its second version (Karras et al. 2020).
//!
//! The noise z does not go through the generator. A mapping network makes a style w of it, and the image grows from a constant
//! that is learned; at each layer the style says how strongly each channel speaks. Coarse layers settle what is drawn, fine ones
//! how, so two styles can be mixed. What is neither is per-pixel noise.
//!
//! The ingredients: mapping, constant input, modulated and demodulated convolutions, noise of a learned strength, style mixing
//! in nine of ten examples, R1 in every eighth update, the spread of a batch as a map in the discriminator, an equalised
//! learning rate, samples from a moving average, truncation towards the mean style. The discriminator is strong on purpose: with a
//! weak one the styles collapse.

mod networks;

use super::preset::{Algorithm, Goal, Preset};
use super::recipe::Recipe;
use crate::error::Result;
use crate::game::{
    Builder, D_FAKE, D_LOSS, D_REAL, Entry, G_LOSS, Knob, Layout, Measure, ONE_STAGE, Reading, Role, Side, Step,
};
use crate::graph::Tensor;
use crate::nn::{self, penalties};
use networks::{STYLES, Styled};

pub const STYLEGAN: Algorithm = Algorithm {
    key: "stylegan",
    name: "StyleGAN",
    year: 2019,
    paper: "Karras et al.: A style-based generator architecture for generative adversarial networks",
    summary: "A style says at each layer how to draw, from coarse to fine, so that two images can be mixed.",
    adds: "The mapping from noise to styles, a learned constant to start from, and noise for what is left to chance.",
    watch: "The digits come first, then the mixed ones follow: the shape of one image, the hand of the other.",
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
        knobs: &[&MAPPING, &MIXING, &TRUNCATION, &R1_WEIGHT],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build,
    }),
};

const MAPPING: Knob = Knob::new(
    "mapping",
    "Mapping network",
    [0.0, 1.0, 1.0],
    1.0,
    "1 for two layers between the noise and the styles; 0 for the noise itself as the style.",
);
const MIXING: Knob = Knob::new(
    "mixing",
    "Style mixing",
    [0.0, 1.0, 0.1],
    0.9,
    "The share of fakes in training whose coarse and fine styles come from different noise.",
);
const TRUNCATION: Knob = Knob::new(
    "truncation",
    "Truncation",
    [0.0, 1.0, 0.1],
    1.0,
    "How far samples go from the mean style: 1 as they are, 0 the mean of all. Smaller samples are cleaner and more alike.",
);
const R1_WEIGHT: Knob = Knob::new(
    "r1_weight",
    "Weight of R1",
    [0.0, 100.0, 0.1],
    0.1,
    "How flat the discriminator is asked to be at real examples.",
);

const MEASURES: [Measure; 3] = [
    Measure::new("kept_mixed", "Digit kept under another\u{2019}s fine styles", "styles", KEPT_MIXED),
    Measure::new("kept_noise", "Digit kept under other noise", "styles", KEPT_NOISE),
    Measure::new("noise_distance", "Distance of images of other noise", "styles", NOISE_DISTANCE),
];
const KEPT_MIXED: Reading = Reading::SameClass { part: "coarse", of: "mixed", by_chance: false };
const KEPT_NOISE: Reading = Reading::SameClass { part: "coarse", of: "noise", by_chance: false };
const NOISE_DISTANCE: Reading = Reading::Distance { part: "noise", of: "coarse" };

const RECIPE: Recipe =
    Recipe { latent_dim: 64, batch_size: 32, average: 0.995, beta1: 0.5, beta2: 0.99, ..Recipe::BASE };
const STEPS: u64 = 4_000; // 128,000 images

pub(crate) const PRESETS: &[Preset] = &[
    Preset {
        goals: &[Goal::at_most("nfd", 1.0), Goal::at_least("recall", 0.75), Goal::at_least("kept_mixed", 0.88)],
        ..preset("stylegan-mnist", "StyleGAN, digits")
    },
    Preset {
        note: "The noise itself is the style. Compare it with the mapping: the styles of an image are then less its own.",
        own: &[("mapping", 0.0)],
        ..preset("stylegan-no-mapping-mnist", "StyleGAN without the mapping")
    },
];

const fn preset(key: &'static str, name: &'static str) -> Preset {
    Preset {
        generator_learning_rate: 4e-3,
        discriminator_learning_rate: 1.6e-2,
        ..Preset::of_game(key, name, &STYLEGAN, RECIPE, STEPS)
    }
}

/// Updates from one with R1 to the next.
const EVERY: u32 = 8;
/// Layers whose style is the coarse one in mixed images: those at 7x7 and 14x14.
const COARSE: usize = 2;

/// Sections 2 and 3 of the paper.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let (loss, weight, mixing) = (game.loss(), game.knob(&R1_WEIGHT), game.knob(&MIXING));
    let nets = Styled::new(game, game.knob(&MAPPING) > 0.5);
    let truncation = game.knob(&TRUNCATION);

    game.lazy_turn("discriminator", Side::Detective, &[nets.discriminator], EVERY, |s| {
        let real = s.row("data", "example")?;
        let (fake, _) = forged(s, nets, mixing)?;
        let fake = s.graph.stop_gradient(fake);
        let (on_real, on_fake) = (nets.judge(s, real, false)?, nets.judge(s, fake, false)?);
        let value = nn::discriminator_loss(&mut s.graph, on_real, on_fake, loss)?;
        let mean_real = nn::mean_output(&mut s.graph, on_real, loss)?;
        let mean_fake = nn::mean_output(&mut s.graph, on_fake, loss)?;
        for (curve, value) in [(&D_LOSS, value), (&D_REAL, mean_real), (&D_FAKE, mean_fake)] {
            s.record(curve, value);
        }
        if !s.is_due() || weight == 0.0 {
            return Ok(value);
        }
        let logits = nets.judge(s, real, true)?;
        let half_square = penalties::r1(&mut s.graph, logits, real)?;
        s.sum(&[(1.0, value), (weight * EVERY as f32, half_square)])
    })?;

    game.turn("generator", Side::Forger, &nets.forgers(), |s| {
        let (fake, w) = forged(s, nets, mixing)?;
        nets.follow(s, w)?;
        let logits = nets.judge(s, fake, false)?;
        let value = nn::generator_loss(&mut s.graph, logits, loss)?;
        s.record(&G_LOSS, value);
        Ok(value)
    })?;

    game.gallery("samples", "Samples", Layout::Grid([8, 8]), |s| {
        let w = style(s, nets, truncation)?;
        Ok(vec![("example", "", Role::Output, nets.draw(s, [w; STYLES])?)])
    })?;
    game.gallery("styles", "Styles, mixed and truncated", Layout::Rows(8), |s| {
        let (coarse, fine) = (style(s, nets, 1.0)?, style(s, nets, 1.0)?);
        let mixed = std::array::from_fn(|layer| if layer < COARSE { coarse } else { fine });
        let half = nets.truncate(s, coarse, 0.5)?;
        Ok(vec![
            ("coarse", "Coarse styles of", Role::Input, nets.draw(s, [coarse; STYLES])?),
            ("fine", "Fine styles of", Role::Input, nets.draw(s, [fine; STYLES])?),
            ("mixed", "Mixed", Role::Output, nets.draw(s, mixed)?),
            ("noise", "First row, other noise", Role::Output, nets.draw(s, [coarse; STYLES])?),
            ("truncated", "First row, nearer the mean", Role::Output, nets.draw(s, [half; STYLES])?),
        ])
    })?;
    game.gallery("real", "Real", Layout::Grid([8, 8]), |s| {
        Ok(vec![("example", "", Role::Output, s.row("data", "example")?)])
    })
}

/// A batch of fakes of which a share of `mixing` has another style from some layer on, and the styles that all begin with.
fn forged(s: &mut Step, nets: Styled, mixing: f32) -> Result<(Tensor, Tensor)> {
    let w = style(s, nets, 1.0)?;
    let mut styles = [w; STYLES];
    if mixing > 0.0 {
        let other = style(s, nets, 1.0)?;
        let draws = [s.draw(), s.draw()];
        nets.cross(s, &mut styles, other, mixing, draws)?;
    }
    Ok((nets.draw(s, styles)?, w))
}

fn style(s: &mut Step, nets: Styled, truncation: f32) -> Result<Tensor> {
    let z = s.latent();
    let w = s.run(nets.mapping, z)?;
    nets.truncate(s, w, truncation)
}
