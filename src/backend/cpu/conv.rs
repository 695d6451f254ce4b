//! Convolution and its two gradients as products with the matrix of patches (see `Patches`).
//!
//! With patches P `[positions, length]` of some images and the weight W `[out_channels, length]`:
//! the convolution is `P W^T`, the gradient for the weight `G^T P`, and the gradient for the input adds the rows of
//! `G W` back to where the patches came from, where G `[positions, out_channels]` is what arrives at the output.
//! Small images are taken in groups and large ones in bands of rows, so that the products are neither too small for
//! the library nor their operands too large for the second-level cache.

use super::matmul::{Matrix, Output, matmul};
use super::parallel::{self, Pool};
use super::scratch::of_length;
use super::windows::{self, ByWindows};
use crate::graph::plan::ConvShape;
use ganvas_loops::{Patches, Real, Reduction, SLACK, Windows};
use std::ops::Range;

/// Positions that make a product efficient.
const GOOD_POSITIONS: usize = 192;
/// Elements of a matrix of patches that should not be passed, and positions that may always be taken.
const PATCH_ELEMENTS: usize = 1 << 16;
const LEAST_POSITIONS: usize = 256;
/// Groups there should be at least, for threads to share.
const GROUPS: usize = 8;
/// From this length of a patch on, rearranging an operand costs less than the product gains.
const LONG_PATCH: usize = 64;
/// Pieces that the sum over images in a weight gradient is cut into, and the least positions in each. One thread needs
/// no pieces; everywhere else their number is fixed by the shape, so that results are.
const WEIGHT_PIECES: usize = if cfg!(target_arch = "wasm32") { 1 } else { 8 };
const WEIGHT_POSITIONS: usize = 256;

/// Working memory of one thread.
#[derive(Default)]
struct Buffers<T> {
    padded: Vec<T>,
    patches: Vec<T>,
    positions: Vec<T>,
}

/// Working memory of convolutions, shared by all of them.
#[derive(Default)]
pub struct Scratch<T> {
    buffers: Pool<Buffers<T>>,
    weights: Pool<Vec<T>>,
    windows: windows::Scratch<T>,
}

/// A convolution made ready to run.
pub struct Convolution {
    shape: ConvShape,
    patches: Patches,
    /// Images taken together.
    group: usize,
    /// Output rows taken together.
    band: usize,
    by_windows: Option<ByWindows>,
}

impl Convolution {
    pub fn new(shape: ConvShape) -> Convolution {
        let conv = shape.conv;
        let patches = Patches::new(Windows {
            in_channels: shape.in_channels,
            image: [shape.height, shape.width],
            output: [shape.out_height, shape.out_width],
            kernel: conv.kernel_size,
            stride: conv.stride,
            padding: conv.padding,
        });
        let most = (PATCH_ELEMENTS / patches.length).max(LEAST_POSITIONS);
        let shared = shape.batch.div_ceil(GROUPS).max(48usize.div_ceil(patches.count));
        let group = GOOD_POSITIONS.div_ceil(patches.count).min(most / patches.count).min(shared).clamp(1, shape.batch);
        let band = if patches.count <= most { shape.out_height } else { (most / shape.out_width).max(1) };
        let by_windows = ByWindows::new(shape, &patches);
        Convolution { shape, patches, group, band, by_windows }
    }

    /// A kernel of one pixel that is everywhere: the image itself is its matrix of patches, transposed.
    fn is_pointwise(&self) -> bool {
        let conv = self.shape.conv;
        conv.kernel_size == [1, 1] && conv.stride == [1, 1] && conv.padding == [0, 0]
    }

    pub(super) fn by_windows<T: Real>(&self) -> Option<&ByWindows> {
        self.by_windows.as_ref().filter(|_| T::has_windows())
    }

    fn input_elements(&self) -> usize {
        self.shape.in_channels * self.shape.height * self.shape.width
    }

    fn output_elements(&self) -> usize {
        self.shape.out_channels * self.patches.count
    }

    fn work(&self) -> usize {
        parallel::product_work(self.shape.batch * self.output_elements() * self.patches.length)
    }

    fn bands(&self) -> impl Iterator<Item = Range<usize>> {
        let (height, band) = (self.shape.out_height, self.band);
        (0..height).step_by(band).map(move |first| first..(first + band).min(height))
    }

    /// The matrix of patches for the output rows `rows` of each image, one image after another.
    fn extract<T: Real>(&self, images: &[T], rows: Range<usize>, padded: &mut [T], patches: &mut [T]) {
        let length = rows.len() * self.shape.out_width * self.patches.length;
        for (index, image) in images.chunks_exact(self.input_elements()).enumerate() {
            // Bands of one image share its padded copy; images in a group are whole.
            if rows.start == 0 {
                T::pad(&self.patches, image, padded);
            }
            T::extract(&self.patches, padded, rows.clone(), &mut patches[index * length..(index + 1) * length + SLACK]);
        }
    }

