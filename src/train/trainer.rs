//! A run: a program on a backend, how far it is, and what was measured on the way.

use crate::backend::{Arena, Backend, Clocks, RING_ROWS};
use crate::error::{Error, Result};
use crate::gan::{DataShape, GRID_SIDE, Recipe, plans};
use crate::graph::NetworkId;
use crate::train::Settings;

/// Which network a step updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    Both,
    Generator,
    Discriminator,
}

/// What was measured since the last time: rows of `[step, d_loss, g_loss, d_real, d_fake]`, where `d_real` and `d_fake`
/// are the discriminator's mean outputs. NaN stands for what a step did not compute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    pub rows: Vec<[f64; 5]>,
    /// The first update with a gradient that was no finite number, if one has come: its network, and which run of the
    /// network's plan it was, from 1. It stays until another state is loaded.
    pub broken_update: Option<(String, u32)>,
}

/// Names of the columns of [`Measurements`] after the step.
pub const METRICS: [&str; 4] = ["d_loss", "g_loss", "d_real", "d_fake"];

/// A run on one backend.
pub struct Trainer {
    pub(super) backend: Backend,
    settings: Settings,
    data: DataShape,
    step: u32,
    /// Steps whose measurements are still in the rings, with the clocks' values when they ran.
    pending: Vec<(u32, Option<u32>, Option<u32>)>,
    collected: Measurements,
}

/// Unread steps that the rings hold for certain.
const MAX_PENDING: usize = RING_ROWS / 2;

impl Settings {
    /// The recipe with these settings in place of the preset's.
    pub fn recipe(&self) -> Recipe {
        Recipe { generator_loss: self.generator_loss, batch_size: self.batch_size, ..self.preset.recipe }
    }
}

impl Trainer {
    /// A run that has not begun. The backend must hold this recipe's program.
    pub fn new(backend: Backend, settings: Settings, data: DataShape) -> Trainer {
        let mut trainer =
            Trainer { backend, settings, data, step: 0, pending: Vec::new(), collected: Measurements::default() };
        trainer.apply_learning_rates();
        trainer
    }

    fn apply_learning_rates(&mut self) {
        let rates = [self.settings.generator_learning_rate, self.settings.discriminator_learning_rate];
        for (name, rate) in ["generator", "discriminator"].into_iter().zip(rates) {
            if let Some(network) = self.network(name) {
                self.backend.set_learning_rate(network, rate);
            }
        }
    }

    pub(super) fn network(&self, name: &str) -> Option<NetworkId> {
        let networks = &self.backend.program().variables.networks;
        networks.iter().position(|network| network.name == name).map(NetworkId)
    }

    /// The settings it runs with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes the live settings.
    pub fn set_live(&mut self, settings: &Settings) {
        self.settings.generator_learning_rate = settings.generator_learning_rate;
        self.settings.discriminator_learning_rate = settings.discriminator_learning_rate;
        self.apply_learning_rates();
    }

    /// The data set's shape.
    pub fn data(&self) -> DataShape {
        self.data
    }

    /// Steps done.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Real images that the discriminator has seen, repetitions counted.
    pub fn images(&self) -> u64 {
        u64::from(self.backend.clocks().discriminator) * self.settings.batch_size as u64
    }

    /// Passes over the data.
    pub fn epoch(&self) -> f64 {
        self.images() as f64 / self.data.count as f64
    }

    /// The backend it runs on.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Does `steps` steps. On the GPU they are submitted together and this returns before they have run; the
    /// rings' measurements are fetched only when they would be overwritten.
    pub async fn run(&mut self, steps: usize, only: Only) -> Result<()> {
        let mut left = steps;
        while left > 0 {
            if self.pending.len() >= MAX_PENDING {
                self.collect().await?;
            }
            let now = left.min(MAX_PENDING - self.pending.len());
            self.start(now, only)?;
            left -= now;
        }
        Ok(())
    }

    fn start(&mut self, steps: usize, only: Only) -> Result<()> {
        let one: &[usize] = match only {
            Only::Both => &[plans::DISCRIMINATOR, plans::GENERATOR],
            Only::Discriminator => &[plans::DISCRIMINATOR],
            Only::Generator => &[plans::GENERATOR],
        };
        let clocks = self.backend.clocks();
        let list: Vec<usize> = one.iter().copied().cycle().take(one.len() * steps).collect();
        self.backend.run(&list)?;
        for index in 0..steps as u32 {
            self.step += 1;
            let discriminator = (only != Only::Generator).then_some(clocks.discriminator + index);
            let generator = (only != Only::Discriminator).then_some(clocks.generator + index);
            self.pending.push((self.step, discriminator, generator));
        }
        Ok(())
    }

