//! What SAGAN and BigGAN share: a generator and a discriminator that are told the class, with self-attention at 14x14 in
//! both and spectral norm on every product, and the turns that they play.
//!
//! The class steers the generator's batch norms (conditional batch norm: Dumoulin et al. 2017) and adds a projection to the
//! discriminator's logit (Miyato and Koyama 2018). How it comes to the norms is what the two differ in: [`Differences`].

mod views;

use super::recipe::Recipe;
use crate::error::{Error, Result};
use crate::game::{Builder, Curve, G_LOSS, Knob, Layout, Network, Role, Side, Step};
use crate::graph::{Conv, Init, Tensor};
use crate::nn::{self, AdversarialLoss, Scope, Weights, functional};
use views::Views;

/// Of the data; the settings were measured with so many.
pub(super) const CLASSES: usize = 10;
/// Examples of each class in a page of samples.
const ROWS: usize = 8;
/// Channels at 14x14, in both networks.
const CHANNELS: usize = 32;
/// How weights of products start (Saxe et al. 2014).
const ORTHOGONAL: Init = Init::Orthogonal { gain: 1.0 };
/// A product's weight is divided by its largest singular value.
pub(super) const PRODUCT: Weights = Weights::Spectral { init: ORTHOGONAL };
/// To twice or half the extents.
const DOUBLING: Conv = Conv { kernel_size: [4; 2], stride: [2; 2], padding: [1; 2] };

/// The common settings that both have.
pub(super) const SETTINGS: &[&str] = &[
    "n_critic",
    "latent_dim",
    "batch_size",
    "average",
    "generator_learning_rate",
    "discriminator_learning_rate",
    "beta1",
    "beta2",
    "decay_until",
    "decay_from",
    "decay_to",
];

/// Those of games whose sides take turns one by one.
pub(crate) const SETTINGS_IN_TURN: &[&str] = SETTINGS.split_at(1).1;

/// What both are mixed from: the hinge loss, no momentum, and rates that fall over the second half of the run.
pub(crate) const CONDITIONAL: Recipe = Recipe {
    batch_size: 16,
    loss: AdversarialLoss::Hinge,
    average: 0.998,
    beta1: 0.0,
    beta2: 0.99,
    decay_from: 0.5,
    decay_to: 0.02,
    ..Recipe::BASE
};

pub(super) const ATTENTION: Knob = Knob::new(
    "attention",
    "Self-attention",
    [0.0, 1.0, 1.0],
    1.0,
    "1: each pixel of the maps of 14x14 looks at all others, in both networks. 0: only at its neighbours.",
);

const GAMMA_G: Curve = Curve { key: "gamma_g", name: "Weight of attention, G" };
const GAMMA_D: Curve = Curve { key: "gamma_d", name: "Weight of attention, D" };
/// Of the layers of attention, in both networks.
const NAME: &str = "attention";

/// What a generator makes images of.
pub(super) struct Steering {
    /// For the first linear, `[B, N]`.
    pub first: Tensor,
    /// For the conditional norms at 7x7 and at 14x14, `[B, N]` each.
    pub norms: [Tensor; 2],
    /// How the linears of these norms treat their weights.
    pub weights: Weights,
}

/// What the games of this kind differ in.
pub(super) struct Differences<'a> {
    /// What stands for classes `[B]`, `[B, N]`: what lies between two of them is a class in between.
    pub embed: &'a dyn Fn(&mut Scope, Tensor) -> Result<Tensor>,
    /// What a generator is steered by, of latents `[B, latent_dim]` and what stands for classes.
    pub steer: &'a dyn Fn(&mut Scope, Tensor, Tensor) -> Result<Steering>,
    /// Is added to the generator's loss.
    pub regulariser: &'a dyn Fn(&mut Scope) -> Result<Option<Tensor>>,
    /// Changes the latents of samples that are shown.
    pub bounded: &'a dyn Fn(&mut Step, Tensor) -> Result<Tensor>,
    /// Whether what truncation does is to be seen.
    pub truncates: bool,
}

