//! How good a run's samples are, measured a little at a time from a copy of its generator, so that training goes on.

mod report;

pub use report::{Effort, Report};

use super::pulse::covered;
use super::readings::Readings;
use super::reference::{Reference, batch_diversity};
use super::{Settings, Trainer};
use crate::backend::Clocks;
use crate::backend::cpu::CpuBackend;
use crate::data::{DataShape, Form};
use crate::error::{Error, Result};
use crate::gan::Labels;
use crate::metrics::classes::{self, Histogram};
use crate::metrics::frechet::{Accumulator, frechet_distance, nfd};
use crate::metrics::judge::{BATCH, CLASSES, FEATURES, Judge, Judgement, PIXELS, SIDE};
use crate::metrics::manifold::{Measurement, NEAREST_K};
use crate::metrics::neighbours::{Memorisation, NearestSearch};
use crate::metrics::{diversity, spectrum::Spectrum};
use std::ops::Range;

enum Stage {
    /// A game's own measures.
    Reading(Box<Readings>),
    Reference,
    Sampling,
    Judging,
    Comparing(Box<Measurement>),
    Searching(Box<NearestSearch>),
    Done,
}

/// An evaluation under way.
pub struct Evaluation {
    /// Where samples come from; None for games that translate.
    sampler: Option<CpuBackend>,
    /// Of a game with samples: its own measures, which are taken last.
    readings: Option<Box<Readings>>,
    effort: Effort,
    data: DataShape,
    settings: Settings,
    stage: Stage,
    page: u32,
    samples: Vec<f32>,
    /// Examples of a page.
    page_samples: usize,
    /// Where a page says of which class each was ordered, and what pages have said.
    classes: Option<Range<usize>>,
    ordered: Vec<u8>,
    judgement: Judgement,
    features: Accumulator,
    report: Report,
    precision: Option<[f64; 4]>,
    memorised: Option<Memorisation>,
}

/// The share of the work when all but a game's own measures is done.
const SAMPLED: f64 = 0.99;
/// The gallery that samples are.
const SAMPLES: &str = "samples";
/// Samples whose spectrum is taken.
const SPECTRUM: usize = 256;
/// Samples among which near duplicates are looked for, and how near: real digits have none at 1.0 in a thousand.
const BIRTHDAY: usize = 1_000;
const DUPLICATE: f64 = 1.0;
/// Samples of a world of points.
const POINTS: usize = 2_500;

impl Evaluation {
    /// Copies the generator as it is now, and takes the pulse. Sliders stand where they do at first, wherever the visitor has
    /// moved them.
    ///
    /// # Errors
    /// [`Error::Setting`] for fewer samples than the metrics need.
    pub async fn begin(trainer: &mut Trainer, reference: &Reference, effort: Effort) -> Result<Evaluation> {
        Evaluation::begin_at(trainer, reference, effort, &[]).await
    }

