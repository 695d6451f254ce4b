// Products with few rows (M at most 4), as a convolution to or from one channel has: one invocation a column, which
// keeps all its rows in registers and reads its operands directly. Same operand files as gemm.wgsl.
// Header: M, N, K, WORKGROUP, ROW (columns in one row of workgroups).

var<private> layer: u32;

fn run(group: vec3<u32>, index: u32) {
    layer = group.z;
    let n = group.x * WORKGROUP + index + group.y * ROW;
    if (n >= N) {
        return;
    }
    let b = column(n);
    let a0 = row(0u);
    let a1 = row(1u);
    let a2 = row(2u);
    let a3 = row(3u);
    var sum = vec4<f32>();
    for (var k = 0u; k < K; k += 1u) {
        let at = term(k);
        var a = vec4<f32>(load_a(a0, at), 0.0, 0.0, 0.0);
        if (M > 1u) {
            a.y = load_a(a1, at);
        }
        if (M > 2u) {
            a.z = load_a(a2, at);
        }
        if (M > 3u) {
            a.w = load_a(a3, at);
        }
        sum += a * load_b(at, b);
    }
    store(0u, n, sum.x);
    if (M > 1u) {
        store(1u, n, sum.y);
    }
    if (M > 2u) {
        store(2u, n, sum.z);
    }
    if (M > 3u) {
        store(3u, n, sum.w);
    }
}
