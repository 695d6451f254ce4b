// Writes one row of scalars into the plan's ring and advances the plan's clock: one invocation does it.
// Header: RING_ROWS, COLUMNS, CLOCK; the copies of the columns are written in by src/kernel/batch.rs.

fn run(group: vec3<u32>, index: u32) {
    if (index > 0u) {
        return;
    }
    let first = (clocks.CLOCK % RING_ROWS) * COLUMNS;
    //COLUMNS
    clocks.CLOCK += 1u;
}
