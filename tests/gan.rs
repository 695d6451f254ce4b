//! What defines each algorithm, and what the trainer makes of it. On the CPU, with few digits drawn here.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::catalogue::PRESETS;
use ganvas::data::points::World;
use ganvas::data::procedural::generated_digits;
use ganvas::data::{DataShape, Examples};
use ganvas::game::Game;
use ganvas::gan::{GENERATOR, Labels, Norm, Penalty, Preset, plans};
use ganvas::graph::plan::Kernel;
use ganvas::graph::{NetworkId, Optimizer, Program, Role};
use ganvas::metrics::judge::Judge;
use ganvas::nn::AdversarialLoss;
use ganvas::train::{Effort, Evaluation, Only, PhaseEnd, Reference, Settings, Trainer};
use pollster::block_on;

const DIGITS: usize = 300;

fn settings(key: &str, batch_size: usize) -> Settings {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = batch_size;
    settings
}

fn trainer(settings: &Settings) -> Trainer {
    let Examples { shape, tables } = settings.training_data(generated_digits(DIGITS, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape, play)
}

fn program(key: &str) -> Program {
    let settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.program(settings.shape()).unwrap()
}

fn run(trainer: &mut Trainer, steps: usize, only: Only) -> Vec<ganvas::train::Row> {
    block_on(trainer.run(steps, only)).unwrap();
    block_on(trainer.take_measurements()).unwrap().rows
}

/// The network of that name, and its parameters by name.
fn parameters(trainer: &Trainer, network: &str, arena: Arena) -> Vec<(String, Vec<f32>)> {
    let mut variables = trainer.backend().program().variables.clone();
    let id = variables.network(network);
    let values = block_on(trainer.read(id, arena)).unwrap();
    let own = variables.iter().filter(|(_, v)| v.network == id && v.role == Role::Parameter);
    own.map(|(_, v)| (v.name.clone(), values[v.offset..][..v.shape.elements()].to_vec())).collect()
}

fn names(program: &Program, network: &str) -> Vec<(String, Vec<usize>)> {
    let id = program.variables.clone().network(network);
    let own = program.variables.iter().filter(|(_, v)| v.network == id);
    own.map(|(_, v)| (v.name.clone(), v.shape.to_vec())).collect()
}

#[test]
fn gan_the_minimax_gradient_vanishes_where_the_other_does_not() {
    let gradient = |loss: AdversarialLoss| {
        let mut settings = settings("vanishing-mnist", 16);
        settings.recipe.loss = loss;
        let mut trainer = trainer(&settings);
        run(&mut trainer, 30, Only::Both);
        block_on(trainer.pulse(None)).unwrap().generator_gradient
    };
    let (minimax, other) = (gradient(AdversarialLoss::Minimax), gradient(AdversarialLoss::NonSaturating));
    assert!(minimax * 20.0 < other, "{minimax} with minimax, {other} without");
    assert!(minimax > 0.0);
}

#[test]
fn dcgan_has_the_layers_of_the_paper() {
    let program = program("dcgan-mnist");
    let generator = names(&program, GENERATOR);
    for (name, shape) in [("conv1.weight", vec![64, 32, 4, 4]), ("conv2.weight", vec![32, 1, 4, 4])] {
        assert!(generator.contains(&(name.into(), shape.clone())), "{name}: {generator:?}");
    }
    assert!(generator.iter().any(|(name, _)| name == "bn2.running_mean"));
    let discriminator = names(&program, "discriminator");
    assert!(discriminator.iter().any(|(name, _)| name == "bn.weight"));
    // Batch norm neither at the discriminator's input nor at the generator's output, and one linear layer each.
    assert_eq!(discriminator.iter().filter(|(name, _)| name.ends_with("running_mean")).count(), 1);
    let linear = |names: &[(String, Vec<usize>)]| names.iter().filter(|(name, _)| name == "linear.weight").count();
    assert_eq!((linear(&generator), linear(&discriminator)), (1, 1));
}

/// Both networks have weights for the label, and both learn them.
#[test]
fn cgan_both_networks_see_the_label() {
    let mut trainer = trainer(&settings("cgan-mnist", 20));
    let at_label = |parameters: &[(String, Vec<f32>)], name: &str, columns: usize| -> Vec<f32> {
        let (_, values) = parameters.iter().find(|(found, _)| found == name).unwrap();
        // The label stands behind the latent (or the image's one channel).
        values
            .chunks(columns)
            .flat_map(|row| row[columns * (columns.min(74) - 10) / columns.min(74)..].to_vec())
            .collect()
    };
    run(&mut trainer, 1, Only::Both);
    let generator = parameters(&trainer, "generator", Arena::Gradients);
    let gradient = at_label(&generator, "linear.weight", 74);
    assert!(gradient.iter().filter(|value| **value != 0.0).count() > gradient.len() / 2);
    let discriminator = parameters(&trainer, "discriminator", Arena::Gradients);
    let (_, gradient) = discriminator.iter().find(|(name, _)| name == "conv1.weight").unwrap();
    assert_eq!(gradient.len(), 32 * 11 * 16, "one channel of ink and ten of the label");
    assert!(gradient.chunks(16).skip(1).take(10).flatten().any(|value| *value != 0.0));
}

/// The label is the image's own in the game, and not in the control.
#[test]
fn cgan_the_control_gathers_no_labels() {
    let gathers = |key: &str| {
        let program = program(key);
        let plan = &program.plans[plans::DISCRIMINATOR];
        plan.dispatches.iter().filter(|dispatch| matches!(dispatch.kernel, Kernel::Gather { .. })).count()
    };
    assert_eq!(gathers("cgan-mnist"), 2, "images and labels");
    assert_eq!(gathers("cgan-shuffled-mnist"), 1, "images alone");
    assert_eq!(Preset::find("cgan-shuffled-mnist").unwrap().recipe.labels, Labels::Shuffled);
}

#[test]
fn cgan_draws_the_class_that_is_ordered() {
    let mut trainer = trainer(&settings("cgan-mnist", 20));
    assert_eq!(trainer.page(), [10, 8]);
    let page = block_on(trainer.samples(80, None, None)).unwrap();
    let threes = block_on(trainer.samples(9, None, Some(3))).unwrap();
    for (row, image) in threes.chunks(784).enumerate() {
        let (row, column) = (row % 8, 3);
        if threes.len() / 784 <= 8 || row < 8 {
            let index = row * 10 + column;
            if image == &page[index * 784..][..784] || row == 0 {
                continue;
            }
            panic!("image {row} is not the one of column 3");
        }
    }
    let refused = block_on(trainer.samples(1, None, Some(10))).unwrap_err().to_string();
    assert!(refused.contains("0 to 9"), "{refused}");
    let mut unlabelled = self::trainer(&settings("gan-mnist", 8));
    let refused = block_on(unlabelled.samples(1, None, Some(1))).unwrap_err().to_string();
    assert!(refused.contains("quick-mnist"), "{refused}");
}

/// No label stands beside the image: the class is a row of the last layer, and all rows begin at 0.
#[test]
fn projection_puts_the_class_into_the_last_layer_alone() {
    let mut trainer = trainer(&settings("quick-mnist", 20));
    let shapes = names(trainer.backend().program(), "discriminator");
    let shape = |name: &str| shapes.iter().find(|(found, _)| found == name).map(|(_, shape)| shape.clone()).unwrap();
    assert_eq!((shape("conv1.weight"), shape("projection.weight")), (vec![8, 1, 4, 4], vec![30, 784]));
    let embedding = |trainer: &Trainer| -> Vec<f32> {
        let parameters = parameters(trainer, "discriminator", Arena::Parameters);
        parameters.into_iter().find(|(name, _)| name == "projection.weight").unwrap().1
    };
    assert!(embedding(&trainer).iter().all(|value| *value == 0.0));
    // The batch holds at most twenty of the thirty classes: the others have not moved.
    run(&mut trainer, 1, Only::Discriminator);
    let moved = embedding(&trainer).chunks(784).filter(|row| row.iter().any(|value| *value != 0.0)).count();
    assert!((2..=20).contains(&moved), "{moved} classes moved");
}

#[test]
fn digits_are_ordered_where_groups_are_made_within_labels_and_only_there() {
    let mut trainer = trainer(&settings("quick-mnist", 20));
    let (data, page) = (trainer.data(), trainer.page());
    assert_eq!((data.classes, data.labels(), page), (30, 10, [10, 8]));
    // What stands in the place of a sample is told the class that the page's plan draws for it.
    for place in 0..80 {
        assert_eq!(data.class_of_place(trainer.settings().seed, place) / 3, place % 10);
    }
    let all = block_on(trainer.samples(80, None, None)).unwrap();
    let threes = block_on(trainer.samples(8, None, Some(3))).unwrap();
    for (row, image) in threes.chunks(784).enumerate() {
        assert!(image == &all[(row * 10 + 3) * 784..][..784], "three {row} is that of its column");
    }
    let mut unlabelled = self::trainer(&settings("quick-unlabelled-mnist", 20));
    assert_eq!((unlabelled.data().classes, unlabelled.data().labels(), unlabelled.page()), (50, 0, [8, 8]));
    let refused = block_on(unlabelled.samples(1, None, Some(1))).unwrap_err().to_string();
    assert!(refused.contains("groups without a name"), "{refused}");
}

/// The generator is asked for each group as often as it occurs, and so are the samples.
#[test]
fn groups_are_asked_for_as_often_as_they_occur() {
    let program = program("quick-unlabelled-mnist");
    let generator = &program.plans[plans::GENERATOR];
    let gathers = generator.dispatches.iter().filter(|dispatch| matches!(dispatch.kernel, Kernel::Gather { .. }));
    assert_eq!(gathers.count(), 1, "the classes of random examples");
}

#[test]
fn a_run_with_other_groups_is_not_loaded() {
    let saved = {
        let mut trainer = trainer(&settings("quick-unlabelled-mnist", 20));
        run(&mut trainer, 2, Only::Both);
        block_on(trainer.save()).unwrap()
    };
    let load = |settings: &Settings| trainer(settings).load(&saved).map_err(|error| error.to_string());
    let own = settings("quick-unlabelled-mnist", 20);
    load(&own).unwrap();
    let other_seed = Settings { seed: own.seed + 1, ..own.clone() };
    assert!(load(&other_seed).unwrap_err().contains("other groups"));
    let mut fewer = own.clone();
    fewer.recipe.classes = 20;
    assert!(load(&fewer).unwrap_err().contains("classes “50”"), "{:?}", load(&fewer));
}

/// Before the decay begins the rates are as they were, and where it has ended at 0 nothing moves.
#[test]
fn learning_rates_fall_by_steps_whatever_a_step_consists_of() {
    let after = |decay_until: u32, n_critic: u32, steps: usize| {
        let mut settings = settings("gan-mnist", 8);
        let decay_from = if decay_until > 0 { 0.5 } else { 0.0 };
        settings.recipe = ganvas::gan::Recipe { decay_until, decay_from, n_critic, ..settings.recipe };
        let mut trainer = trainer(&settings);
        run(&mut trainer, steps, Only::Both);
        [GENERATOR, "discriminator"].map(|network| parameters(&trainer, network, Arena::Parameters))
    };
    assert!(after(8, 2, 4) == after(0, 2, 4), "for the first half they stay");
    assert!(after(8, 2, 7) != after(0, 2, 7));
    assert!(after(8, 2, 8) == after(8, 2, 12), "at the end nothing moves, in neither network");
}

#[test]
fn wgan_keeps_to_its_clip_and_trains_the_critic_first() {
    let settings = settings("wgan-mnist", 4);
    let mut trainer = trainer(&settings);
    run(&mut trainer, 2, Only::Both);
    assert_eq!(trainer.backend().clocks().discriminator, 200, "100 updates of the critic in each of the first steps");
    assert_eq!(trainer.backend().clocks().generator, 2);
    for (name, values) in parameters(&trainer, "discriminator", Arena::Parameters) {
        assert!(values.iter().all(|value| value.abs() <= 0.01), "{name} leaves the clip");
    }
    let program = trainer.backend().program();
    let critic = program.variables.clone().network("discriminator");
    assert!(matches!(program.rule(critic).unwrap().optimizer, Optimizer::RmsProp(rms) if rms.momentum == 0.0));
    assert_eq!(program.rule(NetworkId::FIRST).unwrap().clip, None, "the generator is free");
    let updates: Vec<u32> = [0, 24, 25, 499, 500, 501].map(|step| settings.recipe.critic_updates(step)).to_vec();
    assert_eq!(updates, [100, 100, 5, 5, 100, 5]);
    // The verdict is a score: it may leave [0, 1], and there is no sigmoid in the game.
    assert_eq!(settings.recipe.loss, AdversarialLoss::Wasserstein);
}

#[test]
fn wgan_gp_has_no_batch_norm_in_its_critic_and_pulls_the_gradient_to_one() {
    let settings = settings("wgan-gp-mnist", 16);
    let discriminator = names(&program("wgan-gp-mnist"), "discriminator");
    assert!(discriminator.iter().all(|(name, _)| !name.contains("running")), "{discriminator:?}");
    let mut with_norm = settings.clone();
    with_norm.recipe.discriminator_norm = Norm::Batch;
    let refused = with_norm.recipe.program(DataShape::digits(100)).unwrap_err().to_string();
    assert!(refused.contains("penalty") && refused.contains("spectral"), "{refused}");

    // Without the penalty the critic becomes as steep as it likes.
    let steepness = |weight: f32| {
        let mut changed = settings.clone();
        changed.recipe.penalty_weight = weight;
        let rows = run(&mut trainer(&changed), 100, Only::Discriminator);
        rows[90..].iter().map(|row| row[5]).sum::<f64>() / 10.0
    };
    let (with, without) = (steepness(10.0), steepness(0.0));
    assert!(with * 5.0 < without, "{with} with the penalty, {without} without");
}

/// Mescheder et al. 2018: alternating gradient descent circles around the equilibrium, and R1 leads to it.
#[test]
fn the_smallest_gan_circles_without_r1_and_settles_with_it() {
    let radius = |key: &str| {
        let mut trainer = trainer(&Settings::new(Preset::find(key).unwrap()));
        run(&mut trainer, 500, Only::Both);
        let theta = parameters(&trainer, "generator", Arena::Parameters)[0].1[0];
        let psi = parameters(&trainer, "discriminator", Arena::Parameters)[0].1[0];
        theta.hypot(psi)
    };
    let (circling, settled) = (radius("oscillation-dirac"), radius("dirac-r1"));
    assert!((0.8..1.2).contains(&circling), "without: {circling}");
    assert!(settled < 1e-3, "with R1: {settled}");
}

#[test]
fn points_come_out_of_the_tables_as_they_went_in() {
    let settings = settings("gan-ring8", 16);
    let mut trainer = trainer(&settings);
    let set = World::Ring8.points(ganvas::data::points::POINT_COUNT, settings.seed, &[]).unwrap();
    let real = block_on(trainer.real(64)).unwrap();
    for point in real.chunks(2) {
        let known = |other: &[f32]| point.iter().zip(other).all(|(a, b)| (a - b).abs() < 1.0 / 8192.0);
        assert!(set.points.chunks(2).any(known), "{point:?} is no point of the ring");
    }
}

#[test]
fn every_world_trains_and_every_ingredient_is_only_a_setting() {
    for data in ["ring8", "grid25", "line", "blobs", "spiral", "moons", "drawn"] {
        for key in ["gan-ring8", "gan-r1-ring8", "wgan-ring8", "wgan-gp-ring8"] {
            let raw =
                [("preset", key), ("data", data), ("points", "1,1 -1,0"), ("critic_warmup", "0"), ("batch_size", "8")];
            let (settings, messages) = Settings::resolve(raw);
            assert!(messages.is_empty(), "{messages:?}");
            let rows = run(&mut trainer(&settings), 2, Only::Both);
            assert!(
                rows.iter().all(|row| row[1..5].iter().all(|value| value.is_finite())),
                "{key} on {data}: {rows:?}"
            );
        }
    }
    for (loss, norm, penalty) in [
        ("hinge", "spectral", "none"),
        ("least_squares", "batch", "none"),
        ("minimax", "layer", "r1"),
        ("wasserstein", "spectral", "gradient_penalty"),
        ("non_saturating", "none", "r1"),
        ("relativistic", "spectral", "r1_r2"),
        ("relativistic", "batch", "none"),
    ] {
        for key in ["dcgan-mnist", "gan-mnist", "cgan-mnist"] {
            let raw = [
                ("preset", key),
                ("loss", loss),
                ("discriminator_norm", norm),
                ("penalty", penalty),
                ("penalty_weight", "1"),
                ("batch_size", "4"),
                ("upsampling", "nearest"),
                ("average", "0.9"),
            ];
            let (settings, messages) = Settings::resolve(raw);
            assert!(messages.is_empty(), "{messages:?}");
            let mut trainer = trainer(&settings);
            let rows = run(&mut trainer, 2, Only::Both);
            assert!(rows.iter().all(|row| row[1..5].iter().all(|value| value.is_finite())), "{key}, {loss}: {rows:?}");
            assert_eq!(rows[0][5].is_nan(), settings.recipe.penalty == Penalty::None);
            assert!(block_on(trainer.samples(3, None, None)).unwrap().iter().all(|value| value.is_finite()));
        }
    }
}

/// What a copy of the generator draws is what the run would have drawn.
#[test]
fn the_sampler_has_the_generators_variables_in_their_places() {
    for preset in PRESETS.iter().filter(|preset| preset.is_pair()) {
        let data = Settings::new(preset).shape();
        let (whole, sampler) = (preset.recipe.program(data).unwrap(), preset.recipe.sampler(data).unwrap());
        let own = |program: &Program| -> Vec<(String, usize)> {
            let of = program.variables.iter().filter(|(_, v)| v.network == NetworkId::FIRST);
            of.map(|(_, v)| (v.name.clone(), v.offset)).collect()
        };
        let (mut left, mut right) = (own(&whole), own(&sampler));
        left.sort();
        right.sort();
        assert_eq!(left, right, "{}", preset.key);
        assert_eq!(whole.variables.networks[0].name, GENERATOR);
    }
}

#[test]
fn the_forger_learns_alone_until_the_detective_guesses() {
    let mut trainer = trainer(&settings("gan-mnist", 16));
    let mut detective = block_on(trainer.begin_phase(Only::Discriminator, None, Some(400))).unwrap();
    let rows = block_on(trainer.run_phase(&mut detective)).unwrap();
    assert_eq!(detective.ended, Some(PhaseEnd::Reached), "{detective:?}");
    assert!(rows.iter().all(|row| row[2].is_nan()), "the generator does not learn in this phase");
    let before = parameters(&trainer, "discriminator", Arena::Parameters);
    let mut forger = block_on(trainer.begin_phase(Only::Generator, None, Some(400))).unwrap();
    block_on(trainer.run_phase(&mut forger)).unwrap();
    assert_eq!(forger.ended, Some(PhaseEnd::Reached), "{forger:?}");
    assert!(forger.value() >= 0.5);
    assert!(before == parameters(&trainer, "discriminator", Arena::Parameters), "D is fixed meanwhile");
}

#[test]
fn an_evaluation_measures_a_copy_and_leaves_the_run_alone() {
    let digits = generated_digits(DIGITS, 3);
    let settings = settings("cgan-mnist", 20);
    let mut trainer = trainer(&settings);
    run(&mut trainer, 3, Only::Both);
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/judges/mnist.safetensors")).unwrap();
    let mut judge = Judge::load(&bytes).unwrap();
    let mut reference = Reference::of_images(&digits, 0, DIGITS);
    let few = Effort { samples: 20, ..Effort::PAGE };
    let refused = block_on(Evaluation::begin(&mut trainer, &reference, few)).err().unwrap().to_string();
    assert!(refused.contains("at least 500"), "{refused}");

    let effort = Effort { samples: 500, compared: 200, searched: 10, ..Effort::PAGE };
    let saved = block_on(trainer.save()).unwrap();
    let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
    // Training goes on in between, and makes no difference.
    let mut shares = vec![evaluation.share()];
    let report = loop {
        run(&mut trainer, 1, Only::Both);
        if let Some(report) = evaluation.advance(&mut reference, Some(&mut judge)).unwrap() {
            break report;
        }
        shares.push(evaluation.share());
    };
    assert!(shares.is_sorted(), "{shares:?}");
    assert_eq!((report.step, report.samples, report.class_shares.len()), (3, 500, 10));
    let missing: Vec<&str> = report.values.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
    assert!(missing.is_empty(), "not measured: {missing:?}");
    assert!(report.value("nfd").unwrap() > 5.0, "three steps make no digits");

    trainer.load(&saved).unwrap();
    let mut again = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
    let second = again.complete(&mut reference, Some(&mut judge)).unwrap();
    assert_eq!(second.values, report.values, "of the same state in one go");
    let mut without = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
    let report = without.complete(&mut reference, None).unwrap();
    assert!(report.value("nfd").is_none() && report.value("diversity").is_some(), "{report:?}");
}

#[test]
fn points_are_measured_by_their_modes() {
    let settings = settings("gan-ring8", 64);
    let mut trainer = trainer(&settings);
    let mut reference = Reference::World(settings.point_set().unwrap().unwrap());
    let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, Effort::PAGE)).unwrap();
    let report = evaluation.complete(&mut reference, None).unwrap();
    assert_eq!(report.value("mode_count"), Some(8.0));
    assert_eq!(report.value("modes"), Some(0.0), "nothing is learned yet");
    assert_eq!(report.samples, 2_500);
}

