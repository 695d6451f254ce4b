//! What the networks do with one example: activations layer by layer, D's verdict and which pixels it hangs on. From a copy
//! of the run's state, on the CPU, so that the run knows nothing of it.

use super::{Settings, Trainer};
use crate::backend::Arena;
use crate::backend::cpu::CpuBackend;
use crate::data::DataShape;
use crate::error::{Error, Result};
use crate::gan::{DISCRIMINATOR, GENERATOR, InspectionProgram, Labels, Layer, Recipe, inspection_plans as plans};
use crate::graph::NetworkId;
use crate::graph::Role;
use crate::rng;

/// A copy of both networks that is fed one example at a time.
pub struct Inspection {
    backend: CpuBackend,
    inspected: NetworkId,
    generator: Vec<Layer>,
    discriminator: Vec<Layer>,
    /// What goes in, as the buffers' arena has it.
    buffers: Vec<f32>,
    /// The generator with its parameters themselves, where samples are drawn with their average.
    raw: Option<CpuBackend>,
    settings: Settings,
    data: DataShape,
}

/// What a hidden layer put out for an example, behind norm and activation.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenLayer {
    /// With the network's name, such as `discriminator.conv1`.
    pub name: String,
    /// `[channels, height, width]` or `[features]`
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// What there is to see of an example.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Pixels in [-1, 1], or coordinates.
    pub example: Vec<f32>,
    pub logit: f32,
    /// The gradient of the logit by each of the example's numbers (the saliency of Simonyan et al. 2014, before the
    /// absolute value is taken).
    pub gradient: Vec<f32>,
    /// Of the generator, for a sample; then of the discriminator.
    pub layers: Vec<SeenLayer>,
}

impl Inspection {
    /// For runs with these settings. It knows nothing yet: see [`Inspection::copy`].
    pub fn new(settings: &Settings, data: DataShape) -> Result<Inspection> {
        let InspectionProgram { program, inspected, generator, discriminator } = settings.recipe.inspection(data)?;
        let buffers = vec![0.0; Arena::Buffers.elements(&program, inspected)];
        let backend = CpuBackend::new(program, Vec::new(), settings.seed)?;
        let settings = settings.clone();
        Ok(Inspection { backend, inspected, generator, discriminator, buffers, raw: None, settings, data })
    }

    /// Takes over the run's networks as they are now.
    pub async fn copy(&mut self, trainer: &Trainer) -> Result<()> {
        trainer.copy_network(GENERATOR, &mut self.backend).await?;
        trainer.copy_network(DISCRIMINATOR, &mut self.backend).await
    }

    /// The sample in place `tile` of the page of fixed latents.
    ///
    /// # Errors
    /// [`Error::Setting`] for a place that the page does not have.
    pub fn sample(&mut self, tile: usize) -> Result<Seen> {
        self.check_place(tile)?;
        let (latent, classes) = (self.settings.recipe.latent_dim, self.classes());
        self.backend.run(plans::NOISE)?;
        let noise = self.backend.output(plans::NOISE);
        let input = &noise[tile * (latent + classes)..][..latent + classes];
        self.put("input", input)?;
        self.put("label", &input[latent..])?;
        self.backend.run(plans::GENERATOR)?;
        let output = self.backend.output(plans::GENERATOR);
        let (layers, example) = seen(GENERATOR, &self.generator, &output);
        self.judged(example.to_vec(), layers)
    }

    /// A real example; `tile` is its place in the page of real ones, and `label` its class, where there is one.
    ///
    /// # Errors
    /// [`Error::Setting`] for a place that the page does not have.
    pub fn real(&mut self, example: Vec<f32>, tile: usize, label: Option<u8>) -> Result<Seen> {
        self.check_place(tile)?;
        let classes = self.classes();
        let told = match self.settings.recipe.labels {
            Labels::Shuffled => {
                self.backend.run(plans::NOISE)?;
                let noise = self.backend.output(plans::NOISE);
                let first = self.count() * (self.settings.recipe.latent_dim + classes);
                noise[first + tile * classes..][..classes].to_vec()
            }
            Labels::None | Labels::Both => {
                (0..classes).map(|class| f32::from(u8::from(label.map(usize::from) == Some(class)))).collect()
            }
        };
        self.put("label", &told)?;
        self.judged(example, Vec::new())
    }

    /// The row in the training set of a place in the page of real examples.
    pub fn real_row(&self, tile: usize) -> usize {
        let (tile, count) = (tile as u32, self.data.count as u32);
        rng::permuted(self.settings.seed, tile / count, tile % count, count) as usize
    }

