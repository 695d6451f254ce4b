//! The loops over numbers that the CPU backend and the measurements spend their time in.
//!
//! They are a crate of their own so that the page can be compiled for size and these for speed (`Cargo.toml` of the
//! workspace). That holds only for what is compiled here: each loop is therefore offered as a function without type
//! parameters, for f32 and for f64, by the trait [`Real`], and is never inlined into code that is compiled for size.
//!
//! - `number.rs`: f32 and f64; `math.rs`: elementary functions
//! - `function.rs`: the functions of one and two numbers that there are
//! - `elementwise.rs`, `reduce.rs`: those functions over slices, and sums and maxima
//! - `copies.rs`: rows copied, repeated, gathered and put down with strides
//! - `matrix.rs`, `tiles.rs`: matrix products; `patches.rs`: what makes a convolution one
//! - `windows.rs`, `lanes.rs`: what makes a convolution products without a matrix of patches
//! - `rules.rs`: optimisers' updates
//! - `distances.rs`: squared distances of images and of features, and other loops in f64

mod copies;
pub mod distances;
mod elementwise;
mod function;
mod lanes;
mod math;
mod matrix;
mod number;
mod patches;
mod reduce;
pub mod rules;
#[cfg(any(target_arch = "wasm32", test))]
mod tiles;
mod vectorised;
pub mod windows;

pub use copies::are_apart;
pub use elementwise::Operand;
pub use function::{Binary, Reduction, Scalar, Unary};
pub use matrix::{Matrix, Output};
pub use number::Number;
pub use patches::{Patches, SLACK, Windows};
pub use reduce::{combine, identity, repeated};

/// Declares the loops as functions of [`Real`], and compiles them here for both types.
macro_rules! loops {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? = $body:path;)*) => {
        /// A number type with its loops.
        pub trait Real: Number {
            $($(#[$doc])* fn $name($($argument: $type),*) $(-> $result)?;)*
        }
        impl Real for f32 {
            $(#[inline(never)] fn $name($($argument: $type),*) $(-> $result)? { $body($($argument),*) })*
        }
        impl Real for f64 {
            $(#[inline(never)] fn $name($($argument: $type),*) $(-> $result)? { $body($($argument),*) })*
        }
    };
}

loops! {
    /// `output = function(x)`
    fn unary(output: &mut [Self], function: Unary, x: &[Self]) = elementwise::unary;
    /// `output = function(a, b)`
    fn binary(output: &mut [Self], function: Binary, a: Operand<Self>, b: Operand<Self>) = elementwise::binary;
    /// `output = a` where the condition is not 0, else `b`
    fn select(output: &mut [Self], condition: Operand<Self>, a: Operand<Self>, b: Operand<Self>) = elementwise::select;
    /// `output[c][r] = input[r][c]` for `extents` rows and columns of the input; strides from row to row are given.
    fn transpose(input: &[Self], extents: [usize; 2], stride: usize, output: &mut [Self], output_stride: usize)
        = elementwise::transpose;

    /// A slice of a few hundred elements as one number.
    fn reduce(x: &[Self], reduction: Reduction) -> f64 = reduce::reduce;
    /// Combines each of `totals` with one of as many equal rows of `x`.
    fn reduce_rows(totals: &mut [f64], x: &[Self], reduction: Reduction) = reduce::reduce_rows;
    /// Combines `partial` with `x`, element by element.
    fn accumulate(partial: &mut [Self], x: &[Self], reduction: Reduction) = reduce::accumulate;
    /// Combines `totals` with `partial`, which becomes the identity.
    fn flush(totals: &mut [f64], partial: &mut [Self], reduction: Reduction) = reduce::flush;

    /// Each value `width` times, one after another.
    fn repeat(values: &[Self], width: usize, output: &mut [Self]) = copies::repeat;
    /// Equal rows, one after another, of elements `stride` apart: row r begins at element `starts[r] + offset` of the input.
    fn gather(input: &[Self], starts: &[usize], offset: usize, stride: usize, output: &mut [Self]) = copies::gather;
    /// The inverse of `gather`, into an output whose first element has the number `base`.
    fn put(values: &[Self], starts: &[usize], offset: usize, stride: usize, output: &mut [Self], base: usize)
        = copies::put;
    /// `output = scale * byte + offset`
    fn from_bytes(bytes: &[u8], scale: Self, offset: Self, output: &mut [Self]) = copies::from_bytes;
    /// Whether no value is infinite or NaN (in f32).
    fn are_finite(values: &[Self]) -> bool = copies::are_finite;

    /// The image with its padding.
    fn pad(patches: &Patches, image: &[Self], padded: &mut [Self]) = Patches::pad;
    /// The image with its padding, `[height][width][channel]`.
    fn pad_channels_last(patches: &Patches, image: &[Self], padded: &mut [Self]) = Patches::pad_channels_last;
    /// The image inside a padded one; what no window reaches is zero.
    fn crop(patches: &Patches, padded: &[Self], image: &mut [Self]) = Patches::crop;
    /// Writes the patches of the output rows `out_rows`.
    fn extract(patches: &Patches, padded: &[Self], out_rows: std::ops::Range<usize>, output: &mut [Self])
        = Patches::extract;
    /// Adds patches to the padded image that they would be extracted from: the transpose of `extract`.
    fn scatter(patches: &Patches, values: &[Self], out_rows: std::ops::Range<usize>, padded: &mut [Self])
        = Patches::scatter;

    /// Puts a product of windows by channels to its pixels.
    fn put_channels(values: &[Self], width: usize, pixels: &windows::Pixels, image: &mut [Self]) = windows::put_channels;
    /// Puts a plane of numbers to its pixels of one channel.
    fn put_plane(values: &[Self], width: usize, pixels: &windows::Pixels, image: &mut [Self]) = windows::put_plane;
    /// Numbers picked by their indices.
    fn pick(values: &[Self], indices: &[u32], output: &mut Vec<Self>) = windows::pick;

    /// Adam; constants: beta1, beta2, eps, weight decay, learning rate / (1 - beta1^n), 1 - beta2^n.
    fn adam(constants: [Self; 6], parameters: &mut [Self], gradients: &[Self], first: &mut [Self], second: &mut [Self])
        = rules::adam;
    /// Gradient descent; constants: momentum, 1 - dampening, weight decay, learning rate.
    fn sgd(constants: [Self; 4], form: rules::Sgd, parameters: &mut [Self], gradients: &[Self], momenta: &mut [Self])
        = rules::sgd;
    /// RMSProp; constants: alpha, eps, momentum, weight decay, learning rate; kept: momentum, mean square, mean.
    fn rms_prop(constants: [Self; 5], centered: bool, parameters: &mut [Self], gradients: &[Self], kept: [&mut [Self]; 3])
        = rules::rms_prop;
    /// Values within [-limit, limit]; a NaN stays one.
    fn clip(limit: Self, values: &mut [Self]) = rules::clip;
    /// `average += share (parameters - average)`
    fn average(share: Self, parameters: &[Self], average: &mut [Self]) = rules::average;
}
