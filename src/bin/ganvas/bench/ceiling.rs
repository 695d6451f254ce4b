//! PEAK and COPY: what an adapter can do at most.

use crate::terminal::say;
use ganvas::Result;
use ganvas::backend::gpu::{Ceiling, GpuDevice};
use std::rc::Rc;
use std::time::Instant;

/// Samples of each stop after so many seconds, on adapters that compute on the CPU.
const MOST_SECONDS: f64 = 2.0;

/// Measures and prints them. On the CPU backend nothing is measured: its peak depends on what instructions a compiler finds.
pub async fn ceiling(gpu: Option<&Rc<GpuDevice>>) -> Result<Ceiling> {
    let Some(gpu) = gpu else {
        say!("PEAK and COPY are measured on a GPU only\n");
        return Ok(Ceiling::default());
    };
    let begun = Instant::now();
    let ceiling = Ceiling::measure(gpu, &|| begun.elapsed().as_secs_f64(), MOST_SECONDS).await?;
    let number = |number: Option<f64>| number.map_or("-".into(), |number| format!("{number:.1}"));
    let Ceiling { gflops, gb_s } = ceiling;
    say!("PEAK {} GFLOP/s of multiply-adds; COPY {} GB/s read and written\n", number(gflops), number(gb_s));
    Ok(ceiling)
}
