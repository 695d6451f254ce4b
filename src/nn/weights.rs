//! What a layer does to its weight before it uses it: nothing, spectral norm, or an equalised learning rate.

use super::{Mode, Scope};
use crate::error::{Error, Result};
use crate::graph::{Init, Tensor, Unary};
use crate::shape::Shape;

/// DCGAN's weights (Radford et al. 2016).
const DCGAN: Init = Init::Normal { mean: 0.0, std: 0.02 };
/// Keeps a vector of length zero from becoming NaN; as `eps` of `torch.nn.utils.spectral_norm`.
const NORM_EPS: f32 = 1e-12;

/// How layers treat their weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weights {
    /// As they are.
    Plain { init: Init },
    /// U(-1 / sqrt(fan_in), 1 / sqrt(fan_in)), biases too: PyTorch's default for linear and convolution layers.
    FanIn,
    /// Divided by their largest singular value (Miyato et al. 2018), as `torch.nn.utils.spectral_norm`.
    Spectral { init: Init },
    /// Stored as N(0, 1) / lr_multiplier and scaled by gain lr_multiplier / sqrt(fan_in) where they are used, so that Adam
    /// moves all of them at one relative speed (Karras et al. 2018). Biases are scaled by lr_multiplier.
    Equalized { gain: f32, lr_multiplier: f32 },
}

/// PyTorch's `kaiming_uniform_(a=sqrt(5))`, and what it gives biases. (It counts `weight[0]`, of a transposed convolution
/// too, where that is what comes out.)
pub(super) fn fan_in_uniform(fan_in: usize) -> Init {
    let bound = 1.0 / (fan_in.max(1) as f32).sqrt();
    Init::Uniform { low: -bound, high: bound }
}

impl Default for Weights {
    fn default() -> Self {
        Weights::Plain { init: DCGAN }
    }
}

impl Scope<'_> {
    /// The weight of a layer, ready for use. `out_axis` counts what the layer puts out, the other axes what goes in.
    pub(super) fn weight(&mut self, name: &str, shape: impl Into<Shape>, out_axis: usize) -> Result<Tensor> {
        let shape = shape.into();
        match self.weights {
            Weights::Plain { init } => self.parameter(&format!("{name}.weight"), shape, init),
            Weights::FanIn => {
                let init = fan_in_uniform(shape.elements() / shape[0].max(1));
                self.parameter(&format!("{name}.weight"), shape, init)
            }
            Weights::Spectral { init } => {
                let weight = self.parameter(&format!("{name}.weight_orig"), shape, init)?;
                self.spectral_norm(&format!("{name}.weight"), weight, out_axis)
            }
            Weights::Equalized { gain, lr_multiplier } => {
                if !(lr_multiplier > 0.0 && lr_multiplier.is_finite() && gain.is_finite()) {
                    let message =
                        format!("gain {gain} and lr_multiplier {lr_multiplier} must be finite, the latter above 0");
                    return Err(Error::Graph { op: "equalized", message });
                }
                let fan_in = shape.elements() / shape[out_axis].max(1);
                let init = Init::Normal { mean: 0.0, std: 1.0 / lr_multiplier };
                let weight = self.parameter(&format!("{name}.weight"), shape, init)?;
                self.graph.mul_scalar(weight, gain * lr_multiplier / (fan_in as f32).sqrt())
            }
        }
    }

    /// `weight` over its largest singular value sigma, as a matrix with `out_axis` for its rows (Miyato et al. 2018).
    ///
    /// sigma = u' W v, where u and v follow the singular vectors by one step of the power iteration in each training
    /// step; they count as constants in the gradient. u outlives the step in the buffer `name`_u; in the other modes it
    /// stays and v is worked out from it (PyTorch stores v as well, which is this v one update of W late).
    pub fn spectral_norm(&mut self, name: &str, weight: Tensor, out_axis: usize) -> Result<Tensor> {
        let shape = self.graph.shape(weight).clone();
        if out_axis >= shape.rank() || shape.elements() == 0 {
            return Err(Error::shape("spectral_norm", &[&shape], format!("axis {out_axis} is no axis of the weight")));
        }
        let (rows, columns) = (shape[out_axis], shape.elements() / shape[out_axis]);
        let axes: Vec<usize> =
            std::iter::once(out_axis).chain((0..shape.rank()).filter(|&axis| axis != out_axis)).collect();
        let moved = self.graph.permute(weight, &axes)?;
        let matrix = self.graph.reshape(moved, [rows, columns])?;
        let (id, stored) = self.buffer(&format!("{name}_u"), [rows], Init::Normal { mean: 0.0, std: 1.0 })?;
        let stored = self.graph.reshape(stored, [1, rows])?;

        let projected = self.graph.matmul(stored, matrix, false, false)?;
        let v = self.unit(projected)?;
        let image = self.graph.matmul(v, matrix, false, true)?;
        let u = if self.mode == Mode::Train {
            let u = self.unit(image)?;
            let value = self.graph.reshape(u, [rows])?;
            self.assign(id, value);
            u
        } else {
            self.unit(stored)?
        };
        let product = self.graph.mul(u, image)?;
        let sigma = self.graph.sum_all(product)?;
        self.graph.div(weight, sigma)
    }

    /// x over its length, as a constant.
    fn unit(&mut self, x: Tensor) -> Result<Tensor> {
        let x = self.graph.stop_gradient(x);
        let square = self.graph.unary(Unary::Square, x)?;
        let sum = self.graph.sum(square, &[0, 1])?;
        let length = self.graph.unary(Unary::Sqrt, sum)?;
        let smallest = self.graph.constant(NORM_EPS, []);
        let length = self.graph.maximum(length, smallest)?;
        self.graph.div(x, length)
    }
}
