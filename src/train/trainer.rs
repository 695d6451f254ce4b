//! A run: a program on a backend, how far it is, and what was measured on the way.

use crate::backend::{Arena, Backend, Clocks, RING_ROWS, Updates};
use crate::data::DataShape;
use crate::error::{Error, Result};
use crate::gan::{DISCRIMINATOR, GENERATOR, plans};
use crate::graph::NetworkId;
use crate::train::Settings;

/// Which network a step updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// The discriminator `n_critic` times, then the generator.
    Both,
    /// The generator once.
    Generator,
    /// The discriminator once.
    Discriminator,
}

/// Names of the columns of [`Measurements`] after the step: both losses, D's mean output on real examples and on fakes,
/// and the length of D's gradient where a penalty looks at it.
pub const METRICS: [&str; 5] = ["d_loss", "g_loss", "d_real", "d_fake", "gradient_norm"];

/// A row: the step, then [`METRICS`]. NaN stands for what a step did not compute.
pub type Row = [f64; METRICS.len() + 1];

/// What was measured since the last time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    pub rows: Vec<Row>,
    /// The first update with a gradient that was no finite number, if one has come: its network, and which of the network's
    /// updates it was, from 1. It stays until another state is loaded.
    pub broken_update: Option<(String, u32)>,
}

/// A run on one backend.
pub struct Trainer {
    pub(super) backend: Backend,
    pub(super) settings: Settings,
    data: DataShape,
    step: u32,
    /// Steps whose measurements are still in the rings, with the clocks' values when the networks' last updates ran.
    pending: Vec<(u32, Option<u32>, Option<u32>)>,
    /// Rows of the discriminator's ring, or of the generator's, that are not yet read.
    unread: u32,
    collected: Measurements,
}

/// Unread rows that the rings hold for certain.
const MAX_UNREAD: u32 = RING_ROWS as u32 / 2;

/// Samples or examples, and what D said of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// `[count, numbers]`
    pub examples: Vec<f32>,
    /// D's logits, `[count]`
    pub logits: Vec<f32>,
}

impl Trainer {
    /// A run that has not begun. The backend must hold this recipe's program.
    pub fn new(backend: Backend, settings: Settings, data: DataShape) -> Trainer {
        let mut trainer = Trainer {
            backend,
            settings,
            data,
            step: 0,
            pending: Vec::new(),
            unread: 0,
            collected: Measurements::default(),
        };
        trainer.apply_learning_rates();
        trainer
    }

