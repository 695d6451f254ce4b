// Products with few results and long sums, as a layer with one output has: one workgroup a result.
// Same operand files as gemm.wgsl. Header: M, N, K, ROW (workgroups in one row), WORKGROUP.

var<private> layer: u32;

fn run(group: vec3<u32>, index: u32) {
    layer = group.z;
    let result = group.x + group.y * ROW;
    let m = result / N;
    let n = result % N;
    var sum = 0.0;
    if (m < M) {
        let a = row(m);
        let b = column(n);
        for (var k = index; k < K; k += WORKGROUP) {
            let at = term(k);
            sum += load_a(a, at) * load_b(at, b);
        }
    }
    shared_floats[index] = sum;
    for (var width = WORKGROUP / 2u; width > 0u; width /= 2u) {
        workgroupBarrier();
        if (index < width) {
            shared_floats[index] += shared_floats[index + width];
        }
    }
    if (index == 0u && m < M) {
        store(m, n, shared_floats[0]);
    }
}
