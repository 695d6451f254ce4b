//! What a run trains on, as the tables of bytes that batches are gathered from.

use super::domains::Domain;
use super::groups::{Centres, Coarse, Groups};
use super::points::PointSet;
use super::{Arrangement, Dataset, spread};
use crate::error::Result;

/// What one example is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Pixels, `height` rows of `width`: grey with one channel, red, green and blue with three.
    Image { channels: usize, height: usize, width: usize },
    /// The class of each pixel.
    Map { classes: usize, height: usize, width: usize },
    /// Cells of a cube, 0 empty and 1 full.
    Volume { side: usize },
    /// A point with that many coordinates, each in [-4, 4).
    Point { coordinates: usize },
}

impl Form {
    /// A grey image.
    pub const fn grey(height: usize, width: usize) -> Form {
        Form::Image { channels: 1, height, width }
    }

    /// Numbers in one example.
    pub fn numbers(self) -> usize {
        match self {
            Form::Image { channels, height, width } => channels * height * width,
            Form::Map { height, width, .. } => height * width,
            Form::Volume { side } => side * side * side,
            Form::Point { coordinates } => coordinates,
        }
    }
}

/// What a recipe needs to know of the data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataShape {
    /// Examples to train on.
    pub count: usize,
    pub form: Form,
    /// Classes of the labels; 0 where there are no labels.
    pub classes: usize,
    /// Examples that are never trained on, kept for comparison.
    pub held_out: usize,
    /// How the classes were made, where they are not the labels.
    pub groups: Option<Groups>,
    /// The sets that the tables are.
    pub arrangement: Arrangement,
}

impl DataShape {
    /// `count` points with that many coordinates.
    pub const fn points(count: usize, coordinates: usize) -> DataShape {
        DataShape {
            count,
            form: Form::Point { coordinates },
            classes: 0,
            held_out: 0,
            groups: None,
            arrangement: Arrangement::Single,
        }
    }

    /// `count` grey images with labels of ten classes, as MNIST has them.
    pub const fn digits(count: usize) -> DataShape {
        let form = Form::grey(28, 28);
        DataShape { count, form, classes: 10, held_out: 1_000, groups: None, arrangement: Arrangement::Single }
    }

    /// The same images as the sets of an arrangement. Of unpaired ones each has half, and `count` is that half.
    pub const fn arranged(self, arrangement: Arrangement) -> DataShape {
        let count = if let Arrangement::Unpaired(_) = arrangement { self.count / 2 } else { self.count };
        DataShape { count, arrangement, ..self }
    }

    /// Columns of a page of samples that are told their classes.
    pub fn columns(&self) -> usize {
        self.groups.map_or(self.classes, |groups| groups.columns())
    }

    /// Labels that such columns stand for, one each; 0 where they stand for none.
    pub fn labels(&self) -> usize {
        self.groups.map_or(self.classes, |groups| groups.labels)
    }

    /// What a class is called: its label, the label and which kind of it, or a group's number.
    pub fn class_name(&self, class: usize) -> String {
        match self.groups {
            None => class.to_string(),
            Some(groups) if groups.labels == 0 => format!("group {}", class + 1),
            Some(groups) => {
                let each = self.classes / groups.labels;
                format!("{}, kind {}", class / each, class % each + 1)
            }
        }
    }

    /// The class that a place on page 0 of a run's samples is told, where classes are told.
    pub fn class_of_place(&self, seed: u32, place: usize) -> usize {
        self.groups.map_or(place % self.classes.max(1), |groups| groups.of_place(seed, place))
    }
}

/// A data set as a backend takes it.
#[derive(Clone, Debug)]
pub struct Examples {
    pub shape: DataShape,
    /// The bytes of each table: of each of [`DataShape::sets`] its columns, then the columns of its held-out rows, where it
    /// has any.
    pub tables: Vec<Vec<u8>>,
}

/// Images kept aside: enough for a mean to a hundredth, few enough to cost nothing.
pub const HELD_OUT: usize = 1_000;
/// Rows of a set that is drawn, where nothing else is asked for.
pub const DRAWN: usize = 10_000;

