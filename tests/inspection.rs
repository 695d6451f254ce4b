//! A look inside: what it shows is what the run does, its gradient is the derivative, and the run does not notice.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend, Clocks};
use ganvas::data::Examples;
use ganvas::data::points::{POINT_COUNT, World};
use ganvas::data::procedural::generated_digits;
use ganvas::gan::{DISCRIMINATOR, GENERATOR, Labels, Norm, Preset, plans};
use ganvas::metrics::neighbours::nearest_few;
use ganvas::train::{Inspection, Only, Seen, Settings, Trainer};
use pollster::block_on;

const DIGITS: usize = 300;

fn settings(key: &str) -> Settings {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = 16;
    settings
}

/// A run of digits drawn here, a few steps old, with their labels.
fn trained(settings: &Settings, steps: usize) -> (Trainer, Vec<u8>) {
    let Examples { shape, tables } = settings.training_data(generated_digits(DIGITS, 3)).unwrap();
    let labels = tables[1].clone();
    let program = settings.recipe.program(shape).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape);
    block_on(trainer.run(steps, Only::Both)).unwrap();
    (trainer, labels)
}

fn inspection(trainer: &Trainer) -> Inspection {
    let mut inspection = Inspection::new(trainer.settings(), trainer.data()).unwrap();
    block_on(inspection.copy(trainer)).unwrap();
    inspection
}

/// All that a run consists of, bit for bit.
fn state(trainer: &Trainer) -> (u32, Clocks, Vec<u32>) {
    let program = trainer.backend().program();
    let mut variables = program.variables.clone();
    let mut bits = Vec::new();
    for network in [GENERATOR, DISCRIMINATOR].map(|name| variables.network(name)) {
        for arena in Arena::ALL.into_iter().filter(|arena| arena.elements(program, network) > 0) {
            bits.extend(block_on(trainer.read(network, arena)).unwrap().into_iter().map(f32::to_bits));
        }
    }
    (trainer.step(), trainer.backend().clocks(), bits)
}

fn assert_near(what: &str, value: f32, wanted: f32, tolerance: f32) {
    assert!((value - wanted).abs() <= tolerance * wanted.abs().max(1.0), "{what}: {value}, and not {wanted}");
}

/// Recipes that differ in what an inspection must follow: layers, labels, norms, an average.
fn recipes() -> Vec<Settings> {
    let mut list: Vec<Settings> = ["gan-mnist", "cgan-mnist", "cgan-shuffled-mnist"].map(settings).into();
    let mut averaged = settings("dcgan-mnist");
    averaged.recipe.average = 0.9;
    let mut spectral = settings("dcgan-mnist");
    spectral.recipe.discriminator_norm = Norm::Spectral;
    list.extend([averaged, spectral]);
    list
}

/// Sums are taken in another order for one example than for a page, so the last bits differ.
#[test]
fn the_copy_says_what_the_run_says() {
    for settings in recipes() {
        let key = settings.preset.key;
        let (mut trainer, labels) = trained(&settings, 3);
        let samples = block_on(trainer.shown(plans::SAMPLE, None, 0)).unwrap();
        let real = block_on(trainer.shown(plans::REAL, None, 0)).unwrap();
        let mut inspection = inspection(&trainer);
        for tile in [0, 13, 63] {
            let seen = inspection.sample(tile).unwrap();
            for (value, wanted) in seen.example.iter().zip(&samples.examples[tile * 784..][..784]) {
                assert_near(&format!("{key}, pixel of sample {tile}"), *value, *wanted, 1e-4);
            }
            assert_near(&format!("{key}, logit of sample {tile}"), seen.logit, samples.logits[tile], 1e-3);
            let example = real.examples[tile * 784..][..784].to_vec();
            let label = labels[inspection.real_row(tile)];
            let seen = inspection.real(example, tile, Some(label)).unwrap();
            assert_near(&format!("{key}, logit of real {tile}"), seen.logit, real.logits[tile], 1e-3);
        }
    }
}

#[test]
fn the_place_of_a_real_example_names_its_row() {
    let (mut trainer, _) = trained(&settings("gan-mnist"), 1);
    let real = block_on(trainer.shown(plans::REAL, None, 0)).unwrap().examples;
    let inspection = inspection(&trainer);
    let images = generated_digits(DIGITS, 3).images;
    for tile in 0..64 {
        let row = inspection.real_row(tile);
        let bytes: Vec<u8> =
            real[tile * 784..][..784].iter().map(|value| ((value + 1.0) * 127.5).round() as u8).collect();
        assert!(bytes == images[row * 784..][..784], "the image in place {tile} is not row {row}");
    }
}

