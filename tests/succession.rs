//! A program that succeeds another on the same device: what was there goes on bit for bit, what is new begins.

mod common;
#[path = "common/gpu.rs"]
mod gpu;

use common::SEED;
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend, Program, Updates};
use ganvas::graph::{
    Adam, Average, Clock, Draw, Effect, Graph, Init, NetworkId, Plan, Role, Table, UpdateRule, Variables,
};
use ganvas::kernel::{self, Tuning};
use ganvas::nn;
use pollster::block_on;

const ROWS: usize = 20;
const WIDTH: usize = 9;
const RATE: f32 = 0.01;

/// What is built.
#[derive(Clone, Copy)]
struct Form {
    /// With a second network, declared before the first, and another parameter before its own.
    grown: bool,
    averaged: bool,
    rows: usize,
    width: usize,
    role: Role,
}

const SMALL: Form = Form { grown: false, averaged: true, rows: ROWS, width: WIDTH, role: Role::Buffer };
const GROWN: Form = Form { grown: true, ..SMALL };

/// A network with a weight, a running value and noise, which learns from batches; and what the form adds.
fn program(form: Form) -> Program {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let clock = Clock::Generator;
    let table = variables.table(Table { rows: form.rows, width: WIDTH, scale: 0.01, offset: -1.0 });
    let init = Init::Normal { mean: 0.0, std: 0.5 };
    let average = form.averaged.then_some(Average { decay: 0.99 });
    let rule = UpdateRule { average, ..Adam::default().into() };
    let mut added = Vec::new();
    if form.grown {
        for (network, name) in [("late", "weight"), ("early", "extra")] {
            let network = variables.network(network);
            let id = variables.variable(network, name, [70].into(), Role::Parameter, init).unwrap();
            let p = graph.variable(&variables, id);
            let square = graph.mul(p, p).unwrap();
            added.push((network, graph.mean_all(square).unwrap()));
        }
    }
    let early = variables.network("early");
    let weight = variables.variable(early, "weight", [5, form.width].into(), Role::Parameter, init).unwrap();
    let running = variables.variable(early, "running", [5].into(), form.role, Init::Constant(0.5)).unwrap();
    let index = graph.shuffled_index(clock, form.rows, 4).unwrap();
    let images = graph.gather(&variables, table, index).unwrap();
    let images = graph.slice(images, 1, 0, form.width).unwrap();
    let [w, r] = [weight, running].map(|id| graph.variable(&variables, id));
    let product = graph.matmul(images, w, false, true).unwrap();
    let noise = graph.normal(Draw { stream: 3, clock }, [4, 5]);
    let noisy = graph.add(product, noise).unwrap();
    let shifted = graph.add(noisy, r).unwrap();
    let square = graph.mul(shifted, shifted).unwrap();
    let mut loss = graph.mean_all(square).unwrap();
    let mut effects = Vec::new();
    if form.role == Role::Buffer {
        let mean = graph.mean(noisy, &[0]).unwrap();
        let mean = graph.reshape(mean, [5]).unwrap();
        let value = graph.add(r, mean).unwrap();
        effects.push(Effect::Assign { variable: running, value });
    }
    let columns = vec![loss];
    for (network, further) in added {
        if network == early {
            loss = graph.add(loss, further).unwrap();
        } else {
            effects.push(nn::update(&mut graph, &variables, network, further, rule).unwrap());
        }
    }
    effects.push(nn::update(&mut graph, &variables, early, loss, rule).unwrap());
    effects.push(Effect::Record { columns });
    let plan = Plan::new("step", clock, &graph, &variables, &effects).unwrap();
    Program { variables, plans: vec![plan] }
}

fn bytes() -> Vec<Vec<u8>> {
    vec![(0..ROWS * WIDTH).map(|i| (i * 37 % 251) as u8).collect()]
}

/// The program on both backends.
fn backends(form: Form) -> Vec<Backend> {
    let cpu = CpuBackend::new(program(form), bytes(), SEED).unwrap();
    let mut all = vec![Backend::Cpu(Box::new(cpu))];
    if let Some(device) = gpu::device() {
        all.push(Backend::Gpu(Box::new(gpu::backend(&device, program(form), &bytes(), SEED))));
    }
    all
}

fn succeed(backend: Backend, form: Form) -> ganvas::Result<Backend> {
    let lower = |program: &Program| kernel::lower_plans(program, &Tuning::default());
    block_on(backend.succeed(program(form), lower, &mut |_, _| {}))
}

fn network(backend: &Backend, name: &str) -> NetworkId {
    backend.program().variables.networks().find(|(_, own)| *own == name).unwrap().0
}

/// All that there is of a variable: the arenas, and the bits of what they hold of it.
fn bits(backend: &Backend, network_name: &str, name: &str) -> Vec<(Arena, Vec<u32>)> {
    let (program, network) = (backend.program(), network(backend, network_name));
    let mut variables = program.variables.iter();
    let (id, variable) = variables.find(|(_, own)| own.network == network && own.name == name).unwrap();
    let arenas: &[Arena] = match variable.role {
        Role::Buffer => &[Arena::Buffers, Arena::Average],
        Role::Parameter => {
            &[Arena::Parameters, Arena::Gradients, Arena::FirstMoment, Arena::SecondMoment, Arena::Average]
        }
    };
    let kept = arenas.iter().filter(|arena| arena.elements(program, network) > 0);
    let values = kept.map(|&arena| {
        let offset = if arena == Arena::Average { program.variables.average_offset(id) } else { variable.offset };
        let values = block_on(backend.read(network, arena)).unwrap();
        (arena, values[offset..][..variable.shape.elements()].iter().map(|value| value.to_bits()).collect())
    });
    values.collect()
}

