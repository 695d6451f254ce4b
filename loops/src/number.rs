//! The two number types: f32 to train, f64 to judge.

use super::lanes;
use super::math;
#[cfg(target_arch = "wasm32")]
use super::matrix::{Matrix, Output};
use super::windows::{self, Grid, Images};
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// A floating-point type that plans can run in. The functions are those of [`crate::Unary`]; in f32 they are
/// written so that a loop over them becomes vector code, in f64 they are the standard library's.
pub trait Number:
    Copy
    + Default
    + Debug
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    const ZERO: Self;
    const ONE: Self;

    fn from_f32(value: f32) -> Self;
    fn from_f64(value: f64) -> Self;
    fn to_f32(self) -> f32;
    fn to_f64(self) -> f64;
    fn abs(self) -> Self;
    fn floor(self) -> Self;
    fn sqrt(self) -> Self;
    fn exp(self) -> Self;
    fn ln(self) -> Self;
    fn tanh(self) -> Self;
    fn sigmoid(self) -> Self;
    fn softplus(self) -> Self;

    /// Whether this machine has the products with windows (`windows.rs`).
    fn has_windows() -> bool {
        false
    }
    /// [`windows::gather_product`]
    fn gather_product(_image: &[Self], _grid: Grid, _panels: &[Self], _output: &mut [Self]) {
        unreachable!("asked for beforehand");
    }
    /// [`windows::spread_product`]
    fn spread_product(
        _planes: &[Self],
        _distances: &[usize],
        _weights: &[Self],
        _places: usize,
        _output: &mut [Self],
        _stride: usize,
    ) {
        unreachable!("asked for beforehand");
    }
    /// [`windows::scatter_product`]
    fn scatter_product(_images: Images<Self>, _grid: Grid, _rows: Images<Self>, _output: &mut [Self]) {
        unreachable!("asked for beforehand");
    }

    /// A matrix product in WebAssembly, where there is no library for it; the sizes fit.
    #[cfg(target_arch = "wasm32")]
    fn own_product(shape: [usize; 3], a: Matrix<Self>, b: Matrix<Self>, output: &mut Output<Self>) {
        super::tiles::plain(shape, a, b, output);
    }
}

impl Number for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        value
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f32::abs(self)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        f32::floor(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        math::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        math::ln(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        math::tanh(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> Self {
        math::sigmoid(self)
    }
    #[inline(always)]
    fn softplus(self) -> Self {
        math::softplus(self)
    }

    fn has_windows() -> bool {
        lanes::is_fast()
    }
    #[inline(never)]
    fn gather_product(image: &[f32], grid: Grid, panels: &[f32], output: &mut [f32]) {
        windows::gather_product(image, grid, panels, output);
    }
    #[inline(never)]
    fn spread_product(
        planes: &[f32],
        distances: &[usize],
        weights: &[f32],
        places: usize,
        output: &mut [f32],
        stride: usize,
    ) {
        windows::spread_product(planes, distances, weights.as_chunks().0, places, output, stride);
    }
    #[inline(never)]
    fn scatter_product(images: Images<f32>, grid: Grid, rows: Images<f32>, output: &mut [f32]) {
        windows::scatter_product(images, grid, rows, output);
    }

    #[cfg(target_arch = "wasm32")]
    #[inline(never)]
    fn own_product(shape: [usize; 3], a: Matrix<f32>, b: Matrix<f32>, output: &mut Output<f32>) {
        super::tiles::product(shape, a, b, output);
    }
}

impl Number for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        f64::from(value)
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        f64::floor(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        f64::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        f64::ln(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        f64::tanh(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let e = f64::exp(-f64::abs(self));
        let small = e / (1.0 + e);
        if self < 0.0 { small } else { 1.0 - small }
    }
    #[inline(always)]
    fn softplus(self) -> Self {
        // A NaN is lost by `max` but not by the second term.
        self.max(0.0) + f64::exp(-f64::abs(self)).ln_1p()
    }
}
