//! Optimisers, weight clipping and moving averages against PyTorch, on both backends; and that a run is the same bit for
//! bit each time.

mod common;
#[path = "common/gpu.rs"]
mod gpu;
#[path = "common/suite.rs"]
mod suite;

use common::SEED;
use ganvas::backend::cpu::{CpuBackend, Real};
use ganvas::backend::{Arena, Program};
use ganvas::graph::{
    Adam, Average, Clock, Decay, Effect, Graph, Init, NetworkId, Optimizer, Plan, RmsProp, Role, Sgd, UpdateRule,
    VariableId, Variables,
};
use ganvas::nn;
use suite::Step;

const START: [f32; 4] = [0.5, -0.3, 0.8, 0.1];

const FALLING: Decay = Decay { clock: Clock::Generator, from: 2, until: 8, to: 0.25 };

/// What tests/fixtures/optimizers.py prints: name, rule, parameters and their averages after ten updates.
fn table() -> Vec<(&'static str, UpdateRule, [f64; 4], [f64; 4])> {
    let average = |optimizer: Optimizer| UpdateRule { average: Some(Average { decay: 0.9 }), ..optimizer.into() };
    let sgd = |sgd: Sgd| average(Optimizer::Sgd(sgd));
    let rms_prop = |rms_prop: RmsProp| average(Optimizer::RmsProp(rms_prop));
    vec![
        (
            "sgd",
            sgd(Sgd::default()),
            [0.2592421635430273, -0.03947137603999999, 0.48686146919901296, 0.1267708531886426],
            [0.2810759246410192, -0.05839335222767373, 0.5182448542589538, 0.12526236247530076],
        ),
        (
            "momentum",
            sgd(Sgd { momentum: 0.9, ..Sgd::default() }),
            [-0.2865537464017774, 0.33551575552000007, -0.35871858341699847, 0.14569306576538085],
            [-0.20249131935817744, 0.3167470583455338, -0.1999560225074545, 0.1494006127524379],
        ),
        (
            "dampened",
            sgd(Sgd { momentum: 0.5, dampening: 0.25, weight_decay: 0.125, nesterov: false }),
            [0.15345851492996448, 0.039380729113448136, 0.3238066038310695, 0.12767881899294636],
            [0.18365193631035315, 0.01916303621854964, 0.37181505244148594, 0.12676673026352367],
        ),
        (
            "nesterov",
            sgd(Sgd { momentum: 0.75, nesterov: true, ..Sgd::default() }),
            [-0.05923265372618216, 0.15206324247607275, -0.04705904015341141, 0.13622578391035886],
            [-0.017175123259684903, 0.14381350671747226, 0.04096745319878242, 0.1372170787207882],
        ),
        (
            "adam",
            average(Optimizer::Adam(Adam::default())),
            [0.027477189589052667, 0.1413509319467835, 0.30775792497455967, 0.14841352541032898],
            [0.07529483637743854, 0.10212735874560605, 0.36081921348967505, 0.13919447791013823],
        ),
        (
            "adam_decayed",
            average(Optimizer::Adam(Adam { beta1: 0.5, beta2: 0.875, eps: 0.0078125, weight_decay: 0.25 })),
            [0.0770527481971162, 0.06729341476078007, 0.3324431213094847, 0.12167312271163043],
            [0.1148614254360831, 0.04299610141820852, 0.38070327078161614, 0.12279679351545078],
        ),
        (
            "rmsprop",
            rms_prop(RmsProp::default()),
            [-0.09999999417814447, 0.09999972473341945, -0.5517549151940982, 0.13333333319802854],
            [-0.09990580036906649, 0.09999035695044912, -0.5224116236949943, 0.1334304991734037],
        ),
        (
            "rmsprop_centered",
            rms_prop(RmsProp { alpha: 0.875, eps: 0.0078125, weight_decay: 0.125, momentum: 0.5, centered: true }),
            [-0.09076561107769962, 0.08431778056929773, -0.4208019654530803, 0.12692149204793227],
            [-0.10448123510639581, 0.08804239414455826, -0.35454921953757, 0.1284357649692489],
        ),
        (
            "falling",
            UpdateRule { decay: Some(FALLING), ..average(Optimizer::Adam(Adam::default())) },
            [0.177564822083797, 0.013283035546153833, 0.4714267119929867, 0.12664027725324378],
            [0.19279703504280934, -0.00043930251390218483, 0.4876010279590847, 0.1235862782770535],
        ),
        (
            "clipped",
            UpdateRule { clip: Some(0.25), ..rms_prop(RmsProp::default()) },
            [-0.09999999417814447, 0.09999972473341945, -0.25, 0.13332056412436638],
            [-0.09990580036906649, 0.09999035695044912, -0.2493651104018601, 0.13319383777125118],
        ),
    ]
}

