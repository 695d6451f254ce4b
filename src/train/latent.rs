//! What the generator makes of given latents: a copy of it on the CPU, wherever the run trains.

use super::Trainer;
use crate::backend::Arena;
use crate::backend::cpu::CpuBackend;
use crate::error::{Error, Result};
use crate::gan::{GENERATOR, INPUTS, Labels, streams};
use crate::graph::NetworkId;
use crate::graph::variable::Variable;
use crate::rng::{self, NormalTable};

/// Latents that go through the generator at once: a strip and the picture beside it.
const ROWS: usize = 10;
/// Latents of one call.
const MOST: usize = 4_096;

impl Trainer {
    /// The latents `[samples of the page, latent_dim]` of page 0: those behind the samples that are always shown.
    pub fn page_latents(&self) -> Vec<f32> {
        let [columns, rows] = self.page();
        let (seed, normals) = (self.settings.seed, NormalTable::shared());
        let count = (columns * rows * self.settings.recipe.latent_dim) as u32;
        (0..count).map(|element| normals.normal(rng::bits(seed, streams::SAMPLE_LATENT, 0, element))).collect()
    }

    /// Classes that the networks are told; 0 where they are told none.
    pub fn told_classes(&self) -> usize {
        if self.settings.recipe.labels == Labels::None { 0 } else { self.data().classes }
    }

    /// Copies what a network samples with into a program that has it too.
    pub(super) async fn copy_network(&self, name: &str, to: &mut CpuBackend) -> Result<()> {
        let (Some(own), Some(target)) = (self.network(name), network(to, name)) else { return Ok(()) };
        for arena in [Arena::Parameters, Arena::Buffers, Arena::Average] {
            if arena.elements(to.program(), target) > 0 {
                let values = self.read(own, arena).await?;
                to.write(target, arena, &values)?;
            }
        }
        Ok(())
    }
}

fn network(backend: &CpuBackend, name: &str) -> Option<NetworkId> {
    backend.program().variables.networks.iter().position(|network| network.name == name).map(NetworkId)
}

/// Writes the first rows of an input.
pub(super) fn feed(backend: &mut CpuBackend, name: &str, values: &[f32]) -> Result<()> {
    let Some(inputs) = network(backend, INPUTS) else { return Ok(()) };
    let is_wanted = |variable: &Variable| variable.network == inputs && variable.name == name;
    let variables = &backend.program().variables;
    let Some(offset) = variables.iter().find(|(_, variable)| is_wanted(variable)).map(|(_, found)| found.offset) else {
        return Ok(());
    };
    let mut arena = backend.read(inputs, Arena::Buffers);
    arena[offset..][..values.len()].copy_from_slice(values);
    backend.write(inputs, Arena::Buffers, &arena)
}

/// A copy of the generator that takes latents. It belongs to one run, and follows it.
pub struct Explorer {
    generator: CpuBackend,
    /// The step that the copy is of.
    step: Option<u32>,
}

impl Explorer {
    /// For this run, whose state must only change by its steps from now on.
    pub fn new(trainer: &Trainer) -> Result<Explorer> {
        let program = trainer.settings().recipe.explorer(trainer.data(), ROWS)?;
        Ok(Explorer { generator: CpuBackend::new(program, Vec::new(), trainer.settings().seed)?, step: None })
    }

    /// Examples `[n, numbers]` of latents `[n, latent_dim]` and labels `[n, classes]`, which are empty where no classes are
    /// told. Labels are one-hot in training; mixtures work as well. The run stays as it is.
    ///
    /// # Errors
    /// [`Error::Setting`] for latents or labels of another size, or with a number that is not finite.
    pub async fn generate(&mut self, trainer: &Trainer, latents: &[f32], labels: &[f32]) -> Result<Vec<f32>> {
        let (dim, classes) = (trainer.settings().recipe.latent_dim, trainer.told_classes());
        let count = latents.len() / dim;
        let refused = |key: &str, message: String| Err(Error::Setting { key: key.into(), message });
        if count == 0 || count > MOST || count * dim != latents.len() {
            return refused("latents", format!("takes 1 to {MOST} times {dim} numbers; {} were given", latents.len()));
        }
        if labels.len() != count * classes {
            return refused(
                "labels",
                format!("takes {classes} numbers for each of {count} latents; {} were given", labels.len()),
            );
        }
        if !latents.iter().chain(labels).all(|value| value.is_finite()) {
            return refused("latents", "and labels must be finite numbers".into());
        }
        if self.step != Some(trainer.step()) {
            trainer.copy_network(GENERATOR, &mut self.generator).await?;
            self.step = Some(trainer.step());
        }
        let numbers = trainer.data().form.numbers();
        let mut examples = Vec::with_capacity(count * numbers);
        for first in (0..count).step_by(ROWS) {
            let rows = ROWS.min(count - first);
            feed(&mut self.generator, "latent", &latents[first * dim..][..rows * dim])?;
            feed(&mut self.generator, "label", &labels[first * classes..][..rows * classes])?;
            self.generator.run(0)?;
            examples.extend_from_slice(&self.generator.output(0)[..rows * numbers]);
        }
        Ok(examples)
    }
}
