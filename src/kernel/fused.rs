//! Fused programs as WGSL: the ops' expressions, one a line, inside a hand-written shell.

use super::part::{Element, Part, Uses, sequence};
use super::{Header, SERIAL_WORKGROUP, Target, grid, literal, member, seed_member, shell};
use crate::graph::fuse::{Fused, Instruction, Reduction, View};
use crate::graph::plan::{Dispatch, Kernel, Region, RowProgram};
use crate::graph::{Binary, Draw, Ramp, Unary};
use std::fmt::Write;

/// From this many results on, or for sums this short if there are as many of them, an invocation a result beats a
/// workgroup a result.
const MANY_RESULTS: usize = 4096;
const SHORT_SUM: usize = 64;
/// So few are many where the adapter computes on the CPU: an invocation a result needs no barriers there, and 16 are work
/// for four cores.
const SERIAL_MANY_RESULTS: usize = 16;
/// Invocations of the workgroup that sums for one result; fewer where the sum is shorter.
const MAX_REDUCE_WORKGROUP: usize = 256;

/// How the invocations of a part share a program's work.
#[derive(Clone, Copy, PartialEq)]
enum Share {
    /// An invocation a point, or a result.
    Each,
    /// A workgroup a result.
    Workgroup,
    /// One of the programs that a workgroup does for its row.
    Row,
}

/// A program that is a dispatch of its own.
pub(super) fn single(program: &Fused, dispatch: &Dispatch, size: Option<usize>, serial: bool) -> Part {
    let reduced = program.reduced_points();
    let results = program.points() / reduced;
    let enough = if serial { SERIAL_MANY_RESULTS } else { MANY_RESULTS };
    let many = results >= enough || (reduced <= SHORT_SUM && results >= SHORT_SUM);
    let share = if program.is_reduction() && !many { Share::Workgroup } else { Share::Each };
    let preferred = match share {
        Share::Workgroup => sum_workgroup(reduced, serial),
        _ => super::WORKGROUP,
    };
    let axes: Vec<Axis> =
        program.reduced.iter().map(|&reduced| if reduced { Axis::Reduced } else { Axis::Kept }).collect();
    let size = size.unwrap_or(preferred);
    let (workgroups, row) = grid(results, if share == Share::Workgroup { 1 } else { size });
    lower(program, &axes, dispatch, share, (workgroups, row, size))
}

/// Programs that a workgroup does one after another for its row.
pub(super) fn rows(programs: &[RowProgram], dispatches: &[Dispatch], size: Option<usize>, serial: bool) -> Part {
    let rows_of = |RowProgram { program, is_row }: &RowProgram| -> usize {
        program.extents.iter().zip(is_row).filter(|(_, is_row)| **is_row).map(|(extent, _)| extent).product()
    };
    let rows = rows_of(&programs[0]);
    let longest = programs.iter().map(|row| row.program.points() / rows).max().unwrap_or(1);
    let size = size.unwrap_or(sum_workgroup(longest, serial));
    let (workgroups, row) = grid(rows, 1);
    let parts = programs.iter().zip(dispatches).map(|(RowProgram { program, is_row }, dispatch)| {
        let axes = is_row.iter().zip(&program.reduced).map(|flags| match flags {
            (true, _) => Axis::Row,
            (false, true) => Axis::Reduced,
            (false, false) => Axis::Kept,
        });
        lower(program, &axes.collect::<Vec<_>>(), dispatch, Share::Row, (workgroups, row, size))
    });
    let parts: Vec<Part> = parts.collect();
    let labels: Vec<&str> = parts.iter().map(|part| &part.label[..]).collect();
    sequence(labels.join("; "), parts, rows)
}

/// Invocations of the workgroup that sums so many points.
fn sum_workgroup(points: usize, serial: bool) -> usize {
    points.next_power_of_two().min(if serial { SERIAL_WORKGROUP } else { MAX_REDUCE_WORKGROUP })
}

/// What the coordinate of an axis follows from.
#[derive(Clone, Copy, PartialEq)]
enum Axis {
    /// The row's number.
    Row,
    /// The number of the point, or of the result.
    Kept,
    /// The number of the summand.
    Reduced,
}

