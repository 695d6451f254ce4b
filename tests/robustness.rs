//! What goes wrong, on both backends: numbers that are not finite, a lost device, memory that would grow.

mod common;
#[path = "common/gpu.rs"]
mod gpu;
#[path = "common/suite.rs"]
mod suite;

use common::SEED;
use ganvas::Error;
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::gpu::{GpuBackend, GpuDevice};
use ganvas::backend::{Arena, Backend, Program};
use ganvas::data::Examples;
use ganvas::data::procedural;
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::graph::{Clock, Draw, Effect, Graph, Init, NetworkId, Plan, Role, Sgd, Unary, Variables};
use ganvas::nn;
use ganvas::train::{Only, Settings, Trainer};
use pollster::block_on;
use std::alloc::{GlobalAlloc, Layout, System};
use std::rc::Rc;
use std::sync::atomic::{AtomicIsize, Ordering};
use suite::Step;

/// Counts the bytes that are in use on this side.
struct Counting;

static IN_USE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Tests of this file run one after another: memory is counted for all of the process.
static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A parameter that follows the gradient x e^p, where x is an input that a test may spoil.
fn spoilable() -> (Program, NetworkId) {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let network = variables.network("network");
    let p = variables.variable(network, "p", [300].into(), Role::Parameter, Init::Constant(0.5)).unwrap();
    let x = variables.variable(network, "x", [300].into(), Role::Buffer, Init::Constant(1.0)).unwrap();
    let (p, x) = (graph.variable(&variables, p), graph.variable(&variables, x));
    let power = graph.unary(Unary::Exp, p).unwrap();
    let product = graph.mul(power, x).unwrap();
    let loss = graph.mean_all(product).unwrap();
    let update = nn::update(&mut graph, &variables, network, loss, Sgd::default()).unwrap();
    // What is recorded stays finite: the gradient alone tells.
    let calm = graph.constant(1.0, []);
    let effects = [update, Effect::Record { columns: vec![calm] }];
    let plan = Plan::new("step", Clock::Discriminator, &graph, &variables, &effects).unwrap();
    (Program { variables, plans: vec![plan] }, network)
}

#[test]
fn the_first_gradient_that_is_not_finite_is_noted_on_both_backends() {
    let _guard = alone();
    let (program, network) = spoilable();
    let mut backends = vec![Backend::Cpu(Box::new(CpuBackend::new(program.clone(), Vec::new(), SEED).unwrap()))];
    if let Some(device) = gpu::device() {
        backends.push(Backend::Gpu(Box::new(gpu::backend(&device, program.clone(), &[], SEED))));
    }
    for mut backend in backends {
        for value in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            let start = backend.clocks().discriminator;
            let mut arena = vec![1.0; Arena::Buffers.elements(&program, network)];
            backend.write(network, Arena::Buffers, &arena).unwrap();
            backend.write(network, Arena::Parameters, &vec![0.5; arena.len()]).unwrap();
            backend.set_learning_rate(network, 0.1);
            backend.run(&[0; 3]).unwrap();
            assert_eq!(block_on(backend.broken_updates()).unwrap(), [None], "nothing is wrong yet");
            arena[271] = value;
            backend.write(network, Arena::Buffers, &arena).unwrap();
            backend.run(&[0; 5]).unwrap();
            let broken = block_on(backend.broken_updates()).unwrap();
            assert_eq!(broken, [Some(start + 4)], "{value}: the first update after it");
            backend.forget_broken_updates();
            assert_eq!(block_on(backend.broken_updates()).unwrap(), [None]);
        }
    }
}

const COUNT: usize = 256;

fn data() -> Examples {
    Examples::images(procedural::generated_digits(COUNT, 3), 0)
}

fn settings() -> Settings {
    let mut settings = Settings::new(Preset::find("gan-mnist").unwrap());
    settings.recipe.batch_size = 8;
    settings
}

fn on_cpu(settings: &Settings) -> Trainer {
    let Examples { shape, tables } = data();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape, play)
}

fn on_gpu(device: &Rc<GpuDevice>, settings: &Settings) -> Trainer {
    let Examples { shape, tables } = data();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = gpu::backend(device, program, &tables, settings.seed);
    Trainer::new(Backend::Gpu(Box::new(backend)), settings.clone(), shape, play)
}

#[test]
fn a_broken_run_is_taken_apart_from_its_last_good_state() {
    let _guard = alone();
    // Far too fast: within some steps a number overflows.
    let wild = Settings { generator_learning_rate: 1e12, discriminator_learning_rate: 1e12, ..settings() };
    let mut run = on_cpu(&wild);
    let good = block_on(run.save()).unwrap();
    block_on(run.run(40, Only::Both)).unwrap();
    let measured = block_on(run.take_measurements()).unwrap();
    let (network, update) = measured.broken_update.expect("it broke");

    let mut replay = on_cpu(&wild);
    replay.load(&good).unwrap();
    let diagnosis = replay.diagnose(40).unwrap().expect("the same run breaks again");
    assert!(!diagnosis.first.value.is_finite());
    // Every step updates each network once, so that updates count steps.
    assert!(diagnosis.step <= update, "{diagnosis} came no later than update {update} of the {network}");
    // Up to the step before, every number that a step leaves behind is finite.
    let mut until = on_cpu(&wild);
    until.load(&good).unwrap();
    assert_eq!(until.diagnose(diagnosis.step - 1).unwrap(), None);
    for network in (0..2).map(|index| ["discriminator", "generator"][index]) {
        let id = until.backend().program().variables.clone().network(network);
        for arena in [Arena::Parameters, Arena::Buffers, Arena::FirstMoment, Arena::SecondMoment] {
            assert!(
                block_on(until.read(id, arena)).unwrap().iter().all(|value| value.is_finite()),
                "{network} {arena:?}"
            );
        }
    }
    let text = diagnosis.to_string();
    for word in [&format!("step {}", diagnosis.step), diagnosis.first.plan, &diagnosis.first.op, "element"] {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }

    // A run that is well stays so.
    let calm = settings();
    let mut run = on_cpu(&calm);
    assert_eq!(run.diagnose(5).unwrap(), None);
    block_on(run.run(3, Only::Both)).unwrap();
    assert_eq!(block_on(run.take_measurements()).unwrap().broken_update, None);
}

