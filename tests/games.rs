//! Games that are no pair: that they train, repeat themselves bit for bit however their steps are submitted, grow without a
//! break, and say what they cannot take.

mod common;
#[path = "common/gpu.rs"]
mod gpu;

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::catalogue::PRESETS;
use ganvas::data::procedural::generated_digits;
use ganvas::data::{Dataset, Examples};
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::metrics::judge::Judge;
use ganvas::train::settings::Setting;
use ganvas::train::{Effort, Evaluation, Only, Reference, Saved, Settings, Trainer};
use pollster::block_on;

const DIGITS: usize = 200;
/// With stages a hundredth as long: four, five, four, five, four and eight steps.
const GROWING: (&str, usize) = ("progan-mnist", 8);

fn digits() -> Dataset {
    generated_digits(DIGITS, 3)
}

fn settings(key: &str, batch_size: usize) -> Settings {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = batch_size;
    if key == GROWING.0 {
        settings.set(Setting::find("stage_length").unwrap(), "0.01").unwrap();
    }
    settings
}

fn trainer_of(settings: &Settings) -> Trainer {
    let Examples { shape, tables } = settings.training_data(digits()).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape, play)
}

fn trainer((key, batch_size): (&str, usize)) -> Trainer {
    trainer_of(&settings(key, batch_size))
}

fn run(trainer: &mut Trainer, steps: usize) -> Vec<Vec<f64>> {
    block_on(trainer.run(steps, Only::Both)).unwrap();
    block_on(trainer.take_measurements()).unwrap().rows
}

/// Everything that a run keeps, by network and arena.
fn state(trainer: &Trainer) -> Vec<(String, Vec<u32>)> {
    let program = trainer.backend().program().clone();
    let mut all = Vec::new();
    for (id, name) in program.variables.networks() {
        for arena in Arena::ALL.into_iter().filter(|arena| *arena != Arena::Gradients) {
            let values = block_on(trainer.read(id, arena)).unwrap();
            all.push((format!("{name}, {}", arena.name()), values.iter().map(|v| v.to_bits()).collect()));
        }
    }
    all
}

fn games() -> impl Iterator<Item = &'static Preset> {
    PRESETS.iter().filter(|preset| !preset.is_pair())
}

#[test]
fn each_game_trains_and_measures_all_its_curves() {
    for preset in games() {
        let mut trainer = trainer((preset.key, 8));
        let rows = run(&mut trainer, 2);
        let curves = trainer.play().curves.clone();
        // A stage may leave curves to others.
        let columns = trainer.play().turns.iter().flat_map(|turn| turn.columns.clone());
        let recorded: Vec<_> = columns.map(|at| curves[at]).collect();
        for row in &rows {
            for (curve, value) in curves.iter().zip(&row[1..]) {
                // A lazy turn measures its penalty now and then.
                let may_lack = curve.key == "gradient_norm" || !recorded.contains(curve);
                assert!(value.is_finite() || may_lack && value.is_nan(), "{}: {} is {value}", preset.key, curve.key);
            }
        }
        assert!(rows[0][1..].iter().any(|value| *value != 0.0), "{}", preset.key);
        for gallery in trainer.play().galleries.clone() {
            let mut images = block_on(trainer.put_out(gallery.key, None, 0)).unwrap();
            images.truncate(gallery.page().iter().product::<usize>() * gallery.form().numbers());
            assert!(images.iter().all(|value| value.is_finite() && value.abs() <= 1.0), "{}", preset.key);
        }
    }
}

#[test]
fn steps_one_by_one_are_the_steps_at_once_across_stages() {
    // Into the third stage, which is 8x8.
    for (case, steps) in [
        (GROWING, 12),
        (("cyclegan-inverse", 4), 4),
        (("inpainting-mnist", 4), 4),
        (("pix2pix-outlines", 4), 4),
        (("biggan-mnist", 4), 4),
    ] {
        let (mut at_once, mut one_by_one) = (trainer(case), trainer(case));
        let rows = run(&mut at_once, steps);
        let singly: Vec<Vec<f64>> = (0..steps).flat_map(|_| run(&mut one_by_one, 1)).collect();
        assert_eq!(format!("{rows:?}"), format!("{singly:?}"), "{}", case.0);
        assert_eq!(state(&at_once), state(&one_by_one), "{}", case.0);
    }
}

