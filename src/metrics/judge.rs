//! The judge: a small classifier of digits that says what is in an image and how it looks.
//!
//! A distance between sets of images is one between their features, and its value depends on whose features they are.
//! So the project has one classifier of its own, trained by its own engine and never shown to a GAN:
//! `www/judges/mnist.safetensors`, made by `ganvas judge`. It runs on the CPU backend, also where a GAN trains on the GPU.
//!
//! - `network.rs`: its layers
//! - `training.rs`: how it learns
//! - `file.rs`: reading and writing it

pub(super) mod file;
mod network;
mod training;

pub use network::{CLASSES, FEATURES, PIXELS, SIDE};
pub use training::{Recipe, Training};

use super::classes::class;
use super::frechet::{self, Accumulator, Moments};
use crate::backend::Arena;
use crate::backend::cpu::CpuBackend;
use crate::error::{Error, Result};
use crate::graph::{Clock, Effect, Graph, Init, NetworkId, Plan, Program, Role, Variables};
use crate::nn::{Mode, Scope, functional};

/// Images in one run of the network; more are cut into pieces of so many.
pub const BATCH: usize = 100;
/// What a trained judge must reach on the test digits, as a share: below, its features say little.
pub const LEAST_ACCURACY: f64 = 0.99;
/// The network that holds the images, apart from the judge's, so that writing them leaves running statistics alone.
const INPUT: &str = "input";

/// What the judge says of n images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// `[n, FEATURES]`: the last layer before the classes, after its ReLU.
    pub features: Vec<f32>,
    /// `[n, CLASSES]`, each row adding up to 1.
    pub probabilities: Vec<f32>,
}

impl Judgement {
    /// The most probable class of each image; 0 where there is none, of an image with a NaN.
    pub fn classes(&self) -> impl Iterator<Item = usize> {
        self.probabilities.chunks_exact(CLASSES).map(|row| class(row).unwrap_or(0))
    }
}

/// The network with its weights, ready to judge.
pub struct Classifier {
    backend: CpuBackend,
}

/// The program that judges one batch: `[BATCH, PIXELS]` in a buffer, features and probabilities side by side out.
fn program() -> Result<Program> {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let input = variables.network(INPUT);
    let init = Init::Constant(-1.0);
    let images = variables.variable(input, "images", [BATCH, PIXELS].into(), Role::Buffer, init)?;
    let images = graph.variable(&variables, images);
    let mut scope = Scope::new(&mut graph, &mut variables, network::NAME, Mode::Eval);
    let outputs = network::network(&mut scope, images)?;
    let probabilities = functional::softmax(&mut graph, outputs.logits, 1)?;
    let value = graph.concat(&[outputs.features, probabilities], 1)?;
    let plan = Plan::new("judge", Clock::Sample, &graph, &variables, &[Effect::Output { value }])?;
    Ok(Program { variables, plans: vec![plan] })
}

impl Classifier {
    /// With the weights it starts from; `write` gives it better ones.
    fn new() -> Result<Classifier> {
        // Nothing in the program draws, so the seed does not matter.
        Ok(Classifier { backend: CpuBackend::new(program()?, Vec::new(), 0)? })
    }

    /// The network of that name in the program.
    fn network(&self, name: &str) -> NetworkId {
        let networks = &self.backend.program().variables.networks;
        NetworkId(networks.iter().position(|network| network.name == name).expect("the program has both networks"))
    }

