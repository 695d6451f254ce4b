//! Runs that another program has saved again: what is taken, what is said to be missing, and what is refused by name.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::data::Examples;
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::tensor_file::{Numbers, TensorFile, write};
use ganvas::train::settings::Setting;
use ganvas::train::{Only, Saved, Settings, Trainer};
use pollster::block_on;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;

/// A tiny run with an average, so that every kind of tensor occurs.
fn trainer() -> Trainer {
    let mut settings = Settings::new(Preset::find("gan-ring8").unwrap());
    let changes = [
        ("generator_layers", "linear-8 relu linear-2"),
        ("discriminator_layers", "linear-8 relu linear-1"),
        ("batch_size", "8"),
        ("average", "0.9"),
    ];
    for (key, value) in changes {
        settings.set(Setting::find(key).unwrap(), value).unwrap();
    }
    let Examples { shape, tables } = Examples::points(&settings.point_set().unwrap().unwrap());
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play)
}

fn trained() -> (Trainer, Vec<u8>) {
    let mut trainer = trainer();
    block_on(trainer.run(5, Only::Both)).unwrap();
    let bytes = block_on(trainer.save()).unwrap();
    (trainer, bytes)
}

fn parameters(trainer: &Trainer) -> Vec<Vec<f32>> {
    let networks = trainer.backend().program().variables.networks();
    networks.map(|(id, _)| block_on(trainer.read(id, Arena::Parameters)).unwrap()).collect()
}

/// Name, shape and values.
type Tensor = (String, Vec<usize>, Vec<f32>);
type Tensors = Vec<Tensor>;

fn tensors(bytes: &[u8]) -> Tensors {
    let file = TensorFile::read(bytes).unwrap();
    file.tensors.iter().map(|view| (view.name.clone(), view.shape.clone(), view.floats().unwrap())).collect()
}

/// As `save_file` of Python writes tensors, with its words or none.
fn saved_again(all: &Tensors, dtype: Dtype, words: Option<&str>) -> Vec<u8> {
    let bytes = |value: &f32| match dtype {
        Dtype::F64 => f64::from(*value).to_le_bytes().to_vec(),
        Dtype::F16 => ganvas::tensor_file::half(*value).to_le_bytes().to_vec(),
        // The upper half.
        Dtype::BF16 => value.to_le_bytes()[2..].to_vec(),
        Dtype::I32 => (*value as i32).to_le_bytes().to_vec(),
        _ => value.to_le_bytes().to_vec(),
    };
    let data: Vec<Vec<u8>> = all.iter().map(|(_, _, values)| values.iter().flat_map(bytes).collect()).collect();
    let views = all
        .iter()
        .zip(&data)
        .map(|((name, shape, _), data)| (name.clone(), TensorView::new(dtype, shape.clone(), data).unwrap()));
    let words = words.map(|format| HashMap::from([("format".to_string(), format.to_string())]));
    safetensors::serialize(views.collect::<Vec<_>>(), words).unwrap()
}

fn refusal(trainer: &mut Trainer, bytes: &[u8]) -> String {
    let before = block_on(trainer.save()).unwrap();
    let error = block_on(trainer.open(bytes)).unwrap_err().to_string();
    assert!(block_on(trainer.save()).unwrap() == before, "the run has changed: {error}");
    error
}

#[test]
fn our_own_files_lack_nothing() {
    let (run, bytes) = trained();
    let mut other = trainer();
    assert_eq!(block_on(other.open(&bytes)).unwrap(), Vec::<String>::new());
    assert_eq!(other.step(), 5);
    assert!(block_on(other.save()).unwrap() == bytes);
    let weights = block_on(run.weights()).unwrap();
    assert_eq!(block_on(other.open(&weights)).unwrap(), Vec::<String>::new());
}

#[test]
fn networks_are_taken_of_what_python_saved_again() {
    let (run, bytes) = trained();
    let all = tensors(&bytes);
    for (dtype, exact) in [(Dtype::F32, true), (Dtype::F64, true), (Dtype::F16, false), (Dtype::BF16, false)] {
        for words in [None, Some("pt")] {
            let file = saved_again(&all, dtype, words);
            let said = Saved::read(&file).unwrap();
            assert_eq!((&said.preset[..], said.step), ("", 0));
            let mut other = trainer();
            let lacked = block_on(other.open(&file)).unwrap().join(" ");
            assert!(lacked.contains("no counters") && lacked.contains("optimisers begin anew"), "{lacked}");
            assert!(!lacked.contains("nothing of"), "{lacked}");
            assert_eq!(other.step(), 0);
            let near = |(a, b): (&f32, &f32)| if exact { a == b } else { (a - b).abs() <= 0.01 * a.abs() + 1e-6 };
            for (own, found) in parameters(&run).iter().zip(&parameters(&other)) {
                assert!(own.iter().zip(found).all(near), "{dtype:?}");
            }
            // It can learn from there.
            block_on(other.run(3, Only::Both)).unwrap();
            let rows = block_on(other.take_measurements()).unwrap().rows;
            assert!(rows.iter().all(|row| row[1].is_finite()), "{rows:?}");
        }
    }
}