#[test]
fn what_was_there_goes_on_bit_for_bit_and_what_is_new_begins() {
    for (mut before, mut reference) in backends(SMALL).into_iter().zip(backends(SMALL)) {
        for backend in [&mut before, &mut reference] {
            backend.set_learning_rate(network(backend, "early"), RATE);
            backend.run(&[0; 5]).unwrap();
            backend.restart_average(network(backend, "early"));
            backend.run(&[0; 2]).unwrap();
        }
        let mut after = succeed(before, GROWN).unwrap();
        let compare = |after: &Backend, reference: &Backend, when: &str| {
            for name in ["weight", "running"] {
                assert_eq!(bits(after, "early", name), bits(reference, "early", name), "{name}, {when}");
            }
            assert_eq!(after.clocks(), reference.clocks(), "{when}");
            let counts = [after, reference].map(|backend| backend.updates(network(backend, "early")));
            assert_eq!(counts[0], counts[1], "{when}");
        };
        compare(&after, &reference, "taken over");
        let variables = after.program().variables.clone();
        let networks = ["early", "late"].map(|name| network(&after, name));
        let name_of = |network| if network == networks[0] { "early" } else { "late" };
        for (id, variable) in variables.iter().filter(|(_, own)| own.network == networks[1] || own.name == "extra") {
            let own: Vec<u32> = variables.initial(id, SEED).into_iter().map(f32::to_bits).collect();
            for (arena, held) in bits(&after, name_of(variable.network), &variable.name) {
                match arena {
                    Arena::Parameters | Arena::Average => assert_eq!(held, own, "{} {arena:?}", variable.name),
                    _ => assert!(held.iter().all(|&bits| bits == 0), "{} {arena:?}", variable.name),
                }
            }
        }
        assert_eq!(after.updates(networks[1]), Updates::default());
        after.set_learning_rate(networks[1], RATE);
        let late = bits(&after, "late", "weight");
        after.run(&[0; 4]).unwrap();
        reference.run(&[0; 4]).unwrap();
        compare(&after, &reference, "four steps later");
        assert_eq!(after.updates(networks[0]), Updates { count: 11, average_from: 5 });
        assert_eq!(after.updates(networks[1]), Updates { count: 4, average_from: 0 });
        assert_ne!(bits(&after, "late", "weight"), late, "the new network learns");
        // The way back: what is dropped is dropped.
        let mut back = succeed(after, SMALL).unwrap();
        for backend in [&mut back, &mut reference] {
            backend.run(&[0; 3]).unwrap();
        }
        compare(&back, &reference, "without the new network");
    }
}

#[test]
fn a_new_average_begins_where_its_variables_stand() {
    for mut before in backends(Form { averaged: false, ..SMALL }) {
        before.set_learning_rate(network(&before, "early"), RATE);
        before.run(&[0; 6]).unwrap();
        let after = succeed(before, SMALL).unwrap();
        assert_eq!(after.updates(network(&after, "early")), Updates { count: 6, average_from: 6 });
        for name in ["weight", "running"] {
            let held = bits(&after, "early", name);
            let (last, average) = held.last().unwrap();
            assert_eq!((*last, average), (Arena::Average, &held[0].1), "{name}");
        }
    }
}

#[test]
fn on_the_gpu_pipelines_are_taken_over_and_old_buffers_freed() {
    let Some(device) = gpu::device() else { return };
    let before = gpu::backend(&device, program(SMALL), &bytes(), SEED);
    let (count, size) = (before.pipeline_count(), before.size_bytes());
    let mut made = Vec::new();
    let launches = |form| kernel::lower_plans(&program(form), &Tuning::default());
    let same = block_on(before.succeed(program(SMALL), launches(SMALL), &mut |done, _| made.push(done))).unwrap();
    assert!(made.iter().all(|&done| done == count), "no shader is made again: {made:?} of {count}");
    assert_eq!((same.pipeline_count(), same.size_bytes()), (count, size));
    let grown = block_on(same.succeed(program(GROWN), launches(GROWN), &mut |_, _| {})).unwrap();
    let fresh = gpu::backend(&device, program(GROWN), &bytes(), SEED);
    assert_eq!((grown.pipeline_count(), grown.size_bytes()), (fresh.pipeline_count(), fresh.size_bytes()));
}

#[test]
fn what_does_not_fit_is_an_error_that_names_it() {
    for (form, word) in [
        (Form { rows: ROWS - 1, ..SMALL }, "table 0"),
        (Form { width: WIDTH - 1, ..SMALL }, "`early.weight`"),
        (Form { role: Role::Parameter, ..SMALL }, "`early.running`"),
    ] {
        for before in backends(SMALL) {
            let message = succeed(before, form).map(|_| ()).unwrap_err().to_string();
            assert!(message.contains(word), "{word} is not in: {message}");
        }
    }
}
