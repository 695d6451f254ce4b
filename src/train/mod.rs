//! Training: what the visitor or the terminal asks for, as runs of plans; what came of it, as rows of measurements.
//!
//! - `settings.rs`: the table of settings that drives the page's controls, its links, and the command line
//! - `trainer.rs`: steps, samples and measurements on either backend
//! - `checkpoint.rs`: the whole state of a run as a safetensors file
//! - `pulse.rs`: what can be told at once; `evaluation.rs`, `reference.rs`: how good the samples are
//! - `closely.rs`: one step with what each update read and moved
//! - `doctor.rs`: names what is happening, with evidence and remedy
//! - `phase.rs`: one network learns until the other is where it should be
//! - `diagnose.rs`: where a run broke

mod checkpoint;
mod closely;
mod diagnose;
pub mod doctor;
mod evaluation;
mod phase;
pub mod picture;
mod pulse;
mod reference;
pub mod settings;
mod trainer;

pub use closely::Update;
pub use diagnose::Diagnosis;
pub use evaluation::{Effort, Evaluation, Report};
pub use phase::{GUESSING, PHASE_LIMIT, Phase, PhaseEnd, SEEING_THROUGH};
pub use pulse::Pulse;
pub use reference::{Digits, Reference};
pub use settings::Settings;
pub use trainer::{METRICS, Measurements, Only, Row, Shown, Trainer};
