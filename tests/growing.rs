//! What a run that grows asks of the engine: networks that join later count their own updates, a record takes as many
//! columns as there are blocks, and a ramp fades them in.

mod common;
#[path = "common/gpu.rs"]
mod gpu;

use common::SEED;
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend, Program, Updates};
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::graph::{
    Adam, Average, Clock, Effect, Graph, Init, NetworkId, Plan, Role, Tensor, UpdateRule, VariableId, Variables,
};
use ganvas::nn;
use ganvas::train::{Only, Settings, Trainer};
use pollster::block_on;

const RATE: f32 = 0.05;

fn backends(program: &Program) -> Vec<Backend> {
    let cpu = CpuBackend::new(program.clone(), Vec::new(), SEED).unwrap();
    let mut all = vec![Backend::Cpu(Box::new(cpu))];
    if let Some(device) = gpu::device() {
        all.push(Backend::Gpu(Box::new(gpu::backend(&device, program.clone(), &[], SEED))));
    }
    all
}

fn bits(backend: &Backend, network: NetworkId) -> Vec<u32> {
    let arenas = Arena::ALL.map(|arena| block_on(backend.read(network, arena)).unwrap());
    arenas.concat().into_iter().map(f32::to_bits).collect()
}

fn read(backend: &Backend, network: NetworkId, arena: Arena) -> Vec<f32> {
    block_on(backend.read(network, arena)).unwrap()
}

/// A network of `elements` parameters, and the loss sum(p^2) + sum(p) of it.
fn network(
    graph: &mut Graph,
    variables: &mut Variables,
    name: &str,
    elements: usize,
) -> (NetworkId, VariableId, Tensor) {
    let id = variables.network(name);
    let init = Init::Uniform { low: 1.0, high: 2.0 };
    let variable = variables.variable(id, "weight", [elements].into(), Role::Parameter, init).unwrap();
    let p = graph.variable(variables, variable);
    let square = graph.mul(p, p).unwrap();
    let sum = graph.add(square, p).unwrap();
    (id, variable, graph.sum_all(sum).unwrap())
}

/// Progressive growing's Adam, with an average.
fn rule() -> UpdateRule {
    let adam = Adam { beta1: 0.0, beta2: 0.99, ..Adam::default() };
    UpdateRule { average: Some(Average { decay: 0.999 }), ..adam.into() }
}

/// A plan that updates these networks.
fn step(
    graph: &mut Graph,
    variables: &Variables,
    name: &'static str,
    losses: &[(NetworkId, VariableId, Tensor)],
) -> Plan {
    let mut effects = vec![Effect::Record { columns: losses.iter().map(|&(.., loss)| loss).collect() }];
    for &(network, _, loss) in losses {
        effects.push(nn::update(graph, variables, network, loss, rule()).unwrap());
    }
    Plan::new(name, Clock::Generator, graph, variables, &effects).unwrap()
}

/// Two networks: the first plan updates one, the second both. They share a clock.
fn late() -> (Program, [NetworkId; 2]) {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let losses = [("early", 70), ("late", 5)].map(|(name, count)| network(&mut graph, &mut variables, name, count));
    let plans = vec![step(&mut graph, &variables, "one", &losses[..1]), step(&mut graph, &variables, "both", &losses)];
    (Program { variables, plans }, losses.map(|(network, ..)| network))
}

