//! What the page is told about a session and its plans.

use super::adapter::Chosen;
use super::source::DataInfo;
use crate::backend::{Backend, cpu};
use crate::gan::{Labels, plans};
use crate::kernel;
use crate::train::{METRICS, Trainer};
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
    latent_dim: usize,
    page: [usize; 2],
    /// Where the classes that are told come from: `labels`, `clusters`, `clusters_in_labels`; nothing where none are told.
    classes_from: Option<&'static str>,
    /// Labels that the columns of the page stand for, one each; 0 where they stand for none.
    labelled_columns: usize,
    algorithm: &'static str,
    metrics: [&'static str; METRICS.len()],
    dispatches: Dispatches,
    pipelines: usize,
    memory_bytes: f64,
    timings: Timings,
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
    let told = settings.recipe.labels != Labels::None;
    let classes_from = told.then_some(match data_shape.groups {
        None => "labels",
        Some(groups) if groups.labels == 0 => "clusters",
        Some(_) => "clusters_in_labels",
    });
    let program = trainer.backend().program();
    let dispatches = |plan: usize| match trainer.backend() {
        Backend::Gpu(gpu) => gpu.launches(plan).len(),
        Backend::Cpu(_) => kernel::lower(&program.plans[plan], &program.variables).len(),
    };
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
        latent_dim: settings.recipe.latent_dim,
        page: trainer.page(),
        classes_from,
        labelled_columns: if told { data_shape.labels() } else { 0 },
        algorithm: settings.preset.algorithm.key,
        metrics: METRICS,
        dispatches: Dispatches {
            discriminator: dispatches(plans::DISCRIMINATOR),
            generator: dispatches(plans::GENERATOR),
        },
        pipelines,
        memory_bytes,
        timings,
    }
}

/// What the training plans consist of.
pub(super) fn of_plans(trainer: &Trainer) -> [PlanInfo; 2] {
    let program = trainer.backend().program();
    [plans::DISCRIMINATOR, plans::GENERATOR].map(|position| {
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
    })
}
