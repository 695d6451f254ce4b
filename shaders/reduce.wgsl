// Shell of a fused reduction: one workgroup a result, which sums in a fixed order.
// Header: RESULTS, REDUCED (points summed into one result), ROW (workgroups in one row), WORKGROUP.

var<workgroup> sums: array<f32, WORKGROUP>;

fn summand(result: u32, reduced: u32) -> f32 {
    //BODY
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let result = group.x + group.y * ROW;
    var sum = 0.0;
    if (result < RESULTS) {
        for (var reduced = local.x; reduced < REDUCED; reduced += WORKGROUP) {
            sum += summand(result, reduced);
        }
    }
    sums[local.x] = sum;
    for (var width = WORKGROUP / 2u; width > 0u; width /= 2u) {
        workgroupBarrier();
        if (local.x < width) {
            sums[local.x] += sums[local.x + width];
        }
    }
    if (local.x == 0u && result < RESULTS) {
        let total = sums[0];
        //EPILOGUE
    }
}
