//! The contest in the space of points: what D says everywhere, where it pushes the fakes, and how G bends its latents.

use super::Trainer;
use super::latent::feed;
use super::picture::EXTENT;
use crate::backend::cpu::CpuBackend;
use crate::data::Form;
use crate::error::{Error, Result};
use crate::gan::{DISCRIMINATOR, GENERATOR, plane_plans};

/// Cells of the field in each direction, over [-EXTENT, EXTENT].
pub const FIELD_SIDE: usize = 48;
/// Latents of the lattice in each direction, over [-REACH, REACH].
pub const LATTICE_SIDE: usize = 17;
const REACH: f32 = 2.0;
/// Real examples and fakes that are looked at.
const POINTS: usize = 200;

/// A look at both networks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plane {
    pub step: u32,
    /// D's logits at the cells' middles, `[FIELD_SIDE, FIELD_SIDE]`, the largest y first; on the line `[FIELD_SIDE]`.
    pub field: Vec<f32>,
    /// `[n, coordinates]`, and D's logits for them.
    pub real: Vec<f32>,
    pub real_logits: Vec<f32>,
    /// The first samples of the page, `[n, coordinates]`, and D's logits for them.
    pub fakes: Vec<f32>,
    pub fake_logits: Vec<f32>,
    /// The negative gradient of G's loss for each fake by its coordinates: where D pushes it.
    pub pushes: Vec<f32>,
    /// G's points `[LATTICE_SIDE, LATTICE_SIDE, coordinates]` for a lattice over the first two latents, the others 0.
    pub lattice: Vec<f32>,
}

/// Copies of both networks, and what they are asked. It belongs to one run, and follows it.
pub struct PlaneView {
    networks: CpuBackend,
    step: Option<u32>,
    coordinates: usize,
    field: Vec<f32>,
    real: Vec<f32>,
}

/// The middle of a cell.
fn middle(index: usize) -> f32 {
    ((index as f32 + 0.5) / FIELD_SIDE as f32 * 2.0 - 1.0) * EXTENT
}

impl PlaneView {
    /// For this run, whose state must only change by its steps from now on. Reads some real examples.
    ///
    /// # Errors
    /// [`Error::Setting`] where the data are images.
    pub async fn new(trainer: &mut Trainer) -> Result<PlaneView> {
        let Form::Point { coordinates } = trainer.data().form else {
            let message = "shows worlds of points, and these data are images: the preset gan-ring8 has points".into();
            return Err(Error::Setting { key: "plane".into(), message });
        };
        let field: Vec<f32> = match coordinates {
            1 => (0..FIELD_SIDE).map(middle).collect(),
            _ => (0..FIELD_SIDE * FIELD_SIDE)
                .flat_map(|cell| [middle(cell % FIELD_SIDE), -middle(cell / FIELD_SIDE)])
                .collect(),
        };
        let dim = trainer.settings().recipe.latent_dim;
        let mut latents = vec![0.0; LATTICE_SIDE * LATTICE_SIDE * dim];
        let line = |index: usize| (index as f32 / (LATTICE_SIDE - 1) as f32 * 2.0 - 1.0) * REACH;
        for (index, z) in latents.chunks_exact_mut(dim).enumerate() {
            for (value, place) in z.iter_mut().zip([index % LATTICE_SIDE, index / LATTICE_SIDE]) {
                *value = line(place);
            }
        }
        let points = field.len() / coordinates;
        let recipe = &trainer.settings().recipe;
        let program = recipe.plane(trainer.data(), points, POINTS, LATTICE_SIDE * LATTICE_SIDE)?;
        let mut networks = CpuBackend::new(program, Vec::new(), trainer.settings().seed)?;
        feed(&mut networks, "latent", &latents)?;
        let real = trainer.real(POINTS).await?;
        Ok(PlaneView { networks, step: None, coordinates, field, real })
    }

    /// Copies the networks as they are now, and looks. The run stays as it is.
    pub async fn look(&mut self, trainer: &Trainer) -> Result<Plane> {
        if self.step != Some(trainer.step()) {
            trainer.copy_network(GENERATOR, &mut self.networks).await?;
            trainer.copy_network(DISCRIMINATOR, &mut self.networks).await?;
            self.step = Some(trainer.step());
        }
        let (field, real) = (self.field.clone(), self.real.clone());
        let real_logits = self.logits(&real)?;
        let field = self.logits(&field)?;
        self.networks.run(plane_plans::PUSH)?;
        let mut fakes = self.networks.output(plane_plans::PUSH);
        let mut pushes = fakes.split_off(POINTS * self.coordinates);
        let fake_logits = pushes.split_off(POINTS * self.coordinates);
        self.networks.run(plane_plans::LATTICE)?;
        let lattice = self.networks.output(plane_plans::LATTICE);
        Ok(Plane { step: trainer.step(), field, real, real_logits, fakes, fake_logits, pushes, lattice })
    }

    /// What D, as it was last looked at, says at points `[n, coordinates]`.
    pub fn logits(&mut self, points: &[f32]) -> Result<Vec<f32>> {
        let mut logits = Vec::with_capacity(points.len() / self.coordinates);
        for some in points.chunks(self.field.len()) {
            feed(&mut self.networks, "point", some)?;
            self.networks.run(plane_plans::SCORE)?;
            logits.extend_from_slice(&self.networks.output(plane_plans::SCORE)[..some.len() / self.coordinates]);
        }
        Ok(logits)
    }
}
