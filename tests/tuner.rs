//! The tuner on a real run: what it measures, and that the run stays what it is.

mod common;
#[path = "common/gpu.rs"]
mod gpu;

use common::SEED;
use ganvas::backend::gpu::{GpuBackend, GpuDevice};
use ganvas::backend::{Arena, Backend};
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::{DISCRIMINATOR, GENERATOR, Preset, plans};
use ganvas::kernel::{self, Tuning, Variant};
use ganvas::train::tuner::{self, Budget, Tuner};
use ganvas::train::{Only, Settings, Trainer};
use pollster::block_on;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Instant;

fn clock() -> f64 {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGIN.elapsed().as_secs_f64() * 1e3
}

/// A run whose training plans are lowered with a table.
fn trainer(key: &str, device: &Rc<GpuDevice>, tuning: &Tuning) -> Trainer {
    let mut settings = Settings { seed: SEED, ..Settings::new(Preset::find(key).unwrap()) };
    settings.recipe.batch_size = 8;
    let Examples { shape, tables } = settings.training_data(generated_digits(200, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let launches = kernel::lower_plans(&program, tuning);
    let mut progress = |_, _| {};
    let made = GpuBackend::with_launches(device.clone(), program, launches, &tables, SEED, &mut progress);
    Trainer::new(Backend::Gpu(Box::new(block_on(made).unwrap())), settings, shape, play)
}

fn step(trainer: &mut Trainer) -> f64 {
    let begin = clock();
    block_on(trainer.run(1, Only::Both)).unwrap();
    block_on(trainer.finish()).unwrap();
    clock() - begin
}

/// The parameters of both networks, and the largest difference between two runs\u{2019}.
fn parameters(trainer: &Trainer) -> Vec<f32> {
    let mut variables = trainer.backend().program().variables.clone();
    let networks = [DISCRIMINATOR, GENERATOR].map(|name| variables.network(name));
    networks.iter().flat_map(|&network| block_on(trainer.read(network, Arena::Parameters)).unwrap()).collect()
}

/// As in `parity.rs`: sums in another order, through Adam, for a few steps.
fn assert_alike(a: &mut Trainer, b: &mut Trainer) {
    assert_eq!((a.step(), a.backend().clocks()), (b.step(), b.backend().clocks()));
    let (left, right) = (parameters(a), parameters(b));
    assert_eq!(left.len(), right.len());
    // A step moves a parameter by the learning rate at most, and a gradient whose sign is rounding moves it as far.
    let largest = left.iter().zip(&right).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(largest <= 2e-3, "parameters differ by {largest}");
    let rows = |trainer: &mut Trainer| block_on(trainer.take_measurements()).unwrap().rows;
    for (left, right) in rows(a).iter().zip(&rows(b)) {
        for (a, b) in left.iter().zip(right).filter(|(a, b)| !(a.is_nan() && b.is_nan())) {
            assert!((a - b).abs() <= 1e-3 * b.abs().max(1.0), "step {}: {a} and {b}", left[0]);
        }
    }
}

/// Every shape gets the candidate that is least like the usual kernel.
#[test]
fn a_run_with_other_kernels_is_the_same_run() {
    let Some(device) = gpu::device() else { return };
    let mut usual = trainer("dcgan-mnist", &device, &Tuning::default());
    let program = usual.backend().program().clone();
    let mut table = Tuning::default();
    for kernel in tuner::open_shapes(&program, &Tuning::default()) {
        let candidates = kernel::candidates(&kernel);
        table.set(&kernel::product_shape(&kernel).unwrap().key, candidates[candidates.len() - 1]);
    }
    assert!(table.shapes().len() >= 5 && tuner::open_shapes(&program, &table).is_empty(), "{table:?}");
    let mut tuned = trainer("dcgan-mnist", &device, &table);
    let (Backend::Gpu(a), Backend::Gpu(b)) = (usual.backend(), tuned.backend()) else { panic!("both are on the GPU") };
    for plan in [plans::DISCRIMINATOR, plans::GENERATOR] {
        assert!(a.launches(plan) != b.launches(plan), "plan {plan} has other kernels");
    }
    assert!(a.launches(plans::SAMPLE) == b.launches(plans::SAMPLE), "what samples stays the same");
    for _ in 0..4 {
        step(&mut usual);
        step(&mut tuned);
    }
    assert_alike(&mut usual, &mut tuned);
}

/// Slice by slice, between the steps of a run that goes on as if nothing were.
#[test]
fn tuning_while_it_trains_leaves_the_run_as_it_is() {
    let Some(device) = gpu::device() else { return };
    let mut usual = trainer("gan-mnist", &device, &Tuning::default());
    let mut tuned = trainer("gan-mnist", &device, &Tuning::default());
    let mut tuner = Tuner::new(&tuned, Tuning::default(), 0.0, Budget::WHOLE, clock).unwrap();
    let shapes = tuner::open_shapes(tuned.backend().program(), &Tuning::default());
    let mut steps = 0;
    while tuner.wants_time() || tuner.wants_steps() {
        if tuner.wants_time() {
            block_on(tuner.advance(&mut tuned)).unwrap();
        }
        // Only a few before there is something to see: rounding adds up.
        if tuner.wants_steps() || steps < 2 {
            let ms = step(&mut tuned);
            tuner.observe(&mut tuned, 1, Only::Both, ms).unwrap();
            step(&mut usual);
            steps += 1;
        }
    }
    println!("{}", tuner.message());
    for pick in tuner.picks() {
        println!(
            "{}: {} {:.3} ms, by shape {:.3} ms, of {}",
            pick.key,
            pick.variant.name(),
            pick.ms,
            pick.usual_ms,
            pick.tried
        );
        assert_eq!(pick.wrong, 0, "{pick:?}");
        assert!(pick.variant == Variant::default() || pick.ms < pick.usual_ms, "{pick:?}");
    }
    assert!(!tuner.message().is_empty());
    assert_eq!(tuner.tuning().shapes().len(), shapes.len(), "each shape is known now");
    assert_alike(&mut usual, &mut tuned);

    // The next visit begins with what is known, and has nothing left to do.
    let text = tuner.tuning().to_text("this device");
    let known = Tuning::from_text(&text, "this device").unwrap();
    let next = Tuner::new(&tuned, known, 0.0, Budget::WHOLE, clock).unwrap();
    assert!(
        !next.wants_time() && !next.wants_steps() && next.message().contains("earlier visit"),
        "{}",
        next.message()
    );
}

/// Budgets are kept: a device that compiles slowly is left alone, and a search ends when its time is over.
#[test]
fn the_tuner_keeps_to_its_budget() {
    let Some(device) = gpu::device() else { return };
    let mut trainer = trainer("gan-mnist", &device, &Tuning::default());
    let slow = Tuner::new(&trainer, Tuning::default(), 1_000.0, Budget::BRIEF, clock).unwrap();
    assert!(!slow.wants_time() && slow.message().contains("1000 ms to make"), "{}", slow.message());

    let nothing = Budget { search_ms: 0.0, ..Budget::WHOLE };
    let mut idle = Tuner::new(&trainer, Tuning::default(), 0.0, nothing, clock).unwrap();
    block_on(idle.advance(&mut trainer)).unwrap();
    assert!(!idle.wants_time() && idle.picks().is_empty() && idle.tuning().shapes().is_empty());
}
