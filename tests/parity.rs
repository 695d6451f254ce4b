//! The same run on both backends: losses, samples and checkpoints agree, and one backend repeats itself bit for bit.
//!
//! Why the tolerances are what they are. Both backends begin bit for bit alike and see the same batches and the same
//! noise, but they add in different orders, so that a step differs by rounding. Adam divides each gradient by its own
//! size, so where a gradient is close to zero its rounding error moves the parameter by as much as any other: the
//! differences grow from step to step, and the losses of a run are only alike for a while.
//! Measured over 20 steps of `dcgan-mnist` with batches of 64 (lavapipe; loss of the generator at the last step, where
//! the differences are largest, seeds 7 and 8): GPU to CPU in f32 2.0e-3 and 8.3e-5; but CPU in f32 to CPU in f64
//! 2.4e-3 and 4.5e-4, and GPU to CPU in f64 3.7e-4 and 5.3e-4. So f32 itself leaves that much open, and no backend is
//! the better one. The first step has no such excuse: there all agreed to 1.2e-7.

mod common;
#[path = "common/gpu.rs"]
mod gpu;

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::gpu::GpuDevice;
use ganvas::backend::{Arena, Backend};
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::train::{METRICS, Measurements, Only, Row, Settings, Trainer};
use pollster::block_on;
use std::rc::Rc;

const SEED: u32 = 7;
const STEPS: usize = 20;
/// Of the first step.
const FIRST_TOLERANCE: f64 = 2e-6;
/// Of any of the first twenty with batches of 4 or 8, where 3.2e-7 was measured.
const SMALL_BATCH_TOLERANCE: f64 = 1e-4;
/// The same with the presets' batches.
const TOLERANCE: f64 = 1e-2;

