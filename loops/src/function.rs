//! The functions that run over slices. A graph of tensors is made of them, too (`graph::op` of the engine).

/// A number that can be compared and hashed: the bits of an f32.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scalar(u32);

impl Scalar {
    /// The value as a number.
    pub fn value(self) -> f32 {
        f32::from_bits(self.0)
    }
}

impl From<f32> for Scalar {
    fn from(value: f32) -> Self {
        Scalar(value.to_bits())
    }
}

impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.value())
    }
}

/// Elementwise functions of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// -x
    Neg,
    /// x + c
    AddScalar(Scalar),
    /// c x
    MulScalar(Scalar),
    /// e^x
    Exp,
    /// Natural logarithm.
    Log,
    /// x^(1/2)
    Sqrt,
    /// x^(-1/2)
    Rsqrt,
    /// 1 / x
    Recip,
    /// x^2
    Square,
    /// |x|
    Abs,
    /// -1, 0 or 1
    Sign,
    /// The largest integer that is not above x; its gradient is 0 everywhere, as torch.floor's.
    Floor,
    /// Hyperbolic tangent, clamped so that no driver turns a large argument into NaN.
    Tanh,
    /// 1 / (1 + e^-x)
    Sigmoid,
    /// log(1 + e^x), written so that it neither overflows nor loses small values.
    Softplus,
    /// x for x > 0, else slope x; slope 0 is ReLU. The slope is at least 0.
    LeakyRelu(Scalar),
    /// Derivative of `LeakyRelu`: 1 for x > 0, else slope.
    LeakyMask(Scalar),
    /// x within [min, max]; a NaN stays one.
    Clamp(Scalar, Scalar),
}

/// Elementwise functions of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    /// The larger one; a NaN on either side gives NaN.
    Max,
    /// The smaller one; a NaN on either side gives NaN.
    Min,
    /// 1 where a < b, else 0.
    Less,
    /// 1 where a <= b, else 0.
    LessEqual,
    /// 1 where a = b, else 0.
    Equal,
}

/// How points become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    Sum,
    Max,
}

impl Unary {
    /// The name used in messages and listings.
    pub fn name(self) -> &'static str {
        match self {
            Unary::Neg => "neg",
            Unary::AddScalar(_) => "add_scalar",
            Unary::MulScalar(_) => "mul_scalar",
            Unary::Exp => "exp",
            Unary::Log => "log",
            Unary::Sqrt => "sqrt",
            Unary::Rsqrt => "rsqrt",
            Unary::Recip => "recip",
            Unary::Square => "square",
            Unary::Abs => "abs",
            Unary::Sign => "sign",
            Unary::Floor => "floor",
            Unary::Tanh => "tanh",
            Unary::Sigmoid => "sigmoid",
            Unary::Softplus => "softplus",
            Unary::LeakyRelu(_) => "leaky_relu",
            Unary::LeakyMask(_) => "leaky_mask",
            Unary::Clamp(..) => "clamp",
        }
    }

    /// Whether recomputing it in several kernels is cheaper than keeping the result.
    pub fn is_cheap(self) -> bool {
        !matches!(self, Unary::Exp | Unary::Log | Unary::Tanh | Unary::Sigmoid | Unary::Softplus)
    }
}

impl Binary {
    /// The name used in messages and listings.
    pub fn name(self) -> &'static str {
        match self {
            Binary::Add => "add",
            Binary::Sub => "sub",
            Binary::Mul => "mul",
            Binary::Div => "div",
            Binary::Max => "maximum",
            Binary::Min => "minimum",
            Binary::Less => "less",
            Binary::LessEqual => "less_equal",
            Binary::Equal => "equal",
        }
    }
}
