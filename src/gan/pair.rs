//! The game that all pairs play: the plans of one discriminator and one generator update, made of a recipe's ingredients,
//! and the plans that show where the two stand.

mod inspection;
mod pages;

use super::cgan::{self, Label};
use super::choices::{Initialization, Labels, Norm, Penalty};
use super::custom;
use super::networks::Networks;
use super::plans;
use super::projection::Told;
use super::recipe::Recipe;
use crate::data::{Column, DataShape, Form, POINT_STEPS, POINT_ZERO};
use crate::error::Result;
use crate::game::{self, Curve, D_FAKE, D_LOSS, D_REAL, G_LOSS, Gallery, Layout, Play, Side, Turn};
use crate::graph::{Clock, Draw, Effect, Graph, Plan, Program, TableId, Tensor, Unary, Variables};
use crate::nn::{self, Mode, Scope, Weights, penalties};

pub(super) use inspection::inspection;
pub use inspection::{InspectionProgram, Part, inspection_plans, one_hot};

/// Names of the two networks in checkpoints and listings.
pub const GENERATOR: &str = "generator";
pub const DISCRIMINATOR: &str = "discriminator";

/// The streams of random numbers of one step, and of the samples.
pub mod streams {
    pub const DISCRIMINATOR_LATENT: u32 = 1;
    pub const GENERATOR_LATENT: u32 = 2;
    pub const SAMPLE_LATENT: u32 = 3;
    pub const PENALTY: u32 = 4;
    pub const DISCRIMINATOR_LABEL: u32 = 5;
    pub const GENERATOR_LABEL: u32 = 6;
    pub const REAL_LABEL: u32 = 7;
}

/// A table of examples and the one of their labels.
#[derive(Clone, Copy)]
struct Source {
    examples: TableId,
    labels: Option<TableId>,
    count: usize,
}

/// What every plan is built from.
pub(super) struct Pair<'r> {
    pub recipe: &'r Recipe,
    pub networks: &'r Networks,
    pub data: DataShape,
}

/// Names of the columns of a pair's measurements after the step: both losses, D's mean output on real examples and on fakes,
/// and the length of D's gradient where a penalty looks at it.
pub const METRICS: [&str; 5] = [CURVES[0].key, CURVES[1].key, CURVES[2].key, CURVES[3].key, CURVES[4].key];
const NORM: Curve = Curve { key: "gradient_norm", name: "Length of D\u{2019}s gradient" };
const CURVES: [Curve; 5] = [D_LOSS, G_LOSS, D_REAL, D_FAKE, NORM];

/// Keys of the galleries of a pair, in the order of their plans.
pub const GALLERIES: [(&str, &str); 3] =
    [("samples", "Samples"), ("real", "Real examples"), ("held_out", "Held-out examples")];

/// What a trainer follows beside the program of a pair.
pub(super) fn play(recipe: &Recipe, data: DataShape, program: &Program) -> Play {
    let mut variables = program.variables.clone();
    let mut network = |name: &str| vec![variables.network(name)];
    let norm = (recipe.penalty != Penalty::None).then_some(4);
    let detective = Turn {
        key: DISCRIMINATOR,
        side: Side::Detective,
        networks: network(DISCRIMINATOR),
        plan: plans::DISCRIMINATOR,
        columns: [0, 2, 3].into_iter().chain(norm).collect(),
        lazy: None,
    };
    let forger = Turn {
        key: GENERATOR,
        side: Side::Forger,
        networks: network(GENERATOR),
        plan: plans::GENERATOR,
        columns: vec![1, 3],
        lazy: None,
    };
    let parts = vec![
        game::Part { key: "example", name: "", role: game::Role::Output, form: Some(data.form) },
        game::Part { key: "logit", name: "", role: game::Role::Logit, form: None },
    ];
    let shown = GALLERIES.into_iter().zip([plans::SAMPLE, plans::REAL, plans::HELD_OUT]);
    let shown = shown.take(if data.held_out > 0 { 3 } else { 2 });
    let gallery = |((key, name), plan): ((&'static str, &'static str), usize)| Gallery {
        key,
        name,
        plan,
        layout: Layout::Grid(recipe.page(data)),
        parts: parts.clone(),
        inputs: Vec::new(),
    };
    Play {
        turns: vec![detective, forger],
        galleries: shown.map(gallery).collect(),
        probes: Vec::new(),
        curves: CURVES.to_vec(),
    }
}

