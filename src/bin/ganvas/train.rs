//! `ganvas train`: a run from a terminal, with a progress bar, that leaves pictures, losses and the run itself behind.
//!
//! The run is saved at intervals and when the program is asked to end, and goes on from there to the same numbers.

mod folder;
mod losses;
mod steps;

use crate::keep::{self, Stop};
use crate::run::{self, Choice, file_error};
use crate::terminal::{self, TRAINING, note, say};
use folder::{Held, LAST_GOOD, LOSSES, STATE};
use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::game::Game;
use ganvas::train::settings::DEFAULT_SEED;
use ganvas::train::{Difference, Saved, Settings, Trainer};
use ganvas::{Error, Result};
use losses::Losses;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use steps::Run;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    ganvas train gan-ring8 --out ring\n  \
    ganvas train dcgan-mnist --steps 5000 --set loss=hinge --set discriminator_norm=spectral --out digits\n  \
    ganvas train dcgan-mnist --until 5000 --resume digits\n  \
    ganvas train srgan-x4 --resume saved-in-the-page.safetensors --steps 500 --out further\n\n\
    The run is saved in parameters.safetensors of the folder: every minute (--save-every), at the end, and at Ctrl-C or SIGTERM,\n\
    which end the program with 130 and 143. What goes on from there comes to the same numbers as a run that was left alone.")]
pub struct Arguments {
    /// The preset, for instance dcgan-mnist; `ganvas presets` lists all
    preset: String,
    /// Steps (generator updates) to train, beside those that a saved run has done [default: 2000]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Train until the run has this many steps, those of a saved run counted
    #[arg(long, value_name = "STEP", conflicts_with_all = ["steps", "phases"], value_parser = clap::value_parser!(u32).range(1..))]
    until: Option<u32>,
    /// The same seed gives the same start, batches and noise [default: 7, or the saved run's]
    #[arg(long)]
    seed: Option<u32>,
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Choice,
    /// Another value for a setting, for instance loss=hinge; can be given several times; `ganvas settings PRESET` lists all
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Train in phases in place of steps: so many rounds of the discriminator alone until it sees through, then the
    /// generator alone until the discriminator guesses (or 2,000 updates each)
    #[arg(long, conflicts_with = "steps", value_parser = clap::value_parser!(u32).range(1..))]
    phases: Option<u32>,
    /// Folder for the results; made if it is not there [default: the folder that is resumed]
    #[arg(long)]
    out: Option<PathBuf>,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
    /// Steps between two sample grids [default: a tenth of the steps]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    every: Option<u32>,
    /// Seconds between two times that the run is saved; 0 saves it after every few steps
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=86_400))]
    save_every: u64,
    /// Go on from a saved run of the same preset, with its settings: a file, or the folder of a run
    #[arg(long, value_name = "FILE_OR_FOLDER")]
    resume: Option<PathBuf>,
    /// At the end also write weights.safetensors: what makes the pictures alone, in half precision
    #[arg(long)]
    weights: bool,
    /// Take away what the folder holds of another run
    #[arg(long)]
    force: bool,
}

/// Steps where none are asked for.
const STEPS: u32 = 2_000;

pub fn run(arguments: Arguments) -> Result<ExitCode> {
    pollster::block_on(train(arguments))
}

async fn train(arguments: Arguments) -> Result<ExitCode> {
    let resume = arguments.resume.as_deref().map(|path| if path.is_dir() { path.join(STATE) } else { path.into() });
    let out = match (&arguments.out, &arguments.resume) {
        (Some(out), _) => out.clone(),
        (None, Some(folder)) if folder.is_dir() => folder.clone(),
        _ => return Err(refused("out", "is missing: name a folder for the results".into())),
    };
    let resumed = resume.as_deref().map(keep::read_state).transpose()?;
    let settings = settings(&arguments, resumed.as_deref())?;
    let state = out.join(STATE);
    let in_place = resume.as_deref().is_some_and(|path| folder::is_same(path, &state));
    let held = Held::look(&out)?;
    if !arguments.force {
        held.admit(&out, &settings, resume.as_deref())?;
    }
    fs::create_dir_all(&out).map_err(|error| file_error(&out, error))?;
    let (examples, name) = run::Data::new(&arguments.data).examples(&settings)?;
    let seed = settings.seed;
    let (mut trainer, adapter) = run::open(arguments.backend, settings, examples.clone()).await?;
    if let (Some(bytes), Some(path)) = (resumed, &resume) {
        keep::say_lacked(path, &trainer.open(&bytes).await?);
    }
    if arguments.force && !in_place {
        held.remove()?;
    }
    let count = examples.shape.count;
    say!("{}, seed {seed}, {count} examples of {name}, on {adapter}", arguments.preset);

    let first = trainer.step();
    let asked = arguments.until.or(arguments.steps).unwrap_or(STEPS);
    let until = if arguments.until.is_some() { asked } else { first.saturating_add(asked) };
    if first >= until {
        say!("it is at step {first} already");
        return Ok(terminal::done());
    }
    let every = arguments.every.unwrap_or((asked / 10).max(1));
    let good = trainer.save().await?;
    let mut run = Run {
        go_on: go_on(&arguments, &out, until, every),
        losses: None,
        save_every: Duration::from_secs(arguments.save_every),
        kept: in_place.then_some(first),
        kept_at: Instant::now(),
        stop: Stop::watch()?,
        until,
        every,
        out,
        good,
        trainer,
    };
    let code = match train_on(&mut run, &arguments, in_place).await {
        Ok(code) => code,
        Err(error) => return Err(rescue(run, examples.tables, error).await),
    };
    if arguments.weights {
        let path = run.out.join(folder::WEIGHTS);
        keep::write(&path, &run.trainer.weights().await?)?;
        say!("wrote {}", path.display());
    }
    Ok(code.map_or_else(terminal::done, ExitCode::from))
}

