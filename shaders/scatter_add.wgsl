// Sums of rows by their numbers: output[n, :] = sum over the rows of x whose number is n. One invocation a result, which
// goes through all rows in their order: no atomics, so every run gives the same bits.
// Header: TABLE_ROWS, ROWS, WIDTH, ROW (elements in one row of workgroups), WORKGROUP; X, NUMBERS and OUTPUT stand for
// buffers, X_AT, NUMBERS_AT and OUTPUT_AT say where in them.

fn run(group: vec3<u32>, index: u32) {
    let element = group.x * WORKGROUP + index + group.y * ROW;
    if (element >= TABLE_ROWS * WIDTH) {
        return;
    }
    let wanted = element / WIDTH;
    var sum = 0.0;
    for (var row = 0u; row < ROWS; row += 1u) {
        if (min(u32(NUMBERS[NUMBERS_AT + row]), TABLE_ROWS - 1u) == wanted) {
            sum += X[X_AT + row * WIDTH + element % WIDTH];
        }
    }
    OUTPUT[OUTPUT_AT + element] = sum;
}
