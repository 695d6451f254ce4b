//! A look inside: what it shows is what the run does, its gradient is the derivative, and the run does not notice.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend, Clocks};
use ganvas::data::Examples;
use ganvas::data::points::{POINT_COUNT, World};
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::layers::LayerList;
use ganvas::gan::{DISCRIMINATOR, GENERATOR, Norm, Preset};
use ganvas::metrics::neighbours::NearestSearch;
use ganvas::train::{Inspection, Look, Only, Reference, Settings, Tile, Trainer, Wish};
use pollster::block_on;

const DIGITS: usize = 300;

fn settings(key: &str) -> Settings {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = 16;
    settings
}

/// A run of digits drawn here, a few steps old, with what its samples are compared with.
fn trained(settings: &Settings, steps: usize) -> (Trainer, Reference) {
    let digits = generated_digits(DIGITS, 3);
    let reference = Reference::of_images(&digits, 0, 200);
    let Examples { shape, tables } = settings.training_data(digits).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape, play);
    block_on(trainer.run(steps, Only::Both)).unwrap();
    (trainer, reference)
}

fn inspection(trainer: &Trainer) -> Inspection {
    Inspection::new(trainer.settings(), trainer.data()).unwrap()
}

fn look(inspection: &mut Inspection, (trainer, reference): &mut (Trainer, Reference), wish: Wish) -> Look {
    let Reference::Digits(digits) = reference else { panic!("points") };
    block_on(inspection.look(trainer, Some(digits), wish)).unwrap()
}

const fn at(tile: Tile) -> Wish {
    Wish { overview: false, tile: Some(tile), averages: false }
}

const ALL: Wish = Wish { overview: true, tile: Some(Tile::Sample(3)), averages: true };

fn values<'l>(look: &'l Look, kind: &str) -> &'l [f32] {
    look.find(kind).unwrap_or_else(|| panic!("no {kind}")).1
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
    let mut listed = settings("cgan-mnist");
    listed.recipe.generator_layers = LayerList::parse("linear-32 relu linear-784 tanh reshape-1-28-28").unwrap();
    listed.recipe.discriminator_layers = LayerList::parse("flatten linear-32 leaky_relu linear-1").unwrap();
    list.extend([averaged, spectral, listed]);
    list
}

/// Sums are taken in another order for one example than for a page, so the last bits differ.
#[test]
fn the_copy_says_what_the_run_says() {
    for settings in recipes() {
        let key = settings.preset.key;
        let mut run = trained(&settings, 3);
        let samples = block_on(run.0.shown("samples", None, 0)).unwrap();
        let real = block_on(run.0.shown("real", None, 0)).unwrap();
        let mut inspection = inspection(&run.0);
        for tile in [0, 13, 63] {
            for (tile, shown, number) in [(Tile::Sample(tile), &samples, tile), (Tile::Real(tile), &real, tile)] {
                let seen = look(&mut inspection, &mut run, at(tile));
                for (value, wanted) in values(&seen, "example").iter().zip(&shown.examples[number * 784..][..784]) {
                    assert_near(&format!("{key}, pixel of {tile:?}"), *value, *wanted, 1e-4);
                }
                assert_near(
                    &format!("{key}, logit of {tile:?}"),
                    values(&seen, "logit")[0],
                    shown.logits[number],
                    1e-3,
                );
            }
        }
        let overview = look(&mut inspection, &mut run, Wish { overview: true, ..Wish::default() });
        let logits: Vec<_> = overview.iter().filter(|(part, _)| part.kind == "logits").collect();
        assert_eq!((&logits[0].0.name[..], logits[0].1), ("samples", &samples.logits[..]), "{key}");
        assert_eq!((&logits[1].0.name[..], logits[1].1), ("real", &real.logits[..]), "{key}");
    }
}

#[test]
fn the_place_of_a_real_example_names_its_row_and_its_label() {
    let mut run = trained(&settings("gan-mnist"), 1);
    let real = block_on(run.0.shown("real", None, 0)).unwrap().examples;
    let mut inspection = inspection(&run.0);
    let digits = generated_digits(DIGITS, 3);
    for tile in 0..64 {
        let row = inspection.real_row(tile);
        let bytes: Vec<u8> =
            real[tile * 784..][..784].iter().map(|value| ((value + 1.0) * 127.5).round() as u8).collect();
        assert!(bytes == digits.images[row * 784..][..784], "the image in place {tile} is not row {row}");
    }
    let seen = look(&mut inspection, &mut run, at(Tile::Real(7)));
    assert_eq!(values(&seen, "label"), [f32::from(digits.labels[inspection.real_row(7)])]);
    assert!(look(&mut inspection, &mut run, at(Tile::Sample(7))).find("label").is_none());
}

