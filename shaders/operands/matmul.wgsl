// Operands of a matrix product: a is [M, K] or, transposed, [K, M]; b is [K, N] or [N, K]; c is [M, N], one [M, N] a
// slice of the sum where it is sliced. Header: TRANSPOSE_A, TRANSPOSE_B.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;

struct Row {
    inside: bool,
    m: u32,
}

struct Column {
    inside: bool,
    n: u32,
}

fn row(m: u32) -> Row {
    return Row(m < M, m);
}

fn column(n: u32) -> Column {
    return Column(n < N, n);
}

fn load_a(row: Row, k: u32) -> f32 {
    if (!row.inside) {
        return 0.0;
    }
    return a[select(row.m * K + k, k * M + row.m, TRANSPOSE_A)];
}

fn load_b(k: u32, column: Column) -> f32 {
    if (!column.inside) {
        return 0.0;
    }
    return b[select(k * N + column.n, column.n * K + k, TRANSPOSE_B)];
}

fn store(m: u32, n: u32, value: f32) {
    c[select(0u, layer, SLICED) * M * N + m * N + n] = value;
}
