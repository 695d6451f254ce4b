//! What is made of a digit in such a way that the truth is known: the other domain of a translation, or a pair's input.

use crate::rng;

/// A way to make another image of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Ink becomes paper and paper ink.
    Inverse,
    /// What the ink would reach in one step of growth, without the ink itself: the outline (the edge domain of CoGAN, Liu
    /// and Tuzel 2016).
    Edges,
    /// The same of ink that is there or not, without its greys: how dark a stroke is cannot be told from it.
    Outline,
    /// A smooth grey ground, another for each image, behind the ink.
    Texture,
}

/// The brightest ground; ink is 1.
const GROUND: f32 = 0.45;
/// Places along a side between which the ground is smooth.
const PLACES: usize = 6;
/// Random numbers of this module; the letters "text".
const STREAM: u32 = 0x7465_7874;

impl Domain {
    /// The image `[height, width]` in this domain; `row` is its number, for what is random about it.
    pub fn of(self, image: &[u8], [height, width]: [usize; 2], row: u32) -> Vec<u8> {
        match self {
            Domain::Inverse => image.iter().map(|&ink| 255 - ink).collect(),
            Domain::Outline => {
                let ink: Vec<u8> = image.iter().map(|&ink| if ink > 127 { 255 } else { 0 }).collect();
                Domain::Edges.of(&ink, [height, width], row)
            }
            Domain::Edges => {
                let grown = |x: usize, y: usize| {
                    let rows = y.saturating_sub(1)..(y + 2).min(height);
                    let columns = x.saturating_sub(1)..(x + 2).min(width);
                    rows.flat_map(|y| columns.clone().map(move |x| image[y * width + x])).max().unwrap_or(0)
                };
                (0..height * width).map(|at| grown(at % width, at / width) - image[at]).collect()
            }
            Domain::Texture => {
                let ground = ground(row, [height, width]);
                let over = |(&ink, ground): (&u8, f32)| {
                    let ink = f32::from(ink) / 255.0;
                    ((ground * (1.0 - ink) + ink) * 255.0).round() as u8
                };
                image.iter().zip(ground).map(over).collect()
            }
        }
    }

    /// The digit of which an image in [-1, 1] of this domain was made; None where that cannot be told from it.
    pub fn undo(self, image: &[f32]) -> Option<Vec<f32>> {
        match self {
            Domain::Inverse => Some(image.iter().map(|value| -value).collect()),
            Domain::Edges | Domain::Outline => None,
            // What is no brighter than the brightest ground is ground.
            Domain::Texture => {
                let ink = |&value: &f32| ((value * 0.5 + 0.5 - GROUND) / (1.0 - GROUND)).clamp(0.0, 1.0) * 2.0 - 1.0;
                Some(image.iter().map(ink).collect())
            }
        }
    }
}

/// Bilinear between random places, from 0 to [`GROUND`].
fn ground(row: u32, [height, width]: [usize; 2]) -> Vec<f32> {
    let place = |x: usize, y: usize| GROUND * rng::uniform(rng::bits(0, STREAM, row, (y * PLACES + x) as u32));
    let along = |at: usize, extent: usize| {
        let at = at as f32 / (extent - 1).max(1) as f32 * (PLACES - 1) as f32;
        let first = (at as usize).min(PLACES - 2);
        (first, at - first as f32)
    };
    let value = |x: usize, y: usize| {
        let ((left, u), (top, v)) = (along(x, width), along(y, height));
        let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
        let (above, below) =
            (mix(place(left, top), place(left + 1, top), u), mix(place(left, top + 1), place(left + 1, top + 1), u));
        mix(above, below, v)
    };
    (0..height * width).map(|at| value(at % width, at / width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::procedural::generated_digits;

    const SIDES: [usize; 2] = [28, 28];

    #[test]
    fn the_way_back_is_the_digit() {
        let digits = generated_digits(4, 1);
        for (domain, most) in [(Domain::Inverse, 1e-6), (Domain::Texture, 0.85)] {
            for (row, image) in digits.images.chunks(784).enumerate() {
                let other = domain.of(image, SIDES, row as u32);
                let scaled = |bytes: &[u8]| bytes.iter().map(|&b| f32::from(b) / 127.5 - 1.0).collect::<Vec<_>>();
                let back = domain.undo(&scaled(&other)).unwrap();
                let own = scaled(image);
                let worst = back.iter().zip(&own).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst <= most, "{domain:?}: {worst}");
                // Full ink and plain paper are exact.
                for (back, own) in back.iter().zip(&own).filter(|(_, own)| own.abs() == 1.0) {
                    assert!((back - own).abs() < 1e-5, "{domain:?}: {own} became {back}");
                }
            }
        }
    }

    #[test]
    fn grounds_differ_and_edges_are_around_the_ink() {
        let digits = generated_digits(1, 1);
        let of = |domain: Domain, row: u32| domain.of(&digits.images, SIDES, row);
        assert_ne!(of(Domain::Texture, 0), of(Domain::Texture, 1));
        let mut dot = vec![0u8; 25];
        dot[12] = 200;
        let edges = Domain::Edges.of(&dot, [5, 5], 0);
        let lit: Vec<usize> = (0..25).filter(|&at| edges[at] > 0).collect();
        assert_eq!(lit, [6, 7, 8, 11, 13, 16, 17, 18]);
        assert_eq!(Domain::Edges.undo(&[0.0]), None);
        dot[13] = 100;
        let outline = Domain::Outline.of(&dot, [5, 5], 0);
        assert_eq!((outline[13], outline[14], outline[12]), (255, 0, 0), "grey is no ink");
    }
}
