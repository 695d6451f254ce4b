//! Layers. Weights start as DCGAN's do (Radford et al. 2016): N(0, 0.02), batch norm's gain N(1, 0.02), biases zero.

use super::{Mode, Scope};
use crate::error::{Error, Result};
use crate::graph::{Conv, Effect, Init, Tensor, Unary};
use crate::shape::Shape;

const WEIGHT: Init = Init::Normal { mean: 0.0, std: 0.02 };
const GAIN: Init = Init::Normal { mean: 1.0, std: 0.02 };
/// PyTorch's defaults for batch norm.
const BATCH_NORM_EPS: f32 = 1e-5;
const BATCH_NORM_MOMENTUM: f32 = 0.1;

impl Scope<'_> {
    /// `x W^T + b` with x `[B, in]` and W `[out_features, in]`, as `torch.nn.Linear`.
    pub fn linear(&mut self, name: &str, x: Tensor, out_features: usize, bias: bool) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        let [_, in_features] = shape[..] else {
            return Err(Error::shape("linear", &[&shape], "takes a batch of vectors"));
        };
        let weight = self.parameter(&format!("{name}.weight"), [out_features, in_features], WEIGHT)?;
        let product = self.graph.matmul(x, weight, false, true)?;
        self.bias(name, product, bias, [1, out_features])
    }

    /// Convolution with weight `[out_channels, in, KH, KW]`, as `torch.nn.Conv2d`.
    pub fn conv2d(&mut self, name: &str, x: Tensor, out_channels: usize, conv: Conv, bias: bool) -> Result<Tensor> {
        let in_channels = self.channels("conv2d", x)?;
        let [height, width] = conv.kernel_size;
        let weight = self.parameter(&format!("{name}.weight"), [out_channels, in_channels, height, width], WEIGHT)?;
        let product = self.graph.conv2d(x, weight, conv)?;
        self.bias(name, product, bias, [1, out_channels, 1, 1])
    }

    /// Transposed convolution with weight `[in, out_channels, KH, KW]`, as `torch.nn.ConvTranspose2d`.
    pub fn conv_transpose2d(
        &mut self,
        name: &str,
        x: Tensor,
        out_channels: usize,
        conv: Conv,
        bias: bool,
    ) -> Result<Tensor> {
        let in_channels = self.channels("conv_transpose2d", x)?;
        let [height, width] = conv.kernel_size;
        let weight = self.parameter(&format!("{name}.weight"), [in_channels, out_channels, height, width], WEIGHT)?;
        let product = self.graph.conv_transpose2d(x, weight, conv)?;
        self.bias(name, product, bias, [1, out_channels, 1, 1])
    }

    fn channels(&self, op: &'static str, x: Tensor) -> Result<usize> {
        let shape = self.graph.shape(x);
        match shape[..] {
            [_, channels, _, _] => Ok(channels),
            _ => Err(Error::shape(op, &[shape], "takes a batch of images, [B, C, H, W]")),
        }
    }

    fn bias(&mut self, name: &str, x: Tensor, wanted: bool, shape: impl Into<Shape>) -> Result<Tensor> {
        if !wanted {
            return Ok(x);
        }
        let shape = shape.into();
        let bias = self.parameter(&format!("{name}.bias"), [shape.elements()], Init::Constant(0.0))?;
        let bias = self.graph.reshape(bias, shape)?;
        self.graph.add(x, bias)
    }

    /// Batch norm over all axes but the second (Ioffe and Szegedy 2015), as `torch.nn.BatchNorm1d` and `BatchNorm2d`.
    ///
    /// The batch may hold several `groups` one after another (the real ones, then the fakes): each is normalised by
    /// its own statistics, exactly as if the network had been run once for each, and the running statistics take the
    /// mean over the groups.
    pub fn batch_norm(&mut self, name: &str, x: Tensor, groups: usize) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        if shape.rank() < 2 || groups == 0 || !shape[0].is_multiple_of(groups) {
            return Err(Error::shape(
                "batch_norm",
                &[&shape],
                format!("takes [B, C, ...] with B a multiple of {groups} groups"),
            ));
        }
        let channels = shape[1];
        let weight = self.parameter(&format!("{name}.weight"), [channels], GAIN)?;
        let bias = self.parameter(&format!("{name}.bias"), [channels], Init::Constant(0.0))?;
        let (mean_id, running_mean) = self.buffer(&format!("{name}.running_mean"), [channels], 0.0)?;
        let (variance_id, running_variance) = self.buffer(&format!("{name}.running_var"), [channels], 1.0)?;

        // [groups, B / groups, C, ...]
        let mut grouped = vec![groups, shape[0] / groups];
        grouped.extend(&shape[1..]);
        let axes: Vec<usize> = (1..grouped.len()).filter(|&axis| axis != 2).collect();
        let per_channel = Shape::from(grouped.clone()).with_ones(&axes).with_ones(&[0]);
        let count = grouped.iter().product::<usize>() / groups / channels;
        if self.mode != Mode::Eval && count < 2 {
            return Err(Error::shape("batch_norm", &[&shape], "needs at least two values a channel to normalise"));
        }
        let x = self.graph.reshape(x, grouped)?;
        let normal = if self.mode == Mode::Eval {
            let mean = self.graph.reshape(running_mean, per_channel.clone())?;
            let variance = self.graph.reshape(running_variance, per_channel.clone())?;
            let with_eps = self.graph.add_scalar(variance, BATCH_NORM_EPS)?;
            let rstd = self.graph.unary(Unary::Rsqrt, with_eps)?;
            let centered = self.graph.sub(x, mean)?;
            self.graph.mul(centered, rstd)?
        } else {
            let (normal, mean, variance) = self.graph.normalize(x, &axes, BATCH_NORM_EPS)?;
            if self.mode == Mode::Train {
                // The running variance is the unbiased one, as in PyTorch.
                let unbiased = count as f32 / (count - 1) as f32;
                self.track(mean_id, running_mean, mean, 1.0)?;
                self.track(variance_id, running_variance, variance, unbiased)?;
            }
            normal
        };
        let weight = self.graph.reshape(weight, per_channel.clone())?;
        let bias = self.graph.reshape(bias, per_channel)?;
        let scaled = self.graph.mul(normal, weight)?;
        let shifted = self.graph.add(scaled, bias)?;
        self.graph.reshape(shifted, shape)
    }

    /// running = (1 - momentum) running + momentum scale mean over the groups of `statistic`
    fn track(
        &mut self,
        variable: crate::graph::VariableId,
        running: Tensor,
        statistic: Tensor,
        scale: f32,
    ) -> Result<()> {
        let statistic = self.graph.mean(statistic, &[0])?;
        let shape = self.graph.shape(statistic).clone();
        let running = self.graph.reshape(running, shape)?;
        let new = self.graph.mul_scalar(statistic, BATCH_NORM_MOMENTUM * scale)?;
        let old = self.graph.mul_scalar(running, 1.0 - BATCH_NORM_MOMENTUM)?;
        let value = self.graph.add(old, new)?;
        self.effects.push(Effect::Assign { variable, value });
        Ok(())
    }

    /// max(x, 0)
    pub fn relu(&mut self, x: Tensor) -> Result<Tensor> {
        self.leaky_relu(x, 0.0)
    }

    /// x where it is positive, `negative_slope` x elsewhere.
    pub fn leaky_relu(&mut self, x: Tensor, negative_slope: f32) -> Result<Tensor> {
        self.graph.unary(Unary::LeakyRelu(negative_slope.into()), x)
    }

    /// Hyperbolic tangent.
    pub fn tanh(&mut self, x: Tensor) -> Result<Tensor> {
        self.graph.unary(Unary::Tanh, x)
    }
}
