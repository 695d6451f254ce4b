//! The engine as the page's worker sees it: the only place that says wasm_bindgen.
//!
//! - `tables.rs`: the tables of presets and settings, and what a link's text becomes
//! - `adapter.rs`: what the browser says of its GPU, and which backend is chosen
//! - `source.rs`: what a session trains on; `inflate.rs`: the data file through the browser's gzip
//! - `session.rs`: a run, its canvases and its measurements
//! - `laboratory.rs`: what it measures beside the training
//! - `inspection.rs`: what it shows of the networks' insides
//! - `export.rs`: a saved run's generator for use elsewhere
//! - `layers.rs`: lists of layers, looked through before anything runs
//! - `latent.rs`: what it shows of given latents and of the plane
//! - `tuning.rs`: the tuner between steps
//! - `profile.rs`: what the launches of a step take
//! - `bench.rs`: the work that engines are compared by, for another page
//! - `view.rs`: the canvases; `info.rs`: the facts that the page is told

mod adapter;
#[cfg(feature = "bench")]
mod bench;
#[cfg(feature = "games")]
mod export;
mod inflate;
mod info;
mod inspection;
mod laboratory;
mod latent;
mod layers;
#[cfg(feature = "games")]
mod probe;
mod profile;
mod session;
mod source;
mod tables;
mod tuning;
mod view;

#[cfg(target_feature = "atomics")]
use crate::backend::cpu::CREW;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the worker began, finer than [`js_sys::Date`] has them.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Runs when the module is loaded: a panic's text is kept where the worker finds it, since after the trap that follows
/// nothing of the engine can be called any more.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        // There is nobody to tell if the global object cannot be written to.
        _ = js_sys::Reflect::set(&js_sys::global(), &"ganvasPanic".into(), &text.into());
        console_error_panic_hook::hook(info);
        #[cfg(target_feature = "atomics")]
        CREW.abandon();
    }));
}

/// What a further worker on this module's memory does from then on; it never returns.
#[cfg(target_feature = "atomics")]
#[wasm_bindgen]
pub fn help() {
    CREW.help();
}

/// An error of ours as a JavaScript `Error`, with the remedy after the message.
fn thrown(error: crate::Error) -> JsValue {
    let (message, remedy) = (error.to_string(), error.remedy());
    let text = match remedy {
        "" => message,
        _ if message.contains(remedy) => message,
        _ => format!("{message}. {remedy}"),
    };
    js_sys::Error::new(&text).into()
}