    /// Says how far it is, where steps were run in another way.
    pub(super) fn set_step(&mut self, step: u32) {
        self.step = step;
    }

    /// Waits until all steps have run.
    pub async fn finish(&self) -> Result<()> {
        self.backend.finish().await
    }

    /// Everything measured since the last call.
    pub async fn take_measurements(&mut self) -> Result<Measurements> {
        self.collect().await?;
        Ok(std::mem::take(&mut self.collected))
    }

    async fn collect(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let discriminator = self.backend.ring(plans::DISCRIMINATOR).await?;
        let generator = self.backend.ring(plans::GENERATOR).await?;
        let networks = &self.backend.program().variables.networks;
        let broken = self.backend.broken_updates().await?.into_iter().zip(networks);
        let first = broken.filter_map(|(update, network)| Some((update?, network.name.clone()))).min();
        self.collected.broken_update = first.map(|(update, network)| (network, update));
        let row = |ring: &[f32], columns: usize, clock: Option<u32>, column: usize| match clock {
            Some(clock) => f64::from(ring[(clock as usize % RING_ROWS) * columns + column]),
            None => f64::NAN,
        };
        for (step, d_clock, g_clock) in self.pending.drain(..) {
            let [d_loss, d_real, d_fake] = [0, 1, 2].map(|column| row(&discriminator, 3, d_clock, column));
            let [g_loss, d_fake_after] = [0, 1].map(|column| row(&generator, 2, g_clock, column));
            let d_fake = if d_clock.is_some() { d_fake } else { d_fake_after };
            self.collected.rows.push([f64::from(step), d_loss, g_loss, d_real, d_fake]);
        }
        Ok(())
    }

    /// Draws the grid of images for `seed` (the run's own if None) into the sample plan's output: page 0 of it.
    pub fn start_samples(&mut self, seed: Option<u32>) -> Result<()> {
        self.run_page(plans::SAMPLE, seed, 0)
    }

    /// Draws the grid of real images into the real plan's output.
    pub fn start_real(&mut self) -> Result<()> {
        self.run_page(plans::REAL, None, 0)
    }

    fn run_page(&mut self, plan: usize, seed: Option<u32>, page: u32) -> Result<()> {
        let seed = seed.unwrap_or(self.settings.seed);
        let clocks = self.backend.clocks();
        let wanted = Clocks { sample_seed: seed, sample_page: page, ..clocks };
        if wanted != clocks {
            self.backend.set_clocks(wanted);
        }
        self.backend.run(&[plan])
    }

    /// `count` generated images `[count, height, width]` in [-1, 1]; the first ones do not depend on how many.
    pub async fn samples(&mut self, count: usize, seed: Option<u32>) -> Result<Vec<f32>> {
        self.pages(plans::SAMPLE, count, seed).await
    }

    /// `count` real images, likewise.
    pub async fn real(&mut self, count: usize) -> Result<Vec<f32>> {
        self.pages(plans::REAL, count, None).await
    }

    async fn pages(&mut self, plan: usize, count: usize, seed: Option<u32>) -> Result<Vec<f32>> {
        const MOST: usize = 65_536;
        if count == 0 || count > MOST {
            let message = format!("takes 1 to {MOST} images; {count} were asked for");
            return Err(Error::Setting { key: "samples".into(), message });
        }
        let pixels = self.data.height * self.data.width;
        let mut images = Vec::with_capacity(count * pixels);
        for page in 0..count.div_ceil(GRID_SIDE * GRID_SIDE) {
            self.run_page(plan, seed, page as u32)?;
            images.extend(self.backend.output(plan).await?);
        }
        images.truncate(count * pixels);
        Ok(images)
    }

    /// Puts the state of a checkpoint in place: counters and step. The arenas are written by `checkpoint.rs`.
    pub(super) fn rewind(&mut self, step: u32, discriminator: u32, generator: u32) {
        self.step = step;
        self.pending.clear();
        self.collected = Measurements::default();
        self.backend.forget_broken_updates();
        self.backend.set_clocks(Clocks { discriminator, generator, ..self.backend.clocks() });
    }

    /// Reads an arena (for checkpoints and tests).
    pub async fn read(&self, network: NetworkId, arena: Arena) -> Result<Vec<f32>> {
        self.backend.read(network, arena).await
    }
}
