//! Face ageing: that the search for a latent finds it, example by example, and that a person is kept apart from their age.

use ganvas::apps::search::search;
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::data::{DataShape, Examples};
use ganvas::game::{Builder, Entry, Game, Knob, Layout, ONE_STAGE, Own, Role};
use ganvas::gan::{Preset, Recipe};
use ganvas::graph::Unary;
use ganvas::nn::functional;
use ganvas::train::settings::Setting;
use ganvas::train::{Only, Settings, Trainer};
use pollster::block_on;

const PICTURE: usize = 3 * 32 * 32;
/// Beside each other in a gallery.
const COUNT: usize = 8;

/// On few faces, the first stage a few steps long.
fn trainer(changes: &[(&str, &str)]) -> Trainer {
    let mut settings = Settings::new(Preset::find("aged-faces").unwrap());
    let common = [("batch_size", "8"), ("examples", "40"), ("stage_length", "0.001"), ("search_steps", "3")];
    for (setting, value) in common.iter().chain(changes) {
        settings.set(Setting::find(setting).unwrap(), value).unwrap();
    }
    let (sets, count) = settings.drawn().unwrap();
    let Examples { shape, tables } = Examples::draw(sets, count, settings.seed);
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play)
}

/// In its second stage.
fn drawing(changes: &[(&str, &str)]) -> Trainer {
    let mut trainer = trainer(changes);
    let (_, begins) = trainer.stages()[1];
    block_on(trainer.run(begins as usize + 3, Only::Both)).unwrap();
    trainer
}

fn parameters(trainer: &Trainer, network: &str) -> Vec<u32> {
    let variables = trainer.backend().program().variables.clone();
    let (id, _) = variables.networks().find(|(_, name)| *name == network).unwrap();
    block_on(trainer.read(id, Arena::Parameters)).unwrap().into_iter().map(f32::to_bits).collect()
}

