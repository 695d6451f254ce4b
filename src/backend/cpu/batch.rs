//! Batches: the row numbers of the next one, and the rows of a table of bytes.

use super::parallel;
use crate::backend::Clocks;
use crate::graph::{Clock, Table};
use crate::rng;
use ganvas_loops::{Real, Reduction};

/// The row numbers of the batch that a clock's counter stands at, as exact floats.
pub fn shuffled_index<T: Real>(rows: &mut [T], stream: u32, len: usize, clock: Clock, clocks: &Clocks) {
    let (seed, counter) = clocks.draw(clock);
    let seed = rng::permutation_seed(seed, stream);
    let first = counter.wrapping_mul(rows.len() as u32);
    for (row, value) in (0u32..).zip(rows) {
        let position = first.wrapping_add(row);
        let (epoch, index) = (position / len as u32, position % len as u32);
        // Below 2^24 (the graph checks it), so that a float is exact.
        *value = T::from_f32(rng::permuted(seed, epoch, index, len as u32) as f32);
    }
}

/// Rows of a table, scaled: `byte * scale + offset`.
pub fn gather<T: Real>(table: &Table, bytes: &[u8], rows: &[T], output: &mut [T]) {
    let (scale, offset, width) = (T::from_f32(table.scale), T::from_f32(table.offset), table.width);
    let work = output.len();
    parallel::for_pieces(output, width, work, |row, output| {
        let start = rows[row].to_f32() as usize * width;
        T::from_bytes(&bytes[start..start + width], scale, offset, output);
    });
}

/// The row that a number names: whole numbers, and none beyond the last row.
fn row_number<T: Real>(number: T, rows: usize) -> usize {
    (number.to_f64() as usize).min(rows - 1)
}

/// Rows of x `[table_rows, width]` by their numbers.
pub fn gather_rows<T: Real>(x: &[T], numbers: &[T], [table_rows, width]: [usize; 2], output: &mut [T]) {
    let work = output.len();
    parallel::for_pieces(output, width, work, |row, output| {
        let from = row_number(numbers[row], table_rows) * width;
        output.copy_from_slice(&x[from..from + width]);
    });
}

/// Sums of the rows of g by their numbers, added in the order of the rows.
pub fn scatter_add<T: Real>(g: &[T], numbers: &[T], [table_rows, width]: [usize; 2], output: &mut [T]) {
    output.fill(T::ZERO);
    for (row, &number) in g.chunks_exact(width).zip(numbers) {
        let to = row_number(number, table_rows) * width;
        T::accumulate(&mut output[to..to + width], row, Reduction::Sum);
    }
}
