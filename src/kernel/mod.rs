//! From a plan to launches: for each stage the shader that does it, with its bindings and workgroups.
//!
//! Everything here is plain Rust and text, so every variant can be checked without a device (`tests/shaders.rs`).
//! A variant is made of hand-written WGSL files from `shaders/` behind headers of `const` lines: baked-in extents let the
//! compilers turn divisions into multiplications, and override-sized workgroup arrays failed on Safari for others.
//! Buffers are bound whole, each once, under one name in all shaders, and where a tensor lies in its buffer is baked in
//! too: so a launch may read and write one buffer, and its parts share their bindings.

mod batch;
mod direct;
mod fused;
mod operands;
mod part;
pub mod probe;
mod product;
mod text;
mod tile;
mod tuning;

use crate::graph::plan::{Branch, Fusion, Kernel, MAX_BUFFERS, Storage};
use crate::graph::{Clock, NetworkId, Plan, Program, TableId, Variables};
use part::Part;
use std::fmt::Write;
use text::wgsl;
pub use tile::{TILES, Tile, Variant};
pub use tuning::{ProductShape, Tuning, candidates, product_shape};

/// What a binding points to: a whole buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Storage(Storage),
    /// The counters, and behind them for each network two words: its updates, and those before its average began.
    Clocks,
    NormalTable,
    /// For each network two words: the bits of its learning rate, and the number of the first update with a gradient
    /// that was no finite number (all bits set if there was none).
    Controls,
    Table(TableId),
    /// One of the things that the optimiser keeps of a network.
    Moment(NetworkId, usize),
    /// Memory between two launches of one stage.
    Scratch,
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
    /// What it does, side by side.
    pub parts: Vec<Summary>,
    /// The whole shader. Its entry point is `main`.
    pub source: String,
    pub bindings: Vec<Binding>,
    pub workgroups: [u32; 3],
    /// Elements of scratch memory it needs.
    pub scratch_elements: usize,
}

/// A part of a launch, for listings.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Name of the kernel family, see [`KERNELS`].
    pub family: &'static str,
    /// The families of what a sequence does, in order; else nothing.
    pub steps: Vec<&'static str>,
    /// What it computes.
    pub label: String,
    pub workgroups: [u32; 3],
    /// Multiply-adds count two.
    pub flops: u64,
    /// Bytes of the tensors it reads and writes, each counted once.
    pub size_bytes: u64,
}

impl Launch {
    /// What it computes, in one line.
    pub fn label(&self) -> String {
        let labels: Vec<&str> = self.parts.iter().map(|part| &part.label[..]).collect();
        labels.join(" | ")
    }

    /// Multiply-adds count two.
    pub fn flops(&self) -> u64 {
        self.parts.iter().map(|part| part.flops).sum()
    }
}

/// A hand-written kernel family: a shell and what it is for.
pub struct Family {
    pub name: &'static str,
    pub shell: &'static str,
    pub purpose: &'static str,
}

/// Every kernel family there is.
pub const KERNELS: &[Family] = &[
    Family { name: "map", shell: wgsl!("map.wgsl"), purpose: "fused elementwise ops" },
    Family {
        name: "map_rows",
        shell: wgsl!("map_rows.wgsl"),
        purpose: "fused elementwise ops, a workgroup a row, in a sequence",
    },
    Family {
        name: "sequence",
        shell: wgsl!("sequence.wgsl"),
        purpose: "maps and reductions that a workgroup does one after another for its row",
    },
    Family { name: "reduce", shell: wgsl!("reduce.wgsl"), purpose: "fused sums, a workgroup a result" },
    Family { name: "reduce_serial", shell: wgsl!("reduce_serial.wgsl"), purpose: "fused sums, an invocation a result" },
    Family { name: "gemm", shell: wgsl!("gemm.wgsl"), purpose: "tiled products: matmul and the convolutions" },
    Family {
        name: "gemm_wide",
        shell: wgsl!("gemm_wide.wgsl"),
        purpose: "tiled products with 8 x 4 or 8 x 8 results an invocation",
    },
    Family {
        name: "direct",
        shell: wgsl!("direct.wgsl"),
        purpose: "products without workgroup memory, for adapters that compute on the CPU",
    },
    Family { name: "thin", shell: wgsl!("thin.wgsl"), purpose: "products with at most four rows" },
    Family { name: "dot", shell: wgsl!("dot.wgsl"), purpose: "products with few results and long sums" },
    Family { name: "add_slices", shell: wgsl!("add_slices.wgsl"), purpose: "adds the slices of a product's long sum" },
    Family { name: "shuffled_index", shell: wgsl!("shuffled_index.wgsl"), purpose: "row numbers of a batch" },
    Family { name: "gather", shell: wgsl!("gather.wgsl"), purpose: "rows of a table of bytes" },
    Family { name: "gather_rows", shell: wgsl!("gather_rows.wgsl"), purpose: "rows of a tensor by their numbers" },
    Family { name: "scatter_add", shell: wgsl!("scatter_add.wgsl"), purpose: "sums of rows by their numbers" },
    Family { name: "update", shell: wgsl!("update.wgsl"), purpose: "one step of an optimiser over a whole network" },
    Family { name: "average", shell: wgsl!("average.wgsl"), purpose: "the moving average of running statistics" },
    Family { name: "record", shell: wgsl!("record.wgsl"), purpose: "scalars into the ring; advances the clock" },
];

