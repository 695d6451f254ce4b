//! Text to image: Zhang, Xu, Li, Zhang, Wang, Huang and Metaxas, "StackGAN: text to photo-realistic image synthesis with
//! stacked generative adversarial networks", ICCV 2017.
//!
//! A caption becomes a picture in two stages: the first paints a small one, 16x16, of the caption and noise; the second looks
//! at it, reads the caption once more, and paints a picture of 32x32. Each stage has a critic, which is shown three things: a
//! picture with its caption, a generated one with the caption that it was made of, and a true picture with the caption of
//! another one, which counts as a fake (Reed et al. 2016). So it learns whether the two fit and not only whether the picture
//! is a good one.
//!
//! What a stage is told of the caption is drawn anew in each step: c ~ N(mu, sigma), both made of the caption, held near
//! N(0, 1) by a divergence (conditioning augmentation, section 3.2). Captions are few, and so all around each of them counts
//! as that caption too. Where pictures are measured, c is mu.
//!
//! Unlike in the paper the words are learned along with all else, both stages learn at once, the second without a word to the
//! first, c steers the gains and biases of the norms too, and a critic says by a product how well caption and picture fit
//! (Miyato and Koyama 2018).

mod networks;
pub mod reading;

use crate::error::Result;
use crate::game::{
    Builder, Curve, Drawn, Entry, G_LOSS, Knob, Layout, Lexicon, Listed, Measure, ONE_STAGE, Reading, Role, Side, Step,
    playable,
};
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::Tensor;
use crate::nn::{self, AdversarialLoss, functional};
use ganvas_sets::captions::{LENGTH, WORDS};
use networks::{judge, paint, refine};
use reading::{Condition, condition, read};

