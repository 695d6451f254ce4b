// Operands of a matrix product: a is [M, K] or, transposed, [K, M]; b is [K, N] or [N, K]; c is [M, N]. A layer is one
// of several products or, where the sum is sliced, a slice of the one there is. Header: TRANSPOSE_A, TRANSPOSE_B.

struct Row {
    inside: bool,
    m: u32,
}

struct Column {
    inside: bool,
    n: u32,
}

// What all rows and columns share at one step along K.
struct Term {
    k: u32,
}

fn term(k: u32) -> Term {
    return Term(k);
}

fn row(m: u32) -> Row {
    return Row(m < M, m);
}

fn column(n: u32) -> Column {
    return Column(n < N, n);
}

fn load_a(row: Row, term: Term) -> f32 {
    if (!row.inside) {
        return 0.0;
    }
    return read_a(select(layer, 0u, SLICED) * M * K + select(row.m * K + term.k, term.k * M + row.m, TRANSPOSE_A));
}

fn load_b(term: Term, column: Column) -> f32 {
    if (!column.inside) {
        return 0.0;
    }
    return read_b(select(layer, 0u, SLICED) * K * N + select(term.k * N + column.n, column.n * K + term.k, TRANSPOSE_B));
}

fn store(m: u32, n: u32, value: f32) {
    write_c(layer * M * N + m * N + n, value);
}
