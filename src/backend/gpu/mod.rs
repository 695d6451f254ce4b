//! The GPU backend, the only place that says wgpu: WebGPU in a browser; Vulkan, Metal and DX12 natively.
//!
//! Pipelines and bind groups are made once. A run re-encodes the flat list of launches into one compute pass;
//! it uploads nothing and waits for nothing.

mod alone;
mod device;
mod draw;
mod memory;
mod pipelines;
mod probe;
mod signal;
#[cfg(not(target_arch = "wasm32"))]
mod time;

pub use device::GpuDevice;
pub use draw::{Canvas, Grid};
pub use probe::Ceiling;
/// Where a canvas draws: on the web, an OffscreenCanvas.
pub use wgpu::SurfaceTarget;

use super::succession::Succession;
use super::{Arena, Clocks, Program, RING_ROWS, Updates};
use crate::error::{Error, Result};
use crate::graph::NetworkId;
use crate::kernel::{self, Launch, Tuning};
use memory::Memory;
use pipelines::{Pipelines, sources};
use std::rc::Rc;

/// A launch with everything it needs made.
#[derive(Clone)]
struct Prepared {
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 3],
}

/// A program on a GPU.
pub struct GpuBackend {
    gpu: Rc<GpuDevice>,
    program: Program,
    memory: Memory,
    plans: Vec<Vec<Prepared>>,
    launches: Vec<Vec<Launch>>,
    clocks: Clocks,
    updates: Vec<Updates>,
    pipelines: Pipelines,
}

