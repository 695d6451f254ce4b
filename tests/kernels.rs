//! Every kernel on the GPU backend (lavapipe will do) and the CPU backend in f32, judged by the CPU backend in f64, which
//! `cpu_*.rs` holds against direct loops.

mod common;
#[path = "common/gpu.rs"]
mod gpu;
#[path = "common/judge.rs"]
mod judge;
#[path = "common/suite.rs"]
mod suite;

use common::{Case, SEED};
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::gpu::GpuBackend;
use ganvas::backend::{Arena, Clocks, Program, RING_ROWS};
use ganvas::graph::{Clock, Draw, Effect, Graph, Init, Plan, Role, Table, Unary, Variables};
use ganvas::kernel::{TILES, Variant};
use judge::Verdict;
use pollster::block_on;
use suite::{Entry, Step};

fn outputs(mut backend: GpuBackend, program: &Program) -> Vec<Vec<f64>> {
    let mut run = |plan: usize| {
        backend.run(&[0, plan]).unwrap();
        gpu::output(&backend, plan).into_iter().map(f64::from).collect()
    };
    (1..program.plans.len()).map(&mut run).collect()
}

/// What a GPU gets and, where that differs, what an adapter gets that computes on the CPU.
fn check_both(entries: impl IntoIterator<Item = Entry>) {
    check_with(entries, &[Variant::default(), Variant::SERIAL]);
}

fn check(entries: impl IntoIterator<Item = Entry>) {
    check_with(entries, &[Variant::default()]);
}

fn check_with(entries: impl IntoIterator<Item = Entry>, variants: &[Variant]) {
    let Some(device) = gpu::device() else { return };
    let mut worst = [0.0f64; 2];
    for entry in entries {
        let program = entry.program();
        let verdict = Verdict::of(&entry, &program);
        for variant in variants {
            let shaded = outputs(gpu::backend_with(&device, &entry.case, program.clone(), variant), &program);
            worst[0] = worst[0].max(verdict.compare(&entry, &format!("GPU, {}", variant.name()), &shaded));
        }
        worst[1] = worst[1].max(verdict.compare(&entry, "CPU in f32", &verdict.single));
    }
    println!("largest error over what is allowed: {:.2} on the GPU, {:.2} on the CPU in f32", worst[0], worst[1]);
}

#[test]
fn matrix_products() {
    check_both(suite::matrix_products());
}

#[test]
fn convolutions_with_both_gradients() {
    check_both(suite::convolutions());
}

/// Tiles and slices that shapes of these sizes do not get by themselves, on odd extents and on whole tiles.
#[test]
fn every_variant_of_tiled_products() {
    let Some(device) = gpu::device() else { return };
    let is_wanted = |entry: &&Entry| {
        ["matmul [65, 130] [130, 130]", "7 x 20x9x11 to 70 channels, k3x3 s[2, 2] p[1, 1]"].contains(&&entry.name[..])
    };
    let entries: Vec<Entry> = suite::matrix_products().into_iter().chain(suite::convolutions()).collect();
    let wanted: Vec<&Entry> = entries.iter().filter(is_wanted).collect();
    assert_eq!(wanted.len(), 2, "{:?}", entries.iter().map(|entry| &entry.name).collect::<Vec<_>>());
    for entry in wanted {
        let program = entry.program();
        let verdict = Verdict::of(entry, &program);
        for (tile, slices) in TILES.iter().zip([1, 3, 2, 4, 1, 3, 2]) {
            let variant = Variant { tile: Some(tile), slices: Some(slices), ..Variant::default() };
            let shaded = outputs(gpu::backend_with(&device, &entry.case, program.clone(), &variant), &program);
            verdict.compare(entry, &variant.name(), &shaded);
        }
    }
}

#[test]
fn elementwise_functions_and_broadcasts() {
    check(suite::elementwise());
}

#[test]
fn slices_concatenations_and_reshapes() {
    check(suite::layouts());
}

#[test]
fn sums() {
    check_both(suite::reductions());
}

