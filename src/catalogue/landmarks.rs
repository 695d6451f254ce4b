//! What a run of a preset comes past, in words: so that whoever watches knows what to look for next. When it comes is
//! measured (`ganvas measure --record`) and stands in the preset's [`Record`].

use crate::gan::{Bound, Record};

/// Something that can be seen on the samples from a certain step on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmark {
    /// Name in records.
    pub key: &'static str,
    /// It is reached where this value of a measurement first keeps to the bound.
    pub value: &'static str,
    pub bound: Bound,
    /// What is to come: "Next: ... in about 4 s."
    pub next: &'static str,
    /// What is so from then on: "Now: ..."
    pub now: &'static str,
}

/// All there are; a preset has those that its measured run came past.
pub const LANDMARKS: &[Landmark] = &[
    Landmark {
        key: "strokes",
        value: "nfd",
        bound: Bound::AtMost(30.0),
        next: "strokes",
        now: "strokes, but no digits yet",
    },
    Landmark {
        key: "columns",
        value: "conditional_accuracy",
        bound: Bound::AtLeast(0.8),
        next: "each column settles on its digit",
        now: "each column draws its digit",
    },
    Landmark {
        key: "readable",
        value: "nfd",
        bound: Bound::AtMost(4.0),
        next: "digits that can be read",
        now: "digits that can be read, and some that cannot",
    },
    Landmark {
        key: "clean",
        value: "nfd",
        bound: Bound::AtMost(2.0),
        next: "cleaner digits",
        now: "clean digits, of few kinds each",
    },
    Landmark {
        key: "close",
        value: "nfd",
        bound: Bound::AtMost(1.0),
        next: "more kinds of each digit",
        now: "digits as near to real ones as if one class were missing",
    },
];

/// Landmarks that a record names with the step at which each came, in the order in which they came.
pub fn landmarks_of(record: &Record) -> impl Iterator<Item = (u32, &'static Landmark)> {
    let find = |key: &str| LANDMARKS.iter().find(|landmark| landmark.key == key);
    record.landmarks.iter().filter_map(move |&(key, step)| Some((step, find(key)?)))
}
