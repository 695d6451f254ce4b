//! Reductions and maps that one workgroup after another does in a row: over the same rows of large tensors, or, where
//! everything is small, over all of it.

use super::{Kind, MAX_BUFFERS, RowProgram, Scheduler, Unit};
use crate::graph::Tensor;
use crate::graph::fuse::{self, Fused, Instruction};
use crate::graph::plan::{Draft, Kernel, Place, Planner};

/// Points of one row up to which one workgroup does a row's reductions and maps.
const MAX_ROW_POINTS: usize = 1 << 14;
/// Rows from which one workgroup a row keeps a GPU busy, where there are other ways.
const MIN_ROWS: usize = 8;
/// Points up to which a program is left to one workgroup: a launch costs more.
const SMALL_POINTS: usize = 1 << 12;

/// What makes programs fit together.
enum Chain {
    /// The kept axes of a reduction: their extents, None at those that are reduced.
    Rows(Vec<Option<usize>>),
    /// One workgroup does all of it, so nothing has to fit.
    Small,
}

impl Scheduler<'_, '_> {
    /// Reductions over the same axes of the same shape, and maps that read their results row by row.
    pub(super) fn find_rows(&mut self) {
        self.find_chains(Chain::rows);
    }

    /// Small programs that wait for each other.
    pub(super) fn find_small_chains(&mut self) {
        self.find_chains(|draft| is_small(draft).then_some(Chain::Small));
    }

    fn find_chains(&mut self, begin: impl Fn(&Draft) -> Option<Chain>) {
        for first in 0..self.drafts().len() {
            if self.taken[first] {
                continue;
            }
            let Some(chain) = begin(&self.drafts()[first]) else { continue };
            let mut members = vec![first];
            // Drafts outside that wait for the chain: nothing that waits for them may join.
            let mut outside: Vec<usize> = Vec::new();
            for position in first + 1..self.drafts().len() {
                let behind = |list: &[usize]| self.waits[position].iter().any(|before| list.contains(before));
                if members.contains(&position) || (!behind(&members) && !behind(&outside)) {
                    continue;
                }
                match self.joins(&chain, &members, &outside, position) {
                    Some(more) => members = more,
                    None => outside.push(position),
                }
            }
            if members.len() > 1 {
                let programs = members.iter().map(|&draft| chain.program(&self.drafts()[draft])).collect();
                self.add(Unit { drafts: members, kind: Kind::Rows(programs), follows: Vec::new() });
            }
        }
    }

    /// The chain with the draft at `position`, and with other fitting drafts that it waits for too.
    fn joins(&self, chain: &Chain, members: &[usize], outside: &[usize], position: usize) -> Option<Vec<usize>> {
        let mut longer = members.to_vec();
        let mut open = vec![position];
        let free = |draft: usize| {
            let fits = !self.taken[draft] && chain.fits(&self.drafts()[draft]);
            fits && !self.waits[draft].iter().any(|before| outside.contains(before))
        };
        while let Some(next) = open.pop() {
            if longer.contains(&next) {
                continue;
            }
            if !free(next) {
                return None;
            }
            longer.push(next);
            open.extend(self.waits[next].iter().filter(|&&before| chain.pulls(&self.drafts()[before]) && free(before)));
        }
        let longer = crate::order::ascending(&longer);
        // Nothing may become later by it: all that the chain waits for is there when its first may begin.
        let waits = |draft: usize| self.waits[draft].iter().filter(|before| !longer.contains(before));
        let begin = waits(members[0]).map(|&before| self.levels[before] + 1).max().unwrap_or(0);
        for (index, &member) in longer.iter().enumerate() {
            let late = waits(member).any(|&before| self.levels[before] >= begin);
            // What waits for one of the chain and is waited for by another.
            if late || waits(member).any(|&before| self.reaches(&longer[..index], before)) {
                return None;
            }
        }
        if self.buffers(&longer, &[]).len() > MAX_BUFFERS {
            return None;
        }
        self.keeps_to_rows(chain, &longer).then_some(longer)
    }