#[test]
fn what_is_missing_or_too_much_is_said() {
    let (run, bytes) = trained();
    let mut all = tensors(&bytes);
    all.retain(|(name, ..)| name.starts_with("generator."));
    all.push(("step_embedding".into(), vec![2], vec![1.0, 2.0]));
    all.push(("zero".into(), vec![], vec![0.0]));
    let mut other = trainer();
    let before = parameters(&other);
    let lacked = block_on(other.open(&saved_again(&all, Dtype::F32, None))).unwrap();
    let lacked = lacked.join(" ");
    assert!(lacked.contains("nothing of the network “discriminator”"), "{lacked}");
    assert!(lacked.contains("“step_embedding” and 1 more"), "{lacked}");
    let after = parameters(&other);
    let own = parameters(&run);
    let changed: Vec<bool> = after.iter().zip(&before).map(|(after, before)| after != before).collect();
    assert!(changed.contains(&true) && changed.contains(&false), "{changed:?}");
    for ((after, own), before) in after.iter().zip(&own).zip(&before) {
        assert!(after == own || after == before);
    }

    // Our words were kept, and the optimiser thrown away.
    let file = TensorFile::read(&bytes).unwrap();
    let words: Vec<(&str, String)> = file.metadata.iter().map(|(key, word)| (&key[..], word.clone())).collect();
    let all: Tensors = tensors(&bytes).into_iter().filter(|(name, ..)| !name.starts_with("optimizer.")).collect();
    let kept: Vec<(String, Vec<usize>, Numbers)> =
        all.iter().map(|(name, shape, values)| (name.clone(), shape.clone(), Numbers::F32(values))).collect();
    let lacked = block_on(other.open(&write(&words, &kept))).unwrap();
    assert_eq!(lacked, ["The file has no optimiser: it begins anew."]);
    assert_eq!(other.step(), 5);
}

#[test]
fn what_does_not_fit_is_named() {
    let (mut run, bytes) = trained();
    let all = tensors(&bytes);
    let name =
        all.iter().find(|(name, shape, _)| name.starts_with("generator.") && shape.len() == 2).unwrap().0.clone();
    let change = |spoil: &dyn Fn(&mut Tensor)| {
        let mut all = all.clone();
        spoil(all.iter_mut().find(|tensor| tensor.0 == name).unwrap());
        all
    };
    let turned = change(&|tensor| tensor.1.reverse());
    let error = refusal(&mut run, &saved_again(&turned, Dtype::F32, None));
    assert!(error.contains(&name) && error.contains("shape") && error.contains("is expected"), "{error}");
    let broken = change(&|tensor| tensor.2[3] = f32::NAN);
    let error = refusal(&mut run, &saved_again(&broken, Dtype::F32, None));
    assert!(error.contains(&name) && error.contains("element 3 is not a finite number"), "{error}");
    let endless = change(&|tensor| tensor.2[0] = f32::INFINITY);
    assert!(refusal(&mut run, &saved_again(&endless, Dtype::F16, None)).contains("element 0"));
    let error = refusal(&mut run, &saved_again(&all, Dtype::I32, None));
    assert!(error.contains("I32") && error.contains("floats"), "{error}");
    let renamed = change(&|tensor| tensor.0 = format!("{}s", tensor.0));
    let error = refusal(&mut run, &saved_again(&renamed, Dtype::F32, None));
    assert!(error.contains(&format!("{name}: is missing")), "{error}");
    let others = vec![("conv1.weight".to_string(), vec![1], vec![1.0])];
    let error = refusal(&mut run, &saved_again(&others, Dtype::F32, None));
    assert!(error.contains("nothing of this run") && error.contains("conv1.weight"), "{error}");
    assert!(refusal(&mut run, &saved_again(&Vec::new(), Dtype::F32, None)).contains("no tensor"));
}