/// Answers with how the program ends, if it was asked to.
async fn train_on(run: &mut Run, arguments: &Arguments, in_place: bool) -> Result<Option<u8>> {
    if !in_place {
        // From here on the folder has a run that can go on, and a folder that cannot be written to is known.
        run.keep().await?;
    }
    match arguments.phases {
        Some(rounds) => run.play_in_turn(rounds).await,
        None => {
            let curves: Vec<&str> = run.trainer.play().curves.iter().map(|curve| curve.key).collect();
            run.losses = Some(Losses::open(&run.out.join(LOSSES), &curves, run.trainer.step())?);
            run.learn(in_place).await
        }
    }
}

/// After an error: what there is of the run, and where.
async fn rescue(run: Run, tables: Vec<Vec<u8>>, error: Error) -> Error {
    let go_on = match run.kept {
        Some(step) => format!("The run as it was saved at step {step} is whole: go on with\n  {}", run.go_on),
        None => String::new(),
    };
    if let Error::File { path, message } = error {
        return Error::File {
            path,
            message: format!("{message}. Check the path, its permissions and the room on the disk. {go_on}"),
        };
    }
    let path = run.out.join(LAST_GOOD);
    match keep::write(&path, &run.good) {
        Ok(()) => note!("the last good state is in {}", path.display()),
        Err(other) => note!("the last good state could not be written: {other}"),
    }
    if matches!(&error, Error::Kernel { kernel, .. } if kernel == TRAINING)
        && let Err(other) = explain(&run.trainer, tables, &run.good).await
    {
        note!("where it came cannot be said: {other}");
    }
    error
}

/// The settings of the run: of a saved one those that it was saved with, where nothing else was asked for that it can take
/// over while it goes on.
fn settings(arguments: &Arguments, resumed: Option<&[u8]>) -> Result<Settings> {
    let seed = arguments.seed.map(|seed| format!("seed={seed}"));
    let asked: Vec<String> = seed.into_iter().chain(arguments.set.clone()).collect();
    let wanted = run::settings(&arguments.preset, DEFAULT_SEED, &asked)?;
    let Some(bytes) = resumed else { return Ok(wanted) };
    let saved = Saved::read(bytes)?;
    // What another program has saved again does not say.
    if !saved.preset.is_empty() && saved.preset != arguments.preset {
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

fn refused(key: &str, message: String) -> Error {
    Error::Setting { key: key.into(), message }
}

/// The command that goes on with a run. Its settings are in its file.
fn go_on(arguments: &Arguments, out: &Path, until: u32, every: u32) -> String {
    let mut words = vec!["ganvas train".into(), arguments.preset.clone()];
    match arguments.phases {
        Some(rounds) => words.push(format!("--phases {rounds}")),
        None => words.push(format!("--until {until}")),
    }
    if arguments.phases.is_none() && every != (until / 10).max(1) {
        words.push(format!("--every {every}"));
    }
    if arguments.backend == Choice::Gpu {
        words.push("--backend gpu".into());
    }
    if arguments.data != Path::new("target/data/mnist.ganvas") {
        words.push(format!("--data {}", quoted(&arguments.data.display().to_string())));
    }
    if arguments.save_every != 60 {
        words.push(format!("--save-every {}", arguments.save_every));
    }
    if arguments.weights {
        words.push("--weights".into());
    }
    words.push(format!("--resume {}", quoted(&out.display().to_string())));
    words.join(" ")
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:,@".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        path.into()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

/// Repeats a broken run on the CPU from its last good state, and says where the first number came that is not finite.
async fn explain(trainer: &Trainer, tables: Vec<Vec<u8>>, good: &[u8]) -> Result<()> {
    let (settings, data) = (trainer.settings().clone(), trainer.data());
    let Game { program, play } = settings.game(data, 0)?;
    let backend = CpuBackend::new(program, tables, settings.seed)?;
    let mut replay = Trainer::new(Backend::Cpu(Box::new(backend)), settings, data, play);
    replay.open(good).await?;
    match replay.diagnose(trainer.step() - replay.step())? {
        Some(diagnosis) => note!("the first number that is not finite came {diagnosis}"),
        None => note!("repeated on the CPU all numbers stayed finite: rounding on this device made the difference"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn paths_are_quoted_where_a_shell_would_take_them_apart() {
        assert_eq!(["out/run-1", "my run", "it's", ""].map(quoted), ["out/run-1", "'my run'", "'it'\\''s'", "''"]);
    }
}
