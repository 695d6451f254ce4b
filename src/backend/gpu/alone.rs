//! Times launches by the host's clock, for devices without one, as most are in a browser.

use super::GpuBackend;
use crate::error::Result;

/// Seconds that a launch is repeated for, about; of one that takes longer the better of two runs counts.
const WANTED: f64 = 0.02;
const MAX_TIMES: f64 = 400.0;

impl GpuBackend {
    /// Runs the launches of a plan, each in submissions of its own, and answers with the seconds that one of each took by
    /// the clock `now`. A launch that is repeated reads what it wrote, so the values in memory are not those of a step.
    /// None is begun after the moment `until`; those that are left have no number.
    pub async fn time_alone(&mut self, plan: usize, now: &dyn Fn() -> f64, until: f64) -> Result<Vec<f64>> {
        let mut all = Vec::new();
        for launch in 0..self.plans[plan].len() {
            if now() >= until {
                break;
            }
            // A driver may finish the making of a kernel when it first runs.
            let first = self.time_launch(plan, launch, 1, now).await?;
            let once = self.time_launch(plan, launch, 1, now).await?.min(first);
            let times = (WANTED / once).min(MAX_TIMES) as usize;
            all.push(match times {
                0 | 1 => once,
                // The way to the device and back is in both, and so in neither.
                _ => (self.time_launch(plan, launch, times + 1, now).await? - once).max(0.0) / times as f64,
            });
        }
        Ok(all)
    }

    async fn time_launch(&self, plan: usize, launch: usize, times: usize, now: &dyn Fn() -> f64) -> Result<f64> {
        let launch = &self.plans[plan][launch];
        let start = now();
        self.gpu.repeat(&launch.pipeline, &launch.bind_group, launch.workgroups, times).await?;
        Ok(now() - start)
    }
}
