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

use super::preset::{Algorithm, Goal, Preset};
use super::recipe::Recipe;
use crate::error::Result;
use crate::game::{
    Builder, Curve, D_FAKE, D_LOSS, D_REAL, Entry, G_LOSS, Knob, Layout, Network, Role, STAGE_LENGTH, Side, Stage, Step,
};
use crate::graph::{Clock, Conv, Tensor};
use crate::nn::{self, AdversarialLoss, Scope, Weights, functional, penalties};

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
        build,
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

/// Channels at 4x4, 8x8, 16x16 and 32x32.
const CHANNELS: [usize; 4] = [64, 32, 16, 8];
const SIDES: [usize; 4] = [4, 8, 16, 32];
const FORGER: [[&str; 2]; 4] = [["g4", "to4"], ["g8", "to8"], ["g16", "to16"], ["g32", "to32"]];
const DETECTIVE: [[&str; 2]; 4] = [["d4", "from4"], ["d8", "from8"], ["d16", "from16"], ["d32", "from32"]];
/// Examples among which the spread is taken.
const GROUP: usize = 8;
/// Updates from one with R1 to the next.
const EVERY: u32 = 8;
const DRIFT: f32 = 0.001;
const SLOPE: Curve = Curve { key: "gradient_norm", name: "Length of D\u{2019}s gradient" };

/// A gain for leaky ReLU behind it, and one for nothing behind it.
fn equalised(scope: &mut Scope, gain: f32) {
    scope.weights = Weights::Equalized { gain, lr_multiplier: 1.0 };
}

fn active(scope: &mut Scope, x: Tensor, norm: bool) -> Result<Tensor> {
    let x = scope.leaky_relu(x, 0.2)?;
    if norm { scope.pixel_norm(x) } else { Ok(x) }
}

/// The networks of one stage.
#[derive(Clone)]
struct Grown {
    /// The largest size's number, from 0.
    level: usize,
    /// For each size the block, and the layer from or to images.
    forger: Vec<[Network; 2]>,
    detective: Vec<[Network; 2]>,
    /// The steps over which the largest size fades in.
    fade: Option<[u32; 2]>,
}

/// Sections 2 to 4 of the paper.
fn build(game: &mut Builder, stage: usize) -> Result<()> {
    let level = stage.div_ceil(2);
    let fade = (stage % 2 == 1).then(|| game.steps());
    let forger =
        (0..=level).map(|at| [0, 1].map(|part| game.network(FORGER[at][part], layer(at, part, true)))).collect();
    let detective =
        (0..=level).map(|at| [0, 1].map(|part| game.network(DETECTIVE[at][part], layer(at, part, false)))).collect();
    let grown = Grown { level, forger, detective, fade };
    let (loss, weight) = (game.loss(), game.knob(&PENALTY));

    let detectives = grown.used(&grown.detective);
    let judging = |s: &mut Step| {
        let real = grown.real(s)?;
        let z = s.latent();
        let fake = grown.image(s, z)?;
        let fake = s.graph.stop_gradient(fake);
        let (on_real, on_fake) = (grown.judge(s, real, false)?, grown.judge(s, fake, false)?);
        let value = nn::discriminator_loss(&mut s.graph, on_real, on_fake, loss)?;
        let (mean_real, mean_fake) = (s.verdict(on_real, loss)?, s.verdict(on_fake, loss)?);
        for (curve, value) in [(&D_LOSS, value), (&D_REAL, mean_real), (&D_FAKE, mean_fake)] {
            s.record(curve, value);
        }
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
        let half_square = penalties::r1(&mut s.graph, logits, real)?;
        s.sum(&[(1.0, value), (weight * EVERY as f32, half_square)])
    };
    match loss {
        AdversarialLoss::Wasserstein => game.turn("discriminator", Side::Detective, &detectives, judging)?,
        _ => game.lazy_turn("discriminator", Side::Detective, &detectives, EVERY, judging)?,
    }

    game.turn("generator", Side::Forger, &grown.used(&grown.forger), |s| {
        let z = s.latent();
        let fake = grown.image(s, z)?;
        let logits = grown.judge(s, fake, false)?;
        let value = nn::generator_loss(&mut s.graph, logits, loss)?;
        s.record(&G_LOSS, value);
        Ok(value)
    })?;

    game.gallery("samples", "Samples", Layout::Grid([8, 8]), |s| {
        let z = s.latent();
        let image = grown.image(s, z)?;
        Ok(vec![("example", "", Role::Output, shown(s, image)?)])
    })?;
    game.gallery("real", "Real, at this size", Layout::Grid([8, 8]), |s| {
        let real = grown.real(s)?;
        Ok(vec![("example", "", Role::Output, shown(s, real)?)])
    })
}

