//! The kernels of `kernels.rs` in a real browser, where the shaders go through its own compiler (Tint in Chromium) and
//! numbers come back the asynchronous way. Run by `cargo xtask test` with wasm-bindgen's test runner and chromedriver;
//! `webdriver.json` holds the browser's flags.

#![cfg(target_arch = "wasm32")]

mod common;
#[path = "common/judge.rs"]
mod judge;
#[path = "common/suite.rs"]
mod suite;

use common::SEED;
use ganvas::backend::Arena;
use ganvas::backend::gpu::{GpuBackend, GpuDevice};
use judge::Verdict;
use std::rc::Rc;
use suite::Entry;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Shaders of products take SwiftShader about a second each to compile: of their shapes, this many in all are run.
const PRODUCTS: usize = 24;

async fn on_gpu(device: &Rc<GpuDevice>, entry: &Entry, program: ganvas::backend::Program) -> Vec<Vec<f64>> {
    let plans = program.plans.len();
    let tables = &entry.case.tables;
    let mut backend = GpuBackend::new(device.clone(), program, tables, SEED, &mut |_, _| {}).await.unwrap();
    let arena: Vec<f32> = entry.case.arena().into_iter().map(|value| value as f32).collect();
    if !arena.is_empty() {
        backend.write(entry.case.network, Arena::Buffers, &arena).unwrap();
    }
    let mut results = Vec::new();
    for plan in 1..plans {
        backend.run(&[0, plan]).unwrap();
        results.push(backend.output(plan).await.unwrap().into_iter().map(f64::from).collect());
    }
    results
}

async fn check(name: &str, entries: Vec<Entry>) {
    let device = match GpuDevice::open().await {
        Ok(device) => Rc::new(device),
        Err(error) => panic!("the browser gives no WebGPU device: {error}"),
    };
    let (count, mut worst) = (entries.len(), 0.0f64);
    for entry in entries {
        let program = entry.program();
        let results = on_gpu(&device, &entry, program.clone()).await;
        worst = worst.max(Verdict::of(&entry, &program).compare(&entry, "GPU", &results));
    }
    console_log!("{name}: {count} programs, largest error over what is allowed: {worst:.2}");
}

/// Every n-th entry, so that about `most` are left; the steps differ between the lists' own patterns.
fn spread(entries: Vec<Entry>, most: usize) -> Vec<Entry> {
    let every = entries.len().div_ceil(most).max(1);
    entries.into_iter().step_by(every).collect()
}

#[wasm_bindgen_test]
async fn matrix_products() {
    check("matrix products", spread(suite::matrix_products(), PRODUCTS / 2)).await;
}

#[wasm_bindgen_test]
async fn convolutions_with_both_gradients() {
    check("convolutions", spread(suite::convolutions(), PRODUCTS / 2)).await;
}

#[wasm_bindgen_test]
async fn elementwise_functions_and_broadcasts() {
    check("elementwise", suite::elementwise()).await;
}

#[wasm_bindgen_test]
async fn slices_concatenations_and_reshapes() {
    check("layouts", suite::layouts()).await;
}

#[wasm_bindgen_test]
async fn sums() {
    check("sums", suite::reductions()).await;
}

#[wasm_bindgen_test]
async fn views_padding_maxima_and_rows_by_number() {
    let entries = [suite::views(), suite::maxima(), suite::rows()];
    check("views, maxima, rows", entries.into_iter().flatten().collect()).await;
}

#[wasm_bindgen_test]
async fn layers_made_of_many_ops() {
    check("layers", suite::layers()).await;
}

#[wasm_bindgen_test]
async fn normalizations() {
    check("normalizations", suite::normalizations()).await;
}

#[wasm_bindgen_test]
async fn random_numbers_constants_and_rows() {
    check("sources", suite::sources()).await;
}

/// What `ganvas check` does, with the committed cases and their values from PyTorch.
#[cfg(feature = "check")]
#[wasm_bindgen_test]
async fn cases_against_pytorch() {
    let device = match GpuDevice::open().await {
        Ok(device) => Rc::new(device),
        Err(error) => panic!("the browser gives no WebGPU device: {error}"),
    };
    let cases = ganvas::check::read("small.safetensors", include_bytes!("fixtures/small.safetensors")).unwrap();
    let device = ganvas::check::Device::Gpu(device);
    let report = ganvas::check::check(&device, &cases, &mut |_, _| {}).await.unwrap();
    assert!(report.passes(), "{report}");
    assert_eq!(report.cases(), cases.len());
    console_log!("{report}");
}
