//! How the judge learns: cross-entropy, Adam with a cosine, and images shifted at random.

use super::network::{self, CLASSES, PIXELS, SIDE};
use super::{Classifier, INPUT};
use crate::backend::{Arena, Backend, RING_ROWS};
use crate::error::{Error, Result};
use crate::graph::{Adam, Clock, Draw, Effect, Graph, NetworkId, Plan, Program, Table, Tensor, Variables};
use crate::nn::{self, Mode, Scope, functional, losses};

/// Images move by up to so many pixels in each direction.
const MAX_SHIFT: usize = 2;
/// Columns of the ring: loss, accuracy on the batch.
const COLUMNS: usize = 2;

/// The knobs of the training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Passes over the training images.
    pub epochs: u32,
    pub batch_size: usize,
    /// Adam's at the start; it falls to zero along half a cosine (Loshchilov and Hutter 2017).
    pub learning_rate: f32,
    /// The same seed gives the same start, batches and shifts.
    pub seed: u32,
}

impl Default for Recipe {
    fn default() -> Self {
        Recipe { epochs: 12, batch_size: 128, learning_rate: 1e-3, seed: 1 }
    }
}

impl Recipe {
    /// Updates for that many training images; the last batch of an epoch may reach into the next one.
    pub fn steps(&self, count: usize) -> usize {
        (self.epochs as usize * count).div_ceil(self.batch_size)
    }

    /// The recipe as a sentence.
    pub fn words(&self) -> String {
        format!(
            "conv5x5 stride 2 padding 2, 16; conv3x3 stride 2 padding 1, 32; linear 64 (the features, after ReLU); each \
             with batch norm and ReLU; linear 10. Weights start as He et al. (2015) have it. Cross-entropy, batches of {}, \
             Adam {} with cosine decay to 0, {} epochs, every image shifted by up to {MAX_SHIFT} pixels.",
            self.batch_size, self.learning_rate, self.epochs
        )
    }

    /// The program of one update. Its tables are the training images and their labels, a byte each.
    pub fn program(&self, count: usize) -> Result<Program> {
        let (mut graph, mut variables) = (Graph::new(), Variables::default());
        // Ink from 0 to 2: the ground is zero, so that a shift moves zeros in.
        let table = variables.table(Table { rows: count, width: PIXELS, scale: 2.0 / 255.0, offset: 0.0 });
        let labels = variables.table(Table { rows: count, width: 1, scale: 1.0, offset: 0.0 });
        // One network, one clock: it goes by the discriminator's.
        let clock = Clock::Discriminator;
        let index = graph.shuffled_index(clock, count, self.batch_size)?;
        let ink = graph.gather(&variables, table, index)?;
        let ink = shifted(&mut graph, ink, clock)?;
        let images = graph.add_scalar(ink, -1.0)?;
        let classes = graph.gather(&variables, labels, index)?;
        let classes = graph.reshape(classes, [self.batch_size])?;
        let target = functional::one_hot(&mut graph, classes, CLASSES)?;

        let mut scope = Scope::new(&mut graph, &mut variables, network::NAME, Mode::Train);
        let logits = network::network(&mut scope, images)?.logits;
        let (network, mut effects) = (scope.network, scope.effects);
        let loss = losses::cross_entropy(&mut graph, logits, target)?;
        let accuracy = accuracy(&mut graph, logits, target)?;
        effects.push(nn::update(&mut graph, &variables, network, loss, Adam::default())?);
        effects.push(Effect::Record { columns: vec![loss, accuracy] });
        let plan = Plan::new("judge", clock, &graph, &variables, &effects)?;
        Ok(Program { variables, plans: vec![plan] })
    }
}

/// Ink `[B, PIXELS]`, each image moved by its own whole numbers of pixels, up to `MAX_SHIFT` down and right or up and left.
/// A shift is a product with a matrix that has ones beside its diagonal, one for the rows and one for the columns.
fn shifted(graph: &mut Graph, ink: Tensor, clock: Clock) -> Result<Tensor> {
    let batch = graph.shape(ink)[0];
    let images = graph.reshape(ink, [batch, SIDE, SIDE])?;
    let rows = shift_matrix(graph, Draw { stream: 1, clock }, batch)?;
    let columns = shift_matrix(graph, Draw { stream: 2, clock }, batch)?;
    let moved = graph.matmul(rows, images, false, false)?;
    let moved = graph.matmul(moved, columns, false, true)?;
    graph.reshape(moved, [batch, PIXELS])
}

/// `[B, SIDE, SIDE]`: 1 where row - column is the image's shift, which is one of -`MAX_SHIFT`..=`MAX_SHIFT`, all alike.
fn shift_matrix(graph: &mut Graph, draw: Draw, batch: usize) -> Result<Tensor> {
    let uniform = graph.uniform(draw, [batch, 1, 1]);
    let mut shift = graph.constant(-(MAX_SHIFT as f32), [batch, 1, 1]);
    let choices = 2 * MAX_SHIFT + 1;
    for choice in 1..choices {
        let bound = graph.constant(choice as f32 / choices as f32, []);
        let beyond = graph.less_equal(bound, uniform)?;
        shift = graph.add(shift, beyond)?;
    }
    let number = graph.iota(SIDE)?;
    let (row, column) = (graph.reshape(number, [1, SIDE, 1])?, graph.reshape(number, [1, 1, SIDE])?);
    let difference = graph.sub(row, column)?;
    graph.equal(difference, shift)
}