    /// The same with some sliders at these values.
    ///
    /// # Errors
    /// Also [`Error::Setting`] for a slider that the run does not have, and for a number outside its range.
    pub async fn begin_at(
        trainer: &mut Trainer,
        reference: &Reference,
        effort: Effort,
        inputs: &[(&str, f32)],
    ) -> Result<Evaluation> {
        let digits = reference.world().is_none();
        if digits && (effort.samples < Effort::FEWEST || effort.compared.min(effort.samples) <= NEAREST_K) {
            let message = format!(
                "takes at least {} samples, of which more than {NEAREST_K} are compared; asked for were {} and {}",
                Effort::FEWEST,
                effort.samples,
                effort.compared
            );
            return Err(Error::Setting { key: "samples".into(), message });
        }
        let (settings, data) = (trainer.settings().clone(), trainer.data());
        let pulse = trainer.pulse(reference.world()).await?;
        // Other noise than that of the grid, and the same at every step.
        let seed = settings.seed.wrapping_add(1);
        let before = trainer.default_inputs(inputs).await?;
        let measured = cfg!(feature = "games") && !settings.preset.algorithm.measures().is_empty();
        let readings = match measured {
            true => Some(Readings::begin(trainer, effort.translated).await),
            false => None,
        };
        trainer.restore_inputs(before)?;
        let mut readings = readings.transpose()?.map(Box::new);
        let mut stage = Stage::Reference;
        let (mut sampler, mut page_samples, mut classes) = (None, 0, None);
        let compared = !matches!(reference, Reference::Galleries(_));
        if let Some(gallery) = trainer.play().gallery(SAMPLES).filter(|_| compared) {
            (page_samples, classes) = (gallery.layout.count(), gallery.classes());
            let mut backend = CpuBackend::new(trainer.sampler()?, Vec::new(), seed)?;
            trainer.copy_networks(&mut backend).await?;
            trainer.default_inputs_in(&mut backend, inputs)?;
            // What fades in stands where it does in the run.
            let Clocks { discriminator, generator, .. } = trainer.backend().clocks();
            backend.set_clocks(Clocks { discriminator, generator, ..backend.clocks() });
            sampler = Some(backend);
        } else if let Some(readings) = readings.take() {
            stage = Stage::Reading(readings);
        }
        let report = Report { step: trainer.step(), images: trainer.images(), pulse, ..Report::default() };
        Ok(Evaluation {
            sampler,
            readings,
            effort: Effort { samples: if digits { effort.samples } else { POINTS }, ..effort },
            data,
            settings,
            stage,
            page: 0,
            samples: Vec::new(),
            page_samples,
            classes,
            ordered: Vec::new(),
            judgement: Judgement::default(),
            features: Accumulator::new(FEATURES),
            report,
            precision: None,
            memorised: None,
        })
    }

    /// How much of the work is done, from 0 to 1.
    pub fn share(&self) -> f64 {
        let samples = self.effort.samples as f64;
        match &self.stage {
            Stage::Reading(readings) => {
                let [done, all] = readings.progress();
                let before = if self.sampler.is_some() { SAMPLED } else { 0.0 };
                before + (1.0 - before) * done as f64 / all.max(1) as f64
            }
            Stage::Reference => 0.0,
            Stage::Sampling => 0.3 * (self.samples.len() / self.data.form.numbers()) as f64 / samples,
            Stage::Judging => 0.3 + 0.3 * (self.judgement.features.len() / FEATURES) as f64 / samples,
            Stage::Comparing(measurement) => 0.6 + 0.2 * measurement.progress(),
            Stage::Searching(search) => 0.8 + (SAMPLED - 0.8) * search.progress(),
            Stage::Done => {
                if self.readings.is_some() {
                    SAMPLED
                } else {
                    1.0
                }
            }
        }
    }

    /// Does a piece of some ten milliseconds; the report when all is done. Without a judge what needs one is left out.
    pub fn advance(&mut self, reference: &mut Reference, judge: Option<&mut Judge>) -> Result<Option<Report>> {
        match &mut self.stage {
            Stage::Reading(readings) => {
                if readings.advance(judge, reference.set_judge())? {
                    if self.sampler.is_none() {
                        self.report.samples = readings.rows();
                    }
                    self.report.values.append(&mut readings.values);
                    self.report.lacks_judge = readings.lacks_judge;
                    return Ok(Some(std::mem::take(&mut self.report)));
                }
            }
            Stage::Reference => {
                let ready = match reference {
                    Reference::Digits(digits) => digits.advance(judge)?,
                    Reference::World(_) | Reference::Galleries(_) => true,
                };
                if ready {
                    self.stage = Stage::Sampling;
                }
            }
            Stage::Sampling => self.sample()?,
            Stage::Judging => match judge {
                Some(judge) if self.judgement.features.len() < self.effort.samples * FEATURES => {
                    let done = self.judgement.features.len() / FEATURES;
                    let end = (done + BATCH).min(self.effort.samples);
                    let Judgement { features, probabilities } =
                        judge.judge(&self.samples[done * PIXELS..end * PIXELS])?;
                    self.features.add(&features)?;
                    self.judgement.features.extend(features);
                    self.judgement.probabilities.extend(probabilities);
                }
                _ => self.stage = self.after_judging(reference)?,
            },
            Stage::Comparing(measurement) => {
                if measurement.advance(100) {
                    let found = measurement.finish();
                    self.precision = found.map(|found| [found.precision, found.recall, found.density, found.coverage]);
                    self.stage = self.search(reference)?;
                }
            }
            Stage::Searching(search) => {
                let Reference::Digits(digits) = reference else { return Ok(None) };
                if search.advance(&digits.train, 500)? {
                    let distances: Vec<f64> = search.nearest().into_iter().flatten().map(|n| n.distance).collect();
                    self.memorised = (!distances.is_empty()).then(|| Memorisation::of(&distances)).transpose()?;
                    self.stage = Stage::Done;
                }
            }
            Stage::Done => {
                self.finish(reference)?;
                match self.readings.take() {
                    Some(readings) => self.stage = Stage::Reading(readings),
                    None => return Ok(Some(std::mem::take(&mut self.report))),
                }
            }
        }
        Ok(None)
    }

