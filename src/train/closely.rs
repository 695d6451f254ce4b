//! One training step looked at closely, for slow motion: the very updates of an ordinary step, with what each of them read and moved.

use super::Trainer;
use crate::backend::{Arena, RING_ROWS};
use crate::error::{Error, Result};
use crate::gan::{DISCRIMINATOR, GENERATOR, plans};
use crate::graph::Role;

/// What one update did. NaN stands for what it did not compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Updates that the learner has in this step; this is the last.
    pub updates: u32,
    /// The learner's loss on the batch, before its weights moved.
    pub loss: f64,
    /// D's mean output on the batch's real examples; NaN in the generator's update, which has none.
    pub real: f64,
    /// D's mean output on the batch's fakes.
    pub fake: f64,
    /// Length of the loss's gradient over all of the learner's parameters.
    pub gradient: f64,
    /// Length of the way that the parameters went.
    pub moved: f64,
    /// Length of the parameters before.
    pub length: f64,
    /// How many parameters the learner has.
    pub count: usize,
    /// How many parameters the other network has, and how many of these are not what they were: none, as it is frozen.
    pub frozen: [usize; 2],
    /// D's mean output on the page of the fixed latents before the update, and after it.
    pub page: [f64; 2],
}

impl Trainer {
    /// Does one whole step, exactly as `run(1, Only::Both)` does it, and answers with D's last update and G's. (A step may
    /// have several updates of D.) Everything is read back in between, so it is slow.
    pub async fn step_closely(&mut self) -> Result<[Update; 2]> {
        self.require_pair("close looks at a step")?;
        let updates = self.begin_step().await?;
        let [critic_updates, generator_updates] = updates[..] else {
            return Err(Error::shape("step", &[&[updates.len()]], "a pair has two turns"));
        };
        self.backend.run(&vec![plans::DISCRIMINATOR; critic_updates as usize - 1])?;
        let discriminator =
            self.update_closely(plans::DISCRIMINATOR, critic_updates, [DISCRIMINATOR, GENERATOR]).await?;
        let generator = self.update_closely(plans::GENERATOR, generator_updates, [GENERATOR, DISCRIMINATOR]).await?;
        self.end_step(&updates);
        Ok([discriminator, generator])
    }

    async fn update_closely(&mut self, plan: usize, updates: u32, [learner, other]: [&str; 2]) -> Result<Update> {
        let parameters = self.numbers(learner, Arena::Parameters).await?;
        let frozen = self.numbers(other, Arena::Parameters).await?;
        let page_before = self.page_output().await?;
        self.backend.run(&[plan])?;

        let clocks = self.backend.clocks();
        let clock = if plan == plans::GENERATOR { clocks.generator } else { clocks.discriminator };
        let columns = self.backend.program().plans[plan].columns;
        let ring = self.backend.ring(plan).await?;
        let row = &ring[(clock.wrapping_sub(1) as usize % RING_ROWS) * columns..][..columns];
        let (real, fake) = if plan == plans::GENERATOR { (f32::NAN, row[1]) } else { (row[1], row[2]) };

        let gradient = length(self.numbers(learner, Arena::Gradients).await?.into_iter());
        let now = self.numbers(learner, Arena::Parameters).await?;
        let frozen_now = self.numbers(other, Arena::Parameters).await?;
        Ok(Update {
            updates,
            loss: row[0].into(),
            real: real.into(),
            fake: fake.into(),
            gradient,
            moved: length(now.iter().zip(&parameters).map(|(now, before)| now - before)),
            length: length(parameters.iter().copied()),
            count: parameters.len(),
            frozen: [frozen.len(), frozen.iter().zip(&frozen_now).filter(|(before, now)| before != now).count()],
            page: [page_before, self.page_output().await?],
        })
    }

    /// The trainable numbers of a network, one after another, or their gradients.
    async fn numbers(&self, name: &str, arena: Arena) -> Result<Vec<f32>> {
        let Some(network) = self.network(name) else { return Ok(Vec::new()) };
        let all = self.backend.read(network, arena).await?;
        let mut numbers = Vec::with_capacity(all.len());
        for (_, variable) in self.backend.program().variables.iter() {
            if variable.network == network && variable.role == Role::Parameter {
                numbers.extend_from_slice(&all[variable.offset..][..variable.shape.elements()]);
            }
        }
        Ok(numbers)
    }

    async fn page_output(&mut self) -> Result<f64> {
        let shown = self.shown("samples", None, 0).await?;
        Ok(self.mean_output(&shown.logits))
    }
}

fn length(numbers: impl Iterator<Item = f32>) -> f64 {
    numbers.map(|number| f64::from(number).powi(2)).sum::<f64>().sqrt()
}