    /// y `[batch, out_channels, out_height, out_width]` from x and w.
    pub fn forward<T: Real>(&self, x: &[T], w: &[T], y: &mut [T], scratch: &Scratch<T>) {
        if let Some(by_windows) = self.by_windows::<T>() {
            return by_windows.forward(x, w, y, &scratch.windows);
        }
        let (channels, count, length) = (self.shape.out_channels, self.patches.count, self.patches.length);
        let alone = self.shape.batch <= self.group;
        if self.is_pointwise() {
            let size = self.input_elements();
            return parallel::for_pieces(y, self.output_elements(), self.work(), |image, y| {
                let x = Matrix::rows(&x[image * size..(image + 1) * size], count);
                let y = Output { elements: y, stride: count, accumulate: false };
                matmul([channels, count, length], Matrix::rows(w, length), x, y, alone);
            });
        }
        // The product is fastest with the weight's channels side by side, and then yields positions by channels.
        let rearrange = length >= LONG_PATCH;
        scratch.weights.with(|transposed| {
            let w_by_channel = match rearrange && self.shape.batch * count >= GOOD_POSITIONS {
                true => {
                    let transposed = of_length(transposed, w.len());
                    T::transpose(w, [channels, length], length, transposed, channels);
                    Matrix::rows(transposed, channels)
                }
                false => Matrix::rows(w, length).transposed(),
            };
            parallel::for_pieces(y, self.group * self.output_elements(), self.work(), |group, y| {
                let images = y.len() / self.output_elements();
                let first = group * self.group * self.input_elements();
                let x = &x[first..first + images * self.input_elements()];
                scratch.buffers.with(|Buffers { padded, patches, positions }| {
                    let padded = of_length(padded, self.patches.padded_elements());
                    for rows in self.bands() {
                        let (begin, band) = (rows.start * self.shape.out_width, rows.len() * self.shape.out_width);
                        let patches = of_length(patches, images * band * length + SLACK);
                        self.extract(x, rows, padded, patches);
                        if rearrange {
                            let all = images * band;
                            let positions = of_length(positions, all * channels);
                            let product = Output { elements: &mut *positions, stride: channels, accumulate: false };
                            matmul(
                                [all, channels, length],
                                Matrix::rows(patches, length),
                                w_by_channel,
                                product,
                                alone,
                            );
                            let parts = positions.chunks_exact(band * channels);
                            for (y, part) in y.chunks_exact_mut(self.output_elements()).zip(parts) {
                                T::transpose(part, [band, channels], channels, &mut y[begin..], count);
                            }
                        } else {
                            let parts = patches.chunks_exact(band * length);
                            for (y, part) in y.chunks_exact_mut(self.output_elements()).zip(parts) {
                                let part = Matrix::rows(part, length).transposed();
                                let y = Output { elements: &mut y[begin..], stride: count, accumulate: false };
                                matmul([channels, band, length], Matrix::rows(w, length), part, y, alone);
                            }
                        }
                    }
                });
            });
        });
    }

    /// The gradient for x, `[batch, in_channels, height, width]`, from g and w: also the transposed convolution of g.
    pub fn input_grad<T: Real>(&self, g: &[T], w: &[T], gx: &mut [T], scratch: &Scratch<T>) {
        if let Some(by_windows) = self.by_windows::<T>() {
            return by_windows.input_grad(g, w, gx, &scratch.windows);
        }
        let (channels, count, length) = (self.shape.out_channels, self.patches.count, self.patches.length);
        let (alone, size) = (self.shape.batch <= self.group, self.output_elements());
        let w = Matrix::rows(w, length);
        if self.is_pointwise() {
            return parallel::for_pieces(gx, self.input_elements(), self.work(), |image, gx| {
                let g = Matrix::rows(&g[image * size..(image + 1) * size], count);
                let gx = Output { elements: gx, stride: count, accumulate: false };
                matmul([length, count, channels], w.transposed(), g, gx, alone);
            });
        }
        let rearrange = length >= LONG_PATCH;
        parallel::for_pieces(gx, self.group * self.input_elements(), self.work(), |group, gx| {
            let images = gx.len() / self.input_elements();
            let first = group * self.group * size;
            let g = &g[first..first + images * size];
            scratch.buffers.with(|Buffers { padded, patches, positions }| {
                let reach = self.patches.padded_elements();
                let padded = of_length(padded, images * reach);
                padded.fill(T::ZERO);
                for rows in self.bands() {
                    let (begin, band) = (rows.start * self.shape.out_width, rows.len() * self.shape.out_width);
                    let patches = of_length(patches, images * band * length);
                    if rearrange {
                        let all = images * band;
                        let positions = of_length(positions, all * channels);
                        let parts = positions.chunks_exact_mut(band * channels);
                        for (g, part) in g.chunks_exact(size).zip(parts) {
                            T::transpose(&g[begin..], [channels, band], count, part, channels);
                        }
                        let product = Output { elements: &mut *patches, stride: length, accumulate: false };
                        matmul([all, length, channels], Matrix::rows(positions, channels), w, product, alone);
                    } else {
                        for (g, part) in g.chunks_exact(size).zip(patches.chunks_exact_mut(band * length)) {
                            let g = Matrix::rows(&g[begin..], count).transposed();
                            let product = Output { elements: part, stride: length, accumulate: false };
                            matmul([band, length, channels], g, w, product, alone);
                        }
                    }
                    let parts = patches.chunks_exact(band * length);
                    for (padded, part) in padded.chunks_exact_mut(reach).zip(parts) {
                        T::scatter(&self.patches, part, rows.clone(), padded);
                    }
                }
                for (gx, padded) in gx.chunks_exact_mut(self.input_elements()).zip(padded.chunks_exact(reach)) {
                    T::crop(&self.patches, padded, gx);
                }
            });
        });
    }

