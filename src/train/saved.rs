//! What a saved run says of itself, before it is opened: so that one can choose between its settings and one's own.

use super::Settings;
use super::settings::{SETTINGS, Setting};
use crate::error::{Error, Result};
use crate::tensor_file::TensorFile;

/// A saved run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved {
    /// Empty where the file does not say: other programs leave our words out when they save a file again.
    pub preset: String,
    /// The program's version; empty in older files.
    pub version: String,
    /// The number of its stage.
    pub stage: usize,
    pub step: u32,
    /// Those settings that it was saved with and that are known here, as texts. Older files have few.
    pub settings: Vec<(&'static str, String)>,
}

/// A setting that a saved run has otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub key: &'static str,
    pub name: &'static str,
    pub saved: String,
    pub own: String,
    /// Whether a run takes it over while it goes on, so that either will do.
    pub live: bool,
}

impl Setting {
    /// Whether what is learned depends on it.
    pub(super) fn is_of_run(&self) -> bool {
        self.group != "run" || ["seed", "start"].contains(&self.key)
    }
}

impl Saved {
    /// Reads what a file says.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for what is no safetensors file.
    pub fn read(bytes: &[u8]) -> Result<Saved> {
        let broken = |message: String| Error::Checkpoint { tensor: "the file".into(), message };
        let file = TensorFile::read(bytes)
            .map_err(|error| broken(format!("is not a safetensors file ({error}), so it is no saved run")))?;
        let number = |key: &str| file.word(key).and_then(|word| word.parse().ok()).unwrap_or(0);
        let settings = SETTINGS.iter().filter(|setting| setting.is_of_run());
        let settings = settings.filter_map(|setting| Some((setting.key, file.word(setting.key)?.to_string())));
        Ok(Saved {
            preset: file.word("preset").unwrap_or_default().into(),
            version: file.word("version").unwrap_or_default().into(),
            stage: number("stage") as usize,
            step: number("step"),
            settings: settings.collect(),
        })
    }

    /// What it was saved with, and these settings have otherwise, in the order of the page.
    pub fn differences(&self, settings: &Settings) -> Vec<Difference> {
        let difference = |(key, saved): &(&'static str, String)| {
            let setting = Setting::find(key).filter(|setting| setting.applies(settings.preset.algorithm))?;
            let own = settings.text(key);
            let Setting { key, name, live, .. } = *setting;
            (own != *saved).then(|| Difference { key, name, saved: saved.clone(), own, live })
        };
        self.settings.iter().filter_map(difference).collect()
    }
}
