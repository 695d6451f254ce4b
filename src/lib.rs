//! Ganvas trains small GANs live in a web page, with hand-written WGSL compute shaders on WebGPU.
//!
//! One direction of flow:
//!
//! ```text
//! dataset -> batch -> graph -> plan -> kernels -> samples -> page
//!  data/              graph/          kernel/ backend/  train/  web/
//! ```
//!
//! A module uses only modules to its left, and the small shared ones: decimal, error, shape, rng, order, tensor_file.

pub mod apps;
pub mod backend;
pub mod bench;
pub mod catalogue;
#[cfg(feature = "check")]
pub mod check;
pub mod data;
pub mod decimal;
pub mod error;
pub mod export;
pub mod game;
pub mod gan;
pub mod graph;
pub mod kernel;
pub mod metrics;
pub mod near;
pub mod nn;
pub mod order;
pub mod rng;
pub mod shape;
pub mod tensor_file;
pub mod train;
#[cfg(target_arch = "wasm32")]
mod web;

pub use error::{Error, Result};