#[test]
fn a_network_that_joins_late_begins_with_its_first_update() {
    let (program, networks) = late();
    for mut backend in backends(&program) {
        networks.iter().for_each(|&network| backend.set_learning_rate(network, RATE));
        backend.run(&[0; 40]).unwrap();
        let before = read(&backend, networks[1], Arena::Parameters);
        backend.run(&[1]).unwrap();
        let after = read(&backend, networks[1], Arena::Parameters);
        for (before, after) in before.iter().zip(after).take(5) {
            // Adam's first step is the learning rate, whatever the gradient; in the 41st it would be 5.8 of them.
            assert!((before - after - RATE).abs() < 1e-5, "from {before} to {after}");
        }
        let counts = networks.map(|network| backend.updates(network).count);
        assert_eq!((counts, backend.clocks().generator), ([41, 1], 41));

        // Carried over to another backend it goes on bit for bit, in submissions of any size.
        let mut other = match &backend {
            Backend::Cpu(_) => Backend::Cpu(Box::new(CpuBackend::new(program.clone(), Vec::new(), SEED + 1).unwrap())),
            Backend::Gpu(gpu) => Backend::Gpu(Box::new(gpu::backend(gpu.device(), program.clone(), &[], SEED + 1))),
        };
        for network in networks {
            for arena in Arena::ALL {
                other.write(network, arena, &read(&backend, network, arena)).unwrap();
            }
            other.set_learning_rate(network, RATE);
            let Updates { count, average_from } = backend.updates(network);
            other.set_updates(network, count, average_from);
        }
        other.set_clocks(backend.clocks());
        backend.run(&[1, 0, 1]).unwrap();
        [1, 0, 1].into_iter().for_each(|plan| other.run(&[plan]).unwrap());
        for network in networks {
            assert_eq!(bits(&backend, network), bits(&other, network));
        }
    }
}

#[test]
fn an_average_can_begin_its_warm_up_again() {
    let (program, [network, _]) = late();
    for mut backend in backends(&program) {
        backend.set_learning_rate(network, RATE);
        backend.run(&[0; 30]).unwrap();
        backend.restart_average(network);
        assert_eq!(backend.updates(network), Updates { count: 30, average_from: 30 });
        for kept in 1..=3u32 {
            let before = read(&backend, network, Arena::Average);
            backend.run(&[0]).unwrap();
            let [after, value] = [Arena::Average, Arena::Parameters].map(|arena| read(&backend, network, arena));
            let decay = f64::from(1 + kept) / f64::from(10 + kept);
            for at in 0..70 {
                let [before, after, value] = [before[at], after[at], value[at]].map(f64::from);
                let exact = before + (1.0 - decay) * (value - before);
                assert!((after - exact).abs() < 1e-6, "update {kept}: {after} and not {exact}");
            }
        }
    }
}

