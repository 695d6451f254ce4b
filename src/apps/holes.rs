//! Holes in pictures: masks that are 1 where something is missing, in the middle to measure by and anywhere to learn from.

use crate::error::Result;
use crate::game::{Knob, Step};
use crate::graph::{Graph, Tensor};
use crate::nn::functional;

pub(super) const CENTRED: Knob = Knob::new(
    "centred",
    "Holes in the middle",
    [0.0, 1.0, 0.05],
    0.7,
    "The share of holes in training that are the middle half of each side, as those that are measured. The others are \
     rectangles anywhere.",
);

pub(super) const SIDE: usize = 28;
/// `[top, left, height, width]` of the hole that is measured.
const MIDDLE_HOLE: [usize; 4] = [7, 7, 14, 14];
/// The least and the most that another hole is high or wide.
const EXTENTS: [f32; 2] = [6.0, 20.0];

/// 1 within rectangles and 0 elsewhere, `[B, 1, 28, 28]`, of `[top, left, height, width]`, each `[B, 1, 1, 1]` or `[]`.
fn rectangles(graph: &mut Graph, [top, left, height, width]: [Tensor; 4], batch: usize) -> Result<Tensor> {
    let places = graph.iota(SIDE)?;
    let mut within = |start: Tensor, extent: Tensor, shape: [usize; 4]| {
        let places = graph.reshape(places, shape)?;
        let end = graph.add(start, extent)?;
        let (begun, open) = (graph.less_equal(start, places)?, graph.less(places, end)?);
        graph.mul(begun, open)
    };
    let rows = within(top, height, [1, 1, SIDE, 1])?;
    let columns = within(left, width, [1, 1, 1, SIDE])?;
    let mask = graph.mul(rows, columns)?;
    graph.broadcast(mask, &[batch, 1, SIDE, SIDE].into())
}

/// The mask `[B, 1, 28, 28]` of the hole that is measured.
pub(super) fn middle(s: &mut Step) -> Result<Tensor> {
    let hole = MIDDLE_HOLE.map(|number| s.graph.constant(number as f32, []));
    let batch = s.count();
    rectangles(&mut s.graph, hole, batch)
}

/// Masks `[B, 1, 28, 28]` to learn from: in the middle, or rectangles anywhere.
pub(super) fn holes(s: &mut Step) -> Result<Tensor> {
    let (batch, centred) = (s.count(), s.knob(&CENTRED));
    let uniform = |s: &mut Step| {
        let draw = s.draw();
        s.graph.uniform(draw, [batch, 1, 1, 1])
    };
    let [kind, y, x, tall, wide] = std::array::from_fn(|_| uniform(s));
    let g = &mut s.graph;
    let share = g.constant(centred, []);
    let is_middle = g.less(kind, share)?;
    let mut numbers = Vec::new();
    for (axis, (place, size)) in [(y, tall), (x, wide)].into_iter().enumerate() {
        let size = g.mul_scalar(size, EXTENTS[1] - EXTENTS[0])?;
        let size = g.add_scalar(size, EXTENTS[0])?;
        let room = g.mul_scalar(size, -1.0)?;
        let room = g.add_scalar(room, SIDE as f32)?;
        let start = g.mul(place, room)?;
        for (number, middle) in [(start, MIDDLE_HOLE[axis]), (size, MIDDLE_HOLE[axis + 2])] {
            let middle = g.constant(middle as f32, []);
            numbers.push(g.select(is_middle, middle, number)?);
        }
    }
    rectangles(g, [numbers[0], numbers[2], numbers[1], numbers[3]], batch)
}

