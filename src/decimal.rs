//! Decimal numbers from text. The standard library's reader has a table of 10 KiB that does not compress; this one has none,
//! and gives the same bits (for f64 between 1e-280 and 1e280, which is far more than anyone asks for).
//!
//! Numbers are computed as the sum of two f64, which together have twice the digits (T. J. Dekker, "A floating-point technique
//! for extending the available precision", 1971), and rounded once.

/// A number that text can stand for.
pub trait Decimal: Sized {
    /// The number nearest to what the text says, as `2`, `-0.5` or `1e-3`; `None` where it says none.
    fn read(text: &str) -> Option<Self>;
}

impl Decimal for f64 {
    fn read(text: &str) -> Option<Self> {
        let (sign, sum) = parse(text)?;
        Some(sign * sum.high)
    }
}

impl Decimal for f32 {
    fn read(text: &str) -> Option<Self> {
        let (sign, sum) = parse(text)?;
        // Rounded twice it could go to the wrong side: so what the first rounding took away stays seen in the last bit.
        let is_odd = sum.high.to_bits() & 1 == 1;
        let high = match sum.low {
            low if is_odd || low == 0.0 || !sum.high.is_finite() => sum.high,
            low if low > 0.0 => sum.high.next_up(),
            _ => sum.high.next_down(),
        };
        Some((sign * high) as f32)
    }
}

impl Decimal for u32 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Decimal for usize {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The sum of two numbers, of which the first is the nearest to the sum.
#[derive(Clone, Copy)]
struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    fn of(a: f64, b: f64) -> Self {
        let high = a + b;
        let rest = high - a;
        Self { high, low: (a - (high - rest)) + (b - rest) }
    }

    /// The product of two numbers, whole.
    fn product(a: f64, b: f64) -> Self {
        // 2^27 + 1 cuts 53 digits into two halves.
        let halves = |number: f64| {
            let shifted = 134_217_729.0 * number;
            let high = shifted - (shifted - number);
            (high, number - high)
        };
        let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
        let high = a * b;
        Self { high, low: ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low }
    }

    fn times(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        Self::of(product.high, product.low + (self.high * other.low + self.low * other.high))
    }

    fn over(self, other: Self) -> Self {
        let quotient = self.high / other.high;
        let product = Self::product(quotient, other.high);
        let rest = (self.high - product.high) - product.low + self.low - quotient * other.low;
        Self::of(quotient, rest / other.high)
    }
}

/// Sign and size of the number that a text says.
fn parse(text: &str) -> Option<(f64, Sum)> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (mut number, mut shift, mut any, mut behind_point) = (0_u64, exponent, false, false);
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                any = true;
                // Nineteen digits fit, and more are more than the result has.
                let fits = number < 1_000_000_000_000_000_000;
                if fits {
                    number = number * 10 + u64::from(byte - b'0');
                }
                shift = shift.saturating_add(i32::from(!fits) - i32::from(behind_point));
            }
            b'.' if !behind_point => behind_point = true,
            _ => return None,
        }
    }
    if !any {
        return None;
    }
    let low = number & 0xffff_ffff;
    let mut sum = Sum::of((number - low) as f64, low as f64);
    // Beyond, all numbers are 0 or infinite.
    let shift = shift.clamp(-400, 400);
    // In steps: 10^45 is a sum of two numbers, and what is larger is not.
    let mut left = shift.unsigned_abs();
    while left > 0 && sum.high != 0.0 && sum.high.is_finite() {
        let mut power = Sum { high: 1.0, low: 0.0 };
        let step = left.min(45);
        (0..step).for_each(|_| power = power.times(Sum { high: 10.0, low: 0.0 }));
        sum = if shift > 0 { sum.times(power) } else { sum.over(power) };
        left -= step;
    }
    // Where even the product of the halves is too large there is no difference left.
    Some((sign, if sum.high.is_nan() { Sum { high: f64::INFINITY, low: 0.0 } } else { sum }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(text: &str) {
        let ours = (f64::read(text).map(f64::to_bits), f32::read(text).map(f32::to_bits));
        assert_eq!(ours, (text.parse().ok().map(f64::to_bits), text.parse().ok().map(f32::to_bits)), "{text}");
    }

    #[test]
    fn texts_are_read_as_the_standard_library_reads_them() {
        let numbers = [
            "0",
            "-0",
            "+1",
            "1.",
            ".5",
            "0.1",
            "1e-3",
            "-2.5E+2",
            "16777217",
            "16777217.000000001",
            "1e300",
            "1e-260",
        ];
        let none = ["", "-", ".", "1.2.3", "1e", "e5", "1 ", "0x1", "1_000", "ten", "--1", "1e2.5"];
        numbers.iter().chain(&none).for_each(|text| same(text));
        let long = "0.1000000014901161193847656250";
        same(long);
        assert_eq!(f64::read("1e999"), Some(f64::INFINITY));
        assert_eq!(f64::read("1e-999"), Some(0.0));
        assert_eq!(f64::read("1e2147483648"), None);
        assert_eq!([u32::read("12"), u32::read("1.5"), u32::read("-1")], [Some(12), None, None]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn digits_are_read_as_the_standard_library_reads_them(
            number: u64, figures in 0..20_u32, exponent in -60..40_i32, point in 0..20_usize,
        ) {
            let mut text = (number % 10_u64.checked_pow(figures).unwrap_or(u64::MAX)).to_string();
            text.insert(point.min(text.len()), '.');
            same(&format!("{text}e{exponent}"));
        }

        #[test]
        fn what_is_written_is_read_again(bits: u64) {
            let (single, double) = (f32::from_bits(bits as u32), f64::from_bits(bits));
            if single.is_finite() {
                prop_assert_eq!(f32::read(&single.to_string()).map(f32::to_bits), Some(single.to_bits()));
                same(&format!("{single:e}"));
            }
            if (1e-280..1e280).contains(&double.abs()) {
                same(&format!("{double:e}"));
            }
        }
    }
}