    /// To the end, without a pause.
    pub fn complete(&mut self, reference: &mut Reference, mut judge: Option<&mut Judge>) -> Result<Report> {
        loop {
            if let Some(report) = self.advance(reference, judge.as_deref_mut())? {
                return Ok(report);
            }
        }
    }

    fn sample(&mut self) -> Result<()> {
        let Some(sampler) = &mut self.sampler else { return Ok(()) };
        let clocks = Clocks { sample_page: self.page, ..sampler.clocks() };
        sampler.set_clocks(clocks);
        sampler.run(0)?;
        let output = sampler.output(0);
        self.samples.extend(&output[..self.page_samples * self.data.form.numbers()]);
        if let Some(classes) = &self.classes {
            self.ordered.extend(output[classes.clone()].iter().map(|&class| class as u8));
        }
        self.page += 1;
        let wanted = self.effort.samples * self.data.form.numbers();
        if self.samples.len() >= wanted {
            self.samples.truncate(wanted);
            self.ordered.truncate(self.effort.samples);
            self.report.samples = self.effort.samples;
            let image = matches!(self.data.form, Form::Image { .. });
            self.stage = if image { Stage::Judging } else { Stage::Done };
        }
        Ok(())
    }

    /// Features are compared with real ones, where there are any.
    fn after_judging(&self, reference: &Reference) -> Result<Stage> {
        let Reference::Digits(digits) = reference else { return Ok(Stage::Done) };
        if self.judgement.features.is_empty() {
            return self.search(reference);
        }
        let of = |features: &[f32]| features.len().min(self.effort.compared * FEATURES);
        let (real, fake) = (&digits.features[..], &self.judgement.features[..]);
        let measurement = Measurement::new(&real[..of(real)], &fake[..of(fake)], FEATURES, NEAREST_K)?;
        Ok(Stage::Comparing(Box::new(measurement)))
    }

    fn search(&self, reference: &Reference) -> Result<Stage> {
        let Reference::Digits(digits) = reference else { return Ok(Stage::Done) };
        let count = digits.train.len() / PIXELS;
        let samples = &self.samples[..self.samples.len().min(self.effort.searched * PIXELS)];
        if samples.is_empty() || count == 0 {
            return Ok(Stage::Done);
        }
        Ok(Stage::Searching(Box::new(NearestSearch::new(samples, [SIDE, SIDE], count)?)))
    }

    fn finish(&mut self, reference: &Reference) -> Result<()> {
        match reference {
            Reference::Digits(digits) => self.finish_digits(digits),
            Reference::Galleries(_) => Ok(()),
            Reference::World(world) => {
                if self.data.form.numbers() == 2 {
                    let found = covered(&self.samples, world)?;
                    self.report.values = vec![
                        ("modes", Some(found.covered as f64)),
                        ("mode_count", Some(world.modes as f64)),
                        ("high_quality", Some(found.high_quality)),
                        ("divergence", found.divergence),
                    ];
                }
                let mean = self.report.pulse.mean_sample.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
                self.report.values.push(("mean_radius", Some(mean.sqrt())));
                Ok(())
            }
        }
    }

