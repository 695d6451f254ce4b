// Operands of a matrix product: a is [M, K] or, transposed, [K, M]; b is [K, N] or [N, K]; c is [M, N]. A layer is one
// of several products. Header: TRANSPOSE_A, TRANSPOSE_B.

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
    return Row(FULL_M | (m < M), m);
}

fn column(n: u32) -> Column {
    return Column(FULL_N | (n < N), n);
}

fn a_at(row: Row, term: Term) -> Place {
    return Place(row.inside, layer * M * K + select(row.m * K + term.k, term.k * M + row.m, TRANSPOSE_A));
}

fn b_at(term: Term, column: Column) -> Place {
    return Place(column.inside, layer * K * N + select(term.k * N + column.n, column.n * K + term.k, TRANSPOSE_B));
}

fn store(m: u32, n: u32, value: f32) {
    write_c(layer * M * N + m * N + n, value);
}
