//! Layers against direct loops in f64, and their gradients against central differences.

mod common;
#[path = "common/network.rs"]
mod network;

use common::{Case, assert_close};
use ganvas::graph::{Clock, Conv, Conv3d, Draw};
use network::{build, times, values, verify};

/// x with mean 0 and variance 1 over each of the given sets of positions.
fn normalized(x: &[f64], set_of: impl Fn(usize) -> usize) -> Vec<f64> {
    let of = |i: usize| (0..x.len()).filter(|&j| set_of(j) == i).collect::<Vec<_>>();
    let mut result = vec![0.0; x.len()];
    for set in 0..x.len() {
        let members = of(set);
        let count = members.len() as f64;
        let mean = members.iter().map(|&j| x[j]).sum::<f64>() / count;
        let variance = members.iter().map(|&j| (x[j] - mean).powi(2)).sum::<f64>() / count;
        members.iter().for_each(|&j| result[j] = (x[j] - mean) / (variance + 1e-5).sqrt());
    }
    result
}

/// Cross-correlation of one image `[ci, h, w]` with `[co, ci, k, k]`, stride 1, as large as the input.
fn same_conv(x: &[f64], w: &[f64], [ci, co, h, width, k]: [usize; 5]) -> Vec<f64> {
    let mut y = vec![0.0; co * h * width];
    for (index, y) in y.iter_mut().enumerate() {
        let (o, row, column) = (index / (h * width), index / width % h, index % width);
        for tap in 0..ci * k * k {
            let (c, dy, dx) = (tap / (k * k), tap / k % k, tap % k);
            let (r, s) = ((row + dy).wrapping_sub(k / 2), (column + dx).wrapping_sub(k / 2));
            if r < h && s < width {
                *y += w[o * ci * k * k + tap] * x[(c * h + r) * width + s];
            }
        }
    }
    y
}

#[test]
fn instance_layer_and_pixel_norm() {
    let mut case = Case::default();
    let x = case.input(&[2, 3, 2, 4]);
    let y = build(&mut case, |scope| scope.instance_norm("norm", x, true));
    let (weight, bias) = (values(&case, "norm.weight"), values(&case, "norm.bias"));
    let normal = normalized(&case.values[0], |i| i / 8);
    let expected: Vec<f64> = (0..48).map(|i| normal[i] * weight[i / 8 % 3] + bias[i / 8 % 3]).collect();
    verify("instance norm", &mut case, y, &expected);

    let mut case = Case::default();
    let x = case.input(&[2, 3, 2, 4]);
    let y = build(&mut case, |scope| scope.layer_norm("norm", x, 3));
    let (weight, bias) = (values(&case, "norm.weight"), values(&case, "norm.bias"));
    let normal = normalized(&case.values[0], |i| i / 24);
    let expected: Vec<f64> = (0..48).map(|i| normal[i] * weight[i % 24] + bias[i % 24]).collect();
    verify("layer norm", &mut case, y, &expected);

    let mut case = Case::default();
    let x = case.input(&[2, 3, 2, 4]);
    let y = build(&mut case, |scope| scope.pixel_norm(x));
    let x = &case.values[0];
    let square = |i: usize| (0..3).map(|c| x[i / 24 * 24 + c * 8 + i % 8].powi(2)).sum::<f64>() / 3.0;
    let expected: Vec<f64> = (0..48).map(|i| x[i] / (square(i) + 1e-8).sqrt()).collect();
    assert_close("pixel norm", &case.run::<f64>(y), &expected, 1e-7);
}

#[test]
fn conditional_batch_norm_and_adaptive_instance_norm() {
    for adaptive in [false, true] {
        let mut case = Case::default();
        let (x, y) = (case.input(&[2, 3, 2, 4]), case.input(&[2, 5]));
        let value = build(&mut case, |scope| {
            if adaptive {
                scope.adaptive_instance_norm("norm", x, y)
            } else {
                scope.conditional_batch_norm("norm", x, y, 1)
            }
        });
        let normal = normalized(&case.values[0], |i| if adaptive { i / 8 } else { i / 8 % 3 });
        let linear = |part: &str, b: usize, c: usize| {
            let weight = values(&case, &format!("norm.{part}.weight"));
            let bias = if adaptive { values(&case, &format!("norm.{part}.bias"))[c] } else { 0.0 };
            times(&weight, &case.values[1][5 * b..5 * b + 5])[c] + bias
        };
        let expected: Vec<f64> = (0..48)
            .map(|i| (1.0 + linear("gain", i / 24, i / 8 % 3)) * normal[i] + linear("bias", i / 24, i / 8 % 3))
            .collect();
        verify("conditional norm", &mut case, value, &expected);
    }
}

