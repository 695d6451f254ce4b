//! From a plan to launches: for each dispatch the shader variants that do it, with their bindings and workgroups.
//!
//! Everything here is plain Rust and text, so every variant can be checked without a device (`tests/shaders.rs`).
//! A variant is a hand-written WGSL file from `shaders/` behind a header of `const` lines: baked-in extents let the
//! compilers turn divisions into multiplications, and override-sized workgroup arrays failed on Safari for others.

mod fused;
mod product;

use crate::graph::plan::{Dispatch, Kernel, Region};
use crate::graph::{Adam, Clock, NetworkId, Plan, RING_ROWS, TableId, Variables};
use std::fmt::Write;

/// What a binding points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Region(Region),
    Clocks,
    NormalTable,
    LearningRates,
    Table(TableId),
    FirstMoment(NetworkId),
    SecondMoment(NetworkId),
    Ring,
    /// Memory between two launches of one dispatch, in elements.
    Scratch {
        elements: usize,
    },
}

/// One entry of bind group 0; its binding number is its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    pub target: Target,
    /// Bound as `read_write`, else as `read`.
    pub writes: bool,
}

/// One dispatch on the GPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    /// Name of the kernel family, see [`KERNELS`].
    pub family: &'static str,
    /// What it computes, for listings.
    pub label: String,
    /// The whole shader. Its entry point is `main`.
    pub source: String,
    pub bindings: Vec<Binding>,
    pub workgroups: [u32; 3],
    /// Multiply-adds count two.
    pub flops: u64,
}

/// A hand-written kernel family: a shell and what it is for.
pub struct Family {
    pub name: &'static str,
    pub shell: &'static str,
    pub purpose: &'static str,
}

/// Every kernel family there is.
pub const KERNELS: &[Family] = &[
    Family { name: "map", shell: include_str!("../../shaders/map.wgsl"), purpose: "fused elementwise ops" },
    Family {
        name: "reduce",
        shell: include_str!("../../shaders/reduce.wgsl"),
        purpose: "fused sums, a workgroup a result",
    },
    Family {
        name: "reduce_serial",
        shell: include_str!("../../shaders/reduce_serial.wgsl"),
        purpose: "fused sums, an invocation a result",
    },
    Family {
        name: "gemm",
        shell: include_str!("../../shaders/gemm.wgsl"),
        purpose: "tiled products: matmul and the convolutions",
    },
    Family { name: "thin", shell: include_str!("../../shaders/thin.wgsl"), purpose: "products with at most four rows" },
    Family {
        name: "dot",
        shell: include_str!("../../shaders/dot.wgsl"),
        purpose: "products with few results and long sums",
    },
    Family {
        name: "shuffled_index",
        shell: include_str!("../../shaders/shuffled_index.wgsl"),
        purpose: "row numbers of a batch",
    },
    Family { name: "gather", shell: include_str!("../../shaders/gather.wgsl"), purpose: "rows of a table of bytes" },
    Family {
        name: "gather_rows",
        shell: include_str!("../../shaders/gather_rows.wgsl"),
        purpose: "rows of a tensor by their numbers",
    },
    Family {
        name: "scatter_add",
        shell: include_str!("../../shaders/scatter_add.wgsl"),
        purpose: "sums of rows by their numbers",
    },
    Family { name: "adam", shell: include_str!("../../shaders/adam.wgsl"), purpose: "the optimiser" },
    Family {
        name: "record",
        shell: include_str!("../../shaders/record.wgsl"),
        purpose: "scalars into the ring; advances the clock",
    },
];

const CLOCKS: &str = include_str!("../../shaders/shared/clocks.wgsl");
const MATH: &str = include_str!("../../shaders/shared/math.wgsl");
const RNG: &str = include_str!("../../shaders/shared/rng.wgsl");
const NORMAL: &str = include_str!("../../shaders/shared/normal.wgsl");

/// The shader that draws a grid of `columns` x `rows` images of `height` x `width` from a buffer, one canvas pixel an
/// image pixel, with lines of `gap` pixels between. Entry points: `draw_vertex`, `draw_fragment`.
pub fn draw_source(columns: usize, rows: usize, height: usize, width: usize, gap: usize) -> String {
    let shell = include_str!("../../shaders/draw.wgsl");
    let header = Header::default().number("COLUMNS", columns).number("ROWS", rows).number("HEIGHT", height);
    header.number("WIDTH", width).number("GAP", gap).finish(shell)
}

