//! Convolutions without a matrix of patches: the products read the windows of the padded images where they lie.
//!
//! With small images and few channels, making the patches takes as long as the products with them; so does the gradient
//! for the input, where patches that overlap are added up. Here its windows are those of what arrives at the output, for
//! each phase by itself: pixels of the input at the same place between the strides meet the same part of the kernel.

use super::parallel::{self, Pool};
use super::scratch::of_length;
use crate::graph::plan::ConvShape;
use ganvas_loops::windows::{Grid, Images, NOTHING, PANEL, Pixels, SCATTER_RUN, SPREAD_PLACES, SPREAD_ROWS};
use ganvas_loops::{Patches, Real, Windows};

/// Weights from which a library's product gains more by what it rearranges than that costs.
const MOST_WEIGHTS: usize = 1 << 14;
/// Phases and channels of the input that are few.
const MOST_ROWS: usize = 8;
/// Rows of a gradient for the weights that are a task.
const TASK_ROWS: usize = 8;
/// Tasks that a batch is cut into, for threads to share.
const TASKS: usize = 8;

/// What is done with an image and what is made of it.
type ImageBody<'a, T> = dyn Fn(&[T], &mut [T], &mut Buffers<T>) + Sync + 'a;

/// Where windows are: see [`Grid`].
struct Places {
    starts: Vec<usize>,
    runs: Vec<usize>,
    run: usize,
}

impl Places {
    /// Windows `stride` apart whose first pixel is `first`, with a run for each row of each of `planes` channels that lie
    /// one after another; of the channels that lie side by side each pixel has `depth`.
    fn new(
        padded: [usize; 2],
        [first, windows, stride, kernel]: [[usize; 2]; 4],
        [planes, depth]: [usize; 2],
    ) -> Places {
        let [height, width] = padded;
        let (mut starts, mut runs) = (Vec::new(), Vec::new());
        for down in 0..windows[0] {
            for right in 0..windows[1] {
                starts.push(((first[0] + down * stride[0]) * width + first[1] + right * stride[1]) * depth);
            }
        }
        for plane in 0..planes {
            for row in 0..kernel[0] {
                runs.push((plane * height + row) * width * depth);
            }
        }
        Places { starts, runs, run: kernel[1] * depth }
    }

    fn grid(&self) -> Grid<'_> {
        Grid { starts: &self.starts, runs: &self.runs, run: self.run }
    }
}

/// Pixels of the input at the same place between the strides.
struct Phase {
    places: Places,
    /// Where its first window is in the padded image, in windows.
    from: [usize; 2],
    pixels: Pixels,
}

/// How the gradient for the input is made.
enum Backward {
    /// Phase by phase, windows by channels of the input.
    Channels,
    /// Phases and channels of the input, of which there are few, by all places of the padded image; see
    /// [`ganvas_loops::windows::spread_product`].
    Places { distances: Vec<usize>, places: usize },
}

/// A convolution made ready for this way.
pub struct ByWindows {
    shape: ConvShape,
    patches: Patches,
    /// In a padded image whose channels lie side by side, and in one whose channels lie one after another.
    side_by_side: Places,
    in_planes: Places,
    forward_weights: Vec<u32>,
    /// What arrives at the output, with zeros around it.
    arriving: Patches,
    phases: Vec<Phase>,
    backward: Backward,
    /// Where in the kernel the numbers are that it needs: of each phase panels of channels of the input, or of each few
    /// phases and channels a row for each distance.
    backward_weights: Vec<u32>,
}

/// Working memory of one thread.
#[derive(Default)]
pub struct Buffers<T> {
    padded: Vec<T>,
    product: Vec<T>,
}

/// Working memory of this way.
#[derive(Default)]
pub struct Scratch<T> {
    buffers: Pool<Buffers<T>>,
    panels: Pool<Vec<T>>,
}

impl<T: Real> Scratch<T> {
    /// A buffer with the numbers of the kernel where `indices` say.
    fn take(&self, w: &[T], indices: &[u32]) -> Vec<T> {
        let mut panels = self.panels.take();
        T::pick(w, indices, &mut panels);
        panels
    }
}

/// Appends the panels of a matrix with so many columns and rows, whose elements lie where `index` says.
fn add_panels(panels: &mut Vec<u32>, columns: usize, rows: usize, index: &dyn Fn(usize, usize) -> usize) {
    for first in (0..columns).step_by(PANEL) {
        for row in 0..rows {
            for column in first..first + PANEL {
                panels.push(if column < columns { index(column, row) as u32 } else { NOTHING });
            }
        }
    }
}

