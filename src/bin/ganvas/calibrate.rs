//! `ganvas calibrate`: what the judge's numbers say of sets of digits that are spoilt in known ways.

use crate::run::{self, file_error, packed_data};
use crate::terminal::{note, say};
use ganvas::Result;
use ganvas::data::{Dataset, spread};
use ganvas::metrics::classes::{self, Histogram};
use ganvas::metrics::frechet::{Accumulator, frechet_distance, nfd};
use ganvas::metrics::judge::{CLASSES, FEATURES, PIXELS, SIDE, scaled};
use ganvas::metrics::manifold::{NEAREST_K, prdc};
use ganvas::rng::{self, NormalTable};
use std::fs;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The table to write, as Markdown
    #[arg(long)]
    out: PathBuf,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
    /// The judge, as `ganvas judge` writes it
    #[arg(long, default_value = "www/judges/mnist.safetensors")]
    judge: PathBuf,
}

/// Images in each set, as in an evaluation.
const SAMPLES: usize = 5_000;
/// Images compared one by one.
const COMPARED: usize = 2_000;
/// Random numbers of the spoilt sets.
const SEED: u32 = 1;

/// A set of images `[n, PIXELS]` in [-1, 1].
type Set = Vec<f32>;

pub fn run(arguments: Arguments) -> Result<()> {
    let data = packed_data(&arguments.data)?;
    let mut judge = run::judge(Some(&arguments.judge))?;
    let unit = judge.unit()?;
    let real: Vec<f32> = spread(data.count, COMPARED).flat_map(|row| scaled(image(&data.images, row))).collect();
    let real = judge.judge(&real)?.features;
    let mut table = format!(
        "# The judge, calibrated\n\nWritten by `ganvas calibrate`. {SAMPLES} test digits, spoilt in known ways, against all {} training \
         digits. The unit of nFD, the distance that leaving class 0 out of the training digits makes, is {unit:.4}. Precision, \
         recall, density and coverage: {COMPARED} against {COMPARED}, k = {NEAREST_K}.\n\n\
         | set | FD | nFD | score | confidence | entropy | precision | recall | density | coverage |\n|---|{}\n",
        judge.reference().count,
        "---:|".repeat(9)
    );
    for (name, set) in sets(&data) {
        let judgement = judge.judge(&set)?;
        let mut features = Accumulator::new(FEATURES);
        features.add(&judgement.features)?;
        let distance = frechet_distance(&features.moments()?, judge.reference())?;
        let few = &judgement.features[..judgement.features.len().min(COMPARED * FEATURES)];
        let near = prdc(&real, few, FEATURES, NEAREST_K)?;
        table += &format!(
            "| {name} | {distance:.2} | {:.2} | {:.2} | {:.3} | {:.3} | {:.2} | {:.2} | {:.2} | {:.2} |\n",
            nfd(distance, unit)?,
            classes::classifier_score(&judgement.probabilities, CLASSES)?,
            classes::mean_confidence(&judgement.probabilities, CLASSES)?,
            Histogram::of_probabilities(&judgement.probabilities, CLASSES)?.entropy()?,
            near.precision,
            near.recall,
            near.density,
            near.coverage
        );
        note!("{name}: nFD {:.2}", nfd(distance, unit)?);
    }
    fs::write(&arguments.out, table).map_err(|error| file_error(&arguments.out, error))?;
    say!("wrote {}", arguments.out.display());
    Ok(())
}

fn image(images: &[u8], row: usize) -> &[u8] {
    &images[row * PIXELS..][..PIXELS]
}

/// Test digits whose label is wanted, over again if there are not enough. Every second comes first: the test set's first half
/// is by other writers than the second, and easier.
fn digits(data: &Dataset, wanted: impl Fn(u8) -> bool) -> Set {
    let mixed = (0..data.test_count).step_by(2).chain((1..data.test_count).step_by(2));
    let rows: Vec<usize> = mixed.filter(|&row| wanted(data.test_labels[row])).collect();
    rows.iter().cycle().take(SAMPLES).flat_map(|&row| scaled(image(&data.test_images, row))).collect()
}

fn sets(data: &Dataset) -> Vec<(&'static str, Set)> {
    let all = digits(data, |_| true);
    let noisy = |deviation: f32| -> Set {
        let table = NormalTable::shared();
        let noise = |index: usize| deviation * table.normal(rng::bits(SEED, 1, 0, index as u32));
        all.iter().enumerate().map(|(index, value)| value + noise(index)).collect()
    };
    let uniform = |index: usize| 2.0 * rng::uniform(rng::bits(SEED, 2, 0, index as u32)) - 1.0;
    vec![
        ("test digits", all.clone()),
        ("binarised", all.iter().map(|&value| if value > 0.0 { 1.0 } else { -1.0 }).collect()),
        ("Gaussian noise, 0.1 of a range of 2", noisy(0.1)),
        ("one class missing", digits(data, |label| label != 0)),
        ("100 digits repeated", all[..100 * PIXELS].iter().copied().cycle().take(SAMPLES * PIXELS).collect()),
        ("two classes missing", digits(data, |label| label > 1)),
        ("box blur, 3 x 3", all.chunks(PIXELS).flat_map(blurred).collect()),
        ("Gaussian noise, 0.25", noisy(0.25)),
        ("five classes missing", digits(data, |label| label > 4)),
        ("only the digit 1", digits(data, |label| label == 1)),
        ("uniform noise", (0..SAMPLES * PIXELS).map(uniform).collect()),
    ]
}

/// Mean of the three by three pixels around each; outside is background.
fn blurred(image: &[f32]) -> Set {
    let at = |x: usize, y: usize| {
        let inside = (1..=SIDE).contains(&x) && (1..=SIDE).contains(&y);
        if inside { image[(y - 1) * SIDE + x - 1] } else { -1.0 }
    };
    let mean = |place: usize| {
        let (x, y) = (place % SIDE, place / SIDE);
        (0..9).map(|near| at(x + near % 3, y + near / 3)).sum::<f32>() / 9.0
    };
    (0..PIXELS).map(mean).collect()
}