/// Along the gradient the logit rises by the gradient's length, to what central differences in f32 can tell; and along each
/// of the pixels that matter most by its part of it. The tolerance of 0.1 over these is for steps that cross the kink of a
/// leaky ReLU: young networks have many a neuron near it.
#[test]
fn the_saliency_is_the_derivative_of_the_logit() {
    for settings in recipes().into_iter().filter(|settings| settings.recipe.labels != Labels::Shuffled) {
        let key = settings.preset.key;
        let (trainer, _) = trained(&settings, 3);
        let mut inspection = inspection(&trainer);
        let Seen { example, gradient, .. } = inspection.sample(5).unwrap();
        assert_eq!(gradient.len(), 784);
        let length = gradient.iter().map(|value| value * value).sum::<f32>().sqrt();
        assert!(length > 0.0, "{key}: no gradient");
        // With labels a page has a column for each class, so this sample is a 5.
        let mut slope = |direction: &[f32], h: f32| {
            let mut at = |side: f32| {
                let moved = example.iter().zip(direction).map(|(value, along)| value + side * h * along).collect();
                f64::from(inspection.real(moved, 5, Some(5)).unwrap().logit)
            };
            ((at(1.0) - at(-1.0)) / (2.0 * f64::from(h))) as f32
        };
        let along: Vec<f32> = gradient.iter().map(|value| value / length).collect();
        let found = slope(&along, 0.004);
        assert!((found - length).abs() <= 0.03 * length, "{key}: {found} along a gradient of length {length}");
        let mut order: Vec<usize> = (0..784).collect();
        order.sort_by(|&a, &b| gradient[b].abs().total_cmp(&gradient[a].abs()));
        let (mut error, mut whole) = (0.0, 0.0);
        for &pixel in &order[..20] {
            let mut direction = vec![0.0; 784];
            direction[pixel] = 1.0;
            error += (slope(&direction, 0.004) - gradient[pixel]).powi(2);
            whole += gradient[pixel].powi(2);
        }
        assert!(error.sqrt() <= 0.1 * whole.sqrt(), "{key}: {} of {}, pixel by pixel", error.sqrt(), whole.sqrt());
    }
}

#[test]
fn layers_have_their_names_and_shapes() {
    let shapes = |seen: &Seen| -> Vec<(String, Vec<usize>)> {
        seen.layers.iter().for_each(|layer| assert_eq!(layer.values.len(), layer.shape.iter().product::<usize>()));
        seen.layers.iter().map(|layer| (layer.name.clone(), layer.shape.clone())).collect()
    };
    let named =
        |list: &[(&str, &[usize])]| -> Vec<_> { list.iter().map(|(n, s)| (n.to_string(), s.to_vec())).collect() };
    let (trainer, _) = trained(&settings("gan-mnist"), 1);
    let mut mlp = inspection(&trainer);
    let seen = mlp.sample(0).unwrap();
    let discriminator: [(&str, &[usize]); 2] = [("discriminator.linear1", &[512]), ("discriminator.linear2", &[256])];
    let all = [&[("generator.linear1", &[256][..]), ("generator.linear2", &[512])][..], &discriminator].concat();
    assert_eq!(shapes(&seen), named(&all));
    assert_eq!(shapes(&mlp.real(seen.example.clone(), 0, None).unwrap()), named(&discriminator));
    assert_eq!(mlp.first_weights().unwrap().0, [512, 784]);
    // Behind a ReLU nothing is negative, and behind a leaky one the negative is small; both are alive.
    let of = |name: &str| &seen.layers.iter().find(|layer| layer.name == name).unwrap().values;
    assert!(of("generator.linear1").iter().all(|&value| value >= 0.0));
    assert!(of("discriminator.linear1").iter().any(|&value| value < 0.0));

    let (trainer, _) = trained(&settings("dcgan-mnist"), 1);
    let mut convolutional = inspection(&trainer);
    let seen = convolutional.sample(0).unwrap();
    assert_eq!(
        shapes(&seen),
        named(&[
            ("generator.linear", &[64, 7, 7]),
            ("generator.conv1", &[32, 14, 14]),
            ("discriminator.conv1", &[32, 14, 14]),
            ("discriminator.conv2", &[64, 7, 7]),
        ])
    );
    assert_eq!(convolutional.first_weights().unwrap().0, [32, 1, 4, 4]);
}

#[test]
fn the_run_does_not_notice() {
    let mut settings = settings("dcgan-mnist");
    settings.recipe.average = 0.9;
    let (mut trainer, _) = trained(&settings, 3);
    let before = state(&trainer);
    let mut looking = inspection(&trainer);
    looking.sample(3).unwrap();
    block_on(looking.raw_samples(&trainer)).unwrap();
    let norms = block_on(trainer.gradient_norms()).unwrap();
    assert!(state(&trainer) == before, "the state has changed");
    assert_eq!(norms, block_on(trainer.gradient_norms()).unwrap());
    // And it goes on as one that nobody has looked into.
    let (mut other, _) = trained(&settings, 3);
    for run in [&mut trainer, &mut other] {
        block_on(run.run(2, Only::Both)).unwrap();
    }
    assert!(state(&trainer) == state(&other), "the runs have parted");
}