    fn apply_learning_rates(&mut self) {
        let rates = [self.settings.generator_learning_rate, self.settings.discriminator_learning_rate];
        for (name, rate) in [GENERATOR, DISCRIMINATOR].into_iter().zip(rates) {
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
        self.settings.recipe.n_critic = settings.recipe.n_critic;
        self.settings.recipe.critic_warmup = settings.recipe.critic_warmup;
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
        u64::from(self.backend.clocks().discriminator) * self.settings.recipe.batch_size as u64
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
        let mut list = Vec::new();
        let mut clocks = self.backend.clocks();
        for _ in 0..steps {
            let updates = self.updates(self.step, only);
            let rows = updates[0].max(updates[1]);
            if self.unread + rows > MAX_UNREAD && !self.pending.is_empty() {
                self.backend.run(&std::mem::take(&mut list))?;
                self.collect().await?;
            }
            for (plan, count) in [plans::DISCRIMINATOR, plans::GENERATOR].into_iter().zip(updates) {
                list.extend((0..count).map(|_| plan));
            }
            clocks.discriminator += updates[0];
            clocks.generator += updates[1];
            self.count_step(updates, clocks);
        }
        self.backend.run(&list)
    }

    /// A step of so many updates, after which the clocks stand there.
    fn count_step(&mut self, updates: [u32; 2], clocks: Clocks) {
        self.step += 1;
        self.unread += updates[0].max(updates[1]);
        let last = |count: u32, clock: u32| (count > 0).then(|| clock.wrapping_sub(1));
        self.pending.push((self.step, last(updates[0], clocks.discriminator), last(updates[1], clocks.generator)));
    }

    /// For a step whose updates are run one by one: makes room in the rings, and says how many updates it has.
    pub(super) async fn begin_step(&mut self) -> Result<[u32; 2]> {
        self.collect().await?;
        Ok(self.updates(self.step, Only::Both))
    }

    /// All updates of such a step have run.
    pub(super) fn end_step(&mut self, updates: [u32; 2]) {
        self.count_step(updates, self.backend.clocks());
    }

    /// Updates of the discriminator and of the generator in the step after `step`.
    pub(super) fn updates(&self, step: u32, only: Only) -> [u32; 2] {
        match only {
            Only::Both => [self.settings.recipe.critic_updates(step), 1],
            Only::Discriminator => [1, 0],
            Only::Generator => [0, 1],
        }
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

    /// Has these measured again: they were taken, and nobody has seen them.
    pub(super) fn put_back(&mut self, measurements: Measurements) {
        self.collected = measurements;
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
        let columns = [plans::DISCRIMINATOR, plans::GENERATOR].map(|plan| self.backend.program().plans[plan].columns);
        let row = |ring: &[f32], columns: usize, clock: Option<u32>, column: usize| match clock {
            Some(clock) if column < columns => f64::from(ring[(clock as usize % RING_ROWS) * columns + column]),
            _ => f64::NAN,
        };
        for (step, d_clock, g_clock) in self.pending.drain(..) {
            let [d_loss, d_real, d_fake, norm] =
                [0, 1, 2, 3].map(|column| row(&discriminator, columns[0], d_clock, column));
            let [g_loss, d_fake_after] = [0, 1].map(|column| row(&generator, columns[1], g_clock, column));
            let d_fake = if d_clock.is_some() { d_fake } else { d_fake_after };
            self.collected.rows.push([f64::from(step), d_loss, g_loss, d_real, d_fake, norm]);
        }
        self.unread = 0;
        Ok(())
    }

    /// Runs page 0 of the sample, the real or the held-out plan with the run's own seed; its output is then on the device.
    pub fn start_page(&mut self, plan: usize) -> Result<()> {
        self.run_page(plan, None, 0)
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

    /// Samples on one page.
    pub fn page(&self) -> [usize; 2] {
        self.settings.recipe.page(self.data)
    }

    /// One page of the sample, the real or the held-out plan.
    pub async fn shown(&mut self, plan: usize, seed: Option<u32>, page: u32) -> Result<Shown> {
        self.run_page(plan, seed, page)?;
        let mut examples = self.backend.output(plan).await?;
        let [columns, rows] = self.page();
        let logits = examples.split_off(columns * rows * self.data.form.numbers());
        Ok(Shown { examples, logits })
    }

    /// `count` samples `[count, numbers]`: images in [-1, 1], or points. The first ones do not depend on how many. With a
    /// `label` they are of that class.
    ///
    /// # Errors
    /// [`Error::Setting`] for no or too many samples, and for a class that the run does not know.
    pub async fn samples(&mut self, count: usize, seed: Option<u32>, label: Option<u32>) -> Result<Vec<f32>> {
        let [columns, _] = self.page();
        if let Some(label) = label {
            let told = self.settings.recipe.labels != crate::gan::Labels::None;
            let labels = self.data.labels();
            if !told || label as usize >= labels {
                let message = match (told, labels) {
                    (false, _) => "needs a generator that is told the class, as that of quick-mnist is".into(),
                    (true, 0) => "cannot be ordered: the classes of this run are groups without a name".into(),
                    (true, _) => format!("takes a class from 0 to {}; it is {label}", labels - 1),
                };
                return Err(Error::Setting { key: "label".into(), message });
            }
        }
        let wanted = label.map(|label| (label as usize, columns));
        self.pages(plans::SAMPLE, count, seed, wanted).await
    }

    /// `count` real examples, likewise.
    pub async fn real(&mut self, count: usize) -> Result<Vec<f32>> {
        self.pages(plans::REAL, count, None, None).await
    }

    /// `of`: only every so manieth example, from which one on.
    async fn pages(
        &mut self,
        plan: usize,
        count: usize,
        seed: Option<u32>,
        of: Option<(usize, usize)>,
    ) -> Result<Vec<f32>> {
        const MOST: usize = 65_536;
        if count == 0 || count > MOST {
            let message = format!("takes 1 to {MOST} samples; {count} were asked for");
            return Err(Error::Setting { key: "samples".into(), message });
        }
        let (first, stride) = of.unwrap_or((0, 1));
        let numbers = self.data.form.numbers();
        let mut samples = Vec::with_capacity(count * numbers);
        let mut page = 0;
        while samples.len() < count * numbers {
            let shown = self.shown(plan, seed, page).await?;
            samples.extend(shown.examples.chunks_exact(numbers).skip(first).step_by(stride).flatten());
            page += 1;
        }
        samples.truncate(count * numbers);
        Ok(samples)
    }

    /// Puts the state of a checkpoint in place: counters, step and the networks' updates. The arenas are written by
    /// `checkpoint.rs`.
    pub(super) fn rewind(&mut self, step: u32, [discriminator, generator]: [u32; 2], updates: &[(NetworkId, Updates)]) {
        self.step = step;
        self.pending.clear();
        self.unread = 0;
        self.collected = Measurements::default();
        self.backend.forget_broken_updates();
        self.backend.set_clocks(Clocks { discriminator, generator, ..self.backend.clocks() });
        for &(network, Updates { count, average_from }) in updates {
            self.backend.set_updates(network, count, average_from);
        }
    }

    /// Reads an arena (for checkpoints and tests).
    pub async fn read(&self, network: NetworkId, arena: Arena) -> Result<Vec<f32>> {
        self.backend.read(network, arena).await
    }
}
