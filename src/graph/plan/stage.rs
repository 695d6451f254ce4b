//! Which dispatches the GPU does together: what a product's operands and result pass through, reductions over the same
//! rows with what is made of them, and then everything that does not wait for each other.
//!
//! The list of dispatches stays what it is, and the CPU runs it one by one. A stage says which of them, one after
//! another in that list, one launch may do.

use super::memory::{Access, Resource};
use super::{Draft, Kernel, Place, Planner};
use crate::graph::fuse::Fused;
use crate::graph::{Tensor, fuse};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Dispatches that do not wait for each other, branch by branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub branches: Vec<Branch>,
}

/// Dispatches in a row that the same invocations do one after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Positions in the plan's list.
    pub dispatches: Range<usize>,
    pub fusion: Fusion,
}

/// How the dispatches of a branch are one.
#[derive(Clone, Debug, PartialEq)]
pub enum Fusion {
    /// There is only one.
    Single,
    /// A product. Maps before it make an operand as it is read (the number says which), one after it the result as it
    /// is written.
    Product { prologues: Vec<usize>, epilogue: bool },
    /// Reductions and maps over the same rows: a workgroup does all of them for its row before it takes the next. The
    /// programs are those of the dispatches, with the axes that are not the rows' marked as reduced in each.
    Rows(Vec<Fused>),
}

/// Storage buffers that one launch may bind on every WebGPU device.
pub const MAX_BUFFERS: usize = 8;
/// Branches in one launch: more would be a shader that takes long to compile.
const MAX_BRANCHES: usize = 8;
/// Points of one row up to which one workgroup does a row's reductions and maps.
const MAX_ROW_POINTS: usize = 1 << 14;
/// Rows from which one workgroup a row keeps a GPU busy, where there are other ways.
const MIN_ROWS: usize = 8;
/// Elements of an operand up to which it is made anew wherever it is read, in place of once in memory.
const MAX_PROLOGUE_ELEMENTS: usize = 1 << 14;

/// A branch in the making: positions of drafts in order.
struct Unit {
    drafts: Vec<usize>,
    fusion: Fusion,
}

/// The drafts with what they wait for.
pub(super) struct Scheduler<'p, 'a> {
    planner: &'p Planner<'a>,
    accesses: Vec<Vec<Access>>,
    /// For each draft the earlier ones that it has to wait for.
    waits: Vec<Vec<usize>>,
    /// Drafts that read a node.
    readers: HashMap<Tensor, Vec<usize>>,
    /// Drafts that write a node.
    writers: HashMap<Tensor, Vec<usize>>,
    taken: Vec<bool>,
    units: Vec<Unit>,
}

impl Planner<'_> {
    /// The drafts in the order of their stages, and the stages.
    pub(super) fn schedule(&self) -> (Vec<usize>, Vec<Stage>) {
        let mut scheduler = Scheduler::new(self);
        scheduler.find_epilogues();
        scheduler.find_rows();
        scheduler.find_prologues();
        scheduler.take_the_rest();
        scheduler.stages()
    }
}

fn is_product(kernel: &Kernel) -> bool {
    match kernel {
        Kernel::MatMul { .. } | Kernel::Conv2d(_) | Kernel::Conv2dInputGrad(_) | Kernel::Conv2dWeightGrad(_) => true,
        Kernel::Fused(_)
        | Kernel::ShuffledIndex { .. }
        | Kernel::Gather { .. }
        | Kernel::GatherRows { .. }
        | Kernel::ScatterAdd { .. }
        | Kernel::Update { .. }
        | Kernel::Record { .. } => false,
    }
}

/// The program of a draft that does not reduce.
fn as_map(draft: &Draft) -> Option<&Fused> {
    match &draft.kernel {
        Kernel::Fused(fused) if !fused.is_reduction() => Some(fused),
        _ => None,
    }
}

impl<'p, 'a> Scheduler<'p, 'a> {
    fn new(planner: &'p Planner<'a>) -> Self {
        let drafts = &planner.drafts;
        let accesses: Vec<Vec<Access>> = drafts.iter().map(|draft| planner.accesses(draft)).collect();
        let mut waits = vec![Vec::new(); drafts.len()];
        let mut known: HashMap<Resource, Vec<(usize, &Access)>> = HashMap::new();
        for (position, own) in accesses.iter().enumerate() {
            for access in own {
                let earlier = known.entry(access.resource).or_default();
                for &(other, before) in earlier.iter() {
                    if other != position && before.conflicts(access) && !waits[position].contains(&other) {
                        waits[position].push(other);
                    }
                }
            }
            for access in own {
                known.entry(access.resource).or_default().push((position, access));
            }
        }
        let (mut readers, mut writers) = (HashMap::new(), HashMap::new());
        for (position, draft) in drafts.iter().enumerate() {
            for input in &draft.inputs {
                if let Place::Node(tensor) = input {
                    readers.entry(*tensor).or_insert_with(Vec::new).push(position);
                }
            }
            if let Place::Node(tensor) = draft.output {
                writers.entry(tensor).or_insert_with(Vec::new).push(position);
            }
        }
        let taken = vec![false; drafts.len()];
        Scheduler { planner, accesses, waits, readers, writers, taken, units: Vec::new() }
    }