#[test]
fn a_run_goes_on_from_any_stage_as_if_nothing_had_been() {
    // In the middle of the first stage, at its end, in the next one, and at the end of that.
    for saved_at in [2, 4, 6, 9] {
        let mut whole = trainer(GROWING);
        run(&mut whole, saved_at);
        let file = block_on(whole.save()).unwrap();
        let rows = run(&mut whole, 4);

        let mut fresh = trainer(GROWING);
        block_on(fresh.open(&file)).unwrap();
        assert_eq!(fresh.step() as usize, saved_at);
        assert_eq!(format!("{rows:?}"), format!("{:?}", run(&mut fresh, 4)), "saved at {saved_at}");
        assert_eq!(state(&whole), state(&fresh), "saved at {saved_at}");

        // Back from a later stage.
        let mut later = trainer(GROWING);
        run(&mut later, 15);
        block_on(later.open(&file)).unwrap();
        run(&mut later, 4);
        assert_eq!(state(&whole), state(&later), "saved at {saved_at}, opened at 15");
    }
}

#[test]
fn a_file_of_another_stage_that_is_broken_changes_nothing() {
    let mut whole = trainer(GROWING);
    run(&mut whole, 6);
    let mut file = block_on(whole.save()).unwrap();
    // A number of the last tensor becomes a NaN.
    let end = file.len();
    file[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let mut other = trainer(GROWING);
    run(&mut other, 1);
    let before = state(&other);
    assert!(block_on(other.open(&file)).is_err());
    assert_eq!((other.stage(), other.step()), (0, 1));
    assert_eq!(state(&other), before);
}

#[test]
fn the_pool_fills_first_and_keeps_what_it_is_given() {
    let mut trainer = trainer(("cyclegan-inverse", 8));
    let pool = |trainer: &Trainer| {
        let id = trainer.backend().program().variables.clone().network("pool_b");
        block_on(trainer.read(id, Arena::Buffers)).unwrap()
    };
    // 50 images are six batches of eight.
    let empty = |pool: &[f32]| pool.chunks(784).filter(|image| image.iter().all(|value| *value == 0.0)).count();
    assert_eq!(pool(&trainer).len(), 48 * 784);
    for step in 0..6 {
        assert_eq!(empty(&pool(&trainer)), 48 - 8 * step, "before step {}", step + 1);
        run(&mut trainer, 1);
    }
    let before = pool(&trainer);
    run(&mut trainer, 1);
    let after = pool(&trainer);
    let changed = before.chunks(784).zip(after.chunks(784)).filter(|(a, b)| a != b).count();
    assert!((1..8).contains(&changed), "about half of eight were changed, here {changed}");
}

#[test]
fn translations_are_measured_on_held_out_rows() {
    let mut judge = Judge::load(&std::fs::read("www/judges/mnist.safetensors").unwrap()).unwrap();
    for (key, data) in [("cyclegan-inverse", "mnist-inverse"), ("cyclegan-edges", "mnist-edges")] {
        let mut trainer = trainer((key, 8));
        assert_eq!(trainer.settings().data, data);
        let mut reference = Reference::of_images(&digits(), 0, 0);
        let effort = Effort { translated: 32, ..Effort::PAGE };
        let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
        let report = evaluation.complete(&mut reference, Some(&mut judge)).unwrap();
        assert_eq!(report.samples, 32);
        for measure in ["kept_ab", "kept_ba", "cycle_a", "cycle_b"] {
            let value = report.value(measure).unwrap_or_else(|| panic!("{key}: {measure} is missing"));
            assert!((0.0..=1.0).contains(&value), "{key}: {measure} is {value}");
        }
        // Untrained translations are grey: far from black and white, and no digits.
        assert!(report.value("cycle_a").unwrap() > 0.2, "{:?}", report.values);
        assert!(report.value("kept_ba").unwrap() < 0.5, "{:?}", report.values);
    }
}

#[test]
fn what_a_game_cannot_take_is_said_and_nothing_is_lost() {
    let says = |raw: &[(&str, &str)], words: &[&str]| {
        let (settings, messages) = Settings::resolve(raw.iter().copied());
        let all = messages.join(" ");
        assert_eq!(settings, Settings::new(Preset::find(raw[0].1).unwrap()), "{all}");
        words.iter().for_each(|word| assert!(all.contains(word), "“{word}” is missing: {all}"));
    };
    says(&[("preset", "cyclegan-inverse"), ("data", "ring8")], &["CycleGAN takes", "mnist-inverse"]);
    says(&[("preset", "cyclegan-inverse"), ("data", "mnist")], &["CycleGAN takes", "mnist-texture"]);
    says(&[("preset", "pix2pix-outlines"), ("data", "mnist-edges")], &["pix2pix takes", "outline-pairs"]);
    says(&[("preset", "dcgan-mnist"), ("data", "mnist-edges")], &["made for other games", "mnist would work"]);
    says(&[("preset", "cyclegan-inverse"), ("labels", "both")], &["CycleGAN has no setting “labels”", "cycle_weight"]);
    says(&[("preset", "dcgan-mnist"), ("cycle_weight", "3")], &["DCGAN has no setting “cycle_weight”"]);
    says(&[("preset", "cyclegan-inverse"), ("cycle_weight", "-1")], &["from 0 to 100"]);
    says(&[("preset", "cyclegan-inverse"), ("examples", "20")], &["10 examples of each kind"]);

    // A set with fewer rows than a batch, which only the data tell.
    let few = settings("cyclegan-inverse", 16);
    let Examples { shape, .. } = few.training_data(generated_digits(20, 1)).unwrap();
    let error = few.game(shape, 0).unwrap_err().to_string();
    assert!(error.contains("10 rows in the set “a”") && error.contains("16"), "{error}");
    // Sets without the one that is needed.
    let mut other = settings("pix2pix-outlines", 4);
    other.data = "mnist";
    let Examples { shape, .. } = other.training_data(digits()).unwrap();
    let error = other.game(shape, 0).unwrap_err().to_string();
    assert!(error.contains("no set “pairs”") && error.contains("data"), "{error}");
    // A stage that there is not.
    let growing = settings(GROWING.0, 8);
    let error = growing.game(growing.shape(), 7).unwrap_err().to_string();
    assert!(error.contains("is 7, and this game has 7, counted from 0"), "{error}");
    // A pool that holds no batch.
    let mut small = settings("cyclegan-inverse", 16);
    small.set(Setting::find("pool_size").unwrap(), "4").unwrap();
    let error = small.game(small.shape(), 0).unwrap_err().to_string();
    assert!(error.contains("less than half a batch of 16"), "{error}");
    // A game's file in another game.
    let file = block_on(trainer(("cyclegan-inverse", 4)).save()).unwrap();
    let error = block_on(trainer(("pix2pix-outlines", 4)).open(&file)).unwrap_err().to_string();
    assert!(error.contains("cyclegan-inverse") && error.contains("pix2pix-outlines"), "{error}");
    // What only pairs have.
    let mut game = trainer(("pix2pix-outlines", 4));
    let error = block_on(game.begin_phase(Only::Generator, None, None)).unwrap_err().to_string();
    assert!(error.contains("pix2pix is another game"), "{error}");
}

#[test]
fn a_saved_run_says_with_what_it_was_saved() {
    let mut saved = settings("cyclegan-inverse", 4);
    saved.set(Setting::find("cycle_weight").unwrap(), "3").unwrap();
    let mut trainer = trainer_of(&saved);
    run(&mut trainer, 1);
    let said = Saved::read(&block_on(trainer.save()).unwrap()).unwrap();
    assert_eq!((&said.preset[..], said.step, said.stage), ("cyclegan-inverse", 1, 0));
    assert!(!said.version.is_empty());
    let fresh = Settings::new(Preset::find("cyclegan-inverse").unwrap());
    let differences: Vec<(&str, String, String)> =
        said.differences(&fresh).into_iter().map(|each| (each.key, each.saved, each.own)).collect();
    let wanted = [("batch_size", "4", "16"), ("cycle_weight", "3", "10")];
    assert_eq!(differences, wanted.map(|(key, saved, own)| (key, saved.to_string(), own.to_string())));
    assert!(said.differences(&saved).is_empty());
    assert!(Saved::read(b"no such file").unwrap_err().to_string().contains("safetensors"));
}

#[test]
fn a_drawing_is_filled_in_and_is_no_part_of_the_run() {
    let mut trainer = trainer(("pix2pix-outlines", 4));
    run(&mut trainer, 1);
    let saved = block_on(trainer.save()).unwrap();
    let blank = block_on(trainer.ask("drawing", &[])).unwrap();
    let mut line = vec![-1.0; 784];
    line[10 * 28 + 8..10 * 28 + 20].fill(1.0);
    let filled = block_on(trainer.ask("drawing", &[("outline", &line)])).unwrap();
    assert_eq!(filled.len(), 784);
    assert_ne!(blank, filled);
    // What an outline of the gallery becomes there is what it becomes when it is drawn.
    let columns = trainer.play().gallery("held_out").unwrap().page()[0];
    let shown = block_on(trainer.put_out("held_out", None, 0)).unwrap();
    let own = block_on(trainer.ask("drawing", &[("outline", &shown[..784])])).unwrap();
    let worst = own.iter().zip(&shown[columns * 784..][..784]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-5, "{worst}");
    assert_eq!(block_on(trainer.save()).unwrap(), saved, "asking changes nothing");

    let mut refused = |probe: &str, key: &str, values: &[f32]| {
        block_on(trainer.ask(probe, &[(key, values)])).unwrap_err().to_string()
    };
    assert!(refused("plane", "outline", &line).contains("this run has drawing"));
    assert!(refused("drawing", "mask", &line).contains("takes outline"));
    assert!(refused("drawing", "outline", &line[1..]).contains("784 numbers; 783"));
    assert!(refused("drawing", "outline", &[f32::NAN; 784]).contains("-1 to 1"));
}

/// Of the first step, in which both begin alike, but G is judged by a D that has made an update: 5e-4 in `spade-scenes`, below
/// 1e-4 in all others. Later ones differ by more and more: see `parity.rs`.
const FIRST_TOLERANCE: f64 = 1e-3;

/// Runs both backends and compares what they measure, and at the end what the first gallery shows; says how far they are
/// apart, or that it is too far.
fn on_both_backends((key, batch_size): (&str, usize), steps: usize, tolerance: f64) -> Result<String, String> {
    let Some(device) = gpu::device() else { return Ok(String::new()) };
    let settings = settings(key, batch_size);
    let mut cpu = trainer_of(&settings);
    let Examples { shape, tables } = settings.training_data(digits()).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = Backend::Gpu(Box::new(gpu::backend(&device, program, &tables, settings.seed)));
    let mut on_gpu = Trainer::new(backend, settings, shape, play);
    let (rows, others) = (run(&mut cpu, steps), run(&mut on_gpu, steps));
    assert_eq!((rows.len(), cpu.stage()), (others.len(), on_gpu.stage()), "{key}");
    let mut worst = 0.0f64;
    for (row, other) in rows.iter().zip(&others) {
        let tolerance = if row[0] == 1.0 { FIRST_TOLERANCE.min(tolerance) } else { tolerance };
        for (a, b) in row.iter().zip(other).filter(|(a, b)| !a.is_nan() || !b.is_nan()) {
            let error = (a - b).abs() / b.abs().max(1.0);
            worst = worst.max(error);
            if error.is_nan() || error > tolerance {
                return Err(format!("{key}, step {}: {a} on the CPU, {b} on the GPU", row[0]));
            }
        }
    }
    let gallery = cpu.play().galleries[0].key;
    let [left, right] = [&mut cpu, &mut on_gpu].map(|trainer| block_on(trainer.put_out(gallery, None, 0)).unwrap());
    assert_eq!(left.len(), right.len(), "{key}");
    let apart = left.iter().zip(&right).map(|(a, b)| (a - b).abs()).sum::<f32>() / left.len() as f32;
    if apart.is_nan() || f64::from(apart) > tolerance {
        return Err(format!("{key}: pictures are {apart} apart in the mean"));
    }
    Ok(format!("{key}: {} steps, curves within {worst:.1e}, pictures {apart:.1e} apart in the mean", rows.len()))
}

#[test]
fn both_backends_play_the_same_game() {
    for (game, steps) in [(GROWING, 6), (("pix2pix-outlines", 2), 3)] {
        println!("{}", on_both_backends(game, steps, 1e-3).unwrap());
    }
}

#[test]
#[ignore = "takes minutes on a software adapter; cargo test --release --test games -- --ignored --nocapture"]
fn both_backends_play_each_game_alike() {
    // Without momentum a first step is the rate times the sign of each gradient, also of one that is rounding alone: games with
    // beta1 0 came to 2e-2 in five steps, others to 4e-7.
    let played = games().map(|preset| on_both_backends((preset.key, 4), 5, 5e-2).inspect(|said| println!("{said}")));
    let wrong: Vec<String> = played.filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