/// A block (`part` 0) of a size, or its layer to or from images.
fn layer(level: usize, part: usize, forges: bool) -> impl Fn(&mut Scope, Tensor) -> Result<Tensor> {
    let (channels, small, half) = (CHANNELS[level], Conv::square(3, 1, 1), Conv::square(4, 2, 1));
    move |scope, x| {
        equalised(scope, std::f32::consts::SQRT_2);
        let batch = scope.graph.shape(x)[0];
        match (part, level, forges) {
            (1, _, true) => {
                equalised(scope, 1.0);
                scope.conv2d("conv", x, 1, Conv::square(1, 1, 0), true)
            }
            (1, _, false) => {
                let x = scope.conv2d("conv", x, channels, Conv::square(1, 1, 0), true)?;
                active(scope, x, false)
            }
            (_, 0, true) => {
                let x = scope.pixel_norm(x)?;
                let x = scope.linear("linear", x, channels * 16, true)?;
                let x = scope.graph.reshape(x, [batch, channels, 4, 4])?;
                let x = active(scope, x, true)?;
                let x = scope.conv2d("conv", x, channels, small, true)?;
                active(scope, x, true)
            }
            (_, _, true) => {
                let x = functional::interpolate_nearest(scope.graph, x, 2)?;
                let x = scope.conv2d("conv", x, channels, small, true)?;
                active(scope, x, true)
            }
            // With the map of the spread as one more channel.
            (_, 0, false) => {
                let x = scope.conv2d("conv", x, channels, small, true)?;
                let x = active(scope, x, false)?;
                let x = scope.graph.reshape(x, [batch, channels * 16])?;
                let x = scope.linear("linear1", x, channels, true)?;
                let x = active(scope, x, false)?;
                equalised(scope, 1.0);
                scope.linear("linear2", x, 1, true)
            }
            (_, _, false) => {
                let x = scope.conv2d("conv", x, CHANNELS[level - 1], half, true)?;
                active(scope, x, false)
            }
        }
    }
}

impl Grown {
    /// The networks that are run: all blocks, and the layers from or to images of the largest size, and of the one before
    /// while it fades out.
    fn used(&self, networks: &[[Network; 2]]) -> Vec<Network> {
        let blocks = networks.iter().map(|[block, _]| *block);
        let seen = if self.fade.is_some() { self.level - 1..=self.level } else { self.level..=self.level };
        blocks.chain(seen.map(|at| networks[at][1])).collect()
    }

    /// From `before` to `after` as the largest size fades in.
    fn faded(&self, s: &mut Step, before: Tensor, after: Tensor) -> Result<Tensor> {
        let Some([from, until]) = self.fade else { return Ok(after) };
        let alpha = s.graph.ramp(Clock::Generator, from, until)?;
        functional::lerp(&mut s.graph, before, after, alpha)
    }

    /// Real images at the largest size, without its details while it fades in.
    fn real(&self, s: &mut Step) -> Result<Tensor> {
        let x = s.row("data", "example")?;
        let mut x = functional::pad2d(&mut s.graph, x, [2; 4], -1.0)?;
        for _ in self.level..SIDES.len() - 1 {
            x = functional::avg_pool2d(&mut s.graph, x, 2, 2, 0)?;
        }
        if self.fade.is_none() {
            return Ok(x);
        }
        let rough = functional::avg_pool2d(&mut s.graph, x, 2, 2, 0)?;
        let rough = functional::interpolate_nearest(&mut s.graph, rough, 2)?;
        self.faded(s, rough, x)
    }

    /// What the generator makes of latents.
    fn image(&self, s: &mut Step, z: Tensor) -> Result<Tensor> {
        let (mut x, mut before) = (z, z);
        for [block, _] in &self.forger {
            before = x;
            x = s.run(*block, x)?;
        }
        let mut image = s.run(self.forger[self.level][1], x)?;
        if self.fade.is_some() {
            let old = s.run(self.forger[self.level - 1][1], before)?;
            let old = functional::interpolate_nearest(&mut s.graph, old, 2)?;
            image = self.faded(s, old, image)?;
        }
        s.graph.unary(crate::graph::Unary::Tanh, image)
    }

    /// The discriminator's logits; where its slope is looked at, the spread of the batch is `held`: it is no example's own.
    fn judge(&self, s: &mut Step, image: Tensor, held: bool) -> Result<Tensor> {
        let mut x = s.run(self.detective[self.level][1], image)?;
        for at in (1..=self.level).rev() {
            x = s.run(self.detective[at][0], x)?;
            if at == self.level && self.fade.is_some() {
                let small = functional::avg_pool2d(&mut s.graph, image, 2, 2, 0)?;
                let old = s.run(self.detective[at - 1][1], small)?;
                x = self.faded(s, old, x)?;
            }
        }
        let channels = s.graph.shape(x)[1];
        let group = GROUP.min(s.count());
        let both = s.within(self.detective[0][0], |scope| scope.minibatch_stddev(x, group))?;
        let mut spread = s.graph.slice(both, 1, channels, 1)?;
        if held {
            spread = s.graph.stop_gradient(spread);
        }
        let x = s.graph.concat(&[x, spread], 1)?;
        s.run(self.detective[0][0], x)
    }
}

/// Images of any size as the 28x28 pixels of the data.
fn shown(s: &mut Step, image: Tensor) -> Result<Tensor> {
    let side = s.graph.shape(image)[2];
    let large = functional::interpolate_nearest(&mut s.graph, image, 32 / side)?;
    let rows = s.graph.slice(large, 2, 2, 28)?;
    s.graph.slice(rows, 3, 2, 28)
}
