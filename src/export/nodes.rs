//! What each op of the engine is in ONNX. The match is total: a new op does not compile until it has an arm.

use super::writer::{Attribute, BOOL, Extent, INT64, Writer, follows_the_batch};
use crate::error::{Error, Result};
use crate::graph::{Binary, Conv, Op, Tensor, Unary};
use crate::shape::Shape;

/// `TensorProto.DataType.FLOAT`.
const FLOAT: i64 = 1;

impl Writer<'_> {
    /// Writes the node of a tensor behind those of its inputs, and answers with the name of its value.
    ///
    /// # Errors
    /// [`Error::Graph`] with the op's name for what only training needs, and for what cannot be said of batches of any size.
    pub(super) fn op(&mut self, tensor: Tensor) -> Result<String> {
        let graph = self.graph;
        let node = graph.node(tensor);
        let inputs = &node.inputs[..];
        match &node.op {
            Op::Variable(id) => self.variable(*id, false),
            Op::Average(id) => self.variable(*id, true),
            Op::Constant(value) => {
                let value = self.scalar(value.value());
                if node.shape.rank() == 0 {
                    return Ok(value);
                }
                let shape = self.shape(&self.extents(tensor))?;
                Ok(self.node("Expand", &[&value, &shape], &[]))
            }
            Op::Uniform(_) => self.declare("uniform", "uniform from 0 to 1", tensor),
            Op::Normal(_) => self.declare("noise", "standard normal", tensor),
            Op::Iota => {
                let count = self.fixed(tensor, 0)?;
                let numbers: Vec<f32> = (0..count).map(|number| number as f32).collect();
                Ok(self.floats(&[count], &numbers))
            }
            Op::Ramp(ramp) => {
                let value = ramp.value((self.values.clock)(ramp.clock));
                Ok(self.scalar(value))
            }
            Op::GatherRows => self.rows(inputs),
            Op::Reshape => {
                let (x, shape) = (self.value(inputs[0])?, self.shape_to_reshape(tensor)?);
                Ok(self.node("Reshape", &[&x, &shape], &[]))
            }
            Op::Permute { axes } => {
                let x = self.value(inputs[0])?;
                Ok(self.node("Transpose", &[&x], &[("perm", Attribute::Ints(axes))]))
            }
            Op::Broadcast => {
                let x = self.value(inputs[0])?;
                let (from, mut to) = (self.extents(inputs[0]), self.extents(tensor));
                // An axis of extent one stays as it is.
                to.iter_mut().zip(&from).filter(|(to, from)| *to == *from).for_each(|(to, _)| *to = Extent::Fixed(1));
                let shape = self.shape(&to)?;
                Ok(self.node("Expand", &[&x, &shape], &[]))
            }
            Op::Slice { axis, start, step } => {
                let x = self.value(inputs[0])?;
                let end = match self.extents(tensor)[*axis] {
                    Extent::Fixed(count) => start + (count - 1) * step + 1,
                    // A batch of several: it begins that many batches later.
                    _ => return self.batches(&x, *axis, [*start, start + node.shape[*axis]]),
                };
                let bounds = [*start, end, *step].map(|number| self.ints(&[number as i64]));
                Ok(self.slice(&x, *axis, bounds))
            }
            Op::Pad { padding, value } => self.pad(inputs[0], padding, value.value()),
            Op::Concat { axis } => {
                let parts = self.all(inputs)?;
                Ok(self.node("Concat", &names(&parts), &[("axis", Attribute::Int(*axis as i64))]))
            }
            Op::StopGradient => self.value(inputs[0]),
            Op::Unary(unary) => {
                let x = self.value(inputs[0])?;
                Ok(self.unary(*unary, &x))
            }
            Op::Binary(binary) => {
                let [a, b] = self.operands([inputs[0], inputs[1]], &node.shape)?;
                Ok(match binary {
                    Binary::Add => self.node("Add", &[&a, &b], &[]),
                    Binary::Sub => self.node("Sub", &[&a, &b], &[]),
                    Binary::Mul => self.node("Mul", &[&a, &b], &[]),
                    Binary::Div => self.node("Div", &[&a, &b], &[]),
                    Binary::Max => self.node("Max", &[&a, &b], &[]),
                    Binary::Min => self.node("Min", &[&a, &b], &[]),
                    Binary::Less => self.truth("Less", &a, &b),
                    Binary::LessEqual => self.truth("LessOrEqual", &a, &b),
                    Binary::Equal => self.truth("Equal", &a, &b),
                })
            }
            Op::Select => {
                let [condition, a, b] = self.operands([inputs[0], inputs[1], inputs[2]], &node.shape)?;
                let condition = self.cast(&condition, BOOL);
                Ok(self.node("Where", &[&condition, &a, &b], &[]))
            }
            Op::Normalize { .. } => {
                let [x, mean, rstd] = self.operands([inputs[0], inputs[1], inputs[2]], &node.shape)?;
                let centred = self.node("Sub", &[&x, &mean], &[]);
                Ok(self.node("Mul", &[&centred, &rstd], &[]))
            }
            Op::Sum { axes } => {
                let x = self.value(inputs[0])?;
                let axes = self.ints(&axes.iter().map(|&axis| axis as i64).collect::<Vec<_>>());
                Ok(self.node("ReduceSum", &[&x, &axes], &[]))
            }
            Op::Max { axes } => {
                let x = self.value(inputs[0])?;
                Ok(self.node("ReduceMax", &[&x], &[("axes", Attribute::Ints(axes))]))
            }
            Op::MatMul { transpose_a, transpose_b } => {
                let operands = self.all(inputs)?;
                let flags = [*transpose_a, *transpose_b];
                Ok(self.product(&operands, flags, node.shape.rank()))
            }
            Op::Conv2d(conv) => {
                let operands = self.all(inputs)?;
                Ok(self.convolution("Conv", &operands, conv, None))
            }
            // The transposed convolution, whose weight ONNX has in the same order: [channels in, channels out, height, width].
            Op::Conv2dInputGrad(conv) => {
                let operands = self.all(inputs)?;
                let (small, large) = (graph.shape(inputs[0]), &node.shape);
                let more = [0, 1].map(|axis| {
                    let reached = (small[axis + 2] - 1) * conv.stride[axis] + conv.kernel_size[axis];
                    large[axis + 2] + 2 * conv.padding[axis] - reached
                });
                Ok(self.convolution("ConvTranspose", &operands, conv, Some(more)))
            }
            op @ (Op::ShuffledIndex { .. } | Op::Gather(_) | Op::ScatterAdd | Op::Conv2dWeightGrad(_)) => {
                let message = "is of training, and has no counterpart in an exported model".into();
                Err(Error::Graph { op: op.name(), message })
            }
        }
    }

    fn all(&mut self, inputs: &[Tensor]) -> Result<Vec<String>> {
        inputs.iter().map(|&input| self.value(input)).collect()
    }

    /// Operands of an elementwise op with a result of this shape. ONNX broadcasts by itself, so they come as small as they are
    /// where together they still give that shape.
    fn operands<const N: usize>(&mut self, inputs: [Tensor; N], shape: &Shape) -> Result<[String; N]> {
        let graph = self.graph;
        let small = |input: Tensor| match graph.node(input).op {
            Op::Broadcast => graph.shape(graph.node(input).inputs[0]).clone(),
            Op::Constant(_) => Shape::default(),
            _ => graph.shape(input).clone(),
        };
        let together =
            inputs.into_iter().try_fold(Shape::default(), |all, input| Shape::broadcast(&all, &small(input)));
        let is_small = together.as_ref() == Some(shape);
        let mut names = [const { String::new() }; N];
        for (name, input) in names.iter_mut().zip(inputs) {
            *name = match graph.node(input).op {
                Op::Broadcast if is_small => self.value(graph.node(input).inputs[0])?,
                Op::Constant(value) if is_small => self.scalar(value.value()),
                _ => self.value(input)?,
            };
        }
        Ok(names)
    }

    fn cast(&mut self, x: &str, kind: i64) -> String {
        self.node("Cast", &[x], &[("to", Attribute::Int(kind))])
    }

    /// A comparison as 1 and 0.
    fn truth(&mut self, op: &str, a: &str, b: &str) -> String {
        let truth = self.node(op, &[a, b], &[]);
        self.cast(&truth, FLOAT)
    }

    fn unary(&mut self, unary: Unary, x: &str) -> String {
        match unary {
            Unary::Neg => self.node("Neg", &[x], &[]),
            Unary::AddScalar(c) => {
                let c = self.scalar(c.value());
                self.node("Add", &[x, &c], &[])
            }
            Unary::MulScalar(c) => {
                let c = self.scalar(c.value());
                self.node("Mul", &[x, &c], &[])
            }
            Unary::Exp => self.node("Exp", &[x], &[]),
            Unary::Log => self.node("Log", &[x], &[]),
            Unary::Sqrt => self.node("Sqrt", &[x], &[]),
            Unary::Rsqrt => {
                let root = self.node("Sqrt", &[x], &[]);
                self.node("Reciprocal", &[&root], &[])
            }
            Unary::Recip => self.node("Reciprocal", &[x], &[]),
            Unary::Square => self.node("Mul", &[x, x], &[]),
            Unary::Abs => self.node("Abs", &[x], &[]),
            Unary::Sign => self.node("Sign", &[x], &[]),
            Unary::Floor => self.node("Floor", &[x], &[]),
            Unary::Tanh => self.node("Tanh", &[x], &[]),
            Unary::Sigmoid => self.node("Sigmoid", &[x], &[]),
            Unary::Softplus => self.node("Softplus", &[x], &[]),
            Unary::LeakyRelu(slope) if slope.value() == 0.0 => self.node("Relu", &[x], &[]),
            Unary::LeakyRelu(slope) => self.node("LeakyRelu", &[x], &[("alpha", Attribute::Float(slope.value()))]),
            Unary::LeakyMask(slope) => {
                let (zero, one, slope) = (self.scalar(0.0), self.scalar(1.0), self.scalar(slope.value()));
                let above = self.node("Greater", &[x, &zero], &[]);
                self.node("Where", &[&above, &one, &slope], &[])
            }
            Unary::Clamp(min, max) => {
                let (min, max) = (self.scalar(min.value()), self.scalar(max.value()));
                self.node("Clip", &[x, &min, &max], &[])
            }
        }
    }

    /// Rows by their numbers; one beyond is the last.
    fn rows(&mut self, inputs: &[Tensor]) -> Result<String> {
        let last = self.fixed(inputs[0], 0)? - 1;
        let (x, numbers) = (self.value(inputs[0])?, self.value(inputs[1])?);
        let (first, last) = (self.scalar(0.0), self.scalar(last as f32));
        let numbers = self.node("Clip", &[&numbers, &first, &last], &[]);
        let numbers = self.cast(&numbers, INT64);
        Ok(self.node("Gather", &[&x, &numbers], &[]))
    }

    fn slice(&mut self, x: &str, axis: usize, [start, end, step]: [String; 3]) -> String {
        let axis = self.ints(&[axis as i64]);
        self.node("Slice", &[x, &start, &end, &axis, &step], &[])
    }

    /// A slice whose bounds follow the batch.
    fn batches(&mut self, x: &str, axis: usize, bounds: [usize; 2]) -> Result<String> {
        let mut names = [const { String::new() }; 2];
        for (name, bound) in names.iter_mut().zip(bounds) {
            *name = match bound {
                0 => self.ints(&[0]),
                _ => self.shape(&[self.follows(bound)])?,
            };
        }
        let [start, end] = names;
        let step = self.ints(&[1]);
        Ok(self.slice(x, axis, [start, end, step]))
    }

    fn pad(&mut self, input: Tensor, padding: &[[usize; 3]], value: f32) -> Result<String> {
        let mut x = self.value(input)?;
        let value = self.scalar(value);
        let mut extents = self.extents(input);
        for (axis, &[_, _, interior]) in padding.iter().enumerate().filter(|(_, [_, _, interior])| *interior > 0) {
            let Extent::Fixed(extent) = extents[axis] else { return Err(follows_the_batch("pad")) };
            // Each element becomes a row that is filled up; the rows are put together, and the last one's filling goes.
            let mut apart = extents.clone();
            apart.insert(axis + 1, Extent::Fixed(1));
            let shape = self.shape(&apart)?;
            x = self.node("Reshape", &[&x, &shape], &[]);
            let mut amounts = vec![0; 2 * apart.len()];
            amounts[apart.len() + axis + 1] = interior as i64;
            let amounts = self.ints(&amounts);
            x = self.node("Pad", &[&x, &amounts, &value], &[]);
            extents[axis] = Extent::Fixed(extent * (1 + interior));
            let shape = self.shape(&extents)?;
            x = self.node("Reshape", &[&x, &shape], &[]);
            let end = extent * (1 + interior) - interior;
            let bounds = [0, end, 1].map(|number| self.ints(&[number as i64]));
            x = self.slice(&x, axis, bounds);
            extents[axis] = Extent::Fixed(end);
        }
        let amounts = padding.iter().map(|[before, _, _]| before).chain(padding.iter().map(|[_, after, _]| after));
        let amounts: Vec<i64> = amounts.map(|&amount| amount as i64).collect();
        if amounts.iter().all(|&amount| amount == 0) {
            return Ok(x);
        }
        let amounts = self.ints(&amounts);
        Ok(self.node("Pad", &[&x, &amounts, &value], &[]))
    }

    /// A product of matrices, or of as many in each of two lists.
    fn product(&mut self, operands: &[String], flags: [bool; 2], rank: usize) -> String {
        let [a, b] = [0, 1].map(|at| &operands[at][..]);
        if rank == 2 {
            let flag = |flag: bool| Attribute::Int(i64::from(flag));
            return self.node("Gemm", &[a, b], &[("transA", flag(flags[0])), ("transB", flag(flags[1]))]);
        }
        let turned = [0, 1].map(|at| match flags[at] {
            true => self.node("Transpose", &[&operands[at]], &[("perm", Attribute::Ints(&[0, 2, 1]))]),
            false => operands[at].clone(),
        });
        self.node("MatMul", &names(&turned), &[])
    }

    fn convolution(&mut self, op: &str, operands: &[String], conv: &Conv, more: Option<[usize; 2]>) -> String {
        let pads = [conv.padding, conv.padding].concat();
        let mut attributes = vec![
            ("kernel_shape", Attribute::Ints(&conv.kernel_size)),
            ("strides", Attribute::Ints(&conv.stride)),
            ("pads", Attribute::Ints(&pads)),
        ];
        if let Some(more) = &more {
            attributes.push(("output_padding", Attribute::Ints(more)));
        }
        self.node(op, &names(operands), &attributes)
    }
}

fn names(names: &[String]) -> Vec<&str> {
    names.iter().map(|name| &name[..]).collect()
}
