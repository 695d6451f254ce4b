//! Products with the windows of padded images where they lie, for convolutions that need no matrix of patches.
//!
//! A window is a place in memory and the runs that begin at fixed distances from it; a run is some neighbours. In f32 only:
//! f64 takes the way by patches, so that the two ways check each other.

use super::lanes::{COLUMNS, RUN, fast};
use super::number::Number;

/// Where windows are in a padded image, which all of them must be inside of.
#[derive(Clone, Copy)]
pub struct Grid<'a> {
    /// The first element of each window.
    pub starts: &'a [usize],
    /// The first element of each run, counted from the window's.
    pub runs: &'a [usize],
    /// Elements of a run.
    pub run: usize,
}

/// What there is of each image of a batch: one piece of `size` elements after another.
#[derive(Clone, Copy)]
pub struct Images<'a, T> {
    pub elements: &'a [T],
    pub size: usize,
}

impl Grid<'_> {
    /// Elements that the padded image must have.
    fn reach(&self) -> usize {
        let most = |values: &[usize]| values.iter().copied().max().unwrap_or(0);
        most(self.starts) + most(self.runs) + self.run
    }
}

/// Sums of products of each window with columns of weights: `output[window][column]`, with as many columns as panels have.
///
/// `panels` holds the weights, [`PANEL`] columns in each: `[panel][run, element of the run][column]`.
pub fn gather_product(image: &[f32], grid: Grid, panels: &[f32], output: &mut [f32]) {
    gathered(image, grid, panels, output);
}

fast! {
    fn gathered<L, const ROWS: usize>(image: &[f32], grid: Grid, panels: &[f32], output: &mut [f32]) {
        let run = grid.run;
        let size = grid.runs.len() * run;
        let panels = panels.as_chunks::<COLUMNS>().0;
        let columns = panels.len() / size * COLUMNS;
        assert!(grid.reach() <= image.len(), "a window reaches past the end of the image");
        assert!(output.len() >= grid.starts.len() * columns, "the output is too small");
        for (index, windows) in grid.starts.chunks(ROWS).enumerate() {
            // Windows that do not exist are repeats of the last.
            let starts: [usize; ROWS] = std::array::from_fn(|row| windows[row.min(windows.len() - 1)]);
            let output = &mut output[index * ROWS * columns..];
            for (panel, weights) in panels.chunks_exact(size).enumerate() {
                let mut sums = [L::zero(); ROWS];
                for (&from, weights) in grid.runs.iter().zip(weights.chunks_exact(run)) {
                    for (x, weights) in weights.iter().enumerate() {
                        let weights = L::load(weights);
                        for (sum, start) in sums.iter_mut().zip(starts) {
                            // SAFETY: starts, runs and the length of a run were held against the image's length above.
                            let element = unsafe { *image.get_unchecked(start + from + x) };
                            *sum = sum.plus_product(element, weights);
                        }
                    }
                }
                for (row, sum) in sums.iter().enumerate().take(windows.len()) {
                    let to = &mut output[row * columns + panel * COLUMNS..];
                    sum.store(to.first_chunk_mut().expect("the output has room for it"));
                }
            }
        }
    }
}

/// Columns in a panel of weights.
pub const PANEL: usize = COLUMNS;
/// Elements of a run in [`scatter_product`].
pub const SCATTER_RUN: usize = RUN;

/// Sums over images and windows of products of `rows`, `[row][window]` of each image, with what the windows hold:
/// `output[row][run, element of the run]`. Runs have [`SCATTER_RUN`] elements; the images are padded ones.
pub fn scatter_product(images: Images<f32>, grid: Grid, rows: Images<f32>, output: &mut [f32]) {
    scattered(images, grid, rows, output);
}

fast! {
    fn scattered<L, const ROWS: usize>(images: Images<f32>, grid: Grid, rows: Images<f32>, output: &mut [f32]) {
        let (count, width) = (grid.starts.len(), grid.runs.len() * RUN);
        let (batch, lines) = (images.elements.len() / images.size, output.len() / width);
        assert!(grid.run == SCATTER_RUN && grid.reach() <= images.size, "a window reaches past the end of its image");
        assert!(rows.elements.len() + rows.size >= batch * rows.size + lines * count, "there are too few rows");
        for (panel, runs) in grid.runs.chunks(COLUMNS / SCATTER_RUN).enumerate() {
            // Runs that do not exist are repeats of the last.
            let places: [usize; COLUMNS / SCATTER_RUN] = std::array::from_fn(|at| runs[at.min(runs.len() - 1)]);
            for first in (0..lines).step_by(ROWS) {
                let here = ROWS.min(lines - first);
                let starts: [usize; ROWS] = std::array::from_fn(|row| (first + row.min(here - 1)) * count);
                let mut sums = [L::zero(); ROWS];
                for (index, image) in images.elements.chunks_exact(images.size).enumerate() {
                    let rows = &rows.elements[index * rows.size..];
                    for (window, &start) in grid.starts.iter().enumerate() {
                        // SAFETY: starts, runs and the length of a run were held against an image's length above, and the
                        // last row and window against the length of `rows`.
                        unsafe {
                            let run = |at: usize| &*image.as_ptr().add(start + at).cast::<[f32; SCATTER_RUN]>();
                            let values = L::join(places.map(run));
                            for (sum, row) in sums.iter_mut().zip(starts) {
                                *sum = sum.plus_product(*rows.get_unchecked(row + window), values);
                            }
                        }
                    }
                }
                for (row, sum) in sums.iter().enumerate().take(here) {
                    let mut values = [0.0; COLUMNS];
                    sum.store(&mut values);
                    let wanted = runs.len() * SCATTER_RUN;
                    output[(first + row) * width + panel * COLUMNS..][..wanted].copy_from_slice(&values[..wanted]);
                }
            }
        }
    }
}

