//! Entries of the suite for views, padding, maxima, comparisons and rows by number.

use super::{COPY, Entry, UNIT_ROUNDOFF, near};
use ganvas::graph::Unary;

/// Permutations, strided slices, padding, and all of them inside other kernels.
pub fn views() -> Vec<Entry> {
    let mut entries = Vec::new();
    for shape in [[4, 3, 6, 5], [1, 70, 3, 2], [2, 1, 130, 33]] {
        let mut entry = Entry::new(format!("permutations of {shape:?}"));
        let (x, y) = (entry.input(&shape), entry.input(&shape));
        let graph = &mut entry.case.graph;
        for axes in [[0, 2, 3, 1], [3, 2, 1, 0], [1, 0, 3, 2], [0, 1, 3, 2]] {
            let moved = graph.permute(x, &axes).unwrap();
            let other = graph.permute(y, &axes).unwrap();
            let difference = graph.sub(moved, other).unwrap();
            let largest = graph.max(difference, &[1, 3]).unwrap();
            let sum = graph.add(moved, largest).unwrap();
            entry.outputs.extend([(moved, COPY), (largest, near(0.0, 2.0 * UNIT_ROUNDOFF))]);
            entry.outputs.push((sum, near(0.0, 8.0 * UNIT_ROUNDOFF)));
        }
        entries.push(entry);
    }
    for (extent, start, count, step) in [(9, 1, 3, 3), (64, 0, 32, 2), (70, 5, 13, 5), (7, 6, 1, 4)] {
        let mut entry = Entry::new(format!("{count} of {extent} from {start} in steps of {step}"));
        for axis in 0..3 {
            let mut shape = [5, 3, 4];
            shape[axis] = extent;
            let x = entry.input(&shape);
            let graph = &mut entry.case.graph;
            let square = graph.unary(Unary::Square, x).unwrap();
            let part = graph.slice_step(square, axis, start, count, step).unwrap();
            let again = graph.slice_step(part, axis, 0, count.div_ceil(2), 2.min(count)).unwrap();
            let mut padding = [[0; 3]; 3];
            padding[axis] = [start, 2, step - 1];
            let padded = graph.pad(part, &padding, -0.5).unwrap();
            let turned = graph.permute(padded, &[2, 0, 1]).unwrap();
            let tolerance = near(2.0 * UNIT_ROUNDOFF, 0.0);
            entry.outputs.extend([part, again, padded, turned].map(|output| (output, tolerance)));
        }
        entries.push(entry);
    }
    entries
}

/// Maxima through both shells, with and without an epilogue.
pub fn maxima() -> Vec<Entry> {
    let entry = |shape: [usize; 4]| {
        let mut entry = Entry::new(format!("maxima of {shape:?}"));
        let x = entry.input(&shape);
        for mask in 1..16usize {
            let axes: Vec<usize> = (0..4).filter(|axis| mask >> axis & 1 == 1).collect();
            let max = entry.case.graph.max(x, &axes).unwrap();
            entry.outputs.push((max, COPY));
            if mask % 4 == 1 {
                let shifted = entry.case.graph.sub(x, max).unwrap();
                let double = entry.case.graph.mul_scalar(max, 2.0).unwrap();
                entry.outputs.extend([(shifted, near(0.0, 4.0 * UNIT_ROUNDOFF)), (double, COPY)]);
            }
        }
        entry
    };
    [[2, 3, 4, 5], [64, 3, 7, 7], [1, 1, 30, 600], [70, 100, 1, 3], [3, 5000, 2, 1]].map(entry).into()
}

/// Row numbers from floats and from a batch, rows gathered and added up.
pub fn rows() -> Vec<Entry> {
    let entry = |(rows, width, batch): (usize, usize, usize)| {
        let mut entry = Entry::new(format!("{batch} rows of {rows} x {width}"));
        let (x, g) = (entry.input(&[rows, width]), entry.input(&[batch, width]));
        let numbers: Vec<f64> = (0..batch).map(|i| (i * 7 % rows) as f64).collect();
        let floats = entry.input_of(&[batch], numbers);
        let graph = &mut entry.case.graph;
        let integers = graph.shuffled_index(super::sample(1).clock, rows, batch).unwrap();
        for index in [floats, integers] {
            let gathered = graph.gather_rows(x, index).unwrap();
            let added = graph.scatter_add(g, index, rows).unwrap();
            entry.outputs.extend([(gathered, COPY), (added, super::Tolerance::Sum { terms: batch })]);
        }
        // One-hot rows: comparison of row numbers with a ramp.
        let ramp = graph.iota(rows).unwrap();
        let column = graph.reshape(floats, [batch, 1]).unwrap();
        let hot = graph.equal(column, ramp).unwrap();
        let (below, up_to) = (graph.less(column, ramp).unwrap(), graph.less_equal(ramp, column).unwrap());
        let zero = graph.constant(0.0, []);
        let nothing = graph.unary(Unary::Log, zero).unwrap();
        let chosen = graph.select(hot, ramp, nothing).unwrap();
        let kept = graph.clamp(chosen, -3.0, 2.0).unwrap();
        entry.outputs.extend([ramp, hot, below, up_to, kept].map(|output| (output, COPY)));
        entry
    };
    [(10, 4, 7), (3, 1, 70), (130, 65, 64), (1, 9, 5)].map(entry).into()
}
