//! `ganvas measure`: trains presets, measures along the way, and writes what was found, so that every figure can be had again.

use crate::keep;
use crate::measure_table;
use crate::run::{self, Data, Runs, file_error};
use crate::terminal::{self, say};
use ganvas::game::{Play, Side};
use ganvas::gan::Preset;
use ganvas::metrics::judge::Judge;
use ganvas::metrics::statistics::mean;
use ganvas::train::{Effort, Evaluation, Only, Reference, Report, Row, Settings, Trainer};
use ganvas::{Error, Result};
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    ganvas measure --preset cgan-mnist --out results\n  \
    ganvas measure --preset gan-ring8 --preset wgan-ring8 --seeds 3 --out /tmp/rings\n\n\
    Broken off, it goes on at the last point that was measured.")]
pub struct Arguments {
    #[command(flatten)]
    runs: Runs,
    /// Real examples, repetitions counted, that the discriminator sees [default: the preset's budget]
    #[arg(long)]
    images: Option<u64>,
    /// Runs of each preset, with seeds 1, 2, 3, ...
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    seeds: u32,
    /// Folder for the results; a run that was broken off goes on from there
    #[arg(long)]
    out: PathBuf,
    /// The judge, as `ganvas judge` writes it [default: that of the data, www/judges/mnist.safetensors or that of the set]
    #[arg(long)]
    judge: Option<PathBuf>,
    /// Samples for the Frechet distance
    #[arg(long, default_value_t = Effort::FULL.samples)]
    samples: usize,
    /// Write what the presets have reached into the tables of records and of trained starts, src/catalogue/records.rs and
    /// trained.rs
    #[arg(long)]
    record: bool,
}

/// Real examples after which a run is measured, but for its first half percent: those of the published points, then about
/// half as many more each time.
const POINTS: [u64; 28] = [
    320, 640, 960, 1_280, 1_920, 2_880, 3_840, 4_800, 6_720, 8_000, 11_200, 13_000, 14_400, 16_000, 32_000, 48_000,
    64_000, 96_000, 128_000, 144_000, 192_000, 256_000, 384_000, 500_000, 750_000, 1_000_000, 2_000_000, 5_000_000,
];
/// Rows that a mean of what a step records is taken over.
const WINDOW: usize = 50;
/// Training images that are searched for copies.
const SEARCHED: usize = 60_000;

/// What the runs share.
struct Bench<'a> {
    arguments: &'a Arguments,
    scales: Scales,
}

/// What runs are measured with; data and judge are read when they are first needed.
pub struct Scales {
    pub data: Data,
    /// Where the judge lies, if not in its usual place.
    judge_path: Option<PathBuf>,
    judge: Option<Judge>,
    effort: Effort,
}

pub fn run(arguments: Arguments) -> Result<()> {
    let presets = arguments.runs.presets(|preset| !preset.goals.is_empty())?;
    fs::create_dir_all(&arguments.out).map_err(|error| file_error(&arguments.out, error))?;
    let effort = Effort { samples: arguments.samples, ..Effort::FULL };
    let scales = Scales::new(&arguments.runs.data, arguments.judge.clone(), effort);
    let mut bench = Bench { arguments: &arguments, scales };
    for preset in &presets {
        for seed in 1..=arguments.seeds {
            pollster::block_on(bench.measure(preset, seed))?;
        }
    }
    measure_table::write(&arguments.out)?;
    if arguments.record {
        measure_table::record(&arguments.out)?;
    }
    Ok(())
}

