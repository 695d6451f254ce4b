//! The browser's own gzip: the page carries no code to inflate with.

use crate::data::{Dataset, pack::HEAD_BYTES, pack::Unpacking};
use crate::error::{Error, Result};
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Only to have bytes as a stream.
    type Response;
    #[wasm_bindgen(constructor, catch)]
    fn new(body: &Uint8Array) -> std::result::Result<Response, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Response) -> ReadableStream;

    type DecompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> std::result::Result<DecompressionStream, JsValue>;

    type ReadableStream;
    #[wasm_bindgen(method, catch, js_name = pipeThrough)]
    fn pipe_through(this: &ReadableStream, to: &DecompressionStream) -> std::result::Result<ReadableStream, JsValue>;
    #[wasm_bindgen(method, js_name = getReader)]
    fn get_reader(this: &ReadableStream) -> Reader;

    type Reader;
    #[wasm_bindgen(method)]
    fn read(this: &Reader) -> Promise;
    #[wasm_bindgen(method)]
    fn cancel(this: &Reader) -> Promise;
}

/// Reads a packed data set as [`crate::data::pack`] says.
pub(super) async fn unpack(name: &str, bytes: &Uint8Array, report: &dyn Fn(usize, usize)) -> Result<Dataset> {
    let size = bytes.length();
    let head = bytes.subarray(0, size.min(HEAD_BYTES as u32)).to_vec();
    let mut unpacking = Unpacking::new(name, &head, size as usize)?;
    let reader =
        inflated(&bytes.subarray(unpacking.start() as u32, size)).map_err(|error| broken(&unpacking, &error))?;
    // Told once a megabyte.
    let mut told = 0;
    loop {
        let (done, total) = unpacking.progress();
        if done >> 20 >= told {
            told = (done >> 20) + 1;
            report(done, total);
        }
        let piece = JsFuture::from(reader.read()).await.map_err(|error| broken(&unpacking, &error))?;
        let value = Reflect::get(&piece, &"value".into()).unwrap_or(JsValue::UNDEFINED);
        let Some(value) = value.dyn_ref::<Uint8Array>() else { break };
        if let Err(error) = unpacking.push(&value.to_vec()) {
            // What is still to come is not wanted; a stream that cannot stop is no matter.
            _ = JsFuture::from(reader.cancel()).await;
            return Err(error);
        }
    }
    report(unpacking.progress().0, unpacking.progress().1);
    unpacking.finish()
}

fn inflated(member: &Uint8Array) -> std::result::Result<Reader, JsValue> {
    let inflating = DecompressionStream::new("gzip")?;
    Ok(Response::new(member)?.body().pipe_through(&inflating)?.get_reader())
}

fn broken(unpacking: &Unpacking, error: &JsValue) -> Error {
    let reason = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    unpacking.broken(&reason.unwrap_or_default())
}