impl Examples {
    /// The first `limit` training images (all of them for 0), with labels, and a thousand test images.
    pub fn images(dataset: Dataset, limit: usize) -> Examples {
        let pixels = dataset.height * dataset.width;
        let count = if limit == 0 { dataset.count } else { limit.min(dataset.count) };
        let rows = spread(dataset.test_count, HELD_OUT);
        let held_out = rows.clone().count();
        let image = |row: usize| &dataset.test_images[row * pixels..][..pixels];
        let form = Form::grey(dataset.height, dataset.width);
        let arrangement = Arrangement::Single;
        let shape = DataShape { count, form, classes: dataset.classes, held_out, groups: None, arrangement };
        let held_out_images = rows.clone().flat_map(image).copied().collect();
        let held_out_labels = rows.map(|row| dataset.test_labels[row]).collect();
        let (mut images, mut labels) = (dataset.images, dataset.labels);
        images.truncate(count * pixels);
        labels.truncate(count);
        let tables = vec![images, labels, held_out_images, held_out_labels];
        Examples { shape, tables }
    }

    /// The images as the sets of an arrangement; see [`DataShape::sets`].
    pub fn arrange(mut self, arrangement: Arrangement) -> Examples {
        let Form::Image { height, width, .. } = self.shape.form else { return self };
        let pixels = height * width;
        let made = |images: &[u8], domain: Domain, first: usize| -> Vec<u8> {
            let rows = images.chunks_exact(pixels).zip(first as u32..);
            rows.flat_map(|(image, row)| domain.of(image, [height, width], row)).collect()
        };
        self.shape = self.shape.arranged(arrangement);
        let rows = self.shape.count;
        let tables = std::mem::take(&mut self.tables);
        self.tables = match (arrangement, &tables[..]) {
            (Arrangement::Unpaired(domain), [images, labels, held_out, held_out_labels]) => vec![
                images[..rows * pixels].to_vec(),
                labels[..rows].to_vec(),
                held_out.clone(),
                held_out_labels.clone(),
                made(&images[rows * pixels..2 * rows * pixels], domain, rows),
                labels[rows..2 * rows].to_vec(),
                // Other grounds than any that is trained on.
                made(held_out, domain, 2 * rows),
                held_out_labels.clone(),
            ],
            (Arrangement::Paired(domain), [images, labels, held_out, held_out_labels]) => vec![
                made(images, domain, 0),
                images.clone(),
                labels.clone(),
                made(held_out, domain, rows),
                held_out.clone(),
                held_out_labels.clone(),
            ],
            _ => tables,
        };
        self
    }

    /// Draws sets here: `count` rows of each to train on, and rows of combinations that are not among them. (The page has a
    /// module of its own for that.)
    #[cfg(not(target_arch = "wasm32"))]
    pub fn draw(sets: &'static [ganvas_sets::Set], count: usize, seed: u32) -> Examples {
        let mut tables = Vec::new();
        for set in sets {
            for (split, rows) in [(ganvas_sets::Split::Train, count), (ganvas_sets::Split::HeldOut, HELD_OUT)] {
                tables.extend(ganvas_sets::draw(set.key, seed, split, 0..rows as u32).unwrap_or_default());
            }
        }
        Examples::drawn(sets, count, tables)
    }

    /// What was drawn: of each set the tables of the rows to train on, then those of the held-out ones, each with a table for
    /// every column.
    pub fn drawn(sets: &'static [ganvas_sets::Set], count: usize, tables: Vec<Vec<u8>>) -> Examples {
        Examples { shape: DataShape::drawn(sets, count), tables }
    }

    /// Other classes in place of the labels: `classes` groups of images that look alike, of all images or as many within
    /// each label. See [`Centres`].
    ///
    /// # Errors
    /// [`crate::Error::Setting`] for numbers of classes that the images cannot fill.
    pub fn group(mut self, classes: usize, within_labels: bool, seed: u32) -> Result<Examples> {
        let Form::Image { height, width, .. } = self.shape.form else { return Ok(self) };
        let [images, labels, held_out, held_out_labels] = &self.tables[..] else { return Ok(self) };
        let within = within_labels.then_some((&labels[..], self.shape.classes));
        let coarse = |images: &[u8]| Coarse::new(images, [height, width]);
        let images = coarse(images);
        let centres = Centres::fit(&images, within, classes, seed)?;
        let own = centres.classes(&images, labels);
        let others = centres.classes(&coarse(held_out), held_out_labels);
        self.shape = DataShape { classes, groups: Some(centres.groups(&own)?), ..self.shape };
        (self.tables[1], self.tables[3]) = (own, others);
        Ok(self)
    }

