// What gemm.wgsl and gemm_wide.wgsl have in common: how an invocation loads four rows of a or four columns of b at one step
// along K, and stores four results of one row. The shell says how many VECTORS_M and VECTORS_N of four a step has.

const INVOCATIONS = THREADS_M * THREADS_N;
// Steps along K that all invocations could load at once; the tile has at most so many.
const STEPS_A = INVOCATIONS / VECTORS_M;
const STEPS_B = INVOCATIONS / VECTORS_N;
// From step to step it is one vector more than it must be, so that steps lie in different banks of the memory.
const NEXT_A = VECTORS_M + 1u;
const NEXT_B = VECTORS_N + 1u;

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

// What an invocation loads of a and of b at one step along K.
fn load_rows(k: u32, end: u32, a0: Row, a1: Row, a2: Row, a3: Row) -> vec4<f32> {
    if (!FULL_K && k >= end) {
        return vec4<f32>();
    }
    let at = term(k);
    return vec4<f32>(load_a(a0, at), load_a(a1, at), load_a(a2, at), load_a(a3, at));
}

fn load_columns(k: u32, end: u32, b0: Column, b1: Column, b2: Column, b3: Column) -> vec4<f32> {
    if (!FULL_K && k >= end) {
        return vec4<f32>();
    }
    let at = term(k);
    return vec4<f32>(load_b(at, b0), load_b(at, b1), load_b(at, b2), load_b(at, b3));
}
