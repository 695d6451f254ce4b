//! Posed figures: Ma, Jia, Sun, Schiele, Tuytelaars and Van Gool, "Pose guided person image generation", NIPS 2017 (PG2).
//!
//! Somebody is seen in one pose, and the generator paints them in another one, of which it is told where the joints are. It
//! has two stages. The first paints a draft for the distance alone, in which the body counts twice (1 + M). The second adds to
//! the draft what is missing, and a critic judges the result. The critic sees source, picture and wanted pose together, and
//! three such triples: the truth, what was generated, and the source once more, which is real but in the wrong pose, so that
//! passing it on unchanged does not pay.
//!
//! Unlike in the paper both stages learn at once, the second without a word to the first, and the first is told the pose of
//! the source too. The colours at the joints there are carried to where the joints shall be: without that it learned by heart
//! what goes together, and dressed people with other combinations in the ones that it knew.

mod networks;
mod poses;

use super::pix2pix::{ADVERSARIAL_WEIGHT, DISTANCE, DISTANCE_WEIGHT};
use crate::error::Result;
use crate::game::{
    Builder, Curve, Drawn, Entry, G_LOSS, Layout, Measure, ONE_STAGE, Reading, Role, Side, Skeleton, Step, playable,
};
use crate::gan::{Algorithm, Goal, Preset, Recipe};
use crate::graph::Tensor;
use crate::nn::{self, AdversarialLoss};
use ganvas_sets::figures::{HANGS, JOINTS, LIMBS, STANDING};
use networks::{judge, paint, refine};
use poses::{Asked, BODY, asked, distance, limbs, shown};

