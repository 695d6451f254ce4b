//! The tuner in the page: what an earlier visit found, slices between steps, and what is told of it.

use super::laboratory::object;
use super::session::Session;
use super::{now, thrown};
use crate::backend::Backend;
use crate::error::Error;
use crate::kernel::Tuning;
use crate::train::settings::TunerChoice;
use crate::train::tuner::{Budget, Tuner};
use crate::train::{Only, Trainer};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A session's tuner, if it has one.
#[derive(Default)]
pub(super) struct Tuned {
    pub tuner: Option<Tuner>,
    /// Why what was kept could not be used; else empty.
    pub refusal: String,
    /// Of the run, whose launches it knows.
    stage: usize,
}

/// Adds to `known` what an earlier visit found: `ask(adapter)` resolves with a text or with nothing. Answers why it cannot
/// be used, if so.
pub(super) async fn recall(known: &mut Tuning, ask: JsValue, adapter: &str) -> String {
    let answer = ask.dyn_into::<Function>().and_then(|ask| ask.call1(&JsValue::NULL, &adapter.into()));
    let text = match answer.and_then(|answer| answer.dyn_into::<Promise>()) {
        // A browser that keeps nothing is no reason to stop.
        Ok(promise) => JsFuture::from(promise).await.ok().and_then(|text| text.as_string()),
        Err(_) => None,
    };
    match text.map(|text| Tuning::from_text(&text, adapter)) {
        None => String::new(),
        Some(Ok(found)) => {
            found.shapes().iter().for_each(|(key, variant)| known.set(key, *variant));
            String::new()
        }
        Some(Err(refusal)) => refusal + " It is left out. ",
    }
}

impl Tuned {
    /// For a run that was lowered with what is known, and whose shaders took so long to make together.
    pub fn new(trainer: &Trainer, known: Tuning, refusal: String, shaders_ms: f64) -> Tuned {
        let budget = match trainer.settings().tune {
            TunerChoice::Off => return Tuned::default(),
            TunerChoice::Brief => Budget::BRIEF,
            TunerChoice::Thorough => Budget::THOROUGH,
        };
        let compile_ms = match trainer.backend() {
            Backend::Gpu(gpu) => shaders_ms / gpu.pipeline_count().max(1) as f64,
            Backend::Cpu(_) => 0.0,
        };
        Tuned { tuner: Tuner::new(trainer, known, compile_ms, budget, now), refusal, stage: trainer.stage() }
    }
}

fn answer(share: f64, message: String, table: String) -> Result<JsValue, JsValue> {
    object([("share", share.into()), ("message", message.into()), ("table", table.into())])
}

#[wasm_bindgen]
impl Session {
    /// Does a slice of looking for this device's fastest kernels: `{ share, message, table }`. `share` is how much of
    /// the time it may have, 0 when all is done; `message` is empty until then, and where there is nothing to tell; `table`
    /// is what to keep for the next visit.
    pub async fn tune(&mut self) -> Result<JsValue, JsValue> {
        let (mut share, mut message, mut table) = (0.0, String::new(), String::new());
        self.drop_stale_tuner();
        if let Some(tuner) = &mut self.tuned.tuner {
            if tuner.wants_time() {
                match tuner.advance(&mut self.trainer).await {
                    Err(error @ Error::DeviceLost { .. }) => return Err(thrown(error)),
                    // What cannot be measured can be trained all the same.
                    Err(error) => {
                        self.tuned.tuner = None;
                        let message = format!("The kernels are the usual ones: measuring others failed ({error}).");
                        return answer(0.0, message, String::new());
                    }
                    Ok(()) => {}
                }
            }
            if tuner.wants_time() || tuner.wants_steps() {
                share = tuner.share();
            } else {
                message = format!("{}{}", self.tuned.refusal, tuner.message());
                table = tuner.tuning().to_text(&self.chosen.adapter);
            }
        }
        answer(share, message, table)
    }

    /// The launches of another stage are others than those that were measured.
    fn drop_stale_tuner(&mut self) {
        if self.tuned.stage != self.trainer.stage() {
            self.tuned.tuner = None;
        }
    }

    /// Steps have run by themselves in that time.
    pub(super) fn observe(&mut self, steps: u32, only: Only, ms: f64) -> Result<(), JsValue> {
        self.drop_stale_tuner();
        match &mut self.tuned.tuner {
            Some(tuner) => tuner.observe(&mut self.trainer, steps as usize, only, ms).map_err(thrown),
            None => Ok(()),
        }
    }
}