impl ByWindows {
    /// None where the other way is faster, or this one does not know the kernel.
    pub fn new(shape: ConvShape, patches: &Patches) -> Option<ByWindows> {
        let (kernel, stride, padding) = (shape.conv.kernel_size, shape.conv.stride, shape.conv.padding);
        let divides = (0..2).all(|axis| kernel[axis].is_multiple_of(stride[axis]));
        let (channels, length) = (shape.out_channels, patches.length);
        if kernel[1] != SCATTER_RUN || !divides || channels * length > MOST_WEIGHTS {
            return None;
        }
        let output = [shape.out_height, shape.out_width];
        let of_output = [[0, 0], output, stride, kernel];
        let side_by_side = Places::new(patches.padded(), of_output, [1, shape.in_channels]);
        let in_planes = Places::new(patches.padded(), of_output, [shape.in_channels, 1]);
        let mut forward_weights = Vec::new();
        add_panels(&mut forward_weights, channels, length, &|column, row| {
            let (tap, channel) = (row / shape.in_channels, row % shape.in_channels);
            (column * shape.in_channels + channel) * kernel[0] * kernel[1] + tap
        });

        // A pixel at `stride * index + rest` of the padded image meets the windows from `index - taps + 1` to `index`.
        let image = [shape.height, shape.width];
        let taps = [0, 1].map(|axis| kernel[axis] / stride[axis]);
        let last = [0, 1].map(|axis| (image[axis] - 1 + padding[axis]) / stride[axis]);
        let arriving = Patches::new(Windows {
            in_channels: channels,
            image: output,
            output: last.map(|last| last + 1),
            kernel: taps,
            stride: [1, 1],
            padding: taps.map(|taps| taps - 1),
        });
        // Where in the kernel a pixel of a phase meets the window's tap `down` and `right`.
        let element = |rest: [usize; 2], channel: usize, out_channel: usize, tap: [usize; 2]| {
            let [y, x] = [0, 1].map(|axis| rest[axis] + stride[axis] * (taps[axis] - 1 - tap[axis]));
            ((out_channel * shape.in_channels + channel) * kernel[0] + y) * kernel[1] + x
        };
        let (mut rests, mut phases) = (Vec::new(), Vec::new());
        for index in 0..stride[0] * stride[1] {
            let rest = [index / stride[1], index % stride[1]];
            let from = [0, 1].map(|axis| padding[axis].saturating_sub(rest[axis]).div_ceil(stride[axis]));
            let windows = [0, 1].map(|axis| {
                let last = (image[axis] - 1 + padding[axis]).checked_sub(rest[axis]);
                last.map_or(0, |last| (last / stride[axis] + 1).saturating_sub(from[axis]))
            });
            if windows[0] * windows[1] > 0 {
                let places = Places::new(arriving.padded(), [from, windows, [1, 1], taps], [1, channels]);
                let first = [0, 1].map(|axis| stride[axis] * from[axis] + rest[axis] - padding[axis]);
                rests.push(rest);
                phases.push(Phase { places, from, pixels: Pixels { image, stride, windows, first } });
            }
        }
        let mut backward_weights = Vec::new();
        let count = taps[0] * taps[1];
        let of_tap = |tap: usize| [tap / taps[1], tap % taps[1]];
        let rows = shape.in_channels * rests.len();
        let backward = if rows > MOST_ROWS {
            for &rest in &rests {
                add_panels(&mut backward_weights, shape.in_channels, channels * count, &|channel, row| {
                    element(rest, channel, row % channels, of_tap(row / channels))
                });
            }
            Backward::Channels
        } else {
            let [height, width] = arriving.padded();
            let mut distances = Vec::new();
            for first in (0..rows).step_by(SPREAD_ROWS) {
                for index in 0..channels * count {
                    let (out_channel, tap) = (index / count, of_tap(index % count));
                    if first == 0 {
                        distances.push((out_channel * height + tap[0]) * width + tap[1]);
                    }
                    for row in first..first + SPREAD_ROWS {
                        let (channel, rest) = (row / rests.len(), rests[row % rests.len()]);
                        let found = element(rest, channel, out_channel, tap) as u32;
                        backward_weights.push(if row < rows { found } else { NOTHING });
                    }
                }
            }
            Backward::Places { distances, places: last[0] * width + last[1] + 1 }
        };
        let patches = patches.clone();
        Some(ByWindows {
            shape,
            patches,
            side_by_side,
            in_planes,
            forward_weights,
            arriving,
            phases,
            backward,
            backward_weights,
        })
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

    /// Images of a task.
    fn group(&self) -> usize {
        self.shape.batch.div_ceil(TASKS)
    }

    /// Runs `body` on each image of a batch and what is made of it, several at a time; sizes are those of one image.
    fn for_images<T: Real>(
        &self,
        work: usize,
        (from, from_size): (&[T], usize),
        (to, to_size): (&mut [T], usize),
        scratch: &Scratch<T>,
        body: &ImageBody<T>,
    ) {
        parallel::for_pieces(to, self.group() * to_size, work, |group, to| {
            scratch.buffers.with(|buffers| {
                let from = from[group * self.group() * from_size..].chunks_exact(from_size);
                from.zip(to.chunks_exact_mut(to_size)).for_each(|(from, to)| body(from, to, buffers));
            });
        });
    }

    /// See `Convolution::forward`.
    pub fn forward<T: Real>(&self, x: &[T], w: &[T], y: &mut [T], scratch: &Scratch<T>) {
        let (channels, count) = (self.shape.out_channels, self.patches.count);
        let width = channels.next_multiple_of(PANEL);
        let panels = scratch.take(w, &self.forward_weights);
        let weights = &panels;
        let (x, y) = ((x, self.input_elements()), (y, self.output_elements()));
        self.for_images(self.work(), x, y, scratch, &|x, y, Buffers { padded, product }| {
            let padded = of_length(padded, self.patches.padded_elements());
            let product = of_length(product, count * width);
            T::pad_channels_last(&self.patches, x, padded);
            T::gather_product(padded, self.side_by_side.grid(), weights, product);
            T::transpose(product, [count, channels], width, y, count);
        });
        scratch.panels.give_back(panels);
    }

    /// See `Convolution::input_grad`.
    pub fn input_grad<T: Real>(&self, g: &[T], w: &[T], gx: &mut [T], scratch: &Scratch<T>) {
        let panels = scratch.take(w, &self.backward_weights);
        let weights = &panels;
        let (g, gx) = ((g, self.output_elements()), (gx, self.input_elements()));
        self.for_images(self.work(), g, gx, scratch, &|g, gx, Buffers { padded, product }| match &self.backward {
            Backward::Channels => self.by_channels(g, weights, gx, padded, product),
            Backward::Places { distances, places } => {
                self.by_places(g, weights, distances, *places, gx, [padded, product]);
            }
        });
        scratch.panels.give_back(panels);
    }

    fn by_channels<T: Real>(&self, g: &[T], panels: &[T], gx: &mut [T], padded: &mut Vec<T>, product: &mut Vec<T>) {
        let padded = of_length(padded, self.arriving.padded_elements());
        let width = self.shape.in_channels.next_multiple_of(PANEL);
        T::pad_channels_last(&self.arriving, g, padded);
        let size = self.backward_weights.len() / self.phases.len();
        for (phase, panels) in self.phases.iter().zip(panels.chunks_exact(size)) {
            let product = of_length(product, phase.places.starts.len() * width);
            T::gather_product(padded, phase.places.grid(), panels, product);
            T::put_channels(product, width, &phase.pixels, gx);
        }
    }

    fn by_places<T: Real>(
        &self,
        g: &[T],
        weights: &[T],
        distances: &[usize],
        places: usize,
        gx: &mut [T],
        [padded, product]: [&mut Vec<T>; 2],
    ) {
        let padded = of_length(padded, self.arriving.padded_elements() + SPREAD_PLACES);
        T::pad(&self.arriving, g, padded);
        let stride = places.next_multiple_of(SPREAD_PLACES);
        let product = of_length(product, SPREAD_ROWS * stride);
        let width = self.arriving.padded()[1];
        let size = self.shape.height * self.shape.width;
        let mut rows =
            (0..self.shape.in_channels).flat_map(|channel| self.phases.iter().map(move |phase| (channel, phase)));
        for weights in weights.chunks_exact(distances.len() * SPREAD_ROWS) {
            T::spread_product(padded, distances, weights, places, product, stride);
            for (values, (channel, phase)) in product.chunks_exact(stride).zip(rows.by_ref()) {
                let values = &values[phase.from[0] * width + phase.from[1]..];
                T::put_plane(values, width, &phase.pixels, &mut gx[channel * size..][..size]);
            }
        }
    }

    /// See `Convolution::weight_grad`.
    pub fn weight_grad<T: Real>(&self, x: &[T], g: &[T], gw: &mut [T], scratch: &Scratch<T>) {
        let size = self.patches.padded_elements();
        let count = self.patches.count;
        let mut padded = scratch.panels.take();
        let images = of_length(&mut padded, self.shape.batch * size);
        let (x, to) = ((x, self.input_elements()), (&mut *images, size));
        self.for_images(x.0.len(), x, to, scratch, &|x, padded, _| T::pad(&self.patches, x, padded));
        let images = Images { elements: images, size };
        parallel::for_pieces(gw, TASK_ROWS * self.patches.length, self.work(), |task, gw| {
            let rows = Images { elements: &g[task * TASK_ROWS * count..], size: self.output_elements() };
            T::scatter_product(images, self.in_planes.grid(), rows, gw);
        });
        scratch.panels.give_back(padded);
    }
}

#[cfg(test)]
mod tests;
