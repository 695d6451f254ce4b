//! Photo to emoji: Taigman, Polyak and Wolf, "Unsupervised cross-domain image generation", ICLR 2017 (Domain Transfer
//! Network).
//!
//! There are photographs of faces, and emoji of other faces; no photograph has its emoji. A network f that knows what is seen
//! in photographs is trained first and then holds still; the generator is g(f(x)), of which g alone is trained. What f sees in
//! a photograph it shall see in its emoji too (L_CONST), and an emoji shall become itself (L_TID). The discriminator tells
//! three kinds of pictures apart: emoji made of photographs, emoji made of emoji, and real ones.
//!
//! Here f is the part before the last layer of a network that says the attributes of photographs and where their parts are; it
//! never sees an emoji while it learns. Unlike in the paper it learns under noise: without, the generator painted grain into
//! its emoji in which f saw what it should see, and nobody else did.

mod networks;

use super::looking::{FACE, missed};
use super::pix2pix::ADVERSARIAL_WEIGHT;
use crate::error::Result;
use crate::game::{
    Builder, Curve, D_FAKE, D_LOSS, D_REAL, Entry, G_LOSS, Knob, Layout, Listed, Measure, Network, Reading, Role,
    STAGE_LENGTH, Side, Stage, Step, playable,
};
use crate::gan::cyclegan::IDENTITY_WEIGHT;
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::{Tensor, Unary};
use crate::nn::{functional, losses};
use networks::{draw, judge, see};

