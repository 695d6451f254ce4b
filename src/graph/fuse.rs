//! Fused kernels: a chain of elementwise ops, broadcasts and slices becomes one short program over one index space,
//! with at most one reduction in the middle. Both backends run the same program; the GPU backend writes it as WGSL.

mod fuser;

pub(super) use fuser::Fuser;

use super::{Binary, Draw, Graph, Op, Ramp, Scalar, Tensor, Unary};
use crate::shape::Shape;
pub use ganvas_loops::Reduction;

/// Where an operand's elements lie, as strides over the program's axes, in elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    pub offset: usize,
    pub strides: Vec<usize>,
}

impl View {
    /// Whether it walks elements in the row-major order of `extents`, from the first one on.
    pub(super) fn is_dense(&self, extents: &[usize]) -> bool {
        self.offset == 0 && self.strides == dense(&extents.into())
    }
}

/// One instruction; its operands are positions of earlier instructions of the same program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instruction {
    /// Element of a load (an index into `Fused::loads`).
    Load(usize),
    Constant(Scalar),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    /// Condition, value where it is not 0, value where it is.
    Select(usize, usize, usize),
    /// The row-major number of the point.
    Index,
    Uniform(Draw),
    Normal(Draw),
    /// The same at every point.
    Ramp(Ramp),
    /// The reduced value; only in an epilogue.
    Total,
}

impl Instruction {
    /// Positions of its operands.
    pub fn operands(self) -> impl Iterator<Item = usize> {
        let operands = match self {
            Instruction::Unary(_, x) => [Some(x), None, None],
            Instruction::Binary(_, a, b) => [Some(a), Some(b), None],
            Instruction::Select(c, a, b) => [Some(c), Some(a), Some(b)],
            Instruction::Load(_)
            | Instruction::Constant(_)
            | Instruction::Index
            | Instruction::Uniform(_)
            | Instruction::Normal(_)
            | Instruction::Ramp(_)
            | Instruction::Total => [None; 3],
        };
        operands.into_iter().flatten()
    }

    /// Whether it depends on the clocks.
    pub fn reads_clocks(self) -> bool {
        matches!(self, Instruction::Uniform(_) | Instruction::Normal(_) | Instruction::Ramp(_))
    }

    /// The same instruction with its operands' positions mapped.
    pub fn with_operands(self, map: impl Fn(usize) -> usize) -> Instruction {
        match self {
            Instruction::Unary(unary, x) => Instruction::Unary(unary, map(x)),
            Instruction::Binary(binary, a, b) => Instruction::Binary(binary, map(a), map(b)),
            Instruction::Select(c, a, b) => Instruction::Select(map(c), map(a), map(b)),
            same => same,
        }
    }
}

/// An operand read by a program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Load {
    /// Index into the dispatch's inputs.
    pub input: usize,
    pub view: View,
}

/// A fused program. Without reduced axes: for every point of `extents`, run `body` and store its last value.
/// With reduced axes: reduce the last value of `body` over them, run `epilogue` on the result, store its last value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fused {
    /// Extents of the index space, outermost first.
    pub extents: Vec<usize>,
    /// Which axes are reduced.
    pub reduced: Vec<bool>,
    pub reduction: Reduction,
    pub loads: Vec<Load>,
    pub body: Vec<Instruction>,
    /// Positions count on from the body's.
    pub epilogue: Vec<Instruction>,
    /// Where results go; strides of reduced axes are zero.
    pub output: View,
}

impl Fused {
    /// Points of the whole index space.
    pub fn points(&self) -> usize {
        self.extents.iter().product()
    }

    /// Points summed into one result.
    pub fn reduced_points(&self) -> usize {
        self.extents.iter().zip(&self.reduced).filter(|(_, reduced)| **reduced).map(|(extent, _)| extent).product()
    }

    /// A program that writes `value` to `elements` elements.
    pub(super) fn fill(elements: usize, value: Scalar) -> Fused {
        Fused {
            extents: vec![elements],
            reduced: vec![false],
            reduction: Reduction::Sum,
            loads: Vec::new(),
            body: vec![Instruction::Constant(value)],
            epilogue: Vec::new(),
            output: View { offset: 0, strides: vec![1] },
        }
    }

    /// Whether there is a reduction.
    pub fn is_reduction(&self) -> bool {
        self.reduced.contains(&true)
    }

    /// All instructions in order.
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.body.iter().chain(&self.epilogue)
    }

    /// The ops it contains, for listings.
    pub fn summary(&self) -> String {
        let names: Vec<&str> = self
            .instructions()
            .filter_map(|instruction| match instruction {
                Instruction::Load(_) | Instruction::Constant(_) => None,
                Instruction::Unary(unary, _) => Some(unary.name()),
                Instruction::Binary(binary, _, _) => Some(binary.name()),
                Instruction::Select(..) => Some("select"),
                Instruction::Index => Some("iota"),
                Instruction::Uniform(_) => Some("uniform"),
                Instruction::Normal(_) => Some("normal"),
                Instruction::Ramp(_) => Some("ramp"),
                Instruction::Total => Some(match self.reduction {
                    Reduction::Sum => "sum",
                    Reduction::Max => "max",
                }),
            })
            .collect();
        if names.is_empty() { "copy".into() } else { names.join(" ") }
    }
}

/// Merges neighbouring axes that every operand walks as one, and drops axes of extent one: the same work with simpler
/// index arithmetic, and more programs that are equal to each other.
pub(super) fn collapse(fused: Fused) -> Fused {
    let marks = vec![false; fused.extents.len()];
    collapse_with(fused, marks).0
}

/// The same, where axes with different marks are not merged. Answers with the marks of the axes that are left.
pub(super) fn collapse_with(mut fused: Fused, mut marks: Vec<bool>) -> (Fused, Vec<bool>) {
    let mut axis = 0;
    while axis < fused.extents.len() {
        if fused.extents[axis] == 1 {
            remove(&mut fused, axis);
            marks.remove(axis);
        } else {
            axis += 1;
        }
    }
    let mut axis = 1;
    while axis < fused.extents.len() {
        let inner = fused.extents[axis];
        let joins = |view: &View| view.strides[axis - 1] == view.strides[axis] * inner;
        let views = fused.loads.iter().map(|load| &load.view).chain([&fused.output]);
        // Random numbers are counted along the row-major index, which merging does not change.
        let alike = fused.reduced[axis - 1] == fused.reduced[axis] && marks[axis - 1] == marks[axis];
        if alike && views.into_iter().all(joins) {
            fused.extents[axis] *= fused.extents[axis - 1];
            remove(&mut fused, axis - 1);
            marks.remove(axis - 1);
        } else {
            axis += 1;
        }
    }
    (fused, marks)
}

fn remove(fused: &mut Fused, axis: usize) {
    fused.extents.remove(axis);
    fused.reduced.remove(axis);
    for load in &mut fused.loads {
        load.view.strides.remove(axis);
    }
    fused.output.strides.remove(axis);
}

impl Graph {
    /// The node whose memory a tensor shares: reshapes and stop_gradient are only other names.
    pub(super) fn base(&self, tensor: Tensor) -> Tensor {
        let node = self.node(tensor);
        match node.op {
            Op::Reshape | Op::StopGradient => self.base(node.inputs[0]),
            _ => tensor,
        }
    }
}

/// Row-major strides of a shape as a program's output, with zero for axes of extent one.
pub(super) fn dense(shape: &Shape) -> Vec<usize> {
    shape.strides().iter().zip(shape.iter()).map(|(&stride, &extent)| if extent == 1 { 0 } else { stride }).collect()
}
