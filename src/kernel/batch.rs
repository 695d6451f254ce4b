//! The beginning and the end of a step: a batch's rows; the optimiser, and what is recorded.

use super::part::{Element, Part, Uses};
use super::text::wgsl;
use super::{Header, Target, WORKGROUP, grid, literal, member, seed_member, shell};
use crate::graph::plan::{Dispatch, Kernel, Region, Storage};
use crate::graph::{
    Adam, Average, Clock, Decay, NetworkId, Optimizer, RING_ROWS, RmsProp, Sgd, TableId, UpdateRule, Variables,
};
use std::fmt::Write;

fn elements(dispatch: &Dispatch) -> usize {
    dispatch.inputs.iter().chain([&dispatch.output]).map(|region| region.elements).sum()
}

/// The text with names for the words that stand for buffers.
fn named(text: &str, names: &[(&str, String)]) -> String {
    names.iter().fold(text.to_string(), |text, (word, name)| text.replace(&format!("{word}["), &format!("{name}[")))
}

fn words(region: Region) -> Target {
    Target::Storage(region.storage)
}

pub(super) fn shuffled_index(
    stream: u32,
    [len, batch]: [usize; 2],
    clock: Clock,
    dispatch: &Dispatch,
    size: Option<usize>,
) -> Part {
    let size = size.unwrap_or(WORKGROUP);
    let header = Header::default().number("LEN", len).number("BATCH", batch).number("WORKGROUP", size);
    let header = header.number("HALF", crate::rng::half_bits(len as u32) as usize);
    let header = header.number("OUTPUT_AT", dispatch.output.offset).number("STREAM", stream as usize);
    let mut uses = Uses::default();
    uses.reads(Target::Clocks, Element::Clocks);
    let output = uses.writes(words(dispatch.output), Element::Word);
    let text =
        shell("shuffled_index").replace("clocks.SEED", seed_member(clock)).replace("clocks.CLOCK", member(clock));
    Part {
        family: "shuffled_index",
        steps: Vec::new(),
        label: format!("shuffled_index {batch} of {len}"),
        text: header.finish(&named(&text, &[("OUTPUT", output)])),
        uses,
        workgroups: [batch.div_ceil(size) as u32, 1, 1],
        size,
        flops: 0,
        elements: elements(dispatch),
    }
}

pub(super) fn gather(
    [rows, width]: [usize; 2],
    table: TableId,
    variables: &Variables,
    dispatch: &Dispatch,
    size: Option<usize>,
) -> Part {
    let size = size.unwrap_or(WORKGROUP);
    let (workgroups, row) = grid(rows * width, size);
    let crate::graph::Table { scale, offset, .. } = variables.tables[table.0];
    let header = Header::default().number("ROWS", rows).number("WIDTH", width).float("SCALE", scale);
    let header = header.float("OFFSET", offset).number("ROW", row).number("WORKGROUP", size);
    let header = header.number("NUMBERS_AT", dispatch.inputs[0].offset).number("OUTPUT_AT", dispatch.output.offset);
    let mut uses = Uses::default();
    let names = [
        ("NUMBERS", uses.reads(words(dispatch.inputs[0]), Element::Word)),
        ("TABLE", uses.reads(Target::Table(table), Element::Word)),
        ("OUTPUT", uses.writes_region(dispatch.output)),
    ];
    Part {
        family: "gather",
        steps: Vec::new(),
        label: format!("gather [{rows}, {width}]"),
        text: header.finish(&named(shell("gather"), &names)),
        uses,
        workgroups,
        size,
        flops: 0,
        // Four of the table's elements are one word.
        elements: elements(dispatch) + rows * width / 4,
    }
}

