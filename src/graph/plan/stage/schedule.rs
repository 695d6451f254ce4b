//! Which branches share a launch, and in which order the launches come.

use super::{Branch, Fusion, Kind, MAX_BRANCHES, MAX_BUFFERS, Prologue, Scheduler, Stage, Unit, add_buffer};
use crate::graph::Tensor;
use crate::graph::plan::memory::Buffer;

impl Scheduler<'_, '_> {
    /// List scheduling: into each launch goes what waits for nothing any more, the longest way to the end first, as
    /// long as there are buffers to bind; the rest comes in a later one. None if units wait for each other in a circle.
    pub(super) fn stages(self) -> Option<(Vec<usize>, Vec<Stage>)> {
        let count = self.units.len();
        let mut unit_of = vec![0; self.drafts().len()];
        for (unit, members) in self.units.iter().enumerate() {
            members.drafts.iter().for_each(|&draft| unit_of[draft] = unit);
        }
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (draft, waits) in self.waits.iter().enumerate() {
            let own = unit_of[draft];
            for other in waits.iter().map(|&other| unit_of[other]) {
                if other != own && !before[own].contains(&other) {
                    before[own].push(other);
                }
            }
        }
        let heights = heights(&before)?;
        // What others follow goes before them.
        let key = |unit: usize| {
            let Unit { drafts, follows, .. } = &self.units[unit];
            (std::cmp::Reverse(heights[unit]), !follows.is_empty(), drafts[0])
        };
        let order = crate::order::by(count, |a, b| key(a).cmp(&key(b)));

        let (mut done, mut list, mut stages) = (vec![false; count], Vec::new(), Vec::new());
        while done.contains(&false) {
            let (mut chosen, mut bound): (Vec<usize>, Vec<Buffer>) = (Vec::new(), Vec::new());
            let mut grown = true;
            while std::mem::take(&mut grown) {
                for &unit in &order {
                    let known = |other: usize| done[other] || chosen.contains(&other);
                    let ready = !known(unit) && before[unit].iter().all(|&other| done[other]);
                    if !ready || !self.units[unit].follows.iter().all(|&draft| known(unit_of[draft])) {
                        continue;
                    }
                    let mut more = bound.clone();
                    self.unit_buffers(unit).into_iter().for_each(|buffer| add_buffer(&mut more, buffer));
                    if chosen.is_empty() || (more.len() <= MAX_BUFFERS && chosen.len() < MAX_BRANCHES) {
                        bound = more;
                        chosen.push(unit);
                        grown = true;
                    }
                }
            }
            if chosen.is_empty() {
                return None;
            }
            let mut branches = Vec::new();
            for &unit in &chosen {
                let first = list.len();
                list.extend(&self.units[unit].drafts);
                branches.push((first..list.len(), unit));
            }
            chosen.iter().for_each(|&unit| done[unit] = true);
            stages.push(branches);
        }
        // Where each draft stands in the list.
        let mut position = vec![0; list.len()];
        list.iter().enumerate().for_each(|(index, &draft)| position[draft] = index);
        let fusion = |unit: usize| match &self.units[unit].kind {
            Kind::Single => Fusion::Single,
            Kind::Rows(programs) => Fusion::Rows(programs.clone()),
            Kind::Product { product, prologues, epilogue } => Fusion::Product {
                product: position[*product],
                prologues: prologues
                    .iter()
                    .map(|&Prologue { operand, map }| Prologue { operand, map: position[map] })
                    .collect(),
                epilogue: epilogue.map(|map| position[map]),
            },
        };
        let branch = |(dispatches, unit)| Branch { dispatches, fusion: fusion(unit) };
        let stages = stages.into_iter().map(|branches| Stage { branches: branches.into_iter().map(branch).collect() });
        let stages = stages.collect();
        Some((list, stages))
    }

    fn unit_buffers(&self, unit: usize) -> Vec<Buffer> {
        let Unit { drafts, kind, .. } = &self.units[unit];
        let Kind::Product { product, prologues, epilogue } = kind else { return self.buffers(drafts, &[]) };
        let mut drafts = drafts.clone();
        drafts.extend(prologues.iter().map(|prologue| prologue.map));
        let made = prologues.iter().map(|prologue| prologue.map).chain(epilogue.map(|_| *product));
        let registers: Vec<Tensor> = made.filter_map(|draft| self.drafts()[draft].output.node()).collect();
        let mut bound = self.buffers(&drafts, &registers);
        // On which devices it is cut is not known here. It then writes its output in a launch of its own, so that nothing more
        // is bound where that output has a buffer to itself.
        let output = self.drafts()[epilogue.unwrap_or(*product)].output.node();
        let shares = output.is_none_or(|node| self.planner.is_pooled(node));
        if shares && self.drafts()[*product].kernel.may_be_cut() {
            add_buffer(&mut bound, Buffer::Scratch);
        }
        bound
    }
}

/// For each unit the number of units on the longest way from it to the end; None if there is a circle.
fn heights(before: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut heights = vec![0; before.len()];
    let mut open: Vec<usize> = (0..before.len()).collect();
    while let Some(unit) = open.pop() {
        for &earlier in &before[unit] {
            if heights[earlier] < heights[unit] + 1 {
                heights[earlier] = heights[unit] + 1;
                if heights[earlier] > before.len() {
                    return None;
                }
                open.push(earlier);
            }
        }
    }
    Some(heights)
}
