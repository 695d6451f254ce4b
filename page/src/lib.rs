//! The engine as the WebAssembly module of the page. All of it is in `src/web` of the engine; this crate only links it.
//!
//! It is a crate of its own because the compiler turns loops into vector code only where the crate that is linked last is
//! optimised for speed, and the engine is optimised for size.

#[cfg(target_arch = "wasm32")]
extern crate engine;
