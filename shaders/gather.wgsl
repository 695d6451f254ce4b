// Rows of a table of bytes, four bytes a word, as floats: byte * SCALE + OFFSET.
// Header: ROWS, WIDTH, SCALE, OFFSET, ROW (points in one row of workgroups), WORKGROUP;
// NUMBERS, TABLE and OUTPUT stand for buffers, NUMBERS_AT and OUTPUT_AT say where in them.

fn run(group: vec3<u32>, index: u32) {
    let point = group.x * WORKGROUP + index + group.y * ROW;
    if (point >= ROWS * WIDTH) {
        return;
    }
    let byte = NUMBERS[NUMBERS_AT + point / WIDTH] * WIDTH + point % WIDTH;
    let value = (TABLE[byte / 4u] >> (8u * (byte % 4u))) & 255u;
    OUTPUT[OUTPUT_AT + point] = f32(value) * SCALE + OFFSET;
}
