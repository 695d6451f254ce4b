//! `ganvas judge`: trains the classifier that judges generated digits, and writes it with what it says of the real ones; or
//! the judge of a set that is drawn, and writes it with how often it is right about held-out rows.

use crate::keep;
use crate::run::{Choice, backend, file_error, packed_data};
use crate::terminal::{self, say};
use ganvas::data::{Arrangement, SetRow};
use ganvas::metrics::judge::{About, Judge, LEAST_ACCURACY, Recipe, SIDE, Training};
use ganvas::metrics::set_judge;
use ganvas::{Error, Result};
use indicatif::ProgressBar;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// The file to write
    #[arg(long)]
    out: PathBuf,
    /// Passes over the training digits
    #[arg(long, default_value_t = Recipe::default().epochs, value_parser = clap::value_parser!(u32).range(1..=1000))]
    epochs: u32,
    /// The same seed gives the same start, batches and shifts
    #[arg(long, default_value_t = Recipe::default().seed)]
    seed: u32,
    /// Updates, of the judge of a set that is drawn
    #[arg(long, default_value_t = set_judge::Recipe::default().steps, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// Of digits; judges of sets that are drawn are trained on the CPU
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Choice,
    /// The packed digits, as `cargo xtask data` writes them, or the key of a set that is drawn
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
    /// Write the file even if the judge is right too rarely
    #[arg(long)]
    force: bool,
}

/// Updates between two movements of the bar.
const BITE: usize = 25;

pub fn run(arguments: Arguments) -> Result<()> {
    // Before the training, not after it: a folder that cannot be made.
    if let Some(folder) = arguments.out.parent() {
        fs::create_dir_all(folder).map_err(|error| file_error(folder, error))?;
    }
    match arguments.data.to_str().and_then(SetRow::find) {
        Some(SetRow { key, arrangement: Arrangement::Drawn(_), .. }) => judge_of_set(&arguments, key),
        _ => pollster::block_on(judge(arguments)),
    }
}

/// The judge of a set that is drawn.
fn judge_of_set(arguments: &Arguments, key: &str) -> Result<()> {
    let recipe = set_judge::Recipe { steps: arguments.steps, seed: arguments.seed, ..Default::default() };
    say!("the judge of {key}, seed {}, {} rows, on the CPU", recipe.seed, recipe.rows);
    let begin = Instant::now();
    let mut training = set_judge::Training::new(key, recipe)?;
    let bar = bar(recipe.steps as usize, "updates");
    while training.step() < recipe.steps {
        let losses = training.run(BITE as u32)?;
        bar.set_position(u64::from(training.step()));
        bar.set_message(losses.iter().map(|loss| format!("{loss:.4}")).collect::<Vec<_>>().join(", "));
    }
    bar.finish();
    let judge = training.judge()?;
    let (said, sound) = judge.verdict();
    say!("trained in {:.1} s; {said}", begin.elapsed().as_secs_f64());
    if !sound && !arguments.force {
        let message = format!("is right too rarely to judge others ({said}); --force writes it all the same");
        return Err(Error::Setting { key: "judge".into(), message });
    }
    keep::write_and_say(&arguments.out, &judge.save())
}

async fn judge(arguments: Arguments) -> Result<()> {
    let data = packed_data(&arguments.data)?;
    if [data.height, data.width] != [SIDE; 2] {
        let message =
            format!("the judge takes images of {SIDE} by {SIDE}, these are {} by {}", data.height, data.width);
        return Err(Error::Data { file: data.name, field: "dimensions", message });
    }
    let recipe = Recipe { epochs: arguments.epochs, seed: arguments.seed, ..Recipe::default() };
    let tables = vec![data.images.clone(), data.labels.clone()];
    let (backend, adapter) = backend(arguments.backend, recipe.program(data.count)?, tables, recipe.seed).await?;
    say!("the judge, seed {}, {} images of {}, on {adapter}", recipe.seed, data.count, data.name);

    let begin = Instant::now();
    let mut training = Training::new(backend, recipe, data.count);
    let bar = bar(training.steps(), "updates");
    while training.step() < training.steps() {
        training.run(BITE)?;
        let [loss, accuracy] = training.measurement(BITE).await?;
        bar.set_position(training.step() as u64);
        bar.set_message(format!("loss {loss:.4}, {:.2} % right", 100.0 * accuracy));
    }
    bar.finish();
    let mut classifier = training.classifier().await?;
    let test_accuracy = classifier.accuracy(&data.test_images, &data.test_labels)?;
    say!(
        "trained in {:.1} s; {:.2} % of {} test images right",
        begin.elapsed().as_secs_f64(),
        100.0 * test_accuracy,
        data.test_count
    );
    if test_accuracy < LEAST_ACCURACY && !arguments.force {
        let message = format!(
            "the judge knows {:.2} % of the test images and must know {:.1} %; --force writes it all the same",
            100.0 * test_accuracy,
            100.0 * LEAST_ACCURACY
        );
        return Err(Error::Setting { key: "judge".into(), message });
    }

    let bar = self::bar(data.count, "training images judged");
    let about = About {
        recipe: recipe.words(),
        seed: recipe.seed,
        epochs: recipe.epochs,
        test_accuracy,
        data: data.name,
        data_sha256: data.checksum,
    };
    let judge = Judge::new(classifier, &data.images, &data.labels, about, &mut |done| bar.set_position(done as u64))?;
    bar.finish();
    keep::write_and_say(&arguments.out, &judge.save()?)
}

fn bar(length: usize, what: &str) -> ProgressBar {
    terminal::bar(&format!("{{bar:30}} {{pos}}/{{len}} {what}, {{per_sec}}, {{eta}} left  {{msg}}"), length as u64)
}
