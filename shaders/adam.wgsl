// Adam (Kingma and Ba 2015) over a network's whole parameter arena, as torch.optim.Adam computes it.
// Header: ELEMENTS, BETA1, BETA2, EPS, NETWORK (its learning rate), CLOCK, ROW, WORKGROUP.

@group(0) @binding(0) var<storage, read> gradients: array<f32>;
@group(0) @binding(1) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(2) var<storage, read_write> first_moment: array<f32>;
@group(0) @binding(3) var<storage, read_write> second_moment: array<f32>;
@group(0) @binding(4) var<storage, read> clocks: Clocks;
@group(0) @binding(5) var<storage, read> learning_rates: array<f32>;

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

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x + id.y * ROW;
    if (i >= ELEMENTS) {
        return;
    }
    // The record before it in the plan has counted this run.
    let t = clocks.CLOCK;
    let g = gradients[i];
    let m = BETA1 * first_moment[i] + (1.0 - BETA1) * g;
    let v = BETA2 * second_moment[i] + (1.0 - BETA2) * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    let corrected_m = m / (1.0 - power(BETA1, t));
    let corrected_v = v / (1.0 - power(BETA2, t));
    parameters[i] -= learning_rates[NETWORK] * corrected_m / (sqrt(max(corrected_v, 0.0)) + EPS);
}