/// Rows of weights in [`spread_product`].
pub const SPREAD_ROWS: usize = 4;

/// Sums of products of a few rows of weights with what lies at fixed distances from each place:
/// `output[row][place] = sum over the weights of weight * planes[distance + place]`, for `places` that are neighbours.
/// `weights` is `[distance][row]`, and the output's rows are `stride` long, to which places are filled up.
pub fn spread_product(
    planes: &[f32],
    distances: &[usize],
    weights: &[[f32; SPREAD_ROWS]],
    places: usize,
    output: &mut [f32],
    stride: usize,
) {
    spread(planes, distances, weights, places, output, stride);
}

/// Places that [`spread_product`] fills up to.
pub const SPREAD_PLACES: usize = 2 * COLUMNS;

fast! {
    fn spread<L, const ROWS: usize>(
        planes: &[f32],
        distances: &[usize],
        weights: &[[f32; SPREAD_ROWS]],
        places: usize,
        output: &mut [f32],
        stride: usize,
    ) {
        // As many vectors of places side by side as keep the registers busy.
        let vectors = ROWS / SPREAD_ROWS;
        let furthest = distances.iter().copied().max().unwrap_or(0);
        assert!(furthest + places.next_multiple_of(SPREAD_PLACES) <= planes.len(), "a place is past the planes' end");
        assert!(stride >= places.next_multiple_of(SPREAD_PLACES) && output.len() >= SPREAD_ROWS * stride);
        for first in (0..places).step_by(vectors * COLUMNS) {
            let mut sums = [L::zero(); ROWS];
            for (&distance, weights) in distances.iter().zip(weights) {
                for vector in 0..vectors {
                    let from = distance + first + vector * COLUMNS;
                    // SAFETY: distances and places were held against the planes' length above.
                    let values = L::load(unsafe { &*planes.as_ptr().add(from).cast::<[f32; COLUMNS]>() });
                    for (row, &weight) in weights.iter().enumerate() {
                        let sum = &mut sums[vector * SPREAD_ROWS + row];
                        *sum = sum.plus_product(weight, values);
                    }
                }
            }
            for (index, sum) in sums.iter().enumerate() {
                let (vector, row) = (index / SPREAD_ROWS, index % SPREAD_ROWS);
                let to = &mut output[row * stride + first + vector * COLUMNS..];
                sum.store(to.first_chunk_mut().expect("the output has room for it"));
            }
        }
    }
}

/// Pixels of an image, `first + stride * window` along each axis.
pub struct Pixels {
    /// Extents of the image's channels.
    pub image: [usize; 2],
    pub stride: [usize; 2],
    /// Windows along each axis, whose pixels are all inside the image.
    pub windows: [usize; 2],
    pub first: [usize; 2],
}

/// Puts `values[window][channel]`, with rows of `width`, to their pixels in as many channels as there are.
pub fn put_channels<T: Number>(values: &[T], width: usize, pixels: &Pixels, image: &mut [T]) {
    let Pixels { image: [height, image_width], stride, windows, first } = *pixels;
    let size = height * image_width;
    let channels = image.len() / size;
    for (down, values) in values.chunks(windows[1] * width).take(windows[0]).enumerate() {
        let row = (first[0] + down * stride[0]) * image_width + first[1];
        for (right, values) in values.chunks_exact(width).enumerate() {
            let pixel = image[row + right * stride[1]..].iter_mut().step_by(size);
            pixel.zip(&values[..channels]).for_each(|(to, &value)| *to = value);
        }
    }
}

/// Puts `values[down][right]`, with rows of `width`, to their pixels of one channel.
pub fn put_plane<T: Number>(values: &[T], width: usize, pixels: &Pixels, image: &mut [T]) {
    let Pixels { image: [_, image_width], stride, windows, first } = *pixels;
    for (down, values) in values.chunks(width).take(windows[0]).enumerate() {
        let row = &mut image[(first[0] + down * stride[0]) * image_width + first[1]..];
        row.iter_mut().step_by(stride[1]).zip(&values[..windows[1]]).for_each(|(to, &value)| *to = value);
    }
}

/// Numbers picked by their indices; [`NOTHING`] is zero.
pub fn pick<T: Number>(values: &[T], indices: &[u32], output: &mut Vec<T>) {
    output.clear();
    output.extend(indices.iter().map(|&index| values.get(index as usize).copied().unwrap_or(T::ZERO)));
}

/// The index of nothing; see [`pick`].
pub const NOTHING: u32 = u32::MAX;
