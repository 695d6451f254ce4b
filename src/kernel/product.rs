//! Products become parts: an operand file (`operands.rs`) inside one of the shells, chosen by shape, with the maps that make
//! their operands and use their result.

use super::direct::DirectTile;
use super::fused::Map;
use super::operands::{Product, describe};
use super::part::{Element, Part, Uses};
use super::text::wgsl;
use super::tile::Chosen;
use super::{Header, SERIAL_WORKGROUP, Target, Tuning, Variant, grid, shell};
use crate::graph::plan::Dispatch;

const PLACE: &str = wgsl!("operands/place.wgsl");
const LOAD: &str = wgsl!("operands/load.wgsl");
const LOAD_FLAT: &str = wgsl!("operands/load_flat.wgsl");
const TILE: &str = wgsl!("operands/tile.wgsl");

/// Invocations of a workgroup in which some share a sum.
const THIN_WORKGROUP: usize = 256;
/// Invocations of a workgroup in the `dot` shell.
const DOT_WORKGROUP: usize = 64;

/// Maps that are done with a product.
pub(super) struct Fusions<'p> {
    /// What makes the dispatch's inputs, where they are not in memory.
    pub operands: [Option<Map<'p>>; 2],
    /// What is made of the result.
    pub epilogue: Option<Map<'p>>,
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
