// Shell of a fused elementwise kernel that goes row by row: a workgroup takes all points of its row.
// Header: POINTS (of one row), ROW (workgroups in one row of the grid), WORKGROUP; BODY is written in by
// src/kernel/fused.rs.

fn run(group: vec3<u32>, index: u32) {
    let row = group.x + group.y * ROW;
    for (var point = index; point < POINTS; point += WORKGROUP) {
        //BODY
    }
}
