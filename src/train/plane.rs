//! The contest in the space of points: what D says everywhere, where it pushes the fakes, and how G bends its latents.

use super::Explorer;
use super::latent::FAKES;
use super::picture::EXTENT;
use crate::data::Form;
use crate::error::{Error, Result};
use crate::gan::inspector_plans;

/// Cells of the field in each direction, over [-EXTENT, EXTENT].
pub const FIELD_SIDE: usize = 48;
/// Latents of the lattice in each direction, over [-REACH, REACH].
pub const LATTICE_SIDE: usize = 33;
const REACH: f32 = 2.0;

/// A look at both networks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plane {
    /// D's logits at the cells' middles, `[FIELD_SIDE, FIELD_SIDE]`, the largest y first; on the line `[FIELD_SIDE]`.
    pub field: Vec<f32>,
    /// D's logits for the given real examples.
    pub real_logits: Vec<f32>,
    /// The first samples of the page, `[n, coordinates]`, and D's logits for them.
    pub fakes: Vec<f32>,
    pub fake_logits: Vec<f32>,
    /// The negative gradient of G's loss for each fake by its coordinates: where D pushes it.
    pub pushes: Vec<f32>,
    /// G's points `[LATTICE_SIDE, LATTICE_SIDE, coordinates]` for a lattice over the first two latents, the others 0.
    pub lattice: Vec<f32>,
}

/// The middle of a cell.
fn middle(index: usize) -> f32 {
    ((index as f32 + 0.5) / FIELD_SIDE as f32 * 2.0 - 1.0) * EXTENT
}

impl Explorer {
    /// What the networks, as they were last copied, make of the plane or of the line; `real`: some examples
    /// `[n, coordinates]`.
    ///
    /// # Errors
    /// [`Error::Setting`] where the data are images.
    pub fn plane(&mut self, real: &[f32]) -> Result<Plane> {
        let Form::Point { coordinates } = self.data.form else {
            let message = "shows worlds of points, and these data are images: the preset gan-ring8 has points".into();
            return Err(Error::Setting { key: "plane".into(), message });
        };
        let cells = if coordinates == 1 { FIELD_SIDE } else { FIELD_SIDE * FIELD_SIDE };
        let mut points = Vec::with_capacity(cells * coordinates);
        for cell in 0..cells {
            points.push(middle(cell % FIELD_SIDE));
            if coordinates > 1 {
                points.push(-middle(cell / FIELD_SIDE));
            }
        }
        let mut latents = vec![0.0; LATTICE_SIDE * LATTICE_SIDE * self.latent_dim];
        for (index, z) in latents.chunks_exact_mut(self.latent_dim).enumerate() {
            for (value, place) in z.iter_mut().zip([index % LATTICE_SIDE, index / LATTICE_SIDE]) {
                *value = (place as f32 / (LATTICE_SIDE - 1) as f32 * 2.0 - 1.0) * REACH;
            }
        }
        let (field, real_logits) = (self.scores(&points)?, self.scores(real)?);
        self.networks.run(inspector_plans::PUSH)?;
        let mut fakes = self.networks.output(inspector_plans::PUSH);
        let mut pushes = fakes.split_off(FAKES * coordinates);
        let fake_logits = pushes.split_off(FAKES * coordinates);
        let lattice = self.generate(&latents, &[])?;
        Ok(Plane { field, real_logits, fakes, fake_logits, pushes, lattice })
    }

    /// D's logits at points `[n, coordinates]`, as many as a field has at most.
    pub fn scores(&mut self, points: &[f32]) -> Result<Vec<f32>> {
        self.feed("point", points)?;
        self.networks.run(inspector_plans::SCORE)?;
        let mut logits = self.networks.output(inspector_plans::SCORE);
        logits.truncate(points.len() / self.data.form.numbers());
        Ok(logits)
    }
}
