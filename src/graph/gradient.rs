//! Gradients as graph rewrites: the gradient of an op is a graph of the same ops, so any order of derivative exists.
//!
//! Convolution needs no special case. With `<g, conv(x, w)>` linear in each of g, x and w, its gradients for x and w
//! are two further ops, and the gradients of all three are again among the three.

use super::{Binary, Graph, Op, Tensor, Unary};
use crate::error::{Error, Result};
use crate::shape::Shape;

impl Graph {
    /// Gradients of the scalar `loss` for each tensor of `wrt`, in that order.
    ///
    /// Only nodes between `wrt` and `loss` get a gradient node, so what is frozen costs nothing.
    pub fn gradients(&mut self, loss: Tensor, wrt: &[Tensor]) -> Result<Vec<Tensor>> {
        let shape = self.shape(loss).clone();
        if shape.elements() != 1 {
            return Err(Error::shape("gradients", &[&shape], "the loss must be a single number"));
        }
        let seed = self.constant(1.0, shape);
        self.vector_jacobian_product(loss, seed, wrt)
    }

    /// Gradients of `<cotangent, output>` for each tensor of `wrt`: the vector-Jacobian product.
    pub fn vector_jacobian_product(
        &mut self,
        output: Tensor,
        cotangent: Tensor,
        wrt: &[Tensor],
    ) -> Result<Vec<Tensor>> {
        if self.shape(output) != self.shape(cotangent) {
            let shapes = [&self.shape(output)[..], &self.shape(cotangent)[..]];
            return Err(Error::shape("gradients", &shapes, "the cotangent must have the output's shape"));
        }
        let end = output.index() + 1;
        let mut needed = vec![false; end];
        for &tensor in wrt {
            if self.node(tensor).dtype != super::DType::F32 {
                let message = "there is no gradient for row numbers".to_string();
                return Err(Error::Graph { op: "gradients", message });
            }
            if tensor.index() < end {
                needed[tensor.index()] = true;
            }
        }
        for index in 0..end {
            let node = &self.nodes[index];
            if !matches!(node.op, Op::StopGradient) && node.inputs.iter().any(|input| needed[input.index()]) {
                needed[index] = true;
            }
        }
        let mut gradients: Vec<Option<Tensor>> = vec![None; end];
        gradients[output.index()] = Some(cotangent);
        for index in (0..end).rev() {
            let (Some(gradient), true) = (gradients[index], needed[index]) else { continue };
            let inputs = self.nodes[index].inputs.clone();
            for (position, input) in inputs.into_iter().enumerate() {
                if !needed[input.index()] {
                    continue;
                }
                let Some(part) = self.input_gradient(self.tensor(index), gradient, position)? else { continue };
                gradients[input.index()] = Some(match gradients[input.index()] {
                    None => part,
                    Some(sum) => self.add(sum, part)?,
                });
            }
        }
        wrt.iter()
            .map(|&tensor| match gradients.get(tensor.index()).copied().flatten() {
                Some(gradient) => Ok(gradient),
                None => Ok(self.constant(0.0, self.shape(tensor).clone())),
            })
            .collect()
    }

