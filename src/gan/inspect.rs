//! Programs that look at the networks of a run beside the training: the host writes what goes in and reads what comes out:
//! `latent` `[rows, latent_dim]`, `label` `[rows, classes]` where classes are told, `point` `[rows, coordinates]`.
//! Their networks have the same variables in the same places as in the run's own program.

use super::cgan::Label;
use super::choices::Labels;
use super::pair::{DISCRIMINATOR, GENERATOR, Pair, streams};
use crate::data::Form;
use crate::error::Result;
use crate::game::INPUTS;
use crate::graph::{Clock, Draw, Effect, Graph, Init, Plan, Program, Role, Tensor, Variables};
use crate::nn::{self, Mode, Scope};

/// Plans of [`super::Recipe::inspector`], by their positions.
pub mod inspector_plans {
    /// What G makes of the latents and labels, `[rows, numbers]`.
    pub const GENERATE: usize = 0;
    /// D's logits at the points. Only for points, as the next.
    pub const SCORE: usize = 1;
    /// Samples, then where D pushes each (against the gradient of G's loss for it), then D's logits for them.
    pub const PUSH: usize = 2;
}

fn input(graph: &mut Graph, variables: &mut Variables, name: &str, shape: [usize; 2]) -> Result<Tensor> {
    let network = variables.network(INPUTS);
    let id = variables.variable(network, name, shape.into(), Role::Buffer, Init::Constant(0.0))?;
    Ok(graph.variable(variables, id))
}

/// G as samples are drawn with it.
fn sampled(pair: &Pair, graph: &mut Graph, variables: &mut Variables, z: Tensor, y: Option<Label>) -> Result<Tensor> {
    let mut scope = Scope::new(graph, variables, GENERATOR, Mode::Eval);
    scope.averaged = pair.recipe.average > 0.0;
    pair.generate_from(&mut scope, z, y)
}

fn plan(name: &'static str, graph: &Graph, variables: &Variables, value: Tensor) -> Result<Plan> {
    Plan::new(name, Clock::Sample, graph, variables, &[Effect::Output { value }])
}

/// The plans of [`inspector_plans`].
pub(super) fn inspector(pair: &Pair, [latents, points, fakes]: [usize; 3]) -> Result<Program> {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let recipe = pair.recipe;
    let z = input(&mut graph, &mut variables, "latent", [latents, recipe.latent_dim])?;
    let label = match recipe.labels {
        Labels::None => None,
        _ => Some(input(&mut graph, &mut variables, "label", [latents, pair.data.classes])?.into()),
    };
    let value = sampled(pair, &mut graph, &mut variables, z, label)?;
    let mut plans = vec![plan("generate", &graph, &variables, value)?];
    if let Form::Point { coordinates } = pair.data.form {
        let mut graph = Graph::new();
        let x = input(&mut graph, &mut variables, "point", [points, coordinates])?;
        let logits = judged(pair, &mut graph, &mut variables, x)?;
        plans.push(plan("score", &graph, &variables, logits)?);

        let mut graph = Graph::new();
        let latent = Draw { stream: streams::SAMPLE_LATENT, clock: Clock::Sample };
        let z = graph.normal(latent, [fakes, recipe.latent_dim]);
        let fake = sampled(pair, &mut graph, &mut variables, z, None)?;
        let logits = judged(pair, &mut graph, &mut variables, fake)?;
        // Beside a real example of logit 0, where the loss is relative: that changes how hard it pushes, not where to.
        let loss = nn::generator_loss(&mut graph, logits, recipe.loss)?;
        // The loss is a mean over the fakes, and each is to be told of its own.
        let loss = graph.mul_scalar(loss, -(fakes as f32))?;
        let push = graph.gradients(loss, &[fake])?[0];
        let parts = [
            graph.reshape(fake, [fakes * coordinates])?,
            graph.reshape(push, [fakes * coordinates])?,
            graph.reshape(logits, [fakes])?,
        ];
        let value = graph.concat(&parts, 0)?;
        plans.push(plan("push", &graph, &variables, value)?);
    }
    Ok(Program { variables, plans })
}

fn judged(pair: &Pair, graph: &mut Graph, variables: &mut Variables, x: Tensor) -> Result<Tensor> {
    let mut scope = Scope::new(graph, variables, DISCRIMINATOR, Mode::Eval);
    pair.discriminate(&mut scope, x, None, 1)
}
