//! Photo editing: Perarnau, van de Weijer, Raducanu and Alvarez, "Invertible conditional GANs for image editing", 2016 (IcGAN).
//!
//! A generator draws faces of noise z and attributes y. Two encoders look at a face: E_z says of which noise it could have been
//! drawn, E_y which attributes it has. Drawn again of both it is the same face, and with another y it is that face edited:
//! G(E_z(x), y'). The steps are the paper's: first the generator learns beside its discriminator, then it holds still, draws
//! pairs of noise and picture, and E_z learns from these to say the noise, |z - E_z(G(z, y))|^2. E_y learns from real pictures
//! all the while, by itself.
//!
//! What differs: the discriminator is told attributes by a projection for each (Miyato and Koyama 2018; `ordered.rs`), and so
//! needs no real pictures with wrong attributes to learn that the two must fit: what fits how well is a product that it learns
//! of the right ones. Pairs are drawn anew in each step in place of 100,000 that are kept. And E_z is shown real pictures too:
//! drawn again, with the attributes that they have, they shall be themselves, pixel by pixel. A real face is none that the
//! generator has drawn, and of its noise the paper's E_z only knows by likeness; the preset `edited-faces-paper` is without, for half
//! a decibel.

use super::faces::{BEARD, COLOUR, GLASSES, SKIN, STYLE};
use super::looking::{FACE, looked, missed};
use super::ordered::{Catalogue, Players, attribute, places};
use crate::error::Result;
use crate::game::{
    Builder, Curve, D_FAKE, D_LOSS, D_REAL, Entry, G_LOSS, Knob, Layout, Listed, Measure, Network, Reading, Role,
    STAGE_LENGTH, Side, Sight, Slider, Stage, Step, playable,
};
use crate::gan::conditional::CONDITIONAL;
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::{Tensor, Unary};
use crate::nn::{Scope, Weights, losses};
use ganvas_sets::faces;

