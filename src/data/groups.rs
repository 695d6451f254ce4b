//! Classes for data that have none, or finer ones than their labels: k-means groups of images that look alike, made once
//! from the run's seed. A self-conditioned GAN learns with such classes (Liu et al. 2020).
//!
//! k-means++ (Arthur and Vassilvitskii 2007) on images averaged over squares of 4 x 4 pixels, twelve rounds of Lloyd's on
//! at most ten thousand of them; then every image goes to its nearest centre.

use crate::error::{Error, Result};
use crate::rng;
use ganvas_loops::distances::nearest_centres;

/// The most classes a run can have: as many as a page of samples and a byte of a label have room for.
pub const MAX_CLASSES: usize = 100;
/// Side of the squares whose mean is taken, in pixels.
const SQUARE: usize = 4;
/// Images that the centres are fitted to, and how often they are moved.
const FITTED: usize = 10_000;
const ROUNDS: usize = 12;
/// Random numbers of this module, far from those of a step.
const STREAM: u32 = 0x4000_0000;

/// How classes came of images, and how large each is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The labels within which groups were made, as many groups in each; 0 where they were made of all images together.
    pub labels: usize,
    classes: usize,
    /// Training images of each class; the rest is 0.
    counts: [u32; MAX_CLASSES],
}

/// Rows of [`Groups::page`].
pub const PAGE_ROWS: usize = 256;
/// Columns of a page where classes are not of labels.
const COLUMNS: usize = 8;

impl Groups {
    /// As many images in each of the classes: what is known before the images are there.
    pub fn even(classes: usize, labels: usize) -> Groups {
        let mut counts = [0; MAX_CLASSES];
        counts[..classes.min(MAX_CLASSES)].fill(1);
        Groups { labels, classes, counts }
    }

    /// Columns of a page of samples: one for each label, or eight.
    pub fn columns(&self) -> usize {
        if self.labels > 0 { self.labels } else { COLUMNS }
    }

    /// Classes for pages of samples, `[PAGE_ROWS, columns]`: each column has the classes of its label in their shares, or,
    /// without labels, an eighth of all. Pages take rows of it in random order, so that samples have the shares of the
    /// data without an image being drawn.
    pub fn page(&self) -> Vec<u8> {
        let columns = self.columns();
        let within = self.classes.checked_div(self.labels).unwrap_or(self.classes);
        let class = |row: usize, column: usize| {
            // Without labels the columns follow each other in one row of all images; with labels each is one of its own.
            let (first, parts, part) = match self.labels {
                0 => (0, columns, column),
                _ => (column * within, 1, 0),
            };
            let counts = &self.counts[first..first + within];
            let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
            let share = (2 * (part * PAGE_ROWS + row) + 1) as u64;
            let mut below = 0;
            let found = counts.iter().position(|&count| {
                below += u64::from(count);
                2 * below * (parts * PAGE_ROWS) as u64 > share * total
            });
            (first + found.unwrap_or(0)) as u8
        };
        (0..PAGE_ROWS * columns).map(|at| class(at / columns, at % columns)).collect()
    }

    /// The class of a place on page 0 of a run's samples.
    pub fn of_place(&self, seed: u32, place: usize) -> usize {
        let columns = self.columns();
        let row = rng::permuted(seed, 0, (place / columns) as u32, PAGE_ROWS as u32) as usize;
        usize::from(self.page()[row * columns + place % columns])
    }
}

/// Images as groups see them.
pub struct Coarse {
    /// Sums over squares, `[count, width]`.
    values: Vec<f32>,
    width: usize,
}

impl Coarse {
    /// Of bytes `[count, height, width]`.
    pub fn new(images: &[u8], [height, width]: [usize; 2]) -> Coarse {
        let (rows, columns) = (height.div_ceil(SQUARE), width.div_ceil(SQUARE));
        let mut values = vec![0.0; images.len() / (height * width) * rows * columns];
        for (image, sums) in images.chunks_exact(height * width).zip(values.chunks_exact_mut(rows * columns)) {
            for (y, line) in image.chunks_exact(width).enumerate() {
                let sums = &mut sums[y / SQUARE * columns..][..columns];
                for (pixels, sum) in line.chunks(SQUARE).zip(sums) {
                    *sum += pixels.iter().map(|&byte| f32::from(byte)).sum::<f32>();
                }
            }
        }
        Coarse { values, width: rows * columns }
    }

