//! Products as such: matmul and the three convolutions, each with its extents and its operand file.

use super::Header;
use super::text::wgsl;
use super::tile::Extents;
use crate::graph::plan::{ConvShape, Kernel};

const MATMUL: &str = wgsl!("operands/matmul.wgsl");
const CONV2D: &str = wgsl!("operands/conv2d.wgsl");
const CONV2D_INPUT_GRAD: &str = wgsl!("operands/conv2d_input_grad.wgsl");
const CONV2D_WEIGHT_GRAD: &str = wgsl!("operands/conv2d_weight_grad.wgsl");

/// Rows that the `thin` shell keeps in registers.
const THIN_ROWS: usize = 4;
/// Results up to which a workgroup each is worth it in the `dot` shell, and the shortest sum that is.
const DOT_RESULTS: usize = 4096;
const DOT_MIN_SUM: usize = 32;

/// What a product is: extents, how many layers (phases) beside each other, and its operand file.
pub(super) struct Product {
    /// Its kind, extents and geometry: no two that differ share one.
    pub label: String,
    pub operands: &'static str,
    /// The inputs of the dispatch that are a and b.
    pub a: usize,
    pub b: usize,
    pub header: Header,
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub layers: usize,
    /// Whether neighbours of a and of b in memory are neighbours along K.
    pub along_k: [bool; 2],
    /// Whether it is of a kind whose sums are worth being cut into slices that are added afterwards.
    pub can_slice: bool,
}

/// A kernel that is a product, as one.
pub(super) fn describe(kernel: &Kernel) -> Product {
    match kernel {
        &Kernel::MatMul { batch, m, n, k, transpose_a, transpose_b } => {
            matmul(batch, [m, n, k], [transpose_a, transpose_b])
        }
        Kernel::Conv2d(shape) => conv2d(shape),
        Kernel::Conv2dInputGrad(shape) => conv2d_input_grad(shape),
        Kernel::Conv2dWeightGrad(shape) => conv2d_weight_grad(shape),
        _ => unreachable!("it is asked of products only"),
    }
}

impl Product {
    pub fn extents(&self) -> Extents {
        Extents { m: self.m, n: self.n, k: self.k, layers: self.layers }
    }

    /// Whether it is for the `thin` shell.
    pub fn is_thin(&self) -> bool {
        self.m <= THIN_ROWS && self.n >= DOT_RESULTS
    }

    /// Whether it is for the `dot` shell.
    pub fn is_dot(&self) -> bool {
        let Product { m, n, k, .. } = *self;
        m * n <= DOT_RESULTS && m.min(n) <= THIN_ROWS && k >= DOT_MIN_SUM
    }

    /// Whether it has tiles, and so variants.
    pub fn is_tiled(&self) -> bool {
        !self.is_thin() && !self.is_dot()
    }
}

fn matmul(batch: usize, [m, n, k]: [usize; 3], [transpose_a, transpose_b]: [bool; 2]) -> Product {
    let header = Header::default().flag("TRANSPOSE_A", transpose_a).flag("TRANSPOSE_B", transpose_b);
    let letter = |transposed| if transposed { 't' } else { 'n' };
    let times = if batch == 1 { String::new() } else { format!("{batch} x ") };
    let label = format!("matmul_{}{} {times}[{m}, {k}] [{k}, {n}]", letter(transpose_a), letter(transpose_b));
    let along_k = [!transpose_a, transpose_b];
    Product { label, operands: MATMUL, a: 0, b: 1, header, m, n, k, layers: batch, along_k, can_slice: batch == 1 }
}

fn conv2d(shape: &ConvShape) -> Product {
    let [kernel_height, kernel_width] = shape.conv.kernel_size;
    Product {
        label: conv_label("conv2d", shape),
        operands: CONV2D,
        a: 1,
        b: 0,
        header: conv_header(shape),
        m: shape.out_channels,
        n: shape.batch * shape.out_height * shape.out_width,
        k: shape.in_channels * kernel_height * kernel_width,
        layers: 1,
        along_k: [true, false],
        can_slice: false,
    }
}

fn conv2d_input_grad(shape: &ConvShape) -> Product {
    let ([kernel_height, kernel_width], [stride_height, stride_width]) = (shape.conv.kernel_size, shape.conv.stride);
    let (taps_height, taps_width) = (kernel_height.div_ceil(stride_height), kernel_width.div_ceil(stride_width));
    let (phase_height, phase_width) = (shape.height.div_ceil(stride_height), shape.width.div_ceil(stride_width));
    let header = conv_header(shape).number("TH", taps_height).number("TW", taps_width);
    Product {
        label: conv_label("conv2d_input_grad", shape),
        operands: CONV2D_INPUT_GRAD,
        a: 1,
        b: 0,
        header: header.number("QH", phase_height).number("QW", phase_width),
        m: shape.in_channels,
        n: shape.batch * phase_height * phase_width,
        k: shape.out_channels * taps_height * taps_width,
        layers: stride_height * stride_width,
        along_k: [true, false],
        can_slice: false,
    }
}

fn conv2d_weight_grad(shape: &ConvShape) -> Product {
    let [kernel_height, kernel_width] = shape.conv.kernel_size;
    Product {
        label: conv_label("conv2d_weight_grad", shape),
        operands: CONV2D_WEIGHT_GRAD,
        a: 1,
        b: 0,
        header: conv_header(shape),
        m: shape.out_channels,
        n: shape.in_channels * kernel_height * kernel_width,
        k: shape.batch * shape.out_height * shape.out_width,
        layers: 1,
        along_k: [true, true],
        can_slice: true,
    }
}

fn conv_label(name: &str, shape: &ConvShape) -> String {
    let ConvShape { batch, in_channels, height, width, out_channels, out_height, out_width, conv } = shape;
    let pair = |[y, x]: [usize; 2]| if y == x { y.to_string() } else { format!("{y}x{x}") };
    format!(
        "{name} {batch} x {in_channels}x{height}x{width} to {out_channels}x{out_height}x{out_width}, k{} s{} p{}",
        pair(conv.kernel_size),
        pair(conv.stride),
        pair(conv.padding)
    )
}

fn conv_header(shape: &ConvShape) -> Header {
    let conv = &shape.conv;
    Header::default()
        .number("BATCH", shape.batch)
        .number("CI", shape.in_channels)
        .number("H", shape.height)
        .number("W", shape.width)
        .number("CO", shape.out_channels)
        .number("OH", shape.out_height)
        .number("OW", shape.out_width)
        .number("KH", conv.kernel_size[0])
        .number("KW", conv.kernel_size[1])
        .number("SH", conv.stride[0])
        .number("SW", conv.stride[1])
        .number("PH", conv.padding[0])
        .number("PW", conv.padding[1])
}