/// The shader that draws a grid of `columns` x `rows` images of `height` x `width` from a buffer, one canvas pixel an
/// image pixel, with lines of `gap` pixels between. Entry points: `draw_vertex`, `draw_fragment`.
pub fn draw_source([columns, rows]: [usize; 2], [channels, height, width]: [usize; 3], gap: usize) -> String {
    let shell = wgsl!("draw.wgsl");
    let header = Header::default().number("COLUMNS", columns).number("ROWS", rows).number("CHANNELS", channels);
    header.number("HEIGHT", height).number("WIDTH", width).number("GAP", gap).finish(shell)
}

/// Workgroups in one dimension that every WebGPU device allows.
const MAX_WORKGROUPS: usize = 65_535;
/// Invocations in a workgroup of the simple kernels.
const WORKGROUP: usize = 64;
/// Invocations in a workgroup on an adapter that computes on the CPU, where they meet at barriers: one vector of such a
/// processor. SwiftShader switches between stacks for every four of them at each barrier.
const SERIAL_WORKGROUP: usize = 8;

/// Lowers a plan to launches, in order.
pub fn lower(plan: &Plan, variables: &Variables) -> Vec<Launch> {
    lower_with(plan, variables, &Tuning::default())
}

/// The same with another choice of kernels for tiled products.
pub fn lower_with(plan: &Plan, variables: &Variables, tuning: &Tuning) -> Vec<Launch> {
    lower_stages(plan, variables, tuning).into_iter().flatten().collect()
}

/// The launches of a program's plans, those that train with a table of kernels: what samples goes by the device alone.
pub fn lower_plans(program: &Program, tuning: &Tuning) -> Vec<Vec<Launch>> {
    let of_device = Tuning::all(tuning.others);
    let chosen = |plan: &Plan| if plan.columns > 0 { tuning } else { &of_device };
    program.plans.iter().map(|plan| lower_with(plan, &program.variables, chosen(plan))).collect()
}

/// The launches of each stage of a plan, see [`lower_with`].
pub fn lower_stages(plan: &Plan, variables: &Variables, tuning: &Tuning) -> Vec<Vec<Launch>> {
    plan.stages.iter().map(|stage| lower_stage(plan, &stage.branches, variables, tuning)).collect()
}

/// The launches of a stage: one, and another that adds up the sums that were cut into slices; more where these would bind more
/// buffers than a device has to grant. On an adapter that computes on the CPU products and sums are launched by themselves:
/// nothing is won by running them beside others, and there a workgroup goes through the text of all parts of its launch.
fn lower_stage(plan: &Plan, branches: &[Branch], variables: &Variables, tuning: &Tuning) -> Vec<Launch> {
    if !tuning.is_serial() {
        return lower_together(plan, &branches.iter().collect::<Vec<_>>(), variables, tuning);
    }
    let loops = |branch: &&Branch| match branch.fusion {
        Fusion::Product { .. } | Fusion::Rows(_) => true,
        Fusion::Single => {
            matches!(&plan.dispatches[branch.dispatches.start].kernel, Kernel::Fused(program) if program.is_reduction())
        }
    };
    let (alone, together): (Vec<&Branch>, Vec<&Branch>) = branches.iter().partition(loops);
    let groups = alone.iter().map(std::slice::from_ref).chain((!together.is_empty()).then_some(&together[..]));
    groups.flat_map(|group| lower_together(plan, group, variables, tuning)).collect()
}

