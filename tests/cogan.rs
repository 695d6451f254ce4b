//! CoGAN: what is shared is one network that learns from both domains at once, a pair comes from one z, and nothing in the
//! data belongs together.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::data::procedural::generated_digits;
use ganvas::data::{Dataset, Examples};
use ganvas::game::{Game, Play, Side};
use ganvas::gan::Preset;
use ganvas::graph::NetworkId;
use ganvas::graph::plan::Kernel;
use ganvas::metrics::judge::Judge;
use ganvas::nn::AdversarialLoss;
use ganvas::train::{Effort, Evaluation, Reference, Settings, Trainer};
use pollster::block_on;
use std::collections::HashSet;

const PIXELS: usize = 784;

fn digits() -> Dataset {
    generated_digits(200, 3)
}

fn settings(key: &str) -> Settings {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = 8;
    settings
}

/// In f64: what is compared here differs by rounding only.
fn backend(settings: &Settings) -> (CpuBackend<f64>, Play) {
    let Examples { shape, tables } = settings.training_data(digits()).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    (CpuBackend::new(program, tables, settings.seed).unwrap(), play)
}

fn network(backend: &CpuBackend<f64>, name: &str) -> NetworkId {
    let mut networks = backend.program().variables.networks();
    networks.find(|(_, known)| *known == name).map(|(id, _)| id).unwrap_or_else(|| panic!("there is no {name}"))
}

/// The gradient that a turn leaves in a network, when the discriminator's layer for `silent` says the same of all images.
fn gradient(side: Side, of: &str, silent: Option<&str>) -> Vec<f64> {
    let (mut backend, play) = backend(&settings("cogan-edges"));
    if let Some(name) = silent {
        let id = network(&backend, name);
        let zeros = vec![0.0; backend.read_f64(id, Arena::Parameters).len()];
        backend.write_f64(id, Arena::Parameters, &zeros).unwrap();
    }
    let turn = play.turns.iter().find(|turn| turn.side == side).unwrap();
    backend.run(turn.plan).unwrap();
    backend.read_f64(network(&backend, of), Arena::Gradients)
}

