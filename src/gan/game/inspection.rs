//! A look inside the two networks: a program that runs one example and puts out what every layer makes of it.

use super::{DISCRIMINATOR, GENERATOR, Game, streams};
use crate::data::DataShape;
use crate::error::Result;
use crate::gan::recipe::{Labels, Networks, Recipe};
use crate::graph::{Clock, Draw, Effect, Graph, Init, NetworkId, Plan, Program, Role, Tensor, Variables};
use crate::nn::{Mode, Scope};
use crate::shape::Shape;

/// Plans of an inspection, by their positions.
pub mod inspection_plans {
    /// What the generator starts from for a page of samples, `[count, latent + classes]`; then, where labels are shuffled,
    /// those that real examples of a page are shown with, `[count, classes]`.
    pub const NOISE: usize = 0;
    /// The generator for the variable `input`: its hidden layers one after another, then the example.
    pub const GENERATOR: usize = 1;
    /// The discriminator for the variables `example` and `label`: its hidden layers, the logit, and the logit's gradient by
    /// the example.
    pub const DISCRIMINATOR: usize = 2;
}

/// A hidden layer with weights, and the shape of what it puts out for one example, behind norm and activation.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub name: String,
    pub shape: Shape,
}

/// A program whose networks are those of [`Recipe::program`], in `Mode::Eval` as its samples are, and one more, `inspected`,
/// whose buffers are what goes in.
pub struct InspectionProgram {
    pub program: Program,
    /// The network of the buffers `input` `[1, latent + classes]`, `example` `[1, numbers]` and, with labels, `label`
    /// `[1, classes]`.
    pub inspected: NetworkId,
    pub generator: Vec<Layer>,
    pub discriminator: Vec<Layer>,
}

pub(in crate::gan) fn inspection(recipe: &Recipe, networks: &Networks, data: DataShape) -> Result<InspectionProgram> {
    let game = Game { recipe, networks, data };
    let mut variables = Variables::default();
    let inspected = variables.network("inspected");
    let classes = if recipe.labels == Labels::None { 0 } else { data.classes };
    let buffer = |graph: &mut Graph, variables: &mut Variables, name: &str, width: usize| -> Result<Tensor> {
        let id = variables.variable(inspected, name, [1, width].into(), Role::Buffer, Init::Constant(0.0))?;
        Ok(graph.variable(variables, id))
    };

    let mut graph = Graph::new();
    let label = game.page_labels(&mut graph)?;
    let [columns, rows] = recipe.page(data);
    let latent = Draw { stream: streams::SAMPLE_LATENT, clock: Clock::Sample };
    let input = game.generator_input(&mut graph, latent, label, columns * rows)?;
    let shuffled = match recipe.labels {
        Labels::Shuffled => game.random_labels(&mut graph, streams::REAL_LABEL, Clock::Sample, columns * rows)?,
        Labels::None | Labels::Both => None,
    };
    let parts: Vec<Tensor> = [Some(input), shuffled].into_iter().flatten().collect();
    let noise = plan("noise", &mut graph, &variables, parts)?;

    let mut graph = Graph::new();
    let input = buffer(&mut graph, &mut variables, "input", recipe.latent_dim + classes)?;
    let mut scope = Scope::new(&mut graph, &mut variables, GENERATOR, Mode::Eval);
    scope.averaged = recipe.average > 0.0;
    scope.weights = game.weights(recipe.generator_norm);
    let example = (networks.generator)(&mut scope, recipe, input)?;
    let (generator, mut parts) = hidden(&mut scope);
    parts.push(example);
    let generate = plan(GENERATOR, &mut graph, &variables, parts)?;

    let mut graph = Graph::new();
    let example = buffer(&mut graph, &mut variables, "example", data.form.numbers())?;
    let label = match classes {
        0 => None,
        _ => Some(buffer(&mut graph, &mut variables, "label", classes)?),
    };
    let mut scope = Scope::new(&mut graph, &mut variables, DISCRIMINATOR, Mode::Eval);
    let logit = game.discriminate(&mut scope, example, label, 1)?;
    let (discriminator, mut parts) = hidden(&mut scope);
    parts.push(logit);
    parts.extend(graph.gradients(logit, &[example])?);
    let discriminate = plan(DISCRIMINATOR, &mut graph, &variables, parts)?;

    let program = Program { variables, plans: vec![noise, generate, discriminate] };
    Ok(InspectionProgram { program, inspected, generator, discriminator })
}

/// All layers but the last, which puts out the example or the logit itself.
fn hidden(scope: &mut Scope) -> (Vec<Layer>, Vec<Tensor>) {
    scope.layers.pop();
    let layers = std::mem::take(&mut scope.layers).into_iter();
    layers.map(|(name, tensor)| (Layer { name, shape: scope.graph.shape(tensor)[1..].into() }, tensor)).unzip()
}

/// A plan that puts out tensors one after another.
fn plan(name: &'static str, graph: &mut Graph, variables: &Variables, parts: Vec<Tensor>) -> Result<Plan> {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        let elements = graph.shape(part).elements();
        flat.push(graph.reshape(part, [elements])?);
    }
    let value = graph.concat(&flat, 0)?;
    Plan::new(name, Clock::Sample, graph, variables, &[Effect::Output { value }])
}
