// Rows of a tensor by their numbers: output[row, :] = x[number(row), :].
// Header: TABLE_ROWS, ROWS, WIDTH, ROW (elements in one row of workgroups), WORKGROUP; NUMBER stands for the element
// type of the row numbers.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> numbers: array<NUMBER>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let element = id.x + id.y * ROW;
    if (element >= ROWS * WIDTH) {
        return;
    }
    let row = min(u32(numbers[element / WIDTH]), TABLE_ROWS - 1u);
    output[element] = x[row * WIDTH + element % WIDTH];
}
