//! Regularisers: what is added to a loss to keep a network's gradients, weights or pictures in bounds. All are scalars of
//! shape `[]`, to be multiplied by their weight.

use super::functional::{inner_axes, lerp};
use super::{Mode, Scope};
use crate::error::{Error, Result};
use crate::graph::{Draw, Graph, Init, Tensor, Unary};

/// Inside the square root of a norm, whose gradient at zero would be infinite.
const NORM_EPS: f32 = 1e-12;

/// What [`gradient_penalty`] finds.
#[derive(Clone, Copy, Debug)]
pub struct GradientPenalty {
    /// Mean of (|grad D(x)| - 1)^2, to be added to the critic's loss.
    pub penalty: Tensor,
    /// Mean of |grad D(x)|, to be looked at: the penalty pulls it to 1.
    pub mean_norm: Tensor,
}

/// WGAN-GP (Gulrajani et al. 2017): mean of (|grad D(x)| - 1)^2 at points x drawn between real and fake `[B, ...]`, one
/// weight an example. Its gradient for the critic's parameters is a second derivative; the paper's weight is 10.
///
/// The critic must not mix the examples of a batch, and no gradient reaches the generator.
pub fn gradient_penalty(
    scope: &mut Scope,
    real: Tensor,
    fake: Tensor,
    draw: Draw,
    critic: impl FnOnce(&mut Scope, Tensor) -> Result<Tensor>,
) -> Result<GradientPenalty> {
    let between = between(scope.graph, real, fake, draw)?;
    let logits = critic(scope, between)?;
    slope_penalty(scope.graph, logits, between)
}

/// Points between real and fake `[B, ...]`, one weight an example: where [`gradient_penalty`] looks.
pub fn between(graph: &mut Graph, real: Tensor, fake: Tensor, draw: Draw) -> Result<Tensor> {
    let (shape, other) = (graph.shape(real).clone(), graph.shape(fake));
    if shape != *other || shape.rank() < 2 {
        return Err(Error::shape("gradient_penalty", &[&shape, other], "real and fake must have one shape [B, ...]"));
    }
    let weight = graph.uniform(draw, shape.with_ones(&inner_axes(&shape)));
    let between = lerp(graph, real, fake, weight)?;
    Ok(graph.stop_gradient(between))
}

/// What [`gradient_penalty`] finds at `x`, from the critic's logits for it.
// [explain: D gradient_penalty
pub fn slope_penalty(graph: &mut Graph, logits: Tensor, x: Tensor) -> Result<GradientPenalty> {
    let norm = gradient_square(graph, logits, x)?;
    let norm = root(graph, norm)?;
    let excess = graph.add_scalar(norm, -1.0)?;
    let square = graph.unary(Unary::Square, excess)?;
    Ok(GradientPenalty { penalty: graph.mean_all(square)?, mean_norm: graph.mean_all(norm)? })
}
// ]

/// R1 (Mescheder et al. 2018): mean of |grad D(x)|^2 / 2 at real examples x `[B, ...]`, from D's logits for them. The
/// paper's weight is gamma = 10. D must not mix the examples of a batch.
// [explain: D r1
pub fn r1(graph: &mut Graph, logits: Tensor, real: Tensor) -> Result<Tensor> {
    let square = gradient_square(graph, logits, real)?;
    let mean = graph.mean_all(square)?;
    graph.mul_scalar(mean, 0.5)
}
// ]

/// R1 at real examples and R2 at fakes (Mescheder et al. 2018; R3GAN, Huang et al. 2024), which lie in one batch x
/// `[2B, ...]`, so that one way back through D serves both: mean of |grad D|^2 / 2 over the real ones plus that over the
/// fakes, from D's logits for x. D must not mix the examples of a batch.
// [explain: D r1_r2
pub fn r1_r2(graph: &mut Graph, logits: Tensor, x: Tensor) -> Result<Tensor> {
    let mean = r1(graph, logits, x)?;
    graph.mul_scalar(mean, 2.0)
}
// ]

