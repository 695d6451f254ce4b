//! What the launches of a step take, for the page.

use super::session::Session;
use super::{now, thrown};
use crate::backend::Backend;
use crate::backend::gpu::Ceiling;
use crate::error::Error;
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// No launch is begun after so many seconds, since training waits.
const MOST_SECONDS: f64 = 5.0;
/// For each of what the adapter can do at most.
const CEILING_SECONDS: f64 = 0.5;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    plan: &'static str,
    kernel: String,
    what: String,
    seconds: f64,
    flops: f64,
    size_bytes: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    lines: Vec<Line>,
    left: usize,
    runs: usize,
    peak_gflops: Option<f64>,
    copy_gb_per_second: Option<f64>,
}

#[wasm_bindgen]
impl Session {
    /// Times each launch of a step; training stands still meanwhile, and the run stands afterwards where it stood before:
    /// `{ lines, left, runs, peakGflops, copyGbPerSecond }` with lines `{ plan, kernel, what, seconds, flops, sizeBytes }`,
    /// the number of launches that were left out since they would take too long, how often each was run, and what the
    /// adapter can do at most (undefined on the CPU, and where it cannot be measured).
    pub async fn profile(&mut self) -> Result<JsValue, JsValue> {
        let clock = || now() / 1e3;
        let profile = self.trainer.profile(&clock, MOST_SECONDS).await.map_err(thrown)?;
        let ceiling = match self.trainer.backend() {
            Backend::Gpu(gpu) => match Ceiling::measure(gpu.device(), &clock, CEILING_SECONDS).await {
                Err(error @ Error::DeviceLost { .. }) => return Err(thrown(error)),
                // The times are worth showing without it.
                ceiling => ceiling.unwrap_or_default(),
            },
            Backend::Cpu(_) => Ceiling::default(),
        };
        let lines = profile.timed.iter().map(|timed| {
            let parts = || timed.launches.iter().flat_map(|launch| &launch.parts);
            Line {
                plan: timed.plan,
                kernel: parts().map(|part| part.family).collect::<Vec<_>>().join(" + "),
                what: parts().map(|part| &part.label[..]).collect::<Vec<_>>().join(" | "),
                seconds: timed.seconds,
                flops: parts().map(|part| part.flops as f64).sum(),
                size_bytes: parts().map(|part| part.size_bytes as f64).sum(),
            }
        });
        let found = Found {
            lines: lines.collect(),
            left: profile.left,
            runs: profile.runs,
            peak_gflops: ceiling.gflops,
            copy_gb_per_second: ceiling.gb_s,
        };
        Ok(serde_wasm_bindgen::to_value(&found)?)
    }
}