/// The loss sum(w p^2) / 2 + sum(v p), and a second plan that yields the average.
fn program(rule: UpdateRule) -> ganvas::Result<(Program, NetworkId, VariableId)> {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let network = variables.network("network");
    let id = variables.variable(network, "p", [4].into(), Role::Parameter, Init::Constant(0.0))?;
    let p = graph.variable(&variables, id);
    let mut constants = |values: [f32; 4]| {
        let parts = values.map(|value| graph.constant(value, [1]));
        graph.concat(&parts, 0).unwrap()
    };
    let (w, v) = (constants([0.5, 1.0, 0.25, 1.5]), constants([0.1, -0.2, 0.3, -0.4]));
    let curve = graph.mul(w, p)?;
    let slope = graph.add(curve, v)?;
    let product = graph.mul(slope, p)?;
    let loss = graph.sum(product, &[0])?;
    let loss = graph.reshape(loss, [])?;
    let update = nn::update(&mut graph, &variables, network, loss, rule)?;
    let effects = [update, Effect::Record { columns: vec![loss] }];
    let step = Plan::new("step", Clock::Generator, &graph, &variables, &effects)?;
    let mut graph = Graph::new();
    let value = graph.average(&variables, id);
    let read = Plan::new("read", Clock::Sample, &graph, &variables, &[Effect::Output { value }])?;
    Ok((Program { variables, plans: vec![step, read] }, network, id))
}

fn start() -> Vec<f32> {
    let mut arena = START.to_vec();
    arena.resize(64, 0.0);
    arena
}

fn assert_near(what: &str, values: &[f64], exact: &[f64], tolerance: f64) {
    for (index, (value, exact)) in values.iter().zip(exact).enumerate() {
        assert!((value - exact).abs() <= tolerance, "{what}: element {index} is {value} and should be {exact}");
    }
}

fn on_cpu<T: Real>(rule: UpdateRule) -> (Vec<f64>, Vec<f64>) {
    let (program, network, _) = program(rule).unwrap();
    let mut backend: CpuBackend<T> = CpuBackend::new(program, Vec::new(), SEED).unwrap();
    for arena in [Arena::Parameters, Arena::Average] {
        backend.write(network, arena, &start()).unwrap();
    }
    backend.set_learning_rate(network, 0.05);
    for _ in 0..10 {
        backend.run(0).unwrap();
    }
    backend.run(1).unwrap();
    (backend.read_f64(network, Arena::Parameters), backend.output_f64(1))
}

#[test]
fn ten_updates_are_pytorchs_on_the_cpu() {
    for (name, rule, parameters, average) in table() {
        // The learning rate and the constants are f32 on their way in.
        let (own, own_average) = on_cpu::<f64>(rule);
        assert_near(name, &own[..4], &parameters, 1e-6);
        assert_near(&format!("{name}, average"), &own_average, &average, 1e-6);
        let (own, own_average) = on_cpu::<f32>(rule);
        assert_near(&format!("{name} in f32"), &own[..4], &parameters, 5e-6);
        assert_near(&format!("{name} in f32, average"), &own_average, &average, 5e-6);
        if let Some(clip) = rule.clip {
            assert!(own.iter().all(|value| value.abs() <= f64::from(clip)), "{name}: {own:?}");
        }
    }
}

#[test]
fn ten_updates_are_pytorchs_on_the_gpu() {
    let Some(device) = gpu::device() else { return };
    for (name, rule, parameters, average) in table() {
        let (program, network, _) = program(rule).unwrap();
        let mut backend = gpu::backend(&device, program, &[], SEED);
        for arena in [Arena::Parameters, Arena::Average] {
            backend.write(network, arena, &start()).unwrap();
        }
        backend.set_learning_rate(network, 0.05);
        backend.run(&[0; 10]).unwrap();
        backend.run(&[1]).unwrap();
        let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<_>>();
        let own = wide(gpu::read(&backend, network, Arena::Parameters));
        assert_near(name, &own[..4], &parameters, 5e-6);
        assert_near(&format!("{name}, average"), &wide(gpu::output(&backend, 1)), &average, 5e-6);
    }
}

