//! `ganvas bench`: how fast products, convolutions and training steps are on this machine, and how near to what it can do
//! at most. `benches/pytorch_bench.py` does the same work in PyTorch and writes the same file.

mod ceiling;
mod growth;
mod matrix;
mod sample;
mod tune;

use super::run::{Choice, file_error};
use crate::terminal::say;
pub use ceiling::ceiling;
use ganvas::backend::cpu::{CpuBackend, threads};
use ganvas::backend::gpu::{GpuBackend, GpuDevice};
use ganvas::backend::{Backend, RING_ROWS};
use ganvas::bench::{TASKS, Task, Work};
use ganvas::kernel::{self, Launch, Tuning, Variant};
use ganvas::{Error, Result};
use sample::{Spread, Timing};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::rc::Rc;

/// A seed for variables and noise.
const SEED: u32 = 1;

#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, default_value = "gpu")]
    backend: Choice,
    /// Only work whose name begins so, for instance W1,W2-conv2; PEAK and COPY are always measured on a GPU
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Writes the results as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Seconds for each piece of work, once it is warm and run at least three times
    #[arg(long, default_value = "2")]
    seconds: f64,
    /// The kernel of all tiled products, TILE or TILE/SLICES, in place of the choice by shape
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Compares all kernels of tiled products on the products of the work, instead of the work itself
    #[arg(long)]
    variants: bool,
    /// Lets the tuner pick kernels for the steps of the work (W3, W4, GP), and prints what it picks
    #[arg(long, conflicts_with_all = ["variants", "variant"])]
    tune: bool,
    /// Times a DCGAN's step over batch, channels and size of the images, instead of the work itself, as a table in Markdown
    #[arg(long, conflicts_with_all = ["only", "variants", "tune"])]
    growth: bool,
}

pub fn run(arguments: Arguments) -> Result<()> {
    pollster::block_on(bench(arguments))
}

/// What work is run on.
struct Machine {
    gpu: Option<Rc<GpuDevice>>,
    ceiling: ganvas::backend::gpu::Ceiling,
    variant: Variant,
}

async fn bench(arguments: Arguments) -> Result<()> {
    if !(arguments.seconds > 0.0 && arguments.seconds.is_finite()) {
        let message = format!("takes a number of seconds above 0, and is {}", arguments.seconds);
        return Err(Error::Setting { key: "seconds".into(), message });
    }
    let variant = arguments.variant.as_deref().map(Variant::parse).transpose()?;
    let gpu = match arguments.backend {
        Choice::Cpu => None,
        Choice::Gpu => Some(Rc::new(GpuDevice::open().await?)),
    };
    say!("{}", describe(gpu.as_deref()));
    if let (None, true) = (&gpu, arguments.variants || arguments.tune || arguments.variant.is_some()) {
        let message =
            "are of the GPU backend: leave out --variants, --variant and --tune, or --backend cpu".to_string();
        return Err(Error::Setting { key: "variants".into(), message });
    }
    let ceiling = ceiling(gpu.as_ref()).await?;
    let of_device = || Tuning::for_device(gpu.as_ref().is_some_and(|gpu| gpu.is_software)).others;
    let variant = variant.unwrap_or_else(of_device);
    let machine = Machine { gpu, ceiling, variant };
    let mut result = machine.json();
    let wanted = |task: &&Task| {
        let is_slow = task.is_heavy && machine.gpu.as_ref().is_some_and(|gpu| gpu.is_software);
        match arguments.only.is_empty() {
            true => !is_slow,
            false => arguments.only.iter().any(|only| task.key.starts_with(&only[..])),
        }
    };
    if arguments.tune {
        let tasks: Vec<&Task> = TASKS.iter().filter(wanted).collect();
        check_named(&tasks, TASKS)?;
        result["tuning"] = tune::print(&machine, &tasks).await?;
    } else if arguments.growth {
        result["growth"] = machine.growth(arguments.seconds).await?;
    } else if arguments.variants {
        let tasks: Vec<&Task> = ganvas::bench::PRODUCTS.iter().filter(wanted).collect();
        check_named(&tasks, ganvas::bench::PRODUCTS)?;
        result["variants"] = matrix::print(&machine, &tasks).await?;
    } else {
        let tasks: Vec<&Task> = TASKS.iter().filter(wanted).collect();
        check_named(&tasks, TASKS)?;
        result["work"] = machine.tasks(&tasks, arguments.seconds).await?;
    }
    if let Some(path) = arguments.out {
        let text = serde_json::to_string_pretty(&result).expect("it is plain data");
        std::fs::write(&path, text).map_err(|error| file_error(&path, error))?;
        say!("\nWritten to {}", path.display());
    }
    Ok(())
}

fn check_named(found: &[&Task], all: &[Task]) -> Result<()> {
    if !found.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = all.iter().map(|task| task.key).collect();
    let message = format!("names no work; there is {}", keys.join(", "));
    Err(Error::Setting { key: "only".into(), message })
}

