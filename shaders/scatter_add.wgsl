// Sums of rows by their numbers: output[n, :] = sum over the rows of g whose number is n. One invocation a result, which
// goes through all rows in their order: no atomics, so every run gives the same bits.
// Header: TABLE_ROWS, ROWS, WIDTH, ROW (elements in one row of workgroups), WORKGROUP; NUMBER stands for the element
// type of the row numbers.

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> numbers: array<NUMBER>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let element = id.x + id.y * ROW;
    if (element >= TABLE_ROWS * WIDTH) {
        return;
    }
    let wanted = element / WIDTH;
    var sum = 0.0;
    for (var row = 0u; row < ROWS; row += 1u) {
        if (min(u32(numbers[row]), TABLE_ROWS - 1u) == wanted) {
            sum += g[row * WIDTH + element % WIDTH];
        }
    }
    output[element] = sum;
}
