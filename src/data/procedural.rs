//! Digits drawn by the program: what the page trains on where no data file can be had, and says so.
//!
//! Each digit is a few strokes in the unit square. A drawing bends them by a smooth random field, so that strokes that
//! meet go on meeting, then slants, turns, scales and shifts them, and paints them with a round pen. Everything follows
//! from the seed and the number of the image, so any image can be drawn again without the ones before it.

use super::{Dataset, idx, sha256};
use crate::rng;

/// Height and width of a drawn image in pixels, as in MNIST.
pub const SIDE: usize = 28;

/// The unit square of the strokes becomes this many pixels, as in MNIST, where a digit fills 20 of 28.
const DIGIT_PIXELS: f32 = 20.0;

/// Straight pieces between two points of a smooth stroke; more cannot be seen at this size.
const PIECES: usize = 4;

/// The stream of random numbers that belongs to drawing; the letters "draw".
const STREAM: u32 = 0x6472_6177;

type Point = (f32, f32);

/// A stroke of the pen: points joined by lines, or by a smooth curve through all of them.
struct Stroke {
    smooth: bool,
    points: &'static [Point],
}

const fn lines(points: &'static [Point]) -> Stroke {
    Stroke { smooth: false, points }
}

const fn curve(points: &'static [Point]) -> Stroke {
    Stroke { smooth: true, points }
}

/// The ways of writing each digit; x goes right, y goes down.
#[rustfmt::skip]
const DIGITS: [&[&[Stroke]]; 10] = [
    &[&[curve(&[(0.5, 0.04), (0.28, 0.15), (0.2, 0.5), (0.28, 0.85), (0.5, 0.96), (0.72, 0.85), (0.8, 0.5), (0.72, 0.15), (0.5, 0.04)])]],
    &[
        &[lines(&[(0.5, 0.04), (0.5, 0.96)])],
        &[lines(&[(0.32, 0.24), (0.52, 0.04), (0.52, 0.96)])],
    ],
    &[&[
        curve(&[(0.23, 0.27), (0.34, 0.09), (0.58, 0.04), (0.76, 0.2), (0.69, 0.44), (0.44, 0.71), (0.2, 0.94)]),
        lines(&[(0.2, 0.94), (0.82, 0.92)]),
    ]],
    &[&[
        curve(&[(0.24, 0.14), (0.48, 0.04), (0.73, 0.14), (0.7, 0.36), (0.44, 0.47)]),
        curve(&[(0.44, 0.47), (0.74, 0.57), (0.77, 0.8), (0.52, 0.96), (0.21, 0.86)]),
    ]],
    &[
        &[lines(&[(0.64, 0.96), (0.64, 0.05), (0.18, 0.65), (0.86, 0.65)])],
        &[lines(&[(0.28, 0.06), (0.22, 0.5), (0.78, 0.5)]), lines(&[(0.76, 0.06), (0.66, 0.96)])],
    ],
    &[&[
        lines(&[(0.77, 0.06), (0.33, 0.06), (0.28, 0.43)]),
        curve(&[(0.28, 0.43), (0.54, 0.37), (0.77, 0.53), (0.75, 0.8), (0.5, 0.96), (0.21, 0.87)]),
    ]],
    &[&[curve(&[(0.68, 0.05), (0.43, 0.22), (0.27, 0.5), (0.25, 0.78), (0.48, 0.96), (0.73, 0.84), (0.71, 0.6), (0.48, 0.53), (0.27, 0.68)])]],
    &[
        &[lines(&[(0.2, 0.07), (0.78, 0.07), (0.42, 0.96)])],
        &[lines(&[(0.2, 0.07), (0.78, 0.07), (0.42, 0.96)]), lines(&[(0.38, 0.5), (0.76, 0.5)])],
    ],
    &[&[
        curve(&[(0.5, 0.48), (0.29, 0.34), (0.31, 0.11), (0.5, 0.04), (0.69, 0.11), (0.71, 0.34), (0.5, 0.48)]),
        curve(&[(0.5, 0.48), (0.25, 0.63), (0.26, 0.88), (0.5, 0.96), (0.74, 0.88), (0.75, 0.63), (0.5, 0.48)]),
    ]],
    &[&[
        curve(&[(0.72, 0.28), (0.56, 0.05), (0.31, 0.12), (0.27, 0.35), (0.46, 0.5), (0.66, 0.42), (0.72, 0.28)]),
        curve(&[(0.72, 0.18), (0.73, 0.45), (0.66, 0.72), (0.58, 0.96)]),
    ]],
];

