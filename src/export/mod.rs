//! Networks for use elsewhere: what a run's galleries show, as ONNX.
//!
//! - `onnx.rs`: a gallery's graph becomes a model
//! - `nodes.rs`: what each op of the engine is in ONNX
//! - `writer.rs`: a model under construction; `protobuf.rs`: its bytes

mod nodes;
mod onnx;
mod protobuf;
mod writer;

pub use onnx::{Example, Exported, example, galleries, model, onnx};
pub use protobuf::Message;
pub use writer::{OPSET, Port, Values};
