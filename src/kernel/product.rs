//! Products: matmul and the three convolutions, as an operand file inside one of three shells, chosen by shape.

use super::{Header, Launch, MAX_WORKGROUPS, Target, fused, grid, reads, shell, writes};
use crate::graph::fuse::{Fused, Instruction, Load, Reduction, View};
use crate::graph::plan::{ConvShape, Dispatch, Region};

const MATMUL: &str = include_str!("../../shaders/operands/matmul.wgsl");
const CONV2D: &str = include_str!("../../shaders/operands/conv2d.wgsl");
const CONV2D_INPUT_GRAD: &str = include_str!("../../shaders/operands/conv2d_input_grad.wgsl");
const CONV2D_WEIGHT_GRAD: &str = include_str!("../../shaders/operands/conv2d_weight_grad.wgsl");

/// Fewer workgroups than this leave a GPU idle: smaller tiles, then slices of the sum (ONNX Runtime found 128).
const ENOUGH_WORKGROUPS: usize = 128;
/// Sums are sliced only below this many workgroups and from this length on: slices cost a dispatch more.
const FEW_WORKGROUPS: usize = 64;
const LONG_SUM: usize = 1024;
/// A slice of a sum has at least this many terms.
const MIN_SLICE: usize = 256;
/// Steps along K that are in workgroup memory at a time.
const TILE_K: usize = 16;
/// Rows that the `thin` shell keeps in registers.
const THIN_ROWS: usize = 4;
/// Results up to which a workgroup each is worth it in the `dot` shell, and the shortest sum that is.
const DOT_RESULTS: usize = 4096;
const DOT_MIN_SUM: usize = 32;
const DOT_WORKGROUP: usize = 64;

/// A product to lower: extents, how many layers (phases) beside each other, and what it takes from its operand file.
struct Product<'a> {
    label: String,
    operands: &'static str,
    header: Header,
    m: usize,
    n: usize,
    k: usize,
    layers: usize,
    /// Whether the sum may be cut into slices that are added afterwards.
    can_slice: bool,
    dispatch: &'a Dispatch,
}

pub(super) fn matmul([m, n, k]: [usize; 3], [transpose_a, transpose_b]: [bool; 2], dispatch: &Dispatch) -> Vec<Launch> {
    let header = Header::default().flag("TRANSPOSE_A", transpose_a).flag("TRANSPOSE_B", transpose_b);
    let letter = |transposed| if transposed { 't' } else { 'n' };
    let label = format!("matmul_{}{} [{m}, {k}] [{k}, {n}]", letter(transpose_a), letter(transpose_b));
    Product { label, operands: MATMUL, header, m, n, k, layers: 1, can_slice: true, dispatch }.lower()
}

pub(super) fn conv2d(shape: &ConvShape, dispatch: &Dispatch) -> Vec<Launch> {
    let [kernel_height, kernel_width] = shape.conv.kernel_size;
    Product {
        label: conv_label("conv2d", shape),
        operands: CONV2D,
        header: conv_header(shape),
        m: shape.out_channels,
        n: shape.batch * shape.out_height * shape.out_width,
        k: shape.in_channels * kernel_height * kernel_width,
        layers: 1,
        can_slice: false,
        dispatch,
    }
    .lower()
}

pub(super) fn conv2d_input_grad(shape: &ConvShape, dispatch: &Dispatch) -> Vec<Launch> {
    let ([kernel_height, kernel_width], [stride_height, stride_width]) = (shape.conv.kernel_size, shape.conv.stride);
    let (taps_height, taps_width) = (kernel_height.div_ceil(stride_height), kernel_width.div_ceil(stride_width));
    let (phase_height, phase_width) = (shape.height.div_ceil(stride_height), shape.width.div_ceil(stride_width));
    let header = conv_header(shape).number("TH", taps_height).number("TW", taps_width);
    Product {
        label: conv_label("conv2d_input_grad", shape),
        operands: CONV2D_INPUT_GRAD,
        header: header.number("QH", phase_height).number("QW", phase_width),
        m: shape.in_channels,
        n: shape.batch * phase_height * phase_width,
        k: shape.out_channels * taps_height * taps_width,
        layers: stride_height * stride_width,
        can_slice: false,
        dispatch,
    }
    .lower()
}

pub(super) fn conv2d_weight_grad(shape: &ConvShape, dispatch: &Dispatch) -> Vec<Launch> {
    let [kernel_height, kernel_width] = shape.conv.kernel_size;
    Product {
        label: conv_label("conv2d_weight_grad", shape),
        operands: CONV2D_WEIGHT_GRAD,
        header: conv_header(shape),
        m: shape.out_channels,
        n: shape.in_channels * kernel_height * kernel_width,
        k: shape.batch * shape.out_height * shape.out_width,
        layers: 1,
        can_slice: true,
        dispatch,
    }
    .lower()
}

