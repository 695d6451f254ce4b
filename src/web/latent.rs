//! What a session shows of given latents, and of both networks in the plane. It looks at copies: the run stays as it is.

use super::laboratory::object;
use super::session::Session;
use super::thrown;
use crate::train::{Explorer, FIELD_SIDE, LATTICE_SIDE, PlaneView};
use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

fn floats(values: &[f32]) -> JsValue {
    Float32Array::from(values).into()
}

#[wasm_bindgen]
impl Session {
    /// `{ step, examples }`: what G makes of latents `[n, latentDim]` and, where classes are told, labels `[n, classes]`.
    pub async fn generate(&mut self, latents: Vec<f32>, labels: Vec<f32>) -> Result<JsValue, JsValue> {
        let explorer = match &mut self.laboratory.explorer {
            Some(explorer) => explorer,
            none => none.insert(Explorer::new(&self.trainer).map_err(thrown)?),
        };
        let examples = explorer.generate(&self.trainer, &latents, &labels).await.map_err(thrown)?;
        object([("step", self.trainer.step().into()), ("examples", floats(&examples))])
    }

    /// `{ latents, classes }`: what stands behind the grid of samples, and how many classes are told (0: none are).
    #[wasm_bindgen(js_name = pageLatents)]
    pub fn page_latents(&self) -> Result<JsValue, JsValue> {
        object([("latents", floats(&self.trainer.page_latents())), ("classes", self.trainer.told_classes().into())])
    }

    /// Both networks in the plane: `{ step, side, field, real, realLogits, fakes, fakeLogits, pushes, latticeSide, lattice }`,
    /// see `Plane` in `src/train/plane.rs`.
    pub async fn plane(&mut self) -> Result<JsValue, JsValue> {
        if self.laboratory.plane.is_none() {
            self.laboratory.plane = Some(PlaneView::new(&mut self.trainer).await.map_err(thrown)?);
        }
        let Some(view) = &mut self.laboratory.plane else { return Ok(JsValue::NULL) };
        let plane = view.look(&self.trainer).await.map_err(thrown)?;
        object([
            ("step", plane.step.into()),
            ("side", FIELD_SIDE.into()),
            ("field", floats(&plane.field)),
            ("real", floats(&plane.real)),
            ("realLogits", floats(&plane.real_logits)),
            ("fakes", floats(&plane.fakes)),
            ("fakeLogits", floats(&plane.fake_logits)),
            ("pushes", floats(&plane.pushes)),
            ("latticeSide", LATTICE_SIDE.into()),
            ("lattice", floats(&plane.lattice)),
        ])
    }
}
