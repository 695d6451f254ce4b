//! Losses: the adversarial ones, all on logits (sigmoid and logarithm together are a softplus, which cannot overflow),
//! and those that compare a tensor with a target. All are scalars of shape `[]`, means unless they say otherwise.

use super::functional::{log_softmax, relu};
use crate::error::{Error, Result};
use crate::graph::{Graph, Tensor, Unary};

/// The game that the two networks play. D gives logits; real and fake ones may have any shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdversarialLoss {
    /// The value function, log D(x) + log(1 - D(G(z))), for both (Goodfellow et al. 2014).
    Minimax,
    /// The same for D; G minimises -log D(G(z)) (Goodfellow et al. 2014).
    NonSaturating,
    /// D: ((D(x) - 1)^2 + D(G(z))^2) / 2; G: (D(G(z)) - 1)^2 / 2 (LSGAN, Mao et al. 2017, equation 9).
    LeastSquares,
    /// D: max(0, 1 - D(x)) + max(0, 1 + D(G(z))); G: -D(G(z)) (Lim and Ye 2017).
    Hinge,
    /// D: D(G(z)) - D(x); G: -D(G(z)) (Arjovsky et al. 2017). The critic needs a Lipschitz bound besides.
    Wasserstein,
    /// Of a real example and a fake beside it D says which is which: log(1 + exp(D(G(z)) - D(x))), and G asks for the
    /// reverse (Jolicoeur-Martineau 2019, relativistic pairing; R3GAN, Huang et al. 2024, equation 3).
    Relativistic,
}

impl AdversarialLoss {
    /// Whether the sigmoid of D's logit is its probability of "real" (of hinge, which has its margin there, with 50 % in
    /// between). The others' logits are what they are: pulled to 1 and 0 (least squares), or a score.
    pub fn is_probability(self) -> bool {
        match self {
            AdversarialLoss::Minimax | AdversarialLoss::NonSaturating | AdversarialLoss::Hinge => true,
            AdversarialLoss::LeastSquares | AdversarialLoss::Wasserstein | AdversarialLoss::Relativistic => false,
        }
    }

    /// Whether D's logits are scores, of which only differences count: adding a number to all of them changes nothing.
    pub fn is_score(self) -> bool {
        matches!(self, AdversarialLoss::Wasserstein | AdversarialLoss::Relativistic)
    }

    /// Whether a fake is judged beside a real example, in G's loss too.
    pub fn is_relative(self) -> bool {
        self == AdversarialLoss::Relativistic
    }
}

/// D's mean output, a scalar: its probability of "real" where the loss gives it one, else its logit.
pub fn mean_output(graph: &mut Graph, logits: Tensor, loss: AdversarialLoss) -> Result<Tensor> {
    let output = if loss.is_probability() { graph.unary(Unary::Sigmoid, logits)? } else { logits };
    graph.mean_all(output)
}

/// What the discriminator minimises, from its logits for real and fake examples; as many of both where they are paired.
pub fn discriminator_loss(graph: &mut Graph, real: Tensor, fake: Tensor, loss: AdversarialLoss) -> Result<Tensor> {
    let (real_loss, fake_loss) = match loss {
        // [explain: D minimax non_saturating
        AdversarialLoss::Minimax | AdversarialLoss::NonSaturating => {
            let missed = graph.unary(Unary::Neg, real)?;
            (graph.unary(Unary::Softplus, missed)?, graph.unary(Unary::Softplus, fake)?)
        }
        // ]
        // [explain: D least_squares
        AdversarialLoss::LeastSquares => (half_square(graph, real, -1.0)?, half_square(graph, fake, 0.0)?),
        // ]
        // [explain: D hinge
        AdversarialLoss::Hinge => {
            let missed = graph.unary(Unary::Neg, real)?;
            let (missed, fooled) = (graph.add_scalar(missed, 1.0)?, graph.add_scalar(fake, 1.0)?);
            (relu(graph, missed)?, relu(graph, fooled)?)
        }
        // ]
        // [explain: D wasserstein
        AdversarialLoss::Wasserstein => (graph.unary(Unary::Neg, real)?, fake),
        // ]
        AdversarialLoss::Relativistic => {
            // [explain: D relativistic
            let fooled = difference(graph, "discriminator_loss", fake, real)?;
            let value = graph.unary(Unary::Softplus, fooled)?;
            return graph.mean_all(value);
            // ]
        }
    };
    let (real_loss, fake_loss) = (graph.mean_all(real_loss)?, graph.mean_all(fake_loss)?);
    graph.add(real_loss, fake_loss)
}

