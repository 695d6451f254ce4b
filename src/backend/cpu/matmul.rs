//! Matrix products: by the `gemm` crate natively, by tiles of our own in WebAssembly.

use super::parallel;
use ganvas_loops::Real;
pub use ganvas_loops::{Matrix, Output};

/// Multiplications from which a product is spread over threads.
const THREADS_WORTH: usize = 1 << 19;
/// Rows that the tiles of our own products have.
#[cfg(target_arch = "wasm32")]
const TILE_ROWS: usize = 4;

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

/// The sizes were checked by [`matmul`].
#[cfg(not(target_arch = "wasm32"))]
fn product<T: Real>([m, n, k]: [usize; 3], a: Matrix<T>, b: Matrix<T>, output: &mut Output<T>, alone: bool) {
    let threads = alone && parallel::threads() > 1 && m * n * k >= THREADS_WORTH;
    let parallelism = if threads { gemm::Parallelism::Rayon(0) } else { gemm::Parallelism::None };
    // SAFETY: the assertions of `matmul` keep every element that is read or written inside its slice; the output is borrowed
    // mutably, so it overlaps no input; and T is f32 or f64, which gemm knows.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            output.elements.as_mut_ptr(),
            1,
            output.stride as isize,
            output.accumulate,
            a.elements.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.elements.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            T::ONE,
            T::ONE,
            false,
            false,
            false,
            parallelism,
        );
    }
}
