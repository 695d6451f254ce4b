//! Judges of sets that are drawn: the shipped files, what they see, files that are none, the training that makes them, and
//! what they say of a game.

use ganvas::Error;
use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::data::{Arrangement, Column, Examples, Form, HELD_OUT, SetRow};
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::metrics::judge::scaled;
use ganvas::metrics::set_judge::{BATCH, Recipe, SetJudge, Training, VIEWS, WHICH};
use ganvas::tensor_file::TensorFile;
use ganvas::train::{Effort, Evaluation, Reference, Report, Settings, Trainer};
use pollster::block_on;
use std::path::Path;

/// Numbers of a picture of landscapes, and pixels of a map.
const PICTURE: usize = 3 * 32 * 32;
const MAP: usize = 32 * 32;
const ROWS: usize = 200;
/// Sets of faces that have a judge.
const FACES: [&str; 2] = ["faces", "faces-to-emoji"];

fn shipped(key: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("www/judges/{key}.safetensors"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn scenes() -> SetJudge {
    SetJudge::load(&shipped("scenes"), "scenes").unwrap()
}

/// Map, picture and style of the first held-out rows.
fn held_out() -> [Vec<u8>; 3] {
    let tables = ganvas_sets::draw("scenes", 1, ganvas_sets::Split::HeldOut, 0..ROWS as u32).unwrap();
    [0, 1, 2].map(|column| tables[column].clone())
}

#[test]
fn the_shipped_judge_says_what_it_is() {
    let bytes = shipped("scenes");
    assert!(bytes.len() <= 150_000, "{} bytes are fetched", bytes.len());
    let judge = scenes();
    let (about, recipe) = (judge.about(), Recipe::default());
    assert_eq!(about.recipe, recipe.words(), "the README's command made it");
    assert_eq!((about.seed, about.rows as usize, about.steps), (recipe.seed, recipe.rows, recipe.steps));
    let anatomy = &about.anatomy;
    assert_eq!((&anatomy.set[..], &anatomy.picture[..], anatomy.numbers()), ("scenes", "picture", PICTURE));
    let heads: Vec<_> = judge.heads().iter().map(|head| (&head.key[..], head.column)).collect();
    let map = Column::Example(Form::Map { classes: 10, height: 32, width: 32 });
    assert_eq!(heads, [("map", map), ("style", Column::Class { classes: 6 })]);
    assert!(about.figures[0] >= 0.97 && about.figures[1] >= 0.99, "{:?}", about.figures);
    let (words, sound) = judge.verdict();
    assert!(sound && words.contains("map") && words.contains("style"), "{words}");
    let file = TensorFile::read(&bytes).unwrap();
    assert!(file.tensors.iter().all(|view| view.dtype == "F16"));
}

/// Also of combinations that no game is trained on, and also of characters that wear and hold all there is.
#[test]
fn the_judge_of_sprites_sees_who_in_which_colours_and_from_where() {
    let bytes = shipped("sprites");
    assert!(bytes.len() <= 150_000, "{} bytes are fetched", bytes.len());
    let mut judge = SetJudge::load(&bytes, "sprites").unwrap();
    let (about, recipe) = (judge.about(), Recipe::default());
    assert_eq!(about.recipe, recipe.words(), "the README's command made it");
    assert_eq!((about.seed, about.rows as usize, about.steps), (recipe.seed, recipe.rows, recipe.steps));
    assert!(about.figures.iter().all(|figure| *figure >= 0.99), "{:?}", about.figures);
    // Rows of another seed than those that it was made with.
    for split in [ganvas_sets::Split::Train, ganvas_sets::Split::HeldOut] {
        let tables = ganvas_sets::draw("sprites", 5, split, 0..ROWS as u32).unwrap();
        let truth: Vec<&[u8]> = tables[1..4].iter().map(|table| &table[..]).collect();
        let figures = judge.figures(&tables[0], &truth).unwrap();
        assert!(figures.iter().all(|figure| *figure >= 0.985), "{split:?}: {figures:?}");
    }
}

#[test]
fn judges_of_faces_see_each_attribute() {
    for key in FACES {
        let bytes = shipped(key);
        assert!(bytes.len() <= 150_000, "{key}: {} bytes are fetched", bytes.len());
        let judge = SetJudge::load(&bytes, key).unwrap();
        let (about, recipe) = (judge.about(), Recipe::default());
        let (sets, steps) = if key == "faces" { (1, recipe.steps) } else { (2, 2_400) };
        let recipe = Recipe { steps, ..recipe };
        assert_eq!(about.recipe, recipe.words(), "{key}: the README's command made it");
        assert_eq!((about.seed, about.rows as usize, about.steps), (recipe.seed, sets * recipe.rows, recipe.steps));
        let heads: Vec<&str> = judge.heads().iter().map(|head| &head.key[..]).collect();
        let view = VIEWS.iter().find(|view| view.set == key).unwrap();
        assert_eq!(heads, view.heads, "{key}");
        let (words, sound) = judge.verdict();
        assert!(sound && about.figures.iter().all(|figure| *figure >= 0.99), "{key}: {words}");
    }
}

/// It knows the people whom no game is trained on, at any age, and how much of their age shows.
#[test]
fn the_judge_of_ageing_faces_knows_people_and_their_age() {
    let bytes = shipped("ageing-faces");
    assert!(bytes.len() <= 400_000, "{} bytes are fetched", bytes.len());
    let mut judge = SetJudge::load(&bytes, "ageing-faces").unwrap();
    let recipe = Recipe { steps: 6_000, rows: 40_000, numbers_weight: 10.0, ..Recipe::default() };
    let about = judge.about();
    assert_eq!(about.recipe, recipe.words(), "the README's command made it");
    assert!(about.recipe.contains("10 times the squared error"), "{}", about.recipe);
    assert_eq!((about.seed, about.rows as usize, about.steps), (recipe.seed, recipe.rows, recipe.steps));
    let (words, sound) = judge.verdict();
    assert!(sound && about.figures[0] >= 0.99 && about.figures[1] >= 0.99, "{words}");
    // Rows of another seed than those that it was made with.
    let tables = ganvas_sets::draw("ageing-faces", 5, ganvas_sets::Split::HeldOut, 0..ROWS as u32).unwrap();
    let figures = judge.figures(&tables[0], &[&tables[1], &tables[2], &tables[9]]).unwrap();
    // A fifth of the rows that the file speaks of.
    assert!(figures[0] >= 0.975 && figures[1] >= 0.975 && figures[2] < 0.035, "{figures:?}");
    // And nobody is taken for the next.
    let other = tables[2].iter().map(|&person| person % 200 + 1).collect::<Vec<u8>>();
    assert!(judge.figures(&tables[0], &[&tables[1], &other, &tables[9]]).unwrap()[1] < 0.02);
}

/// One judge for both styles: as right about emoji alone as about photographs alone, and it tells them apart.
#[test]
fn the_judge_of_faces_and_emoji_knows_either() {
    let mut judge = SetJudge::load(&shipped("faces-to-emoji"), "faces-to-emoji").unwrap();
    let keys: Vec<String> = judge.heads().iter().map(|head| head.key.clone()).collect();
    for (which, set) in ["faces", "emoji-faces"].into_iter().enumerate() {
        let columns = ganvas_sets::find(set).unwrap().columns;
        let tables = ganvas_sets::draw(set, 1, ganvas_sets::Split::HeldOut, 0..ROWS as u32).unwrap();
        let here = vec![which as u8; ROWS];
        let truth: Vec<&[u8]> = keys
            .iter()
            .map(|key| match columns.iter().position(|(known, _)| known == key) {
                Some(at) => &tables[at][..],
                None => &here,
            })
            .collect();
        let figures = judge.figures(&tables[0], &truth).unwrap();
        for (key, figure) in keys.iter().zip(figures) {
            // A fifth of the rows that the file speaks of.
            assert!(figure >= 0.975, "{key} of {set}: {figure}");
        }
        let others = vec![1 - which as u8; ROWS];
        let at = keys.iter().position(|key| key == WHICH).unwrap();
        let mut strangers = truth.clone();
        strangers[at] = &others;
        assert!(judge.figures(&tables[0], &strangers).unwrap()[at] < 0.025, "{set} is not the other set");
    }
}

#[test]
fn it_knows_held_out_landscapes_and_not_those_of_another_map() {
    let mut judge = scenes();
    let [map, picture, style] = held_out();
    let figures = judge.figures(&picture, &[&map, &style]).unwrap();
    for (figure, stated) in figures.iter().zip(judge.about().figures.clone()) {
        // A fifth of the rows that the file speaks of.
        assert!((figure - stated).abs() < 0.02, "{figure} of these rows, and the file says {stated} of {HELD_OUT}");
    }
    let mut others = map.clone();
    others.rotate_left(MAP);
    let strangers = judge.figures(&picture, &[&others, &style]).unwrap();
    assert!(strangers[0] < 0.8, "{} of the pixels of another landscape", strangers[0]);
    // Pixels in other places are other pictures.
    let mut upside_down = picture.clone();
    upside_down.chunks_exact_mut(MAP).for_each(<[u8]>::reverse);
    let spoilt = judge.figures(&upside_down, &[&map, &style]).unwrap();
    assert!(spoilt[0] < 0.6, "{} of the pixels upside down", spoilt[0]);
}

#[test]
fn pieces_and_the_whole_agree_and_what_is_no_number_is_no_class() {
    let mut judge = scenes();
    let [_, picture, _] = held_out();
    let count = 2 * BATCH + 5;
    let mut pictures = scaled(&picture[..count * PICTURE]);
    let whole = judge.see(&pictures).unwrap();
    assert_eq!([whole[0].len(), whole[1].len()], [count * MAP, count]);
    let mut pieces = vec![Vec::new(); 2];
    for piece in pictures.chunks(7 * PICTURE) {
        let seen = judge.see(piece).unwrap();
        pieces.iter_mut().zip(seen).for_each(|(all, seen)| all.extend(seen));
    }
    // A picture's place in the batch decides how sums are rounded, and now and then a pixel is on the fence.
    let same = whole[0].iter().zip(&pieces[0]).filter(|(one, other)| one == other).count();
    assert!(same as f64 >= 0.9999 * whole[0].len() as f64, "{same} of {}", whole[0].len());
    assert_eq!(whole[1], pieces[1]);
    pictures[0] = f32::NAN;
    let broken = judge.see(&pictures).unwrap();
    assert!(broken[1][0].is_nan() && broken[0][0].is_nan(), "of the first picture nothing is known");
    assert_eq!(broken[1][1..], whole[1][1..], "and its neighbours are as they were");
    let odd = judge.see(&[0.0; PICTURE + 1]).unwrap_err().to_string();
    assert!(odd.contains("3073"), "{odd}");
}

/// A shuffled judge: the weights of one layer in another order.
#[test]
fn a_shuffled_judge_knows_nothing() {
    let bytes = shipped("scenes");
    let mut shuffled = bytes.clone();
    let file = TensorFile::read(&bytes).unwrap();
    let view = file.tensor("middle.conv.weight").unwrap();
    let start = view.data.as_ptr() as usize - bytes.as_ptr() as usize;
    shuffled[start..start + view.data.len()].rotate_left(view.data.len() / 2 + 2);
    let mut judge = SetJudge::load(&shuffled, "scenes").unwrap();
    let [map, picture, style] = held_out();
    let figures = judge.figures(&picture, &[&map, &style]).unwrap();
    assert!(figures[0] < 0.9 && figures[1] < 0.7, "{figures:?}");
}

/// The error of a file that is none, in words.
fn refused(bytes: &[u8]) -> String {
    match SetJudge::load(bytes, "scenes") {
        Err(error @ Error::Data { .. }) => error.to_string(),
        Err(error) => panic!("another kind of error: {error:?}"),
        Ok(_) => panic!("a broken file was taken for a judge"),
    }
}

/// The file with words in its header replaced by others as long.
fn with_words(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let position = bytes.windows(from.len()).position(|window| window == from.as_bytes()).expect(from);
    let mut bytes = bytes.to_vec();
    bytes[position..position + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

#[test]
fn broken_files_and_those_of_other_sets_are_refused_by_what_is_wrong() {
    let bytes = shipped("scenes");
    for length in (0..20).chain((20..bytes.len()).step_by(9_777)).chain([bytes.len() - 1]) {
        assert!(refused(&bytes[..length]).contains("safetensors"), "cut to {length} bytes");
    }
    let other = match SetJudge::load(&bytes, "figures") {
        Err(error) => error.to_string(),
        Ok(_) => panic!("the judge of landscapes was taken for one of people"),
    };
    assert!(other.contains("“scenes”") && other.contains("“figures”"), "{other}");
    assert!(refused(&shipped("mnist")).contains("ganvas-judge-1"));
    for (from, to, named) in [
        ("ganvas-set-judge-1", "ganvas-set-judge-9", "ganvas-set-judge-9"),
        ("\"widths\"", "\"wifths\"", "widths"),
        ("picture 3 32", "picture 3 39", "picture 3 39"),
        ("picture 3 32", "picture 0 32", "picture 0 32"),
        ("map map 10", "map mop 10", "mop"),
        ("map map 10", "map map 11", "map.weight"),
        ("style class 6", "style class x", "class x"),
        ("\"rows\":\"10000\"", "\"rows\":\"1000x\"", "rows"),
        ("\"16 24 40\"", "\"16 24 99\"", "down3.conv.weight"),
        ("\"F16\"", "\"F99\"", "F99"),
    ] {
        let message = refused(&with_words(&bytes, from, to));
        assert!(message.contains(named), "{from}: {message}");
    }
    let file = TensorFile::read(&bytes).unwrap();
    for (key, half) in [("map.bias", 0x7e00u16), ("up1.norm.running_var", 0xbc00)] {
        let end = file.tensor(key).unwrap().data.as_ptr_range().end as usize - bytes.as_ptr() as usize;
        let mut spoilt = bytes.clone();
        spoilt[end - 2..end].copy_from_slice(&half.to_le_bytes());
        let message = refused(&spoilt);
        assert!(message.contains(key), "{key}: {message}");
    }
}

/// More classes than these take longer to learn than the test has time for.
const MOST_CLASSES: usize = 20;

/// What a column of a drawn set has, if there is one of that name.
fn column_of(set: &str, key: &str) -> Option<ganvas_sets::Column> {
    let SetRow { arrangement: Arrangement::Drawn(sets), .. } = SetRow::find(set)? else { return None };
    sets[0].columns.iter().find(|(known, _)| *known == key).map(|(_, column)| *column)
}

/// Maps, classes and joints: each set's judge learns, comes back from its file as it was, and is the same every time.
#[test]
fn judges_of_all_sets_learn_and_come_back_from_their_files() {
    for view in VIEWS {
        let recipe = Recipe { steps: 40, batch_size: 8, rows: 200, widths: [6, 8, 12], ..Recipe::default() };
        let trained = || {
            let mut training = Training::new(view.set, recipe).unwrap();
            let early = training.run(5).unwrap();
            training.run(30).unwrap();
            let late = training.run(1_000).unwrap();
            assert_eq!(training.step(), recipe.steps, "it ends where the recipe does");
            for ((early, late), key) in early.iter().zip(&late).zip(view.heads) {
                // Two hundred people are not told apart after so few pictures.
                let is_hard = matches!(column_of(view.set, key), Some(ganvas_sets::Column::Class { classes }) if classes > MOST_CLASSES);
                assert!(is_hard || late < early, "{key} of {}: the loss was {early} and is {late}", view.set);
            }
            training.judge().unwrap()
        };
        let mut judge = trained();
        let Some(SetRow { arrangement: Arrangement::Drawn(sets), .. }) = SetRow::find(view.set) else {
            panic!("{} is drawn", view.set);
        };
        let columns = sets[0].columns.iter().map(|(key, _)| *key);
        let picture = columns.clone().position(|key| key == view.picture).unwrap();
        let tables = Examples::draw(sets, 20, 3).tables;
        let pictures = scaled(&tables[picture]);
        let bytes = judge.save();
        let mut again = SetJudge::load(&bytes, view.set).unwrap();
        assert_eq!(again.about(), judge.about(), "{}", view.set);
        let seen = judge.see(&pictures).unwrap();
        assert_eq!(again.see(&pictures).unwrap(), seen, "{}", view.set);
        for (head, seen) in view.heads.iter().zip(&seen) {
            let width = columns.clone().position(|key| key == *head).map_or(1, |at| sets[0].columns[at].1.width());
            assert_eq!(seen.len(), 20 * width, "{head} of {}", view.set);
        }
        assert!(trained().save() == bytes, "{}: the same seed gives the same judge", view.set);
    }
    let unknown = match Training::new("moons", Recipe::default()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("moons are no pictures"),
    };
    assert!(unknown.contains("scenes"), "{unknown}");
}

/// What is measured of landscapes that nobody has learned to paint.
fn untrained(judge: Option<SetJudge>) -> Report {
    let mut settings = Settings::new(Preset::find("spade-scenes").unwrap());
    assert_eq!(settings.judged_set().map(|set| set.key), Some("scenes"));
    settings.examples = 50;
    let (sets, rows) = settings.drawn().unwrap();
    let Examples { shape, tables } = Examples::draw(sets, rows, settings.seed);
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play);
    let mut reference = Reference::Galleries(judge.map(Box::new));
    // Of the last piece a part is left.
    let effort = Effort { translated: BATCH + 8, ..Effort::PAGE };
    let mut evaluation = block_on(Evaluation::begin(&mut trainer, &reference, effort)).unwrap();
    evaluation.complete(&mut reference, None).unwrap()
}

#[test]
fn a_game_is_measured_by_it_beside_the_truth() {
    let report = untrained(Some(scenes()));
    let value = |key: &str| report.value(key).unwrap_or_else(|| panic!("{key} was not measured"));
    assert_eq!(report.samples, BATCH + 8);
    assert!(!report.lacks_judge);
    assert!(value("true_pixel_accuracy") > 0.96 && value("true_mean_iou") > 0.8, "{report:?}");
    assert_eq!(value("true_style_seen"), 1.0);
    assert!(value("pixel_accuracy") < 0.6 && value("mean_iou") < 0.3 && value("style_seen") < 0.6, "{report:?}");
}

#[test]
fn without_it_what_takes_it_is_left_out_and_the_rest_measured() {
    let report = untrained(None);
    assert!(report.lacks_judge);
    for (key, value) in &report.values {
        assert_eq!(value.is_some(), ["l1", "sharpness"].contains(key), "{key}: {value:?}");
    }
    // Digits and points take no judge of a set.
    for key in ["quick-mnist", "gan-ring8", "pix2pix-outlines"] {
        assert!(Settings::new(Preset::find(key).unwrap()).judged_set().is_none(), "{key}");
    }
}

#[test]
fn the_shipped_judge_of_captioned_digits_sees_which_in_which_colour_and_where() {
    let bytes = shipped("captioned-digits");
    assert!(bytes.len() <= 150_000, "{} bytes are fetched", bytes.len());
    let mut judge = SetJudge::load(&bytes, "captioned-digits").unwrap();
    let about = judge.about().clone();
    assert_eq!(about.recipe, Recipe { steps: 4_000, ..Recipe::default() }.words(), "the README's command made it");
    let heads: Vec<_> = judge.heads().iter().map(|head| (&head.key[..], head.column)).collect();
    let class = |classes| Column::Class { classes };
    assert_eq!(heads, [("digit", class(10)), ("colour", class(5)), ("place", class(9))]);
    assert!(judge.verdict().1, "{}", judge.verdict().0);
    // Others than those that the file speaks of: of combinations that it was not trained on, and of those that it was.
    for split in [ganvas_sets::Split::HeldOut, ganvas_sets::Split::Seen] {
        let tables = ganvas_sets::draw("captioned-digits", 9, split, 0..ROWS as u32).unwrap();
        let truth: Vec<&[u8]> = tables[2..].iter().map(|table| &table[..]).collect();
        let figures = judge.figures(&tables[0], &truth).unwrap();
        assert!(figures.iter().all(|&figure| figure >= 0.97), "{split:?}: {figures:?}");
        let others: Vec<Vec<u8>> = truth.iter().map(|table| [&table[1..], &table[..1]].concat()).collect();
        let others: Vec<&[u8]> = others.iter().map(|table| &table[..]).collect();
        let strangers = judge.figures(&tables[0], &others).unwrap();
        assert!(strangers.iter().all(|&figure| figure < 0.4), "of another picture: {strangers:?}");
    }
}
