//! The tables that the page's controls are made from, as plain objects.

use crate::catalogue::{ALGORITHMS, Landmark, PRESETS, landmarks_of};
use crate::data::points::WORLDS;
use crate::data::{Arrangement, DRAWN, HELD_OUT, MNIST, SETS, SetRow};
use crate::decimal::Decimal;
use crate::gan::{Algorithm, Preset, Record, Trained};
use crate::train::Settings;
use crate::train::settings::{Kind, SETTINGS, Setting};
use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[derive(Serialize)]
struct Tables {
    version: &'static str,
    algorithms: Vec<AlgorithmRow>,
    presets: Vec<PresetRow>,
    settings: Vec<SettingRow>,
    /// The image sets; other data are worlds of points, which need no file.
    sets: Vec<ImageSet>,
    /// Rows of a set that is drawn: to train on where nothing else is asked for, and held out.
    #[serde(rename = "drawnRows")]
    drawn_rows: [usize; 2],
}

#[derive(Serialize)]
struct ImageSet {
    key: &'static str,
    name: &'static str,
    /// The packed file that it is made of, without its ending; null for what is drawn.
    file: Option<&'static str>,
    /// Places among the sets that are drawn, of those that it has; null for the others.
    drawn: Option<Vec<usize>>,
}

/// The image sets: those that are made of a file, then those that are drawn, in their order.
fn image_sets() -> Vec<ImageSet> {
    let of = |&SetRow { key, name, arrangement }: &SetRow| {
        let drawn = match arrangement {
            Arrangement::Drawn(sets) => {
                let place = |of: &ganvas_sets::Set| ganvas_sets::SETS.iter().position(|set| set.key == of.key);
                Some(sets.iter().filter_map(place).collect())
            }
            _ => None,
        };
        ImageSet { key, name, file: drawn.is_none().then_some(MNIST), drawn }
    };
    SETS.iter().map(of).collect()
}

#[derive(Serialize)]
struct AlgorithmRow {
    key: &'static str,
    name: &'static str,
    year: u32,
    paper: &'static str,
    summary: &'static str,
    adds: &'static str,
    watch: &'static str,
    /// Whether it is a generator and a discriminator that play alone, as phases and the looks inside need.
    #[serde(rename = "isPair")]
    is_pair: bool,
    /// Keys of the data that it takes.
    data: Vec<&'static str>,
}

