//! Programs that look at the networks of a run beside the training: the host writes what goes in and reads what comes out.
//! Their networks have the same variables in the same places as in the run's own program.

use super::game::{DISCRIMINATOR, GENERATOR, Game, streams};
use super::recipe::Labels;
use crate::error::Result;
use crate::graph::{Clock, Draw, Effect, Graph, Plan, Program, Role, Tensor, Variables};
use crate::graph::{Init, Unary};
use crate::nn::{self, Mode, Scope};

/// The network whose buffers are what the host writes: `latent` `[rows, latent_dim]`, `label` `[rows, classes]` where
/// classes are told, `point` `[rows, coordinates]`.
pub const INPUTS: &str = "inputs";

/// Plans of [`super::Recipe::plane`], by their positions.
pub mod plane_plans {
    /// D's logits at the points.
    pub const SCORE: usize = 0;
    /// Samples, then where D pushes each (against the gradient of G's loss for it), then D's logits for them.
    pub const PUSH: usize = 1;
    /// G's points for the latents.
    pub const LATTICE: usize = 2;
}

fn input(graph: &mut Graph, variables: &mut Variables, name: &str, shape: [usize; 2]) -> Result<Tensor> {
    let network = variables.network(INPUTS);
    let id = variables.variable(network, name, shape.into(), Role::Buffer, Init::Constant(0.0))?;
    Ok(graph.variable(variables, id))
}

/// G as samples are drawn with it.
fn sampled(game: &Game, graph: &mut Graph, variables: &mut Variables, z: Tensor, y: Option<Tensor>) -> Result<Tensor> {
    let mut scope = Scope::new(graph, variables, GENERATOR, Mode::Eval);
    scope.averaged = game.recipe.average > 0.0;
    game.generate_from(&mut scope, z, y)
}

fn plan(name: &'static str, graph: &Graph, variables: &Variables, value: Tensor) -> Result<Plan> {
    Plan::new(name, Clock::Sample, graph, variables, &[Effect::Output { value }])
}

/// One plan: examples `[rows, numbers]` of the latents and labels in [`INPUTS`].
pub(super) fn explorer(game: &Game, rows: usize) -> Result<Program> {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let z = input(&mut graph, &mut variables, "latent", [rows, game.recipe.latent_dim])?;
    let label = match game.recipe.labels {
        Labels::None => None,
        Labels::Both | Labels::Shuffled => Some(input(&mut graph, &mut variables, "label", [rows, game.data.classes])?),
    };
    let value = sampled(game, &mut graph, &mut variables, z, label)?;
    let plan = plan("explore", &graph, &variables, value)?;
    Ok(Program { variables, plans: vec![plan] })
}

/// The plans of [`plane_plans`].
pub(super) fn plane(game: &Game, [points, fakes, latents]: [usize; 3]) -> Result<Program> {
    let mut variables = Variables::default();
    let (recipe, coordinates) = (game.recipe, game.data.form.numbers());

    let mut graph = Graph::new();
    let x = input(&mut graph, &mut variables, "point", [points, coordinates])?;
    let mut scope = Scope::new(&mut graph, &mut variables, DISCRIMINATOR, Mode::Eval);
    let logits = game.discriminate(&mut scope, x, None, 1)?;
    let score = plan("score", &graph, &variables, logits)?;

    let mut graph = Graph::new();
    let latent = Draw { stream: streams::SAMPLE_LATENT, clock: Clock::Sample };
    let z = graph.normal(latent, [fakes, recipe.latent_dim]);
    let fake = sampled(game, &mut graph, &mut variables, z, None)?;
    let mut scope = Scope::new(&mut graph, &mut variables, DISCRIMINATOR, Mode::Eval);
    let logits = game.discriminate(&mut scope, fake, None, 1)?;
    let loss = nn::generator_loss(&mut graph, logits, recipe.loss)?;
    // The loss is a mean over the fakes, and each is to be told of its own.
    let loss = graph.mul_scalar(loss, fakes as f32)?;
    let gradient = graph.gradients(loss, &[fake])?[0];
    let push = graph.unary(Unary::Neg, gradient)?;
    let parts = [(fake, fakes * coordinates), (push, fakes * coordinates), (logits, fakes)];
    let parts = parts.map(|(part, elements)| graph.reshape(part, [elements]));
    let parts: Vec<Tensor> = parts.into_iter().collect::<Result<_>>()?;
    let value = graph.concat(&parts, 0)?;
    let push = plan("push", &graph, &variables, value)?;

    let mut graph = Graph::new();
    let z = input(&mut graph, &mut variables, "latent", [latents, recipe.latent_dim])?;
    let value = sampled(game, &mut graph, &mut variables, z, None)?;
    let lattice = plan("lattice", &graph, &variables, value)?;
    Ok(Program { variables, plans: vec![score, push, lattice] })
}
