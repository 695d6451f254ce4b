//! Numbers with a range, by name: settings that only one game has, and what a visitor moves while he looks.

use crate::error::{Error, Result};

/// A number of a game.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knob {
    /// Its name in links and on the command line.
    pub key: &'static str,
    /// Its name on the page.
    pub name: &'static str,
    pub help: &'static str,
    pub min: f32,
    pub max: f32,
    /// What the page goes up and down by.
    pub step: f32,
    pub default: f32,
}

impl Knob {
    /// A knob from the least to the most, which the page steps by `step`.
    pub const fn new(
        key: &'static str,
        name: &'static str,
        [min, max, step]: [f32; 3],
        default: f32,
        help: &'static str,
    ) -> Knob {
        Knob { key, name, help, min, max, step, default }
    }
}

/// A number that goes into a gallery or a probe while the run goes on. It changes what is shown, never what is learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slider {
    /// Its name in messages and on the command line.
    pub key: &'static str,
    /// Its name on the page.
    pub name: &'static str,
    /// The least, the most, and what the page goes up and down by.
    pub range: [f32; 3],
    /// Where it stands at first, and whenever something is measured.
    pub default: f32,
    /// What each of its places is called; empty for numbers.
    pub names: &'static [&'static str],
    pub help: &'static str,
}

impl Slider {
    /// # Errors
    /// [`Error::Setting`] for a number outside the range, and for one that is none.
    pub fn check(&self, value: f32) -> Result<()> {
        let [min, max, _] = self.range;
        if (min..=max).contains(&value) {
            return Ok(());
        }
        Err(Error::Setting {
            key: self.key.into(),
            message: format!("takes a number from {min} to {max}; it is {value}"),
        })
    }
}

/// The values of a run's knobs, where they differ from the defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Own(Vec<(&'static str, f32)>);

impl Own {
    /// These values.
    pub fn new(values: &[(&'static str, f32)]) -> Own {
        let mut own = Own::default();
        values.iter().for_each(|&(key, value)| own.insert(key, value));
        own
    }

    /// A knob's value.
    pub fn get(&self, knob: &Knob) -> f32 {
        self.0.iter().find(|(key, _)| *key == knob.key).map_or(knob.default, |&(_, value)| value)
    }

    /// Turns a knob.
    pub fn set(&mut self, knob: &Knob, value: f32) {
        self.0.retain(|(key, _)| *key != knob.key);
        if value != knob.default {
            self.insert(knob.key, value);
        }
    }

    /// In an order that does not depend on who was turned first, so that equal settings are equal.
    fn insert(&mut self, key: &'static str, value: f32) {
        let place = self.0.iter().position(|(known, _)| *known > key).unwrap_or(self.0.len());
        self.0.insert(place, (key, value));
    }
}
