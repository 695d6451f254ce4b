//! How the judge of a set learns: from its rows, all heads at once, Adam with a cosine.

use super::network::{self, Anatomy, Head};
use super::{ARENAS, About, SetJudge, network_of};
use crate::backend::RING_ROWS;
use crate::backend::cpu::CpuBackend;
use crate::data::{Arrangement, Column, DataShape, Examples, Form, HELD_OUT, SetRow};
use crate::error::{Error, Result};
use crate::graph::{Adam, Clock, Effect, Graph, Plan, Program, Table, Tensor, Variables};
use crate::nn::{self, Mode, Scope, functional, losses};
use ganvas_sets::Split;

/// What the judge of a set is shown, and what it shall see.
///
/// The judge of `shapes` looks at volumes, as pictures whose channels are their slices: what is generated there are volumes,
/// and a picture of one shows a side only, by a renderer that is not the set's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The key of what is drawn. Where that is several sets, which have the same columns, it is shown rows of all of them.
    pub set: &'static str,
    /// The column that it is shown: pictures, or volumes.
    pub picture: &'static str,
    /// Columns that can be seen in it, and [`WHICH`].
    pub heads: &'static [&'static str],
}

/// The head that tells of which set a picture is, as its number among those that are drawn.
pub const WHICH: &str = "which";

/// Of each set that has a judge.
pub const VIEWS: &[View] = &[
    View { set: "scenes", picture: "picture", heads: &["map", "style"] },
    View { set: "figures", picture: "target", heads: &["target_joints", "shirt", "trousers", "hair", "sleeve"] },
    View { set: "shapes", picture: "volume", heads: &["family"] },
    View { set: "captioned-digits", picture: "picture", heads: &["digit", "colour", "place"] },
    View { set: "sprites", picture: "picture", heads: &["class", "palette", "direction"] },
    // Ages are hard to see: with a head for them the judge is right about 84 % of the photographs.
    View { set: "faces", picture: "picture", heads: &FACES },
    View { set: "faces-to-emoji", picture: "picture", heads: &FACES_OF_BOTH },
    View { set: "ageing-faces", picture: "picture", heads: &["age_bin", "person", "signs"] },
];

/// Sets whose judge is shown what is held out, in other rows than those that it is tested on, and how many in ten of its rows
/// these are; what a GAN is held to is not what its judge is held to. `sprites` are few combinations, and a judge that never
/// saw some is right about 97 % of the directions only. The people of `ageing-faces` are all held out, and the judge has to
/// know them.
const SHOWN: &[(&str, usize)] = &[("sprites", 1), ("ageing-faces", 10)];

/// Sets whose judge learns by heart what it should see, unless it is shown so many times as many rows; and how much numbers
/// count there.
const FINE: &[(&str, usize, f32)] = &[("ageing-faces", 4, 10.0)];

const FACES: [&str; 6] = ["skin", "hair_colour", "hair_style", "glasses", "beard", "smile"];
/// The same, and in which style.
const FACES_OF_BOTH: [&str; FACES.len() + 1] = {
    let mut heads = [WHICH; FACES.len() + 1];
    heads.split_at_mut(FACES.len()).0.copy_from_slice(&FACES);
    heads
};

/// Below 97 % of the pixels or 99 % of the pictures a judge says little of what others have painted, and neither does one
/// whose numbers are off by more than a pixel of 32.
const LEAST_OF_PIXELS: f64 = 0.97;
const LEAST_OF_PICTURES: f64 = 0.99;
const MOST_DISTANCE: f64 = 1.0 / 32.0;

/// The knobs of the training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    pub steps: u32,
    pub batch_size: usize,
    /// Adam's at the start; it falls to zero along half a cosine (Loshchilov and Hutter 2017).
    pub learning_rate: f32,
    /// Rows that are drawn to train on, of each set.
    pub rows: usize,
    /// The same seed gives the same rows, start and batches.
    pub seed: u32,
    /// See [`Anatomy::widths`].
    pub widths: [usize; 3],
    /// How much the squared error of numbers counts beside the cross-entropy.
    pub numbers_weight: f32,
}

impl Default for Recipe {
    fn default() -> Self {
        Recipe {
            steps: 1_200,
            batch_size: 32,
            learning_rate: 3e-3,
            rows: 10_000,
            seed: 1,
            widths: [16, 24, 40],
            numbers_weight: 1.0,
        }
    }
}

impl Recipe {
    /// The recipe as a sentence.
    pub fn words(&self) -> String {
        let [fine, middle, coarse] = self.widths;
        let times = if self.numbers_weight == 1.0 { String::new() } else { format!("{} times ", self.numbers_weight) };
        format!(
            "U-Net of conv3x3, {fine} channels, {middle} at half the side, {coarse} at a quarter, and back with both beside; \
             each with batch norm and ReLU. Maps by conv1x1, the rest by a linear layer of 4x4 places of the coarsest. Weights \
             start as He et al. (2015) have it. Cross-entropy, of numbers {times}the squared error; batches of {}, Adam {} with \
             cosine decay to 0, {} updates.",
            self.batch_size, self.learning_rate, self.steps
        )
    }
}

