//! The generator of a pair as a graph with named inputs, for those who take it elsewhere.

use super::cgan::Label;
use super::choices::Labels;
use super::pair::{GALLERIES, GENERATOR, Pair, streams};
use crate::data::Form;
use crate::error::Result;
use crate::game::{LATENT_MEANING, Named, Role, Trace, Traced, Traces, class_meaning};
use crate::graph::{Clock, Draw, Graph, Variables};
use crate::nn::{Mode, Scope};

/// The generator as samples are drawn with it: `z` `[count, latent_dim]` and, where classes are told, `label` `[count, 1]`.
fn trace(pair: &Pair, variables: &mut Variables, rows: usize) -> Result<Trace> {
    let (mut graph, recipe) = (Graph::new(), pair.recipe);
    let [columns, _] = recipe.page(pair.data);
    let count = columns * rows;
    let z = graph.normal(Draw { stream: streams::SAMPLE_LATENT, clock: Clock::Sample }, [count, recipe.latent_dim]);
    let mut named = vec![Named { name: "z".into(), meaning: LATENT_MEANING.into(), tensor: z }];
    let label = match recipe.labels {
        Labels::None => None,
        Labels::Both | Labels::Shuffled | Labels::Projection => {
            let classes = pair.data.classes;
            // A column of the page for each.
            let class = graph.iota(columns)?;
            let class = graph.broadcast(class, &[rows, columns].into())?;
            let number = graph.reshape(class, [count, 1])?;
            named.push(Named { name: "label".into(), meaning: class_meaning(classes), tensor: number });
            Some(Label::of_numbers(&mut graph, number, classes)?)
        }
    };
    let mut scope = Scope::new(&mut graph, variables, GENERATOR, Mode::Eval);
    scope.averaged = recipe.average > 0.0;
    let made = pair.generate_from(&mut scope, z, label)?;
    let made = match pair.data.form {
        Form::Image { channels, height, width } => graph.reshape(made, [count, channels, height, width])?,
        Form::Map { .. } | Form::Volume { .. } | Form::Point { .. } => made,
    };
    Ok(Trace::new(graph, named, &[("example", "", Role::Output, made)], variables, count))
}

/// The one gallery of a pair that shows what its generator makes.
pub(super) fn traces(pair: &Pair) -> Result<Traces> {
    let mut variables = Variables::default();
    let [_, rows] = pair.recipe.page(pair.data);
    let once = trace(pair, &mut variables, rows)?;
    let twice = Some(trace(pair, &mut variables, 2 * rows)?);
    let (key, name) = GALLERIES[0];
    Ok(Traces { variables, galleries: vec![Traced { key, name, trace: once, twice }] })
}
