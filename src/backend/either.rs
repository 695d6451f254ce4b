//! One face for both backends, so that training is written once. The CPU's answers are there at once; the GPU's are awaited.

use super::cpu::CpuBackend;
use super::gpu::GpuBackend;
use super::{Arena, Clocks, Program, Updates};
use crate::error::Result;
use crate::graph::NetworkId;
use crate::kernel::{Launch, Tuning};

/// A program on one of the two backends.
pub enum Backend {
    Cpu(Box<CpuBackend<f32>>),
    Gpu(Box<GpuBackend>),
}

impl Backend {
    /// Starts the plans, in this order. On the GPU they run in one submission, in the background.
    pub fn run(&mut self, plans: &[usize]) -> Result<()> {
        match self {
            Backend::Cpu(cpu) => plans.iter().try_for_each(|&plan| cpu.run(plan)),
            Backend::Gpu(gpu) => gpu.run(plans),
        }
    }

    /// Waits until everything started has run.
    pub async fn finish(&self) -> Result<()> {
        match self {
            Backend::Cpu(_) => Ok(()),
            Backend::Gpu(gpu) => gpu.finish().await,
        }
    }

    /// For each network the number (from 1) of its first update with a gradient that was no finite number.
    pub async fn broken_updates(&self) -> Result<Vec<Option<u32>>> {
        match self {
            Backend::Cpu(cpu) => Ok(cpu.broken_updates().to_vec()),
            Backend::Gpu(gpu) => gpu.broken_updates().await,
        }
    }

    /// Forgets them: another state is in place.
    pub fn forget_broken_updates(&mut self) {
        match self {
            Backend::Cpu(cpu) => cpu.forget_broken_updates(),
            Backend::Gpu(gpu) => gpu.forget_broken_updates(),
        }
    }

    /// The counters.
    pub fn clocks(&self) -> Clocks {
        match self {
            Backend::Cpu(cpu) => cpu.clocks(),
            Backend::Gpu(gpu) => gpu.clocks(),
        }
    }

    /// Sets the counters.
    pub fn set_clocks(&mut self, clocks: Clocks) {
        match self {
            Backend::Cpu(cpu) => cpu.set_clocks(clocks),
            Backend::Gpu(gpu) => gpu.set_clocks(clocks),
        }
    }

    /// How often a network has been updated.
    pub fn updates(&self, network: NetworkId) -> Updates {
        match self {
            Backend::Cpu(cpu) => cpu.updates(network),
            Backend::Gpu(gpu) => gpu.updates(network),
        }
    }

    /// Sets how often a network has been updated, and how often before its average began.
    pub fn set_updates(&mut self, network: NetworkId, updates: u32, average_from: u32) {
        match self {
            Backend::Cpu(cpu) => cpu.set_updates(network, updates, average_from),
            Backend::Gpu(gpu) => gpu.set_updates(network, updates, average_from),
        }
    }

    /// From now on a network's average warms up as if it had just begun.
    pub fn restart_average(&mut self, network: NetworkId) {
        match self {
            Backend::Cpu(cpu) => cpu.restart_average(network),
            Backend::Gpu(gpu) => gpu.restart_average(network),
        }
    }

    /// Sets a network's learning rate.
    pub fn set_learning_rate(&mut self, network: NetworkId, value: f32) {
        match self {
            Backend::Cpu(cpu) => cpu.set_learning_rate(network, value),
            Backend::Gpu(gpu) => gpu.set_learning_rate(network, value),
        }
    }

    /// Reads a network's arena.
    pub async fn read(&self, network: NetworkId, arena: Arena) -> Result<Vec<f32>> {
        match self {
            Backend::Cpu(cpu) => Ok(cpu.read(network, arena)),
            Backend::Gpu(gpu) => gpu.read(network, arena).await,
        }
    }

    /// Writes a network's arena.
    pub fn write(&mut self, network: NetworkId, arena: Arena, values: &[f32]) -> Result<()> {
        match self {
            Backend::Cpu(cpu) => cpu.write(network, arena, values),
            Backend::Gpu(gpu) => gpu.write(network, arena, values),
        }
    }

    /// Reads a plan's output.
    pub async fn output(&self, plan: usize) -> Result<Vec<f32>> {
        match self {
            Backend::Cpu(cpu) => Ok(cpu.output(plan)),
            Backend::Gpu(gpu) => gpu.output(plan).await,
        }
    }

    /// Reads a plan's ring, `[RING_ROWS, columns]`.
    pub async fn ring(&self, plan: usize) -> Result<Vec<f32>> {
        match self {
            Backend::Cpu(cpu) => Ok(cpu.ring(plan).to_vec()),
            Backend::Gpu(gpu) => gpu.ring(plan).await,
        }
    }

    /// The kernels that are usual on the device.
    pub fn usual_tuning(&self) -> Tuning {
        match self {
            Backend::Cpu(_) => Tuning::default(),
            Backend::Gpu(gpu) => Tuning::for_device(gpu.is_software()),
        }
    }

    /// Goes on with another program, see [`CpuBackend::succeed`] and [`GpuBackend::succeed`]. On the GPU `lower` makes its
    /// launches.
    ///
    /// # Errors
    /// Theirs.
    pub async fn succeed(
        self,
        program: Program,
        lower: impl FnOnce(&Program) -> Vec<Vec<Launch>>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Backend> {
        match self {
            Backend::Cpu(cpu) => Ok(Backend::Cpu(Box::new(cpu.succeed(program)?))),
            Backend::Gpu(gpu) => {
                let launches = lower(&program);
                Ok(Backend::Gpu(Box::new(gpu.succeed(program, launches, progress).await?)))
            }
        }
    }

    /// The program it runs.
    pub fn program(&self) -> &Program {
        match self {
            Backend::Cpu(cpu) => cpu.program(),
            Backend::Gpu(gpu) => gpu.program(),
        }
    }
}
