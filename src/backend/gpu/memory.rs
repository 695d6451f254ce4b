//! The buffers of a program on the GPU. Dropping a wgpu buffer frees nothing in a browser, so all are destroyed, also
//! those that were made before another one failed.

use crate::backend::succession::{Inherited, Succession};
use crate::backend::{Arena, Clocks, Program, RING_ROWS, Updates};
use crate::error::{Error, Result};
use crate::graph::plan::Storage;
use crate::graph::{NetworkId, Role};
use crate::kernel::{Launch, Target};
use crate::rng::NormalTable;
use std::ops::Deref;

/// The largest storage binding that every WebGPU device allows.
const MAX_BINDING_BYTES: u64 = 128 << 20;

/// The number of an update that did not come.
pub(super) const NEVER: u32 = u32::MAX;

/// Where in the clocks a network's updates are, in bytes.
pub(super) fn updates_at(network: NetworkId) -> u64 {
    let (clocks, updates) = (Clocks::default().words(), Updates::default().words());
    (size_of_val(&clocks) + network.0 * size_of_val(&updates)) as u64
}

/// A buffer that is destroyed when it is dropped.
pub(super) struct Owned(wgpu::Buffer);

impl Deref for Owned {
    type Target = wgpu::Buffer;

    fn deref(&self) -> &wgpu::Buffer {
        &self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

fn buffer(device: &wgpu::Device, label: &str, bytes: usize) -> Result<Owned> {
    // Bindings must not be empty, and copies are in words.
    let size = (bytes as u64).next_multiple_of(4).max(256);
    if size > MAX_BINDING_BYTES {
        let message = format!("needs {size} bytes in one buffer, and WebGPU grants {MAX_BINDING_BYTES}");
        return Err(Error::OutOfMemory { what: label.to_string(), message });
    }
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
    let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
    Ok(Owned(device.create_buffer(&descriptor)))
}

/// What launches leave for each other.
fn scratch_bytes<'l>(launches: impl IntoIterator<Item = &'l Launch>) -> usize {
    launches.into_iter().map(|launch| launch.scratch_elements).max().unwrap_or(0) * 4
}

/// The buffers of tables that hold these bytes.
pub(super) fn tables(device: &wgpu::Device, queue: &wgpu::Queue, tables: &[Vec<u8>]) -> Result<Vec<Owned>> {
    let made = tables.iter().map(|bytes| {
        let table = buffer(device, "table", bytes.len())?;
        write_bytes(queue, &table, bytes);
        Ok(table)
    });
    made.collect()
}

/// What is left of a program that another one succeeds.
pub(super) struct Estate {
    /// The arenas of each network, in the order of [`Arena::ALL`].
    networks: Vec<Vec<Owned>>,
    controls: Owned,
}

/// All buffers of a program.
pub(super) struct Memory {
    slots: Vec<Owned>,
    /// The arenas of each network, in the order of [`Arena::ALL`].
    networks: Vec<Vec<Owned>>,
    /// Output and ring of each plan.
    outputs: Vec<Owned>,
    rings: Vec<Owned>,
    tables: Vec<Owned>,
    scratch: Owned,
    normal_table: Owned,
    pub clocks: Owned,
    pub controls: Owned,
}

impl Memory {
    /// Makes the buffers and writes the first values of the variables.
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        program: &Program,
        launches: &[Vec<Launch>],
        tables: Vec<Owned>,
        seed: u32,
    ) -> Result<Memory> {
        let buffer = |label: &str, bytes: usize| buffer(device, label, bytes);
        // What only stays in registers needs no memory here.
        let is_bound = |target: Target| {
            launches.iter().flatten().any(|launch| launch.bindings.iter().any(|binding| binding.target == target))
        };
        let slots = program.slot_elements().into_iter().enumerate().map(|(slot, elements)| {
            let is_bound = is_bound(Target::Storage(Storage::Slot(slot)));
            buffer("slot", if is_bound { elements * 4 } else { 0 })
        });
        let networks = (0..program.variables.networks.len()).map(NetworkId).map(|network| {
            let arenas = Arena::ALL.into_iter();
            arenas.map(|arena| buffer(arena.name(), arena.elements(program, network) * 4)).collect()
        });
        let normal_table = NormalTable::shared();
        let memory = Memory {
            slots: slots.collect::<Result<_>>()?,
            networks: networks.collect::<Result<_>>()?,
            outputs: program
                .plans
                .iter()
                .map(|plan| buffer("output", plan.output_elements * 4))
                .collect::<Result<_>>()?,
            rings: program
                .plans
                .iter()
                .map(|plan| buffer("ring", plan.columns * RING_ROWS * 4))
                .collect::<Result<_>>()?,
            tables,
            scratch: buffer("scratch", scratch_bytes(launches.iter().flatten()))?,
            normal_table: buffer("normal table", normal_table.entries().len() * 4)?,
            clocks: buffer("clocks", updates_at(NetworkId(program.variables.networks.len())) as usize)?,
            controls: buffer("controls", program.variables.networks.len() * 8)?,
        };
        for network in 0..program.variables.networks.len() as u64 {
            queue.write_buffer(&memory.controls, network * 8, bytemuck::cast_slice(&[0, NEVER]));
        }
        queue.write_buffer(&memory.normal_table, 0, bytemuck::cast_slice(normal_table.entries()));
        for (id, variable) in program.variables.iter() {
            let values = program.variables.initial(id, seed);
            let arena = match variable.role {
                Role::Parameter => Arena::Parameters,
                Role::Buffer => Arena::Buffers,
            };
            let target = memory.arena(variable.network, arena);
            queue.write_buffer(target, variable.offset as u64 * 4, bytemuck::cast_slice(&values));
            if program.has_average(variable.network) {
                let before = program.variables.average_offset(id);
                let average = memory.arena(variable.network, Arena::Average);
                queue.write_buffer(average, before as u64 * 4, bytemuck::cast_slice(&values));
            }
        }
        Ok(memory)
    }

