//! `ganvas plan`: what a step of a preset consists of on the GPU.

use crate::list::say_json;
use crate::terminal::say;
use ganvas::graph::{Plan, Program};
use ganvas::kernel::{self, Launch, Tuning};
use ganvas::train::Settings;
use ganvas::{Error, Result};
use serde_json::{Value, json};
use std::collections::HashSet;

#[derive(clap::Args)]
pub struct Arguments {
    /// The preset, for instance dcgan-mnist
    preset: String,
    /// Images in a batch [default: the preset's]
    #[arg(long)]
    batch_size: Option<usize>,
    /// The stage of a game that grows, from 0
    #[arg(long, default_value_t = 0)]
    stage: usize,
    /// Print the whole shader of a launch as it is compiled, by the name of its plan and its number, for instance
    /// generator:3
    #[arg(long, value_name = "PLAN:NUMBER")]
    source: Option<String>,
    /// Print JSON in place of tables
    #[arg(long, conflicts_with = "source")]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<()> {
    let mut settings = Settings::new(crate::preset(&arguments.preset)?);
    settings.recipe.batch_size = arguments.batch_size.unwrap_or(settings.recipe.batch_size);
    if settings.preset.is_pair() && arguments.stage > 0 {
        let message = format!("is {}, and {} stays as it begins: it has no stages", arguments.stage, arguments.preset);
        return Err(Error::Setting { key: "stage".into(), message });
    }
    let program = settings.game(settings.shape(), arguments.stage)?.program;
    let lowered: Vec<Vec<Launch>> = kernel::lower_plans(&program, &Tuning::default());
    if let Some(wanted) = &arguments.source {
        say!("{}", source(&program, &lowered, wanted)?);
        return Ok(());
    }
    let memory = Memory::of(&program, &lowered);
    let shaders: HashSet<&str> = lowered.iter().flatten().map(|launch| &launch.source[..]).collect();
    if arguments.json {
        let plans = program.plans.iter().zip(&lowered).map(|(plan, launches)| as_json(plan, launches));
        let plans: Vec<Value> = plans.collect();
        say_json(&json!({ "plans": plans, "bytes": memory.all(), "shaders": shaders.len() }));
        return Ok(());
    }
    for (plan, launches) in program.plans.iter().zip(&lowered) {
        print(plan, launches);
    }
    memory.print();
    say!("Shaders: {}", shaders.len());
    Ok(())
}

/// The shader of a launch that is named as `plan:number`.
fn source<'l>(program: &Program, lowered: &'l [Vec<Launch>], wanted: &str) -> Result<&'l str> {
    let named = wanted.rsplit_once(':').and_then(|(plan, number)| Some((plan, number.parse::<usize>().ok()?)));
    let mut plans = program.plans.iter().zip(lowered);
    let launches = named.and_then(|(name, _)| plans.find(|(plan, _)| plan.name == name)).map(|(_, launches)| launches);
    let found = launches.zip(named).and_then(|(launches, (_, number))| launches.get(number.checked_sub(1)?));
    found.map(|launch| &launch.source[..]).ok_or_else(|| {
        let known = program.plans.iter().zip(lowered);
        let known: Vec<String> =
            known.map(|(plan, launches)| format!("{}:1 to {}", plan.name, launches.len())).collect();
        let message = format!("takes a plan and a launch of it; “{wanted}” is none of {}", known.join(", "));
        Error::Setting { key: "source".into(), message }
    })
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Bytes that all plans take together on the GPU: they share their slots, and the memory between two launches of a stage.
struct Memory {
    slots: usize,
    between: usize,
    tables: usize,
    /// Parameters, gradients, moments, outputs and records.
    rest: usize,
}

impl Memory {
    fn of(program: &Program, lowered: &[Vec<Launch>]) -> Memory {
        let slots = 4 * program.slot_elements().iter().sum::<usize>();
        let tables: usize = program.variables.tables.iter().map(|table| table.rows * table.width).sum();
        let rest = program.size_bytes() - slots - tables;
        let between = 4 * lowered.iter().flatten().map(|launch| launch.scratch_elements).max().unwrap_or(0);
        Memory { slots, between, tables, rest }
    }

    fn all(&self) -> usize {
        self.slots + self.between + self.tables + self.rest
    }

    fn print(&self) {
        say!(
            "Memory: {} bytes, {:.1} MiB: slots {:.1}, between launches {:.1}, data {:.1}, and parameters, gradients, moments, \
             outputs and records {:.1}",
            self.all(),
            mib(self.all()),
            mib(self.slots),
            mib(self.between),
            mib(self.tables),
            mib(self.rest)
        );
    }
}

fn as_json(plan: &Plan, launches: &[Launch]) -> Value {
    let launch = |launch: &Launch| -> Value {
        let part = launch.parts.iter().map(|part| {
            json!({
                "kernel": part.family, "workgroups": part.workgroups, "bytes": part.size_bytes, "flops": part.flops,
                "what": part.label,
            })
        });
        part.collect()
    };
    let all: Vec<Value> = launches.iter().map(launch).collect();
    json!({ "name": plan.name, "scratch_bytes": plan.slot_bytes(), "launches": all })
}

fn print(plan: &Plan, launches: &[Launch]) {
    let flops: u64 = launches.iter().map(|launch| launch.flops()).sum();
    say!(
        "{}: {} dispatches, {:.2} GFLOP, {:.1} MiB of scratch memory in {} buffers",
        plan.name,
        launches.len(),
        flops as f64 / 1e9,
        mib(plan.slot_bytes()),
        plan.slots.len()
    );
    say!("  {:>3} {:<15} {:>17} {:>9} {:>9}  what", "", "kernel", "workgroups", "KiB", "MFLOP");
    for (number, launch) in launches.iter().enumerate() {
        for (index, part) in launch.parts.iter().enumerate() {
            let number = if index == 0 { (number + 1).to_string() } else { String::new() };
            let [x, y, z] = part.workgroups;
            let workgroups = format!("{x} x {y} x {z}");
            let (kib, mflop) = (part.size_bytes as f64 / 1024.0, part.flops as f64 / 1e6);
            say!("  {number:>3} {:<15} {workgroups:>17} {kib:>9.1} {mflop:>9.2}  {}", part.family, part.label);
        }
    }
    say!("");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(preset: &str, stage: usize) -> Arguments {
        Arguments { preset: preset.into(), batch_size: None, stage, source: None, json: false }
    }

    #[test]
    fn a_stage_that_a_preset_does_not_have_is_refused() {
        let says = |preset, stage| run(arguments(preset, stage)).unwrap_err().to_string();
        assert!(says("gan-ring8", 1).contains("gan-ring8 stays as it begins"), "{}", says("gan-ring8", 1));
        assert!(says("cyclegan-inverse", 1).contains("this game has 1"), "{}", says("cyclegan-inverse", 1));
        assert!(run(arguments("gan-ring8", 0)).is_ok());
    }

    #[test]
    fn every_plan_can_be_named() {
        for preset in ganvas::catalogue::PRESETS.iter() {
            let settings = Settings::new(preset);
            let program = settings.game(settings.shape(), 0).unwrap().program;
            let names: HashSet<&str> = program.plans.iter().map(|plan| plan.name).collect();
            assert_eq!(names.len(), program.plans.len(), "{}: two plans share a name", preset.key);
        }
    }
}
