// Shell of a fused reduction with many results of few points each: an invocation takes every STRIDE-th result.
// Header: RESULTS, REDUCED, ROW (results in one row of workgroups), STRIDE, WORKGROUP. COMBINE and INITIAL: see
// reduce.wgsl.

fn summand(result: u32, reduced: u32) -> f32 {
    //BODY
}

fn run(group: vec3<u32>, index: u32) {
    for (var result = group.x * WORKGROUP + index + group.y * ROW; result < RESULTS; result += STRIDE) {
        var total = INITIAL;
        for (var reduced = 0u; reduced < REDUCED; reduced += 1u) {
            total = COMBINE(total, summand(result, reduced));
        }
        //EPILOGUE
    }
}
