//! Shapes from pictures: how volumes are drawn, what the encoder may see, and the discriminator that waits.

mod common;

use common::{Case, assert_close};
use ganvas::apps::corner::{self, BACKGROUND, FACES, FARTHEST};
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::{Game, Part};
use ganvas::gan::Preset;
use ganvas::graph::NetworkId;
use ganvas::metrics::set_judge::SetJudge;
use ganvas::rng;
use ganvas::train::{Effort, Evaluation, Only, Reference, Settings, Trainer};
use ganvas_sets::shapes::{self, CELLS};
use pollster::block_on;

/// A volume of random cells, the more of them the larger `share` is.
fn random(side: usize, stream: u32, share: u8) -> Vec<f64> {
    let cell = |at| f64::from(u8::from((rng::bits(3, stream, 0, at) as u8) < share));
    (0..side.pow(3) as u32).map(cell).collect()
}

/// The picture of a volume `[side, side, side]` as a painter makes it: cell by cell, what is nearer over what is farther.
fn painted(volume: &[f64], side: usize) -> Vec<f64> {
    let (height, width) = (4 * side, 2 * side);
    let mut picture = vec![BACKGROUND; height * width];
    let slabs = 2 * side - 1;
    for far in (0..slabs).rev() {
        let light = 1.0 - (1.0 - f64::from(FARTHEST)) * far as f64 / (slabs - 1).max(1) as f64;
        // From below, because what stands on a cell hides its top.
        for y in (0..side).rev() {
            for x in 0..side {
                let Some(z) = far.checked_sub(x).filter(|&z| z < side) else { continue };
                if volume[(z * side + y) * side + x] == 0.0 {
                    continue;
                }
                let (left, top) = (x + side - 1 - z, 2 * y + slabs - 1 - far);
                for (row, faces) in [(top, [0, 0]), (top + 1, [1, 2]), (top + 2, [1, 2])] {
                    for (column, face) in [left, left + 1].into_iter().zip(faces) {
                        picture[row * width + column] = FACES[face].map(|channel| (f64::from(channel) * light) as f32);
                    }
                }
            }
        }
    }
    let mut all = Vec::new();
    for channel in 0..3 {
        for row in picture.chunks(width) {
            all.extend(row.iter().flat_map(|pixel| [2.0 * f64::from(pixel[channel]) - 1.0; 2]));
        }
    }
    all
}

#[test]
fn pictures_are_those_of_a_painter() {
    for side in [1, 2, 5, CELLS] {
        let volumes = [(1, 20), (2, 120), (3, 255), (4, 0)].map(|(stream, share)| random(side, stream, share));
        let mut case = Case::default();
        let input = case.input_of(&[4, 1, side, side, side], volumes.concat());
        let seen = corner::seen(&mut case.graph, input).unwrap();
        assert_eq!(case.graph.shape(seen)[..], [4, 3, 4 * side, 4 * side]);
        let expected: Vec<f64> = volumes.iter().flat_map(|volume| painted(volume, side)).collect();
        assert_close(&format!("{side} cells a side"), &case.run::<f64>(seen), &expected, 1e-6);
        assert_close(&format!("{side} cells a side, in f32"), &case.run::<f32>(seen), &expected, 1e-5);
    }
}

#[test]
fn quarters_bring_the_next_side_to_the_front() {
    let side = 4;
    let volumes: Vec<Vec<f64>> = (0..6).map(|stream| random(side, stream, 128)).collect();
    let quarters: [i32; 6] = [0, 1, 2, 3, 4, -1];
    let mut case = Case::default();
    let input = case.input_of(&[6, 1, side, side, side], volumes.concat());
    let count = case.input_of(&[6, 1, 1, 1, 1], quarters.map(f64::from).to_vec());
    let turned = corner::turned(&mut case.graph, input, count).unwrap();
    // A quarter: what lay on the left, from the back to the front, lies in front, from the left to the right.
    let quarter = |volume: Vec<f64>| {
        let at = |z: usize, y: usize, x: usize| volume[(z * side + y) * side + x];
        let place = |number: usize| at(side - 1 - number % side, number / side % side, number / side / side);
        (0..side.pow(3)).map(place).collect()
    };
    let mut expected = Vec::new();
    for (volume, quarters) in volumes.into_iter().zip(quarters) {
        expected.extend((0..quarters.rem_euclid(4)).fold(volume, |volume, _| quarter(volume)));
    }
    assert_eq!(case.run::<f64>(turned), expected);
}

