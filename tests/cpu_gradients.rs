//! The graph's gradients against central differences in f64: every op, first and second order.

mod common;

use common::differences::{check_inputs, weighted};
use common::ops::{BINARIES, KINDS, kind, unaries};
use common::{Case, assert_close};
use ganvas::graph::{Binary, Clock, Conv, Conv3d, Draw, Op, Tensor, Unary};
use std::collections::HashSet;

/// One way to use an op: inputs are made in `case`, the answer is the value to differentiate.
type Build = Box<dyn Fn(&mut Case) -> Tensor>;

fn build(function: impl Fn(&mut Case) -> Tensor + 'static) -> Build {
    Box::new(function)
}

fn unary_case(unary: Unary) -> (String, Build) {
    let value = move |case: &mut Case| {
        let positive = matches!(unary, Unary::Log | Unary::Sqrt | Unary::Rsqrt | Unary::Recip);
        let x = if positive { case.positive(&[3, 4]) } else { case.input(&[3, 4]) };
        case.graph.unary(unary, x).unwrap()
    };
    (unary.name().to_string(), build(value))
}

fn binary_case(binary: Binary, a: &'static [usize], b: &'static [usize]) -> (String, Build) {
    let value = move |case: &mut Case| {
        let (a, b) = (case.input(a), case.positive(b));
        case.graph.binary(binary, a, b).unwrap()
    };
    (format!("{} {a:?} {b:?}", binary.name()), build(value))
}

fn conv_case(face: usize, conv: Conv) -> (String, Build) {
    let value = move |case: &mut Case| {
        let size = [6, 5];
        let output = conv.output(size).unwrap();
        let (kernel, x) = (conv.kernel_size, [2, 2, size[0], size[1]]);
        let (w, y) = ([3, 2, kernel[0], kernel[1]], [2, 3, output[0], output[1]]);
        let (a, b) = match face {
            0 => (case.input(&x), case.input(&w)),
            1 => (case.input(&y), case.input(&w)),
            _ => (case.input(&x), case.input(&y)),
        };
        match face {
            0 => case.graph.conv2d(a, b, conv).unwrap(),
            1 => case.graph.conv2d_input_grad(a, b, conv, size).unwrap(),
            _ => case.graph.conv2d_weight_grad(a, b, conv).unwrap(),
        }
    };
    (format!("convolution, face {face}, {conv:?}"), build(value))
}

