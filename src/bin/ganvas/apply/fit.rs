//! Pictures of any size and colours, as the inputs of networks.

use ganvas::game::Palette;
use ganvas::train::picture::Picture;

/// Whether black and white change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Invert {
    /// Where the border is bright: digits are white on black, and paper is white
    Auto,
    Yes,
    No,
}

/// What a network takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// 1 or 3.
    pub channels: usize,
    /// Of the square, in pixels.
    pub side: usize,
    pub invert: Invert,
    /// Ink is there or not, without greys.
    pub is_outline: bool,
    /// Where it is a map, the colours of its classes.
    pub palette: Option<Palette>,
}

impl Wanted {
    /// The same, unless it was asked whether black and white change places.
    pub fn asked(self, invert: Invert) -> Wanted {
        if invert == Invert::Auto { self } else { Wanted { invert, ..self } }
    }
}

/// A picture that a network takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Row by row: from -1 to 1, `[channels, side, side]`; of a map the class of each pixel.
    pub values: Vec<f32>,
    /// What it looks like, from -1 to 1: of a map the colours of its classes, `[3, side, side]`.
    pub seen: Vec<f32>,
    /// What was done to it.
    pub notes: Vec<String>,
}

/// Of 255: the border is paper and not ground.
const BRIGHT: f64 = 127.5;
/// Of 255: what lies this near together has no contrast to stretch.
const FLAT: f32 = 8.0;
/// Of 255: ink of an outline. Lines that were made small are grey.
const OUTLINE: f32 = 80.0;
/// A colour further from all of a palette, of 255 in each channel, is none of them.
const FOREIGN: f32 = 12.0;

/// A picture as a network takes it: the middle square, in the wanted size and colours.
pub fn fit(picture: &Picture, wanted: &Wanted) -> Fitted {
    let mut notes = Vec::new();
    let Picture { width, height, .. } = *picture;
    let square = width.min(height);
    if width != height {
        notes.push(format!("its middle {square} by {square} of {width} by {height} pixels"));
    }
    let side = wanted.side;
    let corner = [(width - square) / 2, (height - square) / 2];
    if square != side {
        let as_they_are = if notes.is_empty() { format!(" from {square} by {square}") } else { String::new() };
        notes.push(format!("resized to {side} by {side}{as_they_are}"));
    }
    if let Some(palette) = wanted.palette {
        return map(picture, corner, square, side, &palette, notes);
    }
    let is_exact = notes.is_empty();
    let mut planes = planes(picture, wanted.channels, &mut notes)
        .iter()
        .map(|plane| resized(plane, width, corner, square, side))
        .collect::<Vec<_>>();
    if wanted.channels == 1 {
        let plane = &mut planes[0];
        if !is_exact {
            stretch(plane, &mut notes);
        }
        let is_bright = wanted.invert == Invert::Auto && border(plane, side) > BRIGHT;
        if wanted.invert == Invert::Yes || is_bright {
            plane.iter_mut().for_each(|value| *value = 255.0 - *value);
            notes.push(if is_bright { "inverted, its border being bright" } else { "inverted" }.into());
        }
        if wanted.is_outline {
            let is_grey = plane.iter().any(|&value| value > 0.0 && value < 255.0);
            plane.iter_mut().for_each(|value| *value = if *value > OUTLINE { 255.0 } else { 0.0 });
            if is_grey {
                notes.push("its greys made ink or none".into());
            }
        }
    }
    // As the tables of data are read.
    let values: Vec<f32> = planes.iter().flatten().map(|value| value * (2.0 / 255.0) - 1.0).collect();
    Fitted { seen: values.clone(), values, notes }
}

/// Channels from 0 to 255.
fn planes(picture: &Picture, channels: usize, notes: &mut Vec<String>) -> Vec<Vec<f32>> {
    let pixels = picture.bytes.chunks_exact(picture.channels);
    match (picture.channels, channels) {
        (3, 1) => {
            let is_coloured = |pixel: &[u8]| pixel.iter().any(|&value| value != pixel[0]);
            if pixels.clone().any(is_coloured) {
                notes.push("turned grey".into());
            }
            // Rec. 601; grey stays the very same grey.
            let grey = |pixel: &[u8]| match is_coloured(pixel) {
                false => f32::from(pixel[0]),
                true => 0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2]),
            };
            vec![pixels.map(grey).collect()]
        }
        (1, 3) => {
            notes.push("grey taken as colours".into());
            vec![picture.bytes.iter().map(|&value| f32::from(value)).collect(); 3]
        }
        _ => (0..channels).map(|at| pixels.clone().map(|pixel| f32::from(pixel[at])).collect()).collect(),
    }
}

