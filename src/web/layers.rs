//! Lists of layers for the page's editor: what each layer makes, what does not fit, and what would.

use super::laboratory::object;
use super::tables::from_object;
use crate::gan::default_layers;
use crate::gan::layers::{Argument, Fix, KINDS, KindRow, LayerList, Problem, Row, Task, shape_text};
use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::*;

/// The kinds of layers, `{ name, help, arguments: [{ name, start, min, max, step }] }` each, in the order of a menu.
fn kinds() -> Result<Array, JsValue> {
    let argument = |&Argument { name, start, min, max, scale, .. }: &Argument| {
        let number = |kept: u16| JsValue::from(f64::from(kept) / f64::from(scale));
        object([
            ("name", name.into()),
            ("start", number(start)),
            ("min", number(min)),
            ("max", number(max)),
            ("step", if scale == 1 { 1.0 } else { 0.05 }.into()),
        ])
    };
    let kind = |&KindRow { name, help, arguments, .. }: &KindRow| {
        let arguments: Array = arguments.iter().map(argument).collect::<Result<_, _>>()?;
        object([("name", name.into()), ("help", help.into()), ("arguments", arguments.into())])
    };
    KINDS.iter().map(kind).collect()
}

/// Both networks as the settings have them, whether they can be built or not: `{ generator, discriminator, kinds }`, the
/// first two `{ text, input, layers, problem }`, the last for a menu. Needs no session.
///
/// `text` is the list, the architecture's own where the settings have none, and empty where theirs cannot be read. `layers`
/// holds `{ output, parameters, flops }` of those before the first that does not fit. `problem` is null or
/// `{ layer, message, blocks, fixes: [{ label, text }] }`.
#[wasm_bindgen(js_name = describeLayers)]
pub fn describe_layers(settings: JsValue) -> Result<JsValue, JsValue> {
    // A list that does not fit is taken back in these; the texts are looked at as they are.
    let (resolved, _) = from_object(&settings);
    let network = |key: &str, is_generator: bool| {
        let text = Reflect::get(&settings, &key.into())?.as_string().unwrap_or_default();
        let task = Task::new(&resolved.recipe, resolved.shape(), is_generator);
        let parsed = LayerList::parse(&text);
        let list = match &parsed {
            Ok(list) if list.is_empty() => default_layers(&resolved.recipe, is_generator),
            Ok(list) => *list,
            Err(_) => LayerList::EMPTY,
        };
        let check = task.check(&list);
        let problem = match parsed {
            Err(misfit) => {
                let message = format!("Layer {}, {}.", misfit.layer + 1, misfit.message);
                Some(Problem { layer: misfit.layer, message, blocks: true, fixes: Vec::new() })
            }
            // Two numbers are no list, and need none.
            Ok(_) if list.is_empty() => None,
            Ok(_) => task.problem(&list, &check),
        };
        let row = |row: &Row| {
            object([
                ("output", shape_text(row.output).into()),
                ("parameters", (row.parameters as f64).into()),
                ("flops", (row.flops as f64).into()),
            ])
        };
        object([
            ("text", list.to_string().into()),
            ("input", shape_text(task.input).into()),
            ("layers", check.rows.iter().map(row).collect::<Result<Array, _>>()?.into()),
            ("problem", problem.map_or(Ok(JsValue::NULL), problem_object)?),
        ])
    };
    object([
        ("generator", network("generator_layers", true)?),
        ("discriminator", network("discriminator_layers", false)?),
        ("kinds", kinds()?.into()),
    ])
}

fn problem_object(problem: Problem) -> Result<JsValue, JsValue> {
    let fix = |fix: Fix| object([("label", fix.label.into()), ("text", fix.layers.to_string().into())]);
    let fixes: Array = problem.fixes.into_iter().map(fix).collect::<Result<_, _>>()?;
    object([
        ("layer", (problem.layer as f64).into()),
        ("message", problem.message.into()),
        ("blocks", problem.blocks.into()),
        ("fixes", fixes.into()),
    ])
}
