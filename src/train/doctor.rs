//! The doctor: names what is happening in a run, with the evidence and the remedy. Every rule looks at measured numbers
//! only, and says which.

mod cures;
mod memory;
mod rules;
mod variety;
mod watched;

pub use watched::Watched;

use super::pulse::Pulse;
use super::{Report, Row, Settings};
use crate::nn::AdversarialLoss;
use rules::RULES;
use std::collections::VecDeque;
use variety::Bests;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Healthy,
    /// Worth an eye.
    Watch,
    Alarm,
}

/// What the doctor found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// One of [`FINDINGS`].
    pub key: &'static str,
    pub name: &'static str,
    pub severity: Severity,
    /// The measured numbers that say so.
    pub evidence: String,
    /// The same as pictures: what the rule watched, and where it finds something. Empty where nothing is watched yet.
    pub watched: Vec<Watched>,
    /// What helps.
    pub remedy: &'static str,
    /// The same as settings, for a button: only those that are not in force already, so it may be empty.
    pub change: Vec<(&'static str, String)>,
    /// Steps that this cure usually takes, where that was measured.
    pub takes: Option<u32>,
}

/// All findings: key, name, and what helps.
pub const FINDINGS: [(&str, &str, &str); 12] = [
    ("early", "Too early to tell", "Wait a little: the first steps say nothing."),
    ("healthy", "Healthy", "Nothing to fix."),
    ("watching", "Watching", "Wait a little: it becomes an alarm only if it stays so, or if what was reached is lost."),
    ("standstill", "A learning rate of 0", "Give the network a learning rate: with 0 its weights never change."),
    (
        "discriminator_too_strong",
        "The discriminator is too strong",
        "Let the discriminator learn more slowly or less often, or penalise its gradient (R1).",
    ),
    (
        "vanishing_gradient",
        "The generator\u{2019}s gradient vanishes",
        "Use the non-saturating loss: it keeps a gradient where the discriminator is sure.",
    ),
    (
        "mode_collapse",
        "Mode collapse",
        "Penalise the discriminator\u{2019}s gradient (R1) and let both learn equally fast, once a step.",
    ),
    (
        "oscillation",
        "Going round in circles",
        "Penalise the discriminator\u{2019}s gradient (R1): it takes the swing out of the game.",
    ),
    (
        "exploding",
        "Exploding",
        "Clip the critic\u{2019}s weights to 0.01, or use the gradient penalty, and learn more slowly.",
    ),
    ("dead_critic", "A dead critic", "Widen the clip to 0.01, or use the gradient penalty in its place."),
    (
        "memorising",
        "The discriminator memorises",
        "Use more training images. With few, R1 keeps the discriminator from knowing each of them.",
    ),
    (
        "checkerboard",
        "Checkerboard",
        "Use a kernel that the stride divides (transposed, kernel 4), or repeat pixels before a convolution.",
    ),
];

/// Steps between two pulses.
pub const PULSE_EVERY: u32 = 25;
/// Steps before anything is said.
pub const EARLY: u32 = 100;
/// Rows and pulses that are kept.
const ROWS: usize = 256;
const PULSES: usize = 24;
/// Rows that a mean is taken over.
const WINDOW: usize = 100;
/// Pulses in a row that a rule must hold for, so that a single odd page is no illness; and as many must be good until it is
/// over, so that a single good one is no cure.
const FOR_LONG: usize = 4;
/// Steps after which samples should differ and modes be found.
const SETTLED: u32 = 500;

/// Where a rule is silent that finds something below the threshold, or above it.
const fn below(threshold: f64) -> [f64; 2] {
    [threshold, f64::INFINITY]
}

const fn above(threshold: f64) -> [f64; 2] {
    [f64::NEG_INFINITY, threshold]
}

