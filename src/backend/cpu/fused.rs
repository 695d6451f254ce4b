//! Fused programs on the CPU: how their axes are walked, cut into pieces for threads, and reduced.

use super::block::{BLOCK, Block, Walk};
use super::machine::{Draws, Machine, State};
use super::parallel::{self, Pool};
use crate::graph::fuse::{Fused, Instruction, Load, Reduction, View};
use ganvas_loops::{Operand, Real, combine, identity, repeated};

/// A program made ready to run.
pub enum Program {
    Map(Map),
    Reduce(Box<Reduce>),
}

/// Buffers of running programs, shared by all of them.
#[derive(Default)]
pub struct Scratch<T> {
    states: Pool<State<T>>,
    columns: Pool<Vec<T>>,
    sums: Pool<Vec<f64>>,
    totals: Pool<Vec<T>>,
}

/// Inputs a program may have, the totals of a reduction counted.
const MAX_INPUTS: usize = 16;
/// Points in a piece of work for one thread: of a reduction, where the pieces decide how sums are made, and of a map.
const PIECE: usize = 1 << 14;
const MAP_PIECE: usize = 1 << 11;

impl Program {
    pub fn new(fused: &Fused) -> Program {
        if fused.is_reduction() { Program::Reduce(Box::new(Reduce::new(fused))) } else { Program::Map(Map::new(fused)) }
    }

    /// Runs the program; `output` is the region that the program's output view looks into.
    pub fn run<T: Real>(&self, inputs: &[&[T]], output: &mut [T], draws: &Draws, scratch: &Scratch<T>) {
        match self {
            Program::Map(map) => map.run(inputs, output, draws, scratch),
            Program::Reduce(reduce) => reduce.run(inputs, output, draws, scratch),
        }
    }
}

/// A program without reduction.
pub struct Map {
    block: Block,
    output: View,
    /// Extent of the outermost axis (1 for a single point), and points for one step along it.
    outer: usize,
    points_per_outer: usize,
    /// Whether steps along the outermost axis write to disjoint runs of memory, one after another.
    nested: bool,
}

impl Map {
    fn new(fused: &Fused) -> Map {
        let rank = fused.extents.len();
        let rows: Vec<usize> = (0..rank.saturating_sub(1)).collect();
        let walk = Walk { base: vec![], rows, inner: rank.checked_sub(1) };
        let block = Block::new(&fused.body, &fused.loads, &fused.extents, &walk, &[&fused.output]);
        let outer = fused.extents.first().copied().unwrap_or(1);
        let inside = fused.extents.iter().zip(&fused.output.strides).skip(1);
        let span: usize = inside.map(|(extent, stride)| (extent - 1) * stride).sum::<usize>() + 1;
        let nested = rank > 0 && fused.output.strides[0] >= span;
        Map { block, output: fused.output.clone(), outer, points_per_outer: fused.points() / outer, nested }
    }

    fn run<T: Real>(&self, inputs: &[&[T]], output: &mut [T], draws: &Draws, scratch: &Scratch<T>) {
        let work = self.outer * self.points_per_outer * self.block.operations();
        let output = &mut output[self.output.offset..];
        if !self.nested {
            return self.run_part(inputs, 0, self.outer, output, 0, draws, scratch);
        }
        let stride = self.output.strides[0];
        // A row is not cut inside a vector.
        let whole = if self.single_axis() { 16 } else { 1 };
        let steps = MAP_PIECE.div_ceil(self.points_per_outer).next_multiple_of(whole).min(self.outer);
        // What lies behind the last step belongs to others.
        let end = output.len().min(stride * self.outer);
        parallel::for_pieces(&mut output[..end], steps * stride, work, |piece, output| {
            let first = piece * steps;
            let count = steps.min(self.outer - first);
            self.run_part(inputs, first, count, output, self.output.offset + first * stride, draws, scratch);
        });
    }

    /// Runs `count` steps along the outermost axis; `output` begins at element `start` of the region.
    #[allow(clippy::too_many_arguments)]
    fn run_part<T: Real>(
        &self,
        inputs: &[&[T]],
        first: usize,
        count: usize,
        output: &mut [T],
        start: usize,
        draws: &Draws,
        scratch: &Scratch<T>,
    ) {
        let block = &self.block;
        // With a single axis the outermost is the innermost one: the part is a range of columns.
        let rows = block.row_points() / if self.single_axis() { 1 } else { self.outer };
        let (rows, columns) = match self.single_axis() {
            true => (0..1, first..first + count),
            false => (first * rows..(first + count) * rows, 0..block.inner),
        };
        let start = if self.nested { start } else { self.output.offset };
        scratch.states.with(|state| {
            let mut machine = Machine::new(block, inputs, draws, state);
            machine.for_blocks(rows, columns, |machine, _, column, points| {
                self.store(machine, column, points, output, start, scratch);
            });
        });
    }

    fn single_axis(&self) -> bool {
        self.points_per_outer == 1 && self.block.inner == self.outer
    }

