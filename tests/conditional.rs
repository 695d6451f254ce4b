//! Games that are told the class, SAGAN and BigGAN: what their ingredients promise, held against plain arithmetic.

mod common;

use common::Case;
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::data::procedural::generated_digits;
use ganvas::data::{DataShape, Dataset, Examples};
use ganvas::game::{Builder, Curve, Entry, Game, Layout, ONE_STAGE, Role, Side};
use ganvas::gan::Preset;
use ganvas::graph::{Init, Role as VariableRole};
use ganvas::metrics::judge::Judge;
use ganvas::nn::functional;
use ganvas::train::settings::Setting;
use ganvas::train::{Effort, Evaluation, Only, Reference, Settings, Trainer};
use pollster::block_on;

const GAMES: [&str; 2] = ["sagan-mnist", "biggan-mnist"];

fn digits() -> Dataset {
    generated_digits(200, 3)
}

fn settings(key: &str, changed: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = 8;
    for (key, value) in changed {
        settings.set(Setting::find(key).unwrap(), value).unwrap();
    }
    settings
}

fn trainer(key: &str, changed: &[(&str, &str)]) -> Trainer {
    let settings = settings(key, changed);
    let Examples { shape, tables } = settings.training_data(digits()).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play)
}

fn run(trainer: &mut Trainer, steps: usize) -> Vec<Vec<f64>> {
    block_on(trainer.run(steps, Only::Both)).unwrap();
    block_on(trainer.take_measurements()).unwrap().rows
}

/// Values of a network's variables, by name and shape.
fn variables(trainer: &Trainer, network: &str) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let all = trainer.backend().program().variables.clone();
    let id = all.clone().network(network);
    let arenas = [Arena::Parameters, Arena::Buffers].map(|arena| block_on(trainer.read(id, arena)).unwrap());
    let own = all.iter().filter(|(_, variable)| variable.network == id);
    own.map(|(_, variable)| {
        let arena = &arenas[usize::from(variable.role == VariableRole::Buffer)];
        let values = arena[variable.offset..][..variable.shape.elements()].to_vec();
        (variable.name.clone(), variable.shape.to_vec(), values)
    })
    .collect()
}

/// A weight as a matrix: a row for each index of its first axis.
fn rows(shape: &[usize], weight: &[f32]) -> Vec<Vec<f64>> {
    weight.chunks(weight.len() / shape[0]).map(|row| row.iter().map(|&w| f64::from(w)).collect()).collect()
}

