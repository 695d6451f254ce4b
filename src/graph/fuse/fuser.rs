//! From the nodes of a graph to fused programs.

use super::{Fused, Instruction, Load, Reduction, View};
use crate::graph::{Binary, Graph, Op, Scalar, Tensor, Unary};
use std::collections::HashMap;

/// How one of a node's own coordinates follows from the program's: `start + step * (coordinate of axis)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graph) struct Coordinate {
    /// The program's axis; None where the node has one element for all.
    axis: Option<usize>,
    start: usize,
    step: usize,
}

/// A node's coordinates, one for each of its axes.
pub(in crate::graph) type Window = Vec<Coordinate>;

/// A node's coordinates where its axes are the program's.
fn whole(rank: usize) -> Window {
    (0..rank).map(|axis| Coordinate { axis: Some(axis), start: 0, step: 1 }).collect()
}

/// Writes programs from graph nodes.
pub(in crate::graph) struct Fuser<'a> {
    pub graph: &'a Graph,
    /// Whether a node is kept in memory; everything else is computed on the way.
    pub kept: &'a dyn Fn(Tensor) -> bool,
    /// The nodes in memory that the program reads, in input order.
    pub sources: Vec<Tensor>,
    loads: Vec<Load>,
    instructions: Vec<Instruction>,
    known: HashMap<(Tensor, Window), usize>,
}

impl<'a> Fuser<'a> {
    pub fn new(graph: &'a Graph, kept: &'a dyn Fn(Tensor) -> bool) -> Self {
        let (sources, loads, instructions) = (Vec::new(), Vec::new(), Vec::new());
        Fuser { graph, kept, sources, loads, instructions, known: HashMap::new() }
    }

    fn emit(&mut self, instruction: Instruction) -> usize {
        if let Some(known) = self.instructions.iter().position(|other| *other == instruction) {
            return known;
        }
        self.instructions.push(instruction);
        self.instructions.len() - 1
    }

