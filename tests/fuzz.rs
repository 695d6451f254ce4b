//! The graph builder under random calls, sensible and not: it answers with an error and never panics, and whatever it
//! accepts, with its gradients of first and second order, runs on both backends and agrees with the judge.

mod common;
#[path = "common/gpu.rs"]
mod gpu;

use common::{Case, numbers};
use ganvas::Result;
use ganvas::graph::{Binary, Clock, Conv, Conv3d, Graph, Tensor, Unary};
use pollster::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// A call of the builder: which function, on which tensors, with which numbers.
#[derive(Clone, Debug)]
struct Call {
    function: usize,
    operands: [usize; 3],
    numbers: [usize; 8],
}

/// Tensors larger than this are left alone, so that a program takes milliseconds.
const MOST_ELEMENTS: usize = 3000;
const FUNCTIONS: usize = 22;

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let call = (0..FUNCTIONS, any::<[u16; 3]>(), vec(0..6usize, 8));
    let call = call.prop_map(|(function, operands, numbers)| Call {
        function,
        operands: operands.map(usize::from),
        numbers: numbers.try_into().unwrap(),
    });
    vec(call, 1..24)
}

/// Calls the builder. What jumps (comparisons, signs) only sees inputs, which are the same in f32 and f64.
fn apply(graph: &mut Graph, known: &[Tensor], inputs: &[Tensor], call: &Call) -> Result<Tensor> {
    let [a, b, c] = call.operands.map(|operand| known[operand % known.len()]);
    let [x, y, z] = call.operands.map(|operand| inputs[operand % inputs.len()]);
    let n = &call.numbers;
    let rank = graph.shape(a).rank();
    // Mostly what exists, sometimes one too far.
    let axis = n[0] % (rank + 1);
    let axes: Vec<usize> = (0..4).filter(|&axis| n[axis].is_multiple_of(3)).collect();
    let number = n[1] as f32 / 2.0 - 1.0;
    match call.function {
        0 => graph.unary(Unary::Neg, a),
        1 => graph.unary(Unary::Sigmoid, a),
        2 => graph.unary(Unary::Softplus, a),
        3 => graph.unary(Unary::LeakyRelu((number / 4.0).into()), a),
        4 => graph.add(a, b),
        5 => graph.mul(a, b),
        6 => {
            let square = graph.unary(Unary::Square, b)?;
            let positive = graph.add_scalar(square, 1.0)?;
            graph.div(a, positive)
        }
        7 => graph.sum(a, &axes),
        8 => graph.mean(a, &axes),
        9 => graph.max(a, &axes),
        10 => graph.reshape(a, n[..n[7] % 5].to_vec()),
        11 => graph.broadcast(a, &n[..n[7] % 5].into()),
        12 => graph.permute(a, &n[..rank.min(8)]),
        13 => graph.slice_step(a, axis, n[2], n[3], n[4]),
        14 => {
            let padding: Vec<[usize; 3]> =
                (0..rank).map(|axis| [n[axis % 8] % 3, n[(axis + 3) % 8] % 3, n[7] % 2]).collect();
            graph.pad(a, &padding, number)
        }
        15 => graph.concat(&[a, b, c][..1 + n[1] % 3], axis),
        16 => graph.matmul(a, b, n[1].is_multiple_of(2), n[2].is_multiple_of(2)),
        17 => {
            let conv = Conv { kernel_size: [n[0], n[1]], stride: [n[2], n[3]], padding: [n[4] % 3, n[5] % 3] };
            match n[7] % 3 {
                0 => graph.conv2d_dilated(a, b, conv, [n[6], 1 + n[6] % 2]),
                1 => graph.conv_transpose2d_padded(a, b, conv, [n[6] % 2, 0]),
                _ => graph.conv2d_weight_grad(a, b, conv),
            }
        }
        18 => {
            let conv = Conv3d { kernel_size: [n[0], n[1], n[2]], ..Conv3d::cube(1, 1 + n[3] % 2, n[4] % 2) };
            if n[7].is_multiple_of(2) {
                graph.conv3d(a, b, conv)
            } else {
                graph.conv_transpose3d(a, b, conv, [n[5] % 2; 3])
            }
        }
        19 => Ok(graph.normalize(a, &axes, 0.5)?.0),
        20 => {
            let index = graph.iota(n[1])?;
            if n[2].is_multiple_of(2) { graph.gather_rows(a, index) } else { graph.scatter_add(a, index, n[3]) }
        }
        _ => {
            let condition = match n[1] % 4 {
                0 => graph.binary(Binary::Less, x, y)?,
                1 => graph.binary(Binary::LessEqual, x, y)?,
                2 => graph.unary(Unary::Sign, x)?,
                // Row numbers have no sign, and no gradient.
                _ => {
                    let rows = graph.shuffled_index(Clock::Sample, n[2], n[3])?;
                    graph.unary(Unary::Sign, rows)?
                }
            };
            graph.select(condition, b, z)
        }
    }
}

