//! `ganvas export`: the generator of a run as an ONNX model.
//!
//! The run is a saved state, a preset that comes with weights, or a preset as it begins. What is exported is a gallery: what
//! networks make of noise, classes or rows, with the averages of the weights where the run keeps them.

use crate::keep;
use crate::run::{self, Choice, Data, Shown};
use crate::terminal::say;
use ganvas::catalogue::PRESETS;
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::export::{self, Example, Exported, Port};
use ganvas::gan::Labels;
use ganvas::tensor_file::{self, Numbers};
use ganvas::train::{Settings, Trainer};
use ganvas::{Error, Result};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// A saved run, as `ganvas train` leaves it in parameters.safetensors, or a file of weights
    #[arg(conflicts_with_all = ["preset", "untrained", "seed"])]
    state: Option<PathBuf>,
    /// A preset that comes with weights, in place of a saved run
    #[arg(long)]
    preset: Option<String>,
    /// Take the preset as it begins, before its first step
    #[arg(long, requires = "preset")]
    untrained: bool,
    /// The seed that a preset begins with
    #[arg(long)]
    seed: Option<u32>,
    /// The file to write
    #[arg(long, required_unless_present = "list")]
    onnx: Option<PathBuf>,
    /// Which of the run's galleries [default: the first whose batch is of any size, or the first]
    #[arg(long)]
    gallery: Option<String>,
    /// Also write inputs with what Ganvas makes of them, as safetensors, to hold other programs against
    #[arg(long, value_name = "FILE")]
    example: Option<PathBuf>,
    /// Print the galleries that can be exported, of the run or else of each preset
    #[arg(long)]
    list: bool,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
}

/// Examples that stand for the data: a model needs none.
const FEW: u32 = 256;

pub fn run(arguments: Arguments) -> Result<()> {
    pollster::block_on(async {
        match (&arguments.onnx, arguments.list) {
            (_, true) => list(&arguments).await,
            (Some(path), false) => {
                let (trainer, tables) = open(&arguments).await?;
                let exported = export::onnx(&trainer.save().await?, arguments.gallery.as_deref())?;
                keep::write(path, &exported.bytes)?;
                say!("{}: {}", path.display(), said(&trainer, &exported));
                if let Some(path) = &arguments.example {
                    let example = export::example(&trainer, &exported, tables).await?;
                    keep::write(path, &example_file(&example))?;
                }
                Ok(())
            }
            (None, false) => Err(refused("onnx", "is missing: give --onnx FILE".into())),
        }
    })
}

fn refused(key: &str, message: String) -> Error {
    Error::Setting { key: key.into(), message }
}

async fn list(arguments: &Arguments) -> Result<()> {
    if arguments.state.is_some() || arguments.preset.is_some() {
        let (trainer, _) = open(arguments).await?;
        export::galleries(trainer.settings(), trainer.stage())?.into_iter().for_each(|name| say!("{name}"));
        return Ok(());
    }
    for preset in PRESETS.iter() {
        let settings = Settings::new(preset);
        say!("{} {}", preset.key, export::galleries(&settings, 0)?.join(" "));
    }
    Ok(())
}

/// The run, and the tables of the rows that galleries show.
async fn open(arguments: &Arguments) -> Result<(Trainer, Vec<Vec<u8>>)> {
    let mut tables = Vec::new();
    let mut examples = |settings: &Settings| {
        let examples = examples(settings, arguments)?;
        tables.clone_from(&examples.tables);
        Ok(examples)
    };
    let shown = match (&arguments.state, &arguments.preset) {
        (Some(path), _) => Shown::saved(path, None, None)?,
        (None, Some(preset)) if arguments.untrained => {
            let settings = run::settings(preset, arguments.seed.unwrap_or(1), &[])?;
            let examples = examples(&settings)?;
            return Ok((run::open(Choice::Cpu, settings, examples).await?.0, tables));
        }
        (None, Some(preset)) => Shown::read(preset, arguments.seed.unwrap_or(1), None)?,
        (None, None) => {
            let message = "is missing: give a saved run, as `ganvas train` writes it, or --preset KEY".into();
            return Err(refused("state", message));
        }
    };
    let examples = examples(&shown.settings)?;
    let trainer = shown.open(examples).await?;
    Ok((trainer, tables))
}

/// As few examples as a run can begin with; all of them where classes are made of the images.
fn examples(settings: &Settings, arguments: &Arguments) -> Result<Examples> {
    if settings.recipe.labels != Labels::None && settings.recipe.classes > 0 {
        return Ok(Data::new(&arguments.data).examples(settings)?.0);
    }
    let few = FEW.max(2 * settings.recipe.batch_size as u32);
    Settings { examples: few, ..settings.clone() }.training_data(generated_digits(2 * few as usize, 0))
}

/// What was written, what goes in, and what comes out.
fn said(trainer: &Trainer, exported: &Exported) -> String {
    let batch = match exported.batch {
        None => "a batch of any size".into(),
        Some(count) => format!("batches of {count}, because its graph is for that many"),
    };
    let mut text = format!(
        "“{}” of {} at step {}, for {batch}; ONNX operators of version {}, {} bytes",
        exported.gallery,
        trainer.settings().preset.key,
        trainer.step(),
        export::OPSET,
        exported.bytes.len()
    );
    for (kind, ports) in [("in ", &exported.inputs), ("out", &exported.outputs)] {
        for Port { name, meaning, shape, .. } in ports {
            let extents = shape.iter().map(|extent| extent.map_or("batch".into(), |extent| extent.to_string()));
            let extents = extents.collect::<Vec<String>>().join(", ");
            text += &format!("\n  {kind} {name} [{extents}]: {meaning}");
        }
    }
    text
}

fn example_file(example: &Example) -> Vec<u8> {
    let tensors = example.iter().map(|(name, shape, values)| (name.clone(), shape.clone(), Numbers::F32(values)));
    tensor_file::write(&[], &tensors.collect::<Vec<_>>())
}
