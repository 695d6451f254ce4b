//! `ganvas check`: cases with the values that PyTorch computes, against a backend of this machine.

use crate::list::say_json;
use crate::run::Choice;
use crate::terminal::{self, say};
use ganvas::backend::gpu::GpuDevice;
use ganvas::check::{self, Device, Report, Verdict};
use ganvas::near;
use ganvas::{Error, Result};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// Case files, as tests/fixtures/make_fixtures.py writes them
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Choice,
    /// Only the cases of this op, layer, loss or net, as the table names it
    #[arg(long)]
    only: Option<String>,
    /// Print JSON in place of a table
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<()> {
    pollster::block_on(check_files(arguments))
}

async fn check_files(arguments: Arguments) -> Result<()> {
    let device = match arguments.backend {
        Choice::Cpu => Device::Cpu,
        Choice::Gpu => Device::Gpu(Rc::new(GpuDevice::open().await?)),
    };
    let mut cases = Vec::new();
    for (number, path) in arguments.files.iter().enumerate() {
        let name = path.display().to_string();
        let bytes =
            std::fs::read(path).map_err(|error| Error::File { path: name.clone(), message: error.to_string() })?;
        for mut case in check::read(&name, &bytes)? {
            // Names are unique within a file.
            if arguments.files.len() > 1 {
                case.name = format!("{}:{}", number + 1, case.name);
            }
            cases.push(case);
        }
    }
    if let Some(only) = &arguments.only {
        let mut known: Vec<String> = cases.iter().map(|case| case.of.clone()).collect();
        known.sort();
        known.dedup();
        cases.retain(|case| case.of == *only);
        if cases.is_empty() {
            let names: Vec<&str> = known.iter().map(|of| &of[..]).collect();
            let message = match &near::near(only, &names)[..] {
                [] => format!("there is no case of `{only}`; the files have {}", names.join(", ")),
                _ => format!("there is no case of `{only}`{}", near::hint(only, &names)),
            };
            return Err(Error::Setting { key: "only".into(), message });
        }
    }
    let adapter = match &device {
        Device::Cpu => "the CPU backend".to_string(),
        Device::Gpu(gpu) => gpu.name.clone(),
    };
    let bar = terminal::bar("{bar:30} {pos}/{len} cases", cases.len() as u64);
    let begin = Instant::now();
    let report = check::check(&device, &cases, &mut |done, _| bar.set_position(done as u64)).await?;
    bar.finish_and_clear();
    if arguments.json {
        say_json(&as_json(&report));
    } else {
        say!("{report}, in {:.1} s on {adapter}", begin.elapsed().as_secs_f64());
    }
    if report.passes() {
        return Ok(());
    }
    let message = format!("{} tensors are out of tolerance", report.failures.len());
    Err(Error::Kernel { kernel: "check".into(), message })
}

fn as_json(report: &Report) -> Value {
    let verdict = |verdict: &Verdict| {
        json!({
            "case": verdict.case, "kind": verdict.kind, "tensor": verdict.tensor, "shape": verdict.shape,
            "index": verdict.index, "value": verdict.value, "expected": verdict.expected, "error": verdict.error,
            "allowed": verdict.tolerance,
        })
    };
    let rows = report.rows.iter().map(|(of, row)| {
        json!({
            "of": of, "cases": row.cases, "elements": row.elements, "failures": row.failures,
            "worst": verdict(&row.worst),
        })
    });
    let failures: Vec<Value> = report.failures.iter().map(verdict).collect();
    json!({ "passes": report.passes(), "rows": rows.collect::<Vec<_>>(), "failures": failures })
}
