//! Products: matmul and the three convolutions, as an operand file inside one of the shells, chosen by shape, with the
//! maps that make their operands and use their result.

use super::direct::DirectTile;
use super::fused::Map;
use super::part::{Element, Part, Uses};
use super::text::wgsl;
use super::tile::{Chosen, Extents};
use super::{Header, SERIAL_WORKGROUP, Target, Tuning, Variant, grid, shell};
use crate::graph::plan::{ConvShape, Dispatch, Kernel};

const MATMUL: &str = wgsl!("operands/matmul.wgsl");
const PLACE: &str = wgsl!("operands/place.wgsl");
const LOAD: &str = wgsl!("operands/load.wgsl");
const LOAD_FLAT: &str = wgsl!("operands/load_flat.wgsl");
const TILE: &str = wgsl!("operands/tile.wgsl");
const CONV2D: &str = wgsl!("operands/conv2d.wgsl");
const CONV2D_INPUT_GRAD: &str = wgsl!("operands/conv2d_input_grad.wgsl");
const CONV2D_WEIGHT_GRAD: &str = wgsl!("operands/conv2d_weight_grad.wgsl");

/// Rows that the `thin` shell keeps in registers.
const THIN_ROWS: usize = 4;
/// Invocations of a workgroup in which some share a sum.
const THIN_WORKGROUP: usize = 256;
/// Results up to which a workgroup each is worth it in the `dot` shell, and the shortest sum that is.
const DOT_RESULTS: usize = 4096;
const DOT_MIN_SUM: usize = 32;
const DOT_WORKGROUP: usize = 64;

/// Maps that are done with a product.
pub(super) struct Fusions<'p> {
    /// What makes the dispatch's inputs, where they are not in memory.
    pub operands: [Option<Map<'p>>; 2],
    /// What is made of the result.
    pub epilogue: Option<Map<'p>>,
}

/// What a product is: extents, how many layers (phases) beside each other, and its operand file.
pub(super) struct Product {
    /// Its kind, extents and geometry: no two that differ share one.
    pub label: String,
    operands: &'static str,
    /// The inputs of the dispatch that are a and b.
    a: usize,
    b: usize,
    header: Header,
    m: usize,
    n: usize,
    k: usize,
    layers: usize,
    /// Whether neighbours of a and of b in memory are neighbours along K.
    along_k: [bool; 2],
    /// Whether it is of a kind whose sums are worth being cut into slices that are added afterwards.
    pub can_slice: bool,
}

