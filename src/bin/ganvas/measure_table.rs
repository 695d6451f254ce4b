//! What `ganvas measure` found, as a Markdown table and as the presets' records.

use crate::measure::read_json;
use crate::run::file_error;
use crate::terminal::say;
use ganvas::Result;
use ganvas::catalogue::{LANDMARKS, PRESETS};
use ganvas::data::{Arrangement, SetRow};
use ganvas::game::{Game, Side, Turn};
use ganvas::gan::{Bound, Goal, Preset};
use ganvas::kernel;
use ganvas::metrics::statistics::spearman;
use ganvas::train::{Saved, Settings};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What was measured of a preset's weights, below its folder.
pub const TRAINED: &str = "trained.json";

/// All results of a preset below a folder, by seed.
fn results(folder: &Path, preset: &Preset) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    for seed in 1..=1_000 {
        match read_json(&folder.join(preset.key).join(format!("seed-{seed}")).join("result.json"))? {
            // A run with changed settings is not the preset.
            Some(result) if result["changed"].as_array().is_some_and(Vec::is_empty) => found.push(result),
            Some(_) => {}
            None => break,
        }
    }
    Ok(found)
}

/// Whether a preset is judged at the end of its budget: on digits, and on images that are drawn.
fn is_judged_at_end(preset: &Preset) -> bool {
    let of = |row: &SetRow| matches!(row.arrangement, Arrangement::Single | Arrangement::Drawn(_));
    SetRow::find(preset.data).is_some_and(of)
}

/// The point by which a preset is judged; None if the run has not come to its budget. Images are judged at the budget's
/// end. A world of points shall be learned within it, so there it is the first point at which all goals hold, if there is
/// one: the game goes on moving afterwards.
fn judged<'r>(result: &'r Value, preset: &Preset) -> Option<&'r Value> {
    let points = result["points"].as_array()?;
    let images = |point: &Value| point["images"].as_u64().unwrap_or(0);
    let last = points.iter().find(|point| images(point) >= preset.budget)?;
    if is_judged_at_end(preset) {
        return Some(last);
    }
    let holds = |point: &&Value| {
        let kept = |goal: &Goal| point[goal.value].as_f64().is_some_and(|value| goal.bound.holds(value));
        preset.goals.iter().all(kept)
    };
    points.iter().take_while(|point| images(point) <= images(last)).find(holds).or(Some(last))
}

/// The value that a goal looks at; None if the run has not come so far.
fn value_of(result: &Value, goal: &Goal, preset: &Preset) -> Option<f64> {
    if goal.value == "spearman" {
        return judged(result, preset).and_then(|_| rank_correlation(result));
    }
    let point = match goal.images {
        0 => judged(result, preset)?,
        wanted => result["points"].as_array()?.iter().find(|point| point["images"].as_u64() >= Some(wanted))?,
    };
    point[goal.value].as_f64()
}

/// How well the difference of D's mean outputs orders the points as nFD does (Spearman), after the first steps: in these the
/// critic begins to learn itself, and its estimate says more of it than of the samples.
fn rank_correlation(result: &Value) -> Option<f64> {
    const FIRST_STEPS: u64 = 100;
    let later = result["points"].as_array()?.iter().filter(|point| point["step"].as_u64() >= Some(FIRST_STEPS));
    let pairs = later.filter_map(|point| Some((point["estimate"].as_f64()?, point["nfd"].as_f64()?)));
    let (estimates, distances): (Vec<f64>, Vec<f64>) = pairs.unzip();
    spearman(&estimates, &distances).ok().filter(|value| value.is_finite())
}

fn bound(goal: &Goal) -> String {
    match goal.bound {
        Bound::AtMost(most) => format!("{} ≤ {most}", goal.value),
        Bound::AtLeast(least) => format!("{} ≥ {least}", goal.value),
    }
}

/// Writes `README.md`: what each preset reached, and its curves.
pub fn write(folder: &Path) -> Result<()> {
    let mut text = String::from(
        "# Measured\n\nWritten by `ganvas measure`. nFD is a Frechet distance in the features of our own judge, in units of \
         the distance that one missing class makes; it cannot be compared with numbers from other features.\n\n\
         | Preset | Goal | Reached, seed by seed | Held |\n|---|---|---|---|\n",
    );
    for preset in PRESETS.iter() {
        let results = results(folder, preset)?;
        for goal in preset.goals.iter().filter(|_| !results.is_empty()) {
            let values: Vec<Option<f64>> = results.iter().map(|result| value_of(result, goal, preset)).collect();
            let shown = |value: &Option<f64>| value.map_or("not yet".into(), |value| format!("{value:.3}"));
            let held = values.iter().filter(|value| value.is_some_and(|value| goal.bound.holds(value))).count();
            let at = if goal.images == 0 { preset.budget } else { goal.images };
            text += &format!(
                "| `{}` | {} {} {} images | {} | {held} of {} |\n",
                preset.key,
                bound(goal),
                if is_judged_at_end(preset) { "at" } else { "within" },
                at,
                values.iter().map(shown).collect::<Vec<_>>().join(", "),
                values.len()
            );
        }
    }
    text += &arithmetic(folder)?;
    text += "\n## Along the way\n\nThe first seed of each.\n";
    for preset in PRESETS.iter() {
        if let Some(result) = results(folder, preset)?.first() {
            text += &curve(preset, result)?;
        }
    }
    let path = folder.join("README.md");
    fs::write(&path, text).map_err(|error| file_error(&path, error))?;
    say!("wrote {}", path.display());
    Ok(())
}

