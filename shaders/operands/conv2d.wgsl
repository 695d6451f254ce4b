// Operands of conv2d as a product: a is the weight [M = Co, K = Ci KH KW], b the patches of x [K, N = B OH OW], c the
// output [B, Co, OH, OW]. Header: BATCH, CI, H, W, CO, OH, OW, KH, KW, SH, SW, PH, PW (stride S, padding P).

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;

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

fn row(m: u32) -> Row {
    return Row(m < M, m * K);
}

fn column(n: u32) -> Column {
    let pixel = n % (OH * OW);
    let top = i32((pixel / OW) * SH) - i32(PH);
    let left = i32((pixel % OW) * SW) - i32(PW);
    return Column(n < N, (n / (OH * OW)) * CI * H * W, top, left);
}

fn load_a(row: Row, k: u32) -> f32 {
    if (!row.inside) {
        return 0.0;
    }
    return w[row.first + k];
}

fn load_b(k: u32, column: Column) -> f32 {
    let tap = k % (KH * KW);
    let y = column.top + i32(tap / KW);
    let z = column.left + i32(tap % KW);
    if (!column.inside || y < 0 || z < 0 || y >= i32(H) || z >= i32(W)) {
        return 0.0;
    }
    return x[column.image + (k / (KH * KW)) * H * W + u32(y) * W + u32(z)];
}

fn store(m: u32, n: u32, value: f32) {
    let image = n / (OH * OW);
    c[(image * CO + m) * OH * OW + n % (OH * OW)] = value;
}
