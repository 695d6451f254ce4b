//! `ganvas weights`: makes of saved runs the weights that the page can start from, measures what these reach, and lists them
//! in `src/catalogue/trained.rs`.
//!
//! A run of a preset's own settings, as `ganvas measure --preset KEY --out FOLDER` leaves it in `state.safetensors`, becomes
//! `KEY.safetensors` of half precision. What is measured is what was written: it is read again first.

use crate::keep;
use crate::measure::{self, Scales};
use crate::measure_table::{self, TRAINED};
use crate::run::{self, Choice, Shown, file_error};
use crate::terminal::say;
use ganvas::data::procedural::generated_digits;
use ganvas::gan::Preset;
use ganvas::train::settings::Start;
use ganvas::train::{Effort, Saved, Settings};
use ganvas::{Error, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    ganvas weights digits/parameters.safetensors --only digits.safetensors\n  \
    ganvas weights results/*/seed-1/state.safetensors --out www/trained\n\n\
    The whole of a run, with its optimisers, is what `ganvas train` writes; weights are what makes the pictures alone.")]
pub struct Arguments {
    /// Saved runs, one a preset
    #[arg(required = true)]
    state: Vec<PathBuf>,
    /// Write the weights of one run to this file, whatever its settings, and neither measure nor list them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "results"])]
    only: Option<PathBuf>,
    /// Folder for the weights
    #[arg(long, default_value = "www/trained")]
    out: PathBuf,
    /// Folder of the results; what is measured goes to PRESET/trained.json in it
    #[arg(long, default_value = "results")]
    results: PathBuf,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
}

/// What a card may load; it is said there before it does.
const MOST_BYTES: usize = 2_000_000;

pub fn run(arguments: Arguments) -> Result<()> {
    if let Some(file) = &arguments.only {
        return pollster::block_on(only(&arguments.state, file));
    }
    let mut scales = Scales::new(&arguments.data, None, Effort::FULL);
    for path in &arguments.state {
        pollster::block_on(make(path, &arguments, &mut scales))?;
    }
    measure_table::record_trained(&arguments.out, &arguments.results)
}

/// The weights of a run, as they are.
async fn only(states: &[PathBuf], file: &Path) -> Result<()> {
    let [path] = states else {
        return Err(Error::Setting {
            key: "only".into(),
            message: format!("takes one run; these are {}", states.len()),
        });
    };
    let saved = Saved::read(&keep::read_state(path)?)?;
    if saved.preset.is_empty() {
        return Err(unsaid(path));
    }
    let shown = Shown::read(&saved.preset, seed(&saved), Some(path))?;
    // Of the data only the shape is needed.
    let few = Settings { examples: 2 * shown.settings.recipe.batch_size as u32, ..shown.settings.clone() };
    let examples = few.training_data(generated_digits(2 * few.examples as usize, 0))?;
    let bytes = shown.open(examples).await?.weights().await?;
    keep::write(file, &bytes)?;
    say!("wrote {}, {} bytes: {}, step {}", file.display(), bytes.len(), saved.preset, saved.step);
    Ok(())
}

/// The seed of the run; older files do not say it.
fn seed(saved: &Saved) -> u32 {
    let said = saved.settings.iter().find(|(key, _)| *key == "seed");
    said.and_then(|(_, seed)| seed.parse().ok()).unwrap_or(1)
}

fn unsaid(path: &Path) -> Error {
    let message = "does not say which preset it was saved from: another program has saved it again. `ganvas train PRESET \
                   --resume FILE` opens it";
    Error::Checkpoint { tensor: path.display().to_string(), message: message.into() }
}

async fn make(path: &Path, arguments: &Arguments, scales: &mut Scales) -> Result<()> {
    let state = keep::read_state(path)?;
    let saved = Saved::read(&state)?;
    if saved.preset.is_empty() {
        return Err(unsaid(path));
    }
    let preset = crate::preset(&saved.preset)?;
    let settings = settings(preset, &saved)?;
    let bytes = {
        let (examples, _) = scales.data.examples(&settings)?;
        let (mut trainer, _) = run::open(Choice::Cpu, settings.clone(), examples).await?;
        trainer.open(&state).await?;
        trainer.weights().await?
    };
    if bytes.len() > MOST_BYTES {
        let message = format!("has {} bytes as weights, and a card may load {MOST_BYTES}", bytes.len());
        return Err(Error::File { path: path.display().to_string(), message });
    }

    let (examples, _) = scales.data.examples(&settings)?;
    let (mut trainer, _) = run::open(Choice::Cpu, settings.clone(), examples).await?;
    trainer.open(&bytes).await?;
    let mut reference = scales.reference(&settings)?;
    let point = scales.point(&mut trainer, &mut reference, &[], 0.0).await?;
    say!("{}, step {}, {} bytes: {}", preset.key, saved.step, bytes.len(), measure::summary(preset, &point));

    let folder = arguments.results.join(preset.key);
    for folder in [&arguments.out, &folder] {
        fs::create_dir_all(folder).map_err(|error| file_error(folder, error))?;
    }
    keep::write(&arguments.out.join(format!("{}.safetensors", preset.key)), &bytes)?;
    // Of a run's last steps weights know nothing.
    let names = preset.algorithm.measures().iter().map(|measure| measure.key);
    let names = names.chain(preset.goals.iter().map(|goal| goal.value)).chain(["nfd", "step", "images"]);
    let kept: serde_json::Map<_, _> =
        names.filter(|name| point[*name].is_number()).map(|name| (name.into(), point[name].clone())).collect();
    let text = serde_json::to_string_pretty(&json!(kept)).expect("it is plain data");
    keep::write(&folder.join(TRAINED), text.as_bytes())
}

/// The settings of the saved run, which must be the preset's own, so that these are the weights of the preset.
fn settings(preset: &'static Preset, saved: &Saved) -> Result<Settings> {
    let own = Settings { seed: seed(saved), ..Settings::new(preset) };
    let others: Vec<String> =
        saved.differences(&own).iter().map(|other| format!("{} {}", other.key, other.saved)).collect();
    if others.is_empty() && own.start == Start::Zero {
        return Ok(own);
    }
    let message = format!("was saved with {}, which are not the settings of “{}”", others.join(", "), preset.key);
    Err(Error::Checkpoint { tensor: "the file".into(), message })
}
