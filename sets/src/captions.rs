//! Digits in colour, each with a caption that says which it is, in which colour, and where: "the red digit three is on the
//! left of the image". The kind of set is that of Mansimov et al., "Generating images from captions with attention", ICLR
//! 2016, whose digits were those of MNIST; these are drawn.

mod phrases;
mod strokes;
#[cfg(test)]
mod tests;

pub use phrases::{WORDS, number_of};

use crate::combination::held_out;
use crate::hash::grain;
use crate::{Canvas, Colour, Column, Random, Set, Split, cosine, mix, sine};
use strokes::{Hand, Pen};

/// Pixels along a side.
pub const SIDE: usize = 32;
/// Words that a caption has at most.
pub const LENGTH: usize = 12;

/// Names of digits, colours and places, in the order of their numbers.
pub const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
pub const COLOURS: [&str; 5] = ["red", "green", "blue", "yellow", "white"];
pub const PLACES: [&str; 9] =
    ["top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right"];

const COUNTS: [usize; 3] = [DIGITS.len(), COLOURS.len(), PLACES.len()];

pub(crate) const CAPTIONED_DIGITS: Set = Set {
    key: "captioned-digits",
    name: "Captioned digits",
    about: "A digit in one of five colours at one of nine places, and a caption that says so in one of six ways.",
    columns: &[
        ("picture", Column::Picture { channels: 3, side: SIDE }),
        ("caption", Column::Words { words: &WORDS, length: LENGTH }),
        ("digit", Column::Class { classes: COUNTS[0] }),
        ("colour", Column::Class { classes: COUNTS[1] }),
        ("place", Column::Class { classes: COUNTS[2] }),
    ],
};

/// What the colours are before light and ink vary.
const INKS: [Colour; COLOURS.len()] =
    [[0.93, 0.2, 0.2], [0.2, 0.8, 0.3], [0.24, 0.42, 0.98], [0.98, 0.83, 0.2], [0.95, 0.95, 0.95]];

/// From one place to the next, in pixels.
const APART: f32 = 7.0;

/// Draws a picture of a digit; how it is written depends on `random`.
fn picture([digit, colour, place]: [usize; 3], random: &mut Random) -> Canvas {
    let ground = random.between(0.04, 0.11);
    let ground = [ground, ground * random.between(0.9, 1.1), ground * random.between(1.1, 1.7)];
    let mut canvas = Canvas::new(SIDE, ground);
    let light = random.between(0.84, 1.0);
    let ink = INKS[colour].map(|value| ((value + 0.03 * random.bell()) * light).clamp(0.0, 1.0));
    let middle =
        [place % 3, place / 3].map(|step| SIDE as f32 / 2.0 + APART * (step as f32 - 1.0) + random.between(-0.6, 0.6));
    let height = random.between(11.4, 13.4);
    let turn = random.between(-0.08, 0.08);
    let hand = Hand {
        middle,
        height,
        width: height * random.between(0.55, 0.68),
        slant: random.between(-0.04, 0.17),
        turn: [cosine(turn), sine(turn)],
        wobble: 0.035,
    };
    let pen = Pen::of(digit, &hand, random);
    let radius = random.between(0.75, 1.25);
    let bounds = |more: f32| {
        let [x, y] = middle;
        [x - height - more, y - height - more, x + height + more, y + height + more]
    };
    // The light that it throws around, then the strokes.
    for (row, pixels) in canvas.pixels.chunks_exact_mut(SIDE).enumerate() {
        for (column, pixel) in pixels.iter_mut().enumerate() {
            let away = pen.distance([column as f32 + 0.5, row as f32 + 0.5]) - radius;
            let near = (1.0 - away.max(0.0) / GLOW).max(0.0);
            *pixel = mix(*pixel, ink, 0.22 * near * near);
        }
    }
    canvas.paint_with(bounds(0.0), 1.0, |x, y| pen.distance([x, y]) - radius, |_, _| ink);
    let seed = random.below(1 << 16) as u32;
    for (at, pixel) in canvas.pixels.iter_mut().enumerate() {
        let noise = NOISE * (grain((at % SIDE) as i32, (at / SIDE) as i32, seed) - 0.5);
        *pixel = pixel.map(|value| value + noise);
    }
    canvas
}

/// How far the light of the ink reaches, in pixels, and how much neighbouring pixels differ.
const GLOW: f32 = 4.0;
const NOISE: f32 = 0.03;

pub(crate) fn draw(random: &mut Random, split: Split, tables: &mut [Vec<u8>]) {
    let values = loop {
        let values = COUNTS.map(|count| random.below(count));
        if split.takes(held_out(&values, &COUNTS)) {
            break values;
        }
    };
    picture(values, random).write(&mut tables[0]);
    tables[1].extend(phrases::caption(values, random));
    for (table, value) in tables[2..].iter_mut().zip(values) {
        table.push(value as u8);
    }
}
