// The shared inner loop of matmul and the three convolutions: c[m, n] = sum over k of a[m, k] b[k, n], where an operand
// file says what a, b and c are. A workgroup of THREADS_M x THREADS_N invocations owns a tile of 4 THREADS_M rows and
// 4 THREADS_N columns; each invocation keeps 4 x 4 sums in registers, of every THREADS_M-th row and every THREADS_N-th
// column, so that neighbours read and write neighbours, and takes its operands from workgroup memory as vec4. The four
// steps along K are written out, since compilers for WGSL do not unroll.
// The invocations may be PARTS times as many, each part with its own terms of the sum, which are added at the end.
// Header: M, N, K, K_CHUNK (terms of one slice of the sum), THREADS_M, THREADS_N, TILE_K (a multiple of 4), PARTS, LAYERS,
// FULL_M, FULL_N, FULL_K (whether tiles fit without a rest), A_ALONG_K, B_ALONG_K (whether neighbours in memory are
// neighbours along K, so that neighbours load those).
// Operand file: Row row(m), Column column(n), Term term(k), Place a_at(Row, Term), Place b_at(Term, Column),
// store(m, n, value). load_a(Row, Term) and load_b(Term, Column) of operands/load.wgsl read there, by read_a(i) and
// read_b(i); store writes by write_c(i, value). src/kernel/product.rs writes these three, with what is fused to the product.
// `layer` is one of several products of one kind (a phase, a matrix), `slice` one of several pieces of the sum.

// Vectors of a and b in one step along K.
const VECTORS_M = THREADS_M;
const VECTORS_N = THREADS_N;
// Terms of the sum that one part of the invocations adds.
const PART = K_CHUNK / PARTS;

fn run(group: vec3<u32>, index: u32) {
    // Whether all invocations go round a loop must be plain to see, so its bounds are not taken from variables of the module.
    let own_slice = group.z / LAYERS;
    layer = group.z % LAYERS;
    slice = own_slice;
    let own = index % INVOCATIONS;
    let part = index / INVOCATIONS;
    let begin = own_slice * K_CHUNK + part * PART;
    let end = min(begin + PART, K);
    let length = select(PART, min(K_CHUNK, K - own_slice * K_CHUNK), PARTS == 1u);
    let tile_a = part * TILE_K * (NEXT_A + NEXT_B);
    let tile_b = tile_a + TILE_K * NEXT_A;
    let local = vec2<u32>(own % THREADS_N, own / THREADS_N);
    let first_m = group.y * THREADS_M * 4u;
    let first_n = group.x * THREADS_N * 4u;

    // What this invocation loads stays in the same rows and columns, so their indices are taken apart once.
    let vector_a = select(own % VECTORS_M, own / STEPS_A, A_ALONG_K);
    let step_a = select(own / VECTORS_M, own % STEPS_A, A_ALONG_K);
    let vector_b = select(own % VECTORS_N, own / STEPS_B, B_ALONG_K);
    let step_b = select(own / VECTORS_N, own % STEPS_B, B_ALONG_K);
    let loads_a = STEPS_A <= TILE_K || step_a < TILE_K;
    let loads_b = STEPS_B <= TILE_K || step_b < TILE_K;
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
            shared_vectors[tile_a + step_a * NEXT_A + vector_a] = next_a;
        }
        if (loads_b) {
            shared_vectors[tile_b + step_b * NEXT_B + vector_b] = next_b;
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
            let p0 = shared_vectors[tile_a + k * NEXT_A + local.y];
            let q0 = shared_vectors[tile_b + k * NEXT_B + local.x];
            sum0 += p0.x * q0;
            sum1 += p0.y * q0;
            sum2 += p0.z * q0;
            sum3 += p0.w * q0;
            let p1 = shared_vectors[tile_a + (k + 1u) * NEXT_A + local.y];
            let q1 = shared_vectors[tile_b + (k + 1u) * NEXT_B + local.x];
            sum0 += p1.x * q1;
            sum1 += p1.y * q1;
            sum2 += p1.z * q1;
            sum3 += p1.w * q1;
            let p2 = shared_vectors[tile_a + (k + 2u) * NEXT_A + local.y];
            let q2 = shared_vectors[tile_b + (k + 2u) * NEXT_B + local.x];
            sum0 += p2.x * q2;
            sum1 += p2.y * q2;
            sum2 += p2.z * q2;
            sum3 += p2.w * q2;
            let p3 = shared_vectors[tile_a + (k + 3u) * NEXT_A + local.y];
            let q3 = shared_vectors[tile_b + (k + 3u) * NEXT_B + local.x];
            sum0 += p3.x * q3;
            sum1 += p3.y * q3;
            sum2 += p3.z * q3;
            sum3 += p3.w * q3;
        }
        workgroupBarrier();
    }

    if (PARTS > 1u) {
        if (part > 0u) {
            let at = (part - 1u) * 4u * INVOCATIONS + own;
            shared_vectors[at] = sum0;
            shared_vectors[at + INVOCATIONS] = sum1;
            shared_vectors[at + 2u * INVOCATIONS] = sum2;
            shared_vectors[at + 3u * INVOCATIONS] = sum3;
        }
        workgroupBarrier();
        if (part > 0u) {
            return;
        }
        for (var at = own; at < (PARTS - 1u) * 4u * INVOCATIONS; at += 4u * INVOCATIONS) {
            sum0 += shared_vectors[at];
            sum1 += shared_vectors[at + INVOCATIONS];
            sum2 += shared_vectors[at + 2u * INVOCATIONS];
            sum3 += shared_vectors[at + 3u * INVOCATIONS];
        }
    }

    let m = first_m + local.y;
    let n = first_n + local.x;
    store_row(m, n, sum0);
    store_row(m + THREADS_M, n, sum1);
    store_row(m + 2u * THREADS_M, n, sum2);
    store_row(m + 3u * THREADS_M, n, sum3);
}
