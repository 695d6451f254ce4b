//! Functions of images `[B, C, H, W]`: pooling, resizing, padding, and channels that become pixels.

use super::image_shape;
use crate::error::{Error, Result};
use crate::graph::{Graph, Tensor};

/// Means over windows of `kernel_size`, `stride` apart, zeros around counted in, as `torch.nn.AvgPool2d`.
pub fn avg_pool2d(graph: &mut Graph, x: Tensor, kernel_size: usize, stride: usize, padding: usize) -> Result<Tensor> {
    let windows = windows(graph, "avg_pool2d", x, [kernel_size, stride, padding], 0.0)?;
    let mut sum = windows[0];
    for &window in &windows[1..] {
        sum = graph.add(sum, window)?;
    }
    graph.mul_scalar(sum, 1.0 / (kernel_size * kernel_size) as f32)
}

/// Maxima over windows of `kernel_size`, `stride` apart, as `torch.nn.MaxPool2d`. Where several elements of a window are
/// the largest they share the gradient (PyTorch gives all of it to the first).
pub fn max_pool2d(graph: &mut Graph, x: Tensor, kernel_size: usize, stride: usize, padding: usize) -> Result<Tensor> {
    let windows = windows(graph, "max_pool2d", x, [kernel_size, stride, padding], f32::MIN)?;
    let mut max = windows[0];
    for &window in &windows[1..] {
        max = graph.maximum(max, window)?;
    }
    Ok(max)
}

/// One tensor `[B, C, OH, OW]` for each place in a window: element `(i stride + dy, j stride + dx)` of the padded image.
fn windows(
    graph: &mut Graph,
    op: &'static str,
    x: Tensor,
    [kernel_size, stride, padding]: [usize; 3],
    outside: f32,
) -> Result<Vec<Tensor>> {
    let shape @ [_, _, height, width] = image_shape(graph, op, x)?;
    let output = |extent: usize| Some((extent + 2 * padding).checked_sub(kernel_size)? / stride.max(1) + 1);
    let (Some(rows), Some(columns), 1.., 1..) = (output(height), output(width), kernel_size, stride) else {
        let message = format!("kernel_size {kernel_size} and stride {stride} do not fit with padding {padding}");
        return Err(Error::shape(op, &[&shape], message));
    };
    // PyTorch's rule, which also keeps every window from lying wholly outside.
    if padding > kernel_size / 2 {
        let message = format!("padding {padding} is more than half of kernel_size {kernel_size}");
        return Err(Error::shape(op, &[&shape], message));
    }
    let padded = pad2d(graph, x, [padding; 4], outside)?;
    let mut windows = Vec::with_capacity(kernel_size * kernel_size);
    for dy in 0..kernel_size {
        let lines = graph.slice_step(padded, 2, dy, rows, stride)?;
        for dx in 0..kernel_size {
            windows.push(graph.slice_step(lines, 3, dx, columns, stride)?);
        }
    }
    Ok(windows)
}

/// Sums over all pixels, `[B, C]`.
pub fn global_sum_pool2d(graph: &mut Graph, x: Tensor) -> Result<Tensor> {
    let [batch, channels, ..] = image_shape(graph, "global_sum_pool2d", x)?;
    let sum = graph.sum(x, &[2, 3])?;
    graph.reshape(sum, [batch, channels])
}

/// Means over all pixels, `[B, C]`.
pub fn global_avg_pool2d(graph: &mut Graph, x: Tensor) -> Result<Tensor> {
    let [_, _, height, width] = image_shape(graph, "global_avg_pool2d", x)?;
    let sum = global_sum_pool2d(graph, x)?;
    graph.mul_scalar(sum, 1.0 / (height * width) as f32)
}

/// Every pixel `scale_factor` times in both directions, as `F.interpolate(mode="nearest")`.
pub fn interpolate_nearest(graph: &mut Graph, x: Tensor, scale_factor: usize) -> Result<Tensor> {
    let [batch, channels, height, width] = scalable(graph, "interpolate_nearest", x, scale_factor)?;
    let split = graph.reshape(x, [batch * channels, height, 1, width, 1])?;
    let wide = [batch * channels, height, scale_factor, width, scale_factor].into();
    let repeated = graph.broadcast(split, &wide)?;
    graph.reshape(repeated, [batch, channels, height * scale_factor, width * scale_factor])
}

