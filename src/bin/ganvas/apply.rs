//! `ganvas apply`: what an application makes of one's own pictures, captions and orders, or of rows that it was not trained on.

mod decode;
mod fit;
mod order;
mod out;
mod rows;

use crate::run::{self, Data, Shown};
use crate::terminal::say;
use clap::Args;
use fit::{Fitted, Invert, Wanted};
use ganvas::apps::holes::MIDDLE_HOLE;
use ganvas::data::procedural::generated_digits;
use ganvas::data::{Column, Examples, Form};
use ganvas::game::{Drawn, Gallery, Input, Layout, Lexicon, Play, Probe, Role, Slider};
use ganvas::train::{Settings, Trainer};
use ganvas::{Error, Result};
use out::Out;
use rows::Place;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    ganvas apply srgan-x4 small.png photos/ --out enlarged --sheet sheet.png\n  \
    ganvas apply inpainting-mnist digits/ --hole 4,4,10,20 --out filled\n  \
    ganvas apply cyclegan-edges digits/ --state run.safetensors --out outlines\n  \
    ganvas apply text-to-digits --words \"the red digit three is on the left of the image\" --out painted\n  \
    ganvas apply drawn-faces --set hair_style=curly --set glasses=none --count 8 --out faces\n  \
    ganvas apply posed-figures --test --out posed\n\n\
    Pictures of any size are cropped to their middle square, resized and turned grey where the application works in grey;\n\
    a line says so. What could not be read stops nothing else and is named at the end; the exit code is then 3, and 1 where\n\
    nothing was written.")]
pub struct Arguments {
    /// The application, for instance srgan-x4
    preset: String,
    /// Pictures, and folders of them: PNG or JPEG
    pictures: Vec<PathBuf>,
    /// Take rows of the data that were held out, in place of pictures
    #[arg(long, conflicts_with_all = ["pictures", "words"])]
    test: bool,
    /// A caption, where the application takes one; can be given several times
    #[arg(long, value_name = "CAPTION", conflicts_with = "pictures")]
    words: Vec<String>,
    /// What is ordered beside or in place of pictures, for instance hair_style=curly; can be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// How many rows with --test, or pictures to one order [default: 16 rows, 1 picture]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    count: Option<u32>,
    /// Which gallery, of an application that has several, for instance b_to_a [default: the first of rows]
    #[arg(long)]
    gallery: Option<String>,
    /// Whether black and white change places
    #[arg(long, value_enum, default_value = "auto")]
    invert: Invert,
    /// What is missing of pictures, for inpainting, in pixels of 28 [default: 7,7,14,14]
    #[arg(long, value_name = "TOP,LEFT,HEIGHT,WIDTH", value_parser = four)]
    hole: Option<[usize; 4]>,
    /// A saved run or weights [default: the preset's trained start]
    #[arg(long)]
    state: Option<PathBuf>,
    /// Folder for the pictures: a new or an empty one
    #[arg(long)]
    out: PathBuf,
    /// A PNG with what went in and what came out side by side
    #[arg(long)]
    sheet: Option<PathBuf>,
    /// Of the run's noise
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// The packed data, as `cargo xtask data` writes it; for --test
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
}

/// What came of one input: the parts that are drawn, one after another, from -1 to 1.
pub struct Made {
    /// What went in, where it is none of the parts.
    pub own: Option<Vec<f32>>,
    pub parts: Vec<Vec<f32>>,
}

/// Rows with `--test` where nothing else is asked for.
const ROWS: usize = 16;
/// Rows of data that a network is built with that is not trained.
const FEW: u32 = 256;

/// How an application is used.
enum Way {
    /// A picture goes into a probe.
    Picture(Probe, Wanted),
    /// A caption does.
    Caption(Probe, Lexicon),
    /// Sliders alone do.
    Order(Probe),
    /// Pictures stand in the place of held-out rows.
    InPlace(Gallery, Place, Wanted),
    /// Held-out rows.
    Test(Gallery, usize),
}

pub fn run(arguments: Arguments) -> Result<ExitCode> {
    pollster::block_on(apply(&arguments))
}