/// Draws `count` training images and a sixth as many test images (at least one), as in MNIST.
pub fn generated_digits(count: usize, seed: u32) -> Dataset {
    let test_count = (count / 6).max(1);
    let (images, labels) = draw_all(0, count, seed);
    let (test_images, test_labels) = draw_all(count, test_count, seed);
    Dataset {
        name: "generated digits".into(),
        checksum: sha256(&idx::write(&[count, SIDE, SIDE], &images)),
        images,
        labels,
        count,
        test_images,
        test_labels,
        test_count,
        height: SIDE,
        width: SIDE,
        classes: DIGITS.len(),
        source: format!("drawn by this program with the seed {seed}"),
        licence: "none needed: no one else's work is in these images".into(),
        size_bytes: 0,
        generated: true,
        note: "Training on generated digits: drawn by the program, not written by people. \
               They are more alike than real handwriting, so a network learns them sooner."
            .into(),
    }
}

/// Pixels and labels of the images with the numbers `first .. first + count`.
fn draw_all(first: usize, count: usize, seed: u32) -> (Vec<u8>, Vec<u8>) {
    let mut pixels = vec![0; count * SIDE * SIDE];
    let mut labels = vec![0; count];
    for (i, (image, label)) in pixels.chunks_exact_mut(SIDE * SIDE).zip(&mut labels).enumerate() {
        let mut random = Random { seed, image: (first + i) as u32, drawn: 0 };
        *label = random.below(DIGITS.len()) as u8;
        draw(usize::from(*label), &mut random, image);
    }
    (pixels, labels)
}

/// Draws one digit into an image of zeros.
fn draw(digit: usize, random: &mut Random, image: &mut [u8]) {
    let variants = DIGITS[digit];
    let strokes = variants[random.below(variants.len())];
    let hand = Hand::new(random);
    let mut ink = [0f32; SIDE * SIDE];
    for stroke in strokes {
        let mut previous = None;
        stroke.walk(|point| {
            let point = hand.place(point);
            hand.paint(previous.unwrap_or(point), point, &mut ink);
            previous = Some(point);
        });
    }
    for (pixel, ink) in image.iter_mut().zip(ink) {
        *pixel = (ink * 255.0 + 0.5) as u8;
    }
}

impl Stroke {
    /// Calls `visit` with points so close that straight lines between them look right.
    fn walk(&self, mut visit: impl FnMut(Point)) {
        let points = self.points;
        let last = points.len() - 1;
        visit(points[0]);
        for i in 0..last {
            if !self.smooth {
                // Long lines are cut too, so that the bending shows in them.
                let (a, b) = (points[i], points[i + 1]);
                for piece in 1..=PIECES {
                    let t = piece as f32 / PIECES as f32;
                    visit((a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t));
                }
                continue;
            }
            // A Catmull-Rom curve; a closed one takes its outer neighbours from round the corner.
            let closed = points[0] == points[last];
            let before = if i > 0 {
                i - 1
            } else if closed {
                last - 1
            } else {
                0
            };
            let after = if i + 2 <= last {
                i + 2
            } else if closed {
                1
            } else {
                last
            };
            let (p0, p1, p2, p3) = (points[before], points[i], points[i + 1], points[after]);
            for piece in 1..=PIECES {
                let t = piece as f32 / PIECES as f32;
                visit((catmull_rom(t, p0.0, p1.0, p2.0, p3.0), catmull_rom(t, p0.1, p1.1, p2.1, p3.1)));
            }
        }
    }
}

