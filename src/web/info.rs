//! What the page is told about a session and its plans.

use super::adapter::Chosen;
use super::source::DataInfo;
use super::tables::exact;
use crate::backend::{Backend, cpu};
use crate::data::Form;
use crate::game::{
    Drawn, Gallery, Input, Layout, Lexicon, NumberInput, Palette, Part, Probe, Role, Side, Skeleton, Slider, Turn,
};
use crate::gan::choice_key;
use crate::kernel;
use crate::train::Trainer;
use crate::train::settings::Setting;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Info {
    preset: &'static str,
    seed: u32,
    backend: &'static str,
    backend_reason: String,
    /// That the CPU backend computes with; helpers may still come.
    threads: usize,
    adapter: String,
    is_software_adapter: bool,
    data: DataInfo,
    batch_size: usize,
    /// Random numbers that each forgery is made from; 0 where it is made from none.
    latent_dim: usize,
    /// Columns and rows of the picture of the first gallery.
    page: [usize; 2],
    /// Where the classes that are told come from: `labels`, `clusters`, `clusters_in_labels`; nothing where none are told.
    classes_from: Option<&'static str>,
    /// Labels that the columns of the page stand for, one each; 0 where they stand for none.
    labelled_columns: usize,
    algorithm: &'static str,
    algorithm_name: &'static str,
    /// Whether it is a generator and a discriminator that play alone, as phases and the looks inside need.
    is_pair: bool,
    /// The loss that says what D's output means.
    loss: &'static str,
    /// In order; none for games that stay as they begin.
    stages: Vec<StageInfo>,
    /// The number of the one whose networks are in place.
    stage: usize,
    /// Keys of the curves that steps record, in their order, and their names.
    metrics: Vec<&'static str>,
    metric_names: Vec<&'static str>,
    galleries: Vec<GalleryInfo>,
    probes: Vec<ProbeInfo>,
    dispatches: Dispatches,
    pipelines: usize,
    memory_bytes: f64,
    timings: Timings,
}

#[derive(Serialize)]
struct StageInfo {
    name: &'static str,
    /// The steps after which it begins.
    begins: u32,
}

/// A question to the networks whose inputs the visitor draws.
#[derive(Serialize)]
struct ProbeInfo {
    key: &'static str,
    name: &'static str,
    /// What to look for; may be empty.
    watch: &'static str,
    inputs: Vec<InputInfo>,
    /// Numbers that go in too.
    sliders: Vec<SliderInfo>,
    /// Names of what it puts out: of the rows of the picture where `rows` is set, else of what is beside each other in it.
    outputs: Vec<&'static str>,
    rows: bool,
    /// Pictures beside each other.
    columns: usize,
    /// Names of the numbers that it puts out.
    numbers: Vec<&'static str>,
    /// The sliders that a click on a picture moves, row and column, by their keys; none for most.
    pointed: Vec<&'static str>,
    /// Names of the volumes that it puts out, and cells along a side of them; none and 0 for most.
    volumes: Vec<&'static str>,
    cells: usize,
}

#[derive(Serialize)]
struct InputInfo {
    key: &'static str,
    name: &'static str,
    /// How it is drawn: `outline`, `ink`, `hole`, `map`, `joints` or `words`.
    drawn: &'static str,
    height: usize,
    width: usize,
    /// Of a map the names of its classes, the colours in which they are painted, and what a fresh one has; else empty.
    names: &'static [&'static str],
    colours: &'static [[u8; 3]],
    bands: &'static [(usize, f64)],
    /// Of joints, whose names those are then, the lines between them, what each hangs from, and where they are at first.
    limbs: &'static [[usize; 2]],
    hangs: &'static [[usize; 2]],
    start: &'static [[f32; 2]],
    /// Of a caption, whose words the names are then, one to begin with.
    example: &'static str,
}

fn probe_info(probe: &Probe) -> ProbeInfo {
    let input = |input: &Input| {
        let [height, width] = match input.form {
            Form::Image { height, width, .. } | Form::Map { height, width, .. } => [height, width],
            Form::Point { coordinates } => [coordinates / 2, 2],
            Form::Volume { .. } => return None,
        };
        let (drawn, palette, skeleton) = match input.drawn {
            Drawn::Outline => ("outline", Palette::NONE, Skeleton::NONE),
            Drawn::Ink => ("ink", Palette::NONE, Skeleton::NONE),
            Drawn::Hole => ("hole", Palette::NONE, Skeleton::NONE),
            Drawn::Map(palette) => ("map", palette, Skeleton::NONE),
            Drawn::Words(Lexicon { words, .. }) => ("words", Palette { names: words, ..Palette::NONE }, Skeleton::NONE),
            Drawn::Joints(skeleton) => ("joints", Palette { names: skeleton.names, ..Palette::NONE }, skeleton),
        };
        let (Palette { names, colours, bands }, Skeleton { limbs, hangs, start, .. }) = (palette, skeleton);
        let example = if let Drawn::Words(lexicon) = input.drawn { lexicon.example } else { "" };
        let (key, name) = (input.key, input.name);
        Some(InputInfo { key, name, drawn, height, width, names, colours, bands, limbs, hangs, start, example })
    };
    let names = |role: Role| {
        let parts = probe.parts.iter().filter(|part| part.role == role);
        parts.map(|part| part.name).collect()
    };
    let cells = probe.parts.iter().find_map(|part| match part.form {
        Some(Form::Volume { side }) => Some(side),
        _ => None,
    });
    let sliders = probe.numbers.iter().map(slider_info).collect();
    let inputs = probe.inputs.iter().filter_map(input).collect();
    ProbeInfo {
        key: probe.key,
        name: probe.name,
        watch: probe.watch,
        inputs,
        sliders,
        outputs: probe.drawn().map(|part| part.name).collect(),
        rows: matches!(probe.layout, Layout::Rows(_)),
        columns: probe.columns(),
        numbers: names(Role::Number),
        pointed: probe.pointed.iter().flat_map(|place| [place.row, place.column]).collect(),
        volumes: names(Role::Volume),
        cells: cells.unwrap_or(0),
    }
}

