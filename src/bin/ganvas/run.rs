//! What the commands that train have in common: settings, data, backend, pictures.

use crate::keep;
use crate::terminal::note;
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::gpu::{GpuBackend, GpuDevice};
use ganvas::backend::{Backend, Program};
use ganvas::catalogue::PRESETS;
use ganvas::data::{Dataset, Examples, SetRow, pack::unpack, procedural::generated_digits};
use ganvas::game::{Game, Play};
use ganvas::gan::Preset;
use ganvas::kernel::{self, Tuning};
use ganvas::metrics::judge::Judge;
use ganvas::metrics::set_judge::SetJudge;
use ganvas::train::picture::{Picture, Style};
use ganvas::train::{Reference, Saved, Settings, Trainer};
use ganvas::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    Cpu,
    Gpu,
}

/// What the commands that run several presets have in common.
#[derive(clap::Args)]
pub struct Runs {
    /// The preset; can be given several times [default: those that the command is about]
    #[arg(long)]
    preset: Vec<String>,
    #[arg(long, value_enum, default_value = "cpu")]
    pub backend: Choice,
    /// Another value for a setting, for instance loss=hinge; can be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    pub data: PathBuf,
}

impl Runs {
    /// The presets that were named, or else those that are about `default`.
    ///
    /// # Errors
    /// [`Error::Setting`] where one of them cannot be run: before hours are spent on another.
    pub fn presets(&self, default: impl Fn(&Preset) -> bool) -> Result<Vec<&'static Preset>> {
        let presets: Vec<&Preset> = match self.preset.is_empty() {
            true => PRESETS.iter().filter(|preset| default(preset)).collect(),
            false => self.preset.iter().map(|key| crate::preset(key)).collect::<Result<_>>()?,
        };
        presets.iter().try_for_each(|preset| settings(preset.key, 1, &self.set).map(|_| ()))?;
        Ok(presets)
    }
}

/// A preset's settings with some of them changed, each given as `key=value`. Here what cannot be used is an error.
pub fn settings(preset: &str, seed: u32, changes: &[String]) -> Result<Settings> {
    crate::preset(preset)?;
    let seed = seed.to_string();
    let mut raw = vec![("preset", preset), ("seed", &seed[..])];
    for change in changes {
        let pair = change.split_once('=');
        let pair = pair.ok_or_else(|| refused("set", format!("takes key=value; “{change}” is not that")))?;
        raw.push(pair);
    }
    let (settings, problems) = Settings::judge(raw);
    match problems.is_empty() {
        true => Ok(settings),
        false => Err(refused("set", problems.into_iter().map(|problem| problem.what).collect::<Vec<_>>().join(" "))),
    }
}

fn refused(key: &str, message: String) -> Error {
    Error::Setting { key: key.into(), message }
}

/// The data of runs: the packed file is read once, when a run first needs it.
pub struct Data {
    path: PathBuf,
    dataset: Option<Dataset>,
}

impl Data {
    pub fn new(path: &Path) -> Data {
        Data { path: path.into(), dataset: None }
    }

    /// The packed data, or generated digits where there is none, with a word about it.
    pub fn dataset(&mut self) -> Result<&Dataset> {
        let dataset = match self.dataset.take() {
            Some(dataset) => dataset,
            None if self.path.exists() => packed_data(&self.path)?,
            None => {
                note!(
                    "{} is not there (`cargo xtask data` makes it); training on generated digits instead",
                    self.path.display()
                );
                generated_digits(8_000, 0)
            }
        };
        Ok(self.dataset.insert(dataset))
    }

    /// What a run trains on, and its name.
    pub fn examples(&mut self, settings: &Settings) -> Result<(Examples, String)> {
        if let Some((sets, count)) = settings.drawn() {
            let name = SetRow::find(settings.data).map_or("", |row| row.name);
            return Ok((Examples::draw(sets, count, settings.seed), name.into()));
        }
        match settings.point_set() {
            Some(set) => {
                let set = set?;
                Ok((Examples::points(&set), set.name))
            }
            None => {
                let dataset = self.dataset()?.clone();
                let name = dataset.name.clone();
                Ok((settings.training_data(dataset)?, name))
            }
        }
    }
}