fn lower(
    program: &Fused,
    axes: &[Axis],
    dispatch: &Dispatch,
    share: Share,
    (workgroups, row, size): ([u32; 3], usize, usize),
) -> Part {
    let reduced = program.reduced_points();
    let count = |axis: Axis| -> usize {
        program.extents.iter().zip(axes).filter(|(_, own)| **own == axis).map(|(extent, _)| extent).product()
    };
    let (rows, points) = (count(Axis::Row), count(Axis::Kept));
    let (family, header) = match (program.is_reduction(), share) {
        (false, Share::Row) => ("map_rows", Header::default().number("POINTS", points)),
        (false, _) => ("map", Header::default().number("POINTS", points)),
        // A row's own result: the workgroup sums for it.
        (true, Share::Row) if points == 1 => ("reduce", Header::default().number("RESULTS", rows)),
        (true, Share::Workgroup) => ("reduce", Header::default().number("RESULTS", points)),
        // There is one row: its invocations take turns.
        (true, Share::Row) => ("reduce_serial", Header::default().number("RESULTS", points).number("STRIDE", size)),
        (true, Share::Each) => ("reduce_serial", Header::default().number("RESULTS", points).number("STRIDE", points)),
    };
    let header = if program.is_reduction() { header.number("REDUCED", reduced) } else { header };
    let row = if family == "reduce_serial" && share == Share::Row { 0 } else { row };
    let header = header.number("ROW", row).number("WORKGROUP", size);

    let mut uses = Uses::default();
    let text = Text::new(program, &dispatch.inputs, dispatch.output, None, &mut uses);
    uses.writes_region(dispatch.output);
    let (mut body, mut epilogue) = (String::new(), String::new());
    match program.is_reduction() {
        false => {
            text.coordinates(axes, &[(Axis::Row, "row"), (Axis::Kept, "point")], &mut body);
            let value = text.instructions(&program.body, 0, &mut body, "point");
            text.store(value, &mut body);
        }
        true => {
            let result = if family == "reduce" && rows > 1 { Axis::Row } else { Axis::Kept };
            text.coordinates(axes, &[(result, "result"), (Axis::Reduced, "reduced")], &mut body);
            let value = text.instructions(&program.body, 0, &mut body, "result");
            _ = writeln!(body, "return v{value};");
            text.coordinates(axes, &[(result, "result")], &mut epilogue);
            let value = text.instructions(&program.epilogue, program.body.len(), &mut epilogue, "result");
            text.store(value, &mut epilogue);
        }
    }
    let levels = if family == "map" { 1 } else { 2 };
    let body = indented(&body, if program.is_reduction() { 1 } else { levels });
    let source = shell(family).replace("//BODY\n", &body).replace("//EPILOGUE\n", &indented(&epilogue, 2));
    let source = match program.reduction {
        _ if !program.is_reduction() => source,
        Reduction::Sum => source.replace("INITIAL", "0.0").replace("COMBINE", "plus"),
        // The first one once more.
        Reduction::Max => source.replace("INITIAL", "summand(result, 0u)").replace("COMBINE", "larger"),
    };
    uses.math |= program.is_reduction();
    if family == "reduce" {
        uses.floats = size;
    }
    let read: usize = dispatch.inputs.iter().map(|input| input.elements).sum();
    Part {
        family,
        steps: Vec::new(),
        label: format!("{} {:?}", program.summary(), program.extents),
        text: header.finish(&source),
        uses,
        workgroups,
        size,
        flops: (program.points() * program.body.len()) as u64,
        elements: read + dispatch.output.elements,
    }
}

/// A map that is fused to a product.
#[derive(Clone, Copy)]
pub(super) struct Map<'p> {
    program: &'p Fused,
    dispatch: &'p Dispatch,
}

impl<'p> Map<'p> {
    pub fn new(dispatch: &'p Dispatch) -> Self {
        let Kernel::Fused(program) = &dispatch.kernel else { unreachable!("only maps are fused to products") };
        Map { program, dispatch }
    }

    /// A function that makes the element at a row-major number.
    pub fn reader(&self, name: &str, uses: &mut Uses) -> String {
        let text = Text::new(self.program, &self.dispatch.inputs, self.dispatch.output, None, uses);
        let mut body = text.of_all_axes("at");
        let value = text.instructions(&self.program.body, 0, &mut body, "at");
        _ = writeln!(body, "return v{value};");
        format!("\nfn {name}(at: u32) -> f32 {{\n    {}}}\n", indented(&body, 1))
    }

