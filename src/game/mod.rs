//! A game as a value: what an algorithm or an application builds, and what trainer, checkpoints, measures and the page
//! follow.
//!
//! A file of `gan/` or `apps/` writes functions over named inputs. Bound to draws and batches such a function is a turn: it
//! trains. Bound to the draws of a page, or to held-out rows, it is a gallery: it shows, and it is measured.
//!
//! - `knob.rs`: settings that only one game has, and sliders
//! - `builder.rs`: networks, turns and galleries become a program
//! - `draft.rs`: what they have in common while they are built
//! - `measure.rs`: what is measured of galleries
//! - `palette.rs`: maps and their colours; `skeleton.rs`: joints and how they hang together; `lexicon.rs`: words
//! - `probe.rs`: questions to the networks, whose inputs come from outside; `walk.rs`: rows and latents that a visitor chooses, and the
//!   way from one to another
//! - `step.rs`: what a turn or a gallery is written with; `pool.rs`: fakes of earlier steps
//! - `trace.rs`: galleries as graphs with named inputs, for those who take networks elsewhere

mod builder;
mod draft;
mod knob;
mod lexicon;
mod measure;
mod palette;
mod pool;
mod probe;
mod skeleton;
mod step;
mod trace;
mod walk;

pub use builder::Builder;
pub(crate) use draft::table_of;
pub use draft::{Ingredients, LATENT_MEANING, Listed, Named, Network, class_meaning};
pub use knob::{Knob, Own, Slider};
pub use lexicon::Lexicon;
pub use measure::{Measure, Reading, Sight};
pub use palette::Palette;
pub use probe::{First, Pointed, Probe};
pub use skeleton::Skeleton;
pub use step::Step;
pub use trace::{Trace, Traced, Traces};
pub use walk::{LATENTS, WALK_STEPS};

use crate::data::Form;
use crate::error::Result;
use crate::graph::{Clock, NetworkId, Program, VariableId};
use std::ops::Range;

/// Who has a turn. Page, keys and colours go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Discriminators and critics: the police.
    Detective,
    /// Generators: the thieves.
    Forger,
}

impl Side {
    /// The clock that counts the runs of its turn.
    pub fn clock(self) -> Clock {
        match self {
            Side::Detective => Clock::Discriminator,
            Side::Forger => Clock::Generator,
        }
    }
}

/// What a number that a turn records means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve {
    /// Its name in files and messages.
    pub key: &'static str,
    /// Its name on the page.
    pub name: &'static str,
}

/// What most games record: the losses, and the mean output for real examples and for fakes.
pub const D_LOSS: Curve = Curve { key: "d_loss", name: "D loss" };
pub const G_LOSS: Curve = Curve { key: "g_loss", name: "G loss" };
pub const D_REAL: Curve = Curve { key: "d_real", name: "D on real" };
pub const D_FAKE: Curve = Curve { key: "d_fake", name: "D on fakes" };

/// One kind of update: all networks of a side at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub key: &'static str,
    pub side: Side,
    /// That it updates.
    pub networks: Vec<NetworkId>,
    /// Its plan's position in the program.
    pub plan: usize,
    /// For each column of the plan's ring the curve that it belongs to, as a position in [`Play::curves`].
    pub columns: Vec<usize>,
    /// Another plan for some of the updates.
    pub lazy: Option<Lazy>,
}

/// The plan of every so manieth update, the first one too.
#[derive(Clone, Debug, PartialEq)]
pub struct Lazy {
    pub every: u32,
    pub plan: usize,
    pub columns: Vec<usize>,
}

impl Turn {
    /// The plan of the update after `clock` of them, and its columns.
    pub fn at(&self, clock: u32) -> (usize, &[usize]) {
        match &self.lazy {
            Some(lazy) if clock.is_multiple_of(lazy.every) => (lazy.plan, &lazy.columns),
            _ => (self.plan, &self.columns),
        }
    }

    /// Its plans.
    pub fn plans(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.plan).chain(self.lazy.iter().map(|lazy| lazy.plan))
    }
}

/// How what a gallery puts out is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[columns, rows]` of the part that is put out.
    Grid([usize; 2]),
    /// So many examples beside each other, each part in a row of its own.
    Rows(usize),
}

impl Layout {
    /// Examples of each part.
    pub fn count(self) -> usize {
        match self {
            Layout::Grid([columns, rows]) => columns * rows,
            Layout::Rows(count) => count,
        }
    }
}

/// What a part of a gallery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What went in.
    Input,
    /// What the networks made of it.
    Output,
    /// What it should have been.
    Truth,
    /// What came of it by way of the other side and back.
    Again,
    /// What a discriminator says of it, one number an example. Not drawn.
    Logit,
    /// Its class, one number an example. Not drawn.
    Class,
    /// The class of each pixel: planes are listed, and their numbers put out. Not drawn.
    Map,
    /// Cells, each from -1, empty, to 1, filled. Not drawn: what is drawn is a picture of it (`apps/corner.rs`).
    Volume,
    /// A number to be read beside the picture, the same for all examples. Not drawn.
    Number,
}

/// Tensors that lie one after another in a gallery's output, one an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub key: &'static str,
    /// What its row is called.
    pub name: &'static str,
    pub role: Role,
    /// None for single numbers.
    pub form: Option<Form>,
}

impl Part {
    /// Numbers of one example.
    pub fn numbers(&self) -> usize {
        self.form.map_or(1, Form::numbers)
    }

    /// Whether it is a row of the picture.
    pub fn is_drawn(&self) -> bool {
        self.form.is_some() && !matches!(self.role, Role::Map | Role::Volume)
    }
}

