//! Samples on a canvas, drawn by a shader from the buffer they were computed into: no readback.

use super::GpuBackend;
use crate::error::{Error, Result};
use crate::kernel;

/// How a buffer of images `[n, channels, height, width]` becomes a picture: a grid of `columns` x `rows` images with lines of `gap` pixels between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    pub columns: usize,
    pub rows: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub gap: usize,
}

impl Grid {
    /// Pixels of the whole picture, `[width, height]`.
    pub fn size(&self) -> [usize; 2] {
        [self.columns * (self.width + self.gap) - self.gap, self.rows * (self.height + self.gap) - self.gap]
    }
}

/// A canvas that shows a plan's output.
pub struct Canvas {
    surface: wgpu::Surface<'static>,
    configuration: wgpu::SurfaceConfiguration,
    pipeline: wgpu::RenderPipeline,
    bind_group: wgpu::BindGroup,
}

impl Canvas {
    /// Connects a surface target (an OffscreenCanvas in a worker) with the output of plan number `plan`.
    pub fn new(
        backend: &GpuBackend,
        target: impl Into<wgpu::SurfaceTarget<'static>>,
        plan: usize,
        grid: Grid,
    ) -> Result<Canvas> {
        let failed = |message: String| Error::Kernel { kernel: "draw".into(), message };
        let gpu = &backend.gpu;
        let surface = gpu.instance.create_surface(target).map_err(|error| failed(error.to_string()))?;
        let [full_width, full_height] = grid.size();
        let configuration = surface
            .get_default_config(&gpu.adapter, full_width as u32, full_height as u32)
            .ok_or_else(|| failed("the canvas cannot be drawn by this adapter".into()))?;
        surface.configure(&gpu.device, &configuration);
        let Grid { columns, rows, channels, height, width, gap } = grid;
        let source = kernel::draw_source([columns, rows], [channels, height, width], gap);
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("draw"),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("draw"),
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("draw_vertex"),
                compilation_options: Default::default(),
                buffers: &[],
            },
            primitive: Default::default(),
            depth_stencil: None,
            multisample: Default::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("draw_fragment"),
                compilation_options: Default::default(),
                targets: &[Some(configuration.format.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        let bind_group = bind(backend, &pipeline, plan);
        Ok(Canvas { surface, configuration, pipeline, bind_group })
    }

    /// Shows the output of plan number `plan` of this backend from now on, which must be on the same device and put out
    /// as many images of the same size.
    pub fn follow(&mut self, backend: &GpuBackend, plan: usize) {
        self.bind_group = bind(backend, &self.pipeline, plan);
    }

    /// Draws what the output holds now.
    pub fn draw(&self, backend: &GpuBackend) -> Result<()> {
        let gpu = &backend.gpu;
        let texture = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(texture) | wgpu::CurrentSurfaceTexture::Suboptimal(texture) => texture,
            // The next frame is soon enough.
            wgpu::CurrentSurfaceTexture::Timeout | wgpu::CurrentSurfaceTexture::Occluded => return Ok(()),
            _ => {
                self.surface.configure(&gpu.device, &self.configuration);
                return Ok(());
            }
        };
        let view = texture.texture.create_view(&Default::default());
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("draw"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bind_group, &[]);
            pass.draw(0..3, 0..1);
        }
        gpu.queue.submit([encoder.finish()]);
        gpu.queue.present(texture);
        gpu.check()
    }
}

fn bind(backend: &GpuBackend, pipeline: &wgpu::RenderPipeline, plan: usize) -> wgpu::BindGroup {
    backend.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("draw"),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: backend.memory.output(plan).as_entire_binding() }],
    })
}