#[test]
fn views_padding_maxima_and_rows_by_number() {
    check(suite::views().into_iter().chain(suite::maxima()).chain(suite::rows()));
}

#[test]
fn layers_made_of_many_ops() {
    check(suite::layers());
}

#[test]
fn normalizations() {
    check_both(suite::normalizations());
}

#[test]
fn random_numbers_constants_and_rows() {
    check(suite::sources());
}

#[test]
fn random_expressions() {
    check((0..suite::RANDOM_EXPRESSIONS).map(suite::random_expression));
}

fn is_nan(value: f32) -> bool {
    // By the bits: on some drivers `x != x` is false for a NaN.
    value.to_bits() & 0x7FFF_FFFF > 0x7F80_0000
}

#[test]
fn large_arguments_small_values_and_nan() {
    let Some(device) = gpu::device() else { return };
    let values = [100.0, -100.0, 1e30, -1e30, 20.0, -20.0, 1e-20, -1e-20, 0.0, f64::NAN];
    // All of them normal: WGSL lets a device flush what is smaller than 1.2e-38 to zero.
    let logarithms = [1e-30, 2e-38, 1e30];
    let run = |unary: Unary, values: &[f64]| -> Vec<f32> {
        let mut case = Case::default();
        let x = case.input_of(&[values.len()], values.to_vec());
        let y = case.graph.unary(unary, x).unwrap();
        let mut backend = gpu::backend_for(&device, &case, case.program(y).unwrap());
        backend.run(&[0]).unwrap();
        let (shaded, single) = (gpu::output(&backend, 0), case.run::<f32>(y));
        for ((x, &shaded), single) in values.iter().zip(&shaded).zip(single) {
            let same = is_nan(shaded) == single.is_nan();
            assert!(same, "{} of {x} is {shaded} on the GPU and {single} on the CPU", unary.name());
        }
        shaded
    };
    let close = |value: f32, exact: f64| (f64::from(value) - exact).abs() <= 2e-6 * exact.abs();

    let tanh = run(Unary::Tanh, &values);
    assert_eq!(tanh[..6], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0]);
    assert!(tanh[6..9].iter().all(|y| y.abs() < 1e-6), "{tanh:?}");

    let sigmoid = run(Unary::Sigmoid, &values);
    assert_eq!([sigmoid[0], sigmoid[2], sigmoid[3], sigmoid[4]], [1.0, 1.0, 0.0, 1.0]);
    assert!((0.0..1e-37).contains(&sigmoid[1]), "{sigmoid:?}");
    assert!(close(sigmoid[5], 1.0 / (1.0 + 20f64.exp())), "{sigmoid:?}");
    assert!(sigmoid[6..9].iter().all(|&y| close(y, 0.5)), "{sigmoid:?}");

    let softplus = run(Unary::Softplus, &values);
    assert_eq!([softplus[0], softplus[2], softplus[3], softplus[4]], [100.0, 1e30, 0.0, 20.0]);
    assert!((0.0..1e-37).contains(&softplus[1]), "{softplus:?}");
    assert!(close(softplus[5], (-20f64).exp()), "log(1 + e) must not lose a small e: {softplus:?}");
    assert!(softplus[6..9].iter().all(|&y| close(y, std::f64::consts::LN_2)), "{softplus:?}");

    let log = run(Unary::Log, &logarithms);
    assert!(log.iter().zip(logarithms).all(|(&y, x)| close(y, x.ln())), "{log:?}");

    for slope in [0.0, 0.2] {
        let leaky = run(Unary::LeakyRelu(slope.into()), &values);
        assert!(is_nan(leaky[9]), "a NaN must stay one with slope {slope}: {leaky:?}");
        assert!(leaky[..4].iter().all(|y| !is_nan(*y)), "{leaky:?}");
        assert_eq!([leaky[0], leaky[1]], [100.0, -100.0 * slope], "slope {slope}");
    }
    for unary in [Unary::Neg, Unary::Square, Unary::Exp, Unary::Rsqrt, Unary::AddScalar(1.0.into())] {
        assert!(is_nan(run(unary, &values)[9]), "{} must not hide a NaN", unary.name());
    }
}