impl Bench<'_> {
    async fn measure(&mut self, preset: &Preset, seed: u32) -> Result<()> {
        let settings = run::settings(preset.key, seed, &self.arguments.runs.set)?;
        let target = self.arguments.images.unwrap_or(preset.budget);
        let folder = self.arguments.out.join(preset.key).join(format!("seed-{seed}"));
        fs::create_dir_all(&folder).map_err(|error| file_error(&folder, error))?;
        let (result_path, state_path) = (folder.join("result.json"), folder.join("state.safetensors"));
        let known = read_json(&result_path)?.filter(|known| known["changed"] == json!(self.arguments.runs.set));
        let mut points: Vec<Value> =
            known.as_ref().and_then(|known| known["points"].as_array().cloned()).unwrap_or_default();
        let reached = points.last().and_then(|point| point["images"].as_u64()).unwrap_or(0);
        if reached >= target {
            say!("{}, seed {seed}: {reached} images are measured already", preset.key);
            return Ok(());
        }
        let mut reference = self.scales.reference(&settings)?;
        let (examples, _) = self.scales.data.examples(&settings)?;
        let (mut trainer, adapter) = run::open(self.arguments.runs.backend, settings.clone(), examples).await?;
        if state_path.exists() {
            trainer.open(&keep::read_state(&state_path)?).await?;
            say!("{}, seed {seed}: going on at {} images", preset.key, trainer.images());
        }
        let mut seconds = points.last().and_then(|point| point["seconds"].as_f64()).unwrap_or(0.0);
        let bar = bar(preset.key, seed, target, trainer.images());
        let mut rows: Vec<Row> = Vec::new();
        let begun = trainer.images();
        let ahead = POINTS.into_iter().filter(|&point| begun.max(target / 200) < point && point < target);
        for goal in ahead.chain([target]) {
            // A step of many critic updates may have gone past several points.
            if trainer.images() >= goal && trainer.images() > begun {
                continue;
            }
            let begin = Instant::now();
            let broken = train(&mut trainer, goal, &mut rows, &bar).await?;
            seconds += begin.elapsed().as_secs_f64();
            let nobody_draws = trainer.play().turns.iter().all(|turn| turn.side != Side::Forger);
            if nobody_draws && goal < target && !broken {
                // What a game would show in such a stage is the generator as it began.
                continue;
            }
            bar.set_message("measuring");
            points.push(self.scales.point(&mut trainer, &mut reference, &rows, seconds).await?);
            let result = json!({
                "preset": preset.key, "seed": seed, "backend": format!("{:?}", self.arguments.runs.backend).to_lowercase(),
                "adapter": adapter, "changed": self.arguments.runs.set, "version": env!("CARGO_PKG_VERSION"),
                "target": target, "samples": self.arguments.samples, "broken": broken,
                "points": points,
            });
            // The state first: a result without its state could not go on.
            keep::write(&state_path, &trainer.save().await?)?;
            keep::write(&result_path, serde_json::to_string_pretty(&result).expect("it is plain data").as_bytes())?;
            run::write_picture(&mut trainer, &folder).await?;
            if broken {
                bar.abandon_with_message("a number is no longer finite; the run ends here");
                return Ok(());
            }
        }
        bar.finish_with_message(summary(preset, points.last().expect("a point was measured")));
        Ok(())
    }
}

impl Scales {
    pub fn new(data: &Path, judge_path: Option<PathBuf>, effort: Effort) -> Scales {
        Scales { data: Data::new(data), judge_path, judge: None, effort }
    }

    /// Measures a run as it stands; `rows` are of its last steps.
    pub async fn point(
        &mut self,
        trainer: &mut Trainer,
        reference: &mut Reference,
        rows: &[Row],
        seconds: f64,
    ) -> Result<Value> {
        let mut evaluation = Evaluation::begin(trainer, reference, self.effort).await?;
        let report = evaluation.complete(reference, self.judge.as_mut())?;
        Ok(point(trainer.play(), &report, rows, seconds))
    }

    /// What samples are compared with.
    pub fn reference(&mut self, settings: &Settings) -> Result<Reference> {
        if let Some(world) = settings.point_set() {
            return Ok(Reference::World(world?));
        }
        if settings.drawn().is_some() {
            return run::galleries(settings, self.judge_path.as_deref());
        }
        if self.judge.is_none() {
            self.judge = Some(run::judge(self.judge_path.as_deref())?);
        }
        Ok(Reference::of_images(self.data.dataset()?, settings.examples as usize, SEARCHED))
    }
}