/// What a step's products cost, forwards and backwards, of all networks: GFLOP of a step from the step on with which each of
/// its stages begins.
struct Cost(Vec<(u32, f64)>);

impl Cost {
    fn of(preset: &'static Preset) -> Result<Cost> {
        let settings = Settings::new(preset);
        let (batch, entry) = (settings.recipe.batch_size, preset.algorithm.entry);
        let stages = entry.map_or(1, |entry| entry.stages.len());
        let begins = |stage: usize| entry.map_or(0, |entry| entry.begins(stage, batch, &settings.own));
        let stage = |stage: usize| Ok((begins(stage), step_gflop(&settings, stage)?));
        Ok(Cost((0..stages).map(stage).collect::<Result<_>>()?))
    }

    /// Of a step of the last stage.
    fn last(&self) -> f64 {
        self.0.last().map_or(0.0, |(_, gflop)| *gflop)
    }

    /// Of so many steps from the start.
    fn until(&self, steps: f64) -> f64 {
        let ends = self.0.iter().skip(1).map(|(begins, _)| f64::from(*begins)).chain([f64::INFINITY]);
        let of = |((begins, gflop), end): (&(u32, f64), f64)| (steps.min(end) - f64::from(*begins)).max(0.0) * gflop;
        self.0.iter().zip(ends).map(of).sum()
    }
}

/// GFLOP of a step of a stage.
fn step_gflop(settings: &Settings, stage: usize) -> Result<f64> {
    let Game { program, play } = settings.game(settings.shape(), stage)?;
    let products = ["gemm", "gemm_wide", "thin", "dot"];
    let of_plan = |plan: usize| -> f64 {
        let launches = kernel::lower(&program.plans[plan], &program.variables);
        let parts = launches.iter().flat_map(|launch| &launch.parts);
        parts.filter(|part| products.contains(&part.family)).map(|part| part.flops as f64).sum()
    };
    let of_turn = |turn: &Turn| {
        let updates = if turn.side == Side::Detective { settings.recipe.n_critic } else { 1 };
        let lazy =
            turn.lazy.as_ref().map_or(0.0, |lazy| (of_plan(lazy.plan) - of_plan(turn.plan)) / f64::from(lazy.every));
        f64::from(updates) * (of_plan(turn.plan) + lazy)
    };
    Ok(play.turns.iter().map(of_turn).sum::<f64>() / 1e9)
}

/// How much arithmetic the presets of images need to come near to real digits.
fn arithmetic(folder: &Path) -> Result<String> {
    const NEAR: [f64; 4] = [4.0, 2.0, 1.0, 0.5];
    let mut text = String::from(
        "\n## Arithmetic\n\nGFLOP of products, forwards and backwards, until nFD was first seen at that value or below, \
         seed by seed.\n\n| Preset | GFLOP a step | nFD 4 | 2 | 1 | 0.5 |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for preset in PRESETS.iter().filter(|preset| preset.data == "mnist" && preset.provokes.is_none()) {
        let (results, cost) = (results(folder, preset)?, Cost::of(preset)?);
        if results.is_empty() {
            continue;
        }
        let reached = |result: &Value, nfd: f64| {
            let near = |point: &&Value| point["nfd"].as_f64().is_some_and(|value| value <= nfd);
            let step = result["points"].as_array()?.iter().find(near)?["step"].as_f64()?;
            Some(format!("{:.0}", cost.until(step)))
        };
        let cells = NEAR.map(|nfd| {
            let cells = results.iter().map(|result| reached(result, nfd).unwrap_or("-".into()));
            cells.collect::<Vec<_>>().join(", ")
        });
        text += &format!("| `{}` | {:.3} | {} |\n", preset.key, cost.last(), cells.join(" | "));
    }
    Ok(text)
}

/// The landmarks that a run came past, with their steps, in the order of these.
fn landmarks(result: &Value) -> Vec<(&'static str, u64)> {
    let empty = Vec::new();
    let points = result["points"].as_array().unwrap_or(&empty);
    let mut found: Vec<(&str, u64)> = LANDMARKS
        .iter()
        .filter_map(|landmark| {
            let holds =
                |point: &&Value| point[landmark.value].as_f64().is_some_and(|value| landmark.bound.holds(value));
            Some((landmark.key, points.iter().find(holds)?["step"].as_u64()?))
        })
        .collect();
    found.sort_by_key(|(_, step)| *step);
    found
}