    /// Runs a block of `points` from `column` on and stores it; `output` begins at element `start` of the region.
    fn store<T: Real>(
        &self,
        machine: &mut Machine<T>,
        column: usize,
        points: usize,
        output: &mut [T],
        start: usize,
        scratch: &Scratch<T>,
    ) {
        let view = self.block.further(0);
        if let Some(offset) = machine.contiguous(view) {
            let from = offset + column - start;
            return machine.run_into(column, &mut output[from..from + points]);
        }
        scratch.columns.with(|values| {
            values.resize(BLOCK.max(values.len()), T::ZERO);
            machine.run_into(column, &mut values[..points]);
            machine.put(view, column, &values[..points], output, start);
        });
    }
}

/// How a reduction's axes are walked.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    /// Long sums that end with the innermost axis: one result after another.
    One,
    /// Short sums that end with the innermost axis: several rows, each a result, in one block.
    Rows,
    /// The innermost axis is kept: blocks are added onto a row of results.
    Columns,
}

/// Sums along the innermost axis of at least this many points are done one at a time.
const LONG_SUM: usize = 256;
/// Rows added up in T before the sums move to f64.
const FLUSH_ROWS: usize = 16;
/// Pieces that a reduction to few results is cut into.
const PIECES: usize = 16;

/// A program that reduces.
pub struct Reduce {
    block: Block,
    order: Order,
    reduction: Reduction,
    epilogue: Map,
    /// Number of results.
    kept: usize,
    points: usize,
}

impl Reduce {
    fn new(fused: &Fused) -> Reduce {
        let rank = fused.extents.len();
        let (inner, outer) = (rank - 1, 0..rank - 1);
        let (reduced, kept): (Vec<usize>, Vec<usize>) = outer.partition(|&axis| fused.reduced[axis]);
        let order = match (fused.reduced[inner], fused.reduced_points() >= LONG_SUM) {
            (true, true) => Order::One,
            (true, false) => Order::Rows,
            (false, _) => Order::Columns,
        };
        let (base, rows) = if order == Order::Rows { (reduced, kept) } else { (kept, reduced) };
        let walk = Walk { base, rows, inner: Some(inner) };
        let block = Block::new(&fused.body, &fused.loads, &fused.extents, &walk, &[]);
        let (points, kept) = (fused.points(), fused.points() / fused.reduced_points());
        Reduce { block, order, reduction: fused.reduction, epilogue: Map::new(&epilogue(fused)), kept, points }
    }

    fn run<T: Real>(&self, inputs: &[&[T]], output: &mut [T], draws: &Draws, scratch: &Scratch<T>) {
        scratch.sums.with(|sums| {
            sums.clear();
            match self.order {
                Order::One => self.sum_one(inputs, sums, draws, scratch),
                Order::Rows => self.sum_rows(inputs, sums, draws, scratch),
                Order::Columns => self.sum_columns(inputs, sums, draws, scratch),
            }
            scratch.totals.with(|totals| {
                totals.clear();
                totals.extend(sums.iter().map(|&sum| T::from_f64(sum)));
                let mut all: [&[T]; MAX_INPUTS] = [&[]; MAX_INPUTS];
                all[..inputs.len()].copy_from_slice(inputs);
                all[inputs.len()] = totals;
                self.epilogue.run(&all[..=inputs.len()], output, draws, scratch);
            });
        });
    }

    fn work(&self) -> usize {
        self.points * self.block.operations()
    }

    fn sum_one<T: Real>(&self, inputs: &[&[T]], sums: &mut Vec<f64>, draws: &Draws, scratch: &Scratch<T>) {
        let block = &self.block;
        let (rows, inner) = (block.row_points(), block.inner);
        // A reduction to few results is cut along its rows, or along the only one.
        let along_rows = rows > 1;
        let length = if along_rows { rows } else { inner };
        let pieces = if self.kept < PIECES && self.points > PIECE { PIECES.min(length) } else { 1 };
        let step = length.div_ceil(pieces);
        let reduction = self.reduction;
        sums.resize(self.kept * pieces, identity(reduction));
        parallel::for_pieces(sums, 1, self.work(), |index, sum| {
            let (result, piece) = (index / pieces, index % pieces);
            let range = (piece * step).min(length)..((piece + 1) * step).min(length);
            let (rows, columns) = if along_rows { (range, 0..inner) } else { (0..1, range) };
            scratch.states.with(|state| {
                let mut machine = Machine::new(block, inputs, draws, state);
                machine.set_base(result);
                machine.for_blocks(rows, columns, |machine, _, column, points| {
                    let part = match machine.values(column, points) {
                        Operand::Scalar(value) => repeated(reduction, value, points),
                        Operand::Slice(values) => T::reduce(values, reduction),
                    };
                    sum[0] = combine(reduction, sum[0], part);
                });
            });
        });
        for result in 0..self.kept {
            let parts = sums[result * pieces..(result + 1) * pieces].iter().copied();
            sums[result] = parts.reduce(|a, b| combine(reduction, a, b)).expect("at least one piece");
        }
        sums.truncate(self.kept);
    }

