//! The pulse of a run: what can be told from one page of samples and from the networks' numbers, cheap enough to take often.

use super::Trainer;
use crate::backend::Arena;
use crate::data::Form;
use crate::data::points::PointSet;
use crate::error::Result;
use crate::gan::{DISCRIMINATOR, GENERATOR};
use crate::graph::Role;
use crate::graph::variable::Variable;
use crate::metrics::{diversity, modes, spectrum};

/// One look at a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pulse {
    pub step: u32,
    /// Length of the generator's last gradient, over all its parameters.
    pub generator_gradient: f64,
    /// The same of the discriminator.
    pub discriminator_gradient: f64,
    /// The squared length of each parameter's last gradient, with the parameter's name; G's first.
    pub squared_gradients: Vec<(String, f64)>,
    /// The largest of D's parameters, without sign.
    pub largest_weight: f64,
    /// The share of D's parameters that lie at the clip; None where there is none.
    pub clipped: Option<f64>,
    /// Mean distance of two samples of the page, over that of two real examples; None where real ones do not differ.
    pub diversity: Option<f64>,
    /// Checkerboard energy of the page over that of real images; None for points, and for samples that are flat.
    pub checkerboard: Option<f64>,
    /// The world's modes that the page covers; None for images.
    pub modes: Option<[usize; 2]>,
    /// The mean sample of the fixed latents: where the generator stands as a whole.
    pub mean_sample: Vec<f32>,
    /// Mean distance of a real example from the mean of all: the scale of the data.
    pub scale: f64,
    /// D's mean output (a probability, or a critic's score) on a page of training examples, and on held-out ones.
    pub d_train: f64,
    pub d_held_out: Option<f64>,
    /// Training examples that there are; 0 where they are drawn anew, as points are.
    pub examples: usize,
}

impl Trainer {
    /// Takes the pulse. `world` is what points are drawn from. It runs the pages of the fixed latents and of real examples,
    /// and reads gradients and parameters back. Of a game that is no pair it tells the step.
    pub async fn pulse(&mut self, world: Option<&PointSet>) -> Result<Pulse> {
        let mut pulse = Pulse { step: self.step(), ..Pulse::default() };
        if !self.is_pair() {
            return Ok(pulse);
        }
        self.read_networks(&mut pulse).await?;
        let samples = self.shown("samples", None, 0).await?.examples;
        let real = self.shown("real", None, 0).await?;
        pulse.d_train = self.mean_output(&real.logits);
        if self.data().held_out > 0 {
            let held_out = self.shown("held_out", None, 0).await?;
            pulse.d_held_out = Some(self.mean_output(&held_out.logits));
        }
        let numbers = self.data().form.numbers();
        pulse.examples = if world.is_some() { 0 } else { self.data().count };
        pulse.mean_sample = mean(&samples, numbers);
        pulse.scale = spread(&real.examples, numbers);
        let distances = [&samples, &real.examples].map(|set| diversity::mean_pairwise_distance(set, numbers));
        let [own, theirs] = distances;
        pulse.diversity = Some(own? / theirs?).filter(|ratio| ratio.is_finite());
        match (self.data().form, world) {
            (Form::Image { channels: 1, height, width }, _) => {
                let ratio = spectrum::relative_checkerboard(&samples, &real.examples, [height, width])?;
                pulse.checkerboard = Some(ratio).filter(|ratio| ratio.is_finite());
            }
            (Form::Point { coordinates: 2 }, Some(world)) => {
                pulse.modes = Some([covered(&samples, world)?.covered, world.modes]);
            }
            _ => {}
        }
        Ok(pulse)
    }

    /// The squared length of the last gradient of each of a network's parameters, as `generator.conv1.weight`.
    pub(super) async fn squared_gradients(&self, name: &str) -> Result<Vec<(String, f64)>> {
        let Some(network) = self.network(name) else { return Ok(Vec::new()) };
        let gradients = self.backend.read(network, Arena::Gradients).await?;
        let variables = self.backend.program().variables.iter();
        let own = variables.filter(|(_, v)| v.network == network && v.role == Role::Parameter);
        let square = |variable: &Variable| -> f64 {
            let part = &gradients[variable.offset..][..variable.shape.elements()];
            part.iter().map(|&value| f64::from(value).powi(2)).sum()
        };
        Ok(own.map(|(_, variable)| (format!("{name}.{}", variable.name), square(variable))).collect())
    }

    async fn read_networks(&self, pulse: &mut Pulse) -> Result<()> {
        let program = self.backend.program();
        for (name, total) in
            [(GENERATOR, &mut pulse.generator_gradient), (DISCRIMINATOR, &mut pulse.discriminator_gradient)]
        {
            for (parameter, square) in self.squared_gradients(name).await? {
                *total += square;
                pulse.squared_gradients.push((parameter, square));
            }
            *total = total.sqrt();
        }
        let Some(network) = self.network(DISCRIMINATOR) else { return Ok(()) };
        let parameters = self.backend.read(network, Arena::Parameters).await?;
        let clip = self.settings.recipe.weight_clip;
        let (mut count, mut at_clip) = (0usize, 0usize);
        for (_, variable) in program.variables.iter().filter(|(_, v)| v.network == network && v.role == Role::Parameter)
        {
            for &value in &parameters[variable.offset..][..variable.shape.elements()] {
                pulse.largest_weight = pulse.largest_weight.max(f64::from(value.abs()));
                count += 1;
                at_clip += usize::from(value.abs() >= clip);
            }
        }
        pulse.clipped = (clip > 0.0).then(|| at_clip as f64 / count.max(1) as f64);
        Ok(())
    }

    /// D's mean output as [`crate::gan::METRICS`] have it.
    pub(super) fn mean_output(&self, logits: &[f32]) -> f64 {
        let is_probability = self.settings.recipe.loss.is_probability();
        let output =
            |&logit: &f32| if is_probability { 1.0 / (1.0 + f64::from(-logit).exp()) } else { f64::from(logit) };
        logits.iter().map(output).sum::<f64>() / logits.len().max(1) as f64
    }
}

/// Which of a world's modes points reach.
pub(super) fn covered(points: &[f32], world: &PointSet) -> Result<modes::Modes> {
    let centres: Vec<[f32; 2]> = world.centres.iter().map(|centre| centre.at).collect();
    let mode: Vec<usize> = world.centres.iter().map(|centre| centre.mode).collect();
    let least = modes::least_samples(points.len() / 2);
    modes::modes(points, &centres, &mode, f64::from(world.sigma), least)
}

fn mean(rows: &[f32], width: usize) -> Vec<f32> {
    let count = (rows.len() / width).max(1) as f32;
    let mut mean = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / count);
    }
    mean
}

/// Mean distance of the rows from their mean.
fn spread(rows: &[f32], width: usize) -> f64 {
    let centre = mean(rows, width);
    let distance = |row: &[f32]| {
        row.iter().zip(&centre).map(|(value, centre)| f64::from(value - centre).powi(2)).sum::<f64>().sqrt()
    };
    rows.chunks_exact(width).map(distance).sum::<f64>() / (rows.len() / width).max(1) as f64
}
