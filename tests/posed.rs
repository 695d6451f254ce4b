//! Posed figures: poses as planes, the structural similarity of a copy, and what a visitor may ask.

mod common;

use common::{Case, assert_close};
use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::data::procedural::generated_digits;
use ganvas::data::{Column, Examples};
use ganvas::game::{Drawn, Game};
use ganvas::gan::Preset;
use ganvas::nn::functional;
use ganvas::train::{Effort, Evaluation, Only, Reference, Settings, Trainer};
use pollster::block_on;

const SIDE: usize = 16;
/// Four points for each of two examples: one in the middle of a pixel, one between four, at a border, and outside.
const POINTS: [f64; 16] = [
    4.5 / 16.0,
    9.5 / 16.0,
    0.5,
    0.5,
    0.0,
    0.25,
    1.1,
    0.5, //
    0.2,
    0.8,
    0.9,
    0.1,
    0.33,
    0.34,
    0.71,
    0.72,
];
const LINES: [[usize; 2]; 3] = [[0, 1], [2, 2], [3, 1]];

/// Of each example, and of each point or of all, a number for each pixel from how far right and down its middle is.
fn pixels(of: impl Fn(&[f64], f64, f64) -> Vec<f64>) -> Vec<f64> {
    let mut all = Vec::new();
    for points in POINTS.chunks(8) {
        let each: Vec<Vec<f64>> =
            (0..SIDE * SIDE).map(|at| of(points, (at % SIDE) as f64 + 0.5, (at / SIDE) as f64 + 0.5)).collect();
        for channel in 0..each[0].len() {
            all.extend(each.iter().map(|values| values[channel]));
        }
    }
    all
}

fn place(points: &[f64], at: usize) -> [f64; 2] {
    [points[2 * at] * SIDE as f64, points[2 * at + 1] * SIDE as f64]
}

#[test]
fn heat_maps_peak_at_their_joints() {
    let mut case = Case::default();
    let points = case.input_of(&[2, 4, 2], POINTS.to_vec());
    let maps = functional::heat_maps(&mut case.graph, points, SIDE, 1.5).unwrap();
    let direct = pixels(|points, x, y| {
        let heat = |at: usize| {
            let [u, v] = place(points, at);
            (-((x - u).powi(2) + (y - v).powi(2)) / (2.0 * 1.5 * 1.5)).exp()
        };
        (0..4).map(heat).collect()
    });
    let maps = case.run::<f64>(maps);
    assert_close("heat maps", &maps, &direct, 1e-6);
    let first = &maps[..SIDE * SIDE];
    let peak = (0..SIDE * SIDE).max_by(|&a, &b| first[a].total_cmp(&first[b])).unwrap();
    assert_eq!((peak % SIDE, peak / SIDE), (4, 9));
    assert!((first[peak] - 1.0).abs() < 1e-6, "in the middle of a pixel it is 1: {}", first[peak]);
}

#[test]
fn lines_cover_what_is_near_them() {
    let mut case = Case::default();
    let points = case.input_of(&[2, 4, 2], POINTS.to_vec());
    let cover = functional::lines(&mut case.graph, points, &LINES, SIDE, 1.2).unwrap();
    let direct = pixels(|points, x, y| {
        let distance = |[from, to]: [usize; 2]| {
            let ([a, b], [c, d]) = (place(points, from), place(points, to));
            // The nearest of many places along the line.
            let places = (0..=2_000).map(|step| f64::from(step) / 2_000.0);
            places.map(|share| (a + (c - a) * share - x).hypot(b + (d - b) * share - y)).fold(f64::INFINITY, f64::min)
        };
        let nearest = LINES.into_iter().map(distance).fold(f64::INFINITY, f64::min);
        vec![(1.2 + 0.5 - nearest).clamp(0.0, 1.0)]
    });
    let cover = case.run::<f64>(cover);
    // Between two of these places lie a hundredth of a pixel.
    assert_close("lines", &cover, &direct, 1e-2);
    assert!(cover.contains(&0.0) && cover.contains(&1.0));

    let flat = case.input(&[2, 8]);
    let error = functional::heat_maps(&mut case.graph, flat, SIDE, 1.5).unwrap_err().to_string();
    assert!(error.contains("[B, N, 2]") && error.contains("[2, 8]"), "{error}");
}