/// softmax(theta' phi), of the theta and phi that are shown beside it; phi max-pooled by two.
#[test]
fn attention_is_what_its_keys_and_queries_make_of_it() {
    let mut settings = settings("gan-mnist");
    settings.recipe.generator_layers = LayerList::parse(
        "linear-1568 reshape-32-7-7 relu self_attention conv_transpose2d-16-4-2-1 relu conv_transpose2d-1-4-2-1 tanh",
    )
    .unwrap();
    settings.recipe.discriminator_layers =
        LayerList::parse("conv2d-16-4-2-1 leaky_relu self_attention flatten linear-1").unwrap();
    let mut run = trained(&settings, 3);
    let seen = look(&mut inspection(&run.0), &mut run, at(Tile::Sample(5)));
    let part = |kind: &str, name: &str| {
        let (part, values) = seen.iter().find(|(part, _)| part.kind == kind && part.name == name).expect(name);
        (part.shape.clone(), values)
    };
    for (network, side, narrow) in [(GENERATOR, 7, 4), (DISCRIMINATOR, 14, 2)] {
        let (shape, weights) = part("attention", &format!("{network}.attention"));
        let half = side / 2;
        assert_eq!(shape, [side, side, half, half], "{network}");
        let [theta, phi] = ["theta", "phi"].map(|name| part("layer", &format!("{network}.attention.{name}")).1);
        let key = |channel: usize, y: usize, x: usize| {
            let at = |dy: usize, dx: usize| phi[(channel * side + 2 * y + dy) * side + 2 * x + dx];
            at(0, 0).max(at(0, 1)).max(at(1, 0)).max(at(1, 1))
        };
        for place in [0, 5, side * side - 1] {
            let scores: Vec<f32> = (0..half * half)
                .map(|at| (0..narrow).map(|c| theta[c * side * side + place] * key(c, at / half, at % half)).sum())
                .collect();
            let total: f32 = scores.iter().map(|score| score.exp()).sum();
            for (at, score) in scores.iter().enumerate() {
                let what = format!("{network}, pixel {place}, place {at}");
                assert_near(&what, weights[place * half * half + at], score.exp() / total, 1e-5);
            }
        }
    }
}

