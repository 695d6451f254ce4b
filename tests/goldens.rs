//! What each preset is after twenty steps, and what a step of it costs, as they were when the file beside this was written.
//!
//! A redesign must leave both as they are: random numbers are functions of seed, stream and counter, so the same graph is
//! the same run. The runs are in f64 with small batches: matrix products add in an order that depends on the processor's
//! vectors, and f64 keeps that difference below what a changed step makes.
//!
//! After a change that is meant (another recipe, another kernel with fewer dispatches) write the file anew and read the
//! difference: `GANVAS_WRITE_GOLDENS=1 cargo test --test goldens`.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Program};
use ganvas::catalogue::PRESETS;
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::{Game, Side};
use ganvas::gan::Preset;
use ganvas::graph::NetworkId;
use ganvas::graph::plan::MAX_BUFFERS;
use ganvas::train::Settings;
use ganvas::{kernel, rng};
use std::fmt::Write;
use std::path::PathBuf;

const STEPS: u32 = 20;
const BATCH: usize = 8;
const DIGITS: usize = 200;
/// Of a digest, relative to the length of what it is a digest of. Rounding makes some 1e-12 of it; a sample more or less in
/// a batch makes 1e-3.
const TOLERANCE: f64 = 1e-7;

/// One preset: `launches` of each plan, bytes on the device, and of each network's parameters (those of the forger first)
/// the length and the product with a vector of random signs.
struct Golden {
    key: String,
    costs: Vec<usize>,
    digests: Vec<f64>,
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/goldens.txt")
}

fn costs(key: &str, program: &Program) -> Vec<usize> {
    let launches = program.plans.iter().map(|plan| {
        let launches = kernel::lower(plan, &program.variables);
        for launch in &launches {
            let bound = launch.bindings.len();
            assert!(bound <= MAX_BUFFERS, "{key}, {}: {} binds {bound} buffers", plan.name, launch.label());
        }
        launches.len()
    });
    launches.chain([program.size_bytes()]).collect()
}

/// Length, and product with signs.
fn digest(values: &[f64]) -> [f64; 2] {
    let sign = |index: usize| if rng::bits(1, 1, 0, index as u32) & 1 == 0 { 1.0 } else { -1.0 };
    let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    [length, values.iter().enumerate().map(|(index, value)| value * sign(index)).sum()]
}

fn golden(preset: &'static Preset) -> Golden {
    let mut settings = Settings::new(preset);
    let shape = settings.shape();
    let costs = costs(preset.key, &settings.game(shape, 0).unwrap().program);
    settings.recipe.batch_size = settings.recipe.batch_size.min(BATCH);
    settings.recipe.critic_warmup = false;
    settings.examples = settings.examples.min(DIGITS as u32);
    let Examples { shape, tables } = settings.training_data(generated_digits(DIGITS, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let mut backend: CpuBackend<f64> = CpuBackend::new(program, tables, settings.seed).unwrap();
    for turn in &play.turns {
        let rate = match turn.side {
            Side::Forger => settings.generator_learning_rate,
            Side::Detective => settings.discriminator_learning_rate,
        };
        turn.networks.iter().for_each(|&network| backend.set_learning_rate(network, rate));
    }
    for step in 0..STEPS {
        for turn in &play.turns {
            let updates = if turn.side == Side::Detective { settings.recipe.critic_updates(step) } else { 1 };
            for _ in 0..updates {
                let clock = backend.clocks().draw(turn.side.clock()).1;
                backend.run(turn.at(clock).0).unwrap();
            }
        }
    }
    // The forger's networks first.
    let networks = play.turns.iter().rev().flat_map(|turn| turn.networks.clone());
    let of = |network: NetworkId| digest(&backend.read_f64(network, Arena::Parameters));
    Golden { key: preset.key.into(), costs, digests: networks.flat_map(of).collect() }
}

fn read(text: &str) -> Vec<Golden> {
    let line = |line: &str| {
        let (key, rest) = line.split_once(' ').unwrap();
        let (costs, digests) = rest.split_once('|').unwrap();
        Golden {
            key: key.into(),
            costs: costs.split_whitespace().map(|word| word.parse().unwrap()).collect(),
            digests: digests.split_whitespace().map(|word| word.parse().unwrap()).collect(),
        }
    };
    text.lines().filter(|line| !line.starts_with('#')).map(line).collect()
}

fn written(goldens: &[Golden]) -> String {
    let mut text = String::from(
        "# preset, launches of each plan, bytes on the device | of G's and of D's parameters: length, product with signs\n",
    );
    for Golden { key, costs, digests } in goldens {
        let costs: Vec<String> = costs.iter().map(usize::to_string).collect();
        let digests: Vec<String> = digests.iter().map(|digest| format!("{digest:.15e}")).collect();
        _ = writeln!(text, "{key} {} | {}", costs.join(" "), digests.join(" "));
    }
    text
}

#[test]
fn every_preset_is_what_it_was() {
    let now: Vec<Golden> = PRESETS.iter().map(golden).collect();
    if std::env::var_os("GANVAS_WRITE_GOLDENS").is_some() {
        std::fs::write(path(), written(&now)).unwrap();
        return;
    }
    let before = read(&std::fs::read_to_string(path()).unwrap());
    let keys = |goldens: &[Golden]| goldens.iter().map(|golden| golden.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&now), keys(&before), "the presets");
    for (now, before) in now.iter().zip(&before) {
        let key = &now.key;
        assert_eq!(now.costs.len(), before.costs.len(), "{key}: number of plans");
        for (now, before) in now.costs.iter().zip(&before.costs) {
            assert!(now <= before, "{key}: {now} launches or bytes, and {before} before");
        }
        for (now, before) in now.digests.chunks(2).zip(before.digests.chunks(2)) {
            for (a, b) in now.iter().zip(before) {
                // A network that has learned nothing yet may be all zeros.
                let error = if a == b { 0.0 } else { (a - b).abs() / before[0] };
                assert!(error <= TOLERANCE, "{key}: {a} and {b} before, {error:.1e} apart");
            }
        }
    }
}
