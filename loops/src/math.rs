//! Elementary functions in f32 without branches or calls, so that loops over them become vector code on every target.
//!
//! Ranges and polynomials are those of Moshier's Cephes library (expf.c, logf.c, tanhf.c; public); the conditions are
//! written as selections. A NaN comes out as a NaN. No fused multiply-add is used, so results are the same on every
//! machine. Errors are tested below.

// The coefficients are written as they were published.
#![allow(clippy::excessive_precision)]

/// e^x. Overflows to infinity, and underflows through the subnormal numbers to 0.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 * 2^23 rounds to an integer.
    const ROUND: f32 = 12_582_912.0;
    // Comparisons, not min and max: those would replace a NaN.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_375;
    let r = r + n * 2.121_944_4e-4;
    let mut p = 1.987_569_15e-4;
    p = p * r + 1.398_199_95e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    // 2^n in two factors, so that neither leaves the range of normal numbers.
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let half = n >> 1;
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    p * power(half) * power(n.wrapping_sub(half))
}

/// The natural logarithm: -inf at 0, NaN below.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let scaled = if subnormal { x * 33_554_432.0 } else { x };
    // x = m * 2^e with m in [sqrt(1/2), sqrt(2)).
    let bits = scaled.to_bits().wrapping_sub(0x3F35_04F3);
    let e = (bits as i32) >> 23;
    let m = f32::from_bits((bits & 0x007F_FFFF).wrapping_add(0x3F35_04F3)) - 1.0;
    let e = e as f32 - if subnormal { 25.0 } else { 0.0 };
    let z = m * m;
    let mut p = 7.037_683_6e-2;
    p = p * m - 1.151_461e-1;
    p = p * m + 1.167_699_9e-1;
    p = p * m - 1.242_014_1e-1;
    p = p * m + 1.424_932_3e-1;
    p = p * m - 1.666_805_8e-1;
    p = p * m + 2.000_071_5e-1;
    p = p * m - 2.499_999_4e-1;
    p = p * m + 3.333_333_1e-1;
    let y = p * m * z - 2.121_944_4e-4 * e - 0.5 * z;
    let y = m + y + 0.693_359_375 * e;
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    let y = if x < 0.0 { f32::NAN } else { y };
    // Infinity and NaN are their own logarithms.
    if x < f32::INFINITY { y } else { x }
}

/// The hyperbolic tangent; its argument is clamped where the result is 1 to the last digit.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let z = x.abs();
    let clamped = if z > 10.0 { 10.0 } else { z };
    let large = 1.0 - 2.0 / (exp(clamped + clamped) + 1.0);
    let large = if x < 0.0 { -large } else { large };
    let s = x * x;
    let mut p = -5.704_988_7e-3;
    p = p * s + 2.063_908_9e-2;
    p = p * s - 5.373_971_5e-2;
    p = p * s + 1.333_144_2e-1;
    p = p * s - 3.333_328_2e-1;
    let small = p * s * x + x;
    if z < 0.625 { small } else { large }
}

/// 1 / (1 + e^-x), from e^-|x| so that nothing overflows.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    let top = if x < 0.0 { e } else { 1.0 };
    top / (1.0 + e)
}

/// log(1 + e^x) as max(x, 0) + log1p(e^-|x|).
#[inline(always)]
pub fn softplus(x: f32) -> f32 {
    let u = exp(-x.abs());
    // log1p: the logarithm of the rounded sum, corrected by what the rounding took.
    let w = 1.0 + u;
    let log1p = ln(w) - ((w - 1.0) - u) / w;
    let positive = if x > 0.0 { x } else { 0.0 };
    positive + log1p
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error over `points`, in units of the exact result's last digit.
    fn ulps(points: impl Iterator<Item = f32>, ours: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        points
            .map(|x| {
                let exact = exact(f64::from(x));
                let magnitude = (exact.abs() as f32).max(f32::MIN_POSITIVE);
                let ulp = f64::from(f32::from_bits(magnitude.to_bits() + 1)) - f64::from(magnitude);
                (f64::from(ours(x)) - exact).abs() / ulp
            })
            .fold(0.0, f64::max)
    }

    fn range(from: f32, to: f32) -> impl Iterator<Item = f32> {
        (0..=400_000).map(move |i| from + (to - from) * i as f32 / 400_000.0)
    }

    /// Powers of ten with many digits, both signs.
    fn scales(from: i32, to: i32) -> impl Iterator<Item = f32> {
        (from * 100..to * 100).map(|i| 10f64.powf(f64::from(i) / 100.0) as f32).flat_map(|x| [x, -x])
    }

    #[test]
    fn errors_are_a_few_units_in_the_last_place() {
        assert!(ulps(range(-87.0, 88.7), exp, f64::exp) < 2.0);
        assert!(ulps(scales(-30, 1), exp, f64::exp) < 2.0);
        assert!(ulps(range(1e-6, 3.0), ln, f64::ln) < 2.0);
        assert!(ulps(scales(-38, 38).map(f32::abs), ln, f64::ln) < 2.0);
        assert!(ulps(range(-12.0, 12.0), tanh, f64::tanh) < 2.0);
        assert!(ulps(scales(-30, 1), tanh, f64::tanh) < 2.0);
        assert!(ulps(range(-80.0, 80.0), sigmoid, |x| 1.0 / (1.0 + (-x).exp())) < 3.0);
        assert!(ulps(range(-80.0, 80.0), softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p()) < 3.0);
    }

    #[test]
    fn the_ends_of_the_ranges_are_right() {
        assert_eq!([exp(-1e9), exp(-104.0), exp(0.0)], [0.0, 0.0, 1.0]);
        assert_eq!([exp(88.8), exp(f32::INFINITY)], [f32::INFINITY; 2]);
        assert!(exp(-100.0) > 0.0, "subnormal results are kept");
        assert_eq!(
            [ln(0.0), ln(-0.0), ln(1.0), ln(f32::INFINITY)],
            [f32::NEG_INFINITY, f32::NEG_INFINITY, 0.0, f32::INFINITY]
        );
        assert!((ln(1e-40) - (-92.103_4)).abs() < 1e-4, "{}", ln(1e-40));
        assert!(ln(-1.0).is_nan());
        assert_eq!([tanh(1e30), tanh(-1e30), tanh(f32::INFINITY), tanh(0.0)], [1.0, -1.0, 1.0, 0.0]);
        assert_eq!([sigmoid(1e30), sigmoid(-1e30), sigmoid(0.0)], [1.0, 0.0, 0.5]);
        assert_eq!([softplus(1e30), softplus(-1e30)], [1e30, 0.0]);
        for function in [exp, ln, tanh, sigmoid, softplus] {
            assert!(function(f32::NAN).is_nan(), "a NaN must not be hidden");
        }
    }
}
