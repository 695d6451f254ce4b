//! The planner's last part: what each dispatch reads and writes, and the slots of what lives for a part of a step.

use super::{ALIGN_ELEMENTS, Dispatch, Draft, Kernel, Place, Plan, Planner, Region, Storage};
use crate::graph::fuse::{self, Instruction};
use crate::graph::{DType, Graph, NetworkId, TableId, Tensor};
use std::collections::HashMap;

/// A buffer on the device, before slots are known: a node that has one, or what a storage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Resource {
    Node(Tensor),
    Storage(Storage),
    Clocks,
    NormalTable,
    Controls,
    Table(TableId),
    /// One of the things that the optimiser keeps of a network.
    Moment(NetworkId, usize),
}

/// What a launch binds: several nodes may lie in one buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Buffer {
    /// The slot that small tensors share.
    Pool,
    Alone(Resource),
    /// Where a product that is cut leaves its slices, until they are added.
    Scratch,
}

/// Tensors up to this many elements lie side by side in one slot, so that a launch can bind many of them.
const POOLED_ELEMENTS: usize = 1 << 12;

/// A run of elements that a dispatch reads or writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    pub resource: Resource,
    first: usize,
    elements: usize,
    pub writes: bool,
}

impl Access {
    /// Whether one of two dispatches has to wait for the other.
    pub fn conflicts(&self, other: &Access) -> bool {
        let apart = self.first + self.elements <= other.first || other.first + other.elements <= self.first;
        self.resource == other.resource && (self.writes || other.writes) && !apart
    }
}

impl Place {
    pub(super) fn node(self) -> Option<Tensor> {
        match self {
            Place::Node(node) => Some(node),
            Place::Region(_) => None,
        }
    }
}

impl Planner<'_> {
    /// The node whose memory a node is part of, and where it begins there: parts live inside their concatenation.
    fn owner(&self, mut tensor: Tensor) -> (Tensor, usize) {
        let mut offset = 0;
        while let Some(&(whole, first)) = self.inside.get(&tensor) {
            (tensor, offset) = (whole, offset + first);
        }
        (tensor, offset)
    }

    /// Whether a node lies in a slot of its own.
    pub(super) fn has_slot(&self, node: Tensor) -> bool {
        !self.placed.contains_key(&node) && !self.inside.contains_key(&node)
    }

    /// Whether a node lies in the slot of small tensors. (Row numbers do not: a buffer has one type.)
    pub(super) fn is_pooled(&self, node: Tensor) -> bool {
        let node = self.graph.node(node);
        node.shape.elements() <= POOLED_ELEMENTS && node.dtype == DType::F32
    }

    /// The buffer of a resource.
    pub(super) fn buffer(&self, resource: Resource) -> Buffer {
        match resource {
            Resource::Node(node) if self.is_pooled(node) => Buffer::Pool,
            other => Buffer::Alone(other),
        }
    }

    pub(super) fn access(&self, place: Place, writes: bool) -> Access {
        match place {
            Place::Region(Region { storage, offset, elements }) => {
                Access { resource: Resource::Storage(storage), first: offset, elements, writes }
            }
            Place::Node(node) => {
                let elements = self.graph.shape(node).elements();
                let (owner, first) = self.owner(node);
                match self.placed.get(&owner) {
                    Some(region) => {
                        let resource = Resource::Storage(region.storage);
                        Access { resource, first: region.offset + first, elements, writes }
                    }
                    None => Access { resource: Resource::Node(owner), first, elements, writes },
                }
            }
        }
    }

    /// Everything that a draft's launches bind.
    pub(super) fn accesses(&self, draft: &Draft) -> Vec<Access> {
        let mut accesses: Vec<Access> = draft.inputs.iter().map(|&input| self.access(input, false)).collect();
        accesses.push(self.access(draft.output, true));
        let mut whole = |resource: Resource, writes: bool| {
            accesses.push(Access { resource, first: 0, elements: usize::MAX / 2, writes });
        };
        match &draft.kernel {
            Kernel::Fused(fused) => {
                let normal = fused.instructions().any(|instruction| matches!(instruction, Instruction::Normal(_)));
                if fused.instructions().any(|instruction| instruction.reads_clocks()) {
                    whole(Resource::Clocks, false);
                }
                if normal {
                    whole(Resource::NormalTable, false);
                }
            }
            Kernel::MatMul { .. } | Kernel::Conv2d(_) | Kernel::Conv2dInputGrad(_) | Kernel::Conv2dWeightGrad(_) => {}
            Kernel::GatherRows { .. } | Kernel::ScatterAdd { .. } => {}
            Kernel::ShuffledIndex { .. } => whole(Resource::Clocks, false),
            Kernel::Gather { table, .. } => whole(Resource::Table(*table), false),
            Kernel::Average { .. } => whole(Resource::Clocks, false),
            Kernel::Update { network, rule, elements, .. } => {
                whole(Resource::Clocks, false);
                whole(Resource::Controls, false);
                for moment in 0..rule.optimizer.moments().len() {
                    whole(Resource::Moment(*network, moment), true);
                }
                if rule.average.is_some() {
                    // The buffers' part of it is another kernel's.
                    let resource = Resource::Storage(Storage::Average(*network));
                    accesses.push(Access { resource, first: 0, elements: *elements, writes: true });
                }
            }
            Kernel::Record { .. } => whole(Resource::Clocks, true),
        }
        accesses
    }

    /// Puts the drafts in the order of their stages, gives every kept node memory and resolves the drafts.
    pub(super) fn finish(mut self, name: &'static str) -> Plan {
        let (order, stages) = self.schedule();
        let mut drafts: Vec<Option<Draft>> = std::mem::take(&mut self.drafts).into_iter().map(Some).collect();
        let ordered = order.iter().map(|&position| drafts[position].take().expect("each draft has one stage"));
        self.drafts = ordered.collect();
        let mut lifetimes: HashMap<Tensor, (usize, usize)> = HashMap::new();
        for (time, stage) in stages.iter().enumerate() {
            for draft in stage.branches.iter().flat_map(|branch| &self.drafts[branch.dispatches.clone()]) {
                for node in draft.inputs.iter().chain([&draft.output]).filter_map(|place| place.node()) {
                    let (owner, _) = self.owner(node);
                    if !self.placed.contains_key(&owner) {
                        lifetimes.entry(owner).or_insert((time, time)).1 = time;
                    }
                }
            }
        }
        let (slots, slot_of) = self.assign_slots(&lifetimes);
        let resolve = |place: Place| match place {
            Place::Region(region) => region,
            Place::Node(tensor) => {
                let elements = self.graph.shape(tensor).elements();
                let (owner, first) = self.owner(tensor);
                match self.placed.get(&owner) {
                    Some(region) => Region { offset: region.offset + first, elements, ..*region },
                    None => {
                        let (slot, begin) = slot_of[&owner];
                        Region { storage: Storage::Slot(slot), offset: begin + first, elements }
                    }
                }
            }
        };
        let dispatches = self
            .drafts
            .iter()
            .map(|draft| Dispatch {
                kernel: match &draft.kernel {
                    Kernel::Fused(fused) => Kernel::Fused(fuse::collapse(fused.clone())),
                    other => other.clone(),
                },
                inputs: draft.inputs.iter().map(|&input| resolve(input)).collect(),
                output: resolve(draft.output),
            })
            .collect();
        let (clock, output_elements, columns) = (self.clock, self.output_elements, self.columns);
        Plan { name, clock, dispatches, stages, slots, output_elements, columns, networks: self.networks }
    }
}