    /// The discriminator's verdict on an example with the label that was put in.
    fn judged(&mut self, example: Vec<f32>, mut layers: Vec<SeenLayer>) -> Result<Seen> {
        self.put("example", &example)?;
        self.backend.run(plans::DISCRIMINATOR)?;
        let output = self.backend.output(plans::DISCRIMINATOR);
        let (own, rest) = seen(DISCRIMINATOR, &self.discriminator, &output);
        layers.extend(own);
        Ok(Seen { example, logit: rest[0], gradient: rest[1..].to_vec(), layers })
    }

    /// The weights of the discriminator's first layer, `[out, in, ...]`, with their shape; None where it has no layers.
    pub fn first_weights(&self) -> Option<(Vec<usize>, Vec<f32>)> {
        self.discriminator.first()?;
        let variables = &self.backend.program().variables;
        let is_own = |network: NetworkId| variables.networks[network.0].name == DISCRIMINATOR;
        let (_, weight) = variables.iter().find(|(_, v)| is_own(v.network) && v.role == Role::Parameter)?;
        let parameters = self.backend.read(weight.network, Arena::Parameters);
        Some((weight.shape.to_vec(), parameters[weight.offset..][..weight.shape.elements()].to_vec()))
    }

    /// The page of fixed latents drawn with the run's parameters themselves, `[count, numbers]`, whether or not an average is
    /// kept.
    pub async fn raw_samples(&mut self, trainer: &Trainer) -> Result<Vec<f32>> {
        let raw = match &mut self.raw {
            Some(raw) => raw,
            None => {
                let recipe = Recipe { average: 0.0, ..self.settings.recipe };
                self.raw.insert(CpuBackend::new(recipe.sampler(self.data)?, Vec::new(), self.settings.seed)?)
            }
        };
        trainer.copy_network(GENERATOR, raw).await?;
        raw.run(0)?;
        Ok(raw.output(0))
    }

    fn count(&self) -> usize {
        self.settings.recipe.page(self.data).iter().product()
    }

    fn classes(&self) -> usize {
        if self.settings.recipe.labels == Labels::None { 0 } else { self.data.classes }
    }

    fn check_place(&self, tile: usize) -> Result<()> {
        let count = self.count();
        if tile < count {
            return Ok(());
        }
        let message = format!("takes a place on the page, from 0 to {}; it is {tile}", count - 1);
        Err(Error::Setting { key: "tile".into(), message })
    }

    /// Puts values into one of the buffers; nothing where a run has no such buffer.
    fn put(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let variables = &self.backend.program().variables.variables;
        let found = variables.iter().find(|variable| variable.network == self.inspected && variable.name == name);
        let Some(variable) = found else { return Ok(()) };
        if values.len() != variable.shape.elements() {
            let message = format!("takes {} numbers and was given {}", variable.shape.elements(), values.len());
            return Err(Error::Setting { key: name.into(), message });
        }
        self.buffers[variable.offset..][..values.len()].copy_from_slice(values);
        self.backend.write(self.inspected, Arena::Buffers, &self.buffers)
    }
}

/// The layers at the front of a plan's output, and the rest of it.
fn seen<'o>(network: &str, layers: &[Layer], output: &'o [f32]) -> (Vec<SeenLayer>, &'o [f32]) {
    let mut rest = output;
    let layer = |Layer { name, shape }: &Layer| {
        let (values, behind) = rest.split_at(shape.elements());
        rest = behind;
        SeenLayer { name: format!("{network}.{name}"), shape: shape.to_vec(), values: values.to_vec() }
    };
    let layers = layers.iter().map(layer).collect();
    (layers, rest)
}

impl Trainer {
    /// The length of the last gradient of each layer, as `discriminator.conv1`: weight and bias together, G's layers first.
    /// 0 before the first step.
    pub async fn gradient_norms(&self) -> Result<Vec<(String, f64)>> {
        let mut norms: Vec<(String, f64)> = Vec::new();
        for network in [GENERATOR, DISCRIMINATOR] {
            for (parameter, square) in self.squared_gradients(network).await? {
                let layer = parameter.rsplit_once('.').map_or(&parameter[..], |(layer, _)| layer);
                let name = format!("{network}.{layer}");
                match norms.last_mut() {
                    Some((last, sum)) if *last == name => *sum += square,
                    _ => norms.push((name, square)),
                }
            }
        }
        norms.iter_mut().for_each(|(_, sum)| *sum = sum.sqrt());
        Ok(norms)
    }
}