fn catmull_rom(t: f32, p0: f32, p1: f32, p2: f32, p3: f32) -> f32 {
    let (a, b, c) = (p2 - p0, 2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3, 3.0 * (p1 - p2) + p3 - p0);
    p1 + 0.5 * t * (a + t * (b + t * c))
}

/// The way one image is written: how its points are bent and placed, and how thick the pen is.
struct Hand {
    /// Amplitude and phase of the bending of x along y, of y along x, and of x along x.
    bend: [(f32, f32); 3],
    /// The affine part, from the centred unit square to pixels.
    matrix: [f32; 4],
    shift: Point,
    /// Half the width of the pen in pixels.
    radius: f32,
}

impl Hand {
    fn new(random: &mut Random) -> Hand {
        let bend =
            [0.06, 0.05, 0.03].map(|most| (random.between(-most, most), random.between(0.0, std::f32::consts::TAU)));
        let slant = random.between(-0.15, 0.4);
        let (sin, cos) = random.between(-0.12, 0.12).sin_cos();
        let height = DIGIT_PIXELS * random.between(0.85, 1.05);
        let width = DIGIT_PIXELS * random.between(0.75, 1.1);
        // x leans to the right with height (y goes down, hence the sign), then the whole digit turns.
        let (xx, xy, yy) = (width, -slant * height, height);
        Hand {
            bend,
            matrix: [cos * xx, cos * xy - sin * yy, sin * xx, sin * xy + cos * yy],
            shift: (random.between(-1.2, 1.2), random.between(-1.2, 1.2)),
            radius: random.between(0.8, 1.7),
        }
    }

    /// From the unit square to pixels.
    fn place(&self, (x, y): Point) -> Point {
        let [along_y, along_x, along_itself] =
            self.bend.map(|(amplitude, phase)| move |at: f32| amplitude * (4.5 * at + phase).sin());
        let (x, y) = (x - 0.5 + along_y(y) + along_itself(x), y - 0.5 + along_x(x));
        let [a, b, c, d] = self.matrix;
        let centre = SIDE as f32 / 2.0;
        (a * x + b * y + centre + self.shift.0, c * x + d * y + centre + self.shift.1)
    }

    /// Paints the line from `a` to `b`: full ink within the radius, one pixel of falling off at the edge.
    fn paint(&self, a: Point, b: Point, ink: &mut [f32; SIDE * SIDE]) {
        let reach = self.radius + 1.0;
        let range = |p: f32, q: f32| {
            let first = (p.min(q) - reach).floor().clamp(0.0, SIDE as f32) as usize;
            let end = (p.max(q) + reach).ceil().clamp(0.0, SIDE as f32) as usize;
            first..end
        };
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length_squared = (dx * dx + dy * dy).max(1e-12);
        for row in range(a.1, b.1) {
            for column in range(a.0, b.0) {
                let (px, py) = (column as f32 + 0.5 - a.0, row as f32 + 0.5 - a.1);
                let t = ((px * dx + py * dy) / length_squared).clamp(0.0, 1.0);
                let (ex, ey) = (px - t * dx, py - t * dy);
                let coverage = (self.radius + 0.5 - (ex * ex + ey * ey).sqrt()).clamp(0.0, 1.0);
                let pixel = &mut ink[row * SIDE + column];
                *pixel = pixel.max(coverage);
            }
        }
    }
}

/// The random numbers of one image: the image is the counter, so its drawing depends on no other image.
struct Random {
    seed: u32,
    image: u32,
    drawn: u32,
}

impl Random {
    fn next(&mut self) -> u32 {
        self.drawn += 1;
        rng::bits(self.seed, STREAM, self.image, self.drawn)
    }

