//! Data sets that are drawn by this program, because no photographs may be passed on: each row comes from parameters that are
//! known, so what a network makes of it can be checked.
//!
//! A row is a pure function of set, seed, split and number. The same bytes come out on every machine and in the page: only
//! additions, products, quotients, square roots and comparisons are used, which IEEE 754 prescribes to the last bit.
//! (`f32::sin`, `exp` and `powf` are another function on each platform; `angle.rs` has those that are needed.)
//!
//! - `random.rs`: random numbers; `angle.rs`: sine and cosine; `canvas.rs`: shapes with smooth edges
//! - `hash.rs`: whole numbers mixed, for what is held out and for the grain of textures
//! - `combination.rs`: which combinations of attributes are held out
//! - one file a set: its parameters, how they are chosen, and how they are drawn
//!   - `scenes.rs`: landscapes and their maps
//!   - `figures.rs`: people in two poses
//!   - `shapes.rs`: solid things, cut into cells, and how they look from some side
//!   - `faces.rs`: faces as photographs and as emoji, and of people who are known
//!   - `sprites.rs`: characters of a game
//!   - `captions.rs`: digits in colour, each with a caption

mod angle;
mod canvas;
pub mod captions;
mod combination;
pub mod faces;
pub mod figures;
mod hash;
mod random;
pub mod scenes;
pub mod shapes;
pub mod sprites;

pub use angle::{cosine, sine};
pub use canvas::{Canvas, Colour, byte, mix};
pub use faces::ageing::AGEING as AGEING_FACES;
pub use faces::{EMOJI as EMOJI_FACES, FACES, Face, FaceStyle};
pub use random::Random;

use std::ops::Range;

/// What one value of a column is. All are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// `[channels, side, side]`, 0 to 255: grey or red, green, blue.
    Picture { channels: usize, side: usize },
    /// `[side, side]`, the class of each pixel.
    Map { classes: usize, side: usize },
    /// `[side, side, side]`, 0 or 255: depth, height, width.
    Volume { side: usize },
    /// One of so many.
    Class { classes: usize },
    /// Numbers from 0 to 1, in steps of 1/255, each with a name.
    Numbers { names: &'static [&'static str] },
    /// So many numbers of words, of which `words` has the first at 1: 0 stands where there is no word any more.
    Words { words: &'static [&'static str], length: usize },
}

impl Column {
    /// Bytes of one value.
    pub const fn width(&self) -> usize {
        match *self {
            Column::Picture { channels, side } => channels * side * side,
            Column::Map { side, .. } => side * side,
            Column::Volume { side } => side * side * side,
            Column::Class { .. } => 1,
            Column::Numbers { names } => names.len(),
            Column::Words { length, .. } => length,
        }
    }
}

/// A set: what its rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set {
    /// Its name in links and on the command line.
    pub key: &'static str,
    /// Its name on the page.
    pub name: &'static str,
    /// What is drawn, in one sentence that a visitor reads.
    pub about: &'static str,
    pub columns: &'static [(&'static str, Column)],
}

/// Which rows. Combinations of attributes that are held out (about one in ten) are in no row that is trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// To train on.
    Train,
    /// Combinations that are trained on, in rows that are not.
    Seen,
    /// Combinations that are not trained on.
    HeldOut,
}

impl Split {
    /// Whether a combination may be in this split: `held_out` tells whether it is one that is held out.
    pub fn takes(self, held_out: bool) -> bool {
        held_out == (self == Split::HeldOut)
    }
}

/// Draws one row: appends to each table, one a column, the bytes of the column's value.
type Draw = fn(random: &mut Random, split: Split, tables: &mut [Vec<u8>]);

/// The sets, in the order in which they are listed.
// A set a line, however long the list.
#[rustfmt::skip]
pub const SETS: &[Set] = &[
    scenes::SCENES,
    figures::FIGURES,
    shapes::SHAPES,
    faces::FACES,
    faces::EMOJI,
    faces::PEOPLE,
    faces::ageing::AGEING,
    sprites::SPRITES,
    captions::CAPTIONED_DIGITS,
];

/// What draws each. A list of its own, so that a program that only reads the other does not carry all that is here.
#[rustfmt::skip]
const DRAWERS: [Draw; SETS.len()] = [
    scenes::draw,
    figures::draw,
    shapes::draw,
    faces::draw,
    faces::draw_emoji,
    faces::draw_person,
    faces::ageing::draw,
    sprites::draw,
    captions::draw,
];

/// The set of that key.
pub fn find(key: &str) -> Option<&'static Set> {
    SETS.iter().find(|set| set.key == key)
}

/// Rows of a set: a table for each column, the rows one after another. None for a key that is no set's.
pub fn draw(key: &str, seed: u32, split: Split, rows: Range<u32>) -> Option<Vec<Vec<u8>>> {
    let (set, draw) = SETS.iter().zip(DRAWERS).find(|(set, _)| set.key == key)?;
    let room = |(_, column): &(&str, Column)| Vec::with_capacity(column.width() * rows.len());
    let mut tables: Vec<Vec<u8>> = set.columns.iter().map(room).collect();
    for row in rows {
        draw(&mut Random::of_row(seed, split as u32, row), split, &mut tables);
    }
    Some(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPLITS: [Split; 3] = [Split::Train, Split::Seen, Split::HeldOut];

    #[test]
    fn rows_are_as_wide_as_their_columns_and_do_not_depend_on_the_pieces_they_come_in() {
        for set in SETS {
            for split in SPLITS {
                let whole = draw(set.key, 7, split, 0..6).unwrap();
                let pieces = [draw(set.key, 7, split, 0..2).unwrap(), draw(set.key, 7, split, 2..6).unwrap()];
                for (at, (key, column)) in set.columns.iter().enumerate() {
                    assert_eq!(whole[at].len(), 6 * column.width(), "{key} of {}", set.key);
                    assert_eq!(whole[at], [&pieces[0][at][..], &pieces[1][at]].concat(), "{key} of {}", set.key);
                    let classes = match column {
                        Column::Class { classes } | Column::Map { classes, .. } => *classes,
                        Column::Words { words, .. } => words.len() + 1,
                        _ => 256,
                    };
                    assert!(whole[at].iter().all(|&byte| usize::from(byte) < classes), "{key} of {}", set.key);
                }
                assert_ne!(whole, draw(set.key, 8, split, 0..6).unwrap(), "{}: another seed", set.key);
            }
            let [train, seen] = [Split::Train, Split::Seen].map(|split| draw(set.key, 7, split, 0..6).unwrap());
            assert_ne!(train, seen, "{}: what is trained on is in no other split", set.key);
        }
        assert!(draw("nonsense", 1, Split::Train, 0..1).is_none());
    }
}
