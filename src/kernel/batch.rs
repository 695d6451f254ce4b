//! The beginning and the end of a step: a batch's rows; the optimiser, and what is recorded.

use super::part::{Element, Part, Uses};
use super::{Header, Target, WORKGROUP, grid, member, seed_member, shell};
use crate::graph::plan::{Dispatch, Kernel, Region};
use crate::graph::{Adam, Clock, NetworkId, RING_ROWS, TableId, Variables};
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

pub(super) fn shuffled_index(len: usize, batch: usize, clock: Clock, dispatch: &Dispatch, size: Option<usize>) -> Part {
    let size = size.unwrap_or(WORKGROUP);
    let header = Header::default().number("LEN", len).number("BATCH", batch).number("WORKGROUP", size);
    let header = header.number("HALF", crate::rng::half_bits(len as u32) as usize);
    let header = header.number("OUTPUT_AT", dispatch.output.offset);
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
    adam: &Adam,
    clock: Clock,
    elements: usize,
    dispatch: &Dispatch,
    size: Option<usize>,
) -> Part {
    let size = size.unwrap_or(WORKGROUP);
    let (workgroups, row) = grid(elements, size);
    let header = Header::default().number("ELEMENTS", elements).float("BETA1", adam.beta1).float("BETA2", adam.beta2);
    let header = header.float("EPS", adam.eps).number("NETWORK", network.0).number("ROW", row);
    let header = header.number("WORKGROUP", size);
    let mut uses = Uses::default();
    uses.reads(Target::Clocks, Element::Clocks);
    uses.reads(Target::LearningRates, Element::Float);
    let names = [
        ("GRADIENTS", uses.reads_region(dispatch.inputs[0])),
        ("PARAMETERS", uses.writes_region(dispatch.output)),
        ("FIRST_MOMENT", uses.writes(Target::FirstMoment(network), Element::Float)),
        ("SECOND_MOMENT", uses.writes(Target::SecondMoment(network), Element::Float)),
    ];
    Part {
        family: "adam",
        steps: Vec::new(),
        label: format!("adam {elements}"),
        text: header.finish(&named(&shell("adam").replace("clocks.CLOCK", member(clock)), &names)),
        uses,
        workgroups,
        size,
        flops: elements as u64 * 12,
        elements: elements * 7,
    }
}

pub(super) fn record(clock: Clock, dispatch: &Dispatch, size: Option<usize>) -> Part {
    let columns = dispatch.inputs.len();
    let mut uses = Uses::default();
    uses.writes(Target::Clocks, Element::Clocks);
    let ring = uses.writes_region(dispatch.output);
    let mut copies = String::new();
    for (column, &input) in dispatch.inputs.iter().enumerate() {
        _ = writeln!(copies, "    {ring}[first + {column}u] = {}[{}];", uses.reads_region(input), input.offset);
    }
    let header = Header::default().number("RING_ROWS", RING_ROWS).number("COLUMNS", columns);
    let text = shell("record").replace("    //COLUMNS\n", &copies).replace("clocks.CLOCK", member(clock));
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
