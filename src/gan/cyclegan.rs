//! CycleGAN: Zhu, Park, Isola and Efros, "Unpaired image-to-image translation using cycle-consistent adversarial networks",
//! ICCV 2017.
//!
//! Two domains, a and b. Two generators translate, two critics judge what comes into their domain, and what is translated
//! there and back must be what it was: without this any image of b could be made of any image of a.
//!
//! The ingredients: residual generators with instance norm, critics of patches, least squares, cycle and identity loss,
//! fakes out of a pool of 50 for the critics, rates that fall to 0 over the second half.

use super::patches::patches;
use super::preset::{Algorithm, Goal, Preset};
use super::recipe::Recipe;
use crate::error::Result;
use crate::game::{
    Builder, Curve, Entry, G_LOSS, Knob, Layout, Measure, Network, ONE_STAGE, Reading, Role, Side, playable,
};
use crate::graph::{Conv, Tensor};
use crate::nn::{AdversarialLoss::LeastSquares, Scope};

pub const CYCLEGAN: Algorithm = Algorithm {
    key: "cyclegan",
    name: "CycleGAN",
    year: 2017,
    paper: "Zhu et al.: Unpaired image-to-image translation using cycle-consistent adversarial networks",
    summary: "Two generators translate between two kinds of images, without a single pair to learn from.",
    adds: "The cycle: what is translated there and back must be what it was.",
    watch: "Each column is a picture as it is, translated, and translated back. First the style changes, then each digit stays the \
            one it was, and what comes back is what went in.",
    entry: Some(&Entry {
        data: &["mnist-inverse", "mnist-edges", "mnist-texture"],
        settings: &[
            "batch_size",
            "generator_learning_rate",
            "discriminator_learning_rate",
            "decay_until",
            "decay_from",
        ],
        knobs: &[&CYCLE_WEIGHT, &IDENTITY_WEIGHT, &POOL_SIZE],
        stages: ONE_STAGE,
        measures: &MEASURES,
        build: playable(build),
    }),
};

const CYCLE_WEIGHT: Knob = Knob::new(
    "cycle_weight",
    "Weight of the cycle",
    [0.0, 100.0, 0.5],
    10.0,
    "How much it counts that an image translated there and back is the same. At 0 nothing ties an image to its translation.",
);
pub(crate) const IDENTITY_WEIGHT: Knob = Knob::new(
    "identity_weight",
    "Weight of the identity",
    [0.0, 100.0, 0.5],
    5.0,
    "How much it counts that a generator leaves alone what is in its target domain already.",
);
const POOL_SIZE: Knob = Knob::new(
    "pool_size",
    "Pool of earlier fakes",
    [0.0, 500.0, 1.0],
    50.0,
    "Half of the fakes that a critic sees come out of a pool of about so many earlier ones; 0 for none.",
);

const MEASURES: [Measure; 4] = [
    Measure::new("kept_ab", "Digit kept, a to b", "a_to_b", Reading::Labels { part: "output", undo: true }),
    Measure::new("kept_ba", "Digit kept, b to a", "b_to_a", Reading::Labels { part: "output", undo: false }),
    Measure::new("cycle_a", "Distance, a to b and back", "a_to_b", Reading::Distance { part: "again", of: "input" }),
    Measure::new("cycle_b", "Distance, b to a and back", "b_to_a", Reading::Distance { part: "again", of: "input" }),
];

const STEPS: u32 = 1_500; // 24,000 images of each domain
const RECIPE: Recipe =
    Recipe { batch_size: 16, loss: LeastSquares, decay_until: STEPS, decay_from: 0.5, ..Recipe::BASE };

const fn preset(key: &'static str, name: &'static str, data: &'static str, goals: &'static [Goal]) -> Preset {
    Preset { data, goals, ..Preset::of_game(key, name, &CYCLEGAN, RECIPE, STEPS as u64) }
}

const fn goals(kept: f64) -> [Goal; 4] {
    let (kept_ab, kept_ba) = (Goal::at_least("kept_ab", kept), Goal::at_least("kept_ba", kept));
    [kept_ab, kept_ba, Goal::at_most("cycle_a", 0.04), Goal::at_most("cycle_b", 0.04)]
}

pub(crate) const PRESETS: &[Preset] = &[
    Preset {
        note: "Black is white there: nothing may be left alone, so there is no identity loss.",
        own: &[("identity_weight", 0.0)],
        ..preset("cyclegan-inverse", "CycleGAN, inverse digits", "mnist-inverse", &goals(0.97))
    },
    Preset {
        note: "An outline is a stroke too, so there is no identity loss, and half the weight of the cycle.",
        own: &[("identity_weight", 0.0), ("cycle_weight", 5.0)],
        generator_learning_rate: 6e-4,
        discriminator_learning_rate: 6e-4,
        ..preset("cyclegan-edges", "CycleGAN, outlines", "mnist-edges", &goals(0.9))
    },
    preset("cyclegan-texture", "CycleGAN, textured grounds", "mnist-texture", &goals(0.93)),
];

