// RMSprop, as torch.optim.RMSprop computes it. Header: ALPHA, EPS, MOMENTUM, CENTERED.

fn updated(i: u32, p: f32, g: f32, rate: f32, t: u32) -> f32 {
    let square = ALPHA * SECOND_MOMENT[i] + (1.0 - ALPHA) * g * g;
    SECOND_MOMENT[i] = square;
    var variance = square;
    if (CENTERED) {
        let mean = THIRD_MOMENT[i] + (1.0 - ALPHA) * (g - THIRD_MOMENT[i]);
        THIRD_MOMENT[i] = mean;
        variance = square - mean * mean;
    }
    // Rounding may leave it a little below 0.
    let step = g / (sqrt(max(variance, 0.0)) + EPS);
    let b = MOMENTUM * FIRST_MOMENT[i] + step;
    FIRST_MOMENT[i] = b;
    return p - rate * b;
}