/// The part that does a product, and another that adds its slices if it is cut. `scratch` is the memory in use, in
/// elements.
pub(super) fn lower(
    dispatch: &Dispatch,
    fusions: Fusions,
    size: Option<usize>,
    tuning: &Tuning,
    scratch: &mut usize,
) -> (Part, Option<Part>) {
    let product = describe(&dispatch.kernel);
    let variant = tuning.of(&product.label);
    let mut label = String::new();
    let operand = |map: &Option<Map>| map.as_ref().map_or("".into(), |map| format!("{} > ", map.summary()));
    fusions.operands.iter().for_each(|map| label += &operand(map));
    label += &product.label;
    fusions.epilogue.iter().for_each(|map| label += &format!(" > {}", map.summary()));
    Lowering { product, dispatch, fusions, label, size, variant }.lower(scratch)
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

    fn is_thin(&self) -> bool {
        self.m <= THIN_ROWS && self.n >= DOT_RESULTS
    }

    fn is_dot(&self) -> bool {
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

/// A product with all that it is lowered with.
struct Lowering<'p> {
    product: Product,
    dispatch: &'p Dispatch,
    fusions: Fusions<'p>,
    label: String,
    size: Option<usize>,
    variant: &'p Variant,
}

impl Lowering<'_> {
    fn lower(self, scratch: &mut usize) -> (Part, Option<Part>) {
        let Product { m, n, layers, .. } = self.product;
        if self.product.is_dot() {
            let (mut workgroups, row) = grid(m * n, 1);
            workgroups[2] = layers as u32;
            let size = self.size.unwrap_or(if self.variant.serial { SERIAL_WORKGROUP } else { DOT_WORKGROUP });
            let mut uses = Uses::default();
            uses.floats = size;
            let header = self.header([false; 3]).number("ROW", row).number("WORKGROUP", size);
            return (self.simple("dot", header, uses, workgroups, size), None);
        }
        if self.variant.serial {
            return (self.direct(), None);
        }
        if self.product.is_thin() {
            return (self.thin(), None);
        }
        self.tiled(scratch)
    }

    /// The header that all shells have. `full` says of which extents the tiles are parts without a rest.
    fn header(&self, full: [bool; 3]) -> Header {
        let Product { m, n, k, .. } = self.product;
        let header = Header(self.product.header.0.clone()).number("M", m).number("N", n).number("K", k);
        header.flag("FULL_M", full[0]).flag("FULL_N", full[1]).flag("FULL_K", full[2])
    }

    /// An invocation a column, or several that share a long sum: alone each would wait for its loads one after another.
    fn thin(self) -> Part {
        let Product { n, k, layers, .. } = self.product;
        let parts = match k {
            0..32 => 1,
            32..128 => 4,
            _ => 8,
        };
        let size = self.size.unwrap_or(if parts == 1 { super::WORKGROUP } else { THIN_WORKGROUP });
        let columns = size / parts;
        let (mut workgroups, row) = grid(n, columns);
        workgroups[2] = layers as u32;
        let mut uses = Uses::default();
        uses.vectors = if parts == 1 { 1 } else { size };
        let header = self.header([false; 3]).number("ROW", row).number("PARTS", parts);
        let header = header.number("PART", k.div_ceil(parts)).number("COLUMNS", columns);
        self.simple("thin", header, uses, workgroups, size)
    }

    fn simple(self, family: &'static str, header: Header, mut uses: Uses, workgroups: [u32; 3], size: usize) -> Part {
        let writer = self.writer(&mut uses);
        let text = self.text(header, LOAD, &writer, &mut uses);
        self.part(family, text.finish(shell(family)), uses, workgroups, size)
    }

    /// Without workgroup memory, for adapters that compute on the CPU.
    fn direct(self) -> Part {
        let Product { m, n, k, layers, .. } = self.product;
        let tile = DirectTile::choose(m, n, layers);
        let (tiles, size) = (tile.count(m, n), self.size.unwrap_or(SERIAL_WORKGROUP));
        let (mut workgroups, row) = grid(tiles, size);
        workgroups[2] = layers as u32;
        let full = [m % tile.rows, n % tile.columns, k % 4].map(|rest| rest == 0);
        let header = self.header(full).number("ROW", row).number("WORKGROUP", size);
        let header = header.number("TILE_M", tile.rows).number("TILE_N", tile.columns);
        let header = header.number("TILES", tiles).number("TILES_N", n.div_ceil(tile.columns));
        let mut uses = Uses::default();
        let writer = self.writer(&mut uses);
        let text = self.text(header, LOAD_FLAT, &writer, &mut uses);
        let made = [self.product.a, self.product.b].map(|operand| self.fusions.operands[operand].is_some());
        let text = text.finish(&tile.text(shell("direct"), k, made));
        self.part("direct", text, uses, workgroups, size)
    }

    fn tiled(self, scratch: &mut usize) -> (Part, Option<Part>) {
        let Product { m, n, k, layers, along_k, can_slice, .. } = self.product;
        let Chosen { tile, rows, columns, slices, chunk } =
            self.variant.choose(self.product.extents(), self.size, can_slice);
        let mut uses = Uses::default();
        uses.vectors = tile.vectors();
        let (first, elements) = (*scratch, self.dispatch.output.elements);
        let (writer, adds) = match slices {
            1 => (self.writer(&mut uses), None),
            _ => {
                let scratch_name = uses.writes(Target::Scratch, Element::Float);
                *scratch += slices * elements;
                let writer = format!(
                    "\nfn write_c(at: u32, value: f32) {{\n    {scratch_name}[at + slice * {elements}u + {first}u] = \
                     value;\n}}\n"
                );
                (writer, Some(self.add_slices(slices, first)))
            }
        };
        let (threads, each) = (tile.threads, tile.each);
        // Parts end where slices do, or where the sum does.
        let steps = if tile.parts == 1 { tile.steps } else { chunk };
        let full = [m % (threads[0] * each[0]), n % (threads[1] * each[1]), k % steps].map(|rest| rest == 0);
        let header = self.header(full).number("K_CHUNK", chunk).number("THREADS_M", threads[0]);
        let header = header
            .number("THREADS_N", threads[1])
            .number("TILE_K", tile.steps)
            .number("LAYERS", layers)
            .number("PARTS", tile.parts);
        let header = header.flag("A_ALONG_K", along_k[0]).flag("B_ALONG_K", along_k[1]).flag("WIDE", each[1] == 8);
        let text = self.text(header, LOAD, &writer, &mut uses).text(TILE);
        let workgroups = [columns as u32, rows as u32, (slices * layers) as u32];
        let (family, size) = (tile.family(), tile.size());
        (self.part(family, text.finish(shell(family)), uses, workgroups, size), adds)
    }

    /// Adds the slices of a sum in their order.
    fn add_slices(&self, slices: usize, first: usize) -> Part {
        let elements = self.dispatch.output.elements;
        let size = super::WORKGROUP;
        let (workgroups, row) = grid(elements, size);
        let mut uses = Uses::default();
        uses.reads(Target::Scratch, Element::Float);
        let header = Header::default().number("SLICES", slices).number("ELEMENTS", elements);
        let header = header.number("SCRATCH_AT", first).number("ROW", row).number("WORKGROUP", size);
        let text = header.text(&self.writer(&mut uses)).finish(shell("add_slices"));
        let written = self.written_elements();
        Part {
            family: "add_slices",
            steps: Vec::new(),
            label: format!("{slices} slices of {}", self.label),
            text,
            uses,
            workgroups,
            size,
            flops: (slices * elements) as u64,
            elements: slices * elements + written,
        }
    }

    /// The header, and the functions that a shell calls.
    fn text(&self, header: Header, load: &str, writer: &str, uses: &mut Uses) -> Header {
        header.text(PLACE).text(self.product.operands).text(load).text(&self.readers(uses)).text(writer)
    }

    /// The functions that read a and b.
    fn readers(&self, uses: &mut Uses) -> String {
        let Product { a, b, .. } = self.product;
        let mut text = String::new();
        for (name, operand) in [("read_a", a), ("read_b", b)] {
            text += &match &self.fusions.operands[operand] {
                Some(map) => map.reader(name, uses),
                None => {
                    let region = self.dispatch.inputs[operand];
                    let buffer = uses.reads_region(region);
                    format!("\nfn {name}(at: u32) -> f32 {{\n    return {buffer}[at + {}u];\n}}\n", region.offset)
                }
            };
        }
        text
    }

    /// The function that writes a result.
    fn writer(&self, uses: &mut Uses) -> String {
        let region = self.dispatch.output;
        match &self.fusions.epilogue {
            Some(map) => map.writer("write_c", region, uses),
            None => {
                let buffer = uses.writes_region(region);
                format!("\nfn write_c(at: u32, value: f32) {{\n    {buffer}[at + {}u] = value;\n}}\n", region.offset)
            }
        }
    }

    fn written_elements(&self) -> usize {
        self.fusions.epilogue.map_or(self.dispatch.output.elements, |map| map.output_elements())
    }

    fn part(self, family: &'static str, text: String, uses: Uses, workgroups: [u32; 3], size: usize) -> Part {
        let Product { m, n, k, layers, .. } = self.product;
        let maps = || self.fusions.operands.iter().flatten().chain(&self.fusions.epilogue);
        let operands = self.dispatch.inputs.iter().zip(&self.fusions.operands);
        let read: usize = operands
            .map(|(region, map)| map.map_or(region.elements, |map| map.read_elements(None)))
            .chain(self.fusions.epilogue.map(|map| map.read_elements(Some(self.dispatch.output))))
            .sum();
        Part {
            family,
            steps: Vec::new(),
            flops: 2 * (m * n * k * layers) as u64 + maps().map(|map| map.flops()).sum::<u64>(),
            elements: read + self.written_elements(),
            label: self.label,
            text,
            uses,
            workgroups,
            size,
        }
    }
}
