//! The table of image sets that runs can ask for, beside the worlds of points.

use super::domains::Domain;
use std::sync::LazyLock;

/// How a run's sets are made of the images that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// One set: examples and their classes.
    Single,
    /// Two sets, `a` of one half of the images and `b` of what the domain makes of the other half: nothing belongs together.
    Unpaired(Domain),
    /// One set of pairs: `input` is what the domain makes of `target`.
    Paired(Domain),
    /// What this program draws, with the columns that it has: one set, or several of which no rows belong together.
    Drawn(&'static [ganvas_sets::Set]),
}

/// An image set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetRow {
    /// Its name in links and on the command line.
    pub key: &'static str,
    /// Its name on the page.
    pub name: &'static str,
    pub arrangement: Arrangement,
}

/// The data set that is read from a file; all others here are made of it.
pub const MNIST: &str = "mnist";

/// All of them: the one that is read, what is made of it, and what is drawn.
pub static SETS: LazyLock<Vec<SetRow>> = LazyLock::new(|| {
    let drawn = ganvas_sets::SETS.iter().map(|set| SetRow {
        key: set.key,
        name: set.name,
        arrangement: Arrangement::Drawn(std::slice::from_ref(set)),
    });
    MADE.iter().copied().chain(drawn).collect()
});

/// The one that is read, what is made of it, and what more than one set is drawn for.
const MADE: &[SetRow] = &[
    SetRow { key: MNIST, name: "MNIST", arrangement: Arrangement::Single },
    SetRow { key: "mnist-inverse", name: "MNIST and its inverse", arrangement: Arrangement::Unpaired(Domain::Inverse) },
    SetRow { key: "mnist-edges", name: "MNIST and outlines", arrangement: Arrangement::Unpaired(Domain::Edges) },
    SetRow {
        key: "mnist-texture",
        name: "MNIST and textured grounds",
        arrangement: Arrangement::Unpaired(Domain::Texture),
    },
    SetRow {
        key: "outline-pairs",
        name: "Outlines with their digits",
        arrangement: Arrangement::Paired(Domain::Outline),
    },
    SetRow {
        key: "faces-to-emoji",
        name: "Faces and emoji",
        arrangement: Arrangement::Drawn(&[ganvas_sets::FACES, ganvas_sets::EMOJI_FACES]),
    },
];

impl SetRow {
    /// The set of that key.
    pub fn find(key: &str) -> Option<&'static SetRow> {
        SETS.iter().find(|row| row.key == key)
    }
}