fn settings() -> Settings {
    let mut settings = Settings::new(Preset::find("posed-figures").unwrap());
    settings.recipe.batch_size = 4;
    settings.examples = 20;
    settings
}

fn trainer() -> (Trainer, Vec<Vec<u8>>) {
    let settings = settings();
    let Examples { shape, tables } = settings.training_data(generated_digits(1, 1)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables.clone(), settings.seed).unwrap();
    (Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play), tables)
}

/// The bytes of a column of held-out rows, each row's together.
fn held_out(trainer: &Trainer, tables: &[Vec<u8>], key: &str) -> Vec<Vec<u8>> {
    let set = trainer.data().sets().remove(0);
    let at = set.columns.iter().position(|(known, _)| *known == key).unwrap();
    let width = Column::width(&set.columns[at].1);
    tables[set.columns.len() + at].chunks(width).map(<[u8]>::to_vec).collect()
}

#[test]
fn somebody_takes_the_pose_that_is_asked_for() {
    let (mut trainer, tables) = trainer();
    block_on(trainer.run(2, Only::Both)).unwrap();
    let saved = block_on(trainer.save()).unwrap();
    let pixels = 3 * 32 * 32;
    // Who is asked about is a held-out row, the first of the gallery too.
    let shown = block_on(trainer.put_out("held_out", None, 0)).unwrap();
    let byte = |value: &f32| ((value + 1.0) * 127.5).round() as u8;
    let somebody: Vec<u8> = shown[..pixels].iter().map(byte).collect();
    let row =
        held_out(&trainer, &tables, "source").iter().position(|known| *known == somebody).expect("a held-out row");
    let joints: Vec<f32> =
        held_out(&trainer, &tables, "target_joints")[row].iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let answer = block_on(trainer.ask("pose", &[("joints", &joints)])).unwrap();
    assert_eq!(answer.len(), 2 * pixels, "somebody, and in that pose");
    assert_eq!(answer[..pixels], shown[..pixels]);
    let columns = 8;
    let output = &shown[3 * columns * pixels..][..pixels];
    let worst = answer[pixels..].iter().zip(output).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-5, "{worst}");
    // Another pose is another picture of the same person.
    let mut other = joints.clone();
    other[10] = 1.0 - other[10];
    let moved = block_on(trainer.ask("pose", &[("joints", &other)])).unwrap();
    assert_eq!(moved[..pixels], answer[..pixels]);
    assert_ne!(moved[pixels..], answer[pixels..]);
    assert_eq!(block_on(trainer.save()).unwrap(), saved, "asking changes nothing");

    let mut refused = |values: &[f32]| block_on(trainer.ask("pose", &[("joints", values)])).unwrap_err().to_string();
    assert!(refused(&joints[1..]).contains("26 numbers; 25"));
    for wrong in [-0.01, 1.01, f32::NAN, f32::INFINITY] {
        let mut values = joints.clone();
        values[7] = wrong;
        let error = refused(&values);
        assert!(error.contains("from 0 to 1"), "{wrong}: {error}");
    }
}

#[test]
fn what_the_visitor_is_given_fits_the_set() {
    let (trainer, _) = trainer();
    let Drawn::Joints(skeleton) = trainer.play().probes[0].inputs[0].drawn else { panic!("joints are dragged") };
    let count = skeleton.names.len();
    assert_eq!((skeleton.hangs.len(), skeleton.start.len()), (count, count));
    assert!(skeleton.limbs.iter().chain(skeleton.hangs).flatten().all(|&joint| joint < count));
    assert_eq!(trainer.play().probes[0].inputs[0].form.numbers(), 2 * count);
}

#[test]
fn a_copy_is_less_like_the_truth_than_it_may_be() {
    let (mut trainer, _) = trainer();
    let mut reference = Reference::of_images(&generated_digits(1, 1), 0, 0);
    let effort = Effort { translated: 64, ..Effort::PAGE };
    let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
    let report = evaluation.complete(&mut reference, None).unwrap();
    let value = |key: &str| report.value(key).unwrap();
    // The wall behind both is the same, the person is not.
    assert!((0.2..0.6).contains(&value("copied_ssim")), "{}", value("copied_ssim"));
    assert!(value("ssim") < 0.5, "untrained: {}", value("ssim"));
}
