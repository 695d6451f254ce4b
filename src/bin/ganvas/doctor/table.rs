//! What the doctor said at each look, counted: when it was right first, what was false, and how long its cures took.

use ganvas::gan::Preset;
use ganvas::train::doctor::FINDINGS;

/// Settings and their values.
pub type Change = Vec<(&'static str, String)>;

/// One look at a run.
pub struct Look {
    pub step: u32,
    /// The keys of the findings.
    pub said: Vec<&'static str>,
}

/// A run with the cure that was offered, from its beginning.
pub struct Cured {
    pub change: Change,
    pub looks: Vec<Look>,
}

/// What was said of one run.
pub struct Said {
    pub looks: Vec<Look>,
    pub cured: Option<Cured>,
}

/// A preset with its runs, one for each seed.
pub type Row<'a> = (&'static Preset, &'a [Said]);

/// What is true of an exhibit beside what it is named after, so that it is not false to say it.
const ALSO_TRUE: [(&str, &[&str]); 5] = [
    ("collapse-ring8", &["discriminator_too_strong"]),
    ("collapse-mnist", &["discriminator_too_strong"]),
    ("d-wins-mnist", &["mode_collapse"]),
    ("vanishing-mnist", &["discriminator_too_strong", "mode_collapse"]),
    ("checkerboard-mnist", &["discriminator_too_strong"]),
];
/// Not a finding, whatever the run is.
const NEUTRAL: [&str; 2] = ["early", "watching"];

fn is_right(preset: &Preset, key: &str) -> bool {
    key == preset.provokes.unwrap_or("healthy")
}

fn is_false(preset: &Preset, key: &str) -> bool {
    let also_true = ALSO_TRUE.iter().find(|(known, _)| *known == preset.key).map_or(&[][..], |(_, keys)| keys);
    !(is_right(preset, key) || key == "healthy" || NEUTRAL.contains(&key) || also_true.contains(&key))
}

/// When each preset was first told rightly, how steadily since, and every false finding.
pub fn along(rows: &[Row]) -> String {
    let mut table = String::from(
        "\nThe first right finding is the median over the seeds (from the earliest to the latest), and how many runs had one; a \
         run that provokes nothing is told rightly by \u{201c}healthy\u{201d}. Then of all looks since the first right one the \
         share that said it still (of a run that provokes nothing: \u{201c}healthy\u{201d} or \u{201c}watching\u{201d}). A false finding has the looks and the \
         runs in which it was said, and its first and last step. What is true beside the name of an exhibit does not count as \
         false; it is in the second table.\n\n| Preset | provokes | first right at step | right since | false |\n|---|---|---|---:|---|\n",
    );
    for (preset, said) in rows {
        let mut firsts = Vec::new();
        let (mut right, mut since) = (0, 0);
        for run in *said {
            let Some(first) = found_at(preset, &run.looks) else { continue };
            firsts.push(first);
            let is_said = |look: &Look| look.said.iter().any(|key| is_right(preset, key));
            let holds = |look: &&Look| is_said(look) || (preset.provokes.is_none() && look.said == ["watching"]);
            let later = || run.looks.iter().filter(|look| look.step >= first);
            right += later().filter(holds).count();
            since += later().count();
        }
        let share = if since == 0 { String::new() } else { format!("{:.0} %", 100.0 * right as f64 / since as f64) };
        table += &format!(
            "| `{}` | {} | {} | {share} | {} |\n",
            preset.key,
            preset.provokes.unwrap_or("nothing"),
            spread(&firsts, said.len()),
            false_findings(preset, said)
        );
    }
    table
}

/// "550 (500 to 900), 5 of 5".
fn spread(steps: &[u32], runs: usize) -> String {
    let mut sorted = steps.to_vec();
    sorted.sort_unstable();
    match sorted[..] {
        [] => format!("never, 0 of {runs}"),
        [first, .., last] if first != last => {
            format!("{} ({first} to {last}), {} of {runs}", sorted[sorted.len() / 2], sorted.len())
        }
        [only, ..] => format!("{only}, {} of {runs}", sorted.len()),
    }
}

fn false_findings(preset: &Preset, said: &[Said]) -> String {
    let mut all = Vec::new();
    for (key, ..) in FINDINGS.iter().filter(|(key, ..)| is_false(preset, key)) {
        let steps: Vec<Vec<u32>> = said
            .iter()
            .map(|run| run.looks.iter().filter(|look| look.said.contains(key)).map(|look| look.step).collect())
            .collect();
        let runs = steps.iter().filter(|steps| !steps.is_empty()).count();
        let flat: Vec<u32> = steps.concat();
        if let (Some(first), Some(last)) = (flat.iter().min(), flat.iter().max()) {
            all.push(format!("{key}: {} looks in {runs} runs, {first} to {last}", flat.len()));
        }
    }
    all.join("; ")
}

/// In how many looks each finding was said.
pub fn counts(rows: &[Row]) -> String {
    let keys: Vec<&str> = FINDINGS.iter().map(|(key, ..)| *key).filter(|key| *key != "early").collect();
    let mut table = format!(
        "\nIn how many looks each was said; a look can say several.\n\n| Preset | looks | {} |\n|---|---:|{}\n",
        keys.join(" | "),
        "---:|".repeat(keys.len())
    );
    for (preset, said) in rows {
        let looks: Vec<&Look> = said.iter().flat_map(|run| &run.looks).collect();
        let cell = |key: &&str| match looks.iter().filter(|look| look.said.contains(key)).count() {
            0 => String::new(),
            count => count.to_string(),
        };
        let cells: Vec<String> = keys.iter().map(cell).collect();
        table += &format!("| `{}` | {} | {} |\n", preset.key, looks.len(), cells.join(" | "));
    }
    table
}

/// How long the cures took.
pub fn cures(rows: &[Row]) -> String {
    let mut table = String::from(
        "\nEach exhibit once more from its beginning, with the cure that was offered: the first step at which it was called \
         healthy, counted from the step on at which the defect was found without the cure, and after which the defect was not found \
         any more; and what was said at the end.\n\n\
         | Preset | cure | healthy at step | said at the end |\n|---|---|---|---|\n",
    );
    for (preset, said) in rows {
        let cured: Vec<(u32, &Cured)> =
            said.iter().filter_map(|run| Some((found_at(preset, &run.looks)?, run.cured.as_ref()?))).collect();
        let Some((_, first)) = cured.first() else { continue };
        let change: Vec<String> = first.change.iter().map(|(key, value)| format!("`{key}={value}`")).collect();
        let healthy: Vec<u32> =
            cured.iter().filter_map(|(found, run)| healthy_at(preset, &run.looks, *found)).collect();
        table += &format!(
            "| `{}` | {} | {} | {} |\n",
            preset.key,
            change.join(" "),
            spread(&healthy, cured.len()),
            at_the_end(&cured)
        );
    }
    table
}

/// When a run was told first that it has what it provokes.
fn found_at(preset: &Preset, looks: &[Look]) -> Option<u32> {
    looks.iter().find(|look| look.said.iter().any(|key| is_right(preset, key))).map(|look| look.step)
}

fn healthy_at(preset: &Preset, looks: &[Look], found: u32) -> Option<u32> {
    let is_ill = |look: &Look| look.said.iter().any(|key| is_right(preset, key));
    let since = looks.iter().rposition(is_ill).map_or(0, |last| last + 1);
    looks[since..].iter().find(|look| look.step >= found && look.said == ["healthy"]).map(|look| look.step)
}

/// "healthy 4, watching 1".
fn at_the_end(cured: &[(u32, &Cured)]) -> String {
    let ends: Vec<&str> =
        cured.iter().filter_map(|(_, run)| run.looks.last()).flat_map(|look| look.said.clone()).collect();
    let count = |key: &str| ends.iter().filter(|said| **said == key).count();
    let parts: Vec<String> =
        FINDINGS.iter().filter(|(key, ..)| count(key) > 0).map(|(key, ..)| format!("{key} {}", count(key))).collect();
    parts.join(", ")
}
