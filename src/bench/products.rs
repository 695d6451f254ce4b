//! Programs of single products: a matrix product, or the faces of a convolution with kernel 4, stride 2 and padding 1.

use crate::error::Result;
use crate::graph::{Clock, Conv, Effect, Graph, Init, NetworkId, Plan, Program, Role, Tensor, VariableId, Variables};

#[derive(Clone, Copy, Debug)]
pub(super) enum Product {
    /// `[m, k]` by `[k, n]`; a transposed operand is stored the other way round.
    MatMul { m: usize, n: usize, k: usize, transpose_a: bool, transpose_b: bool },
    /// A convolution of images `[channels, height, width]`.
    Conv { batch: usize, x: [usize; 3], out_channels: usize, face: ConvFace },
}

/// What of a convolution is computed. The transposed convolution's forward pass is the input gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConvFace {
    Forward,
    InputGrad,
    WeightGrad,
    /// The convolution, and its gradients for input and weight.
    All,
    /// The transposed convolution, and its gradients.
    AllTransposed,
}

struct Builder {
    graph: Graph,
    variables: Variables,
    network: NetworkId,
    effects: Vec<Effect>,
}

impl Builder {
    fn variable(&mut self, name: &str, shape: &[usize], init: Init) -> Result<(VariableId, Tensor)> {
        let id = self.variables.variable(self.network, name, shape.to_vec().into(), Role::Buffer, init)?;
        Ok((id, self.graph.variable(&self.variables, id)))
    }

    /// An operand from N(0, 1).
    fn operand(&mut self, name: &str, shape: &[usize]) -> Result<Tensor> {
        Ok(self.variable(name, shape, Init::Normal { mean: 0.0, std: 1.0 })?.1)
    }

    /// Keeps a result beside the plan's output.
    fn keep(&mut self, name: &str, value: Tensor) -> Result<()> {
        let shape = self.graph.shape(value).to_vec();
        let (variable, _) = self.variable(name, &shape, Init::Constant(0.0))?;
        self.effects.push(Effect::Assign { variable, value });
        Ok(())
    }
}

impl Product {
    /// A program whose one plan computes the product and nothing else.
    pub fn program(self) -> Result<Program> {
        let (graph, mut variables) = (Graph::new(), Variables::default());
        let network = variables.network("operands");
        let mut builder = Builder { graph, variables, network, effects: Vec::new() };
        let value = match self {
            Product::MatMul { m, n, k, transpose_a, transpose_b } => {
                let a = builder.operand("a", &if transpose_a { [k, m] } else { [m, k] })?;
                let b = builder.operand("b", &if transpose_b { [n, k] } else { [k, n] })?;
                builder.graph.matmul(a, b, transpose_a, transpose_b)?
            }
            Product::Conv { batch, x, out_channels, face } => builder.conv(batch, x, out_channels, face)?,
        };
        let Builder { graph, variables, mut effects, .. } = builder;
        effects.push(Effect::Output { value });
        let plan = Plan::new("bench", Clock::Sample, &graph, &variables, &effects)?;
        Ok(Program { variables, plans: vec![plan] })
    }
}

impl Builder {
    fn conv(&mut self, batch: usize, x: [usize; 3], out_channels: usize, face: ConvFace) -> Result<Tensor> {
        let conv = Conv::square(4, 2, 1);
        let [in_channels, height, width] = x;
        let (x_shape, w_shape) = ([batch, in_channels, height, width], [out_channels, in_channels, 4, 4]);
        let y_shape = [batch, out_channels, height / 2, width / 2];
        // Of x, y and w each face reads two, and the gradients read the third as well.
        let size = [height, width];
        if face == ConvFace::Forward {
            let (x, w) = (self.operand("x", &x_shape)?, self.operand("w", &w_shape)?);
            return self.graph.conv2d(x, w, conv);
        }
        if face == ConvFace::InputGrad {
            let (g, w) = (self.operand("g", &y_shape)?, self.operand("w", &w_shape)?);
            return self.graph.conv2d_input_grad(g, w, conv, size);
        }
        let (x, g) = (self.operand("x", &x_shape)?, self.operand("g", &y_shape)?);
        let weight_grad = self.graph.conv2d_weight_grad(x, g, conv)?;
        if face == ConvFace::WeightGrad {
            return Ok(weight_grad);
        }
        self.keep("weight_grad", weight_grad)?;
        let w = self.operand("w", &w_shape)?;
        let forward = self.graph.conv2d(x, w, conv)?;
        let input_grad = self.graph.conv2d_input_grad(g, w, conv, size)?;
        // What one calls the output is the other's input gradient.
        let (output, gradient) = if face == ConvFace::All { (forward, input_grad) } else { (input_grad, forward) };
        self.keep("input_grad", gradient)?;
        Ok(output)
    }
}
