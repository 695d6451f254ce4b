//! The browser's own gzip, and its SHA-256 where it has one: native code, and the checksums run beside what is unpacked.

use crate::data::{Dataset, pack::HEAD_BYTES, pack::Unpacking};
use crate::error::{Error, Result};
use js_sys::{Array, Promise, Reflect, Uint8Array};
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

    type Crypto;
    /// Only pages from https or localhost have it.
    #[wasm_bindgen(method, getter)]
    fn subtle(this: &Crypto) -> Option<SubtleCrypto>;
    type SubtleCrypto;
    #[wasm_bindgen(method, catch)]
    fn digest(this: &SubtleCrypto, algorithm: &str, data: &Uint8Array) -> std::result::Result<Promise, JsValue>;
}

/// Where inflated bytes come from: unpacked while the file was on its way, or by this module.
enum Pieces {
    Unpacked(Array),
    Inflating(Reader),
}

impl Pieces {
    async fn next(&self) -> std::result::Result<Option<Uint8Array>, JsValue> {
        let piece = match self {
            Pieces::Unpacked(pieces) => pieces.shift(),
            Pieces::Inflating(reader) => Reflect::get(&JsFuture::from(reader.read()).await?, &"value".into())?,
        };
        Ok(piece.dyn_into().ok())
    }

    async fn cancel(&self) {
        if let Pieces::Inflating(reader) = self {
            // What is still to come is not wanted; a stream that cannot stop is no matter.
            _ = JsFuture::from(reader.cancel()).await;
        }
    }
}

/// Checksums on the browser's own threads.
struct Checksums {
    subtle: Option<SubtleCrypto>,
    pending: Vec<Promise>,
}

impl Checksums {
    fn new() -> Checksums {
        let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).ok().filter(|crypto| !crypto.is_undefined());
        let subtle = crypto.and_then(|crypto| crypto.unchecked_into::<Crypto>().subtle());
        Checksums { subtle, pending: Vec::new() }
    }

    /// Begins with the files that have become complete.
    fn begin(&mut self, unpacking: &Unpacking) -> std::result::Result<(), JsValue> {
        let Some(subtle) = &self.subtle else { return Ok(()) };
        for file in &unpacking.complete()[self.pending.len()..] {
            self.pending.push(subtle.digest("SHA-256", &Uint8Array::from(&file[..]))?);
        }
        Ok(())
    }

    async fn check(self, unpacking: &mut Unpacking) -> Result<()> {
        for digest in self.pending {
            let digest = JsFuture::from(digest).await.map_err(|error| broken(unpacking, &error))?;
            unpacking.check(&Uint8Array::new(&digest).to_vec())?;
        }
        Ok(())
    }
}

/// Reads a packed data set as [`crate::data::pack`] says. `pieces`: what is in it, inflated and in order, if that has been
/// done; they are taken out of the array.
pub(super) async fn unpack(
    name: &str,
    bytes: &Uint8Array,
    pieces: Option<Array>,
    report: &dyn Fn(usize, usize),
) -> Result<Dataset> {
    let size = bytes.length();
    let head = bytes.subarray(0, size.min(HEAD_BYTES as u32)).to_vec();
    let mut unpacking = Unpacking::new(name, &head, size as usize)?;
    let mut checksums = Checksums::new();
    if checksums.subtle.is_some() {
        unpacking = unpacking.checked_by_caller();
    }
    let pieces = match pieces {
        Some(pieces) => Pieces::Unpacked(pieces),
        None => {
            let member = bytes.subarray(unpacking.start() as u32, size);
            Pieces::Inflating(inflated(&member).map_err(|error| broken(&unpacking, &error))?)
        }
    };
    // Told once a megabyte.
    let mut told = 0;
    loop {
        let (done, total) = unpacking.progress();
        if done >> 20 >= told {
            told = (done >> 20) + 1;
            report(done, total);
        }
        let Some(piece) = pieces.next().await.map_err(|error| broken(&unpacking, &error))? else { break };
        if let Err(error) = unpacking.push(&piece.to_vec()) {
            pieces.cancel().await;
            return Err(error);
        }
        checksums.begin(&unpacking).map_err(|error| broken(&unpacking, &error))?;
    }
    report(unpacking.progress().0, unpacking.progress().1);
    checksums.check(&mut unpacking).await?;
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