impl GpuBackend {
    /// Makes buffers, pipelines and bind groups. `progress(done, total)` counts shader variants.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when a buffer would be too large, [`Error::Pipeline`] when the device rejects a shader.
    pub async fn new(
        gpu: Rc<GpuDevice>,
        program: Program,
        tables: &[Vec<u8>],
        seed: u32,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self> {
        let launches = kernel::lower_plans(&program, &Tuning::default());
        GpuBackend::with_launches(gpu, program, launches, tables, seed, progress).await
    }

    /// The same for plans that are lowered already, each to its launches.
    ///
    /// # Errors
    /// As [`GpuBackend::new`].
    pub async fn with_launches(
        gpu: Rc<GpuDevice>,
        program: Program,
        launches: Vec<Vec<Launch>>,
        tables: &[Vec<u8>],
        seed: u32,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self> {
        let tables = memory::tables(&gpu.device, &gpu.queue, tables)?;
        let memory = Memory::new(&gpu.device, &gpu.queue, &program, &launches, tables, seed)?;
        let mut backend = GpuBackend::assemble(gpu, program, launches, memory, Pipelines::default(), progress).await?;
        backend.set_clocks(Clocks::new(seed));
        backend.gpu.finish().await?;
        Ok(backend)
    }

    /// Whether the device only simulates a GPU.
    pub fn is_software(&self) -> bool {
        self.gpu.is_software
    }

    /// Goes on with another program that has networks and variables of this one, by their names, and further ones; its
    /// plans are lowered already, each to its launches. It runs on the same device and takes over the tables, clocks, and of
    /// each network of both programs the learning rate, the counts of updates and all values, which never leave the device;
    /// and the pipelines of shaders that stay the same. What is new begins as in a new run with this seed; a new average
    /// begins where its variables stand. Outputs and what is recorded are lost: read it before. The buffers of the program
    /// before are destroyed. `progress(done, total)` counts shader variants.
    ///
    /// # Errors
    /// [`Error::Data`] where the program declares another table, [`Error::Graph`] where a variable has another shape or
    /// role (the message names it), and as [`GpuBackend::new`]. This backend is gone then too.
    pub async fn succeed(
        self,
        program: Program,
        launches: Vec<Vec<Launch>>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self> {
        let succession = Succession::new(&self.program, &program)?;
        // What is destroyed must not be in use.
        self.finish().await?;
        let GpuBackend { gpu, memory: before, clocks, updates, mut pipelines, .. } = self;
        pipelines.keep(&launches);
        let (tables, estate) = before.into_estate();
        let memory = Memory::new(&gpu.device, &gpu.queue, &program, &launches, tables, clocks.seed)?;
        memory.inherit(&gpu.device, &gpu.queue, &estate, &succession);
        let mut backend = GpuBackend::assemble(gpu, program, launches, memory, pipelines, progress).await?;
        backend.set_clocks(clocks);
        for (_, network, Updates { count, average_from }) in succession.updates(&updates) {
            backend.set_updates(network, count, average_from);
        }
        backend.gpu.finish().await?;
        Ok(backend)
    }

    /// A program with its memory, and pipelines that are there already.
    async fn assemble(
        gpu: Rc<GpuDevice>,
        program: Program,
        launches: Vec<Vec<Launch>>,
        memory: Memory,
        pipelines: Pipelines,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self> {
        let total = sources(&launches).len();
        let plans = vec![Vec::new(); launches.len()];
        let (clocks, updates) = (Clocks::default(), vec![Updates::default(); program.variables.networks.len()]);
        let mut backend = GpuBackend { gpu, program, memory, plans, launches, clocks, updates, pipelines };
        for plan in 0..backend.launches.len() {
            for launch in 0..backend.launches[plan].len() {
                // One at a time: a browser's GPU process compiles all that is queued in one go, and every page
                // that draws waits for it.
                backend.pipelines.get(&backend.gpu.device, &backend.launches[plan][launch]);
                backend.pipelines.check().await?;
                progress(backend.pipeline_count(), total);
            }
            backend.prepare(plan);
        }
        Ok(backend)
    }

    /// Makes what a plan's launches are bound to. Their pipelines are there.
    fn prepare(&mut self, plan: usize) {
        let (device, memory, pipelines) = (&self.gpu.device, &self.memory, &mut self.pipelines);
        let prepare = |launch: &Launch| {
            let (pipeline, layout) = pipelines.get(device, launch);
            let entries = launch.bindings.iter().enumerate().map(|(binding, entry)| wgpu::BindGroupEntry {
                binding: binding as u32,
                resource: memory.buffer(entry.target, plan).as_entire_binding(),
            });
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(&launch.label()),
                layout: &layout,
                entries: &entries.collect::<Vec<_>>(),
            });
            Prepared { pipeline, bind_group, workgroups: launch.workgroups }
        };
        self.plans[plan] = self.launches[plan].iter().map(prepare).collect();
    }

    /// Makes the pipeline of a launch ahead of [`GpuBackend::replace`]. One that is there already costs nothing.
    ///
    /// # Errors
    /// [`Error::Pipeline`] when the device rejects the shader.
    pub async fn compile(&mut self, launch: &Launch) -> Result<()> {
        self.pipelines.get(&self.gpu.device, launch);
        self.pipelines.check().await
    }

    /// From now on a plan is run by these launches: the same plan, lowered with another choice of kernels. All else stays
    /// as it is.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when they need more memory between them than a buffer has.
    pub fn replace(&mut self, plan: usize, launches: Vec<Launch>) -> Result<()> {
        let is_new = self.memory.fit_scratch(&self.gpu.device, &launches)?;
        self.launches[plan] = launches;
        match is_new {
            true => (0..self.plans.len()).for_each(|plan| self.prepare(plan)),
            false => self.prepare(plan),
        }
        self.gpu.check()
    }

    /// Encodes the plans, in this order, into one compute pass and submits it. Does not wait.
    pub fn run(&mut self, plans: &[usize]) -> Result<()> {
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for &plan in plans {
                for launch in &self.plans[plan] {
                    pass.set_pipeline(&launch.pipeline);
                    pass.set_bind_group(0, &launch.bind_group, &[]);
                    let [x, y, z] = launch.workgroups;
                    pass.dispatch_workgroups(x, y, z);
                }
                let plan = &self.program.plans[plan];
                if plan.columns > 0 {
                    self.clocks.advance(plan.clock);
                }
                plan.networks.iter().for_each(|network| self.updates[network.0].count += 1);
            }
        }
        self.gpu.queue.submit([encoder.finish()]);
        self.gpu.check()
    }

    /// Waits until everything submitted has run.
    pub async fn finish(&self) -> Result<()> {
        self.gpu.finish().await
    }

    /// The counters, as they stand on the device when everything submitted has run.
    pub fn clocks(&self) -> Clocks {
        self.clocks
    }

    /// Sets the counters, for the work submitted from now on.
    pub fn set_clocks(&mut self, clocks: Clocks) {
        self.clocks = clocks;
        self.gpu.queue.write_buffer(&self.memory.clocks, 0, bytemuck::cast_slice(&clocks.words()));
    }

    /// Sets a network's learning rate, for the work submitted from now on.
    pub fn set_learning_rate(&mut self, network: NetworkId, value: f32) {
        self.gpu.queue.write_buffer(&self.memory.controls, network.0 as u64 * 8, bytemuck::bytes_of(&value));
    }

    /// How often a network has been updated when everything submitted has run.
    pub fn updates(&self, network: NetworkId) -> Updates {
        self.updates[network.0]
    }

    /// Sets how often a network has been updated, and how often before its average began, for the work submitted from now
    /// on.
    pub fn set_updates(&mut self, network: NetworkId, updates: u32, average_from: u32) {
        let updates = Updates { count: updates, average_from: average_from.min(updates) };
        self.updates[network.0] = updates;
        let at = memory::updates_at(network);
        self.gpu.queue.write_buffer(&self.memory.clocks, at, bytemuck::cast_slice(&updates.words()));
    }

    /// From now on a network's average warms up as if it had just begun.
    pub fn restart_average(&mut self, network: NetworkId) {
        let Updates { count, .. } = self.updates[network.0];
        self.set_updates(network, count, count);
    }

    /// For each network the number (from 1) of its first update with a gradient that was no finite number.
    pub async fn broken_updates(&self) -> Result<Vec<Option<u32>>> {
        let bytes = self.gpu.read(&self.memory.controls, 0, self.program.variables.networks.len() as u64 * 8).await?;
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes);
        Ok(words.chunks_exact(2).map(|words| (words[1] != memory::NEVER).then_some(words[1])).collect())
    }