#[test]
fn gradients_are_told_layer_by_layer_and_add_up() {
    let (mut trainer, _) = trained(&settings("dcgan-mnist"), 2);
    let norms = block_on(trainer.gradient_norms()).unwrap();
    let names: Vec<&str> = norms.iter().map(|(name, _)| &name[..]).collect();
    assert_eq!(names[..3], ["generator.linear", "generator.bn1", "generator.conv1"]);
    assert_eq!(names.last(), Some(&"discriminator.linear"));
    let pulse = block_on(trainer.pulse(None)).unwrap();
    for (network, total) in [("generator", pulse.generator_gradient), ("discriminator", pulse.discriminator_gradient)] {
        let own = norms.iter().filter(|(name, _)| name.starts_with(network));
        let sum: f64 = own.map(|(_, norm)| norm * norm).sum();
        assert!((sum.sqrt() - total).abs() < 1e-9 * total && total > 0.0, "{network}: {} and {total}", sum.sqrt());
    }
}

#[test]
fn raw_samples_are_those_of_the_parameters_themselves() {
    let plain = settings("gan-mnist");
    let mut averaged = plain.clone();
    averaged.recipe.average = 0.9;
    let (mut plain, _) = trained(&plain, 4);
    let (mut averaged, _) = trained(&averaged, 4);
    let wanted = block_on(plain.shown(plans::SAMPLE, None, 0)).unwrap().examples;
    // The game does not see the average, so both runs have the same parameters.
    let raw = block_on(inspection(&averaged).raw_samples(&averaged)).unwrap();
    assert_eq!(raw, wanted);
    assert_ne!(block_on(averaged.shown(plans::SAMPLE, None, 0)).unwrap().examples, wanted);
}

#[test]
fn points_can_be_looked_at_too() {
    let settings = settings("gan-ring8");
    let set = World::Ring8.points(POINT_COUNT, settings.seed, &[]).unwrap();
    let Examples { shape, tables } = Examples::points(&set);
    let backend = CpuBackend::new(settings.recipe.program(shape).unwrap(), tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape);
    block_on(trainer.run(2, Only::Both)).unwrap();
    let samples = block_on(trainer.shown(plans::SAMPLE, None, 0)).unwrap();
    let seen = inspection(&trainer).sample(1_000).unwrap();
    assert_eq!((seen.example.len(), seen.gradient.len(), seen.layers.len()), (2, 2, 6));
    assert_near("logit", seen.logit, samples.logits[1_000], 1e-3);
}

#[test]
fn what_does_not_exist_is_refused_in_words() {
    let (trainer, _) = trained(&settings("gan-mnist"), 1);
    let mut inspection = inspection(&trainer);
    let refused = inspection.sample(64).unwrap_err().to_string();
    assert!(refused.contains("0 to 63") && refused.contains("64"), "{refused}");
    let refused = inspection.real(vec![0.0; 3], 0, None).unwrap_err().to_string();
    assert!(refused.contains("784") && refused.contains('3'), "{refused}");
}

#[test]
fn the_nearest_few_are_those_of_a_plain_search() {
    let digits = generated_digits(200, 5);
    let image: Vec<f32> = generated_digits(1, 9).images.iter().map(|&byte| f32::from(byte) / 127.5 - 1.0).collect();
    let found = nearest_few(&image, [28, 28], &digits.images, 3).unwrap();
    let distance = |row: &[u8]| {
        let square = |(&byte, &value): (&u8, &f32)| (f64::from(byte) / 255.0 - f64::from(value * 0.5 + 0.5)).powi(2);
        row.iter().zip(&image).map(square).sum::<f64>().sqrt()
    };
    let mut all: Vec<(f64, usize)> =
        digits.images.chunks(784).enumerate().map(|(row, pixels)| (distance(pixels), row)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (nearest, (distance, row)) in found.iter().zip(&all) {
        assert_eq!(nearest.index, *row);
        assert!((nearest.distance - distance).abs() < 1e-3, "{nearest:?} and {distance}");
    }
    assert_eq!(found.len(), 3);
    // An image of the set is its own nearest; and one with a NaN has none.
    let own: Vec<f32> = digits.images[784..1568].iter().map(|&byte| f32::from(byte) / 127.5 - 1.0).collect();
    let found = nearest_few(&own, [28, 28], &digits.images, 2).unwrap();
    assert_eq!((found[0].index, found[0].distance, found.len()), (1, 0.0, 2));
    assert!(nearest_few(&[f32::NAN; 784], [28, 28], &digits.images, 2).unwrap().is_empty());
    assert_eq!(nearest_few(&own, [28, 28], &digits.images[..784], 3).unwrap().len(), 1, "there are no more");
}
