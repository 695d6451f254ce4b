//! The outcome: for each op how many cases, and where the worst error was.

use super::file::Case;
use super::tolerance;
use crate::error::Result;
use std::collections::BTreeMap;
use std::fmt;

/// The comparison of one tensor at its worst element.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub of: String,
    pub case: String,
    /// `output`, `gradient`, `second` or `after`.
    pub kind: String,
    pub tensor: String,
    pub shape: Vec<usize>,
    /// Position of the worst element, an index for each axis.
    pub index: Vec<usize>,
    pub value: f32,
    pub expected: f32,
    /// `|value - expected|` over the scale: the largest `|expected|` of the tensor, or the tolerance's floor.
    pub error: f64,
    pub tolerance: f64,
}

impl Verdict {
    /// Whether the error is within the tolerance; NaN is not.
    pub fn passes(&self) -> bool {
        self.error <= self.tolerance
    }

    fn badness(&self) -> f64 {
        let ratio = self.error / self.tolerance;
        if ratio.is_nan() { f64::INFINITY } else { ratio }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { of, case, kind, tensor, shape, index, value, expected, error, tolerance } = self;
        write!(
            f,
            "{of}: case {case}, {kind} `{tensor}` of shape {shape:?}, element {index:?} is {value} and should be "
        )?;
        write!(f, "{expected}: error {error:.2e}, allowed {tolerance:.1e}")
    }
}

/// The row of an op.
#[derive(Clone, Debug)]
pub struct Row {
    pub cases: usize,
    pub tensors: usize,
    pub elements: usize,
    pub failures: usize,
    /// The worst of all its tensors, measured by error over tolerance.
    pub worst: Verdict,
    last: String,
}

/// Rows by op.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub rows: BTreeMap<String, Row>,
    /// Each tensor out of tolerance.
    pub failures: Vec<Verdict>,
}

impl Report {
    /// Whether everything is within its tolerance.
    pub fn passes(&self) -> bool {
        self.failures.is_empty()
    }

    /// Cases in all.
    pub fn cases(&self) -> usize {
        self.rows.values().map(|row| row.cases).sum()
    }

    /// Adds the comparison of a tensor; `values` begins with its elements.
    pub(super) fn compare(&mut self, case: &Case, kind: &str, tensor: &str, values: &[f32]) -> Result<()> {
        let expected = case.tensor(kind, tensor)?;
        let Some(values) = values.get(..expected.values.len()) else {
            return Err(case.broken(format!("the run gave too few numbers for `{tensor}`")));
        };
        let (tolerance, floor) = tolerance::of(case, kind);
        let scale = expected.values.iter().fold(floor, |scale, value| scale.max(f64::from(value.abs())));
        let error = |index: usize| {
            let (value, expected) = (values[index], expected.values[index]);
            let error = (f64::from(value) - f64::from(expected)).abs() / scale;
            // Equal infinities and two NaNs agree; one NaN alone is as wrong as can be.
            if value == expected || value.is_nan() && expected.is_nan() {
                0.0
            } else if error.is_nan() {
                f64::INFINITY
            } else {
                error
            }
        };
        let worst = (0..values.len()).rev().max_by(|&a, &b| error(a).total_cmp(&error(b))).unwrap_or(0);
        let verdict = Verdict {
            of: case.of.clone(),
            case: case.name.clone(),
            kind: kind.to_string(),
            tensor: tensor.to_string(),
            shape: expected.shape.clone(),
            index: unravel(worst, &expected.shape),
            value: values[worst],
            expected: expected.values[worst],
            error: error(worst),
            tolerance,
        };
        let row = self.rows.entry(case.of.clone()).or_insert_with(|| Row {
            cases: 0,
            tensors: 0,
            elements: 0,
            failures: 0,
            worst: verdict.clone(),
            last: String::new(),
        });
        row.tensors += 1;
        row.elements += values.len();
        if row.last != case.name {
            row.last = case.name.clone();
            row.cases += 1;
        }
        if verdict.badness() > row.worst.badness() {
            row.worst = verdict.clone();
        }
        if !verdict.passes() {
            row.failures += 1;
            self.failures.push(verdict);
        }
        Ok(())
    }
}

fn unravel(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for axis in (0..shape.len()).rev() {
        index[axis] = position % shape[axis];
        position /= shape[axis];
    }
    index
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<22} {:>5} {:>9} {:>9} {:>9}  worst at", "op", "cases", "elements", "error", "allowed")?;
        for (of, row) in &self.rows {
            let Verdict { case, kind, tensor, shape, index, error, tolerance, .. } = &row.worst;
            write!(f, "{of:<22} {:>5} {:>9} {error:>9.1e} {tolerance:>9.1e}  ", row.cases, row.elements)?;
            write!(f, "{case} {kind} {tensor} {shape:?} at {index:?}")?;
            writeln!(f, "{}", if row.failures > 0 { "  FAILED" } else { "" })?;
        }
        for failure in &self.failures {
            writeln!(f, "FAILED {failure}")?;
        }
        let (tensors, failed) = (self.rows.values().map(|row| row.tensors).sum::<usize>(), self.failures.len());
        write!(f, "{} cases, {tensors} tensors compared, {failed} out of tolerance", self.cases())
    }
}
