//! The doctor's rules. Each looks at a run's numbers and says what it finds, with the numbers that say so.

use super::memory::memorising;
use super::variety::{collapse, variety};
use super::watched::Unit::{Number, Share};
use super::{Doctor, EARLY, Finding, ROWS, SETTLED, Severity, WINDOW, Watched, above, below, finding, percent};
use crate::gan::Architecture;
use crate::nn::AdversarialLoss;
use crate::train::Pulse;

/// D's mean outputs beyond which it is all but sure (ganhacks, item 10, has a loss near 0 for that).
const SURE: [f64; 2] = [0.95, 0.05];
/// The generator's gradient below which it hardly moves.
const VANISHED: f64 = 0.5;
/// A critic's scores further apart than this, or a gradient longer than that, explode.
const FAR_SCORES: f64 = 50.0;
const LONG_GRADIENT: f64 = 500.0;
/// A critic whose scores differ by less than this says nothing.
const NEAR_SCORES: f64 = 1e-3;
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

/// All rules, each for a doctor and the present step.
pub(super) const RULES: [fn(&Doctor, u32) -> Option<Finding>; 9] =
    [exploding, standstill, dead_critic, vanishing, too_strong, collapse, oscillation, memorising, checkerboard];

/// Those that look at nothing that only a pair has.
pub(super) const RULES_OF_ALL: [fn(&Doctor, u32) -> Option<Finding>; 1] = [broken];

fn of_real(doctor: &Doctor) -> Watched {
    let points = doctor.means(WINDOW, |row| row[3]);
    Watched::new("D on real examples, mean of 100 steps", Share, above(SURE[0]), points)
}

fn of_fakes(doctor: &Doctor) -> Watched {
    let points = doctor.means(WINDOW, |row| row[4]);
    Watched::new("D on fakes, mean of 100 steps", Share, below(SURE[1]), points)
}

/// How far the critic's mean scores are apart.
fn distance(doctor: &Doctor, count: usize, silent: [f64; 2]) -> Watched {
    let name = format!("Distance of the critic\u{2019}s scores, mean of {count} steps");
    let mut points = doctor.means(count, |row| row[3] - row[4]);
    points.iter_mut().for_each(|point| point[1] = point[1].abs());
    Watched::new(name, Number, silent, points)
}

fn gradient(doctor: &Doctor, threshold: f64) -> Watched {
    let points = doctor.pulsed(|pulse| Some(pulse.generator_gradient));
    Watched::new("Length of the generator\u{2019}s gradient", Number, below(threshold), points)
}

fn longest(pulse: &Pulse) -> f64 {
    pulse.generator_gradient.max(pulse.discriminator_gradient)
}

/// What the rules watch that speak most often.
pub(super) fn watched_when_healthy(doctor: &Doctor) -> Vec<Watched> {
    let first = match doctor.is_score() {
        true => distance(doctor, WINDOW, [NEAR_SCORES, FAR_SCORES]),
        false => of_fakes(doctor),
    };
    let second = variety(doctor).filter(|_| doctor.settings.recipe.architecture != Architecture::Dirac);
    std::iter::once(first).chain(second).collect()
}

fn broken(doctor: &Doctor, step: u32) -> Option<Finding> {
    let evidence = || format!("by step {step} a loss or a gradient is no finite number any more");
    doctor.broken.then(|| finding("exploding", Severity::Alarm, evidence(), Vec::new(), doctor.slower()))
}

/// A network whose learning rate is 0 stays as it is, and what follows from that is no other defect.
fn standstill(doctor: &Doctor, _step: u32) -> Option<Finding> {
    let settings = &doctor.settings;
    let sides = [
        (
            "generator_learning_rate",
            "generator",
            settings.generator_learning_rate,
            settings.preset.generator_learning_rate,
        ),
        (
            "discriminator_learning_rate",
            "discriminator",
            settings.discriminator_learning_rate,
            settings.preset.discriminator_learning_rate,
        ),
    ];
    let still: Vec<_> = sides.into_iter().filter(|&(.., rate, _)| rate == 0.0).collect();
    if still.is_empty() {
        return None;
    }
    let names: Vec<&str> = still.iter().map(|&(_, name, ..)| name).collect();
    let evidence = format!("the learning rate of the {} is 0", names.join(" and of the "));
    let change = still.into_iter().map(|(key, _, _, usual)| (key, usual.to_string())).collect();
    Some(finding("standstill", Severity::Alarm, evidence, Vec::new(), change))
}

fn exploding(doctor: &Doctor, step: u32) -> Option<Finding> {
    let mut change = vec![("weight_clip", if doctor.is_critic() { "0.01" } else { "0" }.to_string())];
    change.extend(doctor.slower());
    let lengths = || {
        vec![Watched::new(
            "Longest gradient",
            Number,
            above(LONG_GRADIENT),
            doctor.pulsed(|pulse| Some(longest(pulse))),
        )]
    };
    if let Some(found) = broken(doctor, step) {
        return Some(Finding { watched: lengths(), change, ..found });
    }
    let apart = doctor.mean(3, 20) - doctor.mean(4, 20);
    let far = |_: &Pulse, [real, fake]: [f64; 2]| (real - fake).abs() > FAR_SCORES;
    if doctor.is_critic() && (apart.abs() > FAR_SCORES || doctor.lasting(&far, &far).is_some()) {
        let evidence = format!("the critic\u{2019}s mean scores are {apart:.0} apart");
        let watched = vec![distance(doctor, 20, above(FAR_SCORES))];
        return Some(finding("exploding", Severity::Alarm, evidence, watched, change));
    }
    let long = |pulse: &Pulse, _| longest(pulse) > LONG_GRADIENT;
    let pulse = doctor.lasting(&long, &long)?;
    let evidence = format!("gradients of length {:.0} at step {}", longest(pulse), pulse.step);
    Some(finding("exploding", Severity::Alarm, evidence, lengths(), change))
}

