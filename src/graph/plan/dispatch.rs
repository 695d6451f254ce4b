//! What a plan is a list of: dispatches, each a kernel over regions of memory.

use crate::graph::fuse::Fused;
use crate::graph::{Average, Clock, Conv, NetworkId, Role, TableId, UpdateRule, Variables};

/// Something that holds numbers for longer than one dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Storage {
    /// Scratch memory of a step, reused by tensors that do not live at the same time.
    Slot(usize),
    /// A network's parameters, one flat arena.
    Parameters(NetworkId),
    /// A network's running statistics and other assigned variables.
    Buffers(NetworkId),
    /// Gradients, laid out like the parameters.
    Gradients(NetworkId),
    /// The moving average of a network's parameters, laid out like them, and behind it that of its buffers.
    Average(NetworkId),
    /// A result kept until the plan runs again.
    Output,
    /// The plan's ring of recorded scalars.
    Ring,
}

/// A run of elements (four bytes each) in a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    pub storage: Storage,
    pub offset: usize,
    pub elements: usize,
}

/// Extents of a convolution: x `[batch, in_channels, height, width]`, y `[batch, out_channels, out_height, out_width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvShape {
    pub batch: usize,
    pub in_channels: usize,
    pub height: usize,
    pub width: usize,
    pub out_channels: usize,
    pub out_height: usize,
    pub out_width: usize,
    pub conv: Conv,
}

/// What a dispatch computes. Inputs and output are in `Dispatch`, in the order of the op's inputs.
#[derive(Clone, Debug, PartialEq)]
pub enum Kernel {
    Fused(Fused),
    /// Of one matrix after another where `batch` is more than one.
    MatMul {
        batch: usize,
        m: usize,
        n: usize,
        k: usize,
        transpose_a: bool,
        transpose_b: bool,
    },
    Conv2d(ConvShape),
    Conv2dInputGrad(ConvShape),
    Conv2dWeightGrad(ConvShape),
    ShuffledIndex {
        stream: u32,
        len: usize,
        batch: usize,
        clock: Clock,
    },
    /// Inputs: x `[table_rows, width]` and row numbers; output `[rows, width]`. `integers` says how the numbers are held.
    GatherRows {
        table_rows: usize,
        rows: usize,
        width: usize,
        integers: bool,
    },
    /// Inputs: g `[rows, width]` and row numbers; output `[table_rows, width]`.
    ScatterAdd {
        table_rows: usize,
        rows: usize,
        width: usize,
        integers: bool,
    },
    Gather {
        table: TableId,
        rows: usize,
        width: usize,
    },
    /// Input: the gradients; output: the parameters. The moments have the same layout.
    Update {
        network: NetworkId,
        rule: UpdateRule,
        clock: Clock,
        elements: usize,
    },
    /// Input: the buffers; output: their part of the average.
    Average {
        network: NetworkId,
        average: Average,
    },
    /// Inputs: one scalar a column; writes the plan's ring, advances its clock, and counts an update of the networks
    /// that the plan updates.
    Record {
        clock: Clock,
        columns: usize,
        networks: Vec<NetworkId>,
    },
}

impl Kernel {
    /// Whether it is a product whose sum is often so long, and its result so small, that devices cut it into slices.
    pub(super) fn may_be_cut(&self) -> bool {
        matches!(self, Kernel::Conv2dWeightGrad(_))
    }

    /// Whether it is a product: matmul or a convolution.
    pub fn is_product(&self) -> bool {
        match self {
            Kernel::MatMul { .. } | Kernel::Conv2d(_) | Kernel::Conv2dInputGrad(_) | Kernel::Conv2dWeightGrad(_) => {
                true
            }
            Kernel::Fused(_)
            | Kernel::ShuffledIndex { .. }
            | Kernel::Gather { .. }
            | Kernel::GatherRows { .. }
            | Kernel::ScatterAdd { .. }
            | Kernel::Update { .. }
            | Kernel::Average { .. }
            | Kernel::Record { .. } => false,
        }
    }

    /// What it computes, in words.
    pub fn describe(&self) -> String {
        let conv = |name: &str, shape: &ConvShape| {
            let ConvShape { batch, in_channels, height, width, out_channels, out_height, out_width, .. } = shape;
            format!("{name}, {batch} x {in_channels}x{height}x{width} and {out_channels}x{out_height}x{out_width}")
        };
        match self {
            Kernel::Fused(fused) => format!("{} {:?}", fused.summary(), fused.extents),
            Kernel::MatMul { batch, m, n, k, .. } => format!("matmul, {batch} x [{m}, {k}] [{k}, {n}]"),
            Kernel::Conv2d(shape) => conv("conv2d", shape),
            Kernel::Conv2dInputGrad(shape) => conv("conv2d_input_grad", shape),
            Kernel::Conv2dWeightGrad(shape) => conv("conv2d_weight_grad", shape),
            Kernel::ShuffledIndex { batch, .. } => format!("shuffled_index [{batch}]"),
            Kernel::GatherRows { rows, width, .. } => format!("gather_rows [{rows}, {width}]"),
            Kernel::ScatterAdd { table_rows, width, .. } => format!("scatter_add [{table_rows}, {width}]"),
            Kernel::Gather { rows, width, .. } => format!("gather [{rows}, {width}]"),
            Kernel::Update { rule, .. } => format!("update by {}", rule.optimizer.name()),
            Kernel::Average { average, .. } => format!("average of the running statistics, {}", average.decay),
            Kernel::Record { columns, .. } => format!("record of {columns}"),
        }
    }
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispatch {
    pub kernel: Kernel,
    pub inputs: Vec<Region>,
    pub output: Region,
}

impl Variables {
    /// What element number `element` of a region is, in words.
    pub fn describe(&self, region: &Region, element: usize) -> String {
        let (network, role, what) = match region.storage {
            Storage::Parameters(network) => (network, Role::Parameter, "the parameter"),
            Storage::Gradients(network) => (network, Role::Parameter, "the gradient of"),
            Storage::Average(network) => {
                let before = self.networks[network.0].parameter_elements;
                if region.offset + element >= before {
                    let buffers =
                        Region { storage: Storage::Buffers(network), offset: region.offset - before, ..*region };
                    return format!("the average of {}", self.describe(&buffers, element));
                }
                (network, Role::Parameter, "the average of")
            }
            Storage::Buffers(network) => (network, Role::Buffer, "the running value"),
            Storage::Output => return "the plan's output".into(),
            Storage::Ring => return "what is recorded".into(),
            Storage::Slot(_) => return "a tensor within the step".into(),
        };
        let position = region.offset + element;
        let mut own = self.variables.iter().filter(|variable| variable.network == network && variable.role == role);
        let found =
            own.find(|variable| (variable.offset..variable.offset + variable.shape.elements()).contains(&position));
        let name = &self.networks[network.0].name;
        format!("{what} `{name}.{}`", found.map_or("", |variable| &variable.name))
    }
}
