//! Fused programs as WGSL: the ops' expressions, one a line, inside a hand-written shell.

use super::{
    CLOCKS, Header, Launch, MATH, NORMAL, RNG, Target, grid, literal, member, reads, seed_member, shell, writes,
};
use crate::graph::fuse::{Fused, Instruction, Reduction, View};
use crate::graph::plan::Region;
use crate::graph::{Binary, Draw, Unary};
use std::fmt::Write;

/// From this many results on, or for sums this short if there are as many of them, an invocation a result beats a
/// workgroup a result.
const MANY_RESULTS: usize = 4096;
const SHORT_SUM: usize = 64;
/// Invocations of the workgroup that sums for one result; fewer where the sum is shorter.
const MAX_REDUCE_WORKGROUP: usize = 256;

/// The launch that runs a fused program.
pub(super) fn lower(fused: &Fused, inputs: &[Region], output: Region) -> Launch {
    let reduced = fused.reduced_points();
    let results = fused.points() / reduced;
    let family = match fused.is_reduction() {
        false => "map",
        true if results >= MANY_RESULTS || (reduced <= SHORT_SUM && results >= SHORT_SUM) => "reduce_serial",
        true => "reduce",
    };
    let workgroup = match family {
        "reduce" => reduced.next_power_of_two().min(MAX_REDUCE_WORKGROUP),
        _ => super::WORKGROUP,
    };
    let (workgroups, row) = grid(results, if family == "reduce" { 1 } else { workgroup });
    let header = match family {
        "map" => Header::default().number("POINTS", results),
        _ => Header::default().number("RESULTS", results).number("REDUCED", reduced),
    };
    let header = header.number("ROW", row).number("WORKGROUP", workgroup);

    let text = Text::new(fused, inputs, output);
    let (body, epilogue) = match family {
        "map" => {
            let mut body = text.coordinates(&[(false, "point")]);
            let value = text.instructions(&fused.body, 0, &mut body, "point");
            text.store(value, &mut body);
            (body, String::new())
        }
        _ => {
            let mut body = text.coordinates(&[(false, "result"), (true, "reduced")]);
            let value = text.instructions(&fused.body, 0, &mut body, "result");
            _ = writeln!(body, "return v{value};");
            let mut epilogue = text.coordinates(&[(false, "result")]);
            let value = text.instructions(&fused.epilogue, fused.body.len(), &mut epilogue, "result");
            text.store(value, &mut epilogue);
            (body, epilogue)
        }
    };
    let source =
        shell(family).replace("//BODY\n", &indented(&body, 1)).replace("//EPILOGUE\n", &indented(&epilogue, 2));
    let source = match fused.reduction {
        _ if family == "map" => source,
        Reduction::Sum => source.replace("INITIAL", "0.0").replace("COMBINE", "plus"),
        // The first one once more.
        Reduction::Max => source.replace("INITIAL", "summand(result, 0u)").replace("COMBINE", "larger"),
    };
    let header = header.text(&text.preamble()).text(&text.declarations());
    Launch {
        family,
        label: format!("{} {:?}", fused.summary(), fused.extents),
        source: header.finish(&source),
        bindings: text.bindings,
        workgroups,
        flops: (fused.points() * fused.body.len()) as u64,
    }
}

fn indented(lines: &str, levels: usize) -> String {
    lines.trim_end().replace('\n', &format!("\n{}", "    ".repeat(levels))) + "\n"
}

/// The text of one program under construction, with its bindings.
struct Text<'a> {
    fused: &'a Fused,
    /// Name of each input's array.
    names: Vec<String>,
    bindings: Vec<super::Binding>,
    types: Vec<(String, &'static str)>,
    uses_rng: bool,
    uses_normal: bool,
    uses_math: bool,
}

