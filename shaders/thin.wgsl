// Products with few rows (M at most 4), as a convolution to or from one channel has: PARTS invocations a column, which keep
// all its rows in registers, read their operands directly, and share the terms of the sum, each a run of PART of them.
// Four terms at a time are under way. Same operand files as gemm.wgsl.
// Header: M, N, K, PARTS, PART, COLUMNS (of a workgroup), ROW (columns in one row of workgroups).

var<private> layer: u32;

fn rows_at(at: Term, a0: Row, a1: Row, a2: Row, a3: Row) -> vec4<f32> {
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
    return a;
}

fn run(group: vec3<u32>, index: u32) {
    layer = group.z;
    let part = index / COLUMNS;
    let n = group.x * COLUMNS + index % COLUMNS + group.y * ROW;
    let end = select(0u, min((part + 1u) * PART, K), n < N);
    let b = column(n);
    let a0 = row(0u);
    let a1 = row(1u);
    let a2 = row(2u);
    let a3 = row(3u);
    var sum = vec4<f32>();
    var k = part * PART;
    for (; k + 3u < end; k += 4u) {
        let at0 = term(k);
        let at1 = term(k + 1u);
        let at2 = term(k + 2u);
        let at3 = term(k + 3u);
        let b0 = load_b(at0, b);
        let b1 = load_b(at1, b);
        let b2 = load_b(at2, b);
        let b3 = load_b(at3, b);
        sum += rows_at(at0, a0, a1, a2, a3) * b0;
        sum += rows_at(at1, a0, a1, a2, a3) * b1;
        sum += rows_at(at2, a0, a1, a2, a3) * b2;
        sum += rows_at(at3, a0, a1, a2, a3) * b3;
    }
    for (; k < end; k += 1u) {
        let at = term(k);
        sum += rows_at(at, a0, a1, a2, a3) * load_b(at, b);
    }
    if (PARTS > 1u) {
        shared_vectors[index] = sum;
        workgroupBarrier();
        if (part == 0u) {
            for (var other = 1u; other < PARTS; other += 1u) {
                sum += shared_vectors[other * COLUMNS + index];
            }
        }
    }
    if (part > 0u || n >= N) {
        return;
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
