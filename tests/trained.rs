//! Weights that a run can start from: what they keep of a run, and that those that come with the page are what the tables say.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend, Updates};
use ganvas::catalogue::PRESETS;
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::graph::NetworkId;
use ganvas::tensor_file::{Numbers, TensorFile, write};
use ganvas::train::settings::Start;
use ganvas::train::{Only, Saved, Settings, Trainer};
use pollster::block_on;
use std::fs;
use std::path::{Path, PathBuf};

/// With an average, batch norm in G, and rates that fall.
const PRESET: &str = "srgan-x4";
const STEPS: usize = 3;

fn settings(key: &str) -> Settings {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = 4;
    settings
}

fn trainer(settings: &Settings) -> Trainer {
    // A few rows of what is drawn will do.
    let few = Settings { examples: 100, ..settings.clone() };
    let Examples { shape, tables } = few.training_data(generated_digits(200, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape, play)
}

fn trained() -> Trainer {
    let mut trainer = trainer(&settings(PRESET));
    block_on(trainer.run(STEPS, Only::Both)).unwrap();
    trainer
}

fn read(trainer: &Trainer, network: NetworkId, arena: Arena) -> Vec<f32> {
    block_on(trainer.read(network, arena)).unwrap()
}

/// The networks that something updates.
fn learning(trainer: &Trainer) -> Vec<NetworkId> {
    let program = trainer.backend().program();
    let all = program.variables.networks().map(|(id, _)| id);
    all.filter(|id| program.plans.iter().any(|plan| plan.networks.contains(id))).collect()
}

#[test]
fn weights_are_the_averages_and_an_optimiser_that_has_seen_nothing() {
    let before = trained();
    let file = block_on(before.weights()).unwrap();
    let mut after = trainer(&settings(PRESET));
    block_on(after.open(&file)).unwrap();
    assert_eq!(after.step() as usize, STEPS);
    assert_eq!(after.images(), before.images());
    let networks = learning(&before);
    assert!(networks.len() >= 2);
    let mut averaged = 0;
    for id in networks {
        assert_eq!(after.backend().updates(id), Updates::default(), "what follows are first updates");
        assert!(before.backend().updates(id).count > 0);
        let has_average = before.backend().program().has_average(id);
        averaged += usize::from(has_average);
        let wanted = read(&before, id, if has_average { Arena::Average } else { Arena::Parameters });
        for arena in [Arena::Parameters, Arena::Average].into_iter().take(1 + usize::from(has_average)) {
            let own = read(&after, id, arena);
            let parameters = read(&before, id, Arena::Parameters).len();
            for (at, (own, wanted)) in own.iter().zip(&wanted).take(parameters).enumerate() {
                // Eleven bits, and steps of 2^-24 near zero.
                let tolerance = wanted.abs() / 2048.0 + 3e-8;
                assert!((own - wanted).abs() <= tolerance, "{arena:?} {at} of {id:?}: {own} for {wanted}");
            }
        }
        for arena in Arena::MOMENTS {
            assert!(read(&after, id, arena).iter().all(|&moment| moment == 0.0));
        }
    }
    assert!(averaged > 0, "the preset has an average");
    // It goes on.
    block_on(after.run(2, Only::Both)).unwrap();
    assert_eq!(after.step() as usize, STEPS + 2);
    let rows = block_on(after.take_measurements()).unwrap().rows;
    assert!(rows.iter().all(|row| row[1].is_finite()));
}

#[test]
fn weights_that_do_not_fit_change_nothing() {
    let before = trained();
    let file = block_on(before.weights()).unwrap();
    let read_file = TensorFile::read(&file).unwrap();
    let metadata: Vec<(&str, String)> = read_file.metadata.iter().map(|(key, word)| (&key[..], word.clone())).collect();
    // Without its last tensor.
    let values: Vec<(String, Vec<usize>, Vec<f32>)> =
        read_file.tensors.iter().map(|view| (view.name.clone(), view.shape.clone(), view.floats().unwrap())).collect();
    let all: Vec<(String, Vec<usize>, Numbers)> =
        values.iter().map(|(name, shape, own)| (name.clone(), shape.clone(), Numbers::F32(own))).collect();
    let mut after = trainer(&settings(PRESET));
    let untouched = read(&after, learning(&after)[0], Arena::Parameters);
    let error = block_on(after.open(&write(&metadata, &all[..all.len() - 1]))).unwrap_err().to_string();
    assert!(error.contains("is missing"), "{error}");
    let error = block_on(after.open(&file[..file.len() / 2])).unwrap_err().to_string();
    assert!(error.contains("not a safetensors file"), "{error}");
    let error = block_on(trainer(&settings("srgan-x2")).open(&file)).unwrap_err().to_string();
    assert!(error.contains("srgan-x4"), "{error}");
    assert_eq!(read(&after, learning(&after)[0], Arena::Parameters), untouched);
    assert_eq!(after.step(), 0);
    // The same numbers at single precision are as good.
    block_on(after.open(&write(&metadata, &all))).unwrap();
    assert_eq!(after.step() as usize, STEPS);
}

#[test]
fn rates_are_those_of_the_beginning_where_a_run_goes_on() {
    let zero = settings(PRESET);
    let begun = Settings { start: Start::Trained, ..zero.clone() };
    let decays = |settings: &Settings| {
        let program = settings.game(settings.shape(), 0).unwrap().program;
        let rules = program.variables.networks().filter_map(|(id, _)| program.rule(id));
        rules.filter_map(|rule| rule.decay).map(|decay| [decay.from, decay.until]).collect::<Vec<_>>()
    };
    let steps = begun.trained().unwrap().steps;
    let (zero, begun) = (decays(&zero), decays(&begun));
    assert!(!zero.is_empty());
    let later: Vec<[u32; 2]> = zero.iter().map(|decay| decay.map(|step| step + steps)).collect();
    assert_eq!(begun, later);
}

#[test]
fn a_preset_without_weights_starts_from_zero_and_says_so() {
    let (settings, messages) = Settings::resolve([("preset", "gan-ring8"), ("start", "trained")]);
    assert_eq!(settings.start, Start::Zero);
    assert!(messages[0].contains("gan-ring8 comes without") && messages[0].contains("srgan-x4"), "{messages:?}");
    let (settings, messages) = Settings::resolve([("preset", PRESET), ("start", "trained")]);
    assert_eq!((settings.start, messages.len()), (Start::Trained, 0));
}

fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn what_comes_with_the_page_is_what_the_table_says() {
    let files = fs::read_dir(place("www/trained")).unwrap().count();
    let with: Vec<&Preset> = PRESETS.iter().filter(|preset| preset.trained().is_some()).collect();
    assert_eq!(files, with.len(), "each file has a row, and each row a file");
    for preset in with {
        let row = preset.trained().unwrap();
        let bytes = fs::read(place(&format!("www/trained/{}.safetensors", preset.key))).unwrap();
        assert_eq!(bytes.len(), row.size_bytes as usize, "{}", preset.key);
        assert!(bytes.len() <= 2_000_000, "{}: a card may load two million bytes", preset.key);
        let saved = Saved::read(&bytes).unwrap();
        assert_eq!((&saved.preset[..], saved.step), (preset.key, row.steps));
        let differences = saved.differences(&Settings { seed: 1, ..Settings::new(preset) });
        assert!(differences.is_empty(), "{}: {differences:?}; train it again", preset.key);
        let text = fs::read_to_string(place(&format!("results/{}/trained.json", preset.key))).unwrap();
        let measured: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(measured["step"], row.steps, "{}", preset.key);
        for (goal, value) in row.figures {
            let name = goal.split(' ').next().unwrap();
            assert_eq!(measured[name].as_f64(), *value, "{name} of {}", preset.key);
        }
        let mut trainer = trainer(&Settings { start: Start::Trained, ..settings(preset.key) });
        block_on(trainer.open(&bytes)).unwrap_or_else(|error| panic!("{}: {error}", preset.key));
        assert_eq!(trainer.step(), row.steps);
    }
}