#[test]
fn spade() {
    let mut case = Case::default();
    let (x, map) = (case.input(&[2, 3, 2, 4]), case.input(&[2, 2, 2, 4]));
    let value = build(&mut case, |scope| scope.spade("norm", x, map, 4, 1));
    let normal = normalized(&case.values[0], |i| i / 8 % 3);
    let conv = |name: &str, x: &[f64], [ci, co]: [usize; 2]| {
        let (w, b) = (values(&case, &format!("norm.{name}.weight")), values(&case, &format!("norm.{name}.bias")));
        let y = same_conv(x, &w, [ci, co, 2, 4, 3]);
        y.iter().enumerate().map(|(i, y)| y + b[i / 8]).collect::<Vec<f64>>()
    };
    let mut expected = Vec::new();
    for b in 0..2 {
        let shared = conv("mlp_shared", &case.values[1][16 * b..16 * b + 16], [2, 4]);
        let shared: Vec<f64> = shared.iter().map(|x| x.max(0.0)).collect();
        let (gamma, beta) = (conv("mlp_gamma", &shared, [4, 3]), conv("mlp_beta", &shared, [4, 3]));
        expected.extend((0..24).map(|i| normal[24 * b + i] * (1.0 + gamma[i]) + beta[i]));
    }
    verify("SPADE", &mut case, value, &expected);
}

#[test]
fn modulated_convolution_is_one_with_a_weight_for_each_example() {
    let mut case = Case::default();
    let (x, style) = (case.input(&[2, 3, 3, 4]), case.input(&[2, 3]));
    let conv = Conv::square(3, 1, 1);
    let value = build(&mut case, |scope| scope.modulated_conv2d("conv", x, style, 2, conv, true));
    let weight = values(&case, "conv.weight");
    let mut expected = Vec::new();
    for b in 0..2 {
        let mut own: Vec<f64> = (0..54).map(|i| weight[i] * case.values[1][3 * b + i / 9 % 3]).collect();
        for filter in own.chunks_mut(27) {
            let length = (filter.iter().map(|w| w * w).sum::<f64>() + 1e-8).sqrt();
            filter.iter_mut().for_each(|w| *w /= length);
        }
        expected.extend(same_conv(&case.values[0][36 * b..36 * b + 36], &own, [3, 2, 3, 4, 3]));
    }
    verify("modulated convolution", &mut case, value, &expected);
}

#[test]
fn self_attention() {
    let mut case = Case::default();
    let x = case.input(&[2, 16, 4, 2]);
    let value = build(&mut case, |scope| scope.self_attention("attention", x));
    let weight = |name: &str| values(&case, &format!("attention.{name}"));
    let (theta, phi, g, o, gamma) =
        (weight("theta.weight"), weight("phi.weight"), weight("g.weight"), weight("o.weight"), weight("gamma")[0]);
    let mut expected = Vec::new();
    for b in 0..2 {
        let x = &case.values[0][128 * b..128 * b + 128];
        let at = |w: &[f64], place: usize| times(w, &(0..16).map(|c| x[8 * c + place]).collect::<Vec<_>>());
        // A pooled place is two by two: 4 x 2 pixels leave two of them.
        let pooled = |w: &[f64], key: usize| {
            let four: Vec<Vec<f64>> = (4 * key..4 * key + 4).map(|place| at(w, place)).collect();
            (0..four[0].len()).map(|c| four.iter().map(|v| v[c]).fold(f64::MIN, f64::max)).collect::<Vec<f64>>()
        };
        let mut result = vec![0.0; 128];
        for place in 0..8 {
            let query = at(&theta, place);
            let exp = [0, 1].map(|key| query.iter().zip(pooled(&phi, key)).map(|(q, k)| q * k).sum::<f64>().exp());
            let (first, second) = (pooled(&g, 0), pooled(&g, 1));
            let mixed: Vec<f64> =
                (0..8).map(|c| (exp[0] * first[c] + exp[1] * second[c]) / (exp[0] + exp[1])).collect();
            for (c, o) in times(&o, &mixed).into_iter().enumerate() {
                result[8 * c + place] = x[8 * c + place] + gamma * o;
            }
        }
        expected.extend(result);
    }
    verify("self-attention", &mut case, value, &expected);
    // gamma starts at 0: at first the layer is the identity.
    assert_close("at the start", &case.run::<f64>(value), &case.values[0], 1e-15);
}

