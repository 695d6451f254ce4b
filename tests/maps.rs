//! Games on sets that are drawn: maps as planes and in colours, and what a visitor paints.

use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::data::{Column, Examples, Form};
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::train::{Only, Settings, Trainer};
use ganvas_sets::scenes;
use pollster::block_on;

const SIDE: usize = 32;
const PIXELS: usize = SIDE * SIDE;

fn settings() -> Settings {
    let mut settings = Settings::new(Preset::find("spade-scenes").unwrap());
    (settings.examples, settings.recipe.batch_size) = (64, 4);
    settings
}

fn trainer() -> Trainer {
    let settings = settings();
    let (sets, count) = settings.drawn().unwrap();
    let Examples { shape, tables } = Examples::draw(sets, count, settings.seed);
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play)
}

/// The row of the held-out gallery shows the map of the set's own held-out row in the palette's colours, and beside it the
/// very picture that was drawn of it.
#[test]
fn galleries_show_the_rows_that_were_drawn() {
    let mut trainer = trainer();
    let (shown, columns) = block_on(trainer.drawn("held_out")).unwrap();
    let numbers = 3 * PIXELS;
    let [map, truth] = [0, 2].map(|row| &shown[row * columns * numbers..][..numbers]);
    let drawn = ganvas_sets::draw("scenes", trainer.settings().seed, ganvas_sets::Split::HeldOut, 0..1_000).unwrap();
    let byte = |value: &f32| ((value + 1.0) * 127.5).round() as u8;
    let picture: Vec<u8> = truth.iter().map(byte).collect();
    let row = drawn[1].chunks_exact(numbers).position(|own| own == picture).expect("it is one of the held-out rows");
    let classes = &drawn[0][row * PIXELS..][..PIXELS];
    // One colour for each class, and another for each other class.
    let colour = |pixel: usize| [0, 1, 2].map(|channel| byte(&map[channel * PIXELS + pixel]));
    for (a, b) in (0..PIXELS).zip((0..PIXELS).rev()) {
        assert_eq!(colour(a) == colour(b), classes[a] == classes[b], "pixels {a} and {b}");
    }
}

#[test]
fn what_is_painted_decides_and_so_does_the_season() {
    let mut trainer = trainer();
    block_on(trainer.run(2, Only::Both)).unwrap();
    let saved = block_on(trainer.save()).unwrap();
    let grass = vec![2.0; PIXELS];
    let mut ask = |map: &[f32], season: f32| block_on(trainer.ask("painting", &[("map", map), ("season", &[season])]));
    let summer = ask(&grass, 1.0).unwrap();
    assert_eq!(summer.len(), 3 * PIXELS);
    let mut house = grass.clone();
    house[20 * SIDE + 8..20 * SIDE + 20].fill(6.0);
    assert_ne!(ask(&house, 1.0).unwrap(), summer, "a house in the grass");
    assert_ne!(ask(&grass, 5.0).unwrap(), summer, "a winter's night");
    assert_eq!(ask(&grass, 1.0).unwrap(), summer, "the same again");

    let mut refused = |map: &[f32], season: f32| ask(map, season).unwrap_err().to_string();
    assert!(refused(&[10.0; PIXELS], 1.0).contains("whole numbers from 0 to 9"));
    assert!(refused(&[0.5; PIXELS], 1.0).contains("whole numbers from 0 to 9"));
    assert!(refused(&grass[1..], 1.0).contains("1024 numbers; 1023"));
    assert!(refused(&grass, 6.0).contains("from 0 to 5"));
    let unknown = block_on(trainer.ask("painting", &[("hour", &[1.0])])).unwrap_err().to_string();
    assert!(unknown.contains("takes map, season"), "{unknown}");
    assert_eq!(block_on(trainer.save()).unwrap(), saved, "asking changes nothing");
}

#[test]
fn tables_that_do_not_fit_their_set_are_refused_with_their_sizes() {
    let settings = settings();
    let (sets, count) = settings.drawn().unwrap();
    let Examples { shape, mut tables } = Examples::draw(sets, count, settings.seed);
    let Game { program, .. } = settings.game(shape, 0).unwrap();
    tables[1].pop();
    let message = CpuBackend::<f32>::new(program, tables, 1).err().expect("a byte is missing").to_string();
    assert!(message.contains(&(count * 3 * PIXELS).to_string()), "{message}");
}

/// Every column of every set that is drawn has its like among those of games.
#[test]
fn drawn_sets_are_sets_of_games() {
    for set in ganvas_sets::SETS {
        let Examples { shape, tables } = Examples::draw(std::slice::from_ref(set), 5, 1);
        let sets = shape.sets();
        let [own] = &sets[..] else { panic!("{} is one set", set.key) };
        assert_eq!(tables.len(), 2 * own.columns.len(), "{}", set.key);
        for ((key, column), table) in own.columns.iter().zip(&tables) {
            assert_eq!(table.len(), 5 * column.width(), "{key} of {}", set.key);
        }
        assert!(matches!(shape.form, Form::Image { channels: 3, .. }), "{}: {:?}", set.key, shape.form);
    }
    let scenes = std::slice::from_ref(ganvas_sets::find("scenes").unwrap());
    let scenes = Examples::draw(scenes, 1, 1).shape.sets();
    let map = Column::Example(Form::Map { classes: scenes::CLASSES.len(), height: SIDE, width: SIDE });
    assert_eq!(scenes[0].columns[0], ("map", map));
}

/// The page draws with a module of its own (`tests/browser/drawn.test.js` holds it against the same file).
#[test]
fn rows_are_those_that_the_page_draws() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/drawn.txt");
    let mut now = String::new();
    for set in ganvas_sets::SETS {
        for split in [ganvas_sets::Split::Train, ganvas_sets::Split::HeldOut] {
            let bytes = ganvas_sets::draw(set.key, 7, split, 100..150).unwrap().concat();
            now += &format!("{} {split:?} {}\n", set.key, ganvas::data::sha256(&bytes));
        }
    }
    if std::env::var_os("GANVAS_WRITE_GOLDENS").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), now);
}
