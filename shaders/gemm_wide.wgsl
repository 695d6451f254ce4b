// The inner loop of gemm.wgsl with 8 rows a invocation, and with 8 columns where it is WIDE (else 4): for products with
// many workgroups. A value from workgroup memory is used more often, so that the multiply-adds are what takes the time.
// Header and operand file: as gemm.wgsl, and WIDE.

// Vectors of a and b in one step along K: one of each invocation's first four rows, then one of its other four.
const VECTORS_M = 2u * THREADS_M;
const VECTORS_N = select(1u, 2u, WIDE) * THREADS_N;
const TILE_B = TILE_K * NEXT_A;

fn run(group: vec3<u32>, index: u32) {
    // Whether all invocations go round a loop must be plain to see, so its bounds are not taken from variables of the module.
    let own_slice = group.z / LAYERS;
    layer = group.z % LAYERS;
    slice = own_slice;
    let begin = own_slice * K_CHUNK;
    let end = min(begin + K_CHUNK, K);
    let length = end - begin;
    let local = vec2<u32>(index % THREADS_N, index / THREADS_N);
    let first_m = group.y * THREADS_M * 8u;
    let first_n = group.x * THREADS_N * 4u * select(1u, 2u, WIDE);

    // What this invocation loads stays in the same rows and columns, so their indices are taken apart once.
    let vector_a = select(index % VECTORS_M, index / STEPS_A, A_ALONG_K);
    let step_a = select(index / VECTORS_M, index % STEPS_A, A_ALONG_K);
    let vector_b = select(index % VECTORS_N, index / STEPS_B, B_ALONG_K);
    let step_b = select(index / VECTORS_N, index % STEPS_B, B_ALONG_K);
    let loads_a = STEPS_A <= TILE_K || step_a < TILE_K;
    let loads_b = STEPS_B <= TILE_K || step_b < TILE_K;
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

    // The next tile is on its way while this one is multiplied.
    var next_a = vec4<f32>();
    var next_b = vec4<f32>();
    if (loads_a) {
        next_a = load_rows(begin + step_a, end, a0, a1, a2, a3);
    }
    if (loads_b) {
        next_b = load_columns(begin + step_b, end, b0, b1, b2, b3);
    }
    for (var done = 0u; done < length; done += TILE_K) {
        if (loads_a) {
            shared_vectors[step_a * NEXT_A + vector_a] = next_a;
        }
        if (loads_b) {
            shared_vectors[TILE_B + step_b * NEXT_B + vector_b] = next_b;
        }
        workgroupBarrier();
        let after = done + TILE_K;
        if (after < length && loads_a) {
            next_a = load_rows(begin + after + step_a, end, a0, a1, a2, a3);
        }
        if (after < length && loads_b) {
            next_b = load_columns(begin + after + step_b, end, b0, b1, b2, b3);
        }
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
