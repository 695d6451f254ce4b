//! `ganvas train`: a run from a terminal, with a progress bar, that leaves pictures, losses and parameters behind.

use crate::run::{self, Choice, file_error};
use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::game::Game;
use ganvas::train::settings::DEFAULT_SEED;
use ganvas::train::{Difference, Only, PhaseEnd, Saved, Settings, Trainer};
use ganvas::{Error, Result};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
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
    /// The same seed gives the same start, batches and noise [default: 7, or the saved run's]
    #[arg(long)]
    seed: Option<u32>,
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Choice,
    /// Another value for a setting, for instance loss=hinge; can be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Train in phases in place of steps: so many rounds of the discriminator alone until it sees through, then the
    /// generator alone until the discriminator guesses (or 2,000 updates each)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    phases: Option<u32>,
    /// Folder for the results; made if it is not there
    #[arg(long)]
    out: PathBuf,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
    /// Steps between two sample grids [default: a tenth of the steps]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    every: Option<u32>,
    /// Go on from a saved run of the same preset, with its settings
    #[arg(long)]
    resume: Option<PathBuf>,
}

pub fn run(arguments: Arguments) -> Result<()> {
    pollster::block_on(train(arguments))
}

async fn train(arguments: Arguments) -> Result<()> {
    let resumed = match &arguments.resume {
        Some(path) => Some(fs::read(path).map_err(|error| file_error(path, error))?),
        None => None,
    };
    let settings = settings(&arguments, resumed.as_deref())?;
    fs::create_dir_all(&arguments.out).map_err(|error| file_error(&arguments.out, error))?;
    let (examples, name) = run::Data::new(&arguments.data).examples(&settings)?;
    let seed = settings.seed;
    let (mut trainer, adapter) = run::open(arguments.backend, settings, examples.clone()).await?;
    if let Some(bytes) = resumed {
        trainer.open(&bytes).await?;
    }
    let count = examples.shape.count;
    println!("{}, seed {seed}, {count} examples of {name}, on {adapter}", arguments.preset);
    if let Some(rounds) = arguments.phases {
        play_in_turn(&mut trainer, rounds, &arguments.out).await?;
        return finish(&trainer, &arguments.out).await;
    }
    let mut good = trainer.save().await?;
    if let Err(error) = learn(&mut trainer, &arguments, &mut good).await {
        let path = arguments.out.join("last_good.safetensors");
        fs::write(&path, &good).map_err(|error| file_error(&path, error))?;
        eprintln!("the last good state is in {}", path.display());
        if matches!(&error, Error::Kernel { kernel, .. } if kernel == TRAINING) {
            explain(&trainer, examples.tables, &good).await?;
        }
        return Err(error);
    }
    finish(&trainer, &arguments.out).await
}

/// The settings of the run: of a saved one those that it was saved with, where nothing else was asked for that it can take
/// over while it goes on.
fn settings(arguments: &Arguments, resumed: Option<&[u8]>) -> Result<Settings> {
    let seed = arguments.seed.map(|seed| format!("seed={seed}"));
    let asked: Vec<String> = seed.into_iter().chain(arguments.set.clone()).collect();
    let wanted = run::settings(&arguments.preset, DEFAULT_SEED, &asked)?;
    let Some(bytes) = resumed else { return Ok(wanted) };
    let saved = Saved::read(bytes)?;
    if saved.preset != arguments.preset {
        let message = format!("was saved from the preset “{}”: name that one to go on", saved.preset);
        return Err(Error::Checkpoint { tensor: "the file".into(), message });
    }
    let is_asked = |key: &str| asked.iter().any(|change| change.split_once('=').is_some_and(|(own, _)| own == key));
    let mut all = asked.clone();
    for Difference { key, saved, own, live, .. } in saved.differences(&wanted) {
        if !is_asked(key) {
            all.push(format!("{key}={saved}"));
        } else if !live {
            let message = format!(
                "was saved with {key} {saved}, and {own} was asked for: a run cannot change it on the way. Leave it out to \
                 go on, or begin a new run without --resume"
            );
            return Err(Error::Checkpoint { tensor: "the file".into(), message });
        }
    }
    run::settings(&arguments.preset, DEFAULT_SEED, &all)
}

async fn finish(trainer: &Trainer, folder: &Path) -> Result<()> {
    let path = folder.join("parameters.safetensors");
    fs::write(&path, trainer.save().await?).map_err(|error| file_error(&path, error))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// The two phases of the story, in turn.
async fn play_in_turn(trainer: &mut Trainer, rounds: u32, folder: &Path) -> Result<()> {
    for round in 1..=rounds {
        for (learner, name) in [(Only::Discriminator, "discriminator"), (Only::Generator, "generator")] {
            let mut phase = trainer.begin_phase(learner, None, None).await?;
            trainer.run_phase(&mut phase).await?;
            let ended = match phase.ended {
                Some(PhaseEnd::Reached) => "reached",
                _ => "stopped at the limit",
            };
            println!(
                "round {round}, the {name} alone: {ended} after {} updates, {} {:.3}",
                phase.done,
                phase.measures(),
                phase.value()
            );
        }
        run::write_picture(trainer, folder).await?;
    }
    Ok(())
}

/// Repeats a broken run on the CPU from its last good state, and says where the first number came that is not finite.
async fn explain(trainer: &Trainer, tables: Vec<Vec<u8>>, good: &[u8]) -> Result<()> {
    let (settings, data) = (trainer.settings().clone(), trainer.data());
    let Game { program, play } = settings.game(data, 0)?;
    let backend = CpuBackend::new(program, tables, settings.seed)?;
    let mut replay = Trainer::new(Backend::Cpu(Box::new(backend)), settings, data, play);
    replay.open(good).await?;
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
    let curves: Vec<&str> = trainer.play().curves.iter().map(|curve| curve.key).collect();
    writeln!(losses, "step,{}", curves.join(",")).map_err(failed)?;

    let bar = run::bar("{bar:30} {pos}/{len} steps, {per_sec}, {eta} left  {msg}", arguments.steps.into());
    run::write_picture(trainer, &arguments.out).await?;
    let begin = Instant::now();
    let mut done = 0;
    while done < arguments.steps {
        // Up to the next picture, in bites that keep the bar moving.
        let bite = (every - done % every).min(arguments.steps - done).min(16);
        trainer.run(bite as usize, Only::Both).await?;
        let measured = trainer.take_measurements().await?;
        for row in &measured.rows {
            let values: Vec<String> = row.iter().map(f64::to_string).collect();
            writeln!(losses, "{}", values.join(",")).map_err(failed)?;
        }
        if let Some(row) = measured.rows.last() {
            let said = run::said(trainer.play(), row);
            if run::is_broken(trainer, row) || measured.broken_update.is_some() {
                losses.flush().map_err(failed)?;
                let message = format!(
                    "a loss or a gradient is no finite number any more at step {} ({said}); lower learning rates usually \
                     help",
                    row[0]
                );
                return Err(Error::Kernel { kernel: TRAINING.into(), message });
            }
            bar.set_message(said);
        }
        done += bite;
        bar.inc(bite.into());
        if done % every == 0 || done == arguments.steps {
            run::write_picture(trainer, &arguments.out).await?;
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