fn describe(gpu: Option<&GpuDevice>) -> String {
    match gpu {
        None => format!("The CPU backend, {} threads", threads()),
        Some(gpu) => {
            let note = if gpu.is_software { "; it computes on the CPU, where long work is left out" } else { "" };
            format!("{} by {} ({}){note}", gpu.name, gpu.api, gpu.driver)
        }
    }
}

impl Machine {
    fn json(&self) -> Value {
        let (name, api, driver) = match &self.gpu {
            Some(gpu) => (gpu.name.clone(), gpu.api, gpu.driver.clone()),
            None => (format!("CPU, {} threads", threads()), "cpu", String::new()),
        };
        json!({
            "engine": format!("ganvas {}", env!("CARGO_PKG_VERSION")),
            "adapter": name,
            "backend": api,
            "driver": driver,
            "software": self.gpu.as_ref().is_some_and(|gpu| gpu.is_software),
            "variant": self.variant.name(),
            "peak_gflops": self.ceiling.gflops,
            "copy_gb_s": self.ceiling.gb_s,
        })
    }

    /// The plans of a program as launches.
    fn lower(&self, work: &Work, variant: &Variant) -> Vec<Vec<Launch>> {
        kernel::lower_plans(&work.program, &Tuning::all(*variant))
    }

    async fn backend(&self, work: Work, launches: Vec<Vec<Launch>>) -> Result<Backend> {
        let Work { program, tables, learning_rates, .. } = work;
        let mut backend = match &self.gpu {
            None => Backend::Cpu(Box::new(CpuBackend::new(program, tables, SEED)?)),
            Some(gpu) => {
                let made =
                    GpuBackend::with_launches(gpu.clone(), program, launches, &tables, SEED, &mut |_, _| {}).await?;
                Backend::Gpu(Box::new(made))
            }
        };
        for (network, rate) in learning_rates {
            backend.set_learning_rate(network, rate);
        }
        Ok(backend)
    }

    async fn tasks(&self, tasks: &[&Task], seconds: f64) -> Result<Value> {
        say!(
            "{:<15} {:>9} {:>17} {:>10} {:>7} {:>9} {:>7} {:>10} {:>9}  what",
            "work",
            "ms",
            "quartiles",
            "GFLOP/s",
            "of peak",
            "MiB",
            "of copy",
            "dispatches",
            "encode us"
        );
        let mut rows = Vec::new();
        for task in tasks {
            rows.push(self.task(task, seconds).await?);
        }
        Ok(Value::Array(rows))
    }

    async fn task(&self, task: &Task, seconds: f64) -> Result<Value> {
        let work = task.work()?;
        let launches = self.lower(&work, &self.variant);
        let (step, has_losses) = (work.step.clone(), work.has_losses);
        let of_step = || step.iter().flat_map(|&plan| &launches[plan]);
        let flops: u64 = of_step().map(Launch::flops).sum();
        let bytes: u64 = of_step().flat_map(|launch| &launch.parts).map(|part| part.size_bytes).sum();
        // The CPU does the parts of a launch one by one, and while it is told to.
        let dispatches = match &self.gpu {
            Some(_) => of_step().count(),
            None => step.iter().map(|&plan| work.program.plans[plan].dispatches.len()).sum(),
        };
        let mut backend = self.backend(work, launches.clone()).await?;

        // The first step is also the warm-up, and its losses are those of the seed.
        backend.run(&step)?;
        backend.finish().await?;
        let mut losses = Vec::new();
        for &plan in step.iter().filter(|_| has_losses) {
            let columns = backend.ring(plan).await?.len() / RING_ROWS;
            losses.push(backend.ring(plan).await?[..columns][0]);
        }
        let Timing { step: Spread { median, lower, upper }, encode, samples, steps } =
            sample::steps(&mut backend, &step, seconds).await?;
        let (gflops, gb_s) = (flops as f64 / median / 1e9, bytes as f64 / median / 1e9);
        let share = |of: Option<f64>, value: f64| of.map_or("-".into(), |of| format!("{:.1} %", 100.0 * value / of));
        say!(
            "{:<15} {:>9.4} {:>17} {:>10.1} {:>7} {:>9.2} {:>7} {:>10} {:>9}  {}{}",
            task.key,
            median * 1e3,
            format!("{:.4}-{:.4}", lower * 1e3, upper * 1e3),
            gflops,
            share(self.ceiling.gflops, gflops),
            bytes as f64 / f64::from(1 << 20),
            share(self.ceiling.gb_s, gb_s),
            dispatches,
            self.gpu.as_ref().map_or("-".into(), |_| format!("{:.1}", encode * 1e6)),
            task.what,
            if losses.is_empty() { String::new() } else { format!("; first losses {losses:.4?}") },
        );
        Ok(json!({
            "key": task.key,
            "what": task.what,
            "ms": median * 1e3,
            "ms_quartiles": [lower * 1e3, upper * 1e3],
            "samples": samples,
            "steps_per_sample": steps,
            "gflop": flops as f64 / 1e9,
            "gflops": gflops,
            "mib": bytes as f64 / f64::from(1 << 20),
            "gb_s": gb_s,
            "dispatches": dispatches,
            "encode_ms": self.gpu.as_ref().map(|_| encode * 1e3),
            "first_losses": losses,
        }))
    }
}
