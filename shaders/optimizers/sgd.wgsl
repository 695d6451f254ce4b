// Gradient descent with momentum, as torch.optim.SGD computes it. Header: MOMENTUM, DAMPENING, NESTEROV.

fn updated(i: u32, p: f32, g: f32, rate: f32, t: u32) -> f32 {
    var b = g;
    if (t > 1u) {
        b = MOMENTUM * FIRST_MOMENT[i] + (1.0 - DAMPENING) * g;
    }
    FIRST_MOMENT[i] = b;
    if (MOMENTUM == 0.0) {
        return p - rate * g;
    }
    if (NESTEROV) {
        return p - rate * (g + MOMENTUM * b);
    }
    return p - rate * b;
}