    fn sum_rows<T: Real>(&self, inputs: &[&[T]], sums: &mut Vec<f64>, draws: &Draws, scratch: &Scratch<T>) {
        let block = &self.block;
        let inner = block.inner;
        let reduction = self.reduction;
        sums.resize(self.kept, identity(reduction));
        let piece = PIECE.div_ceil(block.base_points() * inner).next_multiple_of(block.rows_at_once());
        parallel::for_pieces(sums, piece, self.work(), |index, sums| {
            scratch.states.with(|state| {
                let mut machine = Machine::new(block, inputs, draws, state);
                for base in 0..block.base_points() {
                    machine.set_base(base);
                    let first = index * piece;
                    machine.for_blocks(first..first + sums.len(), 0..inner, |machine, row, _, points| {
                        let sums = &mut sums[row - first..][..points / inner];
                        match machine.values(0, points) {
                            Operand::Scalar(value) => {
                                let part = repeated(reduction, value, inner);
                                sums.iter_mut().for_each(|sum| *sum = combine(reduction, *sum, part));
                            }
                            Operand::Slice(values) => T::reduce_rows(sums, values, reduction),
                        }
                    });
                }
            });
        });
    }

    fn sum_columns<T: Real>(&self, inputs: &[&[T]], sums: &mut Vec<f64>, draws: &Draws, scratch: &Scratch<T>) {
        let block = &self.block;
        let (rows, inner) = (block.row_points(), block.inner);
        let at_once = block.columns_at_once();
        let tiles = self.kept / inner * inner.div_ceil(at_once);
        let pieces = if tiles < PIECES && self.points > PIECE { PIECES.div_ceil(tiles).min(rows) } else { 1 };
        let step = rows.div_ceil(pieces);
        let reduction = self.reduction;
        sums.resize(pieces * self.kept, identity(reduction));
        // In memory: piece, point of the kept outer axes, column.
        let lines = sums.chunks_mut(inner).enumerate();
        let tasks: Vec<(usize, usize, &mut [f64])> = lines
            .flat_map(|(line, sums)| {
                sums.chunks_mut(at_once).enumerate().map(move |(tile, sums)| (line, tile * at_once, sums))
            })
            .collect();
        parallel::for_each(tasks, self.work(), |(line, column, sums)| {
            let (piece, base) = (line / block.base_points(), line % block.base_points());
            let rows = (piece * step).min(rows)..((piece + 1) * step).min(rows);
            scratch.states.with(|state| {
                scratch.columns.with(|partial| {
                    partial.resize(BLOCK.max(partial.len()), T::ZERO);
                    let partial = &mut partial[..sums.len()];
                    partial.fill(T::from_f64(identity(reduction)));
                    let mut machine = Machine::new(block, inputs, draws, state);
                    machine.set_base(base);
                    let mut held = 0;
                    let columns = sums.len();
                    machine.for_blocks(rows, column..column + columns, |machine, _, column, points| {
                        match machine.values(column, points) {
                            Operand::Scalar(value) => {
                                let part = repeated(reduction, value, points / columns);
                                sums.iter_mut().for_each(|sum| *sum = combine(reduction, *sum, part));
                            }
                            Operand::Slice(values) => {
                                for values in values.chunks_exact(columns) {
                                    T::accumulate(partial, values, reduction);
                                    held += 1;
                                    if held == FLUSH_ROWS {
                                        T::flush(sums, partial, reduction);
                                        held = 0;
                                    }
                                }
                            }
                        }
                    });
                    T::flush(sums, partial, reduction);
                });
            });
        });
        for piece in 1..pieces {
            let (first, rest) = sums.split_at_mut(piece * self.kept);
            let parts = first.iter_mut().zip(rest);
            parts.for_each(|(sum, part)| *sum = combine(reduction, *sum, *part));
        }
        sums.truncate(self.kept);
    }
}

/// The epilogue as a program of its own over the kept axes; the totals are its last input.
fn epilogue(fused: &Fused) -> Fused {
    let kept: Vec<usize> = (0..fused.extents.len()).filter(|&axis| !fused.reduced[axis]).collect();
    let narrow =
        |view: &View| View { offset: view.offset, strides: kept.iter().map(|&axis| view.strides[axis]).collect() };
    let extents: Vec<usize> = kept.iter().map(|&axis| fused.extents[axis]).collect();
    let inputs = fused.loads.iter().map(|load| load.input + 1).max().unwrap_or(0);
    let mut loads: Vec<Load> =
        fused.loads.iter().map(|load| Load { input: load.input, view: narrow(&load.view) }).collect();
    let strides = crate::shape::Shape::from(extents.clone()).strides();
    loads.push(Load { input: inputs, view: View { offset: 0, strides } });
    let moved = |position: usize| position - fused.body.len();
    let body = fused.epilogue.iter().map(|&instruction| match instruction {
        Instruction::Total => Instruction::Load(loads.len() - 1),
        other => other.with_operands(moved),
    });
    let (body, output, reduced) = (body.collect(), narrow(&fused.output), vec![false; kept.len()]);
    Fused { extents, reduced, reduction: Reduction::Sum, loads, body, epilogue: Vec::new(), output }
}
