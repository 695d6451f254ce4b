//! The interpreter of fused programs, one block at a time (see `block.rs`).

use super::block::{BLOCK, Block, Level, Step};
use crate::backend::Clocks;
use crate::graph::Draw;
use crate::graph::fuse::Instruction;
use crate::rng::{self, NormalTable};
use ganvas_loops::{Operand, Real, are_apart};
use std::ops::Range;

/// What random instructions and ramps need to know.
pub struct Draws<'a> {
    pub clocks: Clocks,
    pub normals: &'a NormalTable,
}

/// Where the value of a step is.
#[derive(Clone, Copy, Default)]
enum Source {
    #[default]
    Register,
    /// Straight in an input, from this element on.
    Input { input: usize, start: usize },
}

/// The buffers of a running program; kept between runs.
#[derive(Default)]
pub struct State<T> {
    base: Vec<T>,
    rows: Vec<Vec<T>>,
    elements: Vec<Vec<T>>,
    sources: Vec<Source>,
    base_offsets: Vec<usize>,
    row_offsets: Vec<Vec<usize>>,
}

/// A running program.
pub struct Machine<'a, T> {
    block: &'a Block,
    inputs: &'a [&'a [T]],
    draws: &'a Draws<'a>,
    state: &'a mut State<T>,
    /// The rows of the current block, counted from the first row that was prepared.
    rows: Range<usize>,
}

impl<'a, T: Real> Machine<'a, T> {
    /// Starts at the first point of the base axes.
    pub fn new(block: &'a Block, inputs: &'a [&'a [T]], draws: &'a Draws<'a>, state: &'a mut State<T>) -> Self {
        state.base.clear();
        state.base.resize(block.steps.len(), T::ZERO);
        state.sources.clear();
        state.sources.resize(block.steps.len(), Source::Register);
        if state.elements.len() < block.registers {
            state.elements.resize_with(block.registers, || vec![T::ZERO; BLOCK]);
        }
        if state.rows.len() < block.steps.len() {
            state.rows.resize_with(block.steps.len(), || vec![T::ZERO; BLOCK]);
        }
        if state.row_offsets.len() < block.accesses.len() {
            state.row_offsets.resize_with(block.accesses.len(), || vec![0; BLOCK]);
        }
        let mut machine = Machine { block, inputs, draws, state, rows: 0..0 };
        machine.set_base(0);
        machine
    }

    /// Moves to a point of the base axes, counted in row-major order.
    pub fn set_base(&mut self, point: usize) {
        let offsets = &mut self.state.base_offsets;
        offsets.clear();
        for access in &self.block.accesses {
            let mut rest = point;
            let mut offset = access.offset;
            for (extent, stride) in self.block.base.iter().zip(&access.base).rev() {
                offset += rest % extent * stride;
                rest /= extent;
            }
            offsets.push(offset);
        }
        for (position, step) in self.block.steps.iter().enumerate() {
            if step.level != Level::Base {
                continue;
            }
            let base = |position: usize| Operand::Scalar(self.state.base[position]);
            let mut value = [T::ZERO];
            match step.instruction {
                Instruction::Load(load) => {
                    value[0] = self.inputs[self.block.accesses[load].input][self.state.base_offsets[load]];
                }
                Instruction::Constant(constant) => value[0] = T::from_f32(constant.value()),
                Instruction::Ramp(ramp) => value[0] = T::from_f32(ramp.value(self.draws.clocks.draw(ramp.clock).1)),
                Instruction::Unary(unary, x) => T::unary(&mut value, unary, &[self.state.base[x]]),
                Instruction::Binary(binary, a, b) => T::binary(&mut value, binary, base(a), base(b)),
                Instruction::Select(c, a, b) => T::select(&mut value, base(c), base(a), base(b)),
                Instruction::Index | Instruction::Uniform(_) | Instruction::Normal(_) | Instruction::Total => {
                    unreachable!("never of the base level")
                }
            }
            self.state.base[position] = value[0];
        }
    }

    /// Visits the points of `rows` (counted in row-major order over the row axes) by `columns`, a block at a time:
    /// either several whole rows or part of one. `visit` is given the first row, the first column and the number of
    /// points, and runs the program on them.
    pub fn for_blocks(
        &mut self,
        rows: Range<usize>,
        columns: Range<usize>,
        mut visit: impl FnMut(&mut Self, usize, usize, usize),
    ) {
        let (rows_at_once, columns_at_once) = (self.block.rows_at_once(), self.block.columns_at_once());
        // Values of rows are computed for many rows together.
        let prepared = BLOCK / rows_at_once * rows_at_once;
        let mut first = rows.start;
        while first < rows.end {
            let count = prepared.min(rows.end - first);
            self.prepare_rows(first, count);
            let mut row = 0;
            while row < count {
                let rows_now = rows_at_once.min(count - row);
                self.set_rows(row..row + rows_now);
                let mut column = columns.start;
                while column < columns.end {
                    let columns_now = columns_at_once.min(columns.end - column);
                    visit(self, first + row, column, rows_now * columns_now);
                    column += columns_now;
                }
                row += rows_now;
            }
            first += count;
        }
    }

    /// Computes where `count` rows from row `first` on lie, and the values of the row's level for them.
    fn prepare_rows(&mut self, first: usize, count: usize) {
        self.rows = 0..count;
        let rows = &self.block.rows;
        for (position, access) in self.block.accesses.iter().enumerate() {
            let offsets = &mut self.state.row_offsets[position][..count];
            let base = self.state.base_offsets[position];
            match (&rows[..], &access.rows[..]) {
                ([], _) => offsets.fill(base),
                ([_], &[stride]) => {
                    for (row, offset) in offsets.iter_mut().enumerate() {
                        *offset = base + (first + row) * stride;
                    }
                }
                (&[.., extent], &[.., stride]) => {
                    // The innermost row axis counts up; the others are worked out when it wraps.
                    let outer = |row: usize| {
                        let mut rest = row / extent;
                        let mut offset = base;
                        for (extent, stride) in rows.iter().zip(&access.rows).rev().skip(1) {
                            offset += rest % extent * stride;
                            rest /= extent;
                        }
                        offset
                    };
                    let (mut at, mut start) = (first % extent, outer(first));
                    for (row, offset) in offsets.iter_mut().enumerate() {
                        if at == extent {
                            (at, start) = (0, outer(first + row));
                        }
                        *offset = start + at * stride;
                        at += 1;
                    }
                }
                (_, []) => unreachable!("as many strides as axes"),
            }
        }
        for step in &self.block.steps {
            if step.level != Level::Row {
                continue;
            }
            let mut values = std::mem::take(&mut self.state.rows[step.register]);
            let output = &mut values[..count];
            match step.instruction {
                Instruction::Load(load) => {
                    let input = self.inputs[self.block.accesses[load].input];
                    for (value, &offset) in output.iter_mut().zip(&self.state.row_offsets[load]) {
                        *value = input[offset];
                    }
                }
                Instruction::Unary(unary, x) => {
                    let Operand::Slice(x) = self.row_operand(x) else { unreachable!("a value of the row's level") };
                    T::unary(output, unary, x);
                }
                Instruction::Binary(binary, a, b) => {
                    T::binary(output, binary, self.row_operand(a), self.row_operand(b));
                }
                Instruction::Select(c, a, b) => {
                    let [c, a, b] = [c, a, b].map(|position| self.row_operand(position));
                    T::select(output, c, a, b);
                }
                _ => unreachable!("never of the row's level"),
            }
            self.state.rows[step.register] = values;
        }
    }

    /// Moves to some of the prepared rows. Where there are several, the values of rows are repeated along the innermost
    /// axis for the elements that use them.
    fn set_rows(&mut self, rows: Range<usize>) {
        self.rows = rows;
        if self.rows.len() == 1 {
            return;
        }
        let inner = self.block.inner;
        for step in &self.block.steps {
            let Some(register) = step.repeated else { continue };
            let values = &self.state.rows[step.register][self.rows.clone()];
            T::repeat(values, inner, &mut self.state.elements[register]);
        }
    }

    fn row_operand(&self, position: usize) -> Operand<'_, T> {
        let step = &self.block.steps[position];
        match step.level {
            Level::Base => Operand::Scalar(self.state.base[position]),
            _ => Operand::Slice(&self.state.rows[step.register][self.rows.clone()]),
        }
    }

