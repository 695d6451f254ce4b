//! The judge: every op by its definition, element by element in f64, without fusion, planning or any library.

use ganvas::backend::Clocks;
use ganvas::graph::{Binary, Conv, Draw, Graph, Op, Tensor, Unary, VariableId, Variables};
use ganvas::rng::{self, NormalTable};
use std::collections::HashMap;

pub struct Judge<'a> {
    pub graph: &'a Graph,
    pub variables: &'a Variables,
    pub values: HashMap<VariableId, Vec<f64>>,
    pub tables: &'a [Vec<u8>],
    pub clocks: Clocks,
}

impl Judge<'_> {
    pub fn value(&self, tensor: Tensor) -> Vec<f64> {
        self.node(tensor, &mut HashMap::new())
    }

    fn node(&self, tensor: Tensor, known: &mut HashMap<Tensor, Vec<f64>>) -> Vec<f64> {
        if let Some(value) = known.get(&tensor) {
            return value.clone();
        }
        let node = self.graph.node(tensor);
        let inputs: Vec<Vec<f64>> = node.inputs.iter().map(|&input| self.node(input, known)).collect();
        let shapes: Vec<&[usize]> = node.inputs.iter().map(|&input| &self.graph.shape(input)[..]).collect();
        let shape = &node.shape[..];
        let elements: usize = shape.iter().product();
        let value: Vec<f64> = match &node.op {
            // Averages begin as the parameters do, and no case has made a step.
            Op::Variable(id) | Op::Average(id) => self
                .values
                .get(id)
                .cloned()
                .unwrap_or_else(|| self.variables.initial(*id, super::SEED).into_iter().map(f64::from).collect()),
            Op::Constant(value) => vec![f64::from(value.value()); elements],
            Op::Uniform(draw) => (0..elements).map(|i| f64::from(rng::uniform(self.bits(draw, i)))).collect(),
            Op::Normal(draw) => {
                let table = NormalTable::default();
                (0..elements).map(|i| f64::from(table.normal(self.bits(draw, i)))).collect()
            }
            Op::Ramp(ramp) => {
                let past = f64::from(self.clocks.draw(ramp.clock).1) - f64::from(ramp.from);
                vec![(past / f64::from(ramp.until - ramp.from)).clamp(0.0, 1.0)]
            }
            Op::Iota => (0..elements).map(|i| i as f64).collect(),
            Op::ShuffledIndex { stream, len, clock } => {
                let (seed, counter) = self.clocks.draw(*clock);
                let seed = rng::permutation_seed(seed, *stream);
                let position = |row: usize| counter as usize * elements + row;
                let index = |at: usize| rng::permuted(seed, (at / len) as u32, (at % len) as u32, *len as u32);
                (0..elements).map(|row| f64::from(index(position(row)))).collect()
            }
            Op::Gather(table) => {
                let index = self.variables.tables.iter().zip(self.tables);
                let (table, bytes) = index.clone().nth(table_index(table)).unwrap();
                let row = |i: usize| inputs[0][i / table.width] as usize;
                let byte = |i: usize| f64::from(bytes[row(i) * table.width + i % table.width]);
                (0..elements).map(|i| byte(i) * f64::from(table.scale) + f64::from(table.offset)).collect()
            }
            Op::GatherRows => {
                let width = elements / shape[0];
                let row = |i: usize| (inputs[1][i / width] as usize).min(shapes[0][0] - 1);
                (0..elements).map(|i| inputs[0][row(i) * width + i % width]).collect()
            }
            Op::ScatterAdd => {
                let width = elements / shape[0];
                let mut sums = vec![0.0; elements];
                for (i, value) in inputs[0].iter().enumerate() {
                    let row = (inputs[1][i / width] as usize).min(shape[0] - 1);
                    sums[row * width + i % width] += value;
                }
                sums
            }
            Op::Permute { axes } => each(shape, |at| {
                let mut from = vec![0; at.len()];
                axes.iter().zip(at).for_each(|(&axis, &i)| from[axis] = i);
                inputs[0][position(&from, shapes[0])]
            }),
            Op::Pad { padding, value } => {
                let mut padded = vec![f64::from(value.value()); elements];
                for (value, at) in inputs[0].iter().zip(points(shapes[0])) {
                    let to: Vec<usize> = at.iter().zip(padding).map(|(&i, p)| p[0] + i * (p[2] + 1)).collect();
                    padded[position(&to, shape)] = *value;
                }
                padded
            }
            Op::Select => {
                (0..elements).map(|i| if inputs[0][i] != 0.0 { inputs[1][i] } else { inputs[2][i] }).collect()
            }
            Op::Max { axes } => {
                let mut largest = vec![f64::NEG_INFINITY; elements];
                for (value, at) in inputs[0].iter().zip(points(shapes[0])) {
                    let kept: Vec<usize> =
                        (0..at.len()).map(|axis| if axes.contains(&axis) { 0 } else { at[axis] }).collect();
                    let result = &mut largest[position(&kept, shape)];
                    *result = binary(Binary::Max, *result, *value);
                }
                largest
            }
            Op::Reshape | Op::StopGradient => inputs[0].clone(),
            Op::Broadcast => each(shape, |at| {
                let inner: Vec<usize> = at.iter().zip(shapes[0]).map(|(&i, &n)| if n == 1 { 0 } else { i }).collect();
                inputs[0][position(&inner, shapes[0])]
            }),
            Op::Slice { axis, start, step } => each(shape, |at| {
                let mut at = at.to_vec();
                at[*axis] = start + step * at[*axis];
                inputs[0][position(&at, shapes[0])]
            }),
            Op::Concat { axis } => each(shape, |at| {
                let mut at = at.to_vec();
                let mut part = 0;
                while at[*axis] >= shapes[part][*axis] {
                    at[*axis] -= shapes[part][*axis];
                    part += 1;
                }
                inputs[part][position(&at, shapes[part])]
            }),
            Op::Unary(function) => inputs[0].iter().map(|&x| unary(*function, x)).collect(),
            Op::Binary(function) => inputs[0].iter().zip(&inputs[1]).map(|(&a, &b)| binary(*function, a, b)).collect(),
            Op::Normalize { .. } => (0..elements).map(|i| (inputs[0][i] - inputs[1][i]) * inputs[2][i]).collect(),
            Op::Sum { axes } => {
                let mut sums = vec![0.0; elements];
                for (value, at) in inputs[0].iter().zip(points(shapes[0])) {
                    let kept: Vec<usize> =
                        (0..at.len()).map(|axis| if axes.contains(&axis) { 0 } else { at[axis] }).collect();
                    sums[position(&kept, shape)] += value;
                }
                sums
            }
            &Op::MatMul { transpose_a, transpose_b } => {
                let rank = shape.len();
                let inner = shapes[0][if transpose_a { rank - 2 } else { rank - 1 }];
                let element = |input: usize, outer: &[usize], row: usize, column: usize, transposed: bool| {
                    let last = if transposed { [column, row] } else { [row, column] };
                    inputs[input][position(&[outer, &last].concat(), shapes[input])]
                };
                each(shape, |at| {
                    let (outer, i, j) = (&at[..rank - 2], at[rank - 2], at[rank - 1]);
                    let term = |l| element(0, outer, i, l, transpose_a) * element(1, outer, l, j, transpose_b);
                    (0..inner).map(term).sum()
                })
            }
            Op::Conv2d(conv) => {
                let mut y = vec![0.0; elements];
                windows(*conv, shapes[0], shape, shapes[1], |x, g, w| y[g] += inputs[0][x] * inputs[1][w]);
                y
            }
            Op::Conv2dInputGrad(conv) => {
                let mut gx = vec![0.0; elements];
                windows(*conv, shape, shapes[0], shapes[1], |x, g, w| gx[x] += inputs[0][g] * inputs[1][w]);
                gx
            }
            Op::Conv2dWeightGrad(conv) => {
                let mut gw = vec![0.0; elements];
                windows(*conv, shapes[0], shapes[1], shape, |x, g, w| gw[w] += inputs[0][x] * inputs[1][g]);
                gw
            }
        };
        assert_eq!(value.len(), elements);
        known.insert(tensor, value.clone());
        value
    }

    fn bits(&self, draw: &Draw, index: usize) -> u32 {
        let (seed, counter) = self.clocks.draw(draw.clock);
        rng::bits(seed, draw.stream, counter, index as u32)
    }
}

