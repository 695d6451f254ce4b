//! `ganvas profile`: where the time of a step goes on a GPU, launch by launch, on the device's own clock.

use super::bench::ceiling;
use ganvas::backend::gpu::{GpuBackend, GpuDevice};
use ganvas::bench::{TASKS, Work};
use ganvas::data::procedural::generated_digits;
use ganvas::gan::{PRESETS, plans};
use ganvas::kernel::{self, Launch, Tuning, Variant};
use ganvas::train::Settings;
use ganvas::{Error, Result};
use std::rc::Rc;

/// Timings of each launch, of which the median is taken.
const SAMPLES: usize = 15;
/// Runs of a launch in one timing.
const TIMES: usize = 10;
/// Digits that are drawn where a preset trains on images: what they show costs nothing.
const DIGITS: usize = 2_000;

#[derive(clap::Args)]
pub struct Arguments {
    /// The preset, or one of the pieces of work of `ganvas bench`, for instance dcgan-mnist or W3
    name: String,
    /// The kernel of all tiled products, in place of the choice by shape
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Lines that are printed; 0 for all
    #[arg(long, default_value = "0")]
    top: usize,
}

pub fn run(arguments: Arguments) -> Result<()> {
    pollster::block_on(profile(arguments))
}

/// The program of a preset or of a piece of work.
fn work(name: &str) -> Result<Work> {
    if let Some(task) = TASKS.iter().find(|task| task.key == name) {
        return task.work();
    }
    let Some(preset) = PRESETS.iter().find(|preset| preset.key == name) else {
        let presets: Vec<&str> = PRESETS.iter().map(|preset| preset.key).collect();
        let tasks: Vec<&str> = TASKS.iter().map(|task| task.key).collect();
        let message = format!(
            "there is no “{name}”; there are the presets {} and the work {}",
            presets.join(", "),
            tasks.join(", ")
        );
        return Err(Error::Setting { key: "name".into(), message });
    };
    let settings = Settings::new(preset);
    let examples = match settings.point_set() {
        Some(set) => ganvas::data::Examples::points(&set?),
        None => ganvas::data::Examples::images(generated_digits(DIGITS, 0), 0),
    };
    Ok(Work {
        program: settings.recipe.program(examples.shape)?,
        step: vec![plans::DISCRIMINATOR, plans::GENERATOR],
        tables: examples.tables,
        learning_rate: 0.0,
        has_losses: true,
    })
}

/// A launch and the seconds it took.
struct Line<'l> {
    plan: &'static str,
    launch: &'l Launch,
    seconds: f64,
}

async fn profile(arguments: Arguments) -> Result<()> {
    let variant = arguments.variant.as_deref().map_or(Ok(Variant::default()), Variant::parse)?;
    let Work { program, step, tables, .. } = work(&arguments.name)?;
    let gpu = Rc::new(GpuDevice::open().await?);
    println!("{} by {} ({})", gpu.name, gpu.api, gpu.driver);
    if !gpu.has_timestamps {
        let message = "the adapter has no timestamps, so launches cannot be timed".to_string();
        return Err(Error::NoDevice { message, remedy: "ganvas bench times whole steps on any adapter.".into() });
    }
    let ceiling = ceiling(Some(&gpu)).await?;
    let launches = kernel::lower_plans(&program, &Tuning::all(variant));
    let names: Vec<&'static str> = program.plans.iter().map(|plan| plan.name).collect();
    let mut backend = GpuBackend::with_launches(gpu, program, launches.clone(), &tables, 1, &mut |_, _| {}).await?;
    backend.run(&step)?;
    let mut lines = Vec::new();
    for &plan in &step {
        let mut samples = Vec::new();
        for _ in 0..SAMPLES {
            samples.push(backend.time(plan, TIMES).await?);
        }
        for (index, launch) in launches[plan].iter().enumerate() {
            let mut seconds: Vec<f64> = samples.iter().map(|sample| sample[index]).collect();
            seconds.sort_by(f64::total_cmp);
            lines.push(Line { plan: names[plan], launch, seconds: seconds[SAMPLES / 2] });
        }
    }
    print(lines, &ceiling, arguments.top);
    Ok(())
}

fn print(mut lines: Vec<Line>, ceiling: &ganvas::backend::gpu::Ceiling, top: usize) {
    let total: f64 = lines.iter().map(|line| line.seconds).sum();
    lines.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    println!("{} launches, {:.1} us by themselves", lines.len(), total * 1e6);
    println!(
        "{:>9} {:>6} {:>9} {:>10} {:>7} {:>9} {:>7} {:>15} {:<14} what",
        "us", "share", "MFLOP", "GFLOP/s", "of peak", "KiB", "of copy", "workgroups", "plan"
    );
    let shown = if top == 0 { lines.len() } else { top };
    for Line { plan, launch, seconds } in lines.into_iter().take(shown) {
        let bytes: u64 = launch.parts.iter().map(|part| part.size_bytes).sum();
        let share = |of: Option<f64>, value: f64| of.map_or("-".into(), |of| format!("{:.1} %", 100.0 * value / of));
        let (gflops, gb_s) = (launch.flops() as f64 / seconds / 1e9, bytes as f64 / seconds / 1e9);
        let [x, y, z] = launch.workgroups;
        let families: Vec<&str> = launch.parts.iter().map(|part| part.family).collect();
        println!(
            "{:>9.1} {:>6} {:>9.2} {:>10.1} {:>7} {:>9.1} {:>7} {:>15} {:<14} {}: {}",
            seconds * 1e6,
            share(Some(total), seconds),
            launch.flops() as f64 / 1e6,
            gflops,
            share(ceiling.gflops, gflops),
            bytes as f64 / 1024.0,
            share(ceiling.gb_s, gb_s),
            format!("{x} x {y} x {z}"),
            plan,
            families.join("+"),
            launch.label()
        );
    }
}
