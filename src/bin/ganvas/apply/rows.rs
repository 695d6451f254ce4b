//! What a run makes of rows that it was not trained on: those that were held out, or pictures in their place.

use super::Made;
use ganvas::data::{Column, DataShape, Examples};
use ganvas::game::Gallery;
use ganvas::rng::{permutation_seed, permuted};
use ganvas::train::Trainer;
use ganvas::{Error, Result};

/// Where the rows of a gallery come from: a set by its position among the data's, and the column that is the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub set: usize,
    pub column: usize,
}

/// Galleries whose input is a column of a set, by the key of the algorithm, for applications that ask the visitor for no
/// picture.
const PLACES: [(&str, &str, &str, &str); 4] = [
    ("cyclegan", "a_to_b", "a", "example"),
    ("cyclegan", "b_to_a", "b", "example"),
    ("dtn", "held_out", "faces", "picture"),
    ("solid", "held_out", "data", "picture"),
];

impl Place {
    /// Where the rows of this gallery come from; None where no picture can stand for them.
    pub fn find(algorithm: &str, gallery: &str, data: &DataShape) -> Option<Place> {
        let (.., set, column) = PLACES.iter().find(|(of, key, ..)| (*of, *key) == (algorithm, gallery))?;
        let sets = data.sets();
        let found = sets.iter().position(|shape| shape.key == *set)?;
        Some(Place { set: found, column: sets[found].columns.iter().position(|(key, _)| key == column)? })
    }

    /// What its values are.
    pub fn column(self, data: &DataShape) -> Column {
        data.sets()[self.set].columns[self.column].1
    }

    /// The same examples with these rows, a byte a number, in place of those that were held out. All else of such a row is
    /// zero: nobody knows it.
    pub fn replace(self, examples: Examples, rows: &[Vec<u8>]) -> Examples {
        let Examples { mut shape, tables } = examples;
        let (before, mut tables) = (shape.sets(), tables.into_iter());
        shape.held_out = rows.len();
        let mut all = Vec::new();
        for (set, of) in before.iter().enumerate() {
            all.extend(tables.by_ref().take(of.columns.len()));
            if of.held_out > 0 {
                tables.by_ref().take(of.columns.len()).for_each(drop);
            }
            for (column, (_, kind)) in of.columns.iter().enumerate() {
                let mine = Place { set, column } == self;
                all.push(if mine { rows.concat() } else { vec![0; rows.len() * kind.width()] });
            }
        }
        Examples { shape, tables: all }
    }
}

/// The first `count` rows of a gallery, with their numbers: the rows of the set at that position among the data's.
pub async fn put_out(trainer: &mut Trainer, gallery: &Gallery, set: usize, count: usize) -> Result<Vec<(usize, Made)>> {
    let (seed, held_out) = (trainer.settings().seed, trainer.data().held_out as u32);
    if count > held_out as usize {
        let message = format!("takes at most {held_out}, as many rows as were held out");
        return Err(Error::Setting { key: "count".into(), message });
    }
    let page = gallery.layout.count();
    let mut made = Vec::with_capacity(count);
    for at in 0..count.div_ceil(page) {
        let output = trainer.put_out(gallery.key, None, at as u32).await?;
        for example in 0..page.min(count - at * page) {
            let mut parts = Vec::new();
            let mut from = 0;
            for part in &gallery.parts {
                let numbers = part.numbers();
                if part.is_drawn() {
                    parts.push(output[from + example * numbers..][..numbers].to_vec());
                }
                from += page * numbers;
            }
            // In the order in which the device shows them.
            let row = permuted(permutation_seed(seed, set as u32), 0, (at * page + example) as u32, held_out);
            made.push((row as usize, Made { own: None, parts }));
        }
    }
    made.sort_by_key(|(row, _)| *row);
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ganvas::data::SetRow;
    use ganvas::data::procedural::generated_digits;

    #[test]
    fn pictures_stand_where_rows_were_held_out() {
        let arrangement = SetRow::find("mnist-edges").unwrap().arrangement;
        let examples = Examples::images(generated_digits(41, 1), 0).arrange(arrangement);
        let place = Place::find("cyclegan", "b_to_a", &examples.shape).unwrap();
        assert_eq!(place, Place { set: 1, column: 0 });
        assert_eq!(place.column(&examples.shape).width(), 784);
        let before = examples.tables.clone();
        let after = place.replace(examples, &[vec![7; 784], vec![9; 784]]);
        assert_eq!(after.shape.held_out, 2);
        for (at, table) in after.tables.iter().enumerate() {
            match at {
                0 | 1 | 4 | 5 => assert_eq!(*table, before[at], "what is trained on stays"),
                6 => assert_eq!((table.len(), table[0], table[784]), (2 * 784, 7, 9)),
                2 => assert_eq!(*table, vec![0; 2 * 784]),
                _ => assert_eq!(*table, [0, 0]),
            }
        }
        assert_eq!(Place::find("pix2pix", "held_out", &after.shape), None);
    }
}
