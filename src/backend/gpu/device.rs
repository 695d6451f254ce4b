//! An adapter and its device, and what becomes of them: errors and loss are noted here and asked for by the backend.

use super::signal::Signal;
use crate::error::{Error, Result};
use std::sync::{Arc, OnceLock};

/// An opened GPU.
pub struct GpuDevice {
    pub(super) instance: wgpu::Instance,
    pub(super) adapter: wgpu::Adapter,
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    /// The adapter's name; empty on the web, where the page reads it from `adapter.info`.
    pub name: String,
    /// Whether the adapter computes on the CPU (SwiftShader, lavapipe, WARP).
    pub is_software: bool,
    /// Vulkan, Metal, DX12 or WebGPU.
    pub api: &'static str,
    /// The driver and its version; empty on the web.
    pub driver: String,
    /// Whether it can time passes ([`super::GpuBackend::time`]). Not asked for on the web.
    pub has_timestamps: bool,
    errors: Signal<Error>,
    lost: Signal<String>,
    /// Why the device was lost, from then on.
    loss: Arc<OnceLock<String>>,
}

/// An error of the device as ours.
fn device_error(error: wgpu::Error) -> Error {
    match error {
        wgpu::Error::OutOfMemory { source } => {
            Error::OutOfMemory { what: "the GPU".into(), message: format!("has no memory left ({source})") }
        }
        wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
            Error::Kernel { kernel: "on the GPU".into(), message: description }
        }
    }
}

impl GpuDevice {
    /// Opens the preferred adapter with WebGPU's default limits.
    ///
    /// # Errors
    /// [`Error::NoDevice`] when there is no adapter, or its device is refused.
    pub async fn open() -> Result<Self> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(descriptor);
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let no_device = |message: String| Error::NoDevice { message, remedy: REMEDY.into() };
        let adapter = instance
            .request_adapter(&options)
            .await
            .map_err(|error| no_device(format!("No GPU adapter was found: {error}.")))?;
        // Only programs in a terminal time passes; the page runs on what every device has.
        let wanted =
            if cfg!(target_arch = "wasm32") { wgpu::Features::empty() } else { wgpu::Features::TIMESTAMP_QUERY };
        let required_features = adapter.features() & wanted;
        let device = wgpu::DeviceDescriptor {
            required_features,
            required_limits: wgpu::Limits::default(),
            ..Default::default()
        };
        let (device, queue) = adapter
            .request_device(&device)
            .await
            .map_err(|error| no_device(format!("The GPU device was refused: {error}.")))?;
        let info = adapter.get_info();
        let (errors, lost) = (Signal::default(), Signal::default());
        let loss = Arc::new(OnceLock::new());
        let (on_error, on_lost, reason) = (errors.clone(), lost.clone(), loss.clone());
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| on_error.send(device_error(error))));
        device.set_device_lost_callback(move |_, message: String| {
            _ = reason.set(message.clone());
            on_lost.send(message);
        });
        let is_software = info.device_type == wgpu::DeviceType::Cpu;
        let driver = [info.driver, info.driver_info].join(" ").trim().to_string();
        let (api, has_timestamps) =
            (info.backend.to_str(), required_features.contains(wgpu::Features::TIMESTAMP_QUERY));
        let name = info.name;
        Ok(GpuDevice {
            instance,
            adapter,
            device,
            queue,
            name,
            is_software,
            api,
            driver,
            has_timestamps,
            errors,
            lost,
            loss,
        })
    }

    /// Resolves with the reason when the device is lost, and not before.
    pub fn lost(&self) -> impl Future<Output = String> + 'static {
        self.lost.clone()
    }

    /// Destroys the device, as an unplugged or reset GPU would.
    pub fn lose(&self) {
        self.device.destroy();
    }

    /// The first error that the device reported since the last call, as our error.
    pub(super) fn check(&self) -> Result<()> {
        // On a lost device everything fails, and the loss is why.
        if let Some(message) = self.loss.get() {
            return Err(Error::DeviceLost { message: message.clone() });
        }
        self.errors.take().map_or(Ok(()), Err)
    }

    /// Waits until the device has done everything that was submitted.
    pub(super) async fn finish(&self) -> Result<()> {
        let done = Signal::default();
        let on_done = done.clone();
        self.queue.on_submitted_work_done(move || on_done.send(()));
        self.poll()?;
        done.await;
        self.check()
    }

    /// Runs a kernel `times` times in a submission of its own, and waits for the end.
    pub(super) async fn repeat(
        &self,
        pipeline: &wgpu::ComputePipeline,
        bind_group: &wgpu::BindGroup,
        [x, y, z]: [u32; 3],
        times: usize,
    ) -> Result<()> {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, bind_group, &[]);
            (0..times).for_each(|_| pass.dispatch_workgroups(x, y, z));
        }
        self.queue.submit([encoder.finish()]);
        self.finish().await
    }

    /// Natively, runs callbacks that are due, waiting for the device; on the web the event loop does it.
    fn poll(&self) -> Result<()> {
        match self.device.poll(wgpu::PollType::wait_indefinitely()) {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::DeviceLost { message: error.to_string() }),
        }
    }

    /// Copies a range of a buffer to the host.
    pub(super) async fn read(&self, buffer: &wgpu::Buffer, offset_bytes: u64, size_bytes: u64) -> Result<Vec<u8>> {
        if size_bytes == 0 {
            return Ok(Vec::new());
        }
        let staging = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: size_bytes,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(buffer, offset_bytes, &staging, 0, size_bytes);
        self.queue.submit([encoder.finish()]);
        let mapped = Signal::default();
        let on_mapped = mapped.clone();
        staging.map_async(wgpu::MapMode::Read, .., move |result| on_mapped.send(result.is_ok()));
        self.poll()?;
        if !mapped.await {
            self.check()?;
            return Err(Error::DeviceLost { message: "reading back from the GPU failed".into() });
        }
        let bytes = match staging.get_mapped_range(..) {
            Ok(view) => view.to_vec(),
            Err(error) => return Err(Error::DeviceLost { message: error.to_string() }),
        };
        staging.destroy();
        self.check()?;
        Ok(bytes)
    }
}

#[cfg(target_arch = "wasm32")]
const REMEDY: &str = "Use a current browser with WebGPU switched on, or choose the CPU backend.";
#[cfg(not(target_arch = "wasm32"))]
const REMEDY: &str =
    "Install a Vulkan driver (on Debian: apt-get install mesa-vulkan-drivers libvulkan1), or choose the CPU backend.";