    /// A function that takes the value of `product` at a row-major number and writes what the map makes of it.
    pub fn writer(&self, name: &str, product: Region, uses: &mut Uses) -> String {
        let Dispatch { inputs, output, .. } = self.dispatch;
        let text = Text::new(self.program, inputs, *output, Some((product, "value")), uses);
        uses.writes_region(*output);
        let mut body = text.of_all_axes("at");
        let value = text.instructions(&self.program.body, 0, &mut body, "at");
        text.store(value, &mut body);
        format!("\nfn {name}(at: u32, value: f32) {{\n    {}}}\n", indented(&body, 1))
    }

    pub fn summary(&self) -> String {
        self.program.summary()
    }

    pub fn flops(&self) -> u64 {
        (self.program.points() * self.program.body.len()) as u64
    }

    /// Elements that it reads beside `product`.
    pub fn read_elements(&self, product: Option<Region>) -> usize {
        let others = self.dispatch.inputs.iter().filter(|&&input| Some(input) != product);
        others.map(|region| region.elements).sum()
    }

    pub fn output_elements(&self) -> usize {
        self.dispatch.output.elements
    }
}

fn indented(lines: &str, levels: usize) -> String {
    lines.trim_end().replace('\n', &format!("\n{}", "    ".repeat(levels))) + "\n"
}

/// The text of one program under construction.
struct Text<'a> {
    fused: &'a Fused,
    /// For each input the name of its buffer and its first element there, or the name of its value.
    inputs: Vec<Source>,
    output: String,
    output_offset: usize,
}

