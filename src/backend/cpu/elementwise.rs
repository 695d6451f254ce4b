//! The loops behind the instructions of fused programs: one function of whole slices for each kind of instruction.

use super::parallel::vectorised;
use super::real::Real;
use crate::graph::{Binary, Unary};

/// An operand of a loop: one number for all elements, or a slice of them.
#[derive(Clone, Copy)]
pub enum Operand<'a, T> {
    Scalar(T),
    Slice(&'a [T]),
}

/// The loop of a function of one operand. A macro, because a closure this large is not always compiled into the loop.
macro_rules! map {
    ($output:expr, $x:expr, |$element:ident| $value:expr) => {
        for (output, &$element) in $output.iter_mut().zip($x) {
            *output = $value;
        }
    };
}

#[inline(always)]
fn zip<T: Real>(output: &mut [T], a: Operand<T>, b: Operand<T>, function: impl Fn(T, T) -> T) {
    match (a, b) {
        (Operand::Slice(a), Operand::Slice(b)) => {
            for ((output, &a), &b) in output.iter_mut().zip(a).zip(b) {
                *output = function(a, b);
            }
        }
        (Operand::Slice(a), Operand::Scalar(b)) => map!(output, a, |a| function(a, b)),
        (Operand::Scalar(a), Operand::Slice(b)) => map!(output, b, |b| function(a, b)),
        (Operand::Scalar(a), Operand::Scalar(b)) => output.fill(function(a, b)),
    }
}

vectorised! {
    /// `output = unary(x)`
    pub fn unary<T: Real>(output: &mut [T], unary: Unary, x: &[T]) {
        let (zero, one) = (T::ZERO, T::ONE);
        match unary {
            Unary::Neg => map!(output, x, |x| -x),
            Unary::AddScalar(c) => {
                let c = T::from_f32(c.value());
                map!(output, x, |x| x + c)
            }
            Unary::MulScalar(c) => {
                let c = T::from_f32(c.value());
                map!(output, x, |x| c * x)
            }
            Unary::Exp => map!(output, x, |x| x.exp()),
            Unary::Log => map!(output, x, |x| x.ln()),
            Unary::Sqrt => map!(output, x, |x| x.sqrt()),
            Unary::Rsqrt => map!(output, x, |x| one / x.sqrt()),
            Unary::Recip => map!(output, x, |x| one / x),
            Unary::Square => map!(output, x, |x| x * x),
            Unary::Abs => map!(output, x, |x| x.abs()),
            Unary::Sign => map!(output, x, |x| {
                let negative = if x < zero { -one } else { zero };
                if x > zero { one } else { negative }
            }),
            Unary::Tanh => map!(output, x, |x| x.tanh()),
            Unary::Sigmoid => map!(output, x, |x| x.sigmoid()),
            Unary::Softplus => map!(output, x, |x| x.softplus()),
            Unary::LeakyRelu(slope) => {
                let slope = T::from_f32(slope.value());
                if slope == zero {
                    // Written so that a NaN stays one, and minus infinity becomes 0.
                    map!(output, x, |x| if x <= zero { zero } else { x })
                } else {
                    map!(output, x, |x| if x > zero { x } else { slope * x })
                }
            }
            Unary::LeakyMask(slope) => {
                let slope = T::from_f32(slope.value());
                map!(output, x, |x| if x > zero { one } else { slope })
            }
        }
    }
}

vectorised! {
    /// `output = binary(a, b)`
    pub fn binary<T: Real>(output: &mut [T], binary: Binary, a: Operand<T>, b: Operand<T>) {
        match binary {
            Binary::Add => zip(output, a, b, |a, b| a + b),
            Binary::Sub => zip(output, a, b, |a, b| a - b),
            Binary::Mul => zip(output, a, b, |a, b| a * b),
            Binary::Div => zip(output, a, b, |a, b| a / b),
        }
    }
}

/// Partial sums kept side by side in [`sum`]: enough to hide the latency of an addition.
const LANES: usize = 32;

