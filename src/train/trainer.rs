//! A run: a program on a backend, how far it is, and what was measured on the way.

use crate::backend::{Arena, Backend, Clocks, RING_ROWS, Updates};
use crate::data::DataShape;
use crate::error::{Error, Result};
use crate::game::{Play, Side, Turn};
use crate::graph::NetworkId;
use crate::train::Settings;

/// Whose turn it is in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// The detective's `n_critic` times, then the forger's.
    Both,
    /// The forger's once.
    Generator,
    /// The detective's once.
    Discriminator,
}

/// The step, then the curves of the game, for pairs [`crate::gan::METRICS`]. NaN stands for what a step did not compute.
pub type Row = Vec<f64>;

/// What was measured since the last time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    pub rows: Vec<Row>,
    /// The first update with a gradient that was no finite number, if one has come: its network, and which of the network's
    /// updates it was, from 1. It stays until another state is loaded.
    pub broken_update: Option<(String, u32)>,
}

/// What the first half of a probe depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prepared {
    pub plan: usize,
    pub step: u32,
    pub clocks: Clocks,
    pub numbers: Vec<f32>,
}

/// A run on one backend.
pub struct Trainer {
    pub(super) backend: Backend,
    pub(super) settings: Settings,
    pub(super) data: DataShape,
    pub(super) play: Play,
    pub(super) stage: usize,
    /// What the first half of a probe that is kept was worked out of.
    pub(super) prepared: Option<Prepared>,
    step: u32,
    /// Steps whose measurements are still in the rings, with the value of each turn's clock when its last update ran.
    pending: Vec<(u32, Vec<Option<u32>>)>,
    /// Rows of the fullest ring that are not yet read.
    unread: u32,
    collected: Measurements,
}

/// Updates in each turn of the whole step after `step`.
pub(super) fn updates(play: &Play, settings: &Settings, step: u32) -> Vec<u32> {
    let of = |turn: &Turn| match turn.side {
        Side::Detective => settings.recipe.critic_updates(step),
        Side::Forger => 1,
    };
    play.turns.iter().map(of).collect()
}

/// Unread rows that the rings hold for certain.
const MAX_UNREAD: u32 = RING_ROWS as u32 / 2;

impl Trainer {
    /// A run that has not begun. The backend must hold the program of the game whose `play` this is, in its first stage.
    pub fn new(backend: Backend, settings: Settings, data: DataShape, play: Play) -> Trainer {
        let mut trainer = Trainer {
            backend,
            settings,
            data,
            play,
            stage: 0,
            prepared: None,
            step: 0,
            pending: Vec::new(),
            unread: 0,
            collected: Measurements::default(),
        };
        trainer.apply_learning_rates();
        trainer
    }

    pub(super) fn apply_learning_rates(&mut self) {
        for turn in &self.play.turns {
            let rate = match turn.side {
                Side::Forger => self.settings.generator_learning_rate,
                Side::Detective => self.settings.discriminator_learning_rate,
            };
            turn.networks.iter().for_each(|&network| self.backend.set_learning_rate(network, rate));
        }
    }

    /// Whether it is a generator and a discriminator, as phases and the looks inside need.
    pub fn is_pair(&self) -> bool {
        self.settings.preset.is_pair()
    }

    /// # Errors
    /// [`Error::Setting`] where it is no pair; `what` needs one.
    pub(super) fn require_pair(&self, what: &str) -> Result<()> {
        if self.is_pair() {
            return Ok(());
        }
        let name = self.settings.preset.algorithm.name;
        let message = format!(
            "need a generator and a discriminator that play alone, as those of dcgan-mnist; {name} is another game"
        );
        Err(Error::Setting { key: what.into(), message })
    }

    /// What it follows: turns, galleries and curves.
    pub fn play(&self) -> &Play {
        &self.play
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
            let stage = self.stage_of(self.step);
            if stage != self.stage {
                self.backend.run(&std::mem::take(&mut list))?;
                self.enter(stage).await?;
            }
            let updates = self.updates(self.step, only);
            let rows = updates.iter().copied().max().unwrap_or(0);
            if self.unread + rows > MAX_UNREAD && !self.pending.is_empty() {
                self.backend.run(&std::mem::take(&mut list))?;
                self.collect().await?;
            }
            for (turn, &count) in self.play.turns.iter().zip(&updates) {
                for _ in 0..count {
                    let clock = turn.side.clock();
                    list.push(turn.at(clocks.draw(clock).1).0);
                    clocks.advance(clock);
                }
            }
            self.count_step(&updates, clocks);
        }
        self.backend.run(&list)
    }

    /// A step of so many updates in each turn, after which the clocks stand there.
    fn count_step(&mut self, updates: &[u32], clocks: Clocks) {
        self.step += 1;
        self.unread += updates.iter().copied().max().unwrap_or(0);
        let last =
            |(turn, &count): (&Turn, &u32)| (count > 0).then(|| clocks.draw(turn.side.clock()).1.wrapping_sub(1));
        let lasts = self.play.turns.iter().zip(updates).map(last).collect();
        self.pending.push((self.step, lasts));
    }

    /// For a step whose updates are run one by one: makes room in the rings, and says how many updates it has.
    pub(super) async fn begin_step(&mut self) -> Result<Vec<u32>> {
        self.collect().await?;
        Ok(self.updates(self.step, Only::Both))
    }

    /// All updates of such a step have run.
    pub(super) fn end_step(&mut self, updates: &[u32]) {
        self.count_step(updates, self.backend.clocks());
    }

    /// Updates in each turn of the step after `step`.
    pub(super) fn updates(&self, step: u32, only: Only) -> Vec<u32> {
        let of = |(turn, whole): (&Turn, u32)| match (only, turn.side) {
            (Only::Both, _) => whole,
            (Only::Generator, Side::Forger) | (Only::Discriminator, Side::Detective) => 1,
            (Only::Generator, Side::Detective) | (Only::Discriminator, Side::Forger) => 0,
        };
        self.play.turns.iter().zip(updates(&self.play, &self.settings, step)).map(of).collect()
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

    pub(super) async fn collect(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        // By plan; empty for those that train nothing.
        let mut rings = vec![Vec::new(); self.backend.program().plans.len()];
        for plan in self.play.turns.iter().flat_map(Turn::plans) {
            rings[plan] = self.backend.ring(plan).await?;
        }
        let networks = &self.backend.program().variables.networks;
        let broken = self.backend.broken_updates().await?.into_iter().zip(networks);
        let first = broken.filter_map(|(update, network)| Some((update?, network.name.clone()))).min();
        self.collected.broken_update = first.map(|(update, network)| (network, update));
        for (step, clocks) in self.pending.drain(..) {
            let mut row = vec![f64::NAN; 1 + self.play.curves.len()];
            row[0] = f64::from(step);
            for (turn, clock) in self.play.turns.iter().zip(clocks) {
                let Some(clock) = clock else { continue };
                let (plan, columns) = turn.at(clock);
                let recorded = &rings[plan][(clock as usize % RING_ROWS) * columns.len()..][..columns.len()];
                for (&curve, &value) in columns.iter().zip(recorded) {
                    // What two turns record is the first one's, which every step begins with.
                    if row[1 + curve].is_nan() {
                        row[1 + curve] = f64::from(value);
                    }
                }
            }
            self.collected.rows.push(row);
        }
        self.unread = 0;
        Ok(())
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
