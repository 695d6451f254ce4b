//! Layers with weights and the everyday ones without. Unless `Scope::weights` says otherwise, weights start as DCGAN's do
//! (Radford et al. 2016): N(0, 0.02); biases start at zero.

use super::weights::fan_in_uniform;
use super::{Mode, Scope, Weights, functional};
use crate::error::{Error, Result};
use crate::graph::{Conv, Conv3d, Draw, Init, Tensor, Unary};
use crate::shape::Shape;

impl Scope<'_> {
    /// `x W^T + b` with x `[B, in]` and W `[out_features, in]`, as `torch.nn.Linear`.
    pub fn linear(&mut self, name: &str, x: Tensor, out_features: usize, bias: bool) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        let [_, in_features] = shape[..] else {
            return Err(Error::shape("linear", &[&shape], "takes a batch of vectors"));
        };
        let weight = self.weight(name, [out_features, in_features], 0)?;
        let product = self.graph.matmul(x, weight, false, true)?;
        self.bias(name, product, bias.then_some(in_features), [1, out_features])
    }

    /// Convolution with weight `[out_channels, in, KH, KW]`, as `torch.nn.Conv2d`.
    pub fn conv2d(&mut self, name: &str, x: Tensor, out_channels: usize, conv: Conv, bias: bool) -> Result<Tensor> {
        let [_, in_channels, ..] = functional::image_shape(self.graph, "conv2d", x)?;
        let [height, width] = conv.kernel_size;
        let weight = self.weight(name, [out_channels, in_channels, height, width], 0)?;
        let product = self.graph.conv2d(x, weight, conv)?;
        self.bias(name, product, bias.then_some(in_channels * height * width), [1, out_channels, 1, 1])
    }

    /// Transposed convolution with weight `[in, out_channels, KH, KW]`, as `torch.nn.ConvTranspose2d`.
    pub fn conv_transpose2d(
        &mut self,
        name: &str,
        x: Tensor,
        out_channels: usize,
        conv: Conv,
        bias: bool,
    ) -> Result<Tensor> {
        let [_, in_channels, ..] = functional::image_shape(self.graph, "conv_transpose2d", x)?;
        let [height, width] = conv.kernel_size;
        let weight = self.weight(name, [in_channels, out_channels, height, width], 1)?;
        let product = self.graph.conv_transpose2d(x, weight, conv)?;
        self.bias(name, product, bias.then_some(out_channels * height * width), [1, out_channels, 1, 1])
    }

    /// Convolution of volumes `[B, in, D, H, W]` with weight `[out_channels, in, KD, KH, KW]`, as `torch.nn.Conv3d`.
    pub fn conv3d(&mut self, name: &str, x: Tensor, out_channels: usize, conv: Conv3d, bias: bool) -> Result<Tensor> {
        let in_channels = self.volume_channels("conv3d", x)?;
        let [depth, height, width] = conv.kernel_size;
        let weight = self.weight(name, [out_channels, in_channels, depth, height, width], 0)?;
        let product = self.graph.conv3d(x, weight, conv)?;
        self.bias(name, product, bias.then_some(in_channels * depth * height * width), [1, out_channels, 1, 1, 1])
    }

    /// Transposed convolution of volumes with weight `[in, out_channels, KD, KH, KW]`, as `torch.nn.ConvTranspose3d`.
    pub fn conv_transpose3d(
        &mut self,
        name: &str,
        x: Tensor,
        out_channels: usize,
        conv: Conv3d,
        bias: bool,
    ) -> Result<Tensor> {
        let in_channels = self.volume_channels("conv_transpose3d", x)?;
        let [depth, height, width] = conv.kernel_size;
        let weight = self.weight(name, [in_channels, out_channels, depth, height, width], 1)?;
        let product = self.graph.conv_transpose3d(x, weight, conv, [0; 3])?;
        self.bias(name, product, bias.then_some(out_channels * depth * height * width), [1, out_channels, 1, 1, 1])
    }

    /// Rows `[B, embedding_dim]` of the weight `[num_embeddings, embedding_dim]`, which starts as N(0, 1), for whole
    /// numbers `[B]`, as `torch.nn.Embedding`.
    pub fn embedding(
        &mut self,
        name: &str,
        index: Tensor,
        num_embeddings: usize,
        embedding_dim: usize,
    ) -> Result<Tensor> {
        let init = Init::Normal { mean: 0.0, std: 1.0 };
        let weight = self.parameter(&format!("{name}.weight"), [num_embeddings, embedding_dim], init)?;
        functional::embedding(self.graph, index, weight)
    }

    /// x . E[index], `[B, 1]`: how well x `[B, N]` fits the classes whose whole numbers `index` `[B]` are (Miyato and Koyama
    /// 2018). E is the parameter `name`.weight `[num_embeddings, N]` and starts at 0, so that at first classes make no
    /// difference.
    pub fn projection(&mut self, name: &str, x: Tensor, index: Tensor, num_embeddings: usize) -> Result<Tensor> {
        let shape = self.graph.shape(x).clone();
        let [_, features] = shape[..] else {
            return Err(Error::shape("projection", &[&shape], "takes features that are vectors, [B, N]"));
        };
        let weight = self.parameter(&format!("{name}.weight"), [num_embeddings, features], Init::Constant(0.0))?;
        // A row by its number: a product with one-hot classes would cost as much for each class that it is not.
        let own = functional::embedding(self.graph, index, weight)?;
        let product = self.graph.mul(x, own)?;
        self.graph.sum(product, &[1])
    }

    /// Self-attention over the pixels of x `[B, C, H, W]` (SAGAN, Zhang et al. 2019): x + gamma o, where o is a 1x1
    /// convolution of the values g, mixed by softmax(theta' phi). theta and phi have C / 8 channels and g has C / 2; phi
    /// and g are max-pooled by two, as in the authors' code. gamma starts at 0. No biases.
    pub fn self_attention(&mut self, name: &str, x: Tensor) -> Result<Tensor> {
        let shape @ [batch, channels, height, width] = functional::image_shape(self.graph, "self_attention", x)?;
        if channels < 8 || height < 2 || width < 2 {
            let message = "needs at least 8 channels and two by two pixels";
            return Err(Error::shape("self_attention", &[&shape], message));
        }
        let (narrow, half, point) = (channels / 8, channels / 2, Conv::square(1, 1, 0));
        let theta = self.conv2d(&format!("{name}.theta"), x, narrow, point, false)?;
        let phi = self.conv2d(&format!("{name}.phi"), x, narrow, point, false)?;
        let g = self.conv2d(&format!("{name}.g"), x, half, point, false)?;
        let (phi, g) =
            (functional::max_pool2d(self.graph, phi, 2, 2, 0)?, functional::max_pool2d(self.graph, g, 2, 2, 0)?);
        let (places, keys) = (height * width, (height / 2) * (width / 2));
        let theta = self.graph.reshape(theta, [batch, narrow, places])?;
        let phi = self.graph.reshape(phi, [batch, narrow, keys])?;
        let g = self.graph.reshape(g, [batch, half, keys])?;
        let scores = self.graph.matmul(theta, phi, true, false)?;
        let attention = functional::softmax(self.graph, scores, 2)?;
        self.attention.push((name.to_string(), attention, [height, width]));
        let mixed = self.graph.matmul(g, attention, false, true)?;
        let mixed = self.graph.reshape(mixed, [batch, half, height, width])?;
        let o = self.conv2d(&format!("{name}.o"), mixed, channels, point, false)?;
        let gamma = self.parameter(&format!("{name}.gamma"), [], Init::Constant(0.0))?;
        let scaled = self.graph.mul(o, gamma)?;
        self.graph.add(x, scaled)
    }

    /// [`functional::dropout`] where the network trains, x itself in `Mode::Eval`, as `torch.nn.Dropout`.
    pub fn dropout(&mut self, x: Tensor, p: f32, draw: Draw) -> Result<Tensor> {
        if self.mode == Mode::Eval { Ok(x) } else { functional::dropout(self.graph, x, p, draw) }
    }

    /// Leaky ReLU with learned slopes `[num_parameters]`, one or one a channel, from 0.25, as `torch.nn.PReLU`.
    pub fn prelu(&mut self, name: &str, x: Tensor, num_parameters: usize) -> Result<Tensor> {
        let weight = self.parameter(&format!("{name}.weight"), [num_parameters], Init::Constant(0.25))?;
        functional::prelu(self.graph, x, weight)
    }

    fn volume_channels(&self, op: &'static str, x: Tensor) -> Result<usize> {
        let shape = self.graph.shape(x);
        match shape[..] {
            [_, channels, _, _, _] => Ok(channels),
            _ => Err(Error::shape(op, &[shape], "takes a batch of volumes, [B, C, D, H, W]")),
        }
    }

    /// Adds a bias if `fan_in`, what goes into one of the layer's outputs, is given.
    fn bias(&mut self, name: &str, x: Tensor, fan_in: Option<usize>, shape: impl Into<Shape>) -> Result<Tensor> {
        let Some(fan_in) = fan_in else {
            self.layers.push((name.to_string(), x));
            return Ok(x);
        };
        let shape = shape.into();
        let init = if self.weights == Weights::FanIn { fan_in_uniform(fan_in) } else { Init::Constant(0.0) };
        let mut bias = self.parameter(&format!("{name}.bias"), [shape.elements()], init)?;
        if let Weights::Equalized { lr_multiplier, .. } = self.weights {
            bias = self.graph.mul_scalar(bias, lr_multiplier)?;
        }
        let bias = self.graph.reshape(bias, shape)?;
        let sum = self.graph.add(x, bias)?;
        self.layers.push((name.to_string(), sum));
        Ok(sum)
    }

    /// An activation is what the layer before it puts out.
    fn activated(&mut self, x: Tensor) -> Tensor {
        if let Some((_, output)) = self.layers.last_mut() {
            *output = x;
        }
        x
    }

    /// max(x, 0)
    pub fn relu(&mut self, x: Tensor) -> Result<Tensor> {
        functional::relu(self.graph, x).map(|x| self.activated(x))
    }

    /// x where it is positive, `negative_slope` x elsewhere.
    pub fn leaky_relu(&mut self, x: Tensor, negative_slope: f32) -> Result<Tensor> {
        functional::leaky_relu(self.graph, x, negative_slope).map(|x| self.activated(x))
    }

    /// Hyperbolic tangent.
    pub fn tanh(&mut self, x: Tensor) -> Result<Tensor> {
        self.graph.unary(Unary::Tanh, x).map(|x| self.activated(x))
    }
}
