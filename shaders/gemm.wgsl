// The shared inner loop of matmul and the three convolutions: c[m, n] = sum over k of a[m, k] b[k, n], where an operand
// file says what a, b and c are. A workgroup of THREADS_M x THREADS_N invocations owns a tile of 4 THREADS_M rows and
// 4 THREADS_N columns; each invocation keeps 4 x 4 sums in registers, of every THREADS_M-th row and every THREADS_N-th
// column, so that neighbours read and write neighbours, and takes its operands from workgroup memory as vec4. The four
// steps along K are written out, since compilers for WGSL do not unroll.
// Header: M, N, K, K_CHUNK (terms of one slice of the sum), THREADS_M, THREADS_N, TILE_K (a multiple of 4), LAYERS, FULL_M,
// FULL_N, FULL_K (whether tiles fit without a rest), A_ALONG_K, B_ALONG_K (whether neighbours in memory are neighbours
// along K, so that neighbours load those).
// Operand file: Row row(m), Column column(n), Term term(k), load_a(Row, Term),
// load_b(Term, Column), store(m, n, value), which go to memory by read_a(i), read_b(i) and write_c(i, value): those are
// written by src/kernel/product.rs, with what is fused to the product. `layer` is one of several products of one kind
// (a phase, a matrix), `slice` one of several pieces of the sum.

const INVOCATIONS = THREADS_M * THREADS_N;
// Vectors of a and b in one step along K.
const VECTORS_M = THREADS_M;
const VECTORS_N = THREADS_N;
// Steps along K that all invocations load in one pass.
const STEPS_A = INVOCATIONS / VECTORS_M;
const STEPS_B = INVOCATIONS / VECTORS_N;
// From step to step it is one vector more than it must be, so that steps lie in different banks of the memory.
const NEXT_A = VECTORS_M + 1u;
const NEXT_B = VECTORS_N + 1u;
const TILE_B = TILE_K * NEXT_A;

var<private> layer: u32;
var<private> slice: u32;

fn store_row(m: u32, n: u32, values: vec4<f32>) {
    if (!FULL_M && m >= M) {
        return;
    }
    if (FULL_N || n < N) {
        store(m, n, values.x);
    }
    if (FULL_N || n + THREADS_N < N) {
        store(m, n + THREADS_N, values.y);
    }
    if (FULL_N || n + 2u * THREADS_N < N) {
        store(m, n + 2u * THREADS_N, values.z);
    }
    if (FULL_N || n + 3u * THREADS_N < N) {
        store(m, n + 3u * THREADS_N, values.w);
    }
}

fn run(group: vec3<u32>, index: u32) {
    layer = group.z % LAYERS;
    slice = group.z / LAYERS;
    let local = vec2<u32>(index % THREADS_N, index / THREADS_N);
    let first_m = group.y * THREADS_M * 4u;
    let first_n = group.x * THREADS_N * 4u;
    let begin = slice * K_CHUNK;
    let end = min(begin + K_CHUNK, K);

    // What this invocation loads stays in the same rows and columns, so their indices are taken apart once.
    let vector_a = select(index % VECTORS_M, index / STEPS_A, A_ALONG_K);
    let step_a = select(index / VECTORS_M, index % STEPS_A, A_ALONG_K);
    let vector_b = select(index % VECTORS_N, index / STEPS_B, B_ALONG_K);
    let step_b = select(index / VECTORS_N, index % STEPS_B, B_ALONG_K);
    let row_a = first_m + vector_a;
    let column_b = first_n + vector_b;
    let a0 = row(row_a);
    let a1 = row(row_a + THREADS_M);
    let a2 = row(row_a + 2u * THREADS_M);
    let a3 = row(row_a + 3u * THREADS_M);
    let b0 = column(column_b);
    let b1 = column(column_b + THREADS_N);
    let b2 = column(column_b + 2u * THREADS_N);
    let b3 = column(column_b + 3u * THREADS_N);

    var sum0 = vec4<f32>();
    var sum1 = vec4<f32>();
    var sum2 = vec4<f32>();
    var sum3 = vec4<f32>();

    for (var base = begin; base < end; base += TILE_K) {
        for (var step = step_a; step < TILE_K; step += STEPS_A) {
            let k = base + step;
            var values = vec4<f32>();
            if (FULL_K || k < end) {
                let at = term(k);
                values = vec4<f32>(load_a(a0, at), load_a(a1, at), load_a(a2, at), load_a(a3, at));
            }
            shared_vectors[step * NEXT_A + vector_a] = values;
        }
        for (var step = step_b; step < TILE_K; step += STEPS_B) {
            let k = base + step;
            var values = vec4<f32>();
            if (FULL_K || k < end) {
                let at = term(k);
                values = vec4<f32>(load_b(at, b0), load_b(at, b1), load_b(at, b2), load_b(at, b3));
            }
            shared_vectors[TILE_B + step * NEXT_B + vector_b] = values;
        }
        workgroupBarrier();
        for (var k = 0u; k < TILE_K; k += 4u) {
            let p0 = shared_vectors[k * NEXT_A + local.y];
            let q0 = shared_vectors[TILE_B + k * NEXT_B + local.x];
            sum0 += p0.x * q0;
            sum1 += p0.y * q0;
            sum2 += p0.z * q0;
            sum3 += p0.w * q0;
            let p1 = shared_vectors[(k + 1u) * NEXT_A + local.y];
            let q1 = shared_vectors[TILE_B + (k + 1u) * NEXT_B + local.x];
            sum0 += p1.x * q1;
            sum1 += p1.y * q1;
            sum2 += p1.z * q1;
            sum3 += p1.w * q1;
            let p2 = shared_vectors[(k + 2u) * NEXT_A + local.y];
            let q2 = shared_vectors[TILE_B + (k + 2u) * NEXT_B + local.x];
            sum0 += p2.x * q2;
            sum1 += p2.y * q2;
            sum2 += p2.z * q2;
            sum3 += p2.w * q2;
            let p3 = shared_vectors[(k + 3u) * NEXT_A + local.y];
            let q3 = shared_vectors[TILE_B + (k + 3u) * NEXT_B + local.x];
            sum0 += p3.x * q3;
            sum1 += p3.y * q3;
            sum2 += p3.z * q3;
            sum3 += p3.w * q3;
        }
        workgroupBarrier();
    }

    let m = first_m + local.y;
    let n = first_n + local.x;
    store_row(m, n, sum0);
    store_row(m + THREADS_M, n, sum1);
    store_row(m + 2u * THREADS_M, n, sum2);
    store_row(m + 3u * THREADS_M, n, sum3);
}