impl<'a> Text<'a> {
    fn new(fused: &'a Fused, inputs: &[Region], output: Region) -> Self {
        let mut bindings = vec![writes(Target::Region(output))];
        let mut types = vec![("output".to_string(), "f32")];
        let names = inputs
            .iter()
            .enumerate()
            .map(|(index, &input)| {
                if input == output {
                    // In place: every point reads its own element before it writes it, through the same binding.
                    return "output".to_string();
                }
                // WebGPU forbids one buffer as `read` and `read_write` in a dispatch, even for disjoint ranges.
                let same_buffer = input.storage == output.storage;
                let target = Target::Region(input);
                bindings.push(if same_buffer { writes(target) } else { reads(target) });
                types.push((format!("input{index}"), "f32"));
                format!("input{index}")
            })
            .collect();
        let draws = |normal: bool| {
            fused.instructions().any(|instruction| match instruction {
                Instruction::Normal(_) => true,
                Instruction::Uniform(_) => !normal,
                _ => false,
            })
        };
        let (uses_rng, uses_normal) = (draws(false), draws(true));
        if uses_rng {
            bindings.push(reads(Target::Clocks));
            types.push(("clocks".to_string(), "Clocks"));
        }
        if uses_normal {
            bindings.push(reads(Target::NormalTable));
            types.push(("normal_table".to_string(), "u32"));
        }
        let uses_math = fused.is_reduction()
            || fused.instructions().any(|instruction| match instruction {
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
        Text { fused, names, bindings, types, uses_rng, uses_normal, uses_math }
    }

    fn preamble(&self) -> String {
        let parts = [(self.uses_rng, CLOCKS), (self.uses_rng, RNG), (self.uses_normal, NORMAL), (self.uses_math, MATH)];
        parts.iter().filter(|(used, _)| *used).map(|(_, text)| *text).collect()
    }

    fn declarations(&self) -> String {
        let mut text = String::new();
        for (binding, ((name, kind), entry)) in self.types.iter().zip(&self.bindings).enumerate() {
            let access = if entry.writes { "read_write" } else { "read" };
            let kind = if *kind == "Clocks" { "Clocks".to_string() } else { format!("array<{kind}>") };
            _ = writeln!(text, "@group(0) @binding({binding}) var<storage, {access}> {name}: {kind};");
        }
        text
    }

    /// Takes flat indices apart into coordinates `c0, c1, ...`: for each part, the axes with that `reduced` flag.
    fn coordinates(&self, parts: &[(bool, &str)]) -> String {
        let mut text = String::new();
        for &(reduced, index) in parts {
            let axes: Vec<usize> =
                (0..self.fused.extents.len()).filter(|&axis| self.fused.reduced[axis] == reduced).collect();
            let mut inner = 1;
            for (position, &axis) in axes.iter().enumerate().rev() {
                let extent = self.fused.extents[axis];
                let divided = if inner == 1 { index.to_string() } else { format!("{index} / {inner}u") };
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
        text
    }

    fn index(&self, view: &View) -> String {
        let mut terms: Vec<String> = view
            .strides
            .iter()
            .enumerate()
            .filter(|(_, stride)| **stride != 0)
            .map(|(axis, &stride)| if stride == 1 { format!("c{axis}") } else { format!("c{axis} * {stride}u") })
            .collect();
        if view.offset != 0 || terms.is_empty() {
            terms.push(format!("{}u", view.offset));
        }
        terms.join(" + ")
    }

    /// Writes instructions as lines `let v<position> = ...;` and answers with the position of the last one.
    fn instructions(&self, list: &[Instruction], first: usize, text: &mut String, point: &str) -> usize {
        for (offset, instruction) in list.iter().enumerate() {
            let expression = match *instruction {
                Instruction::Load(load) => {
                    let load = &self.fused.loads[load];
                    format!("{}[{}]", self.names[load.input], self.index(&load.view))
                }
                Instruction::Constant(value) => literal(value.value()),
                Instruction::Unary(unary, x) => unary_expression(unary, &format!("v{x}")),
                Instruction::Binary(binary, a, b) => binary_expression(binary, &format!("v{a}"), &format!("v{b}")),
                Instruction::Select(c, a, b) => format!("select(v{b}, v{a}, v{c} != 0.0)"),
                Instruction::Index => format!("f32({point})"),
                Instruction::Uniform(draw) => format!("random_uniform({})", bits(draw, point)),
                Instruction::Normal(draw) => format!("random_normal({})", bits(draw, point)),
                Instruction::Total => "total".to_string(),
            };
            _ = writeln!(text, "let v{} = {expression};", first + offset);
        }
        first + list.len() - 1
    }

    fn store(&self, value: usize, text: &mut String) {
        _ = writeln!(text, "output[{}] = v{value};", self.index(&self.fused.output));
    }
}

fn bits(draw: Draw, point: &str) -> String {
    format!("random_bits({}, {}u, {}, {point})", seed_member(draw.clock), draw.stream, member(draw.clock))
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