/// The hole that is measured, of pictures `[B, 1, 28, 28]`, as large as these.
pub(super) fn enlarged(s: &mut Step, pictures: Tensor) -> Result<Tensor> {
    let [top, left, height, width] = MIDDLE_HOLE;
    let rows = s.graph.slice(pictures, 2, top, height)?;
    let hole = s.graph.slice(rows, 3, left, width)?;
    functional::interpolate_nearest(&mut s.graph, hole, SIDE / height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuBackend;
    use crate::data::DataShape;
    use crate::game::{Builder, Entry, Game, Layout, ONE_STAGE, Own, Role};
    use crate::gan::Recipe;

    const COUNT: usize = 256;
    static ENTRY: Entry = Entry {
        data: &["mnist"],
        settings: &[],
        knobs: &[&CENTRED],
        stages: ONE_STAGE,
        measures: &[],
        build: Some(|game, _| {
            game.gallery("masks", "Masks", Layout::Rows(COUNT), |s| {
                let (any, middle) = (holes(s)?, middle(s)?);
                let large = enlarged(s, any)?;
                Ok(vec![
                    ("any", "", Role::Input, any),
                    ("middle", "", Role::Input, middle),
                    ("large", "", Role::Input, large),
                ])
            })
        }),
    };

    /// Masks of a page: those to learn from, those that are measured, and the middle of the former twice as large.
    fn masks(centred: f32) -> [Vec<Vec<f32>>; 3] {
        let mut own = Own::default();
        own.set(&CENTRED, centred);
        let Game { program, .. } =
            Builder::build(&ENTRY, &Recipe::BASE.ingredients(own), &DataShape::digits(8), 0).unwrap();
        let tables = program.variables.tables.iter().map(|table| vec![0; table.rows * table.width]).collect();
        let mut backend = CpuBackend::<f32>::new(program, tables, 1).unwrap();
        backend.run(0).unwrap();
        let output = backend.output(0);
        let images: Vec<Vec<f32>> = output.chunks(SIDE * SIDE).map(<[f32]>::to_vec).collect();
        std::array::from_fn(|part| images[part * COUNT..][..COUNT].to_vec())
    }

    /// `[top, left, height, width]` of what is 1, if that is a rectangle and all else is 0.
    fn rectangle(mask: &[f32]) -> Option<[usize; 4]> {
        let ones: Vec<usize> = (0..mask.len()).filter(|&at| mask[at] == 1.0).collect();
        let (rows, columns) = (ones.iter().map(|at| at / SIDE), ones.iter().map(|at| at % SIDE));
        let (top, left) = (rows.clone().min()?, columns.clone().min()?);
        let (height, width) = (rows.max()? - top + 1, columns.max()? - left + 1);
        let zeros = mask.iter().filter(|&&value| value == 0.0).count();
        (ones.len() == height * width && zeros + ones.len() == mask.len()).then_some([top, left, height, width])
    }

    #[test]
    fn holes_are_rectangles_within_the_picture_and_as_many_in_the_middle_as_asked_for() {
        for (centred, least, most) in [(0.0, 0, 8), (0.5, 96, 160), (1.0, COUNT, COUNT)] {
            let [any, middle, _] = masks(centred);
            assert!(middle.iter().all(|mask| rectangle(mask) == Some(MIDDLE_HOLE)));
            let found: Vec<[usize; 4]> = any.iter().map(|mask| rectangle(mask).expect("a rectangle")).collect();
            let in_middle = found.iter().filter(|&&hole| hole == MIDDLE_HOLE).count();
            assert!((least..=most).contains(&in_middle), "{in_middle} of {COUNT} at {centred}");
            // A hole that begins between two pixels has one more or less.
            assert!(found.iter().all(|[_, _, height, width]| (5..=20).contains(height) && (5..=20).contains(width)));
            if centred == 0.0 {
                for axis in 0..4 {
                    let different: std::collections::HashSet<usize> = found.iter().map(|hole| hole[axis]).collect();
                    assert!(different.len() > 8, "axis {axis}: {different:?}");
                }
            }
        }
    }

    #[test]
    fn the_middle_is_cut_out_as_it_is() {
        let [any, _, large] = masks(0.0);
        for (mask, large) in any.iter().zip(&large) {
            for (at, value) in large.iter().enumerate() {
                let (row, column) = (7 + at / SIDE / 2, 7 + at % SIDE / 2);
                assert_eq!(*value, mask[row * SIDE + column]);
            }
        }
    }
}
