//! The CPU backend: runs the same plans as the GPU. It is the judge in tests (in f64 where asked), the fallback in
//! browsers without WebGPU, and the trainer on machines without a GPU.
//!
//! - `memory.rs`: what the plans' storages are here
//! - `fused.rs`, `block.rs`, `machine.rs`: fused programs, from their axes down to blocks
//! - `matmul.rs`, `conv.rs`, `windows.rs`: matrix products and convolutions
//! - `batch.rs`, `optimizer.rs`: where a step begins and ends
//! - `trace.rs`: a run with a look at every number
//! - `parallel.rs`: threads, and memory kept between calls; `crew.rs`: the threads
//!
//! The innermost loops, and f32 and f64 as the types they run in, are the crate `ganvas-loops`.
//!
//! Results do not depend on the number of threads.

mod batch;
mod block;
mod conv;
#[cfg(any(target_feature = "atomics", not(target_arch = "wasm32")))]
mod crew;
mod fused;
mod machine;
mod matmul;
mod memory;
mod optimizer;
mod parallel;
mod scratch;
mod trace;
mod windows;

pub use ganvas_loops::Real;
#[cfg(target_feature = "atomics")]
pub use parallel::CREW;
#[cfg(not(target_arch = "wasm32"))]
pub use parallel::as_with_threads;
pub use parallel::threads;
pub use trace::NotFinite;

use super::succession::{Inherited, Succession};
use super::{Arena, Clocks, Program, RING_ROWS, Updates};
use crate::error::{Error, Result};
use crate::graph::NetworkId;
use crate::graph::plan::{Dispatch, Kernel, Region};
use crate::rng::NormalTable;
use conv::Convolution;
use machine::Draws;
use matmul::{Matrix, Output, matmul};
use memory::Memory;
use std::sync::Arc;

/// A program with its memory on the CPU, in f32 or f64.
pub struct CpuBackend<T: Real = f32> {
    program: Arc<Program>,
    tables: Vec<Vec<u8>>,
    memory: Memory<T>,
    clocks: Clocks,
    learning_rates: Vec<f32>,
    updates: Vec<Updates>,
    /// For each network its first update with a gradient that was no finite number.
    broken_updates: Vec<Option<u32>>,
    /// For each dispatch of each plan, what was worked out beforehand.
    prepared: Vec<Arc<[Prepared]>>,
    fused_scratch: fused::Scratch<T>,
    conv_scratch: conv::Scratch<T>,
    /// Copies of inputs that lie in the storage that a dispatch writes to.
    copies: Vec<Vec<T>>,
}

/// A dispatch made ready to run.
enum Prepared {
    Fused(fused::Program),
    Convolution(Box<Convolution>),
    /// Its kernel says it all.
    Plain,
}

/// Inputs of a dispatch.
const MAX_INPUTS: usize = 8;

impl<T: Real> CpuBackend<T> {
    /// A backend with the program's variables at their first values, its clocks at zero and all learning rates at zero.
    /// `tables` holds the bytes of each table of the program.
    pub fn new(program: impl Into<Arc<Program>>, tables: Vec<Vec<u8>>, seed: u32) -> Result<Self> {
        let program = program.into();
        let expected = &program.variables.tables;
        let sizes = |index: usize| expected.get(index).map(|table| table.rows * table.width);
        for index in 0..expected.len().max(tables.len()) {
            let given = tables.get(index).map(Vec::len);
            if sizes(index) != given {
                let bytes = |size: Option<usize>| size.map_or("no".to_string(), |size| size.to_string());
                let message =
                    format!("the program expects {} bytes and was given {}", bytes(sizes(index)), bytes(given));
                return Err(Error::Data { file: format!("table {index}"), field: "rows", message });
            }
        }
        let prepare = |dispatch: &Dispatch| match &dispatch.kernel {
            Kernel::Fused(fused) => Prepared::Fused(fused::Program::new(fused)),
            Kernel::Conv2d(shape) | Kernel::Conv2dInputGrad(shape) | Kernel::Conv2dWeightGrad(shape) => {
                Prepared::Convolution(Box::new(Convolution::new(*shape)))
            }
            Kernel::MatMul { .. } | Kernel::ShuffledIndex { .. } | Kernel::Gather { .. } => Prepared::Plain,
            Kernel::GatherRows { .. } | Kernel::ScatterAdd { .. } => Prepared::Plain,
            Kernel::Update { .. } | Kernel::Average { .. } | Kernel::Record { .. } => Prepared::Plain,
        };
        Ok(CpuBackend {
            memory: Memory::new(&program, seed),
            clocks: Clocks::new(seed),
            learning_rates: vec![0.0; program.variables.networks.len()],
            updates: vec![Updates::default(); program.variables.networks.len()],
            broken_updates: vec![None; program.variables.networks.len()],
            prepared: program.plans.iter().map(|plan| plan.dispatches.iter().map(prepare).collect()).collect(),
            fused_scratch: fused::Scratch::default(),
            conv_scratch: conv::Scratch::default(),
            copies: Vec::new(),
            tables,
            program,
        })
    }

