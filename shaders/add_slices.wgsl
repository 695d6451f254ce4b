// Adds the slices of a product's sum in their order: one invocation a result, four slices at a time under way. Same
// write_c as the product's. Header: SLICES, ELEMENTS, SCRATCH_AT (the first slice's first element), ROW, WORKGROUP.

fn run(group: vec3<u32>, index: u32) {
    let element = group.x * WORKGROUP + index + group.y * ROW;
    if (element >= ELEMENTS) {
        return;
    }
    var sum = 0.0;
    var at = SCRATCH_AT + element;
    var slice = 0u;
    for (; slice + 3u < SLICES; slice += 4u) {
        let first = scratch[at];
        let second = scratch[at + ELEMENTS];
        let third = scratch[at + 2u * ELEMENTS];
        let fourth = scratch[at + 3u * ELEMENTS];
        sum = sum + first + second + third + fourth;
        at += 4u * ELEMENTS;
    }
    for (; slice < SLICES; slice += 1u) {
        sum += scratch[at];
        at += ELEMENTS;
    }
    write_c(element, sum);
}