/// Images `[B, 1, 28, 28]`: a linear to 7x7, two transposed convolutions, attention between them.
pub(super) fn image(scope: &mut Scope, steering: &Steering, attends: bool) -> Result<Tensor> {
    let batch = scope.graph.shape(steering.first)[0];
    scope.weights = PRODUCT;
    let x = scope.linear("linear", steering.first, 2 * CHANNELS * 49, false)?;
    let x = scope.graph.reshape(x, [batch, 2 * CHANNELS, 7, 7])?;
    let x = norm(scope, "norm7", x, steering.norms[0], steering.weights)?;
    let x = doubled(scope, "conv14", x, CHANNELS)?;
    let mut x = norm(scope, "norm14", x, steering.norms[1], steering.weights)?;
    if attends {
        x = scope.self_attention(NAME, x)?;
    }
    let x = doubled(scope, "conv28", x, 1)?;
    let bias = scope.parameter("conv28.bias", [1], Init::Constant(0.0))?;
    let x = scope.graph.add(x, bias)?;
    scope.tanh(x)
}

/// A transposed convolution that doubles the extents of x `[B, C, H, W]`, without a bias. Its spectral norm is that of the
/// map from a pixel's channels to the patch of 4x4 that they become; along the axis of what comes out, as
/// `torch.nn.utils.spectral_norm` has it, one channel out would be held to a quarter of that, too weak to reach black and
/// white through tanh.
fn doubled(scope: &mut Scope, name: &str, x: Tensor, out_channels: usize) -> Result<Tensor> {
    let shape = [scope.graph.shape(x)[1], out_channels, 4, 4];
    let weight = scope.parameter(&format!("{name}.weight_orig"), shape, ORTHOGONAL)?;
    let weight = scope.spectral_norm(&format!("{name}.weight"), weight, 0)?;
    let x = scope.graph.conv_transpose2d(x, weight, DOUBLING)?;
    scope.layers.push((name.into(), x));
    Ok(x)
}

/// Conditional batch norm, (1 + gain) x + bias, and ReLU. Gain and bias of all channels come of one linear in y, whose
/// spectral norm is then that of both.
fn norm(scope: &mut Scope, name: &str, x: Tensor, y: Tensor, weights: Weights) -> Result<Tensor> {
    let [batch, channels] = [0, 1].map(|axis| scope.graph.shape(x)[axis]);
    let x = scope.batch_normal(name, x, 1)?;
    scope.weights = weights;
    let both = scope.linear(&format!("{name}.affine"), y, 2 * channels, false)?;
    scope.weights = PRODUCT;
    let both = scope.graph.reshape(both, [batch, 2 * channels, 1, 1])?;
    let (gain, bias) = (scope.graph.slice(both, 1, 0, channels)?, scope.graph.slice(both, 1, channels, channels)?);
    let gain = scope.graph.add_scalar(gain, 1.0)?;
    let x = scope.graph.mul(x, gain)?;
    let x = scope.graph.add(x, bias)?;
    scope.relu(x)
}

/// Logits `[B, 1]` of images `[B, 1, 28, 28]` with classes `[B]`: three convolutions, attention behind the first, and a
/// linear beside the projection of the class.
fn judge(scope: &mut Scope, x: Tensor, class: Tensor, attends: bool) -> Result<Tensor> {
    scope.weights = PRODUCT;
    let mut x = x;
    for (name, channels) in [("conv14", CHANNELS), ("conv7", 2 * CHANNELS), ("conv3", 4 * CHANNELS)] {
        x = scope.conv2d(name, x, channels, DOUBLING, true)?;
        x = scope.leaky_relu(x, 0.2)?;
        if attends && channels == CHANNELS {
            x = scope.self_attention(NAME, x)?;
        }
    }
    let x = functional::flatten(scope.graph, x, 1)?;
    let logit = scope.linear("linear", x, 1, true)?;
    let fit = scope.projection("projection", x, class, CLASSES)?;
    scope.graph.add(logit, fit)
}

/// Classes as one axis, `[B]`.
fn numbers(s: &mut Step, class: Tensor) -> Result<Tensor> {
    let count = s.count();
    s.graph.reshape(class, [count])
}

/// Records how much of attention a network adds: 0 at first, its sign is free. A turn can only record what it leaves as it is,
/// so each side records the other's.
fn record_gamma(s: &mut Step, network: Network, curve: &Curve) -> Result<()> {
    let gamma = s.within(network, |scope| scope.parameter(&format!("{NAME}.gamma"), [], Init::Constant(0.0)))?;
    s.record(curve, gamma);
    Ok(())
}

