// Copies one buffer to another, a vec4 an invocation: the bandwidth that others are measured by. Header: WORKGROUP.

@group(0) @binding(0) var<storage, read_write> source: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> copied: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    copied[id.x] = source[id.x];
}