fn cases() -> Vec<(String, Build)> {
    let mut cases: Vec<(String, Build)> = unaries(0.3, 0.3).map(unary_case).into();
    for binary in BINARIES {
        cases.push(binary_case(binary, &[3, 4], &[3, 4]));
        cases.push(binary_case(binary, &[2, 3, 4], &[3, 1]));
        cases.push(binary_case(binary, &[4], &[3, 4]));
    }
    for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
        let value = move |case: &mut Case| {
            let a = case.input(&if ta { [4, 3] } else { [3, 4] });
            let b = case.input(&if tb { [2, 4] } else { [4, 2] });
            case.graph.matmul(a, b, ta, tb).unwrap()
        };
        cases.push((format!("matmul {ta} {tb}"), build(value)));
        let value = move |case: &mut Case| {
            let a = case.input(&if ta { [2, 4, 3] } else { [2, 3, 4] });
            let b = case.input(&if tb { [3, 1, 2, 4] } else { [3, 1, 4, 2] });
            case.graph.matmul(a, b, ta, tb).unwrap()
        };
        cases.push((format!("matmul of many {ta} {tb}"), build(value)));
    }
    let rectangle = Conv { kernel_size: [2, 3], stride: [2, 1], padding: [0, 2] };
    for conv in [Conv::square(3, 1, 1), Conv::square(4, 2, 1), Conv::square(1, 2, 0), Conv::square(2, 3, 2), rectangle]
    {
        cases.extend((0..3).map(|face| conv_case(face, conv)));
    }
    cases.push((
        "conv2d with holes".into(),
        build(|case| {
            let (x, w) = (case.input(&[2, 2, 5, 6]), case.input(&[3, 2, 2, 3]));
            let conv = Conv { kernel_size: [2, 3], stride: [2, 1], padding: [1, 1] };
            case.graph.conv2d_dilated(x, w, conv, [3, 2]).unwrap()
        }),
    ));
    for transposed in [false, true] {
        cases.push((
            format!("conv3d, transposed {transposed}"),
            build(move |case| {
                let (x, w) = (case.input(&[1, 2, 3, 3, 2]), case.input(&[2, 2, 2, 2, 1]));
                let kernel_size = [2, 2, 1];
                let conv = Conv3d { kernel_size, stride: [2, 1, 1], padding: [1, 0, 0], dilation: [1, 2, 1] };
                match transposed {
                    false => case.graph.conv3d(x, w, conv).unwrap(),
                    true => case.graph.conv_transpose3d(x, w, conv, [1, 0, 0]).unwrap(),
                }
            }),
        ));
    }
    for axes in [&[0, 2][..], &[1], &[0, 1, 2]] {
        cases.push((
            format!("sum over {axes:?}"),
            build(|case| {
                let x = case.input(&[2, 3, 4]);
                let square = case.graph.unary(Unary::Square, x).unwrap();
                case.graph.sum(square, axes).unwrap()
            }),
        ));
        cases.push((
            format!("normalize over {axes:?}"),
            build(|case| {
                let x = case.input(&[2, 3, 4]);
                case.graph.normalize(x, axes, 0.01).unwrap().0
            }),
        ));
    }
    for (x, axes) in [([3, 4, 2], [2, 0, 1]), ([1, 3, 5], [1, 2, 0])] {
        let value = move |case: &mut Case| {
            let x = case.input(&x);
            let square = case.graph.unary(Unary::Square, x).unwrap();
            case.graph.permute(square, &axes).unwrap()
        };
        cases.push((format!("permute {x:?} {axes:?}"), build(value)));
    }
    for axes in [&[0, 2][..], &[1], &[0, 1, 2]] {
        cases.push((
            format!("max over {axes:?}"),
            build(|case| {
                let x = case.input(&[2, 3, 4]);
                let square = case.graph.unary(Unary::Square, x).unwrap();
                case.graph.max(square, axes).unwrap()
            }),
        ));
    }
    let shapes: [(&str, Build); 11] = [
        (
            "reshape",
            build(|case| {
                let x = case.input(&[3, 4]);
                let square = case.graph.unary(Unary::Square, x).unwrap();
                case.graph.reshape(square, [2, 6]).unwrap()
            }),
        ),
        (
            "broadcast",
            build(|case| {
                let x = case.input(&[3, 1]);
                let square = case.graph.unary(Unary::Square, x).unwrap();
                case.graph.broadcast(square, &[2, 3, 4].into()).unwrap()
            }),
        ),
        (
            "slice",
            build(|case| {
                let x = case.input(&[3, 5]);
                let square = case.graph.unary(Unary::Square, x).unwrap();
                case.graph.slice(square, 1, 2, 2).unwrap()
            }),
        ),
        (
            "slice in steps",
            build(|case| {
                let x = case.input(&[3, 9]);
                let square = case.graph.unary(Unary::Square, x).unwrap();
                case.graph.slice_step(square, 1, 1, 3, 3).unwrap()
            }),
        ),
        (
            "pad",
            build(|case| {
                let x = case.input(&[3, 1, 2]);
                let square = case.graph.unary(Unary::Square, x).unwrap();
                case.graph.pad(square, &[[1, 0, 2], [2, 1, 3], [0, 0, 1]], 0.5).unwrap()
            }),
        ),
        (
            "select by a ramp",
            build(|case| {
                let (x, y) = (case.input(&[3, 4]), case.positive(&[4]));
                let ramp = case.graph.iota(4).unwrap();
                let product = case.graph.mul(x, x).unwrap();
                case.graph.select(ramp, product, y).unwrap()
            }),
        ),
        (
            "rows by number",
            build(|case| {
                let (x, g) = (case.input(&[4, 3]), case.input(&[5, 3]));
                let index = case.graph.shuffled_index(Clock::Sample, 4, 5).unwrap();
                let square = case.graph.unary(Unary::Square, x).unwrap();
                let gathered = case.graph.gather_rows(square, index).unwrap();
                let product = case.graph.mul(gathered, g).unwrap();
                let added = case.graph.scatter_add(product, index, 4).unwrap();
                case.graph.unary(Unary::Square, added).unwrap()
            }),
        ),
        (
            "concat",
            build(|case| {
                let (x, y) = (case.input(&[2, 2, 3]), case.input(&[2, 4, 3]));
                let square = case.graph.unary(Unary::Square, y).unwrap();
                case.graph.concat(&[x, square, x], 1).unwrap()
            }),
        ),
        (
            "draws, ramps and constants",
            build(|case| {
                let x = case.input(&[3, 4]);
                let draw = |stream| Draw { stream, clock: Clock::Sample };
                let (uniform, normal) = (case.graph.uniform(draw(1), [3, 4]), case.graph.normal(draw(2), [3, 4]));
                let constant = case.graph.constant(1.5, [3, 4]);
                let square = case.graph.unary(Unary::Square, x).unwrap();
                let product = case.graph.mul(square, uniform).unwrap();
                let ramp = case.graph.ramp(Clock::Sample, 0, 5).unwrap();
                let share = case.graph.add_scalar(ramp, 0.5).unwrap();
                let product = case.graph.mul(product, share).unwrap();
                let sum = case.graph.add(product, normal).unwrap();
                case.graph.div(constant, sum).unwrap()
            }),
        ),
        (
            "gather",
            build(|case| {
                let x = case.input(&[3, 4]);
                let table = case.table(5, 4);
                let index = case.graph.shuffled_index(Clock::Sample, 5, 3).unwrap();
                let rows = case.graph.gather(&case.variables, table, index).unwrap();
                let square = case.graph.unary(Unary::Square, x).unwrap();
                case.graph.mul(rows, square).unwrap()
            }),
        ),
        (
            "a small network",
            build(|case| {
                let (x, w, v) = (case.input(&[3, 1, 6, 6]), case.input(&[2, 1, 4, 4]), case.input(&[18, 2]));
                let y = case.graph.conv2d(x, w, Conv::square(4, 2, 1)).unwrap();
                let y = case.graph.normalize(y, &[0, 2, 3], 1e-2).unwrap().0;
                let y = case.graph.unary(Unary::LeakyRelu(0.2.into()), y).unwrap();
                let y = case.graph.reshape(y, [3, 18]).unwrap();
                let y = case.graph.matmul(y, v, false, false).unwrap();
                case.graph.unary(Unary::Softplus, y).unwrap()
            }),
        ),
    ];
    cases.extend(shapes.map(|(name, build)| (name.to_string(), build)));
    cases
}

