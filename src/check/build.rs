//! From a case to its plans: the outputs, the gradients and the second gradients as one vector, and a training step.

use super::file::Case;
use super::place::Place;
use crate::error::Result;
use crate::graph::{Adam, Clock, Effect, Graph, Init, NetworkId, Plan, Role, Tensor, VariableId, Variables};
use crate::nn;
use std::collections::BTreeMap;

/// What a run of a case yields, and where in the plan's output it lies.
pub(super) struct Part {
    /// `output`, `gradient` or `second`.
    pub kind: &'static str,
    pub name: String,
    pub offset: usize,
}

/// A case ready to run.
pub(super) struct Built {
    pub plan: Plan,
    pub parts: Vec<Part>,
    pub training: Option<(Plan, NetworkId)>,
    /// Inputs and parameters with their variables.
    pub variables: Vec<(String, VariableId)>,
}

/// Builds a case into a registry that it shares with others; `prefix` keeps them apart.
pub(super) fn build(case: &Case, prefix: &str, variables: &mut Variables) -> Result<Built> {
    let mut graph = Graph::new();
    let known = variables.variables.len();
    let network = variables.network(&format!("{prefix}inputs"));
    let mut names: BTreeMap<String, Tensor> = BTreeMap::new();
    let mut all = Vec::new();
    for name in &case.inputs {
        let shape = &case.tensor("value", name)?.shape;
        let shape = match &case.training {
            Some(training) if shape.first() != Some(&training.steps) => {
                return Err(case.broken(format!("`{name}` has shape {shape:?} for {} steps", training.steps)));
            }
            Some(_) => &shape[1..],
            None => &shape[..],
        };
        let id = variables.variable(network, name, shape.into(), Role::Buffer, Init::Constant(0.0))?;
        names.insert(name.clone(), graph.variable(variables, id));
        all.push((name.clone(), id));
    }
    let mut place = Place { graph: &mut graph, variables, case, prefix: prefix.to_string(), effects: Vec::new() };
    for step in &case.steps {
        let inputs: Result<Vec<Tensor>> = step.inputs.iter().map(|name| find(case, &names, name)).collect();
        let outputs = place.apply(step, &inputs?)?;
        if outputs.len() != step.outputs.len() {
            let (named, made) = (step.outputs.len(), outputs.len());
            return Err(case.broken(format!("{} has {made} outputs, and the file names {named}", step.op)));
        }
        names.extend(step.outputs.iter().cloned().zip(outputs));
    }
    let effects = place.effects;

    // The parameters that layers have made, as network/name.
    for (id, variable) in variables.iter().skip(known + case.inputs.len()) {
        let network = &variables.networks[variable.network.0].name[prefix.len()..];
        let name = format!("{network}/{}", variable.name);
        let value = case.tensor("value", &name)?;
        if value.shape[..] != variable.shape[..] {
            let message = format!("`{name}` has shape {} and the file gives {:?}", variable.shape, value.shape);
            return Err(case.broken(message));
        }
        names.insert(name.clone(), graph.variable(variables, id));
        all.push((name, id));
    }

    let lookup = |list: &[String]| list.iter().map(|name| find(case, &names, name)).collect::<Result<Vec<Tensor>>>();
    let mut results: Vec<(&'static str, String, Tensor)> = Vec::new();
    let outputs = lookup(&case.outputs)?;
    results.extend(case.outputs.iter().cloned().zip(outputs.iter().copied()).map(|(name, y)| ("output", name, y)));
    if !case.wrt.is_empty() {
        let loss = weighted(&mut graph, variables, case, (network, &mut all), "weight", &case.outputs, &outputs)?;
        let gradients = graph.gradients(loss, &lookup(&case.wrt)?)?;
        results.extend(case.wrt.iter().cloned().zip(gradients.iter().copied()).map(|(name, g)| ("gradient", name, g)));
        if !case.second.is_empty() {
            let change =
                weighted(&mut graph, variables, case, (network, &mut all), "direction", &case.wrt, &gradients)?;
            let second = graph.gradients(change, &lookup(&case.second)?)?;
            results.extend(case.second.iter().cloned().zip(second).map(|(name, g)| ("second", name, g)));
        }
    }

    let (mut parts, mut flat, mut offset) = (Vec::new(), Vec::new(), 0);
    for (kind, name, tensor) in results {
        let shape = graph.shape(tensor).clone();
        let expected = case.tensor(kind, &name)?;
        if expected.shape[..] != shape[..] {
            let message = format!("the {kind} of `{name}` has shape {shape} and the file gives {:?}", expected.shape);
            return Err(case.broken(message));
        }
        flat.push(graph.reshape(tensor, [shape.elements()])?);
        parts.push(Part { kind, name, offset });
        offset += shape.elements();
    }
    if flat.is_empty() {
        return Err(case.broken("expects nothing".into()));
    }
    let value = graph.concat(&flat, 0)?;
    let plan = Plan::new("case", Clock::Sample, &graph, variables, &[Effect::Output { value }])?;
    let training = training(case, prefix, &mut graph, variables, outputs.first().copied(), effects)?;
    Ok(Built { plan, parts, training, variables: all })
}

fn find(case: &Case, names: &BTreeMap<String, Tensor>, name: &str) -> Result<Tensor> {
    names.get(name).copied().ok_or_else(|| case.broken(format!("nothing is called `{name}`")))
}

/// The sum of the elements of `tensors`, each with the weight that the file gives under `kind`.
fn weighted(
    graph: &mut Graph,
    variables: &mut Variables,
    case: &Case,
    (network, all): (NetworkId, &mut Vec<(String, VariableId)>),
    kind: &str,
    names: &[String],
    tensors: &[Tensor],
) -> Result<Tensor> {
    let mut total = graph.constant(0.0, []);
    for (name, &tensor) in names.iter().zip(tensors) {
        let shape = graph.shape(tensor).clone();
        let given = case.tensor(kind, name)?;
        if given.shape[..] != shape[..] {
            let message = format!("the {kind} of `{name}` has shape {:?} and should have {shape}", given.shape);
            return Err(case.broken(message));
        }
        let key = format!("{kind}:{name}");
        let id = variables.variable(network, &key, shape.clone(), Role::Buffer, Init::Constant(0.0))?;
        all.push((key, id));
        let weight = graph.variable(variables, id);
        let product = graph.mul(tensor, weight)?;
        let sum = graph.sum_all(product)?;
        total = graph.add(total, sum)?;
    }
    Ok(total)
}

fn training(
    case: &Case,
    prefix: &str,
    graph: &mut Graph,
    variables: &mut Variables,
    loss: Option<Tensor>,
    mut effects: Vec<Effect>,
) -> Result<Option<(Plan, NetworkId)>> {
    let (Some(training), Some(loss)) = (&case.training, loss) else { return Ok(None) };
    let name = format!("{prefix}{}", training.network);
    let Some(index) = variables.networks.iter().position(|network| network.name == name) else {
        return Err(case.broken(format!("there is no network `{}` to train", training.network)));
    };
    let network = NetworkId(index);
    let adam = Adam { beta1: training.beta1, beta2: training.beta2, eps: training.eps, weight_decay: 0.0 };
    let update = nn::update(graph, variables, network, loss, adam)?;
    effects.extend([Effect::Record { columns: vec![loss] }, update]);
    let plan = Plan::new("training", Clock::Discriminator, graph, variables, &effects)?;
    Ok(Some((plan, network)))
}