#[test]
fn an_average_begins_as_the_parameters_do_and_only_where_one_is_kept() {
    let step = Step::new();
    assert!(!step.program.has_average(step.network), "no plan keeps or reads one");
    assert_eq!(Arena::Average.elements(&step.program, step.network), 0);
    let mut variables = Variables::default();
    let network = variables.network("network");
    let init = Init::Normal { mean: 1.0, std: 0.5 };
    let id = variables.variable(network, "p", [100].into(), Role::Parameter, init).unwrap();
    let mut graph = Graph::new();
    let value = graph.average(&variables, id);
    let plan = Plan::new("read", Clock::Sample, &graph, &variables, &[Effect::Output { value }]).unwrap();
    let program = Program { variables, plans: vec![plan] };
    let mut single: CpuBackend<f32> = CpuBackend::new(program.clone(), Vec::new(), SEED).unwrap();
    single.run(0).unwrap();
    assert_eq!(single.output(0), program.variables.initial(id, SEED));
    let Some(device) = gpu::device() else { return };
    let mut shaded = gpu::backend(&device, program, &[], SEED);
    shaded.run(&[0]).unwrap();
    assert_eq!(gpu::output(&shaded, 0), single.output(0));
}

/// A running value that each step sets to half of it plus one, beside a parameter; the second plan yields its average.
fn running(average: Average) -> (Program, NetworkId) {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let network = variables.network("network");
    let parameter = variables.variable(network, "p", [4].into(), Role::Parameter, Init::Constant(1.0)).unwrap();
    let buffer = variables.variable(network, "b", [3].into(), Role::Buffer, Init::Constant(8.0)).unwrap();
    let [p, b] = [parameter, buffer].map(|id| graph.variable(&variables, id));
    let square = graph.mul(p, p).unwrap();
    let loss = graph.sum_all(square).unwrap();
    let half = graph.mul_scalar(b, 0.5).unwrap();
    let value = graph.add_scalar(half, 1.0).unwrap();
    let rule = UpdateRule { average: Some(average), ..Adam::default().into() };
    let update = nn::update(&mut graph, &variables, network, loss, rule).unwrap();
    let effects = [update, Effect::Assign { variable: buffer, value }, Effect::Record { columns: vec![loss] }];
    let step = Plan::new("step", Clock::Generator, &graph, &variables, &effects).unwrap();
    let mut graph = Graph::new();
    let value = graph.average(&variables, buffer);
    let read = Plan::new("read", Clock::Sample, &graph, &variables, &[Effect::Output { value }]).unwrap();
    (Program { variables, plans: vec![step, read] }, network)
}

/// By the rule itself: the average begins where the running value does, and goes (1 - d) of the way to it after each step.
#[test]
fn running_statistics_are_averaged_along_with_the_parameters() {
    let (mut value, mut exact) = (8.0f64, 8.0f64);
    for t in 1..=12 {
        value = 0.5 * value + 1.0;
        exact += (1.0 - f64::min(0.6, (1.0 + f64::from(t)) / (10.0 + f64::from(t)))) * (value - exact);
    }
    let (program, network) = running(Average { decay: 0.6 });
    let elements = |arena: Arena| arena.elements(&program, network);
    assert_eq!(elements(Arena::Average), elements(Arena::Parameters) + elements(Arena::Buffers));
    let mut single: CpuBackend<f32> = CpuBackend::new(program.clone(), Vec::new(), SEED).unwrap();
    (0..12).for_each(|_| single.run(0).unwrap());
    single.run(1).unwrap();
    assert_near("on the CPU", &single.output_f64(1), &[exact; 3], 1e-6);
    let Some(device) = gpu::device() else { return };
    let mut shaded = gpu::backend(&device, program, &[], SEED);
    shaded.run(&[&[0; 12][..], &[1]].concat()).unwrap();
    let own: Vec<f64> = gpu::output(&shaded, 1).into_iter().map(f64::from).collect();
    assert_near("on the GPU", &own, &[exact; 3], 1e-6);
}