/// A draw of every clock, at several counters and seeds: bit for bit the same on both backends.
#[test]
fn random_numbers_are_bit_exact_for_every_clock() {
    let Some(device) = gpu::device() else { return };
    for clock in [Clock::Discriminator, Clock::Generator, Clock::Sample] {
        let mut case = Case::default();
        let uniform = case.graph.uniform(Draw { stream: 0, clock }, [700]);
        let normal = case.graph.normal(Draw { stream: 0xFFFF_FFFF, clock }, [3, 300]);
        let both = case.flat(&[uniform, normal]);
        let program = case.program(both).unwrap();
        let mut shaded = gpu::backend_for(&device, &case, program.clone());
        let mut single: CpuBackend<f32> = case.backend(program);
        let most = u32::MAX;
        for [seed, discriminator, generator, sample_seed, sample_page] in
            [[0; 5], [7, 1, 2, 3, 4], [most; 5], [0x8000_0000, 65_535, 65_536, 1 << 31, 1 << 16]]
        {
            let clocks = Clocks { seed, discriminator, generator, sample_seed, sample_page };
            shaded.set_clocks(clocks);
            single.set_clocks(clocks);
            shaded.run(&[0]).unwrap();
            single.run(0).unwrap();
            let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(gpu::output(&shaded, 0)), bits(single.output(0)), "{clock:?} {clocks:?}");
        }
    }
}

#[test]
fn variables_start_the_same_bit_for_bit() {
    let Some(device) = gpu::device() else { return };
    let step = Step::new();
    let shaded = gpu::backend(&device, step.program.clone(), std::slice::from_ref(&step.table), SEED);
    let single: CpuBackend<f32> = CpuBackend::new(step.program.clone(), vec![step.table.clone()], SEED).unwrap();
    for arena in [Arena::Parameters, Arena::Buffers, Arena::FirstMoment, Arena::SecondMoment] {
        assert_eq!(gpu::read(&shaded, step.network, arena), single.read(step.network, arena), "{arena:?}");
    }
}

/// Batches of 5 out of 23: two epochs are 46 rows, which end inside a batch.
#[test]
fn each_epoch_shows_every_example_once_in_a_new_order() {
    let Some(device) = gpu::device() else { return };
    let step = Step::new();
    let mut shaded = gpu::backend(&device, step.program.clone(), std::slice::from_ref(&step.table), SEED);
    let mut single: CpuBackend<f32> = CpuBackend::new(step.program.clone(), vec![step.table.clone()], SEED).unwrap();
    let mut order = Vec::new();
    while order.len() < 2 * Step::ROWS {
        shaded.run(&[0]).unwrap();
        single.run(0).unwrap();
        let images = gpu::output(&shaded, 0);
        // With scale 1 and offset 0, bytes become the same whole numbers everywhere.
        assert_eq!(images, single.output(0));
        order.extend(images.chunks(Step::WIDTH).map(|image| image[0] as usize));
    }
    let epochs = [&order[..Step::ROWS], &order[Step::ROWS..2 * Step::ROWS]];
    for epoch in epochs {
        let mut sorted = epoch.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..Step::ROWS).collect::<Vec<_>>(), "{epoch:?}");
    }
    assert_ne!(epochs[0], epochs[1]);
}