    fn drafts(&self) -> &'p [Draft] {
        &self.planner.drafts
    }

    fn add(&mut self, drafts: Vec<usize>, fusion: Fusion) {
        for &draft in &drafts {
            self.taken[draft] = true;
        }
        self.units.push(Unit { drafts, fusion });
    }

    /// Distinct buffers that drafts bind together, `without` the nodes that stay in registers.
    fn buffers(&self, drafts: impl IntoIterator<Item = usize>, without: &[Tensor]) -> HashSet<Resource> {
        let accesses = drafts.into_iter().flat_map(|draft| &self.accesses[draft]);
        let resources = accesses.map(|access| access.resource);
        resources.filter(|resource| !without.iter().any(|&node| *resource == Resource::Node(node))).collect()
    }

    /// A node in memory of its own that one draft writes and one other reads, once.
    fn is_private(&self, node: Tensor) -> bool {
        let once = |map: &HashMap<Tensor, Vec<usize>>| map.get(&node).is_some_and(|drafts| drafts.len() == 1);
        once(&self.readers) && once(&self.writers) && self.planner.has_slot(node)
    }

    /// Maps over a product's result that read it element by element are done as it is written.
    fn find_epilogues(&mut self) {
        for position in 0..self.drafts().len() {
            let draft = &self.drafts()[position];
            let Place::Node(node) = draft.output else { continue };
            if !is_product(&draft.kernel) || !self.is_private(node) {
                continue;
            }
            let reader = self.readers[&node][0];
            let Some(map) = as_map(&self.drafts()[reader]) else { continue };
            let elements = self.planner.graph.shape(node).elements();
            let fits = map.points() == elements && reads_in_order(map, &self.drafts()[reader].inputs, node);
            if fits && self.buffers([position, reader], &[node]).len() <= MAX_BUFFERS {
                self.add(vec![position, reader], Fusion::Product { prologues: Vec::new(), epilogue: true });
            }
        }
    }

    /// Small operands that only one product reads, and that a map makes, are made as they are read.
    fn find_prologues(&mut self) {
        for position in 0..self.drafts().len() {
            let draft = &self.drafts()[position];
            if !is_product(&draft.kernel) {
                continue;
            }
            let [Place::Node(a), Place::Node(b)] = draft.inputs[..] else { continue };
            let unit = self.units.iter().position(|unit| unit.drafts.contains(&position));
            let mut drafts = unit.map_or_else(|| vec![position], |unit| self.units[unit].drafts.clone());
            let epilogue = drafts.len() > 1;
            let result = epilogue.then_some(draft.output);
            let mut registers: Vec<Tensor> = result.into_iter().filter_map(Place::node).collect();
            let mut prologues = Vec::new();
            for (operand, node) in [(0, a), (1, b)] {
                if a == b || !self.is_private(node) {
                    continue;
                }
                let writer = self.writers[&node][0];
                let shape = self.planner.graph.shape(node);
                let small = shape.elements() <= MAX_PROLOGUE_ELEMENTS;
                let dense = |map: &Fused| map.points() == shape.elements() && map.output.is_dense(&map.extents);
                if self.taken[writer] || !small || !as_map(&self.drafts()[writer]).is_some_and(dense) {
                    continue;
                }
                let (mut more, mut kept) = (drafts.clone(), registers.clone());
                more.insert(prologues.len(), writer);
                kept.push(node);
                if self.buffers(more.iter().copied(), &kept).len() <= MAX_BUFFERS {
                    (drafts, registers) = (more, kept);
                    prologues.push(operand);
                }
            }
            if prologues.is_empty() {
                continue;
            }
            if let Some(unit) = unit {
                self.units.remove(unit);
            }
            self.add(drafts, Fusion::Product { prologues, epilogue });
        }
    }

    fn take_the_rest(&mut self) {
        for position in 0..self.drafts().len() {
            if !self.taken[position] {
                let fusion = match is_product(&self.drafts()[position].kernel) {
                    true => Fusion::Product { prologues: Vec::new(), epilogue: false },
                    false => Fusion::Single,
                };
                self.add(vec![position], fusion);
            }
        }
    }

    /// Reductions over the same axes of the same shape, and maps that read their results row by row.
    fn find_rows(&mut self) {
        for first in 0..self.drafts().len() {
            if self.taken[first] {
                continue;
            }
            let Some(rows) = Rows::of(&self.drafts()[first]) else { continue };
            let mut chain = vec![first];
            // Drafts outside that wait for the chain: nothing that waits for them may join.
            let mut outside: Vec<usize> = Vec::new();
            for position in first + 1..self.drafts().len() {
                let behind = |list: &[usize]| self.waits[position].iter().any(|before| list.contains(before));
                if !behind(&chain) && !behind(&outside) {
                    continue;
                }
                match self.joins(&rows, &chain, &outside, position) {
                    Some(more) => chain = more,
                    None => outside.push(position),
                }
            }
            if chain.len() > 1 {
                let programs = chain.iter().map(|&draft| rows.program(&self.drafts()[draft])).collect();
                self.add(chain, Fusion::Rows(programs));
            }
        }
    }

    /// The chain with the draft at `position`, and with reductions over the same rows that it reads too.
    fn joins(&self, rows: &Rows, chain: &[usize], outside: &[usize], position: usize) -> Option<Vec<usize>> {
        let mut longer = chain.to_vec();
        let mut open = vec![position];
        while let Some(next) = open.pop() {
            let fits = !self.taken[next] && rows.fits(&self.drafts()[next]);
            if !fits || self.waits[next].iter().any(|before| outside.contains(before)) {
                return None;
            }
            longer.push(next);
            for &before in &self.waits[next] {
                let reduces = matches!(&self.drafts()[before].kernel, Kernel::Fused(fused) if fused.is_reduction());
                if reduces && !longer.contains(&before) && !open.contains(&before) && !self.taken[before] {
                    let alike = rows.fits(&self.drafts()[before]);
                    let free = !self.waits[before].iter().any(|earlier| outside.contains(earlier));
                    if alike && free {
                        open.push(before);
                    }
                }
            }
        }
        longer.sort_unstable();
        // Nothing from outside may stand between: what waits for one of the chain and is waited for by another.
        let inside = |draft: &usize| longer.contains(draft);
        for (index, &member) in longer.iter().enumerate() {
            let own = &longer[..index];
            let through = self.waits[member].iter().any(|before| !inside(before) && self.reaches(own, *before));
            if through {
                return None;
            }
        }
        let written: Vec<Tensor> = longer.iter().filter_map(|&draft| self.drafts()[draft].output.node()).collect();
        let local = longer.iter().all(|&draft| rows.reads_own_rows(&self.drafts()[draft], &written, self.planner));
        (local && self.buffers(longer.iter().copied(), &[]).len() <= MAX_BUFFERS).then_some(longer)
    }

    /// Whether `draft` waits, directly or not, for one of `list`.
    fn reaches(&self, list: &[usize], draft: usize) -> bool {
        let mut open = vec![draft];
        let mut seen = HashSet::new();
        while let Some(next) = open.pop() {
            if list.contains(&next) {
                return true;
            }
            if seen.insert(next) {
                open.extend(&self.waits[next]);
            }
        }
        false
    }

    /// List scheduling: into each launch goes what waits for nothing any more, the longest way to the end first, as
    /// long as there are buffers to bind; the rest comes in a later one.
    fn stages(self) -> (Vec<usize>, Vec<Stage>) {
        let count = self.units.len();
        let mut unit_of = vec![0; self.drafts().len()];
        for (unit, members) in self.units.iter().enumerate() {
            members.drafts.iter().for_each(|&draft| unit_of[draft] = unit);
        }
        let mut before: Vec<HashSet<usize>> = vec![HashSet::new(); count];
        for (draft, waits) in self.waits.iter().enumerate() {
            let own = unit_of[draft];
            before[own].extend(waits.iter().map(|&other| unit_of[other]).filter(|&other| other != own));
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&unit| self.units[unit].drafts[0]);
        let heights = heights(&before);
        order.sort_by_key(|&unit| std::cmp::Reverse(heights[unit]));

        let (mut done, mut list, mut stages) = (HashSet::new(), Vec::new(), Vec::new());
        while done.len() < count {
            let ready = order.iter().copied().filter(|unit| !done.contains(unit) && before[*unit].is_subset(&done));
            let (mut chosen, mut bound): (Vec<usize>, HashSet<Resource>) = (Vec::new(), HashSet::new());
            for unit in ready {
                let more = bound.union(&self.unit_buffers(unit)).copied().collect::<HashSet<_>>();
                if chosen.is_empty() || (more.len() <= MAX_BUFFERS && chosen.len() < MAX_BRANCHES) {
                    bound = more;
                    chosen.push(unit);
                }
            }
            assert!(!chosen.is_empty(), "units wait for each other in a circle");
            let mut branches = Vec::new();
            for &unit in &chosen {
                let Unit { drafts, fusion } = &self.units[unit];
                let first = list.len();
                list.extend(drafts);
                branches.push(Branch { dispatches: first..list.len(), fusion: fusion.clone() });
            }
            done.extend(chosen);
            stages.push(Stage { branches });
        }
        (list, stages)
    }

    fn unit_buffers(&self, unit: usize) -> HashSet<Resource> {
        let Unit { drafts, fusion } = &self.units[unit];
        let Fusion::Product { prologues, epilogue } = fusion else {
            return self.buffers(drafts.iter().copied(), &[]);
        };
        // All but the last write what stays in registers.
        let inner = prologues.len() + usize::from(*epilogue);
        let registers: Vec<Tensor> =
            drafts[..inner].iter().filter_map(|&draft| self.drafts()[draft].output.node()).collect();
        self.buffers(drafts.iter().copied(), &registers)
    }
}

