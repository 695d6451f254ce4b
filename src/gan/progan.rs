//! ProGAN: Karras, Aila, Laine and Lehtinen, "Progressive growing of GANs for improved quality, stability, and variation",
//! ICLR 2018.
//!
//! Both networks begin with images of 4x4 and grow by a block each while training goes on: 8x8, 16x16, 32x32. A new block
//! fades in, in both networks and in the real images alike.
//!
//! The ingredients: growth with fading, weights stored as N(0, 1) and scaled where they are used, pixel norm in the
//! generator, the spread of a batch as a map in the discriminator, and samples from a moving average of the generator. The
//! loss is the paper's (Wasserstein with the gradient penalty and drift) or, with fewer samples to the same quality at this
//! size, the non-saturating one with R1 in every eighth update.

mod blocks;

use super::preset::{Algorithm, Goal, Preset};
use super::recipe::Recipe;
use crate::error::Result;
use crate::game::{
    Builder, Curve, Entry, G_LOSS, Knob, Layout, Role, STAGE_LENGTH, Side, Stage, Step, WALK_STEPS, playable,
};
use crate::nn::{AdversarialLoss, penalties};
use blocks::{Grown, shown};

pub const PROGAN: Algorithm = Algorithm {
    key: "progan",
    name: "ProGAN",
    year: 2018,
    paper: "Karras et al.: Progressive growing of GANs for improved quality, stability, and variation",
    summary: "Both networks grow while they learn: from 4x4 pixels to 32x32, a block at a time.",
    adds: "Growth, with new blocks that fade in, and norms that keep all layers at one speed.",
    watch: "First the rough places of ink, then strokes, then edges. At this size growing costs as much as it saves: what it \
            gives are stages that one can follow.",
    entry: Some(&Entry {
        data: &["mnist"],
        settings: &[
            "latent_dim",
            "batch_size",
            "loss",
            "average",
            "generator_learning_rate",
            "discriminator_learning_rate",
            "beta1",
            "beta2",
        ],
        knobs: &[&PENALTY, &STAGE_LENGTH],
        stages: &STAGES,
        measures: &[],
        build: playable(build),
    }),
};

const PENALTY: Knob = Knob::new(
    "slope_weight",
    "Weight of the slope\u{2019}s penalty",
    [0.0, 100.0, 0.1],
    0.1,
    "How much the discriminator\u{2019}s slope counts: of R1, or of the gradient penalty where the loss is Wasserstein, which \
     asks for 10.",
);

const STAGES: [Stage; 7] = [
    Stage { name: "4x4", thousands: 3 },
    Stage { name: "8x8 fades in", thousands: 4 },
    Stage { name: "8x8", thousands: 3 },
    Stage { name: "16x16 fades in", thousands: 4 },
    Stage { name: "16x16", thousands: 3 },
    Stage { name: "32x32 fades in", thousands: 6 },
    Stage { name: "32x32", thousands: 0 },
];

const RECIPE: Recipe =
    Recipe { latent_dim: 64, batch_size: 16, average: 0.998, beta1: 0.0, beta2: 0.99, ..Recipe::BASE };
const STEPS: u64 = 8_000;

pub(crate) const PRESETS: &[Preset] = &[
    Preset {
        generator_learning_rate: 4e-3,
        discriminator_learning_rate: 1.6e-2,
        goals: &[Goal::at_most("nfd", 1.1)],
        ..Preset::of_game("progan-mnist", "ProGAN, digits", &PROGAN, RECIPE, STEPS)
    },
    Preset {
        note: "With the paper\u{2019}s loss and rates. It needs some twice as many images.",
        own: &[("slope_weight", 10.0)],
        generator_learning_rate: 2e-3,
        discriminator_learning_rate: 4e-3,
        ..Preset::of_game(
            "progan-wgan-gp-mnist",
            "ProGAN with WGAN-GP",
            &PROGAN,
            Recipe { loss: AdversarialLoss::Wasserstein, ..RECIPE },
            STEPS,
        )
    },
];

/// Updates from one with R1 to the next.
const EVERY: u32 = 8;
const DRIFT: f32 = 0.001;
const SLOPE: Curve = Curve { key: "gradient_norm", name: "Length of D\u{2019}s gradient" };

/// Sections 2 to 4 of the paper.
fn build(game: &mut Builder, stage: usize) -> Result<()> {
    let grown = Grown::new(game, stage);
    let (loss, weight) = (game.loss(), game.knob(&PENALTY));

    let detectives = grown.detectives();
    let judging = |s: &mut Step| {
        // [explain: D
        let real = grown.real(s)?;
        let z = s.latent();
        let fake = grown.image(s, z)?;
        let fake = s.graph.stop_gradient(fake);
        let (on_real, on_fake) = (grown.judge(s, real, false)?, grown.judge(s, fake, false)?);
        let verdict = s.verdict([on_real, on_fake], loss)?;
        let value = s.record_verdict(verdict);
        // ]
        if loss == AdversarialLoss::Wasserstein {
            let draw = s.draw();
            let x = penalties::between(&mut s.graph, real, fake, draw)?;
            let logits = grown.judge(s, x, true)?;
            let found = penalties::slope_penalty(&mut s.graph, logits, x)?;
            s.record(&SLOPE, found.mean_norm);
            let drift = penalties::drift(&mut s.graph, on_real)?;
            return s.sum(&[(1.0, value), (weight, found.penalty), (DRIFT, drift)]);
        }
        if !s.is_due() || weight == 0.0 {
            return Ok(value);
        }
        let logits = grown.judge(s, real, true)?;
        // [explain: D
        let half_square = penalties::r1(&mut s.graph, logits, real)?;
        s.sum(&[(1.0, value), (weight * EVERY as f32, half_square)])
        // ]
    };
    match loss {
        AdversarialLoss::Wasserstein => game.turn("discriminator", Side::Detective, &detectives, judging)?,
        _ => {
            let keys = ["discriminator", "discriminator_lazy"];
            game.lazy_turn(keys, Side::Detective, &detectives, EVERY, judging)?;
        }
    }

    // [explain: G
    game.turn("generator", Side::Forger, &grown.forgers(), |s| {
        let z = s.latent();
        let fake = grown.image(s, z)?;
        let logits = grown.judge(s, fake, false)?;
        let value = s.fooled(logits, loss, &|s| {
            let real = grown.real(s)?;
            grown.judge(s, real, false)
        })?;
        s.record(&G_LOSS, value);
        Ok(value)
    })?;
    // ]

    game.gallery("samples", "Samples", Layout::Grid([8, 8]), |s| {
        let z = s.latent();
        let image = grown.image(s, z)?;
        Ok(vec![("example", "", Role::Output, shown(s, image)?)])
    })?;
    game.gallery("real", "Real, at this size", Layout::Grid([8, 8]), |s| {
        let real = grown.real(s)?;
        Ok(vec![("example", "", Role::Output, shown(s, real)?)])
    })?;

    let words = [
        "From size to size",
        "What each block makes of the same noise, by its own layer to pixels: look what is decided at the smallest size, and what \
         the larger ones add. Layers to pixels learn only while their size is the largest or fades out.",
    ];
    game.view("sizes", words, Layout::Rows(WALK_STEPS), &|s| {
        let z = s.latent();
        let mut listed = Vec::new();
        for (name, image) in grown.sizes(s, z)? {
            listed.push((name, name, Role::Output, image));
        }
        listed.push(("alpha", "Share of the largest size (alpha)", Role::Number, grown.alpha(s)?));
        Ok(listed)
    })
}