/// A square of a plane in another size: each pixel is the mean of what it covers.
fn resized(plane: &[f32], width: usize, [left, top]: [usize; 2], square: usize, side: usize) -> Vec<f32> {
    let weights: Vec<Vec<(usize, f32)>> = (0..side).map(|at| covered(at, square, side)).collect();
    // Columns first, then rows.
    let narrow: Vec<f32> = (0..square)
        .flat_map(|y| {
            let row = &plane[(top + y) * width + left..][..square];
            weights.iter().map(move |weights| weights.iter().map(|&(x, share)| share * row[x]).sum::<f32>())
        })
        .collect();
    let down =
        |weights: &[(usize, f32)], x: usize| weights.iter().map(|&(y, share)| share * narrow[y * side + x]).sum();
    weights.iter().flat_map(|weights| (0..side).map(move |x| down(weights, x))).collect()
}

/// Which of `square` pixels lie under pixel `at` of `side`, and how much of it each is.
fn covered(at: usize, square: usize, side: usize) -> Vec<(usize, f32)> {
    let each = square as f64 / side as f64;
    let (from, until) = (at as f64 * each, (at + 1) as f64 * each);
    let last = (until.ceil() as usize).min(square);
    let share = |pixel: usize| ((pixel + 1) as f64).min(until) - (pixel as f64).max(from);
    let shares = (from.floor() as usize..last).map(|pixel| (pixel, (share(pixel) / each) as f32));
    shares.filter(|&(_, share)| share > 0.0).collect()
}

/// From black to white: ink on a photograph is grey, and so is its paper.
fn stretch(plane: &mut [f32], notes: &mut Vec<String>) {
    let (low, high) = plane.iter().fold((f32::MAX, f32::MIN), |(low, high), &value| (low.min(value), high.max(value)));
    if high - low < FLAT || (low <= 0.5 && high >= 254.5) {
        return;
    }
    plane.iter_mut().for_each(|value| *value = (*value - low) / (high - low) * 255.0);
    notes.push("its contrast stretched".into());
}

/// The mean of the outermost pixels.
fn border(plane: &[f32], side: usize) -> f64 {
    let is_outer = |at: usize| [at % side, at / side].iter().any(|&place| place == 0 || place == side - 1);
    let outer: Vec<f64> = (0..plane.len()).filter(|&at| is_outer(at)).map(|at| f64::from(plane[at])).collect();
    outer.iter().sum::<f64>() / outer.len() as f64
}

/// The class of each pixel: that of the nearest colour. Colours are never mixed, so each pixel is that in the middle of what
/// it covers.
fn map(
    picture: &Picture,
    [left, top]: [usize; 2],
    square: usize,
    side: usize,
    palette: &Palette,
    mut notes: Vec<String>,
) -> Fitted {
    let place = |at: usize| (2 * at + 1) * square / (2 * side);
    let mut foreign = 0;
    let mut classes = Vec::with_capacity(side * side);
    for at in 0..side * side {
        let pixel = (top + place(at / side)) * picture.width + left + place(at % side);
        let colour = &picture.bytes[pixel * picture.channels..][..picture.channels];
        let distance = |known: &[u8; 3]| -> f32 {
            let apart = |(channel, &known): (usize, &u8)| f32::from(colour[channel % colour.len()]) - f32::from(known);
            known.iter().enumerate().map(apart).map(|apart| apart * apart).sum()
        };
        let distances: Vec<f32> = palette.colours.iter().map(distance).collect();
        let nearest = (0..distances.len()).min_by(|&a, &b| distances[a].total_cmp(&distances[b])).unwrap_or(0);
        foreign += usize::from(distances[nearest] > 3.0 * FOREIGN * FOREIGN);
        classes.push(nearest);
    }
    if foreign > 0 {
        let share = (100 * foreign).div_ceil(side * side);
        notes.push(format!("{share} % of its colours taken for the nearest of the map\u{2019}s ({})", legend(palette)));
    }
    let channel = |channel: usize| {
        let seen = |&class: &usize| f32::from(palette.colours[class][channel]) * (2.0 / 255.0) - 1.0;
        classes.iter().map(seen).collect::<Vec<f32>>()
    };
    Fitted {
        seen: (0..3).flat_map(channel).collect(),
        values: classes.iter().map(|&class| class as f32).collect(),
        notes,
    }
}