#[test]
fn checkpoints_keep_the_counts_and_older_ones_still_open() {
    let trainer = || {
        let mut settings = Settings { seed: SEED, ..Settings::new(Preset::find("gan-mnist").unwrap()) };
        settings.recipe.batch_size = 4;
        let Examples { shape, tables } = settings.training_data(generated_digits(100, 3)).unwrap();
        let Game { program, play } = settings.game(shape, 0).unwrap();
        let backend = CpuBackend::new(program, tables, SEED).unwrap();
        Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play)
    };
    let counts = |trainer: &Trainer| {
        let backend = trainer.backend();
        let variables = &backend.program().variables;
        ["discriminator", "generator"].map(|name| {
            let (network, _) = variables.networks().find(|(_, own)| *own == name).unwrap();
            let Updates { count, average_from } = backend.updates(network);
            [count, average_from]
        })
    };
    let mut run = trainer();
    block_on(run.run(2, Only::Both)).unwrap();
    block_on(run.run(1, Only::Discriminator)).unwrap();
    assert_eq!(counts(&run), [[3, 0], [2, 0]]);
    let saved = block_on(run.save()).unwrap();
    // The file with a word of its header replaced by one of the same length.
    let replaced = |from: &str, to: &str| {
        let at = saved.windows(from.len()).position(|bytes| bytes == from.as_bytes()).expect("it is in the file");
        let mut file = saved.clone();
        file[at..at + from.len()].copy_from_slice(to.as_bytes());
        file
    };
    let loaded = |file: &[u8]| {
        let mut other = trainer();
        other.load(file).map(|_| counts(&other))
    };
    assert_eq!(loaded(&saved).unwrap(), [[3, 0], [2, 0]]);
    assert_eq!(
        loaded(&replaced("\"updates.generator\":\"2\"", "\"updates.generator\":\"9\"")).unwrap(),
        [[3, 0], [9, 0]]
    );
    // A file without the counts: those of the plans' clocks.
    let older = replaced("\"updates.generator\"", "\"unknown.generator\"");
    let loaded_older = loaded(&older).unwrap();
    assert_eq!(loaded_older, [[3, 0], [2, 0]]);
    for (from, to, word) in [
        ("\"updates.generator\":\"2\"", "\"updates.generator\":\"x\"", "updates.generator"),
        ("\"average_from.generator\":\"0\"", "\"average_from.generator\":\"8\"", "average_from.generator"),
    ] {
        let error = loaded(&replaced(from, to)).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

/// Twenty scalars that lie in 14 buffers: parameters, running values and averages of four networks, a gradient of a fifth,
/// and what is computed. In the second plan all are computed.
#[test]
fn a_record_has_as_many_columns_as_are_asked_for() {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let mut columns = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let network = variables.network(name);
        let init = Init::Uniform { low: -1.0, high: 1.0 };
        let weight = variables.variable(network, "weight", [1].into(), Role::Parameter, init).unwrap();
        let running = variables.variable(network, "running", [1].into(), Role::Buffer, init).unwrap();
        columns.extend([weight, running].map(|id| graph.variable(&variables, id)));
        columns.push(graph.average(&variables, weight));
    }
    let (learner, _, loss) = network(&mut graph, &mut variables, "learner", 1);
    let update = nn::update(&mut graph, &variables, learner, loss, rule()).unwrap();
    let Effect::Update { gradients, .. } = &update else { panic!("an update") };
    columns.push(gradients[0].1);
    columns.push(loss);
    let computed: Vec<Tensor> = (0..20).map(|i| graph.add_scalar(loss, i as f32).unwrap()).collect();
    columns.extend(&computed[1..7]);
    assert_eq!(columns.len(), 20);
    let effects = [Effect::Record { columns }, update];
    let many = Plan::new("many", Clock::Generator, &graph, &variables, &effects).unwrap();
    let effects = [Effect::Record { columns: computed }];
    let small = Plan::new("small", Clock::Discriminator, &graph, &variables, &effects).unwrap();
    let program = Program { variables, plans: vec![many, small] };
    let variables = &program.variables;

    for mut backend in backends(&program) {
        backend.set_learning_rate(learner, RATE);
        for row in 0..2usize {
            let p = read(&backend, learner, Arena::Parameters)[0];
            let mut expected = Vec::new();
            for (id, variable) in variables.iter().filter(|(_, variable)| variable.network != learner) {
                let value = variables.initial(id, SEED)[0];
                expected.push(value);
                if variable.role == Role::Buffer {
                    // The average of the parameter before it.
                    expected.push(expected[expected.len() - 2]);
                }
            }
            expected.push(2.0 * p + 1.0);
            let loss = p * p + p;
            expected.extend((0..7).map(|i| loss + i as f32));
            backend.run(&[0, 1]).unwrap();
            let ring = block_on(backend.ring(0)).unwrap();
            for (column, (value, expected)) in ring[20 * row..][..20].iter().zip(expected).enumerate() {
                assert!((value - expected).abs() < 1e-5, "column {column}: {value} and not {expected}");
            }
            // The second plan sees the parameters that the first has moved.
            let p = read(&backend, learner, Arena::Parameters)[0];
            let ring = block_on(backend.ring(1)).unwrap();
            for (i, value) in ring[20 * row..][..20].iter().enumerate() {
                assert!((value - (p * p + p + i as f32)).abs() < 1e-4, "column {i}: {value}");
            }
        }
    }
    let mut graph = Graph::new();
    let pair = graph.constant(1.0, [2]);
    for columns in [vec![], vec![pair]] {
        let refused = Plan::new("none", Clock::Generator, &graph, variables, &[Effect::Record { columns }]);
        assert!(refused.unwrap_err().to_string().contains("single numbers"));
    }
}

