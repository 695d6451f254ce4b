//! Volumes as pictures, in the graph: seen from a corner and from above, each cell a small cube with three faces.
//!
//! The eye is in front, on the left and above, and the picture is a parallel projection in which a step to the right goes one
//! column to the right and a row up, a step away one column to the left and a row up, and a step down two rows down. So a
//! cell covers two columns by three rows: its top, and below that its left and its right face. All of that is whole pixels,
//! and what is in front hides what is behind it exactly.

use crate::data::Form;
use crate::error::{Error, Result};
use crate::graph::{Graph, Tensor, Unary};

/// Red, green and blue, from 0 to 1, of the background, of tops, and of faces on the left and on the right.
pub const BACKGROUND: [f32; 3] = [0.90, 0.92, 0.93];
pub const FACES: [[f32; 3]; 3] = [[1.0, 0.80, 0.55], [0.86, 0.52, 0.38], [0.56, 0.32, 0.34]];
/// The light on the farthest cell; on the nearest it is 1.
pub const FARTHEST: f32 = 0.45;

/// The form of a picture of a volume of `side` cells: each column twice, so that it is as wide as high.
pub fn form(side: usize) -> Form {
    Form::Image { channels: 3, height: 4 * side, width: 4 * side }
}

/// Sides of volumes `[B, 1, side, side, side]`: batch and side.
fn sides(graph: &Graph, volumes: Tensor) -> Result<[usize; 2]> {
    let shape = graph.shape(volumes);
    match shape[..] {
        [batch, 1, depth, height, width] if depth == height && height == width => Ok([batch, depth]),
        _ => Err(Error::shape("corner", &[shape], "takes volumes of equal sides, [B, 1, side, side, side]")),
    }
}

/// Volumes `[B, 1, side, side, side]` (depth, height from above, width) of zeros and ones, turned by as many quarters as
/// `quarters` says, `[B, 1, 1, 1, 1]` or `[1, 1, 1, 1, 1]`: whole numbers, and any four of them are none. A quarter brings
/// to the front what was on the left.
pub fn turned(graph: &mut Graph, volumes: Tensor, quarters: Tensor) -> Result<Tensor> {
    let [batch, side] = sides(graph, volumes)?;
    // What is left of whole turns.
    let share = graph.mul_scalar(quarters, 0.25)?;
    let whole = graph.unary(Unary::Floor, share)?;
    let whole = graph.mul_scalar(whole, 4.0)?;
    let quarters = graph.sub(quarters, whole)?;
    // A product with it puts the last axis in the opposite order.
    let number = graph.iota(side)?;
    let (row, column) = (graph.reshape(number, [side, 1])?, graph.reshape(number, [1, side])?);
    let sum = graph.add(row, column)?;
    let last = graph.constant((side - 1) as f32, [side, side]);
    let opposite = graph.equal(sum, last)?;
    let mut view = volumes;
    let mut seen = None;
    for quarter in 0..4 {
        if quarter > 0 {
            let swapped = graph.permute(view, &[0, 1, 4, 3, 2])?;
            let rows = graph.reshape(swapped, [batch * side * side, side])?;
            let rows = graph.matmul(rows, opposite, false, false)?;
            view = graph.reshape(rows, [batch, 1, side, side, side])?;
        }
        let this = graph.constant(quarter as f32, [1; 5]);
        let chosen = graph.equal(quarters, this)?;
        let part = graph.mul(view, chosen)?;
        seen = Some(match seen {
            None => part,
            Some(seen) => graph.add(seen, part)?,
        });
    }
    Ok(seen.unwrap_or(volumes))
}

/// Moves what lies along the last of three axes, `[N, slabs, width]`, back by the number of its slab and on by `ahead`;
/// answers with the first `kept` of what there is room for. What would leave that on the left has to be zeros.
fn slanted(graph: &mut Graph, x: Tensor, ahead: usize, kept: usize) -> Result<Tensor> {
    let [count, slabs, width] = [0, 1, 2].map(|axis| graph.shape(x)[axis]);
    // Rows that are put down one number longer than they were taken up begin one number earlier each time.
    let room = width + ahead;
    let wide = graph.pad(x, &[[0; 3], [0; 3], [0, room - width, 0]], 0.0)?;
    let flat = graph.reshape(wide, [count, slabs * room])?;
    let flat = graph.pad(flat, &[[0; 3], [ahead, slabs - ahead, 0]], 0.0)?;
    let moved = graph.reshape(flat, [count, slabs, room + 1])?;
    graph.slice(moved, 2, 0, kept)
}

