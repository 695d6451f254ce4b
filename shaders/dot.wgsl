// Products with few results and long sums, as a layer with one output has: one workgroup a result.
// Same operand files as gemm.wgsl. Header: M, N, K, ROW (workgroups in one row), WORKGROUP.

var<private> layer: u32;
var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    layer = group.z;
    let result = group.x + group.y * ROW;
    let m = result / N;
    let n = result % N;
    var sum = 0.0;
    if (m < M) {
        let a = row(m);
        let b = column(n);
        for (var k = local.x; k < K; k += WORKGROUP) {
            let at = term(k);
            sum += load_a(a, at) * load_b(at, b);
        }
    }
    sums[local.x] = sum;
    for (var width = WORKGROUP / 2u; width > 0u; width /= 2u) {
        workgroupBarrier();
        if (local.x < width) {
            sums[local.x] += sums[local.x + width];
        }
    }
    if (local.x == 0u && m < M) {
        store(m, n, sums[0]);
    }
}