/// Watches one run.
#[derive(Clone, Debug)]
pub struct Doctor {
    settings: Settings,
    rows: VecDeque<Row>,
    pulses: VecDeque<Pulse>,
    /// D's mean outputs on real examples and on fakes, over the last rows before each pulse.
    verdicts: VecDeque<[f64; 2]>,
    bests: Bests,
    /// The step of each evaluation, and the share of the most frequent class.
    classes: VecDeque<[f64; 2]>,
    broken: bool,
}

impl Doctor {
    /// For a run with these settings.
    pub fn new(settings: &Settings) -> Doctor {
        Doctor {
            settings: settings.clone(),
            rows: VecDeque::new(),
            pulses: VecDeque::new(),
            verdicts: VecDeque::new(),
            bests: Bests::default(),
            classes: VecDeque::new(),
            broken: false,
        }
    }

    /// The run went back to that step, or its settings changed: what came later is undone.
    pub fn rewind(&mut self, settings: &Settings, step: u32) {
        self.settings = settings.clone();
        self.rows.retain(|row| row[0] <= f64::from(step));
        self.pulses.retain(|pulse| pulse.step <= step);
        self.verdicts.truncate(self.pulses.len());
        self.bests.rewind(step);
        self.classes.retain(|[at, _]| *at <= f64::from(step));
        self.broken = false;
    }

    /// Whether it is time for a pulse: pulses shall tell of different states.
    pub fn is_due(&self, step: u32) -> bool {
        step >= self.pulses.back().map_or(0, |last| last.step) + PULSE_EVERY
    }

    /// Rows of measurements; `broken` where an update had a gradient that was no finite number.
    pub fn observe_rows(&mut self, rows: &[Row], broken: bool) {
        let infinite = |row: &Row| row[1..].iter().any(|value| value.is_infinite());
        self.broken |= broken || rows.iter().any(infinite);
        self.rows.extend(rows.iter().cloned());
        let surplus = self.rows.len().saturating_sub(ROWS);
        self.rows.drain(..surplus);
    }

    pub fn observe_pulse(&mut self, pulse: Pulse) {
        self.pulses.push_back(pulse);
        self.verdicts.push_back([3, 4].map(|column| self.mean(column, WINDOW)));
        let surplus = self.pulses.len().saturating_sub(PULSES);
        self.pulses.drain(..surplus);
        self.verdicts.drain(..surplus);
        self.observe_variety();
    }

    pub fn observe_report(&mut self, report: &Report) {
        let largest = report.class_shares.iter().copied().reduce(f64::max);
        self.classes.extend(largest.map(|share| [f64::from(report.step), share]));
        let surplus = self.classes.len().saturating_sub(PULSES);
        self.classes.drain(..surplus);
    }

    /// What is happening, the worst first; never empty.
    pub fn findings(&self) -> Vec<Finding> {
        let step = self.rows.back().map_or(0, |row| row[0] as u32);
        let rules = if self.settings.preset.is_pair() { &RULES[..] } else { &rules::RULES_OF_ALL[..] };
        let mut all: Vec<Finding> = rules.iter().filter_map(|rule| rule(self, step)).collect();
        if all.iter().any(|finding| finding.key == "standstill") {
            all.retain(|finding| finding.key == "standstill" || finding.key == "exploding");
        }
        let looks_like_few = |finding: &Finding| memory::LOOKS_LIKE_FEW.contains(&finding.key);
        if all.iter().any(looks_like_few)
            && let Some(few) = memory::few_images(self, step)
        {
            all.retain(|finding| !looks_like_few(finding));
            if all.iter().all(|finding| finding.key != few.key) {
                all.push(few);
            }
        }
        let order = crate::order::by(all.len(), |a, b| all[b].severity.cmp(&all[a].severity));
        let mut found: Vec<Finding> = order.into_iter().map(|index| all[index].clone()).collect();
        if found.is_empty() {
            found.push(if step < EARLY { self.early(step) } else { self.nothing_wrong() });
        }
        found.iter_mut().for_each(|finding| self.without_what_is_in_force(finding));
        found
    }

