// Shell of a fused elementwise kernel: one invocation a point.
// Header: POINTS, ROW (points in one row of workgroups), WORKGROUP; bindings and BODY are written in by src/kernel/fused.rs.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let point = id.x + id.y * ROW;
    if (point >= POINTS) {
        return;
    }
    //BODY
}
