//! Settings: what a run is started with, from what a link, an attribute or a command line says.
//!
//! `settings/table.rs` has a row for each, and games add their own (`settings/list.rs`); from these come the page's controls, the link, the command line and the checks.

mod list;
mod setting;
mod table;
mod texts;

pub use list::SETTINGS;
pub use setting::{Kind, Setting};

use crate::catalogue::PRESETS;
use crate::data::points::{POINT_COUNT, PointSet, World};
use crate::data::{Arrangement, DRAWN, DataShape, Dataset, Examples, Groups, SetRow};
use crate::decimal::Decimal;
use crate::error::Result;
use crate::game::{Builder, Game, Own, Traces};
use crate::gan::layers::LayerList;
use crate::gan::{Choice, Labels, Preset, Recipe, Trained};
use crate::near;

/// Which backend a run asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendChoice {
    /// The GPU if there is a real one, else the CPU.
    Auto,
    Gpu,
    Cpu,
}

impl Choice for BackendChoice {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (BackendChoice::Auto, "auto", "Automatic"),
        (BackendChoice::Gpu, "gpu", "WebGPU"),
        (BackendChoice::Cpu, "cpu", "CPU"),
    ];
}

/// Whether the page chooses the GPU's kernels by measurement while it trains, if it is built with the tuner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunerChoice {
    /// In about a second, and not where shaders take long to make.
    Brief,
    /// Whatever time it takes.
    Thorough,
    Off,
}

impl Choice for TunerChoice {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (TunerChoice::Brief, "brief", "Briefly"),
        (TunerChoice::Thorough, "thorough", "Thoroughly"),
        (TunerChoice::Off, "off", "Not at all"),
    ];
}

/// What the networks are at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// As the seed has them: they know nothing.
    Zero,
    /// As a run of the preset left them, which comes with the program.
    Trained,
}

impl Choice for Start {
    const CHOICES: &'static [(Self, &'static str, &'static str)] =
        &[(Start::Zero, "zero", "From zero"), (Start::Trained, "trained", "Trained")];
}

/// What a run is started with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub preset: &'static Preset,
    pub start: Start,
    pub seed: u32,
    pub backend: BackendChoice,
    pub tune: TunerChoice,
    /// The key of a set, or of a world of points.
    pub data: &'static str,
    /// Training examples that are used; 0 for all.
    pub examples: u32,
    /// What was drawn by hand, for the world `drawn`.
    pub points: Vec<[f32; 2]>,
    pub recipe: Recipe,
    /// Values of the game's own settings.
    pub own: Own,
    pub generator_learning_rate: f32,
    pub discriminator_learning_rate: f32,
}

/// What is wrong with a setting, and what is used in its place; a sentence each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub what: String,
    pub instead: String,
}

/// The seed of a run that names none.
pub const DEFAULT_SEED: u32 = 7;
impl Settings {
    /// The preset's own settings.
    pub fn new(preset: &'static Preset) -> Settings {
        Settings {
            preset,
            start: Start::Zero,
            seed: DEFAULT_SEED,
            backend: BackendChoice::Auto,
            tune: TunerChoice::Brief,
            data: preset.data,
            examples: preset.examples,
            points: Vec::new(),
            recipe: preset.recipe,
            own: Own::new(preset.own),
            generator_learning_rate: preset.generator_learning_rate,
            discriminator_learning_rate: preset.discriminator_learning_rate,
        }
    }

    /// The world of points it trains on; None for images.
    pub fn world(&self) -> Option<World> {
        World::find(self.data)
    }

    /// The world's points.
    ///
    /// # Errors
    /// [`crate::Error::Setting`] where points are to be drawn by hand and cannot be used.
    pub fn point_set(&self) -> Option<Result<PointSet>> {
        self.world().map(|world| world.points(POINT_COUNT, self.seed, &self.points))
    }

    /// What it trains on: what is drawn, the world's points, or the images of the data set that was read, with the classes that are told.
    ///
    /// # Errors
    /// [`crate::Error::Setting`] for points that cannot be used, and for classes that the images cannot fill.
    pub fn training_data(&self, dataset: Dataset) -> Result<Examples> {
        #[cfg(not(target_arch = "wasm32"))]
        if let Some((sets, count)) = self.drawn() {
            return Ok(Examples::draw(sets, count, self.seed));
        }
        match self.point_set() {
            Some(set) => Ok(Examples::points(&set?)),
            None => {
                let examples = Examples::images(dataset, self.examples as usize).arrange(self.arrangement());
                let Recipe { labels, classes, within_labels, .. } = self.recipe;
                match labels {
                    Labels::None => Ok(examples),
                    _ if classes == 0 => Ok(examples),
                    _ => examples.group(classes, within_labels, self.seed),
                }
            }
        }
    }

