//! The GPU of the tests: each test opens a device and drops it at its end. (Kept in thread-local storage it would outlive
//! wgpu's own, and dropping it then aborts.)
//!
//! A machine without an adapter fails the tests, since kernels that never ran are not known to work. Who expects none
//! says so: with `GANVAS_NO_GPU=1` these tests are skipped, with a line on the terminal for each.

#![allow(dead_code)]

use crate::common::{Case, SEED};
use ganvas::backend::gpu::{GpuBackend, GpuDevice};
use ganvas::backend::{Arena, Program};
use ganvas::kernel::{self, Tuning, Variant};
use pollster::block_on;
use std::io::Write;
use std::rc::Rc;

/// A device, or None where the environment says that there is none.
pub fn device() -> Option<Rc<GpuDevice>> {
    if std::env::var("GANVAS_NO_GPU").is_ok_and(|value| value == "1") {
        let test = std::thread::current().name().unwrap_or("a test").to_string();
        // Straight to the terminal: the harness swallows what a passing test prints.
        _ = writeln!(std::io::stderr(), "SKIPPED {test}: GANVAS_NO_GPU=1, so nothing was run on a GPU");
        return None;
    }
    match block_on(GpuDevice::open()) {
        Ok(device) => Some(Rc::new(device)),
        Err(error) => panic!(
            "these tests run the kernels on a GPU, and none could be opened.\n{error}\nA software adapter is enough: \
             install mesa-vulkan-drivers and libvulkan1 (apt-get install mesa-vulkan-drivers libvulkan1). \
             On a machine that shall do without, set GANVAS_NO_GPU=1."
        ),
    }
}

/// A backend for a program, with the tables' bytes.
pub fn backend(device: &Rc<GpuDevice>, program: Program, tables: &[Vec<u8>], seed: u32) -> GpuBackend {
    block_on(GpuBackend::new(device.clone(), program, tables, seed, &mut |_, _| {})).unwrap()
}

/// A backend that holds the case's inputs.
pub fn backend_for(device: &Rc<GpuDevice>, case: &Case, program: Program) -> GpuBackend {
    backend_with(device, case, program, &Variant::default())
}

/// The same with other kernels of tiled products.
pub fn backend_with(device: &Rc<GpuDevice>, case: &Case, program: Program, variant: &Variant) -> GpuBackend {
    let launches = kernel::lower_plans(&program, &Tuning::all(*variant));
    let mut progress = |_, _| {};
    let made = GpuBackend::with_launches(device.clone(), program, launches, &case.tables, SEED, &mut progress);
    let mut backend = block_on(made).unwrap();
    let arena: Vec<f32> = case.arena().into_iter().map(|value| value as f32).collect();
    if !arena.is_empty() {
        backend.write(case.network, Arena::Buffers, &arena).unwrap();
    }
    backend
}

/// What plan number `plan` left in its output.
pub fn output(backend: &GpuBackend, plan: usize) -> Vec<f32> {
    block_on(backend.output(plan)).unwrap()
}

/// What a network's arena holds.
pub fn read(backend: &GpuBackend, network: ganvas::graph::NetworkId, arena: Arena) -> Vec<f32> {
    block_on(backend.read(network, arena)).unwrap()
}
