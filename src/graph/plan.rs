//! From a graph to a flat list of dispatches with their memory: what to keep, what to fuse, in which order, and where.

mod dispatch;
mod emit;
mod memory;
mod record;
mod stage;

pub use dispatch::{ConvShape, Dispatch, Kernel, Region, Storage};
pub use stage::{Branch, Fusion, MAX_BUFFERS, Prologue, RowProgram, Stage};

use super::{Clock, Effect, Graph, NetworkId, Op, Tensor, Variables};
use crate::error::Result;
use std::collections::HashMap;

/// A step, ready to be run any number of times.
#[derive(Clone, Debug)]
pub struct Plan {
    pub name: &'static str,
    pub clock: Clock,
    pub dispatches: Vec<Dispatch>,
    /// The same dispatches as the GPU does them: all of a stage in one launch, or two where a sum is cut into slices.
    pub stages: Vec<Stage>,
    /// Elements of each slot: first the one that small tensors share, then the others, largest first.
    pub slots: Vec<usize>,
    /// Elements of the kept output, 0 if there is none.
    pub output_elements: usize,
    /// Scalars in one row of the plan's ring.
    pub columns: usize,
    /// The networks that it updates, each once.
    pub networks: Vec<NetworkId>,
}

/// Inputs a fused program may read: with its output, the eight storage buffers that every WebGPU device has.
/// (Random numbers, which need two more, are always kept in memory, by programs that read nothing.)
const MAX_SOURCES: usize = 7;
/// Cheap ops that are rather done again in each reader than kept in memory.
const MAX_REPEATED_OPS: usize = 8;
/// Further inputs that the ops which follow a sum in its kernel may read.
const MAX_CHAIN_SOURCES: usize = 2;
/// Below this many elements anything is rather done again: a dispatch costs more.
const SMALL_ELEMENTS: usize = 4096;
/// Tensors begin at multiples of this many elements (256 bytes, WebGPU's alignment for storage bindings).
const ALIGN_ELEMENTS: usize = 64;

impl Plan {
    /// Plans `effects` of `graph`.
    pub fn new(
        name: &'static str,
        clock: Clock,
        graph: &Graph,
        variables: &Variables,
        effects: &[Effect],
    ) -> Result<Plan> {
        let copied = record::with_copies(graph, variables, effects);
        let (graph, effects) = match &copied {
            Some((graph, effects)) => (graph, &effects[..]),
            None => (graph, effects),
        };
        let mut planner = Planner::new(graph, variables, effects, clock);
        planner.choose_kept();
        planner.absorb_epilogues();
        planner.place(effects)?;
        planner.emit_nodes();
        planner.emit_effects(effects)?;
        Ok(planner.finish(name))
    }

    /// Bytes of scratch memory.
    pub fn slot_bytes(&self) -> usize {
        self.slots.iter().sum::<usize>() * 4
    }
}

/// Who reads a node (seen through reshapes).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Use {
    /// An elementwise op, a view or a reduction can read it on the fly; `reshaped` if through another shape.
    Inline { reader: Tensor, reshaped: bool },
    /// A part of a concatenation, or what is padded.
    Part { whole: Tensor },
    /// A kernel that needs it in memory.
    Memory,
    /// An effect.
    Effect,
}

struct Planner<'a> {
    graph: &'a Graph,
    variables: &'a Variables,
    clock: Clock,
    live: Vec<bool>,
    uses: Vec<Vec<Use>>,
    kept: Vec<bool>,
    /// For a kept node that ends a chain after a sum: the sum and the chain.
    chains: HashMap<Tensor, (Tensor, Vec<Tensor>)>,
    /// Nodes whose memory is not a slot of their own.
    placed: HashMap<Tensor, Region>,
    /// Parts that write straight into a concatenation: the concatenation and the first element.
    inside: HashMap<Tensor, (Tensor, usize)>,
    drafts: Vec<Draft>,
    output_elements: usize,
    columns: usize,
    /// The networks that the effects update.
    networks: Vec<NetworkId>,
}

/// A dispatch whose regions are not known yet.
struct Draft {
    kernel: Kernel,
    inputs: Vec<Place>,
    output: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Node(Tensor),
    Region(Region),
}

