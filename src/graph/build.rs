//! The builder: one function an op, which checks shapes and answers with a typed error when they do not fit.
//!
//! Broadcasting follows NumPy: shapes are aligned at the last axis, and an extent of one repeats.

mod arrange;
mod elementwise;
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
