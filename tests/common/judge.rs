//! The judge of the kernels' results: the CPU backend in f64, for tests on this machine and in the browser alike.

#![allow(dead_code)]

use crate::common::SEED;
use crate::suite::{Entry, Tolerance};
use ganvas::backend::cpu::{CpuBackend, Real};
use ganvas::backend::{Arena, Program};

/// Runs all plans of the program on the CPU, in f64 or f32.
pub fn cpu<T: Real>(entry: &Entry, program: &Program, arena: &[f64]) -> Vec<Vec<f64>> {
    let mut backend: CpuBackend<T> = CpuBackend::new(program.clone(), entry.case.tables.clone(), SEED).unwrap();
    backend.write_f64(entry.case.network, Arena::Buffers, arena).unwrap();
    let mut run = |plan: usize| {
        backend.run(0).unwrap();
        backend.run(plan).unwrap();
        backend.output_f64(plan)
    };
    (1..program.plans.len()).map(&mut run).collect()
}

/// What an entry's plans should yield: in f64, in f32 on the CPU, and in f64 on the inputs' absolute values, from which
/// the size of rounding errors follows.
pub struct Verdict {
    exact: Vec<Vec<f64>>,
    pub single: Vec<Vec<f64>>,
    magnitude: Vec<Vec<f64>>,
}

impl Verdict {
    pub fn of(entry: &Entry, program: &Program) -> Verdict {
        let arena = entry.case.arena();
        let absolute: Vec<f64> = arena.iter().map(|value| value.abs()).collect();
        let mut magnitude = cpu::<f64>(entry, program, &absolute);
        magnitude.iter_mut().flatten().for_each(|value| *value = value.abs());
        let (exact, single) = (cpu::<f64>(entry, program, &arena), cpu::<f32>(entry, program, &arena));
        Verdict { exact, single, magnitude }
    }

    /// Holds a backend's results against the judge's; answers with the largest error in units of what is allowed.
    pub fn compare(&self, entry: &Entry, backend: &str, results: &[Vec<f64>]) -> f64 {
        let mut worst = 0.0f64;
        for (index, &(_, tolerance)) in entry.outputs.iter().enumerate() {
            let judge = [&self.exact[index], &self.single[index], &self.magnitude[index]].map(|values| &values[..]);
            let what = format!("{}, output {index}, {backend}", entry.name);
            worst = worst.max(compare(&what, &results[index], judge, tolerance));
        }
        worst
    }
}

/// Compares and answers with the largest error in units of what is allowed.
fn compare(what: &str, values: &[f64], [exact, single, magnitude]: [&[f64]; 3], tolerance: Tolerance) -> f64 {
    assert_eq!(values.len(), exact.len(), "{what}: number of elements");
    let mut worst = 0.0f64;
    for (index, &value) in values.iter().enumerate() {
        if let Tolerance::Exact = tolerance {
            let same = (value as f32).to_bits() == (single[index] as f32).to_bits();
            assert!(same, "{what}: element {index} is {value} and should be exactly {}", single[index]);
            continue;
        }
        let (error, allowed) = ((value - exact[index]).abs(), tolerance.allowed(exact[index], magnitude[index]));
        let text = || format!("{what}: element {index} is {value}, should be {}, within {allowed:e}", exact[index]);
        assert!(error <= allowed, "{}", text());
        if allowed > 0.0 {
            worst = worst.max(error / allowed);
        }
    }
    worst
}
