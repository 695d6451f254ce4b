//! The patches of an image that a convolution's kernel meets, as the rows of a matrix: with them, a convolution and
//! both its gradients are matrix products.
//!
//! Row `oh * out_width + ow` holds, for each input channel and each row of the kernel, a run of `kernel_width`
//! neighbours from the padded image: short copies that go through the matrix from its beginning to its end.

use super::number::Number;
use crate::Real;
use std::ops::Range;

/// Elements behind the end of padded images and patches: copies go in whole groups of [`GROUP`].
pub const SLACK: usize = 8;
/// Elements copied at once.
const GROUP: usize = 4;

/// Where the windows of a convolution lie; extents are `[height, width]`.
#[derive(Clone, Copy)]
pub struct Windows {
    pub in_channels: usize,
    pub image: [usize; 2],
    /// Extents of the output: the number of windows.
    pub output: [usize; 2],
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub padding: [usize; 2],
}

/// Sizes that follow from a convolution's windows.
#[derive(Clone)]
pub struct Patches {
    windows: Windows,
    /// Extents of the part of the padded image that windows reach.
    padded: [usize; 2],
    /// Elements of a patch: in_channels * kernel_height * kernel_width.
    pub length: usize,
    /// Patches of an image: out_height * out_width.
    pub count: usize,
}

impl Patches {
    pub fn new(windows: Windows) -> Patches {
        let Windows { output, kernel, stride, .. } = windows;
        let reach = |axis: usize| (output[axis] - 1) * stride[axis] + kernel[axis];
        Patches {
            padded: [reach(0), reach(1)],
            length: windows.in_channels * kernel[0] * kernel[1],
            count: output[0] * output[1],
            windows,
        }
    }

    /// Extents of the part of the padded image that windows reach.
    pub fn padded(&self) -> [usize; 2] {
        self.padded
    }

    /// Elements of a padded image, slack included.
    pub fn padded_elements(&self) -> usize {
        self.windows.in_channels * self.padded[0] * self.padded[1] + SLACK
    }

    /// Visits every row of the image that windows reach: its first element in the padded image and in the image.
    #[inline(always)]
    fn for_rows(&self, mut visit: impl FnMut(usize, usize)) {
        let Windows { in_channels, image: [height, width], padding: [top, left], .. } = self.windows;
        let [padded_height, padded_width] = self.padded;
        for channel in 0..in_channels {
            for y in 0..height.min(padded_height.saturating_sub(top)) {
                let padded = (channel * padded_height + top + y) * padded_width + left;
                visit(padded, (channel * height + y) * width);
            }
        }
    }

    /// Columns of the image that windows reach.
    fn reached_width(&self) -> usize {
        self.windows.image[1].min(self.padded[1].saturating_sub(self.windows.padding[1]))
    }

    /// The image with its padding.
    pub fn pad<T: Number>(&self, image: &[T], padded: &mut [T]) {
        let width = self.reached_width();
        padded.fill(T::ZERO);
        if width > 0 {
            self.for_rows(|to, from| copy_short(&image[from..from + width], &mut padded[to..to + width]));
        }
    }

    /// The image with its padding, pixel by pixel: `[height][width][channel]`.
    pub fn pad_channels_last<T: Real>(&self, image: &[T], padded: &mut [T]) {
        let Windows { in_channels: channels, image: [height, width], padding: [top, left], .. } = self.windows;
        let [padded_height, padded_width] = self.padded;
        let reached = self.reached_width();
        padded.fill(T::ZERO);
        for y in 0..height.min(padded_height.saturating_sub(top)) {
            let to = &mut padded[((top + y) * padded_width + left) * channels..];
            match channels {
                1 => copy_short(&image[y * width..][..reached], &mut to[..reached]),
                _ => T::transpose(&image[y * width..], [channels, reached], height * width, to, channels),
            }
        }
    }

    /// The image inside a padded one; what no window reaches is zero.
    pub fn crop<T: Number>(&self, padded: &[T], image: &mut [T]) {
        let Windows { image: [height, width], padding, .. } = self.windows;
        let reached = self.reached_width();
        if reached < width || self.padded[0] < padding[0] + height {
            image.fill(T::ZERO);
        }
        if reached > 0 {
            self.for_rows(|from, to| copy_short(&padded[from..from + reached], &mut image[to..to + reached]));
        }
    }

