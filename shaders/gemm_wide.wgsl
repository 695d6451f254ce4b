// The inner loop of gemm.wgsl with 8 rows a invocation, and with 8 columns where it is WIDE (else 4): for products with
// many workgroups. A value from workgroup memory is used more often, so that the multiply-adds are what takes the time.
// Header and operand file: as gemm.wgsl, and WIDE.

const INVOCATIONS = THREADS_M * THREADS_N;
// Vectors of a and b in one step along K: one of each invocation's first four rows, then one of its other four.
const VECTORS_M = 2u * THREADS_M;
const VECTORS_N = select(1u, 2u, WIDE) * THREADS_N;
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
    let first_m = group.y * THREADS_M * 8u;
    let first_n = group.x * THREADS_N * 4u * select(1u, 2u, WIDE);
    let begin = slice * K_CHUNK;
    let end = min(begin + K_CHUNK, K);

    // What this invocation loads stays in the same rows and columns, so their indices are taken apart once.
    let vector_a = select(index % VECTORS_M, index / STEPS_A, A_ALONG_K);
    let step_a = select(index / VECTORS_M, index % STEPS_A, A_ALONG_K);
    let vector_b = select(index % VECTORS_N, index / STEPS_B, B_ALONG_K);
    let step_b = select(index / VECTORS_N, index % STEPS_B, B_ALONG_K);
    let row_a = first_m + vector_a % THREADS_M + vector_a / THREADS_M * THREADS_M * 4u;
    let column_b = first_n + vector_b % THREADS_N + vector_b / THREADS_N * THREADS_N * 4u;
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
    var sum4 = vec4<f32>();
    var sum5 = vec4<f32>();
    var sum6 = vec4<f32>();
    var sum7 = vec4<f32>();
    // The other four columns.
    var far0 = vec4<f32>();
    var far1 = vec4<f32>();
    var far2 = vec4<f32>();
    var far3 = vec4<f32>();
    var far4 = vec4<f32>();
    var far5 = vec4<f32>();
    var far6 = vec4<f32>();
    var far7 = vec4<f32>();

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
            let u0 = shared_vectors[k * NEXT_A + THREADS_M + local.y];
            let q0 = shared_vectors[TILE_B + k * NEXT_B + local.x];
            sum0 += p0.x * q0;
            sum1 += p0.y * q0;
            sum2 += p0.z * q0;
            sum3 += p0.w * q0;
            sum4 += u0.x * q0;
            sum5 += u0.y * q0;
            sum6 += u0.z * q0;
            sum7 += u0.w * q0;
            if (WIDE) {
                let v0 = shared_vectors[TILE_B + k * NEXT_B + THREADS_N + local.x];
                far0 += p0.x * v0;
                far1 += p0.y * v0;
                far2 += p0.z * v0;
                far3 += p0.w * v0;
                far4 += u0.x * v0;
                far5 += u0.y * v0;
                far6 += u0.z * v0;
                far7 += u0.w * v0;
            }
            let p1 = shared_vectors[(k + 1u) * NEXT_A + local.y];
            let u1 = shared_vectors[(k + 1u) * NEXT_A + THREADS_M + local.y];
            let q1 = shared_vectors[TILE_B + (k + 1u) * NEXT_B + local.x];
            sum0 += p1.x * q1;
            sum1 += p1.y * q1;
            sum2 += p1.z * q1;
            sum3 += p1.w * q1;
            sum4 += u1.x * q1;
            sum5 += u1.y * q1;
            sum6 += u1.z * q1;
            sum7 += u1.w * q1;
            if (WIDE) {
                let v1 = shared_vectors[TILE_B + (k + 1u) * NEXT_B + THREADS_N + local.x];
                far0 += p1.x * v1;
                far1 += p1.y * v1;
                far2 += p1.z * v1;
                far3 += p1.w * v1;
                far4 += u1.x * v1;
                far5 += u1.y * v1;
                far6 += u1.z * v1;
                far7 += u1.w * v1;
            }
            let p2 = shared_vectors[(k + 2u) * NEXT_A + local.y];
            let u2 = shared_vectors[(k + 2u) * NEXT_A + THREADS_M + local.y];
            let q2 = shared_vectors[TILE_B + (k + 2u) * NEXT_B + local.x];
            sum0 += p2.x * q2;
            sum1 += p2.y * q2;
            sum2 += p2.z * q2;
            sum3 += p2.w * q2;
            sum4 += u2.x * q2;
            sum5 += u2.y * q2;
            sum6 += u2.z * q2;
            sum7 += u2.w * q2;
            if (WIDE) {
                let v2 = shared_vectors[TILE_B + (k + 2u) * NEXT_B + THREADS_N + local.x];
                far0 += p2.x * v2;
                far1 += p2.y * v2;
                far2 += p2.z * v2;
                far3 += p2.w * v2;
                far4 += u2.x * v2;
                far5 += u2.y * v2;
                far6 += u2.z * v2;
                far7 += u2.w * v2;
            }
            let p3 = shared_vectors[(k + 3u) * NEXT_A + local.y];
            let u3 = shared_vectors[(k + 3u) * NEXT_A + THREADS_M + local.y];
            let q3 = shared_vectors[TILE_B + (k + 3u) * NEXT_B + local.x];
            sum0 += p3.x * q3;
            sum1 += p3.y * q3;
            sum2 += p3.z * q3;
            sum3 += p3.w * q3;
            sum4 += u3.x * q3;
            sum5 += u3.y * q3;
            sum6 += u3.z * q3;
            sum7 += u3.w * q3;
            if (WIDE) {
                let v3 = shared_vectors[TILE_B + (k + 3u) * NEXT_B + THREADS_N + local.x];
                far0 += p3.x * v3;
                far1 += p3.y * v3;
                far2 += p3.z * v3;
                far3 += p3.w * v3;
                far4 += u3.x * v3;
                far5 += u3.y * v3;
                far6 += u3.z * v3;
                far7 += u3.w * v3;
            }
        }
        workgroupBarrier();
    }

    let m = first_m + local.y;
    let n = first_n + local.x;
    store_row(m, n, sum0);
    store_row(m + THREADS_M, n, sum1);
    store_row(m + 2u * THREADS_M, n, sum2);
    store_row(m + 3u * THREADS_M, n, sum3);
    store_row(m + 4u * THREADS_M, n, sum4);
    store_row(m + 5u * THREADS_M, n, sum5);
    store_row(m + 6u * THREADS_M, n, sum6);
    store_row(m + 7u * THREADS_M, n, sum7);
    if (WIDE) {
        store_row(m, n + 4u * THREADS_N, far0);
        store_row(m + THREADS_M, n + 4u * THREADS_N, far1);
        store_row(m + 2u * THREADS_M, n + 4u * THREADS_N, far2);
        store_row(m + 3u * THREADS_M, n + 4u * THREADS_N, far3);
        store_row(m + 4u * THREADS_M, n + 4u * THREADS_N, far4);
        store_row(m + 5u * THREADS_M, n + 4u * THREADS_N, far5);
        store_row(m + 6u * THREADS_M, n + 4u * THREADS_N, far6);
        store_row(m + 7u * THREADS_M, n + 4u * THREADS_N, far7);
    }
}