/// The packed data of a file.
pub fn packed_data(path: &Path) -> Result<Dataset> {
    let bytes = fs::read(path).map_err(|error| file_error(path, error))?;
    unpack(&path.display().to_string(), &bytes, &mut |_, _| {})
}

/// The judge of digits, of a file.
pub fn judge(path: Option<&Path>) -> Result<Judge> {
    let path = path.unwrap_or(Path::new("www/judges/mnist.safetensors"));
    Judge::load(&fs::read(path).map_err(|error| file_error(path, error))?)
}

/// What a game on a set that is drawn is measured by: its galleries and, where its measures take one, the judge of the set.
/// Where there is none, the default place being empty, a word says that what takes one is left out.
pub fn galleries(settings: &Settings, path: Option<&Path>) -> Result<Reference> {
    let Some(set) = settings.judged_set() else { return Ok(Reference::Galleries(None)) };
    let of_set = PathBuf::from(format!("www/judges/{}.safetensors", set.key));
    let place = path.unwrap_or(&of_set);
    if path.is_none() && !place.exists() {
        note!(
            "{} is not there (`ganvas judge --data {}` makes it); measures that the judge of the set takes are left out",
            place.display(),
            set.key
        );
        return Ok(Reference::Galleries(None));
    }
    let bytes = fs::read(place).map_err(|error| file_error(place, error))?;
    Ok(Reference::Galleries(Some(Box::new(SetJudge::load(&bytes, set.key)?))))
}

/// Where the weights lie that a run of a preset starts from.
pub fn trained_path(preset: &str) -> PathBuf {
    PathBuf::from(format!("www/trained/{preset}.safetensors"))
}

/// A run that has not begun, or that begins where it was trained to, and the name of what it runs on.
pub async fn open(choice: Choice, settings: Settings, examples: Examples) -> Result<(Trainer, String)> {
    let Examples { shape, tables } = examples;
    let Game { program, play } = settings.game(shape, 0)?;
    let (backend, adapter) = backend(choice, program, tables, settings.seed).await?;
    let trained = settings.trained();
    let mut trainer = Trainer::new(backend, settings, shape, play);
    if let Some(trained) = trained {
        let path = trained_path(trained.preset);
        keep::say_lacked(&path, &trainer.open(&keep::read_state(&path)?).await?);
    }
    Ok((trainer, adapter))
}

/// A preset as it is shown: its trained start, or a saved run or weights, which need not be of a preset that has one.
pub struct Shown {
    pub settings: Settings,
    /// The file, and its bytes.
    state: Option<(PathBuf, Vec<u8>)>,
}

impl Shown {
    /// Reads the file, once. The settings are those that the run was saved with, but for its seed.
    ///
    /// # Errors
    /// [`Error::Setting`] for a preset that has no trained start where no file is given, and those of reading the file.
    pub fn read(preset: &str, seed: u32, state: Option<&Path>) -> Result<Shown> {
        let found = crate::preset(preset)?;
        let Some(path) = state else {
            if found.trained().is_none() {
                return Err(untrained(preset));
            }
            let settings = settings(preset, seed, &["start=trained".into()])?;
            return Ok(Shown { settings, state: None });
        };
        Shown::saved(path, Some(preset), Some(seed))
    }

    /// A saved run, of the preset and the seed that it says itself where no other is given.
    ///
    /// # Errors
    /// Those of reading the file, and of its settings.
    pub fn saved(path: &Path, preset: Option<&str>, seed: Option<u32>) -> Result<Shown> {
        let bytes = keep::read_state(path)?;
        let saved = Saved::read(&bytes)?;
        let preset = preset.unwrap_or(&saved.preset);
        let its_own = || saved.settings.iter().find(|(key, _)| *key == "seed")?.1.parse().ok();
        let seed = seed.or_else(its_own).unwrap_or(1);
        // What shape its networks have depends on what it was saved with. A file of another preset is refused when it is
        // opened.
        let own = settings(preset, seed, &[])?;
        let differences = if saved.preset == preset { saved.differences(&own) } else { Vec::new() };
        let of_networks = differences.iter().filter(|other| !["seed", "start"].contains(&other.key));
        let changes: Vec<String> = of_networks.map(|other| format!("{}={}", other.key, other.saved)).collect();
        let settings = settings(preset, seed, &changes)?;
        Ok(Shown { settings, state: Some((path.into(), bytes)) })
    }