/// Something to look at: images in `[columns, rows]`.
#[derive(Serialize)]
struct GalleryInfo {
    key: &'static str,
    name: &'static str,
    page: [usize; 2],
    /// Names of the rows, from the top; empty where all are of one kind.
    rows: Vec<&'static str>,
    sliders: Vec<SliderInfo>,
}

/// A number that what is shown depends on.
#[derive(Serialize)]
struct SliderInfo {
    key: &'static str,
    name: &'static str,
    help: &'static str,
    min: f64,
    max: f64,
    step: f64,
    value: f64,
    /// What each place is called; empty for numbers.
    names: &'static [&'static str],
}

fn slider_info(&NumberInput { slider, .. }: &NumberInput) -> SliderInfo {
    let Slider { key, name, range: [min, max, step], default, names, help } = slider;
    let [min, max, step, value] = [min, max, step, default].map(exact);
    SliderInfo { key, name, help, min, max, step, value, names }
}

fn gallery_info(gallery: &Gallery) -> GalleryInfo {
    let &Gallery { key, name, layout, .. } = gallery;
    let rows = match layout {
        Layout::Grid(_) => Vec::new(),
        Layout::Rows(_) => gallery.drawn().map(|part: &Part| part.name).collect(),
    };
    GalleryInfo { key, name, page: gallery.page(), rows, sliders: gallery.inputs.iter().map(slider_info).collect() }
}

#[derive(Serialize)]
struct Dispatches {
    discriminator: usize,
    generator: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanInfo {
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
pub(super) struct Timings {
    pub device_ms: f64,
    pub data_ms: f64,
    pub plan_ms: f64,
    pub shaders_ms: f64,
}

/// The facts of a session.
pub(super) fn of_session(trainer: &Trainer, chosen: &Chosen, data: DataInfo, timings: Timings) -> Info {
    let (settings, data_shape) = (trainer.settings(), trainer.data());
    let algorithm = settings.preset.algorithm;
    let has_latents = Setting::find("latent_dim").is_some_and(|setting| setting.applies(algorithm));
    let told = trainer.orders_classes();
    let classes_from = told.then_some(match data_shape.groups {
        None => "labels",
        Some(groups) if groups.labels == 0 => "clusters",
        Some(_) => "clusters_in_labels",
    });
    let (program, play) = (trainer.backend().program(), trainer.play());
    let dispatches = |plan: usize| match trainer.backend() {
        Backend::Gpu(gpu) => gpu.launches(plan).len(),
        Backend::Cpu(_) => kernel::lower(&program.plans[plan], &program.variables).len(),
    };
    let of_side =
        |side: Side| play.turns.iter().filter(|turn| turn.side == side).map(|turn| dispatches(turn.plan)).sum();
    let (backend, pipelines, memory_bytes) = match trainer.backend() {
        Backend::Gpu(gpu) => ("gpu", gpu.pipeline_count(), gpu.size_bytes() as f64),
        Backend::Cpu(_) => ("cpu", 0, program.size_bytes() as f64),
    };
    Info {
        preset: settings.preset.key,
        seed: settings.seed,
        backend,
        backend_reason: chosen.reason.clone(),
        threads: cpu::threads(),
        adapter: chosen.adapter.clone(),
        is_software_adapter: chosen.is_software,
        data,
        batch_size: settings.recipe.batch_size,
        latent_dim: if has_latents { settings.recipe.latent_dim } else { 0 },
        page: trainer.page(),
        classes_from,
        labelled_columns: if told { data_shape.labels() } else { 0 },
        algorithm: algorithm.key,
        algorithm_name: algorithm.name,
        is_pair: trainer.is_pair(),
        loss: choice_key(settings.recipe.loss),
        stages: trainer.stages().into_iter().map(|(stage, begins)| StageInfo { name: stage.name, begins }).collect(),
        stage: trainer.stage(),
        metrics: play.curves.iter().map(|curve| curve.key).collect(),
        metric_names: play.curves.iter().map(|curve| curve.name).collect(),
        galleries: play.galleries.iter().map(gallery_info).collect(),
        probes: play.probes.iter().map(probe_info).collect(),
        dispatches: Dispatches { discriminator: of_side(Side::Detective), generator: of_side(Side::Forger) },
        pipelines,
        memory_bytes,
        timings,
    }
}

/// What the training plans consist of.
pub(super) fn of_plans(trainer: &Trainer) -> Vec<PlanInfo> {
    let program = trainer.backend().program();
    let of_turn = |turn: &Turn| {
        let position = turn.plan;
        let plan = &program.plans[position];
        let launches = match trainer.backend() {
            Backend::Gpu(gpu) => gpu.launches(position).to_vec(),
            Backend::Cpu(_) => kernel::lower(plan, &program.variables),
        };
        PlanInfo {
            name: plan.name,
            dispatches: launches.len(),
            flops: launches.iter().map(|launch| launch.flops() as f64).sum(),
            scratch_bytes: plan.slot_bytes() as f64,
            parts: launches.iter().enumerate().flat_map(|(number, launch)| parts(number, launch)).collect(),
        }
    };
    trainer.play().turns.iter().map(of_turn).collect()
}
