//! Photo editing: that the generator holds still, as it is shown, while it is turned round; that an edit changes what was
//! chosen and nothing else; and that both encoders reach the picture.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::data::Examples;
use ganvas::game::{Game, Role};
use ganvas::gan::Preset;
use ganvas::graph::{NetworkId, Program};
use ganvas::metrics::set_judge::SetJudge;
use ganvas::tensor_file::TensorFile;
use ganvas::train::settings::Setting;
use ganvas::train::{Effort, Evaluation, Only, Reference, Settings, Trainer};
use pollster::block_on;

const PIXELS: usize = 3 * 32 * 32;
const ATTRIBUTES: [(&str, usize); 6] =
    [("skin", 5), ("hair_colour", 6), ("hair_style", 5), ("glasses", 2), ("beard", 2), ("smile", 2)];

/// On few faces, the first stage a few steps long.
fn settings(changes: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::new(Preset::find("edited-faces").unwrap());
    let common = [("batch_size", "8"), ("examples", "40"), ("stage_length", "0.001")];
    for (setting, value) in common.iter().chain(changes) {
        settings.set(Setting::find(setting).unwrap(), value).unwrap();
    }
    settings
}

fn trainer(changes: &[(&str, &str)]) -> Trainer {
    let settings = settings(changes);
    let (sets, count) = settings.drawn().unwrap();
    let Examples { shape, tables } = Examples::draw(sets, count, settings.seed);
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play)
}

/// After some steps of both stages.
fn trained(changes: &[(&str, &str)]) -> Trainer {
    let mut trainer = trainer(changes);
    let (_, begins) = trainer.stages()[1];
    block_on(trainer.run(begins as usize + 3, Only::Both)).unwrap();
    assert_eq!(trainer.stage(), 1);
    trainer
}

fn network(program: &Program, name: &str) -> NetworkId {
    program.variables.networks().find(|(_, known)| *known == name).unwrap().0
}

fn values(trainer: &Trainer, name: &str, arena: Arena) -> Vec<u32> {
    let id = network(trainer.backend().program(), name);
    block_on(trainer.read(id, arena)).unwrap().into_iter().map(f32::to_bits).collect()
}

