//! Initial values by the shape of a weight, as in `torch.nn.init`; constants, `Normal`, `Uniform` and `Orthogonal` are
//! plain [`Init`]s.

use crate::error::{Error, Result};
use crate::graph::Init;

/// Zeros.
pub const ZEROS: Init = Init::Constant(0.0);
/// Ones.
pub const ONES: Init = Init::Constant(1.0);

/// Which of a weight's two fans keeps its variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FanMode {
    /// That of the values, forwards (PyTorch's default).
    In,
    /// That of the gradients, backwards.
    Out,
}

/// `[fan_in, fan_out]` of a weight `[out, in, ...]`, where what follows is the kernel.
pub fn fans(shape: &[usize]) -> Result<[usize; 2]> {
    let [out_features, in_features, ref kernel @ ..] = *shape else {
        return Err(Error::shape("init", &[shape], "a fan needs a weight of at least two axes, [out, in, ...]"));
    };
    let places: usize = kernel.iter().product();
    Ok([in_features * places, out_features * places])
}

/// Uniform with variance 2 gain^2 / (fan_in + fan_out) (Glorot and Bengio 2010).
pub fn xavier_uniform(shape: &[usize], gain: f32) -> Result<Init> {
    Ok(uniform(xavier_std(shape, gain)?))
}

/// Normal with variance 2 gain^2 / (fan_in + fan_out) (Glorot and Bengio 2010).
pub fn xavier_normal(shape: &[usize], gain: f32) -> Result<Init> {
    Ok(Init::Normal { mean: 0.0, std: xavier_std(shape, gain)? })
}

/// Uniform with variance 2 / ((1 + a^2) fan), for a leaky ReLU of slope `a` (He et al. 2015). PyTorch's own layers start
/// with a = sqrt(5).
pub fn kaiming_uniform(shape: &[usize], a: f32, mode: FanMode) -> Result<Init> {
    Ok(uniform(kaiming_std(shape, a, mode)?))
}

/// Normal with variance 2 / ((1 + a^2) fan), for a leaky ReLU of slope `a` (He et al. 2015).
pub fn kaiming_normal(shape: &[usize], a: f32, mode: FanMode) -> Result<Init> {
    Ok(Init::Normal { mean: 0.0, std: kaiming_std(shape, a, mode)? })
}

fn xavier_std(shape: &[usize], gain: f32) -> Result<f32> {
    let [fan_in, fan_out] = fans(shape)?;
    Ok(gain * (2.0 / (fan_in + fan_out) as f32).sqrt())
}

fn kaiming_std(shape: &[usize], a: f32, mode: FanMode) -> Result<f32> {
    let [fan_in, fan_out] = fans(shape)?;
    let fan = if mode == FanMode::In { fan_in } else { fan_out };
    Ok((2.0 / ((1.0 + a * a) * fan as f32)).sqrt())
}

fn uniform(std: f32) -> Init {
    let bound = 3f32.sqrt() * std;
    Init::Uniform { low: -bound, high: bound }
}