fn length(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The largest singular value of rows of equal length, by the power iteration from several beginnings.
fn largest_singular_value(rows: &[Vec<f64>]) -> f64 {
    let columns = rows[0].len();
    let from = |start: usize| {
        let mut v: Vec<f64> = (0..columns).map(|i| ((i * (start + 3) + 1) as f64).sin()).collect();
        let mut sigma = 0.0;
        for _ in 0..300 {
            let u: Vec<f64> = rows.iter().map(|row| row.iter().zip(&v).map(|(w, v)| w * v).sum()).collect();
            v = (0..columns).map(|c| rows.iter().zip(&u).map(|(row, u)| row[c] * u).sum()).collect();
            let size = length(&v);
            sigma = size.sqrt();
            v.iter_mut().for_each(|x| *x /= size);
        }
        sigma
    };
    (0..3).map(from).fold(0.0, f64::max)
}

#[test]
fn every_product_has_a_largest_singular_value_of_about_one() {
    for key in GAMES {
        let mut trainer = trainer(key, &[]);
        run(&mut trainer, 25);
        // One step of the power iteration a step lags behind weights that move by a tenth; now they hold still.
        let still = [("generator_learning_rate", "0"), ("discriminator_learning_rate", "0")];
        trainer.set_live(&settings(key, &still));
        run(&mut trainer, 25);
        for (network, products) in [("generator", if key == GAMES[0] { 7 } else { 9 }), ("discriminator", 8)] {
            let all = variables(&trainer, network);
            let normed: Vec<_> = all.iter().filter_map(|v| Some((v.0.strip_suffix(".weight_orig")?, v))).collect();
            assert_eq!(normed.len(), products, "{key}, {network}");
            // No other weight of more than one axis but the class's own.
            for (name, shape, _) in &all {
                let is_class = name.starts_with("norm") || name == "embedding.weight" || name == "projection.weight";
                assert!(shape.len() < 2 || is_class || name.ends_with(".weight_orig"), "{key}, {network}: {name}");
            }
            for (name, (_, shape, weight)) in normed {
                let rows = rows(shape, weight);
                let key_u = format!("{name}.weight_u");
                let u = &all.iter().find(|v| v.0 == key_u).unwrap().2;
                let back: Vec<f64> = (0..rows[0].len())
                    .map(|c| rows.iter().zip(u).map(|(row, &u)| row[c] * f64::from(u)).sum())
                    .collect();
                // By this the layer divides: u is a unit vector.
                let normalised = largest_singular_value(&rows) / length(&back);
                assert!((0.95..=1.05).contains(&normalised), "{key}, {network}, {name}: {normalised}");
            }
        }
    }
}

#[test]
fn attention_begins_with_nothing_and_comes_in() {
    for key in GAMES {
        let mut with = trainer(key, &[]);
        for network in ["generator", "discriminator"] {
            let all = variables(&with, network);
            let gamma = &all.iter().find(|v| v.0 == "attention.gamma").unwrap().2;
            assert_eq!(gamma[0].to_bits(), 0, "{key}, {network}");
        }
        let place = |trainer: &Trainer, curve: &str| {
            1 + trainer.play().curves.iter().position(|known| known.key == curve).unwrap()
        };
        let (g, d) = (place(&with, "gamma_g"), place(&with, "gamma_d"));
        let rows = run(&mut with, 20);
        assert_eq!(rows[0][g], 0.0, "G's before its first update");
        assert!(rows[19][g].abs() > 1e-3 && rows[19][d].abs() > 1e-3, "{key}: {:?}", rows[19]);
        let without = trainer(key, &[("attention", "0")]);
        assert!(without.play().curves.iter().all(|curve| !curve.key.starts_with("gamma")));
        assert!(variables(&without, "generator").iter().all(|v| !v.0.starts_with("attention")));
    }
}

#[test]
fn weights_begin_orthogonal_and_alike_for_a_seed() {
    let first = variables(&trainer("sagan-mnist", &[]), "generator");
    assert_eq!(first, variables(&trainer("sagan-mnist", &[]), "generator"));
    let (_, shape, weight) = first.iter().find(|v| v.0 == "conv14.weight_orig").unwrap();
    let width = weight.len() / shape[0];
    for i in 0..shape[0] {
        for j in 0..=i {
            let dot: f64 =
                (0..width).map(|k| f64::from(weight[i * width + k]) * f64::from(weight[j * width + k])).sum();
            let exact = if i == j { 1.0 } else { 0.0 };
            assert!((dot - exact).abs() < 1e-5, "{i}, {j}: {dot}");
        }
    }
}

/// Mean of the squared cosines of different rows.
fn oblique((_, shape, weight): &(String, Vec<usize>, Vec<f32>)) -> f64 {
    let rows = rows(shape, weight);
    let mut sum = 0.0;
    for (i, a) in rows.iter().enumerate() {
        for b in &rows[..i] {
            let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            sum += (dot / length(a) / length(b)).powi(2);
        }
    }
    sum / (rows.len() * (rows.len() - 1) / 2) as f64
}

#[test]
fn orthogonal_regularisation_acts_on_the_generator_alone() {
    let runs = ["0", "1"].map(|weight| {
        let mut trainer = trainer("biggan-mnist", &[("orthogonal_weight", weight)]);
        run(&mut trainer, 1);
        let after_one = ["generator", "discriminator"].map(|network| variables(&trainer, network));
        run(&mut trainer, 19);
        (after_one, variables(&trainer, "generator"))
    });
    // In its first turn D has seen no other generator.
    assert_eq!(runs[0].0[1], runs[1].0[1]);
    assert_ne!(runs[0].0[0], runs[1].0[0]);
    let of =
        |all: &[(String, Vec<usize>, Vec<f32>)]| all.iter().find(|v| v.0 == "conv14.weight_orig").map(oblique).unwrap();
    let (without, with) = (of(&runs[0].1), of(&runs[1].1));
    assert!(with < 0.5 * without, "squared cosines {without} without, {with} with it");
}

#[test]
fn a_step_of_biggan_trains_d_twice_on_fresh_images() {
    let mut trainer = trainer("biggan-mnist", &[]);
    run(&mut trainer, 3);
    assert_eq!(trainer.images(), 3 * 2 * 8);
    let clocks = trainer.backend().clocks();
    assert_eq!((clocks.discriminator, clocks.generator), (6, 3));
}

/// The share of the standard normal distribution below z, by Simpson's rule.
fn below(z: f64) -> f64 {
    let steps = 2_000;
    let width = z / f64::from(steps);
    let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let sum: f64 = (0..=steps)
        .map(|i| {
            let weight = if i == 0 || i == steps { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
            weight * density(f64::from(i) * width)
        })
        .sum();
    0.5 + sum * width / 3.0
}

#[test]
fn truncated_noise_keeps_its_bounds_and_its_quantiles() {
    let z: Vec<f64> = (-50..=50).map(|i| f64::from(i) / 10.0).collect();
    for bound in [0.2, 0.5, 1.0, 1.5, 2.0, 3.0] {
        let mut case = Case::default();
        let (z_in, bound_in) = (case.input_of(&[z.len()], z.clone()), case.input_of(&[1], vec![bound]));
        let cut = functional::truncated(&mut case.graph, z_in, bound_in).unwrap();
        let cut = case.run::<f32>(cut);
        for (&z, &cut) in z.iter().zip(&cut) {
            assert!(cut.abs() <= bound + 1e-7, "{z} becomes {cut} within {bound}");
            // Among what lies within the bounds, as far up as z among all. Both series are within 2e-7, which the slope of
            // the quantile at 3 makes 1e-4.
            let (least, most) = (below(-bound), below(bound));
            let found = (below(cut) - least) / (most - least);
            assert!((found - below(z)).abs() < 3e-6, "{z} becomes {cut} within {bound}: {found} and {}", below(z));
        }
        assert!(cut.windows(2).all(|pair| pair[0] <= pair[1]), "the order is kept");
    }
}

#[test]
fn truncation_is_of_the_samples_that_are_shown() {
    let mut plain = trainer("biggan-mnist", &[]);
    let mut bounded = trainer("biggan-mnist", &[("truncation", "0.5")]);
    run(&mut plain, 4);
    run(&mut bounded, 4);
    assert_eq!(variables(&plain, "generator"), variables(&bounded, "generator"), "training does not see it");
    // How far samples of one class are from each other.
    let spread = |trainer: &mut Trainer| {
        let (images, columns) = block_on(trainer.drawn("samples")).unwrap();
        let images: Vec<&[f32]> = images.chunks(784).collect();
        let far = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from((a - b).powi(2))).sum::<f64>();
        images.iter().zip(&images[columns..]).map(|(a, b)| far(a, b)).sum::<f64>()
    };
    let (all, few) = (spread(&mut plain), spread(&mut bounded));
    assert!(few < 0.8 * all, "{few} with a bound, {all} without");
}

#[test]
fn what_was_ordered_is_measured() {
    let mut judge = Judge::load(&std::fs::read("www/judges/mnist.safetensors").unwrap()).unwrap();
    let effort = Effort { samples: 500, compared: 100, searched: 1, ..Effort::PAGE };
    for (key, ordered) in [("sagan-mnist", true), ("progan-mnist", false)] {
        let mut trainer = trainer(key, &[]);
        assert_eq!(trainer.orders_classes(), ordered);
        let mut reference = Reference::of_images(&digits(), 0, 1);
        let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
        let report = evaluation.complete(&mut reference, Some(&mut judge)).unwrap();
        assert_eq!(report.samples, 500);
        assert_eq!(report.value("conditional_accuracy").is_some(), ordered, "{key}");
        // A column of the page, and a class that there is not.
        let one = block_on(trainer.samples(3, None, Some(4)));
        assert_eq!(one.is_ok(), ordered);
        assert!(block_on(trainer.samples(3, None, Some(10))).is_err());
        if ordered {
            let (page, columns) = block_on(trainer.drawn("samples")).unwrap();
            assert_eq!(columns, 10);
            assert_eq!(one.unwrap(), [4, 14, 24].map(|at| &page[at * 784..][..784]).concat());
        }
    }
}

const REAL: Curve = Curve { key: "real", name: "Real" };
const WANTED: Curve = Curve { key: "wanted", name: "Wanted" };

/// Records the mean class of the rows of a batch, and of those that fakes are ordered of.
static CLASSES: Entry = Entry {
    data: &["mnist"],
    settings: &[],
    knobs: &[],
    stages: ONE_STAGE,
    measures: &[],
    build: Some(|game: &mut Builder, _| {
        let network = game.bare_network("network");
        game.turn("turn", Side::Detective, &[network], |s| {
            let (real, wanted) = (s.row("data", "class")?, s.classes("data")?);
            for (curve, class) in [(&REAL, real), (&WANTED, wanted)] {
                let mean = s.graph.mean_all(class)?;
                s.record(curve, mean);
            }
            s.within(network, |scope| scope.parameter("parameter", [], Init::Constant(1.0)))
        })?;
        game.gallery("classes", "Classes", Layout::Grid([10, 2]), |s| {
            let class = s.classes("data")?;
            Ok(vec![("class", "", Role::Class, class)])
        })
    }),
};

#[test]
fn fakes_are_ordered_of_random_rows_and_galleries_of_each_class_in_turn() {
    let settings = settings("sagan-mnist", &[]);
    let data = digits();
    let mean = data.labels.iter().map(|&label| f64::from(label)).sum::<f64>() / data.labels.len() as f64;
    let Examples { shape, tables } = settings.training_data(data).unwrap();
    let ingredients = settings.recipe.ingredients(settings.own.clone());
    let Game { program, play } = Builder::build(&CLASSES, &ingredients, &shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play);
    let rows = run(&mut trainer, 25);
    // 25 batches of eight are all 200 rows: each class as often as it occurs, in another order.
    for column in [1, 2] {
        let found = rows.iter().map(|row| row[column]).sum::<f64>() / 25.0;
        assert!((found - mean).abs() < 1e-5, "{found} and {mean}");
    }
    assert!(rows.iter().filter(|row| row[1] != row[2]).count() > 12, "not the classes of the real rows");
    let shown = block_on(trainer.put_out("classes", None, 0)).unwrap();
    assert_eq!(shown, (0..20).map(|at| (at % 10) as f32).collect::<Vec<_>>());
}

#[test]
fn data_without_ten_labels_are_refused_in_words() {
    for key in GAMES {
        for (classes, words) in [(0, "have no labels"), (7, "have labels of 7 classes"), (200, "200 classes")] {
            let data = DataShape { classes, ..DataShape::digits(100) };
            let error = settings(key, &[]).game(data, 0).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("which of 10 classes"), "{error}");
        }
    }
    // A page that has no room for each class equally often.
    let uneven = Entry {
        build: Some(|game, _| {
            game.gallery("classes", "Classes", Layout::Grid([8, 8]), |s| {
                let class = s.classes("data")?;
                Ok(vec![("class", "", Role::Class, class)])
            })
        }),
        ..CLASSES
    };
    let ingredients = settings(GAMES[0], &[]).recipe.ingredients(Default::default());
    let error = Builder::build(&uneven, &ingredients, &DataShape::digits(100), 0).unwrap_err().to_string();
    assert!(error.contains("10 classes, and a page of 64"), "{error}");
}

#[test]
fn noise_of_any_length_is_cut_into_chunks() {
    for latent_dim in ["1", "2", "4", "64"] {
        let mut trainer = trainer("biggan-mnist", &[("latent_dim", latent_dim)]);
        assert!(run(&mut trainer, 1)[0][1].is_finite(), "{latent_dim}");
    }
}

#[test]
fn a_run_with_attention_does_not_go_on_without() {
    let file = block_on(trainer("sagan-mnist", &[]).save()).unwrap();
    let error = block_on(trainer("sagan-mnist", &[("attention", "0")]).open(&file)).unwrap_err().to_string();
    assert!(error.contains("saved with attention “1”, and this run has “0”"), "{error}");
}
