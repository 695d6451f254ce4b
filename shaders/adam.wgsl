// Adam (Kingma and Ba 2015) over a network's whole parameter arena, as torch.optim.Adam computes it.
// Header: ELEMENTS, BETA1, BETA2, EPS, NETWORK (its learning rate), CLOCK, ROW, WORKGROUP;
// GRADIENTS, PARAMETERS, FIRST_MOMENT and SECOND_MOMENT stand for buffers.

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

fn run(group: vec3<u32>, index: u32) {
    let i = group.x * WORKGROUP + index + group.y * ROW;
    if (i >= ELEMENTS) {
        return;
    }
    // The record before it in the plan has counted this run.
    let t = clocks.CLOCK;
    let g = GRADIENTS[i];
    let m = BETA1 * FIRST_MOMENT[i] + (1.0 - BETA1) * g;
    let v = BETA2 * SECOND_MOMENT[i] + (1.0 - BETA2) * g * g;
    FIRST_MOMENT[i] = m;
    SECOND_MOMENT[i] = v;
    let corrected_m = m / (1.0 - power(BETA1, t));
    let corrected_v = v / (1.0 - power(BETA2, t));
    PARAMETERS[i] -= learning_rates[NETWORK] * corrected_m / (sqrt(max(corrected_v, 0.0)) + EPS);
}
