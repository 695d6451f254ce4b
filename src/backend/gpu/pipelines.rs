//! Pipelines and layouts, each made once.

use crate::error::{Error, Result};
use crate::kernel::Launch;
use std::collections::{HashMap, HashSet};

/// The distinct shaders of launches.
pub(super) fn sources(launches: &[Vec<Launch>]) -> HashSet<&str> {
    launches.iter().flatten().map(|launch| &launch.source[..]).collect()
}

/// Pipelines by shader text, and bind group layouts by access.
#[derive(Default)]
pub(super) struct Pipelines {
    made: HashMap<String, wgpu::ComputePipeline>,
    layouts: HashMap<Vec<bool>, wgpu::BindGroupLayout>,
    /// What the device says of each pipeline, in time.
    problems: Vec<(String, Problem)>,
}

type Problem = std::pin::Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>;

impl Pipelines {
    /// The pipeline of a launch and the layout of what it binds, made where they are new.
    pub fn get(&mut self, device: &wgpu::Device, launch: &Launch) -> (wgpu::ComputePipeline, wgpu::BindGroupLayout) {
        let access: Vec<bool> = launch.bindings.iter().map(|binding| binding.writes).collect();
        let layout = self.layouts.entry(access).or_insert_with_key(|access| {
            let entries: Vec<wgpu::BindGroupLayoutEntry> = access
                .iter()
                .enumerate()
                .map(|(binding, writes)| wgpu::BindGroupLayoutEntry {
                    binding: binding as u32,
                    visibility: wgpu::ShaderStages::COMPUTE,
                    ty: wgpu::BindingType::Buffer {
                        ty: wgpu::BufferBindingType::Storage { read_only: !writes },
                        has_dynamic_offset: false,
                        min_binding_size: None,
                    },
                    count: None,
                })
                .collect();
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
        });
        let problems = &mut self.problems;
        let pipeline = self.made.entry(launch.source.clone()).or_insert_with(|| {
            let label = launch.label();
            let label = Some(&label[..]);
            let invalid = device.push_error_scope(wgpu::ErrorFilter::Validation);
            let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label,
                source: wgpu::ShaderSource::Wgsl(std::borrow::Cow::Borrowed(&launch.source)),
            });
            let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label,
                bind_group_layouts: &[Some(&*layout)],
                immediate_size: 0,
            });
            let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label,
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some("main"),
                compilation_options: Default::default(),
                cache: None,
            });
            for problem in [internal.pop(), invalid.pop()] {
                problems.push((launch.label(), Box::pin(problem) as Problem));
            }
            pipeline
        });
        (pipeline.clone(), layout.clone())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.made.len()
    }

    /// Forgets those that these launches do not need.
    pub fn keep(&mut self, launches: &[Vec<Launch>]) {
        let wanted = sources(launches);
        self.made.retain(|source, _| wanted.contains(&source[..]));
    }

    /// Whether the device has taken all shaders since the last call.
    pub async fn check(&mut self) -> Result<()> {
        for (kernel, problem) in std::mem::take(&mut self.problems) {
            if let Some(error) = problem.await {
                return Err(Error::Pipeline { kernel, message: error.to_string() });
            }
        }
        Ok(())
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::backend::gpu::GpuDevice;
    use crate::graph::{Clock, Draw, Effect, Graph, Plan, Unary, Variables};
    use crate::kernel;
    use pollster::block_on;

    /// No program of ours makes such a shader, so one is spoilt here.
    #[test]
    fn a_refused_shader_is_an_error_that_names_its_kernel() {
        if std::env::var("GANVAS_NO_GPU").is_ok_and(|value| value == "1") {
            return;
        }
        let (mut graph, variables) = (Graph::new(), Variables::default());
        let noise = graph.normal(Draw { stream: 1, clock: Clock::Sample }, [64]);
        let value = graph.unary(Unary::Neg, noise).unwrap();
        let plan = Plan::new("sample", Clock::Sample, &graph, &variables, &[Effect::Output { value }]).unwrap();
        let good = kernel::lower(&plan, &variables).remove(0);
        let mut bad = good.clone();
        bad.source.push_str("fn spoilt() -> u32 { return 1.5; }\n");

        let gpu = block_on(GpuDevice::open()).unwrap();
        let mut pipelines = Pipelines::default();
        pipelines.get(&gpu.device, &bad);
        match block_on(pipelines.check()) {
            Err(Error::Pipeline { kernel, message }) => {
                assert_eq!(kernel, good.label());
                assert!(message.contains("spoilt"), "what the device says: {message}");
            }
            other => panic!("{other:?}"),
        }
        // It is told once, and the device goes on.
        pipelines.get(&gpu.device, &good);
        block_on(pipelines.check()).unwrap();
        gpu.check().unwrap();
    }
}
