//! Which backend a session gets, and why. wgpu knows little of a browser's adapter, so the browser is asked directly.

use crate::backend::gpu::GpuDevice;
use crate::train::settings::BackendChoice;
use js_sys::{Function, Promise, Reflect};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The outcome: a device or none, its name, and a sentence that gives the reason.
pub(super) struct Chosen {
    pub device: Option<Rc<GpuDevice>>,
    pub adapter: String,
    pub is_software: bool,
    pub reason: String,
}

/// What the browser says of its adapter.
struct Adapter {
    name: String,
    is_software: bool,
}

/// Chooses the backend. `gpu_problem` is what the page has already found out to be missing.
pub(super) async fn choose(wanted: BackendChoice, gpu_problem: Option<String>) -> Chosen {
    let on_cpu =
        |adapter: String, is_software: bool, reason: String| Chosen { device: None, adapter, is_software, reason };
    if wanted == BackendChoice::Cpu {
        return on_cpu(String::new(), false, "You chose the CPU backend.".into());
    }
    if let Some(problem) = gpu_problem {
        return on_cpu(String::new(), false, format!("{problem} Training on the CPU instead."));
    }
    let adapter = match find_adapter().await {
        Some(adapter) => adapter,
        None => {
            let reason = "This browser found no WebGPU adapter: the graphics driver may be switched off, blocked or missing. Training on the CPU instead.";
            return on_cpu(String::new(), false, reason.into());
        }
    };
    if wanted == BackendChoice::Auto && adapter.is_software {
        let reason = format!(
            "The only WebGPU adapter here is a software one ({}), which computes on the CPU and is slower at it than the CPU backend. Choose WebGPU to use it all the same.",
            adapter.name
        );
        return on_cpu(adapter.name, true, reason);
    }
    match GpuDevice::open().await {
        Ok(device) => {
            let reason = match (wanted, adapter.is_software) {
                (_, true) => "You chose WebGPU, on a software adapter: the CPU backend is much faster here.",
                (BackendChoice::Auto, _) => "This device has a GPU that the browser offers through WebGPU.",
                _ => "You chose WebGPU.",
            };
            let (name, is_software) = (adapter.name, adapter.is_software);
            Chosen { device: Some(Rc::new(device)), adapter: name, is_software, reason: reason.into() }
        }
        Err(error) => on_cpu(adapter.name, adapter.is_software, format!("{error} Training on the CPU instead.")),
    }
}

/// Whether the adapter that `GpuDevice::open` will get computes on the CPU.
#[cfg(feature = "bench")]
pub async fn is_software() -> bool {
    find_adapter().await.is_some_and(|adapter| adapter.is_software)
}

/// The adapter that `GpuDevice::open` will get, described by `navigator.gpu`; None where there is none.
async fn find_adapter() -> Option<Adapter> {
    let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).ok().filter(|value| !value.is_falsy());
    let gpu = get(&get(&js_sys::global(), "navigator")?, "gpu")?;
    let request: Function = get(&gpu, "requestAdapter")?.dyn_into().ok()?;
    let options = js_sys::Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok()?;
    let promise: Promise = request.call1(&gpu, &options).ok()?.dyn_into().ok()?;
    let adapter = JsFuture::from(promise).await.ok().filter(|adapter| !adapter.is_falsy())?;
    let info = get(&adapter, "info").unwrap_or(JsValue::UNDEFINED);
    let text = |key: &str| match info.is_undefined() {
        true => String::new(),
        false => get(&info, key).and_then(|value| value.as_string()).unwrap_or_default(),
    };
    let parts = [text("description"), text("device"), text("vendor"), text("architecture")];
    let name = match &parts {
        [description, ..] if !description.is_empty() => description.clone(),
        [_, rest @ ..] => rest.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" "),
    };
    let says_fallback = |object: &JsValue| !object.is_undefined() && get(object, "isFallbackAdapter").is_some();
    let known = ["swiftshader", "llvmpipe", "lavapipe", "software", "basic render"];
    let lower = parts.join(" ").to_ascii_lowercase();
    let is_software = says_fallback(&adapter) || says_fallback(&info) || known.iter().any(|name| lower.contains(name));
    let name = if name.is_empty() { "WebGPU adapter (the browser does not name it)".to_string() } else { name };
    Some(Adapter { name, is_software })
}
