// Counter-based random numbers, the twin of src/rng.rs bit for bit: integer arithmetic only.
// Declares: normal_table must be bound as array<u32> by kernels that draw normals.

fn rotate_left(x: u32, by: u32) -> u32 {
    return (x << by) | (x >> (32u - by));
}

// Four rounds of threefry2x32 and the key injection after them.
fn threefry_group(x: vec2<u32>, rotations: vec4<u32>, first_key: u32, second_key: u32) -> vec2<u32> {
    var a = x.x;
    var b = x.y;
    a += b; b = rotate_left(b, rotations.x) ^ a;
    a += b; b = rotate_left(b, rotations.y) ^ a;
    a += b; b = rotate_left(b, rotations.z) ^ a;
    a += b; b = rotate_left(b, rotations.w) ^ a;
    return vec2<u32>(a + first_key, b + second_key);
}

// The first word of threefry2x32-20 (Salmon et al. 2011) for key (seed, stream) and counter (index, counter).
fn random_bits(seed: u32, stream: u32, counter: u32, index: u32) -> u32 {
    const even = vec4<u32>(13u, 15u, 26u, 6u);
    const odd = vec4<u32>(17u, 29u, 16u, 24u);
    let third = seed ^ stream ^ 0x1BD11BDAu;
    var x = vec2<u32>(index + seed, counter + stream);
    x = threefry_group(x, even, stream, third + 1u);
    x = threefry_group(x, odd, third, seed + 2u);
    x = threefry_group(x, even, seed, stream + 3u);
    x = threefry_group(x, odd, stream, third + 4u);
    x = threefry_group(x, even, third, seed + 5u);
    return x.x;
}

// Uniform in [0, 1) with 24 bits, exact.
fn random_uniform(bits: u32) -> f32 {
    return f32(bits >> 8u) * (1.0 / 16777216.0);
}