vectorised! {
    /// The sum of a slice of a few hundred elements: lane by lane in T, then the lanes pair by pair.
    pub fn sum<T: Real>(x: &[T]) -> f64 {
        let mut lanes = [T::ZERO; LANES];
        let (whole, rest) = x.as_chunks::<LANES>();
        for chunk in whole {
            for (lane, &x) in lanes.iter_mut().zip(chunk) {
                *lane += x;
            }
        }
        let (groups, rest) = rest.as_chunks::<4>();
        for (group, lanes) in groups.iter().zip(lanes.as_chunks_mut::<4>().0) {
            for (lane, &x) in lanes.iter_mut().zip(group) {
                *lane += x;
            }
        }
        for (lane, &x) in lanes.iter_mut().zip(rest) {
            *lane += x;
        }
        let mut half = LANES / 2;
        while half >= 4 {
            let (low, high) = lanes.split_at_mut(half);
            for (low, &high) in low.iter_mut().zip(&high[..half]) {
                *low += high;
            }
            half /= 2;
        }
        (lanes[0].to_f64() + lanes[2].to_f64()) + (lanes[1].to_f64() + lanes[3].to_f64())
    }
}

vectorised! {
    /// Adds to each of `sums` the sum of one of as many equal rows of `x`.
    pub fn sum_rows<T: Real>(sums: &mut [f64], x: &[T]) {
        let width = x.len() / sums.len();
        for (sum, row) in sums.iter_mut().zip(x.chunks_exact(width)) {
            let mut lanes = [T::ZERO; 4];
            let (whole, rest) = row.as_chunks::<4>();
            for chunk in whole {
                for (lane, &x) in lanes.iter_mut().zip(chunk) {
                    *lane += x;
                }
            }
            for (lane, &x) in lanes.iter_mut().zip(rest) {
                *lane += x;
            }
            *sum += (lanes[0] + lanes[2]).to_f64() + (lanes[1] + lanes[3]).to_f64();
        }
    }
}

vectorised! {
    /// `totals += x`
    pub fn add<T: Real>(totals: &mut [T], x: &[T]) {
        for (total, &x) in totals.iter_mut().zip(x) {
            *total += x;
        }
    }
}

vectorised! {
    /// `totals += partial`, and `partial` becomes zero.
    pub fn flush<T: Real>(totals: &mut [f64], partial: &mut [T]) {
        for (total, partial) in totals.iter_mut().zip(partial) {
            *total += partial.to_f64();
            *partial = T::ZERO;
        }
    }
}

/// Side of the squares that [`transpose`] goes by.
const SQUARE: usize = 4;

vectorised! {
    /// `output[c][r] = input[r][c]` for `extents` rows and columns of the input; strides from row to row are given.
    pub fn transpose<T: Real>(input: &[T], extents: [usize; 2], stride: usize, output: &mut [T], output_stride: usize) {
        let [rows, columns] = extents;
        let (square_rows, square_columns) = (rows / SQUARE * SQUARE, columns / SQUARE * SQUARE);
        for r in (0..square_rows).step_by(SQUARE) {
            for c in (0..square_columns).step_by(SQUARE) {
                let mut square = [[T::ZERO; SQUARE]; SQUARE];
                for i in 0..SQUARE {
                    let line = &input[(r + i) * stride + c..][..SQUARE];
                    for j in 0..SQUARE {
                        square[j][i] = line[j];
                    }
                }
                for (j, line) in square.iter().enumerate() {
                    output[(c + j) * output_stride + r..][..SQUARE].copy_from_slice(line);
                }
            }
            for c in square_columns..columns {
                for i in 0..SQUARE {
                    output[c * output_stride + r + i] = input[(r + i) * stride + c];
                }
            }
        }
        for r in square_rows..rows {
            for c in 0..columns {
                output[c * output_stride + r] = input[r * stride + c];
            }
        }
    }
}
