//! How many modes a generator covers, or how much its samples differ: whether it has not got there yet, stands still, or has
//! lost what it had.

use super::watched::{
    Unit::{Number, Share},
    Watched,
};
use super::{Doctor, Finding, SETTLED, Severity, above, below, finding, percent};
use crate::gan::Architecture;
use crate::train::Pulse;

/// Samples that differ less than this from one another, beside real ones.
const COLLAPSED: f64 = 0.4;
/// The share of all samples that one class makes up, where ten should be equal.
const ONE_CLASS: f64 = 0.6;
/// Steps after which an evaluation says nothing of the present any more.
const STALE: u32 = 1_000;
/// The share of a world's modes below which it has collapsed.
const FEW_MODES: f64 = 0.7;
/// The level that was reached is the middle one of so many pulses, so that one lucky page is none.
const LEVEL_OF: usize = 3;
/// Levels of diversity that differ by less are the same. Of modes each counts.
const SAME_DIVERSITY: f64 = 0.03;
/// Points that differ less than this lie in a huddle, beside real ones. Of runs on their way to all modes none did after its
/// first 250 steps, of `collapse-ring8` all (seeds 1 to 5).
const HUDDLED: f64 = 0.5;
/// Steps without a new best after which a low number stands still: that of spread points on their way from mode to mode, of
/// which the longest pause was 375 steps (seeds 1 to 5 of `r3gan-grid25`), and that of images.
const STANDSTILL: [u32; 2] = [1_000, 400];
/// What was reached is lost at this share of itself: around the threshold the number goes up and down, and so it does on its way
/// there, where nothing was reached that could be lost.
const LOST: f64 = 0.75;

/// The levels of variety that were new bests: step and level, rising. Of a whole run these are few.
#[derive(Clone, Debug, Default)]
pub(super) struct Bests(Vec<[f64; 2]>);

impl Bests {
    pub(super) fn rewind(&mut self, step: u32) {
        self.0.retain(|[at, _]| *at <= f64::from(step));
    }

    fn observe(&mut self, step: u32, level: f64, least: f64) {
        if self.0.last().is_none_or(|[_, best]| level >= best + least) {
            self.0.push([f64::from(step), level]);
        }
    }
}

/// Modes that are covered, or else how much samples differ beside real ones.
fn level(pulse: &Pulse) -> Option<f64> {
    pulse.modes.map_or(pulse.diversity, |[covered, _]| Some(covered as f64))
}

/// Below this level there is too little.
fn threshold(pulse: &Pulse) -> f64 {
    pulse.modes.map_or(COLLAPSED, |[_, all]| FEW_MODES * all as f64)
}

/// The number that the rule looks at; None where neither is known.
pub(super) fn variety(doctor: &Doctor) -> Option<Watched> {
    let pulse = doctor.pulses.back()?;
    level(pulse)?;
    let points = doctor.pulsed(level);
    let silent = below(threshold(pulse));
    if let Some([_, all]) = pulse.modes {
        return Some(Watched::new("Modes covered", Number, silent, points).counted(all));
    }
    Some(Watched::new("How much samples differ, beside real examples", Share, silent, points))
}

/// The step and the level of the best that there was.
fn best(doctor: &Doctor) -> Option<[f64; 2]> {
    doctor.bests.0.last().copied()
}

fn in_words(pulse: &Pulse, level: f64) -> String {
    match pulse.modes {
        Some([_, all]) => format!("{level} of {all} modes covered"),
        None => format!("samples differ {} as much as real examples", percent(level)),
    }
}

impl Doctor {
    /// Remembers the variety of the last pulses, where it is the best so far.
    pub(super) fn observe_variety(&mut self) {
        let mut last: Vec<f64> = self.pulses.iter().rev().take(LEVEL_OF).filter_map(level).collect();
        let Some(pulse) = self.pulses.back().filter(|_| last.len() == LEVEL_OF) else { return };
        last.sort_by(f64::total_cmp);
        let least = if pulse.modes.is_some() { 1.0 } else { SAME_DIVERSITY };
        self.bests.observe(pulse.step, last[LEVEL_OF / 2], least);
    }

    /// What too little variety is beside the best so far, where it is no collapse.
    pub(super) fn not_there_yet(&self) -> Option<String> {
        let pulse = self.pulses.back()?;
        let [at, best] = best(self)?;
        let is_low = level(pulse)? < threshold(pulse) && best < threshold(pulse);
        let most = || format!("the most so far: {} at step {at}, so it is not there yet", in_words(pulse, best));
        is_low.then(most)
    }
}

pub(super) fn collapse(doctor: &Doctor, step: u32) -> Option<Finding> {
    if step < SETTLED || doctor.settings.recipe.architecture == Architecture::Dirac {
        return None;
    }
    let recent = |at: f64| at >= f64::from(SETTLED) && at + f64::from(STALE) > f64::from(step);
    let largest = doctor.classes.back().filter(|[at, _]| recent(*at)).map(|[_, share]| *share);
    let classes = || {
        let name = "Share of the most frequent class";
        Watched::new(name, Share, above(ONE_CLASS), doctor.classes.iter().copied().collect())
    };
    let Some(evidence) = too_little(doctor, step) else {
        let largest = largest.filter(|&share| share > ONE_CLASS)?;
        let evidence = format!("one class makes up {} of the samples", percent(largest));
        return Some(finding("mode_collapse", Severity::Alarm, evidence, vec![classes()], doctor.calm()));
    };
    let mut watched: Vec<Watched> = variety(doctor).into_iter().collect();
    let mut evidence = evidence;
    if let Some(largest) = largest {
        evidence += &format!("; the most frequent class makes up {}", percent(largest));
        watched.push(classes());
    }
    Some(finding("mode_collapse", Severity::Alarm, evidence, watched, doctor.calm()))
}

/// For long too little, and either there was more or nothing is gained any more.
fn too_little(doctor: &Doctor, step: u32) -> Option<String> {
    let pulse = doctor.pulses.back()?;
    let [at, best] = best(doctor)?;
    let threshold = threshold(pulse);
    let now = in_words(pulse, level(pulse)?);
    let below = |pulse: &Pulse, limit: f64| level(pulse).is_some_and(|level| level < limit);
    let lost = |pulse: &Pulse, _| f64::from(pulse.step) > at && below(pulse, threshold.min(LOST * best));
    if best >= threshold && doctor.lasting(&lost, &lost).is_some() {
        return Some(format!("only {now}, after {} at step {at}", in_words(pulse, best)));
    }
    let few = |pulse: &Pulse, _| below(pulse, threshold);
    doctor.lasting(&few, &few).filter(|_| best < threshold)?;
    let huddled = |pulse: &Pulse, _| pulse.modes.is_some() && pulse.diversity.is_some_and(|share| share < HUDDLED);
    if let (Some(_), Some(diversity)) = (doctor.lasting(&huddled, &huddled), pulse.diversity) {
        return Some(format!("only {now}, and samples differ only {} as much as real examples", percent(diversity)));
    }
    let still = step.saturating_sub(at as u32);
    let [of_points, of_images] = STANDSTILL;
    let long = if pulse.modes.is_some() { of_points } else { of_images };
    (still >= long).then(|| format!("only {now}, and no more for {still} steps"))
}
