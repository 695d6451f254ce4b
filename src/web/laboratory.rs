//! What a session measures beside the training: phases, evaluations a little at a time, the pulse and the doctor.

use super::inspection::look_object;
use super::session::Session;
use super::thrown;
use crate::data::Form;
use crate::error::Error;
use crate::game::{Measure, Reading};
use crate::metrics::judge::Judge;
use crate::metrics::set_judge::SetJudge;
use crate::train::doctor::{Doctor, Finding, Severity, Watched};
use crate::train::{
    Effort, Evaluation, Explorer, Inspection, Look, Only, Phase, PhaseEnd, Reference, Report, Trainer, Update,
};
use js_sys::{Array, Date, Float64Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

/// The parts of a session that watch it.
pub(super) struct Laboratory {
    pub phase: Option<Phase>,
    pub doctor: Doctor,
    /// Real examples to compare samples with.
    pub reference: Reference,
    /// Made when it is first asked for.
    pub inspection: Option<Inspection>,
    /// Likewise.
    pub explorer: Option<Explorer>,
    judge: Option<Judge>,
    evaluation: Option<(Evaluation, f64)>,
}

/// Training images that are searched for copies in the page: all of MNIST would take a minute of its thread.
pub(super) const SEARCHED: usize = 10_000;

impl Laboratory {
    pub fn new(doctor: Doctor, reference: Reference) -> Laboratory {
        Laboratory { phase: None, doctor, reference, inspection: None, explorer: None, judge: None, evaluation: None }
    }

    /// The run went back, or its settings changed.
    pub fn rewind(&mut self) {
        self.evaluation = None;
        self.explorer = None;
        self.phase = None;
    }

    /// `{ learner, value, until, done, limit, ended }` of the phase under way, or null.
    pub fn phase_object(&self) -> Result<JsValue, JsValue> {
        let Some(phase) = &self.phase else { return Ok(JsValue::NULL) };
        let ended = match phase.ended {
            None => JsValue::NULL,
            Some(PhaseEnd::Reached) => "reached".into(),
            Some(PhaseEnd::Limit) => "limit".into(),
        };
        object([
            ("learner", if phase.learner == Only::Generator { "generator" } else { "discriminator" }.into()),
            ("value", number(Some(phase.value()))),
            ("until", phase.until.into()),
            ("done", phase.done.into()),
            ("limit", phase.limit.into()),
            ("ended", ended),
        ])
    }
}

#[wasm_bindgen]
impl Session {
    /// Begins a phase: the learner ("generator" or "discriminator") learns alone until D's mean output on fakes is where it
    /// should be. `until` and `limit` may be null: then they are the story's. Answers with the phase. Run its steps with `run`;
    /// `takeMetrics` says where it stands.
    #[wasm_bindgen(js_name = beginPhase)]
    pub async fn begin_phase(
        &mut self,
        learner: String,
        until: Option<f64>,
        limit: Option<f64>,
    ) -> Result<JsValue, JsValue> {
        let learner = only(&learner)?;
        // A number that is no count becomes one that is refused.
        let limit = limit.map(|limit| if limit.fract() == 0.0 { limit as u32 } else { 0 });
        let phase = self.trainer.begin_phase(learner, until, limit).await.map_err(thrown)?;
        self.laboratory.phase = Some(phase);
        self.laboratory.phase_object()
    }

    /// Ends the phase under way, if there is one.
    #[wasm_bindgen(js_name = endPhase)]
    pub fn end_phase(&mut self) {
        self.laboratory.phase = None;
    }

    /// Does one step of both networks, update by update: `[D's last, G's]`, each with what `Update` of `train/closely.rs` has.
    #[wasm_bindgen(js_name = stepClosely)]
    pub async fn step_closely(&mut self) -> Result<Array, JsValue> {
        self.trainer.step_closely().await.map_err(thrown)?.iter().map(update_object).collect()
    }

    /// Begins to measure how good the samples are, from a copy of the generator as it is now. `judge` holds the bytes of the
    /// judge that `info` of the data names, or null: it is kept, and without it what needs it is left out.
    #[wasm_bindgen(js_name = beginEvaluation)]
    pub async fn begin_evaluation(&mut self, judge: Option<Uint8Array>) -> Result<(), JsValue> {
        let of_set = self.trainer.settings().judged_set().filter(|_| cfg!(feature = "games"));
        match (judge, of_set, &mut self.laboratory.reference) {
            (Some(bytes), Some(set), Reference::Galleries(known @ None)) => {
                *known = Some(Box::new(SetJudge::load(&bytes.to_vec(), set.key).map_err(thrown)?));
            }
            (Some(bytes), None, _) if self.laboratory.judge.is_none() => {
                self.laboratory.judge = Some(Judge::load(&bytes.to_vec()).map_err(thrown)?);
            }
            _ => {}
        }
        let begun = Evaluation::begin(&mut self.trainer, &self.laboratory.reference, Effort::PAGE).await;
        self.laboratory.evaluation = Some((begun.map_err(thrown)?, Date::now()));
        Ok(())
    }

    /// Goes on with it for about so many milliseconds: `{ done, share, result }`, where `result` is null until it is done.
    #[wasm_bindgen(js_name = continueEvaluation)]
    pub fn continue_evaluation(&mut self, budget_ms: f64) -> Result<JsValue, JsValue> {
        let until = Date::now() + budget_ms;
        let laboratory = &mut self.laboratory;
        let (mut share, mut result) = (1.0, JsValue::NULL);
        if let Some((evaluation, begun)) = &mut laboratory.evaluation {
            let report = loop {
                let report =
                    evaluation.advance(&mut laboratory.reference, laboratory.judge.as_mut()).map_err(thrown)?;
                if report.is_some() || Date::now() >= until {
                    break report;
                }
            };
            share = evaluation.share();
            if let Some(report) = report {
                result = report_object(&report, &self.trainer, Date::now() - *begun)?;
                laboratory.evaluation = None;
                laboratory.doctor.observe_report(&report);
            }
        }
        let done = laboratory.evaluation.is_none();
        object([("done", done.into()), ("share", share.into()), ("result", result)])
    }

    /// Takes the pulse for the doctor, if it is time for one: one page of samples and of real examples, gradients and weights.
    /// Its gradients as `inside` has them, `{ step, parts, values }`; null if it was not time.
    pub async fn pulse(&mut self) -> Result<JsValue, JsValue> {
        if !self.laboratory.doctor.is_due(self.trainer.step()) {
            return Ok(JsValue::NULL);
        }
        let pulse = self.trainer.pulse(self.laboratory.reference.world()).await.map_err(thrown)?;
        let gradients = look_object(&Look::of_gradients(&pulse.squared_gradients), pulse.step)?;
        self.laboratory.doctor.observe_pulse(pulse);
        Ok(gradients)
    }

    /// What the doctor says: `{ key, name, severity, evidence, watched, remedy, change, takes }` each, the worst first. `change`
    /// holds the settings that are the remedy, or is null, and `takes` how many steps it usually takes, or null; `watched` what the rule watched, `{ name, points, silent, now, finds }`
    /// each, where points are step and value by turns.
    pub fn doctor(&self) -> Result<Array, JsValue> {
        self.laboratory.doctor.findings().iter().map(finding_object).collect()
    }
}

fn update_object(update: &Update) -> Result<JsValue, JsValue> {
    let [others, others_changed] = update.frozen;
    let [page_before, page_after] = update.page;
    object([
        ("updates", update.updates.into()),
        ("loss", update.loss.into()),
        ("real", update.real.into()),
        ("fake", update.fake.into()),
        ("gradient", update.gradient.into()),
        ("moved", update.moved.into()),
        ("length", update.length.into()),
        ("count", (update.count as f64).into()),
        ("frozenCount", (others as f64).into()),
        ("frozenChanged", (others_changed as f64).into()),
        ("pageBefore", page_before.into()),
        ("pageAfter", page_after.into()),
    ])
}

fn finding_object(finding: &Finding) -> Result<JsValue, JsValue> {
    let severity = match finding.severity {
        Severity::Healthy => "healthy",
        Severity::Watch => "watch",
        Severity::Alarm => "alarm",
    };
    let change = match finding.change.is_empty() {
        true => JsValue::NULL,
        false => {
            let change = Object::new();
            for (key, value) in &finding.change {
                Reflect::set(&change, &(*key).into(), &value.into())?;
            }
            change.into()
        }
    };
    object([
        ("key", finding.key.into()),
        ("name", finding.name.into()),
        ("severity", severity.into()),
        ("evidence", finding.evidence.as_str().into()),
        ("watched", finding.watched.iter().map(watched_object).collect::<Result<Array, JsValue>>()?.into()),
        ("remedy", finding.remedy.into()),
        ("change", change),
        ("takes", number(finding.takes.map(f64::from))),
    ])
}

/// A report as the page has it: names in its own style, null for what was not measured. Of a game with measures of its own
/// `measures` says what they are, in order: `{ key, name, help, isShare }` each.
fn report_object(report: &Report, trainer: &Trainer, duration_ms: f64) -> Result<JsValue, JsValue> {
    let measures = trainer.settings().preset.algorithm.measures();
    let form = match trainer.data().form {
        _ if trainer.play().gallery("samples").is_none() => "game",
        Form::Point { .. } => "point",
        Form::Image { .. } | Form::Map { .. } | Form::Volume { .. } => "image",
    };
    let answer: Object = object([
        ("form", form.into()),
        ("step", report.step.into()),
        ("images", (report.images as f64).into()),
        ("samples", (report.samples as f64).into()),
        ("durationMs", duration_ms.into()),
        ("lacksJudge", report.lacks_judge.into()),
        ("classShares", report.class_shares.iter().map(|&share| JsValue::from(share)).collect::<Array>().into()),
    ])?
    .unchecked_into();
    for (name, value) in &report.values {
        Reflect::set(&answer, &camel_case(name).into(), &number(*value))?;
    }
    if !measures.is_empty() {
        let rows = measures.iter().map(measure_object).collect::<Result<Array, JsValue>>()?;
        Reflect::set(&answer, &"measures".into(), &rows)?;
    }
    Ok(answer.into())
}

fn measure_object(measure: &Measure) -> Result<JsValue, JsValue> {
    let (help, is_share) = match measure.reading {
        Reading::Labels { .. } => {
            ("The share of images in which the judge sees the digit that they should show.", true)
        }
        Reading::OneClass { .. } => {
            ("The share of rows in which the judge sees one digit in all of these images.", true)
        }
        Reading::PixelAccuracy { .. } => {
            ("The share of pixels in which the judge of landscapes sees what the map says.", true)
        }
        Reading::MeanIou { .. } => (
            "For each class the pixels that map and judge share, among those that either gives to it; the mean over classes.",
            true,
        ),
        Reading::ClassOf { .. } => ("The share of pictures in which the judge sees the class that was told.", true),
        Reading::ClassesOf { .. } => {
            ("The share of pictures in which the judge sees all classes as they were told.", true)
        }
        Reading::Marginal { .. } => (
            "How far the shares of what the judge sees are from those of the data: half the sum of the differences. As in the \
             data would be 0.",
            true,
        ),
        Reading::Variety { .. } => (
            "How far two pictures of the same order are apart on average, pixel by pixel, from black to white being 1.",
            false,
        ),
        Reading::MeanClassOf { .. } => {
            ("The share of pictures in which the judge sees the class that was told; the mean over attributes.", true)
        }
        Reading::MeanOfSights { .. } => (
            "The share of pictures in which the judge sees the class that should be there; the mean over the edits.",
            true,
        ),
        Reading::ClassAtPlace { .. } | Reading::ClassOfAll { .. } => {
            ("The share of pictures in which the judge sees what they should show; the mean over all rows.", true)
        }
        Reading::Rising { .. } => {
            ("The share of examples in which all that the judge sees grow does so from row to row.", true)
        }
        Reading::VolumeOverlap { .. } => {
            ("The cells that both shapes fill, among those that either fills; the mean over the shapes.", true)
        }
        Reading::OnePiece { .. } => ("The share of shapes that hang together in one piece.", true),
        Reading::Distance { .. } => (
            "How far two images are apart on average, pixel by pixel, from black to white being 1. Alike would be 0.",
            false,
        ),
        Reading::Psnr { .. } => (
            "The peak signal-to-noise ratio in decibels: 10 more are a tenth of the squared error. More is nearer.",
            false,
        ),
        Reading::Similarity { .. } => (
            "The structural similarity (SSIM): how brightness, contrast and pattern agree in small windows. Alike would be 1.",
            false,
        ),
        Reading::Frechet { .. } => (
            "How far the judge\u{2019}s features of these images are from those of the truth, all of them together. As real \
             would be 0; 1 is as far as real digits with one class missing.",
            false,
        ),
        Reading::Sharpness { .. } => (
            "How far the steps from pixel to pixel are, in their lengths, from those of the truth. As sharp as the truth \
             would be 0.",
            false,
        ),
        Reading::PixelAgreement { by_chance: false, .. } => {
            ("The share of pixels that are what they would be if one image of a pair had been made of the other.", true)
        }
        Reading::InkOverlap { by_chance: false, .. } => {
            ("Strokes that both images of a pair have, among all that either has. Paper does not count.", true)
        }
        Reading::SameClass { by_chance: false, .. } => ("The share of pairs that show the same digit twice.", true),
        Reading::PixelAgreement { .. } | Reading::InkOverlap { .. } | Reading::SameClass { .. } => {
            ("The same of images that are no pair: so much is alike by chance.", true)
        }
    };
    object([
        ("key", camel_case(measure.key).into()),
        ("name", measure.name.into()),
        ("help", help.into()),
        ("isShare", is_share.into()),
    ])
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_string();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

fn number(value: Option<f64>) -> JsValue {
    value.filter(|value| value.is_finite()).map_or(JsValue::NULL, JsValue::from)
}

/// A plain object.
pub(super) fn object<const N: usize>(entries: [(&str, JsValue); N]) -> Result<JsValue, JsValue> {
    /// One for all lengths, so that the page carries it once.
    #[inline(never)]
    fn fill(entries: &[(&str, JsValue)]) -> Result<JsValue, JsValue> {
        let answer = Object::new();
        for (key, value) in entries {
            Reflect::set(&answer, &(*key).into(), value)?;
        }
        Ok(answer.into())
    }
    fill(&entries)
}

/// The learner of a step, from its name.
pub(super) fn only(name: &str) -> Result<Only, JsValue> {
    match name {
        "both" => Ok(Only::Both),
        "generator" => Ok(Only::Generator),
        "discriminator" => Ok(Only::Discriminator),
        other => {
            let message = format!("takes both, generator or discriminator; “{other}” is none of them");
            Err(thrown(Error::Setting { key: "only".into(), message }))
        }
    }
}

fn watched_object(watched: &Watched) -> Result<JsValue, JsValue> {
    object([
        ("name", watched.name.as_str().into()),
        ("points", Float64Array::from(watched.points.as_flattened()).into()),
        ("silent", Float64Array::from(&watched.silent[..]).into()),
        ("now", watched.now.as_str().into()),
        ("finds", watched.finds.as_str().into()),
    ])
}