/// x `[B, 1, 28, 28]` to another such image: down to 14x14, two residual blocks, and up again.
fn residual(scope: &mut Scope, x: Tensor) -> Result<Tensor> {
    let (wide, halving, small) = (Conv::square(5, 1, 2), Conv::square(4, 2, 1), Conv::square(3, 1, 1));
    let mut x = scope.conv2d("conv1", x, 32, wide, false)?;
    x = norm_relu(scope, x)?;
    x = scope.conv2d("conv2", x, 64, halving, false)?;
    x = norm_relu(scope, x)?;
    for block in ["block1", "block2"] {
        let mut y = scope.conv2d(&format!("{block}.conv1"), x, 64, small, false)?;
        y = norm_relu(scope, y)?;
        y = scope.conv2d(&format!("{block}.conv2"), y, 64, small, false)?;
        y = scope.instance_norm("", y, false)?;
        x = scope.graph.add(x, y)?;
    }
    x = scope.conv_transpose2d("conv3", x, 32, halving, false)?;
    x = norm_relu(scope, x)?;
    x = scope.conv2d("conv4", x, 1, wide, true)?;
    scope.tanh(x)
}

fn norm_relu(scope: &mut Scope, x: Tensor) -> Result<Tensor> {
    let x = scope.instance_norm("", x, false)?;
    scope.relu(x)
}

const CYCLE: Curve = Curve { key: "cycle", name: "Cycle loss" };
const IDENTITY: Curve = Curve { key: "identity", name: "Identity loss" };
/// Section 3 of the paper.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let [ab, ba] = ["a_to_b", "b_to_a"].map(|name| game.network(name, residual));
    let [critic_a, critic_b] =
        ["critic_a", "critic_b"].map(|name| game.network(name, |scope, x| patches(scope, x, false)));

    // [explain: D
    game.turn("critics", Side::Detective, &[critic_a, critic_b], |s| {
        let (a, b) = (s.row("a", "example")?, s.row("b", "example")?);
        let (fake_b, fake_a) = (s.run(ab, a)?, s.run(ba, b)?);
        let pool = s.knob(&POOL_SIZE) as usize;
        let (fake_b, fake_a) = (s.pooled("pool_b", fake_b, pool)?, s.pooled("pool_a", fake_a, pool)?);
        let on_a = s.tells(critic_a, [a, fake_a], LeastSquares)?;
        let on_b = s.tells(critic_b, [b, fake_b], LeastSquares)?;
        s.record_verdicts([on_a, on_b])
    })?;
    // ]

    game.turn("generators", Side::Forger, &[ab, ba], |s| {
        let (a, b) = (s.row("a", "example")?, s.row("b", "example")?);
        let weight = s.knob(&IDENTITY_WEIGHT);
        // What each makes of the domain that it translates, and of the one that it should leave alone.
        let ([fake_b, same_b], [fake_a, same_a]) = match weight {
            0.0 => ([s.run(ab, a)?, b], [s.run(ba, b)?, a]),
            _ => (s.run_both(ab, [a, b])?, s.run_both(ba, [b, a])?),
        };
        // [explain: G
        let (fools_b, fools_a) = (s.fools(critic_b, fake_b, LeastSquares)?, s.fools(critic_a, fake_a, LeastSquares)?);
        let adversarial = s.sum(&[(2.0, fools_b), (2.0, fools_a)])?; // the paper's code has no half in it
        let (again_a, again_b) = (s.run(ba, fake_b)?, s.run(ab, fake_a)?);
        let (cycle_a, cycle_b) = (s.l1(again_a, a)?, s.l1(again_b, b)?);
        let cycle = s.sum(&[(1.0, cycle_a), (1.0, cycle_b)])?;
        // ]
        s.record(&G_LOSS, adversarial);
        s.record(&CYCLE, cycle);
        // [explain: G
        let (of_b, of_a) = (s.l1(same_b, b)?, s.l1(same_a, a)?);
        let identity = s.sum(&[(1.0, of_b), (1.0, of_a)])?;
        // ]
        if weight > 0.0 {
            s.record(&IDENTITY, identity);
        }
        // [explain: G
        s.sum(&[(1.0, adversarial), (s.knob(&CYCLE_WEIGHT), cycle), (weight, identity)])
        // ]
    })?;

    translation(game, ["a_to_b", "a to b and back", "a"], [ab, ba])?;
    translation(game, ["b_to_a", "b to a and back", "b"], [ba, ab])
}

fn translation(game: &mut Builder, [key, name, set]: [&'static str; 3], [there, back]: [Network; 2]) -> Result<()> {
    game.gallery(key, name, Layout::Rows(8), |s| {
        let (x, class) = (s.row(set, "example")?, s.row(set, "class")?);
        let y = s.run(there, x)?;
        let again = s.run(back, y)?;
        Ok(vec![
            ("input", "As it is", Role::Input, x),
            ("output", "Translated", Role::Output, y),
            ("again", "And back", Role::Again, again),
            ("class", "", Role::Class, class),
        ])
    })
}
