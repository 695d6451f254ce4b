//! From a recipe to its programs: what is trained, and what looks at the networks beside the training.

use super::choices::Architecture;
use super::networks::Networks;
use super::pair::InspectionProgram;
use super::recipe::Recipe;
use super::{dcgan, gan, inspect, pair, plane, trace};
use crate::data::DataShape;
use crate::error::{Error, Result};
use crate::game::{Game, Traces};
use crate::graph::Program;

impl Recipe {
    /// Builds the program: the networks' variables and the plans of [`super::plans`].
    ///
    /// # Errors
    /// [`Error::Setting`] where ingredients do not go together or not with the data.
    pub fn program(&self, data: DataShape) -> Result<Program> {
        let refused = |(key, message): (&str, String)| Err(Error::Setting { key: key.into(), message });
        if let Some(conflict) = self.conflict().or_else(|| self.misfit(data)) {
            return refused(conflict);
        }
        pair::program(self, &self.networks(), data)
    }

    /// The same, with what a trainer follows.
    ///
    /// # Errors
    /// As [`Recipe::program`].
    pub fn game(&self, data: DataShape) -> Result<Game> {
        let program = self.program(data)?;
        let play = pair::play(self, data, &program);
        Ok(Game { program, play })
    }

    /// A program whose one plan yields a page of samples and whose one network is the generator, with the same variables in
    /// the same places as in [`Recipe::program`].
    pub fn sampler(&self, data: DataShape) -> Result<Program> {
        pair::sampler(self, &self.networks(), data)
    }

    /// A program that runs one example through the generator and the discriminator and puts out what their layers do.
    pub fn inspection(&self, data: DataShape) -> Result<InspectionProgram> {
        pair::inspection(self, &self.networks(), data)
    }

    /// A program that looks at the networks with what the host writes to [`super::INPUTS`]: `latents` of them, and `points`;
    /// of the samples it takes the first `fakes`. Its plans are [`super::inspector_plans`].
    pub fn inspector(&self, data: DataShape, latents: usize, points: usize, fakes: usize) -> Result<Program> {
        inspect::inspector(&pair::Pair { recipe: self, networks: &self.networks(), data }, [latents, points, fakes])
    }

    /// The generator as samples are drawn with it, as a graph with named inputs.
    pub fn trace(&self, data: DataShape) -> Result<Traces> {
        trace::traces(&pair::Pair { recipe: self, networks: &self.networks(), data })
    }

    fn networks(&self) -> Networks {
        match self.architecture {
            Architecture::Mlp => gan::NETWORKS,
            Architecture::Dcgan => dcgan::NETWORKS,
            Architecture::Plane => plane::NETWORKS,
            Architecture::Dirac => plane::DIRAC,
        }
    }
}

/// The program of a recipe with networks of 64 and 128 channels, the size that engines are compared at.
///
/// # Errors
/// As [`Recipe::program`], whose checks of the ingredients it leaves to its caller.
pub fn wide_dcgan(recipe: &Recipe, data: DataShape) -> Result<Program> {
    sized_dcgan(recipe, data, 64)
}

/// The same with so many channels next to the image, for the sizes of image and network that are measured.
///
/// # Errors
/// As [`wide_dcgan`], and for images of other sizes.
pub fn sized_dcgan(recipe: &Recipe, data: DataShape, channels: usize) -> Result<Program> {
    let side = data.form.numbers().isqrt();
    let networks = match side {
        28 => dcgan::networks::<28>(),
        32 => dcgan::networks::<32>(),
        48 => dcgan::networks::<48>(),
        64 => dcgan::networks::<64>(),
        _ => {
            let message = format!("has no networks for images of {side} by {side}");
            return Err(Error::Setting { key: "size".into(), message });
        }
    };
    let recipe = Recipe { generator_channels: channels, discriminator_channels: channels, ..*recipe };
    pair::program(&recipe, &networks, data)
}
