// Shell of a fused reduction: one workgroup a result, which reduces in a fixed order.
// Header: RESULTS, REDUCED (points reduced to one result), ROW (workgroups in one row), WORKGROUP. COMBINE stands for
// the function of two parts, INITIAL for a part that changes nothing.

var<workgroup> parts: array<f32, WORKGROUP>;

fn summand(result: u32, reduced: u32) -> f32 {
    //BODY
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let result = group.x + group.y * ROW;
    var part = 0.0;
    if (result < RESULTS) {
        part = INITIAL;
        for (var reduced = local.x; reduced < REDUCED; reduced += WORKGROUP) {
            part = COMBINE(part, summand(result, reduced));
        }
    }
    parts[local.x] = part;
    for (var width = WORKGROUP / 2u; width > 0u; width /= 2u) {
        workgroupBarrier();
        if (local.x < width) {
            parts[local.x] = COMBINE(parts[local.x], parts[local.x + width]);
        }
    }
    if (local.x == 0u && result < RESULTS) {
        let total = parts[0];
        //EPILOGUE
    }
}