/// The networks, turns, galleries and views of a class-conditional game.
///
/// # Errors
/// [`Error::Setting`] for data without labels, or with labels of other than ten classes.
pub(super) fn play(game: &mut Builder, differences: &Differences) -> Result<()> {
    let Differences { embed, steer, regulariser, bounded, truncates } = *differences;
    let classes = game.classes("data");
    if classes != CLASSES {
        let have = if classes == 0 { "no labels".into() } else { format!("labels of {classes} classes") };
        let message = format!("have {have}, and this game is told which of {CLASSES} classes to draw");
        return Err(Error::Setting { key: "data".into(), message });
    }
    let (loss, attends) = (game.loss(), game.knob(&ATTENTION) > 0.0);
    let [generator, discriminator] = ["generator", "discriminator"].map(|name| game.bare_network(name));
    let draw = |s: &mut Step, z: Tensor, class: Tensor| {
        s.within(generator, |scope| {
            let class = embed(scope, class)?;
            let steering = steer(scope, z, class)?;
            image(scope, &steering, attends)
        })
    };

    game.turn("discriminator", Side::Detective, &[discriminator], |s| {
        // [explain: D
        let (real, class, wanted) = (s.row("data", "example")?, s.row("data", "class")?, s.classes("data")?);
        let (class, wanted, z) = (numbers(s, class)?, numbers(s, wanted)?, s.latent());
        let fake = draw(s, z, wanted)?;
        let fake = s.graph.stop_gradient(fake);
        // It has no batch norm: one pass over both is cheaper than two.
        let (images, count) = (s.graph.concat(&[real, fake], 0)?, s.count());
        let both = s.graph.concat(&[class, wanted], 0)?;
        let logits = s.within(discriminator, |scope| judge(scope, images, both, attends))?;
        let (on_real, on_fake) = (s.graph.slice(logits, 0, 0, count)?, s.graph.slice(logits, 0, count, count)?);
        let verdict = s.verdict([on_real, on_fake], loss)?;
        // ]
        let value = s.record_verdict(verdict);
        if attends {
            record_gamma(s, generator, &GAMMA_G)?;
        }
        Ok(value)
    })?;

    game.turn("generator", Side::Forger, &[generator], |s| {
        let wanted = s.classes("data")?;
        let (wanted, z) = (numbers(s, wanted)?, s.latent());
        // [explain: G
        let fake = draw(s, z, wanted)?;
        let logits = s.within(discriminator, |scope| judge(scope, fake, wanted, attends))?;
        let value = nn::generator_loss(&mut s.graph, logits, loss)?;
        // ]
        s.record(&G_LOSS, value);
        if attends {
            record_gamma(s, discriminator, &GAMMA_D)?;
        }
        let mut total = value;
        s.within(generator, |scope| {
            if let Some(term) = regulariser(scope)? {
                total = scope.graph.add(total, term)?;
            }
            Ok(total)
        })
    })?;

    let page = Layout::Grid([CLASSES, ROWS]);
    game.gallery("samples", "Samples", page, |s| {
        let z = s.latent();
        let (z, class) = (bounded(s, z)?, s.classes("data")?);
        let wanted = numbers(s, class)?;
        let example = draw(s, z, wanted)?;
        Ok(vec![("example", "", Role::Output, example), ("class", "", Role::Class, class)])
    })?;
    game.gallery("real", "Real examples", page, |s| {
        let (example, class) = (s.row("data", "example")?, s.row("data", "class")?);
        Ok(vec![("example", "", Role::Output, example), ("class", "", Role::Class, class)])
    })?;

    Views {
        gammas: [generator, discriminator],
        embed: &|s, class| s.within(generator, |scope| embed(scope, class)),
        draw: &|s, z, class, attends| {
            let mut seen = None;
            let image = s.within(generator, |scope| {
                let steering = steer(scope, z, class)?;
                let image = image(scope, &steering, attends)?;
                seen = scope.attention.pop();
                Ok(image)
            })?;
            Ok((image, seen.map(|(_, weights, _)| weights)))
        },
        look: &|s, x, class| {
            let mut seen = None;
            s.within(discriminator, |scope| {
                let logits = judge(scope, x, class, attends)?;
                seen = scope.attention.pop();
                Ok(logits)
            })?;
            Ok(seen.map(|(_, weights, _)| weights))
        },
    }
    .declare(game, truncates, attends)
}