/// For each unit the number of units on the longest way from it to the end.
fn heights(before: &[HashSet<usize>]) -> Vec<usize> {
    let mut heights = vec![0; before.len()];
    let mut open: Vec<usize> = (0..before.len()).collect();
    while let Some(unit) = open.pop() {
        for &earlier in &before[unit] {
            if heights[earlier] < heights[unit] + 1 {
                heights[earlier] = heights[unit] + 1;
                open.push(earlier);
            }
        }
    }
    heights
}

/// Whether every load of `node` is of the element at the program's point, in row-major order.
fn reads_in_order(map: &Fused, inputs: &[Place], node: Tensor) -> bool {
    let own = map.loads.iter().filter(|load| inputs[load.input].node() == Some(node));
    own.clone().count() > 0 && own.into_iter().all(|load| load.view.is_dense(&map.extents))
}

/// Rows: the kept axes of a reduction, in a shape that all programs of a chain share but for the reduced axes.
struct Rows {
    /// Extents of the kept axes, None at those that are reduced.
    kept: Vec<Option<usize>>,
}

impl Rows {
    /// The rows of a reduction that is worth a workgroup a row.
    fn of(draft: &Draft) -> Option<Rows> {
        let Kernel::Fused(fused) = &draft.kernel else { return None };
        let points = fused.reduced_points();
        if !fused.is_reduction() || points > MAX_ROW_POINTS || fused.points() / points < MIN_ROWS {
            return None;
        }
        let axes = fused.extents.iter().zip(&fused.reduced);
        Some(Rows { kept: axes.map(|(&extent, &reduced)| (!reduced).then_some(extent)).collect() })
    }

