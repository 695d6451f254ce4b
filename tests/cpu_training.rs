//! What a step leaves behind on the CPU: updates, assignments, records, clocks, batches.

mod common;

use common::{Case, SEED, assert_close};
use ganvas::backend::cpu::{CpuBackend, Real};
use ganvas::backend::{Arena, Clocks, Program, RING_ROWS};
use ganvas::graph::{Adam, Clock, Draw, Effect, Graph, Init, Plan, Role, Unary, Variables};
use ganvas::{Error, rng};

const ADAM: Adam = Adam { beta1: 0.5, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };

/// Two parameters that are pulled towards noise, an average of one of them, and a record of the loss.
fn noisy() -> Program {
    let mut variables = Variables::default();
    let (mut graph, network) = (Graph::new(), variables.network("network"));
    let start = Init::Normal { mean: 0.5, std: 0.2 };
    let a = variables.variable(network, "a", [3, 5].into(), Role::Parameter, start).unwrap();
    let b = variables.variable(network, "b", [9000].into(), Role::Parameter, start).unwrap();
    let average = variables.variable(network, "average", [3, 5].into(), Role::Buffer, Init::Constant(0.0)).unwrap();
    let [ta, tb, old] = [a, b, average].map(|id| graph.variable(&variables, id));
    let noise = graph.normal(Draw { stream: 3, clock: Clock::Discriminator }, [3, 5]);
    let difference = graph.sub(ta, noise).unwrap();
    let square = graph.unary(Unary::Square, difference).unwrap();
    let first = graph.mean_all(square).unwrap();
    let soft = graph.unary(Unary::Softplus, tb).unwrap();
    let second = graph.mean_all(soft).unwrap();
    let loss = graph.add(first, second).unwrap();
    let gradients = graph.gradients(loss, &[ta, tb]).unwrap();
    let kept = graph.mul_scalar(old, 0.9).unwrap();
    let new = graph.mul_scalar(ta, 0.1).unwrap();
    let mixed = graph.add(kept, new).unwrap();
    let effects = [
        Effect::Update { network, rule: ADAM.into(), gradients: vec![(a, gradients[0]), (b, gradients[1])] },
        Effect::Assign { variable: average, value: mixed },
        Effect::Record { columns: vec![loss, first] },
    ];
    let plan = Plan::new("step", Clock::Discriminator, &graph, &variables, &effects).unwrap();
    Program { variables, plans: vec![plan] }
}

/// The same by hand, in f64: parameters a and b, the average, and the recorded losses.
fn by_hand(program: &Program, steps: u32, rate: f64) -> (Vec<f64>, Vec<f64>, Vec<f64>, Vec<[f64; 2]>) {
    let ids: Vec<_> = program.variables.iter().map(|(id, _)| id).collect();
    let start =
        |index: usize| program.variables.initial(ids[index], SEED).into_iter().map(f64::from).collect::<Vec<_>>();
    let (mut a, mut b, mut average) = (start(0), start(1), start(2));
    let mut moments = [vec![(0.0, 0.0); a.len()], vec![(0.0, 0.0); b.len()]];
    let mut losses = Vec::new();
    let (beta1, beta2, eps) = (f64::from(ADAM.beta1), f64::from(ADAM.beta2), f64::from(ADAM.eps));
    let table = rng::NormalTable::default();
    for step in 0..steps {
        let noise: Vec<f64> =
            (0..a.len()).map(|i| f64::from(table.normal(rng::bits(SEED, 3, step, i as u32)))).collect();
        let count = a.len() as f64;
        let first = a.iter().zip(&noise).map(|(a, n)| (a - n) * (a - n)).sum::<f64>() / count;
        let second = b.iter().map(|b| b.exp().ln_1p()).sum::<f64>() / b.len() as f64;
        losses.push([first + second, first]);
        let ga: Vec<f64> = a.iter().zip(&noise).map(|(a, n)| 2.0 * (a - n) / count).collect();
        let others = b.len() as f64;
        let gb: Vec<f64> = b.iter().map(|b| 1.0 / (1.0 + (-b).exp()) / others).collect();
        for (average, a) in average.iter_mut().zip(&a) {
            *average = f64::from(0.9f32) * *average + f64::from(0.1f32) * a;
        }
        for ((values, gradients), moments) in [(&mut a, ga), (&mut b, gb)].into_iter().zip(&mut moments) {
            for ((value, g), (m, v)) in values.iter_mut().zip(gradients).zip(moments) {
                *m = beta1 * *m + (1.0 - beta1) * g;
                *v = beta2 * *v + (1.0 - beta2) * g * g;
                let corrected = |moment: f64, beta: f64| moment / (1.0 - beta.powi(step as i32 + 1));
                *value -= rate * corrected(*m, beta1) / (corrected(*v, beta2).sqrt() + eps);
            }
        }
    }
    (a, b, average, losses)
}

