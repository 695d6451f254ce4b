//! Rows and latents that a visitor chooses, and the way from one thing to another.

use super::{Slider, Step};
use crate::error::Result;
use crate::graph::{Tensor, Unary};

/// How many latents a visitor chooses from, counted from 0.
pub const LATENTS: usize = 64;
/// Steps of a walk, both ends included.
pub const WALK_STEPS: usize = 8;

impl Slider {
    /// Chooses one of [`LATENTS`].
    pub const fn latent(key: &'static str, name: &'static str, default: f32, help: &'static str) -> Slider {
        Slider { key, name, range: [0.0, (LATENTS - 1) as f32, 1.0], default, names: &[], help }
    }

    /// Chooses one of so many rows, counted from 1.
    pub const fn row(key: &'static str, name: &'static str, rows: usize, help: &'static str) -> Slider {
        Slider { key, name, range: [1.0, rows as f32, 1.0], default: 1.0, names: &[], help }
    }
}

impl Step<'_, '_> {
    /// What a column has in the row that a visitor has chosen with a [`Slider::row`], `[1, ...]`.
    ///
    /// # Errors
    /// As [`Step::row_among`].
    pub fn chosen(&mut self, set: &str, column: &str, slider: &Slider) -> Result<Tensor> {
        let number = self.number(slider)?;
        let number = self.graph.add_scalar(number, -1.0)?;
        self.row_among(set, column, slider.range[1] as usize, number)
    }

    /// The latents with these numbers, `[]` each, among [`LATENTS`]: `[numbers, latent_dim]`. They are no others at another
    /// call for as many draws before it.
    pub fn latents_at(&mut self, numbers: &[Tensor]) -> Result<Tensor> {
        let (draw, width) = (self.draw(), self.latent_dim());
        let latents = self.graph.normal(draw, [LATENTS, width]);
        let mut index = Vec::new();
        for &number in numbers {
            index.push(self.graph.reshape(number, [1])?);
        }
        let index = self.graph.concat(&index, 0)?;
        self.graph.gather_rows(latents, index)
    }

    /// How far each step of a walk is, `[WALK_STEPS, 1]`: from 0 to 1.
    pub fn way(&mut self) -> Result<Tensor> {
        let step = self.graph.iota(WALK_STEPS)?;
        let last = self.graph.constant((WALK_STEPS - 1) as f32, []);
        let way = self.graph.div(step, last)?;
        self.graph.reshape(way, [WALK_STEPS, 1])
    }

    /// From the first of two rows `[2, N]` to the second, straight, `way` `[n, 1]` of it: `[n, N]`. The ends are the rows, bit
    /// for bit.
    pub fn blended(&mut self, rows: Tensor, way: Tensor) -> Result<Tensor> {
        let rest = self.graph.unary(Unary::Neg, way)?;
        let rest = self.graph.add_scalar(rest, 1.0)?;
        let (from, to) = (self.graph.slice(rows, 0, 0, 1)?, self.graph.slice(rows, 0, 1, 1)?);
        let (from, to) = (self.graph.mul(rest, from)?, self.graph.mul(way, to)?);
        self.graph.add(from, to)
    }

    /// The same for latents `[2, latent_dim]`, which have about one length, as what lies straight between them has not: what is
    /// [blended](Step::blended) is brought to the length blended of both.
    pub fn walked(&mut self, latents: Tensor, way: Tensor) -> Result<Tensor> {
        let (lengths, straight) = (self.lengths(latents)?, self.blended(latents, way)?);
        let (wanted, found) = (self.blended(lengths, way)?, self.lengths(straight)?);
        let factor = self.graph.div(wanted, found)?;
        self.graph.mul(straight, factor)
    }

    /// Of each row `[n, N]` its length, `[n, 1]`.
    fn lengths(&mut self, rows: Tensor) -> Result<Tensor> {
        let squares = self.graph.unary(Unary::Square, rows)?;
        let total = self.graph.sum(squares, &[1])?;
        self.graph.unary(Unary::Sqrt, total)
    }
}
