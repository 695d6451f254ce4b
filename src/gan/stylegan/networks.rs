//! The networks of StyleGAN: the mapping, the synthesis in four styled layers, and a discriminator with three convolutions.

use crate::error::Result;
use crate::game::{Network, Step};
use crate::graph::{Conv, Draw, Init, Tensor};
use crate::nn::{Mode, Scope, Weights, functional};

/// Numbers of w.
pub(super) const WIDTH: usize = 64;
/// Layers with a style of their own: 7x7, 14x14, 28x28, and the one that makes the image.
pub(super) const STYLES: usize = 4;
/// Channels that go into each of them.
const CHANNELS: [usize; STYLES] = [64, 64, 32, 16];
/// Pixels of a side of what the three layers with noise put out.
const SIDES: [usize; STYLES - 1] = [7, 14, 28];
/// The share of the old mean of w that stays in each step.
const MEAN_DECAY: f32 = 0.995;
/// Examples among which the spread is taken.
const GROUP: usize = 8;
const SLOPE: f32 = 0.2;

fn equalised(scope: &mut Scope, gain: f32) {
    scope.weights = Weights::Equalized { gain, lr_multiplier: 1.0 };
}

/// z `[B, Z]` to w `[B, 64]` (section 2 of the paper): pixel norm, and two layers where `is_on`; else z over its length is w.
/// When it trains, the running mean of w moves on.
pub(super) fn mapping(scope: &mut Scope, z: Tensor, is_on: bool) -> Result<Tensor> {
    let mut w = scope.pixel_norm(z)?;
    equalised(scope, std::f32::consts::SQRT_2);
    for name in ["mapping1", "mapping2"].into_iter().filter(|_| is_on) {
        w = scope.linear(name, w, WIDTH, true)?;
        w = scope.leaky_relu(w, SLOPE)?;
    }
    if scope.mode == Mode::Train {
        let width = scope.graph.shape(w)[1];
        let (id, mean) = scope.buffer("w_mean", [1, width], Init::Constant(0.0))?;
        let of_batch = scope.graph.mean(w, &[0])?;
        let share = scope.graph.constant(1.0 - MEAN_DECAY, []);
        let moved = functional::lerp(scope.graph, mean, of_batch, share)?;
        scope.assign(id, moved);
    }
    Ok(w)
}

/// w brought towards the mean of all w (section B of the paper): `psi` `[]` is 1 for w itself, 0 for the mean.
pub(super) fn truncated(scope: &mut Scope, w: Tensor, psi: Tensor) -> Result<Tensor> {
    let width = scope.graph.shape(w)[1];
    let (_, mean) = scope.buffer("w_mean", [1, width], Init::Constant(0.0))?;
    functional::lerp(scope.graph, mean, w, psi)
}

/// Images `[B, 1, 28, 28]` of one w `[B, 64]` for each layer. All begin with the same learned constant: what differs comes
/// from the styles, and in each pixel from the noise.
pub(super) fn synthesis(scope: &mut Scope, styles: [Tensor; STYLES], draws: [Draw; STYLES - 1]) -> Result<Tensor> {
    let batch = scope.graph.shape(styles[0])[0];
    let constant = [1, CHANNELS[0], SIDES[0], SIDES[0]];
    let constant = scope.parameter("constant", constant, Init::Normal { mean: 0.0, std: 1.0 })?;
    let mut x = scope.graph.broadcast(constant, &[batch, CHANNELS[0], SIDES[0], SIDES[0]].into())?;
    equalised(scope, 1.0);
    for (at, &draw) in draws.iter().enumerate() {
        let (name, channels) = (format!("conv{}", at + 1), CHANNELS[at + 1]);
        if at > 0 {
            x = functional::interpolate_nearest(scope.graph, x, 2)?;
        }
        let style = style(scope, &name, styles[at], CHANNELS[at])?;
        x = scope.modulated_conv2d(&name, x, style, channels, Conv::square(3, 1, 1), true)?;
        // With one strength a channel the noise came to decide which digit it is.
        x = scope.noise_injection(&format!("{name}.noise"), x, draw, false)?;
        x = bias(scope, &name, x, channels)?;
        x = scope.leaky_relu(x, SLOPE)?;
        x = scope.graph.mul_scalar(x, (2.0 / (1.0 + SLOPE * SLOPE)).sqrt())?;
    }
    let last = STYLES - 1;
    let style = style(scope, "to_image", styles[last], CHANNELS[last])?;
    x = scope.modulated_conv2d("to_image", x, style, 1, Conv::square(1, 1, 0), false)?;
    x = bias(scope, "to_image", x, 1)?;
    // Without it the discriminator tells fakes by the range of their pixels.
    scope.tanh(x)
}

/// How much each channel that goes into a layer counts: 1 and a linear function of w.
fn style(scope: &mut Scope, name: &str, w: Tensor, channels: usize) -> Result<Tensor> {
    let style = scope.linear(&format!("{name}.style"), w, channels, true)?;
    scope.graph.add_scalar(style, 1.0)
}

fn bias(scope: &mut Scope, name: &str, x: Tensor, channels: usize) -> Result<Tensor> {
    let bias = scope.parameter(&format!("{name}.bias"), [channels], Init::Constant(0.0))?;
    let bias = scope.graph.reshape(bias, [1, channels, 1, 1])?;
    scope.graph.add(x, bias)
}

/// The discriminator's logits `[B, 1]` for images. Its third convolution matters: without it this generator collapses. Where
/// its slope is looked at, the spread of the batch is `held`: it is no example's own.
pub(super) fn judge(scope: &mut Scope, image: Tensor, held: bool) -> Result<Tensor> {
    let (batch, halving) = (scope.graph.shape(image)[0], Conv::square(4, 2, 1));
    equalised(scope, std::f32::consts::SQRT_2);
    let mut x = image;
    for (name, channels) in [("conv1", 32), ("conv2", 64), ("conv3", 128)] {
        if name == "conv3" {
            let both = scope.minibatch_stddev(x, GROUP.min(batch))?;
            let spread = scope.graph.slice(both, 1, 64, 1)?;
            let spread = if held { scope.graph.stop_gradient(spread) } else { spread };
            x = scope.graph.concat(&[x, spread], 1)?;
        }
        x = scope.conv2d(name, x, channels, halving, true)?;
        x = scope.leaky_relu(x, SLOPE)?;
    }
    let x = functional::flatten(scope.graph, x, 1)?;
    equalised(scope, 1.0);
    scope.linear("linear", x, 1, true)
}

/// What the synthesis makes of these styles, with noise of its own.
pub(super) fn image(s: &mut Step, generator: Network, styles: [Tensor; STYLES]) -> Result<Tensor> {
    let draws = [s.draw(), s.draw(), s.draw()];
    s.within(generator, |scope| synthesis(scope, styles, draws))
}
