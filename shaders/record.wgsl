// Writes one row of scalars into the plan's ring, advances the plan's clock and counts an update of each network that the
// plan updates: one invocation does it.
// Header: RING_ROWS, COLUMNS, CLOCK; the copies of the columns and the COUNTS are written in by src/kernel/batch.rs.

fn run(group: vec3<u32>, index: u32) {
    if (index > 0u) {
        return;
    }
    let first = (clocks.CLOCK % RING_ROWS) * COLUMNS;
    //COLUMNS
    clocks.CLOCK += 1u;
    //COUNTS
}
