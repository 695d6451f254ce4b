//! Fused programs on the CPU against the naive judge: every way of walking axes, of reading and of writing.

mod common;

use common::ops::{BINARIES, unaries};
use common::{Case, numbers};
use ganvas::graph::plan::Kernel;
use ganvas::graph::{Clock, Draw, Tensor, Unary};
use ganvas::rng;

/// Relative error that is allowed in f32.
const TOLERANCE: f64 = 3e-6;

fn draw(stream: u32) -> Draw {
    Draw { stream, clock: Clock::Sample }
}

#[test]
fn every_elementwise_function() {
    for elements in [1, 3, 64, 511, 1000, 40_000] {
        let mut case = Case::default();
        let spread = |scale: f64| numbers(1, elements).into_iter().map(|x| x * scale).collect::<Vec<_>>();
        let x = case.input_of(&[elements], spread(8.0));
        let y = case.input_of(&[elements], spread(-3.0));
        let positive = case.positive(&[elements]);
        for unary in unaries(0.75, 0.2) {
            let positive_only = matches!(unary, Unary::Exp | Unary::Log | Unary::Sqrt | Unary::Rsqrt);
            let argument = if positive_only { positive } else { x };
            let value = case.graph.unary(unary, argument).unwrap();
            case.check(unary.name(), value, TOLERANCE);
        }
        for binary in BINARIES {
            let value = case.graph.binary(binary, x, y).unwrap();
            case.check(binary.name(), value, TOLERANCE);
        }
    }
}

#[test]
fn special_values_are_kept() {
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1e30, -1e30];
    let mut case = Case::default();
    let x = case.input_of(&[6], values.to_vec());
    let mut run = |unary: Unary| {
        let y = case.graph.unary(unary, x).unwrap();
        let (single, double) = (case.run::<f32>(y), case.run::<f64>(y));
        assert!(single[0].is_nan() == double[0].is_nan(), "{}", unary.name());
        single
    };
    let relu = run(Unary::LeakyRelu(0.0.into()));
    assert!(relu[0].is_nan(), "ReLU must not hide a NaN");
    assert_eq!(relu[1..4], [f64::INFINITY, 0.0, 0.0]);
    assert!(run(Unary::LeakyRelu(0.1.into()))[0].is_nan());
    for unary in [Unary::Tanh, Unary::Sigmoid, Unary::Softplus, Unary::Exp, Unary::Log, Unary::Sqrt] {
        assert!(run(unary)[0].is_nan(), "{} must not hide a NaN", unary.name());
    }
    assert_eq!(run(Unary::Tanh)[1..], [1.0, -1.0, 0.0, 1.0, -1.0]);
    assert_eq!(run(Unary::Sigmoid)[1..], [1.0, 0.0, 0.5, 1.0, 0.0]);
    assert_eq!(run(Unary::Sign)[1..], [1.0, -1.0, 0.0, 1.0, -1.0]);
    let floor = run(Unary::Floor);
    assert!(floor[0].is_nan(), "floor must not hide a NaN");
    assert_eq!(floor[1..4], [f64::INFINITY, f64::NEG_INFINITY, 0.0]);
    let clamped = run(Unary::Clamp((-2.0).into(), 3.0.into()));
    assert!(clamped[0].is_nan(), "clamp must not hide a NaN");
    assert_eq!(clamped[1..], [3.0, -2.0, 0.0, 3.0, -2.0]);
    assert_eq!(run(Unary::LeakyMask(0.25.into()))[1..], [1.0, 0.25, 0.25, 1.0, 0.25]);
}

#[test]
fn larger_and_smaller_keep_a_nan_and_select_does_not_look_at_the_other() {
    let mut case = Case::default();
    let x = case.input_of(&[4], vec![f64::NAN, 1.0, 2.0, f64::INFINITY]);
    let y = case.input_of(&[4], vec![1.0, f64::NAN, 3.0, 0.0]);
    let condition = case.input_of(&[4], vec![0.0, 1.0, 0.0, 0.0]);
    let graph = &mut case.graph;
    let (max, min) = (graph.maximum(x, y).unwrap(), graph.minimum(x, y).unwrap());
    let (all, chosen) = (graph.max(x, &[0]).unwrap(), graph.select(condition, x, y).unwrap());
    for (run, what) in [(Case::run::<f32> as fn(&Case, Tensor) -> Vec<f64>, "f32"), (Case::run::<f64>, "f64")] {
        let (max, min) = (run(&case, max), run(&case, min));
        assert!(max[0].is_nan() && max[1].is_nan() && min[0].is_nan() && min[1].is_nan(), "{what}");
        assert_eq!((&max[2..], &min[2..]), (&[3.0, f64::INFINITY][..], &[2.0, 0.0][..]), "{what}");
        assert!(run(&case, all)[0].is_nan(), "the maximum of all in {what}");
        assert_eq!(run(&case, chosen), [1.0, 1.0, 3.0, 0.0], "{what}");
    }
}

