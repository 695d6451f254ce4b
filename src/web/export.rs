//! A saved run's generator for use elsewhere.

use super::thrown;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// A gallery of a saved run as an ONNX model; where none is named, the first whose batch is of any size. It needs no session,
/// so that any engine's run can be exported by the one that has this.
#[wasm_bindgen(js_name = exportOnnx)]
pub fn export_onnx(state: Uint8Array, gallery: Option<String>) -> Result<Uint8Array, JsValue> {
    let exported = crate::export::onnx(&state.to_vec(), gallery.as_deref()).map_err(thrown)?;
    Ok(Uint8Array::from(&exported.bytes[..]))
}
