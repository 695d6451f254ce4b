//! A matrix product for WebAssembly, in f32.
//!
//! The `gemm` crate works in tiles of 12 by 4 there. With their operands these need more than the sixteen vector
//! registers of x86-64, so that engines keep some in memory; tiles of 8 by 4 fit. It is only for sums long enough to pay
//! for rearranging the operands; `gemm` does the rest, and everything natively.

use super::elementwise;
use super::matmul::{Matrix, Output};
use std::cell::RefCell;
use std::ops::Range;

/// Columns of a tile: two vectors.
const COLUMNS: usize = 8;
/// Rows of a tile.
const ROWS: usize = 4;
/// Terms of the sums that are added up in one go, and columns for which b is rearranged at once: 512 KiB.
const DEPTH: usize = 512;
const WIDTH: usize = 256;

/// The shortest sums for which this is worth while.
const LEAST_DEPTH: usize = 32;

/// Working memory.
#[derive(Default)]
struct Buffers {
    /// Columns of b in panels of eight, one panel after another.
    panels: Vec<f32>,
    /// Four rows of a, side by side, where they are not dense.
    rows: Vec<[f32; ROWS]>,
}

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::new(Buffers::default());
}

/// Whether [`product`] is the better choice.
pub fn suits([m, n, k]: [usize; 3], a: Matrix<f32>, b: Matrix<f32>) -> bool {
    let dense = |matrix: Matrix<f32>| matrix.column_stride == 1 || matrix.row_stride == 1;
    dense(a) && dense(b) && m >= ROWS && n >= COLUMNS && k >= LEAST_DEPTH
}

/// `output = a b` or `output += a b`, as [`super::matmul::matmul`], where the product [`suits`].
pub fn product([m, n, k]: [usize; 3], a: Matrix<f32>, b: Matrix<f32>, output: Output<f32>) {
    let Output { elements: output, stride, accumulate } = output;
    BUFFERS.with_borrow_mut(|Buffers { panels, rows: side_by_side }| {
        for column in (0..n).step_by(WIDTH) {
            let columns = column..n.min(column + WIDTH);
            for first in (0..k).step_by(DEPTH) {
                let depth = first..k.min(first + DEPTH);
                rearrange(b, depth.clone(), columns.clone(), panels);
                let accumulate = accumulate || first > 0;
                for row in (0..m).step_by(ROWS) {
                    let rows = ROWS.min(m - row);
                    // Rows that do not exist are repeats of the last.
                    let start = |i: usize| (row + i.min(rows - 1)) * a.row_stride + first * a.column_stride;
                    let lines = [0, 1, 2, 3].map(|i| &a.elements[start(i)..]);
                    if a.column_stride != 1 {
                        side_by_side.clear();
                        let at = |l: usize| lines.map(|line| line[l * a.column_stride]);
                        side_by_side.extend((0..depth.len()).map(at));
                    }
                    let panels = panels.as_chunks::<COLUMNS>().0.chunks_exact(depth.len());
                    for (panel, column) in panels.zip(columns.clone().step_by(COLUMNS)) {
                        let sums = match a.column_stride {
                            1 => tile_of_lines(lines.map(|line| &line[..depth.len()]), panel),
                            _ => tile(side_by_side.iter().copied(), panel),
                        };
                        let width = COLUMNS.min(n - column);
                        for (i, sums) in sums.iter().enumerate().take(rows) {
                            store(sums, &mut output[(row + i) * stride + column..][..width], accumulate);
                        }
                    }
                }
            }
        }
    });
}

#[inline(always)]
fn store(sums: &[f32; COLUMNS], to: &mut [f32], accumulate: bool) {
    if let Ok(to) = <&mut [f32; COLUMNS]>::try_from(&mut *to) {
        for j in 0..COLUMNS {
            to[j] = if accumulate { to[j] + sums[j] } else { sums[j] };
        }
    } else {
        for (to, sum) in to.iter_mut().zip(sums) {
            *to = if accumulate { *to + sum } else { *sum };
        }
    }
}

