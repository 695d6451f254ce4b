//! The whole state of a run as a safetensors file: parameters, running statistics, optimiser moments and counters.
//!
//! Keys are PyTorch's: `generator.conv1.weight`, `discriminator.bn.running_mean`; what the optimiser keeps stands beside
//! them as in its state dict, `optimizer.generator.conv1.weight.exp_avg`, and a moving average as
//! `average.generator.conv1.weight`. Counters and settings are in the file's metadata; `updates.generator` and
//! `average_from.generator` say how often a network has been updated, and how often before its average began.
//!
//! Weights are a file of the same kind without the optimiser: of what is averaged the average alone, in half precision. What
//! goes on from them begins with an optimiser and an average that have seen nothing.

use crate::backend::{Arena, Clocks, Program, Updates};
use crate::error::{Error, Result};
use crate::game::INPUTS;
use crate::graph::variable::Variable;
use crate::graph::{Clock, NetworkId, Role, VariableId};
use crate::tensor_file::{self, Numbers, TensorFile, half, of_half};
use crate::train::Trainer;
use crate::train::settings::{SETTINGS, Setting};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Marks our files, and says when their layout changes.
const FORMAT: &str = "ganvas-checkpoint-1";
/// Marks files of weights.
const WEIGHTS: &str = "ganvas-weights-1";

/// Settings that decide which variables there are, besides the preset; what a file without them was saved with.
const SHAPING: [(&str, &str); 5] = [
    ("generator_layers", ""),
    ("discriminator_layers", ""),
    ("classes", "0"),
    ("within_labels", "0"),
    ("attention", "1"),
];

/// In front of the key of what is averaged.
const AVERAGE: &str = "average.";
/// The number of the stage, in the metadata; older files lack it, and are of runs with one stage.
const STAGE: &str = "stage";

/// In front of a network's name: the keys of [`Updates`].
const UPDATES: [&str; 2] = ["updates.", "average_from."];

/// The networks that plans update, each with the clock of the first plan that does.
fn updated(program: &Program) -> impl Iterator<Item = (NetworkId, &str, Clock)> {
    program.variables.networks().filter_map(|(id, name)| {
        let plan = program.plans.iter().find(|plan| plan.networks.contains(&id))?;
        Some((id, name, plan.clock))
    })
}

/// A variable's place in an arena.
fn offset(program: &Program, id: VariableId, arena: Arena) -> usize {
    if arena == Arena::Average { program.variables.average_offset(id) } else { program.variables.get(id).offset }
}

