//! `ganvas dataset`: digits that a generator has drawn to order, as a labelled data set in the files that MNIST has; and how well
//! a classifier that has seen nothing else knows real digits (GAN-train of Shmelkov, Schmid and Alahari 2018).
//!
//! Beside it stands what the same classifier, with as many updates, learns of as many real digits and of very few: a generated
//! set that is no better than a few hundred real digits is worth nothing.

use crate::keep;
use crate::run::{Choice, Data, Shown, backend, file_error};
use crate::terminal::{self, say};
use ganvas::data::{Dataset, idx};
use ganvas::metrics::judge::{Classifier, Recipe, SIDE, Training};
use ganvas::train::{Trainer, picture};
use ganvas::{Error, Result};
use serde_json::json;
use std::fs;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// A preset whose generator is told the class, for instance biggan-mnist
    preset: String,
    /// The run whose generator draws [default: the preset's trained start]
    #[arg(long)]
    state: Option<PathBuf>,
    /// Digits to draw, as many of each class
    #[arg(long, default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1_000..=65_536))]
    count: u32,
    /// Of the noise; another seed draws other digits
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Folder for the files; made if it is not there
    #[arg(long)]
    out: PathBuf,
    /// Also train classifiers, and write what they know to accuracy.json
    #[arg(long)]
    test: bool,
    /// The packed digits, as `cargo xtask data` writes them
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
}

/// Real digits of the smallest set.
const FEW: usize = 500;
/// Updates between two looks at the bar.
const BITE: usize = 25;

/// Images, a byte a pixel, and their classes.
struct Digits {
    images: Vec<u8>,
    labels: Vec<u8>,
}

impl Digits {
    /// The first ones.
    fn first(data: &Dataset, count: usize) -> Digits {
        let count = count.min(data.count);
        Digits { images: data.images[..count * SIDE * SIDE].to_vec(), labels: data.labels[..count].to_vec() }
    }
}

pub fn run(arguments: Arguments) -> Result<()> {
    pollster::block_on(make(&arguments))
}

async fn make(arguments: &Arguments) -> Result<()> {
    let mut data = Data::new(&arguments.data);
    let shown = Shown::read(&arguments.preset, 1, arguments.state.as_deref())?;
    let (examples, _) = data.examples(&shown.settings)?;
    let mut trainer = shown.open(examples).await?;
    let digits = draw(&mut trainer, arguments.count as usize, arguments.seed).await?;
    fs::create_dir_all(&arguments.out).map_err(|error| file_error(&arguments.out, error))?;
    let count = digits.labels.len();
    keep::write_and_say(
        &arguments.out.join("train-images-idx3-ubyte"),
        &idx::write(&[count, SIDE, SIDE], &digits.images),
    )?;
    keep::write_and_say(&arguments.out.join("train-labels-idx1-ubyte"), &idx::write(&[count], &digits.labels))?;
    if arguments.test { compare(arguments, data.dataset()?, digits).await } else { Ok(()) }
}

/// Digits of the generator, the classes in turn.
async fn draw(trainer: &mut Trainer, count: usize, seed: u32) -> Result<Digits> {
    let [columns, _] = trainer.page();
    let labels = trainer.data().labels();
    if !trainer.orders_classes() || labels != columns || trainer.data().form.numbers() != SIDE * SIDE {
        let message = "draws no digits to order: sagan-mnist, biggan-mnist, cgan-mnist and quick-mnist do".into();
        return Err(Error::Setting { key: "preset".into(), message });
    }
    let samples = trainer.samples(count, Some(seed), None).await?;
    let images = samples.into_iter().map(picture::byte).collect();
    Ok(Digits { images, labels: (0..count).map(|at| (at % columns) as u8).collect() })
}

/// What classifiers know that have learned of generated digits, of as many real ones, and of a few.
async fn compare(arguments: &Arguments, real: &Dataset, generated: Digits) -> Result<()> {
    let count = generated.labels.len();
    let updates = Recipe::default().steps(count);
    let sets = [("generated", generated), ("real", Digits::first(real, count)), ("few real", Digits::first(real, FEW))];
    let mut accuracies = Vec::new();
    for (name, digits) in sets {
        let mut classifier = learn(name, digits, updates).await?;
        let accuracy = classifier.accuracy(&real.test_images, &real.test_labels)?;
        say!("learned of {name} digits: {:.2} % of {} real test digits right", 100.0 * accuracy, real.test_count);
        accuracies.push(accuracy);
    }
    let found = json!({
        "preset": arguments.preset, "seed": arguments.seed, "count": count, "few": FEW, "updates": updates,
        "test_count": real.test_count, "generated": accuracies[0], "real": accuracies[1], "few_real": accuracies[2],
    });
    let text = serde_json::to_string_pretty(&found).expect("it is plain data");
    keep::write_and_say(&arguments.out.join("accuracy.json"), text.as_bytes())
}

/// A classifier of these digits, after so many updates at least.
async fn learn(name: &str, Digits { images, labels }: Digits, updates: usize) -> Result<Classifier> {
    let count = labels.len();
    let default = Recipe::default();
    let epochs = (updates * default.batch_size).div_ceil(count) as u32;
    let recipe = Recipe { epochs, ..default };
    let (backend, _) = backend(Choice::Cpu, recipe.program(count)?, vec![images, labels], recipe.seed).await?;
    let mut training = Training::new(backend, recipe, count);
    let bar = terminal::bar("{prefix} {bar:24} {pos}/{len} updates, {eta} left", training.steps() as u64)
        .with_prefix(format!("a classifier of {name} digits"));
    while training.step() < training.steps() {
        training.run(BITE)?;
        training.measurement(BITE).await?;
        bar.set_position(training.step() as u64);
    }
    bar.finish_and_clear();
    training.classifier().await
}
