//! The doctor: names what is happening in a run, with the evidence and the remedy. Every rule looks at measured numbers
//! only, and says which.

use super::pulse::Pulse;
use super::{Report, Row, Settings};
use crate::gan::{Architecture, Penalty};
use crate::nn::AdversarialLoss;
use std::collections::VecDeque;

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
    /// What helps.
    pub remedy: &'static str,
    /// The same as settings, for a button; may be empty.
    pub change: Vec<(&'static str, String)>,
}

/// All findings: key, name, and what helps.
pub const FINDINGS: [(&str, &str, &str); 10] = [
    ("early", "Too early to tell", "Wait a little: the first steps say nothing."),
    ("healthy", "Healthy", "Nothing to mend."),
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
        "The discriminator learns by heart",
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
/// Pulses in a row that a rule must hold for, so that a single odd page is no illness.
const FOR_LONG: usize = 4;

/// D's mean outputs beyond which it is all but sure (ganhacks, item 10, has a loss near 0 for that).
const SURE: [f64; 2] = [0.95, 0.05];
/// The generator's gradient below which it hardly moves.
const VANISHED: f64 = 0.5;
/// Samples that differ less than this from one another, beside real ones.
const COLLAPSED: f64 = 0.4;
/// The share of all samples that one class makes up, where ten should be equal.
const ONE_CLASS: f64 = 0.6;
/// Steps after which an evaluation says nothing of the present any more.
const STALE: u32 = 1_000;
/// The share of a world's modes below which it has collapsed.
const FEW_MODES: f64 = 0.7;
/// Steps after which samples should differ and modes be found.
const SETTLED: u32 = 500;
/// A critic's scores further apart than this, or a gradient longer than that, explode.
const FAR_SCORES: f64 = 50.0;
const LONG_GRADIENT: f64 = 500.0;
/// A critic whose scores differ by less than this says nothing.
const NEAR_SCORES: f64 = 1e-3;
/// D takes its training examples for more real than others by so much, on average over eight pulses.
const BY_HEART: f64 = 0.15;
/// Checkerboard energy beside that of real images.
const CHECKERED: f64 = 2.2;
/// A pattern that layers make is in every page alike. While a generator has not settled its finest pattern comes and goes:
/// so many pulses must agree, none more than so many times another.
const STEADY_PULSES: usize = 12;
const STEADY: f64 = 1.5;
/// The share of all power that the strongest frequency of D's verdict has when it swings.
const SWING: f64 = 0.4;
/// The smallest swing of D's verdict that is one (standard deviation).
const LEAST_SWING: f64 = 0.01;

/// Watches one run.
#[derive(Clone, Debug)]
pub struct Doctor {
    settings: Settings,
    rows: VecDeque<Row>,
    pulses: VecDeque<Pulse>,
    report: Option<Report>,
    broken: bool,
}

impl Doctor {
    /// For a run with these settings.
    pub fn new(settings: &Settings) -> Doctor {
        Doctor {
            settings: settings.clone(),
            rows: VecDeque::new(),
            pulses: VecDeque::new(),
            report: None,
            broken: false,
        }
    }

    /// The run went back to that step, or its settings changed: what came later is undone.
    pub fn rewind(&mut self, settings: &Settings, step: u32) {
        self.settings = settings.clone();
        self.rows.retain(|row| row[0] <= f64::from(step));
        self.pulses.retain(|pulse| pulse.step <= step);
        self.report = self.report.take().filter(|report| report.step <= step);
        self.broken = false;
    }

    /// Whether it is time for a pulse: pulses shall tell of different states.
    pub fn is_due(&self, step: u32) -> bool {
        step >= self.pulses.back().map_or(0, |last| last.step) + PULSE_EVERY
    }

    /// Rows of measurements; `broken` where an update had a gradient that was no finite number.
    pub fn observe_rows(&mut self, rows: &[Row], broken: bool) {
        let infinite = |row: &Row| row[1..5].iter().any(|value| value.is_infinite());
        self.broken |= broken || rows.iter().any(infinite);
        self.rows.extend(rows);
        let surplus = self.rows.len().saturating_sub(ROWS);
        self.rows.drain(..surplus);
    }

    pub fn observe_pulse(&mut self, pulse: Pulse) {
        self.pulses.push_back(pulse);
        let surplus = self.pulses.len().saturating_sub(PULSES);
        self.pulses.drain(..surplus);
    }

    pub fn observe_report(&mut self, report: Report) {
        self.report = Some(report);
    }

    /// What is happening, the worst first; never empty.
    pub fn findings(&self) -> Vec<Finding> {
        let step = self.rows.back().map_or(0, |row| row[0] as u32);
        let rules = [exploding, dead_critic, vanishing, too_strong, collapse, oscillation, memorising, checkerboard];
        let mut found: Vec<Finding> = rules.iter().filter_map(|rule| rule(self, step)).collect();
        found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        if found.is_empty() {
            found.push(if step < EARLY { self.early(step) } else { self.healthy() });
        }
        found
    }

    fn early(&self, step: u32) -> Finding {
        finding("early", Severity::Healthy, format!("{step} of the first {EARLY} steps"), Vec::new())
    }

    fn healthy(&self) -> Finding {
        let [real, fake] = [3, 4].map(|column| self.mean(column, WINDOW));
        let mut evidence = match self.is_critic() {
            true => format!("the critic\u{2019}s scores differ by {:.3}", real - fake),
            false => format!("D takes real examples for {} real, fakes for {}", percent(real), percent(fake)),
        };
        if let Some(pulse) = self.pulses.back() {
            if let Some(diversity) = pulse.diversity {
                evidence += &format!("; samples differ {} as much as real ones", percent(diversity));
            }
            if let Some([covered, all]) = pulse.modes {
                evidence += &format!("; {covered} of {all} modes are reached");
            }
        }
        finding("healthy", Severity::Healthy, evidence, Vec::new())
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

    /// The last pulses, if there are enough and the rule holds for all of them.
    fn for_long(&self, holds: impl Fn(&Pulse) -> bool) -> Option<&Pulse> {
        let long = self.pulses.len() >= FOR_LONG && self.pulses.iter().rev().take(FOR_LONG).all(holds);
        long.then(|| self.pulses.back()).flatten()
    }

    /// Settings that bring R1 and an even game.
    fn calm(&self) -> Vec<(&'static str, String)> {
        let mut change = vec![("penalty", "r1".to_string())];
        let weight = if self.settings.recipe.architecture == Architecture::Dcgan { "10" } else { "1" };
        change.push(("penalty_weight", weight.into()));
        if self.settings.recipe.discriminator_norm == crate::gan::Norm::Batch {
            change.push(("discriminator_norm", "none".into()));
        }
        if self.settings.recipe.n_critic > 1 {
            change.push(("n_critic", "1".into()));
        }
        let [g, d] = [self.settings.generator_learning_rate, self.settings.discriminator_learning_rate];
        if d > g {
            change.push(("generator_learning_rate", d.min(1e-3).to_string()));
            change.push(("discriminator_learning_rate", d.min(1e-3).to_string()));
        }
        change
    }
}

fn finding(key: &'static str, severity: Severity, evidence: String, change: Vec<(&'static str, String)>) -> Finding {
    let &(key, name, remedy) = FINDINGS.iter().find(|(known, ..)| *known == key).expect("the table has every key");
    Finding { key, name, severity, evidence, remedy, change }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn exploding(doctor: &Doctor, step: u32) -> Option<Finding> {
    let change = vec![
        ("weight_clip", if doctor.is_critic() { "0.01" } else { "0" }.to_string()),
        ("generator_learning_rate", (doctor.settings.generator_learning_rate / 5.0).to_string()),
        ("discriminator_learning_rate", (doctor.settings.discriminator_learning_rate / 5.0).to_string()),
    ];
    if doctor.broken {
        let evidence = format!("by step {step} a loss or a gradient is no finite number any more");
        return Some(finding("exploding", Severity::Alarm, evidence, change));
    }
    let apart = doctor.mean(3, 20) - doctor.mean(4, 20);
    if doctor.is_critic() && apart.abs() > FAR_SCORES {
        let evidence = format!("the critic\u{2019}s mean scores are {apart:.0} apart");
        return Some(finding("exploding", Severity::Alarm, evidence, change));
    }
    let longest = |pulse: &Pulse| pulse.generator_gradient.max(pulse.discriminator_gradient);
    let pulse = doctor.for_long(|pulse| longest(pulse) > LONG_GRADIENT)?;
    let evidence = format!("gradients of length {:.0}", longest(pulse));
    Some(finding("exploding", Severity::Alarm, evidence, change))
}

fn dead_critic(doctor: &Doctor, step: u32) -> Option<Finding> {
    let apart = doctor.mean(3, WINDOW) - doctor.mean(4, WINDOW);
    if !doctor.is_critic() || step < EARLY || apart.is_nan() || apart.abs() >= NEAR_SCORES {
        return None;
    }
    let pulse = doctor.for_long(|pulse| pulse.generator_gradient < VANISHED / 100.0)?;
    let evidence = format!(
        "the critic\u{2019}s mean scores are only {apart:.1e} apart, and the gradient that reaches the generator has length {:.1e}",
        pulse.generator_gradient
    );
    let change = match doctor.settings.recipe.weight_clip > 0.0 {
        true => vec![("weight_clip", "0.01".to_string())],
        false => Vec::new(),
    };
    Some(finding("dead_critic", Severity::Alarm, evidence, change))
}

/// D is sure of fakes, and its certainty does not reach the generator.
fn vanishing(doctor: &Doctor, step: u32) -> Option<Finding> {
    let fake = doctor.mean(4, WINDOW);
    if doctor.is_critic() || step < EARLY || fake.is_nan() || fake > SURE[1] {
        return None;
    }
    let pulse = doctor.for_long(|pulse| pulse.generator_gradient < VANISHED)?;
    let evidence = format!(
        "D takes fakes for {:.2} % real, and the generator\u{2019}s gradient has length {:.3}",
        100.0 * fake,
        pulse.generator_gradient
    );
    let change = match doctor.settings.recipe.loss {
        AdversarialLoss::Minimax => vec![("loss", "non_saturating".to_string())],
        _ => doctor.calm(),
    };
    Some(finding("vanishing_gradient", Severity::Alarm, evidence, change))
}

fn too_strong(doctor: &Doctor, step: u32) -> Option<Finding> {
    let [real, fake] = [3, 4].map(|column| doctor.mean(column, WINDOW));
    if doctor.is_critic() || step < 2 * EARLY || !(real > SURE[0] && fake < SURE[1]) {
        return None;
    }
    let evidence =
        format!("over {WINDOW} steps D takes real examples for {} real and fakes for {}", percent(real), percent(fake));
    Some(finding("discriminator_too_strong", Severity::Watch, evidence, doctor.calm()))
}

fn collapse(doctor: &Doctor, step: u32) -> Option<Finding> {
    if step < SETTLED || doctor.settings.recipe.architecture == Architecture::Dirac {
        return None;
    }
    let few = |pulse: &Pulse| match pulse.modes {
        Some([covered, all]) => (covered as f64) < FEW_MODES * all as f64,
        None => pulse.diversity.is_some_and(|diversity| diversity < COLLAPSED),
    };
    let report = doctor.report.as_ref().filter(|report| report.step >= SETTLED && report.step + STALE > step);
    let largest = report.and_then(|report| report.class_shares.iter().copied().reduce(f64::max));
    let Some(pulse) = doctor.for_long(few) else {
        let largest = largest.filter(|&share| share > ONE_CLASS)?;
        let evidence = format!("one class makes up {} of the samples", percent(largest));
        return Some(finding("mode_collapse", Severity::Alarm, evidence, doctor.calm()));
    };
    let mut evidence = match (pulse.modes, pulse.diversity) {
        (Some([covered, all]), _) => format!("only {covered} of {all} modes are reached"),
        (None, Some(diversity)) => format!("samples differ only {} as much as real examples", percent(diversity)),
        (None, None) => return None,
    };
    if let Some(largest) = largest {
        evidence += &format!("; the most frequent class makes up {}", percent(largest));
    }
    Some(finding("mode_collapse", Severity::Alarm, evidence, doctor.calm()))
}

/// D's verdict on fakes swings with one frequency, and does not come to rest.
fn oscillation(doctor: &Doctor, _step: u32) -> Option<Finding> {
    let values: Vec<f64> = doctor.rows.iter().map(|row| row[4]).filter(|value| value.is_finite()).collect();
    if values.len() < ROWS || doctor.is_critic() {
        return None;
    }
    let deviation = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
    };
    let (first, second) = values.split_at(values.len() / 2);
    let swing = deviation(&values);
    if swing < LEAST_SWING || deviation(second) < 0.7 * deviation(first) {
        return None;
    }
    let (share, period) = strongest(&values);
    // A single half turn is a drift.
    if share < SWING || period > values.len() as f64 / 2.0 {
        return None;
    }
    let evidence = format!(
        "D\u{2019}s verdict on fakes swings by {:.0} points about every {period:.0} steps, and the swing does not fade",
        200.0 * swing
    );
    Some(finding("oscillation", Severity::Alarm, evidence, doctor.calm()))
}

/// The share of the power of the strongest frequency (with its two neighbours), and its period in rows.
fn strongest(values: &[f64]) -> (f64, f64) {
    let (count, mean) = (values.len(), values.iter().sum::<f64>() / values.len() as f64);
    let power: Vec<f64> = (1..=count / 2)
        .map(|k| {
            let turn = std::f64::consts::TAU * k as f64 / count as f64;
            let (mut real, mut imaginary) = (0.0, 0.0);
            for (index, value) in values.iter().enumerate() {
                let (sin, cos) = (turn * index as f64).sin_cos();
                real += (value - mean) * cos;
                imaginary += (value - mean) * sin;
            }
            real * real + imaginary * imaginary
        })
        .collect();
    let total: f64 = power.iter().sum();
    let Some(peak) = (0..power.len()).max_by(|&a, &b| power[a].total_cmp(&power[b])) else {
        return (0.0, f64::INFINITY);
    };
    let around: f64 = power[peak.saturating_sub(1)..(peak + 2).min(power.len())].iter().sum();
    (around / total.max(f64::MIN_POSITIVE), count as f64 / (peak + 1) as f64)
}

fn memorising(doctor: &Doctor, step: u32) -> Option<Finding> {
    if doctor.is_critic() || step < SETTLED {
        return None;
    }
    let looked: Vec<[f64; 2]> = doctor
        .pulses
        .iter()
        .rev()
        .take(2 * FOR_LONG)
        .filter_map(|pulse| Some([pulse.d_train, pulse.d_held_out?]))
        .collect();
    let [train, held_out] = [0, 1].map(|side| looked.iter().map(|pair| pair[side]).sum::<f64>() / looked.len() as f64);
    // NaN, where nothing was measured, is not above anything.
    if looked.len() < FOR_LONG || train.is_nan() || train - held_out <= BY_HEART {
        return None;
    }
    let evidence = format!(
        "D takes the images it was trained on for {} real, and others of the same kind for {}",
        percent(train),
        percent(held_out)
    );
    let mut change = vec![("examples", "0".to_string())];
    if doctor.settings.examples == 0 && doctor.settings.recipe.penalty == Penalty::None {
        change = doctor.calm();
    }
    Some(finding("memorising", Severity::Alarm, evidence, change))
}

fn checkerboard(doctor: &Doctor, step: u32) -> Option<Finding> {
    // Fully connected networks are grainy all over, which is no pattern of their layers.
    if step < SETTLED || doctor.settings.recipe.architecture != Architecture::Dcgan {
        return None;
    }
    let steady = || doctor.pulses.iter().rev().take(STEADY_PULSES);
    let ratios: Vec<f64> = steady().filter_map(|pulse| pulse.checkerboard).collect();
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let most = ratios.iter().copied().fold(0.0, f64::max);
    if ratios.len() < STEADY_PULSES || least <= CHECKERED || most > STEADY * least {
        return None;
    }
    let steps = doctor.pulses.back()?.step - steady().next_back()?.step;
    let evidence = format!(
        "for {steps} steps samples have had {least:.1} to {most:.1} times the power of real images at the finest pattern \
         that pixels can make"
    );
    Some(finding("checkerboard", Severity::Watch, evidence, vec![("upsampling", "nearest".to_string())]))
}
