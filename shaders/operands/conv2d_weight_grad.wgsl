// Operands of conv2d's gradient for its weight: a is the output gradient [M = Co, K = B OH OW], b the patches of x
// [K, N = Ci KH KW], c the gradient [Co, Ci, KH, KW]. Header: as conv2d.

struct Row {
    inside: bool,
    m: u32,
}

// A tap of the kernel.
struct Column {
    inside: bool,
    channel: u32,
    i: i32,
    j: i32,
}

// An output pixel: what all rows and columns share at one step along K.
struct Term {
    gradient: u32,
    image: u32,
    y: i32,
    z: i32,
}

fn term(k: u32) -> Term {
    let image = k / (OH * OW);
    let pixel = k % (OH * OW);
    let gradient = image * CO * OH * OW + pixel;
    return Term(gradient, image * CI * H * W, i32((pixel / OW) * SH), i32((pixel % OW) * SW));
}

fn row(m: u32) -> Row {
    return Row(FULL_M | (m < M), m);
}

fn column(n: u32) -> Column {
    let tap = n % (KH * KW);
    return Column(FULL_N | (n < N), (n / (KH * KW)) * H * W, i32(tap / KW) - i32(PH), i32(tap % KW) - i32(PW));
}

fn a_at(row: Row, term: Term) -> Place {
    return Place(row.inside, term.gradient + row.m * OH * OW);
}

fn b_at(term: Term, column: Column) -> Place {
    let y = term.y + column.i;
    let z = term.z + column.j;
    // Below 0 is a large number without a sign.
    let inside = column.inside & (u32(y) < H) & (u32(z) < W);
    return Place(inside, term.image + column.channel + u32(y) * W + u32(z));
}

fn store(m: u32, n: u32, value: f32) {
    write_c(m * N + n, value);
}
