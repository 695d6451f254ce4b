//! What samples are compared with: the real examples, and what was measured of them once.

use crate::data::points::PointSet;
use crate::data::{Dataset, Examples, spread};
use crate::error::Result;
use crate::metrics::classes::Histogram;
use crate::metrics::frechet::{Accumulator, Moments, frechet_distance};
use crate::metrics::judge::{BATCH, CLASSES, FEATURES, Judge, PIXELS, SIDE, scaled};
use crate::metrics::neighbours::{Memorisation, NearestSearch};
use crate::metrics::set_judge::SetJudge;
use crate::metrics::{diversity, spectrum::Spectrum, statistics};

/// Real examples of a data set.
pub enum Reference {
    Digits(Box<Digits>),
    World(PointSet),
    /// Nothing but what a game's galleries show beside its outputs, and the judge of the set, if there is one.
    Galleries(Option<Box<SetJudge>>),
}

/// Images whose features are compared one by one.
const COMPARED: usize = 2_000;
/// Images for moments where the judge has none of this data set.
const FOR_MOMENTS: usize = 8_000;
/// Held-out images whose nearest training image is looked for: what honest distances are.
const HELD_OUT: usize = 64;
/// Images of a batch whose distances are measured, as of the samples.
const BATCHES: usize = 8;
const BATCH_OF_64: usize = 64;

/// Real images, and what is known of them.
pub struct Digits {
    /// The training images that are searched for copies, `[count, PIXELS]`.
    pub train: Vec<u8>,
    /// The labels of all training images, `[trained]`.
    pub train_labels: Vec<u8>,
    /// The classes that are told of them, where these are not their labels.
    told: Option<Vec<u8>>,
    /// Real images for comparison, `[COMPARED, PIXELS]`; these need not have been trained on.
    real: Vec<u8>,
    /// For moments, with their labels, where the judge does not know the data set.
    unknown: Option<(Vec<u8>, Vec<u8>)>,
    labels: Vec<u8>,
    held_out: Vec<u8>,
    /// The name of the data and its checksum, to see whether the judge knows it.
    checksum: String,
    search: Option<NearestSearch>,
    accumulators: Option<[Accumulator; 2]>,
    // What has been measured so far.
    pub features: Vec<f32>,
    pub moments: Option<Moments>,
    /// The distance between all and all but one class.
    pub unit: Option<f64>,
    pub histogram: Option<Histogram>,
    pub diversity: Option<f64>,
    pub checkerboard: Option<f64>,
    pub nearest: Option<Memorisation>,
}

impl Reference {
    /// The world of points; None for images.
    pub fn world(&self) -> Option<&PointSet> {
        match self {
            Reference::World(world) => Some(world),
            Reference::Digits(_) | Reference::Galleries(_) => None,
        }
    }

    /// The judge of the set, where there is one.
    pub fn set_judge(&mut self) -> Option<&mut SetJudge> {
        match self {
            Reference::Galleries(judge) => judge.as_deref_mut(),
            Reference::World(_) | Reference::Digits(_) => None,
        }
    }

    /// Takes the classes that are told of the training images, where these are not their labels.
    pub fn take_classes(&mut self, examples: &Examples) {
        if let (Reference::Digits(digits), Some(_)) = (self, examples.shape.groups) {
            digits.told = Some(examples.tables[1].clone());
        }
    }

    /// Images of a data set. `trained` of them are trained on (0 for all), and the first `searched` of these are searched
    /// for copies.
    pub fn of_images(dataset: &Dataset, trained: usize, searched: usize) -> Reference {
        let trained = if trained == 0 { dataset.count } else { trained.min(dataset.count) };
        let searched = searched.min(trained);
        let rows = spread(dataset.count, COMPARED);
        let image = |row: usize| &dataset.images[row * PIXELS..][..PIXELS];
        let held_out =
            spread(dataset.test_count, HELD_OUT).flat_map(|row| &dataset.test_images[row * PIXELS..][..PIXELS]);
        let for_moments = dataset.count.min(FOR_MOMENTS);
        Reference::Digits(Box::new(Digits {
            train: dataset.images[..searched * PIXELS].to_vec(),
            train_labels: dataset.labels[..trained].to_vec(),
            told: None,
            real: rows.clone().flat_map(|row| image(row).iter().copied()).collect(),
            labels: rows.map(|row| dataset.labels[row]).collect(),
            unknown: Some((dataset.images[..for_moments * PIXELS].to_vec(), dataset.labels[..for_moments].to_vec())),
            held_out: held_out.copied().collect(),
            checksum: dataset.checksum.clone(),
            search: None,
            accumulators: None,
            features: Vec::new(),
            moments: None,
            unit: None,
            histogram: None,
            diversity: None,
            checkerboard: None,
            nearest: None,
        }))
    }
}

