//! `ganvas train`: a run from a terminal, with a progress bar, that leaves pictures, losses and parameters behind.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::gpu::{GpuBackend, GpuDevice};
use ganvas::backend::{Backend, Program};
use ganvas::data::{Dataset, pack::unpack, procedural::generated_digits};
use ganvas::gan::{DataShape, GRID_SIDE};
use ganvas::train::{METRICS, Only, Settings, Trainer, picture};
use ganvas::{Error, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

/// What is out of order when numbers are no longer finite.
const TRAINING: &str = "training";

#[derive(clap::Args)]
pub struct Arguments {
    /// The preset, for instance dcgan-mnist
    preset: String,
    /// Generator updates
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// The same seed gives the same start, batches and noise
    #[arg(long, default_value_t = ganvas::train::settings::DEFAULT_SEED)]
    seed: u32,
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Choice,
    /// Folder for the results; made if it is not there
    #[arg(long)]
    out: PathBuf,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
    /// Steps between two sample grids [default: a tenth of the steps]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    every: Option<u32>,
    /// Go on from a saved run of the same preset
    #[arg(long)]
    resume: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Choice {
    Cpu,
    Gpu,
}

pub fn run(arguments: Arguments) -> Result<()> {
    pollster::block_on(train(arguments))
}

async fn train(arguments: Arguments) -> Result<()> {
    let settings = Settings { seed: arguments.seed, ..Settings::new(crate::preset(&arguments.preset)?) };
    fs::create_dir_all(&arguments.out).map_err(|error| file_error(&arguments.out, error))?;
    let dataset = load_data(&arguments.data)?;
    let resumed = match &arguments.resume {
        Some(path) => Some(fs::read(path).map_err(|error| file_error(path, error))?),
        None => None,
    };
    let data = DataShape { count: dataset.count, height: dataset.height, width: dataset.width };
    let images = dataset.images.clone();
    let program = settings.recipe().program(data)?;
    let (backend, adapter) = open(arguments.backend, program, vec![dataset.images], settings.seed).await?;
    let mut trainer = Trainer::new(backend, settings, data);
    if let Some(bytes) = resumed {
        trainer.load(&bytes)?;
    }
    println!("{}, seed {}, {} images of {}, on {adapter}", arguments.preset, arguments.seed, data.count, dataset.name);
    let mut good = trainer.save().await?;
    if let Err(error) = learn(&mut trainer, &arguments, &mut good).await {
        let path = arguments.out.join("last_good.safetensors");
        fs::write(&path, &good).map_err(|error| file_error(&path, error))?;
        eprintln!("the last good state is in {}", path.display());
        if matches!(&error, Error::Kernel { kernel, .. } if kernel == TRAINING) {
            explain(&trainer, images, &good)?;
        }
        return Err(error);
    }
    let path = arguments.out.join("parameters.safetensors");
    fs::write(&path, trainer.save().await?).map_err(|error| file_error(&path, error))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// Repeats a broken run on the CPU from its last good state, and says where the first number came that is not finite.
fn explain(trainer: &Trainer, images: Vec<u8>, good: &[u8]) -> Result<()> {
    let program = trainer.backend().program().clone();
    let backend = CpuBackend::new(program, vec![images], trainer.settings().seed)?;
    let mut replay = Trainer::new(Backend::Cpu(Box::new(backend)), trainer.settings().clone(), trainer.data());
    replay.load(good)?;
    match replay.diagnose(trainer.step() - replay.step())? {
        Some(diagnosis) => eprintln!("the first number that is not finite came {diagnosis}"),
        None => eprintln!("repeated on the CPU all numbers stayed finite: rounding on this device made the difference"),
    }
    Ok(())
}

/// Trains, and keeps the last good state in `good`.
async fn learn(trainer: &mut Trainer, arguments: &Arguments, good: &mut Vec<u8>) -> Result<()> {
    let every = arguments.every.unwrap_or((arguments.steps / 10).max(1));
    let losses_path = arguments.out.join("losses.csv");
    let mut losses = BufWriter::new(File::create(&losses_path).map_err(|error| file_error(&losses_path, error))?);
    let failed = |error| file_error(&losses_path, error);
    writeln!(losses, "step,{}", METRICS.join(",")).map_err(failed)?;

    let style = "{bar:30} {pos}/{len} steps, {per_sec}, {eta} left  {msg}";
    let bar = ProgressBar::new(arguments.steps.into())
        .with_style(ProgressStyle::with_template(style).expect("the template is well formed"));
    write_grid(trainer, &arguments.out).await?;
    let begin = Instant::now();
    let mut done = 0;
    while done < arguments.steps {
        // Up to the next picture, in bites that keep the bar moving.
        let bite = (every - done % every).min(arguments.steps - done).min(16);
        trainer.run(bite as usize, Only::Both).await?;
        let measured = trainer.take_measurements().await?;
        for row in &measured.rows {
            let [step, values @ ..] = row;
            writeln!(losses, "{step},{}", values.map(|value| value.to_string()).join(",")).map_err(failed)?;
        }
        if let Some([step, d_loss, g_loss, d_real, d_fake]) = measured.rows.last() {
            if !d_loss.is_finite() || !g_loss.is_finite() || measured.broken_update.is_some() {
                losses.flush().map_err(failed)?;
                let message = format!(
                    "a loss or a gradient is no finite number any more at step {step} (D {d_loss}, G {g_loss}); \
                     lower learning rates usually help"
                );
                return Err(Error::Kernel { kernel: TRAINING.into(), message });
            }
            bar.set_message(format!("D {d_loss:.3}, G {g_loss:.3}, D(x) {d_real:.2}, D(G(z)) {d_fake:.2}"));
        }
        done += bite;
        bar.inc(bite.into());
        if done % every == 0 || done == arguments.steps {
            write_grid(trainer, &arguments.out).await?;
            *good = trainer.save().await?;
        }
    }
    losses.flush().map_err(failed)?;
    bar.finish();
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{done} steps in {seconds:.1} s, {:.2} steps/s; wrote {}",
        f64::from(done) / seconds,
        losses_path.display()
    );
    Ok(())
}

/// A backend for a program with the bytes of its tables, and what it runs on.
pub async fn open(choice: Choice, program: Program, tables: Vec<Vec<u8>>, seed: u32) -> Result<(Backend, String)> {
    match choice {
        Choice::Cpu => {
            let backend = CpuBackend::new(program, tables, seed)?;
            Ok((Backend::Cpu(Box::new(backend)), "the CPU".into()))
        }
        Choice::Gpu => {
            let device = Rc::new(GpuDevice::open().await?);
            let adapter = device.name.clone();
            if device.is_software {
                eprintln!("{adapter} computes on the CPU; --backend cpu is much faster");
            }
            let backend = GpuBackend::new(device, program, &tables, seed, &mut |_, _| {}).await?;
            Ok((Backend::Gpu(Box::new(backend)), adapter))
        }
    }
}

fn load_data(path: &Path) -> Result<Dataset> {
    if !path.exists() {
        eprintln!(
            "{} is not there (`cargo xtask data` makes it); training on generated digits instead",
            path.display()
        );
        return Ok(generated_digits(8_000, 0));
    }
    read_data(path)
}

/// The packed data set of a file.
pub fn read_data(path: &Path) -> Result<Dataset> {
    let bytes = fs::read(path).map_err(|error| file_error(path, error))?;
    unpack(&path.display().to_string(), &bytes, &mut |_, _| {})
}

async fn write_grid(trainer: &mut Trainer, folder: &Path) -> Result<()> {
    let images = trainer.samples(GRID_SIDE * GRID_SIDE, None).await?;
    let data = trainer.data();
    let picture = picture::grid(&images, GRID_SIDE, [data.height, data.width], 2);
    let path = folder.join(format!("samples-{:06}.png", trainer.step()));
    let failed =
        |error: &dyn std::fmt::Display| Error::File { path: path.display().to_string(), message: error.to_string() };
    let file = File::create(&path).map_err(|error| failed(&error))?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), picture.width as u32, picture.height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().map_err(|error| failed(&error))?;
    writer.write_image_data(&picture.grey).map_err(|error| failed(&error))?;
    writer.finish().map_err(|error| failed(&error))
}

pub fn file_error(path: &Path, error: std::io::Error) -> Error {
    Error::File { path: path.display().to_string(), message: error.to_string() }
}