#[test]
fn embedding_noise_slopes_and_the_deviation_of_groups() {
    let mut case = Case::default();
    let index = case.input_of(&[3], vec![2.0, 0.0, 2.0]);
    let value = build(&mut case, |scope| scope.embedding("embedding", index, 4, 2));
    let w = values(&case, "embedding.weight");
    verify("embedding", &mut case, value, &[w[4], w[5], w[0], w[1], w[4], w[5]]);

    let mut case = Case::default();
    let x = case.input(&[2, 3, 2, 2]);
    let draw = Draw { stream: 4, clock: Clock::Sample };
    let value = build(&mut case, |scope| scope.noise_injection("noise", x, draw, true));
    let noise = case.graph.normal(draw, [2, 1, 2, 2]);
    let (noise, w) = (case.run::<f64>(noise), values(&case, "noise.weight"));
    let expected: Vec<f64> = (0..24).map(|i| case.values[0][i] + w[i / 4 % 3] * noise[i / 12 * 4 + i % 4]).collect();
    verify("noise", &mut case, value, &expected);

    let mut case = Case::default();
    let x = case.input(&[2, 3, 2, 2]);
    let value = build(&mut case, |scope| scope.prelu("prelu", x, 3));
    let w = values(&case, "prelu.weight");
    let expected: Vec<f64> =
        case.values[0].iter().enumerate().map(|(i, &x)| if x > 0.0 { x } else { w[i / 4 % 3] * x }).collect();
    verify("PReLU", &mut case, value, &expected);

    let mut case = Case::default();
    let x = case.input(&[4, 2, 1, 3]);
    let value = build(&mut case, |scope| scope.minibatch_stddev(x, 2));
    let x = &case.values[0];
    // Examples 0 and 2 are a group: the deviation of two numbers is half their distance.
    let deviation = |m: usize| {
        let half = |i: usize| ((x[6 * m + i] - x[6 * (m + 2) + i]) / 2.0).powi(2);
        (0..6).map(|i| (half(i) + 1e-8).sqrt()).sum::<f64>() / 6.0
    };
    let expected: Vec<f64> = (0..4)
        .flat_map(|b| x[6 * b..6 * b + 6].iter().copied().chain([deviation(b % 2); 3]).collect::<Vec<_>>())
        .collect();
    assert_close("minibatch stddev", &case.run::<f64>(value), &expected, 1e-6);
}

#[test]
fn volumes() {
    let mut case = Case::default();
    let x = case.input(&[2, 2, 4, 4, 4]);
    let halving = Conv3d::cube(4, 2, 1);
    let value = build(&mut case, |scope| {
        let y = scope.conv3d("down", x, 3, halving, true)?;
        scope.conv_transpose3d("up", y, 2, halving, true)
    });
    assert_eq!(case.graph.shape(value)[..], [2, 2, 4, 4, 4]);
    let (down, up) = (values(&case, "down.weight"), values(&case, "up.weight"));
    let (down_bias, up_bias) = (values(&case, "down.bias"), values(&case, "up.bias"));
    let mut expected: Vec<f64> = (0..256).map(|i| up_bias[i / 64 % 2]).collect();
    // Every place of the small volume reads, and then writes, the 4x4x4 places around it.
    for (b, place) in (0..2).flat_map(|b| (0..8).map(move |place| (b, place))) {
        let around: Vec<(usize, usize)> = (0..64)
            .filter_map(|tap| {
                let at = |shift: u32, i: usize| (2 * (place >> shift & 1) + i).checked_sub(1).filter(|&at| at < 4);
                Some((tap, (at(2, tap / 16)? * 4 + at(1, tap / 4 % 4)?) * 4 + at(0, tap % 4)?))
            })
            .collect();
        for o in 0..3 {
            let mut y = down_bias[o];
            for c in 0..2 {
                let x = &case.values[0][(2 * b + c) * 64..];
                y += around.iter().map(|&(tap, at)| down[(o * 2 + c) * 64 + tap] * x[at]).sum::<f64>();
            }
            for c in 0..2 {
                around.iter().for_each(|&(tap, at)| expected[(2 * b + c) * 64 + at] += up[(o * 2 + c) * 64 + tap] * y);
            }
        }
    }
    verify("volumes", &mut case, value, &expected);
}
