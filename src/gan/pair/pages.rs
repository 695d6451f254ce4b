//! The plans of a pair that show where the two stand: a page of samples, and pages of examples, each with D’s logits.

use super::{DISCRIMINATOR, GENERATOR, Pair, Source, streams};
use crate::error::Result;
use crate::gan::cgan::{self, Label};
use crate::gan::choices::Labels;
use crate::graph::{Clock, Draw, Effect, Graph, Plan, Tensor, Variables};
use crate::nn::{Mode, Scope};

impl Pair<'_> {
    /// A page of samples of latents that stay the same while training goes on, and D's logits for them.
    pub(super) fn samples(&self, variables: &mut Variables) -> Result<Plan> {
        let mut graph = Graph::new();
        let (samples, label) = self.page_of_samples(&mut graph, variables, self.recipe.average > 0.0)?;
        let value = self.with_logits(&mut graph, variables, samples, label)?;
        Plan::new("sample", Clock::Sample, &graph, variables, &[Effect::Output { value }])
    }

    pub(super) fn page_of_samples(
        &self,
        graph: &mut Graph,
        variables: &mut Variables,
        averaged: bool,
    ) -> Result<(Tensor, Option<Label>)> {
        let [columns, rows] = self.recipe.page(self.data);
        variables.network(GENERATOR); // the first network of every program
        let label = match (self.recipe.labels, &self.data.groups) {
            (Labels::None, _) => None,
            (_, Some(groups)) => Some(cgan::grouped_labels(graph, variables, groups, rows, self.data.classes)?),
            (_, None) => Some(cgan::label_columns(graph, rows, self.data.classes)?),
        };
        let latent = Draw { stream: streams::SAMPLE_LATENT, clock: Clock::Sample };
        let mut scope = Scope::new(graph, variables, GENERATOR, Mode::Eval);
        scope.averaged = averaged;
        Ok((self.generate(&mut scope, latent, label, columns * rows)?, label))
    }

    /// A page of real examples and D's logits for them.
    pub(super) fn verdicts(&self, name: &'static str, source: Source, variables: &mut Variables) -> Result<Plan> {
        let (mut graph, [columns, rows]) = (Graph::new(), self.recipe.page(self.data));
        let index = graph.shuffled_index(Clock::Sample, source.count, columns * rows)?;
        let real = self.examples(&mut graph, variables, source, index)?;
        let label = match (self.recipe.labels, source.labels) {
            (Labels::Both | Labels::Projection, Some(table)) => {
                Some(cgan::one_hot_labels(&mut graph, variables, table, index, self.data.classes)?)
            }
            _ => self.random_labels(&mut graph, streams::REAL_LABEL, Clock::Sample, columns * rows)?,
        };
        let value = self.with_logits(&mut graph, variables, real, label)?;
        Plan::new(name, Clock::Sample, &graph, variables, &[Effect::Output { value }])
    }

    /// Examples, then D's logits for each, one after another.
    fn with_logits(
        &self,
        graph: &mut Graph,
        variables: &mut Variables,
        examples: Tensor,
        label: Option<Label>,
    ) -> Result<Tensor> {
        let count = graph.shape(examples)[0];
        let mut scope = Scope::new(graph, variables, DISCRIMINATOR, Mode::Eval);
        let logits = self.discriminate(&mut scope, examples, label, 1)?;
        let examples = graph.reshape(examples, [count * self.data.form.numbers()])?;
        let logits = graph.reshape(logits, [count])?;
        graph.concat(&[examples, logits], 0)
    }
}