fn curve(preset: &'static Preset, result: &Value) -> Result<String> {
    let cost = Cost::of(preset)?;
    let empty = Vec::new();
    let points = result["points"].as_array().unwrap_or(&empty);
    let all = [
        "nfd",
        "classifier_score",
        "precision",
        "recall",
        "density",
        "coverage",
        "entropy",
        "conditional_accuracy",
        "nearest_median",
        "checkerboard",
        "estimate",
        "gradient_norm",
        "clipped",
        "modes",
        "high_quality",
        "mean_radius",
    ];
    let all = all.into_iter().chain(preset.algorithm.measures().iter().map(|measure| measure.key));
    let columns: Vec<&str> = all.filter(|name| points.iter().any(|point| point[*name].is_number())).collect();
    let mut text = format!(
        "\n### `{}`, seed {}, {}\n\n| images | steps | GFLOP | seconds | {} |\n|{}\n",
        preset.key,
        result["seed"],
        result["adapter"].as_str().unwrap_or(""),
        columns.join(" | "),
        "---:|".repeat(columns.len() + 4)
    );
    for point in points {
        let cell = |name: &&str| point[*name].as_f64().map_or(String::new(), |value| format!("{value:.3}"));
        text += &format!(
            "| {} | {} | {:.0} | {} | {} |\n",
            point["images"],
            point["step"],
            cost.until(point["step"].as_f64().unwrap_or(0.0)),
            point["seconds"],
            columns.iter().map(cell).collect::<Vec<_>>().join(" | ")
        );
    }
    Ok(text)
}

/// Writes `src/catalogue/records.rs` from the results.
pub fn record(folder: &Path) -> Result<()> {
    let mut text = String::from(
        "//! What the presets reached, written by `ganvas measure --record`; not by hand.\n\nuse crate::gan::Record;\n\n\
         #[rustfmt::skip]\npub(super) const RECORDS: &[Record] = &[\n",
    );
    for preset in PRESETS.iter() {
        let results = results(folder, preset)?;
        let Some((result, point)) = results.iter().find_map(|result| Some((result, judged(result, preset)?))) else {
            continue;
        };
        let figures = preset.goals.iter().map(|goal| {
            let value = value_of(result, goal, preset);
            format!("({:?}, {})", bound(goal), rust_number(value))
        });
        text += &format!(
            "    Record {{ preset: {:?}, seed: {}, steps: {}, images: {}, seconds: {:?}, backend: {}, adapter: {}, nfd: {}, figures: &[{}], landmarks: &[{}] }},\n",
            preset.key,
            result["seed"],
            point["step"],
            point["images"],
            point["seconds"].as_f64().unwrap_or(0.0),
            result["backend"],
            result["adapter"],
            rust_number(point["nfd"].as_f64()),
            figures.collect::<Vec<_>>().join(", "),
            landmarks(result).iter().map(|(key, step)| format!("({key:?}, {step})")).collect::<Vec<_>>().join(", ")
        );
    }
    write_table("records.rs", text)
}

/// Writes `src/catalogue/trained.rs`: the weights below a folder, and what was measured of them.
pub fn record_trained(weights: &Path, folder: &Path) -> Result<()> {
    let mut text = String::from(
        "//! Runs that one can start from, written by `ganvas weights`; not by hand.\n\nuse crate::gan::Trained;\n\n\
         #[rustfmt::skip]\npub(super) const TRAINED: &[Trained] = &[\n",
    );
    for preset in PRESETS.iter() {
        let path = weights.join(format!("{}.safetensors", preset.key));
        if !path.exists() {
            continue;
        }
        let bytes = fs::read(&path).map_err(|error| file_error(&path, error))?;
        let result = read_json(&folder.join(preset.key).join(TRAINED))?.unwrap_or_default();
        let steps = Saved::read(&bytes)?.step;
        let figures = preset.goals.iter().map(|goal| {
            let value = result[goal.value].as_f64();
            format!("({:?}, {})", bound(goal), rust_number(value))
        });
        text += &format!(
            "    Trained {{ preset: {:?}, steps: {steps}, size_bytes: {}, figures: &[{}] }},\n",
            preset.key,
            bytes.len(),
            figures.collect::<Vec<_>>().join(", ")
        );
    }
    write_table("trained.rs", text)
}

fn rust_number(value: Option<f64>) -> String {
    value.map_or("None".into(), |value| format!("Some({value:?})"))
}

/// Ends a table and writes it to the catalogue.
fn write_table(name: &str, mut text: String) -> Result<()> {
    text += "];\n";
    let path = Path::new("src/catalogue").join(name);
    fs::write(&path, text).map_err(|error| file_error(&path, error))?;
    say!("wrote {}", path.display());
    Ok(())
}
