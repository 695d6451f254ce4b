//! Elementwise functions, and what of them is worked out while a graph is built.

use crate::error::{Error, Result};
use crate::graph::{Binary, DType, Graph, Node, Op, Tensor, Unary};
use crate::shape::Shape;

impl Graph {
    /// An elementwise function.
    pub fn unary(&mut self, unary: Unary, x: Tensor) -> Result<Tensor> {
        self.float(unary.name(), x)?;
        match unary {
            Unary::AddScalar(c) if c.value() == 0.0 => return Ok(x),
            Unary::MulScalar(c) if c.value() == 1.0 => return Ok(x),
            Unary::LeakyRelu(c) | Unary::LeakyMask(c) if c.value().is_nan() || c.value() < 0.0 => {
                let message = format!("negative_slope must be at least 0 and is {}", c.value());
                return Err(Error::Graph { op: unary.name(), message });
            }
            Unary::Clamp(min, max) if min.value().is_nan() || max.value().is_nan() || min.value() > max.value() => {
                let message = format!("min must not be above max; they are {} and {}", min.value(), max.value());
                return Err(Error::Graph { op: unary.name(), message });
            }
            _ => {}
        }
        if let Some(folded) = self.fold_unary(unary, x)? {
            return Ok(folded);
        }
        // Reshapes move behind elementwise ops, so that they do not come between ops that one kernel can do.
        if let Node { op: Op::Reshape, inputs, shape, .. } = self.node(x) {
            let (inner, shape) = (inputs[0], shape.clone());
            let result = self.unary(unary, inner)?;
            return self.reshape(result, shape);
        }
        let shape = self.shape(x).clone();
        Ok(self.push(Op::Unary(unary), vec![x], shape, DType::F32))
    }

    /// Constants and repeated scalings are worked out here and now.
    fn fold_unary(&mut self, unary: Unary, x: Tensor) -> Result<Option<Tensor>> {
        let Node { op, inputs, shape, .. } = self.node(x);
        let (inner, shape) = (inputs.first().copied(), shape.clone());
        Ok(match (unary, op) {
            (Unary::MulScalar(c), Op::Constant(value)) => Some(self.constant(c.value() * value.value(), shape)),
            (Unary::AddScalar(c), Op::Constant(value)) => Some(self.constant(c.value() + value.value(), shape)),
            (Unary::Neg, Op::Constant(value)) => Some(self.constant(-value.value(), shape)),
            (Unary::MulScalar(c), &Op::Unary(Unary::MulScalar(first))) => {
                Some(self.mul_scalar(inner.expect("a scaling has an input"), c.value() * first.value())?)
            }
            _ => None,
        })
    }

    /// Operations with a constant become scalar ones; nothing is added to zero or multiplied by one.
    fn fold_binary(&mut self, binary: Binary, a: Tensor, b: Tensor) -> Result<Option<Tensor>> {
        let constant = |tensor: Tensor| match self.node(tensor).op {
            Op::Constant(value) => Some(value.value()),
            _ => None,
        };
        Ok(match (binary, constant(a), constant(b)) {
            (Binary::Add, _, Some(c)) => Some(self.add_scalar(a, c)?),
            (Binary::Add, Some(c), _) => Some(self.add_scalar(b, c)?),
            (Binary::Sub, _, Some(c)) => Some(self.add_scalar(a, -c)?),
            (Binary::Mul, _, Some(c)) => Some(self.mul_scalar(a, c)?),
            (Binary::Mul, Some(c), _) => Some(self.mul_scalar(b, c)?),
            (Binary::Add, None, None) => self.add_concats(a, b)?,
            _ => None,
        })
    }

    /// The sum of concatenations that are zero wherever the other is not is one concatenation: so the gradients of
    /// slices come together again.
    fn add_concats(&mut self, a: Tensor, b: Tensor) -> Result<Option<Tensor>> {
        let (left, right) = (self.node(a), self.node(b));
        let (&Op::Concat { axis }, true) = (&left.op, left.op == right.op) else { return Ok(None) };
        // Both as runs of (extent, tensor or zero), cut at the same places or not at all.
        let is_zero = |tensor: Tensor| matches!(self.node(tensor).op, Op::Constant(value) if value.value() == 0.0);
        let extents = |node: &Node| node.inputs.iter().map(|&part| self.shape(part)[axis]).collect::<Vec<_>>();
        if extents(left) != extents(right) {
            return Ok(None);
        }
        let parts: Option<Vec<Tensor>> = left
            .inputs
            .iter()
            .zip(&right.inputs)
            .map(|(&x, &y)| match (is_zero(x), is_zero(y)) {
                (_, true) => Some(x),
                (true, _) => Some(y),
                _ => None,
            })
            .collect();
        parts.map(|parts| self.concat(&parts, axis)).transpose()
    }