/// Workgroups in one dimension that every WebGPU device allows.
const MAX_WORKGROUPS: usize = 65_535;
/// Invocations in a workgroup of the simple kernels.
const WORKGROUP: usize = 64;

/// Lowers a plan to launches, in order.
pub fn lower(plan: &Plan, variables: &Variables) -> Vec<Launch> {
    plan.dispatches.iter().flat_map(|dispatch| lower_dispatch(dispatch, variables)).collect()
}

fn lower_dispatch(dispatch: &Dispatch, variables: &Variables) -> Vec<Launch> {
    match &dispatch.kernel {
        Kernel::Fused(fused) => vec![fused::lower(fused, &dispatch.inputs, dispatch.output)],
        &Kernel::MatMul { m, n, k, transpose_a, transpose_b } => {
            product::matmul([m, n, k], [transpose_a, transpose_b], dispatch)
        }
        Kernel::Conv2d(shape) => product::conv2d(shape, dispatch),
        Kernel::Conv2dInputGrad(shape) => product::conv2d_input_grad(shape, dispatch),
        Kernel::Conv2dWeightGrad(shape) => product::conv2d_weight_grad(shape, dispatch),
        &Kernel::ShuffledIndex { len, batch, clock } => vec![shuffled_index(len, batch, clock, dispatch)],
        &Kernel::GatherRows { table_rows, rows, width, integers } => {
            vec![rows_by_number("gather_rows", [table_rows, rows, width], rows * width, integers, dispatch)]
        }
        &Kernel::ScatterAdd { table_rows, rows, width, integers } => {
            vec![rows_by_number("scatter_add", [table_rows, rows, width], table_rows * width, integers, dispatch)]
        }
        &Kernel::Gather { table, rows, width } => vec![gather(table, rows, width, variables, dispatch)],
        Kernel::Update { network, adam, clock, elements } => vec![update(*network, adam, *clock, *elements, dispatch)],
        Kernel::Record { clock, columns } => vec![record(*clock, *columns, dispatch)],
    }
}

fn shuffled_index(len: usize, batch: usize, clock: Clock, dispatch: &Dispatch) -> Launch {
    let header = Header::default().number("LEN", len).number("BATCH", batch);
    let header = header.number("HALF", crate::rng::half_bits(len as u32) as usize).number("WORKGROUP", WORKGROUP);
    let source =
        shell("shuffled_index").replace("clocks.SEED", seed_member(clock)).replace("clocks.CLOCK", member(clock));
    Launch {
        family: "shuffled_index",
        label: format!("shuffled_index {batch} of {len}"),
        source: header.text(CLOCKS).finish(&source),
        bindings: vec![reads(Target::Clocks), writes(Target::Region(dispatch.output))],
        workgroups: [batch.div_ceil(WORKGROUP) as u32, 1, 1],
        flops: 0,
    }
}

fn gather(table: TableId, rows: usize, width: usize, variables: &Variables, dispatch: &Dispatch) -> Launch {
    let (grid, row) = grid(rows * width, WORKGROUP);
    let crate::graph::Table { scale, offset, .. } = variables.tables[table.0];
    let header = Header::default().number("ROWS", rows).number("WIDTH", width).float("SCALE", scale);
    let header = header.float("OFFSET", offset).number("ROW", row).number("WORKGROUP", WORKGROUP);
    Launch {
        family: "gather",
        label: format!("gather [{rows}, {width}]"),
        source: header.finish(shell("gather")),
        bindings: vec![
            reads(Target::Region(dispatch.inputs[0])),
            reads(Target::Table(table)),
            writes(Target::Region(dispatch.output)),
        ],
        workgroups: grid,
        flops: 0,
    }
}

/// `gather_rows` or `scatter_add`, with an invocation for each of `results`.
fn rows_by_number(
    family: &'static str,
    [table_rows, rows, width]: [usize; 3],
    results: usize,
    integers: bool,
    dispatch: &Dispatch,
) -> Launch {
    let (grid, row) = grid(results, WORKGROUP);
    let header = Header::default().number("TABLE_ROWS", table_rows).number("ROWS", rows).number("WIDTH", width);
    let header = header.number("ROW", row).number("WORKGROUP", WORKGROUP);
    let [x, numbers] = [0, 1].map(|input| reads(Target::Region(dispatch.inputs[input])));
    Launch {
        family,
        label: format!("{family} {rows} of {table_rows} rows of {width}"),
        source: header.finish(&shell(family).replace("NUMBER", if integers { "u32" } else { "f32" })),
        bindings: vec![x, numbers, writes(Target::Region(dispatch.output))],
        workgroups: grid,
        flops: 0,
    }
}

