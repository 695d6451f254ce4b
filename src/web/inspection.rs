//! What the page sees inside a run: verdicts tile by tile, gradients layer by layer, and one example through all layers.

use super::laboratory::object;
use super::session::Session;
use super::thrown;
use super::view::picture_of;
use crate::error::Error;
use crate::gan::plans;
use crate::metrics::judge::{PIXELS, SIDE};
use crate::metrics::neighbours::nearest_few;
use crate::train::{Inspection, Reference};
use js_sys::{Array, Float32Array, Float64Array, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::prelude::*;

/// Training images that are shown beside an example.
const NEIGHBOURS: usize = 3;
/// Filters of the first layer that are shown.
const FILTERS: usize = 32;

#[wasm_bindgen]
impl Session {
    /// `{ step, samples, real, layers, norms }`: D's logits of the page of fixed latents and of the page of real examples
    /// (Float32Array), and the length of each layer's last gradient (Float64Array) beside its name.
    #[wasm_bindgen(js_name = lookInside)]
    pub async fn look_inside(&mut self) -> Result<JsValue, JsValue> {
        let samples = self.trainer.shown(plans::SAMPLE, None, 0).await.map_err(thrown)?.logits;
        let real = self.trainer.shown(plans::REAL, None, 0).await.map_err(thrown)?.logits;
        let (names, norms): (Vec<String>, Vec<f64>) =
            self.trainer.gradient_norms().await.map_err(thrown)?.into_iter().unzip();
        object([
            ("step", self.trainer.step().into()),
            ("samples", Float32Array::from(&samples[..]).into()),
            ("real", Float32Array::from(&real[..]).into()),
            ("layers", strings(names)),
            ("norms", Float64Array::from(&norms[..]).into()),
        ])
    }

    /// One example of a page through all layers; `kind` is "samples" or "real", `tile` its place. Everything in
    /// Float32Arrays but the neighbours' pixels, which are bytes:
    ///
    /// - `step`, `example`, `logit`, `gradient` (of the logit, by each number of the example), `label` (or null)
    /// - `layers`: the names; `shapes`: an array of extents for each; `activations`: all, one after another
    /// - `filterShape`, `filters`: the first weights of D's first layer, `[out, in, ...]`
    /// - `neighbours`: `[distance, label or -1]` each, the nearest first; `neighbourPixels`; `searched`: among how many
    pub async fn inspect(&mut self, kind: String, tile: u32) -> Result<JsValue, JsValue> {
        let (is_real, tile) = (kind == "real", tile as usize);
        let mut inspection = self.take_inspection().map_err(thrown)?;
        inspection.copy(&self.trainer).await.map_err(thrown)?;
        let digits = match &self.laboratory.reference {
            Reference::Digits(digits) => Some(digits),
            Reference::World(_) => None,
        };
        let label_of = |row: usize| digits.and_then(|digits| digits.train_labels.get(row).copied());
        let label = if is_real { label_of(inspection.real_row(tile)) } else { None };
        let seen = match is_real {
            true => {
                let numbers = self.trainer.data().form.numbers();
                let shown = self.trainer.shown(plans::REAL, None, 0).await.map_err(thrown)?;
                let example = shown.examples.chunks_exact(numbers).nth(tile).map(<[f32]>::to_vec);
                inspection.real(example.unwrap_or_default(), tile, label)
            }
            false => inspection.sample(tile),
        };
        let seen = seen.map_err(thrown)?;
        let (filter_shape, filters) = few_filters(inspection.first_weights().unwrap_or_default());
        self.laboratory.inspection = Some(inspection);

        let neighbours = Array::new();
        let (mut bytes, mut searched) = (Vec::new(), 0);
        if let Some(digits) = digits {
            searched = digits.train.len() / PIXELS;
            let nearest = nearest_few(&seen.example, [SIDE, SIDE], &digits.train, NEIGHBOURS).map_err(thrown)?;
            for found in nearest {
                let label = label_of(found.index).map_or(-1.0, f64::from);
                neighbours.push(&Float64Array::from(&[found.distance, label][..]));
                bytes.extend_from_slice(&digits.train[found.index * PIXELS..][..PIXELS]);
            }
        }
        let shapes: Array = seen.layers.iter().map(|layer| extents(&layer.shape)).collect();
        let names = seen.layers.iter().map(|layer| layer.name.clone()).collect();
        let activations: Vec<f32> = seen.layers.iter().flat_map(|layer| layer.values.iter().copied()).collect();
        object([
            ("step", self.trainer.step().into()),
            ("example", Float32Array::from(&seen.example[..]).into()),
            ("logit", seen.logit.into()),
            ("gradient", Float32Array::from(&seen.gradient[..]).into()),
            ("label", label.map_or(JsValue::NULL, JsValue::from)),
            ("layers", strings(names)),
            ("shapes", shapes.into()),
            ("activations", Float32Array::from(&activations[..]).into()),
            ("filterShape", extents(&filter_shape)),
            ("filters", Float32Array::from(&filters[..]).into()),
            ("neighbours", neighbours.into()),
            ("neighbourPixels", Uint8Array::from(&bytes[..]).into()),
            ("searched", (searched as f64).into()),
        ])
    }

    /// The page of fixed latents, drawn with the generator's parameters themselves and with their average:
    /// `{ step, width, height, raw, averaged }`, RGBA bytes.
    #[wasm_bindgen(js_name = rawAndAveraged)]
    pub async fn raw_and_averaged(&mut self) -> Result<JsValue, JsValue> {
        if self.trainer.settings().recipe.average <= 0.0 {
            let message = "is 0, so this run keeps no average of the generator to compare with".to_string();
            return Err(thrown(Error::Setting { key: "average".into(), message }));
        }
        let mut inspection = self.take_inspection().map_err(thrown)?;
        let raw = inspection.raw_samples(&self.trainer).await.map_err(thrown)?;
        self.laboratory.inspection = Some(inspection);
        let averaged = self.trainer.shown(plans::SAMPLE, None, 0).await.map_err(thrown)?.examples;
        let [raw, averaged] = [raw, averaged].map(|examples| picture_of(&self.trainer, &examples));
        object([
            ("step", self.trainer.step().into()),
            ("width", raw.width.into()),
            ("height", raw.height.into()),
            ("raw", Uint8ClampedArray::from(&raw.rgba()[..]).into()),
            ("averaged", Uint8ClampedArray::from(&averaged.rgba()[..]).into()),
        ])
    }

    /// The inspection, made when first asked for. (One that an error has kept from coming back is made anew.)
    fn take_inspection(&mut self) -> crate::Result<Inspection> {
        match self.laboratory.inspection.take() {
            Some(inspection) => Ok(inspection),
            None => Inspection::new(self.trainer.settings(), self.trainer.data()),
        }
    }
}

/// The first filters.
fn few_filters((mut shape, mut weights): (Vec<usize>, Vec<f32>)) -> (Vec<usize>, Vec<f32>) {
    if let Some(count) = shape.first_mut() {
        let each = weights.len() / *count;
        *count = FILTERS.min(*count);
        weights.truncate(*count * each);
    }
    (shape, weights)
}

fn extents(shape: &[usize]) -> JsValue {
    shape.iter().map(|&extent| JsValue::from(extent as f64)).collect::<Array>().into()
}

fn strings(names: Vec<String>) -> JsValue {
    names.into_iter().map(JsValue::from).collect::<Array>().into()
}
