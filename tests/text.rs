//! Text to image: how captions are read, what counts as a wrong one, two stages, and what a visitor may write.

use ganvas::apps::text::other_captions;
use ganvas::apps::text::reading::{Condition, condition, read};
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend, Clocks};
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::{Builder, Drawn, Entry, Game, Layout, ONE_STAGE, Own, Reading, Role};
use ganvas::gan::{Preset, Recipe};
use ganvas::graph::{Clock, Draw, Effect, Graph, Init, Plan, Program, Role as Kind, Tensor, Variables};
use ganvas::nn::{Mode, Scope, functional};
use ganvas::train::{Only, Settings, Trainer};
use ganvas_sets::captions::{LENGTH, WORDS, number_of};
use pollster::block_on;

const PICTURE: usize = 3 * 32 * 32;

fn settings() -> Settings {
    let mut settings = Settings::new(Preset::find("text-to-digits").unwrap());
    settings.recipe.batch_size = 4;
    settings.examples = 40;
    settings
}

fn trainer(steps: usize) -> Trainer {
    let settings = settings();
    let Examples { shape, tables } = settings.training_data(generated_digits(1, 1)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play);
    block_on(trainer.run(steps, Only::Both)).unwrap();
    trainer
}

/// The numbers of the words of a text.
fn caption(text: &str) -> Vec<f32> {
    let mut numbers: Vec<f32> = text.split_whitespace().map(|word| number_of(word).unwrap().into()).collect();
    numbers.resize(LENGTH, 0.0);
    numbers
}

/// What comes of captions when they are read in that mode, in so many runs: that what is built puts out.
fn reads(
    mode: Mode,
    runs: usize,
    captions: &[Vec<f32>],
    build: &dyn Fn(&mut Scope, Tensor) -> Tensor,
) -> Vec<Vec<f32>> {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let inputs = variables.network("inputs");
    let shape = [captions.len(), LENGTH];
    let id = variables.variable(inputs, "captions", shape.into(), Kind::Buffer, Init::Constant(0.0)).unwrap();
    let words = graph.variable(&variables, id);
    let value = build(&mut Scope::new(&mut graph, &mut variables, "reader", mode), words);
    let value = functional::flatten(&mut graph, value, 0).unwrap();
    let plan = Plan::new("read", Clock::Generator, &graph, &variables, &[Effect::Output { value }]).unwrap();
    // The arena is longer than what lies in it.
    let mut words = captions.concat();
    words.resize(variables.networks[0].buffer_elements, 0.0);
    let mut backend = CpuBackend::<f32>::new(Program { variables, plans: vec![plan] }, Vec::new(), 1).unwrap();
    backend.write(inputs, Arena::Buffers, &words).unwrap();
    (0..runs as u32)
        .map(|generator| {
            backend.set_clocks(Clocks { generator, ..backend.clocks() });
            backend.run(0).unwrap();
            backend.output(0).to_vec()
        })
        .collect()
}

fn text(scope: &mut Scope, words: Tensor) -> Tensor {
    read(scope, words).unwrap()
}

