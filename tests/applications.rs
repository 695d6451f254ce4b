//! Applications: that the generator sees what it may see and no more, that what is known stays, and what a visitor gets who
//! draws nothing or hides everything.

use ganvas::apps::holes::{CENTRED, MIDDLE_HOLE, enlarged, holes, middle};
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::data::domains::Domain;
use ganvas::data::procedural::generated_digits;
use ganvas::data::{DataShape, Examples};
use ganvas::game::{Builder, Entry, Game, Layout, ONE_STAGE, Own, Role};
use ganvas::gan::{Preset, Recipe};
use ganvas::tensor_file::TensorFile;
use ganvas::train::settings::Setting;
use ganvas::train::{Only, Settings, Trainer, picture};
use pollster::block_on;
use std::collections::HashSet;

const SIDE: usize = 28;
const PIXELS: usize = SIDE * SIDE;

/// After two steps on few digits.
fn trainer(key: &str, changes: &[(&str, &str)]) -> Trainer {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = 8;
    for (setting, value) in changes {
        settings.set(Setting::find(setting).unwrap(), value).unwrap();
    }
    let Examples { shape, tables } = settings.training_data(generated_digits(200, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play);
    block_on(trainer.run(2, Only::Both)).unwrap();
    trainer
}

/// The images of a gallery, by rows.
fn rows(trainer: &mut Trainer, gallery: &str) -> Vec<Vec<f32>> {
    let (images, columns) = block_on(trainer.drawn(gallery)).unwrap();
    images.chunks(columns * PIXELS).map(<[f32]>::to_vec).collect()
}

fn ask(trainer: &mut Trainer, inputs: &[(&str, &[f32])]) -> Vec<Vec<f32>> {
    let output = block_on(trainer.ask("drawing", inputs)).unwrap();
    output.chunks(PIXELS).map(<[f32]>::to_vec).collect()
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Means of squares of `factor` pixels a side, in place of each pixel.
fn averaged(image: &[f32], factor: usize) -> Vec<f32> {
    let mean = |at: usize| {
        let (top, left) = (at / SIDE / factor * factor, at % SIDE / factor * factor);
        let places = (0..factor * factor).map(|i| (top + i / factor) * SIDE + left + i % factor);
        places.map(|place| image[place]).sum::<f32>() / (factor * factor) as f32
    };
    (0..PIXELS).map(mean).collect()
}

#[test]
fn the_small_picture_is_the_mean_of_squares_and_all_that_the_generator_sees() {
    for (key, factor) in [("srgan-x4", 4), ("srgan-x2", 2)] {
        let mut trainer = trainer(key, &[]);
        let shown = rows(&mut trainer, "held_out");
        let [input, bicubic, output, truth] = &shown[..] else { panic!("{} rows", shown.len()) };
        for (small, digit) in input.chunks(PIXELS).zip(truth.chunks(PIXELS)) {
            assert!(worst(small, &averaged(digit, factor)) < 1e-6, "{key}");
        }
        assert!(worst(bicubic, input) > 0.1 && worst(output, bicubic) > 0.1, "{key}");
        // The digit and its large pixels are one small picture, so the answer is the same.
        let [of_digit, of_blocks] = [truth, input].map(|images| ask(&mut trainer, &[("digit", &images[..PIXELS])]));
        for (one, other) in of_digit.iter().zip(&of_blocks) {
            assert!(worst(one, other) < 1e-4, "{key}");
        }
        assert!(worst(&of_digit[2], &output[..PIXELS]) < 1e-5, "{key}: as in the gallery");
        // Another pixel is another small picture.
        let mut spot = truth[..PIXELS].to_vec();
        spot[14 * SIDE + 14] = -spot[14 * SIDE + 14];
        assert!(worst(&ask(&mut trainer, &[("digit", &spot)])[2], &of_digit[2]) > 1e-5, "{key}");
    }
}

#[test]
fn pix2pix_goes_from_outlines_to_digits_and_back() {
    for (key, drawn, back) in [("pix2pix-outlines", "outline", false), ("pix2pix-outlines-back", "digit", true)] {
        let mut trainer = trainer(key, &[]);
        let shown = rows(&mut trainer, "held_out");
        let [input, output, truth] = &shown[..] else { panic!("{} rows", shown.len()) };
        let (outlines, digits) = if back { (truth, input) } else { (input, truth) };
        for (outline, digit) in outlines.chunks(PIXELS).zip(digits.chunks(PIXELS)) {
            let bytes: Vec<u8> = digit.iter().map(|&value| picture::byte(value)).collect();
            let made = Domain::Outline.of(&bytes, [SIDE, SIDE], 0);
            assert!(outline.iter().zip(made).all(|(&value, made)| picture::byte(value) == made), "{key}");
        }
        // What a visitor draws goes the same way.
        let answer = ask(&mut trainer, &[(drawn, &input[..PIXELS])]);
        assert!(worst(&answer[0], &output[..PIXELS]) < 1e-5, "{key}");
    }
}

#[test]
fn what_is_known_stays_and_the_hole_is_filled() {
    let mut trainer = trainer("inpainting-mnist", &[]);
    let shown = rows(&mut trainer, "held_out");
    let [input, output, truth] = &shown[..] else { panic!("{} rows", shown.len()) };
    for at in 0..input.len() {
        let (row, column) = (at % PIXELS / SIDE, at % SIDE);
        if (7..21).contains(&row) && (7..21).contains(&column) {
            assert_eq!(input[at], 0.0, "nothing of the truth is left in the hole");
        } else {
            assert_eq!([input[at], output[at]], [truth[at]; 2], "row {row}, column {column}");
        }
    }
    assert!(worst(output, truth) > 0.5);
    // The same by hand, with what is under the hole changed: it is not looked at.
    let mut digit = truth[..PIXELS].to_vec();
    let mut hole = vec![-1.0; PIXELS];
    for row in 7..21 {
        digit[row * SIDE + 7..][..14].fill(0.7);
        hole[row * SIDE + 7..][..14].fill(1.0);
    }
    let own = ask(&mut trainer, &[("picture", &digit), ("hole", &hole)]);
    assert_eq!(own[0], input[..PIXELS]);
    assert!(worst(&own[1], &output[..PIXELS]) < 1e-5);
}

#[test]
fn a_drawing_without_a_hole_stays_and_one_that_is_all_hole_is_made_up() {
    let mut trainer = trainer("inpainting-mnist", &[]);
    let digit = rows(&mut trainer, "held_out")[2][..PIXELS].to_vec();
    let (none, all) = (vec![-1.0; PIXELS], vec![1.0; PIXELS]);
    assert_eq!(ask(&mut trainer, &[("picture", &digit), ("hole", &none)]), [digit.clone(), digit.clone()]);
    let made_up = ask(&mut trainer, &[("picture", &digit), ("hole", &all)]);
    assert_eq!(made_up[0], vec![0.0; PIXELS]);
    assert!(made_up[1].iter().all(|value| value.is_finite() && value.abs() <= 1.0));
    // Whatever lay below: nothing of it is left.
    assert_eq!(ask(&mut trainer, &[("picture", &none), ("hole", &all)]), made_up);
    // An empty drawing is paper.
    assert_eq!(ask(&mut trainer, &[("picture", &none), ("hole", &none)]), [none.clone(), none.clone()]);
    let refused = |trainer: &mut Trainer, values: &[f32]| {
        block_on(trainer.ask("drawing", &[("hole", values)])).unwrap_err().to_string()
    };
    assert!(refused(&mut trainer, &all[1..]).contains("784 numbers; 783"));
    assert!(refused(&mut trainer, &[2.0; PIXELS]).contains("-1 to 1"));
}

/// Without the critic's word its verdict does not reach the generator.
#[test]
fn at_weight_nothing_the_generator_learns_from_the_distance_alone() {
    for (key, off) in [
        ("srgan-x4", &[("critic_weight", "0"), ("content_weight", "0")][..]),
        ("inpainting-mnist", &[("critic_weight", "0")]),
    ] {
        let state = |changes: &[(&str, &str)]| {
            let trainer = trainer(key, changes);
            let variables = trainer.backend().program().variables.clone();
            let (id, _) = variables.networks().find(|(_, name)| *name == "generator").unwrap();
            block_on(trainer.read(id, Arena::Parameters)).unwrap()
        };
        let mut blind = off.to_vec();
        blind.push(("discriminator_learning_rate", "0.05"));
        assert_eq!(state(off), state(&blind), "{key}");
        assert_ne!(state(off), state(&[]), "{key}");
    }
}

/// Photo to emoji on few faces, its first stage a few steps long.
fn emoji(changes: &[(&str, &str)]) -> Trainer {
    let mut settings = Settings::new(Preset::find("photo-to-emoji").unwrap());
    let common = [("batch_size", "8"), ("examples", "40"), ("stage_length", "0.001")];
    for (setting, value) in common.iter().chain(changes) {
        settings.set(Setting::find(setting).unwrap(), value).unwrap();
    }
    let (sets, count) = settings.drawn().unwrap();
    let Examples { shape, tables } = Examples::draw(sets, count, settings.seed);
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play)
}

fn parameters(trainer: &Trainer, network: &str) -> Vec<u32> {
    let variables = trainer.backend().program().variables.clone();
    let (id, _) = variables.networks().find(|(_, name)| *name == network).unwrap();
    block_on(trainer.read(id, Arena::Parameters)).unwrap().into_iter().map(f32::to_bits).collect()
}

#[test]
fn what_sees_photographs_learns_first_and_then_holds_still() {
    let mut trainer = emoji(&[]);
    let names = ["features", "attributes", "generator"];
    let state = |trainer: &Trainer| names.map(|name| parameters(trainer, name));
    let start = state(&trainer);
    let (_, begins) = trainer.stages()[1];
    block_on(trainer.run(begins as usize, Only::Both)).unwrap();
    let seeing = state(&trainer);
    assert_eq!(trainer.stage(), 0);
    assert!(seeing[0] != start[0] && seeing[1] != start[1], "the first stage is theirs");
    assert_eq!(seeing[2], start[2], "nobody draws yet");
    block_on(trainer.run(3, Only::Both)).unwrap();
    let drawing = state(&trainer);
    assert_eq!(trainer.stage(), 1);
    assert!(drawing[0] == seeing[0] && drawing[1] == seeing[1], "what sees changes while it is learned to draw");
    assert_ne!(drawing[2], seeing[2], "the second stage is the generator's");
    // The same curves in both, and those that a stage has not are no numbers.
    let rows = block_on(trainer.take_measurements()).unwrap().rows;
    assert!(rows.iter().all(|row| row.len() == 8 && row[1].is_finite()));
    assert!(rows[..begins as usize].iter().all(|row| row[2..].iter().all(|value| value.is_nan())));
    assert!(rows[begins as usize..].iter().all(|row| row.iter().all(|value| value.is_finite())));
}

/// A network that sees the same in all photographs.
#[test]
fn an_emoji_is_made_of_what_is_seen_and_of_nothing_else() {
    let mut trainer = emoji(&[]);
    block_on(trainer.run(8, Only::Both)).unwrap();
    let differ = |trainer: &mut Trainer, gallery: &str| {
        let (images, columns) = block_on(trainer.drawn(gallery)).unwrap();
        let numbers = 3 * 32 * 32;
        let rows: Vec<&[f32]> = images.chunks(columns * numbers).collect();
        let of = |row: &[f32]| row.chunks(numbers).map(|image| worst(image, &row[..numbers])).fold(0.0, f32::max);
        [of(rows[0]), of(rows[1])]
    };
    for gallery in ["held_out", "emoji"] {
        let [inputs, outputs] = differ(&mut trainer, gallery);
        assert!(inputs > 0.5 && outputs > 1e-3, "{gallery}: {inputs}, {outputs}");
    }
    let mut file = block_on(trainer.save()).unwrap();
    let blank: Vec<_> = {
        let tensors = TensorFile::read(&file).unwrap();
        let of_code = ["features.code.weight", "features.code.bias"].map(|key| tensors.tensor(key).unwrap().data);
        of_code.map(|data| (data.as_ptr() as usize - file.as_ptr() as usize, data.len())).to_vec()
    };
    blank.into_iter().for_each(|(start, length)| file[start..start + length].fill(0));
    block_on(trainer.open(&file)).unwrap();
    for gallery in ["held_out", "emoji"] {
        let [inputs, outputs] = differ(&mut trainer, gallery);
        assert!(inputs > 0.5 && outputs < 1e-5, "{gallery}: {inputs}, {outputs}");
    }
}

#[test]
fn a_visitor_chooses_among_the_faces_of_the_gallery() {
    let mut trainer = emoji(&[]);
    block_on(trainer.run(8, Only::Both)).unwrap();
    let numbers = 3 * 32 * 32;
    let (images, columns) = block_on(trainer.drawn("held_out")).unwrap();
    for face in [0, 3, 7] {
        let answer = block_on(trainer.ask("choice", &[("face", &[face as f32 + 1.0])])).unwrap();
        let place = face * numbers;
        assert_eq!(answer[..numbers], images[place..place + numbers], "the photograph {face}");
        let emoji = &images[columns * numbers + place..][..numbers];
        assert!(worst(&answer[numbers..2 * numbers], emoji) < 1e-5, "the emoji of {face}");
    }
    let last = block_on(trainer.ask("choice", &[("face", &[64.0])])).unwrap();
    assert!(worst(&last[..numbers], &images[..numbers]) > 0.1, "another face");
    let refused = block_on(trainer.ask("choice", &[("face", &[65.0])])).unwrap_err().to_string();
    assert!(refused.contains("from 1 to 64"), "{refused}");
}

/// At weight nothing what f sees of the result does not reach the generator.
#[test]
fn what_is_seen_of_an_emoji_teaches_the_generator_by_its_weight() {
    let generator = |weight: &str| {
        let mut trainer = emoji(&[("constancy_weight", weight)]);
        block_on(trainer.run(8, Only::Both)).unwrap();
        parameters(&trainer, "generator")
    };
    assert_ne!(generator("0"), generator("15"));
}

const COUNT: usize = 256;
static ENTRY: Entry = Entry {
    data: &["mnist"],
    settings: &[],
    knobs: &[&CENTRED],
    stages: ONE_STAGE,
    measures: &[],
    build: Some(|game, _| {
        game.gallery("masks", "Masks", Layout::Rows(COUNT), |s| {
            let (any, middle) = (holes(s)?, middle(s)?);
            let large = enlarged(s, any)?;
            Ok(vec![
                ("any", "", Role::Input, any),
                ("middle", "", Role::Input, middle),
                ("large", "", Role::Input, large),
            ])
        })
    }),
};

/// Masks of a page: those to learn from, those that are measured, and the middle of the former twice as large.
fn masks(centred: f32) -> [Vec<Vec<f32>>; 3] {
    let mut own = Own::default();
    own.set(&CENTRED, centred);
    let Game { program, .. } =
        Builder::build(&ENTRY, &Recipe::BASE.ingredients(own), &DataShape::digits(8), 0).unwrap();
    let tables = program.variables.tables.iter().map(|table| vec![0; table.rows * table.width]).collect();
    let mut backend = CpuBackend::<f32>::new(program, tables, 1).unwrap();
    backend.run(0).unwrap();
    let output = backend.output(0);
    let images: Vec<Vec<f32>> = output.chunks(SIDE * SIDE).map(<[f32]>::to_vec).collect();
    std::array::from_fn(|part| images[part * COUNT..][..COUNT].to_vec())
}

/// `[top, left, height, width]` of what is 1, if that is a rectangle and all else is 0.
fn rectangle(mask: &[f32]) -> Option<[usize; 4]> {
    let ones: Vec<usize> = (0..mask.len()).filter(|&at| mask[at] == 1.0).collect();
    let (rows, columns) = (ones.iter().map(|at| at / SIDE), ones.iter().map(|at| at % SIDE));
    let (top, left) = (rows.clone().min()?, columns.clone().min()?);
    let (height, width) = (rows.max()? - top + 1, columns.max()? - left + 1);
    let zeros = mask.iter().filter(|&&value| value == 0.0).count();
    (ones.len() == height * width && zeros + ones.len() == mask.len()).then_some([top, left, height, width])
}

#[test]
fn holes_are_rectangles_within_the_picture_and_as_many_in_the_middle_as_asked_for() {
    for (centred, least, most) in [(0.0, 0, 8), (0.5, 96, 160), (1.0, COUNT, COUNT)] {
        let [any, middle, _] = masks(centred);
        assert!(middle.iter().all(|mask| rectangle(mask) == Some(MIDDLE_HOLE)));
        let found: Vec<[usize; 4]> = any.iter().map(|mask| rectangle(mask).expect("a rectangle")).collect();
        let in_middle = found.iter().filter(|&&hole| hole == MIDDLE_HOLE).count();
        assert!((least..=most).contains(&in_middle), "{in_middle} of {COUNT} at {centred}");
        // A hole that begins between two pixels has one more or less.
        assert!(found.iter().all(|[_, _, height, width]| (5..=20).contains(height) && (5..=20).contains(width)));
        if centred == 0.0 {
            for axis in 0..4 {
                let different: HashSet<usize> = found.iter().map(|hole| hole[axis]).collect();
                assert!(different.len() > 8, "axis {axis}: {different:?}");
            }
        }
    }
}

#[test]
fn the_middle_is_cut_out_as_it_is() {
    let [any, _, large] = masks(0.0);
    for (mask, large) in any.iter().zip(&large) {
        for (at, value) in large.iter().enumerate() {
            let (row, column) = (7 + at / SIDE / 2, 7 + at % SIDE / 2);
            assert_eq!(*value, mask[row * SIDE + column]);
        }
    }
}