    fn finish_digits(&mut self, digits: &super::reference::Digits) -> Result<()> {
        let probabilities = &self.judgement.probabilities;
        let judged = !probabilities.is_empty();
        let histogram = if judged { Some(Histogram::of_probabilities(probabilities, CLASSES)?) } else { None };
        let shares = histogram.as_ref().and_then(|histogram| histogram.shares().ok());
        let frechet = match &digits.moments {
            Some(moments) if judged => Some(frechet_distance(&self.features.moments()?, moments)?),
            _ => None,
        };
        let normalised = match (frechet, digits.unit) {
            (Some(distance), Some(unit)) => Some(nfd(distance, unit)?),
            _ => None,
        };
        let ordered = self.ordered();
        let conditional = match ordered.len() {
            0 => None,
            _ if !judged || self.data.labels() != CLASSES => None,
            _ => Some(classes::conditional_accuracy(probabilities, &ordered, CLASSES)?),
        };
        // Of the class that was ordered, or else that the judge sees.
        let named: Vec<u8> = match conditional {
            Some(_) => ordered,
            None => self.judgement.classes().map(|class| class as u8).collect(),
        };
        let few = 1_000.min(named.len());
        let within = match few {
            0 => None,
            _ => {
                diversity::mean_distance_within_classes(&self.samples[..few * PIXELS], PIXELS, &named[..few], CLASSES)?
            }
        };
        let birthday = diversity::birthday(
            &self.samples[..self.samples.len().min(BIRTHDAY * PIXELS)],
            [SIDE, SIDE],
            DUPLICATE,
            0,
        )?;
        let mut spectrum = Spectrum::new([SIDE, SIDE])?;
        spectrum.add(&self.samples[..self.samples.len().min(SPECTRUM * PIXELS)])?;
        let energy = spectrum.checkerboard_energy()?;
        let total_variation = match (&histogram, &digits.histogram) {
            (Some(own), Some(real)) if shares.is_some() => Some(own.total_variation(real)?),
            _ => None,
        };
        let [precision, recall, density, coverage] = self.precision.map_or([None; 4], |values| values.map(Some));
        self.report.values = vec![
            ("nfd", normalised),
            ("frechet", frechet),
            ("classifier_score", if judged { Some(classes::classifier_score(probabilities, CLASSES)?) } else { None }),
            ("confidence", if judged { Some(classes::mean_confidence(probabilities, CLASSES)?) } else { None }),
            ("precision", precision),
            ("recall", recall),
            ("density", density),
            ("coverage", coverage),
            ("entropy", histogram.as_ref().and_then(|histogram| histogram.entropy().ok())),
            ("smallest_share", histogram.as_ref().and_then(|histogram| histogram.smallest_share().ok())),
            ("total_variation", total_variation),
            ("conditional_accuracy", conditional),
            ("diversity", Some(batch_diversity(&self.samples)?)),
            ("real_diversity", digits.diversity),
            ("within_class_diversity", within),
            ("nearest_median", self.memorised.map(|found| found.median)),
            ("nearest_fifth_percentile", self.memorised.map(|found| found.fifth_percentile)),
            ("nearest_minimum", self.memorised.map(|found| found.minimum)),
            ("nearest_real", digits.nearest.map(|found| found.median)),
            ("birthday_pairs", Some(birthday.duplicates as f64)),
            ("birthday_samples", Some(birthday.samples as f64)),
            ("checkerboard", digits.checkerboard.map(|real| energy / real)),
        ];
        self.report.class_shares = shares.unwrap_or_default();
        Ok(())
    }

    /// The label that each sample was ordered of where labels are told: pages of pairs have a column for each.
    fn ordered(&self) -> Vec<u8> {
        match self.settings.recipe.labels {
            Labels::None => self.ordered.clone(),
            _ => (0..self.effort.samples).map(|index| (index % CLASSES) as u8).collect(),
        }
    }
}
