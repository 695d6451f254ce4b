//! Gradients of a graph against central differences in f64.

use super::{Case, assert_close, numbers};
use ganvas::backend::Arena;
use ganvas::backend::cpu::CpuBackend;
use ganvas::graph::{NetworkId, Tensor};

/// Derivatives of the first element of the backend's only output by the given elements of an arena that holds `values`.
///
/// Five points, so that the error falls with the fourth power of the step. With a small one, no activation crosses the
/// kink of a ReLU on the way.
pub fn central_differences(
    backend: &mut CpuBackend<f64>,
    (network, arena): (NetworkId, Arena),
    values: &[f64],
    elements: impl IntoIterator<Item = usize>,
    step: f64,
) -> Vec<f64> {
    let mut values = values.to_vec();
    let mut derivative = |element: usize| {
        let mut output_at = |shift: f64| {
            let before = values[element];
            values[element] += shift;
            backend.write_f64(network, arena, &values).unwrap();
            values[element] = before;
            backend.run(0).unwrap();
            backend.output_f64(0)[0]
        };
        let [a, b, c, d] = [-2.0, -1.0, 1.0, 2.0].map(|k| output_at(k * step));
        (a - 8.0 * b + 8.0 * c - d) / (12.0 * step)
    };
    elements.into_iter().map(&mut derivative).collect()
}

/// `<tensor, weights>` as a graph, with fixed weights, a fresh input that is not differentiated.
pub fn weighted(case: &mut Case, tensor: Tensor, stream: u32) -> Tensor {
    let shape = case.graph.shape(tensor).to_vec();
    let weights = case.input_of(&shape, numbers(stream, shape.iter().product()));
    let product = case.graph.mul(tensor, weights).unwrap();
    case.graph.sum_all(product).unwrap()
}

/// Compares the graph's gradients of `loss` for the first `inputs` inputs with central differences.
pub fn check_inputs(what: &str, case: &mut Case, loss: Tensor, inputs: usize, step: f64) {
    let wrt: Vec<Tensor> = case.inputs[..inputs].iter().map(|(_, tensor)| *tensor).collect();
    let gradients = case.graph.gradients(loss, &wrt).unwrap();
    let flat = case.flat(&gradients);
    let computed = case.run::<f64>(flat);
    let mut backend: CpuBackend<f64> = case.backend(case.program(loss).unwrap());
    let elements = (0..inputs).flat_map(|input| {
        let offset = case.variables.get(case.inputs[input].0).offset;
        offset..offset + case.values[input].len()
    });
    let place = (case.network, Arena::Buffers);
    let expected = central_differences(&mut backend, place, &case.arena(), elements, step);
    assert_close(what, &computed, &expected, 1e-7);
}