    /// Healthy, unless a number that is drawn is beyond its threshold.
    fn nothing_wrong(&self) -> Finding {
        let healthy = self.healthy();
        let mut beyond: Vec<String> = healthy.watched.iter().filter_map(Watched::beyond).collect();
        if beyond.is_empty() {
            return healthy;
        }
        beyond.extend(self.not_there_yet());
        finding("watching", Severity::Watch, beyond.join("; "), healthy.watched, Vec::new())
    }

    fn early(&self, step: u32) -> Finding {
        let evidence = format!("{step} of the first {EARLY} steps");
        finding("early", Severity::Healthy, evidence, Vec::new(), Vec::new())
    }

    fn healthy(&self) -> Finding {
        if !self.settings.preset.is_pair() {
            let name = self.settings.preset.algorithm.name;
            let evidence = format!(
                "all numbers are finite; the doctor\u{2019}s other rules are for a generator and a discriminator that play \
                 alone, and {name} is another game"
            );
            return finding("healthy", Severity::Healthy, evidence, Vec::new(), Vec::new());
        }
        let [real, fake] = [3, 4].map(|column| self.mean(column, WINDOW));
        let mut evidence = match self.is_score() {
            true => format!("the scores of real examples and of fakes differ by {:.3}", real - fake),
            false => format!("D rates real examples {} real, fakes {}", percent(real), percent(fake)),
        };
        if let Some(pulse) = self.pulses.back() {
            if let Some(diversity) = pulse.diversity {
                evidence += &format!("; samples differ {} as much as real ones", percent(diversity));
            }
            if let Some([covered, all]) = pulse.modes {
                evidence += &format!("; {covered} of {all} modes covered");
            }
        }
        finding("healthy", Severity::Healthy, evidence, rules::watched_when_healthy(self), Vec::new())
    }

    /// Whether D's output is no probability that one could be sure of.
    fn is_score(&self) -> bool {
        self.settings.recipe.loss.is_score()
    }

    fn is_critic(&self) -> bool {
        self.settings.recipe.loss == AdversarialLoss::Wasserstein
    }

    /// Mean of a column over the last rows, without what was not measured; NaN if nothing was.
    fn mean(&self, column: usize, count: usize) -> f64 {
        let values = self.rows.iter().rev().take(count).map(|row| row[column]).filter(|value| value.is_finite());
        let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
        sum / f64::from(count)
    }

    /// The last pulse that has a rule's cause, where the rule `holds` for some in a row, and since then the cause has not been
    /// gone for as many: it `stays`. Each pulse comes with the verdicts before it.
    fn lasting(&self, holds: Looks, stays: Looks) -> Option<&Pulse> {
        let (mut stands, mut last) = (false, None);
        let [mut held, mut gone] = [0, 0];
        for (pulse, &verdict) in self.pulses.iter().zip(&self.verdicts) {
            held = if holds(pulse, verdict) { held + 1 } else { 0 };
            gone = if stays(pulse, verdict) { 0 } else { gone + 1 };
            if gone == 0 {
                last = Some(pulse);
            }
            stands = held >= FOR_LONG || (stands && gone < FOR_LONG);
        }
        last.filter(|_| stands)
    }
}

/// What a rule asks of a pulse, and of D's mean outputs on real examples and on fakes before it.
type Looks<'a> = &'a dyn Fn(&Pulse, [f64; 2]) -> bool;

fn finding(
    key: &'static str,
    severity: Severity,
    evidence: String,
    watched: Vec<Watched>,
    change: Vec<(&'static str, String)>,
) -> Finding {
    let &(key, name, remedy) = FINDINGS.iter().find(|(known, ..)| *known == key).expect("the table has every key");
    Finding { key, name, severity, evidence, watched, remedy, change, takes: cures::takes(key) }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
