//! What a setting is.

use super::Settings;
use crate::decimal::Decimal;
use crate::game::Knob;
use crate::gan::Algorithm;

/// What values a setting takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One of the values, each with its name on the page.
    Choice(fn() -> Vec<(&'static str, &'static str)>),
    /// One of the presets.
    Preset,
    /// 0 or 1.
    Switch,
    Integer {
        min: u32,
        max: u32,
    },
    /// A number; the page steps by `step`.
    Number {
        min: f32,
        max: f32,
        step: f32,
    },
    /// Points of the plane, `x,y x,y`.
    Points,
    /// A list of layers; empty for the architecture's own.
    Layers,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub key: &'static str,
    pub name: &'static str,
    pub kind: Kind,
    pub unit: &'static str,
    pub help: &'static str,
    /// Whether a running training takes it over at once; otherwise it starts again.
    pub live: bool,
    /// `run`, or the part of a recipe it belongs to; a preset has its own default for the latter.
    pub group: &'static str,
    /// Where its value is.
    pub(super) place: Place,
}

/// Where a setting's value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// A field: its value as text, and how it takes a text over, if it can; ranges are checked by then.
    Field { get: fn(&Settings) -> String, set: fn(&mut Settings, &str) -> Option<()> },
    /// A number that only some games have.
    Knob(&'static Knob),
}

/// The lists of layers that stand in place of a setting: where all of them are given, it has no effect.
const REPLACED: [(&str, &[&str]); 6] = [
    ("architecture", &["generator_layers", "discriminator_layers"]),
    ("generator_norm", &["generator_layers"]),
    ("upsampling", &["generator_layers"]),
    ("generator_channels", &["generator_layers"]),
    ("discriminator_channels", &["discriminator_layers"]),
    ("discriminator_norm", &["discriminator_layers"]),
];

impl Setting {
    /// The settings that, if all of them are given, stand in place of this one; empty where none do.
    pub fn replaced_by(&self) -> &'static [&'static str] {
        REPLACED.iter().find(|(key, _)| *key == self.key).map_or(&[], |(_, lists)| *lists)
    }

    /// What it takes, in words.
    pub fn accepts(&self) -> String {
        match self.kind {
            Kind::Preset => "the key of a preset".into(),
            Kind::Choice(choices) => {
                let keys: Vec<&str> = choices().into_iter().map(|(key, _)| key).collect();
                format!("one of {}", keys.join(", "))
            }
            Kind::Switch => "0 or 1".into(),
            Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Number { min, max, .. } => format!("a number from {min} to {max}"),
            Kind::Points => "points as x,y with a space between two of them".into(),
            Kind::Layers => "a list of layers, for instance linear-64 relu linear-2".into(),
        }
    }

    /// Its value as text.
    pub fn get(&self, settings: &Settings) -> String {
        match self.place {
            Place::Field { get, .. } => get(settings),
            Place::Knob(knob) => settings.own.get(knob).to_string(),
        }
    }

    /// Takes a text over, if it can; ranges are checked by then.
    pub(super) fn set(&self, settings: &mut Settings, text: &str) -> Option<()> {
        match self.place {
            Place::Field { set, .. } => set(settings, text),
            Place::Knob(knob) => f32::read(text).map(|value| settings.own.set(knob, value)),
        }
    }

    /// Whether runs of an algorithm have it.
    pub fn applies(&self, algorithm: &Algorithm) -> bool {
        match (algorithm.entry, self.place) {
            (None, Place::Knob(_)) => false,
            (None, Place::Field { .. }) => true,
            (Some(entry), Place::Knob(knob)) => entry.knobs.contains(&knob),
            (Some(entry), Place::Field { .. }) => {
                self.group == "run" || ["data", "examples"].contains(&self.key) || entry.settings.contains(&self.key)
            }
        }
    }
}