/// Two streams of row numbers of equal length, in batches of 5 out of 30.
#[test]
fn streams_of_row_numbers_are_permutations_of_their_own() {
    let (len, batch) = (30usize, 5usize);
    let mut case = Case::default();
    let table = case.variables.table(Table { rows: len, width: 1, scale: 1.0, offset: 0.0 });
    case.tables.push((0..len as u8).collect());
    let streams = [0, 1, 2, u32::MAX];
    let indices = streams.map(|stream| case.graph.shuffled_index_of(stream, Clock::Generator, len, batch).unwrap());
    assert_eq!(indices[0], case.graph.shuffled_index(Clock::Generator, len, batch).unwrap(), "stream 0 is the first");
    let rows = indices.map(|index| case.graph.gather(&case.variables, table, index).unwrap());
    let (loss, value) = (case.graph.sum_all(rows[0]).unwrap(), case.flat(&rows));
    let effects = [Effect::Output { value }, Effect::Record { columns: vec![loss] }];
    let plan = Plan::new("batch", Clock::Generator, &case.graph, &case.variables, &effects).unwrap();
    let program = Program { variables: case.variables.clone(), plans: vec![plan] };
    let mut single: CpuBackend<f32> = case.backend(program.clone());
    let mut shaded = gpu::device().map(|device| gpu::backend_for(&device, &case, program));
    let mut orders = streams.map(|_| Vec::new());
    for _ in 0..len / batch {
        single.run(0).unwrap();
        let output = single.output(0);
        if let Some(shaded) = &mut shaded {
            shaded.run(&[0]).unwrap();
            assert_eq!(gpu::output(shaded, 0), output);
        }
        orders.iter_mut().zip(output.chunks(batch)).for_each(|(order, rows)| order.extend_from_slice(rows));
    }
    for (at, order) in orders.iter().enumerate() {
        let mut sorted = order.clone();
        sorted.sort_by(f32::total_cmp);
        assert_eq!(sorted, (0..len).map(|i| i as f32).collect::<Vec<_>>(), "stream {}", streams[at]);
        assert!(orders[..at].iter().all(|other| other != order), "stream {} is another's", streams[at]);
    }
    // The bits of stream 0 are those of before there were streams.
    let before = (0..len as u32).map(|i| ganvas::rng::permuted(SEED, 0, i, len as u32) as f32);
    assert_eq!(orders[0], before.collect::<Vec<_>>());
}

/// Parameters, both moments, gradients, running statistics and the ring after some steps.
#[test]
fn adam_running_statistics_and_the_ring() {
    let Some(device) = gpu::device() else { return };
    let step = Step::new();
    let table = || vec![step.table.clone()];
    let mut shaded = gpu::backend(&device, step.program.clone(), &table(), SEED);
    let mut single: CpuBackend<f32> = CpuBackend::new(step.program.clone(), table(), SEED).unwrap();
    let mut double: CpuBackend<f64> = CpuBackend::new(step.program.clone(), table(), SEED).unwrap();
    shaded.set_learning_rate(step.network, 0.01);
    single.set_learning_rate(step.network, 0.01);
    double.set_learning_rate(step.network, 0.01);
    for steps in [1, 2, 9] {
        for _ in 0..steps {
            shaded.run(&[0]).unwrap();
            single.run(0).unwrap();
            double.run(0).unwrap();
        }
        for arena in [Arena::Parameters, Arena::Gradients, Arena::FirstMoment, Arena::SecondMoment, Arena::Buffers] {
            let exact = double.read_f64(step.network, arena);
            let largest = exact.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
            for (name, values) in
                [("GPU", gpu::read(&shaded, step.network, arena)), ("CPU", single.read(step.network, arena))]
            {
                for (index, (&value, exact)) in values.iter().zip(&exact).enumerate() {
                    let error = (f64::from(value) - exact).abs();
                    assert!(
                        error <= 2e-6 * largest,
                        "{name}, {arena:?}, element {index} is {value} and should be {exact}"
                    );
                }
            }
        }
    }
    // More steps than the ring has rows: old rows are overwritten, in the same place on both.
    for _ in 0..RING_ROWS {
        shaded.run(&[0]).unwrap();
        single.run(0).unwrap();
    }
    assert_eq!(shaded.clocks(), single.clocks());
    assert_eq!(shaded.clocks().discriminator as usize, 12 + RING_ROWS);
    let (left, right) = (block_on(shaded.ring(0)).unwrap(), single.ring(0));
    assert_eq!(left.len(), 2 * RING_ROWS);
    for (row, (left, right)) in left.chunks(2).zip(right.chunks(2)).enumerate() {
        assert_eq!(left[1].to_bits(), right[1].to_bits(), "row {row}: the random number");
        assert!((left[0] - right[0]).abs() <= 1e-5 * right[0].abs(), "row {row}: the loss, {left:?} and {right:?}");
        let last = if row < 12 { RING_ROWS + row } else { row };
        let bits = ganvas::rng::bits(SEED, 5, last as u32, 0);
        assert_eq!(right[1], ganvas::rng::uniform(bits), "row {row} is of run {last}");
    }
}