async fn apply(arguments: &Arguments) -> Result<ExitCode> {
    let settings = run::settings(&arguments.preset, arguments.seed, &[])?;
    let play = settings.game(settings.shape(), 0)?.play;
    let way = way(arguments, &settings, &play)?;
    let places = order::places(&sliders(&way), &arguments.set)?;
    let shown = Shown::read(&arguments.preset, arguments.seed, arguments.state.as_deref())?;
    let mut out = Out::new(&arguments.out, arguments.sheet.as_deref())?;
    match &way {
        Way::Picture(probe, wanted) => {
            let pictures = pictures(arguments, wanted, &mut out);
            if pictures.is_empty() {
                return Ok(out.exit_code());
            }
            let mut trainer = open(arguments, shown, |examples| examples).await?;
            let holes = hole(arguments, probe)?;
            for (name, fitted) in pictures {
                let mut inputs: Vec<(&str, &[f32])> = vec![(probe.inputs[0].key, &fitted.values)];
                inputs.extend(holes.iter().map(|(key, hole)| (*key, &hole[..])));
                let parts = ask(&mut trainer, probe, &inputs, &places).await?;
                out.write(&name, &probe.parts, Made { own: Some(fitted.seen), parts })?;
            }
        }
        Way::InPlace(gallery, place, wanted) => {
            let pictures = pictures(arguments, wanted, &mut out);
            if pictures.is_empty() {
                return Ok(out.exit_code());
            }
            let byte = |values: &Vec<f32>| values.iter().map(|&value| ganvas::train::picture::byte(value)).collect();
            let rows: Vec<Vec<u8>> = pictures.iter().map(|(_, fitted)| byte(&fitted.values)).collect();
            let mut trainer = open(arguments, shown, |examples| place.replace(examples, &rows)).await?;
            set_all(&mut trainer, &places).await?;
            for (row, made) in rows::put_out(&mut trainer, gallery, place.set, pictures.len()).await? {
                out.write(&pictures[row].0, &gallery.parts, made)?;
            }
        }
        Way::Test(gallery, set) => {
            let mut trainer = open(arguments, shown, |examples| examples).await?;
            set_all(&mut trainer, &places).await?;
            let count = arguments.count.map_or(ROWS, |count| count as usize);
            for (row, made) in rows::put_out(&mut trainer, gallery, *set, count).await? {
                out.write(&format!("test-{row:04}"), &gallery.parts, made)?;
            }
        }
        Way::Caption(probe, lexicon) => {
            let input = probe.inputs[0];
            let captions = arguments.words.iter().map(|text| order::caption(lexicon, input.form.numbers(), text));
            let captions = captions.collect::<Result<Vec<_>>>()?;
            let mut trainer = open(arguments, shown, |examples| examples).await?;
            for (at, caption) in captions.iter().enumerate() {
                let parts = ask(&mut trainer, probe, &[(input.key, caption)], &places).await?;
                out.write(&format!("caption-{}", at + 1), &probe.parts, Made { own: None, parts })?;
            }
        }
        Way::Order(probe) => {
            let mut trainer = open(arguments, shown, |examples| examples).await?;
            for (at, places) in orders(arguments, probe, &places)?.iter().enumerate() {
                let parts = ask(&mut trainer, probe, &[], places).await?;
                out.write(&format!("order-{}", at + 1), &probe.parts, Made { own: None, parts })?;
            }
        }
    }
    out.finish()
}

/// Four numbers with commas between them.
fn four(text: &str) -> std::result::Result<[usize; 4], String> {
    let numbers = text.split(',').map(|number| number.trim().parse().ok()).collect::<Option<Vec<usize>>>();
    numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| "four numbers, for instance 7,7,14,14".into())
}

fn refused(key: &str, message: String) -> Error {
    Error::Setting { key: key.into(), message }
}

