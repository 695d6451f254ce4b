//! What a plan records: one dispatch reads all columns. Small tensors share a buffer, so columns are mostly one binding;
//! variables, averages and gradients lie in their networks' own buffers, and where those are too many, the rest is copied.

use super::{Draft, Kernel, Place, Planner, Region, Storage};
use crate::error::{Error, Result};
use crate::graph::{DType, Effect, Graph, Op, Role, Scalar, Tensor, Unary, Variables};

/// Buffers that columns may lie in: with the ring and the clocks, the eight that every WebGPU device has.
const MAX_STORAGES: usize = 6;

/// The graph and its effects with copies for the columns that lie in too many buffers; None where they need none.
pub(super) fn with_copies(graph: &Graph, variables: &Variables, effects: &[Effect]) -> Option<(Graph, Vec<Effect>)> {
    let position = effects.iter().position(|effect| matches!(effect, Effect::Record { .. }))?;
    let Effect::Record { columns } = &effects[position] else { return None };
    let storages: Vec<Option<Storage>> =
        columns.iter().map(|&column| own_storage(graph, variables, effects, column)).collect();
    let mut distinct = Vec::new();
    for storage in &storages {
        if !distinct.contains(storage) {
            distinct.push(*storage);
        }
    }
    if distinct.len() <= MAX_STORAGES {
        return None;
    }
    // The copies are small tensors, which share one.
    distinct.retain(Option::is_some);
    distinct.truncate(MAX_STORAGES - 1);
    let mut graph = graph.clone();
    let copied = columns.iter().zip(storages).map(|(&column, storage)| match storage {
        // x * 1 is exact.
        Some(_) if !distinct.contains(&storage) => {
            let shape = graph.shape(column).clone();
            graph.push(Op::Unary(Unary::MulScalar(Scalar::from(1.0))), vec![column], shape, DType::F32)
        }
        _ => column,
    });
    let columns = copied.collect();
    let mut effects = effects.to_vec();
    effects[position] = Effect::Record { columns };
    Some((graph, effects))
}

/// The storage that a tensor may be read from where it is not among the small ones.
fn own_storage(graph: &Graph, variables: &Variables, effects: &[Effect], tensor: Tensor) -> Option<Storage> {
    let base = graph.base(tensor);
    match graph.node(base).op {
        Op::Variable(id) => {
            let variable = variables.get(id);
            Some(match variable.role {
                Role::Parameter => Storage::Parameters(variable.network),
                Role::Buffer => Storage::Buffers(variable.network),
            })
        }
        Op::Average(id) => Some(Storage::Average(variables.get(id).network)),
        _ => effects.iter().find_map(|effect| match effect {
            Effect::Update { network, gradients, .. } => {
                let is_gradient = gradients.iter().any(|&(_, gradient)| graph.base(gradient) == base);
                is_gradient.then_some(Storage::Gradients(*network))
            }
            _ => None,
        }),
    }
}

impl Planner<'_> {
    pub(super) fn emit_record(&mut self, values: &[Tensor]) -> Result<()> {
        let is_number = |&value: &Tensor| {
            let node = self.graph.node(value);
            node.shape.elements() == 1 && node.dtype == DType::F32
        };
        if values.is_empty() || !values.iter().all(is_number) {
            let message = "takes single numbers, at least one".to_string();
            return Err(Error::Graph { op: "record", message });
        }
        self.columns = values.len();
        let inputs = values.iter().map(|&value| Place::Node(self.graph.base(value))).collect();
        let output = Region { storage: Storage::Ring, offset: 0, elements: values.len() };
        let kernel = Kernel::Record { clock: self.clock, columns: values.len(), networks: self.networks.clone() };
        self.drafts.push(Draft { kernel, inputs, output: Place::Region(output) });
        Ok(())
    }
}
