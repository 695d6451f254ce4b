//! Points in a picture as planes: where each is, and what lines between them cover. Points are `[B, N, 2]`, right and down from
//! the upper left corner, 1 is the side of the square.

use crate::error::{Error, Result};
use crate::graph::{Graph, Tensor, Unary};

/// Heat maps `[B, N, side, side]` of points: exp(-d^2 / (2 sigma^2)) where the middle of a pixel is d pixels away.
pub fn heat_maps(graph: &mut Graph, points: Tensor, side: usize, sigma: f32) -> Result<Tensor> {
    // A product of one along x and one along y: 2 side exponentials a point and not side^2.
    let [x, y] = offsets(graph, points, side)?.map(|offset| {
        let square = graph.unary(Unary::Square, offset)?;
        let scaled = graph.mul_scalar(square, -0.5 / (sigma * sigma))?;
        graph.unary(Unary::Exp, scaled)
    });
    graph.mul(x?, y?)
}

/// How much of each pixel is covered by lines between points, `[B, 1, side, side]` from 0 to 1: they are `radius` pixels to
/// each side of their middle, with round ends and edges one pixel soft. A line from a point to itself is a dot.
pub fn lines(graph: &mut Graph, points: Tensor, ends: &[[usize; 2]], side: usize, radius: f32) -> Result<Tensor> {
    let mut chosen = |end: usize| {
        let parts = ends.iter().map(|line| graph.slice(points, 1, line[end], 1)).collect::<Result<Vec<_>>>()?;
        graph.concat(&parts, 1)
    };
    let [from, to] = [chosen(0)?, chosen(1)?];
    let ([x, y], [x_to, y_to]) = (offsets(graph, from, side)?, offsets(graph, to, side)?);
    // The way along the line, which is the same from every pixel.
    let (dx, dy) = (graph.slice(x, 3, 0, 1)?, graph.slice(y, 2, 0, 1)?);
    let (x_to, y_to) = (graph.slice(x_to, 3, 0, 1)?, graph.slice(y_to, 2, 0, 1)?);
    let (dx, dy) = (graph.sub(dx, x_to)?, graph.sub(dy, y_to)?);
    let length = dot(graph, [dx, dy], [dx, dy])?;
    // A dot has no length to divide by.
    let length = graph.add_scalar(length, 1e-6)?;
    let along = dot(graph, [x, y], [dx, dy])?;
    let along = graph.div(along, length)?;
    let along = graph.clamp(along, 0.0, 1.0)?;
    let (dx, dy) = (graph.mul(along, dx)?, graph.mul(along, dy)?);
    let off = [graph.sub(x, dx)?, graph.sub(y, dy)?];
    let square = dot(graph, off, off)?;
    let distance = graph.unary(Unary::Sqrt, square)?;
    let cover = graph.unary(Unary::Neg, distance)?;
    let cover = graph.add_scalar(cover, radius + 0.5)?;
    let cover = graph.clamp(cover, 0.0, 1.0)?;
    graph.max(cover, &[1])
}

/// Of each point how far right and down of it the middle of each pixel is, in pixels: `[B, N, 1, side]` and `[B, N, side, 1]`.
fn offsets(graph: &mut Graph, points: Tensor, side: usize) -> Result<[Tensor; 2]> {
    let shape = graph.shape(points).clone();
    let [batch, count, 2] = shape[..] else {
        return Err(Error::shape("keypoints", &[&shape], "takes points of a plane, [B, N, 2]"));
    };
    let place = graph.mul_scalar(points, side as f32)?;
    let pixel = graph.iota(side)?;
    let pixel = graph.add_scalar(pixel, 0.5)?;
    let mut along = |axis: usize, shape: [usize; 4]| {
        let place = graph.slice(place, 2, axis, 1)?;
        let place = graph.reshape(place, [batch, count, 1, 1])?;
        let pixel = graph.reshape(pixel, shape)?;
        graph.sub(pixel, place)
    };
    Ok([along(0, [1, 1, 1, side])?, along(1, [1, 1, side, 1])?])
}

fn dot(graph: &mut Graph, [a, b]: [Tensor; 2], [c, d]: [Tensor; 2]) -> Result<Tensor> {
    let (first, second) = (graph.mul(a, c)?, graph.mul(b, d)?);
    graph.add(first, second)
}
