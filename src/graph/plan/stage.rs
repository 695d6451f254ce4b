//! Which dispatches the GPU does together: what a product's operands and result pass through, reductions over the same
//! rows with what is made of them, small ones that follow each other, and then everything that does not wait for each
//! other.
//!
//! The list of dispatches stays what it is, and the CPU runs it one by one. A stage says which of them one launch may do.

mod chain;
mod schedule;

use super::memory::{Access, Buffer, Resource};
use super::{Draft, Kernel, Place, Planner};
use crate::graph::Tensor;
use crate::graph::fuse::Fused;
use std::ops::Range;

/// Dispatches that do not wait for each other, branch by branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub branches: Vec<Branch>,
}

/// Dispatches that the same invocations do.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Positions in the plan's list. Branch by branch and stage by stage, they are all of the list in order.
    pub dispatches: Range<usize>,
    pub fusion: Fusion,
}

/// How the dispatches of a branch are one.
#[derive(Clone, Debug, PartialEq)]
pub enum Fusion {
    /// There is only one, and it is no product.
    Single,
    /// The product at this position of the plan's list. Maps make its operands as they are read, and one its result as
    /// it is written.
    Product { product: usize, prologues: Vec<Prologue>, epilogue: Option<usize> },
    /// Programs one after another, each over the same rows: a workgroup does all of them for its row.
    Rows(Vec<RowProgram>),
}

/// The map at position `map` of the plan's list makes operand number `operand` of a product. It may be the map of
/// another branch, which puts into memory for others what the product makes for itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prologue {
    pub operand: usize,
    pub map: usize,
}

/// A program with its axes told apart.
#[derive(Clone, Debug, PartialEq)]
pub struct RowProgram {
    pub program: Fused,
    /// For each axis of the program, whether its coordinate is part of the row's number.
    pub is_row: Vec<bool>,
}

/// Storage buffers that one launch may bind on every WebGPU device.
pub const MAX_BUFFERS: usize = 8;
/// Branches in one launch: more would be a shader that takes long to compile.
const MAX_BRANCHES: usize = 8;
/// Elements of an operand up to which it is made anew wherever it is read, in place of once in memory.
const MAX_PROLOGUE_ELEMENTS: usize = 1 << 14;

/// A branch in the making: positions of drafts in order.
struct Unit {
    drafts: Vec<usize>,
    kind: Kind,
    /// Drafts that have to stand earlier in the list, though this does not wait for them on the GPU.
    follows: Vec<usize>,
}

enum Kind {
    Single,
    Product { product: usize, prologues: Vec<Prologue>, epilogue: Option<usize> },
    Rows(Vec<RowProgram>),
}

