//! `ganvas presets`, `ganvas settings` and `ganvas completions`: what can be typed.

use crate::terminal::say;
use clap_complete::Shell;
use ganvas::catalogue::PRESETS;
use ganvas::train::Settings;
use ganvas::train::settings::SETTINGS;
use ganvas::{Error, Result};
use serde_json::{Value, json};

#[derive(clap::Args)]
pub struct Presets {
    /// Print JSON in place of a table
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct OfPreset {
    /// The preset, for instance dcgan-mnist
    preset: String,
    /// Print JSON in place of a table
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Completions {
    #[arg(value_enum)]
    shell: Shell,
}

/// JSON, as all commands print it.
pub fn say_json(value: &Value) {
    say!("{}", serde_json::to_string_pretty(value).expect("it is plain data"));
}

pub fn presets(arguments: &Presets) -> Result<()> {
    if arguments.json {
        let row = |preset: &ganvas::gan::Preset| {
            let has_trained = preset.trained().is_some();
            json!({ "key": preset.key, "algorithm": preset.algorithm.name, "data": preset.data, "trained": has_trained })
        };
        say_json(&PRESETS.iter().map(row).collect());
        return Ok(());
    }
    let width = PRESETS.iter().map(|preset| preset.key.len()).max().unwrap_or(0);
    for preset in PRESETS.iter() {
        let trained = if preset.trained().is_some() { ", has a trained start" } else { "" };
        say!("{:width$}  {} on {}{trained}", preset.key, preset.algorithm.name, preset.data);
    }
    Ok(())
}

pub fn settings(arguments: &OfPreset) -> Result<()> {
    let preset = crate::preset(&arguments.preset)?;
    let settings = Settings::new(preset);
    let own = SETTINGS.iter().filter(|setting| setting.applies(preset.algorithm) && setting.key != "preset");
    if arguments.json {
        let row = |setting: &ganvas::train::settings::Setting| {
            json!({
                "key": setting.key, "name": setting.name, "value": settings.text(setting.key), "takes": setting.accepts(),
                "help": setting.help, "live": setting.live,
            })
        };
        say_json(&own.map(row).collect());
        return Ok(());
    }
    for setting in own {
        say!("{}={}  takes {}", setting.key, settings.text(setting.key), setting.accepts());
        say!("    {}: {}", setting.name, setting.help);
    }
    Ok(())
}

pub fn completions(arguments: &Completions, command: &mut clap::Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, command, "ganvas", &mut script);
    let script = String::from_utf8(script)
        .map_err(|error| Error::Setting { key: "shell".into(), message: error.to_string() })?;
    say!("{}", script.trim_end());
    Ok(())
}
