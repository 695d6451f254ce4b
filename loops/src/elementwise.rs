//! The functions of `function.rs` over whole slices, and transposition. What reduces is in `reduce.rs`.

use super::number::Number;
use super::vectorised::vectorised;
use crate::{Binary, Unary};

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
fn zip<T: Number>(output: &mut [T], a: Operand<T>, b: Operand<T>, function: impl Fn(T, T) -> T) {
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
    pub fn unary<T: Number>(output: &mut [T], unary: Unary, x: &[T]) {
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
            Unary::Floor => map!(output, x, |x| x.floor()),
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
            Unary::Clamp(min, max) => {
                let (min, max) = (T::from_f32(min.value()), T::from_f32(max.value()));
                // A NaN fails both comparisons and stays one.
                map!(output, x, |x| {
                    let raised = if x < min { min } else { x };
                    if raised > max { max } else { raised }
                })
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
    pub fn binary<T: Number>(output: &mut [T], binary: Binary, a: Operand<T>, b: Operand<T>) {
        match binary {
            Binary::Add => zip(output, a, b, |a, b| a + b),
            Binary::Sub => zip(output, a, b, |a, b| a - b),
            Binary::Mul => zip(output, a, b, |a, b| a * b),
            Binary::Div => zip(output, a, b, |a, b| a / b),
            Binary::Max => zip(output, a, b, larger),
            Binary::Min => zip(output, a, b, |a, b| -larger(-a, -b)),
            Binary::Less => zip(output, a, b, |a, b| truth(a < b)),
            Binary::LessEqual => zip(output, a, b, |a, b| truth(a <= b)),
            Binary::Equal => zip(output, a, b, |a, b| truth(a == b)),
        }
    }
}

/// The larger of two; NaN where either is.
#[inline(always)]
#[allow(clippy::eq_op)]
pub(crate) fn larger<T: Number>(a: T, b: T) -> T {
    if a >= b || a != a { a } else { b }
}

#[inline(always)]
fn truth<T: Number>(condition: bool) -> T {
    if condition { T::ONE } else { T::ZERO }
}

impl<T: Number> Operand<'_, T> {
    #[inline(always)]
    fn at(&self, index: usize) -> T {
        match self {
            Operand::Scalar(value) => *value,
            Operand::Slice(values) => values[index],
        }
    }
}

/// `output = a` where the condition is not 0, else `b`
pub fn select<T: Number>(output: &mut [T], condition: Operand<T>, a: Operand<T>, b: Operand<T>) {
    for (index, output) in output.iter_mut().enumerate() {
        *output = if condition.at(index) != T::ZERO { a.at(index) } else { b.at(index) };
    }
}

/// Side of the squares that [`transpose`] goes by.
const SQUARE: usize = 4;

vectorised! {
    /// `output[c][r] = input[r][c]` for `extents` rows and columns of the input; strides from row to row are given.
    pub fn transpose<T: Number>(input: &[T], extents: [usize; 2], stride: usize, output: &mut [T], output_stride: usize) {
        let [rows, columns] = extents;
        if rows < SQUARE || columns < SQUARE {
            for r in 0..rows {
                for c in 0..columns {
                    output[c * output_stride + r] = input[r * stride + c];
                }
            }
            return;
        }
        // The last squares may begin inside the ones before.
        for r in (0..rows).step_by(SQUARE).map(|r| r.min(rows - SQUARE)) {
            for c in (0..columns).step_by(SQUARE).map(|c| c.min(columns - SQUARE)) {
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
        }
    }
}