/// `scale_factor` times as large in both directions, straight lines between the pixels' centres, as
/// `F.interpolate(mode="bilinear", align_corners=False)`.
pub fn interpolate_bilinear(graph: &mut Graph, x: Tensor, scale_factor: usize) -> Result<Tensor> {
    scalable(graph, "interpolate_bilinear", x, scale_factor)?;
    let tall = stretch(graph, x, 2, scale_factor)?;
    stretch(graph, tall, 3, scale_factor)
}

/// Linear interpolation along one axis. Output `i scale + phase` lies at `i + (phase + 1/2) / scale - 1/2`: between
/// element i and a neighbour, the same for all i, and the edge's own element where the neighbour is missing.
fn stretch(graph: &mut Graph, x: Tensor, axis: usize, scale: usize) -> Result<Tensor> {
    let shape = graph.shape(x).to_vec();
    let extent = shape[axis];
    let (first, last) = (graph.slice(x, axis, 0, 1)?, graph.slice(x, axis, extent - 1, 1)?);
    let (mut before, mut after) = (first, last);
    if extent > 1 {
        let (head, tail) = (graph.slice(x, axis, 0, extent - 1)?, graph.slice(x, axis, 1, extent - 1)?);
        (before, after) = (graph.concat(&[first, head], axis)?, graph.concat(&[tail, last], axis)?);
    }
    // A new axis behind `axis` counts the phases.
    let mut unit = shape.clone();
    unit.insert(axis + 1, 1);
    let mut phases = Vec::with_capacity(scale);
    for phase in 0..scale {
        let position = (phase as f32 + 0.5) / scale as f32 - 0.5;
        let neighbour = if position < 0.0 { before } else { after };
        let near = graph.mul_scalar(x, 1.0 - position.abs())?;
        let far = graph.mul_scalar(neighbour, position.abs())?;
        let sum = graph.add(near, far)?;
        phases.push(graph.reshape(sum, unit.clone())?);
    }
    let joined = graph.concat(&phases, axis + 1)?;
    let mut stretched = shape;
    stretched[axis] *= scale;
    graph.reshape(joined, stretched)
}

/// `scale_factor` times as large in both directions, by cubic convolution (Keys 1981, a = -1/2), beyond the edge its own
/// pixel: as `F.interpolate(mode="bicubic", align_corners=False)`, but that this has a = -3/4, which bends straight slopes.
pub fn interpolate_bicubic(graph: &mut Graph, x: Tensor, scale_factor: usize) -> Result<Tensor> {
    scalable(graph, "interpolate_bicubic", x, scale_factor)?;
    let tall = stretch_cubic(graph, x, 2, scale_factor)?;
    stretch_cubic(graph, tall, 3, scale_factor)
}

/// Cubic convolution along one axis: outputs lie as in [`stretch`], and see the four elements around them.
fn stretch_cubic(graph: &mut Graph, x: Tensor, axis: usize, scale: usize) -> Result<Tensor> {
    let mut shape = graph.shape(x).to_vec();
    let extent = shape[axis];
    let (first, last) = (graph.slice(x, axis, 0, 1)?, graph.slice(x, axis, extent - 1, 1)?);
    let padded = graph.concat(&[first, first, x, last, last], axis)?;
    let mut unit = shape.clone();
    unit.insert(axis + 1, 1);
    let mut phases = Vec::with_capacity(scale);
    for phase in 0..scale {
        let position = (phase as f32 + 0.5) / scale as f32 - 0.5;
        let mut sum = None;
        // Neighbours from -2 to 2; of these the outermost on one side is always too far.
        for tap in 0..5 {
            let weight = cubic((position - (tap as f32 - 2.0)).abs());
            if weight == 0.0 {
                continue;
            }
            let neighbour = graph.slice(padded, axis, tap, extent)?;
            let term = graph.mul_scalar(neighbour, weight)?;
            sum = Some(match sum {
                Some(sum) => graph.add(sum, term)?,
                None => term,
            });
        }
        // The nearest element always counts.
        let sum = sum.unwrap_or(x);
        phases.push(graph.reshape(sum, unit.clone())?);
    }
    let joined = graph.concat(&phases, axis + 1)?;
    shape[axis] *= scale;
    graph.reshape(joined, shape)
}

