//! The ops by name: what a case's step means in the builder's functions.

use super::file::Step;
use super::place::Place;
use super::{functional, layers};
use crate::error::Result;
use crate::graph::{Binary, Tensor, Unary};
use crate::shape::Shape;

impl Place<'_> {
    /// Applies a step to its inputs.
    pub fn apply(&mut self, step: &Step, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        if let Some(unary) = unary(step) {
            let [x] = self.take(step, inputs)?;
            return Ok(vec![self.graph.unary(unary, x)?]);
        }
        if let Some(binary) = binary(&step.op) {
            let [a, b] = self.take(step, inputs)?;
            return Ok(vec![self.graph.binary(binary, a, b)?]);
        }
        if let Some(outputs) = self.arrange(step, inputs)? {
            return Ok(outputs);
        }
        if let Some(output) = self.product(step, inputs)? {
            return Ok(vec![output]);
        }
        if let Some(outputs) = functional::apply(self, step, inputs)? {
            return Ok(outputs);
        }
        match layers::apply(self, step, inputs)? {
            Some(output) => Ok(vec![output]),
            None => Err(self.case.broken(format!("there is no op `{}`", step.op))),
        }
    }

    fn arrange(&mut self, step: &Step, inputs: &[Tensor]) -> Result<Option<Vec<Tensor>>> {
        let attributes = &step.attributes;
        if step.op == "concat" {
            return Ok(Some(vec![self.graph.concat(inputs, attributes.axis)?]));
        }
        if step.op == "iota" {
            return Ok(Some(vec![self.graph.iota(attributes.extent)?]));
        }
        if step.op == "select" {
            let [condition, a, b] = self.take(step, inputs)?;
            return Ok(Some(vec![self.graph.select(condition, a, b)?]));
        }
        if let "gather_rows" | "scatter_add" = &step.op[..] {
            let [x, index] = self.take(step, inputs)?;
            let result = match &step.op[..] {
                "gather_rows" => self.graph.gather_rows(x, index)?,
                _ => self.graph.scatter_add(x, index, attributes.rows)?,
            };
            return Ok(Some(vec![result]));
        }
        if step.op == "gradient" {
            // Of the sum of the first input's elements, for the second.
            let [y, x] = self.take(step, inputs)?;
            let ones = self.graph.constant(1.0, self.graph.shape(y).clone());
            return Ok(Some(self.graph.vector_jacobian_product(y, ones, &[x])?));
        }
        if !ONE_INPUT.contains(&&step.op[..]) {
            return Ok(None);
        }
        let [x] = self.take(step, inputs)?;
        let graph = &mut *self.graph;
        Ok(Some(vec![match &step.op[..] {
            "stop_gradient" => graph.stop_gradient(x),
            "reshape" => graph.reshape(x, attributes.shape.clone())?,
            "broadcast" => graph.broadcast(x, &Shape::from(attributes.shape.clone()))?,
            "permute" => graph.permute(x, &attributes.axes)?,
            "slice" => {
                graph.slice_step(x, attributes.axis, attributes.start, attributes.extent, attributes.step.max(1))?
            }
            "pad" => graph.pad(x, &attributes.pads, attributes.value)?,
            "sum" => graph.sum(x, &attributes.axes)?,
            "mean" => graph.mean(x, &attributes.axes)?,
            "max" => graph.max(x, &attributes.axes)?,
            _ => {
                let (y, mean, variance) = graph.normalize(x, &attributes.axes, attributes.eps)?;
                return Ok(Some(vec![y, mean, variance]));
            }
        }]))
    }

    fn product(&mut self, step: &Step, inputs: &[Tensor]) -> Result<Option<Tensor>> {
        let attributes = &step.attributes;
        if !PRODUCTS.contains(&&step.op[..]) {
            return Ok(None);
        }
        let [a, b] = self.take(step, inputs)?;
        let dilation = || self.list::<2>(step, "dilation", &attributes.dilation, 1);
        Ok(Some(match &step.op[..] {
            "matmul" => self.graph.matmul(a, b, attributes.transpose_a, attributes.transpose_b)?,
            "conv2d" => {
                let (conv, dilation) = (self.conv(step, Some(b))?, dilation()?);
                self.graph.conv2d_dilated(a, b, conv, dilation)?
            }
            "conv_transpose2d" => {
                let (conv, dilation) = (self.conv(step, Some(b))?, dilation()?);
                let extra = self.list(step, "output_padding", &attributes.output_padding, 0)?;
                self.graph.conv_transpose2d_dilated(a, b, conv, extra, dilation)?
            }
            "conv2d_input_grad" => {
                let conv = self.conv(step, Some(b))?;
                let size = self.list(step, "size", &attributes.size, 0)?;
                self.graph.conv2d_input_grad(a, b, conv, size)?
            }
            "conv2d_weight_grad" => {
                let conv = self.conv(step, None)?;
                self.graph.conv2d_weight_grad(a, b, conv)?
            }
            "conv3d" => {
                let conv = self.conv3d(step, Some(b))?;
                self.graph.conv3d(a, b, conv)?
            }
            _ => {
                let conv = self.conv3d(step, Some(b))?;
                let extra = self.list(step, "output_padding", &attributes.output_padding, 0)?;
                self.graph.conv_transpose3d(a, b, conv, extra)?
            }
        }))
    }
}

const ONE_INPUT: [&str; 10] =
    ["stop_gradient", "reshape", "broadcast", "permute", "slice", "pad", "sum", "mean", "max", "normalize"];

const PRODUCTS: [&str; 7] =
    ["matmul", "conv2d", "conv_transpose2d", "conv2d_input_grad", "conv2d_weight_grad", "conv3d", "conv_transpose3d"];

fn unary(step: &Step) -> Option<Unary> {
    let attributes = &step.attributes;
    Some(match &step.op[..] {
        "neg" => Unary::Neg,
        "add_scalar" => Unary::AddScalar(attributes.value.into()),
        "mul_scalar" => Unary::MulScalar(attributes.value.into()),
        "exp" => Unary::Exp,
        "log" => Unary::Log,
        "sqrt" => Unary::Sqrt,
        "rsqrt" => Unary::Rsqrt,
        "recip" => Unary::Recip,
        "square" => Unary::Square,
        "abs" => Unary::Abs,
        "sign" => Unary::Sign,
        "floor" => Unary::Floor,
        "tanh" => Unary::Tanh,
        "sigmoid" => Unary::Sigmoid,
        "softplus" => Unary::Softplus,
        "leaky_relu" => Unary::LeakyRelu(attributes.negative_slope.into()),
        "leaky_mask" => Unary::LeakyMask(attributes.negative_slope.into()),
        "clamp" => Unary::Clamp(attributes.min.into(), attributes.max.into()),
        _ => return None,
    })
}

fn binary(op: &str) -> Option<Binary> {
    Some(match op {
        "add" => Binary::Add,
        "sub" => Binary::Sub,
        "mul" => Binary::Mul,
        "div" => Binary::Div,
        "maximum" => Binary::Max,
        "minimum" => Binary::Min,
        "less" => Binary::Less,
        "less_equal" => Binary::LessEqual,
        "equal" => Binary::Equal,
        _ => return None,
    })
}