fn compare<T: Real>(steps: u32, tolerance: f64) {
    let program = noisy();
    let (network, rate) = (program.variables.variables[0].network, 0.01f32);
    let (a, b, average, losses) = by_hand(&program, steps, f64::from(rate));
    let offset = |index: usize| program.variables.variables[index].offset;
    let (at_a, at_b) = (offset(0), offset(1));
    let mut backend: CpuBackend<T> = CpuBackend::new(program, vec![], SEED).unwrap();
    backend.set_learning_rate(network, rate);
    for _ in 0..steps {
        backend.run(0).unwrap();
    }
    let parameters = backend.read_f64(network, Arena::Parameters);
    assert_close("a", &parameters[at_a..at_a + a.len()], &a, tolerance);
    assert_close("b", &parameters[at_b..at_b + b.len()], &b, tolerance);
    assert_close("average", &backend.read_f64(network, Arena::Buffers)[..average.len()], &average, tolerance);
    assert_eq!(backend.clocks(), Clocks { discriminator: steps, ..Clocks::new(SEED) });
    let ring = backend.ring(0);
    assert_eq!(ring.len(), RING_ROWS * 2);
    for (step, columns) in losses.iter().enumerate().skip((steps as usize).saturating_sub(RING_ROWS)) {
        let row = step % RING_ROWS * 2;
        let recorded = [f64::from(ring[row]), f64::from(ring[row + 1])];
        assert_close(&format!("losses of step {step}"), &recorded, columns, tolerance.max(1e-6));
    }
}

#[test]
fn adam_assignments_and_records_follow_the_definition() {
    compare::<f64>(5, 1e-12);
    compare::<f32>(5, 1e-5);
    // The ring goes round.
    compare::<f64>(RING_ROWS as u32 + 3, 1e-11);
}

#[test]
fn a_learning_rate_of_zero_changes_no_parameter() {
    let program = noisy();
    let network = program.variables.variables[0].network;
    let mut backend: CpuBackend = CpuBackend::new(program, vec![], SEED).unwrap();
    let before = backend.read(network, Arena::Parameters);
    backend.run(0).unwrap();
    assert_eq!(backend.read(network, Arena::Parameters), before);
    assert!(backend.read(network, Arena::FirstMoment).iter().any(|&moment| moment != 0.0));
}

#[test]
fn a_run_restored_from_its_arenas_and_clocks_goes_on_identically() {
    let program = std::sync::Arc::new(noisy());
    let network = program.variables.variables[0].network;
    let arenas = [Arena::Parameters, Arena::Buffers, Arena::FirstMoment, Arena::SecondMoment];
    let mut first: CpuBackend = CpuBackend::new(program.clone(), vec![], SEED).unwrap();
    first.set_learning_rate(network, 0.01);
    (0..3).for_each(|_| first.run(0).unwrap());
    let mut second: CpuBackend = CpuBackend::new(program, vec![], SEED + 1).unwrap();
    second.set_learning_rate(network, 0.01);
    for arena in arenas {
        second.write(network, arena, &first.read(network, arena)).unwrap();
    }
    second.set_clocks(first.clocks());
    second.set_updates(network, first.updates(network).count, 0);
    for _ in 0..3 {
        first.run(0).unwrap();
        second.run(0).unwrap();
    }
    for arena in arenas {
        assert_eq!(first.read(network, arena), second.read(network, arena), "{arena:?}");
    }
}

#[test]
fn an_epoch_shows_every_example_once() {
    let (len, batch) = (30usize, 6usize);
    let mut case = Case::default();
    let table = case.variables.table(ganvas::graph::Table { rows: len, width: 1, scale: 1.0, offset: 0.0 });
    case.tables.push((0..len as u8).collect());
    let index = case.graph.shuffled_index(Clock::Generator, len, batch).unwrap();
    let rows = case.graph.gather(&case.variables, table, index).unwrap();
    let sum = case.graph.sum(rows, &[0, 1]).unwrap();
    let effects = [Effect::Output { value: rows }, Effect::Record { columns: vec![sum] }];
    let plan = Plan::new("batch", Clock::Generator, &case.graph, &case.variables, &effects).unwrap();
    let program = Program { variables: case.variables.clone(), plans: vec![plan] };
    let mut backend: CpuBackend = case.backend(program);
    let mut epoch = || {
        let mut seen = Vec::new();
        for _ in 0..len / batch {
            backend.run(0).unwrap();
            seen.extend(backend.output(0));
        }
        seen
    };
    let (first, second) = (epoch(), epoch());
    assert_ne!(first, second, "each epoch has an order of its own");
    for mut order in [first, second] {
        order.sort_by(f32::total_cmp);
        assert_eq!(order, (0..len).map(|i| i as f32).collect::<Vec<_>>());
    }
}