    /// Whether a program goes over the same rows and writes them where their number says.
    fn fits(&self, draft: &Draft) -> bool {
        let Kernel::Fused(fused) = &draft.kernel else { return false };
        let same = |(axis, kept): (usize, &Option<usize>)| match kept {
            Some(extent) => fused.extents[axis] == *extent && !fused.reduced[axis],
            None => !fused.is_reduction() || fused.reduced[axis] || fused.extents[axis] == 1,
        };
        let draws = |instruction: &fuse::Instruction| {
            use fuse::Instruction::{Index, Normal, Uniform};
            matches!(instruction, Index | Uniform(_) | Normal(_))
        };
        fused.extents.len() == self.kept.len()
            && self.kept.iter().enumerate().all(same)
            && !fused.instructions().any(draws)
    }

    /// Whether the draft reads, of what the chain writes, only what its own row has written.
    fn reads_own_rows(&self, draft: &Draft, written: &[Tensor], planner: &Planner) -> bool {
        let Kernel::Fused(fused) = &draft.kernel else { return false };
        fused.loads.iter().all(|load| {
            let Some(node) = draft.inputs[load.input].node().filter(|node| written.contains(node)) else { return true };
            let shape = planner.graph.shape(node);
            let strides = shape.strides();
            let axis_fits = |axis: usize| {
                let stride = load.view.strides[axis];
                let own = if shape[axis] == 1 { 0 } else { strides[axis] };
                stride == own || (self.kept[axis].is_none() && stride == 0)
            };
            shape.rank() == self.kept.len() && load.view.offset == 0 && (0..shape.rank()).all(axis_fits)
        })
    }

    /// The draft's program with the axes inside a row marked.
    fn program(&self, draft: &Draft) -> Fused {
        let Kernel::Fused(fused) = &draft.kernel else { unreachable!("only programs join") };
        let reduced = self.kept.iter().map(Option::is_none).collect();
        fuse::collapse(Fused { reduced, ..fused.clone() })
    }
}
