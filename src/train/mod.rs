//! Training: what the visitor or the terminal asks for, as runs of plans; what came of it, as rows of measurements.
//!
//! - `settings.rs`: the table of settings that drives the page's controls, its links, and the command line
//! - `trainer.rs`: steps and measurements on either backend; `pages.rs`: samples, and all else that a run shows
//! - `stages.rs`: runs whose networks grow
//! - `checkpoint.rs`: the whole state of a run as a safetensors file; `opening.rs`: going on from one
//! - `saved.rs`: what such a file says of its run
//! - `pulse.rs`: what can be told at once; `evaluation.rs`, `reference.rs`: how good the samples are
//! - `readings.rs`: how well a game that translates does
//! - `inspection.rs`: what the networks do with one example
//! - `latent.rs`: what the generator makes of given latents; `plane.rs`: both networks in the space of points
//! - `closely.rs`: one step with what each update read and moved
//! - `doctor.rs`: names what is happening, with evidence and remedy
//! - `phase.rs`: one network learns until the other is where it should be
//! - `tuner.rs`: which kernels are the fastest on the run's device
//! - `probe.rs`: questions to the networks of a run
//! - `diagnose.rs`: where a run broke
//! - `profile.rs`: what the launches of a step take

mod checkpoint;
mod closely;
mod diagnose;
pub mod doctor;
mod evaluation;
mod inspection;
mod latent;
mod opening;
mod pages;
mod phase;
pub mod picture;
mod plane;
mod probe;
mod profile;
mod pulse;
mod readings;
mod reference;
mod saved;
pub mod settings;
mod stages;
mod trainer;
pub mod tuner;

pub use crate::gan::METRICS;
pub use closely::Update;
pub use diagnose::Diagnosis;
pub use evaluation::{Effort, Evaluation, Report};
pub use inspection::{Inspection, Look, Tile, Wish};
pub use latent::Explorer;
pub use pages::Shown;
pub use phase::{GUESSING, PHASE_LIMIT, Phase, PhaseEnd, SEEING_THROUGH};
pub use plane::{FIELD_SIDE, LATTICE_SIDE, Plane};
pub use profile::Timed;
pub use pulse::Pulse;
pub use reference::{Digits, Reference};
pub use saved::{Difference, Saved};
pub use settings::Settings;
pub use trainer::{Measurements, Only, Row, Trainer};