fn lower_together(plan: &Plan, branches: &[&Branch], variables: &Variables, tuning: &Tuning) -> Vec<Launch> {
    let attempt = |size: Option<usize>| {
        let mut scratch = 0;
        let parts: Vec<(Part, Option<Part>)> =
            branches.iter().map(|branch| lower_branch(plan, branch, variables, size, tuning, &mut scratch)).collect();
        (parts, scratch)
    };
    // All parts of a launch have one size of workgroup. Tiles ask for theirs; the others take what comes.
    let (mut parts, mut scratch) = attempt(None);
    let sizes =
        |tiled: bool| parts.iter().map(|(part, _)| part).filter(move |part| part.family.starts_with("gemm") == tiled);
    let smallest = sizes(true).map(|part| part.size).min();
    let size = smallest.or(sizes(false).map(|part| part.size).max()).expect("a stage has branches");
    if parts.iter().any(|(part, _)| part.size != size) {
        (parts, scratch) = attempt(Some(size));
    }
    let (first, second): (Vec<Part>, Vec<Option<Part>>) = parts.into_iter().unzip();
    let second: Vec<Part> = second.into_iter().flatten().collect();
    let mut launches = vec![part::side_by_side(first, scratch)];
    if !second.is_empty() {
        launches.push(part::side_by_side(second, scratch));
    }
    // Which products this device cuts, and so which buffers are bound when, is only known here.
    if branches.len() > 1 && launches.iter().any(|launch| launch.bindings.len() > MAX_BUFFERS) {
        let halves = branches.split_at(branches.len() / 2);
        return [halves.0, halves.1]
            .into_iter()
            .flat_map(|half| lower_together(plan, half, variables, tuning))
            .collect();
    }
    launches
}

/// A branch as a part, for a given size of workgroup or the one it prefers; a product that is cut into slices has a
/// second one that follows it.
fn lower_branch(
    plan: &Plan,
    branch: &Branch,
    variables: &Variables,
    size: Option<usize>,
    tuning: &Tuning,
    scratch: &mut usize,
) -> (Part, Option<Part>) {
    let (dispatch, serial) = (&plan.dispatches[branch.dispatches.start], tuning.is_serial());
    let part = match &branch.fusion {
        &Fusion::Product { product, ref prologues, epilogue } => {
            let map = |position: usize| fused::Map::new(&plan.dispatches[position]);
            let mut operands = [None, None];
            prologues.iter().for_each(|prologue| operands[prologue.operand] = Some(map(prologue.map)));
            let fusion = product::Fusions { operands, epilogue: epilogue.map(map) };
            return product::lower(&plan.dispatches[product], fusion, size, tuning, scratch);
        }
        Fusion::Rows(programs) => fused::rows(programs, &plan.dispatches[branch.dispatches.clone()], size, serial),
        Fusion::Single => match &dispatch.kernel {
            Kernel::Fused(program) => fused::single(program, dispatch, size, serial),
            &Kernel::ShuffledIndex { stream, len, batch, clock } => {
                batch::shuffled_index(stream, [len, batch], clock, dispatch, size)
            }
            &Kernel::Gather { table, rows, width } => batch::gather([rows, width], table, variables, dispatch, size),
            Kernel::GatherRows { .. } | Kernel::ScatterAdd { .. } => batch::rows_by_number(dispatch, size),
            Kernel::Update { network, rule, clock, .. } => batch::update(*network, rule, *clock, dispatch, size),
            &Kernel::Average { network, average } => batch::average(network, average, dispatch, size),
            Kernel::Record { clock, networks, .. } => batch::record(*clock, networks, dispatch, size),
            Kernel::MatMul { .. } | Kernel::Conv2d(_) | Kernel::Conv2dInputGrad(_) | Kernel::Conv2dWeightGrad(_) => {
                unreachable!("a branch with a product says so")
            }
        },
    };
    (part, None)
}

fn shell(name: &str) -> &'static str {
    KERNELS.iter().find(|family| family.name == name).expect("the family is in the table").shell
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
        // The shortest digits of the largest number stand for a little more than it, which Tint refuses.
        true if value.abs() == f32::MAX => format!("{:?}f", f64::from(value)),
        true => format!("{value:?}f"),
        false => format!("from_bits({}u)", value.to_bits()),
    }
}