#[test]
fn what_is_no_cube_is_refused() {
    let mut case = Case::default();
    let flat = case.input(&[2, 1, 4, 4, 3]);
    let error = corner::seen(&mut case.graph, flat).unwrap_err().to_string();
    assert!(error.contains("equal sides") && error.contains("[2, 1, 4, 4, 3]"), "{error}");
}

/// Columns of the set.
const VOLUME: usize = 0;
const PICTURE: usize = 1;
const NUMBERS: usize = 4;
const ROWS: u32 = 64;

fn settings() -> Settings {
    let mut settings = Settings::new(Preset::find("shapes-from-pictures").unwrap());
    settings.recipe.batch_size = 16;
    // Without momentum nothing moves where nothing is learned.
    settings.recipe.beta1 = 0.0;
    settings.examples = ROWS;
    settings
}

fn trainer(change: impl Fn(&mut [Vec<u8>])) -> (Trainer, Vec<Vec<u8>>) {
    let settings = settings();
    let Examples { shape, mut tables } = settings.training_data(generated_digits(1, 1)).unwrap();
    change(&mut tables);
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables.clone(), settings.seed).unwrap();
    (Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play), tables)
}

fn network(trainer: &Trainer, name: &str) -> NetworkId {
    trainer.backend().program().variables.networks().find(|(_, known)| *known == name).unwrap().0
}

/// What a page of a gallery has of one part.
fn part(trainer: &mut Trainer, gallery: &str, key: &str) -> Vec<f32> {
    let output = block_on(trainer.put_out(gallery, None, 0)).unwrap();
    let gallery = trainer.play().gallery(gallery).unwrap();
    let (count, mut start) = (gallery.layout.count(), 0);
    for part in &gallery.parts {
        let numbers = count * Part::numbers(part);
        if part.key == key {
            return output[start..][..numbers].to_vec();
        }
        start += numbers;
    }
    panic!("no part {key}");
}

/// The set's own picture shows a shape from a side that the gallery's picture of the truth shows it from too: of the four
/// corners the one in front covers the most alike.
#[test]
fn truths_are_seen_from_the_side_of_their_pictures() {
    let (mut trainer, tables) = trainer(|_| ());
    let truth = part(&mut trainer, "held_out", "truth");
    let volumes = part(&mut trainer, "held_out", "true_volume");
    let set = &tables[tables.len() / 2..];
    let cells = CELLS.pow(3);
    let (mut alike, mut others) = (0.0, 0.0);
    for (picture, volume) in truth.chunks(3 * 64 * 64).zip(volumes.chunks(cells)) {
        let bytes: Vec<u8> = volume.iter().map(|&cell| if cell > 0.0 { 255 } else { 0 }).collect();
        let row = set[VOLUME].chunks(cells).position(|known| known == bytes).expect("a held-out row");
        let numbers = &set[NUMBERS][8 * row..][..8];
        let [sine, cosine] = [0, 1].map(|at| f32::from(numbers[at]) - 127.5);
        let mut own = (0.0, None);
        for quarter in 0..4 {
            // The middle of the quarter, as the set renders it.
            let shot = shapes::render(&bytes, 0.125 + 0.25 * quarter as f32);
            let background = 2.0 * BACKGROUND[2] - 1.0;
            let (mut both, mut either) = (0.0, 0.0);
            for (at, &covered) in shot.silhouette.iter().enumerate() {
                let pixel = picture[2 * 64 * 64 + 2 * (at / 32) * 64 + 2 * (at % 32)];
                let (here, there) = ((pixel - background).abs() > 1e-3, covered > 0.5);
                both += f64::from(u8::from(here && there));
                either += f64::from(u8::from(here || there));
            }
            let is_own = [sine > 0.0, sine > 0.0, sine < 0.0, sine < 0.0][quarter]
                && [cosine > 0.0, cosine < 0.0, cosine < 0.0, cosine > 0.0][quarter];
            if is_own {
                own = (both / either, Some(quarter));
            } else {
                others += both / either / 3.0;
            }
        }
        assert!(own.1.is_some());
        alike += own.0;
    }
    assert!(alike > others + 0.4, "over eight shapes {alike} is not much more than {others}");
}

#[test]
fn shapes_depend_on_the_picture_and_on_nothing_else() {
    let blank = |column: usize| {
        move |tables: &mut [Vec<u8>]| {
            let at = tables.len() / 2 + column;
            tables[at].fill(if column == VOLUME { 0 } else { 200 });
        }
    };
    let of = |mut trainer: Trainer| {
        // Until there is something to see.
        block_on(trainer.run(20, Only::Both)).unwrap();
        part(&mut trainer, "held_out", "volume")
    };
    let usual = of(trainer(|_| ()).0);
    assert!(usual.iter().any(|&cell| cell > 0.0));
    assert!(of(trainer(blank(VOLUME)).0) == usual, "the truth is not seen");
    assert!(of(trainer(blank(PICTURE)).0) != usual, "the picture is");
}

