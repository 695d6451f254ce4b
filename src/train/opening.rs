//! Going on from a file: a whole run, weights, or what another program has made of either.
//!
//! Programs that save tensors again (PyTorch's ecosystem does) leave out what we wrote beside them. Of such a file the networks
//! are taken, and said is what it lacks.

use super::checkpoint::{AVERAGE, FORMAT, OPTIMIZER, STAGE, UPDATES, WEIGHTS, broken, keys, offset, updated};
use crate::backend::{Arena, Clocks, Program, Updates};
use crate::error::Result;
use crate::graph::{NetworkId, Role, VariableId};
use crate::order;
use crate::tensor_file::TensorFile;
use crate::train::Trainer;
use crate::train::settings::Setting;
use std::collections::HashMap;

/// Settings that decide which variables there are, besides the preset; what a file without them was saved with.
const SHAPING: [(&str, &str); 5] = [
    ("generator_layers", ""),
    ("discriminator_layers", ""),
    ("classes", "0"),
    ("within_labels", "0"),
    ("attention", "1"),
];

/// What a file is.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// All of a run.
    Whole,
    Weights,
    /// Tensors without our words.
    Foreign,
}

impl Trainer {
    /// Goes on from a saved run, in whichever stage it was saved. When the file cannot be used, nothing that was learned has
    /// changed. The answer is as that of [`Trainer::load`].
    ///
    /// # Errors
    /// As [`Trainer::load`], and those of the device.
    pub async fn open(&mut self, bytes: &[u8]) -> Result<Vec<String>> {
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
    /// Answers with what the file lacked or had too much, a sentence each: none of a file that we wrote.
    ///
    /// # Errors
    /// [`crate::Error::Checkpoint`] with the tensor that is missing, has another shape or is not finite.
    pub fn load(&mut self, bytes: &[u8]) -> Result<Vec<String>> {
        let file = TensorFile::read(bytes)
            .map_err(|error| broken("the file", format!("is not a safetensors file ({error})")))?;
        let text = |key: &str| file.word(key).unwrap_or_default();
        // Everything is read and checked before anything is written.
        let program = self.backend.program().clone();
        let mut said = Vec::new();
        let origin = match text("format") {
            FORMAT if has_lost_moments(&program, &file) => {
                said.push("The file has no optimiser: it begins anew.".into());
                Origin::Weights
            }
            FORMAT => Origin::Whole,
            WEIGHTS => Origin::Weights,
            _ => Origin::Foreign,
        };
        self.check_words(&file, origin)?;
        let number = |key: &str| {
            let message = || broken(key, format!("“{}” is not a count", text(key)));
            text(key).parse::<u32>().map_err(|_| message())
        };
        let (step, steps) = match origin {
            // The run stays where it is.
            Origin::Foreign => {
                let Clocks { discriminator, generator, .. } = self.backend.clocks();
                (self.step(), [discriminator, generator])
            }
            _ => (number("step")?, [number("discriminator_steps")?, number("generator_steps")?]),
        };

        let absent = match origin {
            Origin::Foreign => absent(&program, &file)?,
            _ => Vec::new(),
        };
        let clocks = Clocks { discriminator: steps[0], generator: steps[1], ..Clocks::default() };
        let mut updates = Vec::new();
        for (id, name, clock) in updated(&program).filter(|(id, ..)| !absent.contains(id)) {
            let keys = UPDATES.map(|key| format!("{key}{name}"));
            // Older files have no counts: there the networks' plans were counted.
            let [count, average_from] = match file.word(&keys[0]) {
                _ if origin != Origin::Whole => [0, 0],
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
        let mut known: Vec<String> = Vec::new();
        for id in (0..variables.variables.len()).map(VariableId) {
            let variable = variables.get(id);
            for (key, arena) in keys(&program, variable) {
                known.push(key.clone());
                if absent.contains(&variable.network) {
                    continue;
                }
                let whole = arenas
                    .entry((variable.network, arena))
                    .or_insert_with(|| vec![0.0; arena.elements(&program, variable.network)]);
                if origin != Origin::Whole && Arena::MOMENTS.contains(&arena) {
                    continue;
                }
                // Weights are their own averages, and in older files running statistics are.
                let own =
                    key.strip_prefix(AVERAGE).filter(|_| origin != Origin::Whole || variable.role == Role::Buffer);
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
        if origin == Origin::Foreign {
            said.push(format!(
                "The file has tensors alone, no counters and settings: the networks are taken, optimisers begin anew, and the \
                 run stands at step {step}."
            ));
        }
        for id in absent {
            let name = &variables.networks[id.0].name;
            said.push(format!("The file has nothing of the network “{name}”, which stays as it was."));
        }
        said.extend(too_much(&file, &known));
        Ok(said)
    }

    /// Whether what a file says of itself is so of this run.
    fn check_words(&self, file: &TensorFile, origin: Origin) -> Result<()> {
        let preset = self.settings().preset.key;
        let whose = file.word("preset").or((origin != Origin::Foreign).then_some(""));
        if let Some(saved) = whose.filter(|&saved| saved != preset) {
            return Err(broken("the file", format!("was saved from the preset “{saved}”, and this run is “{preset}”")));
        }
        let algorithm = self.settings().preset.algorithm;
        let applies = |key: &str| Setting::find(key).is_some_and(|setting| setting.applies(algorithm));
        for (key, before) in SHAPING.into_iter().filter(|(key, _)| origin != Origin::Foreign && applies(key)) {
            let own = self.settings().text(key);
            let saved = file.word(key).unwrap_or(before);
            if saved != own {
                let message = format!("was saved with {key} “{saved}”, and this run has “{own}”");
                return Err(broken("the file", message));
            }
        }
        let own = self.stage.to_string();
        let stage = file.word(STAGE).unwrap_or(if origin == Origin::Foreign { &own } else { "0" });
        if stage != own {
            return Err(broken("the file", format!("was saved in stage {stage}, and this run is in stage {own}")));
        }
        Ok(())
    }
}

/// Whether a file has nothing of what the optimisers of a program keep.
fn has_lost_moments(program: &Program, file: &TensorFile) -> bool {
    let mut all = program.variables.iter().flat_map(|(_, variable)| keys(program, variable));
    all.any(|(_, arena)| Arena::MOMENTS.contains(&arena))
        && !file.tensors.iter().any(|view| view.name.starts_with(OPTIMIZER))
}

/// The networks with tensors of which a file has none.
fn absent(program: &Program, file: &TensorFile) -> Result<Vec<NetworkId>> {
    let (mut absent, mut wanted) = (Vec::new(), None);
    let mut found = false;
    for (id, name) in program.variables.networks() {
        let all = program.variables.iter().filter(|(_, variable)| variable.network == id);
        let Some(first) = all.flat_map(|(_, variable)| keys(program, variable)).next() else { continue };
        let prefix = format!("{name}.");
        if file.tensors.iter().any(|view| view.name.starts_with(&prefix)) {
            found = true;
        } else {
            absent.push(id);
        }
        wanted.get_or_insert(first.0);
    }
    if found {
        return Ok(absent);
    }
    let names = file.tensors.iter().map(|view| &view.name[..]).take(3).collect::<Vec<_>>().join(", ");
    let has = if names.is_empty() { "no tensor".into() } else { names };
    let message =
        format!("has nothing of this run: its tensors are called {has}, and here {}", wanted.unwrap_or_default());
    Err(broken("the file", message))
}

/// Tensors of a file that are none of the run's.
fn too_much(file: &TensorFile, known: &[String]) -> Option<String> {
    let sorted = order::by(known.len(), |a, b| known[a].cmp(&known[b]));
    let is_known = |name: &str| sorted.binary_search_by(|&index| known[index][..].cmp(name)).is_ok();
    let mut names = file.tensors.iter().map(|view| &view.name[..]).filter(|name| !is_known(name));
    let first = names.next()?;
    Some(match names.count() {
        0 => format!("The file also has “{first}”, which is nothing of this run and is left out."),
        more => format!("The file also has “{first}” and {more} more that are nothing of this run; they are left out."),
    })
}
