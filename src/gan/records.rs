//! What the presets reached, written by `ganvas measure --record`; not by hand.

use super::Record;

#[rustfmt::skip]
pub(super) const RECORDS: &[Record] = &[
];
