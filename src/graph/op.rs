//! The closed set of operations a graph is made of.
//!
//! Every op is listed here once; shape rules (`build.rs`), gradients (`gradient.rs`), lowering (`plan.rs`) and both
//! backends match on it without a wildcard, so a new op does not compile until all of them know it.

use super::{TableId, VariableId};
pub use ganvas_loops::{Binary, Scalar, Unary};

/// Element type of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32-bit float, the type of everything that has a gradient (f64 on the CPU backend where asked).
    F32,
    /// 32-bit unsigned integer: row numbers.
    U32,
}

/// Which of the counters on the device a random draw or a batch follows.
///
/// A plan advances its own clock by one each time it runs; `Sample` never moves, so its draws are always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Clock {
    Discriminator,
    Generator,
    Sample,
}

/// A random source: elements are a function of (seed, stream, clock, index), see [`crate::rng`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draw {
    /// Tells apart the draws of one step.
    pub stream: u32,
    /// Tells apart the steps.
    pub clock: Clock,
}

/// A number that rises with the steps: 0 until the clock has counted `from` runs, 1 from `until` on, on a line between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ramp {
    pub clock: Clock,
    pub from: u32,
    /// More than `from`.
    pub until: u32,
}

impl Ramp {
    /// Its value after `runs` runs. In f32 on every backend.
    pub fn value(&self, runs: u32) -> f32 {
        let past = runs.clamp(self.from, self.until) - self.from;
        past as f32 / (self.until - self.from) as f32
    }
}

/// Geometry of a two-dimensional convolution, as in PyTorch's `conv2d`: `[height, width]` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv {
    pub kernel_size: [usize; 2],
    pub stride: [usize; 2],
    pub padding: [usize; 2],
}

impl Conv {
    /// A square geometry.
    pub fn square(kernel_size: usize, stride: usize, padding: usize) -> Self {
        Conv { kernel_size: [kernel_size; 2], stride: [stride; 2], padding: [padding; 2] }
    }
}

/// One operation. Its inputs are listed beside it in the graph's node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// The value of a variable at the start of the step.
    Variable(VariableId),
    /// The moving average of a variable, as it stands at the start of the step.
    Average(VariableId),
    /// One value everywhere.
    Constant(Scalar),
    /// Uniform in [0, 1).
    Uniform(Draw),
    /// Standard normal.
    Normal(Draw),
    /// The row-major number of each element: 0, 1, 2, ...
    Iota,
    /// A number that rises with the steps, by the clock as it stands at the start of the step.
    Ramp(Ramp),
    /// Row numbers of the next batch out of `len` examples, a new permutation each epoch; another one in each stream.
    ShuffledIndex {
        stream: u32,
        len: usize,
        clock: Clock,
    },
    /// Rows of a table of bytes, scaled to floats: input `[B]` of row numbers, output `[B, width]`.
    Gather(TableId),
    /// Rows of a tensor: inputs x `[N, ...]` and row numbers `[B]`; output `[B, ...]`.
    GatherRows,
    /// The transpose of `GatherRows`: inputs g `[B, ...]` and row numbers `[B]`; output `[N, ...]`, where each row is
    /// the sum of the rows of g with its number.
    ScatterAdd,
    /// The same elements with other extents.
    Reshape,
    /// The axes in another order: axis `axes[i]` of the input is axis `i` of the output.
    Permute {
        axes: Vec<usize>,
    },
    /// Axes of extent one repeated; rank unchanged.
    Broadcast,
    /// Every `step`-th element along `axis`, from `start`; how many, the shape says.
    Slice {
        axis: usize,
        start: usize,
        step: usize,
    },
    /// The input inside `value`: for each axis `[before, after, interior]`, how many go in front, behind, and between
    /// any two elements.
    Pad {
        padding: Vec<[usize; 3]>,
        value: Scalar,
    },
    /// Inputs one after another along `axis`.
    Concat {
        axis: usize,
    },
    /// The value, but no gradient flows to the input.
    StopGradient,
    Unary(Unary),
    Binary(Binary),
    /// Inputs condition, a, b: a where the condition is not 0, else b. The other one may be anything, NaN too.
    Select,
    /// `(x - mean) * rstd`, inputs x, mean, rstd, where mean and rstd are the statistics of x over `axes`.
    /// The gradient for x is the whole one, through the statistics too, in its closed form.
    Normalize {
        axes: Vec<usize>,
    },
    /// Sum over `axes`, which are kept with extent one.
    Sum {
        axes: Vec<usize>,
    },
    /// Maximum over `axes`, which are kept with extent one; a NaN among the elements gives NaN.
    Max {
        axes: Vec<usize>,
    },
    /// `op(a) op(b)` with matrices `[M, K]` and `[K, N]` after the transposes.
    MatMul {
        transpose_a: bool,
        transpose_b: bool,
    },
    /// Inputs x `[B, Ci, H, W]`, w `[Co, Ci, KH, KW]`; output `[B, Co, OH, OW]`.
    Conv2d(Conv),
    /// Gradient of `<g, conv2d(x, w)>` for x: inputs g `[B, Co, OH, OW]`, w; output `[B, Ci, H, W]`.
    /// This is also the transposed convolution of g.
    Conv2dInputGrad(Conv),
    /// Gradient of `<g, conv2d(x, w)>` for w: inputs x, g; output `[Co, Ci, KH, KW]`.
    Conv2dWeightGrad(Conv),
}

impl Op {
    /// The name used in messages and listings.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Variable(_) => "variable",
            Op::Average(_) => "average",
            Op::Constant(_) => "constant",
            Op::Uniform(_) => "uniform",
            Op::Normal(_) => "normal",
            Op::Iota => "iota",
            Op::Ramp(_) => "ramp",
            Op::ShuffledIndex { .. } => "shuffled_index",
            Op::Gather(_) => "gather",
            Op::GatherRows => "gather_rows",
            Op::ScatterAdd => "scatter_add",
            Op::Reshape => "reshape",
            Op::Permute { .. } => "permute",
            Op::Broadcast => "broadcast",
            Op::Slice { .. } => "slice",
            Op::Pad { .. } => "pad",
            Op::Concat { .. } => "concat",
            Op::StopGradient => "stop_gradient",
            Op::Unary(unary) => unary.name(),
            Op::Binary(binary) => binary.name(),
            Op::Select => "select",
            Op::Normalize { .. } => "normalize",
            Op::Sum { .. } => "sum",
            Op::Max { .. } => "max",
            Op::MatMul { .. } => "matmul",
            Op::Conv2d(_) => "conv2d",
            Op::Conv2dInputGrad(_) => "conv2d_input_grad",
            Op::Conv2dWeightGrad(_) => "conv2d_weight_grad",
        }
    }
}