    /// Judges images `[n, PIXELS]` in [-1, 1], each by itself: it makes no difference in which pieces they come. A piece
    /// of up to [`BATCH`] takes one run of the network.
    ///
    /// # Errors
    /// [`Error::Shape`] when these are no whole images.
    pub fn judge(&mut self, images: &[f32]) -> Result<Judgement> {
        if !images.len().is_multiple_of(PIXELS) {
            return Err(Error::shape("judge", &[&[images.len()]], format!("takes whole images of {PIXELS} pixels")));
        }
        let input = self.network(INPUT);
        let mut judgement = Judgement::default();
        let mut batch = vec![-1.0; Arena::Buffers.elements(self.backend.program(), input)];
        for piece in images.chunks(BATCH * PIXELS) {
            // What is left of a piece before stands behind a short one: the images do not meet, so it does not matter.
            batch[..piece.len()].copy_from_slice(piece);
            self.backend.write(input, Arena::Buffers, &batch)?;
            self.backend.run(0)?;
            let output = self.backend.output(0);
            for row in output.chunks_exact(FEATURES + CLASSES).take(piece.len() / PIXELS) {
                judgement.features.extend(&row[..FEATURES]);
                judgement.probabilities.extend(&row[FEATURES..]);
            }
        }
        Ok(judgement)
    }

    /// Judges images of bytes, as data sets have them; `progress` is told how many are done.
    pub fn judge_bytes(&mut self, images: &[u8], progress: &mut dyn FnMut(usize)) -> Result<Judgement> {
        let mut judgement = Judgement::default();
        for piece in images.chunks(BATCH * PIXELS) {
            let Judgement { features, probabilities } = self.judge(&scaled(piece))?;
            judgement.features.extend(features);
            judgement.probabilities.extend(probabilities);
            progress(judgement.probabilities.len() / CLASSES);
        }
        Ok(judgement)
    }

    /// The share of images of bytes that are given their label.
    pub fn accuracy(&mut self, images: &[u8], labels: &[u8]) -> Result<f64> {
        let judgement = self.judge_bytes(images, &mut |_| {})?;
        let right = judgement.classes().zip(labels).filter(|(class, label)| *class == usize::from(**label)).count();
        Ok(right as f64 / labels.len() as f64)
    }
}

/// Pixels from 0..255 to [-1, 1], as a table of a program has them.
pub fn scaled(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| f32::from(byte) * (2.0 / 255.0) - 1.0).collect()
}

/// What a judge is, in words and numbers; it stands in its file.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// How it was trained, in words.
    pub recipe: String,
    pub seed: u32,
    pub epochs: u32,
    /// The share of the test images whose class it knows.
    pub test_accuracy: f64,
    /// The data's name, and the SHA-256 of its training images as the data set states it.
    pub data: String,
    pub data_sha256: String,
}

/// A trained classifier, and what it says of the training images.
pub struct Judge {
    classifier: Classifier,
    reference: Moments,
    one_class_missing: Moments,
    about: About,
}

impl Judge {
    /// A judge whose reference is its own opinion of the training images (bytes) with their labels.
    pub fn new(
        mut classifier: Classifier,
        images: &[u8],
        labels: &[u8],
        about: About,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Judge> {
        let features = classifier.judge_bytes(images, progress)?.features;
        let (mut all, mut missing) = (Accumulator::new(FEATURES), Accumulator::new(FEATURES));
        for (row, label) in features.chunks_exact(FEATURES).zip(labels) {
            all.add(row)?;
            if *label != 0 {
                missing.add(row)?;
            }
        }
        let (reference, one_class_missing) = (all.moments()?, missing.moments()?);
        Ok(Judge { classifier, reference, one_class_missing, about })
    }

    /// Judges images `[n, PIXELS]` in [-1, 1]: see [`Classifier::judge`].
    pub fn judge(&mut self, images: &[f32]) -> Result<Judgement> {
        self.classifier.judge(images)
    }

    /// The network alone.
    pub fn classifier(&mut self) -> &mut Classifier {
        &mut self.classifier
    }

    /// Mean and covariance of the features of all training images.
    pub fn reference(&self) -> &Moments {
        &self.reference
    }

    /// The same without the images of class 0. Its distance from the reference is the unit of distances: one class missing.
    pub fn one_class_missing(&self) -> &Moments {
        &self.one_class_missing
    }

    /// The unit of distances: that between all training images and those without class 0.
    pub fn unit(&self) -> Result<f64> {
        frechet::frechet_distance(&self.reference, &self.one_class_missing)
    }

    /// Where it comes from.
    pub fn about(&self) -> &About {
        &self.about
    }
}
