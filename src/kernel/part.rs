//! Parts of launches as text: each brings functions, the buffers it needs and its workgroups; several of them become one
//! shader, side by side or one after another.

use super::text::wgsl;
use super::{Binding, Launch, MAX_WORKGROUPS, Summary, Target};
use crate::graph::NetworkId;
use crate::graph::plan::{Region, Storage};
use std::fmt::Write;

const CLOCKS: &str = wgsl!("shared/clocks.wgsl");
const MATH: &str = wgsl!("shared/math.wgsl");
const RNG: &str = wgsl!("shared/rng.wgsl");
const NORMAL: &str = wgsl!("shared/normal.wgsl");

/// Elements of a buffer as WGSL sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Float,
    Word,
    Atomic,
    Clocks,
}

/// What a text uses beside its own functions.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    buffers: Vec<(Target, Element, bool)>,
    /// Elements of the two arrays that a workgroup shares: `shared_vectors` of vec4<f32>, `shared_floats` of f32.
    pub vectors: usize,
    pub floats: usize,
    pub math: bool,
    pub rng: bool,
    pub normal: bool,
}

impl Uses {
    /// Binds a buffer and answers with its name.
    fn bind(&mut self, target: Target, element: Element, writes: bool) -> String {
        match self.buffers.iter_mut().find(|(known, ..)| *known == target) {
            Some(known) => {
                assert_eq!(known.1, element, "a buffer has one element type: {target:?}");
                known.2 |= writes;
            }
            None => self.buffers.push((target, element, writes)),
        }
        name(target)
    }

    pub fn reads(&mut self, target: Target, element: Element) -> String {
        self.bind(target, element, false)
    }

    pub fn writes(&mut self, target: Target, element: Element) -> String {
        self.bind(target, element, true)
    }

    /// The name of a region's buffer, to read floats of it.
    pub fn reads_region(&mut self, region: Region) -> String {
        self.reads(Target::Storage(region.storage), Element::Float)
    }

    /// The name of a region's buffer, to write floats to it.
    pub fn writes_region(&mut self, region: Region) -> String {
        self.writes(Target::Storage(region.storage), Element::Float)
    }

    pub fn join(&mut self, other: &Uses) {
        for &(target, element, writes) in &other.buffers {
            self.bind(target, element, writes);
        }
        self.vectors = self.vectors.max(other.vectors);
        self.floats = self.floats.max(other.floats);
        self.math |= other.math;
        self.rng |= other.rng;
        self.normal |= other.normal;
    }

    /// Shared functions and declarations, in front of a shader.
    fn preamble(&self) -> String {
        let clocks = self.buffers.iter().any(|(target, ..)| *target == Target::Clocks);
        let parts = [(clocks, CLOCKS), (self.rng, RNG), (self.normal, NORMAL), (self.math, MATH)];
        let mut text: String = parts.iter().filter(|(used, _)| *used).map(|(_, text)| *text).collect();
        for (binding, &(target, element, writes)) in self.buffers.iter().enumerate() {
            let access = if writes { "read_write" } else { "read" };
            let kind = match element {
                Element::Float => "array<f32>",
                Element::Word => "array<u32>",
                Element::Atomic => "array<atomic<u32>>",
                Element::Clocks => "Clocks",
            };
            _ = writeln!(text, "@group(0) @binding({binding}) var<storage, {access}> {}: {kind};", name(target));
        }
        for (name, kind, elements) in
            [("shared_vectors", "vec4<f32>", self.vectors), ("shared_floats", "f32", self.floats)]
        {
            if elements > 0 {
                _ = writeln!(text, "var<workgroup> {name}: array<{kind}, {elements}>;");
            }
        }
        text
    }
}