#[derive(Serialize)]
struct RecordRow {
    seed: u32,
    steps: u32,
    images: f64,
    seconds: f64,
    backend: &'static str,
    nfd: Option<f64>,
    figures: Vec<(&'static str, Option<f64>)>,
}

#[derive(Serialize)]
struct TrainedRow {
    steps: u32,
    #[serde(rename = "sizeBytes")]
    size_bytes: u32,
    figures: Vec<(&'static str, Option<f64>)>,
}

#[derive(Serialize)]
struct LandmarkRow {
    step: u32,
    next: &'static str,
    now: &'static str,
}

#[derive(Serialize)]
struct PresetRow {
    key: &'static str,
    name: &'static str,
    algorithm: &'static str,
    note: &'static str,
    provokes: Option<&'static str>,
    #[serde(rename = "lookFor")]
    look_for: &'static str,
    pace: Option<u32>,
    record: Option<RecordRow>,
    trained: Option<TrainedRow>,
    landmarks: Vec<LandmarkRow>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    defaults: JsValue,
}

#[derive(Serialize)]
struct SettingRow {
    key: &'static str,
    name: &'static str,
    kind: &'static str,
    choices: Option<Vec<Choice>>,
    min: Option<f64>,
    max: Option<f64>,
    step: Option<f64>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    default: JsValue,
    unit: &'static str,
    help: &'static str,
    live: bool,
    group: &'static str,
    /// Lists of layers that, if all are given, stand in its place.
    #[serde(rename = "replacedBy")]
    replaced_by: &'static [&'static str],
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    name: &'static str,
}

/// Settings that a preset has its own defaults for.
fn is_of_preset(setting: &Setting) -> bool {
    setting.group != "run"
}

/// A setting's value as the page keeps it: a number, or a string.
fn value(settings: &Settings, setting: &Setting) -> JsValue {
    let text = settings.text(setting.key);
    match (setting.kind, f64::read(&text)) {
        (Kind::Integer { .. } | Kind::Number { .. }, Some(number)) => number.into(),
        _ => text.into(),
    }
}

/// An object of the values of some settings.
fn values(settings: &Settings, wanted: impl Fn(&Setting) -> bool) -> JsValue {
    let object = Object::new();
    for setting in SETTINGS.iter().filter(|setting| wanted(setting)) {
        // A plain object takes every key.
        _ = Reflect::set(&object, &setting.key.into(), &value(settings, setting));
    }
    object.into()
}

fn algorithm_row(algorithm: &&'static Algorithm) -> AlgorithmRow {
    let Algorithm { key, name, year, paper, summary, adds, watch, entry } = **algorithm;
    let single = SETS.iter().filter(|row| row.arrangement == Arrangement::Single).map(|row| row.key);
    let data = entry
        .map_or_else(|| single.chain(WORLDS.iter().map(|&(_, key, _)| key)).collect(), |entry| entry.data.to_vec());
    AlgorithmRow { key, name, year, paper, summary, adds, watch, is_pair: entry.is_none(), data }
}

fn preset_row(preset: &'static Preset) -> PresetRow {
    let Preset { key, name, algorithm, note, provokes, look_for, pace, .. } = *preset;
    let defaults = values(&Settings::new(preset), |setting| is_of_preset(setting) && setting.applies(algorithm));
    let record = preset.record().map(|&Record { seed, steps, images, seconds, backend, nfd, figures, .. }| RecordRow {
        seed,
        steps,
        images: images as f64,
        seconds,
        backend,
        nfd,
        figures: figures.to_vec(),
    });
    let landmarks = preset.record().into_iter().flat_map(landmarks_of);
    let landmarks = landmarks.map(|(step, &Landmark { next, now, .. })| LandmarkRow { step, next, now }).collect();
    let trained = preset.trained().map(|&Trained { steps, size_bytes, figures, .. }| TrainedRow {
        steps,
        size_bytes,
        figures: figures.to_vec(),
    });
    PresetRow {
        key,
        name,
        algorithm: algorithm.key,
        note,
        provokes,
        look_for,
        pace,
        record,
        trained,
        landmarks,
        defaults,
    }
}

fn setting_row(setting: &Setting) -> SettingRow {
    let Setting { key, name, kind, unit, help, live, group, .. } = *setting;
    let (mut choices, mut min, mut max, mut step) = (None, None, None, None);
    let kind = match kind {
        Kind::Preset => {
            choices = Some(PRESETS.iter().map(|preset| Choice { value: preset.key, name: preset.name }).collect());
            "choice"
        }
        Kind::Choice(list) => {
            choices = Some(list().into_iter().map(|(value, name)| Choice { value, name }).collect());
            "choice"
        }
        Kind::Switch => "switch",
        Kind::Points => "points",
        Kind::Layers => "layers",
        Kind::Integer { min: from, max: to } => {
            (min, max, step) = (Some(from.into()), Some(to.into()), Some(1.0));
            "integer"
        }
        Kind::Number { min: from, max: to, step: by } => {
            (min, max, step) = (Some(exact(from)), Some(exact(to)), Some(exact(by)));
            "number"
        }
    };
    let default = value(&Settings::new(&PRESETS[0]), setting);
    SettingRow {
        key,
        name,
        kind,
        choices,
        min,
        max,
        step,
        default,
        unit,
        help,
        live,
        group,
        replaced_by: setting.replaced_by(),
    }
}

/// All algorithms, presets, settings and image sets.
#[wasm_bindgen]
pub fn tables() -> Result<JsValue, JsValue> {
    let tables = Tables {
        version: env!("CARGO_PKG_VERSION"),
        algorithms: ALGORITHMS.iter().map(algorithm_row).collect(),
        presets: PRESETS.iter().map(preset_row).collect(),
        settings: SETTINGS.iter().map(setting_row).collect(),
        sets: image_sets(),
        drawn_rows: [DRAWN, HELD_OUT],
    };
    Ok(serde_wasm_bindgen::to_value(&tables)?)
}

/// Settings from an object of values as a link or an attribute gives them, `{ settings, messages }`. Never throws.
#[wasm_bindgen]
pub fn resolve(raw: JsValue) -> JsValue {
    let (settings, messages) = from_object(&raw);
    let answer = Object::new();
    let messages: js_sys::Array = messages.into_iter().map(JsValue::from).collect();
    // A plain object takes every key.
    _ = Reflect::set(
        &answer,
        &"settings".into(),
        &values(&settings, |setting| setting.applies(settings.preset.algorithm)),
    );
    _ = Reflect::set(&answer, &"messages".into(), &messages);
    answer.into()
}

/// Settings from an object's own properties, whatever their types.
pub(super) fn from_object(raw: &JsValue) -> (Settings, Vec<String>) {
    let entries = raw.dyn_ref::<Object>().map(Object::entries).unwrap_or_default();
    let pairs: Vec<(String, String)> = entries
        .iter()
        .map(|entry| {
            let entry: js_sys::Array = entry.unchecked_into();
            let text = |value: JsValue| {
                value.as_string().unwrap_or_else(|| match value.as_f64() {
                    Some(number) => number.to_string(),
                    None => String::new(),
                })
            };
            (text(entry.get(0)), text(entry.get(1)))
        })
        .collect();
    Settings::resolve(pairs.iter().map(|(key, value)| (&key[..], &value[..])))
}

/// Through text, so that 0.1 stays 0.1: controls count steps from there.
pub(super) fn exact(number: f32) -> f64 {
    f64::read(&number.to_string()).unwrap_or(number.into())
}