/// The drafts with what they wait for.
pub(super) struct Scheduler<'p, 'a> {
    planner: &'p Planner<'a>,
    accesses: Vec<Vec<Access>>,
    /// For each draft the earlier ones that it has to wait for.
    waits: Vec<Vec<usize>>,
    /// For each draft the number of drafts on the longest way to it.
    levels: Vec<usize>,
    /// For each node the drafts that read it.
    readers: Vec<Vec<usize>>,
    /// For each node the drafts that write it.
    writers: Vec<Vec<usize>>,
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
        scheduler.find_small_chains();
        scheduler.take_the_rest();
        let fused = scheduler.stages();
        // Each fusion is checked for itself; should two of them wait for each other, each dispatch goes alone.
        fused.unwrap_or_else(|| {
            let mut scheduler = Scheduler::new(self);
            scheduler.take_the_rest();
            scheduler.stages().expect("dispatches only wait for earlier ones")
        })
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
        for position in 0..drafts.len() {
            for (other, before) in accesses[..position].iter().enumerate() {
                if before.iter().any(|access| accesses[position].iter().any(|own| own.conflicts(access))) {
                    waits[position].push(other);
                }
            }
        }
        let mut levels = vec![0; drafts.len()];
        for position in 0..drafts.len() {
            levels[position] = waits[position].iter().map(|&before| levels[before] + 1).max().unwrap_or(0);
        }
        let (mut readers, mut writers) = (vec![Vec::new(); planner.graph.len()], vec![Vec::new(); planner.graph.len()]);
        for (position, draft) in drafts.iter().enumerate() {
            for node in draft.inputs.iter().filter_map(|input| input.node()) {
                readers[node.index()].push(position);
            }
            if let Some(node) = draft.output.node() {
                writers[node.index()].push(position);
            }
        }
        let taken = vec![false; drafts.len()];
        Scheduler { planner, accesses, waits, levels, readers, writers, taken, units: Vec::new() }
    }

    fn drafts(&self) -> &'p [Draft] {
        &self.planner.drafts
    }

    fn add(&mut self, unit: Unit) {
        for &draft in &unit.drafts {
            self.taken[draft] = true;
        }
        self.units.push(unit);
    }

    /// Distinct buffers that drafts bind together, `without` the nodes that stay in registers.
    fn buffers(&self, drafts: &[usize], without: &[Tensor]) -> Vec<Buffer> {
        let mut bound = Vec::new();
        for access in drafts.iter().flat_map(|&draft| &self.accesses[draft]) {
            if !without.iter().any(|&node| access.resource == Resource::Node(node)) {
                add_buffer(&mut bound, self.planner.buffer(access.resource));
            }
        }
        bound
    }

    /// Whether one of two drafts writes what the other reads or writes, other than `node`.
    fn clash(&self, one: usize, other: usize, node: Tensor) -> bool {
        let apart = |access: &&Access| access.resource != Resource::Node(node);
        self.accesses[one]
            .iter()
            .filter(apart)
            .any(|a| self.accesses[other].iter().filter(apart).any(|b| a.conflicts(b)))
    }

    /// A node in memory of its own that one draft writes.
    fn writer(&self, node: Tensor) -> Option<usize> {
        let [writer] = self.writers[node.index()][..] else { return None };
        self.planner.has_slot(node).then_some(writer)
    }

    /// Whether one draft reads the node, once.
    fn has_one_reader(&self, node: Tensor) -> bool {
        self.readers[node.index()].len() == 1
    }

    /// Maps over a product's result that read it element by element are done as it is written.
    fn find_epilogues(&mut self) {
        for position in 0..self.drafts().len() {
            let draft = &self.drafts()[position];
            let Place::Node(node) = draft.output else { continue };
            if !draft.kernel.is_product() || self.writer(node) != Some(position) || !self.has_one_reader(node) {
                continue;
            }
            let reader = self.readers[node.index()][0];
            // It may be the epilogue of another product already.
            if self.taken[reader] {
                continue;
            }
            let Some(map) = as_map(&self.drafts()[reader]) else { continue };
            let elements = self.planner.graph.shape(node).elements();
            let fits = map.points() == elements && reads_in_order(map, &self.drafts()[reader].inputs, node);
            let alone =
                self.waits[reader].iter().all(|&before| before == position || !self.reaches(&[position], before));
            let drafts = vec![position, reader];
            if fits
                && alone
                && !self.clash(position, reader, node)
                && self.buffers(&drafts, &[node]).len() <= MAX_BUFFERS
            {
                let kind = Kind::Product { product: position, prologues: Vec::new(), epilogue: Some(reader) };
                self.add(Unit { drafts, kind, follows: Vec::new() });
            }
        }
    }

    /// Small operands that a map makes are made as they are read: those that nothing else reads, and those that are made
    /// of nothing in memory (noise), so that their product need not wait.
    fn find_prologues(&mut self) {
        for position in 0..self.drafts().len() {
            let draft = &self.drafts()[position];
            let [Place::Node(a), Place::Node(b)] = draft.inputs[..] else { continue };
            if !draft.kernel.is_product() || a == b {
                continue;
            }
            let unit = self.units.iter().position(|unit| unit.drafts.contains(&position));
            let (mut drafts, epilogue) = match unit.map(|unit| &self.units[unit]) {
                Some(Unit { drafts, kind: Kind::Product { epilogue, .. }, .. }) => (drafts.clone(), *epilogue),
                _ => (vec![position], None),
            };
            let mut bound = drafts.clone();
            let mut registers: Vec<Tensor> = epilogue.and(draft.output.node()).into_iter().collect();
            let (mut prologues, mut follows) = (Vec::new(), Vec::new());
            for (operand, node) in [(0, a), (1, b)] {
                let Some(map) = self.writer(node) else { continue };
                let shape = self.planner.graph.shape(node);
                let dense =
                    |program: &Fused| program.points() == shape.elements() && program.output.is_dense(&program.extents);
                let small = shape.elements() <= MAX_PROLOGUE_ELEMENTS;
                let Some(program) = as_map(&self.drafts()[map]).filter(|program| small && dense(program)) else {
                    continue;
                };
                let own = self.has_one_reader(node) && !self.taken[map];
                // Worth it where nothing else keeps the product waiting.
                let others = self.waits[position].iter().filter(|&&before| before != map);
                let source =
                    program.loads.is_empty() && others.into_iter().all(|&other| self.levels[other] < self.levels[map]);
                if !(own || source) || self.clash(position, map, node) {
                    continue;
                }
                let mut registers_too = registers.clone();
                registers_too.push(node);
                let mut bound_too = bound.clone();
                bound_too.push(map);
                if self.buffers(&bound_too, &registers_too).len() > MAX_BUFFERS {
                    continue;
                }
                (bound, registers) = (bound_too, registers_too);
                prologues.push(Prologue { operand, map });
                if own {
                    drafts.insert(0, map);
                } else {
                    follows.push(map);
                    self.reads_too(position, map);
                }
            }
            if prologues.is_empty() {
                continue;
            }
            if let Some(unit) = unit {
                self.units.remove(unit);
            }
            self.add(Unit { drafts, kind: Kind::Product { product: position, prologues, epilogue }, follows });
        }
    }

    /// The draft at `position` makes for itself what the map at `map` makes: it does not wait for it, and whoever waits
    /// for what the map reads waits for the draft too.
    fn reads_too(&mut self, position: usize, map: usize) {
        self.waits[position].retain(|&before| before != map);
        let reads: Vec<Access> = self.accesses[map].iter().filter(|access| !access.writes).copied().collect();
        for later in position + 1..self.drafts().len() {
            let conflicts = self.accesses[later].iter().any(|access| reads.iter().any(|read| read.conflicts(access)));
            if conflicts && !self.waits[later].contains(&position) {
                self.waits[later].push(position);
            }
        }
        self.accesses[position].extend(reads);
    }

    fn take_the_rest(&mut self) {
        for position in 0..self.drafts().len() {
            if !self.taken[position] {
                let kind = match self.drafts()[position].kernel.is_product() {
                    true => Kind::Product { product: position, prologues: Vec::new(), epilogue: None },
                    false => Kind::Single,
                };
                self.add(Unit { drafts: vec![position], kind, follows: Vec::new() });
            }
        }
    }

    /// Whether `draft` is one of `list` or waits, directly or not, for one of them.
    fn reaches(&self, list: &[usize], draft: usize) -> bool {
        let mut open = vec![draft];
        let mut seen = vec![false; self.waits.len()];
        while let Some(next) = open.pop() {
            if list.contains(&next) {
                return true;
            }
            if !std::mem::replace(&mut seen[next], true) {
                open.extend(&self.waits[next]);
            }
        }
        false
    }
}

fn add_buffer(list: &mut Vec<Buffer>, buffer: Buffer) {
    if !list.contains(&buffer) {
        list.push(buffer);
    }
}

/// Whether every load of `node` is of the element at the program's point, in row-major order.
fn reads_in_order(map: &Fused, inputs: &[Place], node: Tensor) -> bool {
    let own = map.loads.iter().filter(|load| inputs[load.input].node() == Some(node));
    own.clone().count() > 0 && own.into_iter().all(|load| load.view.is_dense(&map.extents))
}
