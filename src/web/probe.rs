//! What the visitor gives to the networks of a run: where sliders stand, and what he has drawn.

use super::session::{Session, picture_object};
use super::thrown;
use super::view::STYLE;
use crate::game::{Probe, Role};
use crate::train::picture;
use js_sys::{Array, Float32Array, Object, Reflect, Uint8Array};
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
    /// numbers of words: a picture
    /// `{ width, height, data, volumes, numbers }` of what the probe puts out, in as many columns as it says. Volumes are not
    /// drawn: `volumes` has a Uint8Array of each, one byte a cell, 0 or 1. Nor are `numbers`.
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
        let (form, volumes, numbers) = (self.trainer.data().form, Array::new(), Array::new());
        let count = known.map_or(1, |probe| probe.layout.count());
        let (mut drawn, mut rest) = (Vec::new(), &output[..]);
        let mut drawn_form = None;
        for part in known.iter().flat_map(|probe| &probe.parts) {
            let (values, others) = rest.split_at((count * part.numbers()).min(rest.len()));
            match part.role {
                Role::Volume => {
                    let cells: Vec<u8> = values.iter().map(|&cell| u8::from(cell >= 0.0)).collect();
                    volumes.push(&Uint8Array::from(&cells[..]));
                }
                Role::Number => _ = numbers.push(&values.first().copied().into()),
                _ => {
                    drawn.extend_from_slice(values);
                    drawn_form = drawn_form.or(part.form);
                }
            }
            rest = others;
        }
        let columns = known.map_or(1, Probe::columns);
        let answer = picture_object(&picture::of(drawn_form.unwrap_or(form), &drawn, columns, &STYLE))?;
        Reflect::set(&answer, &"volumes".into(), &volumes)?;
        Reflect::set(&answer, &"numbers".into(), &numbers)?;
        Ok(answer)
    }
}
