//! Holes in pictures: masks that are 1 where something is missing, in the middle to measure by and anywhere to learn from.

use crate::error::Result;
use crate::game::{Knob, Step};
use crate::graph::{Graph, Tensor};
use crate::nn::functional;

pub const CENTRED: Knob = Knob::new(
    "centred",
    "Holes in the middle",
    [0.0, 1.0, 0.05],
    0.7,
    "The share of holes in training that are the middle half of each side, as those that are measured. The others are \
     rectangles anywhere.",
);

/// Pixels along a side of a picture.
pub const SIDE: usize = 28;
/// `[top, left, height, width]` of the hole that is measured.
pub const MIDDLE_HOLE: [usize; 4] = [7, 7, 14, 14];
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
pub fn middle(s: &mut Step) -> Result<Tensor> {
    let hole = MIDDLE_HOLE.map(|number| s.graph.constant(number as f32, []));
    let batch = s.count();
    rectangles(&mut s.graph, hole, batch)
}

/// Masks `[B, 1, 28, 28]` to learn from: in the middle, or rectangles anywhere.
pub fn holes(s: &mut Step) -> Result<Tensor> {
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
pub fn enlarged(s: &mut Step, pictures: Tensor) -> Result<Tensor> {
    let [top, left, height, width] = MIDDLE_HOLE;
    let rows = s.graph.slice(pictures, 2, top, height)?;
    let hole = s.graph.slice(rows, 3, left, width)?;
    functional::interpolate_nearest(&mut s.graph, hole, SIDE / height)
}
