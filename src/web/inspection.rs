//! What the page sees inside a run: verdicts tile by tile, gradients layer by layer, and one example through all layers.

use super::laboratory::object;
use super::session::Session;
use super::thrown;
use crate::train::{Inspection, Look, Reference, Tile, Wish};
use js_sys::{Array, Float32Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Session {
    /// A look inside the run: `{ step, parts, values }`. Each part is `[kind, name, ...extents]`, `values` (a Float32Array)
    /// has them one after another; the kinds are those of [`Look`]. What is wished for:
    ///
    /// - `overview`: D's logits for both pages, and the squared length of each parameter's last gradient
    /// - `tile`: a place on a page, or null, and `isReal`: on which; this example through all layers
    /// - `averages`: the forgeries by raw and by averaged weights
    pub async fn inside(
        &mut self,
        overview: bool,
        tile: Option<u32>,
        is_real: bool,
        averages: bool,
    ) -> Result<JsValue, JsValue> {
        let laboratory = &mut self.laboratory;
        let kind = if is_real { Tile::Real } else { Tile::Sample };
        let wish = Wish { overview, tile: tile.map(|tile| kind(tile as usize)), averages };
        let digits = match &laboratory.reference {
            Reference::Digits(digits) => Some(&**digits),
            Reference::World(_) | Reference::Galleries(_) => None,
        };
        if laboratory.inspection.is_none() {
            let inspection = Inspection::new(self.trainer.settings(), self.trainer.data()).map_err(thrown)?;
            laboratory.inspection = Some(inspection);
        }
        let Some(inspection) = &mut laboratory.inspection else { return Ok(JsValue::NULL) };
        let look = inspection.look(&mut self.trainer, digits, wish).await.map_err(thrown)?;
        look_object(&look, self.trainer.step())
    }
}

#[inline(never)]
pub(super) fn look_object(look: &Look, step: u32) -> Result<JsValue, JsValue> {
    let parts = Array::new();
    for part in &look.parts {
        let row = Array::of2(&part.kind.into(), &part.name[..].into());
        for &extent in &part.shape {
            row.push(&(extent as f64).into());
        }
        parts.push(&row);
    }
    let values = Float32Array::from(&look.values[..]);
    object([("step", step.into()), ("parts", parts.into()), ("values", values.into())])
}
