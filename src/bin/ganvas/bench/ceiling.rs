//! PEAK and COPY: what an adapter can do at most.

use super::sample::Spread;
use ganvas::Result;
use ganvas::backend::gpu::{GpuDevice, GpuProbe};
use ganvas::kernel::probe::{self, Probe};
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

/// A sample of a probe lasts at least so long.
const SAMPLE_SECONDS: f64 = 0.02;
const SAMPLES: usize = 20;
/// Samples stop after so many seconds, on adapters that compute on the CPU.
const MOST_SECONDS: f64 = 2.0;

/// Measured on a GPU. On the CPU backend nothing is: its peak depends on what instructions a compiler finds.
#[derive(Default)]
pub struct Ceiling {
    /// Multiply-adds count two; 10^9 a second.
    pub gflops: Option<f64>,
    /// Read and written; 10^9 bytes a second.
    pub gb_s: Option<f64>,
}

impl Ceiling {
    pub async fn measure(gpu: &Rc<GpuDevice>) -> Result<Ceiling> {
        let (peak, copy) = (probe::peak(), probe::copy());
        // The copy runs over all of its buffers, the peak with as many workgroups as fill the device.
        let gflops = peak.flops as f64 / fastest(gpu, &peak, 16).await? / 1e9;
        let gb_s = copy.bytes as f64 / fastest(gpu, &copy, copy.max_workgroups).await? / 1e9;
        Ok(Ceiling { gflops: Some(gflops), gb_s: Some(gb_s) })
    }
}

/// Seconds for one workgroup among many: the median of samples, from `workgroups` at a time upwards.
async fn fastest(gpu: &Rc<GpuDevice>, probe: &Probe, workgroups: u32) -> Result<f64> {
    let made = GpuProbe::new(gpu.clone(), probe).await?;
    let (mut workgroups, mut times) = (workgroups, 1);
    made.run(workgroups, times).await?;
    loop {
        let begin = Instant::now();
        made.run(workgroups, times).await?;
        if begin.elapsed().as_secs_f64() >= SAMPLE_SECONDS || times >= 1024 {
            break;
        }
        if workgroups < probe.max_workgroups {
            workgroups = (2 * workgroups).min(probe.max_workgroups);
        } else {
            times *= 2;
        }
    }
    let (mut seconds, begin) = (Vec::new(), Instant::now());
    while seconds.len() < 3 || seconds.len() < SAMPLES && begin.elapsed().as_secs_f64() < MOST_SECONDS {
        let begin = Instant::now();
        made.run(workgroups, times).await?;
        seconds.push(begin.elapsed().as_secs_f64());
    }
    Ok(Spread::of(seconds).median / f64::from(workgroups) / times as f64)
}

impl fmt::Display for Ceiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.gflops, self.gb_s) {
            (Some(gflops), Some(gb_s)) => {
                write!(f, "PEAK {gflops:.1} GFLOP/s of multiply-adds; COPY {gb_s:.1} GB/s read and written")
            }
            _ => write!(f, "PEAK and COPY are measured on a GPU only"),
        }
    }
}
