//! Entries of the suite for layers that are made of many ops: attention, modulation, penalties, resizing.

use super::{Entry, near, sample};
use crate::common::SEED;
use ganvas::graph::{Conv, Conv3d, Init, Tensor};
use ganvas::nn::{Mode, Scope, Weights, functional, penalties};

/// Layers with unusual kernels, with the gradient of their sum of squares for the input.
pub fn layers() -> Vec<Entry> {
    type Layer = fn(&mut Scope, Tensor) -> ganvas::Result<Tensor>;
    let init = Init::Normal { mean: 0.0, std: 0.3 };
    let layers: [(&str, &[usize], Layer); 12] = [
        ("self-attention", &[2, 16, 6, 5], |scope, x| {
            // Made first, so that it does not start at zero.
            scope.parameter("attention.gamma", [], Init::Constant(0.7))?;
            scope.self_attention("attention", x)
        }),
        ("attention's softmax", &[3, 7, 33], |scope, x| {
            let scores = scope.graph.matmul(x, x, false, true)?;
            let attention = functional::softmax(scope.graph, scores, 2)?;
            scope.graph.matmul(attention, x, false, false)
        }),
        ("modulated convolution and noise", &[3, 5, 6, 7], |scope, x| {
            let style = functional::global_avg_pool2d(scope.graph, x)?;
            let style = scope.graph.add_scalar(style, 1.0)?;
            let y = scope.modulated_conv2d("conv", x, style, 4, Conv::square(3, 1, 1), true)?;
            scope.noise_injection("noise", y, sample(21), true)
        }),
        ("adaptive instance norm", &[2, 3, 5, 9], |scope, x| {
            let style = functional::global_sum_pool2d(scope.graph, x)?;
            scope.adaptive_instance_norm("norm", x, style)
        }),
        ("SPADE", &[2, 3, 6, 5], |scope, x| {
            let map = scope.graph.slice(x, 1, 0, 2)?;
            scope.spade("norm", x, map, 4, 1)
        }),
        ("layer norm", &[3, 4, 5, 7], |scope, x| scope.layer_norm("norm", x, 3)),
        ("pixel norm and deviation", &[4, 3, 5, 3], |scope, x| {
            let y = scope.pixel_norm(x)?;
            scope.minibatch_stddev(y, 2)
        }),
        ("pooling", &[2, 3, 9, 7], |scope, x| {
            let max = functional::max_pool2d(scope.graph, x, 3, 2, 1)?;
            functional::avg_pool2d(scope.graph, max, 2, 1, 1)
        }),
        ("resizing", &[2, 3, 5, 4], |scope, x| {
            let large = functional::interpolate_bilinear(scope.graph, x, 3)?;
            let large = functional::reflection_pad2d(scope.graph, large, [1, 2, 3, 4])?;
            functional::interpolate_nearest(scope.graph, large, 2)
        }),
        ("pixel shuffle", &[2, 8, 3, 5], |scope, x| {
            let wide = functional::pixel_shuffle(scope.graph, x, 2)?;
            let wide = functional::elu(scope.graph, wide, 1.0)?;
            functional::pixel_unshuffle(scope.graph, wide, 2)
        }),
        ("volumes", &[2, 2, 4, 4, 4], |scope, x| {
            let y = scope.conv3d("down", x, 3, Conv3d::cube(4, 2, 1), true)?;
            scope.conv_transpose3d("up", y, 2, Conv3d::cube(4, 2, 1), true)
        }),
        ("spectral norm and R1", &[3, 2, 8, 8], |scope, x| {
            scope.weights = Weights::Spectral { init: Init::Normal { mean: 0.0, std: 0.3 } };
            let y = scope.conv2d("conv", x, 3, Conv::square(4, 2, 1), true)?;
            let y = scope.leaky_relu(y, 0.2)?;
            let y = functional::flatten(scope.graph, y, 1)?;
            let logits = scope.linear("linear", y, 1, true)?;
            penalties::r1(scope.graph, logits, x)
        }),
    ];
    let entry = |(name, shape, layer): (&str, &[usize], Layer)| {
        let mut entry = Entry::new(format!("{name}, seed {SEED}"));
        let x = entry.input(shape);
        let case = &mut entry.case;
        let mut scope = Scope::new(&mut case.graph, &mut case.variables, "net", Mode::Train);
        scope.weights = Weights::Plain { init };
        let y = layer(&mut scope, x).unwrap();
        let square = case.graph.mul(y, y).unwrap();
        let loss = case.graph.mean_all(square).unwrap();
        let gradient = case.graph.gradients(loss, &[x]).unwrap()[0];
        // Some sums of up to a thousand terms after one another, each good to about 1e-6; a wrong formula is off by more.
        entry.outputs.extend([y, gradient].map(|output| (output, near(1e-4, 1e-5))));
        entry
    };
    layers.map(entry).into()
}
