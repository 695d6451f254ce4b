//! Measures of a game's galleries: what they show of held-out rows or of noise, held against what is known of it.

use super::Trainer;
use super::picture;
use crate::data::{Arrangement, Form, domains::Domain};
use crate::error::{Error, Result};
use crate::game::{Measure, Reading};
use crate::metrics::judge::Judge;
use crate::metrics::neighbours::NearestSearch;

/// Measures under way.
pub(super) struct Readings {
    measures: &'static [Measure],
    galleries: Vec<Shown>,
    domain: Option<Domain>,
    sides: [usize; 2],
    /// Of the measures that were taken.
    pub values: Vec<(&'static str, Option<f64>)>,
}

/// What a gallery put out, part by part, page after page.
struct Shown {
    gallery: &'static str,
    parts: Vec<(&'static str, Vec<f32>)>,
}

/// Bins of a histogram of the lengths of gradients, of pixels from 0 to 1.
const BINS: usize = 64;

impl Readings {
    /// Runs the galleries that the game's measures are taken of, for about `rows` held-out rows, each once at most.
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
            for page in 0..(rows.min(available) / count).max(1) {
                let output = trainer.put_out(gallery.key, None, page as u32).await?;
                let mut rest = &output[..];
                for (part, (_, values)) in gallery.parts.iter().zip(&mut parts) {
                    let (own, others) = rest.split_at(count * part.numbers());
                    values.extend_from_slice(own);
                    rest = others;
                }
            }
            shown.push(Shown { gallery: gallery.key, parts });
        }
        let domain = match data.arrangement {
            Arrangement::Unpaired(domain) | Arrangement::Paired(domain) => Some(domain),
            Arrangement::Single => None,
        };
        let sides = match data.form {
            Form::Image { height, width } => [height, width],
            Form::Point { .. } => [1, data.form.numbers()],
        };
        Ok(Readings { measures, galleries: shown, domain, sides, values: Vec::new() })
    }

    /// Rows that are looked at.
    pub fn rows(&self) -> usize {
        let pixels = self.sides[0] * self.sides[1];
        self.galleries.first().and_then(|shown| shown.parts.first()).map_or(0, |(_, values)| values.len() / pixels)
    }

    /// How many measures are taken, of how many.
    pub fn progress(&self) -> [usize; 2] {
        [self.values.len(), self.measures.len()]
    }

    /// Takes one measure; true when all are taken. Without a judge what needs one is left out.
    pub fn advance(&mut self, judge: Option<&mut Judge>) -> Result<bool> {
        let Some(measure) = self.measures.get(self.values.len()) else { return Ok(true) };
        let part = |key: &str| self.part(measure, key);
        let value = match (measure.reading, judge) {
            (Reading::Distance { part: one, of }, _) => Some(distance(part(one)?, part(of)?)),
            (Reading::Sharpness { part: one, of }, _) => {
                Some(earth_movers(&self.gradients(part(one)?), &self.gradients(part(of)?)))
            }
            (Reading::Labels { .. } | Reading::OneClass { .. }, None) => None,
            (Reading::OneClass { parts }, Some(judge)) => Some(self.one_class(judge, measure, parts)?),
            (Reading::Labels { part: one, undo }, Some(judge)) => {
                let (images, classes) = (part(one)?, part("class")?);
                match self.domain.filter(|_| undo) {
                    None => Some(agreement(judge, images, classes)?),
                    Some(domain) => match domain.undo(images) {
                        Some(digits) => Some(agreement(judge, &digits, classes)?),
                        None => Some(self.nearest(domain, images, part("input")?, classes)?),
                    },
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
        let pixels = self.sides[0] * self.sides[1];
        let bytes: Vec<u8> = inputs.iter().map(|&value| picture::byte(value)).collect();
        let truth = bytes.chunks_exact(pixels).flat_map(|image| domain.of(image, self.sides, 0));
        let truth: Vec<u8> = truth.collect();
        let mut search = NearestSearch::new(images, self.sides, classes.len())?;
        search.advance(&truth, classes.len())?;
        let found = search.nearest().into_iter().zip(classes);
        Ok(share(found.map(|(nearest, class)| nearest.is_some_and(|nearest| classes[nearest.index] == *class))))
    }

    /// The share of each bin among the lengths of differences between neighbours.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_of_pixels_from_zero_to_one() {
        assert_eq!(distance(&[-1.0, 1.0], &[1.0, 1.0]), 0.5);
        assert_eq!(earth_movers(&[1.0, 0.0, 0.0], &[1.0, 0.0, 0.0]), 0.0);
        let mut far = vec![0.0; BINS];
        let near = [&[1.0][..], &vec![0.0; BINS - 1]].concat();
        far[BINS - 1] = 1.0;
        let most = std::f64::consts::SQRT_2 * (BINS - 1) as f64 / BINS as f64;
        assert!((earth_movers(&near, &far) - most).abs() < 1e-12, "all the earth over the whole way");
    }
}