    /// An elementwise function of two tensors, broadcast to one shape.
    pub fn binary(&mut self, binary: Binary, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.float(binary.name(), a)?;
        self.float(binary.name(), b)?;
        let (left, right) = (self.shape(a).clone(), self.shape(b).clone());
        let Some(shape) = Shape::broadcast(&left, &right) else {
            return Err(Error::shape(binary.name(), &[&left, &right], "the shapes do not broadcast"));
        };
        let (mut a, mut b) = (self.broadcast(a, &shape)?, self.broadcast(b, &shape)?);
        if let Some(folded) = self.fold_binary(binary, a, b)? {
            return Ok(folded);
        }
        // One order of the operands that may be exchanged, so that equal nodes are found equal.
        let commutes = matches!(binary, Binary::Add | Binary::Mul | Binary::Max | Binary::Min | Binary::Equal);
        if commutes && b < a {
            std::mem::swap(&mut a, &mut b);
        }
        Ok(self.push(Op::Binary(binary), vec![a, b], shape, DType::F32))
    }

    /// a + b
    pub fn add(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.binary(Binary::Add, a, b)
    }

    /// a - b
    pub fn sub(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.binary(Binary::Sub, a, b)
    }

    /// a b, element by element
    pub fn mul(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.binary(Binary::Mul, a, b)
    }

    /// The larger of a and b, element by element; NaN where either is, as `torch.maximum`.
    pub fn maximum(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.binary(Binary::Max, a, b)
    }

    /// The smaller of a and b, element by element; NaN where either is, as `torch.minimum`.
    pub fn minimum(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.binary(Binary::Min, a, b)
    }

    /// 1 where a < b, else 0
    pub fn less(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.binary(Binary::Less, a, b)
    }

    /// 1 where a <= b, else 0
    pub fn less_equal(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.binary(Binary::LessEqual, a, b)
    }

    /// 1 where a = b, else 0
    pub fn equal(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.binary(Binary::Equal, a, b)
    }

    /// a where `condition` is not 0, else b; all three broadcast to one shape, as `torch.where`.
    pub fn select(&mut self, condition: Tensor, a: Tensor, b: Tensor) -> Result<Tensor> {
        let mut shape = Shape::default();
        for tensor in [condition, a, b] {
            self.float("select", tensor)?;
            let Some(both) = Shape::broadcast(&shape, self.shape(tensor)) else {
                let shapes = [condition, a, b].map(|tensor| &self.shape(tensor)[..]);
                return Err(Error::shape("select", &shapes, "the shapes do not broadcast"));
            };
            shape = both;
        }
        let mut inputs = Vec::with_capacity(3);
        for tensor in [condition, a, b] {
            inputs.push(self.broadcast(tensor, &shape)?);
        }
        if let Op::Constant(value) = self.node(inputs[0]).op {
            return Ok(if value.value() != 0.0 { inputs[1] } else { inputs[2] });
        }
        Ok(self.push(Op::Select, inputs, shape, DType::F32))
    }

    /// x within [min, max], as `torch.clamp`.
    pub fn clamp(&mut self, x: Tensor, min: f32, max: f32) -> Result<Tensor> {
        self.unary(Unary::Clamp(min.into(), max.into()), x)
    }

    /// a / b, element by element
    pub fn div(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        self.binary(Binary::Div, a, b)
    }

    /// x + c
    pub fn add_scalar(&mut self, x: Tensor, c: f32) -> Result<Tensor> {
        self.unary(Unary::AddScalar(c.into()), x)
    }

    /// c x
    pub fn mul_scalar(&mut self, x: Tensor, c: f32) -> Result<Tensor> {
        self.unary(Unary::MulScalar(c.into()), x)
    }
}