pub const ICGAN: Algorithm = Algorithm {
    key: "icgan",
    name: "Photo editing",
    year: 2016,
    paper: "Perarnau et al.: Invertible conditional GANs for image editing",
    summary: "A face gets other hair, glasses or a smile, and stays the same face.",
    adds: "Two encoders that turn the generator round: of a picture they say the noise and the attributes that it could have \
           been drawn of. With other attributes and the same noise it is the same face, edited.",
    watch: "First faces are drawn to order. Then the generator holds still, and what is drawn again becomes the face that went \
            in: its place and backdrop first, its shape later.",
    entry: Some(&Entry {
        data: &["faces"],
        settings: crate::gan::conditional::SETTINGS_IN_TURN,
        knobs: &[&AGAIN_WEIGHT, &STAGE_LENGTH],
        stages: &STAGES,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const AGAIN_WEIGHT: Knob = Knob::new(
    "again_weight",
    "Weight of being drawn again",
    [0.0, 100.0, 0.5],
    10.0,
    "How much it counts, for what says the noise of a picture, that real pictures drawn again are themselves. At 0 only the \
     noise of drawn ones counts, as in the paper.",
);

const STAGES: [Stage; 2] =
    [Stage { name: "Drawing to order", thousands: 48 }, Stage { name: "Turning it round", thousands: 0 }];

const HEADS: [&str; 6] = ["skin", "hair_colour", "hair_style", "glasses", "beard", "smile"];
/// For each attribute: a picture in which it alone was edited, and what it should then be.
const EDITED: [&str; 6] =
    ["edited_skin", "edited_hair_colour", "edited_hair_style", "edited_glasses", "edited_beard", "edited_smile"];
const WANTED: [&str; 6] =
    ["wanted_skin", "wanted_hair_colour", "wanted_hair_style", "wanted_glasses", "wanted_beard", "wanted_smile"];

/// Each edit where it was made.
const EDITS: [Sight; 6] = {
    let mut sights = [Sight { head: "", part: "", class: "" }; 6];
    let mut at = 0;
    while at < 6 {
        sights[at] = Sight { head: HEADS[at], part: EDITED[at], class: WANTED[at] };
        at += 1;
    }
    sights
};

/// For each attribute what the edits of the five others leave of it.
const LEFT: [[Sight; 5]; 6] = {
    let mut all = [[Sight { head: "", part: "", class: "" }; 5]; 6];
    let mut at = 0;
    while at < 6 {
        let (mut edit, mut place) = (0, 0);
        while edit < 6 {
            if edit != at {
                all[at][place] = Sight { head: HEADS[at], part: EDITED[edit], class: HEADS[at] };
                place += 1;
            }
            edit += 1;
        }
        at += 1;
    }
    all
};

const MEASURES: [Measure; 16] = [
    of("edited", "Edits that are seen", Reading::MeanOfSights { of: &EDITS }),
    edited("skin_edited", "Skin edited", 0),
    edited("hair_colour_edited", "Colour of hair edited", 1),
    edited("hair_style_edited", "Style of hair edited", 2),
    edited("glasses_edited", "Glasses edited", 3),
    edited("beard_edited", "Beard edited", 4),
    edited("smile_edited", "Smile edited", 5),
    kept("skin_kept", "Skin kept", 0),
    kept("hair_colour_kept", "Colour of hair kept", 1),
    kept("hair_style_kept", "Style of hair kept", 2),
    kept("glasses_kept", "Glasses kept", 3),
    kept("beard_kept", "Beard kept", 4),
    kept("smile_kept", "Smile kept", 5),
    of("kept", "Kept, drawn again", Reading::MeanClassOf { heads: &HEADS, part: "again" }),
    of("again_psnr", "Signal to noise, drawn again", Reading::Psnr { part: "again", of: "input" }),
    of("other_psnr", "The same with another\u{2019}s noise", Reading::Psnr { part: "other", of: "input" }),
];

const fn of(key: &'static str, name: &'static str, reading: Reading) -> Measure {
    Measure::new(key, name, "held_out", reading)
}

const fn edited(key: &'static str, name: &'static str, at: usize) -> Measure {
    of(key, name, Reading::ClassOf { head: HEADS[at], part: EDITED[at], class: WANTED[at] })
}

const fn kept(key: &'static str, name: &'static str, at: usize) -> Measure {
    of(key, name, Reading::MeanOfSights { of: &LEFT[at] })
}

/// Of the first stage, and of all.
const DRAWING_STEPS: u32 = 3_000;
const STEPS: u32 = 6_000; // 96,000 pictures
const RECIPE: Recipe = Recipe { latent_dim: 16, decay_until: DRAWING_STEPS, ..CONDITIONAL };

const PRESET: Preset = Preset {
    data: "faces",
    generator_learning_rate: 2e-3,
    discriminator_learning_rate: 2e-3,
    ..Preset::of_game("edited-faces", "Faces, edited", &ICGAN, RECIPE, STEPS as u64)
};
pub(crate) const PRESETS: &[Preset] = &[
    Preset {
        goals: &[
            Goal::at_least("edited", 0.95),
            Goal::at_least("skin_kept", 0.92),
            Goal::at_least("hair_colour_kept", 0.92),
            Goal::at_least("hair_style_kept", 0.92),
            Goal::at_least("glasses_kept", 0.92),
            Goal::at_least("beard_kept", 0.92),
            Goal::at_least("smile_kept", 0.92),
            // 18 are reached by who says nothing of the noise.
            Goal::at_least("again_psnr", 20.0),
        ],
        ..PRESET
    },
    Preset {
        key: "edited-faces-paper",
        name: "Faces, edited as in the paper",
        note: "The control: what says the noise of a picture learns from drawn ones alone.",
        own: &[("again_weight", 0.0)],
        ..PRESET
    },
];

const SMILE: Slider = attribute("smile", "Smile", &["none", "a smile"], 1.0, "Whether there is one.");
const CATALOGUE: Catalogue = Catalogue {
    attributes: &[SKIN, COLOUR, STYLE, GLASSES, BEARD, SMILE],
    generator: &[128, 64, 40, 24],
    discriminator: &[16, 40, 80, 128],
    pixel: 1,
};
/// Channels at 16x16, 8x8 and 4x4 of the encoders.
const SEEING: [usize; 3] = [32, 64, 96];

/// What a visitor can make of each attribute.
const CHOICES: [Slider; 6] = [
    choice(SKIN, &or_as_it_is::<5, 6>(faces::SKINS)),
    choice(COLOUR, &or_as_it_is::<6, 7>(faces::HAIR_COLOURS)),
    choice(STYLE, &or_as_it_is::<5, 6>(faces::HAIR_STYLES)),
    choice(GLASSES, &[AS_IT_IS, "none", "glasses"]),
    choice(BEARD, &[AS_IT_IS, "none", "a beard"]),
    choice(SMILE, &[AS_IT_IS, "none", "a smile"]),
];
const AS_IT_IS: &str = "as it is";

const fn choice(of: Slider, names: &'static [&'static str]) -> Slider {
    attribute(of.key, of.name, names, 0.0, of.help)
}

const fn or_as_it_is<const N: usize, const M: usize>(names: [&'static str; N]) -> [&'static str; M] {
    let mut all = [AS_IT_IS; M];
    let mut at = 0;
    while at < N {
        all[at + 1] = names[at];
        at += 1;
    }
    all
}

const SEEN: Curve = Curve { key: "seen", name: "Attributes missed" };
const NOISE: Curve = Curve { key: "noise", name: "Distance of the noise" };
const AGAIN: Curve = Curve { key: "again", name: "Distance of what is drawn again" };

/// The generator, and the encoders that turn it round.
#[derive(Clone, Copy)]
struct Mirror {
    noise: Network,
    attributes: Network,
}

impl Mirror {
    /// E_z: the latents `[B, N]` that pictures could have been drawn of.
    fn latents(&self, s: &mut Step, pictures: Tensor) -> Result<Tensor> {
        let dim = s.latent_dim();
        s.within(self.noise, |scope| encode(scope, pictures, dim))
    }

    /// What E_y misses of real pictures.
    fn missed(&self, s: &mut Step) -> Result<Tensor> {
        let picture = s.row("data", "picture")?;
        let said = s.run(self.attributes, picture)?;
        let attributes: Vec<_> = CATALOGUE.attributes.iter().map(|slider| (slider.key, slider.names.len())).collect();
        let (terms, _) = missed(s, said, "data", &attributes)?;
        let value = s.sum(&terms)?;
        s.record(&SEEN, value);
        Ok(value)
    }

    /// E_y: the likeliest class of each attribute of pictures, `[B]` each. The generator knows no others than whole ones.
    fn order_of(&self, s: &mut Step, pictures: Tensor) -> Result<Vec<Tensor>> {
        let said = s.run(self.attributes, pictures)?;
        let (mut order, mut at) = (Vec::new(), 0);
        for attribute in CATALOGUE.attributes {
            let classes = attribute.names.len();
            let logits = s.graph.slice(said, 1, at, classes)?;
            let most = s.graph.max(logits, &[1])?;
            let is_it = s.graph.equal(logits, most)?;
            let class = s.graph.iota(classes)?;
            let class = s.graph.reshape(class, [1, classes])?;
            let class = s.graph.mul(is_it, class)?;
            let class = s.graph.sum(class, &[1])?;
            let count = s.count();
            order.push(s.graph.reshape(class, [count])?);
            at += classes;
        }
        Ok(order)
    }
}

/// Numbers `[B, outputs]` of pictures `[B, 3, 32, 32]`. No norm, so that a picture is seen alike whatever stands beside it.
fn encode(scope: &mut Scope, pictures: Tensor, outputs: usize) -> Result<Tensor> {
    scope.weights = Weights::FanIn;
    let x = looked(scope, pictures, SEEING)?;
    scope.linear("linear", x, outputs, true)
}

/// For each example another class than `class` `[B]`, any of those that are left.
fn another(s: &mut Step, class: Tensor, classes: usize) -> Result<Tensor> {
    let (draw, count) = (s.draw(), s.count());
    let chance = s.graph.uniform(draw, [count]);
    let further = s.graph.mul_scalar(chance, (classes - 1) as f32)?;
    let further = s.graph.unary(Unary::Floor, further)?;
    let sum = s.graph.add(class, further)?;
    let sum = s.graph.add_scalar(sum, 1.0)?;
    let round = s.graph.add_scalar(sum, -(classes as f32))?;
    let bound = s.graph.constant(classes as f32, [1]);
    let is_less = s.graph.less(sum, bound)?;
    s.graph.select(is_less, sum, round)
}

/// Figure 1 of the paper.
fn build(game: &mut Builder, stage: usize) -> Result<()> {
    let players = Players::new(game, &CATALOGUE);
    let noise = game.bare_network("encoder_z");
    let said = CATALOGUE.attributes.iter().map(|slider| slider.names.len()).sum();
    let attributes = game.network("encoder_y", move |scope, pictures| encode(scope, pictures, said));
    let mirror = Mirror { noise, attributes };
    // E_y learns in both stages.
    game.declare_curves(&[&SEEN, &D_LOSS, &D_REAL, &D_FAKE, &G_LOSS, &NOISE, &AGAIN]);

    if stage == 0 {
        let loss = game.loss();
        // [explain: D stage1
        game.turn("discriminator", Side::Detective, &[attributes, players.discriminator], |s| {
            let missed = mirror.missed(s)?;
            let verdict = players.tells(s, loss)?;
            s.graph.add(missed, verdict)
        })?;
        // ]
        game.turn("generator", Side::Forger, &[players.generator], |s| players.fools(s, loss))?;
    } else {
        game.hold(players.generator, Side::Forger);
        game.rates_begin_anew();
        // [explain: D stage2
        game.turn("attributes", Side::Detective, &[attributes], |s| mirror.missed(s))?;
        // ]
        game.turn("noise", Side::Forger, &[noise], |s| {
            let (order, z) = (players.order_of_chance(s)?, s.latent());
            // [explain: G stage2
            let drawn = players.draw(s, z, &order)?;
            let (real, order) = (s.row("data", "picture")?, players.order_of_rows(s)?);
            let both = s.graph.concat(&[drawn, real], 0)?;
            let latents = mirror.latents(s, both)?;
            let count = s.count();
            let (of_drawn, of_real) = (s.graph.slice(latents, 0, 0, count)?, s.graph.slice(latents, 0, count, count)?);
            let distance = losses::mse_loss(&mut s.graph, of_drawn, z)?;
            let again = players.draw(s, of_real, &order)?;
            let again = losses::mse_loss(&mut s.graph, again, real)?;
            // ]
            s.record(&NOISE, distance);
            s.record(&AGAIN, again);
            s.sum(&[(1.0, distance), (s.knob(&AGAIN_WEIGHT), again)])
        })?;
    }

    game.gallery("held_out", "Faces that were held out", Layout::Rows(8), |s| {
        let input = s.row("data", "picture")?;
        let (z, seen, truth) = (mirror.latents(s, input)?, mirror.order_of(s, input)?, players.order_of_rows(s)?);
        let again = players.draw(s, z, &seen)?;
        let mut parts: Vec<Listed> =
            vec![("input", "Photograph", Role::Input, input), ("again", "Drawn again", Role::Again, again)];
        let mut wanted = Vec::new();
        for (at, (attribute, key)) in CATALOGUE.attributes.iter().zip(EDITED).enumerate() {
            let class = another(s, truth[at], attribute.names.len())?;
            let mut order = seen.clone();
            order[at] = class;
            parts.push((key, attribute.name, Role::Output, players.draw(s, z, &order)?));
            wanted.push(class);
        }
        // The control: the noise of the face beside.
        let count = s.count();
        let (first, rest) = (s.graph.slice(z, 0, 0, 1)?, s.graph.slice(z, 0, 1, count - 1)?);
        let others = s.graph.concat(&[rest, first], 0)?;
        parts.push(("other", "With the noise beside", Role::Output, players.draw(s, others, &seen)?));
        for (keys, classes) in [(HEADS, truth), (WANTED, wanted)] {
            parts.extend(keys.into_iter().zip(classes).map(|(key, class)| (key, "", Role::Class, class)));
        }
        Ok(parts)
    })?;

    let page = Layout::Grid([faces::HAIR_COLOURS.len(), faces::HAIR_STYLES.len()]);
    game.gallery("orders", "A column for each colour of hair, a row for each style", page, |s| {
        let (z, [colour, style]) = (s.latent(), places(s, faces::HAIR_COLOURS.len())?);
        let count = s.count();
        let usual = |s: &mut Step, slider: Slider| s.graph.constant(slider.default, [count]);
        let order = [usual(s, SKIN), colour, style, usual(s, GLASSES), usual(s, BEARD), usual(s, SMILE)];
        Ok(vec![("example", "", Role::Output, players.draw(s, z, &order)?)])
    })?;

    game.probe("edit", "Edit a face", |s| {
        let input = s.chosen("data", "picture", &FACE)?;
        let (z, seen) = (mirror.latents(s, input)?, mirror.order_of(s, input)?);
        let again = players.draw(s, z, &seen)?;
        let mut order = Vec::new();
        for (slider, seen) in CHOICES.into_iter().zip(seen) {
            let place = s.number(&slider)?;
            let place = s.graph.reshape(place, [1])?;
            let chosen = s.graph.add_scalar(place, -1.0)?;
            let zero = s.graph.constant(0.0, [1]);
            let is_chosen = s.graph.less(zero, place)?;
            order.push(s.graph.select(is_chosen, chosen, seen)?);
        }
        let output = players.draw(s, z, &order)?;
        Ok(vec![
            ("input", "Photograph", Role::Input, input),
            ("again", "Drawn again", Role::Again, again),
            ("output", "Edited", Role::Output, output),
        ])
    })
}
