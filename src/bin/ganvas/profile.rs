//! `ganvas profile`: where the time of a step goes: on a GPU launch by launch, on the device's own clock; on the CPU
//! dispatch by dispatch.

use super::bench::ceiling;
use super::run::Choice;
use crate::terminal::say;
use ganvas::backend::cpu::{CpuBackend, threads};
use ganvas::backend::gpu::{GpuBackend, GpuDevice};
use ganvas::bench::{TASKS, Work};
use ganvas::catalogue::PRESETS;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::kernel::{self, Launch, Tuning, Variant};
use ganvas::near;
use ganvas::train::Settings;
use ganvas::{Error, Result};
use std::rc::Rc;
use std::time::Instant;

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
    #[arg(long, value_enum, default_value = "gpu")]
    backend: Choice,
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
        let names: Vec<&str> =
            PRESETS.iter().map(|preset| preset.key).chain(TASKS.iter().map(|task| task.key)).collect();
        let tasks: Vec<&str> = TASKS.iter().map(|task| task.key).collect();
        let message = format!(
            "there is no “{name}”{} There are the presets that `ganvas presets` lists, and the work {}",
            near::hint(name, &names),
            tasks.join(", ")
        );
        return Err(Error::Setting { key: "name".into(), message });
    };
    let settings = Settings::new(preset);
    let examples = settings.training_data(generated_digits(DIGITS, 0))?;
    let Game { program, play } = settings.game(examples.shape, 0)?;
    Ok(Work {
        program,
        step: play.turns.iter().map(|turn| turn.plan).collect(),
        tables: examples.tables,
        learning_rates: Vec::new(),
        has_losses: true,
    })
}

/// A launch and the seconds it took.
struct Line<'l> {
    plan: &'static str,
    launch: &'l Launch,
    seconds: f64,
}

/// Runs of a step on the CPU before it is timed, and how many are timed, of which the median is taken.
const CPU_WARM_UP: usize = 20;
const CPU_SAMPLES: usize = 1001;

/// Each dispatch of a step with the microseconds it takes, and sums by kernel.
fn profile_cpu(name: &str, top: usize) -> Result<()> {
    let Work { program, step, tables, learning_rates, .. } = work(name)?;
    let mut backend: CpuBackend = CpuBackend::new(program, tables, 1)?;
    for (network, rate) in learning_rates {
        backend.set_learning_rate(network, rate);
    }
    let begun = Instant::now();
    let clock = || begun.elapsed().as_secs_f64();
    let mut samples: Vec<Vec<f64>> = (0..CPU_WARM_UP + CPU_SAMPLES)
        .map(|_| step.iter().flat_map(|&plan| backend.time(plan, &clock)).collect())
        .collect();
    samples.drain(..CPU_WARM_UP);
    let quantile = |mut values: Vec<f64>, share: f64| {
        values.sort_by(f64::total_cmp);
        values[(values.len() as f64 * share) as usize] * 1e6
    };
    let median = |values| quantile(values, 0.5);
    let of_steps: Vec<f64> = samples.iter().map(|sample| sample.iter().sum()).collect();
    let (whole, fast) = (median(of_steps.clone()), quantile(of_steps, 0.1));
    let plans = &backend.program().plans;
    let dispatches = step.iter().flat_map(|&plan| plans[plan].dispatches.iter().map(move |dispatch| (plan, dispatch)));
    let mut lines: Vec<(f64, &str, String)> = dispatches
        .enumerate()
        .map(|(at, (plan, dispatch))| {
            let taken = median(samples.iter().map(|sample| sample[at]).collect());
            (taken, plans[plan].name, dispatch.kernel.describe())
        })
        .collect();
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    say!(
        "The CPU backend, {} threads: {} dispatches, {whole:.1} us; a tenth of the steps took {fast:.1} us or less",
        threads(),
        lines.len()
    );
    let shown = if top == 0 { lines.len() } else { top };
    for (taken, plan, what) in lines.iter().take(shown) {
        say!("{taken:>9.1} {:>5.1} % {plan:<14} {what}", 100.0 * taken / whole);
    }
    let mut kinds: Vec<(&str, f64, usize)> = Vec::new();
    for (taken, _, what) in &lines {
        let kind = what.split([' ', ':', '(']).next().unwrap_or_default();
        match kinds.iter_mut().find(|(known, ..)| *known == kind) {
            Some((_, sum, count)) => (*sum, *count) = (*sum + taken, *count + 1),
            None => kinds.push((kind, *taken, 1)),
        }
    }
    kinds.into_iter().for_each(|(kind, sum, count)| say!("{kind:<24} {count:>3} {sum:>9.1} us"));
    Ok(())
}

async fn profile(arguments: Arguments) -> Result<()> {
    if let Choice::Cpu = arguments.backend {
        return profile_cpu(&arguments.name, arguments.top);
    }
    let variant = arguments.variant.as_deref().map_or(Ok(Variant::default()), Variant::parse)?;
    let Work { program, step, tables, .. } = work(&arguments.name)?;
    let gpu = Rc::new(GpuDevice::open().await?);
    say!("{} by {} ({})", gpu.name, gpu.api, gpu.driver);
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
    say!("{} launches, {:.1} us by themselves", lines.len(), total * 1e6);
    say!(
        "{:>9} {:>6} {:>9} {:>10} {:>7} {:>9} {:>7} {:>15} {:<14} what",
        "us",
        "share",
        "MFLOP",
        "GFLOP/s",
        "of peak",
        "KiB",
        "of copy",
        "workgroups",
        "plan"
    );
    let shown = if top == 0 { lines.len() } else { top };
    for Line { plan, launch, seconds } in lines.into_iter().take(shown) {
        let bytes: u64 = launch.parts.iter().map(|part| part.size_bytes).sum();
        let share = |of: Option<f64>, value: f64| of.map_or("-".into(), |of| format!("{:.1} %", 100.0 * value / of));
        let (gflops, gb_s) = (launch.flops() as f64 / seconds / 1e9, bytes as f64 / seconds / 1e9);
        let [x, y, z] = launch.workgroups;
        let families: Vec<&str> = launch.parts.iter().map(|part| part.family).collect();
        say!(
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
