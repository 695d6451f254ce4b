//! What helps, as settings: only what would change something, in numbers that a person would write.

use super::{Doctor, Finding};
use crate::decimal::Decimal;
use crate::gan::{Architecture, Norm};
use crate::train::Settings;
use crate::train::settings::Setting;

/// Settings and their values.
pub(super) type Change = Vec<(&'static str, String)>;

/// Steps until a run with the cure is healthy where without it the defect had shown: the slowest of five seeds of the exhibit
/// (`results/doctor.md`). What is not here was not measured.
const TAKES: [(&str, u32); 1] = [("oscillation", 300)];

/// How long the cure of a finding takes, where that was measured.
pub(super) fn takes(key: &str) -> Option<u32> {
    TAKES.iter().find(|(known, _)| *known == key).map(|&(_, steps)| steps)
}

impl Doctor {
    /// Settings that bring R1 and an even game.
    pub(super) fn calm(&self) -> Change {
        let mut change = vec![("penalty", "r1".to_string())];
        let weight = if self.settings.recipe.architecture == Architecture::Dcgan { "10" } else { "1" };
        change.push(("penalty_weight", weight.into()));
        if self.settings.recipe.discriminator_norm == Norm::Batch {
            change.push(("discriminator_norm", "none".into()));
        }
        let list = self.settings.recipe.discriminator_layers.to_string();
        if list.contains("batch_norm") {
            change.push(("discriminator_layers", list.replace("batch_norm", "layer_norm")));
        }
        if self.settings.recipe.n_critic > 1 {
            change.push(("n_critic", "1".into()));
        }
        let [g, d] = [self.settings.generator_learning_rate, self.settings.discriminator_learning_rate];
        if d > g {
            change.push(("generator_learning_rate", d.min(1e-3).to_string()));
            change.push(("discriminator_learning_rate", d.min(1e-3).to_string()));
        }
        change
    }

    /// A fifth of both learning rates.
    pub(super) fn slower(&self) -> Change {
        let rates = [
            ("generator_learning_rate", self.settings.generator_learning_rate),
            ("discriminator_learning_rate", self.settings.discriminator_learning_rate),
        ];
        rates.map(|(key, rate)| (key, rounded(rate / 5.0))).to_vec()
    }

    /// A finding's cure without what is in force already; empty where nothing is left.
    pub(super) fn without_what_is_in_force(&self, finding: &mut Finding) {
        finding.change.retain(|(key, value)| {
            let Some(setting) = Setting::find(key) else { return false };
            let mut changed: Settings = self.settings.clone();
            // By what comes of it: "10" and "10.0" are the same weight.
            changed.set(setting, value).is_err() || changed.text(key) != self.settings.text(key)
        });
        if finding.change.is_empty() {
            finding.takes = None;
        }
    }
}

/// A rate of two digits: 0.0001 where a division makes it 0.000100000005.
fn rounded(rate: f32) -> String {
    f32::read(&format!("{rate:.1e}")).unwrap_or(rate).to_string()
}
