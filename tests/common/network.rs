//! Gradients of a loss for a network's parameters, from the graph and by central differences in f64.

#![allow(dead_code)]

use super::common::differences::central_differences;
use super::common::{Case, SEED, assert_close};
use ganvas::backend::Arena;
use ganvas::backend::cpu::CpuBackend;
use ganvas::graph::{NetworkId, Role, Tensor, Unary, VariableId};
use ganvas::nn::{Mode, Scope};
use ganvas::rng;

/// The network that `build` makes.
pub const NET: &str = "net";

/// Parameters of the network in order, and their tensors.
pub fn parameters(case: &mut Case, name: &str) -> (Vec<VariableId>, Vec<Tensor>) {
    let network = case.variables.network(name);
    let own = case.variables.iter().filter(|(_, v)| v.network == network && v.role == Role::Parameter);
    let ids: Vec<VariableId> = own.map(|(id, _)| id).collect();
    let tensors = ids.iter().map(|&id| case.graph.variable(&case.variables, id)).collect();
    (ids, tensors)
}

/// Numbers for a network's parameters, large enough for its gradients to matter: within 0.6 of 0.
pub fn arena_of(case: &Case, name: &str) -> Vec<f64> {
    let network = case.variables.networks.iter().find(|network| network.name == name).expect("the network exists");
    let stream = 1000 + name.len() as u32;
    let number = |i: usize| f64::from(rng::uniform(rng::bits(SEED, stream, 0, i as u32))) * 1.2 - 0.6;
    (0..network.parameter_elements).map(number).collect()
}

fn backend(case: &Case, output: Tensor) -> CpuBackend<f64> {
    let mut variables = case.variables.clone();
    let mut backend: CpuBackend<f64> = case.backend(case.program(output).unwrap());
    for network in &case.variables.networks {
        let handle: NetworkId = variables.network(&network.name);
        if network.parameter_elements > 0 {
            backend.write_f64(handle, Arena::Parameters, &arena_of(case, &network.name)).unwrap();
        }
    }
    backend
}

/// `output` in f64 with the parameters of `arena_of`.
pub fn evaluate(case: &Case, output: Tensor) -> Vec<f64> {
    let mut backend = backend(case, output);
    backend.run(0).unwrap();
    backend.output_f64(0)
}

/// The graph's gradients of `loss` for all parameters of the network, one after another.
pub fn gradients_of(case: &mut Case, name: &str, loss: Tensor) -> Vec<f64> {
    let (_, tensors) = parameters(case, name);
    let gradients = case.graph.gradients(loss, &tensors).unwrap();
    let flat = case.flat(&gradients);
    evaluate(case, flat)
}

/// Compares them with central differences, relative to the largest.
pub fn check(what: &str, case: &mut Case, name: &str, loss: Tensor, tolerance: f64) {
    let computed = gradients_of(case, name, loss);
    let (ids, _) = parameters(case, name);
    let network = case.variables.network(name);
    let elements: Vec<usize> = ids
        .into_iter()
        .flat_map(|id| {
            let variable = case.variables.get(id);
            variable.offset..variable.offset + variable.shape.elements()
        })
        .collect();
    let place = (network, Arena::Parameters);
    let expected = central_differences(&mut backend(case, loss), place, &arena_of(case, name), elements, 1e-4);
    let largest = expected.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    assert!(largest > 1e-4, "{what}: all gradients vanish, which shows nothing");
    let scaled = |values: &[f64]| values.iter().map(|value| value / largest).collect::<Vec<_>>();
    assert_close(what, &scaled(&computed), &scaled(&expected), tolerance);
}

/// Values of a parameter as `evaluate` has them.
pub fn values(case: &Case, name: &str) -> Vec<f64> {
    let (_, variable) = case.variables.iter().find(|(_, v)| v.name == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(variable.role, Role::Parameter);
    arena_of(case, NET)[variable.offset..variable.offset + variable.shape.elements()].to_vec()
}

/// A layer that trains.
pub fn build(case: &mut Case, layer: impl FnOnce(&mut Scope) -> ganvas::Result<Tensor>) -> Tensor {
    layer(&mut Scope::new(&mut case.graph, &mut case.variables, NET, Mode::Train)).unwrap()
}

/// The layer's value against `expected`, and its gradients through a loss that weighs all elements differently.
pub fn verify(what: &str, case: &mut Case, value: Tensor, expected: &[f64]) {
    assert_close(what, &evaluate(case, value), expected, 2e-6);
    let shape = case.graph.shape(value).to_vec();
    let weights = case.input(&shape);
    let product = case.graph.mul(value, weights).unwrap();
    let product = case.graph.unary(Unary::Softplus, product).unwrap();
    let loss = case.graph.mean_all(product).unwrap();
    check(what, case, NET, loss, 1e-6);
}

/// W x for W `[rows, columns]`.
pub fn times(weight: &[f64], x: &[f64]) -> Vec<f64> {
    weight.chunks(x.len()).map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
}