fn dead_critic(doctor: &Doctor, step: u32) -> Option<Finding> {
    if !doctor.is_critic() || step < EARLY {
        return None;
    }
    let flat = |pulse: &Pulse, [real, fake]: [f64; 2]| {
        (real - fake).abs() < NEAR_SCORES && pulse.generator_gradient < VANISHED / 100.0
    };
    doctor.lasting(&flat, &flat)?;
    let [apart, gradient_now] =
        [doctor.mean(3, WINDOW) - doctor.mean(4, WINDOW), doctor.pulses.back()?.generator_gradient];
    let evidence = format!(
        "the critic\u{2019}s mean scores are only {apart:.1e} apart, and the gradient that reaches the generator has length \
         {gradient_now:.1e}"
    );
    let change = match doctor.settings.recipe.weight_clip > 0.0 {
        true => vec![("weight_clip", "0.01".to_string())],
        false => Vec::new(),
    };
    let watched = vec![distance(doctor, WINDOW, below(NEAR_SCORES)), gradient(doctor, VANISHED / 100.0)];
    Some(finding("dead_critic", Severity::Alarm, evidence, watched, change))
}

/// D is sure of fakes, and its certainty does not reach the generator. D now and then stumbles, and for some steps there is a
/// gradient: the cause is gone only where the gradient comes back for good.
fn vanishing(doctor: &Doctor, step: u32) -> Option<Finding> {
    if doctor.is_score() || step < EARLY {
        return None;
    }
    let stays = |pulse: &Pulse, _| pulse.generator_gradient < VANISHED;
    let holds = |pulse: &Pulse, [_, fake]: [f64; 2]| stays(pulse, [fake; 2]) && fake <= SURE[1];
    let seen = doctor.lasting(&holds, &stays)?;
    let now = doctor.pulses.back()?;
    let mut evidence = format!(
        "D rates fakes {:.2} % real, and the generator\u{2019}s gradient has length {:.3}",
        100.0 * doctor.mean(4, WINDOW),
        now.generator_gradient
    );
    if now.generator_gradient >= VANISHED {
        evidence += &format!(", but had {:.3} at step {}", seen.generator_gradient, seen.step);
    }
    let change = match doctor.settings.recipe.loss {
        AdversarialLoss::Minimax => vec![("loss", "non_saturating".to_string())],
        _ => doctor.calm(),
    };
    let watched = vec![of_fakes(doctor), gradient(doctor, VANISHED)];
    Some(finding("vanishing_gradient", Severity::Alarm, evidence, watched, change))
}

fn too_strong(doctor: &Doctor, step: u32) -> Option<Finding> {
    if doctor.is_score() || step < 2 * EARLY {
        return None;
    }
    let sure = |_: &Pulse, [real, fake]: [f64; 2]| real > SURE[0] && fake < SURE[1];
    doctor.lasting(&sure, &sure)?;
    let [real, fake] = [3, 4].map(|column| percent(doctor.mean(column, WINDOW)));
    let evidence = format!("over {WINDOW} steps D rates real examples {real} real and fakes {fake}");
    let watched = vec![of_real(doctor), of_fakes(doctor)];
    Some(finding("discriminator_too_strong", Severity::Watch, evidence, watched, doctor.calm()))
}

/// D's verdict on fakes swings with one frequency, and does not come to rest.
fn oscillation(doctor: &Doctor, _step: u32) -> Option<Finding> {
    let values: Vec<f64> = doctor.rows.iter().map(|row| row[4]).filter(|value| value.is_finite()).collect();
    if values.len() < ROWS || doctor.is_score() {
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
    // What a sine of the smallest deviation that counts as a swing keeps within.
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let silent = [-1.0, 1.0].map(|side| mean + side * std::f64::consts::SQRT_2 * LEAST_SWING);
    let watched = vec![Watched::new("D on fakes, step by step", Share, silent, doctor.means(1, |row| row[4]))];
    Some(finding("oscillation", Severity::Alarm, evidence, watched, doctor.calm()))
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
    // In a list of layers it is for its author to say where.
    let is_own = doctor.settings.recipe.generator_layers.is_empty();
    let change = is_own.then(|| ("upsampling", "nearest".to_string()));
    let name = "Power of the finest pattern, beside real images";
    let watched = vec![Watched::new(name, Number, above(CHECKERED), doctor.pulsed(|pulse| pulse.checkerboard))];
    Some(finding("checkerboard", Severity::Watch, evidence, watched, change.into_iter().collect()))
}
