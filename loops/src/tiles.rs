//! The matrix product for WebAssembly.
//!
//! Tiles of 4 by 8 in f32: with their operands they fit the sixteen vector registers of x86-64. They are written with
//! vector instructions, because the page is compiled for size, and what the compiler then makes of loops over arrays is
//! ten times slower. The `gemm` crate, which multiplies natively, is not in the page: its many kernels are larger than
//! all of this and no faster there.

use super::elementwise;
use super::matrix::{Matrix, Output};
use super::number::Number;
use std::cell::RefCell;
use std::ops::Range;

/// Columns of a tile: two vectors.
const COLUMNS: usize = 8;
/// Rows of a tile.
const ROWS: usize = 4;
/// Terms of the sums that are added up in one go, and columns for which b is rearranged at once: 512 KiB.
const DEPTH: usize = 512;
const WIDTH: usize = 256;

/// Eight numbers as two vectors in memory.
type Pair = [[f32; 4]; 2];

/// A vector.
#[derive(Clone, Copy)]
pub(crate) struct Four(
    #[cfg(target_arch = "wasm32")] std::arch::wasm32::v128,
    #[cfg(not(target_arch = "wasm32"))] [f32; 4],
);

#[cfg(target_arch = "wasm32")]
impl Four {
    #[inline(always)]
    pub(crate) fn new(values: &[f32; 4]) -> Four {
        // SAFETY: sixteen bytes are read from sixteen bytes; no alignment is asked for.
        Four(unsafe { std::arch::wasm32::v128_load(values.as_ptr().cast()) })
    }
    #[inline(always)]
    pub(crate) fn splat(value: f32) -> Four {
        Four(std::arch::wasm32::f32x4_splat(value))
    }
    /// One instruction, with one rounding, in the module for browsers that have it (`xtask/src/relaxed.rs`).
    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    pub(crate) fn plus_product(self, a: Four, b: Four) -> Four {
        Four(std::arch::wasm32::f32x4_relaxed_madd(a.0, b.0, self.0))
    }
    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn plus_product(self, a: Four, b: Four) -> Four {
        Four(std::arch::wasm32::f32x4_add(self.0, std::arch::wasm32::f32x4_mul(a.0, b.0)))
    }
    #[inline(always)]
    pub(crate) fn store(self, to: &mut [f32; 4]) {
        // SAFETY: sixteen bytes are written to sixteen bytes; no alignment is asked for.
        unsafe { std::arch::wasm32::v128_store(to.as_mut_ptr().cast(), self.0) }
    }
}

/// The same for the tests below, which also run natively.
#[cfg(not(target_arch = "wasm32"))]
impl Four {
    fn new(values: &[f32; 4]) -> Four {
        Four(*values)
    }
    fn splat(value: f32) -> Four {
        Four([value; 4])
    }
    fn plus_product(self, a: Four, b: Four) -> Four {
        Four(std::array::from_fn(|i| self.0[i] + a.0[i] * b.0[i]))
    }
    fn store(self, to: &mut [f32; 4]) {
        *to = self.0;
    }
}

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

/// `output = a b` or `output += a b`, for matrices with dense rows or columns.
pub fn product([m, n, k]: [usize; 3], a: Matrix<f32>, b: Matrix<f32>, output: &mut Output<f32>) {
    let Output { elements: output, stride, accumulate } = output;
    let (stride, accumulate) = (*stride, *accumulate);
    assert!(b.row_stride == 1 || b.column_stride == 1, "neither rows nor columns of b are dense");
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
                        let [l0, l1, l2, l3] = lines;
                        for l in (0..depth.len() * a.column_stride).step_by(a.column_stride) {
                            side_by_side.push([l0[l], l1[l], l2[l], l3[l]]);
                        }
                    }
                    let panels = panels.as_chunks::<4>().0.as_chunks::<2>().0.chunks_exact(depth.len());
                    for (panel, column) in panels.zip(columns.clone().step_by(COLUMNS)) {
                        let sums = match a.column_stride {
                            1 => tile_of_lines(lines, panel),
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
fn tile(rows: impl Iterator<Item = [f32; ROWS]>, panel: &[Pair]) -> [[f32; COLUMNS]; ROWS] {
    let [mut s0, mut s1, mut s2, mut s3] = [[Four::splat(0.0); 2]; ROWS];
    for ([low, high], [a0, a1, a2, a3]) in panel.iter().zip(rows) {
        let b = [Four::new(low), Four::new(high)];
        s0 = plus(s0, a0, b);
        s1 = plus(s1, a1, b);
        s2 = plus(s2, a2, b);
        s3 = plus(s3, a3, b);
    }
    let mut sums = [[0.0; COLUMNS]; ROWS];
    for (to, [low, high]) in sums.iter_mut().zip([s0, s1, s2, s3]) {
        let [to_low, to_high] = to.as_chunks_mut::<4>().0 else { unreachable!("eight columns are two vectors") };
        low.store(to_low);
        high.store(to_high);
    }
    sums
}

#[inline(always)]
fn plus([low, high]: [Four; 2], a: f32, b: [Four; 2]) -> [Four; 2] {
    let a = Four::splat(a);
    [low.plus_product(a, b[0]), high.plus_product(a, b[1])]
}

#[inline(always)]
fn tile_of_lines([l0, l1, l2, l3]: [&[f32]; ROWS], panel: &[Pair]) -> [[f32; COLUMNS]; ROWS] {
    let rows = l0.iter().zip(l1).zip(l2).zip(l3);
    tile(rows.map(|(((&a0, &a1), &a2), &a3)| [a0, a1, a2, a3]), panel)
}

/// Part of b as panels of eight columns, filled up with zeros.
fn rearrange(b: Matrix<f32>, depth: Range<usize>, columns: Range<usize>, panels: &mut Vec<f32>) {
    let size = depth.len() * COLUMNS;
    let length = columns.len().div_ceil(COLUMNS) * size;
    if !columns.len().is_multiple_of(COLUMNS) {
        panels.clear();
    }
    panels.resize(length, 0.0);
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

/// The product in plain loops: in f64, which only tests run in WebAssembly.
pub fn plain<T: Number>([m, n, k]: [usize; 3], a: Matrix<T>, b: Matrix<T>, output: &mut Output<T>) {
    for i in 0..m {
        for j in 0..n {
            let term = |l: usize| {
                let (a_at, b_at) = (i * a.row_stride + l * a.column_stride, l * b.row_stride + j * b.column_stride);
                a.elements[a_at] * b.elements[b_at]
            };
            let before = if output.accumulate { output.elements[i * output.stride + j] } else { T::ZERO };
            output.elements[i * output.stride + j] = (0..k).map(term).fold(before, |sum, term| sum + term);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition() {
        for [m, n, k] in
            [[1, 1, 1], [3, 7, 5], [2, 40, 1], [4, 8, 32], [5, 9, 33], [7, 300, 40], [9, 31, 1100], [6, 265, 513]]
        {
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
                    product(shape, left, right, &mut Output { elements: &mut output, stride, accumulate: false });
                    plain(shape, left, right, &mut Output { elements: &mut output, stride, accumulate: true });
                    check(shape, &a, &b, &output, stride);
                    plain(shape, left, right, &mut Output { elements: &mut output, stride, accumulate: false });
                    product(shape, left, right, &mut Output { elements: &mut output, stride, accumulate: true });
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