    fn count(&self) -> usize {
        self.values.len() / self.width
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..][..self.width]
    }

    fn of_rows(&self, rows: &[usize]) -> Vec<f32> {
        rows.iter().flat_map(|&row| self.row(row)).copied().collect()
    }
}

/// Centres of groups, `[groups, width]`, of images of one label or of all.
pub struct Centres {
    values: Vec<f32>,
    width: usize,
    labels: usize,
}

impl Centres {
    /// Fits `classes` groups to images: of all of them, or as many within each label where `labels` gives each image's and
    /// their number.
    ///
    /// # Errors
    /// [`Error::Setting`] for numbers of classes that the images cannot fill, with what would work.
    pub fn fit(coarse: &Coarse, labels: Option<(&[u8], usize)>, classes: usize, seed: u32) -> Result<Centres> {
        let count = coarse.count();
        let groups: Vec<Vec<usize>> = match labels {
            None => vec![(0..count).collect()],
            Some((of, labels)) => {
                (0..labels).map(|label| (0..count).filter(|&row| usize::from(of[row]) == label).collect()).collect()
            }
        };
        let each = classes / groups.len();
        let mut values = Vec::with_capacity(classes * coarse.width);
        for (index, rows) in groups.iter().enumerate() {
            if rows.len() < each {
                let message = match labels {
                    None => format!("is {classes}, and there are {count} images: choose at most that many groups"),
                    Some(_) => format!(
                        "asks for {each} groups in each label, and label {index} has {} images: choose at most {}",
                        rows.len(),
                        rows.len() * groups.len()
                    ),
                };
                return Err(setting(message));
            }
            values.extend(fit(coarse, rows, each, rng::bits(seed, STREAM, index as u32, 0))?);
        }
        Ok(Centres { values, width: coarse.width, labels: labels.map_or(0, |(_, labels)| labels) })
    }

    /// The class of each image, those of label l being `l * groups` to `(l + 1) * groups - 1`; `labels` as in `fit`.
    pub fn classes(&self, images: &Coarse, labels: &[u8]) -> Vec<u8> {
        let count = images.count();
        let each = self.values.len() / self.width / self.labels.max(1);
        let mut classes = vec![0; count];
        for group in 0..self.labels.max(1) {
            let of_group = |row: &usize| self.labels == 0 || usize::from(labels[*row]) == group;
            let rows: Vec<usize> = (0..count).filter(of_group).collect();
            let centres = &self.values[group * each * self.width..][..each * self.width];
            let (nearest, _) = nearest_centres(&images.of_rows(&rows), centres, self.width);
            for (row, near) in rows.into_iter().zip(nearest) {
                classes[row] = (group * each + near as usize) as u8;
            }
        }
        classes
    }

    /// The sizes of the classes of the training images.
    ///
    /// # Errors
    /// [`Error::Setting`] where a class has no image.
    pub fn groups(&self, classes: &[u8]) -> Result<Groups> {
        let count = self.values.len() / self.width;
        let mut counts = [0; MAX_CLASSES];
        classes.iter().for_each(|&class| counts[usize::from(class)] += 1);
        let filled = counts[..count].iter().filter(|&&count| count > 0).count();
        if filled < count {
            return Err(setting(format!("is {count}, and {} groups stay empty: choose {filled}", count - filled)));
        }
        Ok(Groups { labels: self.labels, classes: count, counts })
    }
}