#[test]
fn every_word_counts_and_what_stands_behind_the_last_does_not() {
    let captions = ["red three on the left", "red three on the right", "three red on the left", ""].map(caption);
    let read = reads(Mode::Eval, 1, &captions, &text).remove(0);
    let rows: Vec<&[f32]> = read.chunks(read.len() / captions.len()).collect();
    let far = |a: usize, b: usize| rows[a].iter().zip(rows[b]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(far(0, 1) > 0.05, "another place: {}", far(0, 1));
    // Words have places, which matter less than which they are.
    assert!(far(0, 2) > 1e-4 && far(0, 2) < 0.5 * far(0, 1), "another order: {} of {}", far(0, 2), far(0, 1));
    assert!(rows[3].iter().all(|value| value.is_finite()), "no words at all");
    // What the table has for no word does not matter.
    let alone = reads(Mode::Eval, 1, &[vec![0.0; LENGTH]], &|scope, words| {
        let none = text(scope, words);
        let init = Init::Constant(0.0);
        let bias = scope.parameter("text.bias", [64], init).unwrap();
        let bias = scope.graph.reshape(bias, [1, 64]).unwrap();
        let bias = scope.leaky_relu(bias, 0.2).unwrap();
        scope.graph.sub(none, bias).unwrap()
    });
    assert!(alone[0].iter().all(|&value| value == 0.0), "nothing is read of no words but the bias");
}

#[test]
fn what_is_told_is_drawn_anew_in_training_and_is_its_mean_where_pictures_are_shown() {
    let captions = [caption("the white eight is in the middle of the image"), caption("blue one at the top")];
    let told = |scope: &mut Scope, words: Tensor| {
        let text = text(scope, words);
        condition(scope, "stage", text, Some(Draw { stream: 1, clock: Clock::Generator })).unwrap()
    };
    let drawn = |scope: &mut Scope, words: Tensor| told(scope, words).value;
    let mean_told = |scope: &mut Scope, words: Tensor| {
        let text = text(scope, words);
        condition(scope, "stage", text, None).unwrap().value
    };
    let mean = |scope: &mut Scope, words: Tensor| {
        let text = text(scope, words);
        let both = scope.linear("stage", text, 64, true).unwrap();
        scope.graph.slice(both, 1, 0, 32).unwrap()
    };
    let mean = reads(Mode::Eval, 1, &captions, &mean).remove(0);
    assert_eq!(reads(Mode::Eval, 2, &captions, &mean_told), [mean.clone(), mean.clone()]);
    for mode in [Mode::Train, Mode::Frozen, Mode::Eval] {
        let drawn = reads(mode, 200, &captions, &drawn);
        assert_ne!(drawn[0], drawn[1], "{mode:?}");
        // At first sigma is about 1, so the mean of so many is within some tenths.
        for (at, mean) in mean.iter().enumerate() {
            let values: Vec<f32> = drawn.iter().map(|drawn| drawn[at]).collect();
            let own = values.iter().sum::<f32>() / 200.0;
            let spread = (values.iter().map(|value| (value - own).powi(2)).sum::<f32>() / 200.0).sqrt();
            assert!((own - mean).abs() < 0.35 * spread && (0.2..4.0).contains(&spread), "{own}, {mean}, {spread}");
        }
    }
    let divergence = reads(Mode::Train, 1, &captions, &|scope, words| {
        let Condition { divergence, .. } = told(scope, words);
        scope.graph.reshape(divergence, [1, 1]).unwrap()
    });
    assert!(divergence[0][0] > 0.0, "{divergence:?}");
}

const COUNT: usize = 512;
static ENTRY: Entry = Entry {
    data: &["captioned-digits"],
    settings: &[],
    knobs: &[],
    stages: ONE_STAGE,
    measures: &[],
    build: Some(|game, _| {
        game.gallery("captions", "Captions", Layout::Rows(COUNT), |s| {
            let caption = s.row("data", "caption")?;
            let (other, same) = other_captions(s, caption)?;
            let mut parts = vec![("same", "", Role::Class, same)];
            for key in ["digit", "colour", "place"] {
                parts.push((key, "", Role::Class, s.row("data", key)?));
            }
            for (at, words) in [caption, other].into_iter().enumerate() {
                for word in 0..LENGTH {
                    let key = ["caption", "other"][at];
                    parts.push((key, "", Role::Class, s.graph.slice(words, 1, word, 1)?));
                }
            }
            Ok(parts)
        })
    }),
};

#[test]
fn a_wrong_caption_is_that_of_another_picture_and_one_that_says_the_same_is_marked() {
    let set = std::slice::from_ref(ganvas_sets::find("captioned-digits").unwrap());
    let Examples { shape, tables } = Examples::draw(set, 20, 1);
    let ingredients = Recipe::BASE.ingredients(Own::default());
    let Game { program, .. } = Builder::build(&ENTRY, &ingredients, &shape, 0).unwrap();
    let mut backend = CpuBackend::<f32>::new(program, tables, 1).unwrap();
    backend.run(0).unwrap();
    let output = backend.output(0);
    let parts: Vec<&[f32]> = output.chunks(COUNT).collect();
    let of = |parts: &[&[f32]], row: usize| parts.iter().map(|part| part[row]).collect::<Vec<f32>>();
    let mut marked = 0;
    for row in 0..COUNT {
        let next = (row + 1) % COUNT;
        assert_eq!(of(&parts[4 + LENGTH..], row), of(&parts[4..4 + LENGTH], next), "the caption of the next row");
        let same = of(&parts[1..4], row) == of(&parts[1..4], next);
        assert_eq!(parts[0][row], f32::from(u8::from(same)), "row {row}");
        marked += usize::from(same);
    }
    // Forty-odd combinations are held out, so neighbours say the same now and then.
    assert!((1..40).contains(&marked), "{marked} of {COUNT}");
}

#[test]
fn the_picture_follows_the_caption_and_words_that_there_are_not_are_refused() {
    let mut trainer = trainer(2);
    let saved = block_on(trainer.save()).unwrap();
    let mut ask = |words: &[f32]| block_on(trainer.ask("caption", &[("caption", words)]));
    let red = caption("the red digit three is on the left of the image");
    let answer = ask(&red).unwrap();
    assert_eq!(answer.len(), 3 * PICTURE, "both stages, and one with other noise");
    let [draft, output, other] = [0, 1, 2].map(|part| &answer[part * PICTURE..][..PICTURE]);
    assert!(draft != output && output != other);
    assert!(answer.iter().all(|value| (-1.0..=1.0).contains(value)));
    let green = ask(&caption("the green digit three is on the left of the image")).unwrap();
    for part in 0..3 {
        assert_ne!(green[part * PICTURE..][..PICTURE], answer[part * PICTURE..][..PICTURE], "part {part}");
    }
    let far = green.iter().zip(&answer).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(far > 0.02, "it can be seen: {far}");
    assert_eq!(ask(&red).unwrap(), answer, "the same again");
    assert!(ask(&[0.0; LENGTH]).unwrap().iter().all(|value| value.is_finite()), "no words have an answer");

    for wrong in [WORDS.len() as f32 + 1.0, -1.0, 2.5, f32::NAN, f32::INFINITY] {
        let mut words = red.clone();
        words[3] = wrong;
        let error = ask(&words).unwrap_err().to_string();
        assert!(error.contains("caption") && error.contains("from 1 to 28"), "{wrong}: {error}");
    }
    assert!(ask(&red[1..]).unwrap_err().to_string().contains("12 numbers; 11"));
    assert_eq!(block_on(trainer.save()).unwrap(), saved, "asking changes nothing");
}

/// The first stage is 16 pixels a side: enlarged, each of its pixels is three quarters of itself and what its neighbours give.
#[test]
fn the_second_stage_sees_the_first_and_corrects_it() {
    let mut trainer = trainer(2);
    let shown = block_on(trainer.put_out("held_out", None, 0)).unwrap();
    let [draft, output, truth] = [0, 1, 2].map(|part| &shown[part * 8 * PICTURE..][..8 * PICTURE]);
    // Along a row, what lies between two pixels of the small picture is a mix of them: twice the pixel is not between others.
    let bends = |pictures: &[f32]| {
        let row = |row: &[f32]| (1..31).step_by(2).map(|x| (row[x] - row[x + 1]).abs()).sum::<f32>();
        let inner = |row: &[f32]| {
            (3..29).step_by(2).map(|x| (row[x - 1] - 3.0 * row[x] + 3.0 * row[x + 1] - row[x + 2]).abs()).sum::<f32>()
        };
        let (sum, steps) =
            pictures.chunks(32).fold((0.0, 0.0), |(sum, steps), line| (sum + inner(line), steps + row(line)));
        sum / steps
    };
    assert!(
        bends(draft) < bends(output) && bends(draft) < bends(truth),
        "{} {} {}",
        bends(draft),
        bends(output),
        bends(truth)
    );
    let far = draft.iter().zip(output).map(|(a, b)| (a - b).abs()).sum::<f32>() / draft.len() as f32;
    assert!((1e-3..0.7).contains(&far), "{far}");
}

/// What the page is told of the words is what the set has, and the example is a caption.
#[test]
fn what_the_visitor_is_given_fits_the_set() {
    let trainer = trainer(0);
    let input = trainer.play().probes[0].inputs[0];
    let Drawn::Words(lexicon) = input.drawn else { panic!("a caption is written") };
    assert_eq!((lexicon.words, input.form.numbers()), (&WORDS[..], LENGTH));
    assert_eq!(caption(lexicon.example).len(), LENGTH);
    let measures = trainer.settings().preset.algorithm.measures();
    let all = measures.iter().filter(|measure| matches!(measure.reading, Reading::ClassesOf { .. }));
    assert!(all.clone().count() >= 3, "the second stage, the first, and another caption");
    for measure in all {
        let Reading::ClassesOf { heads, classes, .. } = measure.reading else { continue };
        assert_eq!(heads.len(), classes.len(), "{}", measure.key);
    }
}
