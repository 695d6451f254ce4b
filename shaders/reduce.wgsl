// Shell of a fused reduction: one workgroup a result, which reduces in a fixed order.
// Header: RESULTS, REDUCED (points reduced to one result), ROW (workgroups in one row), WORKGROUP. COMBINE stands for
// the function of two parts, INITIAL for a part that changes nothing.

fn summand(result: u32, reduced: u32) -> f32 {
    //BODY
}

fn run(group: vec3<u32>, index: u32) {
    let result = group.x + group.y * ROW;
    var part = 0.0;
    if (result < RESULTS) {
        part = INITIAL;
        for (var reduced = index; reduced < REDUCED; reduced += WORKGROUP) {
            part = COMBINE(part, summand(result, reduced));
        }
    }
    shared_floats[index] = part;
    for (var width = WORKGROUP / 2u; width > 0u; width /= 2u) {
        workgroupBarrier();
        if (index < width) {
            shared_floats[index] = COMBINE(shared_floats[index], shared_floats[index + width]);
        }
    }
    if (index == 0u && result < RESULTS) {
        let total = shared_floats[0];
        //EPILOGUE
    }
}
