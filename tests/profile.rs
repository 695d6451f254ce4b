//! The profile of a step keeps to its time, says what is left, and leaves the run as it is.

mod common;
#[path = "common/gpu.rs"]
mod gpu;

use common::SEED;
use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::gpu::Ceiling;
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::{Preset, plans};
use ganvas::train::{Only, Settings, Trainer};
use pollster::block_on;
use std::cell::Cell;
use std::time::Instant;

fn settings() -> Settings {
    let mut settings = Settings { seed: SEED, ..Settings::new(Preset::find("gan-mnist").unwrap()) };
    settings.recipe.batch_size = 8;
    settings
}

/// A run on the CPU, or on a GPU where there is one.
fn trainer(is_gpu: bool) -> Option<Trainer> {
    let settings = settings();
    let Examples { shape, tables } = settings.training_data(generated_digits(200, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = match is_gpu {
        true => Backend::Gpu(Box::new(gpu::backend(&gpu::device()?, program, &tables, SEED))),
        false => Backend::Cpu(Box::new(CpuBackend::new(program, tables, SEED).unwrap())),
    };
    Some(Trainer::new(backend, settings, shape, play))
}

fn next_losses(trainer: &mut Trainer) -> Vec<Vec<f64>> {
    block_on(trainer.run(2, Only::Both)).unwrap();
    block_on(trainer.take_measurements()).unwrap().rows.iter().map(|row| row[..3].to_vec()).collect()
}

#[test]
fn on_the_cpu_each_is_run_once_at_least() {
    let mut trainer = trainer(false).unwrap();
    let begun = Instant::now();
    let clock = || begun.elapsed().as_secs_f64();
    let short = block_on(trainer.profile(&clock, 0.0)).unwrap();
    assert_eq!((short.runs, short.left), (1, 0));
    let long = block_on(trainer.profile(&clock, f64::INFINITY)).unwrap();
    assert_eq!((long.runs, long.left, long.timed.len()), (3, 0, short.timed.len()));
    assert!(long.timed.iter().any(|timed| timed.seconds > 0.0));
}

#[test]
fn on_a_gpu_what_there_is_no_time_for_is_counted() {
    let (Some(mut profiled), Some(mut other)) = (trainer(true), trainer(true)) else { return };
    assert_eq!(next_losses(&mut profiled), next_losses(&mut other));
    let Backend::Gpu(gpu) = profiled.backend() else { panic!("it is on the GPU") };
    let all = gpu.launches(plans::DISCRIMINATOR).len() + gpu.launches(plans::GENERATOR).len();

    // By a clock on which a second passes whenever somebody looks, a launch takes a second.
    let seconds = Cell::new(0.0);
    let clock = || seconds.replace(seconds.get() + 1.0);
    let profile = block_on(profiled.profile(&clock, 20.0)).unwrap();
    assert!((2..6).contains(&profile.timed.len()), "{} launches in twenty seconds", profile.timed.len());
    assert_eq!((profile.timed.len() + profile.left, profile.runs), (all, 1));
    assert!(profile.timed.iter().all(|timed| timed.seconds == 1.0 && timed.plan == "discriminator"));
    let nothing = block_on(profiled.profile(&clock, 0.0)).unwrap();
    assert_eq!((nothing.timed.len(), nothing.left), (0, all));

    assert_eq!(next_losses(&mut profiled), next_losses(&mut other), "the next steps are those that would have come");
}

#[test]
fn what_an_adapter_can_do_at_most_is_measured() {
    let Some(device) = gpu::device() else { return };
    let begun = Instant::now();
    let ceiling = block_on(Ceiling::measure(&device, &|| begun.elapsed().as_secs_f64(), 0.0)).unwrap();
    println!("{ceiling:?}");
    // No device has less or more, by far.
    assert!(ceiling.gflops.is_some_and(|gflops| (0.1..1e7).contains(&gflops)), "{ceiling:?}");
    assert!(ceiling.gb_s.is_some_and(|gb_s| (0.01..1e5).contains(&gb_s)), "{ceiling:?}");
}