/// A training on the CPU backend.
pub struct Training {
    backend: CpuBackend,
    about: About,
    recipe: Recipe,
    /// The picture and then the heads, as bytes of the held-out rows.
    held_out: Vec<Vec<u8>>,
    step: u32,
}

impl Training {
    /// One that has not begun, on rows that are drawn here.
    ///
    /// # Errors
    /// [`Error::Setting`] for a set that has no judge.
    pub fn new(key: &str, recipe: Recipe) -> Result<Training> {
        let sets = SetRow::find(key).and_then(|row| match row.arrangement {
            Arrangement::Drawn(sets) => Some(sets),
            _ => None,
        });
        let found = VIEWS.iter().find(|view| view.set == key).zip(sets);
        let (view, sets) = found.ok_or_else(|| {
            let known: Vec<&str> = VIEWS.iter().map(|view| view.set).collect();
            let message = format!("is “{key}”; sets that have a judge are {}", known.join(", "));
            Error::Setting { key: "data".into(), message }
        })?;
        let recipe = match FINE.iter().find(|(set, ..)| *set == key) {
            Some(&(_, times, numbers_weight)) => Recipe { rows: times * recipe.rows, numbers_weight, ..recipe },
            None => recipe,
        };
        let mut columns = DataShape::drawn(sets, recipe.rows).sets().remove(0).columns;
        let of_each = columns.len();
        columns.push((WHICH, Column::Class { classes: sets.len() }));
        let mut wanted = Vec::new();
        for key in std::iter::once(&view.picture).chain(view.heads) {
            let at = columns.iter().position(|(known, _)| known == key);
            wanted.push(at.ok_or_else(|| {
                let message = format!("has no column “{key}”, which its judge needs");
                Error::Setting { key: "data".into(), message }
            })?);
        }
        let (channels, side) = match columns[wanted[0]].1 {
            Column::Example(Form::Image { channels, height: side, .. }) => (channels, side),
            // Its slices, one behind another.
            Column::Example(Form::Volume { side }) => (side, side),
            _ => {
                let message = format!("has in its column “{}” no pictures and no volumes", view.picture);
                return Err(Error::Setting { key: "data".into(), message });
            }
        };
        let heads = wanted[1..].iter().map(|&at| Head { key: columns[at].0.into(), column: columns[at].1 }).collect();
        let anatomy =
            Anatomy { set: key.into(), picture: view.picture.into(), channels, side, widths: recipe.widths, heads };
        let drawn = Examples::draw(sets, recipe.rows, recipe.seed).tables;
        // The rows of all sets, one set after another: of the first half of each set's tables, and of the second.
        let take = |half: usize, rows: usize| {
            let table = |&at: &usize| match at {
                _ if at == of_each => (0..sets.len()).flat_map(|set| vec![set as u8; rows]).collect(),
                _ => drawn.chunks_exact(2 * of_each).flat_map(|set| set[half * of_each + at].iter().copied()).collect(),
            };
            wanted.iter().map(table).collect::<Vec<Vec<u8>>>()
        };
        let (mut tables, held_out) = (take(0, recipe.rows), take(1, HELD_OUT));
        let recipe = Recipe { rows: recipe.rows * sets.len(), ..recipe };
        if let Some((_, in_ten)) = SHOWN.iter().find(|(set, _)| *set == key) {
            // Of those behind the ones that it is tested on.
            let first = HELD_OUT as u32;
            let rows = first..first + (recipe.rows * in_ten / 10) as u32;
            let more = ganvas_sets::draw(key, recipe.seed, Split::HeldOut, rows).unwrap_or_default();
            for (table, &at) in tables.iter_mut().zip(&wanted) {
                let Some(more) = more.get(at) else { continue };
                table.truncate(table.len() - more.len());
                table.extend(more);
            }
        }
        let backend = CpuBackend::new(program(&anatomy, &recipe)?, tables, recipe.seed)?;
        let rows = recipe.rows as u32;
        let about = About {
            anatomy,
            recipe: recipe.words(),
            seed: recipe.seed,
            rows,
            steps: recipe.steps,
            figures: Vec::new(),
        };
        Ok(Training { backend, about, recipe, held_out, step: 0 })
    }

    /// Updates done.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Does `steps` updates, or fewer where the end is nearer. The mean loss of each head over them.
    ///
    /// # Errors
    /// [`Error::Kernel`] when a loss is no finite number any more.
    pub fn run(&mut self, steps: u32) -> Result<Vec<f64>> {
        let network = network_of(self.backend.program(), network::NAME);
        let columns = self.about.anatomy.heads.len();
        let mut sums = vec![0.0; columns];
        let steps = steps.min(self.recipe.steps - self.step);
        for _ in 0..steps {
            let done = self.step as f32 / self.recipe.steps as f32;
            let rate = self.recipe.learning_rate * 0.5 * (1.0 + (std::f32::consts::PI * done).cos());
            self.backend.set_learning_rate(network, rate);
            self.backend.run(0)?;
            let ring = self.backend.ring(0);
            let row = &ring[self.step as usize % RING_ROWS * columns..][..columns];
            sums.iter_mut().zip(row).for_each(|(sum, &loss)| *sum += f64::from(loss) / f64::from(steps));
            self.step += 1;
        }
        if sums.iter().all(|sum| sum.is_finite()) {
            return Ok(sums);
        }
        let message = format!("a loss is no finite number any more after {} updates", self.step);
        Err(Error::Kernel { kernel: network::NAME.into(), message })
    }