/// Path length (Karras et al. 2020, StyleGAN2, section 3.2): mean of (|J^T y| - a)^2 over the batch, with J the derivative
/// of the images `[B, C, H, W]` by the styles w `[B, D]` (or `[B, layers, D]`, mean over the layers inside the root), y
/// noise, and a the running mean of |J^T y| in the buffer `name`, which a training step moves by `decay` (0.01).
pub fn path_length(scope: &mut Scope, name: &str, images: Tensor, w: Tensor, draw: Draw, decay: f32) -> Result<Tensor> {
    let (picture, style) = (scope.graph.shape(images).clone(), scope.graph.shape(w).clone());
    if picture.rank() != 4 || !matches!(style.rank(), 2 | 3) || style[0] != picture[0] {
        let message = "takes images [B, C, H, W] and styles [B, D] or [B, layers, D]";
        return Err(Error::shape("path_length", &[&picture, &style], message));
    }
    let pixels = (picture[2] * picture[3]) as f32;
    let layers = if style.rank() == 3 { style[1] } else { 1 };
    let noise = scope.graph.normal(draw, picture);
    let noise = scope.graph.mul_scalar(noise, pixels.sqrt().recip())?;
    let projected = scope.graph.mul(images, noise)?;
    let square = gradient_square(scope.graph, projected, w)?;
    let square = scope.graph.mul_scalar(square, 1.0 / layers as f32)?;
    let lengths = root(scope.graph, square)?;

    let (id, running) = scope.buffer(name, [], Init::Constant(0.0))?;
    let (mean, weight) = (scope.graph.mean_all(lengths)?, scope.graph.constant(decay, []));
    let running = lerp(scope.graph, running, mean, weight)?;
    if scope.mode == Mode::Train {
        let value = scope.graph.stop_gradient(running);
        scope.assign(id, value);
    }
    let excess = scope.graph.sub(lengths, running)?;
    let square = scope.graph.unary(Unary::Square, excess)?;
    scope.graph.mean_all(square)
}

/// Sum over all but the first axis of the squared gradient of `sum(value)` by x. As examples do not meet in `value`, the
/// sum's gradient holds each example's own.
fn gradient_square(graph: &mut Graph, value: Tensor, x: Tensor) -> Result<Tensor> {
    let total = graph.sum_all(value)?;
    let gradient = graph.gradients(total, &[x])?[0];
    let square = graph.unary(Unary::Square, gradient)?;
    let axes = inner_axes(graph.shape(square));
    graph.sum(square, &axes)
}

fn root(graph: &mut Graph, square: Tensor) -> Result<Tensor> {
    let square = graph.add_scalar(square, NORM_EPS)?;
    graph.unary(Unary::Sqrt, square)
}

/// Drift (Karras et al. 2018, appendix A.1): mean of D(x)^2 over real logits, which keeps them near zero; weight 0.001.
pub fn drift(graph: &mut Graph, real: Tensor) -> Result<Tensor> {
    let square = graph.unary(Unary::Square, real)?;
    graph.mean_all(square)
}

/// Total variation of images `[B, C, H, W]`: mean of |difference| of neighbours above one another plus that of neighbours
/// beside one another (Rudin et al. 1992, the anisotropic form).
pub fn total_variation(graph: &mut Graph, images: Tensor) -> Result<Tensor> {
    let shape = graph.shape(images).clone();
    if shape.rank() != 4 || shape[2] < 2 || shape[3] < 2 {
        let message = "takes images [B, C, H, W] of at least two by two pixels";
        return Err(Error::shape("total_variation", &[&shape], message));
    }
    let mut means = [images; 2];
    for (axis, mean) in [2, 3].into_iter().zip(&mut means) {
        let extent = shape[axis] - 1;
        let (first, second) = (graph.slice(images, axis, 0, extent)?, graph.slice(images, axis, 1, extent)?);
        let difference = graph.sub(second, first)?;
        let abs = graph.unary(Unary::Abs, difference)?;
        *mean = graph.mean_all(abs)?;
    }
    graph.add(means[0], means[1])
}

/// Orthogonal regularisation as in BigGAN (Brock et al. 2019, equation 3): the squared inner products of different rows of
/// the weight `[rows, the rest]`, added up. The rows' lengths are free; the paper's weight is 1e-4.
pub fn orthogonal_regularization(graph: &mut Graph, weight: Tensor) -> Result<Tensor> {
    let shape = graph.shape(weight).clone();
    if shape.rank() < 2 || shape.elements() == 0 {
        let message = "takes a weight of at least two axes, [out, in, ...]";
        return Err(Error::shape("orthogonal_regularization", &[&shape], message));
    }
    let rows = shape[0];
    let matrix = graph.reshape(weight, [rows, shape.elements() / rows])?;
    let products = graph.matmul(matrix, matrix, false, true)?;
    let column = graph.iota(rows)?;
    let row = graph.reshape(column, [rows, 1])?;
    let (below, above) = (graph.less(row, column)?, graph.less(column, row)?);
    let different = graph.add(below, above)?;
    let masked = graph.mul(products, different)?;
    let square = graph.unary(Unary::Square, masked)?;
    graph.sum_all(square)
}
