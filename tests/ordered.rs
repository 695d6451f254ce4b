//! Games that draw to order: that each attribute and the noise reach the picture, that galleries show what their places say, and
//! that the judges of their sets measure them.

use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::metrics::set_judge::SetJudge;
use ganvas::train::{Effort, Evaluation, Only, Reference, Report, Settings, Trainer};
use pollster::block_on;

const PIXELS: usize = 3 * 32 * 32;
/// Presets, each with its probe and the sliders of that.
const GAMES: [(&str, &str, &[&str]); 2] = [
    ("cartoon-sprites", "character", &["class", "palette", "direction", "noise"]),
    ("drawn-faces", "face", &["skin", "hair_colour", "hair_style", "glasses", "beard", "noise"]),
];

/// A run after two steps.
fn trainer(key: &str) -> Trainer {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = 4;
    settings.examples = 20;
    let Examples { shape, tables } = settings.training_data(generated_digits(1, 1)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play);
    block_on(trainer.run(2, Only::Both)).unwrap();
    trainer
}

/// How far two pictures are apart, at most.
fn apart(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn each_slider_reaches_the_picture_and_asking_changes_nothing() {
    for (key, probe, sliders) in GAMES {
        let mut trainer = trainer(key);
        let saved = block_on(trainer.save()).unwrap();
        let shown = block_on(trainer.put_out("orders", None, 0)).unwrap();
        let known: Vec<&str> = trainer.play().probes[0].numbers.iter().map(|input| input.slider.key).collect();
        assert_eq!(known, sliders, "{key}");
        let at = |place: [f32; 1], slider: &str, trainer: &mut Trainer| {
            let mut inputs: Vec<(&str, &[f32])> = sliders.iter().map(|key| (*key, &[0.0][..])).collect();
            inputs.iter_mut().filter(|(key, _)| *key == slider).for_each(|input| input.1 = &place);
            block_on(trainer.ask(probe, &inputs)).unwrap()
        };
        for slider in sliders {
            let [first, second, again] = [0.0, 1.0, 0.0].map(|place| at([place], slider, &mut trainer));
            assert_eq!(first.len(), PIXELS);
            assert!(apart(&first, &second) > 1e-3, "{key}: {slider} makes no difference");
            assert_eq!(first, again, "{key}: the same order is the same picture");
        }
        assert_eq!(block_on(trainer.save()).unwrap(), saved);
        assert_eq!(block_on(trainer.put_out("orders", None, 0)).unwrap(), shown, "galleries have sliders of their own");
        let beyond = block_on(trainer.ask(probe, &[(sliders[0], &[9.0])])).unwrap_err().to_string();
        assert!(beyond.contains(sliders[0]), "{beyond}");
    }
}

/// In that gallery each picture is what the probe draws to the order of its place.
#[test]
fn places_of_a_page_are_the_orders_that_they_seem() {
    let mut trainer = trainer("cartoon-sprites");
    block_on(trainer.set_input("shown_class", 3.0)).unwrap();
    let page = block_on(trainer.put_out("sides", None, 0)).unwrap();
    let (columns, rows) = (8, 4);
    assert_eq!(page.len(), columns * rows * PIXELS);
    let picture = |column: usize, row: usize| &page[(row * columns + column) * PIXELS..][..PIXELS];
    let mut differences = Vec::new();
    for (column, row) in [(0, 0), (5, 1), (7, 3)] {
        let order = [3.0, column as f32, row as f32, 0.0];
        let inputs: Vec<(&str, &[f32])> = GAMES[0].2.iter().copied().zip(order.chunks(1)).collect();
        let answer = block_on(trainer.ask("character", &inputs)).unwrap();
        differences.push(apart(&answer, picture(column, row)));
        // Both have the noise of place 0. The control: a neighbour is of another order.
        assert!(apart(picture(column, row), picture((column + 1) % columns, row)) > 1e-3);
        assert!(apart(picture(column, row), picture(column, (row + 1) % rows)) > 1e-3);
    }
    assert!(differences.iter().all(|difference| *difference < 1e-5), "{differences:?}");
}

#[test]
fn pixels_of_characters_are_squares_of_four() {
    let mut trainer = trainer("cartoon-sprites");
    for gallery in ["orders", "sides", "held_out"] {
        let page = block_on(trainer.put_out(gallery, None, 0)).unwrap();
        for channel in page.chunks_exact(32 * 32) {
            for (at, value) in channel.iter().enumerate() {
                assert_eq!(*value, channel[at / 64 * 64 + at % 32 / 2 * 2], "{gallery}");
            }
        }
    }
}

fn untrained(key: &str, set: &str) -> Report {
    let bytes = std::fs::read(format!("{}/www/judges/{set}.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let judge = SetJudge::load(&bytes, set).unwrap();
    let mut reference = Reference::Galleries(Some(Box::new(judge)));
    let effort = Effort { translated: 200, ..Effort::PAGE };
    let mut trainer = trainer(key);
    let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
    evaluation.complete(&mut reference, None).unwrap()
}

#[test]
fn what_was_not_learned_is_measured_as_such_and_the_truth_as_true() {
    for (key, set, head) in [("cartoon-sprites", "sprites", "class"), ("drawn-faces", "faces", "hair_colour")] {
        let report = untrained(key, set);
        let value = |key: &str| report.value(key).unwrap_or_else(|| panic!("{key} was not measured"));
        assert!(value(&format!("{head}_seen")) < 0.5, "{report:?}");
        assert!(value("variety") < 0.5 * value("true_variety"), "{report:?}");
        match set {
            "sprites" => assert!(value("true_class_seen") > 0.98 && value("true_direction_seen") > 0.98, "{report:?}"),
            // Of six colours, blurs look like one or two.
            _ => assert!(value("hair_colour_shares") > 0.3 && value("smile_shares") <= 1.0, "{report:?}"),
        }
    }
}
