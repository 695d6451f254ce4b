//! What galleries put out as graphs whose inputs have names, before these become plans: for those who take networks elsewhere.

use super::draft::{Draft, Listed, Named};
use super::{NumberInput, Role, Step};
use crate::error::Result;
use crate::graph::{Graph, Op, Role as Kept, Tensor, Variables};

/// What goes in and what comes out of it, for `count` examples.
#[derive(Clone)]
pub struct Trace {
    pub graph: Graph,
    /// What takes the place of rows and draws, `[count, ...]` each.
    pub inputs: Vec<Named>,
    /// What networks have made, `[count, ...]` each.
    pub outputs: Vec<Named>,
    pub count: usize,
}

/// A gallery that shows what networks make.
#[derive(Clone)]
pub struct Traced {
    pub key: &'static str,
    pub name: &'static str,
    pub trace: Trace,
    /// The same for twice as many examples, if there can be as many: what differs is what depends on how many there are.
    pub twice: Option<Trace>,
}

/// The galleries of a game that show what networks make.
pub struct Traces {
    pub variables: Variables,
    pub galleries: Vec<Traced>,
}

/// What an output of this form is called where it is the only one, and what its values are.
fn made(graph: &Graph, role: Role, tensor: Tensor) -> [&'static str; 2] {
    match (role, graph.shape(tensor).rank()) {
        (Role::Volume, _) => ["volumes", "cells from -1, empty, to 1, filled"],
        (_, 4) => ["images", "pixels from -1 to 1"],
        _ => ["points", "coordinates"],
    }
}

/// Whether a tensor depends on what some network has learned.
fn is_learned(graph: &Graph, variables: &Variables, tensor: Tensor) -> bool {
    let (mut open, mut seen) = (vec![tensor], Vec::new());
    while let Some(next) = open.pop() {
        let node = graph.node(next);
        if let Op::Variable(id) | Op::Average(id) = node.op
            && variables.get(id).role == Kept::Parameter
        {
            return true;
        }
        for &input in &node.inputs {
            if !seen.contains(&input) {
                seen.push(input);
                open.push(input);
            }
        }
    }
    false
}

impl Trace {
    /// Of the parts of a gallery those that networks have made.
    pub fn new(graph: Graph, inputs: Vec<Named>, listed: &[Listed], variables: &Variables, count: usize) -> Trace {
        let mut outputs: Vec<Named> = Vec::new();
        for &(key, _, role, tensor) in listed {
            if matches!(role, Role::Output | Role::Volume) && is_learned(&graph, variables, tensor) {
                let [_, meaning] = made(&graph, role, tensor);
                outputs.push(Named { name: key.into(), meaning: meaning.into(), tensor });
            }
        }
        if let [only] = &mut outputs[..] {
            let role = listed.iter().find(|listed| listed.3 == only.tensor).map_or(Role::Output, |listed| listed.2);
            only.name = made(&graph, role, only.tensor)[0].into();
        }
        Trace { graph, inputs, outputs, count }
    }
}

/// The trace of a gallery's body; none where networks have made nothing of what it shows.
fn trace(draft: &mut Draft, count: usize, body: &dyn Fn(&mut Step) -> Result<Vec<Listed>>) -> Result<Option<Trace>> {
    let mut step = Step::gallery(draft, count);
    let listed = body(&mut step)?;
    let (mut named, numbers) = (std::mem::take(&mut step.named), std::mem::take(&mut step.numbers));
    let (mut graph, ..) = step.finish();
    for NumberInput { slider, variable } in numbers {
        let [from, to, _] = slider.range;
        let meaning = format!("{}, from {from} to {to}", slider.name);
        let tensor = graph.variable(&draft.variables, variable);
        named.push(Named { name: slider.key.into(), meaning, tensor });
    }
    let trace = Trace::new(graph, named, &listed, &draft.variables, count);
    Ok((!trace.outputs.is_empty()).then_some(trace))
}

/// Both traces of a gallery of `count` examples. That there are none for twice as many is no error: some pages are of a size.
pub(super) fn traced(
    draft: &mut Draft,
    [key, name]: [&'static str; 2],
    count: usize,
    body: &dyn Fn(&mut Step) -> Result<Vec<Listed>>,
) -> Result<Option<Traced>> {
    let Some(once) = trace(draft, count, body)? else { return Ok(None) };
    let twice = trace(draft, 2 * count, body).ok().flatten();
    Ok(Some(Traced { key, name, trace: once, twice }))
}
