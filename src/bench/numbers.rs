//! What a piece of work begins with, number by number, so that other engines can begin with the same; and what it answers.

use super::{EXAMPLES, Kind, Task};
use crate::backend::{Arena, Backend, Program, RING_ROWS};
use crate::error::Result;
use crate::gan::{DISCRIMINATOR, GENERATOR, Recipe, streams};
use crate::graph::{NetworkId, Role, VariableId};
use crate::rng::{self, NormalTable};

/// A tensor with the names that lead to it.
pub struct Named {
    pub path: Vec<String>,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Results that a product keeps beside its output, in the order in which engines answer: see `products.rs`.
const KEPT: [&str; 2] = ["input_grad", "weight_grad"];

impl Task {
    pub fn find(key: &str) -> Option<&'static Task> {
        super::TASKS.iter().find(|task| task.key == key)
    }

    /// The operands of a product by their names; of a GAN its `networks`, the batch of `images` of the first step, its
    /// `latents` (the discriminator's, then the generator's), and `between`, how far the penalty's images are real ones.
    pub fn numbers(&self, seed: u32) -> Result<Vec<Named>> {
        let work = self.work()?;
        let variables = &work.program.variables;
        let mut numbers = Vec::new();
        for id in (0..variables.variables.len()).map(VariableId) {
            let variable = variables.get(id);
            let network = &variables.networks[variable.network.0].name;
            let path = match self.kind {
                Kind::Product(_) if KEPT.contains(&&variable.name[..]) => continue,
                Kind::Product(_) => vec![variable.name.clone()],
                Kind::Gan(_) if variable.role == Role::Buffer => continue,
                Kind::Gan(_) => vec!["networks".into(), network.clone(), variable.name.clone()],
            };
            let shape = variable.shape.to_vec();
            numbers.push(Named { path, shape, values: variables.initial(id, seed) });
        }
        let Kind::Gan(gan) = self.kind else { return Ok(numbers) };
        let Recipe { latent_dim, batch_size: batch, .. } = gan.recipe();
        let pixels = variables.tables[0].width;
        let row = |index| rng::permuted(seed, 0, index as u32, EXAMPLES as u32) as usize;
        let bytes = |index| work.tables[0][row(index) * pixels..][..pixels].iter();
        let images = (0..batch).flat_map(|index| bytes(index).map(|&byte| f32::from(byte) * (2.0 / 255.0) - 1.0));
        let tensor = |path: &[&str], shape: &[usize], values| Named {
            path: path.iter().map(|name| name.to_string()).collect(),
            shape: shape.to_vec(),
            values,
        };
        numbers.push(tensor(&["images"], &[batch, pixels], images.collect()));
        let bits = |stream, count: usize| (0..count as u32).map(move |index| rng::bits(seed, stream, 0, index));

        for (name, stream) in [(DISCRIMINATOR, streams::DISCRIMINATOR_LATENT), (GENERATOR, streams::GENERATOR_LATENT)] {
            let normal = bits(stream, batch * latent_dim).map(|bits| NormalTable::shared().normal(bits));
            numbers.push(tensor(&["latents", name], &[batch, latent_dim], normal.collect()));
        }
        numbers.push(tensor(&["between"], &[batch], bits(streams::PENALTY, batch).map(rng::uniform).collect()));
        Ok(numbers)
    }
}

/// What a product's plan answers: its output, then what it keeps.
///
/// # Errors
/// Those of the device.
pub async fn results(backend: &Backend, plan: usize) -> Result<Vec<Vec<f32>>> {
    let mut results = vec![backend.output(plan).await?];
    let kept = backend.read(NetworkId(0), Arena::Buffers).await?;
    let variables = &backend.program().variables.variables;
    let found = KEPT.iter().filter_map(|name| variables.iter().find(|variable| variable.name == *name));
    results.extend(found.map(|variable| kept[variable.offset..][..variable.shape.elements()].to_vec()));
    Ok(results)
}

/// The loss that a training plan recorded in its last of `runs` runs.
pub fn loss(ring: &[f32], program: &Program, plan: usize, runs: usize) -> f32 {
    let columns = program.plans[plan].columns;
    ring[(runs.saturating_sub(1) % RING_ROWS) * columns]
}
