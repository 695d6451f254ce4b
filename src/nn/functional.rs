//! Functions without variables, as in `torch.nn.functional`: activations, normalisation of vectors, dropout, indices.

mod images;
mod keypoints;

pub use images::{
    avg_pool2d, global_avg_pool2d, global_sum_pool2d, interpolate_bicubic, interpolate_bilinear, interpolate_nearest,
    max_pool2d, pad2d, pixel_shuffle, pixel_unshuffle, reflection_pad2d,
};
pub use keypoints::{heat_maps, lines};

use crate::error::{Error, Result};
use crate::graph::{Draw, Graph, Tensor, Unary};
use crate::shape::Shape;

/// max(x, 0)
pub fn relu(graph: &mut Graph, x: Tensor) -> Result<Tensor> {
    leaky_relu(graph, x, 0.0)
}

/// x where it is positive, `negative_slope` x elsewhere; the slope is at least 0.
pub fn leaky_relu(graph: &mut Graph, x: Tensor, negative_slope: f32) -> Result<Tensor> {
    graph.unary(Unary::LeakyRelu(negative_slope.into()), x)
}

/// x where it is positive, weight x elsewhere; `weight` is `[1]` or one a channel, `[C]` for x `[B, C, ...]`.
pub fn prelu(graph: &mut Graph, x: Tensor, weight: Tensor) -> Result<Tensor> {
    let (shape, slopes) = (graph.shape(x).clone(), graph.shape(weight).clone());
    let channels = slopes.elements();
    if slopes.rank() != 1 || (channels != 1 && shape.get(1) != Some(&channels)) {
        return Err(Error::shape(
            "prelu",
            &[&shape, &slopes],
            "takes one slope, or one for each channel of [B, C, ...]",
        ));
    }
    let mut extents = vec![1; shape.rank()];
    if channels != 1 {
        extents[1] = channels;
    }
    let weight = graph.reshape(weight, extents)?;
    let positive = relu(graph, x)?;
    let negative = graph.sub(x, positive)?;
    let scaled = graph.mul(negative, weight)?;
    graph.add(positive, scaled)
}

/// x where it is positive, alpha (e^x - 1) elsewhere (Clevert et al. 2016).
pub fn elu(graph: &mut Graph, x: Tensor, alpha: f32) -> Result<Tensor> {
    let positive = relu(graph, x)?;
    // Of the negative part alone, so that a large x overflows in neither direction.
    let negative = graph.sub(x, positive)?;
    let exp = graph.unary(Unary::Exp, negative)?;
    let curve = graph.add_scalar(exp, -1.0)?;
    let curve = graph.mul_scalar(curve, alpha)?;
    let zero = graph.constant(0.0, []);
    let below = graph.less_equal(x, zero)?;
    graph.select(below, curve, x)
}

/// x sigmoid(x)
pub fn silu(graph: &mut Graph, x: Tensor) -> Result<Tensor> {
    let gate = graph.unary(Unary::Sigmoid, x)?;
    graph.mul(x, gate)
}

/// e^x over its sum along `dim`. The maximum is taken out first, so nothing overflows.
pub fn softmax(graph: &mut Graph, x: Tensor, dim: usize) -> Result<Tensor> {
    let shifted = shifted(graph, x, dim)?;
    let exp = graph.unary(Unary::Exp, shifted)?;
    let sum = graph.sum(exp, &[dim])?;
    graph.div(exp, sum)
}

/// The logarithm of `softmax`, without taking the logarithm of a small number.
pub fn log_softmax(graph: &mut Graph, x: Tensor, dim: usize) -> Result<Tensor> {
    let shifted = shifted(graph, x, dim)?;
    let exp = graph.unary(Unary::Exp, shifted)?;
    let sum = graph.sum(exp, &[dim])?;
    let log = graph.unary(Unary::Log, sum)?;
    graph.sub(shifted, log)
}

/// x - max x along `dim`. The softmax does not depend on the maximum, so no gradient goes that way.
fn shifted(graph: &mut Graph, x: Tensor, dim: usize) -> Result<Tensor> {
    let max = graph.max(x, &[dim])?;
    let max = graph.stop_gradient(max);
    graph.sub(x, max)
}

