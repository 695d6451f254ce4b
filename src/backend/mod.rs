//! Two backends run the same plans: `gpu` through wgpu, `cpu` as judge, fallback and trainer without a GPU.
//!
//! Everything that changes from step to step (parameters, moments, running statistics, clocks, the rings of recorded
//! scalars, the tables batches are gathered from) lives in the backend. Running a step passes nothing in and awaits
//! nothing; reading back is asked for separately.

pub mod cpu;
mod either;
pub mod gpu;
mod succession;

pub use either::Backend;

pub use crate::graph::{Arena, Program, RING_ROWS};

use crate::graph::Clock;

/// How often a network has been updated. Counted on the device, behind the clocks, by the record of the plan that updates
/// it, and mirrored here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Updates {
    /// The number of its last update, from 1.
    pub count: u32,
    /// Updates before its average began to warm up; at most `count`.
    pub average_from: u32,
}

/// The counters on the device. Draws of `Clock::Sample` use `sample_seed` and `sample_page`, all others `seed` and the
/// number of runs of their plan so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    pub seed: u32,
    pub discriminator: u32,
    pub generator: u32,
    pub sample_seed: u32,
    pub sample_page: u32,
}

impl Updates {
    /// The layout on the GPU: an element of `updates` in `struct Clocks`.
    pub fn words(&self) -> [u32; 2] {
        [self.count, self.average_from]
    }
}

impl Clocks {
    /// All counters at zero; samples follow the run's seed.
    pub fn new(seed: u32) -> Self {
        Clocks { seed, sample_seed: seed, ..Clocks::default() }
    }

    /// The seed and the counter that a clock's draws use.
    pub fn draw(&self, clock: Clock) -> (u32, u32) {
        match clock {
            Clock::Discriminator => (self.seed, self.discriminator),
            Clock::Generator => (self.seed, self.generator),
            Clock::Sample => (self.sample_seed, self.sample_page),
        }
    }

    /// Counts a run of a plan.
    pub fn advance(&mut self, clock: Clock) {
        match clock {
            Clock::Discriminator => self.discriminator += 1,
            Clock::Generator => self.generator += 1,
            Clock::Sample => {}
        }
    }

    /// The layout on the GPU: `struct Clocks` in `shaders/shared/clocks.wgsl`, up to the networks' updates.
    pub fn words(&self) -> [u32; 6] {
        [self.seed, self.discriminator, self.generator, self.sample_seed, self.sample_page, 0]
    }
}