/// Trains until the discriminator has seen so many real examples; true if a number stopped being finite.
async fn train(trainer: &mut Trainer, images: u64, rows: &mut Vec<Row>, bar: &ProgressBar) -> Result<bool> {
    while trainer.images() < images {
        trainer.run(4, Only::Both).await?;
        let measured = trainer.take_measurements().await?;
        let broken = measured.rows.iter().any(|row| run::is_broken(trainer, row));
        rows.extend(measured.rows);
        rows.drain(..rows.len().saturating_sub(WINDOW));
        bar.set_position(trainer.images().min(images));
        if let Some(row) = rows.last() {
            bar.set_message(format!("step {}, {}", row[0], run::said(trainer.play(), row)));
        }
        if broken || measured.broken_update.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// One measurement as JSON.
fn point(play: &Play, report: &Report, rows: &[Row], seconds: f64) -> Value {
    let number = |value: f64| if value.is_finite() { json!(value) } else { Value::Null };
    let column = |index: usize| {
        let values: Vec<f64> = rows.iter().map(|row| row[index]).filter(|value| value.is_finite()).collect();
        mean(&values).map_or(Value::Null, number)
    };
    let mut point = Map::new();
    point.insert("step".into(), json!(report.step));
    point.insert("images".into(), json!(report.images));
    point.insert("seconds".into(), json!((seconds * 10.0).round() / 10.0));
    for (name, value) in &report.values {
        point.insert((*name).into(), value.map_or(Value::Null, number));
    }
    for (index, curve) in play.curves.iter().enumerate() {
        point.insert(curve.key.into(), column(index + 1));
    }
    let of = |key: &str| play.curves.iter().position(|curve| curve.key == key).map(|index| index + 1);
    if let (Some(real), Some(fake)) = (of("d_real"), of("d_fake")) {
        let estimates = rows.iter().map(|row| row[real] - row[fake]).filter(|value| value.is_finite());
        point.insert("estimate".into(), mean(&estimates.collect::<Vec<_>>()).map_or(Value::Null, number));
    }
    point.insert("clipped".into(), report.pulse.clipped.map_or(Value::Null, number));
    point.insert("largest_weight".into(), number(report.pulse.largest_weight));
    point.insert("generator_gradient".into(), number(report.pulse.generator_gradient));
    point.insert("d_train".into(), number(report.pulse.d_train));
    point.insert("d_held_out".into(), report.pulse.d_held_out.map_or(Value::Null, number));
    if !report.class_shares.is_empty() {
        point.insert("class_shares".into(), json!(report.class_shares));
    }
    Value::Object(point)
}

pub fn summary(preset: &Preset, point: &Value) -> String {
    let of = |name: &str| point[name].as_f64().map(|value| format!("{name} {value:.3}"));
    let own = preset.algorithm.measures().iter().map(|measure| measure.key);
    let names = ["nfd", "conditional_accuracy", "modes", "high_quality"].into_iter().chain(own);
    names.filter_map(of).collect::<Vec<_>>().join(", ")
}

fn bar(preset: &str, seed: u32, target: u64, done: u64) -> ProgressBar {
    let style = "{prefix} {bar:24} {human_pos}/{human_len} images, {eta} left  {msg}";
    let bar = terminal::bar(style, target).with_prefix(format!("{preset}, seed {seed}"));
    bar.set_position(done);
    bar.reset_eta();
    bar
}

/// A JSON file, if it is there.
///
/// # Errors
/// [`Error::File`] when it is no JSON.
pub fn read_json(path: &Path) -> Result<Option<Value>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(path).map_err(|error| file_error(path, error))?;
    let parsed = serde_json::from_str(&text);
    parsed.map(Some).map_err(|error| Error::File { path: path.display().to_string(), message: error.to_string() })
}
