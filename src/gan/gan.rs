//! GAN: Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014.
//!
//! A generator learns to forge examples by playing against a discriminator that learns to tell them from real ones.
//! First of its line: no likelihood, no Markov chain, only two networks and back-propagation.
//! The training step follows the paper's Algorithm 1; both of the paper's generator losses can be chosen.
//! The networks here are fully connected, with batch norm in the generator.

use super::{DataShape, GRID_SIDE, Networks, Recipe};
use crate::error::Result;
use crate::graph::{Clock, Draw, Effect, Graph, Plan, Program, Table, Tensor, Unary, Variables};
use crate::nn::{self, Mode, Scope};

/// Names of the two networks in checkpoints and listings.
pub const GENERATOR: &str = "generator";
pub const DISCRIMINATOR: &str = "discriminator";

pub(super) const NETWORKS: Networks = Networks { generator, discriminator };

fn generator(scope: &mut Scope, z: Tensor) -> Result<Tensor> {
    let mut x = z;
    for (layer, features) in [("1", 256), ("2", 512)] {
        x = scope.linear(&format!("linear{layer}"), x, features, false)?;
        x = scope.batch_norm(&format!("bn{layer}"), x, 1)?;
        x = scope.relu(x)?;
    }
    x = scope.linear("linear3", x, 784, true)?;
    scope.tanh(x)
}

fn discriminator(scope: &mut Scope, images: Tensor, _groups: usize) -> Result<Tensor> {
    let mut x = images;
    for (layer, features) in [("1", 512), ("2", 256)] {
        x = scope.linear(&format!("linear{layer}"), x, features, true)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    scope.linear("linear3", x, 1, true)
}

/// The program of any pair of networks that plays the original game.
pub(super) fn program(recipe: &Recipe, networks: &Networks, data: DataShape) -> Result<Program> {
    let mut variables = Variables::default();
    let pixels = data.height * data.width;
    // Bytes 0..255 become -1..1, the range of tanh.
    let images = variables.table(Table { rows: data.count, width: pixels, scale: 2.0 / 255.0, offset: -1.0 });

    // In this order, so that both networks' variables exist, and are numbered alike, whatever is built first later on.
    let discriminator = discriminator_step(recipe, networks, data, images, &mut variables)?;
    let generator = generator_step(recipe, networks, &mut variables)?;
    let sample = sample(recipe, networks, &mut variables)?;
    let real = real(data, images, &variables)?;
    Ok(Program { variables, plans: vec![discriminator, generator, sample, real] })
}

/// Algorithm 1, the inner loop: sample m noises and m examples, ascend the discriminator's gradient.
fn discriminator_step(
    recipe: &Recipe,
    networks: &Networks,
    data: DataShape,
    images: crate::graph::TableId,
    variables: &mut Variables,
) -> Result<Plan> {
    let (mut graph, batch) = (Graph::new(), recipe.batch_size);
    let z = graph.normal(Draw { stream: 1, clock: Clock::Discriminator }, [batch, recipe.latent_dim]);
    let fake = (networks.generator)(&mut Scope::new(&mut graph, variables, GENERATOR, Mode::Frozen), z)?;
    let fake = graph.stop_gradient(fake);
    let index = graph.shuffled_index(Clock::Discriminator, data.count, batch)?;
    let real = graph.gather(variables, images, index)?;

    // One pass over both halves; batch norm keeps their statistics apart.
    let both = graph.concat(&[real, fake], 0)?;
    let mut scope = Scope::new(&mut graph, variables, DISCRIMINATOR, Mode::Train);
    let logits = (networks.discriminator)(&mut scope, both, 2)?;
    let (network, mut effects) = (scope.network, scope.effects);
    let real_logits = graph.slice(logits, 0, 0, batch)?;
    let fake_logits = graph.slice(logits, 0, batch, batch)?;
    let loss = nn::discriminator_loss(&mut graph, real_logits, fake_logits, recipe.generator_loss.into())?;

    effects.push(nn::update(&mut graph, variables, network, loss, recipe.adam)?);
    let columns = vec![loss, mean_verdict(&mut graph, real_logits)?, mean_verdict(&mut graph, fake_logits)?];
    effects.push(Effect::Record { columns });
    Plan::new("discriminator", Clock::Discriminator, &graph, variables, &effects)
}

/// Algorithm 1, the outer loop: sample m noises anew, descend the generator's gradient.
fn generator_step(recipe: &Recipe, networks: &Networks, variables: &mut Variables) -> Result<Plan> {
    let mut graph = Graph::new();
    let z = graph.normal(Draw { stream: 2, clock: Clock::Generator }, [recipe.batch_size, recipe.latent_dim]);
    let mut scope = Scope::new(&mut graph, variables, GENERATOR, Mode::Train);
    let fake = (networks.generator)(&mut scope, z)?;
    let (network, mut effects) = (scope.network, scope.effects);
    let mut scope = Scope::new(&mut graph, variables, DISCRIMINATOR, Mode::Frozen);
    let logits = (networks.discriminator)(&mut scope, fake, 1)?;
    let loss = nn::generator_loss(&mut graph, logits, recipe.generator_loss.into())?;

    effects.push(nn::update(&mut graph, variables, network, loss, recipe.adam)?);
    let columns = vec![loss, mean_verdict(&mut graph, logits)?];
    effects.push(Effect::Record { columns });
    Plan::new("generator", Clock::Generator, &graph, variables, &effects)
}

/// Images for latents that stay the same while training goes on.
fn sample(recipe: &Recipe, networks: &Networks, variables: &mut Variables) -> Result<Plan> {
    let mut graph = Graph::new();
    let z = graph.normal(Draw { stream: 3, clock: Clock::Sample }, [GRID_SIDE * GRID_SIDE, recipe.latent_dim]);
    let images = (networks.generator)(&mut Scope::new(&mut graph, variables, GENERATOR, Mode::Eval), z)?;
    Plan::new("sample", Clock::Sample, &graph, variables, &[Effect::Output { value: images }])
}

/// Real images for the grid beside the samples.
fn real(data: DataShape, images: crate::graph::TableId, variables: &Variables) -> Result<Plan> {
    let mut graph = Graph::new();
    let index = graph.shuffled_index(Clock::Sample, data.count, GRID_SIDE * GRID_SIDE)?;
    let value = graph.gather(variables, images, index)?;
    Plan::new("real", Clock::Sample, &graph, variables, &[Effect::Output { value }])
}

/// Mean probability "real" that the discriminator gives, from its logits.
fn mean_verdict(graph: &mut Graph, logits: Tensor) -> Result<Tensor> {
    let verdict = graph.unary(Unary::Sigmoid, logits)?;
    graph.mean_all(verdict)
}
