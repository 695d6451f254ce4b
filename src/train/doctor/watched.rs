//! What a rule watches, so that its evidence can be a picture: a measured number over the last steps, and where the rule
//! finds something.

use super::Doctor;
use crate::train::{Pulse, Row};

/// Points that a small picture has at most.
const MOST_POINTS: usize = 128;

/// A measured number over the last steps, beside the threshold of the rule that watches it.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// What it is, as the page names it.
    pub name: String,
    /// Step and value, oldest first; at most 128, all finite, the last one the newest.
    pub points: Vec<[f64; 2]>,
    /// From where to where the rule finds nothing; a side without a threshold is infinite.
    pub silent: [f64; 2],
    /// The newest value in words; empty where there is none.
    pub now: String,
    /// Where the rule finds something, in words: "below 5 %".
    pub finds: String,
    unit: Unit,
}

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Share,
    Number,
}

impl Unit {
    /// A difference of two values.
    fn far(self, difference: f64) -> String {
        match self {
            Unit::Share => format!("{} points", Unit::Number.text(100.0 * difference)),
            Unit::Number => self.text(difference),
        }
    }

    fn text(self, value: f64) -> String {
        let (value, sign) = if self == Unit::Share { (100.0 * value, " %") } else { (value, "") };
        let number = match value.abs() {
            0.0 => "0".into(),
            size if size >= 100.0 => format!("{value:.0}"),
            size if size >= 0.01 => {
                let digits = if size >= 10.0 { 1 } else { 2 };
                let text = format!("{value:.digits$}");
                text.trim_end_matches('0').trim_end_matches('.').to_string()
            }
            _ => format!("{value:.1e}"),
        };
        number + sign
    }
}

impl Watched {
    pub(super) fn new(name: impl Into<String>, unit: Unit, silent: [f64; 2], mut points: Vec<[f64; 2]>) -> Watched {
        points.retain(|point| point[1].is_finite());
        let [low, high] = silent.map(|at| unit.text(at));
        let finds = match silent.map(f64::is_finite) {
            [true, true] => format!("outside {low} to {high}"),
            [true, false] => format!("below {low}"),
            _ => format!("above {high}"),
        };
        let now = points.last().map_or(String::new(), |point| unit.text(point[1]));
        let every = points.len().div_ceil(MOST_POINTS).max(1);
        let mut left = points.len();
        points.retain(|_| {
            left -= 1;
            left.is_multiple_of(every)
        });
        Watched { name: name.into(), points, silent, now, finds, unit }
    }

    /// The same, with values and threshold told as parts of a whole: "1 of 8", "below 5.6 (70 % of 8)".
    pub(super) fn counted(self, all: usize) -> Watched {
        let share = (100.0 * self.silent[0] / all as f64).round();
        let now = if self.now.is_empty() { self.now } else { format!("{} of {all}", self.now) };
        Watched { now, finds: format!("{} ({share} % of {all})", self.finds), ..self }
    }

    /// Where the newest value is beyond its threshold: in words how far. None where it is not, or nothing is measured.
    pub fn beyond(&self) -> Option<String> {
        let &[_, value] = self.points.last()?;
        let [low, high] = self.silent;
        let (threshold, side) = match value {
            _ if value < low => (low, "below"),
            _ if value > high => (high, "above"),
            _ => return None,
        };
        let far = self.unit.far((value - threshold).abs());
        Some(format!("{}: {}, {far} {side} the threshold of {}", self.name, self.now, self.unit.text(threshold)))
    }
}

// These take pointers to functions, so that there is one copy of each.
impl Doctor {
    /// What `value` says of each row, or its mean over so many rows.
    pub(super) fn means(&self, count: usize, value: fn(&Row) -> f64) -> Vec<[f64; 2]> {
        means(count, self.rows.iter().map(|row| [row[0], value(row)]).collect())
    }

    /// What `value` says of each pulse; NaN where it was not measured.
    pub(super) fn pulsed(&self, value: fn(&Pulse) -> Option<f64>) -> Vec<[f64; 2]> {
        self.pulses.iter().map(|pulse| [f64::from(pulse.step), value(pulse).unwrap_or(f64::NAN)]).collect()
    }
}

/// At each point the mean of the last `count` values, without what is not finite; NaN where nothing is left.
pub(super) fn means(count: usize, mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    // From the end, so that what is still to be summed up stands there yet.
    for at in (0..points.len()).rev() {
        let (mut sum, mut used) = (0.0, 0.0);
        for [_, value] in &points[(at + 1).saturating_sub(count)..=at] {
            if value.is_finite() {
                (sum, used) = (sum + value, used + 1.0);
            }
        }
        points[at][1] = sum / used;
    }
    points
}
