//! The layers with parameters, by name.

use super::file::Step;
use super::place::Place;
use crate::error::Result;
use crate::graph::Tensor;
use crate::nn::{Mode, Scope};

/// Layers of one input, and those of an input and a condition.
const ONE: [&str; 13] = [
    "linear_layer",
    "conv2d_layer",
    "conv_transpose2d_layer",
    "conv3d_layer",
    "conv_transpose3d_layer",
    "batch_norm",
    "instance_norm",
    "layer_norm",
    "pixel_norm",
    "minibatch_stddev",
    "self_attention",
    "embedding_layer",
    "spectral_norm",
];
const TWO: [&str; 5] = ["projection", "conditional_batch_norm", "adaptive_instance_norm", "spade", "modulated_conv2d"];

/// Applies a layer; None when there is none of that name.
pub(super) fn apply(place: &mut Place, step: &Step, inputs: &[Tensor]) -> Result<Option<Tensor>> {
    let attributes = &step.attributes;
    let (x, condition) = if ONE.contains(&&step.op[..]) || step.op == "prelu_layer" {
        let [x] = place.take(step, inputs)?;
        (x, x)
    } else if TWO.contains(&&step.op[..]) {
        place.take::<2>(step, inputs)?.into()
    } else {
        return Ok(None);
    };
    let flat = matches!(&step.op[..], "conv2d_layer" | "conv_transpose2d_layer" | "modulated_conv2d");
    let conv = if flat { Some(place.conv(step, None)?) } else { None };
    let volume = if step.op.contains("3d") { Some(place.conv3d(step, None)?) } else { None };
    let mode = match &attributes.mode[..] {
        "" | "train" => Mode::Train,
        "frozen" => Mode::Frozen,
        "eval" => Mode::Eval,
        other => return Err(place.case.broken(format!("there is no mode `{other}`"))),
    };
    let network = format!("{}{}", place.prefix, attributes.network);
    let mut scope = Scope::new(place.graph, place.variables, &network, mode);
    let (name, bias, groups) = (&attributes.name[..], attributes.bias, attributes.groups.max(1));
    let (features, channels) = (attributes.out_features, attributes.out_channels);
    let result = match (&step.op[..], conv, volume) {
        ("conv2d_layer", Some(conv), _) => scope.conv2d(name, x, channels, conv, bias)?,
        ("conv_transpose2d_layer", Some(conv), _) => scope.conv_transpose2d(name, x, channels, conv, bias)?,
        (_, Some(conv), _) => scope.modulated_conv2d(name, x, condition, channels, conv, bias)?,
        ("conv3d_layer", _, Some(conv)) => scope.conv3d(name, x, channels, conv, bias)?,
        (_, _, Some(conv)) => scope.conv_transpose3d(name, x, channels, conv, bias)?,
        ("linear_layer", ..) => scope.linear(name, x, features, bias)?,
        ("batch_norm", ..) => scope.batch_norm(name, x, groups)?,
        ("instance_norm", ..) => scope.instance_norm(name, x, bias)?,
        ("layer_norm", ..) => scope.layer_norm(name, x, attributes.extent)?,
        ("pixel_norm", ..) => scope.pixel_norm(x)?,
        ("minibatch_stddev", ..) => scope.minibatch_stddev(x, groups)?,
        ("self_attention", ..) => scope.self_attention(name, x)?,
        ("embedding_layer", ..) => scope.embedding(name, x, attributes.rows, features)?,
        ("projection", ..) => scope.projection(name, x, condition, attributes.rows)?,
        ("prelu_layer", ..) => scope.prelu(name, x, features)?,
        ("spectral_norm", ..) => scope.spectral_norm(name, x, attributes.axis)?,
        ("conditional_batch_norm", ..) => scope.conditional_batch_norm(name, x, condition, groups)?,
        ("adaptive_instance_norm", ..) => scope.adaptive_instance_norm(name, x, condition)?,
        _ => scope.spade(name, x, condition, attributes.out_channels, groups)?,
    };
    place.effects.append(&mut scope.effects);
    Ok(Some(result))
}