fn apart(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn the_generator_learns_first_and_holds_still_while_it_is_turned_round() {
    let mut trainer = trainer(&[]);
    let of_generator = [Arena::Parameters, Arena::Buffers, Arena::Average];
    let generator = |trainer: &Trainer| of_generator.map(|arena| values(trainer, "generator", arena));
    let encoders = |trainer: &Trainer| ["encoder_z", "encoder_y"].map(|name| values(trainer, name, Arena::Parameters));
    let (start, unread) = (generator(&trainer), encoders(&trainer));
    let (_, begins) = trainer.stages()[1];
    block_on(trainer.run(begins as usize, Only::Both)).unwrap();
    let (drawing, read) = (generator(&trainer), encoders(&trainer));
    assert!((0..3).all(|arena| drawing[arena] != start[arena]), "the first stage is the generator's");
    assert_eq!(read[0], unread[0], "nobody says the noise yet");
    assert_ne!(read[1], unread[1], "what is real can be read from the start");
    block_on(trainer.run(3, Only::Both)).unwrap();
    assert_eq!(trainer.stage(), 1);
    assert!(generator(&trainer) == drawing, "what is to be turned round must not turn away");
    let (later, before) = (encoders(&trainer), read);
    assert!(later[0] != before[0] && later[1] != before[1], "both encoders learn");
    // The same curves in both; those that a stage has not are no numbers.
    let rows = block_on(trainer.take_measurements()).unwrap().rows;
    let recorded: Vec<Vec<bool>> =
        rows.iter().map(|row| row[1..].iter().map(|value| value.is_finite()).collect()).collect();
    assert_eq!(recorded.first().unwrap(), &[true, true, true, true, true, false, false]);
    assert_eq!(recorded.last().unwrap(), &[true, false, false, false, false, true, true]);
}

/// What is turned round is what is shown: running statistics and averages, not those of the last batch.
#[test]
fn the_noise_is_learned_of_the_generator_as_it_is_shown() {
    let settings = settings(&[]);
    let (sets, count) = settings.drawn().unwrap();
    let Examples { shape, .. } = Examples::draw(sets, count, settings.seed);
    let entry = settings.preset.algorithm.entry.unwrap();
    for (stage, of_average) in [(0, false), (1, true)] {
        let Game { program, play } = settings.game(shape, stage).unwrap();
        let id = network(&program, "generator");
        let plan = &program.plans[play.turns[1].plan];
        let averages = plan.dispatches.iter().flat_map(|dispatch| &dispatch.inputs);
        let reads = averages.filter(|input| format!("{:?}", input.storage) == format!("Average({id:?})")).count();
        assert_eq!(reads > 0, of_average, "stage {stage}: {reads}");
        assert!(program.has_average(id));
        // The rates fall in each stage.
        let begins = if stage == 0 { 0 } else { entry.begins(1, 8, &settings.own) };
        let learning = network(&program, if stage == 0 { "generator" } else { "encoder_z" });
        let decay = program.rule(learning).unwrap().decay.unwrap();
        assert_eq!([decay.from, decay.until], [begins + 1_500, begins + 3_000]);
    }
}

#[test]
fn an_edit_changes_what_was_chosen_and_asking_changes_nothing() {
    let mut trainer = trained(&[]);
    let saved = block_on(trainer.save()).unwrap();
    let sliders: Vec<&str> = trainer.play().probes[0].numbers.iter().map(|input| input.slider.key).collect();
    assert_eq!(sliders[0], "face");
    assert_eq!(sliders[1..], ATTRIBUTES.map(|(key, _)| key));
    let ask = |trainer: &mut Trainer, places: &[(&str, f32)]| {
        let place = |key: &&str| places.iter().find(|(known, _)| known == key).map_or(0.0, |(_, place)| *place);
        let places: Vec<[f32; 1]> = sliders.iter().map(|key| [place(key).max(f32::from(*key == "face"))]).collect();
        let inputs: Vec<(&str, &[f32])> = sliders.iter().copied().zip(places.iter().map(|place| &place[..])).collect();
        block_on(trainer.ask("edit", &inputs)).unwrap().chunks(PIXELS).map(<[f32]>::to_vec).collect::<Vec<_>>()
    };
    let as_it_is = ask(&mut trainer, &[]);
    assert_eq!(as_it_is.len(), 3);
    assert_eq!(as_it_is[1], as_it_is[2], "nothing was chosen");
    for (key, classes) in ATTRIBUTES {
        let edits: Vec<_> = (1..=classes).map(|place| ask(&mut trainer, &[(key, place as f32)])).collect();
        let same = edits.iter().filter(|edit| edit[2] == as_it_is[2]).count();
        assert_eq!(same, 1, "{key}: one of its classes is the face's own");
        for edit in &edits {
            assert_eq!(edit[..2], as_it_is[..2], "{key}: the face itself stays");
        }
    }
    // The face of the gallery in that place.
    let (images, columns) = block_on(trainer.drawn("held_out")).unwrap();
    let third = ask(&mut trainer, &[("face", 3.0)]);
    for (row, part) in third[..2].iter().enumerate() {
        let place = (row * columns + 2) * PIXELS;
        assert!(apart(part, &images[place..place + PIXELS]) < 1e-5, "row {row}");
    }
    assert!(apart(&third[0], &as_it_is[0]) > 0.1, "another face");
    assert_eq!(block_on(trainer.save()).unwrap(), saved);
}

/// The columns of a part of a page of the gallery of held-out faces.
fn columns(trainer: &mut Trainer, page: u32, key: &str) -> Vec<Vec<f32>> {
    let gallery = trainer.play().gallery("held_out").unwrap().clone();
    let output = block_on(trainer.put_out("held_out", None, page)).unwrap();
    let count = gallery.layout.count();
    let at = gallery.parts.iter().position(|part| part.key == key).unwrap();
    let start: usize = gallery.parts[..at].iter().map(|part| count * part.numbers()).sum();
    let part = gallery.parts[at];
    assert!(part.is_drawn() || part.role == Role::Class);
    output[start..start + count * part.numbers()].chunks(part.numbers()).map(<[f32]>::to_vec).collect()
}

#[test]
fn what_is_wanted_is_any_class_but_the_true_one() {
    let mut trainer = trainer(&[]);
    for (key, classes) in ATTRIBUTES {
        let mut steps = vec![0; classes];
        for page in 0..20 {
            let truth = columns(&mut trainer, page, key).concat();
            let wanted = columns(&mut trainer, page, &format!("wanted_{key}")).concat();
            for (truth, wanted) in truth.into_iter().zip(wanted) {
                let further = (wanted - truth).rem_euclid(classes as f32);
                assert!(further.fract() == 0.0 && wanted.fract() == 0.0 && (0.0..classes as f32).contains(&wanted));
                steps[further as usize] += 1;
            }
        }
        assert_eq!(steps[0], 0, "{key}: an edit to what it is");
        assert!(steps[1..].iter().all(|count| *count > 0), "{key}: {steps:?}");
    }
}

/// Without what an encoder says, what is drawn again depends on the other one alone.
#[test]
fn both_encoders_reach_the_picture() {
    let mut trainer = trained(&[]);
    let whole = block_on(trainer.save()).unwrap();
    let blanked = |keys: &[&str]| {
        let mut file = whole.clone();
        let tensors = TensorFile::read(&whole).unwrap();
        for key in keys {
            let data = tensors.tensor(key).unwrap().data;
            let start = data.as_ptr() as usize - whole.as_ptr() as usize;
            file[start..start + data.len()].fill(0);
        }
        file
    };
    let of_noise = [
        "encoder_z.linear.weight",
        "encoder_z.linear.bias",
        "average.encoder_z.linear.weight",
        "average.encoder_z.linear.bias",
    ];
    let of_attributes = ["encoder_y.linear.weight", "encoder_y.linear.bias"];
    let mut differ = |file: &[u8]| {
        block_on(trainer.open(file)).unwrap();
        let again = columns(&mut trainer, 0, "again");
        again.iter().map(|picture| apart(picture, &again[0])).fold(0.0, f32::max)
    };
    assert!(differ(&whole) > 1e-2);
    assert!(differ(&blanked(&of_attributes)) > 1e-4, "noise alone");
    assert!(differ(&blanked(&of_noise)) > 1e-2, "attributes alone");
    assert!(differ(&blanked(&[&of_noise[..], &of_attributes[..]].concat())) < 1e-5, "neither");
}

/// With nothing of it the noise is learned of drawn pictures alone, whatever the real ones are.
#[test]
fn real_pictures_teach_what_says_the_noise_by_their_weight() {
    let of_noise = |weight: &str| values(&trained(&[("again_weight", weight)]), "encoder_z", Arena::Parameters);
    assert_ne!(of_noise("0"), of_noise("10"));
}

#[test]
fn edits_by_what_has_not_learned_are_measured_as_such() {
    let bytes = std::fs::read(format!("{}/www/judges/faces.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut reference = Reference::Galleries(Some(Box::new(SetJudge::load(&bytes, "faces").unwrap())));
    let mut trainer = trained(&[]);
    let effort = Effort { translated: 64, ..Effort::PAGE };
    let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
    let report = evaluation.complete(&mut reference, None).unwrap();
    let value = |key: &str| report.value(key).unwrap_or_else(|| panic!("{key} was not measured"));
    let edited: f64 = ATTRIBUTES.iter().map(|(key, _)| value(&format!("{key}_edited"))).sum();
    assert!((edited / 6.0 - value("edited")).abs() < 1e-9, "{report:?}");
    assert!(value("edited") < 0.7 && value("skin_kept") < 0.7 && value("kept") < 0.7, "{report:?}");
    assert!((value("again_psnr") - value("other_psnr")).abs() < 1.0, "{report:?}");
}