    /// Writes the patches of the output rows `out_rows`.
    pub fn extract<T: Number>(&self, padded: &[T], out_rows: Range<usize>, patches: &mut [T]) {
        match self.windows.kernel {
            [1, 1] => self.extract_runs::<T, 1, 1>(padded, out_rows, patches),
            [2, 2] => self.extract_runs::<T, 2, 2>(padded, out_rows, patches),
            [3, 3] => self.extract_runs::<T, 3, 3>(padded, out_rows, patches),
            [4, 4] => self.extract_runs::<T, 4, 4>(padded, out_rows, patches),
            [5, 5] => self.extract_runs::<T, 5, 5>(padded, out_rows, patches),
            _ => self.extract_runs::<T, 0, 0>(padded, out_rows, patches),
        }
    }

    /// `KH` and `KW` are the kernel's extents, or 0 where the compiler does not know them.
    fn extract_runs<T: Number, const KH: usize, const KW: usize>(
        &self,
        padded: &[T],
        out_rows: Range<usize>,
        patches: &mut [T],
    ) {
        let Windows { in_channels, output: [_, out_width], kernel, stride, .. } = self.windows;
        let [padded_height, padded_width] = self.padded;
        let [kernel_height, kernel_width] = if KH == 0 { kernel } else { [KH, KW] };
        let groups = kernel_width.div_ceil(GROUP);
        // The last group of a run may write past it: what comes there is written later.
        let reach = (kernel_height - 1) * kernel_width + groups * GROUP;
        let mut to = 0;
        for oh in out_rows {
            for ow in 0..out_width {
                let corner = oh * stride[0] * padded_width + ow * stride[1];
                for channel in 0..in_channels {
                    let window = &padded[corner + channel * padded_height * padded_width..];
                    let run = &mut patches[to..to + reach];
                    for ky in 0..kernel_height {
                        for group in 0..groups {
                            let from = &window[ky * padded_width + group * GROUP..][..GROUP];
                            run[ky * kernel_width + group * GROUP..][..GROUP].copy_from_slice(from);
                        }
                    }
                    to += kernel_height * kernel_width;
                }
            }
        }
    }

    /// Adds patches to the padded image that they would be extracted from: the transpose of [`Patches::extract`].
    pub fn scatter<T: Number>(&self, patches: &[T], out_rows: Range<usize>, padded: &mut [T]) {
        match self.windows.kernel {
            [1, 1] => self.scatter_runs::<T, 1, 1>(patches, out_rows, padded),
            [2, 2] => self.scatter_runs::<T, 2, 2>(patches, out_rows, padded),
            [3, 3] => self.scatter_runs::<T, 3, 3>(patches, out_rows, padded),
            [4, 4] => self.scatter_runs::<T, 4, 4>(patches, out_rows, padded),
            [5, 5] => self.scatter_runs::<T, 5, 5>(patches, out_rows, padded),
            _ => self.scatter_runs::<T, 0, 0>(patches, out_rows, padded),
        }
    }

    /// `KH` and `KW` are the kernel's extents, or 0 where the compiler does not know them.
    fn scatter_runs<T: Number, const KH: usize, const KW: usize>(
        &self,
        patches: &[T],
        out_rows: Range<usize>,
        padded: &mut [T],
    ) {
        let Windows { in_channels, output: [_, out_width], kernel, stride, .. } = self.windows;
        let [padded_height, padded_width] = self.padded;
        let [kernel_height, kernel_width] = if KH == 0 { kernel } else { [KH, KW] };
        let mut windows = patches.chunks_exact(kernel_height * kernel_width);
        for oh in out_rows {
            for ow in 0..out_width {
                let corner = oh * stride[0] * padded_width + ow * stride[1];
                for (channel, values) in windows.by_ref().take(in_channels).enumerate() {
                    let window = &mut padded[corner + channel * padded_height * padded_width..];
                    for ky in 0..kernel_height {
                        let sums = &mut window[ky * padded_width..][..kernel_width];
                        for (sum, &value) in sums.iter_mut().zip(&values[ky * kernel_width..][..kernel_width]) {
                            *sum += value;
                        }
                    }
                }
            }
        }
    }
}

/// Copies a slice that is usually too short for a call of memcpy to pay.
#[inline(always)]
fn copy_short<T: Copy>(from: &[T], to: &mut [T]) {
    let length = from.len();
    if !(GROUP..=16 * GROUP).contains(&length) {
        return to.copy_from_slice(from);
    }
    for at in (0..length - GROUP).step_by(GROUP) {
        copy_group(from, to, at);
    }
    // The last group may begin inside the one before it.
    copy_group(from, to, length - GROUP);
}

#[inline(always)]
fn copy_group<T: Copy>(from: &[T], to: &mut [T], at: usize) {
    to[at..at + GROUP].copy_from_slice(&from[at..at + GROUP]);
}
