// Shell of work that goes row by row: the workgroup of a row does all parts for it, one after another, and each sees
// what the one before it wrote. Header: ROWS, ROW (workgroups in one row of the grid); CALLS are written in by
// src/kernel/part.rs.

fn run(group: vec3<u32>, index: u32) {
    if (group.x + group.y * ROW < ROWS) {
        //CALLS
    }
}
