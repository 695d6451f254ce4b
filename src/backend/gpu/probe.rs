//! Runs the kernels that find out what an adapter can do at most.

use super::GpuDevice;
use crate::error::{Error, Result};
use crate::kernel::probe::Probe;
use std::rc::Rc;

/// A probe with its pipeline and its buffers.
pub struct GpuProbe {
    gpu: Rc<GpuDevice>,
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    buffers: Vec<wgpu::Buffer>,
}

impl GpuProbe {
    /// Makes pipeline and buffers.
    ///
    /// # Errors
    /// [`Error::Pipeline`] when the device rejects the shader.
    pub async fn new(gpu: Rc<GpuDevice>, probe: &Probe) -> Result<GpuProbe> {
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
    pub async fn run(&self, workgroups: u32, times: usize) -> Result<()> {
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bind_group, &[]);
            (0..times).for_each(|_| pass.dispatch_workgroups(workgroups, 1, 1));
        }
        self.gpu.queue.submit([encoder.finish()]);
        self.gpu.finish().await
    }
}

impl Drop for GpuProbe {
    fn drop(&mut self) {
        self.buffers.iter().for_each(wgpu::Buffer::destroy);
    }
}