/// Wide enough for second derivatives.
const STEP: f64 = 1e-3;

#[test]
fn first_order() {
    for (name, build) in cases() {
        let mut case = Case::default();
        let value = build(&mut case);
        let inputs = case.inputs.len();
        let loss = weighted(&mut case, value, 1);
        check_inputs(&name, &mut case, loss, inputs, STEP);
    }
}

#[test]
fn second_order() {
    for (name, build) in cases() {
        let mut case = Case::default();
        let value = build(&mut case);
        let inputs = case.inputs.len();
        let loss = weighted(&mut case, value, 1);
        let wrt: Vec<Tensor> = case.inputs[..inputs].iter().map(|(_, tensor)| *tensor).collect();
        let gradients = case.graph.gradients(loss, &wrt).unwrap();
        let flat = case.flat(&gradients);
        let second = weighted(&mut case, flat, 2);
        check_inputs(&format!("second order of {name}"), &mut case, second, inputs, STEP);
    }
}

#[test]
fn stop_gradient_stops_the_gradient_and_nothing_else() {
    let mut case = Case::default();
    let x = case.input(&[5]);
    let stopped = case.graph.stop_gradient(x);
    let product = case.graph.mul(stopped, x).unwrap();
    let loss = case.graph.sum(product, &[0]).unwrap();
    let gradient = case.graph.gradients(loss, &[x]).unwrap()[0];
    assert_eq!(case.run::<f64>(gradient), case.values[0]);
    let exact = [case.values[0].iter().map(|x| x * x).sum()];
    assert_close("the value", &case.run::<f64>(loss), &exact, 1e-14);
}

#[test]
fn every_op_is_tested() {
    let mut seen = HashSet::new();
    for (_, build) in cases() {
        let mut case = Case::default();
        let value = build(&mut case);
        let mut open = vec![value];
        while let Some(tensor) = open.pop() {
            let node = case.graph.node(tensor);
            seen.insert(kind(&node.op));
            open.extend(&node.inputs);
        }
    }
    // Tested above by itself: central differences see through it.
    seen.insert(kind(&Op::StopGradient));
    // A number from outside, as a constant is: tests/optimizers.rs has it.
    let mut variables = ganvas::graph::Variables::default();
    let network = variables.network("network");
    let init = ganvas::graph::Init::Constant(1.0);
    let id = variables.variable(network, "p", [1].into(), ganvas::graph::Role::Parameter, init).unwrap();
    seen.insert(kind(&Op::Average(id)));
    let missing: Vec<usize> = (0..KINDS).filter(|kind| !seen.contains(kind)).collect();
    assert!(missing.is_empty(), "no case for the ops with the numbers {missing:?} in `kind`");
}