/// A draw of each clock: those that move with the steps change from run to run, the sample's do not.
#[test]
fn draws_follow_their_clocks() {
    let mut case = Case::default();
    let draw = |clock| Draw { stream: 1, clock };
    let moving = case.graph.normal(draw(Clock::Generator), [100]);
    let still = case.graph.normal(draw(Clock::Sample), [100]);
    let both = case.flat(&[moving, still]);
    let zero = case.graph.constant(0.0, []);
    let effects = [Effect::Output { value: both }, Effect::Record { columns: vec![zero] }];
    let plan = Plan::new("draws", Clock::Generator, &case.graph, &case.variables, &effects).unwrap();
    let mut backend: CpuBackend =
        CpuBackend::new(Program { variables: case.variables.clone(), plans: vec![plan] }, vec![], SEED).unwrap();
    let mut run = |clocks: Option<Clocks>| {
        clocks.into_iter().for_each(|clocks| backend.set_clocks(clocks));
        backend.run(0).unwrap();
        let output = backend.output(0);
        (output[..100].to_vec(), output[100..].to_vec())
    };
    let (first, second) = (run(None), run(None));
    assert_eq!(first.0, first.1, "both clocks start at the same seed and counter");
    assert_ne!(first.0, second.0);
    assert_eq!(first.1, second.1);
    let moved = run(Some(Clocks { sample_page: 5, ..Clocks::new(SEED) }));
    assert_eq!(moved.0, first.0);
    assert_ne!(moved.1, first.1);
}

#[test]
fn an_assignment_may_read_what_it_overwrites() {
    let mut case = Case::default();
    let (x, y) = (case.input(&[2, 70]), case.input(&[70]));
    let (_, swapped_in) = (case.inputs[0].0, case.inputs[1].0);
    let doubled = case.graph.mul_scalar(x, 2.0).unwrap();
    let mean = case.graph.mean(x, &[0]).unwrap();
    let mean = case.graph.reshape(mean, [70]).unwrap();
    let sum = case.graph.add(mean, y).unwrap();
    let effects = [
        Effect::Assign { variable: swapped_in, value: sum },
        Effect::Assign { variable: case.inputs[0].0, value: doubled },
    ];
    let plan = Plan::new("assign", Clock::Sample, &case.graph, &case.variables, &effects).unwrap();
    let mut backend: CpuBackend<f64> = case.backend(Program { variables: case.variables.clone(), plans: vec![plan] });
    backend.run(0).unwrap();
    let arena = backend.read_f64(case.network, Arena::Buffers);
    let exact: Vec<f64> = case.values[0].iter().map(|x| 2.0 * x).collect();
    assert_close("doubled", &arena[..140], &exact, 1e-15);
    let at = case.variables.get(swapped_in).offset;
    let exact: Vec<f64> =
        (0..70).map(|i| (case.values[0][i] + case.values[0][70 + i]) / 2.0 + case.values[1][i]).collect();
    assert_close("sum", &arena[at..at + 70], &exact, 1e-15);
}

#[test]
fn wrong_sizes_are_refused_with_the_sizes() {
    let mut case = Case::default();
    let table = case.table(4, 3);
    let index = case.graph.shuffled_index(Clock::Sample, 4, 2).unwrap();
    let rows = case.graph.gather(&case.variables, table, index).unwrap();
    let program = case.program(rows).unwrap();
    for tables in [vec![], vec![vec![0; 11]], vec![vec![0; 12], vec![]]] {
        let error = CpuBackend::<f32>::new(program.clone(), tables, SEED).err().expect("refused");
        assert!(matches!(&error, Error::Data { file, .. } if file.starts_with("table")), "{error}");
    }
    let mut backend = CpuBackend::<f32>::new(program, case.tables.clone(), SEED).unwrap();
    let error = backend.write(case.network, Arena::Buffers, &[1.0; 3]).expect_err("refused");
    assert!(error.to_string().contains("was given 3"), "{error}");
    assert!(backend.run(1).is_err());
}
