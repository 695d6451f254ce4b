//! What batches are drawn from: sets of rows with named columns. Columns of one set belong together, row by row; rows of
//! different sets do not, and are drawn in orders of their own.

use super::{Arrangement, DataShape, Form, HELD_OUT};

/// What one value of a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// An example: an image, a map or a point.
    Example(Form),
    /// So many numbers from 0 to 1.
    Numbers { count: usize },
    /// A number from 0 to `classes - 1`.
    Class { classes: usize },
    /// Numbers of words, from 1 to `words`, `length` at most: 0 stands where there is no word any more.
    Words { words: usize, length: usize },
}

/// A set of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetShape {
    pub key: &'static str,
    /// Rows to train on.
    pub rows: usize,
    /// Rows that are never trained on.
    pub held_out: usize,
    pub columns: Vec<(&'static str, Column)>,
}

impl SetShape {
    /// Columns, comma between.
    pub fn column_keys(&self) -> String {
        self.columns.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ")
    }
}

impl Column {
    /// Bytes of one value.
    pub fn width(&self) -> usize {
        match self {
            // Two bytes a coordinate.
            Column::Example(Form::Point { coordinates }) => 2 * coordinates,
            Column::Example(form) => form.numbers(),
            Column::Numbers { count } => *count,
            Column::Class { .. } => 1,
            Column::Words { length, .. } => *length,
        }
    }

    /// The column of a set that is drawn.
    pub fn of_drawn(column: ganvas_sets::Column) -> Column {
        match column {
            ganvas_sets::Column::Picture { channels, side } => {
                Column::Example(Form::Image { channels, height: side, width: side })
            }
            ganvas_sets::Column::Map { classes, side } => {
                Column::Example(Form::Map { classes, height: side, width: side })
            }
            ganvas_sets::Column::Numbers { names } => Column::Numbers { count: names.len() },
            ganvas_sets::Column::Class { classes } => Column::Class { classes },
            ganvas_sets::Column::Words { words, length } => Column::Words { words: words.len(), length },
            ganvas_sets::Column::Volume { side } => Column::Example(Form::Volume { side }),
        }
    }
}

impl DataShape {
    /// `count` rows of each set that is drawn.
    pub fn drawn(sets: &'static [ganvas_sets::Set], count: usize) -> DataShape {
        let arrangement = Arrangement::Drawn(sets);
        let shape =
            DataShape { count, form: Form::grey(0, 0), classes: 0, held_out: HELD_OUT, groups: None, arrangement };
        // Form and classes are those of the first columns.
        let columns = shape.sets().into_iter().flat_map(|set| set.columns);
        columns.rev().fold(shape, |shape, (_, column)| match column {
            Column::Example(form @ Form::Image { .. }) => DataShape { form, ..shape },
            Column::Class { classes } => DataShape { classes, ..shape },
            Column::Example(_) | Column::Numbers { .. } | Column::Words { .. } => shape,
        })
    }

    /// The sets of a run on these data.
    pub fn sets(&self) -> Vec<SetShape> {
        let (form, classes) = (Column::Example(self.form), Column::Class { classes: self.classes });
        let of = |key: &'static str, examples: &[&'static str]| {
            let examples = examples.iter().map(|&key| (key, form));
            let columns = examples.chain((self.classes > 0).then_some(("class", classes))).collect();
            SetShape { key, rows: self.count, held_out: self.held_out, columns }
        };
        match self.arrangement {
            Arrangement::Single => vec![of("data", &["example"])],
            Arrangement::Unpaired(_) => ["a", "b"].map(|key| of(key, &["example"])).to_vec(),
            Arrangement::Paired(_) => vec![of("pairs", &["input", "target"])],
            Arrangement::Drawn(sets) => {
                let of = |set: &ganvas_sets::Set| {
                    let columns = set.columns.iter().map(|&(key, column)| (key, Column::of_drawn(column))).collect();
                    let key = if sets.len() == 1 { "data" } else { set.key };
                    SetShape { key, rows: self.count, held_out: self.held_out, columns }
                };
                sets.iter().map(of).collect()
            }
        }
    }
}
