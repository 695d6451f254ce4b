// Elementwise functions that must hold on every driver.

// tanh(100) is NaN on some drivers; beyond 15 the result is 1 in f32 anyway.
fn safe_tanh(x: f32) -> f32 {
    return tanh(clamp(x, -15.0, 15.0));
}

// Only ever takes e to a negative power.
fn sigmoid(x: f32) -> f32 {
    let e = exp(-abs(x));
    return select(e / (1.0 + e), 1.0 / (1.0 + e), x >= 0.0);
}

// log(1 + e^x). log(1 + e) loses e below 1e-7: there the series' first terms are exact.
fn softplus(x: f32) -> f32 {
    let e = exp(-abs(x));
    let tail = select(log(1.0 + e), e - 0.5 * e * e, e < 1e-3);
    return max(x, 0.0) + tail;
}

// A NaN fails the comparison and takes the second branch, so it stays a NaN.
fn leaky_relu(x: f32, slope: f32) -> f32 {
    if (x > 0.0) {
        return x;
    }
    return x * slope;
}

fn leaky_mask(x: f32, slope: f32) -> f32 {
    return select(slope, 1.0, x > 0.0);
}