impl<'a> Planner<'a> {
    fn new(graph: &'a Graph, variables: &'a Variables, effects: &[Effect], clock: Clock) -> Self {
        let mut planner = Planner {
            graph,
            variables,
            clock,
            live: vec![false; graph.len()],
            uses: vec![Vec::new(); graph.len()],
            kept: vec![false; graph.len()],
            chains: HashMap::new(),
            placed: HashMap::new(),
            inside: HashMap::new(),
            drafts: Vec::new(),
            output_elements: 0,
            columns: 0,
            networks: Vec::new(),
        };
        for effect in effects {
            if let Effect::Update { network, .. } = effect
                && !planner.networks.contains(network)
            {
                planner.networks.push(*network);
            }
        }
        for tensor in effects.iter().flat_map(Effect::tensors) {
            let base = graph.base(tensor);
            planner.live[base.index()] = true;
            planner.uses[base.index()].push(Use::Effect);
        }
        for index in (0..graph.len()).rev() {
            let reader = graph.tensor(index);
            let node = graph.node(reader);
            if !planner.live[index] || matches!(node.op, Op::Reshape | Op::StopGradient) {
                continue;
            }
            for &input in &node.inputs {
                let base = graph.base(input);
                let reshaped = graph.shape(base) != graph.shape(input);
                let usage = match node.op {
                    Op::Unary(_)
                    | Op::Binary(_)
                    | Op::Select
                    | Op::Normalize { .. }
                    | Op::Broadcast
                    | Op::Permute { .. }
                    | Op::Slice { .. }
                    | Op::Sum { .. }
                    | Op::Max { .. } => Use::Inline { reader, reshaped },
                    Op::Concat { .. } | Op::Pad { .. } if !reshaped => Use::Part { whole: reader },
                    _ => Use::Memory,
                };
                planner.live[base.index()] = true;
                planner.uses[base.index()].push(usage);
            }
        }
        planner
    }

    fn is_kept(&self, tensor: Tensor) -> bool {
        self.kept[tensor.index()]
    }

    /// Decides which nodes are kept in memory; all others are computed inside the kernels that read them.
    fn choose_kept(&mut self) {
        // Per node: ops in its inline expression, and whether one of them is costly.
        let mut ops = vec![0usize; self.graph.len()];
        let mut costly = vec![false; self.graph.len()];
        for index in 0..self.graph.len() {
            let tensor = self.graph.tensor(index);
            let node = self.graph.node(tensor);
            if !self.live[index] {
                continue;
            }
            match &node.op {
                Op::Reshape | Op::StopGradient => continue,
                Op::Variable(_) | Op::Average(_) => self.kept[index] = true,
                Op::ShuffledIndex { .. } | Op::Gather(_) | Op::GatherRows | Op::ScatterAdd => self.kept[index] = true,
                Op::Concat { .. } | Op::Pad { .. } => self.kept[index] = true,
                Op::MatMul { .. } | Op::Conv2d(_) | Op::Conv2dInputGrad(_) | Op::Conv2dWeightGrad(_) => {
                    self.kept[index] = true
                }
                // Its index is the row-major one of its own shape, which a reader may not have.
                Op::Uniform(_) | Op::Normal(_) | Op::Iota => self.kept[index] = true,
                // Its program binds the clocks, for which its readers may have no room.
                Op::Ramp(_) => self.kept[index] = true,
                Op::Constant(_) => self.kept[index] = self.uses[index].contains(&Use::Memory),
                Op::Sum { .. } | Op::Max { .. } => {
                    self.kept[index] = true;
                    // Room for what an epilogue reads.
                    self.limit_sources(tensor, MAX_SOURCES - MAX_CHAIN_SOURCES);
                }
                Op::Unary(_)
                | Op::Binary(_)
                | Op::Select
                | Op::Normalize { .. }
                | Op::Broadcast
                | Op::Permute { .. }
                | Op::Slice { .. } => {
                    self.limit_sources(tensor, MAX_SOURCES);
                    for input in
                        node.inputs.iter().map(|&input| self.graph.base(input)).filter(|&input| !self.is_kept(input))
                    {
                        ops[index] += ops[input.index()];
                        costly[index] |= costly[input.index()];
                    }
                    match &node.op {
                        Op::Unary(unary) => {
                            ops[index] += 1;
                            costly[index] |= !unary.is_cheap();
                        }
                        Op::Binary(_) | Op::Select => ops[index] += 1,
                        Op::Normalize { .. } => ops[index] += 2,
                        _ => {}
                    }
                    let in_memory = |usage: &Use| matches!(usage, Use::Memory | Use::Inline { reshaped: true, .. });
                    let repeated = self.uses[index].len() > 1 && ops[index] > 0;
                    let too_much = ops[index] > MAX_REPEATED_OPS || costly[index];
                    let large = node.shape.elements() > SMALL_ELEMENTS;
                    self.kept[index] = self.uses[index].iter().any(in_memory) || (repeated && too_much && large);
                }
            }
        }
    }

