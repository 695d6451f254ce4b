// Rows of a table of bytes, four bytes a word, as floats: byte * SCALE + OFFSET.
// Header: ROWS, WIDTH, SCALE, OFFSET, ROW (points in one row of workgroups), WORKGROUP.

@group(0) @binding(0) var<storage, read> index: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let point = id.x + id.y * ROW;
    if (point >= ROWS * WIDTH) {
        return;
    }
    let byte = index[point / WIDTH] * WIDTH + point % WIDTH;
    let value = (table[byte / 4u] >> (8u * (byte % 4u))) & 255u;
    output[point] = f32(value) * SCALE + OFFSET;
}