    /// Goes on with another program that has networks and variables of this one, by their names, and further ones. It
    /// takes over the tables' bytes, clocks, and of each network of both programs the learning rate, the counts of updates
    /// and all values; what is new begins as in a new run with this seed. A new average begins where its variables stand.
    /// Outputs and what is recorded are lost: read it before.
    ///
    /// # Errors
    /// [`Error::Data`] where the program declares another table, [`Error::Graph`] where a variable has another shape or
    /// role; the message names it. This backend is gone then too.
    pub fn succeed(self, program: impl Into<Arc<Program>>) -> Result<Self> {
        let program = program.into();
        let succession = Succession::new(&self.program, &program)?;
        let mut next = CpuBackend::new(program, self.tables, self.clocks.seed)?;
        next.clocks = self.clocks;
        for &Inherited { elements, from: (network, arena, first), to } in &succession.values {
            let values = &self.memory.arena(network, arena)[first..first + elements];
            next.memory.arena_mut(to.0, to.1)[to.2..to.2 + elements].copy_from_slice(values);
        }
        for (from, to, updates) in succession.updates(&self.updates) {
            next.learning_rates[to.0] = self.learning_rates[from.0];
            next.broken_updates[to.0] = self.broken_updates[from.0];
            next.updates[to.0] = updates;
        }
        Ok(next)
    }

    /// The program this backend runs.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Runs a plan once.
    pub fn run(&mut self, plan: usize) -> Result<()> {
        let (program, count) = (self.program.clone(), self.program.plans.len());
        let Some(dispatches) = program.plans.get(plan).map(|plan| &plan.dispatches) else {
            return Err(Error::Setting {
                key: "plan".into(),
                message: format!("there is no plan {plan}, only {count}"),
            });
        };
        self.run_dispatches(plan, dispatches);
        Ok(())
    }

    /// Runs a plan once and answers with the seconds that each dispatch took by the clock `now`.
    pub fn time(&mut self, plan: usize, now: &dyn Fn() -> f64) -> Vec<f64> {
        let program = self.program.clone();
        let mut before = now();
        let mut seconds = Vec::new();
        for (position, dispatch) in program.plans[plan].dispatches.iter().enumerate() {
            self.run_dispatch(plan, position, dispatch);
            let after = now();
            seconds.push(after - before);
            before = after;
        }
        seconds
    }

    fn run_dispatches(&mut self, plan: usize, dispatches: &[Dispatch]) {
        for (position, dispatch) in dispatches.iter().enumerate() {
            self.run_dispatch(plan, position, dispatch);
        }
    }

    fn run_dispatch(&mut self, plan: usize, position: usize, dispatch: &Dispatch) {
        match &dispatch.kernel {
            &Kernel::Update { network, rule, clock, elements } => {
                let number = self.updates[network.0].count;
                let network_memory = &mut self.memory.networks[network.0];
                debug_assert_eq!(network_memory.parameters.len(), elements);
                if self.broken_updates[network.0].is_none() && !T::are_finite(&network_memory.gradients) {
                    self.broken_updates[network.0] = Some(number);
                }
                let steps = |clock| self.clocks.draw(clock).1;
                let factor = rule.decay.map_or(1.0, |decay| {
                    // The record before it has counted this run, where it is one of this clock's.
                    decay.factor(steps(decay.clock) - u32::from(decay.clock == clock))
                });
                let learning_rate = T::from_f32(self.learning_rates[network.0] * factor);
                optimizer::update(network_memory, &rule, learning_rate, self.updates[network.0]);
            }
            Kernel::Record { clock, columns, networks } => {
                let (_, runs) = self.clocks.draw(*clock);
                let row = dispatch.output.offset + runs as usize % RING_ROWS * columns;
                for (column, input) in dispatch.inputs.iter().enumerate() {
                    let value = self.memory.region(plan, input)[0];
                    self.memory.storage(plan, dispatch.output.storage)[row + column] = value;
                }
                self.clocks.advance(*clock);
                networks.iter().for_each(|network| self.updates[network.0].count += 1);
            }
            _ => {
                let prepared = self.prepared[plan].clone();
                self.dispatch(plan, dispatch, &prepared[position]);
            }
        }
    }

