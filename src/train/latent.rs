//! What the networks make of given inputs: a copy of them on the CPU, wherever the run trains.

use super::Trainer;
use crate::backend::Arena;
use crate::backend::cpu::CpuBackend;
use crate::data::{DataShape, Form};
use crate::error::{Error, Result};
use crate::gan::{INPUTS, Labels, inspector_plans, streams};
use crate::graph::NetworkId;
use crate::graph::variable::Variable;
use crate::rng::{self, NormalTable};

/// Latents that go through the generator at once: of images a strip and the picture beside it, of points a lattice.
const IMAGES: usize = 10;
const LATTICE: usize = 289;
/// Points that D is asked about at once.
const POINTS: usize = 2_304;
/// The fakes whose pushes are worked out.
pub(super) const FAKES: usize = 200;
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

    /// Copies what the networks work with into a program that has some of them too.
    pub async fn copy_networks(&self, to: &mut CpuBackend) -> Result<()> {
        let names: Vec<String> = to.program().variables.networks.iter().map(|network| network.name.clone()).collect();
        for name in &names {
            let (Some(own), Some(target)) = (self.network(name), network(to, name)) else { continue };
            for arena in [Arena::Parameters, Arena::Buffers, Arena::Average] {
                if arena.elements(to.program(), target) > 0 {
                    let values = self.read(own, arena).await?;
                    to.write(target, arena, &values)?;
                }
            }
        }
        Ok(())
    }
}

fn network(backend: &CpuBackend, name: &str) -> Option<NetworkId> {
    backend.program().variables.networks.iter().position(|network| network.name == name).map(NetworkId)
}

/// Copies of a run's networks that can be asked. They belong to one run, whose state only changes by its steps.
pub struct Explorer {
    pub(super) networks: CpuBackend,
    pub(super) data: DataShape,
    /// The step that the copies are of.
    pub(super) step: Option<u32>,
    pub(super) latent_dim: usize,
    classes: usize,
    rows: usize,
}

impl Explorer {
    /// For this run; nothing is copied yet.
    pub fn new(trainer: &Trainer) -> Result<Explorer> {
        let (data, settings) = (trainer.data(), trainer.settings());
        let rows = if matches!(data.form, Form::Image { .. }) { IMAGES } else { LATTICE };
        let program = settings.recipe.inspector(data, rows, POINTS, FAKES)?;
        Ok(Explorer {
            networks: CpuBackend::new(program, Vec::new(), settings.seed)?,
            data,
            step: None,
            latent_dim: settings.recipe.latent_dim,
            classes: trainer.told_classes(),
            rows,
        })
    }

    /// Copies the networks as they are now, unless that is done. The run stays as it is.
    pub async fn follow(&mut self, trainer: &Trainer) -> Result<()> {
        if self.step != Some(trainer.step()) {
            trainer.copy_networks(&mut self.networks).await?;
            self.step = Some(trainer.step());
        }
        Ok(())
    }

    /// Examples `[n, numbers]` of latents `[n, latent_dim]` and labels `[n, classes]`, which are empty where no classes are
    /// told. Labels are one-hot in training; mixtures work as well.
    ///
    /// # Errors
    /// [`Error::Setting`] for latents or labels of another size, or with a number that is not finite.
    pub fn generate(&mut self, latents: &[f32], labels: &[f32]) -> Result<Vec<f32>> {
        let (dim, classes) = (self.latent_dim, self.classes);
        let count = latents.len() / dim;
        let problem = if count == 0 || count > MOST || count * dim != latents.len() {
            Some(format!("take 1 to {MOST} times {dim} numbers; {} were given", latents.len()))
        } else if labels.len() != count * classes {
            Some(format!("take labels of {classes} numbers for each of the {count}; {} were given", labels.len()))
        } else if !latents.iter().chain(labels).all(|value| value.is_finite()) {
            Some("and labels must be finite numbers".into())
        } else {
            None
        };
        if let Some(message) = problem {
            return Err(Error::Setting { key: "latents".into(), message });
        }
        let numbers = self.data.form.numbers();
        let mut examples = Vec::with_capacity(count * numbers);
        for first in (0..count).step_by(self.rows) {
            let rows = self.rows.min(count - first);
            self.feed("latent", &latents[first * dim..][..rows * dim])?;
            self.feed("label", &labels[first * classes..][..rows * classes])?;
            self.networks.run(inspector_plans::GENERATE)?;
            examples.extend_from_slice(&self.networks.output(inspector_plans::GENERATE)[..rows * numbers]);
        }
        Ok(examples)
    }

    /// Writes the first rows of an input.
    pub(super) fn feed(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let Some(inputs) = network(&self.networks, INPUTS) else { return Ok(()) };
        let is_wanted = |variable: &Variable| variable.network == inputs && variable.name == name;
        let variables = &self.networks.program().variables;
        let Some((_, variable)) = variables.iter().find(|(_, variable)| is_wanted(variable)) else { return Ok(()) };
        let offset = variable.offset;
        let mut arena = self.networks.read(inputs, Arena::Buffers);
        arena[offset..][..values.len()].copy_from_slice(values);
        self.networks.write(inputs, Arena::Buffers, &arena)
    }
}
