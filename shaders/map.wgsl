// Shell of a fused elementwise kernel: one invocation a point.
// Header: POINTS, ROW (points in one row of workgroups), WORKGROUP; BODY is written in by src/kernel/fused.rs.

fn run(group: vec3<u32>, index: u32) {
    let point = group.x * WORKGROUP + index + group.y * ROW;
    if (point >= POINTS) {
        return;
    }
    //BODY
}
