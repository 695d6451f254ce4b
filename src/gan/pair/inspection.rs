//! A look inside the two networks: a program that runs one example and puts out what every layer makes of it.

use super::{DISCRIMINATOR, GENERATOR, Pair, streams};
use crate::data::DataShape;
use crate::error::Result;
use crate::gan::choices::Labels;
use crate::gan::networks::Networks;
use crate::gan::recipe::Recipe;
use crate::graph::{Clock, Effect, Graph, Init, Plan, Program, Role, Tensor, VariableId, Variables};
use crate::nn::{Mode, Scope};
use crate::rng::{self, NormalTable};

/// Plans of an inspection, by their positions.
pub mod inspection_plans {
    /// The generator for `input`: its hidden layers, then the example.
    pub const GENERATOR: usize = 0;
    /// The discriminator for `example` and `label`: its first filters, its hidden layers, the logit, and the logit's gradient
    /// by the example (the saliency of Simonyan et al. 2014, before the absolute value is taken).
    pub const DISCRIMINATOR: usize = 1;
    /// A page of samples drawn with the parameters themselves. Only where the recipe keeps an average.
    pub const RAW: usize = 2;
}

/// Filters of the discriminator's first layer that are put out.
const FILTERS: usize = 32;

/// A tensor among those that lie one after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is: `layer` (what a hidden layer puts out for one example, behind norm and activation), `attention` (how
    /// much each pixel `[H, W]` of a self-attention layer looks at each place `[H / 2, W / 2]`), `filters`, `example`,
    /// `logit`, `gradient`, and so on.
    pub kind: &'static str,
    /// Which of its kind, such as `discriminator.conv1`.
    pub name: String,
    pub shape: Vec<usize>,
}

/// A program whose networks are those of [`Recipe::program`], in `Mode::Eval` as its samples are, and one more whose buffers
/// are what goes in.
pub struct InspectionProgram {
    pub program: Program,
    /// What each plan puts out.
    pub parts: Vec<Vec<Part>>,
    /// `[1, latent + classes]`
    pub input: VariableId,
    /// `[1, numbers]`
    pub example: VariableId,
    /// `[1, classes]`; of one element, and not used, where there are no labels.
    pub label: VariableId,
}

pub(in crate::gan) fn inspection(recipe: &Recipe, networks: &Networks, data: DataShape) -> Result<InspectionProgram> {
    let pair = Pair { recipe, networks, data };
    let mut variables = Variables::default();
    let inspected = variables.network("inspected");
    let classes = if recipe.labels == Labels::None { 0 } else { data.classes };
    let mut buffer = |name: &str, width: usize| {
        variables.variable(inspected, name, [1, width].into(), Role::Buffer, Init::Constant(0.0))
    };
    let input = buffer("input", recipe.latent_dim + classes)?;
    let example = buffer("example", data.form.numbers())?;
    let label = buffer("label", classes.max(1))?;

    let mut graph = Graph::new();
    let z = graph.variable(&variables, input);
    let mut scope = Scope::new(&mut graph, &mut variables, GENERATOR, Mode::Eval);
    scope.averaged = recipe.average > 0.0;
    let x = pair.generate_from(&mut scope, z, None)?; // the label stands behind z already
    let mut put_out = hidden(scope, GENERATOR)?;
    put_out.push(("example", String::new(), x));
    let generator = plan(graph, &variables, put_out)?;

    let mut graph = Graph::new();
    let (x, told) = (graph.variable(&variables, example), graph.variable(&variables, label));
    let mut scope = Scope::new(&mut graph, &mut variables, DISCRIMINATOR, Mode::Eval);
    let network = scope.network;
    let logit = pair.discriminate(&mut scope, x, (classes > 0).then(|| told.into()), 1)?;
    let mut put_out = hidden(scope, DISCRIMINATOR)?;
    let first = variables.iter().find(|(_, v)| v.network == network && v.role == Role::Parameter && v.shape[0] > 1);
    if let Some((id, first)) = first {
        let weights = graph.variable(&variables, id);
        let few = graph.slice(weights, 0, 0, first.shape[0].min(FILTERS))?;
        put_out.insert(0, ("filters", format!("{DISCRIMINATOR}.{}", first.name), few));
    }
    put_out.push(("logit", String::new(), logit));
    put_out.push(("gradient", String::new(), graph.gradients(logit, &[x])?[0]));
    let discriminator = plan(graph, &variables, put_out)?;

    let mut plans = vec![generator, discriminator];
    if recipe.average > 0.0 {
        let mut graph = Graph::new();
        let (samples, _) = pair.page_of_samples(&mut graph, &mut variables, false)?;
        plans.push(plan(graph, &variables, vec![("raw", String::new(), samples)])?);
    }
    let (plans, parts) = plans.into_iter().unzip();
    Ok(InspectionProgram { program: Program { variables, plans }, parts, input, example, label })
}

impl InspectionProgram {
    /// What the generator starts from in place `tile` of the page of fixed latents: the numbers that [`Pair::generate`]
    /// draws for it, and its class where classes are told (`classes` of them, else 0).
    pub fn input(seed: u32, tile: usize, latent_dim: usize, classes: usize, data: &DataShape) -> Vec<f32> {
        let (first, table) = ((tile * latent_dim) as u32, NormalTable::shared());
        let normal = |index: u32| table.normal(rng::bits(seed, streams::SAMPLE_LATENT, 0, first + index));
        let mut input: Vec<f32> = (0..latent_dim as u32).map(normal).collect();
        input.extend(one_hot(Some(data.class_of_place(seed, tile)), classes));
        input
    }

    /// The label that the real example in a place is shown with where labels are shuffled.
    pub fn shuffled(seed: u32, tile: usize, classes: usize) -> usize {
        let chance = rng::uniform(rng::bits(seed, streams::REAL_LABEL, 0, tile as u32));
        (chance * classes as f32) as usize
    }
}

/// 1 at `class` and 0 elsewhere.
pub fn one_hot(class: Option<usize>, classes: usize) -> impl Iterator<Item = f32> {
    (0..classes).map(move |each| if class == Some(each) { 1.0 } else { 0.0 })
}

type PutOut = (&'static str, String, Tensor);

/// All layers but the last, which puts out the example or the logit itself; and where pixels look.
fn hidden(scope: Scope, network: &str) -> Result<Vec<PutOut>> {
    let Scope { graph, mut layers, attention, .. } = scope;
    layers.pop();
    let mut all: Vec<PutOut> =
        layers.into_iter().map(|(name, tensor)| ("layer", format!("{network}.{name}"), tensor)).collect();
    for (name, weights, [height, width]) in attention {
        let weights = graph.reshape(weights, [1, height, width, height / 2, width / 2])?;
        all.push(("attention", format!("{network}.{name}"), weights));
    }
    Ok(all)
}

/// A plan that puts out tensors one after another, and what they are. Of a batch of one the batch is not counted.
fn plan(mut graph: Graph, variables: &Variables, put_out: Vec<PutOut>) -> Result<(Plan, Vec<Part>)> {
    let (mut flat, mut parts) = (Vec::new(), Vec::new());
    for (kind, name, tensor) in put_out {
        let shape = graph.shape(tensor).clone();
        flat.push(graph.reshape(tensor, [shape.elements()])?);
        parts.push(Part { kind, name, shape: shape[usize::from(shape[0] == 1)..].to_vec() });
    }
    let value = graph.concat(&flat, 0)?;
    let plan = Plan::new("inspection", Clock::Sample, &graph, variables, &[Effect::Output { value }])?;
    Ok((plan, parts))
}