#[test]
fn operands_of_every_broadcast_pattern() {
    for shape in [[2, 3, 5], [4, 2, 49], [3, 5, 130], [2, 2, 700], [3, 1, 7], [1, 9, 1], [5, 33, 16], [40, 8, 1]] {
        for mask in 0..8 {
            let part = |keep: usize| -> Vec<usize> {
                (0..3).map(|axis| if keep >> axis & 1 == 1 { shape[axis] } else { 1 }).collect()
            };
            let mut case = Case::default();
            let (x, a, b) = (case.input(&shape), case.input(&part(mask)), case.positive(&part(7 - mask)));
            let centered = case.graph.sub(x, a).unwrap();
            let root = case.graph.unary(Unary::Rsqrt, b).unwrap();
            let shifted = case.graph.add_scalar(a, 0.5).unwrap();
            let scaled = case.graph.mul(centered, root).unwrap();
            let value = case.graph.add(scaled, shifted).unwrap();
            assert!(matches!(case.kernels(value)[..], [Kernel::Fused(_)]), "one kernel");
            case.check(&format!("{shape:?} {mask}"), value, TOLERANCE);
            // The small operands alone, widened.
            let full = case.graph.broadcast(shifted, &shape.into()).unwrap();
            case.check(&format!("{shape:?} {mask} widened"), full, TOLERANCE);
        }
    }
}

#[test]
fn sums_over_every_set_of_axes() {
    for shape in
        [[2, 3, 4, 5], [64, 3, 7, 7], [3, 40, 1, 2], [6, 2, 14, 40], [1, 1, 30, 600], [500, 2, 3, 1], [2, 5, 33, 129]]
    {
        for mask in 1..16usize {
            let axes: Vec<usize> = (0..4).filter(|axis| mask >> axis & 1 == 1).collect();
            let mut case = Case::default();
            let x = case.input(&shape);
            let kept = case.graph.shape(x).with_ones(&axes);
            let mean = case.input(&kept);
            let what = format!("{shape:?} over {axes:?}");
            let plain = case.graph.sum(x, &axes).unwrap();
            case.check(&format!("sum {what}"), plain, TOLERANCE);
            let centered = case.graph.sub(x, mean).unwrap();
            let square = case.graph.unary(Unary::Square, centered).unwrap();
            let variance = case.graph.mean(square, &axes).unwrap();
            let with_eps = case.graph.add_scalar(variance, 1e-5).unwrap();
            case.check(&format!("variance {what}"), with_eps, TOLERANCE);
            // An epilogue that reads a tensor of the results' size.
            let epilogue = case.graph.mul(variance, mean).unwrap();
            case.check(&format!("epilogue {what}"), epilogue, TOLERANCE);
        }
    }
}

#[test]
fn long_sums_are_accurate() {
    for shape in [[1, 300_000], [300_000, 1], [60_000, 5], [5, 60_000]] {
        let mut case = Case::default();
        let x = case.positive(&shape);
        let all = case.graph.sum(x, &[0, 1]).unwrap();
        case.check("everything", all, 1e-7);
        for axis in [0, 1] {
            let sum = case.graph.sum(x, &[axis]).unwrap();
            case.check(&format!("{shape:?} over {axis}"), sum, 2e-7);
        }
    }
}

#[test]
fn normalisation_with_its_statistics_and_gradient() {
    for (shape, axes) in [([16, 3, 5, 4], &[0, 2, 3][..]), ([4, 3, 7, 7], &[1, 2, 3]), ([64, 4, 7, 7], &[2, 3])] {
        let mut case = Case::default();
        let (x, weight) = (case.input(&shape), case.input(&shape));
        let (y, mean, variance) = case.graph.normalize(x, axes, 1e-5).unwrap();
        let relu = case.graph.unary(Unary::LeakyRelu(0.2.into()), y).unwrap();
        let weighted = case.graph.mul(relu, weight).unwrap();
        let loss = case.graph.mean_all(weighted).unwrap();
        let gradient = case.graph.gradients(loss, &[x]).unwrap()[0];
        let all = case.flat(&[y, mean, variance, loss, gradient]);
        case.check(&format!("{shape:?} {axes:?}"), all, 2e-5);
    }
}