/// k-means on some rows: `[groups, width]`.
fn fit(coarse: &Coarse, rows: &[usize], groups: usize, seed: u32) -> Result<Vec<f32>> {
    let (count, width) = (rows.len() as u32, coarse.width);
    let chosen: Vec<usize> =
        (0..count.min(FITTED as u32)).map(|at| rows[rng::permuted(seed, 0, at, count) as usize]).collect();
    let points = coarse.of_rows(&chosen);
    let point = |at: usize| &points[at * width..][..width];

    // k-means++: each further centre is a point, the likelier the farther it is from those there are.
    let mut centres = point(0).to_vec();
    let mut nearest = vec![f32::INFINITY; chosen.len()];
    for group in 1..groups {
        let (_, distances) = nearest_centres(&points, &centres[(group - 1) * width..], width);
        nearest.iter_mut().zip(distances).for_each(|(nearest, distance)| *nearest = nearest.min(distance));
        let total: f64 = nearest.iter().map(|&distance| f64::from(distance)).sum();
        if total <= 0.0 {
            return Err(setting(format!("asks for {groups} groups, and there are {group} different images")));
        }
        let wanted = f64::from(rng::uniform(rng::bits(seed, STREAM, 1, group as u32))) * total;
        let mut sum = 0.0;
        let place = nearest.iter().position(|&distance| {
            sum += f64::from(distance);
            sum > wanted
        });
        centres.extend_from_slice(point(place.unwrap_or(0)));
    }
    for _ in 0..ROUNDS {
        let (near, _) = nearest_centres(&points, &centres, width);
        let mut sums = vec![0f64; centres.len()];
        let mut counts = vec![0u32; groups];
        for (at, &group) in near.iter().enumerate() {
            counts[group as usize] += 1;
            let sums = &mut sums[group as usize * width..][..width];
            sums.iter_mut().zip(point(at)).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        // A centre that has lost its points stays where it is.
        for group in (0..groups).filter(|&group| counts[group] > 0) {
            let (sums, centre) = (&sums[group * width..][..width], &mut centres[group * width..][..width]);
            let each = centre.iter_mut().zip(sums);
            each.for_each(|(value, sum)| *value = (sum / f64::from(counts[group])) as f32);
        }
    }
    Ok(centres)
}

fn setting(message: String) -> Error {
    Error::Setting { key: "classes".into(), message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::procedural::generated_digits;

    /// Four kinds of images: one quarter white.
    fn quarters(count: usize) -> Vec<u8> {
        let pixel = |kind: usize, at: usize| u8::from(at / 8 / 4 * 2 + at % 8 / 4 == kind) * 200;
        (0..count).flat_map(|row| (0..64).map(move |at| pixel(row % 4, at))).collect()
    }

    #[test]
    fn kinds_that_are_apart_become_groups() {
        let images = Coarse::new(&quarters(40), [8, 8]);
        let centres = Centres::fit(&images, None, 4, 1).unwrap();
        let classes = centres.classes(&images, &[]);
        for (row, class) in classes.iter().enumerate() {
            assert_eq!(*class, classes[row % 4]);
        }
        let groups = centres.groups(&classes).unwrap();
        assert_eq!(groups.counts[..4], [10; 4]);
    }

    #[test]
    fn what_cannot_be_grouped_is_said() {
        let images = Coarse::new(&quarters(40), [8, 8]);
        let problem = |labels, classes| match Centres::fit(&images, labels, classes, 1) {
            Err(Error::Setting { message, .. }) => message,
            _ => panic!("it was taken"),
        };
        assert!(problem(None, 41).contains("at most that many"));
        assert!(problem(None, 5).contains("4 different images"));
        let labels = [[0; 39].as_slice(), &[1]].concat();
        assert!(problem(Some((&labels, 2)), 4).contains("label 1 has 1 images"));
    }

    #[test]
    fn groups_within_labels_keep_to_them_and_are_the_same_again() {
        let digits = generated_digits(400, 3);
        let labels = Some((&digits.labels[..], 10));
        let images = Coarse::new(&digits.images, [28, 28]);
        let fit = |seed| Centres::fit(&images, labels, 30, seed).unwrap();
        let classes = fit(5).classes(&images, &digits.labels);
        assert!(classes.iter().zip(&digits.labels).all(|(class, label)| class / 3 == *label));
        assert_eq!(classes, fit(5).classes(&images, &digits.labels));
        assert_ne!(classes, fit(6).classes(&images, &digits.labels));
    }

    #[test]
    fn pages_have_classes_in_their_shares() {
        let mut groups = Groups::even(4, 2);
        groups.counts[..4].copy_from_slice(&[3, 1, 1, 1]);
        let page = groups.page();
        let count = |class: u8, column: usize| page.iter().skip(column).step_by(2).filter(|&&own| own == class).count();
        assert_eq!([count(0, 0), count(1, 0), count(2, 1), count(3, 1)], [192, 64, 128, 128]);
        let whole = Groups { labels: 0, ..groups }.page();
        let share = |class: u8| whole.iter().filter(|&&own| own == class).count();
        assert_eq!([0, 1, 2, 3].map(share), [1024, 341, 342, 341]);
    }
}
