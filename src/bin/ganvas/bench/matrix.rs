//! `ganvas bench --variants`: every kernel of tiled products on every product.

use super::{Machine, sample};
use ganvas::Result;
use ganvas::backend::Backend;
use ganvas::bench::Task;
use ganvas::kernel::{Launch, Variant};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Seconds that a variant is timed for where the device has no timestamps.
const SECONDS: f64 = 0.1;
/// Runs of a launch in one timing, and timings.
const TIMES: usize = 20;
const SAMPLES: usize = 9;
/// Slices that make more workgroups than this are left out: a device that is busy gains nothing by them.
const MOST_WORKGROUPS: u32 = 2_048;
/// Where results differ by more of their largest number, a variant is wrong.
const TOLERANCE: f32 = 1e-4;

/// Prints GFLOP/s, a row a variant and a column a product, and answers with them as JSON.
pub async fn print(machine: &Machine, tasks: &[&Task]) -> Result<Value> {
    let mut rows = Vec::new();
    for task in tasks {
        println!("{} ({})", task.key, task.what);
        rows.push(row(machine, task).await?);
    }
    Ok(Value::Array(rows))
}

async fn row(machine: &Machine, task: &Task) -> Result<Value> {
    let mut reference: Option<Vec<f32>> = None;
    // Variants that come to the same launches are measured once.
    let mut known: HashMap<Vec<String>, f64> = HashMap::new();
    let (mut cells, mut best, mut chosen) = (Map::new(), (0.0, String::new()), 0.0);
    for variant in Variant::all() {
        let work = task.work()?;
        let launches = machine.lower(&work, &variant);
        let sources: Vec<String> = launches[0].iter().map(|launch| launch.source.clone()).collect();
        let flops = product_flops(&launches[0]);
        let (gflops, note) = match known.get(&sources) {
            Some(&gflops) => (gflops, "as one above"),
            None => {
                let groups = launches[0][0].workgroups;
                let count: u32 = groups.iter().product();
                if variant.slices.is_some_and(|slices| slices > 1) && count > MOST_WORKGROUPS {
                    continue;
                }
                let mut backend = machine.backend(work, launches).await?;
                let output = {
                    backend.run(&[0])?;
                    backend.output(0).await?
                };
                let wrong = reference.as_ref().is_some_and(|known| differ(known, &output));
                reference.get_or_insert(output);
                let gflops = flops as f64 / seconds(machine, &mut backend).await? / 1e9;
                known.insert(sources, gflops);
                print!("  {:>14} {:>16}", variant.name(), format!("{groups:?}"));
                println!(
                    " {gflops:>10.1} GFLOP/s{}{}",
                    share(machine, gflops),
                    if wrong { "  WRONG RESULT" } else { "" }
                );
                if wrong {
                    cells.insert(format!("{} (wrong)", variant.name()), json!(gflops));
                    continue;
                }
                (gflops, "")
            }
        };
        if cells.is_empty() {
            chosen = gflops;
        }
        if gflops > best.0 && note.is_empty() {
            best = (gflops, variant.name());
        }
        cells.insert(variant.name(), json!(gflops));
    }
    println!("  best: {}, {:.2} times as fast as the choice by shape\n", best.1, best.0 / chosen);
    Ok(json!({ "key": task.key, "what": task.what, "best": best.1, "gflops": cells }))
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
    known.iter().zip(found).any(|(known, found)| !((known - found).abs() <= TOLERANCE * largest))
}

/// Of one run of the product: on the device's clock where it has one.
async fn seconds(machine: &Machine, backend: &mut Backend) -> Result<f64> {
    let Backend::Gpu(gpu) = backend else { unreachable!("variants are of the GPU") };
    if !machine.gpu.as_ref().is_some_and(|gpu| gpu.has_timestamps && !gpu.is_software) {
        return Ok(sample::steps(backend, &[0], SECONDS).await?.step.median);
    }
    let mut times = Vec::new();
    for _ in 0..=SAMPLES {
        times.push(gpu.time(0, TIMES).await?.iter().sum());
    }
    // The first one warms up.
    Ok(sample::Spread::of(times.split_off(1)).median)
}
