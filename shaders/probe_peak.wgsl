// Multiplies and adds in eight independent chains of vec4, four times a round, since compilers for WGSL do not unroll: the
// peak that others are measured by. The chains run towards 1, so nothing overflows, and their sum is written, so that
// nothing is left out. Header: WORKGROUP, ROUNDS.

@group(0) @binding(0) var<storage, read_write> result: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let start = f32(id.x) * 1e-6;
    let factor = vec4<f32>(0.999, 0.998, 0.997, 0.996);
    let rest = vec4<f32>(0.001, 0.002, 0.003, 0.004);
    var chain0 = vec4<f32>(start + 0.0);
    var chain1 = vec4<f32>(start + 1.0);
    var chain2 = vec4<f32>(start + 2.0);
    var chain3 = vec4<f32>(start + 3.0);
    var chain4 = vec4<f32>(start + 4.0);
    var chain5 = vec4<f32>(start + 5.0);
    var chain6 = vec4<f32>(start + 6.0);
    var chain7 = vec4<f32>(start + 7.0);
    for (var round = 0u; round < ROUNDS; round += 1u) {
        chain0 = fma(chain0, factor, rest);
        chain1 = fma(chain1, factor, rest);
        chain2 = fma(chain2, factor, rest);
        chain3 = fma(chain3, factor, rest);
        chain4 = fma(chain4, factor, rest);
        chain5 = fma(chain5, factor, rest);
        chain6 = fma(chain6, factor, rest);
        chain7 = fma(chain7, factor, rest);
        chain0 = fma(chain0, factor, rest);
        chain1 = fma(chain1, factor, rest);
        chain2 = fma(chain2, factor, rest);
        chain3 = fma(chain3, factor, rest);
        chain4 = fma(chain4, factor, rest);
        chain5 = fma(chain5, factor, rest);
        chain6 = fma(chain6, factor, rest);
        chain7 = fma(chain7, factor, rest);
        chain0 = fma(chain0, factor, rest);
        chain1 = fma(chain1, factor, rest);
        chain2 = fma(chain2, factor, rest);
        chain3 = fma(chain3, factor, rest);
        chain4 = fma(chain4, factor, rest);
        chain5 = fma(chain5, factor, rest);
        chain6 = fma(chain6, factor, rest);
        chain7 = fma(chain7, factor, rest);
        chain0 = fma(chain0, factor, rest);
        chain1 = fma(chain1, factor, rest);
        chain2 = fma(chain2, factor, rest);
        chain3 = fma(chain3, factor, rest);
        chain4 = fma(chain4, factor, rest);
        chain5 = fma(chain5, factor, rest);
        chain6 = fma(chain6, factor, rest);
        chain7 = fma(chain7, factor, rest);
    }
    result[index] = ((chain0 + chain1) + (chain2 + chain3)) + ((chain4 + chain5) + (chain6 + chain7));
}