    /// What flows to input `position` of `y` when `g` arrives at `y`; None where the derivative is zero.
    fn input_gradient(&mut self, y: Tensor, g: Tensor, position: usize) -> Result<Option<Tensor>> {
        let node = self.node(y).clone();
        let input = |position: usize| node.inputs[position];
        let gradient = match &node.op {
            Op::Variable(_)
            | Op::Average(_)
            | Op::Constant(_)
            | Op::Uniform(_)
            | Op::Normal(_)
            | Op::Iota
            | Op::Ramp(_)
            | Op::ShuffledIndex { .. }
            | Op::Gather(_)
            | Op::StopGradient => {
                return Ok(None);
            }
            Op::Reshape => {
                let shape = self.shape(input(0)).clone();
                self.reshape(g, shape)?
            }
            Op::Broadcast => {
                let shape = self.shape(input(0)).clone();
                let axes: Vec<usize> = (0..shape.rank()).filter(|&axis| shape[axis] != node.shape[axis]).collect();
                self.sum(g, &axes)?
            }
            Op::Permute { axes } => {
                let mut inverse = vec![0; axes.len()];
                axes.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
                self.permute(g, &inverse)?
            }
            &Op::Slice { axis, start, step } if step > 1 => {
                let shape = self.shape(input(0)).clone();
                let mut padding = vec![[0; 3]; shape.rank()];
                let end = start + (node.shape[axis] - 1) * step + 1;
                padding[axis] = [start, shape[axis] - end, step - 1];
                self.pad(g, &padding, 0.0)?
            }
            Op::Slice { axis, start, .. } => {
                let shape = self.shape(input(0)).clone();
                let (before, after) = (*start, shape[*axis] - start - node.shape[*axis]);
                let mut zeros = |extent: usize| {
                    let mut extents = shape.to_vec();
                    extents[*axis] = extent;
                    (extent > 0).then(|| self.constant(0.0, extents))
                };
                let parts: Vec<Tensor> = [zeros(before), Some(g), zeros(after)].into_iter().flatten().collect();
                self.concat(&parts, *axis)?
            }
            Op::Concat { axis } => {
                let start = (0..position).map(|earlier| self.shape(input(earlier))[*axis]).sum();
                let extent = self.shape(input(position))[*axis];
                self.slice(g, *axis, start, extent)?
            }
            Op::Pad { padding, .. } => {
                let shape = self.shape(input(0)).clone();
                let mut inner = g;
                for (axis, &[before, _, interior]) in padding.iter().enumerate() {
                    inner = self.slice_step(inner, axis, before, shape[axis], interior + 1)?;
                }
                inner
            }
            // Row numbers have no gradient.
            Op::GatherRows | Op::ScatterAdd if position == 1 => return Ok(None),
            Op::GatherRows => {
                let rows = self.shape(input(0))[0];
                self.scatter_add(g, input(1), rows)?
            }
            Op::ScatterAdd => self.gather_rows(g, input(1))?,
            Op::Unary(unary) => return self.unary_gradient(*unary, input(0), y, g),
            Op::Binary(binary) => return self.binary_gradient(*binary, &node.inputs, y, g, position),
            Op::Select => {
                let zero = self.constant(0.0, []);
                match position {
                    0 => return Ok(None),
                    1 => self.select(input(0), g, zero)?,
                    _ => self.select(input(0), zero, g)?,
                }
            }
            Op::Normalize { axes } => {
                // The statistics are functions of x, and this is the whole derivative: nothing is left for them.
                if position != 0 {
                    return Ok(None);
                }
                self.normalize_gradient(y, axes, g)?
            }
            Op::Sum { .. } => {
                let shape: Shape = self.shape(input(0)).clone();
                self.broadcast(g, &shape)?
            }
            Op::Max { axes } => {
                // Shared equally by all that are the maximum, as torch.amax does.
                let largest = self.equal(input(0), y)?;
                let count = self.sum(largest, axes)?;
                let share = self.div(g, count)?;
                self.mul(largest, share)?
            }
            &Op::MatMul { transpose_a: ta, transpose_b: tb } => match (position, ta, tb) {
                (0, false, _) => self.matmul(g, input(1), false, !tb)?,
                (0, true, _) => self.matmul(input(1), g, tb, true)?,
                (_, _, false) => self.matmul(input(0), g, !ta, false)?,
                (_, _, true) => self.matmul(g, input(0), true, ta)?,
            },
            &Op::Conv2d(conv) => {
                let size = [self.shape(input(0))[2], self.shape(input(0))[3]];
                match position {
                    0 => self.conv2d_input_grad(g, input(1), conv, size)?,
                    _ => self.conv2d_weight_grad(input(0), g, conv)?,
                }
            }
            &Op::Conv2dInputGrad(conv) => match position {
                0 => self.conv2d(g, input(1), conv)?,
                _ => self.conv2d_weight_grad(g, input(0), conv)?,
            },
            &Op::Conv2dWeightGrad(conv) => {
                let size = [self.shape(input(0))[2], self.shape(input(0))[3]];
                match position {
                    0 => self.conv2d_input_grad(input(1), g, conv, size)?,
                    _ => self.conv2d(input(0), g, conv)?,
                }
            }
        };
        Ok(Some(gradient))
    }

    fn unary_gradient(&mut self, unary: Unary, x: Tensor, y: Tensor, g: Tensor) -> Result<Option<Tensor>> {
        let gradient = match unary {
            Unary::Neg => self.unary(Unary::Neg, g)?,
            Unary::AddScalar(_) => g,
            Unary::MulScalar(c) => self.mul_scalar(g, c.value())?,
            Unary::Exp => self.mul(g, y)?,
            Unary::Log => self.div(g, x)?,
            Unary::Sqrt => {
                let half = self.mul_scalar(g, 0.5)?;
                self.div(half, y)?
            }
            Unary::Rsqrt => {
                let square = self.unary(Unary::Square, y)?;
                let cube = self.mul(square, y)?;
                let slope = self.mul_scalar(cube, -0.5)?;
                self.mul(g, slope)?
            }
            Unary::Recip => {
                let square = self.unary(Unary::Square, y)?;
                let product = self.mul(g, square)?;
                self.unary(Unary::Neg, product)?
            }
            Unary::Square => {
                let slope = self.mul_scalar(x, 2.0)?;
                self.mul(g, slope)?
            }
            Unary::Abs => {
                let sign = self.unary(Unary::Sign, x)?;
                self.mul(g, sign)?
            }
            Unary::Sign | Unary::Floor | Unary::LeakyMask(_) => return Ok(None),
            Unary::Tanh => {
                let square = self.unary(Unary::Square, y)?;
                let negative = self.unary(Unary::Neg, square)?;
                let slope = self.add_scalar(negative, 1.0)?;
                self.mul(g, slope)?
            }
            Unary::Sigmoid => {
                let negative = self.unary(Unary::Neg, y)?;
                let other = self.add_scalar(negative, 1.0)?;
                let slope = self.mul(y, other)?;
                self.mul(g, slope)?
            }
            Unary::Softplus => {
                let slope = self.unary(Unary::Sigmoid, x)?;
                self.mul(g, slope)?
            }
            Unary::LeakyRelu(slope) => {
                // The output has the input's sign (slope is not negative; at slope 0 both masks are 0), and it is the
                // output that the next layer keeps in memory.
                let mask = self.unary(Unary::LeakyMask(slope), y)?;
                self.mul(g, mask)?
            }
            Unary::Clamp(min, max) => {
                // Within the bounds, these included, as torch.clamp.
                let (min, max) = (self.constant(min.value(), []), self.constant(max.value(), []));
                let (above, below) = (self.less_equal(min, x)?, self.less_equal(x, max)?);
                let inside = self.mul(above, below)?;
                self.mul(g, inside)?
            }
        };
        Ok(Some(gradient))
    }

