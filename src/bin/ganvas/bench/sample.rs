//! Timing: many steps a sample and one wait at its end, many samples, their median and quartiles.

use ganvas::Result;
use ganvas::backend::Backend;
use std::time::Instant;

/// Steps in one submission, and the most in one sample.
const SUBMISSION: usize = 128;
const MOST_STEPS: usize = 2_048;
/// A sample lasts at least so long, where the steps allow it: the wait at its end takes some 0.1 ms.
const SAMPLE_SECONDS: f64 = 0.03;
const LEAST_SAMPLES: usize = 3;
const SAMPLES: usize = 20;

/// Seconds.
pub struct Spread {
    pub median: f64,
    pub lower: f64,
    pub upper: f64,
}

impl Spread {
    /// Median and quartiles (nearest rank) of at least one number.
    pub fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        Spread { median: at(0.5), lower: at(0.25), upper: at(0.75) }
    }
}

pub struct Timing {
    /// Of one step, by the clock.
    pub step: Spread,
    /// Seconds of the host for one step: encoding and submitting.
    pub encode: f64,
    pub samples: usize,
    /// In one sample.
    pub steps: usize,
}

/// Runs steps; answers with the seconds until all was done and those until all was submitted.
async fn run(backend: &mut Backend, step: &[usize], times: usize) -> Result<[f64; 2]> {
    let begin = Instant::now();
    for first in (0..times).step_by(SUBMISSION) {
        backend.run(&step.repeat(SUBMISSION.min(times - first)))?;
    }
    let submitted = begin.elapsed().as_secs_f64();
    backend.finish().await?;
    Ok([begin.elapsed().as_secs_f64(), submitted])
}

/// Times a step that has run once: at least 20 samples, or as many as go into `seconds`, and not less than three.
pub async fn steps(backend: &mut Backend, step: &[usize], seconds: f64) -> Result<Timing> {
    let mut steps = 1;
    // As many steps as fill a sample; this is warm-up too.
    loop {
        let [taken, _] = run(backend, step, steps).await?;
        if taken >= SAMPLE_SECONDS || steps == MOST_STEPS {
            break;
        }
        let more = (steps as f64 * 1.2 * SAMPLE_SECONDS / taken.max(1e-6)).ceil() as usize;
        steps = more.clamp(steps + 1, 16 * steps).min(MOST_STEPS);
    }
    let (mut times, mut encode) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    while times.len() < LEAST_SAMPLES || begin.elapsed().as_secs_f64() < seconds && times.len() < 5 * SAMPLES {
        let [taken, submitted] = run(backend, step, steps).await?;
        times.push(taken / steps as f64);
        encode.push(submitted / steps as f64);
    }
    let samples = times.len();
    Ok(Timing { step: Spread::of(times), encode: Spread::of(encode).median, samples, steps })
}
