//! Checks against another implementation: cases with expected values (made with PyTorch in f64 by
//! `tests/fixtures/make_fixtures.py`) are built through the public builder and layer functions, run on a backend, and
//! compared. `tests/fixtures/README.md` describes the files.

mod build;
mod file;
mod functional;
mod layers;
mod ops;
mod place;
mod report;
mod run;
mod tolerance;

pub use file::{Attributes, Case, Step, Training, Values, read};
pub use report::{Report, Row, Verdict};
pub use run::{Device, check};
pub use tolerance::{Family, TOLERANCES, Tolerance};