/// What the generator minimises, from the discriminator's logits for its fakes; where a fake is judged beside a real example
/// ([`AdversarialLoss::is_relative`]), from D(G(z)) - D(x).
pub fn generator_loss(graph: &mut Graph, fake: Tensor, loss: AdversarialLoss) -> Result<Tensor> {
    let value = match loss {
        // [explain: G minimax
        AdversarialLoss::Minimax => {
            let value = graph.unary(Unary::Softplus, fake)?;
            graph.unary(Unary::Neg, value)?
        }
        // ]
        // [explain: G non_saturating relativistic
        AdversarialLoss::NonSaturating | AdversarialLoss::Relativistic => {
            let missed = graph.unary(Unary::Neg, fake)?;
            graph.unary(Unary::Softplus, missed)?
        }
        // ]
        // [explain: G least_squares
        AdversarialLoss::LeastSquares => half_square(graph, fake, -1.0)?,
        // ]
        // [explain: G hinge wasserstein
        AdversarialLoss::Hinge | AdversarialLoss::Wasserstein => graph.unary(Unary::Neg, fake)?,
        // ]
    };
    graph.mean_all(value)
}

fn half_square(graph: &mut Graph, x: Tensor, shift: f32) -> Result<Tensor> {
    let shifted = graph.add_scalar(x, shift)?;
    let square = graph.unary(Unary::Square, shifted)?;
    graph.mul_scalar(square, 0.5)
}

/// input - target, which must have one shape: a silent broadcast here is nearly always a mistake.
fn difference(graph: &mut Graph, op: &'static str, input: Tensor, target: Tensor) -> Result<Tensor> {
    same_shape(graph, op, input, target)?;
    graph.sub(input, target)
}

fn same_shape(graph: &Graph, op: &'static str, input: Tensor, target: Tensor) -> Result<()> {
    let (left, right) = (graph.shape(input), graph.shape(target));
    if left != right {
        return Err(Error::shape(op, &[left, right], "input and target must have one shape"));
    }
    Ok(())
}

/// Mean of |input - target|, as `torch.nn.L1Loss`.
pub fn l1_loss(graph: &mut Graph, input: Tensor, target: Tensor) -> Result<Tensor> {
    let difference = difference(graph, "l1_loss", input, target)?;
    let abs = graph.unary(Unary::Abs, difference)?;
    graph.mean_all(abs)
}

/// Mean of (input - target)^2, as `torch.nn.MSELoss`.
pub fn mse_loss(graph: &mut Graph, input: Tensor, target: Tensor) -> Result<Tensor> {
    let difference = difference(graph, "mse_loss", input, target)?;
    let square = graph.unary(Unary::Square, difference)?;
    graph.mean_all(square)
}

/// Mean of -t log s(x) - (1 - t) log(1 - s(x)) with s the sigmoid and t in [0, 1], as `torch.nn.BCEWithLogitsLoss`.
pub fn bce_with_logits(graph: &mut Graph, input: Tensor, target: Tensor) -> Result<Tensor> {
    same_shape(graph, "bce_with_logits", input, target)?;
    let softplus = graph.unary(Unary::Softplus, input)?;
    let product = graph.mul(input, target)?;
    let loss = graph.sub(softplus, product)?;
    graph.mean_all(loss)
}