/// Builds what the calls ask for; None if nothing came of them. The answer holds the last tensors, first and second
/// gradients, one after another.
fn built(calls: &[Call]) -> Option<(Case, Tensor)> {
    let mut case = Case::default();
    let shapes: [&[usize]; 7] =
        [&[3, 4], &[4], &[2, 3, 4, 5], &[3, 3, 2, 2], &[1, 2, 3, 3, 2], &[2, 2, 1, 2, 1], &[5, 1, 3]];
    let inputs: Vec<Tensor> = shapes
        .iter()
        .enumerate()
        .map(|(index, shape)| {
            // Exact in f32, so that both precisions see the same.
            let values = numbers(300 + index as u32, shape.iter().product());
            case.input_of(shape, values.into_iter().map(|value| f64::from(value as f32)).collect())
        })
        .collect();
    let mut known = inputs.clone();
    for call in calls {
        let Ok(result) = apply(&mut case.graph, &known, &inputs, call) else { continue };
        if case.graph.shape(result).elements() > MOST_ELEMENTS {
            continue;
        }
        // Values stay near 1, so that errors do.
        known.push(case.graph.unary(Unary::Tanh, result).unwrap());
    }
    let new = &known[inputs.len()..];
    let last = *new.last()?;
    let mut results: Vec<Tensor> = new[new.len().saturating_sub(4)..].to_vec();
    let loss = case.graph.sum_all(last).unwrap();
    let first = case.graph.gradients(loss, &inputs).expect("what was built has gradients");
    let square = case.graph.unary(Unary::Square, first[calls.len() % first.len()]).unwrap();
    let loss = case.graph.sum_all(square).unwrap();
    let second = case.graph.gradients(loss, &inputs).expect("and second ones");
    results.extend(first);
    results.extend(second);
    let flat = case.flat(&results);
    Some((case, flat))
}

/// How far numbers may be off: rounding of a few dozen ops, in units of the largest number.
fn check(what: &str, values: &[f64], exact: &[f64], tolerance: f64) -> std::result::Result<(), TestCaseError> {
    prop_assert_eq!(values.len(), exact.len());
    let largest = exact.iter().fold(1.0f64, |largest, value| largest.max(value.abs()));
    for (index, (value, exact)) in values.iter().zip(exact).enumerate() {
        let error = (value - exact).abs();
        prop_assert!(error <= tolerance * largest, "{}: element {} is {} and should be {}", what, index, value, exact);
    }
    Ok(())
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn whatever_the_builder_accepts_the_cpu_computes_as_the_judge_does() {
    let accepted = std::cell::Cell::new(0);
    runner(1500)
        .run(&calls(), |calls| {
            let Some((case, flat)) = built(&calls) else { return Ok(()) };
            accepted.set(accepted.get() + 1);
            let exact = case.naive(flat);
            check("f64", &case.run::<f64>(flat), &exact, 1e-9)?;
            check("f32", &case.run::<f32>(flat), &exact, 2e-3)
        })
        .unwrap();
    assert!(accepted.get() > 1000, "most programs must come to something; {} did", accepted.get());
}

#[test]
fn whatever_the_builder_accepts_the_gpu_computes_too() {
    let Some(device) = gpu::device() else { return };
    runner(150)
        .run(&calls(), |calls| {
            let Some((case, flat)) = built(&calls) else { return Ok(()) };
            let program = case.program(flat).unwrap();
            let mut backend = gpu::backend_for(&device, &case, program);
            backend.run(&[0]).unwrap();
            let values: Vec<f64> = block_on(backend.output(0)).unwrap().into_iter().map(f64::from).collect();
            check("GPU", &values, &case.run::<f64>(flat), 2e-3)
        })
        .unwrap();
}