#[test]
fn after_a_lost_device_the_run_goes_on_bit_for_bit() {
    let _guard = alone();
    let Some(device) = gpu::device() else { return };
    let settings = settings();
    let state = |run: &Trainer| -> Vec<u32> {
        let program = run.backend().program().clone();
        let mut bits = Vec::new();
        for network in ["discriminator", "generator"] {
            let id = program.variables.clone().network(network);
            for arena in [Arena::Parameters, Arena::Buffers, Arena::FirstMoment, Arena::SecondMoment] {
                bits.extend(block_on(run.read(id, arena)).unwrap().into_iter().map(f32::to_bits));
            }
        }
        bits
    };
    let mut undisturbed = on_gpu(&device, &settings);
    block_on(undisturbed.run(12, Only::Both)).unwrap();

    let doomed = gpu::device().unwrap();
    let mut run = on_gpu(&doomed, &settings);
    block_on(run.run(7, Only::Both)).unwrap();
    let checkpoint = block_on(run.save()).unwrap();
    block_on(run.run(2, Only::Both)).unwrap();
    doomed.lose();
    // It may take a call until the loss is told; from then on every call says so.
    let error = (0..10).find_map(|_| {
        let result = block_on(async {
            run.run(1, Only::Both).await?;
            run.finish().await
        });
        result.err()
    });
    assert!(matches!(error, Some(Error::DeviceLost { .. })), "{error:?}");
    assert!(matches!(block_on(run.save()), Err(Error::DeviceLost { .. })));

    let mut again = on_gpu(&device, &settings);
    again.load(&checkpoint).unwrap();
    assert_eq!(again.step(), 7);
    block_on(again.run(5, Only::Both)).unwrap();
    assert_eq!(state(&again), state(&undisturbed));
}

#[test]
fn what_no_buffer_can_hold_is_out_of_memory_with_its_bytes() {
    let _guard = alone();
    let Some(device) = gpu::device() else { return };
    let noise = |elements: usize| {
        let (mut graph, variables) = (Graph::new(), Variables::default());
        let value = graph.normal(Draw { stream: 1, clock: Clock::Sample }, [elements]);
        let effects = [Effect::Output { value }];
        let plan = Plan::new("sample", Clock::Sample, &graph, &variables, &effects).unwrap();
        Program { variables, plans: vec![plan] }
    };
    const ELEMENTS: usize = 40 << 20;
    let result = block_on(GpuBackend::new(device.clone(), noise(ELEMENTS), &[], SEED, &mut |_, _| {}));
    let error = result.err().expect("more than WebGPU grants");
    assert!(matches!(error, Error::OutOfMemory { .. }), "{error:?}");
    assert!(error.to_string().contains(&(4 * ELEMENTS).to_string()), "{error}");
    assert!(!error.remedy().is_empty());
    // The device has not been asked for it, and goes on.
    let mut backend = gpu::backend(&device, noise(64), &[], SEED);
    backend.run(&[0]).unwrap();
    assert!(gpu::output(&backend, 0).iter().any(|&value| value != 0.0));
}

#[test]
fn memory_does_not_grow_over_thousands_of_steps() {
    let _guard = alone();
    let step = Step::new();
    let table = || vec![step.table.clone()];
    let mut single: CpuBackend<f32> = CpuBackend::new(step.program.clone(), table(), SEED).unwrap();
    let mut steps = |count: usize| (0..count).for_each(|_| single.run(0).unwrap());
    steps(200);
    let before = IN_USE.load(Ordering::Relaxed);
    steps(4000);
    let after = IN_USE.load(Ordering::Relaxed);
    assert!(after <= before + 4096, "the CPU backend holds {} bytes more after 4000 steps", after - before);

    let Some(device) = gpu::device() else { return };
    let mut shaded = gpu::backend(&device, step.program.clone(), &table(), SEED);
    let mut steps = |count: usize| {
        for _ in 0..count / 50 {
            shaded.run(&[0; 50]).unwrap();
            // As a trainer does: what was measured is read back now and then.
            block_on(shaded.ring(0)).unwrap();
            block_on(shaded.broken_updates()).unwrap();
        }
        block_on(shaded.finish()).unwrap();
        shaded.size_bytes()
    };
    let first = steps(500);
    let before = IN_USE.load(Ordering::Relaxed);
    let last = steps(3000);
    let after = IN_USE.load(Ordering::Relaxed);
    assert_eq!(first, last, "bytes in GPU buffers");
    assert!(after <= before + (256 << 10), "the GPU backend holds {} bytes more after 3000 steps", after - before);
}