fn update(network: NetworkId, adam: &Adam, clock: Clock, elements: usize, dispatch: &Dispatch) -> Launch {
    let (grid, row) = grid(elements, WORKGROUP);
    let header = Header::default().number("ELEMENTS", elements).float("BETA1", adam.beta1).float("BETA2", adam.beta2);
    let header = header.float("EPS", adam.eps).number("NETWORK", network.0).number("ROW", row);
    let header = header.number("WORKGROUP", WORKGROUP).text(CLOCKS);
    Launch {
        family: "adam",
        label: format!("adam {elements}"),
        source: header.finish(&shell("adam").replace("clocks.CLOCK", member(clock))),
        bindings: vec![
            reads(Target::Region(dispatch.inputs[0])),
            writes(Target::Region(dispatch.output)),
            writes(Target::FirstMoment(network)),
            writes(Target::SecondMoment(network)),
            reads(Target::Clocks),
            reads(Target::LearningRates),
        ],
        workgroups: grid,
        flops: elements as u64 * 12,
    }
}

fn record(clock: Clock, columns: usize, dispatch: &Dispatch) -> Launch {
    let header = Header::default().number("RING_ROWS", RING_ROWS).number("COLUMNS", columns).text(CLOCKS);
    let (mut declarations, mut copies) = (String::new(), String::new());
    for column in 0..columns {
        let binding = column + 2;
        _ = writeln!(declarations, "@group(0) @binding({binding}) var<storage, read> column{column}: array<f32>;");
        _ = writeln!(copies, "    ring[first + {column}u] = column{column}[0];");
    }
    let body = shell("record").replace("    //COLUMNS\n", &copies).replace("clocks.CLOCK", member(clock));
    let mut bindings = vec![writes(Target::Clocks), writes(Target::Ring)];
    bindings.extend(dispatch.inputs.iter().map(|&input| reads(Target::Region(input))));
    Launch {
        family: "record",
        label: format!("record {columns}"),
        source: header.text(&declarations).finish(&body),
        bindings,
        workgroups: [1, 1, 1],
        flops: 0,
    }
}

fn shell(name: &str) -> &'static str {
    KERNELS.iter().find(|family| family.name == name).expect("the family is in the table").shell
}

fn reads(target: Target) -> Binding {
    Binding { target, writes: false }
}

fn writes(target: Target) -> Binding {
    Binding { target, writes: true }
}

/// The member of `struct Clocks` that counts a clock's draws.
fn member(clock: Clock) -> &'static str {
    match clock {
        Clock::Discriminator => "clocks.discriminator",
        Clock::Generator => "clocks.generator",
        Clock::Sample => "clocks.sample_page",
    }
}

/// The member of `struct Clocks` that seeds a clock's draws.
fn seed_member(clock: Clock) -> &'static str {
    match clock {
        Clock::Discriminator | Clock::Generator => "clocks.seed",
        Clock::Sample => "clocks.sample_seed",
    }
}

/// Workgroups for `points` invocations (or workgroups, at `size` 1), and the points in one row of workgroups.
fn grid(points: usize, size: usize) -> ([u32; 3], usize) {
    let groups = points.div_ceil(size).max(1);
    let rows = groups.div_ceil(MAX_WORKGROUPS);
    let columns = groups.div_ceil(rows);
    ([columns as u32, rows as u32, 1], columns * size)
}

/// The `const` lines in front of a shader.
#[derive(Default)]
struct Header(String);

impl Header {
    fn number(mut self, name: &str, value: usize) -> Self {
        _ = writeln!(self.0, "const {name}: u32 = {value}u;");
        self
    }

    fn float(mut self, name: &str, value: f32) -> Self {
        _ = writeln!(self.0, "const {name}: f32 = {};", literal(value));
        self
    }

    fn flag(mut self, name: &str, value: bool) -> Self {
        _ = writeln!(self.0, "const {name}: bool = {value};");
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.0.push_str(text);
        self
    }

    fn finish(mut self, shell: &str) -> String {
        self.0.push_str(shell);
        self.0
    }
}

/// An f32 as WGSL writes it, exact to the bit; what is not finite needs `shared/math.wgsl`.
fn literal(value: f32) -> String {
    match value.is_finite() {
        true => format!("{value:?}f"),
        false => format!("from_bits({}u)", value.to_bits()),
    }
}
