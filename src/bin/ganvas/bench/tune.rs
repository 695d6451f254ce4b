//! `ganvas bench --tune`: what the page's tuner picks on this device, and what a whole step gains by it.

use super::{Machine, sample};
use crate::terminal::say;
use ganvas::Result;
use ganvas::bench::Task;
use ganvas::kernel::{self, Tuning};
use ganvas::train::tuner::{self, Budget};
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Instant;

/// Seconds that each kind of step is timed for.
const SECONDS: f64 = 1.0;

fn clock() -> f64 {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGIN.elapsed().as_secs_f64() * 1e3
}

/// Prints a line for each shape of product of the training steps among the tasks, and what a step takes without and with
/// the table; answers with the same as JSON.
pub async fn print(machine: &Machine, tasks: &[&Task]) -> Result<Value> {
    let gpu = machine.gpu.as_ref().expect("the arguments were checked");
    let mut rows = Vec::new();
    for task in tasks {
        let work = task.work()?;
        if !work.has_losses {
            continue;
        }
        say!("{} ({})", task.key, task.what);
        let mut table = Tuning::default();
        let mut shapes = Vec::new();
        for kernel in tuner::open_shapes(&work.program, &table) {
            let Some(pick) = tuner::pick(gpu, &kernel, table.others, Budget::WHOLE, clock).await? else { continue };
            let gain = pick.usual_ms / pick.ms;
            say!(
                "  {:>10} {gain:>6.2} times as fast: {:>8.1} us, by shape {:>8.1} us, of {} tried{}  {}",
                pick.variant.name(),
                pick.ms * 1e3,
                pick.usual_ms * 1e3,
                pick.tried,
                if pick.wrong > 0 { format!(", {} WRONG", pick.wrong) } else { String::new() },
                pick.key
            );
            shapes.push(json!({
                "key": pick.key, "variant": pick.variant.name(), "us": pick.ms * 1e3, "usual_us": pick.usual_ms * 1e3,
                "tried": pick.tried, "wrong": pick.wrong,
            }));
            table.set(&pick.key, pick.variant);
        }
        // In turn, so that a clock that falls is not taken for a difference.
        let mut backends = Vec::new();
        for tuning in [Tuning::default(), table] {
            let launches = kernel::lower_plans(&work.program, &tuning);
            backends.push(machine.backend(task.work()?, launches).await?);
        }
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..3 {
            for (backend, times) in backends.iter_mut().zip(&mut times) {
                times.push(sample::steps(backend, &work.step, SECONDS).await?.step.median * 1e3);
            }
        }
        let [usual, tuned] = times.map(|times| sample::Spread::of(times).median);
        say!("  a step: {usual:.4} ms by shape, {tuned:.4} ms tuned, {:.2} times as fast\n", usual / tuned);
        rows.push(json!({ "key": task.key, "step_ms": usual, "tuned_step_ms": tuned, "shapes": shapes }));
    }
    Ok(Value::Array(rows))
}
