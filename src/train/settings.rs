//! The table of settings: one row each, from which come the page's controls, the link, the command line and the checks.

use crate::gan::{PRESETS, Preset};
use crate::nn::GeneratorLoss;

/// Which backend a run asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendChoice {
    /// The GPU if there is a real one, else the CPU.
    Auto,
    Gpu,
    Cpu,
}

/// What a run is started with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub preset: &'static Preset,
    pub seed: u32,
    pub backend: BackendChoice,
    pub generator_loss: GeneratorLoss,
    pub batch_size: usize,
    pub generator_learning_rate: f32,
    pub discriminator_learning_rate: f32,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// One of the values, each with its name on the page.
    Choice(&'static [(&'static str, &'static str)]),
    /// One of the presets.
    Preset,
    Integer {
        min: u32,
        max: u32,
    },
    /// A positive number; the page steps by `step`.
    Number {
        min: f32,
        max: f32,
        step: f32,
    },
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    pub key: &'static str,
    pub name: &'static str,
    pub kind: Kind,
    pub unit: &'static str,
    pub help: &'static str,
    /// Whether a running training takes it over at once; otherwise it starts again.
    pub live: bool,
    pub group: &'static str,
}

/// All settings, in the order of the page.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "preset",
        name: "Preset",
        kind: Kind::Preset,
        unit: "",
        help: "The algorithm and the data set.",
        live: false,
        group: "run",
    },
    Setting {
        key: "seed",
        name: "Seed",
        kind: Kind::Integer { min: 0, max: u32::MAX },
        unit: "",
        help: "The same seed gives the same start, the same batches and the same noise.",
        live: false,
        group: "run",
    },
    Setting {
        key: "backend",
        name: "Backend",
        kind: Kind::Choice(&[("auto", "Automatic"), ("gpu", "WebGPU"), ("cpu", "CPU")]),
        unit: "",
        help: "Where the networks are trained. Automatic takes the GPU unless it is only simulated by the CPU.",
        live: false,
        group: "run",
    },
    Setting {
        key: "generator_loss",
        name: "Generator loss",
        kind: Kind::Choice(&[("non_saturating", "Non-saturating"), ("minimax", "Minimax")]),
        unit: "",
        help: "Minimax is the game's own value; non-saturating keeps a strong gradient when the discriminator is sure.",
        live: false,
        group: "training",
    },
    Setting {
        key: "batch_size",
        name: "Batch size",
        kind: Kind::Integer { min: 2, max: 512 },
        unit: "images",
        help: "Real images, and as many fakes, in one step.",
        live: false,
        group: "training",
    },
    Setting {
        key: "generator_learning_rate",
        name: "Generator learning rate",
        kind: Kind::Number { min: 0.0, max: 0.1, step: 1e-4 },
        unit: "per step",
        help: "How far Adam moves the generator in one step; 0 freezes it.",
        live: true,
        group: "training",
    },
    Setting {
        key: "discriminator_learning_rate",
        name: "Discriminator learning rate",
        kind: Kind::Number { min: 0.0, max: 0.1, step: 1e-4 },
        unit: "per step",
        help: "How far Adam moves the discriminator in one step; 0 freezes it.",
        live: true,
        group: "training",
    },
];

/// The seed of a run that names none.
pub const DEFAULT_SEED: u32 = 7;

impl Settings {
    /// The preset's own settings.
    pub fn new(preset: &'static Preset) -> Settings {
        Settings {
            preset,
            seed: DEFAULT_SEED,
            backend: BackendChoice::Auto,
            generator_loss: preset.recipe.generator_loss,
            batch_size: preset.recipe.batch_size,
            generator_learning_rate: preset.generator_learning_rate,
            discriminator_learning_rate: preset.discriminator_learning_rate,
        }
    }

