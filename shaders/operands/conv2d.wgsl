// Operands of conv2d as a product: a is the weight [M = Co, K = Ci KH KW], b the patches of x [K, N = B OH OW], c the
// output [B, Co, OH, OW]. Header: BATCH, CI, H, W, CO, OH, OW, KH, KW, SH, SW, PH, PW (stride S, padding P).

struct Row {
    inside: bool,
    first: u32,
}

// A pixel of the output: where its patch begins, in an image padded by nothing, so possibly outside.
struct Column {
    inside: bool,
    image: u32,
    top: i32,
    left: i32,
}

// A tap of the kernel in one channel: what all rows and columns share at one step along K.
struct Term {
    k: u32,
    channel: u32,
    i: i32,
    j: i32,
}

fn term(k: u32) -> Term {
    let tap = k % (KH * KW);
    return Term(k, (k / (KH * KW)) * H * W, i32(tap / KW), i32(tap % KW));
}

fn row(m: u32) -> Row {
    return Row(FULL_M | (m < M), m * K);
}

fn column(n: u32) -> Column {
    let pixel = n % (OH * OW);
    let top = i32((pixel / OW) * SH) - i32(PH);
    let left = i32((pixel % OW) * SW) - i32(PW);
    return Column(FULL_N | (n < N), (n / (OH * OW)) * CI * H * W, top, left);
}

fn a_at(row: Row, term: Term) -> Place {
    return Place(row.inside, row.first + term.k);
}

fn b_at(term: Term, column: Column) -> Place {
    let y = column.top + term.i;
    let z = column.left + term.j;
    // Below 0 is a large number without a sign.
    let inside = column.inside & (u32(y) < H) & (u32(z) < W);
    return Place(inside, column.image + term.channel + u32(y) * W + u32(z));
}

fn store(m: u32, n: u32, value: f32) {
    let image = n / (OH * OW);
    write_c((image * CO + m) * OH * OW + n % (OH * OW), value);
}
