//! Squared distances of images and of features, and sums and rotations of rows in f64: what the measurements spend
//! their time in.

/// Features are compared in chunks of so many, so that far pairs can be given up early.
pub const CHUNK: usize = 16;

/// Squared distance of sums over cells: below 16 times that of the pixels, which must fit 32 bits.
#[inline(never)]
pub fn square_of_cells(a: &[i16], b: &[i16]) -> u32 {
    let square = |(&a, &b): (&i16, &i16)| {
        let difference = i32::from(a - b);
        (difference * difference) as u32
    };
    a.iter().zip(b).map(square).sum()
}

/// Squared distance of bytes.
#[inline(never)]
pub fn square_of_bytes(a: &[u8], b: &[u8]) -> u32 {
    let square = |(&a, &b): (&u8, &u8)| {
        let difference = i32::from(i16::from(a) - i16::from(b));
        (difference * difference) as u32
    };
    a.iter().zip(b).map(square).sum()
}

/// The squared distance of two rows, if it is below `limit`; never with a NaN. Their length is a multiple of
/// [`CHUNK`].
#[inline(never)]
pub fn nearer(a: &[f64], b: &[f64], limit: f64) -> Option<f64> {
    let mut square = 0.0;
    for (a, b) in a.chunks_exact(CHUNK).zip(b.chunks_exact(CHUNK)) {
        // Four sums side by side, in a fixed order, for the vector registers.
        let mut sums = [0.0; 4];
        for (a, b) in a.chunks_exact(4).zip(b.chunks_exact(4)) {
            for lane in 0..4 {
                sums[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
            }
        }
        square += (sums[0] + sums[1]) + (sums[2] + sums[3]);
        if square >= limit {
            return None;
        }
    }
    (square < limit).then_some(square)
}

/// `sums += factor * values`
#[inline(never)]
pub fn add_scaled(sums: &mut [f64], factor: f64, values: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += factor * value;
    }
}

/// Turns the plane of two rows.
#[inline(never)]
pub fn rotate_rows(x: &mut [f64], y: &mut [f64], cos: f64, sin: f64) {
    for (x, y) in x.iter_mut().zip(y) {
        (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
    }
}

/// The nearest of `centres` `[k, width]` to each of `points` `[n, width]`, the first of several that are equally near, and
/// the squared distance to it.
#[inline(never)]
pub fn nearest_centres(points: &[f32], centres: &[f32], width: usize) -> (Vec<u32>, Vec<f32>) {
    let count = centres.len() / width;
    // Centres side by side, so that one vector instruction serves several of them.
    let mut columns = vec![0f32; centres.len()];
    for (centre, values) in centres.chunks_exact(width).enumerate() {
        values.iter().enumerate().for_each(|(at, &value)| columns[at * count + centre] = value);
    }
    let mut distances = vec![0f32; count];
    let nearest = points.chunks_exact(width).map(|point| {
        distances.fill(0.0);
        for (&value, centres) in point.iter().zip(columns.chunks_exact(count)) {
            for (distance, &centre) in distances.iter_mut().zip(centres) {
                *distance += (value - centre) * (value - centre);
            }
        }
        let first = (0u32, f32::INFINITY);
        (0u32..)
            .zip(&distances)
            .fold(first, |best, (at, &distance)| if distance < best.1 { (at, distance) } else { best })
    });
    nearest.unzip()
}