    /// Runs a dispatch that reads regions and writes one.
    fn dispatch(&mut self, plan: usize, dispatch: &Dispatch, prepared: &Prepared) {
        let target = &dispatch.output;
        // An input in the storage that is written (a running statistic) is read from a copy; these are small.
        let mut copies = std::mem::take(&mut self.copies);
        copies.resize_with(dispatch.inputs.len().max(copies.len()), Vec::new);
        let is_shared = |region: &Region| region.storage == target.storage;
        for (copy, region) in copies.iter_mut().zip(&dispatch.inputs) {
            if is_shared(region) {
                copy.clear();
                copy.extend_from_slice(self.memory.region(plan, region));
            }
        }
        let mut storage = std::mem::take(self.memory.storage(plan, target.storage));
        let mut inputs: [&[T]; MAX_INPUTS] = [&[]; MAX_INPUTS];
        for ((input, region), copy) in inputs.iter_mut().zip(&dispatch.inputs).zip(&copies) {
            *input = if is_shared(region) { copy } else { self.memory.region(plan, region) };
        }
        let inputs = &inputs[..dispatch.inputs.len()];
        let output = &mut storage[target.offset..target.offset + target.elements];
        self.compute(&dispatch.kernel, prepared, inputs, output);
        *self.memory.storage(plan, target.storage) = storage;
        self.copies = copies;
    }

    fn compute(&self, kernel: &Kernel, prepared: &Prepared, inputs: &[&[T]], output: &mut [T]) {
        let scratch = &self.conv_scratch;
        match (kernel, prepared) {
            (Kernel::Fused(_), Prepared::Fused(program)) => {
                let draws = Draws { clocks: self.clocks, normals: NormalTable::shared() };
                program.run(inputs, output, &draws, &self.fused_scratch);
            }
            (Kernel::Conv2d(_), Prepared::Convolution(conv)) => conv.forward(inputs[0], inputs[1], output, scratch),
            (Kernel::Conv2dInputGrad(_), Prepared::Convolution(conv)) => {
                conv.input_grad(inputs[0], inputs[1], output, scratch);
            }
            (Kernel::Conv2dWeightGrad(_), Prepared::Convolution(conv)) => {
                conv.weight_grad(inputs[0], inputs[1], output, scratch);
            }
            (&Kernel::MatMul { batch, m, n, k, transpose_a, transpose_b }, _) => {
                let matrix = |elements, rows: usize, columns: usize, transpose: bool| match transpose {
                    false => Matrix::rows(elements, columns),
                    true => Matrix::rows(elements, rows).transposed(),
                };
                let work = parallel::product_work(batch * m * n * k);
                parallel::for_pieces(output, m * n, work, |index, output| {
                    let (a, b) = (&inputs[0][index * m * k..][..m * k], &inputs[1][index * k * n..][..k * n]);
                    let (a, b) = (matrix(a, m, k, transpose_a), matrix(b, k, n, transpose_b));
                    matmul([m, n, k], a, b, Output { elements: output, stride: n, accumulate: false }, batch == 1);
                });
            }
            (&Kernel::ShuffledIndex { stream, len, clock, .. }, _) => {
                batch::shuffled_index(output, stream, len, clock, &self.clocks);
            }
            (&Kernel::Gather { table, .. }, _) => {
                let description = &self.program.variables.tables[table.0];
                batch::gather(description, &self.tables[table.0], inputs[0], output);
            }
            (&Kernel::GatherRows { table_rows, width, .. }, _) => {
                batch::gather_rows(inputs[0], inputs[1], [table_rows, width], output);
            }
            (&Kernel::ScatterAdd { table_rows, width, .. }, _) => {
                batch::scatter_add(inputs[0], inputs[1], [table_rows, width], output);
            }
            (&Kernel::Average { network, average }, _) => {
                T::average(optimizer::average_share(average, self.updates[network.0]), inputs[0], output);
            }
            (Kernel::Update { .. } | Kernel::Record { .. }, _) => unreachable!("run by `run`"),
            (Kernel::Fused(_) | Kernel::Conv2d(_) | Kernel::Conv2dInputGrad(_) | Kernel::Conv2dWeightGrad(_), _) => {
                unreachable!("prepared for another kernel")
            }
        }
    }

