//! A run as the worker drives it. Calls must not overlap: the worker awaits each before the next.

use super::adapter::{self, Chosen};
use super::info::{self, Timings};
use super::laboratory::{Laboratory, object, only};
use super::source::{DataInfo, Source};
use super::tuning::{self, Tuned};
use super::view::{STYLE, View};
use super::{tables, thrown};
use crate::backend::Backend;
use crate::backend::cpu::CpuBackend;
use crate::backend::gpu::GpuBackend;
use crate::data::Examples;
use crate::error::Error;
use crate::game::Game;
use crate::kernel::{self, Tuning};
use crate::train::doctor::Doctor;
use crate::train::picture::{self, Picture};
use crate::train::settings::Setting;
use crate::train::settings::TunerChoice;
use crate::train::{Settings, Trainer};
use js_sys::{Float64Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::OffscreenCanvas;

/// A run with its canvases.
#[wasm_bindgen]
pub struct Session {
    pub(super) trainer: Trainer,
    pub(super) laboratory: Laboratory,
    samples_view: Option<View>,
    real_view: Option<View>,
    /// A pair's real grid stays the same, so it is drawn once.
    real_drawn: bool,
    pub(super) chosen: Chosen,
    pub(super) tuned: Tuned,
    data: DataInfo,
    timings: Timings,
    /// The run once more, on the CPU, to see where it broke.
    replay: Option<Trainer>,
}

#[wasm_bindgen]
impl Session {
    /// Opens the device, reads the data and builds the run. `onProgress(label, done, total)`.
    pub async fn create(options: JsValue, on_progress: Function) -> Result<Session, JsValue> {
        let report = |label: &str, done: usize, total: usize| {
            // A page that cannot show progress is no reason to stop.
            _ = on_progress.call3(&JsValue::NULL, &label.into(), &(done as f64).into(), &(total as f64).into());
        };
        let option = |key: &str| Reflect::get(&options, &key.into()).unwrap_or(JsValue::UNDEFINED);
        let (settings, _) = tables::from_object(&option("settings"));
        let mut timings = Timings::default();

        let mut clock = Stopwatch::start();
        report("Looking for a GPU", 0, 1);
        let chosen = adapter::choose(settings.backend, option("gpuProblem").as_string()).await;
        timings.device_ms = clock.lap();

        let unpacked = option("unpacked").dyn_into().ok();
        let problem = option("dataProblem").as_string();
        let source = Source::read(&option("data"), unpacked, problem, &settings, &report).await;
        let Source { examples: Examples { shape, tables }, info: data, reference } = source.map_err(thrown)?;
        timings.data_ms = clock.lap();

        let Game { program, play } = settings.game(shape, 0).map_err(thrown)?;
        timings.plan_ms = clock.lap();

        let mut tuning = Tuning::for_device(chosen.is_software);
        let refusal = match settings.tune {
            TunerChoice::Off => String::new(),
            _ if chosen.device.is_none() => String::new(),
            _ => tuning::recall(&mut tuning, option("recallTuning"), &chosen.adapter).await,
        };
        let backend = match &chosen.device {
            Some(device) => {
                let mut progress = |done, total| report("Compiling shaders", done, total);
                let launches = kernel::lower_plans(&program, &tuning);
                let (device, seed) = (device.clone(), settings.seed);
                let made = GpuBackend::with_launches(device, program, launches, &tables, seed, &mut progress).await;
                Backend::Gpu(Box::new(made.map_err(thrown)?))
            }
            None => {
                let backend = CpuBackend::new(program, tables, settings.seed).map_err(thrown)?;
                Backend::Cpu(Box::new(backend))
            }
        };
        timings.shaders_ms = clock.lap();
        let laboratory = Laboratory::new(Doctor::new(&settings), reference);
        let trainer = Trainer::new(backend, settings, shape, play);
        let tuned = Tuned::new(&trainer, tuning, refusal, timings.shaders_ms);
        Ok(Session {
            trainer,
            laboratory,
            samples_view: None,
            real_view: None,
            real_drawn: false,
            chosen,
            tuned,
            data,
            timings,
            replay: None,
        })
    }

    /// What this session is: a plain object, see `www/protocol.js`.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        let info = info::of_session(&self.trainer, &self.chosen, self.data.clone(), self.timings);
        Ok(serde_wasm_bindgen::to_value(&info)?)
    }

    /// What the training plans consist of, launch by launch: `{ name, dispatches, flops, scratchBytes, parts }` each.
    pub fn plans(&self) -> Result<JsValue, JsValue> {
        Ok(serde_wasm_bindgen::to_value(&info::of_plans(&self.trainer))?)
    }

    /// Does `n` steps; resolves when they have really run, so that one submission is under way at a time (or two, where the
    /// rings are full in between). `only`: "both", "generator" or "discriminator".
    pub async fn run(&mut self, n: u32, only: String) -> Result<(), JsValue> {
        let only = self::only(&only)?;
        let begun = super::now();
        self.trainer.run(n as usize, only).await.map_err(thrown)?;
        self.trainer.finish().await.map_err(thrown)?;
        self.observe(n, only, super::now() - begun)?;
        Ok(())
    }

    /// `{ step, stage, epoch, images, rows, width, brokenNetwork, phase }`: the number of the stage whose networks are in
    /// place; the rows measured since the last call, one after
    /// another; the network that has had a gradient that is no finite number, or null; where the phase under way stands, or
    /// null.
    #[wasm_bindgen(js_name = takeMetrics)]
    pub async fn take_metrics(&mut self) -> Result<JsValue, JsValue> {
        let measured = self.trainer.take_measurements().await.map_err(thrown)?;
        self.laboratory.doctor.observe_rows(&measured.rows, measured.broken_update.is_some());
        let mut phase = JsValue::NULL;
        if let Some(under_way) = &mut self.laboratory.phase {
            let ended = under_way.observe(&measured.rows);
            phase = self.laboratory.phase_object()?;
            if ended.is_some() {
                self.laboratory.phase = None;
            }
        }
        let numbers: Vec<f64> = measured.rows.iter().flatten().copied().collect();
        let broken = measured.broken_update.map_or(JsValue::NULL, |(network, _)| network.into());
        object([
            ("brokenNetwork", broken),
            ("phase", phase),
            ("step", self.trainer.step().into()),
            ("stage", self.trainer.stage().into()),
            ("epoch", self.trainer.epoch().into()),
            ("images", (self.trainer.images() as f64).into()),
            ("rows", Float64Array::from(&numbers[..]).into()),
            ("width", (self.trainer.play().curves.len() + 1).into()),
        ])
    }

    /// Hands over a canvas: `kind` is "samples" or "real".
    #[wasm_bindgen(js_name = attachCanvas)]
    pub fn attach_canvas(&mut self, kind: String, canvas: OffscreenCanvas) -> Result<(), JsValue> {
        let is_samples = kind == "samples";
        let view = View::new(&self.trainer, is_samples, canvas)?;
        if is_samples {
            self.samples_view = view;
        } else {
            self.real_view = view;
            self.real_drawn = false;
        }
        Ok(())
    }

    /// Draws the first gallery (the samples of a pair), and the second if it is not there yet or changes with the run.
    pub async fn draw(&mut self) -> Result<(), JsValue> {
        if let Some(view) = &mut self.samples_view {
            view.draw(&mut self.trainer).await?;
        }
        if let (Some(view), false) = (&mut self.real_view, self.real_drawn) {
            view.draw(&mut self.trainer).await?;
            self.real_drawn = self.trainer.is_pair();
        }
        Ok(())
    }

    /// What the first canvas shows, as `{ width, height, data }`.
    pub async fn picture(&mut self) -> Result<JsValue, JsValue> {
        let Some(gallery) = self.trainer.play().galleries.first() else { return Ok(JsValue::NULL) };
        let key = gallery.key;
        picture_object(&self.trainer.picture(key, &STYLE).await.map_err(thrown)?)
    }

    /// A picture of `n` samples as `{ width, height, data }`; `seed` null or undefined: the run's fixed latents; `label`: only
    /// of that class.
    pub async fn samples(&mut self, n: u32, seed: Option<u32>, label: Option<u32>) -> Result<JsValue, JsValue> {
        let samples = self.trainer.samples(n as usize, seed, label).await.map_err(thrown)?;
        picture_object(&picture::of(self.trainer.data().form, &samples, self.trainer.page()[0], &STYLE))
    }

    /// Gets ready to repeat the run on the CPU from a checkpoint, or from its start, to see where it broke. `data` and
    /// `problem` are those that the session was created with.
    #[wasm_bindgen(js_name = beginDiagnosis)]
    pub async fn begin_diagnosis(
        &mut self,
        data: JsValue,
        problem: Option<String>,
        checkpoint: Option<Uint8Array>,
    ) -> Result<(), JsValue> {
        let settings = self.trainer.settings().clone();
        let source = Source::read(&data, None, problem, &settings, &|_, _, _| {}).await.map_err(thrown)?;
        // A checkpoint of another stage brings the networks of that one.
        let Game { program, play } = settings.game(self.trainer.data(), 0).map_err(thrown)?;
        let backend = CpuBackend::new(program, source.examples.tables, settings.seed).map_err(thrown)?;
        let mut replay = Trainer::new(Backend::Cpu(Box::new(backend)), settings, self.trainer.data(), play);
        if let Some(bytes) = checkpoint {
            replay.open(&bytes.to_vec()).await.map_err(thrown)?;
        }
        self.replay = Some(replay);
        Ok(())
    }

    /// Repeats up to `steps` steps more, but not beyond where the run stands: `{ done, found }`, where `found` says in
    /// words where the first number came that is not finite, or is null.
    #[wasm_bindgen(js_name = continueDiagnosis)]
    pub async fn continue_diagnosis(&mut self, steps: u32) -> Result<JsValue, JsValue> {
        let mut found = JsValue::NULL;
        let mut done = true;
        if let Some(replay) = &mut self.replay {
            let left = self.trainer.step().saturating_sub(replay.step());
            // It does not leave the stage that it is in.
            let steps = steps.min(replay.follow_stage().await.map_err(thrown)?);
            if let Some(diagnosis) = replay.diagnose(steps.min(left)).map_err(thrown)? {
                found = diagnosis.to_string().into();
            }
            done = !found.is_null() || left <= steps;
        }
        if done {
            self.replay = None;
        }
        object([("done", done.into()), ("found", found)])
    }

    /// The run as a safetensors file.
    pub async fn save(&self) -> Result<Uint8Array, JsValue> {
        let bytes = self.trainer.save().await.map_err(thrown)?;
        Ok(Uint8Array::from(&bytes[..]))
    }

    /// Goes on from a saved run; when the file cannot be used, nothing has changed. Answers with what the file lacked, in
    /// sentences; empty where it lacked nothing.
    pub async fn load(&mut self, bytes: Uint8Array) -> Result<String, JsValue> {
        let lacked = self.trainer.open(&bytes.to_vec()).await.map_err(thrown)?;
        self.laboratory.rewind();
        self.laboratory.doctor.rewind(self.trainer.settings(), self.trainer.step());
        Ok(lacked.join(" "))
    }

    /// Applies the live ones of some settings; answers with the keys of the others.
    pub fn set(&mut self, values: JsValue) -> Result<Vec<String>, JsValue> {
        let mut settings: Settings = self.trainer.settings().clone();
        let mut rebuild = Vec::new();
        for entry in Object::entries(values.unchecked_ref::<Object>()).iter() {
            let entry: js_sys::Array = entry.unchecked_into();
            let key = entry.get(0).as_string().unwrap_or_default();
            let text = entry.get(1).as_string().or_else(|| entry.get(1).as_f64().map(|number| number.to_string()));
            let setting = Setting::find(&key);
            match (setting, text) {
                (Some(setting), Some(text)) if setting.live => {
                    settings.set(setting, &text).map_err(|message| thrown(Error::Setting { key, message }))?;
                }
                _ => rebuild.push(key),
            }
        }
        self.trainer.set_live(&settings);
        self.laboratory.doctor.rewind(self.trainer.settings(), self.trainer.step());
        Ok(rebuild)
    }

    /// Resolves with the reason when the GPU device is lost; never on the CPU. Holds nothing of the session.
    pub fn lost(&self) -> Promise {
        match &self.chosen.device {
            None => Promise::new(&mut |_, _| {}),
            Some(device) => {
                let lost = device.lost();
                wasm_bindgen_futures::future_to_promise(async move { Ok(lost.await.into()) })
            }
        }
    }

    /// Destroys the GPU device, as an unplugged one would be. Nothing on the CPU.
    #[wasm_bindgen(js_name = loseDevice)]
    pub fn lose_device(&self) {
        if let Some(device) = &self.chosen.device {
            device.lose();
        }
    }

    /// Frees everything, the GPU's buffers too.
    pub fn destroy(self) {}
}

/// A picture as the page has it: `{ width, height, data }`.
pub(super) fn picture_object(picture: &Picture) -> Result<JsValue, JsValue> {
    let data = js_sys::Uint8ClampedArray::from(&picture.rgba()[..]);
    object([("width", picture.width.into()), ("height", picture.height.into()), ("data", data.into())])
}

/// Milliseconds between laps.
struct Stopwatch(f64);

impl Stopwatch {
    fn start() -> Self {
        Stopwatch(js_sys::Date::now())
    }

    fn lap(&mut self) -> f64 {
        let now = js_sys::Date::now();
        now - std::mem::replace(&mut self.0, now)
    }
}
