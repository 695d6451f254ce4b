//! `ganvas bench --variants`: every kernel of tiled products on every product.

use super::{Machine, sample};
use crate::terminal::say;
use ganvas::Result;
use ganvas::backend::Backend;
use ganvas::bench::Task;
use ganvas::kernel::{Launch, Variant};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::time::Instant;

/// Seconds that a variant is timed for where the device has no timestamps.
const SECONDS: f64 = 0.1;
/// Runs of a launch in one timing. Every variant is timed once in each round, so that a clock that rises meanwhile, or
/// falls, is not taken for a difference between them.
const TIMES: usize = 20;
const ROUNDS: usize = 9;
/// How long the device is kept busy before the rounds: compiling shaders has let its clock fall.
const WARM_SECONDS: f64 = 0.3;
/// Slices that make more workgroups than this are left out: a device that is busy gains nothing by them.
const MOST_WORKGROUPS: u32 = 2_048;
/// Where results differ by more of their largest number, a variant is wrong.
const TOLERANCE: f32 = 1e-4;

/// Prints GFLOP/s, a row a variant and a column a product, and answers with them as JSON.
pub async fn print(machine: &Machine, tasks: &[&Task]) -> Result<Value> {
    let mut rows = Vec::new();
    for task in tasks {
        say!("{} ({})", task.key, task.what);
        rows.push(row(machine, task).await?);
    }
    Ok(Value::Array(rows))
}

/// A variant, ready to run, and how long it took.
struct Candidate {
    names: Vec<String>,
    workgroups: [u32; 3],
    backend: Backend,
    seconds: Vec<f64>,
    is_wrong: bool,
}

async fn row(machine: &Machine, task: &Task) -> Result<Value> {
    let mut reference: Option<Vec<f32>> = None;
    // Variants that come to the same launches are one.
    let mut known: HashMap<Vec<String>, usize> = HashMap::new();
    let (mut candidates, mut flops): (Vec<Candidate>, u64) = (Vec::new(), 0);
    for variant in Variant::all() {
        let work = task.work()?;
        let launches = machine.lower(&work, &variant);
        flops = product_flops(&launches[0]);
        let workgroups = launches[0][0].workgroups;
        let count: u32 = workgroups.iter().product();
        if variant.slices.is_some_and(|slices| slices > 1) && count > MOST_WORKGROUPS {
            continue;
        }
        let sources: Vec<String> = launches[0].iter().map(|launch| launch.source.clone()).collect();
        if let Some(&same) = known.get(&sources) {
            candidates[same].names.push(variant.name());
            continue;
        }
        known.insert(sources, candidates.len());
        let mut backend = machine.backend(work, launches).await?;
        backend.run(&[0])?;
        let output = backend.output(0).await?;
        let is_wrong = reference.as_ref().is_some_and(|known| differ(known, &output));
        reference.get_or_insert(output);
        candidates.push(Candidate { names: vec![variant.name()], workgroups, backend, seconds: Vec::new(), is_wrong });
    }
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < WARM_SECONDS {
        candidates[0].backend.run(&[0; TIMES])?;
        candidates[0].backend.finish().await?;
    }
    let rounds = if has_clock(machine) { ROUNDS } else { 1 };
    for _ in 0..rounds {
        for candidate in &mut candidates {
            let seconds = seconds(machine, &mut candidate.backend).await?;
            candidate.seconds.push(seconds);
        }
    }
    let (mut cells, mut best, mut chosen) = (Map::new(), (0.0, String::new()), 0.0);
    for Candidate { names, workgroups, seconds, is_wrong, .. } in candidates {
        let gflops = flops as f64 / sample::Spread::of(seconds).median / 1e9;
        let name = names.join(" = ");
        say!(
            "  {name:>14} {:>16} {gflops:>10.1} GFLOP/s{}{}",
            format!("{workgroups:?}"),
            share(machine, gflops),
            if is_wrong { "  WRONG RESULT" } else { "" }
        );
        chosen = if cells.is_empty() { gflops } else { chosen };
        if gflops > best.0 && !is_wrong {
            best = (gflops, name.clone());
        }
        cells.insert(if is_wrong { format!("{name} (wrong)") } else { name }, json!(gflops));
    }
    say!("  best: {}, {:.2} times as fast as the choice by shape\n", best.1, best.0 / chosen);
    Ok(json!({ "key": task.key, "what": task.what, "best": best.1, "gflops": cells }))
}

fn has_clock(machine: &Machine) -> bool {
    machine.gpu.as_ref().is_some_and(|gpu| gpu.has_timestamps && !gpu.is_software)
}

fn share(machine: &Machine, gflops: f64) -> String {
    machine.ceiling.gflops.map_or(String::new(), |peak| format!(" {:>6.1} % of peak", 100.0 * gflops / peak))
}

/// Of the product alone: adding slices is not what is wanted.
fn product_flops(launches: &[Launch]) -> u64 {
    launches
        .iter()
        .flat_map(|launch| &launch.parts)
        .filter(|part| part.family != "add_slices")
        .map(|part| part.flops)
        .sum()
}

fn differ(known: &[f32], found: &[f32]) -> bool {
    let largest = known.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    known.iter().zip(found).any(|(known, found)| found.is_nan() || (known - found).abs() > TOLERANCE * largest)
}

/// Of one run of the product: on the device's clock where it has one.
async fn seconds(machine: &Machine, backend: &mut Backend) -> Result<f64> {
    match backend {
        Backend::Gpu(gpu) if has_clock(machine) => Ok(gpu.time(0, TIMES).await?.iter().sum()),
        backend => Ok(sample::steps(backend, &[0], SECONDS).await?.step.median),
    }
}
