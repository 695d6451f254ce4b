//! Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations.
//!
//! Jacobi (1846), as in Golub and Van Loan, "Matrix Computations", section 8.5. It is slower than tridiagonal methods,
//! but short, always converges, and is exact to rounding relative to the largest eigenvalue; at 64 x 64 that is what
//! counts.

use crate::{Error, Result};
use ganvas_loops::distances::rotate_rows;

/// Sweeps after which it stops. Convergence is quadratic, so 64 x 64 takes about 8; a matrix with a NaN never gets
/// there.
const SWEEPS: usize = 40;

/// `A = V L V^T` of a symmetric matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigen {
    /// Eigenvalues, shape `[d]`, in no particular order.
    pub values: Vec<f64>,
    /// Eigenvectors, shape `[d, d]`, row `i` belongs to `values[i]`: the transpose of V.
    pub vectors: Vec<f64>,
}

/// Decomposes the symmetric `matrix`, shape `[d, d]`; only its upper triangle is read.
///
/// With a NaN or an infinite element all of the answer is NaN.
pub fn symmetric(matrix: &[f64], d: usize) -> Result<Eigen> {
    if d == 0 || matrix.len() != d * d {
        return Err(Error::metric("eigenvalues", format!("{} numbers are no {d} x {d} matrix", matrix.len())));
    }
    if !matrix.iter().all(|value| value.is_finite()) {
        return Ok(Eigen { values: vec![f64::NAN; d], vectors: vec![f64::NAN; d * d] });
    }
    // Full rows, so that a rotation can go along rows; the copy makes both triangles the same.
    let mut a: Vec<f64> = (0..d * d).map(|i| matrix[(i / d).min(i % d) * d + (i / d).max(i % d)]).collect();
    let mut vectors: Vec<f64> = (0..d * d).map(|i| if i / d == i % d { 1.0 } else { 0.0 }).collect();
    let norm: f64 = a.iter().map(|value| value * value).sum();
    for _ in 0..SWEEPS {
        let off: f64 = (0..d).flat_map(|p| (p + 1..d).map(move |q| p * d + q)).map(|i| a[i] * a[i]).sum();
        if off <= norm * f64::EPSILON * f64::EPSILON {
            break;
        }
        for p in 0..d {
            for q in p + 1..d {
                rotate(&mut a, &mut vectors, d, p, q);
            }
        }
    }
    Ok(Eigen { values: (0..d).map(|i| a[i * d + i]).collect(), vectors })
}

/// One rotation in the plane of p and q that makes `a[p, q]` zero.
fn rotate(a: &mut [f64], vectors: &mut [f64], d: usize, p: usize, q: usize) {
    let apq = a[p * d + q];
    if apq == 0.0 {
        return;
    }
    // The smaller of the two angles: t = tan solves t^2 + 2 theta t - 1 = 0. A huge theta makes t = 0, rightly.
    let theta = (a[q * d + q] - a[p * d + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cos = 1.0 / (t * t + 1.0).sqrt();
    let sin = t * cos;
    let (app, aqq) = (a[p * d + p] - t * apq, a[q * d + q] + t * apq);
    turn(a, d, p, q, cos, sin);
    turn(vectors, d, p, q, cos, sin);
    // The rows are right away from the planes p and q; the columns are the same numbers.
    for k in 0..d {
        a[k * d + p] = a[p * d + k];
        a[k * d + q] = a[q * d + k];
    }
    a[p * d + p] = app;
    a[q * d + q] = aqq;
    a[p * d + q] = 0.0;
    a[q * d + p] = 0.0;
}

/// Rotates rows p and q, p < q, of a `[d, d]` matrix.
fn turn(matrix: &mut [f64], d: usize, p: usize, q: usize, cos: f64, sin: f64) {
    let (upper, lower) = matrix.split_at_mut(q * d);
    rotate_rows(&mut upper[p * d..][..d], &mut lower[..d], cos, sin);
}
