//! Face ageing: Antipov, Baccouche and Dugelay, "Face aging with conditional generative adversarial networks", ICIP 2017
//! (age-cGAN).
//!
//! A generator draws a face of a latent and an age. Of somebody's picture an encoder E, which has learned from pairs of
//! latents and of what the generator made of them, says a first latent z0. That is not yet them: the latent is then searched
//! for, with all networks held still, whose face at their age has the same code in a network FR that knows people,
//! z* = argmin |FR(x) - FR(G(z, y0))|^2 (identity-preserving optimisation). The same latent at another age is them, aged.
//!
//! FR learns first, to tell what age leaves as it is, and then holds still. Unlike in the paper the generator learns too that
//! each latent is the same person at two ages, as FR sees it; E learns beside the generator; and the search is Adam, unrolled
//! in the graph of what is shown, in place of L-BFGS. The judge has another network of its own, which knows two hundred people
//! of whom no network of the game has seen a picture.

mod networks;

use super::looking::{FACE, missed};
use super::ordered::{self, Catalogue, attribute, chosen};
use super::search::search;
use crate::error::Result;
use crate::game::{
    Builder, Curve, D_FAKE, D_LOSS, D_REAL, Entry, G_LOSS, Knob, Layout, Listed, Measure, Network, Reading, Role,
    STAGE_LENGTH, Side, Slider, Stage, Step, playable,
};
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::{Tensor, Unary};
use crate::nn::{self, losses};
use ganvas_sets::faces::ageing::AGE_NAMES;
use networks::{encode, know};

