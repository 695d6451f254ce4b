//! Fused programs prepared for the interpreter (`machine.rs`): every instruction runs over a block of a few hundred
//! points before the next one does, so that the cost of interpreting is spread thin and the operands stay in the
//! first-level cache.
//!
//! A block covers part of one row of the innermost axis, or several whole rows where these are short. What does not
//! change along the innermost axis is computed once a row, what does not change along the rows either once for all.

use crate::graph::fuse::{Instruction, Load, View};

/// Points of a block: a handful of operands of this length fit in 32 KiB.
pub const BLOCK: usize = 512;
/// Rows at least this long are blocks of their own.
const LONG_ROW: usize = 128;

/// How the axes of a program are walked: `base` in an outer loop, `rows` inside it, and the innermost axis `inner`
/// (None for a program of a single point).
pub struct Walk {
    pub base: Vec<usize>,
    pub rows: Vec<usize>,
    pub inner: Option<usize>,
}

/// How often a value changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Base,
    Row,
    Element,
}

/// Where something lies in memory, as strides over the walk's axes.
pub(super) struct Access {
    pub input: usize,
    pub offset: usize,
    pub base: Vec<usize>,
    pub rows: Vec<usize>,
    pub inner: usize,
}

/// An instruction with the place of its value.
pub(super) struct Step {
    pub instruction: Instruction,
    pub level: Level,
    /// The buffer of its level that takes the value.
    pub register: usize,
    /// For a value of a row that is used by elements: the buffer of the repeated value.
    pub repeated: Option<usize>,
}

/// A program compiled for one way of walking its axes.
pub struct Block {
    pub(super) base: Vec<usize>,
    pub(super) rows: Vec<usize>,
    /// Extent of the innermost axis.
    pub inner: usize,
    pub(super) steps: Vec<Step>,
    /// The loads, then the row-major index of the point, then any further view that was asked for.
    pub(super) accesses: Vec<Access>,
    pub(super) index_access: usize,
    pub(super) registers: usize,
}

impl Block {
    /// Compiles `instructions`; `further` views are tracked too (see [`Machine::offset`]).
    pub fn new(
        instructions: &[Instruction],
        loads: &[Load],
        extents: &[usize],
        walk: &Walk,
        further: &[&View],
    ) -> Block {
        let access = |input: usize, view: &View| {
            let strides = |axes: &[usize]| axes.iter().map(|&axis| view.strides[axis]).collect();
            let inner = walk.inner.map_or(1, |axis| view.strides[axis]);
            Access { input, offset: view.offset, base: strides(&walk.base), rows: strides(&walk.rows), inner }
        };
        let index = View { offset: 0, strides: crate::shape::Shape::from(extents).strides() };
        let mut accesses: Vec<Access> = loads.iter().map(|load| access(load.input, &load.view)).collect();
        let index_access = accesses.len();
        accesses.push(access(0, &index));
        accesses.extend(further.iter().map(|view| access(0, view)));
        let mut steps: Vec<Step> = Vec::with_capacity(instructions.len());
        for &instruction in instructions {
            let level = match instruction {
                Instruction::Constant(_) | Instruction::Ramp(_) => Level::Base,
                Instruction::Load(load) => match &accesses[load] {
                    _ if walk.inner.is_none() => Level::Base,
                    Access { inner: 1.., .. } => Level::Element,
                    Access { rows, .. } if rows.iter().any(|&stride| stride > 0) => Level::Row,
                    _ => Level::Base,
                },
                Instruction::Unary(..) | Instruction::Binary(..) | Instruction::Select(..) => {
                    let levels = instruction.operands().map(|operand| steps[operand].level);
                    levels.max().expect("it has operands")
                }
                Instruction::Index | Instruction::Uniform(_) | Instruction::Normal(_) => Level::Element,
                Instruction::Total => unreachable!("the total is a load of the epilogue's program"),
            };
            steps.push(Step { instruction, level, register: 0, repeated: None });
        }
        let extent = |axes: &[usize]| axes.iter().map(|&axis| extents[axis]).collect();
        let inner = walk.inner.map_or(1, |axis| extents[axis]);
        let (base, rows) = (extent(&walk.base), extent(&walk.rows));
        let mut block = Block { base, rows, inner, steps, accesses, index_access, registers: 0 };
        block.assign_registers();
        block
    }

    /// Gives values of elements as few buffers as they need, and every value of a row its own.
    fn assign_registers(&mut self) {
        let mut last_use = vec![0; self.steps.len()];
        let mut repeated = vec![false; self.steps.len()];
        for (position, step) in self.steps.iter().enumerate() {
            for operand in step.instruction.operands() {
                last_use[operand] = position;
                repeated[operand] |= step.level == Level::Element && self.steps[operand].level == Level::Row;
            }
        }
        let mut rows = 0;
        for (step, repeated) in self.steps.iter_mut().zip(repeated) {
            if step.level == Level::Row {
                step.register = rows;
                rows += 1;
            }
            if repeated {
                step.repeated = Some(self.registers);
                self.registers += 1;
            }
        }
        let mut free: Vec<usize> = Vec::new();
        for position in 0..self.steps.len() {
            if self.steps[position].level != Level::Element {
                continue;
            }
            self.steps[position].register = free.pop().unwrap_or_else(|| {
                self.registers += 1;
                self.registers - 1
            });
            let operands: Vec<usize> = self.steps[position].instruction.operands().collect();
            let mut ended = crate::order::ascending(&operands);
            ended.dedup();
            for operand in ended {
                if last_use[operand] == position && self.steps[operand].level == Level::Element {
                    free.push(self.steps[operand].register);
                }
            }
        }
    }

    /// Instructions that each point takes.
    pub fn operations(&self) -> usize {
        self.steps.iter().filter(|step| step.level == Level::Element).count().max(1)
    }

    /// Number of points of the base axes.
    pub fn base_points(&self) -> usize {
        self.base.iter().product()
    }

    /// Number of rows for one point of the base axes.
    pub fn row_points(&self) -> usize {
        self.rows.iter().product()
    }

    /// Rows that make up a block.
    pub fn rows_at_once(&self) -> usize {
        if self.inner >= LONG_ROW { 1 } else { BLOCK / self.inner }
    }

    /// Columns that make up a block: the row cut into equal parts.
    pub fn columns_at_once(&self) -> usize {
        self.inner.div_ceil(self.inner.div_ceil(BLOCK)).next_multiple_of(16).min(self.inner)
    }

    /// The tracked offset of the `further` view at this position of the list.
    pub fn further(&self, position: usize) -> usize {
        self.index_access + 1 + position
    }
}