/// Gathers or scatters the rows of a tensor, with an invocation for each result.
pub(super) fn rows_by_number(dispatch: &Dispatch, size: Option<usize>) -> Part {
    let (family, [table_rows, rows, width], integers) = match dispatch.kernel {
        Kernel::GatherRows { table_rows, rows, width, integers } => {
            ("gather_rows", [table_rows, rows, width], integers)
        }
        Kernel::ScatterAdd { table_rows, rows, width, integers } => {
            ("scatter_add", [table_rows, rows, width], integers)
        }
        _ => unreachable!("only these go by numbers"),
    };
    let size = size.unwrap_or(WORKGROUP);
    let (workgroups, row) = grid(dispatch.output.elements, size);
    let header = Header::default().number("TABLE_ROWS", table_rows).number("ROWS", rows).number("WIDTH", width);
    let header = header.number("ROW", row).number("WORKGROUP", size).number("X_AT", dispatch.inputs[0].offset);
    let header = header.number("NUMBERS_AT", dispatch.inputs[1].offset).number("OUTPUT_AT", dispatch.output.offset);
    let mut uses = Uses::default();
    let element = if integers { Element::Word } else { Element::Float };
    let names = [
        ("X", uses.reads_region(dispatch.inputs[0])),
        ("NUMBERS", uses.reads(words(dispatch.inputs[1]), element)),
        ("OUTPUT", uses.writes_region(dispatch.output)),
    ];
    Part {
        family,
        steps: Vec::new(),
        label: format!("{family} {rows} of {table_rows} rows of {width}"),
        text: header.finish(&named(shell(family), &names)),
        uses,
        workgroups,
        size,
        flops: 0,
        elements: elements(dispatch),
    }
}

pub(super) fn update(
    network: NetworkId,
    rule: &UpdateRule,
    clock: Clock,
    dispatch: &Dispatch,
    size: Option<usize>,
) -> Part {
    let (size, elements) = (size.unwrap_or(WORKGROUP), dispatch.output.elements);
    let (workgroups, row) = grid(elements, size);
    let header = Header::default().number("ELEMENTS", elements).number("NETWORK", network.0).number("ROW", row);
    let header = header.number("WORKGROUP", size).float("WEIGHT_DECAY", rule.optimizer.weight_decay());
    let (header, step) = match rule.optimizer {
        Optimizer::Sgd(Sgd { momentum, dampening, nesterov, .. }) => {
            let header = header.float("MOMENTUM", momentum).float("DAMPENING", dampening);
            (header.flag("NESTEROV", nesterov), wgsl!("optimizers/sgd.wgsl"))
        }
        Optimizer::Adam(Adam { beta1, beta2, eps, .. }) => {
            let header = header.float("BETA1", beta1).float("BETA2", beta2).float("EPS", eps);
            (header, wgsl!("optimizers/adam.wgsl"))
        }
        Optimizer::RmsProp(RmsProp { alpha, eps, momentum, centered, .. }) => {
            let header = header.float("ALPHA", alpha).float("EPS", eps).float("MOMENTUM", momentum);
            (header.flag("CENTERED", centered), wgsl!("optimizers/rmsprop.wgsl"))
        }
    };
    let mut uses = Uses::default();
    uses.reads(Target::Clocks, Element::Clocks);
    uses.writes(Target::Controls, Element::Atomic);
    let moments = rule.optimizer.moments();
    let mut names =
        vec![("GRADIENTS", uses.reads_region(dispatch.inputs[0])), ("PARAMETERS", uses.writes_region(dispatch.output))];
    for (moment, word) in ["FIRST_MOMENT", "SECOND_MOMENT", "THIRD_MOMENT"].into_iter().enumerate().take(moments.len())
    {
        names.push((word, uses.writes(Target::Moment(network, moment), Element::Float)));
    }
    let (mut label, mut after) = (format!("{} {elements}", rule.optimizer.name()), String::new());
    if let Some(clip) = rule.clip {
        label += &format!(", clipped to {clip}");
        uses.math = true;
        _ = writeln!(after, "    value = clamped(value, -{0}, {0});", literal(clip));
    }
    _ = writeln!(after, "    PARAMETERS[i] = value;");
    let mut falls = String::new();
    if let Some(Decay { clock: counted, from, until, to }) = rule.decay {
        label += &format!(", rate to {to} at {until}");
        // This run is counted already, where it is one of that clock's.
        let done = format!("{} - {}u", member(counted), u32::from(counted == clock));
        // Whole numbers are brought into bounds: of floats a minimum may hide a NaN.
        let past = format!("clamp({done}, {from}u, {until}u) - {from}u");
        _ = writeln!(
            falls,
            "    rate *= 1.0 - {} * (f32({past}) / {});",
            literal(1.0 - to),
            literal((until - from) as f32)
        );
    }
    if let Some(average) = rule.average {
        label += &format!(", average {}", average.decay);
        names.push(("AVERAGE", uses.writes(Target::Storage(Storage::Average(network)), Element::Float)));
        _ = writeln!(after, "    let kept = f32(t - clocks.updates[NETWORK].y);");
        _ = writeln!(after, "    let warm = (1.0 + kept) / (10.0 + kept);");
        _ = writeln!(after, "    let decay = select({0}, warm, warm < {0});", literal(average.decay));
        _ = writeln!(after, "    AVERAGE[i] += (1.0 - decay) * (value - AVERAGE[i]);");
    }
    let text = shell("update").replace("//AFTER\n", &after).replace("//DECAY\n", &falls);
    Part {
        family: "update",
        steps: Vec::new(),
        label,
        text: header.finish(&named(&format!("{step}\n{text}"), &names)),
        uses,
        workgroups,
        size,
        flops: elements as u64 * 12,
        // Gradients are read; all else is read and written.
        elements: elements * (1 + 2 * (names.len() - 1)),
    }
}