    /// Forgets them: another state is in place.
    pub fn forget_broken_updates(&mut self) {
        for network in 0..self.program.variables.networks.len() as u64 {
            self.gpu.queue.write_buffer(&self.memory.controls, network * 8 + 4, bytemuck::bytes_of(&memory::NEVER));
        }
    }

    /// Reads a network's arena.
    pub async fn read(&self, network: NetworkId, arena: Arena) -> Result<Vec<f32>> {
        self.read_floats(self.memory.arena(network, arena), self.arena_elements(network, arena)).await
    }

    /// Writes a network's arena.
    pub fn write(&mut self, network: NetworkId, arena: Arena, values: &[f32]) -> Result<()> {
        let elements = self.arena_elements(network, arena);
        if values.len() != elements {
            let message = format!("has {elements} elements and was given {}", values.len());
            return Err(Error::Checkpoint { tensor: "arena".into(), message });
        }
        self.gpu.queue.write_buffer(self.memory.arena(network, arena), 0, bytemuck::cast_slice(values));
        Ok(())
    }

    fn arena_elements(&self, network: NetworkId, arena: Arena) -> usize {
        arena.elements(&self.program, network)
    }

    /// Reads a plan's output.
    pub async fn output(&self, plan: usize) -> Result<Vec<f32>> {
        self.read_floats(self.memory.output(plan), self.program.plans[plan].output_elements).await
    }

    /// Reads a plan's ring: `[RING_ROWS, columns]`.
    pub async fn ring(&self, plan: usize) -> Result<Vec<f32>> {
        self.read_floats(self.memory.ring(plan), RING_ROWS * self.program.plans[plan].columns).await
    }

    async fn read_floats(&self, buffer: &wgpu::Buffer, elements: usize) -> Result<Vec<f32>> {
        let bytes = self.gpu.read(buffer, 0, elements as u64 * 4).await?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }

    /// The program it runs.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The launches of a plan, in order.
    pub fn launches(&self, plan: usize) -> &[Launch] {
        &self.launches[plan]
    }

    /// Shader variants that have been made.
    pub fn pipeline_count(&self) -> usize {
        self.pipelines.count()
    }

    /// Bytes in GPU buffers.
    pub fn size_bytes(&self) -> u64 {
        self.memory.size_bytes()
    }

    /// The device it runs on.
    pub fn device(&self) -> &Rc<GpuDevice> {
        &self.gpu
    }
}
