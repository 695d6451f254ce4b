//! Measures of a game's galleries: what they show of held-out rows or of noise, held against what is known of it.

mod population;
mod seen;
#[cfg(test)]
mod tests;
mod volumes;

use super::picture;
use super::{Effort, Trainer};
use crate::data::{Arrangement, Form, domains::Domain};
use crate::error::{Error, Result};
use crate::game::{Measure, Reading};
use crate::metrics::frechet::{Accumulator, frechet_distance, nfd};
use crate::metrics::judge::{FEATURES, Judge, scaled};
use crate::metrics::neighbours::NearestSearch;
use crate::metrics::set_judge::SetJudge;
use crate::metrics::ssim::{WINDOW, ssim};
use seen::Seen;

/// Measures under way.
pub(super) struct Readings {
    measures: &'static [Measure],
    galleries: Vec<Shown>,
    domain: Option<Domain>,
    sides: [usize; 2],
    /// Rows that are looked at.
    rows: usize,
    /// What the set's judge has seen so far.
    seen: Seen,
    /// Whether a measure was left out because the set has no judge.
    pub lacks_judge: bool,
    /// Of the measures that were taken.
    pub values: Vec<(&'static str, Option<f64>)>,
}

/// What a gallery put out, part by part, page after page.
struct Shown {
    gallery: &'static str,
    rows: usize,
    parts: Vec<(&'static str, Vec<f32>)>,
}

/// Bins of a histogram of the lengths of gradients, of pixels from 0 to 1.
const BINS: usize = 64;

impl Readings {
    /// Runs the galleries that the game's measures are taken of, for about `rows` held-out rows, each once at most. Where a
    /// gallery is made of noise, each page is of other noise.
    ///
    /// # Errors
    /// Those of the device, and [`Error::Setting`] for a game whose measures name what it does not show.
    pub async fn begin(trainer: &mut Trainer, rows: usize) -> Result<Readings> {
        let measures = trainer.settings().preset.algorithm.measures();
        let (data, galleries) = (trainer.data(), trainer.play().galleries.clone());
        let available = if data.held_out > 0 { data.held_out } else { data.count };
        let mut shown = Vec::new();
        for gallery in galleries.iter().filter(|gallery| measures.iter().any(|m| m.gallery == gallery.key)) {
            let count = gallery.layout.count();
            let mut parts: Vec<(&'static str, Vec<f32>)> =
                gallery.parts.iter().map(|part| (part.key, Vec::new())).collect();
            let pages = (rows.min(available) / count).max(1);
            for page in 0..pages {
                let output = trainer.put_out(gallery.key, None, page as u32).await?;
                let mut rest = &output[..];
                for (part, (_, values)) in gallery.parts.iter().zip(&mut parts) {
                    let (own, others) = rest.split_at(count * part.numbers());
                    values.extend_from_slice(own);
                    rest = others;
                }
            }
            shown.push(Shown { gallery: gallery.key, rows: pages * count, parts });
        }
        let domain = match data.arrangement {
            Arrangement::Unpaired(domain) | Arrangement::Paired(domain) => Some(domain),
            Arrangement::Single | Arrangement::Drawn(_) => None,
        };
        let sides = match data.form {
            Form::Image { height, width, .. } => [height, width],
            Form::Map { .. } | Form::Volume { .. } | Form::Point { .. } => [1, data.form.numbers()],
        };
        let rows = shown.first().map_or(0, |shown| shown.rows);
        Ok(Readings {
            measures,
            galleries: shown,
            domain,
            sides,
            rows,
            seen: Seen::default(),
            lacks_judge: false,
            values: Vec::new(),
        })
    }

    /// Rows that are looked at.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many measures are taken, of how many.
    pub fn progress(&self) -> [usize; 2] {
        [self.values.len(), self.measures.len()]
    }

    /// Takes one measure, or has the set's judge look at a few of the pictures that it takes; true when all are taken.
    /// Without a judge, of digits or of the set, what needs it is left out.
    pub fn advance(&mut self, judge: Option<&mut Judge>, of_set: Option<&mut SetJudge>) -> Result<bool> {
        let Some(measure) = self.measures.get(self.values.len()) else { return Ok(true) };
        let parts = measure.reading.seen();
        if let (true, Some(judge)) = (cfg!(feature = "games"), of_set) {
            for key in parts {
                let mut seen = std::mem::take(&mut self.seen);
                let ready =
                    self.part(measure, key).and_then(|pictures| seen.look(judge, [measure.gallery, key], pictures));
                self.seen = seen;
                if !ready? {
                    return Ok(false);
                }
            }
        } else if !parts.is_empty() {
            self.lacks_judge = true;
        }
        let part = |key: &str| self.part(measure, key);
        let value = match (measure.reading, judge) {
            (Reading::PixelAccuracy { part: one, of }, _) => {
                let seen = self.seen.map([measure.gallery, one])?;
                seen.map(|(seen, _)| Ok(seen::agreement(seen, part(of)?))).transpose()?
            }
            (Reading::MeanIou { part: one, of }, _) => {
                let seen = self.seen.map([measure.gallery, one])?;
                seen.map(|(seen, classes)| Ok(seen::mean_iou(seen, part(of)?, classes))).transpose()?.flatten()
            }
            (Reading::ClassOf { head, part: one, class }, _) => {
                let seen = self.seen.class([measure.gallery, one], head)?;
                seen.map(|seen| Ok(seen::agreement(seen, part(class)?))).transpose()?
            }
            (Reading::ClassesOf { heads, part: one, classes }, _) => {
                let mut pairs = Vec::new();
                for (head, class) in heads.iter().zip(classes) {
                    pairs.extend(self.seen.class([measure.gallery, one], head)?.map(|seen| Ok([seen, part(class)?])));
                }
                let pairs = pairs.into_iter().collect::<Result<Vec<_>>>()?;
                (!pairs.is_empty()).then(|| seen::all_agree(&pairs))
            }
            (Reading::Marginal { head, part: one, class }, _) => {
                let seen = self.seen.class([measure.gallery, one], head)?;
                seen.map(|seen| Ok(population::total_variation(seen, part(class)?))).transpose()?
            }
            (Reading::Variety { part: one, alike }, _) => {
                let kinds = alike.iter().map(|key| part(key)).collect::<Result<Vec<_>>>()?;
                population::variety(part(one)?, &kinds)
            }
            (Reading::MeanClassOf { heads, part: one }, _) => {
                self.seen.mean_agreement([measure.gallery, one], heads, &part)?
            }
            (Reading::MeanOfSights { of }, _) => {
                let mut pairs = Vec::new();
                for sight in of {
                    let seen = self.seen.class([measure.gallery, sight.part], sight.head)?;
                    pairs.extend(seen.map(|seen| Ok([seen, part(sight.class)?])));
                }
                let pairs = pairs.into_iter().collect::<Result<Vec<_>>>()?;
                seen::mean_agreement(&pairs)
            }
            (Reading::ClassAtPlace { head, parts, off }, _) => {
                let seen = self.seen.all(measure.gallery, parts, head)?;
                seen.map(|seen| seen::in_their_places(&seen, off))
            }
            (Reading::ClassOfAll { head, parts, class }, _) => {
                let (seen, truth) = (self.seen.all(measure.gallery, parts, head)?, part(class)?);
                seen.map(|seen| seen.iter().map(|seen| seen::agreement(seen, truth)).sum::<f64>() / seen.len() as f64)
            }
            (Reading::Rising { head, parts }, _) => {
                let seen = self.seen.all(measure.gallery, parts, head)?;
                seen.map(|seen| seen::rising(&seen, self.count(measure)))
            }
            (Reading::VolumeOverlap { part: one, of }, _) => {
                Some(volumes::overlap(part(one)?, part(of)?, self.count(measure)))
            }
            (Reading::OnePiece { part: one }, _) => Some(volumes::in_one_piece(part(one)?, self.count(measure))),
            (Reading::Distance { part: one, of }, _) => Some(distance(part(one)?, part(of)?)),
            (Reading::Psnr { part: one, of }, _) => psnr(part(one)?, part(of)?),
            (Reading::Similarity { part: one, of }, _) if self.sides.iter().all(|&side| side >= WINDOW) => {
                Some(ssim(part(one)?, part(of)?, self.sides)?)
            }
            (Reading::Similarity { .. }, _) => None,
            (Reading::Frechet { part: one, of }, Some(judge)) => frechet(judge, [part(one)?, part(of)?])?,
            (Reading::Sharpness { part: one, of }, _) => {
                Some(earth_movers(&self.gradients(part(one)?), &self.gradients(part(of)?)))
            }
            (Reading::Labels { .. } | Reading::OneClass { .. } | Reading::Frechet { .. }, None) => None,
            (Reading::OneClass { parts }, Some(judge)) => Some(self.one_class(judge, measure, parts)?),
            (Reading::Labels { part: one, undo }, Some(judge)) => {
                let (images, classes) = (part(one)?, part("class")?);
                match self.domain.filter(|_| undo) {
                    None => Some(agreement(judge, images, classes)?),
                    Some(domain) => Some(self.shown_class(judge, domain, images, part("input"), classes)?),
                }
            }
            (Reading::PixelAgreement { part: one, of, by_chance }, _) => {
                let inks = self.inks(part(one)?, part(of)?, by_chance);
                inks.map(|inks| share(inks.into_iter().map(|[one, other]| one == other)))
            }
            (Reading::InkOverlap { part: one, of, by_chance }, _) => {
                let inks = self.inks(part(one)?, part(of)?, by_chance);
                let mut inked = inks.into_iter().flatten().filter(|[one, other]| one | other).peekable();
                inked.peek().is_some().then(|| share(inked.map(|[one, other]| one & other)))
            }
            (Reading::SameClass { .. }, None) => None,
            (Reading::SameClass { part: one, of, by_chance }, Some(judge)) => {
                let (ones, others) = (part(one)?, self.others(part(of)?, by_chance));
                let classes: Vec<f32> = judge.judge(ones)?.classes().map(|class| class as f32).collect();
                match self.domain.zip(others) {
                    Some((domain, others)) => Some(self.shown_class(judge, domain, &others, Ok(ones), &classes)?),
                    None => None,
                }
            }
        };
        self.values.push((measure.key, value));
        Ok(self.values.len() == self.measures.len())
    }

    fn part(&self, measure: &Measure, key: &str) -> Result<&[f32]> {
        let shown = self.galleries.iter().find(|shown| shown.gallery == measure.gallery);
        let found = shown.and_then(|shown| shown.parts.iter().find(|(known, _)| *known == key));
        found.map(|(_, values)| &values[..]).ok_or_else(|| {
            let message = format!("reads “{key}” of “{}”, which the game does not show", measure.gallery);
            Error::Setting { key: measure.key.into(), message }
        })
    }

    /// How many examples of each part the measure's gallery put out.
    fn count(&self, measure: &Measure) -> usize {
        self.galleries.iter().find(|shown| shown.gallery == measure.gallery).map_or(0, |shown| shown.rows)
    }

    /// The share of images of the domain that show their class: as the judge sees it in what they were made of, or by the
    /// nearest of what the domain makes of the `inputs`, whose classes these are too.
    fn shown_class(
        &self,
        judge: &mut Judge,
        domain: Domain,
        images: &[f32],
        inputs: Result<&[f32]>,
        classes: &[f32],
    ) -> Result<f64> {
        match domain.undo(images) {
            Some(digits) => agreement(judge, &digits, classes),
            None => self.nearest(domain, images, inputs?, classes),
        }
    }

    /// Pixel by pixel whether there is ink: in what the domain makes of `one`, and in `other`. Both are brought back first
    /// where there is a way; elsewhere ink is what is bright in the domain. None of data without a second domain.
    fn inks(&self, one: &[f32], other: &[f32], by_chance: bool) -> Option<Vec<[bool; 2]>> {
        let (domain, other) = self.domain.zip(self.others(other, by_chance))?;
        let truth = scaled(&self.truth(domain, one));
        let [truth, other] = [truth, other].map(|images| domain.undo(&images).unwrap_or(images));
        Some(truth.into_iter().zip(other).map(|(one, other)| [one > 0.0, other > 0.0]).collect())
    }

    /// The images themselves or, for what is alike by chance, each in the place of the one before; None if it is alone.
    fn others(&self, images: &[f32], by_chance: bool) -> Option<Vec<f32>> {
        let mut images = images.to_vec();
        let pixels = self.sides[0] * self.sides[1];
        if by_chance && images.len() <= pixels {
            return None;
        }
        images.rotate_left(if by_chance { pixels } else { 0 });
        Some(images)
    }

    /// What the domain makes of images.
    fn truth(&self, domain: Domain, images: &[f32]) -> Vec<u8> {
        let bytes: Vec<u8> = images.iter().map(|&value| picture::byte(value)).collect();
        bytes.chunks_exact(self.sides[0] * self.sides[1]).flat_map(|image| domain.of(image, self.sides, 0)).collect()
    }

    fn one_class(&self, judge: &mut Judge, measure: &Measure, parts: &[&'static str]) -> Result<f64> {
        let mut seen: Vec<Vec<usize>> = Vec::new();
        for key in parts {
            seen.push(judge.judge(self.part(measure, key)?)?.classes().collect());
        }
        let count = seen.first().map_or(0, Vec::len);
        Ok(share((0..count).map(|example| seen.iter().all(|of_part| of_part[example] == seen[0][example]))))
    }

    /// The share of images whose nearest true image of the domain has their class. True are those of all inputs.
    fn nearest(&self, domain: Domain, images: &[f32], inputs: &[f32], classes: &[f32]) -> Result<f64> {
        let truth = self.truth(domain, inputs);
        let mut search = NearestSearch::new(images, self.sides, classes.len())?;
        search.advance(&truth, classes.len())?;
        let found = search.nearest().into_iter().zip(classes);
        Ok(share(found.map(|(nearest, class)| nearest.is_some_and(|nearest| classes[nearest.index] == *class))))
    }

    /// The share of each bin among the lengths of differences between neighbours, in each channel.
    fn gradients(&self, images: &[f32]) -> Vec<f64> {
        let [height, width] = self.sides;
        let mut bins = vec![0.0; BINS];
        let mut count = 0.0;
        for image in images.chunks_exact(height * width) {
            for y in 0..height - 1 {
                for x in 0..width - 1 {
                    let at = y * width + x;
                    let length = (image[at + 1] - image[at]).hypot(image[at + width] - image[at]) / 2.0;
                    // The longest is the square root of two.
                    let bin = (length / std::f32::consts::SQRT_2 * BINS as f32) as usize;
                    bins[bin.min(BINS - 1)] += 1.0;
                    count += 1.0;
                }
            }
        }
        bins.iter_mut().for_each(|bin| *bin /= count);
        bins
    }
}

/// Mean distance pixel by pixel, from 0 to 1.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs()) / 2.0).sum::<f64>() / a.len() as f64
}

/// In decibels, of pixels from 0 to 1; None where nothing differs.
fn psnr(a: &[f32], b: &[f32]) -> Option<f64> {
    let squares = a.iter().zip(b).map(|(a, b)| (f64::from(a - b) / 2.0).powi(2));
    let mean = squares.sum::<f64>() / a.len() as f64;
    (mean > 0.0).then(|| -10.0 * mean.log10())
}

/// Between the features of two sets of images, over that of one missing class; None of too few.
fn frechet(judge: &mut Judge, sets: [&[f32]; 2]) -> Result<Option<f64>> {
    let mut moments = Vec::new();
    for images in sets {
        let mut features = Accumulator::new(FEATURES);
        features.add(&judge.judge(images)?.features)?;
        if features.count() < Effort::FEWEST {
            return Ok(None);
        }
        moments.push(features.moments()?);
    }
    nfd(frechet_distance(&moments[0], &moments[1])?, judge.unit()?).map(Some)
}

/// Of two histograms over 0 to the square root of two.
fn earth_movers(a: &[f64], b: &[f64]) -> f64 {
    let (mut carried, mut moved) = (0.0, 0.0f64);
    for (a, b) in a.iter().zip(b) {
        carried += a - b;
        moved += f64::abs(carried);
    }
    moved * std::f64::consts::SQRT_2 / BINS as f64
}

fn agreement(judge: &mut Judge, images: &[f32], classes: &[f32]) -> Result<f64> {
    let judgement = judge.judge(images)?;
    Ok(share(judgement.classes().zip(classes).map(|(seen, class)| seen == *class as usize)))
}

fn share(each: impl Iterator<Item = bool>) -> f64 {
    let (right, all) = each.fold((0, 0), |(right, all), is_right| (right + usize::from(is_right), all + 1));
    f64::from(right as u32) / f64::from(all.max(1) as u32)
}
