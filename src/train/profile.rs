//! What the launches of a step take, by a clock of the caller's.

use super::Trainer;
use crate::backend::Backend;
use crate::error::Result;
use crate::gan::plans;
use crate::kernel::{self, Launch, Tuning};

/// Launches that were timed together: one, or on the CPU those of a stage.
#[derive(Clone, Debug)]
pub struct Timed {
    pub plan: &'static str,
    pub launches: Vec<Launch>,
    pub seconds: f64,
}

/// Runs on the CPU, of which the fastest counts.
const RUNS: usize = 3;

impl Trainer {
    /// Times the launches of one discriminator's and one generator's update by `now`, in seconds. The run stands afterwards
    /// where it stood before.
    ///
    /// # Errors
    /// Where the state has numbers that are not finite, so that it could not be put back; nothing has run then.
    pub async fn profile(&mut self, now: &dyn Fn() -> f64) -> Result<Vec<Timed>> {
        let measurements = self.take_measurements().await?;
        let state = self.save().await?;
        // Can be put back: better known before than after.
        self.load(&state)?;
        let timed = self.time(now).await;
        let restored = self.load(&state);
        self.put_back(measurements);
        restored?;
        timed
    }

    async fn time(&mut self, now: &dyn Fn() -> f64) -> Result<Vec<Timed>> {
        let mut timed = Vec::new();
        for plan in [plans::DISCRIMINATOR, plans::GENERATOR] {
            let name = self.backend.program().plans[plan].name;
            let (groups, seconds): (Vec<Vec<Launch>>, Vec<f64>) = match &mut self.backend {
                Backend::Gpu(gpu) => {
                    let seconds = gpu.time_alone(plan, now).await?;
                    (gpu.launches(plan).iter().map(|launch| vec![launch.clone()]).collect(), seconds)
                }
                Backend::Cpu(cpu) => {
                    let program = cpu.program();
                    let stages = kernel::lower_stages(&program.plans[plan], &program.variables, &Tuning::default());
                    let mut best = vec![f64::INFINITY; stages.len()];
                    for _ in 0..RUNS {
                        let run = cpu.time(plan, now);
                        best.iter_mut().zip(run).for_each(|(best, seconds)| *best = best.min(seconds));
                    }
                    (stages, best)
                }
            };
            let pairs = groups.into_iter().zip(seconds);
            timed.extend(pairs.map(|(launches, seconds)| Timed { plan: name, launches, seconds }));
        }
        Ok(timed)
    }
}