enum Source {
    Buffer(String, usize),
    Value(&'static str),
}

impl<'a> Text<'a> {
    /// Binds what the program needs. `known` is an input whose value is at hand, under that name. The output is bound
    /// by who stores.
    fn new(
        fused: &'a Fused,
        inputs: &[Region],
        output: Region,
        known: Option<(Region, &'static str)>,
        uses: &mut Uses,
    ) -> Self {
        let source = |&input: &Region| match known {
            Some((region, value)) if region == input => Source::Value(value),
            _ => Source::Buffer(uses.reads_region(input), input.offset),
        };
        let inputs = inputs.iter().map(source).collect();
        let any = |wanted: fn(&Instruction) -> bool| fused.instructions().any(wanted);
        if any(|instruction| instruction.reads_clocks()) {
            uses.reads(Target::Clocks, Element::Clocks);
        }
        uses.rng |= any(|instruction| matches!(instruction, Instruction::Uniform(_) | Instruction::Normal(_)));
        if any(|instruction| matches!(instruction, Instruction::Normal(_))) {
            uses.reads(Target::NormalTable, Element::Word);
            uses.normal = true;
        }
        uses.math |= fused.instructions().any(|instruction| match instruction {
            Instruction::Unary(unary, _) => matches!(
                unary,
                Unary::Tanh
                    | Unary::Sigmoid
                    | Unary::Softplus
                    | Unary::LeakyRelu(_)
                    | Unary::LeakyMask(_)
                    | Unary::Clamp(..)
            ),
            Instruction::Binary(binary, _, _) => matches!(binary, Binary::Max | Binary::Min),
            Instruction::Constant(value) => !value.value().is_finite(),
            _ => false,
        });
        Text { fused, inputs, output: super::part::name(Target::Storage(output.storage)), output_offset: output.offset }
    }

    /// Takes flat numbers apart into coordinates `c0, c1, ...`: for each part, the axes of that kind.
    fn coordinates(&self, axes: &[Axis], parts: &[(Axis, &str)], text: &mut String) {
        for &(kind, number) in parts {
            let own: Vec<usize> = (0..axes.len()).filter(|&axis| axes[axis] == kind).collect();
            let mut inner = 1;
            for (position, &axis) in own.iter().enumerate().rev() {
                let extent = self.fused.extents[axis];
                let divided = if inner == 1 { number.to_string() } else { format!("{number} / {inner}u") };
                if position == 0 {
                    _ = writeln!(text, "let c{axis} = {divided};");
                } else if inner == 1 {
                    _ = writeln!(text, "let c{axis} = {divided} % {extent}u;");
                } else {
                    _ = writeln!(text, "let c{axis} = ({divided}) % {extent}u;");
                }
                inner *= extent;
            }
        }
    }

    fn of_all_axes(&self, number: &str) -> String {
        let mut text = String::new();
        self.coordinates(&vec![Axis::Kept; self.fused.extents.len()], &[(Axis::Kept, number)], &mut text);
        text
    }

    fn index(&self, view: &View, first: usize) -> String {
        let mut terms: Vec<String> = view
            .strides
            .iter()
            .enumerate()
            .filter(|(_, stride)| **stride != 0)
            .map(|(axis, &stride)| if stride == 1 { format!("c{axis}") } else { format!("c{axis} * {stride}u") })
            .collect();
        let offset = first + view.offset;
        if offset != 0 || terms.is_empty() {
            terms.push(format!("{offset}u"));
        }
        terms.join(" + ")
    }

    /// Writes instructions as lines `let v<position> = ...;` and answers with the position of the last one.
    fn instructions(&self, list: &[Instruction], first: usize, text: &mut String, point: &str) -> usize {
        for (offset, instruction) in list.iter().enumerate() {
            let expression = match *instruction {
                Instruction::Load(load) => {
                    let load = &self.fused.loads[load];
                    match &self.inputs[load.input] {
                        Source::Buffer(name, first) => format!("{name}[{}]", self.index(&load.view, *first)),
                        Source::Value(name) => name.to_string(),
                    }
                }
                Instruction::Constant(value) => literal(value.value()),
                Instruction::Unary(unary, x) => unary_expression(unary, &format!("v{x}")),
                Instruction::Binary(binary, a, b) => binary_expression(binary, &format!("v{a}"), &format!("v{b}")),
                Instruction::Select(c, a, b) => format!("select(v{b}, v{a}, v{c} != 0.0)"),
                Instruction::Index => format!("f32({point})"),
                Instruction::Uniform(draw) => format!("random_uniform({})", bits(draw, point)),
                Instruction::Normal(draw) => format!("random_normal({})", bits(draw, point)),
                Instruction::Ramp(ramp) => ramp_expression(ramp),
                Instruction::Total => "total".to_string(),
            };
            _ = writeln!(text, "let v{} = {expression};", first + offset);
        }
        first + list.len() - 1
    }

    fn store(&self, value: usize, text: &mut String) {
        let at = self.index(&self.fused.output, self.output_offset);
        _ = writeln!(text, "{}[{at}] = v{value};", self.output);
    }
}

fn bits(draw: Draw, point: &str) -> String {
    format!("random_bits({}, {}u, {}, {point})", seed_member(draw.clock), draw.stream, member(draw.clock))
}

/// Whole numbers are brought into bounds, and the end is 1 whatever the rounding of a division.
fn ramp_expression(Ramp { clock, from, until }: Ramp) -> String {
    let (runs, length) = (member(clock), literal((until - from) as f32));
    format!("select(f32(clamp({runs}, {from}u, {until}u) - {from}u) / {length}, 1.0, {runs} >= {until}u)")
}

fn unary_expression(unary: Unary, x: &str) -> String {
    match unary {
        Unary::Neg => format!("-{x}"),
        Unary::AddScalar(c) => format!("{x} + {}", literal(c.value())),
        Unary::MulScalar(c) => format!("{x} * {}", literal(c.value())),
        Unary::Exp => format!("exp({x})"),
        Unary::Log => format!("log({x})"),
        Unary::Sqrt => format!("sqrt({x})"),
        Unary::Rsqrt => format!("inverseSqrt({x})"),
        Unary::Recip => format!("1.0 / {x}"),
        Unary::Square => format!("{x} * {x}"),
        Unary::Abs => format!("abs({x})"),
        Unary::Sign => format!("sign({x})"),
        Unary::Floor => format!("floor({x})"),
        Unary::Tanh => format!("safe_tanh({x})"),
        Unary::Sigmoid => format!("sigmoid({x})"),
        Unary::Softplus => format!("softplus({x})"),
        Unary::LeakyRelu(slope) => format!("leaky_relu({x}, {})", literal(slope.value())),
        Unary::LeakyMask(slope) => format!("leaky_mask({x}, {})", literal(slope.value())),
        Unary::Clamp(min, max) => format!("clamped({x}, {}, {})", literal(min.value()), literal(max.value())),
    }
}

fn binary_expression(binary: Binary, a: &str, b: &str) -> String {
    match binary {
        Binary::Add => format!("{a} + {b}"),
        Binary::Sub => format!("{a} - {b}"),
        Binary::Mul => format!("{a} * {b}"),
        Binary::Div => format!("{a} / {b}"),
        Binary::Max => format!("larger({a}, {b})"),
        Binary::Min => format!("smaller({a}, {b})"),
        Binary::Less => format!("select(0.0, 1.0, {a} < {b})"),
        Binary::LessEqual => format!("select(0.0, 1.0, {a} <= {b})"),
        Binary::Equal => format!("select(0.0, 1.0, {a} == {b})"),
    }
}
