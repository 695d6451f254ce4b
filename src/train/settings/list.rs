//! The list of all settings.

use super::setting::{Kind, Place, Setting};
use super::table::ROWS;
use crate::catalogue::ALGORITHMS;
use crate::game::Knob;
use std::sync::LazyLock;

/// All settings: those of all runs in the order of the page, then those that only some games have.
pub static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
    let mut all = ROWS.to_vec();
    let entries = ALGORITHMS.iter().filter_map(|algorithm| algorithm.entry);
    for &knob in entries.flat_map(|entry| entry.knobs) {
        // Games may share a knob.
        if !all.iter().any(|setting| setting.key == knob.key) {
            all.push(Setting::of_knob(knob));
        }
    }
    all
});

impl Setting {
    /// The setting of that key.
    pub fn find(key: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    fn of_knob(knob: &'static Knob) -> Setting {
        let Knob { key, name, help, min, max, step, .. } = *knob;
        let kind = Kind::Number { min, max, step };
        Setting { key, name, kind, unit: "", help, live: false, group: "game", place: Place::Knob(knob) }
    }
}
