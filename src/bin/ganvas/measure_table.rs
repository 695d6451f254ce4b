//! What `ganvas measure` found, as a Markdown table and as the presets' records.

use crate::measure::read_json;
use crate::run::file_error;
use ganvas::Result;
use ganvas::gan::{Bound, Goal, PRESETS, Preset};
use ganvas::metrics::statistics::spearman;
use serde_json::Value;
use std::fs;
use std::path::Path;

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

/// The point by which a preset is judged; None if the run has not come to its budget. Images are judged at the budget's
/// end. A world of points shall be learned within it, so there it is the first point at which all goals hold, if there is
/// one: the game goes on moving afterwards.
fn judged<'r>(result: &'r Value, preset: &Preset) -> Option<&'r Value> {
    let points = result["points"].as_array()?;
    let images = |point: &Value| point["images"].as_u64().unwrap_or(0);
    let last = points.iter().find(|point| images(point) >= preset.budget)?;
    if preset.data == "mnist" {
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
    for preset in PRESETS {
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
                if preset.data == "mnist" { "at" } else { "within" },
                at,
                values.iter().map(shown).collect::<Vec<_>>().join(", "),
                values.len()
            );
        }
    }
    text += "\n## Along the way\n\nThe first seed of each.\n";
    for preset in PRESETS {
        if let Some(result) = results(folder, preset)?.first() {
            text += &curve(preset, result);
        }
    }
    let path = folder.join("README.md");
    fs::write(&path, text).map_err(|error| file_error(&path, error))?;
    println!("wrote {}", path.display());
    Ok(())
}

fn curve(preset: &Preset, result: &Value) -> String {
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
    let columns: Vec<&str> =
        all.into_iter().filter(|name| points.iter().any(|point| point[*name].is_number())).collect();
    let mut text = format!(
        "\n### `{}`, seed {}, {}\n\n| images | steps | seconds | {} |\n|{}\n",
        preset.key,
        result["seed"],
        result["adapter"].as_str().unwrap_or(""),
        columns.join(" | "),
        "---:|".repeat(columns.len() + 3)
    );
    for point in points {
        let cell = |name: &&str| point[*name].as_f64().map_or(String::new(), |value| format!("{value:.3}"));
        text += &format!(
            "| {} | {} | {} | {} |\n",
            point["images"],
            point["step"],
            point["seconds"],
            columns.iter().map(cell).collect::<Vec<_>>().join(" | ")
        );
    }
    text
}

/// Writes `src/gan/records.rs` from the results.
pub fn record(folder: &Path) -> Result<()> {
    let mut text = String::from(
        "//! What the presets reached, written by `ganvas measure --record`; not by hand.\n\nuse super::Record;\n\n\
         #[rustfmt::skip]\npub(super) const RECORDS: &[Record] = &[\n",
    );
    for preset in PRESETS {
        let results = results(folder, preset)?;
        let Some((result, point)) = results.iter().find_map(|result| Some((result, judged(result, preset)?))) else {
            continue;
        };
        let number = |value: Option<f64>| value.map_or("None".into(), |value| format!("Some({value:?})"));
        let figures = preset.goals.iter().map(|goal| {
            let value = value_of(result, goal, preset);
            format!("({:?}, {})", bound(goal), number(value))
        });
        text += &format!(
            "    Record {{ preset: {:?}, seed: {}, steps: {}, images: {}, seconds: {:?}, backend: {}, adapter: {}, nfd: {}, figures: &[{}] }},\n",
            preset.key,
            result["seed"],
            point["step"],
            point["images"],
            point["seconds"].as_f64().unwrap_or(0.0),
            result["backend"],
            result["adapter"],
            number(point["nfd"].as_f64()),
            figures.collect::<Vec<_>>().join(", ")
        );
    }
    text += "];\n";
    let path = Path::new("src/gan/records.rs");
    fs::write(path, text).map_err(|error| file_error(path, error))?;
    println!("wrote {}", path.display());
    Ok(())
}
