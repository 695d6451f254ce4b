//! How far a result may be from the expected one, by what kind of arithmetic it is, with the reasons.

use super::file::Case;

/// Kinds of arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Copy,
    Elementwise,
    Sum,
    Product,
    Normalization,
    Attention,
    Net,
}

/// Allowed errors, relative to the largest expected magnitude in the tensor (or `floor`, if that is more).
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    pub family: Family,
    /// Of outputs and first gradients.
    pub first: f64,
    /// Of second gradients, which go through about twice as many roundings.
    pub second: f64,
    /// The scale of tensors whose every element is smaller: results of cancellation.
    pub floor: f64,
    pub reason: &'static str,
}

/// The table. A unit of rounding is 6e-8. What goes through many ops is allowed about ten times the worst error of
/// 1,200 cases from three seeds on the CPU.
pub const TOLERANCES: [Tolerance; 7] = [
    Tolerance {
        family: Family::Copy,
        first: 2e-6,
        second: 2e-6,
        floor: 1e-2,
        reason: "values are copied, but the gradient of what repeats or overlaps is a short sum",
    },
    Tolerance {
        family: Family::Elementwise,
        first: 1e-5,
        second: 3e-5,
        floor: 1e-2,
        reason: "WGSL allows exp, log, tanh and division a few units each, and broadcasts sum their gradients",
    },
    Tolerance {
        family: Family::Sum,
        first: 1e-5,
        second: 2e-5,
        floor: 1e-2,
        reason: "n terms lose about sqrt(n) units of the sum of their magnitudes, and signs cancel",
    },
    Tolerance { family: Family::Product, first: 1e-5, second: 2e-5, floor: 1e-2, reason: "as sums, of products" },
    Tolerance {
        family: Family::Normalization,
        first: 2e-5,
        second: 3e-5,
        floor: 1e-1,
        reason: "centred values cancel, and small variances are divided by, twice in gradients, thrice in second ones",
    },
    Tolerance {
        family: Family::Attention,
        first: 2e-4,
        second: 8e-4,
        floor: 1e-1,
        reason: "a softmax hides what all its logits have in common, so gradients of queries and keys cancel",
    },
    Tolerance {
        family: Family::Net,
        first: 2e-5,
        second: 4e-5,
        floor: 1e-3,
        reason: "many layers and normalisations; Adam divides by the size of each gradient, so small ones show whole \
                 (parameters after the steps: the second column)",
    },
];

/// The allowed error of a case's tensors of a kind, and the smallest scale.
pub(super) fn of(case: &Case, kind: &str) -> (f64, f64) {
    let family = family(case);
    let tolerance = TOLERANCES.iter().find(|tolerance| tolerance.family == family).unwrap_or(&TOLERANCES[0]);
    let allowed = if matches!(kind, "second" | "after") { tolerance.second } else { tolerance.first };
    (allowed, tolerance.floor)
}

fn family(case: &Case) -> Family {
    let op = case.of.split('/').next_back().unwrap_or("");
    if case.training.is_some() {
        return Family::Net;
    }
    match op {
        "reshape" | "permute" | "slice" | "pad" | "concat" | "iota" | "gather_rows" | "stop_gradient" | "broadcast"
        | "select" | "less" | "less_equal" | "equal" | "sign" | "floor" | "max" | "neg" => Family::Copy,
        "flatten"
        | "split"
        | "chunk"
        | "one_hot"
        | "pad2d"
        | "reflection_pad2d"
        | "interpolate_nearest"
        | "pixel_shuffle"
        | "pixel_unshuffle"
        | "max_pool2d" => Family::Copy,
        "sum" | "mean" | "scatter_add" => Family::Sum,
        "spade" | "minibatch_stddev" | "spectral_norm" | "modulated_conv2d" => Family::Normalization,
        "self_attention" => Family::Attention,
        _ if op.contains("norm") => Family::Normalization,
        _ if op.starts_with("matmul") || op.starts_with("conv") || op.starts_with("linear") => Family::Product,
        _ => Family::Elementwise,
    }
}