/// A variable's tensors in the file: the key, and the arena it is kept in.
fn keys(program: &Program, variable: &Variable) -> Vec<(String, Arena)> {
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
            let kept = kept.map(|(name, arena)| (format!("optimizer.{key}.{name}"), arena));
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

    /// Goes on from a saved run, in whichever stage it was saved. When the file cannot be used, nothing that was learned has
    /// changed.
    ///
    /// # Errors
    /// As [`Trainer::load`], and those of the device.
    pub async fn open(&mut self, bytes: &[u8]) -> Result<()> {
        let wanted = TensorFile::read(bytes).ok().and_then(|file| file.word(STAGE)?.parse().ok());
        let Some(wanted) = wanted.filter(|&stage| stage != self.stage && stage < self.stages().len()) else {
            return self.load(bytes);
        };
        let (own, state) = (self.stage, self.save().await?);
        self.enter(wanted).await?;
        let loaded = self.load(bytes);
        if loaded.is_err() {
            self.enter(own).await?;
            self.load(&state)?;
        }
        loaded
    }

    /// Goes on from a saved run of the stage that this run is in. When the file cannot be used, nothing has changed.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] with the tensor that is missing, has another shape or is not finite.
    pub fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let file = TensorFile::read(bytes)
            .map_err(|error| broken("the file", format!("is not a safetensors file ({error})")))?;
        let text = |key: &str| file.word(key).unwrap_or_default();
        let has_all = text("format") == FORMAT;
        if !has_all && text("format") != WEIGHTS {
            return Err(broken("the file", format!("was not saved by Ganvas (its format is “{}”)", text("format"))));
        }
        let preset = self.settings().preset.key;
        if text("preset") != preset {
            let message = format!("was saved from the preset “{}”, and this run is “{preset}”", text("preset"));
            return Err(broken("the file", message));
        }
        let algorithm = self.settings().preset.algorithm;
        let applies = |key: &str| Setting::find(key).is_some_and(|setting| setting.applies(algorithm));
        for (key, before) in SHAPING.into_iter().filter(|(key, _)| applies(key)) {
            let own = self.settings().text(key);
            let saved = file.word(key).unwrap_or(before);
            if saved != own {
                let message = format!("was saved with {key} “{saved}”, and this run has “{own}”");
                return Err(broken("the file", message));
            }
        }
        let stage = file.word(STAGE).unwrap_or("0");
        if stage != self.stage.to_string() {
            let message = format!("was saved in stage {stage}, and this run is in stage {}", self.stage);
            return Err(broken("the file", message));
        }
        let number = |key: &str| {
            let message = || broken(key, format!("“{}” is not a count", text(key)));
            text(key).parse::<u32>().map_err(|_| message())
        };
        let (step, steps) = (number("step")?, [number("discriminator_steps")?, number("generator_steps")?]);

        // Everything is read and checked before anything is written.
        let program = self.backend.program().clone();
        let clocks = Clocks { discriminator: steps[0], generator: steps[1], ..Clocks::default() };
        let mut updates = Vec::new();
        for (id, name, clock) in updated(&program) {
            let keys = UPDATES.map(|key| format!("{key}{name}"));
            // Older files have no counts: there the networks' plans were counted.
            let [count, average_from] = match file.word(&keys[0]) {
                _ if !has_all => [0, 0],
                Some(_) => [number(&keys[0])?, number(&keys[1])?],
                None => [clocks.draw(clock).1, 0],
            };
            if average_from > count {
                return Err(broken(&keys[1], format!("is {average_from}, beyond the {count} updates that there were")));
            }
            updates.push((id, Updates { count, average_from }));
        }
        let variables = &program.variables;
        let mut arenas: HashMap<(NetworkId, Arena), Vec<f32>> = HashMap::new();
        for id in (0..variables.variables.len()).map(VariableId) {
            let variable = variables.get(id);
            for (key, arena) in keys(&program, variable) {
                let whole = arenas
                    .entry((variable.network, arena))
                    .or_insert_with(|| vec![0.0; arena.elements(&program, variable.network)]);
                if !has_all && Arena::MOMENTS.contains(&arena) {
                    continue;
                }
                // Weights are their own averages, and in older files running statistics are.
                let own = key.strip_prefix(AVERAGE).filter(|_| !has_all || variable.role == Role::Buffer);
                let tensor = file.tensor(&key).or_else(|| file.tensor(own?));
                let tensor = tensor.ok_or_else(|| broken(&key, "is missing".into()))?;
                let values = tensor.floats().filter(|_| tensor.shape == variable.shape[..]).ok_or_else(|| {
                    let message = format!(
                        "has shape {:?} of {} where {} of floats is expected",
                        tensor.shape, tensor.dtype, variable.shape
                    );
                    broken(&key, message)
                })?;
                if variables.is_given(id) && values != variables.initial(id, 0) {
                    let message = "holds the shares of other groups: they are made from the seed and the data, so both must \
                                   be those of the saved run";
                    return Err(broken(&key, message.into()));
                }
                if let Some(position) = values.iter().position(|value| !value.is_finite()) {
                    return Err(broken(&key, format!("element {position} is not a finite number")));
                }
                whole[offset(&program, id, arena)..][..values.len()].copy_from_slice(&values);
            }
        }
        for ((network, arena), values) in &arenas {
            self.backend.write(*network, *arena, values)?;
        }
        self.prepared = None;
        self.rewind(step, steps, &updates);
        Ok(())
    }
}

fn broken(tensor: &str, message: String) -> Error {
    Error::Checkpoint { tensor: tensor.into(), message }
}