fn length(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

#[test]
fn shared_layers_learn_once_from_the_sum_of_both_domains() {
    let of = |silent| gradient(Side::Forger, "generator", silent);
    let (both, from_a, from_b) = (of(None), of(Some("discriminator_b")), of(Some("discriminator_a")));
    assert!(length(&from_a) > 0.0 && length(&from_b) > 0.0);
    let missing: Vec<f64> = (0..both.len()).map(|at| both[at] - from_a[at] - from_b[at]).collect();
    // Sums of f64 in another order.
    assert!(length(&missing) <= 1e-12 * length(&both), "{} of {}", length(&missing), length(&both));
    // What belongs to one domain hears nothing of the other.
    let own = |silent| gradient(Side::Forger, "generator_a", silent);
    assert_eq!(own(None), own(Some("discriminator_b")));
    assert_eq!(length(&own(Some("discriminator_a"))), 0.0);

    let (_, play) = backend(&settings("cogan-edges"));
    assert_eq!(play.turns.iter().map(|turn| turn.networks.len()).collect::<Vec<_>>(), [3, 3]);
    let each: HashSet<NetworkId> = play.turns.iter().flat_map(|turn| turn.networks.clone()).collect();
    assert_eq!(each.len(), 6, "each network is updated in one turn, and once in it");
}

/// With the layers of a in the place of those of b, both of a pair are one image: all that goes into them is the same.
#[test]
fn both_images_of_a_pair_come_from_the_same_maps() {
    let (mut backend, play) = backend(&settings("cogan-inverse"));
    let gallery = play.gallery("pairs").unwrap();
    let apart = |backend: &CpuBackend<f64>| {
        let output = backend.output_f64(gallery.plan);
        let (a, b) = output.split_at(gallery.layout.count() * PIXELS);
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    backend.run(gallery.plan).unwrap();
    assert!(apart(&backend) > 0.0);
    let [a, b] = ["generator_a", "generator_b"].map(|name| network(&backend, name));
    // Samples are drawn with averages.
    for arena in [Arena::Parameters, Arena::Buffers, Arena::Average] {
        let own = backend.read_f64(a, arena);
        backend.write_f64(b, arena, &own).unwrap();
    }
    backend.run(gallery.plan).unwrap();
    assert_eq!(apart(&backend), 0.0);
}

#[test]
fn no_digit_is_in_both_sets_and_rows_do_not_go_together() {
    let settings = settings("cogan-inverse");
    let Examples { shape, tables } = settings.training_data(digits()).unwrap();
    let sets = shape.sets();
    assert_eq!(sets.iter().map(|set| (set.key, set.rows)).collect::<Vec<_>>(), [("a", 100), ("b", 100)]);
    let of_a: HashSet<&[u8]> = tables[0].chunks(PIXELS).collect();
    let back: Vec<u8> = tables[4].iter().map(|value| 255 - value).collect();
    assert!(back.chunks(PIXELS).all(|digit| !of_a.contains(digit)), "an image of b was made of one of a");

    // Both held-out tables are of the same digits, and yet the rows that are shown beside each other are not.
    let (mut backend, play) = backend(&settings);
    let gallery = play.gallery("real").unwrap();
    backend.run(gallery.plan).unwrap();
    let output = backend.output(gallery.plan);
    let (a, b) = output.split_at(gallery.layout.count() * PIXELS);
    let pairs = a.chunks(PIXELS).zip(b.chunks(PIXELS));
    let alike = pairs.filter(|(a, b)| a.iter().zip(*b).all(|(a, b)| (a + b).abs() < 1e-6)).count();
    assert!(alike <= 1, "{alike} of {} are pairs", gallery.layout.count());
}

/// Each fake of a domain beside a real image of that domain, in every game that lets one choose the loss.
#[test]
fn where_the_loss_is_relative_the_generators_see_real_images_too() {
    for key in ["cogan-inverse", "progan-mnist"] {
        let reads = |loss: AdversarialLoss| {
            let mut settings = settings(key);
            settings.recipe.loss = loss;
            let (backend, play) = backend(&settings);
            let turn = play.turns.iter().find(|turn| turn.side == Side::Forger).unwrap();
            let dispatches = &backend.program().plans[turn.plan].dispatches;
            dispatches.iter().filter(|dispatch| matches!(dispatch.kernel, Kernel::Gather { .. })).count()
        };
        assert_eq!(reads(AdversarialLoss::NonSaturating), 0, "{key}");
        let sets = if key == "cogan-inverse" { 2 } else { 1 };
        assert_eq!(reads(AdversarialLoss::Relativistic), sets, "{key}");
    }
}

#[test]
fn pairs_are_measured_on_page_after_page_of_noise() {
    let mut judge = Judge::load(&std::fs::read("www/judges/mnist.safetensors").unwrap()).unwrap();
    for key in ["cogan-inverse", "cogan-edges"] {
        let settings = settings(key);
        let Examples { shape, tables } = settings.training_data(digits()).unwrap();
        let Game { program, play } = settings.game(shape, 0).unwrap();
        let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
        let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play);
        let [first, second] = [0, 1].map(|page| block_on(trainer.put_out("pairs", None, page)).unwrap());
        assert_ne!(first, second, "{key}: other pages are of other noise");

        let mut reference = Reference::of_images(&digits(), 0, 0);
        let effort = Effort { translated: 32, ..Effort::PAGE };
        let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
        let report = evaluation.complete(&mut reference, Some(&mut judge)).unwrap();
        assert_eq!(report.samples, 32);
        let names: Vec<&str> = report.values.iter().map(|(name, _)| *name).collect();
        let of = ["agreement", "ink", "same_class", "agreement_by_chance", "ink_by_chance", "same_class_by_chance"];
        assert_eq!(names, of, "{key}");
        for (name, value) in &report.values {
            assert!(value.is_none_or(|value| (0.0..=1.0).contains(&value)), "{key}: {name} is {value:?}");
        }
        // Untrained pairs are no nearer to each other than to strangers.
        let [alike, by_chance] = ["agreement", "agreement_by_chance"].map(|name| report.value(name).unwrap());
        assert!((alike - by_chance).abs() < 0.1, "{key}: {alike} and {by_chance}");
    }
}