/// The name of a buffer in every shader.
pub(super) fn name(target: Target) -> String {
    let numbered = |name: &str, network: NetworkId| format!("{name}_{}", network.0);
    match target {
        Target::Storage(Storage::Slot(slot)) => format!("slot_{slot}"),
        Target::Storage(Storage::Parameters(network)) => numbered("parameters", network),
        Target::Storage(Storage::Buffers(network)) => numbered("buffers", network),
        Target::Storage(Storage::Gradients(network)) => numbered("gradients", network),
        Target::Storage(Storage::Average(network)) => numbered("average", network),
        Target::Storage(Storage::Output) => "kept_output".into(),
        Target::Storage(Storage::Ring) => "ring".into(),
        Target::Clocks => "clocks".into(),
        Target::NormalTable => "normal_table".into(),
        Target::Controls => "controls".into(),
        Target::Table(table) => format!("table_{}", table.0),
        Target::Moment(network, moment) => format!("moment_{}_{moment}", network.0),
        Target::Scratch => "scratch".into(),
    }
}

/// Work of one kind with its workgroups.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Name of the kernel family.
    pub family: &'static str,
    /// Families of what a sequence does.
    pub steps: Vec<&'static str>,
    /// What it computes, for listings.
    pub label: String,
    /// Constants and functions, among them `fn run(group: vec3<u32>, index: u32)`: the work of the invocation with this
    /// local index in this workgroup.
    pub text: String,
    pub uses: Uses,
    pub workgroups: [u32; 3],
    /// Invocations in a workgroup.
    pub size: usize,
    /// Multiply-adds count two.
    pub flops: u64,
    /// Elements of the tensors it reads and writes.
    pub elements: usize,
}

/// Parts that a workgroup does one after another, each seeing what the one before it wrote. They have the same workgroups
/// (`rows` of them, the first ones of `workgroups`) and the same size.
pub(super) fn sequence(label: String, parts: Vec<Part>, rows: usize) -> Part {
    let (workgroups, size) = (parts[0].workgroups, parts[0].size);
    let (mut text, mut uses, mut calls) = (String::new(), Uses::default(), String::new());
    for (number, part) in parts.iter().enumerate() {
        assert_eq!((part.workgroups, part.size), (workgroups, size), "{label}: parts in one sequence go together");
        uses.join(&part.uses);
        text += &suffixed(&part.text, &format!("_{number}"));
        if number > 0 {
            calls += "        storageBarrier();\n        workgroupBarrier();\n";
        }
        _ = writeln!(calls, "        run_{number}(group, index);");
    }
    let row = workgroups[0];
    let shell = wgsl!("sequence.wgsl");
    text += &format!("const ROWS: u32 = {rows}u;\nconst ROW: u32 = {row}u;\n");
    text += &shell.replace("//CALLS\n", &calls);
    Part {
        family: "sequence",
        steps: parts.iter().map(|part| part.family).collect(),
        label,
        text,
        uses,
        workgroups,
        size,
        flops: parts.iter().map(|part| part.flops).sum(),
        elements: parts.iter().map(|part| part.elements).sum(),
    }
}