    fn binary_gradient(
        &mut self,
        binary: Binary,
        inputs: &[Tensor],
        y: Tensor,
        g: Tensor,
        position: usize,
    ) -> Result<Option<Tensor>> {
        let (a, b) = (inputs[0], inputs[1]);
        let gradient = match (binary, position) {
            (Binary::Add, _) | (Binary::Sub, 0) => g,
            (Binary::Sub, _) => self.unary(Unary::Neg, g)?,
            (Binary::Mul, 0) => self.mul(g, b)?,
            (Binary::Mul, _) => self.mul(g, a)?,
            (Binary::Div, 0) => self.div(g, b)?,
            (Binary::Div, _) => {
                let ratio = self.div(y, b)?;
                let product = self.mul(g, ratio)?;
                self.unary(Unary::Neg, product)?
            }
            (Binary::Max, 0) | (Binary::Min, 1) => self.chosen(b, a, g)?,
            (Binary::Max, _) | (Binary::Min, _) => self.chosen(a, b, g)?,
            (Binary::Less | Binary::LessEqual | Binary::Equal, _) => return Ok(None),
        };
        Ok(Some(gradient))
    }

    /// g where `low < high`, half of it where they are equal, as torch.maximum and torch.minimum share it.
    fn chosen(&mut self, low: Tensor, high: Tensor, g: Tensor) -> Result<Tensor> {
        let (less, equal) = (self.less(low, high)?, self.equal(low, high)?);
        let half = self.mul_scalar(equal, 0.5)?;
        let share = self.add(less, half)?;
        self.mul(g, share)
    }

    /// dx = rstd (g - mean(g) - y mean(g y)), means over the normalised axes (Ioffe and Szegedy 2015, section 3).
    ///
    /// Written so that what is constant along these axes (a gain in g, too) is multiplied once an axis and not once an
    /// element: dx = p (h - mean(h) - q (x - mu)) with g = gain h, p = rstd gain, q = rstd mean(h y).
    fn normalize_gradient(&mut self, y: Tensor, axes: &[usize], g: Tensor) -> Result<Tensor> {
        let node = self.node(y).clone();
        let [x, mu, rstd] = [node.inputs[0], self.narrow(node.inputs[1], axes), self.narrow(node.inputs[2], axes)];
        let (gain, h) = match self.node(g).clone() {
            super::Node { op: Op::Binary(Binary::Mul), inputs, .. } => {
                let is_gain = |tensor: Tensor| self.narrow(tensor, axes) != tensor;
                match inputs[..] {
                    [a, b] if is_gain(a) => (Some(self.narrow(a, axes)), b),
                    [a, b] if is_gain(b) => (Some(self.narrow(b, axes)), a),
                    _ => (None, g),
                }
            }
            _ => (None, g),
        };
        let mean = self.mean(h, axes)?;
        let product = self.mul(h, y)?;
        let correlation = self.mean(product, axes)?;
        let q = self.mul(correlation, rstd)?;
        let p = match gain {
            Some(gain) => self.mul(rstd, gain)?,
            None => rstd,
        };
        let centered = self.sub(x, mu)?;
        let along = self.mul(centered, q)?;
        let moved = self.sub(h, mean)?;
        let rest = self.sub(moved, along)?;
        self.mul(rest, p)
    }

    /// The small tensor behind one that is repeated along all of `axes`, else the tensor itself.
    fn narrow(&self, tensor: Tensor, axes: &[usize]) -> Tensor {
        let node = self.node(tensor);
        match node.op {
            Op::Broadcast if axes.iter().all(|&axis| self.shape(node.inputs[0])[axis] == 1) => node.inputs[0],
            _ => tensor,
        }
    }
}
