//! `ganvas doctor`: runs the exhibits and some healthy presets under the doctor's eyes, and counts what it says of each.

use crate::run::{self, Data, Runs, file_error};
use crate::terminal::{self, say};
use ganvas::Result;
use ganvas::gan::Preset;
use ganvas::train::doctor::{Doctor, EARLY, FINDINGS, PULSE_EVERY};
use ganvas::train::{Only, Pulse};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    runs: Runs,
    /// Runs of each preset, with seeds 1, 2, 3, ...
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seeds: u32,
    /// Steps of each run
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// Runs at a time [default: as many as there are processors]
    #[arg(long)]
    jobs: Option<NonZeroUsize>,
    /// Folder for the table, and for every pulse as CSV
    #[arg(long)]
    out: PathBuf,
}

/// Runs in which the doctor should find nothing.
const HEALTHY: [&str; 8] =
    ["dcgan-mnist", "gan-mnist", "cgan-mnist", "wgan-mnist", "wgan-gp-mnist", "gan-ring8", "gan-r1-ring8", "dirac-r1"];

pub fn run(arguments: Arguments) -> Result<()> {
    let presets = arguments.runs.presets(|preset| preset.provokes.is_some() || HEALTHY.contains(&preset.key))?;
    fs::create_dir_all(&arguments.out).map_err(|error| file_error(&arguments.out, error))?;
    let columns: Vec<&str> = FINDINGS.iter().map(|(key, ..)| *key).filter(|key| *key != "early").collect();
    let mut table = format!(
        "# What the doctor says\n\nWritten by `ganvas doctor`: {} steps of each preset, seeds 1 to {}, on the {:?} backend. \
         A cell counts the runs in which it was said at the end (and at any time after the first {EARLY} steps).\n\n\
         | Preset | provokes | {} |\n|---|---|{}\n",
        arguments.steps,
        arguments.seeds,
        arguments.runs.backend,
        columns.join(" | "),
        "---:|".repeat(columns.len())
    );
    let path = arguments.out.join("doctor.md");
    let said = watch_all(&presets, &arguments)?;
    for (preset, said) in presets.iter().zip(said.chunks(arguments.seeds as usize)) {
        let mut counts: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
        for (slot, key) in said
            .iter()
            .flat_map(|[last, ever]| last.iter().map(|key| (0, *key)).chain(ever.iter().map(|key| (1, *key))))
        {
            counts.entry(key).or_default()[slot] += 1;
        }
        let cell = |key: &&str| counts.get(key).map_or(String::new(), |[last, ever]| format!("{last} ({ever})"));
        let cells: Vec<String> = columns.iter().map(cell).collect();
        table += &format!("| `{}` | {} | {} |\n", preset.key, preset.provokes.unwrap_or("nothing"), cells.join(" | "));
    }
    fs::write(&path, &table).map_err(|error| file_error(&path, error))?;
    say!("{table}");
    Ok(())
}

/// Findings of a run: those at its end, and all that there were.
type Said = [Vec<&'static str>; 2];

/// Every preset with every seed, several at a time; in the order of presets, then seeds.
fn watch_all(presets: &[&'static Preset], arguments: &Arguments) -> Result<Vec<Said>> {
    let seeds = arguments.seeds as usize;
    let runs = presets.len() * seeds;
    let jobs = arguments.jobs.or(thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get).min(runs);
    let bar = terminal::bar("{bar:24} {pos}/{len} steps, {eta} left  {msg}", runs as u64 * u64::from(arguments.steps));
    let (next, data) = (AtomicUsize::new(0), Mutex::new(Data::new(&arguments.runs.data)));
    let said: Vec<Mutex<Option<Result<Said>>>> = (0..runs).map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let run = next.fetch_add(1, Ordering::Relaxed);
                    let Some(slot) = said.get(run) else { break };
                    let (preset, seed) = (presets[run / seeds], (run % seeds) as u32 + 1);
                    let answer = pollster::block_on(watch(preset, seed, arguments, &data, &bar));
                    *slot.lock().expect("no run panics while it answers") = Some(answer);
                }
            });
        }
    });
    bar.abandon();
    said.into_iter().map(|slot| slot.into_inner().expect("no run panics").expect("every run answers")).collect()
}

/// Trains one run under the doctor's eyes, and writes its pulses as CSV.
async fn watch(
    preset: &Preset,
    seed: u32,
    arguments: &Arguments,
    data: &Mutex<Data>,
    bar: &ProgressBar,
) -> Result<Said> {
    let settings = run::settings(preset.key, seed, &arguments.runs.set)?;
    let (examples, _) = data.lock().expect("no run panics while it reads").examples(&settings)?;
    let world = settings.point_set().transpose()?;
    let (mut trainer, _) = run::open(arguments.runs.backend, settings.clone(), examples).await?;
    let mut doctor = Doctor::new(&settings);
    let (mut last, mut ever): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut csv = String::from(PULSE_COLUMNS);
    while trainer.step() < arguments.steps {
        let bite = PULSE_EVERY.min(arguments.steps - trainer.step());
        trainer.run(bite as usize, Only::Both).await?;
        let measured = trainer.take_measurements().await?;
        let broken = measured.broken_update.is_some();
        doctor.observe_rows(&measured.rows, broken);
        if !broken {
            let pulse = trainer.pulse(world.as_ref()).await?;
            csv += &line(&pulse, measured.rows.last());
            doctor.observe_pulse(pulse);
        }
        let findings = doctor.findings();
        last = findings.iter().map(|finding| finding.key).collect();
        ever.extend(last.iter().filter(|key| !ever.contains(key)).copied().collect::<Vec<_>>());
        bar.inc(bite.into());
        let said: Vec<String> =
            findings.iter().map(|finding| format!("{}: {}", finding.name, finding.evidence)).collect();
        bar.set_message(format!("{}, seed {seed}: {}", preset.key, said.join("; ")));
        if broken {
            break;
        }
    }
    let path = arguments.out.join(format!("{}-seed-{seed}.csv", preset.key));
    fs::write(&path, csv).map_err(|error| file_error(&path, error))?;
    Ok([last, ever])
}

const PULSE_COLUMNS: &str = "step,d_loss,g_loss,d_real,d_fake,generator_gradient,discriminator_gradient,largest_weight,clipped,\
                             diversity,checkerboard,modes,d_train,d_held_out\n";

fn line(pulse: &Pulse, row: Option<&ganvas::train::Row>) -> String {
    let optional = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let row = row.map_or(String::from(",,,"), |row| row[1..5].iter().map(f64::to_string).collect::<Vec<_>>().join(","));
    format!(
        "{},{row},{},{},{},{},{},{},{},{},{}\n",
        pulse.step,
        pulse.generator_gradient,
        pulse.discriminator_gradient,
        pulse.largest_weight,
        optional(pulse.clipped),
        optional(pulse.diversity),
        optional(pulse.checkerboard),
        optional(pulse.modes.map(|[covered, _]| covered as f64)),
        pulse.d_train,
        optional(pulse.d_held_out)
    )
}