/// Pictures `[B, 3, 4 side, 4 side]` in [-1, 1] of volumes `[B, 1, side, side, side]` of zeros and ones.
pub fn seen(graph: &mut Graph, volumes: Tensor) -> Result<Tensor> {
    let [batch, side] = sides(graph, volumes)?;
    // Cells as far from the corner as each other are a slab: x + z. Their places along it, x - z, follow from x.
    let slabs = 2 * side - 1;
    let cells = graph.permute(volumes, &[0, 1, 3, 4, 2])?;
    let cells = graph.reshape(cells, [batch * side, side, side])?;
    let cells = graph.pad(cells, &[[0; 3], [0; 3], [0, side, 0]], 0.0)?;
    let cells = graph.reshape(cells, [batch * side, 2 * side * side])?;
    let cells = graph.slice(cells, 1, 0, slabs * side)?;
    let cells = graph.reshape(cells, [batch, side, side, slabs])?;
    // Rows of a slab: two for each cell's faces, the second of which lies where the top of the cell below would be.
    let below = graph.pad(cells, &[[0; 3], [1, 0, 0], [0; 3], [0; 3]], 0.0)?;
    let here = graph.pad(cells, &[[0; 3], [0, 1, 0], [0; 3], [0; 3]], 0.0)?;
    // How near a slab is, times four, and beside that a number for each kind of face: the largest number is what is seen.
    let number = graph.iota(slabs)?;
    let far = graph.mul_scalar(number, -4.0)?;
    let near = graph.add_scalar(far, 4.0 * slabs as f32)?;
    let near = graph.reshape(near, [1, 1, 1, slabs])?;
    let mut columns = Vec::new();
    let top = graph.add_scalar(near, 1.0)?;
    let tops = graph.mul(here, top)?;
    for face in [2.0, 3.0] {
        let face = graph.add_scalar(near, face)?;
        let (upper, lower) = (graph.mul(here, face)?, graph.mul(below, face)?);
        let even = graph.select(below, lower, tops)?;
        let rows = [even, upper].map(|rows| graph.reshape(rows, [batch, side + 1, 1, side, 1, slabs]));
        let [even, odd] = rows;
        columns.push(graph.concat(&[even?, odd?], 2)?);
    }
    let rows = 2 * side + 2;
    let places = graph.concat(&columns, 4)?;
    let places = graph.reshape(places, [batch * rows, 2 * side, slabs])?;
    // To the side by where the slab's cells lie, then up, as the slab is farther away.
    let places = graph.permute(places, &[0, 2, 1])?;
    let width = 2 * side;
    let places = slanted(graph, places, side - 1, width)?;
    let places = graph.reshape(places, [batch, rows, slabs, width])?;
    let places = graph.permute(places, &[0, 3, 2, 1])?;
    let places = graph.reshape(places, [batch * width, slabs, rows])?;
    let places = slanted(graph, places, slabs - 1, 4 * side)?;
    let front = graph.max(places, &[1])?;
    let front = graph.reshape(front, [batch, width, 4 * side])?;
    let front = graph.permute(front, &[0, 2, 1])?;
    let coloured = coloured(graph, front, slabs)?;
    let shape = [batch, 3, 4 * side, 4 * side];
    let once = graph.reshape(coloured, [batch, 3, 4 * side, width, 1])?;
    let twice = graph.broadcast(once, &[batch, 3, 4 * side, width, 2].into())?;
    graph.reshape(twice, shape)
}

/// Pictures `[B, 3, H, W]` in [-1, 1] of what is in front `[B, H, W]`: four times how near it is, and the kind of its face.
fn coloured(graph: &mut Graph, front: Tensor, slabs: usize) -> Result<Tensor> {
    let [batch, height, width] = [0, 1, 2].map(|axis| graph.shape(front)[axis]);
    let front = graph.reshape(front, [batch, 1, height, width])?;
    let share = graph.mul_scalar(front, 0.25)?;
    let near = graph.unary(Unary::Floor, share)?;
    let fours = graph.mul_scalar(near, 4.0)?;
    let kind = graph.sub(front, fours)?;
    // From slab to slab.
    let step = (1.0 - FARTHEST) / (slabs - 1).max(1) as f32;
    let light = graph.mul_scalar(near, step)?;
    let light = graph.add_scalar(light, 1.0 - step * slabs as f32)?;
    let of_kind: Vec<Tensor> = (0..4)
        .map(|number| {
            let number = graph.constant(number as f32, [1; 4]);
            graph.equal(kind, number)
        })
        .collect::<Result<_>>()?;
    let mut channels = Vec::new();
    for channel in 0..3 {
        let mut sum = graph.mul_scalar(of_kind[0], BACKGROUND[channel])?;
        for (face, &of_kind) in FACES.iter().zip(&of_kind[1..]) {
            let lit = graph.mul(of_kind, light)?;
            let lit = graph.mul_scalar(lit, face[channel])?;
            sum = graph.add(sum, lit)?;
        }
        channels.push(sum);
    }
    let all = graph.concat(&channels, 1)?;
    let doubled = graph.mul_scalar(all, 2.0)?;
    graph.add_scalar(doubled, -1.0)
}