#[test]
fn the_slider_turns_what_is_shown_and_not_what_is_measured() {
    let (mut trainer, _) = trainer(|_| ());
    block_on(trainer.set_input("turn", 0.0)).unwrap();
    let keys = ["output", "turned", "truth", "turned_truth", "volume"];
    let [output, turned, truth, turned_truth, volume] = keys.map(|key| part(&mut trainer, "held_out", key));
    assert!(output == turned && truth == turned_truth, "by no quarter");
    block_on(trainer.set_input("turn", 1.0)).unwrap();
    let now = keys.map(|key| part(&mut trainer, "held_out", key));
    assert!(now[0] == output && now[2] == truth && now[4] == volume);
    assert!(now[3] != turned_truth);
}

/// After an epoch the mean shapes are those of all rows that were trained on, family by family.
#[test]
fn mean_shapes_are_counted_over_the_rows_that_were_trained_on() {
    let (mut trainer, tables) = trainer(|_| ());
    block_on(trainer.run(ROWS as usize / 16, Only::Both)).unwrap();
    let control = network(&trainer, "mean_shapes");
    let buffers = block_on(trainer.read(control, Arena::Buffers)).unwrap();
    let (cells, families) = (CELLS.pow(3), shapes::FAMILIES.len());
    let (mut counts, mut means) = (vec![0.0f32; families], vec![0.0f32; families * cells]);
    for (volume, &family) in tables[VOLUME].chunks(cells).zip(&tables[3]) {
        counts[usize::from(family)] += 1.0;
        for (mean, &cell) in means[usize::from(family) * cells..].iter_mut().zip(volume) {
            *mean += f32::from(cell) / 255.0;
        }
    }
    for (mean, count) in means.chunks_mut(cells).zip(&counts) {
        mean.iter_mut().for_each(|cell| *cell /= count);
    }
    assert_eq!(buffers[..families], counts);
    let worst =
        buffers[buffers.len() - means.len()..].iter().zip(&means).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-5, "{worst}");
}

/// The discriminator's turn changes nothing of it where it was right too often in the batch, and something elsewhere.
#[test]
fn the_discriminator_waits_while_it_is_too_good() {
    let (mut trainer, _) = trainer(|_| ());
    let id = network(&trainer, "discriminator");
    let at = trainer.play().curves.iter().position(|curve| curve.key == "accuracy").unwrap();
    let (mut waited, mut learned) = (0, 0);
    let mut before = block_on(trainer.read(id, Arena::Parameters)).unwrap();
    for step in 0..40 {
        // The generator does not learn, so that the other side gets ahead.
        let only = if step < 3 { Only::Both } else { Only::Discriminator };
        block_on(trainer.run(1, only)).unwrap();
        let measured = block_on(trainer.take_measurements()).unwrap();
        let accuracy = measured.rows.last().unwrap()[1 + at];
        let now = block_on(trainer.read(id, Arena::Parameters)).unwrap();
        assert_eq!(now == before, accuracy >= 0.8, "step {step}, right in {accuracy}");
        if now == before {
            waited += 1
        } else {
            learned += 1
        }
        before = now;
    }
    assert!(waited > 0 && learned > 0, "{waited} times it waited, {learned} times it learned");
}

/// All measures are taken, with the shipped judge, and of the truth they are what they must be.
#[test]
fn truths_are_of_their_family_and_untrained_shapes_overlap_little() {
    let (mut trainer, _) = trainer(|_| ());
    block_on(trainer.run(1, Only::Both)).unwrap();
    let bytes = std::fs::read("www/judges/shapes.safetensors").unwrap();
    let judge = SetJudge::load(&bytes, "shapes").unwrap();
    assert!(judge.verdict().1, "{}", judge.verdict().0);
    let mut reference = Reference::Galleries(Some(Box::new(judge)));
    let effort = Effort { translated: 64, ..Effort::PAGE };
    let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
    let report = evaluation.complete(&mut reference, None).unwrap();
    let value = |key: &str| report.value(key).unwrap();
    assert!(value("true_family_seen") >= 0.98, "{}", value("true_family_seen"));
    assert!((0.1..0.9).contains(&value("mean_shape_iou")), "{}", value("mean_shape_iou"));
    assert!(value("shape_iou") < 0.5, "untrained: {}", value("shape_iou"));
    assert!((0.0..=1.0).contains(&value("one_piece")));
}
