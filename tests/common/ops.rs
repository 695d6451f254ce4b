//! The closed set of ops as lists, for tests that must not forget one.

use ganvas::graph::{Binary, Op, Unary};

/// Every function of one tensor: with `c` where it takes a number, and the leaky ones with `slope` and as ReLU.
pub fn unaries(c: f32, slope: f32) -> [Unary; 19] {
    let (c, slope) = (c.into(), slope.into());
    [
        Unary::Neg,
        Unary::AddScalar(c),
        Unary::MulScalar(c),
        Unary::Exp,
        Unary::Log,
        Unary::Sqrt,
        Unary::Rsqrt,
        Unary::Recip,
        Unary::Square,
        Unary::Abs,
        Unary::Sign,
        Unary::Floor,
        Unary::Tanh,
        Unary::Sigmoid,
        Unary::Softplus,
        Unary::LeakyRelu(slope),
        Unary::LeakyRelu(0.0.into()),
        Unary::LeakyMask(slope),
        Unary::Clamp((-0.47).into(), c),
    ]
}

/// Every function of two tensors.
pub const BINARIES: [Binary; 9] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Max,
    Binary::Min,
    Binary::Less,
    Binary::LessEqual,
    Binary::Equal,
];

/// A number for each op, unary and binary function, below [`KINDS`]. No wildcards: a new one does not compile until it
/// has a number, and then the tests that count ops miss it until it has a case.
pub fn kind(op: &Op) -> usize {
    match op {
        Op::Variable(_) => 0,
        Op::Average(_) => 50,
        Op::Constant(_) => 1,
        Op::Uniform(_) => 2,
        Op::Normal(_) => 3,
        Op::ShuffledIndex { .. } => 4,
        Op::Gather(_) => 5,
        Op::Reshape => 6,
        Op::Broadcast => 7,
        Op::Slice { .. } => 8,
        Op::Concat { .. } => 9,
        Op::StopGradient => 10,
        Op::Normalize { .. } => 11,
        Op::Sum { .. } => 12,
        Op::MatMul { .. } => 13,
        Op::Conv2d(_) => 14,
        Op::Conv2dInputGrad(_) => 15,
        Op::Conv2dWeightGrad(_) => 16,
        Op::Binary(binary) => match binary {
            Binary::Add => 17,
            Binary::Sub => 18,
            Binary::Mul => 19,
            Binary::Div => 20,
            Binary::Max => 45,
            Binary::Min => 46,
            Binary::Less => 47,
            Binary::LessEqual => 48,
            Binary::Equal => 49,
        },
        Op::Unary(unary) => match unary {
            Unary::Neg => 21,
            Unary::AddScalar(_) => 22,
            Unary::MulScalar(_) => 23,
            Unary::Exp => 24,
            Unary::Log => 25,
            Unary::Sqrt => 26,
            Unary::Rsqrt => 27,
            Unary::Recip => 28,
            Unary::Square => 29,
            Unary::Abs => 30,
            Unary::Sign => 31,
            Unary::Tanh => 32,
            Unary::Sigmoid => 33,
            Unary::Softplus => 34,
            Unary::LeakyRelu(_) => 35,
            Unary::LeakyMask(_) => 36,
            Unary::Clamp(..) => 37,
            Unary::Floor => 51,
        },
        Op::Iota => 38,
        Op::Ramp(_) => 52,
        Op::GatherRows => 39,
        Op::ScatterAdd => 40,
        Op::Permute { .. } => 41,
        Op::Pad { .. } => 42,
        Op::Select => 43,
        Op::Max { .. } => 44,
    }
}

/// One more than the largest number that [`kind`] gives.
pub const KINDS: usize = 53;
