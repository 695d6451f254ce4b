//! The CPU backend's memory: slots, the networks' arenas, and each plan's output and ring.

use crate::backend::{Arena, Program, RING_ROWS};
use crate::graph::plan::{Region, Storage};
use crate::graph::{NetworkId, Role};
use ganvas_loops::Real;

/// One network's arenas.
#[derive(Default)]
pub struct Network<T> {
    pub parameters: Vec<T>,
    pub buffers: Vec<T>,
    pub gradients: Vec<T>,
    pub first_moment: Vec<T>,
    pub second_moment: Vec<T>,
    pub third_moment: Vec<T>,
    pub average: Vec<T>,
}

/// All numbers of a program.
pub struct Memory<T> {
    /// Shared by the plans, which run one after another.
    slots: Vec<Vec<T>>,
    pub networks: Vec<Network<T>>,
    outputs: Vec<Vec<T>>,
    rings: Vec<Vec<T>>,
}

impl<T: Real> Memory<T> {
    /// Memory for a program, with variables at their first values.
    pub fn new(program: &Program, seed: u32) -> Self {
        let zeros = |elements: usize| vec![T::ZERO; elements];
        let slots = program.slot_elements().into_iter().map(zeros).collect();
        let networks = (0..program.variables.networks.len()).map(|index| {
            let arena = |arena: Arena| zeros(arena.elements(program, NetworkId(index)));
            Network {
                parameters: arena(Arena::Parameters),
                buffers: arena(Arena::Buffers),
                gradients: arena(Arena::Gradients),
                first_moment: arena(Arena::FirstMoment),
                second_moment: arena(Arena::SecondMoment),
                third_moment: arena(Arena::ThirdMoment),
                average: arena(Arena::Average),
            }
        });
        let mut networks: Vec<Network<T>> = networks.collect();
        for (id, variable) in program.variables.iter() {
            let network = &mut networks[variable.network.0];
            let arena = match variable.role {
                Role::Parameter => &mut network.parameters,
                Role::Buffer => &mut network.buffers,
            };
            let values = program.variables.initial(id, seed);
            for (element, value) in arena[variable.offset..].iter_mut().zip(values) {
                *element = T::from_f32(value);
            }
        }
        for network in networks.iter_mut().filter(|network| !network.average.is_empty()) {
            network.average = [&network.parameters[..], &network.buffers[..]].concat();
        }
        let outputs = program.plans.iter().map(|plan| zeros(plan.output_elements)).collect();
        let rings = program.plans.iter().map(|plan| zeros(plan.columns * RING_ROWS)).collect();
        Memory { slots, networks, outputs, rings }
    }

    /// A storage, as plan number `plan` sees it.
    pub fn storage(&mut self, plan: usize, storage: Storage) -> &mut Vec<T> {
        match storage {
            Storage::Slot(slot) => &mut self.slots[slot],
            Storage::Parameters(id) => &mut self.networks[id.0].parameters,
            Storage::Buffers(id) => &mut self.networks[id.0].buffers,
            Storage::Gradients(id) => &mut self.networks[id.0].gradients,
            Storage::Average(id) => &mut self.networks[id.0].average,
            Storage::Output => &mut self.outputs[plan],
            Storage::Ring => &mut self.rings[plan],
        }
    }

    /// The elements of a region, as plan number `plan` sees it.
    pub fn region(&self, plan: usize, region: &Region) -> &[T] {
        let storage = match region.storage {
            Storage::Slot(slot) => &self.slots[slot],
            Storage::Parameters(id) => &self.networks[id.0].parameters,
            Storage::Buffers(id) => &self.networks[id.0].buffers,
            Storage::Gradients(id) => &self.networks[id.0].gradients,
            Storage::Average(id) => &self.networks[id.0].average,
            Storage::Output => &self.outputs[plan],
            Storage::Ring => &self.rings[plan],
        };
        &storage[region.offset..region.offset + region.elements]
    }

    /// A network's arena.
    pub fn arena(&self, network: NetworkId, arena: Arena) -> &[T] {
        let network = &self.networks[network.0];
        match arena {
            Arena::Parameters => &network.parameters,
            Arena::Buffers => &network.buffers,
            Arena::Gradients => &network.gradients,
            Arena::FirstMoment => &network.first_moment,
            Arena::SecondMoment => &network.second_moment,
            Arena::ThirdMoment => &network.third_moment,
            Arena::Average => &network.average,
        }
    }

    /// A network's arena, to be written.
    pub fn arena_mut(&mut self, network: NetworkId, arena: Arena) -> &mut [T] {
        let network = &mut self.networks[network.0];
        match arena {
            Arena::Parameters => &mut network.parameters,
            Arena::Buffers => &mut network.buffers,
            Arena::Gradients => &mut network.gradients,
            Arena::FirstMoment => &mut network.first_moment,
            Arena::SecondMoment => &mut network.second_moment,
            Arena::ThirdMoment => &mut network.third_moment,
            Arena::Average => &mut network.average,
        }
    }

    pub fn output(&self, plan: usize) -> &[T] {
        &self.outputs[plan]
    }

    pub fn ring(&self, plan: usize) -> &[T] {
        &self.rings[plan]
    }
}