    /// Sets the learning rate of a network's optimiser.
    pub fn set_learning_rate(&mut self, network: NetworkId, value: f32) {
        self.learning_rates[network.0] = value;
    }

    /// How often a network has been updated.
    pub fn updates(&self, network: NetworkId) -> Updates {
        self.updates[network.0]
    }

    /// Sets how often a network has been updated, and how often before its average began.
    pub fn set_updates(&mut self, network: NetworkId, updates: u32, average_from: u32) {
        self.updates[network.0] = Updates { count: updates, average_from: average_from.min(updates) };
    }

    /// From now on a network's average warms up as if it had just begun.
    pub fn restart_average(&mut self, network: NetworkId) {
        let Updates { count, .. } = self.updates[network.0];
        self.set_updates(network, count, count);
    }

    /// For each network the number (from 1) of its first update with a gradient that was no finite number.
    pub fn broken_updates(&self) -> &[Option<u32>] {
        &self.broken_updates
    }

    /// Forgets them: another state is in place.
    pub fn forget_broken_updates(&mut self) {
        self.broken_updates.fill(None);
    }

    /// The counters.
    pub fn clocks(&self) -> Clocks {
        self.clocks
    }

    /// Sets the counters, for instance to those of a checkpoint.
    pub fn set_clocks(&mut self, clocks: Clocks) {
        self.clocks = clocks;
    }

    /// A copy of one of a network's arenas.
    pub fn read(&self, network: NetworkId, arena: Arena) -> Vec<f32> {
        self.memory.arena(network, arena).iter().map(|value| value.to_f32()).collect()
    }

    /// [`CpuBackend::read`] in f64.
    pub fn read_f64(&self, network: NetworkId, arena: Arena) -> Vec<f64> {
        self.memory.arena(network, arena).iter().map(|value| value.to_f64()).collect()
    }

    /// Overwrites one of a network's arenas.
    pub fn write(&mut self, network: NetworkId, arena: Arena, values: &[f32]) -> Result<()> {
        self.overwrite(network, arena, values, T::from_f32)
    }

    /// [`CpuBackend::write`] in f64.
    pub fn write_f64(&mut self, network: NetworkId, arena: Arena, values: &[f64]) -> Result<()> {
        self.overwrite(network, arena, values, T::from_f64)
    }

    fn overwrite<U: Copy>(&mut self, id: NetworkId, arena: Arena, values: &[U], convert: fn(U) -> T) -> Result<()> {
        let target = self.memory.arena_mut(id, arena);
        if target.len() != values.len() {
            let name = &self.program.variables.networks[id.0].name;
            let message = format!("{arena:?} has {} elements and was given {}", target.len(), values.len());
            return Err(Error::Checkpoint { tensor: name.clone(), message });
        }
        target.iter_mut().zip(values).for_each(|(element, &value)| *element = convert(value));
        Ok(())
    }

    /// The kept output of a plan's last run.
    pub fn output(&self, plan: usize) -> Vec<f32> {
        self.memory.output(plan).iter().map(|value| value.to_f32()).collect()
    }

    /// [`CpuBackend::output`] in f64.
    pub fn output_f64(&self, plan: usize) -> Vec<f64> {
        self.memory.output(plan).iter().map(|value| value.to_f64()).collect()
    }

    /// A plan's ring of recorded scalars: `RING_ROWS` rows of the plan's columns.
    pub fn ring(&self, plan: usize) -> Vec<f32> {
        self.memory.ring(plan).iter().map(|value| value.to_f32()).collect()
    }
}