    /// The judge as it stands, tested on the held-out rows.
    pub fn judge(&self) -> Result<SetJudge> {
        let mut judge = SetJudge::new(self.about.clone())?;
        let network = network_of(self.backend.program(), network::NAME);
        // Both programs make the same variables in the same order, so their arenas are laid out alike.
        for (_, arena) in ARENAS {
            judge.write(arena, self.backend.read(network, arena))?;
        }
        let truth: Vec<&[u8]> = self.held_out[1..].iter().map(|table| &table[..]).collect();
        judge.about.figures = judge.figures(&self.held_out[0], &truth)?;
        Ok(judge)
    }
}

impl SetJudge {
    /// The figures of its heads in words, and whether all are good enough to judge by.
    pub fn verdict(&self) -> (String, bool) {
        let (mut words, mut sound) = (Vec::new(), true);
        for (head, &figure) in self.heads().iter().zip(&self.about.figures) {
            let (said, good) = match head.column {
                Column::Example(_) => (format!("{:.2} % of pixels", 100.0 * figure), figure >= LEAST_OF_PIXELS),
                Column::Class { .. } => (format!("{:.2} % of pictures", 100.0 * figure), figure >= LEAST_OF_PICTURES),
                Column::Numbers { .. } | Column::Words { .. } => (format!("{figure:.4} off"), figure <= MOST_DISTANCE),
            };
            words.push(format!("{} {said}", head.key));
            sound &= good;
        }
        let of_each = if self.heads().iter().any(|head| head.key == WHICH) { " of each set" } else { "" };
        (format!("{HELD_OUT} held-out rows{of_each}: {}", words.join(", ")), sound)
    }
}

/// The program of one update. Its tables are the pictures and then the columns of the heads.
fn program(anatomy: &Anatomy, recipe: &Recipe) -> Result<Program> {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let count = recipe.batch_size;
    let (rows, width) = (recipe.rows, anatomy.numbers());
    let pictures = variables.table(Table { rows, width, scale: 2.0 / 255.0, offset: -1.0 });
    let mut tables = Vec::new();
    for head in &anatomy.heads {
        let scale = if head.classes() > 0 { 1.0 } else { 1.0 / 255.0 };
        tables.push(variables.table(Table { rows, width: head.column.width(), scale, offset: 0.0 }));
    }
    // One network, one clock: it goes by the discriminator's.
    let clock = Clock::Discriminator;
    let index = graph.shuffled_index(clock, rows, count)?;
    let pictures = graph.gather(&variables, pictures, index)?;
    let pictures = graph.reshape(pictures, [count, anatomy.channels, anatomy.side, anatomy.side])?;
    let mut truth = Vec::new();
    for table in tables {
        truth.push(graph.gather(&variables, table, index)?);
    }
    let mut scope = Scope::new(&mut graph, &mut variables, network::NAME, Mode::Train);
    let outputs = network::network(&mut scope, pictures, anatomy)?;
    let (network, mut effects) = (scope.network, scope.effects);
    let (mut columns, mut total) = (Vec::new(), graph.constant(0.0, []));
    for ((head, output), truth) in anatomy.heads.iter().zip(outputs).zip(truth) {
        let loss = loss(&mut graph, head, output, truth)?;
        let loss = if head.classes() == 0 { graph.mul_scalar(loss, recipe.numbers_weight)? } else { loss };
        columns.push(loss);
        total = graph.add(total, loss)?;
    }
    effects.push(nn::update(&mut graph, &variables, network, total, Adam::default())?);
    effects.push(Effect::Record { columns });
    let plan = Plan::new("judge", clock, &graph, &variables, &effects)?;
    Ok(Program { variables, plans: vec![plan] })
}

/// What a head minimises: the mean cross-entropy of its pixels or pictures, or the squared error of its numbers.
fn loss(graph: &mut Graph, head: &Head, output: Tensor, truth: Tensor) -> Result<Tensor> {
    let classes = head.classes();
    if classes == 0 {
        return losses::mse_loss(graph, output, truth);
    }
    // A picture's class is a map of one pixel.
    let (count, places) = (graph.shape(truth)[0], head.column.width());
    let output = graph.reshape(output, [count, classes, places])?;
    let truth = graph.reshape(truth, [count, 1, places])?;
    let class = graph.iota(classes)?;
    let class = graph.reshape(class, [1, classes, 1])?;
    let truth = graph.equal(truth, class)?;
    let log = functional::log_softmax(graph, output, 1)?;
    let own = graph.mul(log, truth)?;
    let mean = graph.mean_all(own)?;
    graph.mul_scalar(mean, -(classes as f32))
}
