//! Work that engines are compared by, for `www/bench/engines/ganvas.js`.

use super::adapter;
use super::laboratory::object;
use super::{now, thrown};
use crate::backend::Backend;
use crate::backend::cpu::CpuBackend;
use crate::backend::gpu::{Ceiling, GpuBackend, GpuDevice};
use crate::bench::{self, Named, Task, Work};
use crate::error::Error;
use crate::kernel::{self, Tuning};
use js_sys::{Array, Float32Array, Object, Reflect};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// What all engines begin with is drawn from this seed.
const SEED: u32 = 1;

/// A device that pieces of work share: the GPU, or none, which is the CPU.
#[wasm_bindgen]
pub struct BenchDevice(Option<Rc<GpuDevice>>, Tuning);

#[wasm_bindgen]
impl BenchDevice {
    /// The WebGPU device, or the CPU.
    pub async fn open(gpu: bool) -> Result<BenchDevice, JsValue> {
        match gpu {
            true => {
                let tuning = Tuning::for_device(adapter::is_software().await);
                Ok(BenchDevice(Some(Rc::new(GpuDevice::open().await.map_err(thrown)?)), tuning))
            }
            false => Ok(BenchDevice(None, Tuning::default())),
        }
    }

    /// What a GPU can do at most, each measured for so many seconds: `{ peakGflops, copyGbPerSecond }`.
    pub async fn ceiling(&self, seconds: f64) -> Result<JsValue, JsValue> {
        let message = || thrown(Error::Setting { key: "device".into(), message: "is the CPU".into() });
        let device = self.0.as_ref().ok_or_else(message)?;
        let Ceiling { gflops, gb_s } = Ceiling::measure(device, &|| now() / 1e3, seconds).await.map_err(thrown)?;
        object([("peakGflops", gflops.into()), ("copyGbPerSecond", gb_s.into())])
    }
}

/// A piece of work on a device.
#[wasm_bindgen]
pub struct BenchWork {
    backend: Backend,
    step: Vec<usize>,
    has_losses: bool,
    steps: usize,
}

fn task(key: &str) -> Result<&'static Task, JsValue> {
    let message = || thrown(Error::Setting { key: "work".into(), message: format!("there is no work “{key}”") });
    Task::find(key).ok_or_else(message)
}

#[wasm_bindgen]
impl BenchWork {
    /// Builds the work with that key and makes it ready on a device.
    pub async fn create(key: String, chosen: &BenchDevice) -> Result<BenchWork, JsValue> {
        let Work { program, step, tables, learning_rates, has_losses } = task(&key)?.work().map_err(thrown)?;
        let mut backend = match &chosen.0 {
            Some(device) => {
                let launches = kernel::lower_plans(&program, &chosen.1);
                let made =
                    GpuBackend::with_launches(device.clone(), program, launches, &tables, SEED, &mut |_, _| {}).await;
                Backend::Gpu(Box::new(made.map_err(thrown)?))
            }
            None => Backend::Cpu(Box::new(CpuBackend::new(program, tables, SEED).map_err(thrown)?)),
        };
        for (network, rate) in learning_rates {
            backend.set_learning_rate(network, rate);
        }
        Ok(BenchWork { backend, step, has_losses, steps: 0 })
    }

    /// Starts `count` steps in one submission; on the CPU they have run afterwards.
    pub fn start(&mut self, count: usize) -> Result<(), JsValue> {
        self.steps += count;
        self.backend.run(&self.step.repeat(count)).map_err(thrown)
    }

    /// Resolves when everything started has run.
    pub async fn sync(&self) -> Result<(), JsValue> {
        self.backend.finish().await.map_err(thrown)
    }

    /// Losses of the last step, or the result of the product: arrays of numbers.
    pub async fn check(&self) -> Result<Array, JsValue> {
        let answer = Array::new();
        for &plan in &self.step {
            if !self.has_losses {
                let results = bench::results(&self.backend, plan).await.map_err(thrown)?;
                results.iter().for_each(|values| _ = answer.push(&Float32Array::from(&values[..])));
                continue;
            }
            let ring = self.backend.ring(plan).await.map_err(thrown)?;
            answer.push(&bench::loss(&ring, self.backend.program(), plan, self.steps).into());
        }
        Ok(answer)
    }

    /// Frees everything, the GPU's buffers too.
    pub fn destroy(self) {}
}

/// The numbers that the first step of a piece of work begins with, for the other engines: tensors by name, each
/// `{ shape, data }`, and networks as objects of these.
#[wasm_bindgen(js_name = benchNumbers)]
pub fn numbers(key: String) -> Result<JsValue, JsValue> {
    let answer = Object::new();
    for Named { path, shape, values } in task(&key)?.numbers(SEED).map_err(thrown)? {
        let tensor = object([
            ("shape", shape.iter().map(|&extent| JsValue::from(extent)).collect::<Array>().into()),
            ("data", Float32Array::from(&values[..]).into()),
        ])?;
        let mut place = answer.clone();
        let mut names = path.iter();
        let last = names.next_back().expect("a path is not empty");
        for name in names {
            let key = JsValue::from(name.as_str());
            let mut inner = Reflect::get(&place, &key)?;
            if inner.is_undefined() {
                inner = Object::new().into();
                Reflect::set(&place, &key, &inner)?;
            }
            place = inner.unchecked_into();
        }
        Reflect::set(&place, &last.as_str().into(), &tensor)?;
    }
    Ok(answer.into())
}