pub const STACKGAN: Algorithm = Algorithm {
    key: "stackgan",
    name: "StackGAN",
    year: 2017,
    paper: "Zhang et al.: StackGAN, text to photo-realistic image synthesis",
    summary: "A caption becomes a picture: a small one first, and a larger one of it.",
    adds: "Words as an input, a critic that knows captions of other pictures too, and a second stage that corrects the first.",
    watch: "First there is something where the caption says, then it gets the right colour, and at last it is a digit.",
    entry: Some(&Entry {
        data: &["captioned-digits"],
        settings: &[
            "latent_dim",
            "batch_size",
            "average",
            "generator_learning_rate",
            "discriminator_learning_rate",
            "beta1",
            "beta2",
            "decay_until",
            "decay_from",
        ],
        knobs: &[&AUGMENTATION_WEIGHT],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const AUGMENTATION_WEIGHT: Knob = Knob::new(
    "augmentation_weight",
    "Weight of augmentation",
    [0.0, 10.0, 0.01],
    0.02,
    "How much what is drawn of a caption is held near noise that knows no caption: more of it makes captions alike.",
);

/// Heads of the set's judge, and the parts with what they should see.
const HEADS: &[&str] = &["digit", "colour", "place"];
const OTHERS: &[&str] = &["other_digit", "other_colour", "other_place"];

const MEASURES: [Measure; 8] = [
    of("digit_seen", "Right digit", Reading::ClassOf { head: "digit", part: "output", class: "digit" }),
    of("colour_seen", "Right colour", Reading::ClassOf { head: "colour", part: "output", class: "colour" }),
    of("place_seen", "Right place", Reading::ClassOf { head: "place", part: "output", class: "place" }),
    of("all_seen", "All three right", Reading::ClassesOf { heads: HEADS, part: "output", classes: HEADS }),
    of("draft_all_seen", "The same of Stage I", Reading::ClassesOf { heads: HEADS, part: "draft", classes: HEADS }),
    of("other_all_seen", "Of another caption", Reading::ClassesOf { heads: HEADS, part: "output", classes: OTHERS }),
    of("sharpness", "Distance of sharpness", Reading::Sharpness { part: "output", of: "truth" }),
    of("draft_sharpness", "That of Stage I", Reading::Sharpness { part: "draft", of: "truth" }),
];

const fn of(key: &'static str, name: &'static str, reading: Reading) -> Measure {
    Measure::new(key, name, "held_out", reading)
}

const STEPS: u32 = 3_500; // 56,000 pictures
const RECIPE: Recipe = Recipe {
    batch_size: 16,
    latent_dim: 16,
    loss: AdversarialLoss::Hinge,
    average: 0.99,
    beta1: 0.0,
    beta2: 0.99,
    decay_until: STEPS,
    decay_from: 0.5,
    ..Recipe::BASE
};

pub(crate) const PRESETS: &[Preset] = &[Preset {
    data: "captioned-digits",
    generator_learning_rate: 1e-3,
    discriminator_learning_rate: 1e-3,
    goals: &[
        Goal::at_least("digit_seen", 0.93),
        Goal::at_least("colour_seen", 0.97),
        Goal::at_least("place_seen", 0.95),
        Goal::at_least("all_seen", 0.88),
    ],
    ..Preset::of_game("text-to-digits", "StackGAN, captions to digits", &STACKGAN, RECIPE, STEPS as u64)
}];

const AUGMENTATION: Curve = Curve { key: "augmentation", name: "Divergence of augmentation" };

/// Of the caption what each stage is told, `[B, 32]`, and the divergence of both.
struct Told {
    stages: [Tensor; 2],
    divergence: Tensor,
}

/// Section 3 of the paper.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let [reader, painter, refiner] = ["reader", "stage1", "stage2"].map(|name| game.bare_network(name));
    let critics = ["critic1", "critic2"].map(|name| game.bare_network(name));
    let loss = game.loss();
    // `anew`: whether what is told is drawn, or the mean.
    let told = |s: &mut Step, caption: Tensor, anew: bool| {
        let draws = [s.draw(), s.draw()];
        let mut divergences = Vec::new();
        let both = s.within(reader, |scope| {
            let text = read(scope, caption)?;
            let mut stages = Vec::new();
            for (name, draw) in ["stage1", "stage2"].into_iter().zip(draws) {
                let Condition { value, divergence } = condition(scope, name, text, anew.then_some(draw))?;
                stages.push(value);
                divergences.push((1.0, divergence));
            }
            scope.graph.concat(&stages, 1)
        })?;
        let width = s.graph.shape(both)[1] / 2;
        let stages = [s.graph.slice(both, 1, 0, width)?, s.graph.slice(both, 1, width, width)?];
        Ok(Told { stages, divergence: s.sum(&divergences)? })
    };
    // What both stages make of it. The first holds still where the second looks at it.
    let generated = |s: &mut Step, told: &Told, z: Tensor| {
        let draft = s.within(painter, |scope| paint(scope, z, told.stages[0]))?;
        let seen = s.graph.stop_gradient(draft);
        Ok([draft, s.within(refiner, |scope| refine(scope, seen, told.stages[1]))?])
    };

    game.turn("critics", Side::Detective, &critics, |s| {
        let (real, caption) = (s.row("data", "picture")?, s.row("data", "caption")?);
        let (count, z) = (s.count(), s.latent());
        let told = told(s, caption, true)?;
        let fakes = generated(s, &told, z)?;
        let small = functional::avg_pool2d(&mut s.graph, real, 2, 2, 0)?;
        let (other, same) = other_captions(s, caption)?;
        let captions = s.graph.concat(&[caption, caption, other], 0)?;
        let mut verdicts = Vec::new();
        for ((critic, real), fake) in critics.into_iter().zip([small, real]).zip(fakes) {
            let fake = s.graph.stop_gradient(fake);
            // It looks at each true picture once, whatever caption it is held against.
            // [explain: D
            let pictures = s.graph.concat(&[real, fake], 0)?;
            let logits = s.within(critic, |scope| judge(scope, pictures, captions))?;
            let [on_real, on_fake, on_wrong] = [
                s.graph.slice(logits, 0, 0, count)?,
                s.graph.slice(logits, 0, count, count)?,
                s.graph.slice(logits, 0, 2 * count, count)?,
            ];
            // A caption that says the same is not wrong: the fake counts in its place.
            let on_wrong = s.graph.select(same, on_fake, on_wrong)?;
            let not_real = s.graph.concat(&[on_fake, on_wrong], 0)?;
            verdicts.push(s.verdict([on_real, not_real], loss)?);
            // ]
        }
        s.record_verdicts([verdicts[0], verdicts[1]])
    })?;

    game.turn("generators", Side::Forger, &[reader, painter, refiner], |s| {
        let (caption, z) = (s.row("data", "caption")?, s.latent());
        let told = told(s, caption, true)?;
        let fakes = generated(s, &told, z)?;
        // [explain: G
        let mut losses = Vec::new();
        for (critic, fake) in critics.into_iter().zip(fakes) {
            let logits = s.within(critic, |scope| judge(scope, fake, caption))?;
            losses.push((1.0, nn::generator_loss(&mut s.graph, logits, loss)?));
        }
        let adversarial = s.sum(&losses)?;
        s.record(&G_LOSS, adversarial);
        s.record(&AUGMENTATION, told.divergence);
        s.sum(&[(1.0, adversarial), (s.knob(&AUGMENTATION_WEIGHT), told.divergence)])
        // ]
    })?;

    game.gallery("held_out", "Held-out captions", Layout::Rows(8), |s| {
        let (truth, caption, z) = (s.row("data", "picture")?, s.row("data", "caption")?, s.latent());
        let told = told(s, caption, false)?;
        let pictures = generated(s, &told, z)?;
        let mut parts = shown(s, pictures)?;
        parts.push(("truth", "A true picture", Role::Truth, truth));
        for (key, other) in HEADS.iter().zip(OTHERS) {
            let class = s.row("data", key)?;
            let next = rolled(s, class)?;
            parts.extend([(*key, "", Role::Class, class), (*other, "", Role::Class, next)]);
        }
        Ok(parts)
    })?;

    game.gallery("noises", "Four captions, each with other noise", Layout::Grid([NOISES, CAPTIONS]), |s| {
        let (caption, z) = (s.row("data", "caption")?, s.latent());
        let length = s.graph.shape(caption)[1];
        let few = s.graph.slice(caption, 0, 0, CAPTIONS)?;
        let few = s.graph.reshape(few, [CAPTIONS, 1, length])?;
        let each = s.graph.broadcast(few, &[CAPTIONS, NOISES, length].into())?;
        let each = s.graph.reshape(each, [CAPTIONS * NOISES, length])?;
        let told = told(s, each, true)?;
        let [_, output] = generated(s, &told, z)?;
        Ok(vec![("output", "", Role::Output, output)])
    })?;

    game.probe("caption", "Your caption", |s| {
        let caption = s.input("caption", "What shall be seen", Drawn::Words(LEXICON), [1, LENGTH])?;
        let mean = told(s, caption, false)?;
        let z = s.latent();
        let pictures = generated(s, &mean, z)?;
        let mut parts = shown(s, pictures)?;
        let (z, drawn) = (s.latent(), told(s, caption, true)?);
        let [_, output] = generated(s, &drawn, z)?;
        parts.push(("other", "With other noise", Role::Output, output));
        Ok(parts)
    })
}

const LEXICON: Lexicon = Lexicon { words: &WORDS, example: "the red digit three is on the left of the image" };

const CAPTIONS: usize = 4;
const NOISES: usize = 8;

/// Both pictures, the smaller one enlarged.
fn shown(s: &mut Step, [draft, output]: [Tensor; 2]) -> Result<Vec<Listed>> {
    let draft = functional::interpolate_bilinear(&mut s.graph, draft, 2)?;
    Ok(vec![("draft", "Stage I", Role::Output, draft), ("output", "Stage II", Role::Output, output)])
}

/// Each row of a batch `[B, n]` in the place of the one before.
fn rolled(s: &mut Step, x: Tensor) -> Result<Tensor> {
    let count = s.graph.shape(x)[0];
    let (first, rest) = (s.graph.slice(x, 0, 0, 1)?, s.graph.slice(x, 0, 1, count - 1)?);
    s.graph.concat(&[rest, first], 0)
}

/// For each row of a batch the caption of another one `[B, length]`, and `[B, 1]` whether that says the same, perhaps in other
/// words.
///
/// # Errors
/// Those of data without captions.
pub fn other_captions(s: &mut Step, caption: Tensor) -> Result<(Tensor, Tensor)> {
    let mut same = None;
    for key in HEADS {
        let class = s.row("data", key)?;
        let next = rolled(s, class)?;
        let equal = s.graph.equal(class, next)?;
        same = Some(match same {
            None => equal,
            Some(same) => s.graph.mul(same, equal)?,
        });
    }
    let same = same.unwrap_or_else(|| s.graph.constant(0.0, [s.count(), 1]));
    Ok((rolled(s, caption)?, same))
}
