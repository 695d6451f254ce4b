//! What makes StyleGAN: noise that begins at nothing, styles that can be mixed, truncation in w, and a slider that changes
//! what is shown and never what is learned.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::train::settings::Setting;
use ganvas::train::{Only, Settings, Trainer};
use pollster::block_on;

/// Pixels of an image.
const PIXELS: usize = 784;

fn trainer(changes: &[(&str, &str)]) -> Trainer {
    let mut settings = Settings::new(Preset::find("stylegan-mnist").unwrap());
    settings.recipe.batch_size = 8;
    for (key, value) in changes {
        settings.set(Setting::find(key).unwrap(), value).unwrap();
    }
    let Examples { shape, tables } = settings.training_data(generated_digits(100, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play)
}

fn run(trainer: &mut Trainer, steps: usize) {
    block_on(trainer.run(steps, Only::Both)).unwrap();
}

fn shown(trainer: &mut Trainer, gallery: &str) -> Vec<f32> {
    block_on(trainer.put_out(gallery, None, 0)).unwrap()
}

fn at(trainer: &mut Trainer, psi: f32) -> Vec<f32> {
    block_on(trainer.set_input("psi", psi)).unwrap();
    shown(trainer, "samples")
}

/// The largest difference of two pixels.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A variable of the generator: its numbers.
fn variable(trainer: &Trainer, name: &str, arena: Arena) -> Vec<f32> {
    let variables = &trainer.backend().program().variables;
    let (_, found) = variables.iter().find(|(_, variable)| variable.name == name).unwrap();
    block_on(trainer.read(found.network, arena)).unwrap()[found.offset..][..found.shape.elements()].to_vec()
}

#[test]
fn noise_changes_nothing_at_first_and_something_later() {
    let mut trainer = trainer(&[]);
    let noises = |trainer: &mut Trainer| {
        let all = shown(trainer, "noises");
        let rows: Vec<&[f32]> = all.chunks(10 * PIXELS).collect();
        assert_eq!(rows.len(), 8);
        rows[1..].iter().map(|row| apart(rows[0], row)).fold(0.0, f32::max)
    };
    assert_eq!(noises(&mut trainer), 0.0);
    run(&mut trainer, 3);
    assert!(noises(&mut trainer) > 0.0);
}

#[test]
fn a_mixture_has_the_styles_of_its_column_and_its_row() {
    let mut trainer = trainer(&[]);
    let table = shown(&mut trainer, "mixing");
    let cell = |row: usize, column: usize| &table[(row * 8 + column) * PIXELS..][..PIXELS];
    assert!(cell(0, 0).iter().all(|value| *value == -1.0), "the corner is blank");
    for (row, column) in [(1, 1), (3, 5), (7, 7)] {
        assert!(apart(cell(row, column), cell(row, 0)) > 1e-3, "a mixture is not the source of its row");
        assert!(apart(cell(row, column), cell(0, column)) > 1e-3, "a mixture is not the source of its column");
    }
    let pairs = shown(&mut trainer, "pairs");
    let rows: Vec<&[f32]> = pairs.chunks(10 * PIXELS).collect();
    assert!(apart(rows[0], rows[2]) > 1e-3 && apart(rows[1], rows[2]) > 1e-3);
}

#[test]
fn mixing_changes_what_is_trained_on() {
    let losses = |mixing: &str| {
        let mut trainer = trainer(&[("mixing", mixing)]);
        run(&mut trainer, 1);
        block_on(trainer.take_measurements()).unwrap().rows
    };
    assert_ne!(format!("{:?}", losses("0")), format!("{:?}", losses("1")));
}

#[test]
fn truncation_goes_from_the_mean_to_the_sample_itself() {
    let mut trainer = trainer(&[]);
    let untouched = shown(&mut trainer, "samples");
    // Before the first step there is no noise and the mean is 0.
    let mean = at(&mut trainer, 0.0);
    let first = &mean[..PIXELS];
    assert!(mean.chunks(PIXELS).all(|image| apart(image, first) < 1e-6), "at 0 all samples are one");
    assert!(untouched.chunks(PIXELS).skip(1).any(|image| apart(image, &untouched[..PIXELS]) > 1e-2));
    let half = at(&mut trainer, 0.5);
    assert!(apart(&half, &mean) > 1e-3 && apart(&half, &untouched) > 1e-3);
    assert_eq!(at(&mut trainer, 1.0), untouched);
}

#[test]
fn a_slider_changes_what_is_shown_and_never_what_is_learned() {
    let (mut moved, mut left) = (trainer(&[]), trainer(&[]));
    run(&mut moved, 1);
    run(&mut left, 1);
    let before = shown(&mut left, "samples");
    assert_ne!(at(&mut moved, 0.3), before);
    run(&mut moved, 9);
    run(&mut left, 9);
    assert_eq!(block_on(moved.save()).unwrap(), block_on(left.save()).unwrap());
    // A state that is loaded leaves it where it is.
    let state = block_on(left.save()).unwrap();
    let shown_at = shown(&mut moved, "samples");
    moved.load(&state).unwrap();
    assert_eq!(shown(&mut moved, "samples"), shown_at);
    assert_ne!(shown_at, shown(&mut left, "samples"));
}

#[test]
fn a_slider_takes_only_what_it_can_be() {
    let mut trainer = trainer(&[]);
    let mut refused = |key: &str, value: f32| block_on(trainer.set_input(key, value)).unwrap_err().to_string();
    for value in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
        assert!(refused("psi", value).contains("from 0 to 1"), "{value}");
    }
    assert!(refused("truncation", 0.5).contains("psi from 0 to 1"));
    assert_eq!(trainer.play().galleries.iter().map(|gallery| gallery.inputs.len()).sum::<usize>(), 1);
}

#[test]
fn the_mean_of_w_follows_and_the_average_is_what_is_shown() {
    let mut trainer = trainer(&[]);
    assert!(variable(&trainer, "w_mean", Arena::Buffers).iter().all(|value| *value == 0.0));
    run(&mut trainer, 1);
    let first = variable(&trainer, "w_mean", Arena::Buffers);
    run(&mut trainer, 1);
    let second = variable(&trainer, "w_mean", Arena::Buffers);
    // The mean of w does not change much from batch to batch: a step from 0 is 0.005 of it, and so nearly is the next.
    let length = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>().sqrt();
    let of_batch: Vec<f32> = first.iter().map(|value| value / 0.005).collect();
    assert!((1.0..20.0).contains(&length(&of_batch)), "{}", length(&of_batch));
    let ratio = length(&second) / length(&first);
    assert!((1.7..2.3).contains(&ratio), "{ratio}");
    // Samples are the average's, which is no longer what the parameters are.
    run(&mut trainer, 5);
    let (own, average) =
        (variable(&trainer, "constant", Arena::Parameters), variable(&trainer, "constant", Arena::Average));
    assert!(apart(&own, &average) > 0.0);
}

#[test]
fn without_the_mapping_the_noise_is_the_style() {
    let mut trainer = trainer(&[("mapping", "0")]);
    let names: Vec<String> =
        trainer.backend().program().variables.iter().map(|(_, variable)| variable.name.clone()).collect();
    assert!(!names.iter().any(|name| name.starts_with("mapping")) && names.iter().any(|name| name == "w_mean"));
    run(&mut trainer, 2);
}