type Lifetimes = HashMap<Tensor, (usize, usize)>;

impl Planner<'_> {
    /// The elements of each slot, and for each node its slot and first element. Slot 0 holds what is small, side by
    /// side. A stage is one moment, so that no two tensors of a launch share memory.
    fn assign_slots(&self, lifetimes: &Lifetimes) -> (Vec<usize>, HashMap<Tensor, (usize, usize)>) {
        let is_pooled = |&(tensor, _): &(&Tensor, &(usize, usize))| self.is_pooled(*tensor);
        let select = |pooled: bool| lifetimes.iter().filter(move |entry| is_pooled(entry) == pooled);
        let (parts, part_of) = share(self.graph, select(true));
        let mut first = vec![0];
        parts.iter().for_each(|elements| first.push(first[first.len() - 1] + elements));
        let (large, slot_of) = share(self.graph, select(false));
        let slots = std::iter::once(first[parts.len()]).chain(large).collect();
        let pooled = part_of.into_iter().map(|(tensor, part)| (tensor, (0, first[part])));
        (slots, slot_of.into_iter().map(|(tensor, slot)| (tensor, (slot + 1, 0))).chain(pooled).collect())
    }
}

/// Greedy by size (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020): the largest
/// tensors choose first, each takes the first place that nobody uses in its lifetime. Answers with the places' elements
/// and each tensor's place.
fn share<'l>(
    graph: &Graph,
    lifetimes: impl Iterator<Item = (&'l Tensor, &'l (usize, usize))>,
) -> (Vec<usize>, HashMap<Tensor, usize>) {
    let sized = |(&tensor, &lifetime)| (graph.shape(tensor).elements(), std::cmp::Reverse(tensor), lifetime);
    let mut order: std::collections::BinaryHeap<_> = lifetimes.map(sized).collect();
    let mut places: Vec<(usize, Vec<(usize, usize)>)> = Vec::new();
    let mut place_of = HashMap::new();
    while let Some((elements, std::cmp::Reverse(tensor), (first, last))) = order.pop() {
        let free = |taken: &[(usize, usize)]| taken.iter().all(|&(from, to)| to < first || last < from);
        let place = places.iter().position(|(_, taken)| free(taken)).unwrap_or_else(|| {
            places.push((elements, Vec::new()));
            places.len() - 1
        });
        places[place].1.push((first, last));
        place_of.insert(tensor, place);
    }
    (places.into_iter().map(|(elements, _)| elements.next_multiple_of(ALIGN_ELEMENTS)).collect(), place_of)
}
