//! The networks of StyleGAN: mapping, synthesis, discriminator.

use crate::error::Result;
use crate::game::{Builder, Network, Step};
use crate::graph::{Conv, Draw, Init, Tensor, VariableId};
use crate::nn::{Scope, Weights, functional};

/// Layers that a style goes to: three convolutions, and the one to the image.
pub(super) const STYLES: usize = 4;
/// Channels that the convolutions at 7x7, 14x14 and 28x28 put out.
const CHANNELS: [usize; 3] = [64, 32, 16];
const WIDTH: usize = 64;
const SLOPE: f32 = 0.2;
/// Examples among which the spread is taken.
const GROUP: usize = 8;
/// How far the mean style follows that of a batch.
const FOLLOW: f32 = 0.005;
const MEAN: &str = "mean";

/// The three networks.
#[derive(Clone, Copy)]
pub(super) struct Styled {
    pub mapping: Network,
    pub discriminator: Network,
    synthesis: Network,
}

fn equalised(scope: &mut Scope, gain: f32) {
    scope.weights = Weights::Equalized { gain, lr_multiplier: 1.0 };
}

/// z `[B, latent]` to styles `[B, 64]`, or, without layers, z of length one a number.
fn mapping(scope: &mut Scope, z: Tensor, layers: usize) -> Result<Tensor> {
    equalised(scope, std::f32::consts::SQRT_2);
    let mut w = scope.pixel_norm(z)?;
    for layer in 0..layers {
        w = scope.linear(&format!("linear{layer}"), w, WIDTH, true)?;
        w = scope.leaky_relu(w, SLOPE)?;
    }
    Ok(w)
}

/// The running mean of the styles, `[1, their width]`.
fn mean(scope: &mut Scope, w: Tensor) -> Result<(VariableId, Tensor)> {
    let width = scope.graph.shape(w)[1];
    scope.buffer(MEAN, [1, width], Init::Constant(0.0))
}

/// A styled convolution at one size: modulated by the layer's style, then noise, bias and leaky ReLU, which keeps its
/// variance.
fn layer(scope: &mut Scope, name: &str, x: Tensor, w: Tensor, out: usize, noise: Draw) -> Result<Tensor> {
    let style = affine(scope, name, w, x)?;
    let x = scope.modulated_conv2d(&format!("{name}.conv"), x, style, out, Conv::square(3, 1, 1), true)?;
    let x = scope.noise_injection(&format!("{name}.noise"), x, noise)?;
    let x = biased(scope, name, x, out)?;
    let x = scope.leaky_relu(x, SLOPE)?;
    scope.graph.mul_scalar(x, (2.0 / (1.0 + SLOPE * SLOPE)).sqrt())
}

/// A layer's own style `[B, channels of x]` of w, around 1.
fn affine(scope: &mut Scope, name: &str, w: Tensor, x: Tensor) -> Result<Tensor> {
    let channels = scope.graph.shape(x)[1];
    let style = scope.linear(&format!("{name}.affine"), w, channels, true)?;
    scope.graph.add_scalar(style, 1.0)
}

fn biased(scope: &mut Scope, name: &str, x: Tensor, channels: usize) -> Result<Tensor> {
    let bias = scope.parameter(&format!("{name}.bias"), [channels], Init::Constant(0.0))?;
    let bias = scope.graph.reshape(bias, [1, channels, 1, 1])?;
    scope.graph.add(x, bias)
}

/// A style for each layer, `[B, 64]`, to images `[B, 1, 28, 28]`.
fn synthesis(scope: &mut Scope, styles: [Tensor; STYLES], noises: [Draw; 3]) -> Result<Tensor> {
    equalised(scope, 1.0);
    let batch = scope.graph.shape(styles[0])[0];
    let constant = scope.parameter("constant", [1, CHANNELS[0], 7, 7], Init::Normal { mean: 0.0, std: 1.0 })?;
    let mut x = scope.graph.broadcast(constant, &[batch, CHANNELS[0], 7, 7].into())?;
    for (at, name) in ["7x7", "14x14", "28x28"].into_iter().enumerate() {
        if at > 0 {
            x = functional::interpolate_nearest(scope.graph, x, 2)?;
        }
        x = layer(scope, name, x, styles[at], CHANNELS[at], noises[at])?;
    }
    let style = affine(scope, "to_image", styles[3], x)?;
    // Not demodulated: how strong the ink is, the style may say.
    let x = scope.modulated_conv2d("to_image.conv", x, style, 1, Conv::square(1, 1, 0), false)?;
    let x = biased(scope, "to_image", x, 1)?;
    scope.tanh(x)
}