    /// The tables, and what the next program takes over. All else is destroyed.
    pub fn into_estate(self) -> (Vec<Owned>, Estate) {
        (self.tables, Estate { networks: self.networks, controls: self.controls })
    }

    /// Copies what is taken over, from buffer to buffer.
    pub fn inherit(&self, device: &wgpu::Device, queue: &wgpu::Queue, estate: &Estate, succession: &Succession) {
        let mut encoder = device.create_command_encoder(&Default::default());
        for &Inherited { elements, from: (network, arena, first), to } in &succession.values {
            let source = &estate.networks[network.0][arena as usize];
            let [from, at, size] = [first, to.2, elements].map(|elements| elements as u64 * 4);
            encoder.copy_buffer_to_buffer(source, from, self.arena(to.0, to.1), at, size);
        }
        for (from, to) in succession.networks() {
            let [from, to] = [from, to].map(|network| network.0 as u64 * 8);
            encoder.copy_buffer_to_buffer(&estate.controls, from, &self.controls, to, 8);
        }
        queue.submit([encoder.finish()]);
    }

    /// Sees to it that the memory between launches is enough for these; says whether it is another buffer now. What was in
    /// it is of no use to anybody: it is written anew in every run.
    pub fn fit_scratch(&mut self, device: &wgpu::Device, launches: &[Launch]) -> Result<bool> {
        let bytes = scratch_bytes(launches);
        let is_new = bytes as u64 > self.scratch.size();
        if is_new {
            self.scratch = buffer(device, "scratch", bytes)?;
        }
        Ok(is_new)
    }

    pub fn arena(&self, network: NetworkId, arena: Arena) -> &wgpu::Buffer {
        &self.networks[network.0][arena as usize]
    }

    pub fn output(&self, plan: usize) -> &wgpu::Buffer {
        &self.outputs[plan]
    }

    pub fn ring(&self, plan: usize) -> &wgpu::Buffer {
        &self.rings[plan]
    }

    /// The buffer that a binding of plan number `plan` points to.
    pub fn buffer(&self, target: Target, plan: usize) -> &wgpu::Buffer {
        match target {
            Target::Storage(Storage::Slot(slot)) => &self.slots[slot],
            Target::Storage(Storage::Parameters(network)) => self.arena(network, Arena::Parameters),
            Target::Storage(Storage::Buffers(network)) => self.arena(network, Arena::Buffers),
            Target::Storage(Storage::Gradients(network)) => self.arena(network, Arena::Gradients),
            Target::Storage(Storage::Average(network)) => self.arena(network, Arena::Average),
            Target::Storage(Storage::Output) => &self.outputs[plan],
            Target::Storage(Storage::Ring) => &self.rings[plan],
            Target::Clocks => &self.clocks,
            Target::NormalTable => &self.normal_table,
            Target::Controls => &self.controls,
            Target::Table(table) => &self.tables[table.0],
            Target::Moment(network, moment) => self.arena(network, Arena::MOMENTS[moment]),
            Target::Scratch => &self.scratch,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Owned> {
        let single = [&self.scratch, &self.normal_table, &self.clocks, &self.controls];
        let lists = [&self.slots, &self.outputs, &self.rings, &self.tables];
        single.into_iter().chain(lists.into_iter().chain(&self.networks).flatten())
    }

    /// Bytes in all buffers together.
    pub fn size_bytes(&self) -> u64 {
        self.all().map(|buffer| buffer.size()).sum()
    }
}

/// Writes bytes whose number need not be a multiple of four.
fn write_bytes(queue: &wgpu::Queue, buffer: &wgpu::Buffer, bytes: &[u8]) {
    let whole = bytes.len() / 4 * 4;
    queue.write_buffer(buffer, 0, &bytes[..whole]);
    if whole < bytes.len() {
        let mut last = [0u8; 4];
        last[..bytes.len() - whole].copy_from_slice(&bytes[whole..]);
        queue.write_buffer(buffer, whole as u64, &last);
    }
}
