//! Whether D knows its training images one by one: measured beside images that it has never seen, or, where there are none,
//! from how few there are and how often it saw each.

use super::watched::{Unit::Share, Watched, means};
use super::{Doctor, FOR_LONG, Finding, SETTLED, Severity, above, finding, percent};
use crate::gan::Penalty;

/// D rates its training examples more real than others by so much, on average over eight pulses.
const BY_HEART: f64 = 0.15;
/// With so few images D comes to know each of them: of `gan-mnist` with 200 it did by step 1,500, with 500 not by 2,000.
const FEW: usize = 200;
/// How often D has seen each by then.
const SEEN: f64 = 400.0;

/// Findings that few images look like, whose cures would not help.
pub(super) const LOOKS_LIKE_FEW: [&str; 2] = ["mode_collapse", "discriminator_too_strong"];

/// How many training images there are, where they are few.
fn few(doctor: &Doctor) -> Option<usize> {
    doctor.pulses.back().map(|pulse| pulse.examples).filter(|count| (1..=FEW).contains(count))
}

/// That there are few training images; None where there are many.
pub(super) fn few_images(doctor: &Doctor, step: u32) -> Option<Finding> {
    let (count, seen) = (few(doctor)?, seen(doctor, step)?);
    let evidence = format!("there are only {count} images to train on, and D has seen each {seen:.0} times");
    Some(finding("memorising", Severity::Watch, evidence, excess(doctor), cure(doctor)))
}

/// How often D has seen each image.
fn seen(doctor: &Doctor, step: u32) -> Option<f64> {
    let recipe = &doctor.settings.recipe;
    let images = f64::from(step) * f64::from(recipe.n_critic) * recipe.batch_size as f64;
    Some(images / few(doctor)? as f64)
}

fn excess(doctor: &Doctor) -> Vec<Watched> {
    let excess = means(2 * FOR_LONG, doctor.pulsed(|pulse| Some(pulse.d_train - pulse.d_held_out?)));
    let name = "How much more real its training images are to D, mean of 8 pulses";
    let is_measured = excess.iter().any(|[_, value]| value.is_finite());
    is_measured.then(|| Watched::new(name, Share, above(BY_HEART), excess)).into_iter().collect()
}

fn cure(doctor: &Doctor) -> Vec<(&'static str, String)> {
    match doctor.settings.examples == 0 && doctor.settings.recipe.penalty == Penalty::None {
        true => doctor.calm(),
        false => vec![("examples", "0".to_string())],
    }
}

pub(super) fn memorising(doctor: &Doctor, step: u32) -> Option<Finding> {
    if doctor.is_score() || step < SETTLED {
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
    if looked.len() >= FOR_LONG && train - held_out > BY_HEART {
        let evidence = format!(
            "D rates the images it was trained on {} real, and others of the same kind {}",
            percent(train),
            percent(held_out)
        );
        return Some(finding("memorising", Severity::Alarm, evidence, excess(doctor), cure(doctor)));
    }
    let is_unmeasured = doctor.pulses.back()?.d_held_out.is_none();
    few_images(doctor, step).filter(|_| is_unmeasured && seen(doctor, step).is_some_and(|seen| seen >= SEEN))
}
