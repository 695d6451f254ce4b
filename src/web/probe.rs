//! What the visitor gives to the networks of a run: where sliders stand, and what he has drawn.

use super::session::{Session, picture_object};
use super::thrown;
use super::view::STYLE;
use crate::train::picture;
use js_sys::{Array, Float32Array, Object};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Session {
    /// Moves a slider of the galleries, and draws them.
    #[wasm_bindgen(js_name = setInput)]
    pub async fn set_input(&mut self, key: String, value: f32) -> Result<(), JsValue> {
        self.trainer.set_input(&key, value).await.map_err(thrown)?;
        self.draw().await
    }

    /// What the networks make of inputs `{ key: Float32Array }`, images row by row in [-1, 1], joints from 0 to 1, captions as
    /// numbers of words: a picture `{ width, height, data }` of what the probe puts out, its parts beside each other.
    pub async fn ask(&mut self, probe: String, inputs: Object) -> Result<JsValue, JsValue> {
        let given: Vec<(String, Vec<f32>)> = Object::entries(&inputs)
            .iter()
            .map(|entry| {
                let entry: Array = entry.unchecked_into();
                let values = entry.get(1).dyn_into::<Float32Array>().map(|values| values.to_vec()).unwrap_or_default();
                (entry.get(0).as_string().unwrap_or_default(), values)
            })
            .collect();
        let given: Vec<(&str, &[f32])> = given.iter().map(|(key, values)| (&key[..], &values[..])).collect();
        let output = self.trainer.ask(&probe, &given).await.map_err(thrown)?;
        let known = self.trainer.play().probes.iter().find(|known| known.key == probe);
        let form = known.and_then(|probe| probe.parts.iter().find_map(|part| part.form));
        let (form, parts) = (form.unwrap_or(self.trainer.data().form), known.map_or(1, |probe| probe.parts.len()));
        picture_object(&picture::of(form, &output, parts, &STYLE))
    }
}