    fn operand(&self, position: usize, points: usize) -> Operand<'_, T> {
        let step = &self.block.steps[position];
        match (step.level, self.state.sources[position]) {
            (Level::Base, _) => Operand::Scalar(self.state.base[position]),
            (Level::Row, _) if self.rows.len() == 1 => Operand::Scalar(self.state.rows[step.register][self.rows.start]),
            (Level::Row, _) => Operand::Slice(&self.state.elements[step.repeated.unwrap_or_default()][..points]),
            (Level::Element, Source::Register) => Operand::Slice(&self.state.elements[step.register][..points]),
            (Level::Element, Source::Input { input, start }) => {
                Operand::Slice(&self.inputs[input][start..start + points])
            }
        }
    }

    /// The offset of a tracked view at the first point of the current rows, if its rows lie one after another.
    pub fn contiguous(&self, access: usize) -> Option<usize> {
        let offsets = self.starts(access);
        let joined = self.block.accesses[access].inner == 1 && are_apart(offsets, self.block.inner);
        joined.then(|| offsets[0])
    }

    /// Stores the values of the current rows from `column` on where a tracked view has them; `output` begins at offset `base`.
    pub fn put(&self, access: usize, column: usize, values: &[T], output: &mut [T], base: usize) {
        let stride = self.block.accesses[access].inner;
        T::put(values, self.starts(access), column * stride, stride, output, base);
    }

    /// The offset of a tracked view at a point of the current block; `row` counts from its first row.
    fn offset(&self, access: usize, row: usize, column: usize) -> usize {
        self.state.row_offsets[access][self.rows.start + row] + column * self.block.accesses[access].inner
    }

    /// Runs the current rows (whole ones if there are several) from `column` on into `output`.
    pub fn run_into(&mut self, column: usize, output: &mut [T]) {
        self.run(column, output.len(), Some(output));
    }

    /// Runs as [`Machine::run_into`] does, and lends the values.
    pub fn values(&mut self, column: usize, points: usize) -> Operand<'_, T> {
        let last = self.block.steps.len() - 1;
        self.run(column, points, None);
        match &self.block.steps[last] {
            // A value of rows that no instruction repeated.
            Step { level: Level::Row, register, repeated: None, .. } if self.rows.len() > 1 => {
                if self.state.elements.is_empty() {
                    self.state.elements.push(vec![T::ZERO; BLOCK]);
                }
                let (inner, rows) = (self.block.inner, &self.state.rows[*register][self.rows.clone()]);
                T::repeat(rows, inner, &mut self.state.elements[0]);
                Operand::Slice(&self.state.elements[0][..points])
            }
            _ => self.operand(last, points),
        }
    }

    fn run(&mut self, column: usize, points: usize, mut output: Option<&mut [T]>) {
        let block = self.block;
        let last = block.steps.len() - 1;
        for (position, step) in block.steps.iter().enumerate() {
            if step.level != Level::Element {
                continue;
            }
            if let Instruction::Load(load) = step.instruction
                && let Some(start) = self.contiguous(load)
            {
                let source = Source::Input { input: block.accesses[load].input, start: start + column };
                self.state.sources[position] = source;
                continue;
            }
            self.state.sources[position] = Source::Register;
            if position == last
                && let Some(output) = output.take()
            {
                self.fill(step.instruction, column, output);
                return;
            }
            let mut values = std::mem::take(&mut self.state.elements[step.register]);
            self.fill(step.instruction, column, &mut values[..points]);
            self.state.elements[step.register] = values;
        }
        let Some(output) = output else { return };
        // The last instruction is a load of contiguous elements, or its value is not one of elements.
        match self.block.steps[last].level {
            Level::Row => {
                let width = if self.rows.len() == 1 { points } else { block.inner };
                let values = &self.state.rows[block.steps[last].register][self.rows.clone()];
                T::repeat(values, width, output);
            }
            Level::Base | Level::Element => match self.operand(last, points) {
                Operand::Scalar(value) => output.fill(value),
                Operand::Slice(values) => output.copy_from_slice(values),
            },
        }
    }

    /// Computes one instruction of the element's level.
    fn fill(&self, instruction: Instruction, column: usize, output: &mut [T]) {
        let points = output.len();
        match instruction {
            Instruction::Load(load) => self.gather(load, column, output),
            Instruction::Unary(unary, x) => match self.operand(x, points) {
                Operand::Slice(x) => T::unary(output, unary, x),
                Operand::Scalar(_) => unreachable!("a value of the element's level"),
            },
            Instruction::Binary(binary, a, b) => {
                T::binary(output, binary, self.operand(a, points), self.operand(b, points));
            }
            Instruction::Select(c, a, b) => {
                let [c, a, b] = [c, a, b].map(|position| self.operand(position, points));
                T::select(output, c, a, b);
            }
            Instruction::Index => self.number(column, output, |index| index as f32),
            Instruction::Uniform(draw) => self.draw(draw, column, output, rng::uniform),
            Instruction::Normal(draw) => self.draw(draw, column, output, |bits| self.draws.normals.normal(bits)),
            Instruction::Constant(_) | Instruction::Ramp(_) | Instruction::Total => {
                unreachable!("never of the element's level")
            }
        }
    }

    fn gather(&self, load: usize, column: usize, output: &mut [T]) {
        let access = &self.block.accesses[load];
        T::gather(self.inputs[access.input], self.starts(load), column * access.inner, access.inner, output);
    }

    /// The offsets of a tracked view at the first column of the current rows.
    fn starts(&self, access: usize) -> &[usize] {
        &self.state.row_offsets[access][self.rows.clone()]
    }

    fn draw(&self, draw: Draw, column: usize, output: &mut [T], number: impl Fn(u32) -> f32) {
        let (seed, counter) = self.draws.clocks.draw(draw.clock);
        self.number(column, output, |index| number(rng::bits(seed, draw.stream, counter, index as u32)));
    }

    /// A function of the points' row-major numbers.
    fn number(&self, column: usize, output: &mut [T], value_of: impl Fn(usize) -> f32) {
        let access = self.block.index_access;
        let width = output.len() / self.rows.len();
        for (row, output) in output.chunks_exact_mut(width).enumerate() {
            for (i, value) in output.iter_mut().enumerate() {
                *value = T::from_f32(value_of(self.offset(access, row, column + i)));
            }
        }
    }
}
