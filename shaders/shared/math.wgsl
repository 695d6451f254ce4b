// Elementwise functions that must hold on every driver.

// tanh(100) is NaN on some drivers; beyond 15 the result is 1 in f32 anyway. Not by clamp, which turns a NaN into a
// number: a NaN fails both comparisons and stays one.
fn safe_tanh(x: f32) -> f32 {
    if (x > 15.0) {
        return 1.0;
    }
    if (x < -15.0) {
        return -1.0;
    }
    return tanh(x);
}

// Only ever takes e to a negative power.
fn sigmoid(x: f32) -> f32 {
    let e = exp(-abs(x));
    return select(e / (1.0 + e), 1.0 / (1.0 + e), x >= 0.0);
}

// log(1 + e) for e in [0, 1]. log(1.0 + e) loses the digits of a small e (and WGSL grants log an error of 2^-21 there),
// so: 2 artanh(s) with s = e / (2 + e), at most 1/3, by its series, whose next term is below 2^-26 of the sum.
fn log_one_plus(e: f32) -> f32 {
    let s = e / (2.0 + e);
    let q = s * s;
    let high = 2.0 / 7.0 + q * (2.0 / 9.0 + q * (2.0 / 11.0 + q * (2.0 / 13.0)));
    return s * (2.0 + q * (2.0 / 3.0 + q * (2.0 / 5.0 + q * high)));
}

// log(1 + e^x)
fn softplus(x: f32) -> f32 {
    return max(x, 0.0) + log_one_plus(exp(-abs(x)));
}

// A NaN stays one, which is asked of the bits: compilers may take it that there are none, and then x * 0.0 is 0.
fn leaky_relu(x: f32, slope: f32) -> f32 {
    if (x > 0.0 || is_nan(x)) {
        return x;
    }
    return x * slope;
}

fn leaky_mask(x: f32, slope: f32) -> f32 {
    return select(slope, 1.0, x > 0.0);
}

// By the bits, since compilers may take it that there are no NaNs, and then x != x is false.
fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7FFFFFFFu) > 0x7F800000u;
}

fn plus(a: f32, b: f32) -> f32 {
    return a + b;
}

// max(NaN, 0.0) is 0 on some drivers; here a NaN on either side stays one.
fn larger(a: f32, b: f32) -> f32 {
    if (is_nan(a)) {
        return a;
    }
    if (is_nan(b)) {
        return b;
    }
    return max(a, b);
}

fn smaller(a: f32, b: f32) -> f32 {
    return -larger(-a, -b);
}

fn clamped(x: f32, low: f32, high: f32) -> f32 {
    if (is_nan(x)) {
        return x;
    }
    return min(max(x, low), high);
}

// A number that WGSL has no literal for: an infinity, or NaN.
fn from_bits(bits: u32) -> f32 {
    return bitcast<f32>(bits);
}