    /// Uniform in `low .. high`.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * rng::uniform(self.next())
    }

    /// Uniform in `0 .. count`, for counts so small that the bias cannot be noticed.
    fn below(&mut self, count: usize) -> usize {
        self.next() as usize % count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides_everything() {
        let (a, b, other) = (generated_digits(50, 7), generated_digits(50, 7), generated_digits(50, 8));
        assert_eq!(a, b);
        assert_ne!(a.images, other.images);
        // An image depends on its number alone, not on how many are drawn.
        assert_eq!(a.images[..30 * SIDE * SIDE], generated_digits(30, 7).images[..]);
        assert!(a.generated && !a.note.is_empty() && a.size_bytes == 0);
    }

    #[test]
    fn the_seed_zero_and_the_first_image_are_not_special() {
        let set = generated_digits(20, 0);
        assert!(set.labels.iter().any(|&label| label != set.labels[0]));
        assert_ne!(set.images[..SIDE * SIDE], set.images[SIDE * SIDE..2 * SIDE * SIDE]);
    }

    #[test]
    fn shapes_and_labels_fit() {
        let set = generated_digits(600, 1);
        assert_eq!((set.count, set.test_count, set.height, set.width, set.classes), (600, 100, 28, 28, 10));
        assert_eq!((set.images.len(), set.labels.len()), (600 * 784, 600));
        assert_eq!((set.test_images.len(), set.test_labels.len()), (100 * 784, 100));
        for digit in 0..10 {
            let share = set.labels.iter().filter(|&&label| label == digit).count();
            assert!((30..=90).contains(&share), "{share} of 600 images show {digit}");
        }
    }

    #[test]
    fn every_image_is_a_digit_within_its_frame() {
        let set = generated_digits(1000, 3);
        for (image, label) in set.images.chunks_exact(SIDE * SIDE).zip(&set.labels) {
            let mean = image.iter().map(|&pixel| f32::from(pixel)).sum::<f32>() / image.len() as f32;
            assert!((8.0..90.0).contains(&mean), "a {label} has the mean {mean}");
            assert!(image.contains(&255));
            let border = (0..SIDE).flat_map(|i| [i, (SIDE - 1) * SIDE + i, i * SIDE, i * SIDE + SIDE - 1]);
            let touched: u32 = border.map(|i| u32::from(image[i])).sum();
            assert!(touched < 600, "a {label} runs over the edge ({touched})");
        }
    }

    /// The same test that a reader of the page makes: is the image nearest to the mean image of its own digit?
    #[test]
    fn digits_can_be_told_apart() {
        let set = generated_digits(2000, 5);
        let mut means = vec![[0f32; SIDE * SIDE]; 10];
        let mut counts = [0f32; 10];
        for (image, &label) in set.images.chunks_exact(SIDE * SIDE).zip(&set.labels) {
            counts[usize::from(label)] += 1.0;
            means[usize::from(label)].iter_mut().zip(image).for_each(|(sum, &pixel)| *sum += f32::from(pixel));
        }
        for (mean, count) in means.iter_mut().zip(counts) {
            mean.iter_mut().for_each(|sum| *sum /= count);
        }
        let nearest = |image: &[u8]| {
            let distance = |mean: &[f32; SIDE * SIDE]| -> f32 {
                mean.iter().zip(image).map(|(m, &pixel)| (m - f32::from(pixel)).powi(2)).sum()
            };
            (0..10).min_by(|&a, &b| distance(&means[a]).total_cmp(&distance(&means[b]))).unwrap()
        };
        let images = set.test_images.chunks_exact(SIDE * SIDE);
        let right =
            images.zip(&set.test_labels).filter(|(image, label)| nearest(image) == usize::from(**label)).count();
        assert!(right * 100 > set.test_count * 70, "only {right} of {} are told apart", set.test_count);
    }
}
