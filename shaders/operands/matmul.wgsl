// Operands of a matrix product: a is [M, K] or, transposed, [K, M]; b is [K, N] or [N, K]; c is [M, N]. A layer is one
// of several products. Header: TRANSPOSE_A, TRANSPOSE_B.

// Where a row of a, or a column of b, begins.
struct Row {
    inside: bool,
    first: u32,
}

struct Column {
    inside: bool,
    first: u32,
}

// How far from there all rows, and all columns, are at one step along K.
struct Term {
    a: u32,
    b: u32,
}

fn term(k: u32) -> Term {
    return Term(select(k, k * M, TRANSPOSE_A), select(k * N, k, TRANSPOSE_B));
}

fn row(m: u32) -> Row {
    return Row(FULL_M | (m < M), layer * M * K + select(m * K, m, TRANSPOSE_A));
}

fn column(n: u32) -> Column {
    return Column(FULL_N | (n < N), layer * K * N + select(n, n * K, TRANSPOSE_B));
}

fn a_at(row: Row, term: Term) -> Place {
    return Place(row.inside, row.first + term.a);
}

fn b_at(term: Term, column: Column) -> Place {
    return Place(column.inside, term.b + column.first);
}

fn store(m: u32, n: u32, value: f32) {
    write_c(layer * M * N + m * N + n, value);
}
