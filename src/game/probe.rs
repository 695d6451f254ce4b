//! Questions to the networks whose inputs come from outside.

use super::{Input, Layout, NumberInput, Part};

/// A question to the networks, and how the answer is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    pub key: &'static str,
    pub name: &'static str,
    /// What to look for; empty where the name says it.
    pub watch: &'static str,
    /// Its plan's position in the program.
    pub plan: usize,
    pub inputs: Vec<Input>,
    /// Numbers that go in beside them.
    pub numbers: Vec<NumberInput>,
    pub layout: Layout,
    /// What it puts out, each for as many examples as the layout has places.
    pub parts: Vec<Part>,
    /// The sliders that a click on a picture moves.
    pub pointed: Option<Pointed>,
    /// What is worked out before, and kept while what it depends on stays as it is.
    pub first: Option<First>,
}

/// The first half of a probe, which takes long.
#[derive(Clone, Debug, PartialEq)]
pub struct First {
    /// Its plan's position in the program.
    pub plan: usize,
    /// The numbers that it depends on, of those of the probe.
    pub numbers: Vec<NumberInput>,
}

impl Probe {
    /// The parts that are drawn.
    pub fn drawn(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.is_drawn())
    }

    /// Pictures beside each other: of one example its parts.
    pub fn columns(&self) -> usize {
        match self.layout {
            Layout::Grid([1, 1]) => self.drawn().count(),
            Layout::Grid([columns, _]) => columns,
            Layout::Rows(count) => count,
        }
    }
}

/// Sliders that say a place in a picture, by their keys. Each counts the places along its side from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointed {
    pub row: &'static str,
    pub column: &'static str,
}
