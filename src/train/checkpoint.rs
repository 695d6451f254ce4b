//! The whole state of a run as a safetensors file: parameters, running statistics, optimiser moments and counters.
//!
//! Keys are PyTorch's: `generator.conv1.weight`, `discriminator.bn.running_mean`; what the optimiser keeps stands beside
//! them as in its state dict, `optimizer.generator.conv1.weight.exp_avg`, and a moving average as
//! `average.generator.conv1.weight`. Counters and settings are in the file's metadata; `updates.generator` and
//! `average_from.generator` say how often a network has been updated, and how often before its average began.
//!
//! Weights are a file of the same kind without the optimiser: of what is averaged the average alone, in half precision. What
//! goes on from them begins with an optimiser and an average that have seen nothing.

use crate::backend::{Arena, Program, Updates};
use crate::error::{Error, Result};
use crate::game::INPUTS;
use crate::graph::variable::Variable;
use crate::graph::{Clock, NetworkId, Role, VariableId};
use crate::tensor_file::{self, Numbers, half, of_half};
use crate::train::Trainer;
use crate::train::settings::SETTINGS;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Marks our files, and says when their layout changes.
pub(super) const FORMAT: &str = "ganvas-checkpoint-1";
/// Marks files of weights.
pub(super) const WEIGHTS: &str = "ganvas-weights-1";

/// In front of the key of what an optimiser keeps.
pub(super) const OPTIMIZER: &str = "optimizer.";
/// In front of the key of what is averaged.
pub(super) const AVERAGE: &str = "average.";
/// The number of the stage, in the metadata; older files lack it, and are of runs with one stage.
pub(super) const STAGE: &str = "stage";

/// In front of a network's name: the keys of [`Updates`].
pub(super) const UPDATES: [&str; 2] = ["updates.", "average_from."];

/// The networks that plans update, each with the clock of the first plan that does.
pub(super) fn updated(program: &Program) -> impl Iterator<Item = (NetworkId, &str, Clock)> {
    program.variables.networks().filter_map(|(id, name)| {
        let plan = program.plans.iter().find(|plan| plan.networks.contains(&id))?;
        Some((id, name, plan.clock))
    })
}

/// A variable's place in an arena.
pub(super) fn offset(program: &Program, id: VariableId, arena: Arena) -> usize {
    if arena == Arena::Average { program.variables.average_offset(id) } else { program.variables.get(id).offset }
}

/// A variable's tensors in the file: the key, and the arena it is kept in.
pub(super) fn keys(program: &Program, variable: &Variable) -> Vec<(String, Arena)> {
    // What was asked last is no part of a run.
    if program.variables.networks[variable.network.0].name == INPUTS {
        return Vec::new();
    }
    let key = format!("{}.{}", program.variables.networks[variable.network.0].name, variable.name);
    let average = program.has_average(variable.network).then(|| (format!("{AVERAGE}{key}"), Arena::Average));
    match variable.role {
        Role::Buffer => std::iter::once((key, Arena::Buffers)).chain(average).collect(),
        Role::Parameter => {
            let moments = program.rule(variable.network).map_or(&[][..], |rule| rule.optimizer.moments());
            let kept = moments.iter().zip(Arena::MOMENTS);
            let kept = kept.map(|(name, arena)| (format!("{OPTIMIZER}{key}.{name}"), arena));
            std::iter::once((key.clone(), Arena::Parameters)).chain(kept).chain(average).collect()
        }
    }
}

impl Trainer {
    /// All that [`keys`] names, each arena read once.
    async fn arenas(&self) -> Result<HashMap<(NetworkId, Arena), Vec<f32>>> {
        let program = self.backend.program();
        let mut arenas = HashMap::new();
        for (_, variable) in program.variables.iter() {
            for (_, arena) in keys(program, variable) {
                if let Entry::Vacant(missing) = arenas.entry((variable.network, arena)) {
                    missing.insert(self.backend.read(variable.network, arena).await?);
                }
            }
        }
        Ok(arenas)
    }

    /// The run as a file.
    pub async fn save(&self) -> Result<Vec<u8>> {
        let (program, arenas) = (self.backend.program(), self.arenas().await?);
        let variables = &program.variables;
        let mut tensors: Vec<(String, Vec<usize>, Numbers)> = Vec::new();
        for (id, variable) in variables.iter() {
            for (key, arena) in keys(program, variable) {
                let values =
                    &arenas[&(variable.network, arena)][offset(program, id, arena)..][..variable.shape.elements()];
                tensors.push((key, variable.shape.to_vec(), Numbers::F32(values)));
            }
        }
        let counts = updated(program).flat_map(|(id, name, _)| {
            let Updates { count, average_from } = self.backend.updates(id);
            let keys = UPDATES.map(|key| format!("{key}{name}"));
            keys.into_iter().zip([count, average_from].map(|number| number.to_string()))
        });
        let counts: Vec<(String, String)> = counts.collect();
        let counts = counts.iter().map(|(key, number)| (&key[..], number.clone()));
        let mut metadata: Vec<(&str, String)> = self.metadata(FORMAT);
        metadata.extend(counts);
        Ok(tensor_file::write(&metadata, &tensors))
    }

    /// What makes the pictures, as a file that [`Trainer::load`] reads: parameters in half precision, or their averages where
    /// there are any, and running statistics.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for a parameter beyond half precision, and those of the device.
    pub async fn weights(&self) -> Result<Vec<u8>> {
        let (program, arenas) = (self.backend.program(), self.arenas().await?);
        let mut tensors: Vec<(String, Vec<usize>, Numbers)> = Vec::new();
        for (id, variable) in program.variables.iter() {
            let all = keys(program, variable);
            let Some((key, own)) = all.first() else { continue };
            // The last one is the average, where there is one.
            let arena = all.iter().map(|(_, arena)| *arena).find(|&arena| arena == Arena::Average).unwrap_or(*own);
            let values = &arenas[&(variable.network, arena)][offset(program, id, arena)..][..variable.shape.elements()];
            let numbers = match variable.role {
                Role::Buffer => Numbers::F32(values),
                Role::Parameter => Numbers::F16(values),
            };
            if variable.role == Role::Parameter
                && let Some(at) = values.iter().position(|&value| !of_half(half(value)).is_finite())
            {
                return Err(broken(key, format!("element {at} is {}, beyond half precision", values[at])));
            }
            tensors.push((key.clone(), variable.shape.to_vec(), numbers));
        }
        Ok(tensor_file::write(&self.metadata(WEIGHTS), &tensors))
    }

    /// What a file says of the run.
    fn metadata(&self, format: &str) -> Vec<(&'static str, String)> {
        let (settings, clocks) = (self.settings(), self.backend.clocks());
        let own = SETTINGS.iter().filter(|setting| setting.is_of_run() && setting.applies(settings.preset.algorithm));
        [
            ("format", format.to_string()),
            ("preset", settings.preset.key.to_string()),
            ("version", env!("CARGO_PKG_VERSION").to_string()),
            (STAGE, self.stage.to_string()),
            ("step", self.step().to_string()),
            ("discriminator_steps", clocks.discriminator.to_string()),
            ("generator_steps", clocks.generator.to_string()),
        ]
        .into_iter()
        .chain(own.map(|setting| (setting.key, setting.get(settings))))
        .collect()
    }
}

pub(super) fn broken(tensor: &str, message: String) -> Error {
    Error::Checkpoint { tensor: tensor.into(), message }
}
