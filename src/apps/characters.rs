//! Characters of a game, to order: who, in which colours, seen from where. Not from one paper: a class-conditional generator
//! as in SAGAN (Zhang et al. 2019) without its attention, that is told three attributes in place of one.
//!
//! Bitmaps of the set have 16 x 16 pixels, each drawn twice as large. The networks work on these 16 x 16 and what they make
//! is enlarged like the set's: a network of 32 x 32 would spend three quarters of its arithmetic on copies of pixels, and
//! where it fails at that pixels are no squares any more.

use super::ordered::{Catalogue, Players, attribute, chosen, chosen_noise, places};
use crate::error::Result;
use crate::game::{Builder, Entry, Layout, Measure, ONE_STAGE, Reading, Role, Slider, Step, playable};
use crate::gan::conditional::SETTINGS_IN_TURN;
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::{Tensor, Unary};
use ganvas_sets::sprites;

pub const CHARACTERS: Algorithm = Algorithm {
    key: "characters",
    name: "Cartoon characters",
    year: 2018,
    paper: "Miyato and Koyama: cGANs with projection discriminator",
    summary: "Characters of a game are drawn to order: who, in which colours, seen from where.",
    adds: "Three attributes in place of one class. The generator makes the 16 x 16 pixels that these bitmaps have, and each is \
           shown as a square of four.",
    watch: "Colours come first, then who it is and where they look; last eyes, hats and what they hold. Some combinations were \
            never shown, and are drawn all the same.",
    entry: Some(&Entry {
        data: &["sprites"],
        settings: SETTINGS_IN_TURN,
        knobs: &[],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

/// Those of the truth are the most that can be had: more the judge does not see in any picture.
const MEASURES: [Measure; 8] = [
    seen("class_seen", "Right character", "class", "output"),
    seen("palette_seen", "Right colours", "palette", "output"),
    seen("direction_seen", "Right direction", "direction", "output"),
    of("variety", "Variety within an order", Reading::Variety { part: "output", alike: &ATTRIBUTES }),
    seen("true_class_seen", "The truth\u{2019}s character", "class", "truth"),
    seen("true_palette_seen", "The truth\u{2019}s colours", "palette", "truth"),
    seen("true_direction_seen", "The truth\u{2019}s direction", "direction", "truth"),
    of("true_variety", "The truth\u{2019}s variety", Reading::Variety { part: "truth", alike: &ATTRIBUTES }),
];
const ATTRIBUTES: [&str; 3] = ["class", "palette", "direction"];

/// How often the judge sees what was ordered.
const fn seen(key: &'static str, name: &'static str, head: &'static str, part: &'static str) -> Measure {
    of(key, name, Reading::ClassOf { head, part, class: head })
}

const fn of(key: &'static str, name: &'static str, reading: Reading) -> Measure {
    Measure::new(key, name, "held_out", reading)
}

const STEPS: u32 = 4_000; // 64,000 pictures
const RECIPE: Recipe = Recipe { decay_until: STEPS, ..super::ordered::RECIPE };

pub(crate) const PRESETS: &[Preset] = &[Preset {
    data: "sprites",
    generator_learning_rate: 2e-3,
    discriminator_learning_rate: 2e-3,
    goals: &[
        Goal::at_least("class_seen", 0.97),
        Goal::at_least("palette_seen", 0.97),
        Goal::at_least("direction_seen", 0.97),
        // Four fifths of that of the truth.
        Goal::at_least("variety", 0.19),
    ],
    ..Preset::of_game("cartoon-sprites", "Cartoon characters to order", &CHARACTERS, RECIPE, STEPS as u64)
}];

const WHO: Slider = attribute("class", "Character", &sprites::CLASSES, 1.0, "Who is drawn.");
const COLOURS: Slider = attribute("palette", "Colours", &sprites::COLOURS, 5.0, "The main colour of the palette.");
const DIRECTION: Slider = attribute("direction", "Seen", &sprites::DIRECTIONS, 1.0, "From where it is seen.");
const CATALOGUE: Catalogue = Catalogue {
    attributes: &[WHO, COLOURS, DIRECTION],
    generator: &[128, 64, 48],
    discriminator: &[32, 64, 128],
    pixel: 2,
};

/// What is left of whole numbers over `divisor`.
fn remainder(s: &mut Step, x: Tensor, divisor: usize) -> Result<Tensor> {
    let shares = s.graph.mul_scalar(x, 1.0 / divisor as f32)?;
    let whole = s.graph.unary(Unary::Floor, shares)?;
    let whole = s.graph.mul_scalar(whole, divisor as f32)?;
    s.graph.sub(x, whole)
}

fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let players = Players::new(game, &CATALOGUE);
    players.play(game)?;

    let [classes, palettes, directions] = [sprites::CLASSES.len(), sprites::COLOURS.len(), sprites::DIRECTIONS.len()];
    let page = Layout::Grid([palettes, classes]);
    game.gallery("orders", "A row for each character, a column for each palette", page, |s| {
        let (z, [palette, class]) = (s.latent(), places(s, palettes)?);
        // Each looks elsewhere than its neighbours.
        let sum = s.graph.add(palette, class)?;
        let direction = remainder(s, sum, directions)?;
        let example = players.draw(s, z, &[class, palette, direction])?;
        Ok(vec![("example", "", Role::Output, example)])
    })?;

    let page = Layout::Grid([palettes, directions]);
    game.gallery("sides", "One character in all palettes from all sides", page, |s| {
        let [palette, direction] = places(s, palettes)?;
        let (z, class) = (chosen_noise(s, "shown_noise")?, chosen(s, Slider { key: "shown_class", ..WHO })?);
        let example = players.draw(s, z, &[class, palette, direction])?;
        Ok(vec![("example", "", Role::Output, example)])
    })?;

    game.gallery("held_out", "Orders of which no picture was shown", Layout::Rows(8), |s| {
        let (truth, order, z) = (s.row("data", "picture")?, players.order_of_rows(s)?, s.latent());
        let output = players.draw(s, z, &order)?;
        Ok(vec![
            ("truth", "One of that order", Role::Truth, truth),
            ("output", "Drawn", Role::Output, output),
            ("class", "", Role::Class, order[0]),
            ("palette", "", Role::Class, order[1]),
            ("direction", "", Role::Class, order[2]),
        ])
    })?;

    players.probe(game, "character")
}