/// The rows of a gallery.
fn rows(trainer: &mut Trainer, gallery: &str) -> Vec<Vec<f32>> {
    let (images, columns) = block_on(trainer.drawn(gallery)).unwrap();
    images.chunks(columns * PICTURE).map(<[f32]>::to_vec).collect()
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Latents of a loss whose lowest place is known: 0.5 in all numbers. Examples have slopes of very different steepness, and
/// each goes its own way. So many steps as the knob says.
const STEPS: Knob = Knob::new("steps", "Steps", [0.0, 100.0, 1.0], 60.0, "");
static BOWL: Entry = Entry {
    data: &["mnist"],
    settings: &[],
    knobs: &[&STEPS],
    stages: ONE_STAGE,
    measures: &[],
    build: Some(|game, _| {
        let steps = game.knob(&STEPS) as usize;
        game.gallery("bowl", "Bowl", Layout::Rows(3), |s| {
            let draw = s.draw();
            let z = s.graph.normal(draw, [3, 4]);
            let row = s.graph.iota(3)?;
            let row = s.graph.reshape(row, [3, 1])?;
            // 1, 65 and 129.
            let steep = s.graph.mul_scalar(row, 64.0)?;
            let steep = s.graph.add_scalar(steep, 1.0)?;
            let z = search(s, z, steps, 0.1, &|s, z| {
                // Through a product, as networks have them.
                let places = s.graph.iota(4)?;
                let same = functional::one_hot(&mut s.graph, places, 4)?;
                let z = s.graph.matmul(z, same, false, false)?;
                let off = s.graph.add_scalar(z, -0.5)?;
                let square = s.graph.unary(Unary::Square, off)?;
                let square = s.graph.mul(square, steep)?;
                s.graph.sum_all(square)
            })?;
            let first = s.graph.slice(z, 1, 0, 1)?;
            Ok(vec![("z", "", Role::Logit, first)])
        })
    }),
};

#[test]
fn the_search_goes_down_however_steep_it_is() {
    let after = |steps: f32| {
        let mut own = Own::default();
        own.set(&STEPS, steps);
        let Game { program, .. } =
            Builder::build(&BOWL, &Recipe::BASE.ingredients(own), &DataShape::digits(8), 0).unwrap();
        let tables = program.variables.tables.iter().map(|table| vec![0; table.rows * table.width]).collect();
        let mut backend = CpuBackend::<f32>::new(program, tables, 1).unwrap();
        backend.run(0).unwrap();
        backend.output(0).to_vec()
    };
    let (start, first) = (after(0.0), after(1.0));
    let moved: Vec<f32> = start.iter().zip(&first).map(|(start, first)| (start - first).abs()).collect();
    assert!(moved.iter().all(|moved| (moved - 0.1).abs() < 1e-5), "the first step is as long as the rate: {moved:?}");
    assert!(start.iter().any(|z| (z - 0.5).abs() > 0.5), "there is something to search for: {start:?}");
    let last = after(60.0);
    // To within a step, whose length does not fall.
    assert!(last.iter().all(|z| (z - 0.5).abs() < 0.1), "{last:?}");
}

#[test]
fn what_knows_people_learns_first_and_then_holds_still() {
    let mut trainer = trainer(&[]);
    let names = ["knower", "attributes", "generator"];
    let state = |trainer: &Trainer| names.map(|name| parameters(trainer, name));
    let start = state(&trainer);
    let (_, begins) = trainer.stages()[1];
    block_on(trainer.run(begins as usize, Only::Both)).unwrap();
    let knowing = state(&trainer);
    assert!(knowing[0] != start[0] && knowing[1] != start[1] && knowing[2] == start[2]);
    let (rows_of, e_of) = (rows(&mut trainer, "held_out"), rows(&mut trainer, "encoded"));
    assert_eq!(rows_of, e_of, "nothing is searched for before anything is drawn");
    block_on(trainer.run(3, Only::Both)).unwrap();
    let drawing = state(&trainer);
    assert!(drawing[0] == knowing[0] && drawing[1] == knowing[1], "what knows people changes");
    assert_ne!(drawing[2], knowing[2]);
    let found = rows(&mut trainer, "held_out");
    assert_eq!(state(&trainer), drawing, "to look changes nothing");
    assert!(worst(&found.concat(), &rows(&mut trainer, "encoded").concat()) > 1e-3, "the search moves latents");
}

/// At no step it is E's word, bit for bit; and E's word does not know the age that is asked for.
#[test]
fn without_a_step_of_the_search_it_is_what_the_encoder_says() {
    let mut trainer = drawing(&[("search_steps", "0")]);
    assert_eq!(rows(&mut trainer, "held_out"), rows(&mut trainer, "encoded"));
}

/// The one whom a visitor chooses, at the age that they choose, is the one of the gallery.
#[test]
fn a_visitor_ages_somebody_of_the_gallery() {
    let mut trainer = drawing(&[]);
    let gallery = rows(&mut trainer, "held_out");
    for (face, age) in [(0, 0), (0, 5), (3, 2), (7, 5)] {
        let asked: [(&str, &[f32]); 2] = [("face", &[face as f32 + 1.0]), ("age", &[age as f32])];
        let answer = block_on(trainer.ask("ageing", &asked)).unwrap();
        let place = face * PICTURE;
        assert_eq!(answer[..PICTURE], gallery[0][place..place + PICTURE], "face {face}");
        let aged = &gallery[1 + age][place..place + PICTURE];
        assert!(worst(&answer[PICTURE..2 * PICTURE], aged) < 1e-3, "face {face} at age {age}");
        let (young, old) = (&gallery[1][place..place + PICTURE], &gallery[6][place..place + PICTURE]);
        assert!(worst(young, old) > 1e-3, "face {face} does not age");
    }
    // What was found is kept while it holds, and no longer.
    block_on(trainer.run(2, Only::Both)).unwrap();
    let later = block_on(trainer.ask("ageing", &[("age", &[5.0])])).unwrap();
    let aged = &rows(&mut trainer, "held_out")[6][7 * PICTURE..8 * PICTURE];
    assert!(worst(&later[PICTURE..2 * PICTURE], aged) < 1e-3, "the networks have changed");
    assert!(worst(aged, &gallery[6][7 * PICTURE..8 * PICTURE]) > 1e-3);
    let state = block_on(trainer.save()).unwrap();
    block_on(trainer.run(1, Only::Both)).unwrap();
    block_on(trainer.ask("ageing", &[("face", &[8.0])])).unwrap();
    block_on(trainer.open(&state)).unwrap();
    assert!(worst(&block_on(trainer.ask("ageing", &[("age", &[5.0])])).unwrap(), &later) < 1e-6, "an earlier state");
    let refused = block_on(trainer.ask("ageing", &[("age", &[6.0])])).unwrap_err().to_string();
    assert!(refused.contains("from 0 to 5"), "{refused}");
    assert_eq!(gallery.len(), 7);
    assert!(gallery.iter().all(|row| row.len() == COUNT * PICTURE));
}

/// At weight nothing what is seen of the same latent at two ages does not reach the generator.
#[test]
fn staying_the_same_person_is_learned_by_its_weight() {
    let generator = |weight: &str| parameters(&drawing(&[("person_weight", weight)]), "generator");
    assert_ne!(generator("0"), generator("10"));
}
