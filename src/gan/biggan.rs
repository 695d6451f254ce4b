//! BigGAN: Brock, Donahue and Simonyan, "Large scale GAN training for high fidelity natural image synthesis", ICLR 2019.
//!
//! SAGAN's networks, and what let them grow: one embedding of the classes for all norms; noise that reaches every layer
//! (skip-z: a chunk of it for the first layer and one for each norm); weights that stay near orthogonal; and the truncation
//! trick: samples from noise without its tails are better and less varied.
//!
//! The ingredients beside SAGAN's: shared embedding, skip-z, orthogonal regularisation of the generator, spectral norm in the
//! norms' linears too, two discriminator updates a step. Larger batches, the paper's first, are not among them: this size
//! does not need them.

use super::conditional::{ATTENTION, CLASSES, CONDITIONAL, Differences, PRODUCT, SETTINGS, Steering, play};
use super::preset::{Algorithm, Goal, Preset};
use super::recipe::Recipe;
use crate::error::Result;
use crate::game::{Builder, Entry, Knob, ONE_STAGE, playable};
use crate::graph::{Graph, Role, Tensor};
use crate::nn::{Scope, functional, penalties};

pub const BIGGAN: Algorithm = Algorithm {
    key: "biggan",
    name: "BigGAN",
    year: 2019,
    paper: "Brock et al.: Large scale GAN training for high fidelity natural image synthesis",
    summary: "SAGAN with noise for every layer, one embedding of the classes, and weights that stay near orthogonal.",
    adds: "The truncation trick: variety can be given up for quality after training.",
    watch: "With truncation each column\u{2019}s digits become clearer and more alike: at 1, precision is 0.98 in place of 0.88, and \
            recall 0.25 in place of 0.78.",
    entry: Some(&Entry {
        data: &["mnist"],
        settings: SETTINGS,
        knobs: &[&ATTENTION, &ORTHOGONAL_WEIGHT, &TRUNCATION],
        stages: ONE_STAGE,
        measures: &[],
        build: playable(build),
    }),
};

const ORTHOGONAL_WEIGHT: Knob = Knob::new(
    "orthogonal_weight",
    "Weight of orthogonality",
    [0.0, 1.0, 1e-4],
    1e-4,
    "How much it counts that the rows of the generator\u{2019}s weights are at right angles to each other.",
);
const TRUNCATION: Knob = Knob::new(
    "truncation",
    "Truncation",
    [0.0, 3.0, 0.1],
    0.0,
    "Noise beyond this bound is drawn again for the samples that are shown; 0 for no bound.",
);

const STEPS: u32 = 3_125;
/// Discriminator updates in a step, each on images of its own.
const UPDATES: u32 = 2;
const RECIPE: Recipe = Recipe { latent_dim: 60, n_critic: UPDATES, decay_until: STEPS, ..CONDITIONAL };

pub(crate) const PRESETS: &[Preset] = &[Preset {
    generator_learning_rate: 1e-3,
    discriminator_learning_rate: 2e-3,
    goals: &[Goal::at_most("nfd", 0.5), Goal::at_least("conditional_accuracy", 0.99)],
    ..Preset::of_game("biggan-mnist", "BigGAN, digits", &BIGGAN, RECIPE, (UPDATES * STEPS) as u64)
}];

/// Numbers of the classes' embedding.
const EMBEDDING: usize = 32;
/// Chunks of the noise: for the first linear and for the norms.
const CHUNKS: usize = 3;

/// Sections 3 and 3.1 of the paper, and its appendix B.
fn build(game: &mut Builder, _stage: usize) -> Result<()> {
    let (weight, bound) = (game.knob(&ORTHOGONAL_WEIGHT), game.knob(&TRUNCATION));
    play(
        game,
        &Differences {
            embed: &embed,
            steer: &steer,
            regulariser: &|scope| if weight > 0.0 { orthogonality(scope, weight).map(Some) } else { Ok(None) },
            bounded: &|s, z| match bound {
                0.0 => Ok(z),
                _ => {
                    let bound = s.graph.constant(bound, []);
                    functional::truncated(&mut s.graph, z, bound)
                }
            },
            truncates: true,
        },
    )
}

