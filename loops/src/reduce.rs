//! The loops that reduce: sums, in T over short runs and in f64 over the runs, and maxima, which a NaN turns into NaN.

use super::elementwise::larger;
use super::number::Number;
use super::vectorised::vectorised;
use crate::Reduction;

/// What leaves every other value as it is.
pub fn identity(reduction: Reduction) -> f64 {
    match reduction {
        Reduction::Sum => 0.0,
        Reduction::Max => f64::NEG_INFINITY,
    }
}

/// Two parts as one.
pub fn combine(reduction: Reduction, a: f64, b: f64) -> f64 {
    match reduction {
        Reduction::Sum => a + b,
        Reduction::Max => larger(a, b),
    }
}

/// `count` times the same value.
pub fn repeated<T: Number>(reduction: Reduction, value: T, count: usize) -> f64 {
    match reduction {
        Reduction::Sum => value.to_f64() * count as f64,
        Reduction::Max => value.to_f64(),
    }
}

/// A slice of a few hundred elements as one number.
pub fn reduce<T: Number>(x: &[T], reduction: Reduction) -> f64 {
    match reduction {
        Reduction::Sum => sum(x),
        Reduction::Max => largest(x),
    }
}

/// Combines each of `totals` with one of as many equal rows of `x`.
pub fn reduce_rows<T: Number>(totals: &mut [f64], x: &[T], reduction: Reduction) {
    match reduction {
        Reduction::Sum => sum_rows(totals, x),
        Reduction::Max => {
            let width = x.len() / totals.len();
            for (total, row) in totals.iter_mut().zip(x.chunks_exact(width)) {
                *total = larger(*total, largest(row));
            }
        }
    }
}

/// Combines `partial` with `x`, element by element.
pub fn accumulate<T: Number>(partial: &mut [T], x: &[T], reduction: Reduction) {
    match reduction {
        Reduction::Sum => add(partial, x),
        Reduction::Max => raise(partial, x),
    }
}

/// Combines `totals` with `partial`, which becomes the identity.
pub fn flush<T: Number>(totals: &mut [f64], partial: &mut [T], reduction: Reduction) {
    match reduction {
        Reduction::Sum => flush_sum(totals, partial),
        Reduction::Max => {
            for (total, partial) in totals.iter_mut().zip(partial) {
                *total = larger(*total, partial.to_f64());
                *partial = T::from_f64(f64::NEG_INFINITY);
            }
        }
    }
}

fn largest<T: Number>(x: &[T]) -> f64 {
    x.iter().copied().reduce(larger).map_or(f64::NEG_INFINITY, T::to_f64)
}

vectorised! {
    /// `partial = max(partial, x)`
    fn raise<T: Number>(partial: &mut [T], x: &[T]) {
        for (partial, &x) in partial.iter_mut().zip(x) {
            *partial = larger(*partial, x);
        }
    }
}

/// Partial sums kept side by side in [`sum`]: enough to hide the latency of an addition.
const LANES: usize = 32;

vectorised! {
    /// The sum of a slice of a few hundred elements: lane by lane in T, then the lanes pair by pair.
    fn sum<T: Number>(x: &[T]) -> f64 {
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
    fn sum_rows<T: Number>(sums: &mut [f64], x: &[T]) {
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
    pub fn add<T: Number>(totals: &mut [T], x: &[T]) {
        for (total, &x) in totals.iter_mut().zip(x) {
            *total += x;
        }
    }
}

vectorised! {
    /// `totals += partial`, and `partial` becomes zero.
    fn flush_sum<T: Number>(totals: &mut [f64], partial: &mut [T]) {
        for (total, partial) in totals.iter_mut().zip(partial) {
            *total += partial.to_f64();
            *partial = T::ZERO;
        }
    }
}
