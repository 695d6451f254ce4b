//! The layers' functions, losses and penalties without parameters, by name.

use super::file::Step;
use super::place::Place;
use crate::error::Result;
use crate::graph::Tensor;
use crate::nn::{AdversarialLoss, discriminator_loss, functional as f, generator_loss, losses, penalties};

/// Applies a function; None when there is none of that name.
pub(super) fn apply(place: &mut Place, step: &Step, inputs: &[Tensor]) -> Result<Option<Vec<Tensor>>> {
    let attributes = &step.attributes;
    let axis = attributes.axis;
    if let "split" | "chunk" = &step.op[..] {
        let [x] = place.take(step, inputs)?;
        return Ok(Some(match &step.op[..] {
            "split" => f::split(place.graph, x, &attributes.shape, axis)?,
            _ => f::chunk(place.graph, x, attributes.groups, axis)?,
        }));
    }
    if ONE.contains(&&step.op[..]) {
        let [x] = place.take(step, inputs)?;
        let [kernel_size] = place.list(step, "kernel_size", &attributes.kernel_size, 1)?;
        let [stride] = place.list(step, "stride", &attributes.stride, 1)?;
        let pads = |place: &Place| place.list::<4>(step, "padding", &attributes.padding, 0);
        let pad = attributes.padding.first().copied().unwrap_or(0);
        let (value, factor) = (attributes.value, attributes.extent);
        let graph = &mut *place.graph;
        return Ok(Some(vec![match &step.op[..] {
            "relu" => f::relu(graph, x)?,
            "elu" => f::elu(graph, x, value)?,
            "silu" => f::silu(graph, x)?,
            "softmax" => f::softmax(graph, x, axis)?,
            "log_softmax" => f::log_softmax(graph, x, axis)?,
            "one_hot" => f::one_hot(graph, x, factor)?,
            "flatten" => f::flatten(graph, x, axis)?,
            "avg_pool2d" => f::avg_pool2d(graph, x, kernel_size, stride, pad)?,
            "max_pool2d" => f::max_pool2d(graph, x, kernel_size, stride, pad)?,
            "global_sum_pool2d" => f::global_sum_pool2d(graph, x)?,
            "global_avg_pool2d" => f::global_avg_pool2d(graph, x)?,
            "interpolate_nearest" => f::interpolate_nearest(graph, x, factor)?,
            "interpolate_bilinear" => f::interpolate_bilinear(graph, x, factor)?,
            "pixel_shuffle" => f::pixel_shuffle(graph, x, factor)?,
            "pixel_unshuffle" => f::pixel_unshuffle(graph, x, factor)?,
            "pad2d" => {
                let pads = pads(place)?;
                f::pad2d(place.graph, x, pads, value)?
            }
            "reflection_pad2d" => {
                let pads = pads(place)?;
                f::reflection_pad2d(place.graph, x, pads)?
            }
            "drift" => penalties::drift(graph, x)?,
            "total_variation" => penalties::total_variation(graph, x)?,
            "orthogonal_regularization" => penalties::orthogonal_regularization(graph, x)?,
            _ => {
                let loss = adversarial(place, step)?;
                generator_loss(place.graph, x, loss)?
            }
        }]));
    }
    if step.op == "lerp" {
        let [start, end, weight] = place.take(step, inputs)?;
        return Ok(Some(vec![f::lerp(place.graph, start, end, weight)?]));
    }
    if !TWO.contains(&&step.op[..]) {
        return Ok(None);
    }
    let [a, b] = place.take(step, inputs)?;
    let graph = &mut *place.graph;
    Ok(Some(vec![match &step.op[..] {
        "l1_loss" => losses::l1_loss(graph, a, b)?,
        "mse_loss" => losses::mse_loss(graph, a, b)?,
        "bce_with_logits" => losses::bce_with_logits(graph, a, b)?,
        "cross_entropy" => losses::cross_entropy(graph, a, b)?,
        "kl_div" => losses::kl_div(graph, a, b)?,
        "gaussian_kl" => losses::gaussian_kl(graph, a, b)?,
        "feature_matching" => losses::feature_matching(graph, &[a], &[b])?,
        "r1" => penalties::r1(graph, a, b)?,
        "r1_r2" => penalties::r1_r2(graph, a, b)?,
        _ => {
            let loss = adversarial(place, step)?;
            discriminator_loss(place.graph, a, b, loss)?
        }
    }]))
}

const ONE: [&str; 21] = [
    "relu",
    "elu",
    "silu",
    "softmax",
    "log_softmax",
    "one_hot",
    "flatten",
    "avg_pool2d",
    "max_pool2d",
    "global_sum_pool2d",
    "global_avg_pool2d",
    "interpolate_nearest",
    "interpolate_bilinear",
    "pixel_shuffle",
    "pixel_unshuffle",
    "pad2d",
    "reflection_pad2d",
    "drift",
    "total_variation",
    "orthogonal_regularization",
    "generator_loss",
];

const TWO: [&str; 10] = [
    "l1_loss",
    "mse_loss",
    "bce_with_logits",
    "cross_entropy",
    "kl_div",
    "gaussian_kl",
    "feature_matching",
    "r1",
    "r1_r2",
    "discriminator_loss",
];

fn adversarial(place: &Place, step: &Step) -> Result<AdversarialLoss> {
    Ok(match &step.attributes.loss[..] {
        "minimax" => AdversarialLoss::Minimax,
        "" | "non_saturating" => AdversarialLoss::NonSaturating,
        "least_squares" => AdversarialLoss::LeastSquares,
        "hinge" => AdversarialLoss::Hinge,
        "wasserstein" => AdversarialLoss::Wasserstein,
        "relativistic" => AdversarialLoss::Relativistic,
        other => return Err(place.case.broken(format!("there is no adversarial loss `{other}`"))),
    })
}
