//! Normalisation layers, and those whose gain and bias come from elsewhere: from a class, a style, or a map.

use super::functional::{image_shape, relu};
use super::init::{ONES, ZEROS};
use super::{Mode, Scope};
use crate::error::{Error, Result};
use crate::graph::{Conv, Init, Tensor, Unary, VariableId};
use crate::shape::Shape;

/// DCGAN's gain (Radford et al. 2016).
const GAIN: Init = Init::Normal { mean: 1.0, std: 0.02 };
/// PyTorch's defaults.
const EPS: f32 = 1e-5;
const BATCH_NORM_MOMENTUM: f32 = 0.1;
/// StyleGAN's, for pixel norm and the standard deviation of a group (Karras et al. 2018).
const STYLE_EPS: f32 = 1e-8;

impl Scope<'_> {
    /// Batch norm over all axes but the second (Ioffe and Szegedy 2015), as `torch.nn.BatchNorm1d` and `BatchNorm2d`.
    ///
    /// The batch may hold several `groups` one after another (the real ones, then the fakes): each is normalised by
    /// its own statistics, exactly as if the network had been run once for each, and the running statistics take the
    /// mean over the groups.
    pub fn batch_norm(&mut self, name: &str, x: Tensor, groups: usize) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        check_groups(&shape, groups)?;
        let parameters = self.affine_parameters(name, shape[1], GAIN)?;
        let normal = self.batch_normal_groups(name, x, groups)?;
        // Before the groups are put together, so that nothing comes between ops that one kernel can do.
        let result = self.affine(normal, 2, parameters)?;
        self.graph.reshape(result, shape)
    }

    /// Batch norm without gain and bias (`affine=False`): statistics in the buffers `name`.running_mean and running_var.
    pub fn batch_normal(&mut self, name: &str, x: Tensor, groups: usize) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        let normal = self.batch_normal_groups(name, x, groups)?;
        self.graph.reshape(normal, shape)
    }

    /// The same with the groups apart: `[groups, B / groups, C, ...]`.
    fn batch_normal_groups(&mut self, name: &str, x: Tensor, groups: usize) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        check_groups(&shape, groups)?;
        let channels = shape[1];
        let (mean_id, running_mean) = self.buffer(&format!("{name}.running_mean"), [channels], ZEROS)?;
        let (variance_id, running_variance) = self.buffer(&format!("{name}.running_var"), [channels], ONES)?;

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
            let (mean, variance) = (self.read(mean_id), self.read(variance_id));
            let mean = self.graph.reshape(mean, per_channel.clone())?;
            let variance = self.graph.reshape(variance, per_channel)?;
            let with_eps = self.graph.add_scalar(variance, EPS)?;
            let rstd = self.graph.unary(Unary::Rsqrt, with_eps)?;
            let centered = self.graph.sub(x, mean)?;
            self.graph.mul(centered, rstd)?
        } else {
            let (normal, mean, variance) = self.graph.normalize(x, &axes, EPS)?;
            if self.mode == Mode::Train {
                // The running variance is the unbiased one, as in PyTorch.
                let unbiased = count as f32 / (count - 1) as f32;
                self.track(mean_id, running_mean, mean, 1.0)?;
                self.track(variance_id, running_variance, variance, unbiased)?;
            }
            normal
        };
        Ok(normal)
    }

    /// running = (1 - momentum) running + momentum scale mean over the groups of `statistic`
    fn track(&mut self, variable: VariableId, running: Tensor, statistic: Tensor, scale: f32) -> Result<()> {
        let statistic = self.graph.mean(statistic, &[0])?;
        let shape = self.graph.shape(statistic).clone();
        let running = self.graph.reshape(running, shape)?;
        let new = self.graph.mul_scalar(statistic, BATCH_NORM_MOMENTUM * scale)?;
        let old = self.graph.mul_scalar(running, 1.0 - BATCH_NORM_MOMENTUM)?;
        let value = self.graph.add(old, new)?;
        self.assign(variable, value);
        Ok(())
    }

    /// The parameters `name`.weight and `name`.bias, `[channels]` each.
    fn affine_parameters(&mut self, name: &str, channels: usize, gain: Init) -> Result<[Tensor; 2]> {
        let weight = self.parameter(&format!("{name}.weight"), [channels], gain)?;
        let bias = self.parameter(&format!("{name}.bias"), [channels], ZEROS)?;
        Ok([weight, bias])
    }

    /// `weight` x + `bias`, one of each for every channel along `axis`.
    fn affine(&mut self, x: Tensor, axis: usize, [weight, bias]: [Tensor; 2]) -> Result<Tensor> {
        let mut extents = vec![1; self.graph.shape(x).rank()];
        extents[axis] = self.graph.shape(x)[axis];
        let (weight, bias) = (self.graph.reshape(weight, extents.clone())?, self.graph.reshape(bias, extents)?);
        let scaled = self.graph.mul(x, weight)?;
        self.graph.add(scaled, bias)
    }

    /// Each channel of each example by its own mean and variance over the pixels (Ulyanov et al. 2016), as
    /// `torch.nn.InstanceNorm2d`, with gain and bias where `affine`. No running statistics.
    pub fn instance_norm(&mut self, name: &str, x: Tensor, affine: bool) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        let axes: Vec<usize> = (2..shape.rank()).collect();
        if shape.rank() < 3 || shape[2..].iter().product::<usize>() < 2 {
            let message = "takes [B, C, ...] with at least two values a channel to normalise";
            return Err(Error::shape("instance_norm", &[&shape], message));
        }
        let normal = self.graph.normalize(x, &axes, EPS)?.0;
        if !affine {
            return Ok(normal);
        }
        let parameters = self.affine_parameters(name, shape[1], ONES)?;
        self.affine(normal, 1, parameters)
    }

    /// By mean and variance over the last `dims` axes, with a gain and a bias for each of their elements (Ba et al. 2016),
    /// as `torch.nn.LayerNorm`.
    pub fn layer_norm(&mut self, name: &str, x: Tensor, dims: usize) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        if dims == 0 || dims > shape.rank() {
            return Err(Error::shape("layer_norm", &[&shape], format!("there are no {dims} axes to normalise over")));
        }
        let first = shape.rank() - dims;
        let axes: Vec<usize> = (first..shape.rank()).collect();
        let normal = self.graph.normalize(x, &axes, EPS)?.0;
        let weight = self.parameter(&format!("{name}.weight"), &shape[first..], ONES)?;
        let bias = self.parameter(&format!("{name}.bias"), &shape[first..], ZEROS)?;
        let scaled = self.graph.mul(normal, weight)?;
        self.graph.add(scaled, bias)
    }

    /// Each pixel's vector of channels over its root mean square (Karras et al. 2018, section 4.2); eps is 1e-8.
    pub fn pixel_norm(&mut self, x: Tensor) -> Result<Tensor> {
        let square = self.graph.unary(Unary::Square, x)?;
        let mean = self.graph.mean(square, &[1])?;
        let with_eps = self.graph.add_scalar(mean, STYLE_EPS)?;
        let scale = self.graph.unary(Unary::Rsqrt, with_eps)?;
        self.graph.mul(x, scale)
    }

    /// Batch norm with gain 1 + W y and bias V y from an embedding y `[B, D]` (Dumoulin et al. 2017; as in BigGAN): the
    /// layers `name`.gain and `name`.bias, without biases of their own.
    pub fn conditional_batch_norm(&mut self, name: &str, x: Tensor, y: Tensor, groups: usize) -> Result<Tensor> {
        let normal = self.batch_normal(name, x, groups)?;
        self.modulate(name, normal, y, false)
    }

    /// AdaIN (Huang and Belongie 2017; as in StyleGAN): instance norm with gain 1 + W y + b and bias V y + c from a style
    /// y `[B, D]`: the layers `name`.gain and `name`.bias.
    pub fn adaptive_instance_norm(&mut self, name: &str, x: Tensor, y: Tensor) -> Result<Tensor> {
        let normal = self.instance_norm(name, x, false)?;
        self.modulate(name, normal, y, true)
    }

    /// (1 + gain) x + bias with both linear in y, one number a channel.
    fn modulate(&mut self, name: &str, x: Tensor, y: Tensor, bias: bool) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        let condition = self.graph.shape(y);
        if condition.rank() != 2 || condition[0] != shape[0] {
            let message = "the condition must be one vector an example, [B, D]";
            return Err(Error::shape("conditional norm", &[&shape, condition], message));
        }
        let channels = shape[1];
        let gain = self.linear(&format!("{name}.gain"), y, channels, bias)?;
        let shift = self.linear(&format!("{name}.bias"), y, channels, bias)?;
        let extents = shape.with_ones(&(2..shape.rank()).collect::<Vec<_>>());
        let (gain, shift) = (self.graph.reshape(gain, extents.clone())?, self.graph.reshape(shift, extents)?);
        self.scale_and_shift(x, gain, shift)
    }

    fn scale_and_shift(&mut self, x: Tensor, gain: Tensor, shift: Tensor) -> Result<Tensor> {
        let gain = self.graph.add_scalar(gain, 1.0)?;
        let scaled = self.graph.mul(x, gain)?;
        self.graph.add(scaled, shift)
    }

    /// SPADE (Park et al. 2019): batch norm with a gain and a bias for each pixel, from `map` `[B, S, H, W]` (as large as
    /// x; `interpolate_nearest` makes it so) by the 3x3 convolutions `name`.mlp_shared (to `hidden` channels, then ReLU),
    /// mlp_gamma and mlp_beta.
    pub fn spade(&mut self, name: &str, x: Tensor, map: Tensor, hidden: usize, groups: usize) -> Result<Tensor> {
        let shape @ [batch, channels, height, width] = image_shape(self.graph, "spade", x)?;
        let other = image_shape(self.graph, "spade", map)?;
        if [other[0], other[2], other[3]] != [batch, height, width] {
            let message = "the map must have the batch and the extents of the images";
            return Err(Error::shape("spade", &[&shape, &other], message));
        }
        let normal = self.batch_normal(name, x, groups)?;
        let conv = Conv::square(3, 1, 1);
        let shared = self.conv2d(&format!("{name}.mlp_shared"), map, hidden, conv, true)?;
        let shared = relu(self.graph, shared)?;
        let gain = self.conv2d(&format!("{name}.mlp_gamma"), shared, channels, conv, true)?;
        let shift = self.conv2d(&format!("{name}.mlp_beta"), shared, channels, conv, true)?;
        self.scale_and_shift(normal, gain, shift)
    }

    /// One more channel with the standard deviation over groups of `group_size` examples, mean over channels and pixels
    /// (Karras et al. 2018, section 3): `[B, C, H, W]` to `[B, C + 1, H, W]`. B must be a multiple of the group size;
    /// example i is in the group with i + B / group_size, as in the paper's code.
    pub fn minibatch_stddev(&mut self, x: Tensor, group_size: usize) -> Result<Tensor> {
        let shape @ [batch, channels, height, width] = image_shape(self.graph, "minibatch_stddev", x)?;
        if group_size == 0 || batch % group_size != 0 {
            let message = format!("the batch is no multiple of group_size {group_size}");
            return Err(Error::shape("minibatch_stddev", &[&shape], message));
        }
        let groups = batch / group_size;
        let grouped = self.graph.reshape(x, [group_size, groups, channels, height, width])?;
        let mean = self.graph.mean(grouped, &[0])?;
        let centered = self.graph.sub(grouped, mean)?;
        let square = self.graph.unary(Unary::Square, centered)?;
        let variance = self.graph.mean(square, &[0])?;
        let with_eps = self.graph.add_scalar(variance, STYLE_EPS)?;
        let deviation = self.graph.unary(Unary::Sqrt, with_eps)?;
        let statistic = self.graph.mean(deviation, &[2, 3, 4])?;
        let wide = self.graph.broadcast(statistic, &[group_size, groups, 1, height, width].into())?;
        let plane = self.graph.reshape(wide, [batch, 1, height, width])?;
        self.graph.concat(&[x, plane], 1)
    }
}

fn check_groups(shape: &Shape, groups: usize) -> Result<()> {
    if shape.rank() < 2 || groups == 0 || !shape[0].is_multiple_of(groups) {
        let message = format!("takes [B, C, ...] with B a multiple of {groups} groups");
        return Err(Error::shape("batch_norm", &[shape], message));
    }
    Ok(())
}
