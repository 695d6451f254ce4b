// Adam (Kingma and Ba 2015), as torch.optim.Adam computes it. Header: BETA1, BETA2, EPS.

// base^exponent by squaring: only products, so that it does not depend on a driver's pow.
fn power(base: f32, exponent: u32) -> f32 {
    var result = 1.0;
    var square = base;
    var rest = exponent;
    while (rest > 0u) {
        if ((rest & 1u) == 1u) {
            result *= square;
        }
        square *= square;
        rest >>= 1u;
    }
    return result;
}

fn updated(i: u32, p: f32, g: f32, rate: f32, t: u32) -> f32 {
    let m = BETA1 * FIRST_MOMENT[i] + (1.0 - BETA1) * g;
    let v = BETA2 * SECOND_MOMENT[i] + (1.0 - BETA2) * g * g;
    FIRST_MOMENT[i] = m;
    SECOND_MOMENT[i] = v;
    let corrected_m = m / (1.0 - power(BETA1, t));
    let corrected_v = v / (1.0 - power(BETA2, t));
    return p - rate * corrected_m / (sqrt(max(corrected_v, 0.0)) + EPS);
}