/// Weights that are faded in: the loss is alpha sum(p), so that the gradient is alpha.
#[test]
fn a_ramp_is_the_same_however_many_steps_are_submitted() {
    const STEPS: usize = 24;
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let ramps = [(0, 1), (0, 7), (3, 13), (5, 6), (16, 23)];
    let alphas = ramps.map(|(from, until)| graph.ramp(Clock::Generator, from, until).unwrap());
    let id = variables.network("network");
    let weight =
        variables.variable(id, "weight", [9].into(), Role::Parameter, Init::Uniform { low: 1.0, high: 2.0 }).unwrap();
    let p = graph.variable(&variables, weight);
    let faded = graph.mul(alphas[2], p).unwrap();
    let loss = graph.sum_all(faded).unwrap();
    assert_eq!(graph.gradients(loss, &[alphas[0]]).unwrap().len(), 1);
    let mut effects = vec![Effect::Output { value: faded }, Effect::Record { columns: alphas.to_vec() }];
    effects.push(nn::update(&mut graph, &variables, id, loss, rule()).unwrap());
    let plan = Plan::new("step", Clock::Generator, &graph, &variables, &effects).unwrap();
    let program = Program { variables, plans: vec![plan] };

    for (mut alone, mut together) in backends(&program).into_iter().zip(backends(&program)) {
        let columns = ramps.len();
        for backend in [&mut alone, &mut together] {
            backend.set_learning_rate(id, RATE);
        }
        for step in 0..STEPS {
            alone.run(&[0]).unwrap();
            let alpha = block_on(alone.ring(0)).unwrap()[step * columns + 2];
            assert!(read(&alone, id, Arena::Gradients)[..9].iter().all(|gradient| *gradient == alpha), "step {step}");
        }
        (0..STEPS / 8).for_each(|_| together.run(&[0; 8]).unwrap());
        assert_eq!(bits(&alone, id), bits(&together, id));
        let rings = [&alone, &together].map(|backend| block_on(backend.ring(0)).unwrap());
        assert_eq!(rings[0], rings[1]);
        for (step, row) in rings[0].chunks(columns).take(STEPS).enumerate() {
            for (&alpha, (from, until)) in row.iter().zip(ramps) {
                let exact = (step as f64 - f64::from(from)) / f64::from(until - from);
                match exact {
                    ..=0.0 => assert_eq!(alpha.to_bits(), 0.0f32.to_bits(), "step {step} of {from} to {until}"),
                    1.0.. => assert_eq!(alpha, 1.0, "step {step} of {from} to {until}"),
                    _ => assert!((f64::from(alpha) - exact).abs() < 1e-6, "step {step} of {from} to {until}: {alpha}"),
                }
            }
        }
    }
    for (from, until) in [(3, 3), (4, 3)] {
        let message = graph.ramp(Clock::Generator, from, until).unwrap_err().to_string();
        assert!(message.contains("ramp") && message.contains("end after it begins"), "{message}");
    }
}

/// A run is repeated from its start on the CPU, in pieces that end where a stage does, and comes to the same networks.
#[test]
fn a_replay_follows_the_stages_of_the_run() {
    let preset = Preset::find("progan-mnist").unwrap();
    let mut settings = Settings::new(preset);
    settings.recipe.batch_size = 512;
    let begin = || {
        let examples = settings.training_data(generated_digits(600, SEED)).unwrap();
        let Game { program, play } = settings.game(examples.shape, 0).unwrap();
        let backend = CpuBackend::new(program, examples.tables, SEED).unwrap();
        Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), examples.shape, play)
    };
    let (mut run, mut replay) = (begin(), begin());
    let boundary = run.stages()[1].1;
    block_on(run.run(boundary as usize + 2, Only::Both)).unwrap();
    assert_eq!(block_on(replay.follow_stage()).unwrap(), boundary);
    while replay.step() < run.step() {
        let most = block_on(replay.follow_stage()).unwrap();
        assert_eq!(replay.diagnose(most.min(run.step() - replay.step())).unwrap(), None);
    }
    assert_eq!((replay.stage(), run.stage()), (1, 1));
    for (network, name) in run.backend().program().variables.networks() {
        assert_eq!(bits(replay.backend(), network), bits(run.backend(), network), "{name}");
    }
}