/// x with each element zero with probability `p` and scaled by 1 / (1 - p) otherwise, as in training; a network that is
/// evaluated leaves it out. The mask is a function of the draw, so the same on every backend.
pub fn dropout(graph: &mut Graph, x: Tensor, p: f32, draw: Draw) -> Result<Tensor> {
    if !(0.0..1.0).contains(&p) {
        return Err(Error::Graph { op: "dropout", message: format!("p must be in [0, 1) and is {p}") });
    }
    if p == 0.0 {
        return Ok(x);
    }
    let shape = graph.shape(x).clone();
    let uniform = graph.uniform(draw, shape);
    let threshold = graph.constant(p, []);
    let keep = graph.less_equal(threshold, uniform)?;
    let mask = graph.mul_scalar(keep, 1.0 / (1.0 - p))?;
    graph.mul(x, mask)
}

/// The truncation trick (Brock et al. 2019): standard normal numbers z as if those outside `[-bound, bound]` had been drawn
/// again. `bound` is above 0, at most 3, and broadcasts to z. Each z becomes the number of the same quantile among what is
/// left, so a sample changes smoothly with the bound; drawing anew would put another in its place.
pub fn truncated(graph: &mut Graph, z: Tensor, bound: Tensor) -> Result<Tensor> {
    let (whole, part) = (normal_share(graph, z)?, normal_share(graph, bound)?);
    let x = graph.mul(whole, part)?;
    // The inverse of the error function (Giles 2010, single precision, the branch for |x| < 0.9966; within 2e-4 a little
    // beyond).
    let square = graph.unary(Unary::Square, x)?;
    let left = graph.unary(Unary::Neg, square)?;
    let left = graph.add_scalar(left, 1.0)?;
    let log = graph.unary(Unary::Log, left)?;
    let w = graph.unary(Unary::Neg, log)?;
    let w = graph.add_scalar(w, -2.5)?;
    let series = polynomial(graph, w, &INVERSE_ERF)?;
    let product = graph.mul(series, x)?;
    let truncated = graph.mul_scalar(product, std::f32::consts::SQRT_2)?;
    let below = graph.minimum(truncated, bound)?;
    let least = graph.unary(Unary::Neg, bound)?;
    graph.maximum(below, least)
}

const INVERSE_ERF: [f32; 9] = [
    2.810_226_4e-8,
    3.432_739_4e-7,
    -3.523_387_7e-6,
    -4.391_506_5e-6,
    2.185_808_7e-4,
    -1.253_725e-3,
    -4.177_681_6e-3,
    0.246_640_73,
    1.501_409_4,
];

/// How much of the normal distribution lies within |z|, with the sign of z: the error function of z / sqrt(2), within 2e-7
/// (Abramowitz and Stegun 7.1.26).
fn normal_share(graph: &mut Graph, z: Tensor) -> Result<Tensor> {
    const SERIES: [f32; 6] = [1.061_405_4, -1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6, 0.0];
    let x = graph.mul_scalar(z, std::f32::consts::FRAC_1_SQRT_2)?;
    let size = graph.unary(Unary::Abs, x)?;
    let scaled = graph.mul_scalar(size, 0.327_591_1)?;
    let sum = graph.add_scalar(scaled, 1.0)?;
    let t = graph.unary(Unary::Recip, sum)?;
    let series = polynomial(graph, t, &SERIES)?;
    let square = graph.unary(Unary::Square, x)?;
    let negative = graph.unary(Unary::Neg, square)?;
    let bell = graph.unary(Unary::Exp, negative)?;
    let outside = graph.mul(series, bell)?;
    let negative = graph.unary(Unary::Neg, outside)?;
    let inside = graph.add_scalar(negative, 1.0)?;
    let sign = graph.unary(Unary::Sign, x)?;
    graph.mul(inside, sign)
}

/// Coefficients of the highest power first.
fn polynomial(graph: &mut Graph, x: Tensor, coefficients: &[f32]) -> Result<Tensor> {
    let mut sum = graph.mul_scalar(x, coefficients[0])?;
    for (at, &coefficient) in coefficients.iter().enumerate().skip(1) {
        sum = graph.add_scalar(sum, coefficient)?;
        if at + 1 < coefficients.len() {
            sum = graph.mul(sum, x)?;
        }
    }
    Ok(sum)
}