#[test]
fn slices_and_concatenations_along_every_axis() {
    for shape in [[4, 6, 9], [3, 130, 64], [70, 2, 5]] {
        for axis in 0..3 {
            let mut case = Case::default();
            let (x, y) = (case.input(&shape), case.input(&shape));
            let half = shape[axis] / 2;
            let low = case.graph.slice(x, axis, 0, half).unwrap();
            let high = case.graph.slice(x, axis, half, shape[axis] - half).unwrap();
            let one = case.graph.slice(y, axis, 1, 1).unwrap();
            let swapped = case.graph.concat(&[high, one, low], axis).unwrap();
            case.check(&format!("swap {shape:?} along {axis}"), swapped, TOLERANCE);
            let other = (axis + 1) % 3;
            let product = case.graph.mul(low, low).unwrap();
            let inner = case.graph.slice(product, other, 1, shape[other] - 1).unwrap();
            let sum = case.graph.sum(inner, &[axis]).unwrap();
            case.check(&format!("window {shape:?} along {axis}"), sum, TOLERANCE);
            let tanh = case.graph.unary(Unary::Tanh, x).unwrap();
            let parts = [tanh, y, one];
            let joined = case.graph.concat(&parts, axis).unwrap();
            let start = case.graph.slice(joined, axis, 1, shape[axis]).unwrap();
            let value = case.graph.add(start, y).unwrap();
            case.check(&format!("join {shape:?} along {axis}"), value, TOLERANCE);
        }
    }
}

#[test]
fn random_numbers_and_batches() {
    let mut case = Case::default();
    let (uniform, normal) = (case.graph.uniform(draw(1), [7, 300]), case.graph.normal(draw(2), [50, 64]));
    case.check("uniform", uniform, 0.0);
    case.check("normal", normal, 0.0);
    let half = case.graph.slice(normal, 1, 10, 5).unwrap();
    case.check("part of normal", half, 0.0);
    let table = case.table(40, 12);
    let index = case.graph.shuffled_index(Clock::Sample, 40, 64).unwrap();
    let rows = case.graph.gather(&case.variables, table, index).unwrap();
    case.check("gather", rows, 1e-6);
}

/// A random expression of a few dozen ops over tensors whose shapes broadcast to one.
fn random_expression(case: &mut Case, seed: u32) -> Tensor {
    let mut counter = 0;
    let mut pick = |below: usize| {
        counter += 1;
        rng::bits(seed, 5, 0, counter) as usize % below
    };
    let full = [1 + pick(5), 1 + pick(12), 1 + pick(60)];
    let mut known: Vec<Tensor> = Vec::new();
    for _ in 0..4 {
        let shape: Vec<usize> = full.iter().map(|&extent| if pick(3) == 0 { 1 } else { extent }).collect();
        known.push(case.positive(&shape));
    }
    for _ in 0..24 {
        let (a, b) = (known[pick(known.len())], known[pick(known.len())]);
        let graph = &mut case.graph;
        let next = match pick(12) {
            0 => graph.unary(Unary::Tanh, a).unwrap(),
            1 => graph.unary(Unary::LeakyRelu(0.2.into()), a).unwrap(),
            2 => graph.unary(Unary::Sigmoid, a).unwrap(),
            3 => graph.mul_scalar(a, 0.5).unwrap(),
            4 | 5 => graph.mul(a, b).unwrap(),
            6 => graph.add(a, b).unwrap(),
            7 => graph.sub(a, b).unwrap(),
            8 | 9 => {
                let axes: Vec<usize> = (0..3).filter(|_| pick(2) == 0).collect();
                graph.mean(a, &axes).unwrap()
            }
            10 => {
                let axis = pick(3);
                let extent = graph.shape(a)[axis];
                let start = pick(extent);
                let piece = graph.slice(a, axis, start, 1).unwrap();
                graph.add(piece, b).unwrap()
            }
            _ => {
                let axis = pick(3);
                let extent = graph.shape(a)[axis];
                if extent == 1 {
                    graph.unary(Unary::Abs, a).unwrap()
                } else {
                    // Rotated along an axis.
                    let start = 1 + pick(extent - 1);
                    let high = graph.slice(a, axis, start, extent - start).unwrap();
                    let low = graph.slice(a, axis, 0, start).unwrap();
                    graph.concat(&[high, low], axis).unwrap()
                }
            }
        };
        // Values stay near 1, so that errors do.
        known.push(case.graph.unary(Unary::Tanh, next).unwrap());
    }
    let all = known[known.len() - 12..].to_vec();
    case.flat(&all)
}

#[test]
fn random_expressions() {
    for seed in 0..300 {
        let mut case = Case::default();
        let value = random_expression(&mut case, seed);
        case.check(&format!("expression {seed}"), value, 1e-5);
    }
}