    /// The sets that are drawn for it, and how many rows of each; None for what is read, and for points.
    pub fn drawn(&self) -> Option<(&'static [ganvas_sets::Set], usize)> {
        let Arrangement::Drawn(sets) = self.arrangement() else { return None };
        Some((sets, if self.examples == 0 { DRAWN } else { self.examples as usize }))
    }

    /// The data whose judge its measures take; None where they take none.
    pub fn judged_set(&self) -> Option<&'static SetRow> {
        let takes = self.preset.algorithm.measures().iter().any(|measure| !measure.reading.seen().is_empty());
        self.drawn().filter(|_| takes).and_then(|_| SetRow::find(self.data))
    }

    /// How its sets are made of the images that are read.
    pub fn arrangement(&self) -> Arrangement {
        SetRow::find(self.data).map_or(Arrangement::Single, |row| row.arrangement)
    }

    /// What is played on these data, in a stage of the run.
    ///
    /// # Errors
    /// [`crate::Error::Setting`] where ingredients do not go together or not with the data.
    pub fn game(&self, data: DataShape, stage: usize) -> Result<Game> {
        // The rates of a run that was trained have fallen; who goes on from there wants to see it learn.
        let recipe = Recipe { begun: self.trained().map_or(0, |trained| trained.steps), ..self.recipe };
        match self.preset.algorithm.entry {
            None => recipe.game(data),
            Some(entry) => Builder::build(entry, &recipe.ingredients(self.own.clone()), &data, stage),
        }
    }

    /// What is played in a stage of the run as graphs with named inputs: those of its galleries that show what networks make.
    ///
    /// # Errors
    /// As [`Settings::game`].
    pub fn traces(&self, data: DataShape, stage: usize) -> Result<Traces> {
        match self.preset.algorithm.entry {
            None => self.recipe.trace(data),
            Some(entry) => Builder::trace(entry, &self.recipe.ingredients(self.own.clone()), &data, stage),
        }
    }

    /// The run that it starts from; None where it starts from zero.
    pub fn trained(&self) -> Option<&'static Trained> {
        self.preset.trained().filter(|_| self.start == Start::Trained)
    }

    /// The shape of the data, as far as the settings tell: MNIST's unless it is a world of points.
    pub fn shape(&self) -> DataShape {
        if let Some((sets, count)) = self.drawn() {
            return DataShape::drawn(sets, count);
        }
        let Some(world) = self.world() else {
            let all = DataShape::digits(60_000);
            let count = if self.examples == 0 { all.count } else { self.examples as usize };
            if self.arrangement() != Arrangement::Single {
                return DataShape { count, ..all }.arranged(self.arrangement());
            }
            let Recipe { labels, classes, within_labels, .. } = self.recipe;
            if labels == Labels::None || classes == 0 {
                return DataShape { count, ..all };
            }
            let groups = Some(Groups::even(classes, if within_labels { all.classes } else { 0 }));
            return DataShape { count, classes, groups, ..all };
        };
        DataShape::points(POINT_COUNT, world.coordinates())
    }

    /// Settings from what a link, an attribute or a command line says. What cannot be used is left at its default and
    /// named in a message; nothing is an error.
    pub fn resolve<'a>(raw: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Settings, Vec<String>) {
        let (settings, problems) = Settings::judge(raw);
        (settings, problems.into_iter().map(|problem| format!("{} {}", problem.what, problem.instead)).collect())
    }

    /// The same with what is wrong apart from what is done about it, for those who would rather stop.
    pub fn judge<'a>(raw: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Settings, Vec<Problem>) {
        let raw: Vec<(&str, &str)> = raw.into_iter().collect();
        let mut messages = Vec::new();
        let mut preset = &PRESETS[0];
        if let Some((_, wanted)) = raw.iter().find(|(key, _)| *key == "preset") {
            match Preset::find(wanted.trim()) {
                Some(found) => preset = found,
                None => {
                    let keys: Vec<&str> = PRESETS.iter().map(|preset| preset.key).collect();
                    messages.push(Problem {
                        what: format!("There is no preset “{}”{}", shown(wanted), near::hint(wanted.trim(), &keys)),
                        instead: format!("Running {} instead.", preset.key),
                    });
                }
            }
        }
        let own = || SETTINGS.iter().filter(|setting| setting.applies(preset.algorithm)).map(|setting| setting.key);
        let mut settings = Settings::new(preset);
        for (key, value) in raw {
            if key == "preset" {
                continue;
            }
            match Setting::find(key) {
                None => {
                    let keys: Vec<&str> = own().collect();
                    let what = format!("There is no setting “{}”{}", shown(key), near::hint(key, &keys));
                    messages.push(Problem { what, instead: "It was ignored.".into() });
                }
                Some(setting) if !setting.applies(preset.algorithm) => {
                    let own = own().collect::<Vec<_>>().join(", ");
                    let what = format!("{} has no setting “{key}”; it has {own}.", preset.algorithm.name);
                    messages.push(Problem { what, instead: "It was ignored.".into() });
                }
                Some(setting) => {
                    if let Err(what) = settings.set(setting, value.trim()) {
                        let instead = format!("Using {} instead.", said(&settings.text(setting.key)));
                        messages.push(Problem { what, instead });
                    }
                }
            }
        }
        settings.reconcile(&mut messages);
        (settings, messages)
    }

    /// Which setting does not go with the others or with the data, by its key, and why.
    fn problem(&self) -> Option<(&'static str, String)> {
        let algorithm = self.preset.algorithm;
        if self.start == Start::Trained && self.trained().is_none() {
            let known: Vec<&str> =
                PRESETS.iter().filter(|known| known.trained().is_some()).map(|known| known.key).collect();
            let message =
                format!("is “trained”, and {} comes without: {} have one.", self.preset.key, known.join(", "));
            return Some(("start", message));
        }
        let Some(entry) = algorithm.entry else {
            if self.arrangement() != Arrangement::Single {
                let message = format!("is made for other games than {}: mnist would work.", algorithm.name);
                return Some(("data", message));
            }
            return self.recipe.conflict().or_else(|| self.recipe.misfit(self.shape()));
        };
        if !entry.data.contains(&self.data) {
            let message = format!("is not what {} takes: it takes {}.", algorithm.name, entry.data.join(", "));
            return Some(("data", message));
        }
        let rows = self.shape().count;
        if self.recipe.batch_size > rows {
            let message = format!(
                "is {} and there are {rows} examples of each kind: choose at most that.",
                self.recipe.batch_size
            );
            return Some(("batch_size", message));
        }
        None
    }

    /// Takes settings back that do not go together, each with a message, until all do.
    fn reconcile(&mut self, messages: &mut Vec<Problem>) {
        let own = Settings::new(self.preset);
        let problem = |settings: &Settings| settings.problem();
        while let Some((key, what)) = problem(self) {
            let setting = Setting::find(key);
            let name = setting.map_or(key, |setting| setting.name);
            let (now, text) = (self.text(key), own.text(key));
            let mut mended = self.clone();
            let taken_back = setting.and_then(|setting| setting.set(&mut mended, &text));
            if taken_back.is_some() && problem(&mended).is_none_or(|(other, _)| other != key) {
                let what = format!("{name} {what}");
                messages.push(Problem { what, instead: format!("Using {} instead of {}.", said(&text), said(&now)) });
                *self = mended;
            } else {
                // It is the others that do not go with the preset's own.
                let instead = "Using the preset\u{2019}s own ingredients and data instead.".into();
                messages.push(Problem { what: format!("{name} {what}"), instead });
                (self.recipe, self.own, self.data, self.examples) =
                    (own.recipe, own.own.clone(), own.data, own.examples);
            }
        }
        if let Some(Err(error)) = self.point_set() {
            let instead = format!("Using {} instead.", World::Ring8.key());
            messages.push(Problem { what: format!("{error}."), instead });
            self.data = World::Ring8.key();
        }
    }

    /// Sets one value from its text; the message says what would be accepted.
    pub fn set(&mut self, setting: &Setting, text: &str) -> std::result::Result<(), String> {
        if let (Kind::Layers, Err(misfit)) = (setting.kind, LayerList::parse(text)) {
            return Err(format!("{}: layer {}, {}.", setting.name, misfit.layer + 1, misfit.message));
        }
        let in_range = match setting.kind {
            Kind::Integer { min, max } => text.parse::<u32>().is_ok_and(|number| (min..=max).contains(&number)),
            Kind::Number { min, max, .. } => f32::read(text).is_some_and(|number| (min..=max).contains(&number)),
            _ => true,
        };
        if in_range && setting.set(self, text).is_some() {
            return Ok(());
        }
        Err(format!("{} takes {}; “{}” is not one.", setting.name, setting.accepts(), shown(text)))
    }

    /// The value of a setting as text, as `set` takes it.
    pub fn text(&self, key: &str) -> String {
        Setting::find(key).map_or(String::new(), |setting| setting.get(self))
    }
}

/// A setting's value in a sentence; an empty list of layers stands for the architecture's own.
fn said(text: &str) -> &str {
    if text.is_empty() { "the preset\u{2019}s own" } else { text }
}

/// The beginning of a text from outside, fit for a message.
fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

#[cfg(test)]
mod tests;