pub const AGEING_FACES: Algorithm = Algorithm {
    key: "ageing",
    name: "Face ageing",
    year: 2017,
    paper: "Antipov et al.: Face aging with conditional generative adversarial networks",
    summary: "Somebody is seen at one age and drawn at all six.",
    adds: "A latent is searched for until a network that knows people sees the same person; then the age is changed.",
    watch: "At first only the network that knows people learns. Then faces appear, the same in all columns; ages come next, \
            and last the people themselves.",
    entry: Some(&Entry {
        data: &["ageing-faces"],
        settings: crate::gan::conditional::SETTINGS_IN_TURN,
        knobs: &[&PERSON_WEIGHT, &SEARCH_STEPS, &SEARCH_RATE, &STAGE_LENGTH],
        stages: &STAGES,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const PERSON_WEIGHT: Knob = Knob::new(
    "person_weight",
    "Weight of staying the same person",
    [0.0, 100.0, 0.5],
    10.0,
    "How much it counts that a latent is the same person at two ages, as the network that knows people sees it.",
);
const SEARCH_STEPS: Knob = Knob::new(
    "search_steps",
    "Steps of the search",
    [0.0, 100.0, 1.0],
    20.0,
    "How often the latent of a picture is improved. At 0 it is what the encoder says.",
);
const SEARCH_RATE: Knob = Knob::new(
    "search_rate",
    "Rate of the search",
    [0.001, 1.0, 0.001],
    0.03,
    "How far the first step of the search goes, in units of a latent's deviation.",
);

const STAGES: [Stage; 2] = [Stage { name: "Knowing people", thousands: 72 }, Stage { name: "Drawing", thousands: 0 }];

/// Columns that FR learns to tell, and how many classes each has.
const ATTRIBUTES: [(&str, usize); 5] =
    [("skin", 5), ("hair_colour", 6), ("hair_style", 4), ("glasses", 2), ("beard", 2)];
const TRAITS: usize = 6;

/// What each age is drawn into.
const AGES: [&str; 6] = ["age0", "age1", "age2", "age3", "age4", "age5"];

const MEASURES: [Measure; 6] = [
    of("age_seen", "Right age", Reading::ClassAtPlace { head: "age_bin", parts: &AGES, off: 0 }),
    of("age_near", "Right age or the next", Reading::ClassAtPlace { head: "age_bin", parts: &AGES, off: 1 }),
    of("person_kept", "The same person", KEPT),
    Measure::new("person_encoded", "The same person, by E alone", "encoded", KEPT),
    of("ageing", "Ever older", Reading::Rising { head: "signs", parts: &AGES }),
    of("true_person", "The truth\u{2019}s person", Reading::ClassOf { head: "person", part: "input", class: "person" }),
];
const KEPT: Reading = Reading::ClassOfAll { head: "person", parts: &AGES, class: "person" };

const fn of(key: &'static str, name: &'static str, reading: Reading) -> Measure {
    Measure::new(key, name, "held_out", reading)
}

/// Of the first stage, and of all.
const KNOWING_STEPS: u32 = 4_500;
const STEPS: u32 = 13_500; // 216,000 pictures
const RECIPE: Recipe =
    Recipe { decay_until: STEPS - KNOWING_STEPS, latent_dim: 48, beta1: 0.5, ..super::ordered::RECIPE };

pub(crate) const PRESETS: &[Preset] = &[Preset {
    data: "ageing-faces",
    generator_learning_rate: 2e-3,
    discriminator_learning_rate: 1e-3,
    goals: &[
        Goal::at_least("age_seen", 0.9),
        Goal::at_least("age_near", 0.98),
        Goal::at_least("person_kept", 0.8),
        Goal::at_least("ageing", 0.9),
    ],
    ..Preset::of_game("aged-faces", "age-cGAN, faces at six ages", &AGEING_FACES, RECIPE, STEPS as u64)
}];

const AGE: Slider = attribute("age_bin", "Age", &AGE_NAMES, 5.0, "How old they become.");
const CATALOGUE: Catalogue =
    Catalogue { attributes: &[AGE], generator: &[96, 48, 32, 16], discriminator: &[16, 32, 64, 96], pixel: 1 };

/// How much the squared error of the traits that FR learns to say counts, beside the attributes.
const TRAITS_WEIGHT: f32 = 10.0;
/// The deviation of the noise that FR learns under is at most this, of pixels from -1 to 1.
const MOST_NOISE: f32 = 0.4;

const KNOWN: Curve = Curve { key: "known", name: "Traits missed" };
const LATENT: Curve = Curve { key: "latent", name: "Distance of E\u{2019}s latents" };
const PERSON: Curve = Curve { key: "person", name: "Change of the person" };

/// The networks.
#[derive(Clone, Copy)]
struct Players {
    knower: Network,
    attributes: Network,
    generator: Network,
    discriminator: Network,
    encoder: Network,
}

impl Players {
    /// Faces `[B, 3, 32, 32]` of latents at ages `[B]`.
    fn draw(&self, s: &mut Step, z: Tensor, age: Tensor) -> Result<Tensor> {
        s.within(self.generator, |scope| ordered::draw(scope, &CATALOGUE, z, &[age]))
    }

    /// D's logits `[B, 1]`.
    fn judge(&self, s: &mut Step, pictures: Tensor, age: Tensor) -> Result<Tensor> {
        s.within(self.discriminator, |scope| ordered::judge(scope, &CATALOGUE, pictures, &[age]))
    }

    /// How much FR misses of pictures: the cross-entropy of attributes and the squared error of traits. It learns under
    /// noise, each picture under its own share of it, so that no grain can pass for a trait.
    fn missed(&self, s: &mut Step) -> Result<Tensor> {
        let (picture, traits, count) = (s.row("data", "picture")?, s.row("data", "traits")?, s.count());
        let (share, grain) = (s.draw(), s.draw());
        let share = s.graph.uniform(share, [count, 1, 1, 1]);
        let share = s.graph.mul_scalar(share, MOST_NOISE)?;
        let shape = s.graph.shape(picture).clone();
        let noise = s.graph.normal(grain, shape);
        let noise = s.graph.mul(noise, share)?;
        let picture = s.graph.add(picture, noise)?;
        let code = s.run(self.knower, picture)?;
        let said = s.run(self.attributes, code)?;
        let guess = s.graph.slice(said, 1, 0, TRAITS)?;
        let mut terms = vec![(TRAITS_WEIGHT, losses::mse_loss(&mut s.graph, guess, traits)?)];
        let attributes: usize = ATTRIBUTES.iter().map(|(_, classes)| classes).sum();
        let said = s.graph.slice(said, 1, TRAITS, attributes)?;
        terms.extend(missed(s, said, "data", &ATTRIBUTES)?.0);
        s.sum(&terms)
    }

    /// E's word for pictures.
    fn encoded(&self, s: &mut Step, pictures: Tensor) -> Result<Tensor> {
        let dim = s.latent_dim();
        s.within(self.encoder, |scope| encode(scope, pictures, dim))
    }

    /// The latents at which these faces, at these ages, are who they are.
    fn found(&self, s: &mut Step, pictures: Tensor, age: Tensor, steps: usize) -> Result<Tensor> {
        let first = self.encoded(s, pictures)?;
        let who = s.run(self.knower, pictures)?;
        search(s, first, steps, s.knob(&SEARCH_RATE), &|s, z| {
            let drawn = self.draw(s, z, age)?;
            let code = s.run(self.knower, drawn)?;
            let off = s.graph.sub(code, who)?;
            let square = s.graph.unary(Unary::Square, off)?;
            s.graph.sum_all(square)
        })
    }

    /// Latents at all six ages, one part each.
    fn aged(&self, s: &mut Step, z: Tensor) -> Result<Vec<Listed>> {
        let count = s.graph.shape(z)[0];
        let mut ages = Vec::new();
        for age in 0..AGES.len() {
            ages.push(s.graph.constant(age as f32, [count]));
        }
        // All at once: each is drawn by itself.
        let (all, ages) = (s.graph.concat(&[z; AGES.len()], 0)?, s.graph.concat(&ages, 0)?);
        let drawn = self.draw(s, all, ages)?;
        let mut parts: Vec<Listed> = Vec::new();
        for (at, (key, name)) in AGES.into_iter().zip(AGE_NAMES).enumerate() {
            parts.push((key, name, Role::Output, s.graph.slice(drawn, 0, at * count, count)?));
        }
        Ok(parts)
    }
}

/// Ages of chance, `[count]`.
fn ages(s: &mut Step, count: usize) -> Result<Tensor> {
    let draw = s.draw();
    let chance = s.graph.uniform(draw, [count]);
    let place = s.graph.mul_scalar(chance, AGES.len() as f32)?;
    s.graph.unary(Unary::Floor, place)
}

/// The ages of the rows of a batch, `[B]`.
fn own_age(s: &mut Step) -> Result<Tensor> {
    let (age, count) = (s.row("data", "age_bin")?, s.count());
    s.graph.reshape(age, [count])
}

/// Sections 2.1 to 2.3 of the paper.
fn build(game: &mut Builder, stage: usize) -> Result<()> {
    let knower = game.network("knower", know);
    let said = TRAITS + ATTRIBUTES.iter().map(|(_, classes)| classes).sum::<usize>();
    let attributes = game.network("attributes", move |scope, code| scope.linear("linear", code, said, true));
    let [generator, discriminator, encoder] =
        ["generator", "discriminator", "encoder"].map(|name| game.bare_network(name));
    let players = Players { knower, attributes, generator, discriminator, encoder };
    // The first stage records the first of them alone.
    game.declare_curves(&[&KNOWN, &D_LOSS, &D_REAL, &D_FAKE, &G_LOSS, &LATENT, &PERSON]);

    if stage == 0 {
        // [explain: D stage1
        game.turn("knower", Side::Detective, &[knower, attributes], |s| {
            let missed = players.missed(s)?;
            s.record(&KNOWN, missed);
            Ok(missed)
        })?;
        // ]
    } else {
        let loss = game.loss();
        game.turn("discriminator", Side::Detective, &[discriminator, encoder], |s| {
            // It goes on as it was: what knows people holds still.
            let missed = players.missed(s)?;
            s.record(&KNOWN, missed);
            let (real, age, z) = (s.row("data", "picture")?, own_age(s)?, s.latent());
            // [explain: D stage2
            let fake = players.draw(s, z, age)?;
            let fake = s.graph.stop_gradient(fake);
            // Neither has batch norm: one pass over both is cheaper than two.
            let (pictures, count) = (s.graph.concat(&[real, fake], 0)?, s.count());
            let both = s.graph.concat(&[age, age], 0)?;
            let logits = players.judge(s, pictures, both)?;
            let (on_real, on_fake) = (s.graph.slice(logits, 0, 0, count)?, s.graph.slice(logits, 0, count, count)?);
            let verdict = s.verdict([on_real, on_fake], loss)?;
            let verdict = s.record_verdict(verdict);
            let guess = players.encoded(s, fake)?;
            let off = losses::mse_loss(&mut s.graph, guess, z)?;
            // ]
            s.record(&LATENT, off);
            s.sum(&[(1.0, verdict), (1.0, off)])
        })?;
        game.turn("generator", Side::Forger, &[generator], |s| {
            // Half as many latents, each at two ages.
            let (z, count) = (s.latent(), s.count());
            let half = (count / 2).max(1);
            let z = s.graph.slice(z, 0, 0, half)?;
            // [explain: G stage2
            let (z, ages) = (s.graph.concat(&[z, z], 0)?, ages(s, 2 * half)?);
            let fake = players.draw(s, z, ages)?;
            let logits = players.judge(s, fake, ages)?;
            let adversarial = nn::generator_loss(&mut s.graph, logits, loss)?;
            let codes = s.run(knower, fake)?;
            let (one, other) = (s.graph.slice(codes, 0, 0, half)?, s.graph.slice(codes, 0, half, half)?);
            let person = losses::mse_loss(&mut s.graph, one, other)?;
            // ]
            s.record(&G_LOSS, adversarial);
            s.record(&PERSON, person);
            s.sum(&[(1.0, adversarial), (s.knob(&PERSON_WEIGHT), person)])
        })?;
    }

    // Before anything is drawn there is nothing to be found.
    let steps = if stage == 0 { 0 } else { game.knob(&SEARCH_STEPS) as usize };
    let shown = |s: &mut Step, steps: usize| {
        let (input, age) = (s.row("data", "picture")?, own_age(s)?);
        let z = players.found(s, input, age, steps)?;
        let mut parts: Vec<Listed> = vec![("input", "Somebody", Role::Input, input)];
        parts.extend(players.aged(s, z)?);
        parts.push(("person", "", Role::Class, s.row("data", "person")?));
        Ok(parts)
    };
    game.gallery("held_out", "People whom the run has not seen", Layout::Rows(8), |s| shown(s, steps))?;
    game.gallery("encoded", "The same by E alone", Layout::Rows(8), |s| shown(s, 0))?;
    game.probe_of_two(
        ["search", "ageing"],
        "Somebody at another age",
        &|s| {
            let (input, own) = (s.chosen("data", "picture", &FACE)?, s.chosen("data", "age_bin", &FACE)?);
            let own = s.graph.reshape(own, [1])?;
            players.found(s, input, own, steps)
        },
        &|s, z| {
            let (input, age) = (s.chosen("data", "picture", &FACE)?, chosen(s, Slider { key: "age", ..AGE })?);
            let output = players.draw(s, z, age)?;
            Ok(vec![("input", "Somebody", Role::Input, input), ("output", "At that age", Role::Output, output)])
        },
    )
}