/// Slow motion must not change a run: looked at closely, a step is the step that it would have been.
#[test]
fn a_step_looked_at_closely_is_that_step() {
    for key in ["gan-mnist", "wgan-mnist", "gan-r1-ring8"] {
        let settings = settings(key, 16);
        let (mut plain, mut closely) = (trainer(&settings), trainer(&settings));
        let mut rows = run(&mut plain, 2, Only::Both);
        block_on(closely.run(1, Only::Both)).unwrap();
        let [discriminator, generator] = block_on(closely.step_closely()).unwrap();
        let measured = block_on(closely.take_measurements()).unwrap().rows;
        assert_eq!(format!("{measured:?}"), format!("{rows:?}"), "{key}");
        for arena in [Arena::Parameters, Arena::Gradients] {
            for network in [GENERATOR, "discriminator"] {
                assert_eq!(
                    parameters(&closely, network, arena),
                    parameters(&plain, network, arena),
                    "{key}: {network}"
                );
            }
        }

        let [_, d_loss, g_loss, d_real, d_fake, _] = rows.pop().unwrap()[..] else { panic!("a pair has five curves") };
        assert_eq!([discriminator.loss, generator.loss], [d_loss, g_loss], "{key}");
        assert_eq!([discriminator.real, discriminator.fake], [d_real, d_fake], "{key}");
        assert_eq!([discriminator.updates, generator.updates], [settings.recipe.critic_updates(1), 1], "{key}");
        assert!(generator.real.is_nan() && generator.fake.is_finite());
        let count =
            |network| parameters(&plain, network, Arena::Parameters).iter().map(|(_, v)| v.len()).sum::<usize>();
        assert_eq!([discriminator.count, discriminator.frozen[0]], [count("discriminator"), count(GENERATOR)]);
        for update in [&discriminator, &generator] {
            assert_eq!(update.frozen[1], 0, "{key}: the other network is frozen");
            assert!(update.gradient > 0.0 && update.moved > 0.0 && update.moved < update.length, "{key}: {update:?}");
        }
        assert_eq!(discriminator.page[1], generator.page[0], "nothing happens between the two updates");
        // The two next steps agree as well.
        assert_eq!(format!("{:?}", run(&mut plain, 2, Only::Both)), format!("{:?}", run(&mut closely, 2, Only::Both)));
    }
}