/// Assignments read what the variables were when the step began, whatever else is assigned before them, and elements
/// that other invocations of the same kernel write.
#[test]
fn assignments_read_the_start_of_the_step() {
    let Some(device) = gpu::device() else { return };
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let network = variables.network("net");
    let names = ["a", "b", "grid"];
    let shapes: [&[usize]; 3] = [&[70], &[70], &[300, 40]];
    let mut ids = Vec::new();
    for (name, shape) in names.into_iter().zip(shapes) {
        ids.push(variables.variable(network, name, shape.into(), Role::Buffer, Init::Constant(0.0)).unwrap());
    }
    let [a, b, grid] = [0, 1, 2].map(|index: usize| graph.variable(&variables, ids[index]));
    let sum = graph.add(a, b).unwrap();
    let difference = graph.sub(a, b).unwrap();
    let row = graph.slice(grid, 0, 0, 1).unwrap();
    let moved = graph.add(grid, row).unwrap();
    let values = [sum, difference, moved];
    let mut effects: Vec<Effect> =
        ids.iter().zip(values).map(|(&variable, value)| Effect::Assign { variable, value }).collect();
    // What is recorded is of the same moment.
    let columns = [a, grid].map(|tensor| {
        let axes: Vec<usize> = (0..graph.shape(tensor).rank()).collect();
        let first = axes.iter().fold(tensor, |tensor, &axis| graph.slice(tensor, axis, 0, 1).unwrap());
        graph.unary(Unary::Neg, first).unwrap()
    });
    effects.push(Effect::Record { columns: columns.to_vec() });
    let plan = Plan::new("assign", Clock::Generator, &graph, &variables, &effects).unwrap();
    let program = Program { variables: variables.clone(), plans: vec![plan] };

    let mut shaded = gpu::backend(&device, program.clone(), &[], SEED);
    let mut single: CpuBackend<f32> = CpuBackend::new(program, vec![], SEED).unwrap();
    let mut arena = vec![0.0f32; variables.networks[0].buffer_elements];
    // Small whole numbers, on which everything is exact.
    arena.iter_mut().enumerate().for_each(|(index, value)| *value = (index * 7 % 31) as f32);
    shaded.write(network, Arena::Buffers, &arena).unwrap();
    single.write(network, Arena::Buffers, &arena).unwrap();
    let offsets: Vec<usize> = ids.iter().map(|&id| variables.get(id).offset).collect();
    let mut firsts = Vec::new();
    for _ in 0..5 {
        let old = arena.clone();
        firsts.push([-old[offsets[0]], -old[offsets[2]]]);
        for index in 0..70 {
            let (a, b) = (old[offsets[0] + index], old[offsets[1] + index]);
            arena[offsets[0] + index] = a + b;
            arena[offsets[1] + index] = a - b;
        }
        for index in 0..300 * 40 {
            arena[offsets[2] + index] = old[offsets[2] + index] + old[offsets[2] + index % 40];
        }
        single.run(0).unwrap();
        shaded.run(&[0]).unwrap();
    }
    for (&id, &offset) in ids.iter().zip(&offsets) {
        let variable = variables.get(id);
        let part = offset..offset + variable.shape.elements();
        let (left, right) = (gpu::read(&shaded, network, Arena::Buffers), single.read(network, Arena::Buffers));
        assert_eq!(right[part.clone()], arena[part.clone()], "{} on the CPU", variable.name);
        assert_eq!(left[part.clone()], arena[part], "{} on the GPU", variable.name);
    }
    for (row, first) in firsts.iter().enumerate() {
        assert_eq!(&single.ring(0)[2 * row..][..2], first, "row {row} on the CPU");
        assert_eq!(&block_on(shaded.ring(0)).unwrap()[2 * row..][..2], first, "row {row} on the GPU");
    }
}