/// Keys' kernel at a distance of at least 0.
fn cubic(distance: f32) -> f32 {
    match distance {
        d if d < 1.0 => (1.5 * d - 2.5) * d * d + 1.0,
        d if d < 2.0 => ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0,
        _ => 0.0,
    }
}

fn scalable(graph: &Graph, op: &'static str, x: Tensor, scale_factor: usize) -> Result<[usize; 4]> {
    let shape = image_shape(graph, op, x)?;
    if scale_factor == 0 {
        return Err(Error::shape(op, &[&shape], "scale_factor must be at least 1"));
    }
    Ok(shape)
}

/// `[B, C r r, H, W]` to `[B, C, H r, W r]` (Shi et al. 2016), as `torch.nn.PixelShuffle` with r = `upscale_factor`.
pub fn pixel_shuffle(graph: &mut Graph, x: Tensor, upscale_factor: usize) -> Result<Tensor> {
    let [batch, channels, height, width] = image_shape(graph, "pixel_shuffle", x)?;
    let r = upscale_factor;
    if r == 0 || channels % (r * r) != 0 {
        let message = format!("the channels are no multiple of the square of upscale_factor {r}");
        return Err(Error::shape("pixel_shuffle", &[&[batch, channels, height, width]], message));
    }
    let split = graph.reshape(x, [batch, channels / (r * r), r, r, height, width])?;
    let woven = graph.permute(split, &[0, 1, 4, 2, 5, 3])?;
    graph.reshape(woven, [batch, channels / (r * r), height * r, width * r])
}

/// `[B, C, H r, W r]` to `[B, C r r, H, W]`, the inverse of `pixel_shuffle`, with r = `downscale_factor`.
pub fn pixel_unshuffle(graph: &mut Graph, x: Tensor, downscale_factor: usize) -> Result<Tensor> {
    let [batch, channels, height, width] = image_shape(graph, "pixel_unshuffle", x)?;
    let r = downscale_factor;
    if r == 0 || height % r != 0 || width % r != 0 {
        let message = format!("the extents are no multiples of downscale_factor {r}");
        return Err(Error::shape("pixel_unshuffle", &[&[batch, channels, height, width]], message));
    }
    let split = graph.reshape(x, [batch, channels, height / r, r, width / r, r])?;
    let sorted = graph.permute(split, &[0, 1, 3, 5, 2, 4])?;
    graph.reshape(sorted, [batch, channels * r * r, height / r, width / r])
}

/// The image inside `value`; `padding` is `[left, right, top, bottom]`, as in `F.pad`.
pub fn pad2d(graph: &mut Graph, x: Tensor, [left, right, top, bottom]: [usize; 4], value: f32) -> Result<Tensor> {
    image_shape(graph, "pad2d", x)?;
    graph.pad(x, &[[0; 3], [0; 3], [top, bottom, 0], [left, right, 0]], value)
}

/// The image mirrored at its outermost pixels, which are not repeated; `padding` is `[left, right, top, bottom]`, each
/// less than the extent, as `torch.nn.ReflectionPad2d`.
pub fn reflection_pad2d(graph: &mut Graph, x: Tensor, padding: [usize; 4]) -> Result<Tensor> {
    let shape @ [_, _, height, width] = image_shape(graph, "reflection_pad2d", x)?;
    let [left, right, top, bottom] = padding;
    if left.max(right) >= width || top.max(bottom) >= height {
        let message = format!("padding {padding:?} must be less than the extents");
        return Err(Error::shape("reflection_pad2d", &[&shape], message));
    }
    let tall = reflect(graph, x, 2, top, bottom)?;
    reflect(graph, tall, 3, left, right)
}

fn reflect(graph: &mut Graph, x: Tensor, axis: usize, before: usize, after: usize) -> Result<Tensor> {
    let extent = graph.shape(x)[axis];
    let mut parts = Vec::with_capacity(before + 1 + after);
    for index in (1..=before).rev() {
        parts.push(graph.slice(x, axis, index, 1)?);
    }
    parts.push(x);
    for index in 0..after {
        parts.push(graph.slice(x, axis, extent - 2 - index, 1)?);
    }
    graph.concat(&parts, axis)
}
