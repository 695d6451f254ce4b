//! `ganvas doctor`: runs the exhibits and some healthy presets under the doctor's eyes, and counts what it says along the whole
//! run; then each exhibit once more with the cure that was offered.

mod table;

use crate::run::{self, Data, Runs, file_error};
use crate::terminal::{self, say};
use ganvas::Result;
use ganvas::gan::Preset;
use ganvas::train::doctor::{Doctor, EARLY, PULSE_EVERY};
use ganvas::train::{Only, Pulse, Settings};
use indicatif::ProgressBar;
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use table::{Cured, Look, Said};

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
    /// Steps between two looks
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// Runs at a time [default: as many as there are processors]
    #[arg(long)]
    jobs: Option<NonZeroUsize>,
    /// Folder for the table, and for every pulse as CSV
    #[arg(long)]
    out: PathBuf,
}

/// Runs in which the doctor should find nothing.
const HEALTHY: [&str; 10] = [
    "dcgan-mnist",
    "gan-mnist",
    "cgan-mnist",
    "wgan-mnist",
    "wgan-gp-mnist",
    "gan-ring8",
    "gan-r1-ring8",
    "wgan-gp-ring8",
    "wgan-gp-grid25",
    "dirac-r1",
];

pub fn run(arguments: Arguments) -> Result<()> {
    let presets = arguments.runs.presets(|preset| preset.provokes.is_some() || HEALTHY.contains(&preset.key))?;
    fs::create_dir_all(&arguments.out).map_err(|error| file_error(&arguments.out, error))?;
    let said = watch_all(&presets, &arguments)?;
    let rows: Vec<_> = presets.iter().copied().zip(said.chunks(arguments.seeds as usize)).collect();
    let heading = format!(
        "# What the doctor says\n\nWritten by `ganvas doctor`: {} steps of each preset, seeds 1 to {}, on the {:?} backend, a look \
         every {} steps from step {EARLY} on.\n",
        arguments.steps, arguments.seeds, arguments.runs.backend, arguments.every
    );
    let text = heading + &table::along(&rows) + &table::counts(&rows) + &table::cures(&rows);
    let path = arguments.out.join("doctor.md");
    fs::write(&path, &text).map_err(|error| file_error(&path, error))?;
    say!("{text}");
    Ok(())
}

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

/// Trains a run under the doctor's eyes, and once more with the cure that it offered for what the preset provokes.
async fn watch(
    preset: &Preset,
    seed: u32,
    arguments: &Arguments,
    data: &Mutex<Data>,
    bar: &ProgressBar,
) -> Result<Said> {
    let settings = run::settings(preset.key, seed, &arguments.runs.set)?;
    let name = format!("{}-seed-{seed}", preset.key);
    let (looks, change) = watch_one(&settings, preset.provokes, &name, arguments, data, bar).await?;
    let Some(change) = change else { return Ok(Said { looks, cured: None }) };
    let mut changes = arguments.runs.set.clone();
    changes.extend(change.iter().map(|(key, value)| format!("{key}={value}")));
    let settings = run::settings(preset.key, seed, &changes)?;
    let (after, _) = watch_one(&settings, None, &format!("{name}-cured"), arguments, data, bar).await?;
    Ok(Said { looks, cured: Some(Cured { change, looks: after }) })
}

/// What was said at each look, and the settings that were offered first for `provoked`. Writes the pulses as CSV.
async fn watch_one(
    settings: &Settings,
    provoked: Option<&str>,
    name: &str,
    arguments: &Arguments,
    data: &Mutex<Data>,
    bar: &ProgressBar,
) -> Result<(Vec<Look>, Option<table::Change>)> {
    let (examples, _) = data.lock().expect("no run panics while it reads").examples(settings)?;
    let world = settings.point_set().transpose()?;
    let (mut trainer, _) = run::open(arguments.runs.backend, settings.clone(), examples).await?;
    let mut doctor = Doctor::new(settings);
    let (mut looks, mut change) = (Vec::new(), None);
    let mut csv = String::from(PULSE_COLUMNS);
    while trainer.step() < arguments.steps {
        let due = PULSE_EVERY.min(arguments.every - trainer.step() % arguments.every);
        let bite = due.min(arguments.steps - trainer.step());
        trainer.run(bite as usize, Only::Both).await?;
        let measured = trainer.take_measurements().await?;
        let broken = measured.broken_update.is_some();
        doctor.observe_rows(&measured.rows, broken);
        if !broken {
            let pulse = trainer.pulse(world.as_ref()).await?;
            csv += &line(&pulse, measured.rows.last());
            doctor.observe_pulse(pulse);
        }
        bar.inc(bite.into());
        let step = trainer.step();
        if broken || (step >= EARLY && step.is_multiple_of(arguments.every)) {
            let findings = doctor.findings();
            let offered = findings.iter().find(|found| Some(found.key) == provoked && !found.change.is_empty());
            change = change.or(offered.map(|finding| finding.change.clone()));
            looks.push(Look { step, said: findings.iter().map(|finding| finding.key).collect() });
            bar.set_message(format!("{name}: {}", findings[0].name));
        }
        if broken {
            break;
        }
    }
    let path = arguments.out.join(format!("{name}.csv"));
    fs::write(&path, csv).map_err(|error| file_error(&path, error))?;
    Ok((looks, change))
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