/// Images `[B, 1, 28, 28]` to logits `[B, 1]`; with `held` the spread of the batch counts as a constant.
fn discriminate(scope: &mut Scope, image: Tensor, held: bool) -> Result<Tensor> {
    equalised(scope, std::f32::consts::SQRT_2);
    let half = Conv::square(4, 2, 1);
    let batch = scope.graph.shape(image)[0];
    let x = scope.conv2d("conv1", image, 32, half, true)?;
    let x = scope.leaky_relu(x, SLOPE)?;
    let x = scope.conv2d("conv2", x, 64, half, true)?;
    let x = scope.leaky_relu(x, SLOPE)?;
    let with_spread = scope.minibatch_stddev(x, GROUP.min(batch))?;
    let mut spread = scope.graph.slice(with_spread, 1, 64, 1)?;
    if held {
        spread = scope.graph.stop_gradient(spread);
    }
    let x = scope.graph.concat(&[x, spread], 1)?;
    let x = scope.conv2d("conv3", x, 128, half, true)?;
    let x = scope.leaky_relu(x, SLOPE)?;
    let x = functional::flatten(scope.graph, x, 1)?;
    equalised(scope, 1.0);
    scope.linear("linear", x, 1, true)
}

impl Styled {
    pub fn new(game: &mut Builder, mapped: bool) -> Styled {
        let layers = if mapped { 2 } else { 0 };
        Styled {
            mapping: game.network("mapping", move |scope, z| mapping(scope, z, layers)),
            // Built by `draw`: it takes a style for each layer.
            synthesis: game.network("synthesis", |_, x| Ok(x)),
            discriminator: game.network("discriminator", |scope, x| discriminate(scope, x, false)),
        }
    }

    /// The generator's networks.
    pub fn forgers(self) -> [Network; 2] {
        [self.mapping, self.synthesis]
    }

    /// The image of a style for each layer.
    pub fn draw(self, s: &mut Step, styles: [Tensor; STYLES]) -> Result<Tensor> {
        let noises = [s.draw(), s.draw(), s.draw()];
        s.within(self.synthesis, |scope| synthesis(scope, styles, noises))
    }

    /// D's logits; where its slope is looked at, the spread of the batch is `held`: it is no example's own.
    pub fn judge(self, s: &mut Step, image: Tensor, held: bool) -> Result<Tensor> {
        s.within(self.discriminator, |scope| discriminate(scope, image, held))
    }

    /// Styles brought nearer to their running mean: 1 leaves them, 0 is the mean.
    pub fn truncate(self, s: &mut Step, w: Tensor, psi: f32) -> Result<Tensor> {
        if psi == 1.0 {
            return Ok(w);
        }
        s.within(self.mapping, |scope| {
            let (_, mean) = mean(scope, w)?;
            let psi = scope.graph.constant(psi, []);
            functional::lerp(scope.graph, mean, w, psi)
        })
    }

    /// Lets the running mean follow the styles of a step.
    pub fn follow(self, s: &mut Step, w: Tensor) -> Result<()> {
        s.within(self.mapping, |scope| {
            let (id, before) = mean(scope, w)?;
            let batch = scope.graph.mean(w, &[0])?;
            let follow = scope.graph.constant(FOLLOW, []);
            let after = functional::lerp(scope.graph, before, batch, follow)?;
            let after = scope.graph.stop_gradient(after);
            scope.assign(id, after);
            Ok(after)
        })?;
        Ok(())
    }

    /// Gives a share of examples the style `other` from a layer on that is drawn for each, never the first.
    pub fn cross(
        self,
        s: &mut Step,
        styles: &mut [Tensor; STYLES],
        other: Tensor,
        share: f32,
        [whether, whence]: [Draw; 2],
    ) -> Result<()> {
        let count = s.count();
        let graph = &mut s.graph;
        let (whether, share) = (graph.uniform(whether, [count, 1]), graph.constant(share, []));
        let mixed = graph.less(whether, share)?;
        let whence = graph.uniform(whence, [count, 1]);
        let whence = graph.mul_scalar(whence, (STYLES - 1) as f32)?;
        for (at, style) in styles.iter_mut().enumerate().skip(1) {
            let layer = graph.constant(at as f32, []);
            let beyond = graph.less(whence, layer)?;
            let taken = graph.mul(mixed, beyond)?;
            *style = functional::lerp(graph, *style, other, taken)?;
        }
        Ok(())
    }
}
