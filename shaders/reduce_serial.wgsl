// Shell of a fused reduction with many results of few points each: one invocation a result.
// Header: RESULTS, REDUCED, ROW (results in one row of workgroups), WORKGROUP. COMBINE and INITIAL: see reduce.wgsl.

fn summand(result: u32, reduced: u32) -> f32 {
    //BODY
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let result = id.x + id.y * ROW;
    if (result >= RESULTS) {
        return;
    }
    var total = INITIAL;
    for (var reduced = 0u; reduced < REDUCED; reduced += 1u) {
        total = COMBINE(total, summand(result, reduced));
    }
    //EPILOGUE
}