/// The program of a recipe.
pub(super) fn program(recipe: &Recipe, networks: &Networks, data: DataShape) -> Result<Program> {
    let pair = Pair { recipe, networks, data };
    let mut variables = Variables::default();
    let train = pair.source(&mut variables, data.count);
    let held_out = (data.held_out > 0).then(|| pair.source(&mut variables, data.held_out));
    // In this order, so that both networks' variables exist, and are numbered alike, whatever is built first later on.
    let discriminator = pair.discriminator_step(train, &mut variables)?;
    let generator = pair.generator_step(train, &mut variables)?;
    let mut plans = vec![discriminator, generator];
    plans.push(pair.samples(&mut variables)?);
    plans.push(pair.verdicts("real", train, &mut variables)?);
    if let Some(held_out) = held_out {
        plans.push(pair.verdicts("held out", held_out, &mut variables)?);
    }
    Ok(Program { variables, plans })
}

/// The sample plan alone, without D's logits: samples of a generator whose state is copied from a run.
pub(super) fn sampler(recipe: &Recipe, networks: &Networks, data: DataShape) -> Result<Program> {
    let pair = Pair { recipe, networks, data };
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let (value, _) = pair.page_of_samples(&mut graph, &mut variables, recipe.average > 0.0)?;
    let plan = Plan::new("sample", Clock::Sample, &graph, &variables, &[Effect::Output { value }])?;
    Ok(Program { variables, plans: vec![plan] })
}

