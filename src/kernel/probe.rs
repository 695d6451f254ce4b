//! Kernels that find out what an adapter can do at most: how fast it multiplies and adds, and how fast it copies. The
//! others are measured by them.

use super::Header;
use super::text::wgsl;

const WORKGROUP: usize = 256;
/// Rounds of the peak kernel, and the multiply-adds of one.
const ROUNDS: usize = 64;
const ROUND_MULTIPLY_ADDS: usize = 4 * 8 * 4;
/// Bytes of each buffer of the copy: far more than caches hold, and what every device binds.
const COPY_BYTES: usize = 128 << 20;

/// A shader that is run with as many workgroups as it takes to measure it.
pub struct Probe {
    pub source: String,
    /// Bytes of its buffers, in the order of their bindings, all `read_write`.
    pub buffer_bytes: Vec<usize>,
    /// Floating-point operations, and bytes read and written, of one workgroup.
    pub flops: u64,
    pub bytes: u64,
    /// The most workgroups it can be run with.
    pub max_workgroups: u32,
}

/// Eight independent chains of vec4 multiply-adds an invocation, and no memory until the end.
pub fn peak() -> Probe {
    let header = Header::default().number("WORKGROUP", WORKGROUP).number("ROUNDS", ROUNDS);
    Probe {
        source: header.finish(wgsl!("probe_peak.wgsl")),
        buffer_bytes: vec![WORKGROUP * 16],
        flops: (2 * ROUND_MULTIPLY_ADDS * ROUNDS * WORKGROUP) as u64,
        bytes: 0,
        max_workgroups: super::MAX_WORKGROUPS as u32,
    }
}

/// A vec4 an invocation from one large buffer to another.
pub fn copy() -> Probe {
    let header = Header::default().number("WORKGROUP", WORKGROUP);
    Probe {
        source: header.finish(wgsl!("probe_copy.wgsl")),
        buffer_bytes: vec![COPY_BYTES, COPY_BYTES],
        flops: 0,
        bytes: (2 * 16 * WORKGROUP) as u64,
        max_workgroups: (COPY_BYTES / 16 / WORKGROUP) as u32,
    }
}
