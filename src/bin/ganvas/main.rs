//! Ganvas in a terminal: the same engine, the same presets, the same numbers as in the page.

mod apply;
mod bench;
mod calibrate;
mod check;
mod dataset;
mod doctor;
mod export;
mod judge;
mod keep;
mod list;
mod measure;
mod measure_table;
mod plan;
mod profile;
mod run;
mod score;
mod sheet;
mod terminal;
mod timelapse;
mod train;
mod weights;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Trains small GANs with hand-written kernels.
#[derive(Parser)]
#[command(version, after_help = format!("{EXAMPLES}\n\n{}", terminal::EXIT_CODES))]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:\n  \
    ganvas presets\n  \
    ganvas settings dcgan-mnist\n  \
    ganvas train dcgan-mnist --steps 2000 --out digits\n  \
    ganvas train dcgan-mnist --until 2000 --resume digits\n  \
    ganvas apply srgan-x4 photo.jpg --out enlarged\n  \
    ganvas completions bash > ~/.local/share/bash-completion/completions/ganvas";

#[derive(Subcommand)]
enum Command {
    /// Train a preset and write samples, losses and the run itself, from which it can go on
    Train(train::Arguments),
    /// List the presets
    Presets(list::Presets),
    /// List the settings of a preset with their values and what they take
    Settings(list::OfPreset),
    /// Print the completions of a shell
    Completions(list::Completions),
    /// Compare a backend with the values that PyTorch computes
    Check(check::Arguments),
    /// Train the classifier that judges generated images
    Judge(judge::Arguments),
    /// Train presets, measure how good they get, and write what was found
    Measure(measure::Arguments),
    /// Measure one run at given steps, or saved states of it, and print what was found as JSON
    Score(score::Arguments),
    /// Record the samples of presets at some steps, for the page to show before its own run has come anywhere
    Timelapse(timelapse::Arguments),
    /// Make weights of saved runs, for the page to start from, and measure these
    Weights(weights::Arguments),
    /// Draw two hundred outputs of a run with what went in and what should have come out
    Sheet(sheet::Arguments),
    /// Use an application on pictures, captions or orders of one's own
    Apply(apply::Arguments),
    /// Write digits that a generator draws to order as a labelled data set, and say what can be learned of them
    Dataset(dataset::Arguments),
    /// Write what a run's generator makes of its noise as an ONNX model, for other programs to run
    Export(export::Arguments),
    /// Let the doctor watch presets, and count what it says of each
    Doctor(doctor::Arguments),
    /// Say what the judge makes of digits that are spoilt in known ways
    Calibrate(calibrate::Arguments),
    /// Measure how fast products, convolutions and training steps are here
    Bench(bench::Arguments),
    /// Time each dispatch of a step on the GPU's own clock
    Profile(profile::Arguments),
    /// List the dispatches of a preset's plans
    Plan(plan::Arguments),
}

/// Whether a command leaves files behind, so that it goes on when nobody reads what it says.
fn leaves_files(command: &Command) -> bool {
    !matches!(
        command,
        Command::Presets(_)
            | Command::Settings(_)
            | Command::Completions(_)
            | Command::Check(_)
            | Command::Score(_)
            | Command::Profile(_)
            | Command::Plan(_)
    )
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    if leaves_files(&command) {
        terminal::go_on_unread();
    }
    let result = match command {
        // These say themselves how the program ends.
        Command::Train(arguments) => return train::run(arguments).unwrap_or_else(|error| terminal::failed(&error)),
        Command::Apply(arguments) => return apply::run(arguments).unwrap_or_else(|error| terminal::failed(&error)),
        Command::Presets(arguments) => list::presets(&arguments),
        Command::Settings(arguments) => list::settings(&arguments),
        Command::Completions(arguments) => list::completions(&arguments, &mut Arguments::command()),
        Command::Check(arguments) => check::run(arguments),
        Command::Judge(arguments) => judge::run(arguments),
        Command::Measure(arguments) => measure::run(arguments),
        Command::Score(arguments) => score::run(arguments),
        Command::Timelapse(arguments) => timelapse::run(arguments),
        Command::Weights(arguments) => weights::run(arguments),
        Command::Sheet(arguments) => sheet::run(arguments),
        Command::Dataset(arguments) => dataset::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Calibrate(arguments) => calibrate::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Profile(arguments) => profile::run(arguments),
        Command::Plan(arguments) => plan::run(arguments),
    };
    result.map_or_else(|error| terminal::failed(&error), |()| terminal::done())
}

/// The preset of that key, or an error that names those that are spelt nearly so.
fn preset(key: &str) -> ganvas::Result<&'static ganvas::gan::Preset> {
    ganvas::gan::Preset::find(key).ok_or_else(|| {
        let keys: Vec<&str> = ganvas::catalogue::PRESETS.iter().map(|preset| preset.key).collect();
        let hint = ganvas::near::hint(key, &keys);
        let message = format!("there is no preset “{key}”{hint} `ganvas presets` lists all {}", keys.len());
        ganvas::Error::Setting { key: "preset".into(), message }
    })
}