impl Pair<'_> {
    /// Declares the tables in the order of [`crate::data::Examples::tables`].
    fn source(&self, variables: &mut Variables, count: usize) -> Source {
        let mut table = |column: Column| variables.table(game::table_of(&column, count));
        let DataShape { form, classes, .. } = self.data;
        let examples = table(Column::Example(form));
        let labels = (classes > 0).then(|| table(Column::Class { classes }));
        Source { examples, labels, count }
    }

    /// Algorithm 1 of Goodfellow et al. 2014, the inner loop: sample noise and examples, follow the discriminator's
    /// gradient; with the penalty and the clip of later papers where the recipe has them.
    fn discriminator_step(&self, source: Source, variables: &mut Variables) -> Result<Plan> {
        let (mut graph, batch) = (Graph::new(), self.recipe.batch_size);
        let clock = Clock::Discriminator;
        // [explain: D originals
        let index = graph.shuffled_index(clock, source.count, batch)?;
        let real = self.examples(&mut graph, variables, source, index)?;
        // ]
        // A fake is shown with the label that it was made for: that of a real example.
        let label = match (self.recipe.labels, source.labels) {
            (Labels::Both | Labels::Projection, Some(table)) => {
                Some(cgan::one_hot_labels(&mut graph, variables, table, index, self.data.classes)?)
            }
            _ => self.random_labels(&mut graph, streams::DISCRIMINATOR_LABEL, clock, batch)?,
        };
        // [explain: D noise
        let latent = Draw { stream: streams::DISCRIMINATOR_LATENT, clock };
        // ]
        // [explain: D forge
        let mut scope = Scope::new(&mut graph, variables, GENERATOR, Mode::Frozen);
        let fake = self.generate(&mut scope, latent, label, batch)?;
        let fake = graph.stop_gradient(fake);
        // ]

        // One pass over both halves; batch norm keeps their statistics apart.
        // [explain: D judge
        let both = graph.concat(&[real, fake], 0)?;
        // ]
        let both_labels = label.map(|label| label.twice(&mut graph)).transpose()?;
        // [explain: D judge
        let mut scope = Scope::new(&mut graph, variables, DISCRIMINATOR, Mode::Train);
        let logits = self.discriminate(&mut scope, both, both_labels, 2)?;
        let real_logits = scope.graph.slice(logits, 0, 0, batch)?;
        let fake_logits = scope.graph.slice(logits, 0, batch, batch)?;
        // ]
        // [explain: D loss
        let mut loss = nn::discriminator_loss(scope.graph, real_logits, fake_logits, self.recipe.loss)?;
        // ]
        let mut columns = vec![
            loss,
            nn::mean_output(scope.graph, real_logits, self.recipe.loss)?,
            nn::mean_output(scope.graph, fake_logits, self.recipe.loss)?,
        ];

        let (penalty, norm) = match self.recipe.penalty {
            Penalty::None => (None, None),
            Penalty::Gradient => {
                let draw = Draw { stream: streams::PENALTY, clock };
                let found = penalties::gradient_penalty(&mut scope, real, fake, draw, |scope, between| {
                    self.discriminate(scope, between, label, 1)
                })?;
                (Some(found.penalty), Some(found.mean_norm))
            }
            Penalty::R1 => {
                let half_square = penalties::r1(scope.graph, real_logits, real)?;
                let square = scope.graph.mul_scalar(half_square, 2.0)?;
                (Some(half_square), Some(scope.graph.unary(Unary::Sqrt, square)?))
            }
            // Its two halves, half a mean square each, add up to the mean square over all.
            Penalty::R1R2 => {
                let mean_square = penalties::r1_r2(scope.graph, logits, both)?;
                (Some(mean_square), Some(scope.graph.unary(Unary::Sqrt, mean_square)?))
            }
        };
        if let Some(penalty) = penalty {
            let weighted = scope.graph.mul_scalar(penalty, self.recipe.penalty_weight)?;
            loss = scope.graph.add(loss, weighted)?;
        }
        columns.extend(norm);
        let (network, mut effects) = (scope.network, scope.effects);
        // [explain: D gradient update
        effects.push(nn::update(&mut graph, variables, network, loss, self.recipe.rule(true))?);
        // ]
        effects.push(Effect::Record { columns });
        Plan::new("discriminator", clock, &graph, variables, &effects)
    }

    /// Algorithm 1, the outer loop: sample noise anew, follow the generator's gradient through a discriminator that
    /// stays as it is.
    fn generator_step(&self, source: Source, variables: &mut Variables) -> Result<Plan> {
        let (mut graph, batch, clock) = (Graph::new(), self.recipe.batch_size, Clock::Generator);
        let label = self.wanted_labels(&mut graph, source, variables)?;
        // [explain: G noise
        let latent = Draw { stream: streams::GENERATOR_LATENT, clock };
        // ]
        // [explain: G forge
        let mut scope = Scope::new(&mut graph, variables, GENERATOR, Mode::Train);
        let fake = self.generate(&mut scope, latent, label, batch)?;
        // ]
        let (network, mut effects) = (scope.network, scope.effects);
        let (logits, judged) = match self.recipe.loss.is_relative() {
            true => self.beside_real(&mut graph, variables, source, fake, label)?,
            false => {
                // [explain: G judge
                let mut scope = Scope::new(&mut graph, variables, DISCRIMINATOR, Mode::Frozen);
                let logits = self.discriminate(&mut scope, fake, label, 1)?;
                // ]
                (logits, logits)
            }
        };
        // [explain: G loss
        let loss = nn::generator_loss(&mut graph, judged, self.recipe.loss)?;
        // ]

        // [explain: G gradient update
        effects.push(nn::update(&mut graph, variables, network, loss, self.recipe.rule(false))?);
        // ]
        let columns = vec![loss, nn::mean_output(&mut graph, logits, self.recipe.loss)?];
        effects.push(Effect::Record { columns });
        Plan::new("generator", clock, &graph, variables, &effects)
    }

    /// D's logits for G's fakes, and how much higher they are than those of real examples, of the same labels if by projection.
    fn beside_real(
        &self,
        graph: &mut Graph,
        variables: &mut Variables,
        source: Source,
        fake: Tensor,
        label: Option<Label>,
    ) -> Result<(Tensor, Tensor)> {
        let batch = self.recipe.batch_size;
        let index = graph.shuffled_index(Clock::Generator, source.count, batch)?;
        let real = self.examples(graph, variables, source, index)?;
        let both = graph.concat(&[real, fake], 0)?;
        let labels = label.map(|label| label.twice(graph)).transpose()?;
        let mut scope = Scope::new(graph, variables, DISCRIMINATOR, Mode::Frozen);
        let logits = self.discriminate(&mut scope, both, labels, 2)?;
        let (real, fake) = (graph.slice(logits, 0, 0, batch)?, graph.slice(logits, 0, batch, batch)?);
        Ok((fake, graph.sub(fake, real)?))
    }

    /// Examples by their row numbers, as rows of numbers.
    fn examples(&self, graph: &mut Graph, variables: &Variables, source: Source, index: Tensor) -> Result<Tensor> {
        let rows = graph.gather(variables, source.examples, index)?;
        let Form::Point { coordinates } = self.data.form else { return Ok(rows) };
        // Two bytes a coordinate, the high one first.
        let batch = graph.shape(rows)[0];
        let pairs = graph.reshape(rows, [batch, coordinates, 2])?;
        let (high, low) = (graph.slice(pairs, 2, 0, 1)?, graph.slice(pairs, 2, 1, 1)?);
        let high = graph.mul_scalar(high, 256.0)?;
        let code = graph.add(high, low)?;
        let centred = graph.add_scalar(code, -POINT_ZERO)?;
        let value = graph.mul_scalar(centred, 1.0 / POINT_STEPS)?;
        graph.reshape(value, [batch, coordinates])
    }

    /// The classes that G is asked for in a step: where they differ in size, and by projection always, those of random
    /// examples, so that each is asked for as often as it occurs.
    fn wanted_labels(&self, graph: &mut Graph, source: Source, variables: &Variables) -> Result<Option<Label>> {
        let (clock, batch) = (Clock::Generator, self.recipe.batch_size);
        let as_often = match self.recipe.labels {
            Labels::Projection => true,
            Labels::Both => self.data.groups.is_some(),
            Labels::None | Labels::Shuffled => false,
        };
        match source.labels.filter(|_| as_often) {
            Some(table) => {
                let index = graph.shuffled_index(clock, source.count, batch)?;
                Ok(Some(cgan::one_hot_labels(graph, variables, table, index, self.data.classes)?))
            }
            None => self.random_labels(graph, streams::GENERATOR_LABEL, clock, batch),
        }
    }

    fn random_labels(&self, graph: &mut Graph, stream: u32, clock: Clock, batch: usize) -> Result<Option<Label>> {
        if self.recipe.labels == Labels::None {
            return Ok(None);
        }
        cgan::random_labels(graph, Draw { stream, clock }, batch, self.data.classes).map(Some)
    }

    fn generate(&self, scope: &mut Scope, latent: Draw, label: Option<Label>, batch: usize) -> Result<Tensor> {
        let z = scope.graph.normal(latent, [batch, self.recipe.latent_dim]);
        self.generate_from(scope, z, label)
    }

    /// What G makes of latents `[B, latent_dim]`, and of labels `[B, classes]` where classes are told.
    pub fn generate_from(&self, scope: &mut Scope, z: Tensor, label: Option<Label>) -> Result<Tensor> {
        scope.weights = self.weights(self.recipe.generator_norm);
        let input = match label {
            Some(label) => scope.graph.concat(&[z, label.one_hot], 1)?,
            None => z,
        };
        let list = &self.recipe.generator_layers;
        if list.is_empty() {
            return (self.networks.generator)(scope, self.recipe, input);
        }
        let weights = [Norm::None, Norm::Spectral].map(|norm| self.weights(norm));
        let batch = scope.graph.shape(input)[0];
        let examples = custom::build(scope, list, weights, input, Told::Nothing, 1)?;
        scope.graph.reshape(examples, [batch, self.data.form.numbers()])
    }

    pub fn discriminate(&self, scope: &mut Scope, x: Tensor, label: Option<Label>, groups: usize) -> Result<Tensor> {
        scope.weights = self.weights(self.recipe.discriminator_norm);
        let told = match (self.recipe.labels, label) {
            (_, None) => Told::Nothing,
            (Labels::Projection, Some(label)) => Told::Projected(label),
            (_, Some(label)) => Told::Beside(label.one_hot),
        };
        let list = &self.recipe.discriminator_layers;
        if list.is_empty() {
            return (self.networks.discriminator)(scope, self.recipe, x, told, groups);
        }
        let weights = [Norm::None, Norm::Spectral].map(|norm| self.weights(norm));
        let x = match self.data.form {
            Form::Image { channels, height, width } => {
                let count = scope.graph.shape(x)[0];
                scope.graph.reshape(x, [count, channels, height, width])?
            }
            Form::Map { .. } | Form::Volume { .. } | Form::Point { .. } => x,
        };
        custom::build(scope, list, weights, x, told, groups)
    }

    fn weights(&self, norm: Norm) -> Weights {
        match (self.recipe.initialization, Weights::default(), norm) {
            (_, Weights::Plain { init }, Norm::Spectral) => Weights::Spectral { init },
            (Initialization::FanIn, ..) => Weights::FanIn,
            (Initialization::Normal, plain, _) => plain,
        }
    }
}
