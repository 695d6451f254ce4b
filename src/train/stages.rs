//! Runs of several stages: which one a step belongs to, and how a run comes from one to another.

use super::Trainer;
use crate::backend::Backend;
use crate::backend::cpu::CpuBackend;
use crate::error::Result;
use crate::game::{Game, Side, Stage};
use crate::graph::Program;
use crate::kernel;
use std::pin::Pin;

impl Trainer {
    /// The stages of the run and the step with which each begins; none for games that stay as they begin.
    pub fn stages(&self) -> Vec<(&'static Stage, u32)> {
        let entry = self.settings.preset.algorithm.entry.filter(|entry| entry.stages.len() > 1);
        let Some(entry) = entry else { return Vec::new() };
        let batch = self.settings.recipe.batch_size;
        entry
            .stages
            .iter()
            .enumerate()
            .map(|(at, stage)| (stage, entry.begins(at, batch, &self.settings.own)))
            .collect()
    }

    /// The number of the stage whose networks are in place.
    pub fn stage(&self) -> usize {
        self.stage
    }

    /// Puts the networks of the next step in place, and answers how many steps they are those of; at most `u32::MAX`.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn follow_stage(&mut self) -> Result<u32> {
        self.enter(self.stage_of(self.step())).await?;
        let next = self.stages().get(self.stage + 1).map_or(u32::MAX, |(_, begins)| *begins);
        Ok(next - self.step())
    }

    /// The stage of the step after `step`.
    pub(super) fn stage_of(&self, step: u32) -> usize {
        let entry = self.settings.preset.algorithm.entry;
        entry.map_or(0, |entry| entry.stage_of(step, self.settings.recipe.batch_size, &self.settings.own))
    }

    /// [`Trainer::enter_stage`], on the heap: callers' own futures stay small, and the page carries it once.
    pub(super) fn enter(&mut self, stage: usize) -> Pin<Box<dyn Future<Output = Result<()>> + '_>> {
        Box::pin(self.enter_stage(stage))
    }

    /// Puts the networks of a stage in place: those that it shares with the present one stay as they are, by their names.
    ///
    /// # Errors
    /// Those of the device; the run is then at an end.
    async fn enter_stage(&mut self, stage: usize) -> Result<()> {
        // Only games have several.
        if stage == self.stage || !cfg!(feature = "games") {
            return Ok(());
        }
        self.collect().await?;
        let Game { program, play } = self.settings.game(self.data(), stage)?;
        let empty = Backend::Cpu(Box::new(CpuBackend::new(Program::default(), Vec::new(), 0)?));
        let before = std::mem::replace(&mut self.backend, empty);
        let tuning = before.usual_tuning();
        self.prepared = None;
        self.backend = before.succeed(program, |program| kernel::lower_plans(program, &tuning), &mut |_, _| {}).await?;
        (self.play, self.stage) = (play, stage);
        self.apply_learning_rates();
        // An average over networks that have just grown would hold what they were before for longer than they fade in.
        let forgers = self.play.turns.iter().filter(|turn| turn.side == Side::Forger);
        let networks: Vec<_> = forgers.flat_map(|turn| turn.networks.clone()).collect();
        networks.into_iter().for_each(|network| self.backend.restart_average(network));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Examples;
    use crate::data::procedural::generated_digits;
    use crate::gan::Preset;
    use crate::train::settings::Setting;
    use crate::train::{Only, Settings};
    use pollster::block_on;

    /// ProGAN's alpha is 0 where a new size begins to fade in: samples are the old ones, brought up. It is 1 where it has
    /// faded in: without the old layers they are the same.
    #[test]
    fn a_new_size_fades_in_from_nothing_to_all() {
        let mut settings = Settings::new(Preset::find("progan-mnist").expect("it is in the table"));
        settings.recipe.batch_size = 8;
        let length = Setting::find("stage_length").expect("it is in the table");
        settings.set(length, "0.01").expect("it is in range");
        let Examples { shape, tables } = settings.training_data(generated_digits(100, 3)).expect("digits will do");
        let Game { program, play } = settings.game(shape, 0).expect("the preset is sound");
        let backend = CpuBackend::new(program, tables, settings.seed).expect("the tables fit");
        let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play);
        let starts: Vec<u32> = trainer.stages().iter().map(|(_, start)| *start).collect();
        for (stage, start) in starts.into_iter().enumerate().skip(1).take(4) {
            let steps = start - trainer.step();
            let differ = |trainer: &mut Trainer| {
                let before = block_on(trainer.put_out("samples", None, 0)).expect("it has samples");
                block_on(trainer.enter_stage(stage)).expect("there is such a stage");
                let after = block_on(trainer.put_out("samples", None, 0)).expect("it has samples");
                before.iter().zip(&after).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            };
            block_on(trainer.run(steps as usize, Only::Both)).expect("it trains");
            assert_eq!(trainer.stage(), stage - 1);
            let difference = differ(&mut trainer);
            assert!(difference <= 1e-6, "samples jump by {difference} where stage {stage} begins");
        }
    }
}
