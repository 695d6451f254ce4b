// Adds the slices of a product's sum in their order: one invocation a result. Same write_c as the product's.
// Header: SLICES, ELEMENTS, SCRATCH_AT (the first slice's first element), ROW, WORKGROUP.

fn run(group: vec3<u32>, index: u32) {
    let element = group.x * WORKGROUP + index + group.y * ROW;
    if (element >= ELEMENTS) {
        return;
    }
    var sum = 0.0;
    for (var slice = 0u; slice < SLICES; slice += 1u) {
        sum += scratch[SCRATCH_AT + slice * ELEMENTS + element];
    }
    write_c(element, sum);
}
