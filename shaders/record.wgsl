// Writes one row of scalars into the plan's ring and advances the plan's clock. One invocation.
// Header: RING_ROWS, COLUMNS, CLOCK; the columns' bindings and their copies are written in by src/kernel/mod.rs.

@group(0) @binding(0) var<storage, read_write> clocks: Clocks;
@group(0) @binding(1) var<storage, read_write> ring: array<f32>;

@compute @workgroup_size(1)
fn main() {
    let first = (clocks.CLOCK % RING_ROWS) * COLUMNS;
    //COLUMNS
    clocks.CLOCK += 1u;
}
