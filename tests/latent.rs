//! What is seen of the networks beside the training: given latents, and the contest in the plane. All of it looks at copies.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::catalogue::PRESETS;
use ganvas::data::procedural::generated_digits;
use ganvas::data::{DataShape, Examples};
use ganvas::game::Game;
use ganvas::gan::{DISCRIMINATOR, GENERATOR, Preset};
use ganvas::graph::Variables;
use ganvas::nn::AdversarialLoss;
use ganvas::train::{Explorer, FIELD_SIDE, LATTICE_SIDE, Only, Settings, Trainer, picture};
use pollster::block_on;

fn settings(key: &str, batch_size: usize) -> Settings {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = batch_size;
    settings
}

/// A run after a few steps, of a few digits or of the preset's world.
fn trained(settings: &Settings, steps: usize) -> Trainer {
    let Examples { shape, tables } = match settings.point_set() {
        Some(set) => Examples::points(&set.unwrap()),
        None => settings.training_data(generated_digits(100, 3)).unwrap(),
    };
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape, play);
    block_on(trainer.run(steps, Only::Both)).unwrap();
    trainer
}

/// All that a run consists of, bit by bit.
fn state(trainer: &Trainer) -> Vec<u32> {
    let program = trainer.backend().program();
    let clocks = trainer.backend().clocks();
    let mut bits = vec![trainer.step(), clocks.seed, clocks.discriminator, clocks.generator];
    let mut variables = program.variables.clone();
    for network in [GENERATOR, DISCRIMINATOR].map(|name| variables.network(name)) {
        for arena in Arena::ALL.into_iter().filter(|arena| arena.elements(program, network) > 0) {
            bits.extend(block_on(trainer.read(network, arena)).unwrap().into_iter().map(f32::to_bits));
        }
    }
    bits
}

/// The same but for rounding: products of another batch may be summed in another order.
fn assert_close(values: &[f32], others: &[f32]) {
    let close = values.iter().zip(others).all(|(value, other)| (value - other).abs() < 1e-5);
    assert!(values.len() == others.len() && close, "{values:?} and {others:?}");
}

/// One-hot labels of a page, a column for each class.
fn labels(trainer: &Trainer, count: usize) -> Vec<f32> {
    let classes = trainer.told_classes();
    let class = |row: usize, class: usize| if row % classes == class { 1.0 } else { 0.0 };
    (0..count * classes).map(|place| class(place / classes, place % classes)).collect()
}

#[test]
fn the_latents_of_the_page_give_the_very_page() {
    for (key, average) in [("gan-mnist", 0.0), ("cgan-mnist", 0.0), ("gan-mnist", 0.9)] {
        let mut settings = settings(key, 8);
        settings.recipe.average = average;
        let mut trainer = trained(&settings, 2);
        let mut explorer = Explorer::new(&trainer).unwrap();
        for _ in 0..2 {
            let before = state(&trainer);
            let latents = trainer.page_latents();
            let (dim, numbers) = (settings.recipe.latent_dim, trainer.data().form.numbers());
            let count = latents.len() / dim;
            let labels = labels(&trainer, count);
            block_on(explorer.follow(&trainer)).unwrap();
            let examples = explorer.generate(&latents, &labels).unwrap();
            // One alone is the same as among others.
            let classes = trainer.told_classes();
            let (z, y) = (&latents[13 * dim..14 * dim], &labels[13 * classes..14 * classes]);
            let alone = explorer.generate(z, y).unwrap();
            assert_close(&alone, &examples[13 * numbers..14 * numbers]);
            assert!(before == state(&trainer), "{key}: looking changed the run");
            let page = block_on(trainer.samples(count, None, None)).unwrap();
            assert_close(&page, &examples);
            let pixels = |examples: &[f32]| picture::grid(examples, 8, [1, 1, numbers], 0).bytes;
            assert!(pixels(&page) == pixels(&examples), "{key} with an average of {average}: the page");
            // And it follows the training.
            block_on(trainer.run(1, Only::Both)).unwrap();
        }
    }
}

#[test]
fn looking_does_not_change_what_training_does() {
    let settings = settings("gan-ring8", 16);
    let (mut one, mut other) = (trained(&settings, 3), trained(&settings, 3));
    let mut explorer = Explorer::new(&one).unwrap();
    for _ in 0..3 {
        block_on(explorer.follow(&one)).unwrap();
        explorer.plane(&[0.0, 1.0]).unwrap();
        explorer.generate(&[0.5, -0.5], &[]).unwrap();
        for trainer in [&mut one, &mut other] {
            block_on(trainer.run(2, Only::Both)).unwrap();
        }
    }
    assert!(state(&one) == state(&other));
}

#[test]
fn latents_that_do_not_fit_are_refused_in_words() {
    let trainer = trained(&settings("cgan-mnist", 4), 0);
    let mut explorer = Explorer::new(&trainer).unwrap();
    let mut message = |latents: &[f32], labels: &[f32]| explorer.generate(latents, labels).unwrap_err().to_string();
    assert!(message(&[0.0; 65], &[0.0; 10]).contains("64 numbers; 65 were given"));
    assert!(message(&[], &[]).contains("0 were given"));
    assert!(message(&[0.0; 64], &[]).contains("10 numbers for each of the 1; 0 were given"));
    assert!(message(&[f32::NAN; 64], &[0.0; 10]).contains("finite"));
    assert!(explorer.plane(&[]).unwrap_err().to_string().contains("images"));
}

