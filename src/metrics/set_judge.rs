//! Judges of sets that are drawn: small networks that are shown real pictures and say what is in them, column by column of
//! the set: the class of each pixel, a class of the whole picture, numbers.
//!
//! No GAN ever sees them. Each is trained by this engine on rows of one set (`ganvas judge --data KEY`) and lies in
//! `www/judges/KEY.safetensors`, which also says what its layers and heads are: so one loader reads all of them. They run
//! on the CPU backend, also where a GAN trains on the GPU.
//!
//! - `network.rs`: the layers
//! - `training.rs`: what each looks at, and how it learns
//! - `file.rs`: reading and writing

mod file;
mod network;
#[cfg(not(target_arch = "wasm32"))]
mod training;

pub use network::{Anatomy, Head};
#[cfg(not(target_arch = "wasm32"))]
pub use training::{Recipe, Training, VIEWS, View, WHICH};

use crate::backend::Arena;
use crate::backend::cpu::CpuBackend;
use crate::data::{Column, Form};
use crate::error::{Error, Result};
use crate::graph::{Clock, Effect, Graph, Init, NetworkId, Plan, Program, Role, Variables};
use crate::nn::{Mode, Scope, functional};
use crate::tensor_file::{half, of_half};

/// Pictures in one run of the network; more are cut into pieces of so many.
pub const BATCH: usize = 16;
/// The network that holds the pictures, apart from the judge's.
const INPUT: &str = "input";
/// What of a judge its file has.
const ARENAS: [(Role, Arena); 2] = [(Role::Parameter, Arena::Parameters), (Role::Buffer, Arena::Buffers)];

/// What a judge is, and how good it is; it stands in its file.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    pub anatomy: Anatomy,
    /// How it was trained, in words.
    pub recipe: String,
    /// Of the rows, of the start and of the batches.
    pub seed: u32,
    /// Rows that it was trained on, from the first of the seed on.
    pub rows: u32,
    pub steps: u32,
    /// For each head what [`SetJudge::figures`] says of held-out rows; empty before it is tested.
    pub figures: Vec<f64>,
}

/// A trained network, ready to judge.
pub struct SetJudge {
    backend: CpuBackend,
    about: About,
}

/// The program that judges one batch: pictures in a buffer, the outputs of all heads side by side out.
fn program(anatomy: &Anatomy) -> Result<Program> {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let input = variables.network(INPUT);
    let shape = [BATCH, anatomy.channels, anatomy.side, anatomy.side];
    let pictures = variables.variable(input, "pictures", shape.into(), Role::Buffer, Init::Constant(-1.0))?;
    let pictures = graph.variable(&variables, pictures);
    let mut scope = Scope::new(&mut graph, &mut variables, network::NAME, Mode::Eval);
    let mut outputs = Vec::new();
    for output in network::network(&mut scope, pictures, anatomy)? {
        outputs.push(functional::flatten(&mut graph, output, 1)?);
    }
    let value = graph.concat(&outputs, 1)?;
    let plan = Plan::new("judge", Clock::Sample, &graph, &variables, &[Effect::Output { value }])?;
    Ok(Program { variables, plans: vec![plan] })
}

/// The network of that name in a program of ours.
fn network_of(program: &Program, name: &str) -> NetworkId {
    let networks = &program.variables.networks;
    NetworkId(networks.iter().position(|network| network.name == name).expect("the program has both networks"))
}

impl SetJudge {
    /// With the weights it starts from; `write` gives it better ones.
    fn new(about: About) -> Result<SetJudge> {
        // Nothing in the program draws, so the seed does not matter.
        Ok(SetJudge { backend: CpuBackend::new(program(&about.anatomy)?, Vec::new(), 0)?, about })
    }

    /// Gives it weights, of half precision as its file has them.
    fn write(&mut self, arena: Arena, mut values: Vec<f32>) -> Result<()> {
        values.iter_mut().for_each(|value| *value = of_half(half(*value)));
        self.backend.write(network_of(self.backend.program(), network::NAME), arena, &values)
    }

    /// Where it comes from.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its heads, in the order of [`SetJudge::see`].
    pub fn heads(&self) -> &[Head] {
        &self.about.anatomy.heads
    }

    /// The position of the head that gives each pixel its class, if it has one.
    pub fn map_head(&self) -> Option<usize> {
        self.heads().iter().position(|head| matches!(head.column, Column::Example(Form::Map { .. })))
    }

    /// What it sees in pictures `[n, channels, side, side]` in [-1, 1], head by head: `[n, width]` of the width of the
    /// column: classes of pixels, a class, or numbers. Each picture is judged by itself, so it makes no difference in which
    /// pieces they come; a piece of up to [`BATCH`] takes one run of the network. Where a number is no number (NaN), neither
    /// is what is seen.
    ///
    /// # Errors
    /// [`Error::Shape`] when these are no whole pictures.
    pub fn see(&mut self, pictures: &[f32]) -> Result<Vec<Vec<f32>>> {
        let numbers = self.about.anatomy.numbers();
        if !pictures.len().is_multiple_of(numbers) {
            return Err(Error::shape(
                "judge",
                &[&[pictures.len()]],
                format!("takes whole pictures of {numbers} numbers"),
            ));
        }
        let input = network_of(self.backend.program(), INPUT);
        let heads = &self.about.anatomy.heads;
        let outputs: usize = heads.iter().map(Head::outputs).sum();
        let mut seen = vec![Vec::new(); heads.len()];
        let mut batch = vec![-1.0; BATCH * numbers];
        for piece in pictures.chunks(BATCH * numbers) {
            // What is left of a piece before stands behind a short one: the pictures do not meet.
            batch[..piece.len()].copy_from_slice(piece);
            self.backend.write(input, Arena::Buffers, &batch)?;
            self.backend.run(0)?;
            let output = self.backend.output(0);
            for mut row in output.chunks_exact(outputs).take(piece.len() / numbers) {
                for (head, seen) in heads.iter().zip(&mut seen) {
                    let (own, others) = row.split_at(head.outputs());
                    head.read(own, seen);
                    row = others;
                }
            }
        }
        Ok(seen)
    }

    /// How right each head is about pictures of bytes, beside `truth`, the bytes of its column: the share of pixels or of
    /// pictures whose class it sees; of numbers the mean distance, of numbers from 0 to 1.
    pub fn figures(&mut self, pictures: &[u8], truth: &[&[u8]]) -> Result<Vec<f64>> {
        let mut sums = vec![0.0; truth.len()];
        let numbers = self.about.anatomy.numbers();
        for (at, piece) in pictures.chunks(BATCH * numbers).enumerate() {
            let seen = self.see(&super::judge::scaled(piece))?;
            for (((sum, head), truth), seen) in sums.iter_mut().zip(self.heads()).zip(truth).zip(seen) {
                let true_here = truth.iter().skip(at * BATCH * head.column.width());
                *sum += seen.iter().zip(true_here).map(|(&seen, &truth)| head.figure(seen, truth)).sum::<f64>();
            }
        }
        Ok(sums.iter().zip(truth).map(|(sum, truth)| sum / truth.len() as f64).collect())
    }
}
