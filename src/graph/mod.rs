//! A training step as a static graph: built once, differentiated as a graph, planned, then replayed every step.
//!
//! - `op.rs`: the closed set of operations
//! - `build.rs`: the builder, with every op's shape rule (`build/elementwise.rs`, `build/arrange.rs`, `build/products.rs`
//!   and `build/volumes.rs`: of those)
//! - `optimizer.rs`: what an update does to the parameters
//! - `init.rs`: how variables start
//! - `gradient.rs`: gradients as graph rewrites, closed under differentiation
//! - `fuse.rs`: fused programs; `fuse/fuser.rs`: chains of elementwise ops become one
//! - `plan.rs`: what to keep in memory and what to fuse; `plan/dispatch.rs`: what a dispatch is;
//!   `plan/emit.rs`: the flat list of them and their memory

mod build;
pub mod fuse;
mod gradient;
mod init;
mod op;
mod optimizer;
pub mod plan;
pub mod variable;

pub use build::Conv3d;
pub use init::Init;
pub use op::{Binary, Clock, Conv, DType, Draw, Op, Ramp, Scalar, Unary};
pub use optimizer::{Adam, Average, Decay, Optimizer, RmsProp, Sgd, UpdateRule};
pub use plan::Plan;
pub use variable::{NetworkId, Role, Table, TableId, VariableId, Variables};

use crate::shape::Shape;
use std::collections::HashMap;

/// A node's handle. Inputs always have smaller handles than the nodes that use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tensor(u32);

impl Tensor {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// One node: an op, its inputs and what it yields.
#[derive(Clone, Debug)]
pub struct Node {
    pub op: Op,
    pub inputs: Vec<Tensor>,
    pub shape: Shape,
    pub dtype: DType,
}

/// A graph under construction. Equal nodes are the same node, so common subexpressions exist once.
#[derive(Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    interned: HashMap<(Op, Vec<Tensor>, Shape), Tensor>,
}

/// All that a backend needs to train: the variables and the plans over them.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub variables: Variables,
    pub plans: Vec<Plan>,
}

impl Program {
    /// Elements of each slot; the plans share them, so a slot is as large as the largest that any plan needs.
    pub fn slot_elements(&self) -> Vec<usize> {
        let count = self.plans.iter().map(|plan| plan.slots.len()).max().unwrap_or(0);
        let largest = |slot: usize| self.plans.iter().filter_map(|plan| plan.slots.get(slot)).max().copied();
        (0..count).map(|slot| largest(slot).unwrap_or(0)).collect()
    }

    /// The rule by which a network is updated, if any plan does.
    pub fn rule(&self, network: NetworkId) -> Option<UpdateRule> {
        let mut kernels = self.plans.iter().flat_map(|plan| &plan.dispatches).map(|dispatch| &dispatch.kernel);
        kernels.find_map(|kernel| match kernel {
            plan::Kernel::Update { network: own, rule, .. } if *own == network => Some(*rule),
            _ => None,
        })
    }

    /// Whether a network has a moving average of its variables: a plan keeps one, or reads it.
    pub fn has_average(&self, network: NetworkId) -> bool {
        let dispatches = || self.plans.iter().flat_map(|plan| &plan.dispatches);
        let storage = plan::Storage::Average(network);
        self.rule(network).is_some_and(|rule| rule.average.is_some())
            || dispatches().any(|dispatch| dispatch.inputs.iter().any(|input| input.storage == storage))
    }

    /// Bytes that its slots, arenas (with gradients and moments), outputs, rings and tables take together.
    pub fn size_bytes(&self) -> usize {
        let slots: usize = self.slot_elements().iter().sum();
        let networks = (0..self.variables.networks.len()).map(NetworkId);
        let arenas = networks.flat_map(|id| Arena::ALL.map(|arena| arena.elements(self, id)));
        let kept = self.plans.iter().map(|plan| plan.output_elements + plan.columns * RING_ROWS);
        let tables: usize = self.variables.tables.iter().map(|table| table.rows * table.width).sum();
        4 * (slots + arenas.sum::<usize>() + kept.sum::<usize>()) + tables
    }
}

/// A network's flat arena that can be read and written from outside a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arena {
    Parameters,
    Buffers,
    /// The first of what the optimiser keeps ([`Optimizer::moments`]), laid out like the parameters.
    FirstMoment,
    /// The second.
    SecondMoment,
    /// The third.
    ThirdMoment,
    /// The moving average of the parameters, laid out like them, and behind it that of the buffers.
    Average,
    /// The gradients of the last step, laid out like the parameters.
    Gradients,
}

impl Arena {
    /// All of them, in the order of their declaration.
    pub const ALL: [Arena; 7] = [
        Arena::Parameters,
        Arena::Buffers,
        Arena::FirstMoment,
        Arena::SecondMoment,
        Arena::ThirdMoment,
        Arena::Average,
        Arena::Gradients,
    ];

    /// The name used in messages.
    pub fn name(self) -> &'static str {
        match self {
            Arena::Parameters => "parameters",
            Arena::Buffers => "buffers",
            Arena::FirstMoment => "first moment",
            Arena::SecondMoment => "second moment",
            Arena::ThirdMoment => "third moment",
            Arena::Average => "average",
            Arena::Gradients => "gradients",
        }
    }

    /// What an optimiser keeps, in the order of its moments.
    pub const MOMENTS: [Arena; 3] = [Arena::FirstMoment, Arena::SecondMoment, Arena::ThirdMoment];

    /// Elements of this arena of a network of a program; 0 for what its optimiser does not keep.
    pub fn elements(self, program: &Program, network: NetworkId) -> usize {
        let variable::Network { parameter_elements, buffer_elements, .. } = program.variables.networks[network.0];
        let exists = match self {
            Arena::Buffers => return buffer_elements,
            Arena::Parameters | Arena::Gradients => true,
            Arena::Average if program.has_average(network) => return parameter_elements + buffer_elements,
            Arena::Average => false,
            Arena::FirstMoment | Arena::SecondMoment | Arena::ThirdMoment => {
                let moments = program.rule(network).map_or(0, |rule| rule.optimizer.moments().len());
                Arena::MOMENTS[..moments].contains(&self)
            }
        };
        if exists { parameter_elements } else { 0 }
    }
}

/// Rows in a plan's ring of recorded scalars: row `clock % RING_ROWS` is written by each run.
pub const RING_ROWS: usize = 256;

/// What a step leaves behind.
#[derive(Clone, Debug)]
pub enum Effect {
    /// One optimiser update of all of a network's parameters from their gradients.
    Update { network: NetworkId, rule: UpdateRule, gradients: Vec<(VariableId, Tensor)> },
    /// A variable's value for the next step.
    Assign { variable: VariableId, value: Tensor },
    /// One row of scalars in the plan's ring, in this order; advances the plan's clock.
    Record { columns: Vec<Tensor> },
    /// A tensor kept for drawing or reading until the plan runs again.
    Output { value: Tensor },
}
