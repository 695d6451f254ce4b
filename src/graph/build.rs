//! The builder: one function an op, which checks shapes and answers with a typed error when they do not fit.
//!
//! Broadcasting follows NumPy: shapes are aligned at the last axis, and an extent of one repeats.

mod arrange;
mod products;
mod volumes;

pub use volumes::Conv3d;

use super::{
    Binary, Clock, DType, Draw, Graph, Node, Op, Ramp, Scalar, Table, TableId, Tensor, Unary, VariableId, Variables,
};
use crate::error::{Error, Result};
use crate::shape::Shape;

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// The node behind a handle.
    pub fn node(&self, tensor: Tensor) -> &Node {
        &self.nodes[tensor.index()]
    }

    /// The tensor's shape.
    pub fn shape(&self, tensor: Tensor) -> &Shape {
        &self.node(tensor).shape
    }

    /// Number of nodes; handles run from 0 to this.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing has been built yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The handle at a position.
    pub(super) fn tensor(&self, index: usize) -> Tensor {
        Tensor(index as u32)
    }

    pub(super) fn push(&mut self, op: Op, inputs: Vec<Tensor>, shape: Shape, dtype: DType) -> Tensor {
        let key = (op, inputs, shape);
        if let Some(&known) = self.interned.get(&key) {
            return known;
        }
        let tensor = Tensor(self.nodes.len() as u32);
        let (op, inputs, shape) = key.clone();
        self.nodes.push(Node { op, inputs, shape, dtype });
        self.interned.insert(key, tensor);
        tensor
    }

    pub(super) fn float(&self, op: &'static str, tensor: Tensor) -> Result<()> {
        Self::no_empty(op, self.shape(tensor))?;
        match self.node(tensor).dtype {
            DType::F32 => Ok(()),
            DType::U32 => Err(Error::Graph { op, message: "needs a float tensor, and was given row numbers".into() }),
        }
    }

    /// The value of a variable at the start of the step.
    pub fn variable(&mut self, variables: &Variables, id: VariableId) -> Tensor {
        let shape = variables.get(id).shape.clone();
        self.push(Op::Variable(id), vec![], shape, DType::F32)
    }

    /// The moving average of a variable at the start of the step. A plan that updates its network keeps it, see
    /// [`Average`](super::Average); it begins as the variable does.
    pub fn average(&mut self, variables: &Variables, id: VariableId) -> Tensor {
        self.push(Op::Average(id), vec![], variables.get(id).shape.clone(), DType::F32)
    }

    /// `value` everywhere.
    pub fn constant(&mut self, value: f32, shape: impl Into<Shape>) -> Tensor {
        self.push(Op::Constant(Scalar::from(value)), vec![], shape.into(), DType::F32)
    }

    /// Uniform numbers in [0, 1).
    pub fn uniform(&mut self, draw: Draw, shape: impl Into<Shape>) -> Tensor {
        self.push(Op::Uniform(draw), vec![], shape.into(), DType::F32)
    }

    /// Standard normal numbers.
    pub fn normal(&mut self, draw: Draw, shape: impl Into<Shape>) -> Tensor {
        self.push(Op::Normal(draw), vec![], shape.into(), DType::F32)
    }

    /// `[extent]` numbers 0, 1, 2, ..., exact up to 2^24 (beyond, neighbours are equal).
    pub fn iota(&mut self, extent: usize) -> Result<Tensor> {
        let shape = Shape::from([extent]);
        Self::check_extents("iota", &shape)?;
        Ok(self.push(Op::Iota, vec![], shape, DType::F32))
    }

    /// A scalar of shape `[]` that rises with the steps: `clamp((t - from) / (until - from), 0, 1)`, where t is what the
    /// clock has counted at the start of the step. It is exactly 0 up to `from` and exactly 1 from `until` on. Its gradient
    /// is zero. A fade-in by it (the alpha of Karras et al. 2018) is the same however many steps are submitted at once.
    ///
    /// # Errors
    /// [`Error::Graph`] where it does not end after it begins.
    pub fn ramp(&mut self, clock: Clock, from: u32, until: u32) -> Result<Tensor> {
        if until <= from {
            let message = format!("must end after it begins; it is from {from} until {until}");
            return Err(Error::Graph { op: "ramp", message });
        }
        Ok(self.push(Op::Ramp(Ramp { clock, from, until }), vec![], [].into(), DType::F32))
    }

    /// Row numbers `[batch]` of the next batch out of `len` examples: [`Graph::shuffled_index_of`] stream 0.
    pub fn shuffled_index(&mut self, clock: Clock, len: usize, batch: usize) -> Result<Tensor> {
        self.shuffled_index_of(0, clock, len, batch)
    }

    /// Row numbers `[batch]` of the next batch out of `len` examples. Sets that shall not be paired, for instance two of
    /// equal size, are drawn from different streams: each has permutations of its own.
    ///
    /// # Errors
    /// [`Error::Graph`] for no rows, no examples, or more than 2^24 of them.
    pub fn shuffled_index_of(&mut self, stream: u32, clock: Clock, len: usize, batch: usize) -> Result<Tensor> {
        // Row numbers stay below 2^24, so that they are exact in a float too.
        if len == 0 || batch == 0 || len > 1 << 24 {
            let message = format!(
                "takes 1 to 2^24 examples and at least one row; was asked for {batch} rows out of {len} examples"
            );
            return Err(Error::Graph { op: "shuffled_index", message });
        }
        Ok(self.push(Op::ShuffledIndex { stream, len, clock }, vec![], [batch].into(), DType::U32))
    }

    /// Rows `[B, width]` of a table for row numbers `[B]`.
    pub fn gather(&mut self, variables: &Variables, table: TableId, index: Tensor) -> Result<Tensor> {
        let Table { width, .. } = variables.tables[table.0];
        let node = self.node(index);
        if node.dtype != DType::U32 || node.shape.rank() != 1 {
            return Err(Error::shape("gather", &[&node.shape], "the row numbers must be one axis of integers"));
        }
        let shape = Shape::from([node.shape[0], width]);
        Ok(self.push(Op::Gather(table), vec![index], shape, DType::F32))
    }

    /// The value, through which no gradient flows.
    pub fn stop_gradient(&mut self, x: Tensor) -> Tensor {
        let node = self.node(x);
        let (shape, dtype) = (node.shape.clone(), node.dtype);
        self.push(Op::StopGradient, vec![x], shape, dtype)
    }

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

    /// Sum over `axes`, kept with extent one.
    ///
    /// Factors that are constant along all of `axes` are taken out of the sum: exact algebra, one multiplication an
    /// output in place of one an element, and sums that differ only in such factors become one.
    pub fn sum(&mut self, x: Tensor, axes: &[usize]) -> Result<Tensor> {
        let (shape, axes) = self.check_axes("sum", x, axes)?;
        if axes.is_empty() {
            return Ok(x);
        }
        let (mut outside, mut inside, mut scale) = (Vec::new(), Vec::new(), 1.0);
        self.factors(x, &axes, &mut outside, &mut inside, &mut scale);
        let reduced = shape.with_ones(&axes);
        let sum = if inside.is_empty() {
            let count: usize = axes.iter().map(|&axis| shape[axis]).product();
            self.constant(count as f32, reduced)
        } else {
            let product = self.product(&inside)?;
            self.push(Op::Sum { axes }, vec![product], reduced, DType::F32)
        };
        let mut result = self.mul_scalar(sum, scale)?;
        for factor in outside {
            result = self.mul(result, factor)?;
        }
        Ok(result)
    }

    /// Maximum over `axes`, kept with extent one, as `torch.amax` with keepdim; NaN where any element is.
    pub fn max(&mut self, x: Tensor, axes: &[usize]) -> Result<Tensor> {
        let (shape, axes) = self.check_axes("max", x, axes)?;
        if axes.is_empty() {
            return Ok(x);
        }
        let reduced = shape.with_ones(&axes);
        if let Op::Constant(value) = self.node(x).op {
            return Ok(self.constant(value.value(), reduced));
        }
        Ok(self.push(Op::Max { axes }, vec![x], reduced, DType::F32))
    }

    /// The shape of x, and those of `axes` that are longer than one.
    fn check_axes(&self, op: &'static str, x: Tensor, axes: &[usize]) -> Result<(Shape, Vec<usize>)> {
        self.float(op, x)?;
        let shape = self.shape(x).clone();
        if let Some(axis) = axes.iter().find(|&&axis| axis >= shape.rank()) {
            return Err(Error::shape(op, &[&shape], format!("axis {axis} does not exist")));
        }
        Self::no_empty(op, &shape)?;
        let axes = (0..shape.rank()).filter(|axis| axes.contains(axis) && shape[*axis] > 1).collect();
        Ok((shape, axes))
    }

    fn product(&mut self, factors: &[Tensor]) -> Result<Tensor> {
        let mut product = factors[0];
        for &factor in &factors[1..] {
            product = self.mul(product, factor)?;
        }
        Ok(product)
    }

    /// Splits a product into scalar factors, factors constant along `axes` (as their small tensors) and the rest; both
    /// lists in the order of their handles, so that equal products are found equal.
    fn factors(&self, x: Tensor, axes: &[usize], outside: &mut Vec<Tensor>, inside: &mut Vec<Tensor>, scale: &mut f32) {
        let node = self.node(x);
        match &node.op {
            Op::Binary(Binary::Mul) => {
                for &input in &node.inputs {
                    self.factors(input, axes, outside, inside, scale);
                }
            }
            Op::Unary(Unary::MulScalar(c)) => {
                *scale *= c.value();
                self.factors(node.inputs[0], axes, outside, inside, scale);
            }
            Op::Unary(Unary::Neg) => {
                *scale = -*scale;
                self.factors(node.inputs[0], axes, outside, inside, scale);
            }
            Op::Constant(c) => *scale *= c.value(),
            Op::Broadcast if axes.iter().all(|&axis| self.shape(node.inputs[0])[axis] == 1) => {
                insert(outside, node.inputs[0]);
            }
            _ => insert(inside, x),
        }
    }

    /// Mean over `axes`, kept with extent one.
    pub fn mean(&mut self, x: Tensor, axes: &[usize]) -> Result<Tensor> {
        let sum = self.sum(x, axes)?;
        let count = self.shape(x).elements() / self.shape(sum).elements();
        self.mul_scalar(sum, 1.0 / count as f32)
    }

    /// Sum of everything, a scalar of shape `[]`.
    pub fn sum_all(&mut self, x: Tensor) -> Result<Tensor> {
        let axes: Vec<usize> = (0..self.shape(x).rank()).collect();
        let sum = self.sum(x, &axes)?;
        self.reshape(sum, [])
    }

    /// Mean over everything, a scalar of shape `[]`.
    pub fn mean_all(&mut self, x: Tensor) -> Result<Tensor> {
        let axes: Vec<usize> = (0..self.shape(x).rank()).collect();
        let mean = self.mean(x, &axes)?;
        self.reshape(mean, [])
    }

    /// x with its mean over `axes` taken away and divided by its standard deviation over them, with eps inside the
    /// square root. Also answers with the mean and the (biased) variance, both with `axes` kept.
    pub fn normalize(&mut self, x: Tensor, axes: &[usize], eps: f32) -> Result<(Tensor, Tensor, Tensor)> {
        let mean = self.mean(x, axes)?;
        let centered = self.sub(x, mean)?;
        let square = self.unary(Unary::Square, centered)?;
        let variance = self.mean(square, axes)?;
        let with_eps = self.add_scalar(variance, eps)?;
        let rstd = self.unary(Unary::Rsqrt, with_eps)?;
        let shape = self.shape(x).clone();
        let (wide_mean, wide_rstd) = (self.broadcast(mean, &shape)?, self.broadcast(rstd, &shape)?);
        let op = Op::Normalize { axes: axes.to_vec() };
        Ok((self.push(op, vec![x, wide_mean, wide_rstd], shape, DType::F32), mean, variance))
    }
}

/// Inserts into a sorted list.
fn insert(list: &mut Vec<Tensor>, tensor: Tensor) {
    let position = list.partition_point(|&known| known <= tensor);
    list.insert(position, tensor);
}