/// Buffers of a network into their part of its average.
pub(super) fn average(network: NetworkId, rule: Average, dispatch: &Dispatch, size: Option<usize>) -> Part {
    let (size, elements) = (size.unwrap_or(WORKGROUP), dispatch.output.elements);
    let (workgroups, row) = grid(elements, size);
    let header = Header::default().number("ELEMENTS", elements).float("DECAY", rule.decay).number("ROW", row);
    let header = header.number("WORKGROUP", size).number("BUFFERS_AT", dispatch.inputs[0].offset);
    let header = header.number("AVERAGE_AT", dispatch.output.offset).number("NETWORK", network.0);
    let mut uses = Uses::default();
    uses.reads(Target::Clocks, Element::Clocks);
    let names = [("BUFFERS", uses.reads_region(dispatch.inputs[0])), ("AVERAGE", uses.writes_region(dispatch.output))];
    Part {
        family: "average",
        steps: Vec::new(),
        label: format!("average {elements}, {}", rule.decay),
        text: header.finish(&named(shell("average"), &names)),
        uses,
        workgroups,
        size,
        flops: elements as u64 * 3,
        elements: 3 * elements,
    }
}

pub(super) fn record(clock: Clock, networks: &[NetworkId], dispatch: &Dispatch, size: Option<usize>) -> Part {
    let columns = dispatch.inputs.len();
    let mut uses = Uses::default();
    uses.writes(Target::Clocks, Element::Clocks);
    let ring = uses.writes_region(dispatch.output);
    let mut copies = String::new();
    for (column, &input) in dispatch.inputs.iter().enumerate() {
        _ = writeln!(copies, "    {ring}[first + {column}u] = {}[{}];", uses.reads_region(input), input.offset);
    }
    let mut counts = String::new();
    for network in networks {
        _ = writeln!(counts, "    clocks.updates[{}].x += 1u;", network.0);
    }
    let header = Header::default().number("RING_ROWS", RING_ROWS).number("COLUMNS", columns);
    let text = shell("record").replace("//COLUMNS\n", &copies).replace("//COUNTS\n", &counts);
    let text = text.replace("clocks.CLOCK", member(clock));
    Part {
        family: "record",
        steps: Vec::new(),
        label: format!("record {columns}"),
        text: header.finish(&text),
        uses,
        workgroups: [1, 1, 1],
        size: size.unwrap_or(WORKGROUP),
        flops: 0,
        elements: 2 * columns,
    }
}