/// Handles of tables are numbered from 0; the number is only visible in their debug text.
fn table_index(table: &ganvas::graph::TableId) -> usize {
    format!("{table:?}").chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

fn unary(function: Unary, x: f64) -> f64 {
    match function {
        Unary::Neg => -x,
        Unary::AddScalar(c) => x + f64::from(c.value()),
        Unary::MulScalar(c) => x * f64::from(c.value()),
        Unary::Exp => x.exp(),
        Unary::Log => x.ln(),
        Unary::Sqrt => x.sqrt(),
        Unary::Rsqrt => 1.0 / x.sqrt(),
        Unary::Recip => 1.0 / x,
        Unary::Square => x * x,
        Unary::Abs => x.abs(),
        Unary::Sign if x == 0.0 => 0.0,
        Unary::Sign => x.signum(),
        Unary::Floor => x.floor(),
        Unary::Tanh => x.tanh(),
        Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Unary::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        Unary::LeakyRelu(slope) => x * if x > 0.0 { 1.0 } else { f64::from(slope.value()) },
        Unary::Clamp(min, max) => x.max(f64::from(min.value())).min(f64::from(max.value())),
        Unary::LeakyMask(slope) => {
            if x > 0.0 {
                1.0
            } else {
                f64::from(slope.value())
            }
        }
    }
}

fn binary(function: Binary, a: f64, b: f64) -> f64 {
    match function {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Max if a.is_nan() || b.is_nan() => f64::NAN,
        Binary::Max => a.max(b),
        Binary::Min if a.is_nan() || b.is_nan() => f64::NAN,
        Binary::Min => a.min(b),
        Binary::Less => f64::from(a < b),
        Binary::LessEqual => f64::from(a <= b),
        Binary::Equal => f64::from(a == b),
    }
}

/// All points of a shape in row-major order.
fn points(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let elements: usize = shape.iter().product();
    let shape = shape.to_vec();
    (0..elements).map(move |mut index| {
        let mut at = vec![0; shape.len()];
        for axis in (0..shape.len()).rev() {
            at[axis] = index % shape[axis];
            index /= shape[axis];
        }
        at
    })
}

fn each(shape: &[usize], value: impl Fn(&[usize]) -> f64) -> Vec<f64> {
    points(shape).map(|at| value(&at)).collect()
}

fn position(at: &[usize], shape: &[usize]) -> usize {
    at.iter().zip(shape).fold(0, |position, (i, extent)| position * extent + i)
}

/// Calls `visit` with the positions in x, y and w of every product that a convolution sums.
fn windows(conv: Conv, x: &[usize], y: &[usize], w: &[usize], mut visit: impl FnMut(usize, usize, usize)) {
    for at in points(y) {
        let [b, co, oh, ow] = at[..] else { panic!("four axes") };
        for ci in 0..x[1] {
            for ky in 0..w[2] {
                for kx in 0..w[3] {
                    let ih = (oh * conv.stride[0] + ky).checked_sub(conv.padding[0]);
                    let iw = (ow * conv.stride[1] + kx).checked_sub(conv.padding[1]);
                    if let (Some(ih), Some(iw)) = (ih, iw)
                        && ih < x[2]
                        && iw < x[3]
                    {
                        visit(position(&[b, ci, ih, iw], x), position(&at, y), position(&[co, ci, ky, kx], w));
                    }
                }
            }
        }
    }
}