impl Digits {
    /// The class that is told of a training image.
    pub fn class_of_train(&self, row: usize) -> u8 {
        self.told.as_ref().unwrap_or(&self.train_labels)[row]
    }

    /// Measures a little more of the real images; true when all is measured. Without a judge what needs one is left out.
    pub fn advance(&mut self, judge: Option<&mut Judge>) -> Result<bool> {
        if let Some(judge) = judge {
            if self.moments.is_none() && !self.advance_moments(judge)? {
                return Ok(false);
            }
            if self.features.len() < self.real.len() / PIXELS * FEATURES {
                let done = self.features.len() / FEATURES;
                let piece = &self.real[done * PIXELS..];
                let images = scaled(&piece[..piece.len().min(BATCH * PIXELS)]);
                self.features.extend(judge.judge(&images)?.features);
                return Ok(false);
            }
        }
        if self.histogram.is_none() {
            self.histogram = Some(Histogram::of_labels(&self.labels, CLASSES)?);
            self.diversity = Some(batch_diversity(&scaled(&self.real))?);
            return Ok(false);
        }
        if self.checkerboard.is_none() {
            let mut spectrum = Spectrum::new([SIDE, SIDE])?;
            spectrum.add(&scaled(&self.real[..self.real.len().min(256 * PIXELS)]))?;
            self.checkerboard = Some(spectrum.checkerboard_energy()?);
            return Ok(false);
        }
        if self.nearest.is_none() && !self.held_out.is_empty() {
            let count = self.train.len() / PIXELS;
            if self.search.is_none() {
                self.search = Some(NearestSearch::of_bytes(&self.held_out, [SIDE, SIDE], count)?);
            }
            let search = self.search.as_mut().expect("it was just made");
            if search.advance(&self.train, 500)? {
                let distances: Vec<f64> = search.nearest().into_iter().flatten().map(|found| found.distance).collect();
                self.nearest = Some(Memorisation::of(&distances)?);
                self.search = None;
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// The judge's own moments if it was trained on this data, else those of the data's first images.
    fn advance_moments(&mut self, judge: &mut Judge) -> Result<bool> {
        if judge.about().data_sha256 == self.checksum {
            self.moments = Some(judge.reference().clone());
            self.unit = Some(judge.unit()?);
            self.unknown = None;
            return Ok(true);
        }
        let Some((images, labels)) = &self.unknown else { return Ok(true) };
        let accumulators =
            self.accumulators.get_or_insert_with(|| [Accumulator::new(FEATURES), Accumulator::new(FEATURES)]);
        let (done, count) = (accumulators[0].count(), labels.len());
        if done < count {
            let next = (done + BATCH).min(count);
            let features = judge.judge(&scaled(&images[done * PIXELS..next * PIXELS]))?.features;
            for (row, label) in features.chunks_exact(FEATURES).zip(&labels[done..next]) {
                accumulators[0].add(row)?;
                if *label != 0 {
                    accumulators[1].add(row)?;
                }
            }
            return Ok(false);
        }
        let [all, missing] = [accumulators[0].moments()?, accumulators[1].moments()?];
        self.unit = Some(frechet_distance(&all, &missing)?);
        self.moments = Some(all);
        (self.unknown, self.accumulators) = (None, None);
        Ok(true)
    }
}

/// Mean distance of two images of a batch of 64, over a few batches `[n, PIXELS]`.
pub(super) fn batch_diversity(images: &[f32]) -> Result<f64> {
    let batches = images.chunks(BATCH_OF_64 * PIXELS).take(BATCHES).filter(|batch| batch.len() >= 2 * PIXELS);
    let means = batches.map(|batch| diversity::mean_pairwise_distance(batch, PIXELS));
    statistics::mean(&means.collect::<Result<Vec<f64>>>()?)
}
