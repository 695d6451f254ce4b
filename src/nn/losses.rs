//! Adversarial losses, all on logits: sigmoid and logarithm together are a softplus, which cannot overflow.

use crate::error::Result;
use crate::graph::{Graph, Tensor, Unary};

/// What the generator minimises (Goodfellow et al. 2014, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneratorLoss {
    /// log(1 - D(G(z))), the value function itself: its gradient vanishes when D is sure.
    Minimax,
    /// -log D(G(z)), which keeps a strong gradient early on.
    NonSaturating,
}

/// -log D(x) - log(1 - D(G(z))), means over the batch, from logits of any shape. Scalar of shape `[]`.
pub fn discriminator_loss(graph: &mut Graph, real: Tensor, fake: Tensor) -> Result<Tensor> {
    let missed = graph.unary(Unary::Neg, real)?;
    let real_loss = mean_softplus(graph, missed)?;
    let fake_loss = mean_softplus(graph, fake)?;
    graph.add(real_loss, fake_loss)
}

/// The generator's loss from the logits of its fakes. Scalar of shape `[]`.
pub fn generator_loss(graph: &mut Graph, fake: Tensor, loss: GeneratorLoss) -> Result<Tensor> {
    match loss {
        GeneratorLoss::Minimax => {
            let value = mean_softplus(graph, fake)?;
            graph.unary(Unary::Neg, value)
        }
        GeneratorLoss::NonSaturating => {
            let missed = graph.unary(Unary::Neg, fake)?;
            mean_softplus(graph, missed)
        }
    }
}

fn mean_softplus(graph: &mut Graph, logits: Tensor) -> Result<Tensor> {
    let loss = graph.unary(Unary::Softplus, logits)?;
    graph.mean_all(loss)
}