pub const DTN: Algorithm = Algorithm {
    key: "dtn",
    name: "Domain transfer",
    year: 2017,
    paper: "Taigman et al.: Unsupervised cross-domain image generation",
    summary: "Photographs of faces become emoji of them, without a single pair to learn from.",
    adds: "A network that has learned to see photographs and then holds still: what it sees must stay.",
    watch: "At first only the network that sees learns. Then heads appear, then hair and skin take the colours of the \
            photograph, and at last glasses, beards and smiles.",
    entry: Some(&Entry {
        data: &["faces-to-emoji"],
        settings: &[
            "batch_size",
            "average",
            "generator_learning_rate",
            "discriminator_learning_rate",
            "beta1",
            "beta2",
            "decay_until",
            "decay_from",
        ],
        knobs: &[&ADVERSARIAL_WEIGHT, &CONSTANCY_WEIGHT, &IDENTITY_WEIGHT, &VARIATION_WEIGHT, &STAGE_LENGTH],
        stages: &STAGES,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const CONSTANCY_WEIGHT: Knob = Knob::new(
    "constancy_weight",
    "Weight of what is seen",
    [0.0, 100.0, 0.5],
    15.0,
    "How much it counts that the network that sees finds in an emoji what it found in the photograph. At 0 only the code \
     ties them.",
);
const VARIATION_WEIGHT: Knob = Knob::new(
    "variation_weight",
    "Weight of smoothness",
    [0.0, 10.0, 0.05],
    1.0,
    "How much it counts that neighbouring pixels of an emoji are alike.",
);

const STAGES: [Stage; 2] = [Stage { name: "Learning to see", thousands: 24 }, Stage { name: "Drawing", thousands: 0 }];

/// Columns that f learns to tell, and how many classes each has.
const ATTRIBUTES: [(&str, usize); 6] =
    [("skin", 5), ("hair_colour", 6), ("hair_style", 5), ("glasses", 2), ("beard", 2), ("smile", 2)];
const HEADS: [&str; 6] = ["skin", "hair_colour", "hair_style", "glasses", "beard", "smile"];

const MEASURES: [Measure; 9] = [
    Measure::new("kept", "Attributes kept", "held_out", Reading::MeanClassOf { heads: &HEADS, part: "output" }),
    kept("skin_kept", "Skin kept", "skin"),
    kept("hair_colour_kept", "Colour of hair kept", "hair_colour"),
    kept("hair_style_kept", "Style of hair kept", "hair_style"),
    kept("glasses_kept", "Glasses kept", "glasses"),
    kept("beard_kept", "Beard kept", "beard"),
    kept("smile_kept", "Smile kept", "smile"),
    Measure::new(
        "emoji_seen",
        "Taken for emoji",
        "held_out",
        Reading::ClassOf { head: "which", part: "output", class: "which" },
    ),
    Measure::new("again_psnr", "Signal to noise, of emoji", "emoji", Reading::Psnr { part: "again", of: "input" }),
];

const fn kept(key: &'static str, name: &'static str, head: &'static str) -> Measure {
    Measure::new(key, name, "held_out", Reading::ClassOf { head, part: "output", class: head })
}

/// Of the first stage, and of all.
const SEEING_STEPS: u32 = 1_500;
const STEPS: u32 = 4_500; // 72,000 photographs
const RECIPE: Recipe = Recipe {
    batch_size: 16,
    average: 0.99,
    beta1: 0.5,
    beta2: 0.99,
    decay_until: STEPS - SEEING_STEPS,
    decay_from: 0.5,
    ..Recipe::BASE
};

const PRESET: Preset = Preset {
    data: "faces-to-emoji",
    own: &[("constancy_weight", 20.0), ("identity_weight", 50.0)],
    generator_learning_rate: 2e-3,
    discriminator_learning_rate: 1e-3,
    ..Preset::of_game("photo-to-emoji", "Photo to emoji", &DTN, RECIPE, STEPS as u64)
};
pub(crate) const PRESETS: &[Preset] = &[
    Preset {
        goals: &[
            Goal::at_least("kept", 0.92),
            Goal::at_least("skin_kept", 0.85),
            Goal::at_least("hair_colour_kept", 0.85),
            Goal::at_least("hair_style_kept", 0.85),
            Goal::at_least("glasses_kept", 0.85),
            Goal::at_least("beard_kept", 0.85),
            Goal::at_least("smile_kept", 0.85),
            Goal::at_least("emoji_seen", 0.97),
            Goal::at_least("again_psnr", 22.0),
        ],
        ..PRESET
    },
    Preset {
        key: "photo-to-emoji-free",
        name: "Photo to emoji, what is seen may change",
        note: "The control: nothing asks that an emoji shows what was seen in the photograph.",
        own: &[("constancy_weight", 0.0), ("identity_weight", 50.0)],
        ..PRESET
    },
];

/// How much the squared error of the numbers that f learns to say counts, beside the attributes.
const NUMBERS_WEIGHT: f32 = 10.0;
/// The deviation of the noise that f learns under is at most this, of pixels from -1 to 1.
const MOST_NOISE: f32 = 0.8;
/// The classes of the discriminator: what was made of photographs, what was made of emoji, and what is real.
#[derive(Clone, Copy)]
enum Kind {
    OfPhoto,
    OfEmoji,
    Real,
}
const KINDS: usize = 3;

const SEEN: Curve = Curve { key: "seen", name: "Attributes missed" };
const CONSTANCY: Curve = Curve { key: "constancy", name: "Change of what is seen" };
const IDENTITY: Curve = Curve { key: "identity", name: "Distance of emoji to themselves" };

/// Mean cross-entropy of logits `[B, 3]` for pictures that are all of one kind.
fn told_apart(s: &mut Step, logits: Tensor, kind: Kind) -> Result<Tensor> {
    let shape = s.graph.shape(logits).clone();
    let kind = s.graph.constant(kind as usize as f32, [shape[0]]);
    let wanted = functional::one_hot(&mut s.graph, kind, KINDS)?;
    losses::cross_entropy(&mut s.graph, logits, wanted)
}

/// The mean probability of being real.
fn taken_for_real(s: &mut Step, logits: Tensor) -> Result<Tensor> {
    let shares = functional::softmax(&mut s.graph, logits, 1)?;
    let real = s.graph.slice(shares, 1, Kind::Real as usize, 1)?;
    s.graph.mean_all(real)
}

/// The mean step between neighbouring pixels of images `[B, C, H, W]`, across and down.
fn variation(s: &mut Step, images: Tensor) -> Result<Tensor> {
    let shape = s.graph.shape(images).clone();
    let mut steps = Vec::new();
    for axis in [2, 3] {
        let extent = shape[axis] - 1;
        let (here, next) = (s.graph.slice(images, axis, 0, extent)?, s.graph.slice(images, axis, 1, extent)?);
        let step = s.graph.sub(next, here)?;
        let step = s.graph.unary(Unary::Abs, step)?;
        steps.push((1.0, s.graph.mean_all(step)?));
    }
    s.sum(&steps)
}

/// Photographs under noise, each under its own share of it: what sees them must go by what is large, so that no grain of
/// an emoji can make it see what is not there.
fn under_noise(s: &mut Step, photos: Tensor) -> Result<Tensor> {
    let shape = s.graph.shape(photos).clone();
    let (share, grain) = (s.draw(), s.draw());
    let share = s.graph.uniform(share, [shape[0], 1, 1, 1]);
    let share = s.graph.mul_scalar(share, MOST_NOISE)?;
    let noise = s.graph.normal(grain, shape);
    let noise = s.graph.mul(noise, share)?;
    s.graph.add(photos, noise)
}

/// f and what reads its codes.
#[derive(Clone, Copy)]
struct Seeing {
    features: Network,
    attributes: Network,
}

impl Seeing {
    /// How much f misses of photographs: the cross-entropy of their attributes and the squared error of their numbers.
    fn missed(&self, s: &mut Step) -> Result<Tensor> {
        let (photo, numbers) = (s.row("faces", "picture")?, s.row("faces", "numbers")?);
        let photo = under_noise(s, photo)?;
        let code = s.run(self.features, photo)?;
        let said = s.run(self.attributes, code)?;
        let (mut terms, at) = missed(s, said, "faces", &ATTRIBUTES)?;
        let count = s.graph.shape(numbers)[1];
        let guess = s.graph.slice(said, 1, at, count)?;
        terms.push((NUMBERS_WEIGHT, losses::mse_loss(&mut s.graph, guess, numbers)?));
        s.sum(&terms)
    }
}

/// Section 4 of the paper.
fn build(game: &mut Builder, stage: usize) -> Result<()> {
    let features = game.network("features", see);
    let numbers = ganvas_sets::FACES.columns.iter().map(|(_, column)| match column {
        ganvas_sets::Column::Numbers { names } => names.len(),
        _ => 0,
    });
    let said = numbers.sum::<usize>() + ATTRIBUTES.iter().map(|(_, classes)| classes).sum::<usize>();
    let attributes = game.network("attributes", move |scope, code| scope.linear("linear", code, said, true));
    let generator = game.network("generator", draw);
    let seeing = Seeing { features, attributes };
    // The first stage records the first of them alone.
    game.declare_curves(&[&SEEN, &D_LOSS, &D_REAL, &D_FAKE, &G_LOSS, &CONSTANCY, &IDENTITY]);
    let made = |s: &mut Step, pictures: Tensor| {
        let code = s.run(features, pictures)?;
        s.run(generator, code)
    };

    if stage == 0 {
        // [explain: D stage1
        game.turn("features", Side::Detective, &[features, attributes], |s| {
            let missed = seeing.missed(s)?;
            s.record(&SEEN, missed);
            Ok(missed)
        })?;
        // ]
    } else {
        let critic = game.network("critic", judge);
        game.turn("critic", Side::Detective, &[critic], |s| {
            let (photo, emoji) = (s.row("faces", "picture")?, s.row("emoji-faces", "picture")?);
            // It goes on as it was: what sees holds still.
            let missed = seeing.missed(s)?;
            s.record(&SEEN, missed);
            let both = s.graph.concat(&[photo, emoji], 0)?;
            let fakes = made(s, both)?;
            let fakes = s.graph.stop_gradient(fakes);
            // All at once: it looks at each picture alone.
            // [explain: D stage2
            let all = s.graph.concat(&[fakes, emoji], 0)?;
            let logits = s.run(critic, all)?;
            let count = s.count();
            let mut terms = Vec::new();
            for kind in [Kind::OfPhoto, Kind::OfEmoji, Kind::Real] {
                let own = s.graph.slice(logits, 0, kind as usize * count, count)?;
                terms.push((1.0, told_apart(s, own, kind)?));
            }
            let loss = s.sum(&terms)?;
            // ]
            let real = s.graph.slice(logits, 0, 2 * count, count)?;
            let fake = s.graph.slice(logits, 0, 0, 2 * count)?;
            let on = [taken_for_real(s, real)?, taken_for_real(s, fake)?];
            Ok(s.record_verdict((loss, on)))
        })?;
        game.turn("generator", Side::Forger, &[generator], |s| {
            let (photo, emoji) = (s.row("faces", "picture")?, s.row("emoji-faces", "picture")?);
            let count = s.count();
            let both = s.graph.concat(&[photo, emoji], 0)?;
            let codes = s.run(features, both)?;
            let images = s.run(generator, codes)?;
            let logits = s.run(critic, images)?;
            // The mean of both kinds, where the paper adds them up.
            // [explain: G stage2
            let adversarial = told_apart(s, logits, Kind::Real)?;
            let (of_photo, of_emoji) = (s.graph.slice(images, 0, 0, count)?, s.graph.slice(images, 0, count, count)?);
            let code = s.graph.slice(codes, 0, 0, count)?;
            let seen = s.run(features, of_photo)?;
            let constancy = losses::mse_loss(&mut s.graph, seen, code)?;
            let identity = losses::mse_loss(&mut s.graph, of_emoji, emoji)?;
            let variation = variation(s, images)?;
            // ]
            s.record(&G_LOSS, adversarial);
            s.record(&CONSTANCY, constancy);
            s.record(&IDENTITY, identity);
            s.sum(&[
                (s.knob(&ADVERSARIAL_WEIGHT), adversarial),
                (s.knob(&CONSTANCY_WEIGHT), constancy),
                (s.knob(&IDENTITY_WEIGHT), identity),
                (s.knob(&VARIATION_WEIGHT), variation),
            ])
        })?;
    }

    game.gallery("held_out", "Faces that were held out", Layout::Rows(8), |s| {
        let photo = s.row("faces", "picture")?;
        let output = made(s, photo)?;
        let mut parts: Vec<Listed> =
            vec![("input", "Photograph", Role::Input, photo), ("output", "Emoji", Role::Output, output)];
        for (key, _) in ATTRIBUTES {
            parts.push((key, "", Role::Class, s.row("faces", key)?));
        }
        // The second of the sets: emoji.
        parts.push(("which", "", Role::Class, s.graph.constant(1.0, [s.count(), 1])));
        Ok(parts)
    })?;
    game.gallery("emoji", "Emoji that were held out", Layout::Rows(8), |s| {
        let emoji = s.row("emoji-faces", "picture")?;
        let again = made(s, emoji)?;
        Ok(vec![("input", "Emoji", Role::Input, emoji), ("again", "Drawn again", Role::Output, again)])
    })?;
    game.probe("choice", "Whose emoji", |s| {
        let photo = s.chosen("faces", "picture", &FACE)?;
        let output = made(s, photo)?;
        Ok(vec![("input", "Photograph", Role::Input, photo), ("output", "Emoji", Role::Output, output)])
    })
}
