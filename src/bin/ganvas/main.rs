//! Ganvas in a terminal: the same engine, the same presets, the same numbers as in the page.

mod apply;
mod bench;
mod calibrate;
mod check;
mod dataset;
mod doctor;
mod export;
mod judge;
mod measure;
mod measure_table;
mod plan;
mod profile;
mod run;
mod score;
mod sheet;
mod timelapse;
mod train;
mod weights;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Trains small GANs with hand-written kernels.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a preset and write samples, losses and the final parameters
    Train(train::Arguments),
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

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Train(arguments) => train::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Judge(arguments) => judge::run(arguments),
        Command::Measure(arguments) => measure::run(arguments),
        Command::Score(arguments) => score::run(arguments),
        Command::Timelapse(arguments) => timelapse::run(arguments),
        Command::Weights(arguments) => weights::run(arguments),
        Command::Sheet(arguments) => sheet::run(arguments),
        Command::Apply(arguments) => match apply::run(arguments) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Command::Dataset(arguments) => dataset::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Calibrate(arguments) => calibrate::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Profile(arguments) => profile::run(arguments),
        Command::Plan(arguments) => plan::run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            if !error.remedy().is_empty() && !error.to_string().contains(error.remedy()) {
                eprintln!("{}", error.remedy());
            }
            ExitCode::FAILURE
        }
    }
}

/// The preset of that key, or an error that lists them all.
fn preset(key: &str) -> ganvas::Result<&'static ganvas::gan::Preset> {
    ganvas::gan::Preset::find(key).ok_or_else(|| {
        let keys: Vec<&str> = ganvas::catalogue::PRESETS.iter().map(|preset| preset.key).collect();
        let message = format!("there is no preset “{key}”; the presets are {}", keys.join(", "));
        ganvas::Error::Setting { key: "preset".into(), message }
    })
}