    pub async fn open(self, examples: Examples) -> Result<Trainer> {
        let (mut trainer, _) = open(Choice::Cpu, self.settings, examples).await?;
        if let Some((path, bytes)) = self.state {
            keep::say_lacked(&path, &trainer.open(&bytes).await?);
        }
        Ok(trainer)
    }
}

fn untrained(preset: &str) -> Error {
    let keys: Vec<&str> = PRESETS.iter().filter(|preset| preset.trained().is_some()).map(|preset| preset.key).collect();
    let message = format!(
        "is {preset}, which comes without a trained start: train it (`ganvas train {preset} --out FOLDER`) and give --state \
         FILE, or take one of {}",
        keys.join(", ")
    );
    refused("preset", message)
}

/// A backend for a program with the bytes of its tables, and the name of what it runs on.
pub async fn backend(choice: Choice, program: Program, tables: Vec<Vec<u8>>, seed: u32) -> Result<(Backend, String)> {
    match choice {
        Choice::Cpu => {
            let backend = CpuBackend::new(program, tables, seed)?;
            Ok((Backend::Cpu(Box::new(backend)), "the CPU".into()))
        }
        Choice::Gpu => {
            let device = Rc::new(GpuDevice::open().await?);
            let adapter = device.name.clone();
            if device.is_software {
                note!("{adapter} computes on the CPU; --backend cpu is much faster");
            }
            let launches = kernel::lower_plans(&program, &Tuning::for_device(device.is_software));
            let backend = GpuBackend::with_launches(device, program, launches, &tables, seed, &mut |_, _| {}).await?;
            Ok((Backend::Gpu(Box::new(backend)), adapter))
        }
    }
}

/// Whether a row has a number that is no longer finite. What a game does not measure is NaN in every row; the first curve it
/// always does, and a pair its first four.
pub fn is_broken(trainer: &Trainer, row: &[f64]) -> bool {
    let always = if trainer.is_pair() { 1..5 } else { 1..2 };
    row[always].iter().any(|value| !value.is_finite()) || row.iter().any(|value| value.is_infinite())
}

/// What was measured last, in a line.
pub fn said(play: &Play, row: &[f64]) -> String {
    let values = play.curves.iter().zip(&row[1..]).filter(|(_, value)| value.is_finite());
    values.map(|(curve, value)| format!("{} {value:.3}", curve.name)).collect::<Vec<_>>().join(", ")
}

/// Writes `GALLERY-STEP.png` of what changes with training: the samples of a pair, every gallery of another game.
pub async fn write_picture(trainer: &mut Trainer, folder: &Path) -> Result<()> {
    let few = if trainer.is_pair() { 1 } else { usize::MAX };
    let keys: Vec<&str> = trainer.play().galleries.iter().take(few).map(|gallery| gallery.key).collect();
    for key in keys {
        let picture = trainer.picture(key, &Style { gap: 2, side: 480, radius: 2.0 }).await?;
        write_png(&folder.join(format!("{key}-{:06}.png", trainer.step())), &picture)?;
    }
    Ok(())
}

/// Writes a picture, whole or not at all.
pub fn write_png(path: &Path, picture: &Picture) -> Result<()> {
    let failed =
        |error: png::EncodingError| Error::File { path: path.display().to_string(), message: error.to_string() };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width as u32, picture.height as u32);
    encoder.set_color(if picture.channels == 3 { png::ColorType::Rgb } else { png::ColorType::Grayscale });
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&picture.bytes).map_err(failed)?;
    writer.finish().map_err(failed)?;
    keep::write_soon(path, &bytes)
}

pub fn file_error(path: &Path, error: std::io::Error) -> Error {
    Error::File { path: path.display().to_string(), message: error.to_string() }
}
