//! The tables of the page's panel "Explain" know every algorithm, loss and penalty that there is, and name curves and settings
//! as the engine does.

use ganvas::catalogue::{ALGORITHMS, PRESETS};
use ganvas::gan::{Choice, Penalty};
use ganvas::nn::AdversarialLoss;
use ganvas::train::Settings;
use ganvas::train::settings::Setting;
use std::collections::BTreeSet;
use std::path::Path;

fn table(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/page").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn has_row(table: &str, key: &str) -> bool {
    [format!("\n  {key}: {{"), format!("\n  '{key}': {{")].iter().any(|start| table.contains(start))
}

/// What stands in quotes behind `name: `.
fn texts<'t>(table: &'t str, name: &str) -> Vec<&'t str> {
    let start = format!("{name}: '");
    let after = |(at, _)| table[at + start.len()..].split('\'').next().unwrap_or("");
    // A key, and not the end of another one.
    let begins = |&(at, _): &(usize, &str)| !table[..at].ends_with(|before: char| before.is_alphanumeric());
    table.match_indices(&start).filter(begins).map(after).collect()
}

#[test]
fn every_algorithm_loss_and_penalty_is_explained() {
    let (games, losses) = (table("explain-games.js"), table("explain-losses.js"));
    for algorithm in ALGORITHMS.iter() {
        assert!(has_row(&games, algorithm.key), "{} has no row in www/page/explain-games.js", algorithm.key);
    }
    let keys = AdversarialLoss::CHOICES.iter().map(|(_, key, _)| key);
    let penalties = Penalty::CHOICES.iter().filter(|(penalty, ..)| *penalty != Penalty::None).map(|(_, key, _)| key);
    for key in keys.chain(penalties) {
        assert!(has_row(&losses, key), "{key} has no row in www/page/explain-losses.js");
    }
    assert!(!has_row(&games, "frobnication") && !has_row(&losses, "none"));
}

#[test]
fn formulas_name_what_games_record_and_what_can_be_set() {
    let games = table("explain-games.js");
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for preset in PRESETS.iter() {
        let settings = Settings::new(preset);
        let stages = preset.algorithm.entry.map_or(1, |entry| entry.stages.len());
        let game = settings.game(settings.shape(), stages - 1).unwrap();
        known.extend(game.play.curves.iter().map(|curve| curve.key));
    }
    let is_term = |name: &str| games.contains(&format!("{name}: '")) || games.contains(&format!("{name}: R1"));
    let formulas: Vec<&str> = ["D", "G"].iter().flat_map(|side| texts(&games, side)).collect();
    // Some of them say what the symbols D and G stand for.
    let formulas = formulas.into_iter().filter(|text| !text.starts_with("the "));
    let mut count = 0;
    for formula in formulas {
        let names = formula.split(|part: char| !(part.is_alphanumeric() || part == '_'));
        for name in names.filter(|name| name.starts_with(|first: char| first.is_alphabetic())) {
            let is_setting = name.ends_with("_weight") && Setting::find(name).is_some();
            let is_known = known.contains(name) || is_setting || is_term(name);
            assert!(is_known, "“{formula}” names {name}, which no game records, sets or explains");
            count += 1;
        }
    }
    assert!(count > 40, "{count} names were looked at");
}