    /// The gradient for w, `[out_channels, in_channels, kernel_height, kernel_width]`, from x and g.
    pub fn weight_grad<T: Real>(&self, x: &[T], g: &[T], gw: &mut [T], scratch: &Scratch<T>) {
        if let Some(by_windows) = self.by_windows::<T>() {
            return by_windows.weight_grad(x, g, gw, &scratch.windows);
        }
        let batch = self.shape.batch;
        let pieces = (batch * self.patches.count / WEIGHT_POSITIONS).clamp(1, WEIGHT_PIECES);
        let images = batch.div_ceil(pieces);
        // Rounding up may leave fewer pieces.
        let pieces = batch.div_ceil(images);
        if pieces == 1 {
            return self.weight_grad_of(x, g, gw, true, scratch);
        }
        let (input, output) = (images * self.input_elements(), images * self.output_elements());
        scratch.weights.with(|parts| {
            let parts = of_length(parts, pieces * gw.len());
            parallel::for_pieces(parts, gw.len(), self.work(), |piece, part| {
                let x = &x[piece * input..((piece + 1) * input).min(x.len())];
                let g = &g[piece * output..((piece + 1) * output).min(g.len())];
                self.weight_grad_of(x, g, part, false, scratch);
            });
            let (first, rest) = parts.split_at(gw.len());
            gw.copy_from_slice(first);
            rest.chunks_exact(gw.len()).for_each(|part| T::accumulate(gw, part, Reduction::Sum));
        });
    }

    /// The weight gradient of some of the images.
    fn weight_grad_of<T: Real>(&self, x: &[T], g: &[T], gw: &mut [T], alone: bool, scratch: &Scratch<T>) {
        let (channels, count, length) = (self.shape.out_channels, self.patches.count, self.patches.length);
        let (input, output) = (self.input_elements(), self.output_elements());
        let mut accumulate = false;
        if self.is_pointwise() {
            for (x, g) in x.chunks_exact(input).zip(g.chunks_exact(output)) {
                let (x, g) = (Matrix::rows(x, count).transposed(), Matrix::rows(g, count));
                let gw = Output { elements: &mut *gw, stride: length, accumulate };
                matmul([channels, length, count], g, x, gw, alone);
                accumulate = true;
            }
            return;
        }
        scratch.buffers.with(|Buffers { padded, patches, positions }| {
            let padded = of_length(padded, self.patches.padded_elements());
            for (x, g) in x.chunks(self.group * input).zip(g.chunks(self.group * output)) {
                let images = x.len() / input;
                for rows in self.bands() {
                    let (begin, band) = (rows.start * self.shape.out_width, rows.len() * self.shape.out_width);
                    let all = images * band;
                    let patches = of_length(patches, all * length + SLACK);
                    self.extract(x, rows, padded, patches);
                    let g = if images == 1 {
                        Matrix::rows(&g[begin..], count)
                    } else {
                        // Several images side by side: out_channels by positions.
                        let positions = of_length(positions, all * channels);
                        for (channel, line) in positions.chunks_exact_mut(all).enumerate() {
                            for (g, part) in g.chunks_exact(output).zip(line.chunks_exact_mut(band)) {
                                part.copy_from_slice(&g[channel * count + begin..][..band]);
                            }
                        }
                        Matrix::rows(positions, all)
                    };
                    let gw = Output { elements: &mut *gw, stride: length, accumulate };
                    matmul([channels, length, all], g, Matrix::rows(patches, length), gw, alone);
                    accumulate = true;
                }
            }
        });
    }
}
