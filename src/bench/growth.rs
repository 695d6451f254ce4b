//! How a DCGAN's step grows with the batch, the channels and the size of the images.

use super::{EXAMPLES, LATENT, Work, noise, preset};
use crate::data::{DataShape, Form};
use crate::error::Result;
use crate::gan::{self, Recipe, plans};

/// The size of a DCGAN's step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub batch: usize,
    /// Next to the image; the layer inside has twice as many.
    pub channels: usize,
    /// Pixels along a side of the images.
    pub side: usize,
}

/// What grows, and through which sizes.
pub fn growth() -> [(&'static str, Vec<Size>); 3] {
    let usual = Size { batch: 64, channels: 64, side: 28 };
    [
        ("batch", [16, 32, 64, 128, 256].map(|batch| Size { batch, ..usual }).to_vec()),
        ("channels", [16, 32, 64, 128].map(|channels| Size { channels, ..usual }).to_vec()),
        ("pixels", [28, 32, 48, 64].map(|side| Size { side, ..usual }).to_vec()),
    ]
}

impl Size {
    /// Builds the program of a step.
    pub fn work(self) -> Result<Work> {
        let Size { batch, channels, side } = self;
        let form = Form::grey(side, side);
        let data = DataShape { form, classes: 0, held_out: 0, ..DataShape::digits(EXAMPLES) };
        let recipe = Recipe { latent_dim: LATENT, batch_size: batch, average: 0.0, ..preset("dcgan-mnist").recipe };
        let program = gan::sized_dcgan(&recipe, data, channels)?;
        let step = vec![plans::DISCRIMINATOR, plans::GENERATOR];
        let learning_rates = program.variables.networks().map(|(id, _)| (id, 2e-4)).collect();
        Ok(Work { program, step, tables: vec![noise(EXAMPLES * form.numbers())], learning_rates, has_losses: true })
    }
}