/// One launch of parts that do not wait for each other. They have the same size.
pub(super) fn side_by_side(parts: Vec<Part>, scratch_elements: usize) -> Launch {
    let size = parts[0].size;
    let mut uses = Uses::default();
    for part in &parts {
        assert_eq!(part.size, size, "{}: parts in one launch have one size", part.label);
        uses.join(&part.uses);
    }
    let mut source = uses.preamble();
    let (workgroups, calls) = match &parts[..] {
        // Where it has more of them in one direction than a device allows, they are counted as those of several are.
        [part] if part.workgroups.iter().all(|&extent| extent as usize <= MAX_WORKGROUPS) => {
            source += &part.text;
            (part.workgroups, "    run(group, index);\n".to_string())
        }
        _ => {
            let total: usize = parts.iter().map(|part| count(part.workgroups)).sum();
            let rows = total.div_ceil(MAX_WORKGROUPS);
            let columns = total.div_ceil(rows);
            let (mut calls, mut first) = (format!("    let flat = group.x + group.y * {columns}u;\n"), 0);
            for (number, part) in parts.iter().enumerate() {
                source += &suffixed(&part.text, &format!("_{number}"));
                let ([x, y, _], end) = (part.workgroups, first + count(part.workgroups));
                let at = if first == 0 { "flat".to_string() } else { format!("(flat - {first}u)") };
                let group = format!("vec3<u32>({at} % {x}u, {at} / {x}u % {y}u, {at} / {}u)", x * y);
                let before = if first == 0 { "    " } else { " else " };
                _ = write!(calls, "{before}if (flat < {end}u) {{\n        run_{number}({group}, index);\n    }}");
                first = end;
            }
            ([columns as u32, rows as u32, 1], calls + "\n")
        }
    };
    _ = write!(
        source,
        "\n@compute @workgroup_size({size})\nfn main(@builtin(workgroup_id) group: vec3<u32>, \
         @builtin(local_invocation_index) index: u32) {{\n{calls}}}\n"
    );
    Launch {
        bindings: uses.buffers.iter().map(|&(target, _, writes)| Binding { target, writes }).collect(),
        parts: parts
            .into_iter()
            .map(|Part { family, steps, label, workgroups, flops, elements, .. }| Summary {
                family,
                steps,
                label,
                workgroups,
                flops,
                size_bytes: elements as u64 * 4,
            })
            .collect(),
        source,
        workgroups,
        scratch_elements,
    }
}

fn count([x, y, z]: [u32; 3]) -> usize {
    x as usize * y as usize * z as usize
}

/// A piece of WGSL.
enum Token<'t> {
    Name(&'t str),
    Other(&'t str),
}

/// Names and the text between them; comments are left out.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut list, mut rest) = (Vec::new(), text);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    while let Some(first) = rest.chars().next() {
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            rest = &rest[length..];
            continue;
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        list.push(if is_word(first) && !first.is_ascii_digit() { Token::Name(token) } else { Token::Other(token) });
        rest = after;
    }
    list
}

/// The text with everything that it declares at module scope renamed, so that texts with equal names go together.
fn suffixed(text: &str, suffix: &str) -> String {
    let tokens = tokens(text);
    let mut declared = Vec::new();
    let (mut depth, mut declaring) = (0, false);
    for token in &tokens {
        match *token {
            Token::Other("{") => depth += 1,
            Token::Other("}") => depth -= 1,
            Token::Name("const" | "fn" | "struct" | "var") if depth == 0 => declaring = true,
            // The address space of a `var<private>` is no name of its own.
            Token::Name(name) if declaring && name != "private" => {
                declared.push(name);
                declaring = false;
            }
            _ => {}
        }
    }
    let mut result = String::with_capacity(text.len() + text.len() / 8);
    let (mut in_struct, mut before) = (false, "");
    for (position, token) in tokens.iter().enumerate() {
        match *token {
            Token::Name(name) => {
                result += name;
                in_struct |= name == "struct";
                let member = in_struct && matches!(tokens.get(position + 1), Some(Token::Other(":")));
                if declared.contains(&name) && before != "." && !member {
                    result += suffix;
                }
                before = name;
            }
            Token::Other(other) => {
                result += other;
                in_struct &= other != "}";
                before = other;
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::suffixed;

    #[test]
    fn only_what_a_text_declares_is_renamed() {
        let text = "// a comment with run\nconst K: u32 = 3u;\nvar<private> layer: u32;\n\
                    struct Row {\n    layer: u32,\n    next: Row,\n}\n\
                    fn run(group: vec3<u32>, index: u32) {\n    let r = Row(layer, K);\n    slot_1[r.layer + K] = r.K;\n}\n";
        let expected = "\nconst K_7: u32 = 3u;\nvar<private> layer_7: u32;\n\
                    struct Row_7 {\n    layer: u32,\n    next: Row_7,\n}\n\
                    fn run_7(group: vec3<u32>, index: u32) {\n    let r = Row_7(layer_7, K_7);\n    slot_1[r.layer + K_7] = r.K;\n}\n";
        assert_eq!(suffixed(text, "_7"), expected);
    }
}
