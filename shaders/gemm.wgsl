// The shared inner loop of matmul and the three convolutions: c[m, n] = sum over k of a[m, k] b[k, n], where an operand
// file says what a, b and c are. A workgroup of THREADS_M x THREADS_N invocations owns a tile of 4 THREADS_M rows and
// 4 THREADS_N columns; each invocation keeps 4 x 4 sums in registers and reads its operands from workgroup memory as
// vec4. The four steps along K are written out, since compilers for WGSL do not unroll.
// Header: M, N, K, K_CHUNK (terms of one slice of the sum), THREADS_M, THREADS_N, TILE_K (a multiple of 4).
// Operand file: Row row(m), Column column(n), Term term(k), load_a(Row, Term),
// load_b(Term, Column), store(m, n, value), which go to memory by read_a(i), read_b(i) and write_c(i, value): those are
// written by src/kernel/product.rs, with what is fused to the product. `layer` is the z of the workgroup, which the operand file may use as a phase, and SLICED says whether it counts slices of the sum.

const INVOCATIONS = THREADS_M * THREADS_N;
// Rows of the tiles that one pass of all invocations loads.
const ROWS_A = INVOCATIONS / THREADS_M;
const ROWS_B = INVOCATIONS / THREADS_N;

var<private> layer: u32;
// Where the tile of b begins in the memory of a workgroup, after that of a.
const TILE_B = TILE_K * THREADS_M;

fn store_row(m: u32, n: u32, values: vec4<f32>) {
    if (m >= M) {
        return;
    }
    if (n < N) {
        store(m, n, values.x);
    }
    if (n + 1u < N) {
        store(m, n + 1u, values.y);
    }
    if (n + 2u < N) {
        store(m, n + 2u, values.z);
    }
    if (n + 3u < N) {
        store(m, n + 3u, values.w);
    }
}

fn run(group: vec3<u32>, index: u32) {
    layer = group.z;
    let local = vec2<u32>(index % THREADS_N, index / THREADS_N);
    let first_m = group.y * THREADS_M * 4u;
    let first_n = group.x * THREADS_N * 4u;
    let begin = select(0u, group.z * K_CHUNK, SLICED);
    let end = min(begin + K_CHUNK, K);

    // What this invocation loads stays in the same rows and columns, so their indices are taken apart once.
    let load_m = index % THREADS_M;
    let load_n = index % THREADS_N;
    let a0 = row(first_m + load_m * 4u);
    let a1 = row(first_m + load_m * 4u + 1u);
    let a2 = row(first_m + load_m * 4u + 2u);
    let a3 = row(first_m + load_m * 4u + 3u);
    let b0 = column(first_n + load_n * 4u);
    let b1 = column(first_n + load_n * 4u + 1u);
    let b2 = column(first_n + load_n * 4u + 2u);
    let b3 = column(first_n + load_n * 4u + 3u);

    var sum0 = vec4<f32>();
    var sum1 = vec4<f32>();
    var sum2 = vec4<f32>();
    var sum3 = vec4<f32>();

    for (var base = begin; base < end; base += TILE_K) {
        for (var step = index / THREADS_M; step < TILE_K; step += ROWS_A) {
            let k = base + step;
            var values = vec4<f32>();
            if (k < end) {
                let at = term(k);
                values = vec4<f32>(load_a(a0, at), load_a(a1, at), load_a(a2, at), load_a(a3, at));
            }
            shared_vectors[step * THREADS_M + load_m] = values;
        }
        for (var step = index / THREADS_N; step < TILE_K; step += ROWS_B) {
            let k = base + step;
            var values = vec4<f32>();
            if (k < end) {
                let at = term(k);
                values = vec4<f32>(load_b(at, b0), load_b(at, b1), load_b(at, b2), load_b(at, b3));
            }
            shared_vectors[TILE_B + step * THREADS_N + load_n] = values;
        }
        workgroupBarrier();
        for (var k = 0u; k < TILE_K; k += 4u) {
            let p0 = shared_vectors[k * THREADS_M + local.y];
            let q0 = shared_vectors[TILE_B + k * THREADS_N + local.x];
            sum0 += p0.x * q0;
            sum1 += p0.y * q0;
            sum2 += p0.z * q0;
            sum3 += p0.w * q0;
            let p1 = shared_vectors[(k + 1u) * THREADS_M + local.y];
            let q1 = shared_vectors[TILE_B + (k + 1u) * THREADS_N + local.x];
            sum0 += p1.x * q1;
            sum1 += p1.y * q1;
            sum2 += p1.z * q1;
            sum3 += p1.w * q1;
            let p2 = shared_vectors[(k + 2u) * THREADS_M + local.y];
            let q2 = shared_vectors[TILE_B + (k + 2u) * THREADS_N + local.x];
            sum0 += p2.x * q2;
            sum1 += p2.y * q2;
            sum2 += p2.z * q2;
            sum3 += p2.w * q2;
            let p3 = shared_vectors[(k + 3u) * THREADS_M + local.y];
            let q3 = shared_vectors[TILE_B + (k + 3u) * THREADS_N + local.x];
            sum0 += p3.x * q3;
            sum1 += p3.y * q3;
            sum2 += p3.z * q3;
            sum3 += p3.w * q3;
        }
        workgroupBarrier();
    }

    let m = first_m + local.y * 4u;
    let n = first_n + local.x * 4u;
    store_row(m, n, sum0);
    store_row(m + 1u, n, sum1);
    store_row(m + 2u, n, sum2);
    store_row(m + 3u, n, sum3);
}