    fn load(&mut self, tensor: Tensor, view: View) -> usize {
        let source = self.graph.base(tensor);
        let input = self.sources.iter().position(|known| *known == source).unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        });
        let load = Load { input, view };
        let index = self.loads.iter().position(|known| *known == load).unwrap_or_else(|| {
            self.loads.push(load);
            self.loads.len() - 1
        });
        self.emit(Instruction::Load(index))
    }

    /// The position of the value of `tensor` seen through `window`. `root` is computed even when it is kept.
    pub fn value(&mut self, tensor: Tensor, window: &Window, root: bool) -> usize {
        if let Some(&known) = self.known.get(&(tensor, window.clone())) {
            return known;
        }
        let node = self.graph.node(tensor);
        let position = if !root && (self.kept)(self.graph.base(tensor)) {
            let mut view = View { offset: 0, strides: vec![0; window.len()] };
            for ((coordinate, stride), &extent) in window.iter().zip(node.shape.strides()).zip(node.shape.iter()) {
                view.offset += coordinate.start * stride;
                if let (Some(axis), 2..) = (coordinate.axis, extent) {
                    view.strides[axis] += coordinate.step * stride;
                }
            }
            self.load(tensor, view)
        } else {
            match &node.op {
                Op::StopGradient => self.value(node.inputs[0], window, root),
                Op::Constant(value) => self.emit(Instruction::Constant(*value)),
                Op::Uniform(draw) => self.emit(Instruction::Uniform(*draw)),
                Op::Normal(draw) => self.emit(Instruction::Normal(*draw)),
                Op::Iota => self.emit(Instruction::Index),
                Op::Ramp(ramp) => self.emit(Instruction::Ramp(*ramp)),
                Op::Broadcast => {
                    let shape = self.graph.shape(node.inputs[0]);
                    let inner = window.iter().enumerate().map(|(axis, &coordinate)| match shape[axis] {
                        1 => Coordinate { axis: None, start: 0, step: 0 },
                        _ => coordinate,
                    });
                    self.value(node.inputs[0], &inner.collect(), false)
                }
                Op::Slice { axis, start, step } => {
                    let mut inner = window.clone();
                    let Coordinate { start: outer, step: stride, .. } = inner[*axis];
                    inner[*axis] = Coordinate { start: start + step * outer, step: step * stride, ..inner[*axis] };
                    self.value(node.inputs[0], &inner, false)
                }
                Op::Permute { axes } => {
                    let mut inner = window.clone();
                    axes.iter().zip(window).for_each(|(&from, &coordinate)| inner[from] = coordinate);
                    self.value(node.inputs[0], &inner, false)
                }
                Op::Unary(unary) => {
                    let x = self.value(node.inputs[0], window, false);
                    self.emit(Instruction::Unary(*unary, x))
                }
                Op::Binary(binary) => {
                    let a = self.value(node.inputs[0], window, false);
                    let b = self.value(node.inputs[1], window, false);
                    self.emit(Instruction::Binary(*binary, a, b))
                }
                Op::Select => {
                    let [c, a, b] = [0, 1, 2].map(|input| self.value(node.inputs[input], window, false));
                    self.emit(Instruction::Select(c, a, b))
                }
                Op::Normalize { .. } => {
                    let [x, mean, rstd] = [0, 1, 2].map(|input| self.value(node.inputs[input], window, false));
                    let centered = self.emit(Instruction::Binary(Binary::Sub, x, mean));
                    self.emit(Instruction::Binary(Binary::Mul, centered, rstd))
                }
                other => unreachable!("{} is always kept in memory", other.name()),
            }
        };
        self.known.insert((tensor, window.clone()), position);
        position
    }

    /// Ends a body: its value becomes the last instruction.
    fn finish_body(&mut self, value: usize) {
        if value + 1 != self.instructions.len() {
            // The wanted value was found earlier: repeat it at the end (x * 1 is exact).
            let again = Instruction::Unary(Unary::MulScalar(Scalar::from(1.0)), value);
            self.instructions.push(again);
        }
    }

    /// A program without reduction that stores `root` through `output`, strides given over the root's axes.
    pub fn map(mut self, root: Tensor, output: View, root_is_new: bool) -> (Fused, Vec<Tensor>) {
        let shape = self.graph.shape(root).clone();
        let value = self.value(root, &whole(shape.rank()), root_is_new);
        self.finish_body(value);
        let fused = Fused {
            extents: shape.to_vec(),
            reduced: vec![false; shape.rank()],
            reduction: Reduction::Sum,
            loads: self.loads,
            body: self.instructions,
            epilogue: Vec::new(),
            output,
        };
        (fused, self.sources)
    }

    /// A program that reduces: `root` is the sum or maximum, `chain` the elementwise nodes applied to it, in order.
    pub fn reduce(mut self, root: Tensor, chain: &[Tensor]) -> (Fused, Vec<Tensor>) {
        let node = self.graph.node(root);
        let (axes, reduction) = match &node.op {
            Op::Sum { axes } => (axes, Reduction::Sum),
            Op::Max { axes } => (axes, Reduction::Max),
            other => unreachable!("{} is not a reduction", other.name()),
        };
        let shape = self.graph.shape(node.inputs[0]).clone();
        let value = self.value(node.inputs[0], &whole(shape.rank()), false);
        self.finish_body(value);
        let body_length = self.instructions.len();
        let kept: Vec<usize> = node.shape.strides();
        let strides: Vec<usize> = (0..shape.rank())
            .map(|axis| if axes.contains(&axis) || shape[axis] == 1 { 0 } else { kept[axis] })
            .collect();
        self.instructions.push(Instruction::Total);
        let mut current = (self.graph.base(root), self.instructions.len() - 1);
        for &link in chain {
            let node = self.graph.node(link);
            let operands: Vec<usize> = node
                .inputs
                .iter()
                .map(|&input| match self.graph.base(input) {
                    base if base == current.0 => current.1,
                    base => match self.graph.node(base).op {
                        Op::Constant(value) => {
                            self.instructions.push(Instruction::Constant(value));
                            self.instructions.len() - 1
                        }
                        // All operands have the result's elements in the result's order, whatever their extents.
                        _ => {
                            let view = View { offset: 0, strides: strides.clone() };
                            let known = self.instructions.len();
                            let position = self.load(input, view);
                            // A load of the body belongs to other points: load again.
                            if position < known {
                                self.instructions.push(self.instructions[position]);
                            }
                            self.instructions.len() - 1
                        }
                    },
                })
                .collect();
            self.instructions.push(match &node.op {
                Op::Unary(unary) => Instruction::Unary(*unary, operands[0]),
                Op::Binary(binary) => Instruction::Binary(*binary, operands[0], operands[1]),
                Op::Select => Instruction::Select(operands[0], operands[1], operands[2]),
                other => unreachable!("{} does not follow a reduction in one kernel", other.name()),
            });
            current = (self.graph.base(link), self.instructions.len() - 1);
        }
        let epilogue = self.instructions.split_off(body_length);
        let fused = Fused {
            reduced: (0..shape.rank()).map(|axis| axes.contains(&axis)).collect(),
            reduction,
            extents: shape.to_vec(),
            loads: self.loads,
            body: self.instructions,
            epilogue,
            output: View { offset: 0, strides },
        };
        (fused, self.sources)
    }
}