fn conv_label(name: &str, shape: &ConvShape) -> String {
    let ConvShape { batch, in_channels, height, width, out_channels, out_height, out_width, conv } = shape;
    format!(
        "{name} {batch} x {in_channels}x{height}x{width} to {out_channels}x{out_height}x{out_width}, k{} s{} p{}",
        conv.kernel_size[0], conv.stride[0], conv.padding[0]
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

impl Product<'_> {
    fn lower(self) -> Vec<Launch> {
        if self.m <= THIN_ROWS && self.n >= DOT_RESULTS {
            return vec![self.thin()];
        }
        let few_results = self.m * self.n <= DOT_RESULTS && self.m.min(self.n) <= THIN_ROWS;
        if few_results && self.k >= DOT_MIN_SUM {
            return vec![self.dot()];
        }
        self.tiled()
    }

    fn inputs(&self) -> [super::Binding; 2] {
        [0, 1].map(|input| reads(Target::Region(self.dispatch.inputs[input])))
    }

    fn flops(&self) -> u64 {
        2 * (self.m * self.n * self.k * self.layers) as u64
    }

    fn header(header: Header, [m, n, k]: [usize; 3], sliced: bool) -> Header {
        header.number("M", m).number("N", n).number("K", k).flag("SLICED", sliced)
    }

    fn thin(self) -> Launch {
        let (mut workgroups, row) = grid(self.n, super::WORKGROUP);
        workgroups[2] = self.layers as u32;
        self.simple("thin", workgroups, row, super::WORKGROUP)
    }

    fn dot(self) -> Launch {
        let (mut workgroups, row) = grid(self.m * self.n, 1);
        workgroups[2] = self.layers as u32;
        self.simple("dot", workgroups, row, DOT_WORKGROUP)
    }

    fn simple(self, family: &'static str, workgroups: [u32; 3], row: usize, workgroup: usize) -> Launch {
        let ([a, b], flops) = (self.inputs(), self.flops());
        let header = Self::header(self.header, [self.m, self.n, self.k], false);
        let header = header.number("ROW", row).number("WORKGROUP", workgroup).text(self.operands);
        Launch {
            family,
            label: self.label,
            source: header.finish(shell(family)),
            bindings: vec![a, b, writes(Target::Region(self.dispatch.output))],
            workgroups,
            flops,
        }
    }

    fn tiled(self) -> Vec<Launch> {
        let count = |threads: [usize; 2]| {
            let (rows, columns) = (self.m.div_ceil(threads[0] * 4), self.n.div_ceil(threads[1] * 4));
            (rows, columns, rows * columns * self.layers)
        };
        // The widest tile that is not mostly empty and leaves enough workgroups.
        const TILES: [[usize; 2]; 3] = [[16, 16], [8, 16], [8, 8]];
        let fits = |threads: &[usize; 2]| {
            let (_, columns, workgroups) = count(*threads);
            let full = self.m * 4 >= threads[0] * 4 * 3 || threads[0] == 8;
            full && workgroups >= ENOUGH_WORKGROUPS && columns <= MAX_WORKGROUPS
        };
        let threads = TILES.into_iter().find(fits).unwrap_or([8, 8]);
        let (rows, columns, workgroups) = count(threads);
        let slices = match self.can_slice && workgroups < FEW_WORKGROUPS && self.k >= LONG_SUM {
            true => ENOUGH_WORKGROUPS.div_ceil(workgroups).min(self.k / MIN_SLICE).max(1),
            false => 1,
        };
        // A multiple of the tile, so that slices begin at tiles.
        let chunk = self.k.div_ceil(slices).next_multiple_of(TILE_K);
        let slices = self.k.div_ceil(chunk);
        let sliced = slices > 1;
        let (m, n, k) = (self.m, self.n, self.k);
        let ([a, b], flops) = (self.inputs(), self.flops());
        let output = match sliced {
            true => Target::Scratch { elements: slices * m * n },
            false => Target::Region(self.dispatch.output),
        };
        let header = Self::header(self.header, [m, n, k], sliced).number("K_CHUNK", chunk);
        let header = header.number("THREADS_M", threads[0]).number("THREADS_N", threads[1]).number("TILE_K", TILE_K);
        let mut launches = vec![Launch {
            family: "gemm",
            label: self.label,
            source: header.text(self.operands).finish(shell("gemm")),
            bindings: vec![a, b, writes(output)],
            workgroups: [columns as u32, rows as u32, if sliced { slices } else { self.layers } as u32],
            flops,
        }];
        if sliced {
            launches.push(add_slices(slices, m * n, self.dispatch.output));
        }
        launches
    }
}

/// Adds the slices of a sum in their order.
fn add_slices(slices: usize, elements: usize, output: Region) -> Launch {
    let view = |strides: [usize; 2]| View { offset: 0, strides: strides.to_vec() };
    let program = Fused {
        extents: vec![slices, elements],
        reduced: vec![true, false],
        reduction: Reduction::Sum,
        loads: vec![Load { input: 0, view: view([elements, 1]) }],
        body: vec![Instruction::Load(0)],
        epilogue: vec![Instruction::Total],
        output: view([0, 1]),
    };
    // The scratch memory takes the place of the input.
    let scratch =
        Region { storage: crate::graph::plan::Storage::Slot(usize::MAX), offset: 0, elements: slices * elements };
    let mut launch = fused::lower(&program, &[scratch], output);
    launch.bindings[1].target = Target::Scratch { elements: slices * elements };
    launch
}