    /// Settings from what a link, an attribute or a command line says. What cannot be used is left at its default and
    /// named in a message; nothing is an error.
    pub fn resolve<'a>(raw: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Settings, Vec<String>) {
        let raw: Vec<(&str, &str)> = raw.into_iter().collect();
        let mut messages = Vec::new();
        let mut preset = &PRESETS[0];
        if let Some((_, wanted)) = raw.iter().find(|(key, _)| *key == "preset") {
            match Preset::find(wanted.trim()) {
                Some(found) => preset = found,
                None => {
                    let keys: Vec<&str> = PRESETS.iter().map(|preset| preset.key).collect();
                    messages.push(format!(
                        "There is no preset “{}”; running {} instead. The presets are: {}.",
                        shown(wanted),
                        preset.key,
                        keys.join(", ")
                    ));
                }
            }
        }
        let mut settings = Settings::new(preset);
        for (key, value) in raw {
            if key == "preset" {
                continue;
            }
            match SETTINGS.iter().find(|setting| setting.key == key) {
                None => messages.push(format!("There is no setting “{}”; it was ignored.", shown(key))),
                Some(setting) => {
                    if let Err(message) = settings.set(setting, value.trim()) {
                        messages.push(format!("{message} Using {} instead.", settings.text(setting.key)));
                    }
                }
            }
        }
        (settings, messages)
    }

    /// Sets one value from its text; the message says what would be accepted.
    pub fn set(&mut self, setting: &Setting, text: &str) -> Result<(), String> {
        let name = setting.name;
        let refused = |accepted: String| format!("{name} takes {accepted}; “{}” is not one.", shown(text));
        match setting.kind {
            Kind::Preset => match Preset::find(text) {
                Some(preset) => self.preset = preset,
                None => return Err(refused("the key of a preset".into())),
            },
            Kind::Choice(choices) => {
                if !choices.iter().any(|(value, _)| *value == text) {
                    let values: Vec<&str> = choices.iter().map(|(value, _)| *value).collect();
                    return Err(refused(format!("one of {}", values.join(", "))));
                }
                match (setting.key, text) {
                    ("backend", "gpu") => self.backend = BackendChoice::Gpu,
                    ("backend", "cpu") => self.backend = BackendChoice::Cpu,
                    ("backend", _) => self.backend = BackendChoice::Auto,
                    (_, "minimax") => self.generator_loss = GeneratorLoss::Minimax,
                    (_, _) => self.generator_loss = GeneratorLoss::NonSaturating,
                }
            }
            Kind::Integer { min, max } => {
                let number = text.parse::<u32>().ok().filter(|number| (min..=max).contains(number));
                let number = number.ok_or_else(|| refused(format!("a whole number from {min} to {max}")))?;
                match setting.key {
                    "seed" => self.seed = number,
                    _ => self.batch_size = number as usize,
                }
            }
            Kind::Number { min, max, .. } => {
                let number = text.parse::<f32>().ok().filter(|number| (min..=max).contains(number));
                let number = number.ok_or_else(|| refused(format!("a number from {min} to {max}")))?;
                match setting.key {
                    "generator_learning_rate" => self.generator_learning_rate = number,
                    _ => self.discriminator_learning_rate = number,
                }
            }
        }
        Ok(())
    }

    /// The value of a setting as text, as `set` takes it.
    pub fn text(&self, key: &str) -> String {
        match key {
            "preset" => self.preset.key.into(),
            "seed" => self.seed.to_string(),
            "backend" => match self.backend {
                BackendChoice::Auto => "auto".into(),
                BackendChoice::Gpu => "gpu".into(),
                BackendChoice::Cpu => "cpu".into(),
            },
            "generator_loss" => match self.generator_loss {
                GeneratorLoss::NonSaturating => "non_saturating".into(),
                GeneratorLoss::Minimax => "minimax".into(),
            },
            "batch_size" => self.batch_size.to_string(),
            "generator_learning_rate" => self.generator_learning_rate.to_string(),
            "discriminator_learning_rate" => self.discriminator_learning_rate.to_string(),
            _ => String::new(),
        }
    }
}

/// The beginning of a text from outside, fit for a message.
fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_the_first_preset() {
        let (settings, messages) = Settings::resolve([]);
        assert_eq!(settings, Settings::new(&PRESETS[0]));
        assert!(messages.is_empty());
    }

    #[test]
    fn every_setting_survives_its_own_text() {
        let (settings, messages) = Settings::resolve([
            ("preset", "gan-mnist"),
            ("seed", "4294967295"),
            ("backend", "cpu"),
            ("generator_loss", "minimax"),
            ("batch_size", "32"),
            ("generator_learning_rate", "0.001"),
            ("discriminator_learning_rate", "0"),
        ]);
        assert!(messages.is_empty(), "{messages:?}");
        let texts: Vec<(&str, String)> = SETTINGS.iter().map(|s| (s.key, settings.text(s.key))).collect();
        let (again, messages) = Settings::resolve(texts.iter().map(|(key, text)| (*key, &text[..])));
        assert!(messages.is_empty(), "{messages:?}");
        assert_eq!(again, settings);
        assert_eq!(again.seed, u32::MAX);
        assert_eq!(again.generator_loss, GeneratorLoss::Minimax);
    }

    #[test]
    fn nonsense_gets_a_message_each_and_the_default() {
        let long = "x".repeat(500);
        let (settings, messages) = Settings::resolve([
            ("preset", "no-such"),
            ("seed", "-1"),
            ("backend", "tpu"),
            ("batch_size", "1"),
            ("generator_learning_rate", "NaN"),
            ("colour", "red"),
            ("generator_loss", long.as_str()),
        ]);
        assert_eq!(settings, Settings::new(&PRESETS[0]));
        assert_eq!(messages.len(), 7);
        assert!(messages[0].contains("no-such") && messages[0].contains("gan-mnist"), "{}", messages[0]);
        assert!(messages.iter().all(|message| message.len() < 400));
    }
}