    /// The kept nodes that a node's expression reads, and the inline nodes on the way (the node itself not counted).
    fn expression(&self, tensor: Tensor) -> (Vec<Tensor>, Vec<Tensor>) {
        let (mut sources, mut inline) = (Vec::new(), Vec::new());
        let mut open = vec![tensor];
        while let Some(next) = open.pop() {
            for input in self.graph.node(next).inputs.iter().map(|&input| self.graph.base(input)) {
                let list = if self.is_kept(input) { &mut sources } else { &mut inline };
                if !list.contains(&input) {
                    list.push(input);
                    if !self.is_kept(input) {
                        open.push(input);
                    }
                }
            }
        }
        (sources, inline)
    }

    /// Keeps parts of a node's expression until it reads few enough tensors; the smallest parts first.
    fn limit_sources(&mut self, tensor: Tensor, limit: usize) {
        loop {
            let (sources, inline) = self.expression(tensor);
            if sources.len() <= limit {
                return;
            }
            let helps = inline.into_iter().filter(|&part| {
                let (read, _) = self.expression(part);
                let op = &self.graph.node(part).op;
                let elementwise = matches!(op, Op::Unary(_) | Op::Binary(_) | Op::Select | Op::Normalize { .. });
                elementwise && read.len() > 1
            });
            let smallest = helps.min_by_key(|&part| (self.graph.shape(part).elements(), part));
            self.kept[smallest.expect("an expression over many tensors has parts over several").index()] = true;
        }
    }

    /// Elementwise ops that follow a reduction and have no other reader become part of the reducing kernel.
    fn absorb_epilogues(&mut self) {
        for index in 0..self.graph.len() {
            let sum = self.graph.tensor(index);
            if !self.live[index] || !matches!(self.graph.node(sum).op, Op::Sum { .. } | Op::Max { .. }) {
                continue;
            }
            let elements = self.graph.shape(sum).elements();
            let (mut current, mut chain, mut read) = (sum, Vec::new(), 0);
            while let [Use::Inline { reader, .. }] = self.uses[current.index()][..] {
                let node = self.graph.node(reader);
                let fits =
                    matches!(node.op, Op::Unary(_) | Op::Binary(_) | Op::Select) && node.shape.elements() == elements;
                let others = node.inputs.iter().map(|&input| self.graph.base(input)).filter(|&base| base != current);
                let readable = |base: Tensor| {
                    matches!(self.graph.node(base).op, Op::Constant(_))
                        || (self.is_kept(base) && self.graph.shape(base).elements() == elements)
                };
                if !fits || !others.clone().all(readable) {
                    break;
                }
                read += others.filter(|&base| self.is_kept(base)).count();
                if read > MAX_CHAIN_SOURCES {
                    break;
                }
                chain.push(reader);
                current = reader;
            }
            if current != sum {
                self.kept[index] = false;
                for link in &chain {
                    self.kept[link.index()] = false;
                }
                self.kept[current.index()] = true;
                self.chains.insert(current, (sum, chain));
            }
        }
    }
}

impl Effect {
    /// The tensors the effect reads.
    fn tensors(&self) -> Vec<Tensor> {
        match self {
            Effect::Update { gradients, .. } => gradients.iter().map(|(_, gradient)| *gradient).collect(),
            Effect::Assign { value, .. } | Effect::Output { value } => vec![*value],
            Effect::Record { columns } => columns.clone(),
        }
    }
}
