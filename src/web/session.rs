//! A run as the worker drives it. Calls must not overlap: the worker awaits each before the next.

use super::adapter::{self, Chosen};
use super::{tables, thrown};
use crate::backend::Backend;
use crate::backend::cpu::CpuBackend;
use crate::backend::gpu::{Canvas, GpuBackend, Grid, SurfaceTarget};
use crate::data::{Dataset, pack, procedural};
use crate::error::Error;
use crate::gan::{DataShape, GRID_SIDE, plans};
use crate::kernel;
use crate::train::{METRICS, Only, Settings, Trainer, picture};
use js_sys::{Float64Array, Function, Object, Promise, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;

use web_sys::{ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

/// Generated digits stand in where the data file is missing; as many as one can look through, few enough to be instant.
const GENERATED_COUNT: usize = 8_000;
/// Pixels between the images of a grid.
const GAP: usize = 2;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    preset: &'static str,
    seed: u32,
    backend: &'static str,
    backend_reason: String,
    adapter: String,
    is_software_adapter: bool,
    data: DataInfo,
    batch_size: usize,
    latent_dim: usize,
    image_width: usize,
    image_height: usize,
    metrics: [&'static str; 4],
    dispatches: Dispatches,
    pipelines: usize,
    memory_bytes: f64,
    timings: Timings,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct DataInfo {
    name: String,
    count: usize,
    test_count: usize,
    checksum: String,
    source: String,
    licence: String,
    size_bytes: usize,
    generated: bool,
    note: String,
}

#[derive(Serialize)]
struct Dispatches {
    discriminator: usize,
    generator: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanInfo {
    name: &'static str,
    dispatches: usize,
    flops: f64,
    scratch_bytes: f64,
    parts: Vec<PartInfo>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartInfo {
    /// The launch's number, from 1, at its first part; else 0.
    launch: usize,
    kernel: &'static str,
    workgroups: String,
    size_bytes: f64,
    flops: f64,
    what: String,
}

fn parts(number: usize, launch: &kernel::Launch) -> impl Iterator<Item = PartInfo> {
    launch.parts.iter().enumerate().map(move |(index, part)| {
        let [x, y, z] = part.workgroups;
        PartInfo {
            launch: if index == 0 { number + 1 } else { 0 },
            kernel: part.family,
            workgroups: format!("{x} x {y} x {z}"),
            size_bytes: part.size_bytes as f64,
            flops: part.flops as f64,
            what: part.label.clone(),
        }
    })
}

#[derive(Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Timings {
    device_ms: f64,
    data_ms: f64,
    plan_ms: f64,
    shaders_ms: f64,
}

/// Where a grid is shown.
enum View {
    Gpu(Canvas),
    Cpu(OffscreenCanvasRenderingContext2d),
}

/// A run with its canvases.
#[wasm_bindgen]
pub struct Session {
    trainer: Trainer,
    samples_view: Option<View>,
    real_view: Option<View>,
    /// The real grid stays the same, so it is drawn once.
    real_drawn: bool,
    chosen: Chosen,
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

        let dataset = read_data(&option("data"), option("dataProblem").as_string(), &settings, &report);
        timings.data_ms = clock.lap();

        let shape = DataShape { count: dataset.count, height: dataset.height, width: dataset.width };
        let data = describe(&dataset);
        let program = settings.recipe().program(shape).map_err(thrown)?;
        timings.plan_ms = clock.lap();

        let backend = match &chosen.device {
            Some(device) => {
                let mut progress = |done, total| report("Compiling shaders", done, total);
                let images = [dataset.images];
                let backend = GpuBackend::new(device.clone(), program, &images, settings.seed, &mut progress).await;
                Backend::Gpu(Box::new(backend.map_err(thrown)?))
            }
            None => {
                let backend = CpuBackend::new(program, vec![dataset.images], settings.seed).map_err(thrown)?;
                Backend::Cpu(Box::new(backend))
            }
        };
        timings.shaders_ms = clock.lap();
        let trainer = Trainer::new(backend, settings, shape);
        Ok(Session {
            trainer,
            samples_view: None,
            real_view: None,
            real_drawn: false,
            chosen,
            data,
            timings,
            replay: None,
        })
    }

    /// What this session is: a plain object, see `www/protocol.js`.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        let settings = self.trainer.settings();
        let program = self.trainer.backend().program();
        let dispatches = |plan: usize| match self.trainer.backend() {
            Backend::Gpu(gpu) => gpu.launches(plan).len(),
            Backend::Cpu(_) => kernel::lower(&program.plans[plan], &program.variables).len(),
        };
        let (backend, pipelines, memory_bytes) = match self.trainer.backend() {
            Backend::Gpu(gpu) => ("gpu", gpu.pipeline_count(), gpu.size_bytes() as f64),
            Backend::Cpu(_) => ("cpu", 0, program.size_bytes() as f64),
        };
        let shape = self.trainer.data();
        let info = Info {
            preset: settings.preset.key,
            seed: settings.seed,
            backend,
            backend_reason: self.chosen.reason.clone(),
            adapter: self.chosen.adapter.clone(),
            is_software_adapter: self.chosen.is_software,
            data: self.data.clone(),
            batch_size: settings.batch_size,
            latent_dim: settings.preset.recipe.latent_dim,
            image_width: shape.width,
            image_height: shape.height,
            metrics: METRICS,
            dispatches: Dispatches {
                discriminator: dispatches(plans::DISCRIMINATOR),
                generator: dispatches(plans::GENERATOR),
            },
            pipelines,
            memory_bytes,
            timings: self.timings,
        };
        Ok(serde_wasm_bindgen::to_value(&info)?)
    }

    /// What the training plans consist of, launch by launch: `{ name, dispatches, flops, scratchBytes, parts }` each.
    pub fn plans(&self) -> Result<JsValue, JsValue> {
        let program = self.trainer.backend().program();
        let listed = [plans::DISCRIMINATOR, plans::GENERATOR].map(|position| {
            let plan = &program.plans[position];
            let launches = kernel::lower(plan, &program.variables);
            PlanInfo {
                name: plan.name,
                dispatches: launches.len(),
                flops: launches.iter().map(|launch| launch.flops() as f64).sum(),
                scratch_bytes: plan.slot_bytes() as f64,
                parts: launches.iter().enumerate().flat_map(|(number, launch)| parts(number, launch)).collect(),
            }
        });
        Ok(serde_wasm_bindgen::to_value(&listed)?)
    }

    /// Does `n` steps; resolves when they have really run. `only`: "both", "generator" or "discriminator".
    pub async fn run(&mut self, n: u32, only: String) -> Result<(), JsValue> {
        let only = match &only[..] {
            "both" => Only::Both,
            "generator" => Only::Generator,
            "discriminator" => Only::Discriminator,
            other => {
                let message = format!("takes both, generator or discriminator; “{other}” is none of them");
                return Err(thrown(Error::Setting { key: "only".into(), message }));
            }
        };
        self.trainer.run(n as usize, only).await.map_err(thrown)?;
        self.trainer.finish().await.map_err(thrown)
    }

    /// `{ step, epoch, images, rows, width, brokenNetwork }`: the rows measured since the last call, one after another;
    /// the network that has had a gradient that is no finite number, or null.
    #[wasm_bindgen(js_name = takeMetrics)]
    pub async fn take_metrics(&mut self) -> Result<JsValue, JsValue> {
        let measured = self.trainer.take_measurements().await.map_err(thrown)?;
        let numbers: Vec<f64> = measured.rows.iter().flatten().copied().collect();
        let answer = Object::new();
        let broken = measured.broken_update.map_or(JsValue::NULL, |(network, _)| network.into());
        let entries: [(&str, JsValue); 6] = [
            ("brokenNetwork", broken),
            ("step", self.trainer.step().into()),
            ("epoch", self.trainer.epoch().into()),
            ("images", (self.trainer.images() as f64).into()),
            ("rows", Float64Array::from(&numbers[..]).into()),
            ("width", (METRICS.len() + 1).into()),
        ];
        for (key, value) in entries {
            Reflect::set(&answer, &key.into(), &value)?;
        }
        Ok(answer.into())
    }

    /// Hands over a canvas: `kind` is "samples" or "real".
    #[wasm_bindgen(js_name = attachCanvas)]
    pub fn attach_canvas(&mut self, kind: String, canvas: OffscreenCanvas) -> Result<(), JsValue> {
        let shape = self.trainer.data();
        let grid = Grid { columns: GRID_SIDE, rows: GRID_SIDE, height: shape.height, width: shape.width, gap: GAP };
        let [width, height] = grid.size();
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
        let is_samples = kind == "samples";
        let plan = if is_samples { plans::SAMPLE } else { plans::REAL };
        let view = match self.trainer.backend() {
            Backend::Gpu(gpu) => {
                let target = SurfaceTarget::OffscreenCanvas(canvas);
                View::Gpu(Canvas::new(gpu, target, plan, grid).map_err(thrown)?)
            }
            Backend::Cpu(_) => {
                let context = canvas.get_context("2d")?.ok_or("this browser cannot draw on a canvas in a worker")?;
                View::Cpu(context.unchecked_into())
            }
        };
        if is_samples {
            self.samples_view = Some(view);
        } else {
            self.real_view = Some(view);
            self.real_drawn = false;
        }
        Ok(())
    }

    /// Draws the samples of the fixed latents, and the real images if they are not there yet.
    pub async fn draw(&mut self) -> Result<(), JsValue> {
        if self.samples_view.is_some() {
            self.trainer.start_samples(None).map_err(thrown)?;
            self.show(self.samples_view.as_ref(), plans::SAMPLE).await?;
        }
        if self.real_view.is_some() && !self.real_drawn {
            self.trainer.start_real().map_err(thrown)?;
            self.show(self.real_view.as_ref(), plans::REAL).await?;
            self.real_drawn = true;
        }
        Ok(())
    }

    async fn show(&self, view: Option<&View>, plan: usize) -> Result<(), JsValue> {
        match (view, self.trainer.backend()) {
            (Some(View::Gpu(canvas)), Backend::Gpu(gpu)) => canvas.draw(gpu).map_err(thrown),
            (Some(View::Cpu(context)), backend) => {
                let images = backend.output(plan).await.map_err(thrown)?;
                let picture = self.picture(&images);
                let bytes = picture.rgba();
                let image = ImageData::new_with_u8_clamped_array(Clamped(&bytes), picture.width as u32)?;
                context.put_image_data(&image, 0.0, 0.0)
            }
            _ => Ok(()),
        }
    }

    fn picture(&self, images: &[f32]) -> picture::Picture {
        let shape = self.trainer.data();
        picture::grid(images, GRID_SIDE, [shape.height, shape.width], GAP)
    }

    /// A grid of `n` samples as `{ width, height, data }`; `seed` null or undefined: the run's fixed latents.
    pub async fn samples(&mut self, n: u32, seed: Option<u32>) -> Result<JsValue, JsValue> {
        let images = self.trainer.samples(n as usize, seed).await.map_err(thrown)?;
        let picture = self.picture(&images);
        let answer = Object::new();
        let data = js_sys::Uint8ClampedArray::from(&picture.rgba()[..]);
        for (key, value) in [("width", picture.width.into()), ("height", picture.height.into()), ("data", data.into())]
        {
            Reflect::set(&answer, &key.into(), &value)?;
        }
        Ok(answer.into())
    }

    /// Gets ready to repeat the run on the CPU from a checkpoint, or from its start, to see where it broke. `data` and
    /// `problem` are those that the session was created with.
    #[wasm_bindgen(js_name = beginDiagnosis)]
    pub fn begin_diagnosis(
        &mut self,
        data: JsValue,
        problem: Option<String>,
        checkpoint: Option<Uint8Array>,
    ) -> Result<(), JsValue> {
        let settings = self.trainer.settings().clone();
        let dataset = read_data(&data, problem, &settings, &|_, _, _| {});
        let program = self.trainer.backend().program().clone();
        let backend = CpuBackend::new(program, vec![dataset.images], settings.seed).map_err(thrown)?;
        let mut replay = Trainer::new(Backend::Cpu(Box::new(backend)), settings, self.trainer.data());
        if let Some(bytes) = checkpoint {
            replay.load(&bytes.to_vec()).map_err(thrown)?;
        }
        self.replay = Some(replay);
        Ok(())
    }

    /// Repeats up to `steps` steps more, but not beyond where the run stands: `{ done, found }`, where `found` says in
    /// words where the first number came that is not finite, or is null.
    #[wasm_bindgen(js_name = continueDiagnosis)]
    pub fn continue_diagnosis(&mut self, steps: u32) -> Result<JsValue, JsValue> {
        let mut found = JsValue::NULL;
        let mut done = true;
        if let Some(replay) = &mut self.replay {
            let left = self.trainer.step().saturating_sub(replay.step());
            if let Some(diagnosis) = replay.diagnose(steps.min(left)).map_err(thrown)? {
                found = diagnosis.to_string().into();
            }
            done = !found.is_null() || left <= steps;
        }
        if done {
            self.replay = None;
        }
        let answer = Object::new();
        Reflect::set(&answer, &"done".into(), &done.into())?;
        Reflect::set(&answer, &"found".into(), &found)?;
        Ok(answer.into())
    }

    /// The run as a safetensors file.
    pub async fn save(&self) -> Result<Uint8Array, JsValue> {
        let bytes = self.trainer.save().await.map_err(thrown)?;
        Ok(Uint8Array::from(&bytes[..]))
    }

    /// Goes on from a saved run; when the file cannot be used, nothing has changed.
    pub async fn load(&mut self, bytes: Uint8Array) -> Result<(), JsValue> {
        self.trainer.load(&bytes.to_vec()).map_err(thrown)
    }

    /// Applies the live ones of some settings; answers with the keys of the others.
    pub fn set(&mut self, values: JsValue) -> Result<Vec<String>, JsValue> {
        let mut settings: Settings = self.trainer.settings().clone();
        let mut rebuild = Vec::new();
        for entry in Object::entries(values.unchecked_ref::<Object>()).iter() {
            let entry: js_sys::Array = entry.unchecked_into();
            let key = entry.get(0).as_string().unwrap_or_default();
            let text = entry.get(1).as_string().or_else(|| entry.get(1).as_f64().map(|number| number.to_string()));
            let setting = crate::train::settings::SETTINGS.iter().find(|setting| setting.key == key);
            match (setting, text) {
                (Some(setting), Some(text)) if setting.live => {
                    settings.set(setting, &text).map_err(|message| thrown(Error::Setting { key, message }))?;
                }
                _ => rebuild.push(key),
            }
        }
        self.trainer.set_live(&settings);
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

/// The data set from the file's bytes, or the generated one with a note that says why.
fn read_data(
    data: &JsValue,
    problem: Option<String>,
    settings: &Settings,
    report: &dyn Fn(&str, usize, usize),
) -> Dataset {
    let problem = match (data.dyn_ref::<Uint8Array>(), problem) {
        (Some(bytes), None) => {
            let name = format!("{}.ganvas", settings.preset.data);
            match pack::unpack(&name, &bytes.to_vec(), &mut |done, total| report("Checking the data", done, total)) {
                Ok(dataset) => return dataset,
                Err(error) => format!("The data file cannot be used ({error})."),
            }
        }
        (_, Some(problem)) => problem,
        (None, None) => "There is no data file.".into(),
    };
    report("Drawing digits", 0, 1);
    let mut dataset = procedural::generated_digits(GENERATED_COUNT, settings.seed);
    dataset.note = format!("{problem} {}", dataset.note);
    dataset
}

fn describe(dataset: &Dataset) -> DataInfo {
    DataInfo {
        name: dataset.name.clone(),
        count: dataset.count,
        test_count: dataset.test_count,
        checksum: dataset.checksum.clone(),
        source: dataset.source.clone(),
        licence: dataset.licence.clone(),
        size_bytes: dataset.size_bytes,
        generated: dataset.generated,
        note: dataset.note.clone(),
    }
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