    /// Points; nothing is kept aside, because more of them can be drawn.
    pub fn points(set: &PointSet) -> Examples {
        let shape = DataShape::points(set.points.len() / set.coordinates, set.coordinates);
        Examples { shape, tables: vec![encode(&set.points)] }
    }
}

/// Steps of a coordinate in one unit: 16 bits for [-4, 4), so that 0 and 1 are exact.
pub const POINT_STEPS: f32 = 8192.0;
/// The code of 0.
pub const POINT_ZERO: f32 = 32768.0;

/// Coordinates as pairs of bytes, the high one first. What lies outside [-4, 4) comes to its border.
pub fn encode(coordinates: &[f32]) -> Vec<u8> {
    let code = |value: f32| (value * POINT_STEPS + POINT_ZERO).round().clamp(0.0, 65535.0) as u16;
    coordinates.iter().flat_map(|&value| code(value).to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::procedural::generated_digits;
    use crate::data::{SETS, SetRow};

    #[test]
    fn zero_and_one_are_exact_and_the_rest_within_half_a_step() {
        let values = [0.0, 1.0, -1.0, 3.9999, -4.0, 0.123_456, 9.0, -9.0, f32::NAN];
        let bytes = encode(&values);
        let decoded: Vec<f32> = bytes
            .chunks(2)
            .map(|pair| (f32::from(u16::from_be_bytes([pair[0], pair[1]])) - POINT_ZERO) / POINT_STEPS)
            .collect();
        assert_eq!(decoded[..3], [0.0, 1.0, -1.0]);
        for (value, decoded) in values[3..6].iter().zip(&decoded[3..6]) {
            assert!((value - decoded).abs() <= 0.5 / POINT_STEPS, "{value} became {decoded}");
        }
        assert_eq!(decoded[6..8], [4.0 - 1.0 / POINT_STEPS, -4.0]);
        assert_eq!(decoded[8], -4.0, "NaN is no place; it comes to the border");
    }

    /// The tables are what the sets say: as many bytes as rows, forms and columns ask for.
    #[test]
    fn sets_and_tables_agree() {
        let arrangements = SETS.iter().map(|row| row.arrangement);
        for arrangement in arrangements {
            let examples = match arrangement {
                Arrangement::Drawn(sets) => Examples::draw(sets, 3, 1),
                _ => Examples::images(generated_digits(41, 1), 0).arrange(arrangement),
            };
            let mut tables = examples.tables.iter();
            for set in examples.shape.sets() {
                for rows in [set.rows, set.held_out] {
                    for (key, column) in &set.columns {
                        let table = tables.next().unwrap();
                        assert_eq!(table.len(), rows * column.width(), "{arrangement:?}: {key} of {}", set.key);
                    }
                }
            }
            assert!(tables.next().is_none(), "{arrangement:?}");
        }
        let Some(SetRow { arrangement: Arrangement::Drawn(both), .. }) = SetRow::find("faces-to-emoji") else {
            panic!("faces and emoji are drawn");
        };
        let examples = Examples::draw(both, 3, 1);
        let keys: Vec<&str> = examples.shape.sets().iter().map(|set| set.key).collect();
        assert_eq!(keys, ["faces", "emoji-faces"]);
        let columns = both[0].columns.len();
        let emoji = ganvas_sets::draw("emoji-faces", 1, ganvas_sets::Split::HeldOut, 0..3).unwrap();
        assert_eq!(
            examples.tables[3 * columns][..3 * 3072],
            emoji[0],
            "what is held out of the second set stands last"
        );
        let halves = Examples::images(generated_digits(41, 1), 0).arrange(Arrangement::Unpaired(Domain::Inverse));
        assert_eq!(halves.shape.count, 20);
        let inverse: Vec<u8> = halves.tables[4].iter().map(|ink| 255 - ink).collect();
        assert_eq!(inverse[..], generated_digits(41, 1).images[20 * 784..40 * 784], "the other half");
    }

    #[test]
    fn a_limit_takes_the_first_images_and_no_more_than_there_are() {
        let digits = generated_digits(40, 1);
        let few = Examples::images(digits.clone(), 7);
        assert_eq!((few.shape.count, few.tables[0].len(), few.tables[1].len()), (7, 7 * 784, 7));
        assert_eq!(few.tables[0][..], digits.images[..7 * 784]);
        assert_eq!(Examples::images(digits.clone(), 0).shape.count, 40);
        assert_eq!(Examples::images(digits.clone(), 99).shape.count, 40);
        assert_eq!(few.tables[2].len(), few.shape.held_out * 784);
    }
}