/// A run that has not begun, on the device if there is one, else on the CPU.
fn trainer(key: &str, batch_size: usize, device: Option<&Rc<GpuDevice>>) -> Trainer {
    let mut settings = Settings { seed: SEED, ..Settings::new(Preset::find(key).unwrap()) };
    settings.recipe.batch_size = batch_size;
    // One update in place of a hundred: a software adapter needs a second for each.
    (settings.recipe.n_critic, settings.recipe.critic_warmup) = (1, false);
    let Examples { shape, tables } = settings.training_data(generated_digits(1_000, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = match device {
        Some(device) => Backend::Gpu(Box::new(gpu::backend(device, program, &tables, SEED))),
        None => Backend::Cpu(Box::new(CpuBackend::new(program, tables, SEED).unwrap())),
    };
    Trainer::new(backend, settings, shape, play)
}

fn run(trainer: &mut Trainer, steps: usize) -> Measurements {
    block_on(trainer.run(steps, Only::Both)).unwrap();
    block_on(trainer.take_measurements()).unwrap()
}

/// Asserts that the rows agree, relatively where a value is above 1, and answers with the largest error.
fn compare(what: &str, rows: &[Row], others: &[Row], tolerance: f64) -> f64 {
    assert_eq!(rows.len(), others.len(), "{what}: number of steps");
    let mut worst = 0.0f64;
    for (row, other) in rows.iter().zip(others) {
        assert_eq!(row[0], other[0], "{what}: number of the step");
        for (name, (a, b)) in METRICS.iter().zip(row.iter().zip(other).skip(1)) {
            if a.is_nan() && b.is_nan() {
                continue; // neither measures it
            }
            let error = (a - b).abs() / b.abs().max(1.0);
            worst = worst.max(error);
            let tolerance = if row[0] == 1.0 { FIRST_TOLERANCE } else { tolerance };
            assert!(error <= tolerance, "{what}, step {}: {name} is {a} on one and {b} on the other", row[0]);
        }
    }
    worst
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |largest, (a, b)| largest.max((a - b).abs()))
}

fn state(trainer: &Trainer) -> Vec<u32> {
    let variables = trainer.backend().program().variables.clone();
    let mut all = Vec::new();
    for network in &variables.networks {
        let id = variables.clone().network(&network.name);
        for arena in [Arena::Parameters, Arena::Buffers, Arena::FirstMoment, Arena::SecondMoment] {
            all.extend(block_on(trainer.read(id, arena)).unwrap().into_iter().map(f32::to_bits));
        }
    }
    all
}

/// Twenty steps on both, with a checkpoint half way that changes sides, and once more for the bits.
fn twenty_steps(key: &str, batch_size: usize, tolerance: f64) {
    let Some(device) = gpu::device() else { return };
    let (mut shaded, mut single) = (trainer(key, batch_size, Some(&device)), trainer(key, batch_size, None));

    let [left, right] = [&mut shaded, &mut single].map(|trainer| block_on(trainer.samples(64, None, None)).unwrap());
    let first_samples = largest_difference(&left, &right);
    assert!(first_samples <= 1e-5, "{key}: the first samples differ by {first_samples}");
    assert!(left.iter().any(|&pixel| pixel != left[0]), "{key}: the first samples are blank");
    let [left, right] = [&mut shaded, &mut single].map(|trainer| block_on(trainer.real(64)).unwrap());
    let real = largest_difference(&left, &right);
    assert!(real <= 1e-6, "{key}: the real images differ by {real}");

    let half = STEPS / 2;
    let (mut left, mut right) = (run(&mut shaded, half).rows, run(&mut single, half).rows);
    let saved = [&shaded, &single].map(|trainer| block_on(trainer.save()).unwrap());
    left.extend(run(&mut shaded, STEPS - half).rows);
    right.extend(run(&mut single, STEPS - half).rows);
    let losses = compare(key, &left, &right, tolerance);
    // Without a penalty nothing looks at the gradient.
    let mut measured = left.iter().flat_map(|row| &row[..METRICS.len()]);
    assert!(measured.all(|value| value.is_finite()), "{key}: {left:?}");
    assert!((left[0][1] - left[STEPS - 1][1]).abs() > 0.01, "{key}: the discriminator's loss does not move");

    // The GPU's checkpoint on the CPU, and the other way round, each against its own side's uninterrupted run.
    let mut switched = 0.0f64;
    for (saved, rows, device) in [(&saved[0], &left, None), (&saved[1], &right, Some(&device))] {
        let mut resumed = trainer(key, batch_size, device);
        resumed.load(saved).unwrap();
        assert_eq!(resumed.step() as usize, half);
        let resumed = run(&mut resumed, STEPS - half).rows;
        switched = switched.max(compare(&format!("{key}, resumed"), &resumed, &rows[half..], tolerance));
    }

    let mut again = trainer(key, batch_size, Some(&device));
    let repeated = run(&mut again, STEPS).rows;
    let bits = |rows: &[Row]| -> Vec<u64> { rows.iter().flatten().map(|value| value.to_bits()).collect() };
    assert_eq!(bits(&repeated), bits(&left), "{key}: the same seed on the same device");
    assert!(state(&again) == state(&shaded), "{key}: the same seed gives the same parameters, bit for bit");
    println!(
        "{key}: largest difference {first_samples:.1e} in the first samples, {losses:.1e} in the losses, {switched:.1e} resumed"
    );
}

// Batches are small because a software adapter needs seconds for a step with the preset's 64.

#[test]
fn gan_mnist() {
    twenty_steps("gan-mnist", 8, SMALL_BATCH_TOLERANCE);
}

#[test]
fn dcgan_mnist() {
    twenty_steps("dcgan-mnist", 4, SMALL_BATCH_TOLERANCE);
}

/// One preset for each set of shaders: an algorithm, a penalty, the networks for points.
const DIFFERENT: [&str; 7] =
    ["dcgan-mnist", "gan-mnist", "cgan-mnist", "wgan-mnist", "wgan-gp-mnist", "gan-r1-ring8", "dirac-r1"];

/// The first step with the presets' own batches.
#[test]
fn the_first_step_of_each_preset_as_it_is() {
    let Some(device) = gpu::device() else { return };
    for preset in DIFFERENT.map(|key| Preset::find(key).unwrap()) {
        let batch_size = preset.recipe.batch_size;
        let [left, right] =
            [Some(&device), None].map(|device| run(&mut trainer(preset.key, batch_size, device), 1).rows);
        let worst = compare(preset.key, &left, &right, TOLERANCE);
        println!("{}, batches of {batch_size}: largest difference {worst:.1e}", preset.key);
    }
}

#[test]
#[ignore = "takes minutes on a software adapter; cargo test --release --test parity -- --ignored"]
fn twenty_steps_of_each_preset_as_it_is() {
    for preset in DIFFERENT.map(|key| Preset::find(key).unwrap()) {
        twenty_steps(preset.key, preset.recipe.batch_size, TOLERANCE);
    }
}