/// Along the gradient the logit rises by the gradient's length, to what central differences in f32 can tell; and along each
/// of the pixels that matter most by its part of it. The tolerance of 0.1 over these is for steps that cross the kink of a
/// leaky ReLU: young networks have many a neuron near it.
#[test]
fn the_saliency_is_the_derivative_of_the_logit() {
    for settings in recipes() {
        let key = settings.preset.key;
        let mut run = trained(&settings, 3);
        let mut inspection = inspection(&run.0);
        let seen = look(&mut inspection, &mut run, at(Tile::Sample(5)));
        let (example, gradient) = (values(&seen, "example"), values(&seen, "gradient"));
        assert_eq!(gradient.len(), 784);
        let length = gradient.iter().map(|value| value * value).sum::<f32>().sqrt();
        assert!(length > 0.0, "{key}: no gradient");
        let mut slope = |direction: &[f32], h: f32| {
            let mut at = |side: f32| {
                let moved: Vec<f32> = example.iter().zip(direction).map(|(x, along)| x + side * h * along).collect();
                f64::from(values(&inspection.verdict(&moved).unwrap(), "logit")[0])
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
    let shapes = |seen: &Look| -> Vec<(String, Vec<usize>)> {
        let shown = seen.iter().filter(|(part, _)| part.kind == "layer" || part.kind == "filters");
        shown.map(|(part, _)| (part.name.clone(), part.shape.clone())).collect()
    };
    let named =
        |list: &[(&str, &[usize])]| -> Vec<_> { list.iter().map(|(n, s)| (n.to_string(), s.to_vec())).collect() };
    let mut run = trained(&settings("gan-mnist"), 1);
    let mut mlp = inspection(&run.0);
    let discriminator: [(&str, &[usize]); 3] = [
        ("discriminator.linear1.weight", &[32, 784]),
        ("discriminator.linear1", &[512]),
        ("discriminator.linear2", &[256]),
    ];
    let all = [&[("generator.linear1", &[256][..]), ("generator.linear2", &[512])][..], &discriminator].concat();
    let seen = look(&mut mlp, &mut run, at(Tile::Sample(0)));
    assert_eq!(shapes(&seen), named(&all));
    assert_eq!(shapes(&look(&mut mlp, &mut run, at(Tile::Real(0)))), named(&discriminator));
    assert_eq!(seen.values.len(), seen.parts.iter().map(|part| part.shape.iter().product::<usize>()).sum::<usize>());
    // Behind a ReLU nothing is negative, behind a leaky one some are; and the weights are the run's.
    let of = |name: &str| seen.iter().find(|(part, _)| part.name == name).unwrap().1;
    assert!(of("generator.linear1").iter().all(|&value| value >= 0.0));
    assert!(of("generator.linear1").iter().any(|&value| value > 0.0));
    assert!(of("discriminator.linear1").iter().any(|&value| value < 0.0));
    let network = run.0.backend().program().variables.clone().network(DISCRIMINATOR);
    let parameters = block_on(run.0.read(network, Arena::Parameters)).unwrap();
    assert_eq!(of("discriminator.linear1.weight"), &parameters[..32 * 784]);

    let mut run = trained(&settings("dcgan-mnist"), 1);
    let seen = look(&mut inspection(&run.0), &mut run, at(Tile::Sample(0)));
    assert_eq!(
        shapes(&seen),
        named(&[
            ("generator.linear", &[64, 7, 7]),
            ("generator.conv1", &[32, 14, 14]),
            ("discriminator.conv1.weight", &[32, 1, 4, 4]),
            ("discriminator.conv1", &[32, 14, 14]),
            ("discriminator.conv2", &[64, 7, 7]),
        ])
    );
}

#[test]
fn the_run_does_not_notice() {
    let mut settings = settings("dcgan-mnist");
    settings.recipe.average = 0.9;
    let mut run = trained(&settings, 3);
    let before = state(&run.0);
    let mut inspection = inspection(&run.0);
    let seen = look(&mut inspection, &mut run, ALL);
    look(&mut inspection, &mut run, at(Tile::Real(1)));
    assert!(state(&run.0) == before, "the state has changed");
    assert_eq!(look(&mut inspection, &mut run, ALL), seen, "a second look sees the same");
    // And it goes on as one that nobody has looked into.
    let mut other = trained(&settings, 3);
    for (trainer, _) in [&mut run, &mut other] {
        block_on(trainer.run(2, Only::Both)).unwrap();
    }
    assert!(state(&run.0) == state(&other.0), "the runs have parted");
    assert_ne!(look(&mut inspection, &mut run, ALL), seen, "a later look sees what has changed");
}

#[test]
fn gradients_are_told_one_by_one_and_add_up() {
    let mut run = trained(&settings("dcgan-mnist"), 2);
    let seen = look(&mut inspection(&run.0), &mut run, ALL);
    let squares: Vec<(&str, f32)> = seen
        .iter()
        .filter(|(part, _)| part.kind == "gradient_square")
        .map(|(part, values)| (&part.name[..], values[0]))
        .collect();
    assert_eq!(squares[0].0, "generator.linear.weight");
    assert_eq!(squares.last().unwrap().0, "discriminator.linear.bias");
    let pulse = block_on(run.0.pulse(None)).unwrap();
    let again = Look::of_gradients(&pulse.squared_gradients);
    let told: Vec<_> = again.iter().map(|(part, values)| (part.name.as_str(), values[0])).collect();
    assert_eq!(told, squares, "a pulse tells of the same gradients");
    for (network, total) in [("generator", pulse.generator_gradient), ("discriminator", pulse.discriminator_gradient)] {
        let own = squares.iter().filter(|(name, _)| name.starts_with(network));
        let sum = own.map(|(_, square)| f64::from(*square)).sum::<f64>().sqrt();
        assert!((sum - total).abs() < 1e-6 * total && total > 0.0, "{network}: {sum} and {total}");
    }
}

#[test]
fn raw_samples_are_those_of_the_parameters_themselves() {
    let plain = settings("gan-mnist");
    let mut averaged = plain.clone();
    averaged.recipe.average = 0.9;
    let (mut plain, mut averaged) = (trained(&plain, 4), trained(&averaged, 4));
    let wanted = block_on(plain.0.shown("samples", None, 0)).unwrap().examples;
    let shown = block_on(averaged.0.shown("samples", None, 0)).unwrap().examples;
    let seen = look(&mut inspection(&averaged.0), &mut averaged, ALL);
    // The game does not see the average, so both runs have the same parameters.
    assert_eq!(values(&seen, "raw"), wanted);
    assert_eq!(values(&seen, "averaged"), shown);
    assert_ne!(wanted, shown);
    assert!(look(&mut inspection(&plain.0), &mut plain, ALL).find("raw").is_none(), "there is no average");
}

#[test]
fn points_can_be_looked_at_too() {
    let settings = settings("gan-ring8");
    let set = World::Ring8.points(POINT_COUNT, settings.seed, &[]).unwrap();
    let Examples { shape, tables } = Examples::points(&set);
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play);
    block_on(trainer.run(2, Only::Both)).unwrap();
    let samples = block_on(trainer.shown("samples", None, 0)).unwrap();
    let mut inspection = inspection(&trainer);
    let seen =
        block_on(inspection.look(&mut trainer, None, Wish { overview: true, ..at(Tile::Sample(1_000)) })).unwrap();
    assert_near("logit", values(&seen, "logit")[0], samples.logits[1_000], 1e-3);
    assert_eq!(values(&seen, "gradient").len(), 2);
    assert_eq!(seen.iter().filter(|(part, _)| part.kind == "layer").count(), 6);
    assert!(seen.iter().any(|(part, _)| part.kind == "gradient_square" && part.name == "discriminator.linear4.bias"));
}

#[test]
fn a_place_that_does_not_exist_is_refused_in_words() {
    let (mut trainer, _) = trained(&settings("gan-mnist"), 1);
    let mut inspection = inspection(&trainer);
    for tile in [Tile::Sample(64), Tile::Real(64)] {
        let refused = block_on(inspection.look(&mut trainer, None, at(tile))).unwrap_err().to_string();
        assert!(refused.contains("0 to 63") && refused.contains("64"), "{refused}");
    }
}

#[test]
fn the_neighbours_are_those_of_a_plain_search() {
    let mut run = trained(&settings("gan-mnist"), 1);
    let seen = look(&mut inspection(&run.0), &mut run, at(Tile::Sample(2)));
    let digits = generated_digits(DIGITS, 3);
    let example = values(&seen, "example");
    let distance = |row: &[u8]| {
        let square = |(&byte, &value): (&u8, &f32)| (f64::from(byte) / 255.0 - f64::from(value * 0.5 + 0.5)).powi(2);
        row.iter().zip(example).map(square).sum::<f64>().sqrt()
    };
    let searched = digits.images.chunks(784).take(200).enumerate();
    let mut all: Vec<(f64, usize)> = searched.map(|(row, pixels)| (distance(pixels), row)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(values(&seen, "searched"), [200.0]);
    assert_eq!(values(&seen, "neighbours").len(), 3 * 784);
    for (place, (wanted, row)) in all.iter().take(3).enumerate() {
        // Bytes are compared, as a screen shows them.
        assert!((f64::from(values(&seen, "distances")[place]) - wanted).abs() < 2e-2, "{place}: {wanted}");
        assert_eq!(values(&seen, "labels")[place], f32::from(digits.labels[*row]));
        let pixel = |byte: u8| f32::from(byte) * (2.0 / 255.0) - 1.0;
        let pixels = digits.images[row * 784..][..784].iter().map(|&byte| pixel(byte));
        assert!(pixels.eq(values(&seen, "neighbours")[place * 784..][..784].iter().copied()), "{place}: not row {row}");
    }
}

#[test]
fn the_few_nearest_come_in_order_and_the_first_of_equals_first() {
    let data: Vec<u8> = [10, 30, 20, 20, 0, 90].iter().flat_map(|&grey| [grey; 4]).collect();
    let sample = [21.0 / 127.5 - 1.0; 4];
    let few = |samples: &[f32], few: usize| -> Vec<Option<usize>> {
        let mut search = NearestSearch::few(samples, [2, 2], 6, few).unwrap();
        while !search.advance(&data, 1).unwrap() {}
        search.nearest().into_iter().map(|found| found.map(|found| found.index)).collect()
    };
    assert_eq!(few(&sample, 1), [Some(2)]);
    assert_eq!(few(&sample, 4), [Some(2), Some(3), Some(1), Some(0)]);
    assert_eq!(few(&sample, 9), [2, 3, 1, 0, 4, 5].map(Some), "there are no more");
    let two = [[f32::NAN; 4], sample].concat();
    assert_eq!(few(&two, 2), [None, None, Some(2), Some(3)], "a sample with a NaN has none");
}
