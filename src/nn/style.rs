//! StyleGAN's layers: modulated convolution and noise.

use super::Scope;
use super::functional::image_shape;
use crate::error::{Error, Result};
use crate::graph::{Conv, Draw, Init, Tensor, Unary};

/// As in StyleGAN2's code.
const DEMODULATION_EPS: f32 = 1e-8;

impl Scope<'_> {
    /// Modulated convolution (Karras et al. 2020, StyleGAN2, section 2.2) of x `[B, in, H, W]` by styles s `[B, in]`: the
    /// weight `[out_channels, in, KH, KW]` with its inputs scaled by s, and, with `demodulate`, each output divided by the
    /// length of that weight, whose square has 1e-8 added. No bias.
    ///
    /// The scales are put on the activations, so that one weight serves the whole batch: the same numbers.
    pub fn modulated_conv2d(
        &mut self,
        name: &str,
        x: Tensor,
        style: Tensor,
        out_channels: usize,
        conv: Conv,
        demodulate: bool,
    ) -> Result<Tensor> {
        let [batch, in_channels, height, width] = image_shape(self.graph, "modulated_conv2d", x)?;
        let known = self.graph.shape(style);
        if known[..] != [batch, in_channels] {
            let shapes = [&[batch, in_channels, height, width][..], known];
            return Err(Error::shape("modulated_conv2d", &shapes, "the style must have one number a channel, [B, in]"));
        }
        let [kernel_height, kernel_width] = conv.kernel_size;
        let weight = self.weight(name, [out_channels, in_channels, kernel_height, kernel_width], 0)?;
        let scale = self.graph.reshape(style, [batch, in_channels, 1, 1])?;
        let scaled = self.graph.mul(x, scale)?;
        let product = self.graph.conv2d(scaled, weight, conv)?;
        if !demodulate {
            return Ok(product);
        }
        let square = self.graph.unary(Unary::Square, weight)?;
        let energy = self.graph.sum(square, &[2, 3])?;
        let energy = self.graph.reshape(energy, [out_channels, in_channels])?;
        let style_square = self.graph.unary(Unary::Square, style)?;
        let length = self.graph.matmul(style_square, energy, false, true)?;
        let with_eps = self.graph.add_scalar(length, DEMODULATION_EPS)?;
        let demodulation = self.graph.unary(Unary::Rsqrt, with_eps)?;
        let demodulation = self.graph.reshape(demodulation, [batch, out_channels, 1, 1])?;
        self.graph.mul(product, demodulation)
    }

    /// x `[B, C, H, W]` plus one plane of normal noise an example, times the learned strength `name`.weight that starts at 0:
    /// `[C]` with `per_channel` (Karras et al. 2019, StyleGAN), else one number for the layer (Karras et al. 2020, StyleGAN2).
    pub fn noise_injection(&mut self, name: &str, x: Tensor, draw: Draw, per_channel: bool) -> Result<Tensor> {
        let [batch, channels, height, width] = image_shape(self.graph, "noise_injection", x)?;
        let noise = self.graph.normal(draw, [batch, 1, height, width]);
        let (weight, zero) = (format!("{name}.weight"), Init::Constant(0.0));
        let strength = if per_channel {
            let strength = self.parameter(&weight, [channels], zero)?;
            self.graph.reshape(strength, [1, channels, 1, 1])?
        } else {
            self.parameter(&weight, [], zero)?
        };
        let scaled = self.graph.mul(noise, strength)?;
        self.graph.add(x, scaled)
    }
}