/// `[B, num_classes]`, 1 at each whole number of index `[B]` and 0 elsewhere; a number outside gives a row of zeros.
pub fn one_hot(graph: &mut Graph, index: Tensor, num_classes: usize) -> Result<Tensor> {
    let shape = graph.shape(index).clone();
    if shape.rank() != 1 || num_classes == 0 {
        let message = format!("takes one axis of class numbers, and at least one class ({num_classes} given)");
        return Err(Error::shape("one_hot", &[&shape], message));
    }
    let index = graph.reshape(index, [shape[0], 1])?;
    let classes = graph.iota(num_classes)?;
    graph.equal(index, classes)
}

/// Rows `[B, D]` of weight `[N, D]` for the whole numbers of index `[B]`; its gradient adds up rows used twice.
pub fn embedding(graph: &mut Graph, index: Tensor, weight: Tensor) -> Result<Tensor> {
    let (numbers, table) = (graph.shape(index), graph.shape(weight));
    if numbers.rank() != 1 || table.rank() != 2 {
        return Err(Error::shape("embedding", &[numbers, table], "takes numbers [B] and a weight [N, D]"));
    }
    graph.gather_rows(weight, index)
}

/// Pieces of the given extents along `dim`, as `torch.split` with a list: they must add up.
pub fn split(graph: &mut Graph, x: Tensor, extents: &[usize], dim: usize) -> Result<Vec<Tensor>> {
    let shape = graph.shape(x).clone();
    if shape.get(dim) != Some(&extents.iter().sum()) || extents.contains(&0) {
        return Err(Error::shape("split", &[&shape], format!("{extents:?} do not make up axis {dim}")));
    }
    let mut start = 0;
    let piece = |&extent: &usize| {
        start += extent;
        graph.slice(x, dim, start - extent, extent)
    };
    extents.iter().map(piece).collect()
}

/// `chunks` pieces of equal extent along `dim`; the last is shorter where it does not divide, and there may be fewer, as
/// in `torch.chunk`.
pub fn chunk(graph: &mut Graph, x: Tensor, chunks: usize, dim: usize) -> Result<Vec<Tensor>> {
    let shape = graph.shape(x).clone();
    let (Some(&extent), 1..) = (shape.get(dim), chunks) else {
        return Err(Error::shape("chunk", &[&shape], format!("cannot make {chunks} pieces of axis {dim}")));
    };
    let size = extent.div_ceil(chunks).max(1);
    let extents: Vec<usize> = (0..extent).step_by(size).map(|start| size.min(extent - start)).collect();
    split(graph, x, &extents, dim)
}

/// All axes from `start_dim` on as one, as `torch.flatten`; `start_dim` is 1 for a batch.
pub fn flatten(graph: &mut Graph, x: Tensor, start_dim: usize) -> Result<Tensor> {
    let shape = graph.shape(x).clone();
    if start_dim >= shape.rank() {
        return Err(Error::shape("flatten", &[&shape], format!("axis {start_dim} does not exist")));
    }
    let mut extents = shape[..start_dim].to_vec();
    extents.push(shape[start_dim..].iter().product());
    graph.reshape(x, extents)
}

/// start + weight (end - start), all broadcast to one shape, as `torch.lerp`.
pub fn lerp(graph: &mut Graph, start: Tensor, end: Tensor, weight: Tensor) -> Result<Tensor> {
    let difference = graph.sub(end, start)?;
    let step = graph.mul(weight, difference)?;
    graph.add(start, step)
}

/// The axes but the first, over which a sum is one number an example.
pub(super) fn inner_axes(shape: &Shape) -> Vec<usize> {
    (1..shape.rank()).collect()
}

/// The four extents of a batch of images.
pub(super) fn image_shape(graph: &Graph, op: &'static str, x: Tensor) -> Result<[usize; 4]> {
    let shape = graph.shape(x);
    match shape[..] {
        [batch, channels, height, width] if shape.elements() > 0 => Ok([batch, channels, height, width]),
        _ => Err(Error::shape(op, &[shape], "takes a batch of images, [B, C, H, W]")),
    }
}