/// Something to look at, that training leaves alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Gallery {
    pub key: &'static str,
    pub name: &'static str,
    /// Its plan's position in the program.
    pub plan: usize,
    pub layout: Layout,
    pub parts: Vec<Part>,
    /// What it shows depends on them.
    pub inputs: Vec<NumberInput>,
}

impl Gallery {
    /// The parts that are drawn; they stand first in the output.
    pub fn drawn(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.is_drawn())
    }

    /// What each example of a part that is drawn is: the same for all of them.
    pub fn form(&self) -> Form {
        self.drawn().find_map(|part| part.form).unwrap_or(Form::grey(0, 0))
    }

    /// Where the classes of its examples lie in what it puts out, if it says them.
    pub fn classes(&self) -> Option<Range<usize>> {
        let count = self.layout.count();
        let at = self.parts.iter().position(|part| part.role == Role::Class)?;
        let start = count * self.parts[..at].iter().map(Part::numbers).sum::<usize>();
        Some(start..start + count)
    }

    /// Images in the picture, `[columns, rows]`.
    pub fn page(&self) -> [usize; 2] {
        match self.layout {
            Layout::Grid(page) => page,
            Layout::Rows(count) => [count, self.drawn().count()],
        }
    }
}

/// How a visitor makes an input of a probe. The page’s pad draws all inputs of a probe on one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Drawn {
    /// Lines, and the outlines of strokes.
    Outline,
    /// The strokes themselves, as digits are written.
    Ink,
    /// What is missing of what is drawn beside it: 1 there, -1 elsewhere.
    Hole,
    /// What is where, painted with a brush for each class.
    Map(Palette),
    /// Where joints are, dragged about.
    Joints(Skeleton),
    /// A caption, in words of a list.
    Words(Lexicon),
}

/// Something that goes into a probe: the visitor draws it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Input {
    pub key: &'static str,
    pub name: &'static str,
    pub drawn: Drawn,
    pub form: Form,
    /// Buffers of the network [`INPUTS`].
    pub(crate) variable: VariableId,
}

/// A slider, and where its number is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberInput {
    pub slider: Slider,
    /// A buffer of the network [`INPUTS`], of shape `[]`.
    pub(crate) variable: VariableId,
}

/// The network whose buffers are what the host writes to probes and galleries. It is no part of a saved run.
pub const INPUTS: &str = "inputs";

/// What a trainer follows beside the program.
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    pub turns: Vec<Turn>,
    pub galleries: Vec<Gallery>,
    pub probes: Vec<Probe>,
    pub curves: Vec<Curve>,
}

impl Play {
    /// The gallery of that key.
    pub fn gallery(&self, key: &str) -> Option<&Gallery> {
        self.galleries.iter().find(|gallery| gallery.key == key)
    }

    /// The sliders of its galleries and probes; one that several have comes once.
    pub fn numbers(&self) -> Vec<NumberInput> {
        let mut all: Vec<NumberInput> = Vec::new();
        let of_probes = self.probes.iter().flat_map(|probe| &probe.numbers);
        for input in self.galleries.iter().flat_map(|gallery| &gallery.inputs).chain(of_probes) {
            if !all.iter().any(|known| known.variable == input.variable) {
                all.push(*input);
            }
        }
        all
    }
}

/// What is played: the program, and what its plans are.
#[derive(Clone, Debug)]
pub struct Game {
    pub program: Program,
    pub play: Play,
}

/// A part of a run with networks of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name on the page.
    pub name: &'static str,
    /// Real examples, in thousands, that it lasts; 0 for the last.
    pub thousands: u32,
}

impl Entry {
    /// The step with which a stage begins; the last one never ends.
    /// All last as much longer as [`STAGE_LENGTH`] says, each at least one step.
    pub fn begins(&self, stage: usize, batch_size: usize, own: &Own) -> u32 {
        if stage >= self.stages.len() {
            return u32::MAX;
        }
        let steps = |stage: &Stage| {
            let images = f64::from(stage.thousands) * 1_000.0 * f64::from(own.get(&STAGE_LENGTH));
            ((images / batch_size as f64).ceil() as u32).max(1)
        };
        self.stages[..stage].iter().map(steps).sum()
    }

    /// The stage of the step after so many.
    pub fn stage_of(&self, step: u32, batch_size: usize, own: &Own) -> usize {
        (1..self.stages.len()).take_while(|&stage| self.begins(stage, batch_size, own) <= step).last().unwrap_or(0)
    }
}

/// A knob of games with stages.
pub const STAGE_LENGTH: Knob = Knob::new(
    "stage_length",
    "Length of the stages",
    [0.001, 100.0, 0.1],
    1.0,
    "All stages last so many times as long.",
);

/// For games that stay as they begin.
pub const ONE_STAGE: &[Stage] = &[Stage { name: "", thousands: 0 }];

/// What a game that is not a pair says of itself.
#[derive(Debug)]
pub struct Entry {
    /// Keys of the data sets that it takes.
    pub data: &'static [&'static str],
    /// Keys of those settings, of the ones that all runs have, that it has too.
    pub settings: &'static [&'static str],
    /// Settings of its own.
    pub knobs: &'static [&'static Knob],
    /// In order; at least one.
    pub stages: &'static [Stage],
    pub measures: &'static [Measure],
    /// Builds the networks, turns and galleries of a stage; see [`playable`].
    pub build: Option<Build>,
}

/// Builds the networks, turns and galleries of a stage of a game.
pub type Build = fn(&mut Builder, stage: usize) -> Result<()>;

/// How a game is built, where the engine is compiled with games. The page's first engine is not: it has pairs only, and knows
/// of games what its tables say.
pub const fn playable(build: Build) -> Option<Build> {
    if cfg!(feature = "games") { Some(build) } else { None }
}
