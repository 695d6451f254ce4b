//! The layers and losses by name.

use super::file::Step;
use super::ops::Place;
use crate::error::Result;
use crate::graph::Tensor;
use crate::nn::{AdversarialLoss, Mode, Scope, discriminator_loss, generator_loss};

/// Applies a layer or loss; None when there is none of that name.
pub(super) fn apply(place: &mut Place, step: &Step, inputs: &[Tensor]) -> Result<Option<Tensor>> {
    let attributes = &step.attributes;
    match &step.op[..] {
        "discriminator_loss" => {
            let [real, fake] = place.take(step, inputs)?;
            let loss = adversarial(place, step)?;
            return discriminator_loss(place.graph, real, fake, loss).map(Some);
        }
        "generator_loss" => {
            let [fake] = place.take(step, inputs)?;
            let loss = adversarial(place, step)?;
            return generator_loss(place.graph, fake, loss).map(Some);
        }
        "linear_layer" | "conv2d_layer" | "conv_transpose2d_layer" | "batch_norm" => {}
        _ => return Ok(None),
    }
    let [x] = place.take(step, inputs)?;
    let conv = if step.op.starts_with("conv") { Some(place.conv(step, None)?) } else { None };
    let mode = match &attributes.mode[..] {
        "" | "train" => Mode::Train,
        "frozen" => Mode::Frozen,
        "eval" => Mode::Eval,
        other => return Err(place.case.broken(format!("there is no mode `{other}`"))),
    };
    let network = format!("{}{}", place.prefix, attributes.network);
    let mut scope = Scope::new(place.graph, place.variables, &network, mode);
    let (name, bias) = (&attributes.name[..], attributes.bias);
    let result = match (&step.op[..], conv) {
        ("conv2d_layer", Some(conv)) => scope.conv2d(name, x, attributes.out_channels, conv, bias)?,
        (_, Some(conv)) => scope.conv_transpose2d(name, x, attributes.out_channels, conv, bias)?,
        ("linear_layer", None) => scope.linear(name, x, attributes.out_features, bias)?,
        (_, None) => scope.batch_norm(name, x, attributes.groups.max(1))?,
    };
    place.effects.append(&mut scope.effects);
    Ok(Some(result))
}

fn adversarial(place: &Place, step: &Step) -> Result<AdversarialLoss> {
    Ok(match &step.attributes.loss[..] {
        "minimax" => AdversarialLoss::Minimax,
        "" | "non_saturating" => AdversarialLoss::NonSaturating,
        "least_squares" => AdversarialLoss::LeastSquares,
        "hinge" => AdversarialLoss::Hinge,
        "wasserstein" => AdversarialLoss::Wasserstein,
        other => return Err(place.case.broken(format!("there is no adversarial loss `{other}`"))),
    })
}
