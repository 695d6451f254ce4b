//! Runs the kernels that find out what an adapter can do at most.

use super::GpuDevice;
use crate::error::{Error, Result};
use crate::kernel::probe::{self, Probe};
use crate::order;
use std::rc::Rc;

/// A probe with its pipeline and its buffers.
struct GpuProbe {
    gpu: Rc<GpuDevice>,
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    buffers: Vec<wgpu::Buffer>,
}

impl GpuProbe {
    /// Makes pipeline and buffers.
    ///
    /// # Errors
    /// [`Error::Pipeline`] when the device rejects the shader, [`Error::OutOfMemory`] when it has no room for the buffers.
    async fn new(gpu: Rc<GpuDevice>, probe: &Probe) -> Result<GpuProbe> {
        let device = &gpu.device;
        let invalid = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("probe"),
            source: wgpu::ShaderSource::Wgsl(std::borrow::Cow::Borrowed(&probe.source)),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("probe"),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        if let Some(error) = invalid.pop().await {
            return Err(Error::Pipeline { kernel: "probe".into(), message: error.to_string() });
        }
        let scarce = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = |&bytes: &usize| {
            let usage = wgpu::BufferUsages::STORAGE;
            let size = bytes as u64;
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("probe"),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        let buffers: Vec<wgpu::Buffer> = probe.buffer_bytes.iter().map(buffer).collect();
        if scarce.pop().await.is_some() {
            buffers.iter().for_each(wgpu::Buffer::destroy);
            let message = format!("the GPU has no {} bytes left", probe.buffer_bytes.iter().sum::<usize>());
            return Err(Error::OutOfMemory { what: "a probe".into(), message });
        }
        let entries: Vec<wgpu::BindGroupEntry> = buffers
            .iter()
            .enumerate()
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding: binding as u32,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let layout = &pipeline.get_bind_group_layout(0);
        let bind_group =
            device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries });
        gpu.check()?;
        Ok(GpuProbe { gpu, pipeline, bind_group, buffers })
    }

    /// Runs it `times` times with that many workgroups and waits for the end.
    async fn run(&self, workgroups: u32, times: usize) -> Result<()> {
        self.gpu.repeat(&self.pipeline, &self.bind_group, [workgroups, 1, 1], times).await
    }
}

/// What an adapter can do at most, as far as it has been measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ceiling {
    /// Multiply-adds, which count two; 10^9 a second.
    pub gflops: Option<f64>,
    /// Read and written; 10^9 bytes a second.
    pub gb_s: Option<f64>,
}

/// A sample of a probe lasts at least so many seconds, where one run is shorter.
const SAMPLE_SECONDS: f64 = 0.02;
const SAMPLES: usize = 20;
/// Also where they take longer than they should.
const LEAST_SAMPLES: usize = 3;
const MOST_TIMES: usize = 1024;

impl Ceiling {
    /// Runs both probes by the clock `now`, in seconds, and stops sampling after `most_seconds` of each.
    ///
    /// # Errors
    /// Those of the device. One that has no room for the copy's buffers has no `gb_s`.
    pub async fn measure(gpu: &Rc<GpuDevice>, now: &dyn Fn() -> f64, most_seconds: f64) -> Result<Ceiling> {
        let (peak, copy) = (probe::peak(), probe::copy());
        // The copy runs over all of its buffers, the peak with as many workgroups as fill the device.
        let seconds = GpuProbe::new(gpu.clone(), &peak).await?.seconds(16, &peak, now, most_seconds).await?;
        let gflops = Some(peak.flops as f64 / seconds / 1e9);
        let made = match GpuProbe::new(gpu.clone(), &copy).await {
            Err(Error::OutOfMemory { .. }) => return Ok(Ceiling { gflops, gb_s: None }),
            made => made?,
        };
        let seconds = made.seconds(copy.max_workgroups, &copy, now, most_seconds).await?;
        Ok(Ceiling { gflops, gb_s: Some(copy.bytes as f64 / seconds / 1e9) })
    }
}

impl GpuProbe {
    /// Seconds for one workgroup among many: the median of samples, from `workgroups` at a time upwards.
    async fn seconds(&self, workgroups: u32, probe: &Probe, now: &dyn Fn() -> f64, most_seconds: f64) -> Result<f64> {
        let (mut workgroups, mut times) = (workgroups, 1);
        self.run(workgroups, times).await?;
        loop {
            let begun = now();
            self.run(workgroups, times).await?;
            if now() - begun >= SAMPLE_SECONDS || times >= MOST_TIMES {
                break;
            }
            if workgroups < probe.max_workgroups {
                workgroups = (2 * workgroups).min(probe.max_workgroups);
            } else {
                times *= 2;
            }
        }
        let (mut seconds, begun) = (Vec::new(), now());
        while seconds.len() < LEAST_SAMPLES || seconds.len() < SAMPLES && now() - begun < most_seconds {
            let begun = now();
            self.run(workgroups, times).await?;
            seconds.push(now() - begun);
        }
        Ok(order::median(&seconds) / f64::from(workgroups) / times as f64)
    }
}

impl Drop for GpuProbe {
    fn drop(&mut self) {
        self.buffers.iter().for_each(wgpu::Buffer::destroy);
    }
}