/// How an application is used with these arguments.
fn way(arguments: &Arguments, settings: &Settings, play: &Play) -> Result<Way> {
    let key = settings.preset.key;
    // A view answers with several examples of nobody's own.
    let probe = play.probes.first().filter(|probe| probe.layout.count() == 1);
    let galleries: Vec<&Gallery> = play.galleries.iter().filter(|gallery| shows_rows(gallery)).collect();
    let gallery = match &arguments.gallery {
        None => galleries.first(),
        Some(wanted) => Some(galleries.iter().find(|gallery| gallery.key == wanted).ok_or_else(|| {
            let known: Vec<&str> = galleries.iter().map(|gallery| gallery.key).collect();
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            refused("gallery", format!("is “{wanted}”; of rows {key} has {known}"))
        })?),
    };
    let place = gallery.and_then(|gallery| Place::find(settings.preset.algorithm.key, gallery.key, &settings.shape()));
    let (pictures, words) = (!arguments.pictures.is_empty(), !arguments.words.is_empty());
    let takes_words = probe.and_then(lexicon);
    let wanted = |wanted: Option<Wanted>| wanted.map(|wanted| wanted.asked(arguments.invert));
    let takes_picture = probe.and_then(|probe| Some((probe, wanted(probe.inputs.first().and_then(taken))?)));
    let order = probe.filter(|probe| {
        probe.inputs.is_empty() && !probe.numbers.is_empty() && !probe.parts.iter().any(|part| part.role == Role::Input)
    });
    if arguments.hole.is_some() && probe.and_then(holed).is_none() {
        return Err(refused("hole", format!("is for inpainting-mnist; {key} fills none")));
    }
    if arguments.count.is_some() && (pictures || words) {
        return Err(refused(
            "count",
            "goes with --test, and with orders of --set: of each picture or caption comes one".into(),
        ));
    }
    if arguments.test {
        let gallery = gallery.ok_or_else(|| refused("preset", format!("{key} shows no rows of its data: {TAKERS}")))?;
        return Ok(Way::Test((*gallery).clone(), place.map_or(0, |place| place.set)));
    }
    match (pictures, words, takes_picture, gallery.zip(place), probe.zip(takes_words), order) {
        (true, _, Some((probe, wanted)), ..) => Ok(Way::Picture(probe.clone(), wanted)),
        (true, _, _, Some((gallery, place)), ..) => {
            let own = wanted(in_place(place.column(&settings.shape()), place.set == 0));
            let own = own.ok_or_else(|| refused("preset", format!("{key} takes no picture: {TAKERS}")))?;
            Ok(Way::InPlace((*gallery).clone(), place, own))
        }
        (_, true, _, _, Some((probe, lexicon)), _) => Ok(Way::Caption(probe.clone(), lexicon)),
        (false, false, _, _, _, Some(probe)) => Ok(Way::Order(probe.clone())),
        (true, ..) => Err(refused("preset", format!("{key} takes no picture: {TAKERS}"))),
        (_, true, ..) => Err(refused("words", format!("are for text-to-digits; {key} takes none"))),
        (.., Some(_), _) => Err(refused("words", format!("are missing: {key} takes --words CAPTION, or --test"))),
        (_, _, None, None, ..) => Err(refused("preset", format!("{key} takes nothing but --test: {TAKERS}"))),
        _ => {
            Err(refused("pictures", "are missing: give files or folders, or --test for rows that were held out".into()))
        }
    }
}

/// What takes what.
const TAKERS: &str = "srgan-x2, srgan-x4, inpainting-mnist, pix2pix-outlines, pix2pix-outlines-back, spade-scenes, \
                      photo-to-emoji, shapes-from-pictures, cyclegan-inverse, cyclegan-edges and cyclegan-texture take \
                      pictures, text-to-digits takes --words, drawn-faces and cartoon-sprites take --set";

/// Whether something of it was made of each row.
fn shows_rows(gallery: &Gallery) -> bool {
    let has = |role: Role| gallery.drawn().any(|part| part.role == role);
    matches!(gallery.layout, Layout::Rows(_)) && has(Role::Output) && (has(Role::Input) || has(Role::Truth))
}

/// What an input takes of a picture; None for what is no picture.
fn taken(input: &Input) -> Option<Wanted> {
    let (Form::Image { height: side, .. } | Form::Map { height: side, .. }) = input.form else { return None };
    let grey = Wanted { channels: 1, side, invert: Invert::Auto, is_outline: false, palette: None };
    match input.drawn {
        Drawn::Ink => Some(grey),
        Drawn::Outline => Some(Wanted { is_outline: true, ..grey }),
        Drawn::Map(palette) => Some(Wanted { channels: 3, palette: Some(palette), ..grey }),
        Drawn::Hole | Drawn::Joints(_) | Drawn::Words(_) => None,
    }
}

/// What a column takes of a picture. Only digits of the first set are known to be white on black.
fn in_place(column: Column, is_first: bool) -> Option<Wanted> {
    let Column::Example(Form::Image { channels, height: side, .. }) = column else { return None };
    let invert = if channels == 1 && is_first { Invert::Auto } else { Invert::No };
    Some(Wanted { channels, side, invert, is_outline: false, palette: None })
}

fn lexicon(probe: &Probe) -> Option<Lexicon> {
    match probe.inputs.first()?.drawn {
        Drawn::Words(lexicon) => Some(lexicon),
        _ => None,
    }
}

fn holed(probe: &Probe) -> Option<&Input> {
    probe.inputs.iter().find(|input| input.drawn == Drawn::Hole)
}

fn sliders(way: &Way) -> Vec<Slider> {
    let numbers = match way {
        Way::Picture(probe, _) | Way::Caption(probe, _) | Way::Order(probe) => &probe.numbers,
        Way::InPlace(gallery, ..) | Way::Test(gallery, _) => &gallery.inputs,
    };
    numbers.iter().map(|input| input.slider).collect()
}