/// The embedding of classes.
fn embed(scope: &mut Scope, class: Tensor) -> Result<Tensor> {
    scope.embedding("embedding", class, CLASSES, EMBEDDING)
}

/// A chunk of the noise and the embedding for each: the first linear and the two norms. Noise that is too short for all
/// leaves the last ones without.
fn steer(scope: &mut Scope, z: Tensor, class: Tensor) -> Result<Steering> {
    let chunks = functional::chunk(scope.graph, z, CHUNKS, 1)?;
    let mut joined = [class; CHUNKS];
    for (joined, chunk) in joined.iter_mut().zip(chunks) {
        *joined = scope.graph.concat(&[chunk, class], 1)?;
    }
    let [first, norms @ ..] = joined;
    Ok(Steering { first, norms, weights: PRODUCT })
}

/// `weight` times the orthogonal regularisation of all weights of the network under spectral norm, each along its shorter
/// side.
fn orthogonality(scope: &mut Scope, weight: f32) -> Result<Tensor> {
    let (network, variables) = (scope.network, &*scope.variables);
    let normed = variables.iter().filter(|(_, variable)| {
        variable.network == network && variable.role == Role::Parameter && variable.name.ends_with(".weight_orig")
    });
    // [explain: G
    let mut total = scope.graph.constant(0.0, []);
    for (id, _) in normed {
        let matrix = scope.graph.variable(variables, id);
        let matrix = lying(scope.graph, matrix)?;
        let term = penalties::orthogonal_regularization(scope.graph, matrix)?;
        total = scope.graph.add(total, term)?;
    }
    scope.graph.mul_scalar(total, weight)
    // ]
}

/// A weight `[rows, the rest]` as a matrix with no more rows than columns.
fn lying(graph: &mut Graph, weight: Tensor) -> Result<Tensor> {
    let shape = graph.shape(weight).clone();
    let (rows, columns) = (shape[0], shape.elements() / shape[0]);
    let matrix = graph.reshape(weight, [rows, columns])?;
    if rows > columns { graph.permute(matrix, &[1, 0]) } else { Ok(matrix) }
}

#[cfg(test)]
mod tests {
    use super::super::conditional::image;
    use super::*;
    use crate::graph::{Clock, Draw, Op, Variables};
    use crate::nn::Mode;

    /// Whether `x` is made of any of `of`.
    fn reads(graph: &Graph, x: Tensor, of: &dyn Fn(&Op) -> bool) -> bool {
        let node = graph.node(x);
        of(&node.op) || node.inputs.iter().any(|&input| reads(graph, input, of))
    }

    #[test]
    fn each_chunk_of_the_noise_reaches_its_own_layer_first() {
        let (mut graph, mut variables) = (Graph::new(), Variables::default());
        let z = graph.normal(Draw { stream: 1, clock: Clock::Sample }, [4, 60]);
        let class = graph.iota(4).expect("there are classes");
        let mut scope = Scope::new(&mut graph, &mut variables, "generator", Mode::Eval);
        let class = embed(&mut scope, class).expect("they have an embedding");
        let steering = steer(&mut scope, z, class).expect("it has three chunks");
        image(&mut scope, &steering, true).expect("the shapes fit");
        let layers = scope.layers;
        let after = |start: usize| {
            let chunk = |op: &Op| matches!(op, Op::Slice { start: at, .. } if *at == start);
            let reached = layers.iter().filter(|(_, output)| reads(&graph, *output, &chunk));
            reached.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
        };
        let all: Vec<&str> = layers.iter().map(|(name, _)| name.as_str()).collect();
        let attention = ["theta", "phi", "g", "o"].map(|layer| format!("attention.{layer}"));
        let [theta, phi, g, o] = attention.each_ref().map(String::as_str);
        let last = ["norm14.affine", theta, phi, g, o, "conv28"];
        assert_eq!(all, [&["linear", "norm7.affine", "conv14"], &last[..]].concat());
        let (third, second, first) = (after(40), after(20), after(0));
        assert_eq!(third, last);
        assert_eq!(second, [&["norm7.affine", "conv14"], &last[..]].concat());
        assert_eq!(first, all);
    }
}
