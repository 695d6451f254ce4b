//! `ganvas weights`: makes of saved runs the weights that the page can start from, measures what these reach, and lists them
//! in `src/catalogue/trained.rs`.
//!
//! A run of a preset's own settings, as `ganvas measure --preset KEY --out FOLDER` leaves it in `state.safetensors`, becomes
//! `KEY.safetensors` of half precision. What is measured is what was written: it is read again first.

use crate::measure::{self, Scales};
use crate::measure_table::{self, TRAINED};
use crate::run::{self, Choice, file_error};
use ganvas::gan::Preset;
use ganvas::train::settings::Start;
use ganvas::train::{Effort, Saved, Settings};
use ganvas::{Error, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
    /// Saved runs, one a preset
    #[arg(required = true)]
    state: Vec<PathBuf>,
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
    let mut scales = Scales::new(&arguments.data, None, Effort::FULL);
    for path in &arguments.state {
        pollster::block_on(make(path, &arguments, &mut scales))?;
    }
    measure_table::record_trained(&arguments.out, &arguments.results)
}

async fn make(path: &Path, arguments: &Arguments, scales: &mut Scales) -> Result<()> {
    let state = fs::read(path).map_err(|error| file_error(path, error))?;
    let saved = Saved::read(&state)?;
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
    println!("{}, step {}, {} bytes: {}", preset.key, saved.step, bytes.len(), measure::summary(preset, &point));

    let folder = arguments.results.join(preset.key);
    for folder in [&arguments.out, &folder] {
        fs::create_dir_all(folder).map_err(|error| file_error(folder, error))?;
    }
    measure::write(&arguments.out.join(format!("{}.safetensors", preset.key)), &bytes)?;
    // Of a run's last steps weights know nothing.
    let names = preset.algorithm.measures().iter().map(|measure| measure.key);
    let names = names.chain(preset.goals.iter().map(|goal| goal.value)).chain(["nfd", "step", "images"]);
    let kept: serde_json::Map<_, _> =
        names.filter(|name| point[*name].is_number()).map(|name| (name.into(), point[name].clone())).collect();
    let text = serde_json::to_string_pretty(&json!(kept)).expect("it is plain data");
    measure::write(&folder.join(TRAINED), text.as_bytes())
}

/// The settings of the saved run, which must be the preset's own, so that these are the weights of the preset.
fn settings(preset: &'static Preset, saved: &Saved) -> Result<Settings> {
    let seed = saved.settings.iter().find(|(key, _)| *key == "seed").map_or("1", |(_, seed)| seed);
    let own = Settings { seed: seed.parse().unwrap_or(1), ..Settings::new(preset) };
    let others: Vec<String> =
        saved.differences(&own).iter().map(|other| format!("{} {}", other.key, other.saved)).collect();
    if others.is_empty() && own.start == Start::Zero {
        return Ok(own);
    }
    let message = format!("was saved with {}, which are not the settings of “{}”", others.join(", "), preset.key);
    Err(Error::Checkpoint { tensor: "the file".into(), message })
}