pub const POSED: Algorithm = Algorithm {
    key: "posed",
    name: "Pose guided generation",
    year: 2017,
    paper: "Ma et al.: Pose guided person image generation",
    summary: "A person is seen in one pose, and the generator paints them in another.",
    adds: "Joints as maps of where they are, a draft by distance, and a second network that corrects it for the critic.",
    watch: "First somebody grey stands in the right pose. Then each gets their own clothes, hair and skin.",
    entry: Some(&Entry {
        data: &["figures"],
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
        knobs: &[&DISTANCE_WEIGHT, &ADVERSARIAL_WEIGHT],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const MEASURES: [Measure; 5] = [
    Measure::new("ssim", "Structural similarity", "held_out", Reading::Similarity { part: "output", of: "truth" }),
    Measure::new(
        "copied_ssim",
        "The same of the source",
        "held_out",
        Reading::Similarity { part: "source", of: "truth" },
    ),
    Measure::new("draft_ssim", "The same of the draft", "held_out", Reading::Similarity { part: "draft", of: "truth" }),
    Measure::new("l1", "Distance to the truth", "held_out", Reading::Distance { part: "output", of: "truth" }),
    Measure::new("psnr", "Signal to noise", "held_out", Reading::Psnr { part: "output", of: "truth" }),
];

const STEPS: u32 = 2_000; // 32,000 pictures
const RECIPE: Recipe = Recipe {
    batch_size: 16,
    loss: AdversarialLoss::Hinge,
    average: 0.99,
    beta1: 0.0,
    beta2: 0.99,
    decay_until: STEPS,
    decay_from: 0.5,
    ..Recipe::BASE
};

pub(crate) const PRESETS: &[Preset] = &[Preset {
    data: "figures",
    generator_learning_rate: 2e-3,
    discriminator_learning_rate: 1e-3,
    // The source itself has 0.41, because the wall is the same.
    goals: &[Goal::at_least("ssim", 0.85)],
    ..Preset::of_game("posed-figures", "PG2, people in other poses", &POSED, RECIPE, STEPS as u64)
}];

const SKELETON: Skeleton = Skeleton { names: &JOINTS, limbs: &LIMBS, hangs: &HANGS, start: &STANDING };
const DRAFT: Curve = Curve { key: "draft", name: "Distance of the draft" };

/// Section 3 of the paper.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let [painter, refiner] = ["painter", "refiner"].map(|name| game.bare_network(name));
    let critic = game.network("critic", judge);
    let loss = game.loss();
    // Draft and result. The draft holds still where the second stage looks at it.
    let generated = |s: &mut Step, asked: &Asked| {
        let draft = s.within(painter, |scope| paint(scope, asked.source, asked.poses))?;
        let seen = s.graph.stop_gradient(draft);
        Ok([draft, s.within(refiner, |scope| refine(scope, asked.source, seen))?])
    };
    let triple =
        |s: &mut Step, asked: &Asked, picture: Tensor| s.graph.concat(&[asked.source, picture, asked.poses[1]], 1);

    // [explain: D
    game.turn("critic", Side::Detective, &[critic], |s| {
        let (truth, wanted) = (s.row("data", "target")?, s.row("data", "target_joints")?);
        let asked = asked(s, wanted)?;
        let [_, output] = generated(s, &asked)?;
        let output = s.graph.stop_gradient(output);
        let triples = [triple(s, &asked, truth)?, triple(s, &asked, output)?, triple(s, &asked, asked.source)?];
        // All at once: it looks at each example alone.
        let all = s.graph.concat(&triples, 0)?;
        let logits = s.run(critic, all)?;
        let count = s.count();
        let logits = [s.graph.slice(logits, 0, 0, count)?, s.graph.slice(logits, 0, count, 2 * count)?];
        let verdict = s.verdict(logits, loss)?;
        Ok(s.record_verdict(verdict))
    })?;
    // ]

    // [explain: G
    game.turn("generator", Side::Forger, &[painter, refiner], |s| {
        let (truth, wanted) = (s.row("data", "target")?, s.row("data", "target_joints")?);
        let asked = asked(s, wanted)?;
        let [draft, output] = generated(s, &asked)?;
        let triple = triple(s, &asked, output)?;
        let logits = s.run(critic, triple)?;
        let adversarial = nn::generator_loss(&mut s.graph, logits, loss)?;
        let body = limbs(s, wanted, BODY)?;
        let (first, second) = (distance(s, draft, truth, body)?, distance(s, output, truth, body)?);
        s.record(&G_LOSS, adversarial);
        s.record(&DRAFT, first);
        s.record(&DISTANCE, second);
        let weight = s.knob(&DISTANCE_WEIGHT);
        s.sum(&[(s.knob(&ADVERSARIAL_WEIGHT), adversarial), (weight, first), (weight, second)])
    })?;
    // ]

    game.gallery("held_out", "Held-out people", Layout::Rows(8), |s| {
        let (truth, wanted) = (s.row("data", "target")?, s.row("data", "target_joints")?);
        let asked = asked(s, wanted)?;
        let [draft, output] = generated(s, &asked)?;
        let mut parts = shown(s, &asked, wanted)?;
        parts.extend([
            ("draft", "Draft", Role::Output, draft),
            ("output", "In that pose", Role::Output, output),
            ("truth", "Truth", Role::Truth, truth),
        ]);
        Ok(parts)
    })?;

    game.gallery("poses", "One person in many poses", Layout::Rows(8), |s| {
        let wanted = s.row("data", "target_joints")?;
        let mut asked = asked(s, wanted)?;
        // The first for all.
        for tensor in [&mut asked.source, &mut asked.poses[0]] {
            let shape = s.graph.shape(*tensor).clone();
            let first = s.graph.slice(*tensor, 0, 0, 1)?;
            *tensor = s.graph.broadcast(first, &shape)?;
        }
        let [_, output] = generated(s, &asked)?;
        let mut parts = shown(s, &asked, wanted)?;
        parts.push(("output", "In that pose", Role::Output, output));
        Ok(parts)
    })?;

    game.probe("pose", "Your pose", |s| {
        let wanted = s.input("joints", "Wanted pose", Drawn::Joints(SKELETON), [JOINTS.len(), 2])?;
        let asked = asked(s, wanted)?;
        let [_, output] = generated(s, &asked)?;
        Ok(vec![
            ("source", "Somebody whom the run has not seen", Role::Input, asked.source),
            ("output", "In that pose", Role::Output, output),
        ])
    })
}
