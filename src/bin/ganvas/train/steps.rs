//! A run under way: steps, pictures and rows, and when it is saved.

use super::folder::STATE;
use super::losses::Losses;
use crate::keep::{self, Stop};
use crate::run;
use crate::terminal::{Progress, TRAINING, note, say};
use ganvas::train::{Only, PhaseEnd, Trainer};
use ganvas::{Error, Result};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A run under way.
pub struct Run {
    pub trainer: Trainer,
    pub out: PathBuf,
    /// The step that it ends at.
    pub until: u32,
    /// Steps between two pictures.
    pub every: u32,
    pub save_every: Duration,
    /// None in phases, of which there are no rows.
    pub losses: Option<Losses>,
    /// The last state with finite numbers.
    pub good: Vec<u8>,
    /// The step of the run that is on the disk, and when it got there.
    pub kept: Option<u32>,
    pub kept_at: Instant,
    pub stop: Stop,
    /// The command that goes on with it.
    pub go_on: String,
}

/// Steps between two looks at what was measured: as many as take about this long, and never more than `MOST_STEPS`.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const MOST_STEPS: u32 = 16;
/// Updates between two looks within a phase.
const BITE: u32 = 16;

impl Run {
    /// Saves it: rows first, so that none is missing of what is saved.
    pub async fn keep(&mut self) -> Result<()> {
        if let Some(losses) = &mut self.losses {
            losses.keep()?;
        }
        self.good = self.trainer.save().await?;
        keep::write(&self.out.join(STATE), &self.good)?;
        self.kept = Some(self.trainer.step());
        self.kept_at = Instant::now();
        Ok(())
    }

    /// Trains to the end, or until the program is asked to end: the answer is then how it does.
    pub async fn learn(&mut self, in_place: bool) -> Result<Option<u8>> {
        let (begin, first) = (Instant::now(), self.trainer.step());
        let mut progress = Progress::new(first, self.until);
        if !in_place || first.is_multiple_of(self.every) {
            run::write_picture(&mut self.trainer, &self.out).await?;
        }
        let mut bite = 1;
        while self.trainer.step() < self.until && self.stop.code().is_none() {
            let step = self.trainer.step();
            let steps = bite.min(self.every - step % self.every).min(self.until - step);
            let began = Instant::now();
            let said = self.bite(steps).await?;
            bite = match began.elapsed() {
                long if long > LOOK_EVERY => (bite / 2).max(1),
                _ => (2 * bite).min(MOST_STEPS),
            };
            let step = step + steps;
            let is_shown = step.is_multiple_of(self.every) || step == self.until;
            progress.at(step, &said, is_shown);
            if is_shown {
                run::write_picture(&mut self.trainer, &self.out).await?;
                self.good = self.trainer.save().await?;
            }
            if self.kept_at.elapsed() >= self.save_every {
                self.keep().await?;
            }
        }
        let step = self.trainer.step();
        if self.kept != Some(step) {
            self.keep().await?;
        }
        progress.finish();
        if let (Some(code), true) = (self.stop.code(), step < self.until) {
            self.say_stopped(&format!("at step {step} of {}", self.until));
            return Ok(Some(code));
        }
        let seconds = begin.elapsed().as_secs_f64();
        let done = step - first;
        say!("{done} steps in {seconds:.1} s, {:.2} steps/s", f64::from(done) / seconds);
        say!("wrote {} and {}", self.out.join(super::LOSSES).display(), self.out.join(STATE).display());
        Ok(None)
    }

    fn say_stopped(&self, place: &str) {
        note!("stopped {place}; the run is saved. Go on with\n  {}", self.go_on);
    }

    /// Some steps, their rows, and what the last one measured.
    async fn bite(&mut self, steps: u32) -> Result<String> {
        self.trainer.run(steps as usize, Only::Both).await?;
        let measured = self.trainer.take_measurements().await?;
        if let Some(losses) = &mut self.losses {
            measured.rows.iter().try_for_each(|row| losses.add(row))?;
        }
        let Some(row) = measured.rows.last() else { return Ok(String::new()) };
        let said = run::said(self.trainer.play(), row);
        if run::is_broken(&self.trainer, row) || measured.broken_update.is_some() {
            if let Some(losses) = &mut self.losses {
                losses.keep()?;
            }
            let message = format!(
                "a loss or a gradient is no finite number any more at step {} ({said}); lower learning rates usually help",
                row[0]
            );
            return Err(Error::Kernel { kernel: TRAINING.into(), message });
        }
        Ok(said)
    }

    /// The two phases of the story, in turn. What is broken off within a phase begins it anew.
    pub async fn play_in_turn(&mut self, rounds: u32) -> Result<Option<u8>> {
        for round in 1..=rounds {
            for (learner, name) in [(Only::Discriminator, "discriminator"), (Only::Generator, "generator")] {
                let mut phase = self.trainer.begin_phase(learner, None, None).await?;
                self.trainer.take_measurements().await?;
                while phase.ended.is_none() {
                    self.trainer.run(phase.left().min(BITE) as usize, phase.learner).await?;
                    phase.observe(&self.trainer.take_measurements().await?.rows);
                    let is_asked = self.stop.code().is_some();
                    if is_asked || self.kept_at.elapsed() >= self.save_every {
                        self.keep().await?;
                    }
                    if let Some(code) = self.stop.code().filter(|_| is_asked) {
                        self.say_stopped(&format!("in round {round} of {rounds}, the {name} alone"));
                        return Ok(Some(code));
                    }
                }
                let ended = match phase.ended {
                    Some(PhaseEnd::Reached) => "reached",
                    _ => "stopped at the limit",
                };
                say!(
                    "round {round}, the {name} alone: {ended} after {} updates, {} {:.3}",
                    phase.done,
                    phase.measures(),
                    phase.value()
                );
            }
            run::write_picture(&mut self.trainer, &self.out).await?;
        }
        self.keep().await?;
        say!("wrote {}", self.out.join(STATE).display());
        Ok(None)
    }
}
