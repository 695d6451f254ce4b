//! `ganvas score`: how good the samples of one run are at given steps, or of saved states, as JSON.
//!
//! A page measures while it trains, and so sets its own clock back. Here the same run is repeated, or its saved states are
//! read, and measured with all samples.

use crate::keep;
use crate::run::{self, Choice, Data};
use crate::terminal::say;
use ganvas::metrics::judge::{CLASSES, Judge};
use ganvas::train::{Effort, Evaluation, Only, Reference, Trainer};
use ganvas::{Error, Result};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    ganvas score --preset cgan-mnist --steps 250,500,1000\n  \
    ganvas score --preset dcgan-mnist digits/parameters.safetensors")]
pub struct Arguments {
    /// Saved states of the run, as the page's button Save and `ganvas train` write them
    files: Vec<PathBuf>,
    #[arg(long)]
    preset: String,
    #[arg(long, default_value_t = ganvas::train::settings::DEFAULT_SEED)]
    seed: u32,
    /// Another value for a setting, for instance loss=hinge; can be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Steps, ascending, separated by commas, at which the run is measured; it is trained here
    #[arg(long, value_delimiter = ',')]
    steps: Vec<u32>,
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Choice,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
    /// The judge, as `ganvas judge` writes it [default: that of the data, www/judges/mnist.safetensors or that of the set]
    #[arg(long)]
    judge: Option<PathBuf>,
    /// Where a slider of the run's galleries stands while it is measured, for instance psi=0.7; with several values,
    /// psi=1,0.7,0.5, it is measured at each of them
    #[arg(long, value_name = "KEY=VALUE")]
    input: Option<String>,
    /// Samples for the Frechet distance
    #[arg(long, default_value_t = Effort::FULL.samples)]
    samples: usize,
}

/// Samples by which the agreement of each column is measured: so many of each class.
const OF_EACH_CLASS: usize = 100;

/// What measuring takes.
struct Bench {
    reference: Reference,
    judge: Option<Judge>,
    effort: Effort,
    /// A slider, and where it stands one time after another; nowhere: all as they are at first.
    inputs: Vec<(String, f32)>,
}

pub fn run(arguments: Arguments) -> Result<()> {
    pollster::block_on(score(arguments))
}

async fn score(arguments: Arguments) -> Result<()> {
    let settings = run::settings(&arguments.preset, arguments.seed, &arguments.set)?;
    let mut data = Data::new(&arguments.data);
    let (examples, _) = data.examples(&settings)?;
    let reference = match (settings.point_set(), settings.drawn()) {
        (Some(world), _) => Reference::World(world?),
        (_, Some(_)) => run::galleries(&settings, arguments.judge.as_deref())?,
        // Copies are not searched for here.
        _ => Reference::of_images(data.dataset()?, settings.examples as usize, 1),
    };
    let effort = Effort { samples: arguments.samples, searched: 0, ..Effort::FULL };
    let judge = match reference {
        // It has the judge of its set.
        Reference::Galleries(_) => None,
        Reference::World(_) | Reference::Digits(_) => Some(run::judge(arguments.judge.as_deref())?),
    };
    let mut bench = Bench { reference, judge, effort, inputs: inputs(arguments.input.as_deref())? };
    let (mut trainer, _) = run::open(arguments.backend, settings, examples).await?;
    let mut scores = Vec::new();
    for &step in &arguments.steps {
        while trainer.step() < step {
            trainer.run((step - trainer.step()).min(8) as usize, Only::Both).await?;
            trainer.take_measurements().await?;
        }
        scores.extend(bench.scores(&mut trainer).await?);
    }
    for path in &arguments.files {
        keep::say_lacked(path, &trainer.open(&keep::read_state(path)?).await?);
        for mut score in bench.scores(&mut trainer).await? {
            score["file"] = json!(path.display().to_string());
            scores.push(score);
        }
    }
    say!("{}", serde_json::to_string_pretty(&scores).expect("it is plain data"));
    Ok(())
}

/// The slider and the values of `KEY=VALUE,VALUE`.
fn inputs(asked: Option<&str>) -> Result<Vec<(String, f32)>> {
    let Some(asked) = asked else { return Ok(Vec::new()) };
    let refused =
        || Error::Setting { key: "input".into(), message: format!("takes KEY=VALUE,VALUE; it is “{asked}”") };
    let (key, values) = asked.split_once('=').ok_or_else(refused)?;
    values.split(',').map(|value| Ok((key.to_string(), value.parse().map_err(|_| refused())?))).collect()
}

impl Bench {
    /// Once, or at each place of the slider.
    async fn scores(&mut self, trainer: &mut Trainer) -> Result<Vec<Value>> {
        let mut scores = Vec::new();
        for (key, value) in self.inputs.clone() {
            let mut score = self.score(trainer, &[(&key, value)]).await?;
            score[&key] = json!(value);
            scores.push(score);
        }
        if self.inputs.is_empty() {
            scores.push(self.score(trainer, &[]).await?);
        }
        Ok(scores)
    }

    async fn score(&mut self, trainer: &mut Trainer, inputs: &[(&str, f32)]) -> Result<Value> {
        let mut evaluation = Evaluation::begin_at(trainer, &self.reference, self.effort, inputs).await?;
        let report = evaluation.complete(&mut self.reference, self.judge.as_mut())?;
        let mut score = Map::new();
        score.insert("step".into(), json!(report.step));
        score.insert("images".into(), json!(report.images));
        for (name, value) in &report.values {
            if let Some(value) = value {
                score.insert((*name).into(), json!(value));
            }
        }
        if let (Some(_), Some(judge)) = (report.value("conditional_accuracy"), &mut self.judge) {
            score.insert("columns".into(), json!(columns(judge, trainer).await?));
        }
        Ok(Value::Object(score))
    }
}

/// For each class, the share of the samples ordered of it in which the judge reads it.
async fn columns(judge: &mut Judge, trainer: &mut Trainer) -> Result<Vec<f64>> {
    let seed = trainer.settings().seed.wrapping_add(1); // other noise than that of the grid
    let samples = trainer.samples(OF_EACH_CLASS * CLASSES, Some(seed), None).await?;
    let read: Vec<usize> = judge.judge(&samples)?.classes().collect();
    let [columns, _] = trainer.page();
    let right = |class: usize| {
        let own = read.iter().skip(class).step_by(columns);
        own.clone().filter(|&&found| found == class).count() as f64 / own.count() as f64
    };
    Ok((0..columns.min(CLASSES)).map(right).collect())
}