#[test]
fn the_copies_have_the_variables_where_the_run_has_them() {
    let own = |variables: &Variables, name: &str| {
        let network = variables.clone().network(name);
        let own = variables.iter().filter(|(_, variable)| variable.network == network);
        let mut own: Vec<_> = own.map(|(_, v)| (v.name.clone(), v.shape.to_vec(), v.role, v.offset)).collect();
        own.sort_by(|a, b| a.0.cmp(&b.0));
        own
    };
    for preset in PRESETS.iter().filter(|preset| preset.is_pair()) {
        let settings = Settings::new(preset);
        let data: DataShape = settings.shape();
        let run = settings.recipe.program(data).unwrap().variables;
        let inspector = settings.recipe.inspector(data, 3, 4, 5).unwrap().variables;
        assert_eq!(own(&run, GENERATOR), own(&inspector, GENERATOR), "{}", preset.key);
        if data.form.numbers() <= 2 {
            assert_eq!(own(&run, DISCRIMINATOR), own(&inspector, DISCRIMINATOR), "{}", preset.key);
        }
    }
}

#[test]
fn the_plane_shows_what_the_networks_say() {
    let mut settings = settings("gan-ring8", 32);
    settings.recipe.latent_dim = 3;
    let mut trainer = trained(&settings, 20);
    let mut explorer = Explorer::new(&trainer).unwrap();
    block_on(explorer.follow(&trainer)).unwrap();
    let real = block_on(trainer.shown("real", None, 0)).unwrap();
    let plane = explorer.plane(&real.examples).unwrap();
    assert_eq!(plane.field.len(), FIELD_SIDE * FIELD_SIDE);
    // Samples, and D's logits for them and for real examples, are those of the run.
    let shown = block_on(trainer.shown("samples", None, 0)).unwrap();
    assert_close(&plane.fakes, &shown.examples[..plane.fakes.len()]);
    assert_close(&plane.fake_logits, &shown.logits[..plane.fake_logits.len()]);
    assert_close(&plane.real_logits, &real.logits);
    // The field's first cell is at the top left, the last at the bottom right.
    let edge = 3.0 * (1.0 - 1.0 / FIELD_SIDE as f32);
    let corners = explorer.scores(&[-edge, edge, edge, -edge]).unwrap();
    assert_close(&corners, &[plane.field[0], plane.field[FIELD_SIDE * FIELD_SIDE - 1]]);
    assert!(plane.field.iter().any(|value| (value - plane.field[0]).abs() > 1e-3), "D is not the same everywhere");
    // A push is the slope of log sigmoid(D) there: G's loss is the non-saturating one.
    let softplus = |logit: f32| f64::from(logit).exp().ln_1p();
    for fake in 0..10 {
        let at = [plane.fakes[2 * fake], plane.fakes[2 * fake + 1]];
        for axis in 0..2 {
            let mut beside = [at, at];
            beside[0][axis] += 1e-3;
            beside[1][axis] -= 1e-3;
            let logits = explorer.scores(&beside.concat()).unwrap();
            let slope = (softplus(-logits[1]) - softplus(-logits[0])) / 2e-3;
            let push = f64::from(plane.pushes[2 * fake + axis]);
            assert!(
                (slope - push).abs() < 2e-3 + 0.05 * slope.abs(),
                "fake {fake}: {push}, and by differences {slope}"
            );
        }
    }
    assert!(plane.pushes.iter().any(|push| push.abs() > 1e-2), "D pushes");
    // The lattice: its middle is the latent 0, its corner (-2, -2, 0).
    let middle = LATTICE_SIDE * LATTICE_SIDE / 2;
    let ends = explorer.generate(&[0.0, 0.0, 0.0, -2.0, -2.0, 0.0], &[]).unwrap();
    assert_close(&ends, &[&plane.lattice[2 * middle..2 * middle + 2], &plane.lattice[..2]].concat());
}

/// Two numbers, so that all can be said by hand: D(x) = psi x, and every fake is theta.
#[test]
fn the_line_of_the_dirac_gan_is_as_by_hand() {
    let settings = settings("dirac-r1", 4);
    let trainer = trained(&settings, 5);
    let mut explorer = Explorer::new(&trainer).unwrap();
    block_on(explorer.follow(&trainer)).unwrap();
    let plane = explorer.plane(&[0.0; 7]).unwrap();
    let mut variables = trainer.backend().program().variables.clone();
    let [theta, psi] = [GENERATOR, DISCRIMINATOR]
        .map(|name| block_on(trainer.read(variables.network(name), Arena::Parameters)).unwrap()[0]);
    assert!(psi != 0.0 && plane.fakes.iter().all(|&fake| fake == theta));
    assert_eq!(plane.field.len(), FIELD_SIDE);
    let first = -3.0 * (1.0 - 1.0 / FIELD_SIDE as f32);
    assert!((plane.field[0] - psi * first).abs() < 1e-5);
    assert_eq!(plane.real_logits, [0.0; 7]);
    // The slope of -log(1 - sigmoid(psi x)): this preset plays minimax.
    assert_eq!(settings.recipe.loss, AdversarialLoss::Minimax);
    let push = psi / (1.0 + (-psi * theta).exp());
    assert!(plane.pushes.iter().all(|found| (found - push).abs() < 1e-5), "{push}, and found {:?}", plane.pushes[0]);
}
