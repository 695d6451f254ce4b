//! What a session trains on, and what the page is told about it.

use super::inflate;
use super::laboratory::SEARCHED;
use crate::data::domains::Domain;
use crate::data::points::PointSet;
use crate::data::{Arrangement, Dataset, Examples, HELD_OUT, MNIST, SetRow, procedural};
use crate::error::Result;
use crate::train::{Reference, Settings};
use js_sys::{Array, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// Generated digits stand in where the data file is missing; as many as one can look through, few enough to be instant.
const GENERATED_COUNT: usize = 8_000;

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DataInfo {
    name: String,
    /// `image` or `point`.
    form: &'static str,
    count: usize,
    test_count: usize,
    checksum: String,
    source: String,
    licence: String,
    size_bytes: usize,
    generated: bool,
    note: String,
    /// What was made of the images here; empty where they are as they came.
    made: String,
    /// The name of the judge that measures take, `judges/NAME.safetensors`; empty where they take none.
    judge: &'static str,
}

/// The data of a session.
pub(super) struct Source {
    pub examples: Examples,
    pub info: DataInfo,
    /// What samples are compared with.
    pub reference: Reference,
}

impl Source {
    /// The tables of what was drawn; the points of a world; or images from the file's bytes; or generated ones, with a note that says why. `unpacked`: see
    /// [`inflate::unpack`].
    pub async fn read(
        data: &JsValue,
        unpacked: Option<Array>,
        problem: Option<String>,
        settings: &Settings,
        report: &dyn Fn(&str, usize, usize),
    ) -> Result<Source> {
        if let Some(set) = settings.point_set() {
            let set = set?;
            let (examples, info) = (Examples::points(&set), describe_points(&set));
            return Ok(Source { examples, info, reference: Reference::World(set) });
        }
        if let Some((sets, count)) = settings.drawn() {
            return read_drawn(sets, count, data, settings);
        }
        let dataset = read_images(data, unpacked, problem, settings, report).await;
        let mut reference = Reference::of_images(&dataset, settings.examples as usize, SEARCHED);
        let mut info = describe(&dataset, settings);
        let examples = settings.training_data(dataset)?;
        reference.take_classes(&examples);
        info.count = examples.shape.count;
        Ok(Source { examples, info, reference })
    }
}

/// The rows of sets that are drawn: the page has another module for that, and hands over the tables.
fn read_drawn(
    sets: &'static [ganvas_sets::Set],
    count: usize,
    tables: &JsValue,
    settings: &Settings,
) -> Result<Source> {
    let tables = tables.dyn_ref::<Array>().into_iter().flat_map(Array::iter);
    let tables = tables.map(|table| Uint8Array::new(&table).to_vec()).collect();
    let about: Vec<&str> = sets.iter().map(|set| set.about).collect();
    let info = DataInfo {
        name: SetRow::find(settings.data).map_or("", |row| row.name).into(),
        form: "image",
        count: count * sets.len(),
        test_count: HELD_OUT * sets.len(),
        checksum: String::new(),
        source: format!("Drawn by this program from the seed. {}", about.join(" ")),
        licence: String::new(),
        size_bytes: 0,
        generated: false,
        note: String::new(),
        made: String::new(),
        judge: settings.judged_set().map_or("", |set| set.key),
    };
    let examples = Examples::drawn(sets, count, tables);
    Ok(Source { examples, info, reference: Reference::Galleries(None) })
}

async fn read_images(
    data: &JsValue,
    unpacked: Option<Array>,
    problem: Option<String>,
    settings: &Settings,
    report: &dyn Fn(&str, usize, usize),
) -> Dataset {
    let problem = match (data.dyn_ref::<Uint8Array>(), problem) {
        (Some(bytes), None) => {
            let name = format!("{MNIST}.ganvas");
            match inflate::unpack(&name, bytes, unpacked, &|done, total| report("Checking the data", done, total)).await
            {
                Ok(dataset) => return dataset,
                Err(error) => format!("The data file cannot be used ({error})."),
            }
        }
        (_, Some(problem)) => problem,
        (None, None) => "There is no data file.".into(),
    };
    report("Drawing digits", 0, 1);
    let mut dataset = procedural::generated_digits(GENERATED_COUNT, settings.seed);
    dataset.note = format!("{problem} {}", dataset.note);
    dataset
}

fn describe(dataset: &Dataset, settings: &Settings) -> DataInfo {
    let of = &dataset.name;
    let made = match settings.arrangement() {
        Arrangement::Single | Arrangement::Drawn(_) => String::new(),
        Arrangement::Unpaired(domain) => format!(
            "of {of} by this program: a is one half of the images as they are, b is the other half {}; no image of one belongs \
             to an image of the other",
            in_domain(domain)
        ),
        Arrangement::Paired(domain) => {
            format!("of {of} by this program: pairs of each image and the same image {}", in_domain(domain))
        }
    };
    let name = match SetRow::find(settings.data).filter(|_| !made.is_empty()) {
        Some(row) if !dataset.generated => row.name.into(),
        _ => of.clone(),
    };
    DataInfo {
        name,
        form: "image",
        count: dataset.count,
        test_count: dataset.test_count,
        checksum: dataset.checksum.clone(),
        source: dataset.source.clone(),
        licence: dataset.licence.clone(),
        size_bytes: dataset.size_bytes,
        generated: dataset.generated,
        note: dataset.note.clone(),
        made,
        judge: MNIST,
    }
}

/// What a domain has made of an image, in words.
fn in_domain(domain: Domain) -> &'static str {
    match domain {
        Domain::Inverse => "with ink and paper exchanged",
        Domain::Edges | Domain::Outline => "as its outline",
        Domain::Texture => "on a smooth grey ground",
    }
}

fn describe_points(set: &PointSet) -> DataInfo {
    DataInfo {
        name: set.name.clone(),
        form: "point",
        count: set.points.len() / set.coordinates,
        test_count: 0,
        checksum: String::new(),
        source: "Drawn by this program from the seed.".into(),
        licence: String::new(),
        size_bytes: 0,
        generated: false,
        note: String::new(),
        made: String::new(),
        judge: "",
    }
}