/// Each order with its sliders: pictures to the same order differ by their noise.
fn orders(
    arguments: &Arguments,
    probe: &Probe,
    places: &[(&'static str, f32)],
) -> Result<Vec<Vec<(&'static str, f32)>>> {
    let count = arguments.count.unwrap_or(1);
    if count == 1 {
        return Ok(vec![places.to_vec()]);
    }
    const NOISE: &str = "noise";
    let noise = probe.numbers.iter().map(|input| input.slider).find(|slider| slider.key == NOISE);
    let most = noise.map_or(1, |slider| slider.range[1] as u32 + 1);
    if count > most {
        return Err(refused("count", format!("is at most {most}: as many noises there are")));
    }
    if places.iter().any(|(key, _)| *key == NOISE) {
        return Err(refused("count", "takes the noises one after another: leave --set noise away".into()));
    }
    Ok((0..count).map(|at| places.iter().copied().chain([(NOISE, at as f32)]).collect()).collect())
}

/// What is missing of all pictures, by the key of the input.
fn hole(arguments: &Arguments, probe: &Probe) -> Result<Option<(&'static str, Vec<f32>)>> {
    let Some(input) = holed(probe) else { return Ok(None) };
    let Form::Image { height, width, .. } = input.form else { return Ok(None) };
    let [top, left, tall, wide] = arguments.hole.unwrap_or(MIDDLE_HOLE);
    let fits = |from: usize, extent: usize, most: usize| extent > 0 && from < most && extent <= most - from;
    if !fits(top, tall, height) || !fits(left, wide, width) {
        let message = format!("must have pixels and lie within {height} by {width}: 7,7,14,14 is the middle half");
        return Err(refused("hole", message));
    }
    let is_missing =
        |at: usize| (top..top + tall).contains(&(at / width)) && (left..left + wide).contains(&(at % width));
    let mask = (0..height * width).map(|at| if is_missing(at) { 1.0 } else { -1.0 });
    Ok(Some((input.key, mask.collect())))
}

/// All pictures as the network takes them, with their names; a line says of each what was done to it. One that cannot be
/// read stops no other.
fn pictures(arguments: &Arguments, wanted: &Wanted, out: &mut Out) -> Vec<(String, Fitted)> {
    let (found, refused) = decode::pictures_of(&arguments.pictures);
    let mut fitted = Vec::new();
    let mut problems = refused;
    for path in found {
        match decode::read(&path) {
            Ok(picture) => {
                let own = fit::fit(&picture, wanted);
                if !own.notes.is_empty() {
                    say!("{}: {}", path.display(), own.notes.join(", "));
                }
                fitted.push((out.name(&path), own));
            }
            Err(why) => problems.push((path, why)),
        }
    }
    problems.into_iter().for_each(|(path, why)| out.failed(&path, why));
    fitted
}

/// The run. Of what it was trained on it needs no more than the shape, unless held-out rows are wanted.
async fn open(arguments: &Arguments, shown: Shown, replace: impl FnOnce(Examples) -> Examples) -> Result<Trainer> {
    let settings = &shown.settings;
    let few = Settings { examples: FEW.max(2 * settings.recipe.batch_size as u32), ..settings.clone() };
    let examples = match (arguments.test, settings.drawn()) {
        (true, None) => Data::new(&arguments.data).examples(settings)?.0,
        (true, Some(_)) => Data::new(&arguments.data).examples(&few)?.0,
        (false, _) => few.training_data(generated_digits(2 * few.examples as usize, 0))?,
    };
    shown.open(replace(examples)).await
}

async fn set_all(trainer: &mut Trainer, places: &[(&'static str, f32)]) -> Result<()> {
    for (key, value) in places {
        trainer.set_input(key, *value).await?;
    }
    Ok(())
}

/// The parts that are drawn of what a probe answers.
async fn ask(
    trainer: &mut Trainer,
    probe: &Probe,
    inputs: &[(&str, &[f32])],
    places: &[(&'static str, f32)],
) -> Result<Vec<Vec<f32>>> {
    let places = places.iter().map(|(key, value)| (*key, std::slice::from_ref(value)));
    let inputs: Vec<(&str, &[f32])> = inputs.iter().copied().chain(places).collect();
    let output = trainer.ask(probe.key, &inputs).await?;
    let mut parts = Vec::new();
    let mut rest = &output[..];
    for part in &probe.parts {
        let (own, others) = rest.split_at(part.numbers());
        if part.is_drawn() {
            parts.push(own.to_vec());
        }
        rest = others;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_be_white_on_black_is_inverted_unasked() {
        let column = Column::Example(Form::grey(28, 28));
        let asked = |is_first: bool, invert: Invert| in_place(column, is_first).unwrap().asked(invert).invert;
        assert_eq!([true, false].map(|is_first| asked(is_first, Invert::Auto)), [Invert::Auto, Invert::No]);
        assert_eq!([true, false].map(|is_first| asked(is_first, Invert::Yes)), [Invert::Yes; 2]);
        assert!(in_place(Column::Class { classes: 10 }, true).is_none());
    }
}
