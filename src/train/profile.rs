//! What the launches of a step take, by a clock of the caller's.

use super::Trainer;
use crate::backend::Backend;
use crate::backend::cpu::CpuBackend;
use crate::error::Result;
use crate::graph::plan::Stage;
use crate::kernel::{self, Launch, Tuning};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub timed: Vec<Timed>,
    /// How many more there are, for which there was no time.
    pub left: usize,
    /// Runs of each, of which the fastest counts; on the GPU those that are short are run more often.
    pub runs: usize,
}

/// Launches that were timed together: one, or on the CPU those of a stage.
#[derive(Clone, Debug)]
pub struct Timed {
    pub plan: &'static str,
    pub launches: Vec<Launch>,
    pub seconds: f64,
}

/// Runs on the CPU, if there is time.
const RUNS: usize = 3;

impl Trainer {
    /// Times the launches of one discriminator's and one generator's update by `now`, in seconds: those that are begun
    /// within `most_seconds`, and on the CPU each once at least. The run stands afterwards where it stood before.
    ///
    /// # Errors
    /// Where the state has numbers that are not finite, so that it could not be put back; nothing has run then.
    pub async fn profile(&mut self, now: &dyn Fn() -> f64, most_seconds: f64) -> Result<Profile> {
        let measurements = self.take_measurements().await?;
        let state = self.save().await?;
        // Can be put back: better known before than after.
        self.load(&state)?;
        let profile = self.time(now, now() + most_seconds).await;
        let restored = self.load(&state);
        self.put_back(measurements);
        restored?;
        profile
    }

    async fn time(&mut self, now: &dyn Fn() -> f64, until: f64) -> Result<Profile> {
        let plans: Vec<usize> = self.play.turns.iter().map(|turn| turn.plan).collect();
        let mut found: Vec<(usize, Vec<Launch>, Option<f64>)> = Vec::new();
        let mut runs = 1;
        match &mut self.backend {
            Backend::Gpu(gpu) => {
                for &plan in &plans {
                    let seconds = gpu.time_alone(plan, now, until).await?;
                    let launches = gpu.launches(plan).iter().enumerate();
                    found.extend(launches.map(|(at, launch)| (plan, vec![launch.clone()], seconds.get(at).copied())));
                }
            }
            Backend::Cpu(cpu) => {
                for &plan in &plans {
                    let program = cpu.program();
                    let stages = kernel::lower_stages(&program.plans[plan], &program.variables, &Tuning::default());
                    let seconds = stage_seconds(cpu, plan, now);
                    found.extend(stages.into_iter().zip(seconds).map(|(stage, seconds)| (plan, stage, Some(seconds))));
                }
                while runs < RUNS && now() < until {
                    let again = plans.iter().flat_map(|&plan| stage_seconds(cpu, plan, now));
                    let best = found.iter_mut().filter_map(|(.., seconds)| seconds.as_mut());
                    best.zip(again).for_each(|(best, seconds)| *best = best.min(seconds));
                    runs += 1;
                }
            }
        }
        let all = found.len();
        let program = self.backend.program();
        let name = |plan: usize| program.plans[plan].name;
        let timed: Vec<Timed> = found
            .into_iter()
            .filter_map(|(plan, launches, seconds)| Some(Timed { plan: name(plan), launches, seconds: seconds? }))
            .collect();
        Ok(Profile { left: all - timed.len(), timed, runs })
    }
}

/// Runs a plan once; the seconds of each stage.
fn stage_seconds(cpu: &mut CpuBackend, plan: usize, now: &dyn Fn() -> f64) -> Vec<f64> {
    let dispatches = cpu.time(plan, now);
    let of_stage = |stage: &Stage| {
        stage.branches.iter().map(|branch| dispatches[branch.dispatches.clone()].iter().sum::<f64>()).sum()
    };
    cpu.program().plans[plan].stages.iter().map(of_stage).collect()
}
