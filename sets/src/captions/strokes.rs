//! Ten digits as strokes: curves through points, written by a hand that is never twice the same.

use crate::Random;

type Point = [f32; 2];

/// Strokes of each digit, through these points of a box from 0 to 1, right and down. Where a stroke has a corner another one
/// begins.
const DIGITS: [&[&[Point]]; 10] = [
    &[&[
        [0.5, 0.0],
        [0.85, 0.14],
        [0.98, 0.5],
        [0.85, 0.86],
        [0.5, 1.0],
        [0.15, 0.86],
        [0.02, 0.5],
        [0.15, 0.14],
        [0.5, 0.0],
    ]],
    &[&[[0.15, 0.27], [0.55, 0.0]], &[[0.55, 0.0], [0.55, 1.0]]],
    &[
        &[[0.04, 0.27], [0.17, 0.06], [0.5, 0.0], [0.84, 0.08], [0.92, 0.3], [0.72, 0.57], [0.04, 1.0]],
        &[[0.04, 1.0], [1.0, 1.0]],
    ],
    &[
        &[[0.08, 0.12], [0.45, 0.0], [0.82, 0.08], [0.9, 0.27], [0.74, 0.42], [0.36, 0.47]],
        &[[0.36, 0.47], [0.8, 0.53], [0.98, 0.73], [0.84, 0.93], [0.45, 1.0], [0.04, 0.88]],
    ],
    &[&[[0.68, 0.0], [0.0, 0.68]], &[[0.0, 0.68], [1.0, 0.68]], &[[0.72, 0.3], [0.72, 1.0]]],
    &[
        &[[0.92, 0.0], [0.18, 0.0]],
        &[[0.18, 0.0], [0.1, 0.45]],
        &[[0.1, 0.45], [0.48, 0.36], [0.86, 0.45], [0.98, 0.68], [0.84, 0.92], [0.45, 1.0], [0.04, 0.9]],
    ],
    &[&[
        [0.8, 0.0],
        [0.4, 0.16],
        [0.1, 0.45],
        [0.03, 0.72],
        [0.2, 0.94],
        [0.52, 1.0],
        [0.86, 0.92],
        [0.98, 0.7],
        [0.84, 0.5],
        [0.52, 0.43],
        [0.2, 0.52],
        [0.04, 0.72],
    ]],
    &[&[[0.0, 0.0], [0.98, 0.0]], &[[0.98, 0.0], [0.62, 0.45], [0.4, 1.0]]],
    &[
        &[[0.5, 0.46], [0.16, 0.36], [0.16, 0.1], [0.5, 0.0], [0.84, 0.1], [0.84, 0.36], [0.5, 0.46]],
        &[[0.5, 0.46], [0.07, 0.6], [0.06, 0.88], [0.5, 1.0], [0.94, 0.88], [0.93, 0.6], [0.5, 0.46]],
    ],
    &[&[
        [0.2, 1.0],
        [0.6, 0.84],
        [0.9, 0.55],
        [0.97, 0.28],
        [0.8, 0.06],
        [0.48, 0.0],
        [0.14, 0.08],
        [0.02, 0.3],
        [0.16, 0.5],
        [0.48, 0.57],
        [0.8, 0.48],
        [0.96, 0.28],
    ]],
];

/// Pieces of a curve from one point to the next.
const PIECES: usize = 4;

/// How one digit is written, in pixels.
pub(super) struct Hand {
    pub middle: Point,
    pub height: f32,
    pub width: f32,
    /// How far the top leans to the right, of the height.
    pub slant: f32,
    /// Cosine and sine of the angle by which all is turned.
    pub turn: [f32; 2],
    /// How far each point is off, of the box.
    pub wobble: f32,
}

/// What was written: short straight lines.
pub(super) struct Pen(Vec<[Point; 2]>);

impl Pen {
    /// Writes a digit.
    pub fn of(digit: usize, hand: &Hand, random: &mut Random) -> Pen {
        let mut lines = Vec::new();
        let mut last: Option<(Point, Point)> = None;
        for stroke in DIGITS[digit] {
            let points: Vec<Point> = stroke
                .iter()
                .map(|&point| match last {
                    // A stroke that begins where the one before ended does so wherever that was.
                    Some((wanted, is)) if wanted == point => is,
                    _ => {
                        let is = point.map(|value| value + hand.wobble * random.bell());
                        last = Some((point, is));
                        is
                    }
                })
                .map(|point| hand.place(point))
                .collect();
            let at = |index: isize| points[index.clamp(0, points.len() as isize - 1) as usize];
            for from in 0..points.len() as isize - 1 {
                let around = [at(from - 1), at(from), at(from + 1), at(from + 2)];
                let mut start = around[1];
                for piece in 1..=PIECES {
                    let end = curve(&around, piece as f32 / PIECES as f32);
                    lines.push([start, end]);
                    start = end;
                }
            }
        }
        Pen(lines)
    }

    /// How far a place is from the nearest line, in pixels.
    pub fn distance(&self, [x, y]: Point) -> f32 {
        let square = self.0.iter().map(|&[[ax, ay], [bx, by]]| {
            let (dx, dy) = (bx - ax, by - ay);
            let along = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
            let (u, v) = (x - ax - along * dx, y - ay - along * dy);
            u * u + v * v
        });
        square.fold(f32::MAX, |least, square| if square < least { square } else { least }).sqrt()
    }
}

impl Hand {
    /// Where a point of the box is in the picture.
    fn place(&self, [x, y]: Point) -> Point {
        let (down, across) = ((y - 0.5) * self.height, (x - 0.5) * self.width);
        let across = across - self.slant * down;
        let [cosine, sine] = self.turn;
        [self.middle[0] + across * cosine - down * sine, self.middle[1] + across * sine + down * cosine]
    }
}

/// Between the second and the third of four points, `share` of the way: Catmull and Rom, "A class of local interpolating
/// splines", 1974.
fn curve(&[a, b, c, d]: &[Point; 4], share: f32) -> Point {
    let (t, tt) = (share, share * share);
    let ttt = tt * t;
    std::array::from_fn(|axis| {
        let [a, b, c, d] = [a[axis], b[axis], c[axis], d[axis]];
        b + 0.5 * ((c - a) * t + (2.0 * a - 5.0 * b + 4.0 * c - d) * tt + (3.0 * (b - c) + d - a) * ttt)
    })
}
