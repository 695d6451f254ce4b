//! Drawn faces, to order: the networks of `characters.rs`, one doubling larger, and five attributes. What is not ordered, as
//! smile, age, light and backdrop, is left to the noise, and has to come out as often as in the data.
//!
//! These are faces that a program draws, not photographs: no photographs of people may be passed on with this project, and of
//! drawn ones all attributes are known, so that what comes out can be checked.

use super::ordered::{Catalogue, Players, attribute, chosen, places};
use crate::error::Result;
use crate::game::{Builder, Entry, Layout, Listed, Measure, ONE_STAGE, Reading, Role, Slider, playable};
use crate::gan::conditional::SETTINGS_IN_TURN;
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use ganvas_sets::faces;

pub const FACES: Algorithm = Algorithm {
    key: "faces",
    name: "Drawn faces",
    year: 2018,
    paper: "Miyato and Koyama: cGANs with projection discriminator",
    summary: "Faces are drawn to order: skin, hair, glasses, beard.",
    adds: "These are faces that a program draws, not photographs: those of people may not be passed on, and of drawn ones it is \
           known what they show. What nobody ordered, as a smile, must come out as often as in the data.",
    watch: "First a backdrop with a head before it, then hair, then eyes and a mouth; glasses and beards are last. Some \
            combinations were never shown.",
    entry: Some(&Entry {
        data: &["faces"],
        settings: SETTINGS_IN_TURN,
        knobs: &[],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

/// The last is of the truth itself.
const MEASURES: [Measure; 13] = [
    seen("skin_seen", "Right skin", "skin", "output"),
    seen("hair_colour_seen", "Right colour of hair", "hair_colour", "output"),
    seen("hair_style_seen", "Right hair", "hair_style", "output"),
    seen("glasses_seen", "Glasses as ordered", "glasses", "output"),
    seen("beard_seen", "Beard as ordered", "beard", "output"),
    shares("skin_shares", "Shares of skins", "skin"),
    shares("hair_colour_shares", "Shares of hair colours", "hair_colour"),
    shares("hair_style_shares", "Shares of hair styles", "hair_style"),
    shares("glasses_shares", "Shares of glasses", "glasses"),
    shares("beard_shares", "Shares of beards", "beard"),
    shares("smile_shares", "Shares of smiles", "smile"),
    of("variety", "Variety within an order", Reading::Variety { part: "output", alike: &ORDERED }),
    of("true_variety", "The truth\u{2019}s variety", Reading::Variety { part: "truth", alike: &ORDERED }),
];
const ORDERED: [&str; 5] = ["skin", "hair_colour", "hair_style", "glasses", "beard"];

const fn of(key: &'static str, name: &'static str, reading: Reading) -> Measure {
    Measure::new(key, name, "held_out", reading)
}

/// How often the judge sees what was ordered.
const fn seen(key: &'static str, name: &'static str, head: &'static str, part: &'static str) -> Measure {
    of(key, name, Reading::ClassOf { head, part, class: head })
}

/// How far the shares of the classes are from those of the data.
const fn shares(key: &'static str, name: &'static str, head: &'static str) -> Measure {
    of(key, name, Reading::Marginal { head, part: "output", class: head })
}

const STEPS: u32 = 3_000; // 48,000 pictures
const RECIPE: Recipe = Recipe { decay_until: STEPS, ..super::ordered::RECIPE };

pub(crate) const PRESETS: &[Preset] = &[Preset {
    data: "faces",
    generator_learning_rate: 2e-3,
    discriminator_learning_rate: 2e-3,
    goals: &[
        Goal::at_most("skin_shares", 0.1),
        Goal::at_most("hair_colour_shares", 0.1),
        Goal::at_most("hair_style_shares", 0.1),
        Goal::at_most("glasses_shares", 0.1),
        Goal::at_most("beard_shares", 0.1),
        Goal::at_most("smile_shares", 0.1),
        // Four fifths of that of the truth.
        Goal::at_least("variety", 0.085),
    ],
    ..Preset::of_game("drawn-faces", "Drawn faces to order", &FACES, RECIPE, STEPS as u64)
}];

pub(super) const SKIN: Slider = attribute("skin", "Skin", &faces::SKINS, 1.0, "From light to dark.");
pub(super) const COLOUR: Slider =
    attribute("hair_colour", "Colour of the hair", &faces::HAIR_COLOURS, 3.0, "Of young hair.");
pub(super) const STYLE: Slider = attribute("hair_style", "Hair", &faces::HAIR_STYLES, 3.0, "How it is worn.");
pub(super) const GLASSES: Slider = attribute("glasses", "Glasses", &["none", "glasses"], 1.0, "Whether there are any.");
pub(super) const BEARD: Slider = attribute("beard", "Beard", &["none", "a beard"], 0.0, "Whether there is one.");

const CATALOGUE: Catalogue = Catalogue {
    attributes: &[SKIN, COLOUR, STYLE, GLASSES, BEARD],
    generator: &[128, 64, 40, 24],
    discriminator: &[16, 40, 80, 128],
    pixel: 1,
};

fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let players = Players::new(game, &CATALOGUE);
    players.play(game)?;

    let page = Layout::Grid([faces::HAIR_COLOURS.len(), faces::HAIR_STYLES.len()]);
    game.gallery("orders", "A column for each colour of hair, a row for each style", page, |s| {
        let (z, [colour, style]) = (s.latent(), places(s, faces::HAIR_COLOURS.len())?);
        // With sliders of their own: those of the probe are the visitor's order.
        let skin = chosen(s, Slider { key: "shown_skin", ..SKIN })?;
        let glasses = chosen(s, Slider { key: "shown_glasses", default: 0.0, ..GLASSES })?;
        let beard = chosen(s, Slider { key: "shown_beard", ..BEARD })?;
        let example = players.draw(s, z, &[skin, colour, style, glasses, beard])?;
        Ok(vec![("example", "", Role::Output, example)])
    })?;

    game.gallery("held_out", "Orders of which no picture was shown", Layout::Rows(8), |s| {
        let (truth, order, z) = (s.row("data", "picture")?, players.order_of_rows(s)?, s.latent());
        let (output, smile) = (players.draw(s, z, &order)?, s.row("data", "smile")?);
        let mut parts: Vec<Listed> =
            vec![("truth", "One of that order", Role::Truth, truth), ("output", "Drawn", Role::Output, output)];
        parts.extend(ORDERED.iter().zip(order).map(|(key, class)| (*key, "", Role::Class, class)));
        parts.push(("smile", "", Role::Class, smile));
        Ok(parts)
    })?;

    players.probe(game, "face")
}