/// The share of a batch whose largest logit is that of its class.
fn accuracy(graph: &mut Graph, logits: Tensor, target: Tensor) -> Result<Tensor> {
    let largest = graph.max(logits, &[1])?;
    let own = graph.mul(logits, target)?;
    let own = graph.sum(own, &[1])?;
    let right = graph.less_equal(largest, own)?;
    graph.mean_all(right)
}

/// A training on one backend.
pub struct Training {
    backend: Backend,
    recipe: Recipe,
    step: usize,
    steps: usize,
}

impl Training {
    /// One that has not begun. The backend must hold the recipe's program for `count` images.
    pub fn new(backend: Backend, recipe: Recipe, count: usize) -> Training {
        Training { backend, recipe, step: 0, steps: recipe.steps(count) }
    }

    /// Updates done.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Updates in all.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Does `steps` updates, or fewer where the end is nearer.
    pub fn run(&mut self, steps: usize) -> Result<()> {
        for _ in 0..steps.min(self.steps - self.step) {
            let done = self.step as f32 / self.steps as f32;
            let rate = self.recipe.learning_rate * 0.5 * (1.0 + (std::f32::consts::PI * done).cos());
            self.backend.set_learning_rate(self.network(), rate);
            self.backend.run(&[0])?;
            self.step += 1;
        }
        Ok(())
    }

    /// Mean loss, and mean share of right answers, on the shifted images of the last `updates` updates.
    ///
    /// # Errors
    /// [`Error::Kernel`] when the loss is no finite number any more.
    pub async fn measurement(&self, updates: usize) -> Result<[f64; 2]> {
        let ring = self.backend.ring(0).await?;
        let first = self.step.saturating_sub(updates.clamp(1, RING_ROWS));
        let mut sums = [0.0; COLUMNS];
        for step in first..self.step {
            let row = &ring[step % RING_ROWS * COLUMNS..][..COLUMNS];
            sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let count = (self.step - first).max(1) as f64;
        let means = sums.map(|sum| sum / count);
        if !means[0].is_finite() {
            let message = format!("the loss is no finite number any more after {} updates", self.step);
            return Err(Error::Kernel { kernel: network::NAME.into(), message });
        }
        Ok(means)
    }

    /// The network as it stands.
    pub async fn classifier(&self) -> Result<Classifier> {
        let mut classifier = Classifier::new()?;
        let (from, to) = (self.network(), classifier.network(network::NAME));
        debug_assert_ne!(to, classifier.network(INPUT));
        // Both programs make the same variables in the same order, so their arenas are laid out alike.
        for arena in [Arena::Parameters, Arena::Buffers] {
            let values = self.backend.read(from, arena).await?;
            classifier.backend.write(to, arena, &values)?;
        }
        Ok(classifier)
    }

    fn network(&self) -> NetworkId {
        let networks = &self.backend.program().variables.networks;
        NetworkId(networks.iter().position(|network| network.name == network::NAME).expect("the recipe's program"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuBackend;
    use std::collections::BTreeSet;

    #[test]
    fn images_move_by_whole_pixels_and_every_shift_occurs() {
        const COUNT: usize = 500;
        // A dot within reach of a corner, and one in it, which is often moved out.
        let (dot, corner) = ([1, 26], [27, 0]);
        let place = |[row, column]: [usize; 2]| row * SIDE + column;
        let mut bytes = vec![0; PIXELS];
        (bytes[place(dot)], bytes[place(corner)]) = (255, 51);

        let (mut graph, mut variables) = (Graph::new(), Variables::default());
        let table = variables.table(Table { rows: 1, width: PIXELS, scale: 2.0 / 255.0, offset: 0.0 });
        let index = graph.shuffled_index(Clock::Sample, 1, COUNT).unwrap();
        let ink = graph.gather(&variables, table, index).unwrap();
        let value = shifted(&mut graph, ink, Clock::Sample).unwrap();
        let plan = Plan::new("shift", Clock::Sample, &graph, &variables, &[Effect::Output { value }]).unwrap();
        let program = Program { variables, plans: vec![plan] };
        let mut backend: CpuBackend = CpuBackend::new(program, vec![bytes], 3).unwrap();
        backend.run(0).unwrap();

        let mut shifts = BTreeSet::new();
        let moved = |[row, column]: [usize; 2], [down, right]: [isize; 2]| {
            let (row, column) = (row as isize + down, column as isize + right);
            let inside = 0..SIDE as isize;
            (inside.contains(&row) && inside.contains(&column)).then(|| row as usize * SIDE + column as usize)
        };
        let most = MAX_SHIFT as isize;
        for image in backend.output(0).chunks_exact(PIXELS) {
            let is_this = |shift: &[isize; 2]| {
                let mut expected = vec![0.0; PIXELS];
                for (place, ink) in [(moved(dot, *shift), 2.0), (moved(corner, *shift), 51.0 * (2.0 / 255.0))] {
                    place.into_iter().for_each(|place| expected[place] = ink);
                }
                // One term of each sum is not zero, so nothing is rounded.
                image == expected
            };
            let all = (-most..=most).flat_map(|down| (-most..=most).map(move |right| [down, right]));
            let found: Vec<[isize; 2]> = all.filter(is_this).collect();
            assert!(!found.is_empty(), "an image is no shift of the one there is");
            shifts.extend(found);
        }
        assert_eq!(shifts.len(), (2 * MAX_SHIFT + 1).pow(2), "500 draws of 25 shifts leave none out");
    }
}
