//! Times launches on the device's own clock, for listings in a terminal.

use super::GpuBackend;
use crate::error::{Error, Result};

/// Queries in one set, by WebGPU's limit.
const MAX_QUERIES: usize = 4096;

impl GpuBackend {
    /// Runs the launches of a plan, each `times` times in a pass of its own, and answers with the seconds that one of each
    /// took. A launch that is repeated reads what it wrote, so the values in memory are not those of a step.
    ///
    /// # Errors
    /// [`Error::Kernel`] where the device has no timestamps.
    pub async fn time(&mut self, plan: usize, times: usize) -> Result<Vec<f64>> {
        let (device, queue) = (&self.gpu.device, &self.gpu.queue);
        if !self.gpu.has_timestamps {
            let message = "the device has no timestamps".to_string();
            return Err(Error::Kernel { kernel: "timing".into(), message });
        }
        let launches = &self.plans[plan];
        let count = 2 * launches.len();
        assert!(count <= MAX_QUERIES, "a plan has at most {} launches to be timed", MAX_QUERIES / 2);
        let queries = device.create_query_set(&wgpu::QuerySetDescriptor {
            label: None,
            ty: wgpu::QueryType::Timestamp,
            count: count as u32,
        });
        let size = 8 * count as u64;
        let usage = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
        let resolved =
            device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false });
        let mut encoder = device.create_command_encoder(&Default::default());
        for (index, launch) in launches.iter().enumerate() {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &queries,
                    beginning_of_pass_write_index: Some(2 * index as u32),
                    end_of_pass_write_index: Some(2 * index as u32 + 1),
                }),
            });
            pass.set_pipeline(&launch.pipeline);
            pass.set_bind_group(0, &launch.bind_group, &[]);
            let [x, y, z] = launch.workgroups;
            (0..times).for_each(|_| pass.dispatch_workgroups(x, y, z));
        }
        encoder.resolve_query_set(&queries, 0..count as u32, &resolved, 0);
        queue.submit([encoder.finish()]);
        let bytes = self.gpu.read(&resolved, 0, size).await?;
        resolved.destroy();
        let ticks: Vec<u64> = bytemuck::pod_collect_to_vec(&bytes);
        let tick_seconds = f64::from(queue.get_timestamp_period()) * 1e-9;
        let seconds = |pair: &[u64]| pair[1].saturating_sub(pair[0]) as f64 * tick_seconds / times as f64;
        Ok(ticks.chunks_exact(2).map(seconds).collect())
    }
}