/// Sums of products of four rows, given side by side, with eight columns.
#[inline(always)]
fn tile(rows: impl Iterator<Item = [f32; ROWS]>, panel: &[[f32; COLUMNS]]) -> [[f32; COLUMNS]; ROWS] {
    let mut sums = [[0.0f32; COLUMNS]; ROWS];
    for (b, a) in panel.iter().zip(rows) {
        for i in 0..ROWS {
            for j in 0..COLUMNS {
                sums[i][j] += a[i] * b[j];
            }
        }
    }
    sums
}

#[inline(always)]
fn tile_of_lines([l0, l1, l2, l3]: [&[f32]; ROWS], panel: &[[f32; COLUMNS]]) -> [[f32; COLUMNS]; ROWS] {
    let rows = l0.iter().zip(l1).zip(l2).zip(l3);
    tile(rows.map(|(((&a0, &a1), &a2), &a3)| [a0, a1, a2, a3]), panel)
}

/// Part of b as panels of eight columns, filled up with zeros.
fn rearrange(b: Matrix<f32>, depth: Range<usize>, columns: Range<usize>, panels: &mut Vec<f32>) {
    let size = depth.len() * COLUMNS;
    panels.clear();
    panels.resize(columns.len().div_ceil(COLUMNS) * size, 0.0);
    for (panel, first) in panels.chunks_exact_mut(size).zip(columns.clone().step_by(COLUMNS)) {
        let count = COLUMNS.min(columns.end - first);
        let from = &b.elements[depth.start * b.row_stride + first * b.column_stride..];
        if b.column_stride != 1 {
            elementwise::transpose(from, [count, depth.len()], b.column_stride, panel, COLUMNS);
            continue;
        }
        for (l, line) in panel.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
            match from[l * b.row_stride..].first_chunk() {
                Some(whole) if count == COLUMNS => *line = *whole,
                _ => line[..count].copy_from_slice(&from[l * b.row_stride..][..count]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition() {
        for [m, n, k] in [[4, 8, 32], [5, 9, 33], [7, 300, 40], [9, 31, 1100], [6, 265, 513]] {
            let numbers = |count: usize, step: usize| -> Vec<f32> {
                (0..count).map(|i| ((i * step) % 17) as f32 / 8.0 - 1.0).collect()
            };
            let (a, b) = (numbers(m * k, 5), numbers(k * n, 7));
            // Rows of the output are further apart than they are long.
            let stride = n + 3;
            let shape = [m, n, k];
            let turned = |matrix: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * columns).map(|i| matrix[i % rows * columns + i / rows]).collect()
            };
            let (a_turned, b_turned) = (turned(&a, m, k), turned(&b, k, n));
            for left in [Matrix::rows(&a, k), Matrix::rows(&a_turned, m).transposed()] {
                for right in [Matrix::rows(&b, n), Matrix::rows(&b_turned, k).transposed()] {
                    let mut output = vec![1.0f32; m * stride];
                    assert!(suits(shape, left, right));
                    product(shape, left, right, Output { elements: &mut output, stride, accumulate: false });
                    product(shape, left, right, Output { elements: &mut output, stride, accumulate: true });
                    check(shape, &a, &b, &output, stride);
                }
            }
        }
    }

    /// The output must be twice the product, and 1 where no product belongs.
    fn check([m, n, k]: [usize; 3], a: &[f32], b: &[f32], output: &[f32], stride: usize) {
        let product =
            |i: usize, j: usize| (0..k).map(|l| f64::from(a[i * k + l]) * f64::from(b[l * n + j])).sum::<f64>();
        assert_eq!(output.len(), m * stride);
        for (index, &value) in output.iter().enumerate() {
            let (i, j) = (index / stride, index % stride);
            let exact = if j < n { 2.0 * product(i, j) } else { 1.0 };
            assert!((f64::from(value) - exact).abs() < 1e-3, "{m} {n} {k} at {i}, {j}: {value}, not {exact}");
        }
    }
}