/// The classes of a map with their colours.
pub fn legend(palette: &Palette) -> String {
    let each = palette.names.iter().zip(palette.colours);
    each.map(|(name, [red, green, blue])| format!("{name} #{red:02x}{green:02x}{blue:02x}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: Wanted = Wanted { channels: 1, side: 4, invert: Invert::Auto, is_outline: false, palette: None };

    fn grey(width: usize, bytes: &[u8]) -> Picture {
        Picture { width, height: bytes.len() / width, channels: 1, bytes: bytes.to_vec() }
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let bytes: Vec<u8> = (0..16).map(|at| if at == 5 { 200 } else { at }).collect();
        let fitted = fit(&grey(4, &bytes), &GREY);
        assert_eq!(fitted.notes, [""; 0]);
        let back: Vec<u8> = fitted.values.iter().map(|&value| ganvas::train::picture::byte(value)).collect();
        assert_eq!(back, bytes);
    }

    #[test]
    fn the_middle_square_is_taken_and_averaged() {
        // 8 x 12, of which the middle 8 x 8 are halves of black and white; outside is grey.
        let bytes: Vec<u8> = (0..96)
            .map(|at| {
                if !(16..80).contains(&at) {
                    99
                } else if at % 8 < 3 {
                    255
                } else {
                    0
                }
            })
            .collect();
        let fitted = fit(&grey(8, &bytes), &GREY);
        assert_eq!(fitted.values[..4], [1.0, 0.0, -1.0, -1.0], "{:?}", fitted.values);
        assert_eq!(fitted.notes, ["its middle 8 by 8 of 8 by 12 pixels", "resized to 4 by 4"]);
        // One pixel in four becomes three quarters of one where three become four; the sum stays.
        for (square, side) in [(3, 4), (1_000, 28), (28, 28), (5, 28)] {
            let total: f32 = (0..side).flat_map(|at| covered(at, square, side)).map(|(_, share)| share).sum();
            assert!((total - side as f32).abs() < 1e-3, "{square} to {side}: {total}");
        }
    }

    #[test]
    fn ink_on_bright_paper_becomes_white_on_black() {
        let mut bytes = [180; 64];
        bytes[27] = 60;
        bytes[28] = 60;
        let fitted = fit(&grey(8, &bytes), &GREY);
        assert_eq!(
            fitted.notes,
            ["resized to 4 by 4 from 8 by 8", "its contrast stretched", "inverted, its border being bright"]
        );
        assert_eq!(fitted.values.iter().filter(|&&value| value == 1.0).count(), 2, "{:?}", fitted.values);
        let kept = fit(&grey(8, &bytes), &Wanted { invert: Invert::No, ..GREY });
        assert!(kept.values.iter().zip(&fitted.values).all(|(kept, inverted)| (kept + inverted).abs() < 1e-5));
        // One colour alone has no ink.
        assert_eq!(fit(&grey(8, &[90; 64]), &GREY).notes, ["resized to 4 by 4 from 8 by 8"]);
    }

    #[test]
    fn colours_and_greys_become_one_another() {
        let red = Picture { width: 4, height: 4, channels: 3, bytes: [255, 0, 0].repeat(16) };
        let fitted = fit(&red, &GREY);
        assert_eq!(fitted.notes, ["turned grey"]);
        assert!((fitted.values[0] - (0.299 * 2.0 - 1.0)).abs() < 1e-5);
        let coloured = fit(&grey(4, &[255; 16]), &Wanted { channels: 3, ..GREY });
        assert_eq!((coloured.values.len(), coloured.values[47]), (48, 1.0), "and nothing is inverted");
    }

    #[test]
    fn outlines_are_ink_or_none_and_maps_the_nearest_colours() {
        let line = fit(&grey(4, &[0, 81, 255, 0].repeat(4)), &Wanted { is_outline: true, ..GREY });
        assert_eq!(line.values[..4], [-1.0, 1.0, 1.0, -1.0]);
        let palette = Palette { names: &["sky", "grass"], colours: &[[0, 0, 250], [0, 250, 0]], bands: &[] };
        let wanted = Wanted { channels: 3, side: 2, palette: Some(palette), ..GREY };
        let bytes = [[0, 0, 250], [0, 250, 0], [3, 250, 0], [0, 160, 60]].concat();
        let fitted = fit(&Picture { width: 2, height: 2, channels: 3, bytes }, &wanted);
        assert_eq!(fitted.values, [0.0, 1.0, 1.0, 1.0]);
        assert_eq!(
            fitted.notes,
            ["25 % of its colours taken for the nearest of the map\u{2019}s (sky #0000fa, grass #00fa00)"]
        );
        assert_eq!(fitted.seen[..4], [-1.0; 4], "no red");
    }
}
