//! What a session shows of given latents, and of both networks in the plane. It looks at copies: the run stays as it is.

use super::laboratory::object;
use super::session::Session;
use super::thrown;
use crate::data::spread;
use crate::error::Error;
use crate::train::{Explorer, FIELD_SIDE, LATTICE_SIDE};
use js_sys::{Array, Float32Array, Uint32Array};
use wasm_bindgen::prelude::*;

/// Real examples that are shown in the plane.
const REAL: usize = 200;

fn floats(values: &[f32]) -> JsValue {
    Float32Array::from(values).into()
}

impl Session {
    fn explorer(&mut self) -> Result<&mut Explorer, JsValue> {
        let missing = || Error::Setting { key: "latents".into(), message: "nothing was copied yet".into() };
        self.laboratory.explorer.as_mut().ok_or_else(|| thrown(missing()))
    }
}

#[wasm_bindgen]
impl Session {
    /// Copies the networks as they are now, for `generate` and `plane`.
    pub async fn follow(&mut self) -> Result<(), JsValue> {
        let explorer = match &mut self.laboratory.explorer {
            Some(explorer) => explorer,
            none => none.insert(Explorer::new(&self.trainer).map_err(thrown)?),
        };
        explorer.follow(&self.trainer).await.map_err(thrown)
    }

    /// What G makes, `[n, numbers]`, of latents `[n, latentDim]` and, where classes are told, labels `[n, classes]`.
    pub fn generate(&mut self, latents: Vec<f32>, labels: Vec<f32>) -> Result<JsValue, JsValue> {
        let examples = self.explorer()?.generate(&latents, &labels).map_err(thrown)?;
        Ok(floats(&examples))
    }

    /// `{ latents, places, names }`: what stands behind the grid of samples, the class of each place in it, and the names of
    /// all classes (none where none are told).
    #[wasm_bindgen(js_name = pageLatents)]
    pub fn page_latents(&self) -> Result<JsValue, JsValue> {
        let (data, [columns, rows]) = (self.trainer.data(), self.trainer.page());
        let classes = self.trainer.told_classes();
        let seed = self.trainer.settings().seed;
        let places = (0..columns * rows).filter(|_| classes > 0).map(|place| data.class_of_place(seed, place) as u32);
        let names: Array = (0..classes).map(|class| JsValue::from(data.class_name(class))).collect();
        object([
            ("latents", floats(&self.trainer.page_latents())),
            ("places", Uint32Array::from(&places.collect::<Vec<u32>>()[..]).into()),
            ("names", names.into()),
        ])
    }

    /// Both networks in the plane: `{ step, side, coordinates, latticeSide, count, numbers }`. Numbers are, one after another:
    /// the field `side x side` (on the line `side`); `count` real examples, and D's logits for them; fakes, where D pushes
    /// each, and its logits for them; the lattice, `latticeSide x latticeSide` points. See `Plane` in
    /// `src/train/plane.rs`.
    pub fn plane(&mut self) -> Result<JsValue, JsValue> {
        let coordinates = self.trainer.data().form.numbers();
        let mut real = Vec::new();
        if let Some(world) = self.laboratory.reference.world() {
            let count = world.points.len() / coordinates;
            real.extend(spread(count, REAL).flat_map(|row| &world.points[row * coordinates..][..coordinates]));
        }
        let mut plane = self.explorer()?.plane(&real).map_err(thrown)?;
        let mut numbers = std::mem::take(&mut plane.field);
        for part in [&real, &plane.real_logits, &plane.fakes, &plane.pushes, &plane.fake_logits, &plane.lattice] {
            numbers.extend_from_slice(part);
        }
        object([
            ("step", self.trainer.step().into()),
            ("side", FIELD_SIDE.into()),
            ("coordinates", coordinates.into()),
            ("latticeSide", LATTICE_SIDE.into()),
            ("count", plane.real_logits.len().into()),
            ("numbers", floats(&numbers)),
        ])
    }
}