#[test]
fn constants_that_make_no_sense_are_errors() {
    let with = |rule: UpdateRule, word: &str| {
        let message = program(rule).map(|_| ()).unwrap_err().to_string();
        assert!(message.contains("update") && message.contains(word), "`{word}` is not in: {message}");
    };
    let adam = Adam::default();
    with(Adam { beta1: 1.0, ..adam }.into(), "beta1");
    with(Adam { eps: f32::NAN, ..adam }.into(), "eps");
    with(Adam { weight_decay: -1.0, ..adam }.into(), "weight_decay");
    with(RmsProp { alpha: -0.1, ..RmsProp::default() }.into(), "alpha");
    with(Sgd { momentum: -0.5, ..Sgd::default() }.into(), "momentum");
    with(Sgd { nesterov: true, ..Sgd::default() }.into(), "nesterov");
    with(UpdateRule { clip: Some(0.0), ..adam.into() }, "clip");
    with(UpdateRule { average: Some(Average { decay: 1.0 }), ..adam.into() }, "decay");
    with(UpdateRule { decay: Some(Decay { until: 2, ..FALLING }), ..adam.into() }, "end after it begins");
    with(UpdateRule { decay: Some(Decay { to: 1.5, ..FALLING }), ..adam.into() }, "share in [0, 1]");
}

/// 200 steps of a program with batches, batch norm and Adam, twice: the same bits, and again in two halves with the state
/// carried over as a checkpoint does.
#[test]
fn two_hundred_steps_are_the_same_bit_for_bit() {
    let step = Step::new();
    let arenas = [Arena::Parameters, Arena::Buffers, Arena::FirstMoment, Arena::SecondMoment];
    let table = || vec![step.table.clone()];
    let bits = |arenas: Vec<Vec<f32>>| arenas.concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>();

    let cpu = || -> CpuBackend<f32> {
        let mut backend = CpuBackend::new(step.program.clone(), table(), SEED).unwrap();
        backend.set_learning_rate(step.network, 0.01);
        backend
    };
    let state = |backend: &CpuBackend<f32>| arenas.map(|arena| backend.read(step.network, arena)).to_vec();
    let run = |backend: &mut CpuBackend<f32>, steps: usize| (0..steps).for_each(|_| backend.run(0).unwrap());
    let (mut first, mut second, mut half, mut rest) = (cpu(), cpu(), cpu(), cpu());
    run(&mut first, 200);
    run(&mut second, 200);
    assert_eq!(bits(state(&first)), bits(state(&second)), "on the CPU");
    run(&mut half, 90);
    for (arena, values) in arenas.into_iter().zip(state(&half)) {
        rest.write(step.network, arena, &values).unwrap();
    }
    rest.set_clocks(half.clocks());
    rest.set_updates(step.network, half.updates(step.network).count, 0);
    run(&mut rest, 110);
    assert_eq!(bits(state(&first)), bits(state(&rest)), "on the CPU, in two halves");

    let Some(device) = gpu::device() else { return };
    let shaded = || {
        let mut backend = gpu::backend(&device, step.program.clone(), &table(), SEED);
        backend.set_learning_rate(step.network, 0.01);
        backend
    };
    let state = |backend: &ganvas::backend::gpu::GpuBackend| {
        arenas.map(|arena| gpu::read(backend, step.network, arena)).to_vec()
    };
    let (mut first, mut second, mut half, mut rest) = (shaded(), shaded(), shaded(), shaded());
    first.run(&[0; 200]).unwrap();
    // How many steps go into a submission does not matter.
    for steps in [1, 19, 180] {
        second.run(&vec![0; steps]).unwrap();
    }
    assert_eq!(bits(state(&first)), bits(state(&second)), "on the GPU");
    half.run(&[0; 90]).unwrap();
    for (arena, values) in arenas.into_iter().zip(state(&half)) {
        rest.write(step.network, arena, &values).unwrap();
    }
    rest.set_clocks(half.clocks());
    rest.set_updates(step.network, half.updates(step.network).count, 0);
    rest.run(&[0; 110]).unwrap();
    assert_eq!(bits(state(&first)), bits(state(&rest)), "on the GPU, in two halves");
}
