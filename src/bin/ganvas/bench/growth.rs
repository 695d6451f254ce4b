//! `ganvas bench --growth`: a DCGAN's step time beside its arithmetic, over batch, channels and size of the images.

use super::{Machine, sample};
use crate::terminal::say;
use ganvas::Result;
use ganvas::bench::{Size, growth};
use ganvas::kernel::Launch;
use sample::{Spread, Timing};
use serde_json::{Value, json};

impl Machine {
    /// Prints a table in Markdown, and answers with its numbers.
    pub async fn growth(&self, seconds: f64) -> Result<Value> {
        let mut rows = Vec::new();
        say!("| grows | batch | channels | pixels | GFLOP | ms a step | quartiles | GFLOP/s |");
        say!("|---|---:|---:|---:|---:|---:|---:|---:|");
        for (grows, sizes) in growth() {
            for size in sizes {
                rows.push(self.size(grows, size, seconds).await?);
            }
        }
        Ok(Value::Array(rows))
    }

    async fn size(&self, grows: &str, size: Size, seconds: f64) -> Result<Value> {
        let work = size.work()?;
        let launches = self.lower(&work, &self.variant);
        let step = work.step.clone();
        let flops: u64 = step.iter().flat_map(|&plan| &launches[plan]).map(Launch::flops).sum();
        let mut backend = self.backend(work, launches).await?;
        backend.run(&step)?;
        backend.finish().await?;
        let Timing { step: Spread { median, lower, upper }, samples, .. } =
            sample::steps(&mut backend, &step, seconds).await?;
        let Size { batch, channels, side } = size;
        let gflop = flops as f64 / 1e9;
        say!(
            "| {grows} | {batch} | {channels} | {side} x {side} | {gflop:.2} | {:.2} | {:.2} to {:.2} | {:.1} |",
            median * 1e3,
            lower * 1e3,
            upper * 1e3,
            gflop / median
        );
        Ok(json!({
            "grows": grows, "batch": batch, "channels": channels, "side": side, "gflop": gflop, "ms": median * 1e3,
            "ms_quartiles": [lower * 1e3, upper * 1e3], "samples": samples, "gflops": gflop / median,
        }))
    }
}
