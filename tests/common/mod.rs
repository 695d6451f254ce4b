//! Shared by the backends' tests: small programs around one expression, numbers to feed them, and a naive judge.

#![allow(dead_code)]

pub mod differences;
pub mod naive;
pub mod ops;

use ganvas::backend::cpu::{CpuBackend, Real};
use ganvas::backend::{Arena, Clocks, Program};
use ganvas::graph::plan::Kernel;
use ganvas::graph::{Clock, Effect, Graph, Init, NetworkId, Plan, Role, Table, TableId, Tensor, VariableId, Variables};
use ganvas::{Result, rng};

/// The seed of every test program.
pub const SEED: u32 = 7;

/// `count` numbers between -1 and 1, none very close to 0, the same for the same `stream`.
pub fn numbers(stream: u32, count: usize) -> Vec<f64> {
    let number = |i: u32| {
        let value = f64::from(rng::uniform(rng::bits(SEED, stream, 0, i))) * 1.9 - 0.95;
        value + 0.05 * value.signum()
    };
    (0..count as u32).map(number).collect()
}

/// A program under construction: a graph, its inputs (as buffers of one network) and their values.
pub struct Case {
    pub graph: Graph,
    pub variables: Variables,
    pub network: NetworkId,
    pub inputs: Vec<(VariableId, Tensor)>,
    pub values: Vec<Vec<f64>>,
    pub tables: Vec<Vec<u8>>,
}

impl Default for Case {
    fn default() -> Self {
        let mut variables = Variables::default();
        let network = variables.network("inputs");
        let (graph, inputs, values, tables) = (Graph::new(), Vec::new(), Vec::new(), Vec::new());
        Case { graph, variables, network, inputs, values, tables }
    }
}

impl Case {
    /// An input of the given shape and values.
    pub fn input_of(&mut self, shape: &[usize], values: Vec<f64>) -> Tensor {
        let name = format!("input{}", self.inputs.len());
        let init = Init::Constant(0.0);
        let id = self.variables.variable(self.network, &name, shape.into(), Role::Buffer, init).unwrap();
        let tensor = self.graph.variable(&self.variables, id);
        assert_eq!(values.len(), self.graph.shape(tensor).elements());
        self.inputs.push((id, tensor));
        self.values.push(values);
        tensor
    }

    /// An input with numbers of its own.
    pub fn input(&mut self, shape: &[usize]) -> Tensor {
        let values = numbers(100 + self.inputs.len() as u32, shape.iter().product());
        self.input_of(shape, values)
    }

    /// An input with positive numbers.
    pub fn positive(&mut self, shape: &[usize]) -> Tensor {
        let values = numbers(100 + self.inputs.len() as u32, shape.iter().product());
        self.input_of(shape, values.into_iter().map(|value| value.abs() + 0.2).collect())
    }

    /// A table of bytes.
    pub fn table(&mut self, rows: usize, width: usize) -> TableId {
        self.tables.push((0..rows * width).map(|i| rng::bits(SEED, 99, 0, i as u32) as u8).collect());
        self.variables.table(Table { rows, width, scale: 2.0 / 255.0, offset: -1.0 })
    }

    /// All of `tensors` one after another, as one vector.
    pub fn flat(&mut self, tensors: &[Tensor]) -> Tensor {
        let mut parts = Vec::new();
        for &tensor in tensors {
            let elements = self.graph.shape(tensor).elements();
            parts.push(self.graph.reshape(tensor, [elements]).unwrap());
        }
        self.graph.concat(&parts, 0).unwrap()
    }

    /// A program with one plan that yields `output`.
    pub fn program(&self, output: Tensor) -> Result<Program> {
        let effects = [Effect::Output { value: output }];
        let plan = Plan::new("test", Clock::Sample, &self.graph, &self.variables, &effects)?;
        Ok(Program { variables: self.variables.clone(), plans: vec![plan] })
    }

    /// The inputs' arena.
    pub fn arena(&self) -> Vec<f64> {
        let mut arena = vec![0.0; self.variables.networks[0].buffer_elements];
        for ((id, _), values) in self.inputs.iter().zip(&self.values) {
            let offset = self.variables.get(*id).offset;
            arena[offset..offset + values.len()].copy_from_slice(values);
        }
        arena
    }

    /// A CPU backend that holds the inputs.
    pub fn backend<T: Real>(&self, program: Program) -> CpuBackend<T> {
        let mut backend = CpuBackend::new(program, self.tables.clone(), SEED).unwrap();
        backend.write_f64(self.network, Arena::Buffers, &self.arena()).unwrap();
        backend
    }

    /// `output` as the CPU backend computes it in `T`.
    pub fn run<T: Real>(&self, output: Tensor) -> Vec<f64> {
        let mut backend = self.backend::<T>(self.program(output).unwrap());
        backend.run(0).unwrap();
        backend.output_f64(0)
    }

    /// `output` as the naive judge computes it.
    pub fn naive(&self, output: Tensor) -> Vec<f64> {
        let values = self.inputs.iter().map(|(id, _)| *id).zip(self.values.iter().cloned()).collect();
        let clocks = Clocks::new(SEED);
        naive::Judge { graph: &self.graph, variables: &self.variables, values, tables: &self.tables, clocks }
            .value(output)
    }

    /// The kernels of the program for `output`, for tests that are about a certain one.
    pub fn kernels(&self, output: Tensor) -> Vec<Kernel> {
        let plan = self.program(output).unwrap().plans.remove(0);
        plan.dispatches.into_iter().map(|dispatch| dispatch.kernel).collect()
    }

    /// Checks `output` against the judge: in f64 closely, in f32 to `tolerance` of the largest magnitude.
    pub fn check(&self, what: &str, output: Tensor, tolerance: f64) {
        let exact = self.naive(output);
        assert_close(&format!("{what} in f64"), &self.run::<f64>(output), &exact, 1e-12);
        assert_close(&format!("{what} in f32"), &self.run::<f32>(output), &exact, tolerance);
    }
}

/// Asserts that the values agree to `tolerance` times the largest magnitude (at least 1).
pub fn assert_close(what: &str, values: &[f64], exact: &[f64], tolerance: f64) {
    assert_eq!(values.len(), exact.len(), "{what}: number of elements");
    let largest = exact.iter().fold(1.0f64, |largest, value| largest.max(value.abs()));
    for (index, (value, exact)) in values.iter().zip(exact).enumerate() {
        let error = (value - exact).abs();
        assert!(error <= tolerance * largest, "{what}: element {index} is {value} and should be {exact}");
    }
}