    /// Whether each row's workgroup reads, of what the chain writes, only what it has written itself.
    fn keeps_to_rows(&self, chain: &Chain, members: &[usize]) -> bool {
        let Chain::Rows(kept) = chain else { return true };
        members.iter().enumerate().all(|(index, &later)| {
            let draft = &self.drafts()[later];
            let output = self.planner.access(draft.output, true);
            members[..index].iter().all(|&earlier| {
                let written = self.planner.access(self.drafts()[earlier].output, true);
                let node = self.drafts()[earlier].output.node();
                let own = node.is_some_and(|node| reads_own_rows(kept, draft, node, self.planner));
                let fits = |&input: &Place| {
                    !self.planner.access(input, false).conflicts(&written) || (own && input.node() == node)
                };
                draft.inputs.iter().all(fits) && !self.accesses[earlier].iter().any(|access| access.conflicts(&output))
            })
        })
    }
}

fn is_small(draft: &Draft) -> bool {
    matches!(&draft.kernel, Kernel::Fused(fused) if fused.points() <= SMALL_POINTS)
}

/// Whether every load of `node` is of the row at which the program stands.
fn reads_own_rows(kept: &[Option<usize>], draft: &Draft, node: Tensor, planner: &Planner) -> bool {
    let Kernel::Fused(fused) = &draft.kernel else { return false };
    let shape = planner.graph.shape(node);
    let strides = shape.strides();
    let loads = fused.loads.iter().filter(|load| draft.inputs[load.input].node() == Some(node));
    loads.into_iter().all(|load| {
        let fits = |axis: usize| {
            let own = if shape[axis] == 1 { 0 } else { strides[axis] };
            load.view.strides[axis] == own || (kept[axis].is_none() && load.view.strides[axis] == 0)
        };
        shape.rank() == kept.len() && load.view.offset == 0 && (0..shape.rank()).all(fits)
    })
}

impl Chain {
    /// The rows of a reduction that is worth a workgroup a row.
    fn rows(draft: &Draft) -> Option<Chain> {
        let Kernel::Fused(fused) = &draft.kernel else { return None };
        let points = fused.reduced_points();
        if !fused.is_reduction() || points > MAX_ROW_POINTS || fused.points() / points < MIN_ROWS {
            return None;
        }
        let axes = fused.extents.iter().zip(&fused.reduced);
        Some(Chain::Rows(axes.map(|(&extent, &reduced)| (!reduced).then_some(extent)).collect()))
    }

    fn fits(&self, draft: &Draft) -> bool {
        let Kernel::Fused(fused) = &draft.kernel else { return false };
        match self {
            Chain::Small => is_small(draft),
            Chain::Rows(kept) => {
                let same = |(axis, kept): (usize, &Option<usize>)| match kept {
                    Some(extent) => fused.extents[axis] == *extent && !fused.reduced[axis],
                    None => !fused.is_reduction() || fused.reduced[axis] || fused.extents[axis] == 1,
                };
                let counted = |instruction: &Instruction| {
                    matches!(instruction, Instruction::Index | Instruction::Uniform(_) | Instruction::Normal(_))
                };
                fused.extents.len() == kept.len()
                    && kept.iter().enumerate().all(same)
                    && !fused.instructions().any(counted)
            }
        }
    }

    /// Whether a draft that one of the chain waits for joins it too.
    fn pulls(&self, draft: &Draft) -> bool {
        match (self, &draft.kernel) {
            (Chain::Small, _) => true,
            (Chain::Rows(_), Kernel::Fused(fused)) => fused.is_reduction(),
            (Chain::Rows(_), _) => false,
        }
    }

    /// The draft's program with the rows' axes marked.
    fn program(&self, draft: &Draft) -> RowProgram {
        let Kernel::Fused(fused) = &draft.kernel else { unreachable!("only programs join") };
        let is_row = match self {
            Chain::Small => vec![false; fused.extents.len()],
            Chain::Rows(kept) => kept.iter().map(Option::is_some).collect(),
        };
        let (program, is_row) = fuse::collapse_with(Fused::clone(fused), is_row);
        RowProgram { program, is_row }
    }
}