/// Mean over the batch of -sum t log softmax(x), with logits and probabilities (or `one_hot` classes) `[B, C]`, as
/// `torch.nn.CrossEntropyLoss` with probabilities.
pub fn cross_entropy(graph: &mut Graph, input: Tensor, target: Tensor) -> Result<Tensor> {
    same_shape(graph, "cross_entropy", input, target)?;
    let shape = graph.shape(input).clone();
    if shape.rank() != 2 {
        return Err(Error::shape("cross_entropy", &[&shape], "takes logits and probabilities of [B, C]"));
    }
    let log = log_softmax(graph, input, 1)?;
    let product = graph.mul(log, target)?;
    let mean = graph.mean_all(product)?;
    graph.mul_scalar(mean, -(shape[1] as f32))
}

/// Kullback-Leibler divergence, sum over all but the first axis and mean over that, of the distribution `target` from the
/// one with log-probabilities `input`, as `torch.nn.KLDivLoss(reduction="batchmean")`. 0 log 0 is 0.
pub fn kl_div(graph: &mut Graph, input: Tensor, target: Tensor) -> Result<Tensor> {
    same_shape(graph, "kl_div", input, target)?;
    let zero = graph.constant(0.0, []);
    let one = graph.constant(1.0, []);
    let positive = graph.less(zero, target)?;
    let safe = graph.select(positive, target, one)?;
    let log = graph.unary(Unary::Log, safe)?;
    let gap = graph.sub(log, input)?;
    let terms = graph.mul(target, gap)?;
    batch_mean(graph, "kl_div", terms)
}

/// Kullback-Leibler divergence of N(0, I) from N(mean, e^log_variance), sum over the latents and mean over the batch
/// (Kingma and Welling 2014, appendix B).
pub fn gaussian_kl(graph: &mut Graph, mean: Tensor, log_variance: Tensor) -> Result<Tensor> {
    same_shape(graph, "gaussian_kl", mean, log_variance)?;
    let square = graph.unary(Unary::Square, mean)?;
    let variance = graph.unary(Unary::Exp, log_variance)?;
    let sum = graph.add(square, variance)?;
    let terms = graph.sub(sum, log_variance)?;
    let terms = graph.add_scalar(terms, -1.0)?;
    let terms = graph.mul_scalar(terms, 0.5)?;
    batch_mean(graph, "gaussian_kl", terms)
}

/// Sum of everything over the first extent.
fn batch_mean(graph: &mut Graph, op: &'static str, terms: Tensor) -> Result<Tensor> {
    let shape = graph.shape(terms).clone();
    if shape.rank() == 0 {
        return Err(Error::shape(op, &[&shape], "takes a batch, [B, ...]"));
    }
    let mean = graph.mean_all(terms)?;
    graph.mul_scalar(mean, (shape.elements() / shape[0]) as f32)
}

/// Feature matching (Salimans et al. 2016, section 3.1): squared distance of the batch means of D's inner activations for
/// real and for fake examples, mean over the features, summed over the layers given.
pub fn feature_matching(graph: &mut Graph, real: &[Tensor], fake: &[Tensor]) -> Result<Tensor> {
    if real.is_empty() || real.len() != fake.len() {
        let message = format!("{} layers of real features and {} of fake ones", real.len(), fake.len());
        return Err(Error::Graph { op: "feature_matching", message });
    }
    let mut total = None;
    for (&real, &fake) in real.iter().zip(fake) {
        let (real, fake) = (graph.mean(real, &[0])?, graph.mean(fake, &[0])?);
        // The fakes chase the real features, which hold still.
        let real = graph.stop_gradient(real);
        let loss = mse_loss(graph, fake, real)?;
        total = Some(match total {
            Some(sum) => graph.add(sum, loss)?,
            None => loss,
        });
    }
    Ok(total.expect("there is a layer"))
}
