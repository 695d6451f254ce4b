// Rows of a tensor by their numbers: output[row, :] = x[number(row), :].
// Header: TABLE_ROWS, ROWS, WIDTH, ROW (elements in one row of workgroups), WORKGROUP; X, NUMBERS and OUTPUT stand for
// buffers, X_AT, NUMBERS_AT and OUTPUT_AT say where in them.

fn run(group: vec3<u32>, index: u32) {
    let element = group.x * WORKGROUP + index + group.y * ROW;
    if (element >= ROWS * WIDTH) {
        return;
    }
    let row = min(u32(NUMBERS[NUMBERS_AT + element / WIDTH]), TABLE_ROWS - 1u);
    OUTPUT[OUTPUT_AT + element] = X[X_AT + row * WIDTH + element % WIDTH];
}
