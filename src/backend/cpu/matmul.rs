//! Matrix products: by the `gemm` crate natively, by tiles of our own in WebAssembly.

use super::parallel;
use ganvas_loops::Real;
pub use ganvas_loops::{Matrix, Output};

/// Multiplications from which a product is spread over threads.
const THREADS_WORTH: usize = 1 << 19;
/// Rows of a tile: of our own products, and natively of any processor's that gemm knows.
const TILE_ROWS: usize = if cfg!(target_arch = "wasm32") { 4 } else { 16 };
/// Of at most so many elements gemm adds each along k, where both matrices lie that way in memory.
#[cfg(not(target_arch = "wasm32"))]
const FEW: usize = 256;
/// Where there are at most so many rows and columns it cuts k into other parts.
#[cfg(not(target_arch = "wasm32"))]
const SMALL: usize = 64;
/// Columns of a tile, natively.
#[cfg(not(target_arch = "wasm32"))]
const TILE_COLUMNS: usize = 64;

/// `output = a b`, or `output += a b`, for a `[m, k]`, b `[k, n]` and output `[m, n]`.
///
/// `alone` allows other threads to help; it is false where the caller has spread its work already. The result does not
/// depend on it: every element is one sum in one order.
pub fn matmul<T: Real>([m, n, k]: [usize; 3], a: Matrix<T>, b: Matrix<T>, mut output: Output<T>, alone: bool) {
    let last = |rows: usize, columns: usize, matrix: &Matrix<T>| {
        (rows - 1) * matrix.row_stride + (columns - 1) * matrix.column_stride
    };
    assert!(m > 0 && n > 0 && k > 0 && n <= output.stride, "an empty matrix, or an output whose rows overlap");
    assert!((m - 1) * output.stride + n <= output.elements.len(), "the output is too small");
    assert!(last(m, k, &a) < a.elements.len() && last(k, n, &b) < b.elements.len(), "a matrix reaches past its end");
    product([m, n, k], a, b, &mut output, alone);
}

/// Each thread multiplies some of the rows, which it does as if they were all: as many as tiles cover.
#[cfg(target_arch = "wasm32")]
fn product<T: Real>([m, n, k]: [usize; 3], a: Matrix<T>, b: Matrix<T>, output: &mut Output<T>, alone: bool) {
    let work = m * n * k;
    if !alone || work < THREADS_WORTH || parallel::threads() == 1 {
        return T::own_product([m, n, k], a, b, output);
    }
    let (stride, accumulate) = (output.stride, output.accumulate);
    let rows = m.div_ceil(parallel::threads()).next_multiple_of(TILE_ROWS);
    let elements = &mut output.elements[..(m - 1) * stride + n];
    parallel::for_pieces(elements, rows * stride, parallel::product_work(work), |index, elements| {
        let first = index * rows;
        let a = Matrix { elements: &a.elements[first * a.row_stride..], ..a };
        T::own_product([rows.min(m - first), n, k], a, b, &mut Output { elements, stride, accumulate });
    });
}

/// Each thread multiplies some of the rows or of the columns, of which there are more. The sizes were checked by [`matmul`].
#[cfg(not(target_arch = "wasm32"))]
fn product<T: Real>([m, n, k]: [usize; 3], a: Matrix<T>, b: Matrix<T>, output: &mut Output<T>, alone: bool) {
    /// The elements of the output, of which each thread writes some.
    struct Shared<T>(*mut T);
    // SAFETY: pieces of an output are disjoint, and it is borrowed as long as the loop runs.
    unsafe impl<T> Sync for Shared<T> {}

    let work = m * n * k;
    let threads = if alone && work >= THREADS_WORTH { parallel::threads() } else { 1 };
    let (length, tile) = if m < n { (n, TILE_COLUMNS) } else { (m, TILE_ROWS) };
    // No piece is so small that gemm would add it up in another order than the whole.
    let long = if m.min(n) <= SMALL && length > SMALL { SMALL + 1 } else { 1 };
    let tile = long.max((FEW + 1).div_ceil(m.min(n))).next_multiple_of(tile);
    let pieces = (length / tile).clamp(1, threads);
    let piece = length / pieces / tile * tile;
    let shared = Shared(output.elements.as_mut_ptr());
    let (shared, stride, accumulate) = (&shared, output.stride, output.accumulate);
    parallel::for_each((0..pieces).collect(), parallel::product_work(work), |index| {
        let (first, end) = (index * piece, if index + 1 < pieces { (index + 1) * piece } else { length });
        let [rows, columns] = if m < n { [0..m, first..end] } else { [first..end, 0..n] };
        // SAFETY: the assertions of `matmul` keep every element that is read or written inside its slice, of which these rows
        // and columns are a part; the output is borrowed mutably, so it overlaps no input; and T is f32 or f64, which gemm
        // knows.
        unsafe {
            gemm::gemm(
                rows.len(),
                columns.len(),
                k,
                shared.0.add(rows.start * stride + columns.start),
                1,
                stride as isize,
                accumulate,
                a.elements.as_ptr().add(rows.start * a.row_stride),
                a.column_stride as isize,
                a.row_stride as isize,
                b.elements.as_ptr().add(columns.start * b.column_stride),
                b.column_stride as isize,
                b.row_stride as isize,
                T::ONE,
                T::ONE,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    });
}
