// Operands of conv2d's gradient for its input (the transposed convolution) as SH x SW dense products, one a phase.
// Input pixels whose row is `r` mod SH are reached only by every SH-th row of the kernel, so for each phase the product
// has just those taps and no multiplication by an inserted zero. The phase is the layer of the dispatch.
// a is the weight [M = Ci, K = Co TH TW], b the output gradient's pixels [K, N = B QH QW], c is x's gradient
// [B, Ci, H, W]; TH = ceil(KH / SH) taps and QH = ceil(H / SH) pixels a phase. Header: as conv2d, and TH, TW, QH, QW.

struct Row {
    inside: bool,
    first: u32,
}

// A pixel of the input: the output pixel that its first tap reads, from which further taps step back.
struct Column {
    inside: bool,
    image: u32,
    bottom: i32,
    right: i32,
}

// First kernel row and column of the phase.
fn first_tap() -> vec2<u32> {
    return vec2<u32>((layer / SW + PH) % SH, (layer % SW + PW) % SW);
}

// A tap of the phase in one channel of the output: what all rows and columns share at one step along K.
struct Term {
    inside: bool,
    weight: u32,
    channel: u32,
    back: vec2<i32>,
}

fn term(k: u32) -> Term {
    let tap = k % (TH * TW);
    let back = vec2<u32>(tap / TW, tap % TW);
    let at = first_tap() + back * vec2<u32>(SH, SW);
    let channel = k / (TH * TW);
    let weight = channel * CI * KH * KW + at.x * KW + at.y;
    return Term((at.x < KH) & (at.y < KW), weight, channel * OH * OW, vec2<i32>(back));
}

fn row(m: u32) -> Row {
    return Row(FULL_M | (m < M), m * KH * KW);
}

fn column(n: u32) -> Column {
    let pixel = n % (QH * QW);
    let y = (pixel / QW) * SH + layer / SW;
    let z = (pixel % QW) * SW + layer % SW;
    let inside = (FULL_N | (n < N)) & (y < H) & (z < W);
    return Column(inside, (n / (QH * QW)) * CO * OH * OW, i32((y + PH) / SH), i32((z + PW) / SW));
}

fn a_at(row: Row, term: Term) -> Place {
    return Place(row.inside & term.inside, term.weight + row.first);
}

fn b_at(term: Term, column: Column) -> Place {
    let y = column.bottom - term.back.x;
    let z = column.right - term.back.y;
    // Below 0 is a large number without a sign.
    let inside = column.inside & (u32(y) < OH) & (u32(z) < OW);
    return Place(inside, column.image + term.channel + u32(y) * OW + u32(z));
}

fn store(m: u32, n: u32, value: f32) {
    let pixel = n % (QH * QW);
    let y = (pixel / QW) * SH + layer / SW;
    let z = (pixel % QW) * SW + layer % SW;
    if (y < H && z < W) {
        write_c((((n / (QH * QW)) * CI + m) * H + y) * W + z, value);
    }
}
